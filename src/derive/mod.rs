//! From a network to its backward pass. The only user of egg.
//!
//! 1. Parts get names ([`parts`]): pre-activations and all that is shared.
//! 2. Every equation is differentiated ([`differentiate`]): ⟨δv, dE⟩ becomes Σ ⟨G_k, du_k⟩.
//! 3. What each adjoint gains is collected into lines ([`collect`]), every index moved to its place.
//! 4. Lines are simplified ([`simplify`]) and names that do not earn their place are dropped ([`names`]).

mod alike;
mod check;
mod collect;
mod differentiate;
mod explain;
mod graph;
mod matching;
mod names;
pub mod normal;
mod parts;
mod range;
mod rules;
mod simplify;

use crate::math::derivation::Derivation;
use crate::math::law::Book;
use crate::math::name::Name;
use crate::math::network::Network;
use crate::math::source::Outcome;

pub use check::{Fault, check};

/// How to derive.
#[derive(Clone, Copy, Debug, Default)]
pub struct Options {
    /// Pass every explanation through egg's own proof checker, which panics at a fault. For tests.
    pub check_proofs: bool,
}

/// The backward pass of `network` for `goals`: quantities whose gradient is asked for.
/// An error names the equation that cannot be derived, and why.
pub fn derive(network: &Network, book: &Book, goals: &[Name], options: Options) -> Outcome<Derivation> {
    let network = parts::name_parts(network);
    let mut differentiator = differentiate::Differentiator::new(book);
    differentiator.check_proofs = options.check_proofs;
    let mut chains = Vec::new();
    let mut errors = Vec::new();
    for number in 0..network.equations.len() {
        match differentiator.differentiate(&network, number) {
            Ok(chain) => chains.push(chain),
            Err(error) => errors.push(error),
        }
    }
    if !errors.is_empty() {
        return Err(errors);
    }
    let lines = collect::collect(&network, &chains, goals).map_err(|error| vec![error])?;
    let mut simplifier = simplify::Simplifier::new(book);
    simplifier.check_proofs = options.check_proofs;
    let choice = names::choose(lines, &mut simplifier);
    chains.extend(choice.chains);
    Ok(Derivation {
        network,
        goals: goals.to_vec(),
        backward: choice.kept,
        dropped: choice.dropped,
        chains,
        assumptions: Vec::new(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::math::expression::{Binder, Mark, Op, Term};
    use crate::math::integer::Integer;
    use crate::math::network::{Equation, Index, Quantity, Role};
    use crate::math::shape::Shape;
    use crate::math::source::{Source, Span};
    use indexmap::IndexMap;

    fn size(name: &str) -> Integer {
        Integer::name(name)
    }
    fn axis(low: i64) -> Vec<Binder> {
        vec![Binder { index: "t".into(), low: Integer::number(low), high: size("T") }]
    }
    fn lstm() -> Network {
        let span = Span { source: Source::new("test", ""), start: 0, end: 0 };
        let mut quantities = IndexMap::new();
        let mut add = |name: &str, role: Role, axes: Vec<Binder>, shape: Vec<Integer>| {
            quantities.insert(
                Name::from(name),
                Quantity {
                    name: name.into(),
                    role,
                    axes,
                    shape: Shape::Axes(shape),
                    shown: None,
                    draw: None,
                    span: span.clone(),
                },
            );
        };
        let (d, h) = (size("D"), size("H"));
        add("x", Role::Input, axis(1), vec![d.clone()]);
        for g in ["i", "f", "o", "g"] {
            add(&format!("W_{g}"), Role::Param, vec![], vec![h.clone(), d.clone()]);
            add(&format!("U_{g}"), Role::Param, vec![], vec![h.clone(), h.clone()]);
            add(&format!("b_{g}"), Role::Param, vec![], vec![h.clone()]);
        }
        add("h0", Role::Initial, vec![], vec![h.clone()]);
        add("c0", Role::Initial, vec![], vec![h.clone()]);
        for g in ["i", "f", "o", "g"] {
            add(g, Role::Computed, axis(1), vec![h.clone()]);
        }
        add("c", Role::Computed, axis(0), vec![h.clone()]);
        add("h", Role::Computed, axis(0), vec![h.clone()]);
        let read = |name: &str, shift: Option<i64>| {
            let q: &Quantity = &quantities[name];
            let at: Vec<Integer> = shift.map(|s| size("t").offset(s)).into_iter().collect();
            Term::read(q.read_at(Mark::Value, &at))
        };
        let apply = |f: &str, u: Term| Term::new(Op::Apply(f.into()), vec![u]).unwrap();
        let eq = |target: &str, body: Term| Equation {
            target: target.into(),
            at: vec![size("t")],
            ranges: axis(1),
            body,
            span: span.clone(),
        };
        let case = |target: &str, from: &str| Equation {
            target: target.into(),
            at: vec![Integer::number(0)],
            ranges: vec![],
            body: read(from, None),
            span: span.clone(),
        };
        let mut equations = vec![case("h", "h0"), case("c", "c0")];
        for g in ["i", "f", "o", "g"] {
            let a = read(&format!("W_{g}"), None)
                .matmul(read("x", Some(0)))
                .unwrap()
                .plus(read(&format!("U_{g}"), None).matmul(read("h", Some(-1))).unwrap())
                .unwrap()
                .plus(read(&format!("b_{g}"), None))
                .unwrap();
            equations.push(eq(g, apply(if g == "g" { "tanh" } else { "sigmoid" }, a)));
        }
        let c = read("f", Some(0))
            .times(read("c", Some(-1)))
            .unwrap()
            .plus(read("i", Some(0)).times(read("g", Some(0))).unwrap())
            .unwrap();
        equations.push(eq("c", c));
        let hh = read("o", Some(0)).times(apply("tanh", read("c", Some(0)))).unwrap();
        equations.push(eq("h", hh));
        let index = Index { name: "t".into(), low: Integer::number(1), high: size("T"), recurrent: true };
        Network {
            name: "cell".into(),
            comment: vec![],
            sizes: IndexMap::from([("D".into(), None), ("H".into(), None), ("T".into(), None)]),
            indices: IndexMap::from([("t".into(), index)]),
            quantities,
            equations,
            outputs: vec!["h".into(), "c".into()],
            loss: None,
            source: span.source.clone(),
        }
    }

    #[test]
    fn try_it() {
        let book = crate::book::book().unwrap();
        let network = lstm();
        let goals: Vec<Name> = network.learned().map(|q| q.name.clone()).collect();
        for _ in 0..3 {
            let t = std::time::Instant::now();
            let d = derive(&network, &book, &goals, Options { check_proofs: false }).unwrap();
            println!("{:?}", t.elapsed());
            let _ = d;
        }
        let d = derive(&network, &book, &goals, Options { check_proofs: true }).unwrap();
        for c in &d.chains {
            println!("{:?}\n   {:?}", c.subject, c.start);
            for s in &c.steps {
                println!(" = {:?}    [{:?}]", s.after, s.reason);
                for u in &s.substeps {
                    println!("     . {:?} [{:?}]", u.after, u.reason);
                }
            }
            for g in &c.gains {
                println!("   so {:?} += {:?}", g.of, g.term);
            }
        }
        println!("---");
        for l in &d.backward {
            println!("{:?} = {:?}", Term::read(l.left.clone()), l.parts);
        }
        println!(
            "{}",
            crate::render::to_text(
                &crate::render::derivation::page(
                    &d,
                    &book,
                    Some(&crate::verdict(&network, &d, true).unwrap()),
                    crate::render::Steps::Brief
                ),
                100
            )
        );
        println!("{:?}", check(&d, &book));
        println!("{:?}", crate::verdict(&network, &d, true).unwrap());
    }
}
