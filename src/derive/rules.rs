//! Laws as rewriting rules.
//!
//! A law speaks of any payload; a rule speaks of one. When a law is found to match, the payloads, sizes and constants
//! of the place are put into both of its sides, which gives a rule made of two plain patterns. So egg's proof checker,
//! which can only check plain patterns, checks every step.

mod fit;
mod patterns;

use super::graph::{Graph, Knowledge, Node, SharedOps};
use super::matching::Bindings;
use crate::math::expression::{Letter, LetterKind, Op, Term};
use crate::math::law::Law;
use crate::math::name::Name;
use egg::{Id, Pattern, PatternAst, Rewrite, Searcher, Subst, Symbol, Var};
use indexmap::IndexMap;
use patterns::Searched;
use rustc_hash::FxHashMap;
use std::collections::BTreeSet;

/// A law, ready to be searched for.
struct Compiled<'b> {
    law: &'b Law,
    reversed: bool,
    from: &'b Term,
    to: &'b Term,
    letters: Vec<&'b Letter>,
    /// The operations that the law speaks of, on both sides.
    speaks_of: BTreeSet<Kind>,
    /// Whether `y`, the value already computed, stands in what comes out.
    gives_value: bool,
    /// Whether payloads alone decide where the law fits: it has no condition, and no letter for a number or for `y`.
    by_payload: bool,
}

/// A law is applied at no more places than this in one round, unless said otherwise.
const MATCHES: usize = 20_000;

/// What an operation does, whatever payload or number it holds.
pub type Kind = String;

/// The operations of a term that distinguish it: those that every calculation may need are left out.
pub fn kinds(term: &Term) -> BTreeSet<Kind> {
    let mut found = BTreeSet::new();
    term.walk(&mut |part| match part.op() {
        Op::Letter(_) | Op::Read(_) | Op::Number(_) | Op::Fill(_) | Op::Add | Op::Mul | Op::Neg => {}
        Op::Apply(name) => {
            found.insert(name.to_string());
        }
        other => {
            // The variant's name, without what it holds; of a reduction, also what it computes.
            let word = match other {
                Op::Reduce(reducer, _) => format!("Reduce{reducer:?}"),
                other => format!("{other:?}"),
            };
            found.insert(word.split(['(', ' ']).next().unwrap_or_default().to_string());
        }
    });
    found
}

/// A rule: one law for one payload.
pub struct Rule {
    /// The law.
    pub law: Name,
    /// Whether it is read right to left.
    pub reversed: bool,
    name: Symbol,
    left: PatternAst<Node>,
    right: PatternAst<Node>,
}

/// The rules of a purpose, made from laws as they are needed.
pub struct Rules<'b> {
    ops: SharedOps,
    laws: Vec<Compiled<'b>>,
    made: IndexMap<(usize, Bindings), Option<Rule>>,
    /// The positions of rules by their names.
    named: FxHashMap<Symbol, usize>,
    searched: Vec<Option<Searched>>,
    /// A law is applied at no more places than this in one round.
    pub matches: usize,
}

/// The equation `target = body` that is being differentiated: where a law speaks of the value `y` already computed
/// and the body is that value, `y` is the target.
pub struct Own {
    /// The class of the body.
    pub body: Id,
    /// The target.
    pub target: Term,
}

impl<'b> Rules<'b> {
    /// Rules from these laws; `both` ways or left to right only.
    pub fn new(laws: impl Iterator<Item = &'b Law>, both: bool, ops: &SharedOps) -> Self {
        Rules::each(laws.map(|law| (law, both)), ops)
    }

