//! What was found out about claims, as JSON.

use super::finding::{Showing, what, words};
use super::json::Formula;
use super::to_json::{finite, formula};
use crate::math::expression::Term;
use crate::math::finding::{Finding, Findings, Standing};
use crate::math::law::Book;
use crate::math::name::Name;
use crate::math::shape::Shape;
use schemars::JsonSchema;
use serde::Serialize;
use std::collections::BTreeMap;

/// What `check` and `prove` print.
#[derive(Serialize, JsonSchema, Debug)]
pub struct Checked {
    /// The name of the network.
    pub network: String,
    /// One for each claim, in the order of the file.
    pub claims: Vec<Judged>,
}

/// What was found out about a claim.
#[derive(Serialize, JsonSchema, Debug)]
pub struct Judged {
    /// What the claim is called.
    pub name: String,
    /// `proved`, `refuted` or `unknown`.
    pub verdict: &'static str,
    /// Whether it holds only up to the rounding of constants that were typed with few digits.
    pub up_to_rounding: bool,
    /// The claim as written.
    pub claim: String,
    /// What it assumes.
    pub assumptions: Vec<String>,
    /// On how many random instances both sides were compared.
    pub samples: usize,
    /// For a refuted claim: which equation is wrong, and how.
    pub blame: Option<Blamed>,
    /// For a refuted claim: an entry at which the sides differ.
    pub counterexample: Option<Counter>,
    /// For a proved claim: how.
    pub proof: Option<Proved>,
    /// For an unknown claim: why.
    pub open: Option<Left>,
}

/// Which equation is wrong, and how.
#[derive(Serialize, JsonSchema, Debug)]
pub struct Blamed {
    /// The author's name whose equation is wrong; null for the claim itself.
    pub at: Option<String>,
    /// The equation as written.
    pub equation: String,
    /// `missing term`, `wrong sign`, `wrong index` and so on.
    pub kind: &'static str,
    /// The same in a sentence.
    pub words: String,
    /// Further mistakes in the same equation.
    pub more: Vec<Further>,
    /// Names that the equation rests on and that stand for nothing known: the mistake may be in theirs.
    pub suspects: Vec<String>,
    /// The part that is wrong.
    pub wrong_term: Option<Formula>,
    /// What it should be, or what is missing.
    pub correct_term: Option<Formula>,
    /// The equation as it should be.
    pub corrected: Option<Corrected>,
    /// What the derivatives in it are, where the author has no names for them.
    #[serde(rename = "where")]
    pub where_: Vec<Corrected>,
    /// The shape that the equation has, and the one it must have.
    pub shape: Option<String>,
    /// The shape that is needed.
    pub needed_shape: Option<String>,
    /// The entry of the equation itself: what it gives, the others as they should be, and what is right.
    pub entry: Option<Counter>,
    /// The claim at which the same mistake was told.
    pub told_at: Option<String>,
}

/// One of several mistakes in an equation.
#[derive(Serialize, JsonSchema, Debug)]
pub struct Further {
    /// `missing term`, `wrong sign`, `wrong index` and so on.
    pub kind: &'static str,
    /// The same in a sentence.
    pub words: &'static str,
    /// The part that is wrong.
    pub wrong_term: Option<Formula>,
    /// What it should be, or what is missing.
    pub correct_term: Option<Formula>,
}

/// `left = right`
#[derive(Serialize, JsonSchema, Debug)]
pub struct Corrected {
    /// The left side.
    pub left: Formula,
    /// The right side.
    pub right: Formula,
}

/// An entry at which two sides differ.
#[derive(Serialize, JsonSchema, Debug)]
pub struct Counter {
    /// The sizes of the instance.
    pub sizes: BTreeMap<String, i64>,
    /// The entry: values of the indices, then entries counted from 1.
    pub at: Vec<i64>,
    /// What is claimed; null when it is no number.
    pub claimed: Option<f64>,
    /// What is true.
    pub actual: Option<f64>,
}

/// How a claim was proved.
#[derive(Serialize, JsonSchema, Debug)]
pub struct Proved {
    /// What the author's names stand for.
    pub stands: Vec<Corrected>,
    /// Quantities of the network whose equations were put in.
    pub definitions: Vec<String>,
    /// Laws beside the algebra of sums and products.
    pub laws: Vec<String>,
}

/// What is left open.
#[derive(Serialize, JsonSchema, Debug)]
pub struct Left {
    /// Why.
    pub reason: String,
    /// What is left of the difference.
    pub residual: Option<Formula>,
}

/// The findings as JSON.
pub fn json(findings: &Findings, book: &Book) -> Checked {
    let claims = findings.findings.iter().map(|finding| judged(finding, book)).collect();
    Checked { network: findings.base.name.to_string(), claims }
}

fn judged(finding: &Finding, book: &Book) -> Judged {
    let showing = Showing::of(finding, book);
    let formula = |term: &Term| formula(&showing.formula(term));
    let pair = |(left, right): &(Term, Term)| Corrected { left: formula(left), right: formula(right) };
    let refuted = finding.standing == Standing::Refuted;
    let blame = finding.blame.as_ref().filter(|_| refuted).map(|blame| Blamed {
        at: blame.at.as_ref().map(Name::to_string),
        equation: blame.written.clone(),
        kind: blame.kind.words(),
        words: what(blame),
        more: blame
            .more
            .iter()
            .map(|slip| Further {
                kind: slip.kind.words(),
                words: words(slip.kind),
                wrong_term: slip.wrong.as_ref().map(&formula),
                correct_term: slip.right.as_ref().map(&formula),
            })
            .collect(),
        suspects: blame.suspects.iter().map(Name::to_string).collect(),
        wrong_term: blame.wrong.as_ref().map(&formula),
        correct_term: blame.right.as_ref().map(&formula),
        corrected: blame.corrected.as_ref().map(pair),
        where_: blame.also.iter().map(pair).collect(),
        shape: blame.shapes.as_ref().and_then(|(found, _)| found.as_ref()).map(Shape::to_string),
        needed_shape: blame.shapes.as_ref().and_then(|(_, wanted)| wanted.as_ref()).map(Shape::to_string),
        entry: blame.entry.as_ref().map(|(at, claimed, actual)| Counter {
            sizes: BTreeMap::new(),
            at: at.clone(),
            claimed: finite(*claimed),
            actual: finite(*actual),
        }),
        told_at: blame.before.as_ref().map(Name::to_string),
    });
    let counterexample = finding.counterexample.as_ref().filter(|_| refuted).map(|found| Counter {
        sizes: found.sizes.iter().map(|(name, size)| (name.to_string(), *size)).collect(),
        at: found.at.clone(),
        claimed: finite(found.claimed),
        actual: finite(found.actual),
    });
    let proof = matches!(finding.standing, Standing::Proved | Standing::ProvedRounded).then(|| Proved {
        stands: finding.proof.stands.iter().map(|one| pair(&(one.left.clone(), one.right.clone()))).collect(),
        definitions: finding.proof.definitions.iter().map(Name::to_string).collect(),
        laws: finding.proof.laws.clone(),
    });
    let open = finding.open.as_ref().filter(|_| finding.standing == Standing::Unknown);
    Judged {
        name: finding.claim.to_string(),
        verdict: finding.standing.word(),
        up_to_rounding: finding.standing == Standing::ProvedRounded,
        claim: finding.written.clone(),
        assumptions: finding.assumptions.clone(),
        samples: finding.samples,
        blame,
        counterexample,
        proof,
        open: open.map(|open| Left { reason: open.reason.clone(), residual: open.residual.as_ref().map(&formula) }),
    }
}