    /// Rules from these laws, each with whether it is read both ways.
    pub fn each(laws: impl Iterator<Item = (&'b Law, bool)>, ops: &SharedOps) -> Self {
        let mut compiled = Vec::new();
        for (law, both) in laws {
            for reversed in [false, true] {
                let (from, to) = if reversed { (&law.right, &law.left) } else { (&law.left, &law.right) };
                // Read backwards, `0 = 0 ⊙ u` would not say what u is; a lone letter would match everything.
                let known = letters_of(from);
                let says_all = letters_of(to).is_subset(&known) && indices_of(to).is_subset(&indices_of(from));
                let is_lone = matches!(from.op(), Op::Letter(_) | Op::Number(_));
                if reversed && (!both || !says_all || is_lone) {
                    continue;
                }
                let speaks_of = kinds(from).union(&kinds(to)).cloned().collect();
                let letters: Vec<&Letter> = law.letters.values().collect();
                let gives_value = law.value.as_ref().is_some_and(|(letter, _)| letters_of(to).contains(letter));
                let by_payload = law.conditions.is_empty()
                    && law.value.is_none()
                    && letters.iter().all(|letter| letter.kind != LetterKind::Constant);
                compiled.push(Compiled { law, reversed, from, to, letters, speaks_of, gives_value, by_payload });
            }
        }
        Rules {
            ops: ops.clone(),
            searched: compiled.iter().map(|_| None).collect(),
            laws: compiled,
            made: IndexMap::new(),
            named: FxHashMap::default(),
            matches: MATCHES,
        }
    }

    /// Applies every law wherever it matches, again and again, until nothing changes or a limit is reached.
    /// Returns whether nothing was left to do.
    pub fn saturate(&mut self, graph: &mut Graph, own: Option<&Own>, nodes: usize, rounds: usize) -> bool {
        self.saturate_until(graph, own, nodes, rounds, None, &|_| false)
    }

    /// As [`Rules::saturate`], with only those laws that speak of no other operations than those `among` which the
    /// calculation moves, and stopping early when `done`.
    pub fn saturate_until(
        &mut self,
        graph: &mut Graph,
        own: Option<&Own>,
        nodes: usize,
        rounds: usize,
        among: Option<&BTreeSet<Kind>>,
        done: &dyn Fn(&Graph) -> bool,
    ) -> bool {
        let speaks = |law: &Compiled| among.is_none_or(|among| law.speaks_of.is_subset(among));
        let useful: Vec<usize> = (0..self.laws.len()).filter(|position| speaks(&self.laws[*position])).collect();
        for _ in 0..rounds {
            if done(graph) {
                return true;
            }
            let mut found: Vec<(usize, Subst)> = Vec::new();
            useful.iter().for_each(|position| self.find(*position, graph, own, &mut found));
            let mut changed = false;
            for (rule, subst) in found {
                let Some((_, Some(rule))) = self.made.get_index(rule) else { continue };
                changed |= graph.union_instantiations(&rule.left, &rule.right, &subst, rule.name).1;
                if graph.total_number_of_nodes() > nodes {
                    graph.rebuild();
                    return false;
                }
            }
            graph.rebuild();
            if graph.analysis.conflict {
                return false;
            }
            if !changed {
                return true;
            }
        }
        false
    }

    /// The rule called `name`.
    pub fn rule(&self, name: Symbol) -> Option<&Rule> {
        self.made.get_index(*self.named.get(&name)?)?.1.as_ref()
    }

    /// All rules made so far in egg's form, for its proof checker.
    pub fn rewrites(&self) -> Vec<Rewrite<Node, Knowledge>> {
        let plain = |rule: &Rule| {
            let (left, right) = (Pattern::new(rule.left.clone()), Pattern::new(rule.right.clone()));
            Rewrite::new(rule.name, left, right).ok()
        };
        self.made.values().flatten().filter_map(plain).collect()
    }

    /// Finds where a law matches and which rule that makes.
    fn find(&mut self, position: usize, graph: &Graph, own: Option<&Own>, found: &mut Vec<(usize, Subst)>) {
        let mut searched = self.prepared(position);
        let mut hits: Vec<(usize, Subst)> = Vec::new();
        for (number, (_, pattern)) in searched.patterns.iter().enumerate() {
            // What is known not to move is 0 under every d; all that is equal to 0 would be differentiated for nothing.
            let stands =
                |class: Id| matches!(self.laws[position].from.op(), Op::Differential) && !graph[class].data.moves;
            for matches in pattern.search_with_limit(graph, self.matches) {
                if stands(matches.eclass) {
                    continue;
                }
                hits.extend(matches.substs.into_iter().map(|subst| (number, subst)));
            }
        }
        for (number, subst) in hits {
            let known = |class: &Id| {
                let known = &graph[*class].data;
                (known.ty.unwrap_or(u32::MAX >> 2) << 2) | u32::from(known.constant) << 1 | u32::from(known.moves)
            };
            let letters = (0..self.laws[position].letters.len()).map(|letter| Var::from_u32(letter as u32));
            let key = self.laws[position]
                .by_payload
                .then(|| (number, letters.filter_map(|letter| subst.get(letter)).map(known).collect::<Vec<u32>>()));
            let rule = match key.as_ref().and_then(|key| searched.fits.get(key)) {
                Some(rule) => *rule,
                None => {
                    let bindings = self.fit(position, searched.patterns[number].0.clone(), graph, own, &subst);
                    let rule = bindings.map(|bindings| self.number(position, bindings));
                    searched.fits.extend(key.map(|key| (key, rule)));
                    rule
                }
            };
            found.extend(rule.map(|rule| (rule, subst)));
        }
        self.searched[position] = Some(searched);
    }

    /// The number of the rule that a law makes with these bindings.
    fn number(&mut self, position: usize, bindings: Bindings) -> usize {
        let key = (position, bindings);
        if let Some(number) = self.made.get_index_of(&key) {
            return number;
        }
        let rule = self.make(position, &key.1);
        let name = rule.as_ref().map(|rule| rule.name);
        let number = self.made.insert_full(key, rule).0;
        self.named.extend(name.map(|name| (name, number)));
        number
    }

    /// The law with payloads, sizes and constants put in. `None` when that gives nothing new.
    fn make(&self, position: usize, bindings: &Bindings) -> Option<Rule> {
        let law = &self.laws[position];
        let mut bindings = bindings.clone();
        if let Some((letter, value)) = &law.law.value
            && !bindings.letters.contains_key(letter)
        {
            let value = bindings.instantiate(value)?;
            bindings.letters.insert(letter.clone(), value);
        }
        let letters: Vec<Name> = law.letters.iter().map(|letter| letter.name.clone()).collect();
        let (left, right) = (bindings.instantiate(law.from)?, bindings.instantiate(law.to)?);
        if left == right {
            return None;
        }
        let mut ops = self.ops.borrow_mut();
        let left = ops.pattern(&left, &|op| variable(op, &letters));
        let right = ops.pattern(&right, &|op| variable(op, &letters));
        let arrow = if law.reversed { "←" } else { "" };
        let name = Symbol::from(format!("{}{arrow}#{}", law.law.name, self.made.len()));
        Some(Rule { law: law.law.name.clone(), reversed: law.reversed, name, left, right })
    }
}

/// The letters in a term.
fn letters_of(term: &Term) -> BTreeSet<Name> {
    let mut found = BTreeSet::new();
    term.walk(&mut |part| {
        if let Op::Letter(letter) = part.op() {
            found.insert(letter.name.clone());
        }
    });
    found
}

/// The index letters that are bound in a term.
fn indices_of(term: &Term) -> BTreeSet<Name> {
    let mut found = BTreeSet::new();
    term.walk(&mut |part| {
        if let Op::Reduce(_, binder) = part.op() {
            found.insert(binder.index.clone());
        }
    });
    found
}

/// Letters are egg's variables, numbered in the order of the law.
fn variable(op: &Op, letters: &[Name]) -> Option<Var> {
    match op {
        Op::Letter(letter) => letters.iter().position(|name| name == &letter.name).map(|n| Var::from_u32(n as u32)),
        _ => None,
    }
}
