//! Hand-made terms, a network and a derivation, for the tests of this module.

use crate::math::derivation::{Chain, Derivation, Gain, Line, Milestone, Part, Reason, Step, Subject};
use crate::math::expression::{Binder, Mark, Op, Read, Subscript, Term};
use crate::math::integer::Integer;
use crate::math::name::Name;
use crate::math::network::{Equation, Index, Network, Quantities, Quantity, Role, Shown};
use crate::math::shape::Shape;
use crate::math::source::{Source, Span};

pub fn size(name: &str) -> Integer {
    Integer::name(name)
}

pub fn vector(name: &str) -> Shape {
    Shape::vector(size(name))
}

pub fn read(mark: Mark, name: &str, at: &[Integer], shape: Shape) -> Term {
    Term::read(Read {
        quantity: name.into(),
        mark,
        subscripts: at.iter().cloned().map(Subscript::At).collect(),
        shape,
        constant: false,
        padded: false,
    })
}

/// A vector of H without indices.
pub fn v(name: &str) -> Term {
    read(Mark::Value, name, &[], vector("H"))
}

/// A number.
pub fn s(name: &str) -> Term {
    read(Mark::Value, name, &[], Shape::number())
}

/// A square matrix.
pub fn m(name: &str) -> Term {
    read(Mark::Value, name, &[], Shape::matrix(size("H"), size("H")))
}

pub fn op(op: Op, args: &[&Term]) -> Term {
    Term::new(op, args.iter().map(|arg| (*arg).clone()).collect()).expect("well typed")
}

/// The plain recurrent network with its derivation, one gain folded by hand.
pub fn recurrent() -> Derivation {
    let (t, h) = (size("t"), vector("H"));
    let span = Span { source: Source::new("elman.net", ""), start: 0, end: 0 };
    let binder = |low: i64| Binder { index: "t".into(), low: Integer::number(low), high: size("T") };
    let quantity = |name: &str, role: Role, axes: Vec<Binder>, shape: Shape| Quantity {
        name: name.into(),
        role,
        axes,
        shape,
        shown: None,
        draw: None,
        span: span.clone(),
    };
    let matrix = |columns: &str| Shape::matrix(size("H"), size(columns));
    let mut initial = quantity("h0", Role::Initial, vec![], h.clone());
    initial.shown = Some(Shown { quantity: "h".into(), at: vec![Integer::number(0)] });
    let quantities: Quantities = [
        quantity("x", Role::Input, vec![binder(1)], vector("D")),
        quantity("W", Role::Param, vec![], matrix("D")),
        quantity("U", Role::Param, vec![], matrix("H")),
        quantity("b", Role::Param, vec![], h.clone()),
        quantity("a_h", Role::Named, vec![binder(1)], h.clone()),
        quantity("h", Role::Computed, vec![binder(0)], h.clone()),
        initial,
    ]
    .into_iter()
    .map(|quantity| (quantity.name.clone(), quantity))
    .collect();
    let value = |name: &str, at: &[Integer]| {
        let quantity = &quantities[&Name::new(name)];
        read(Mark::Value, name, at, quantity.shape.clone())
    };
    let delta = |name: &str, at: &[Integer]| read(Mark::Adjoint, name, at, quantities[&Name::new(name)].shape.clone());
    let at = std::slice::from_ref(&t);
    let before = [t.offset(-1)];
    let after = [t.offset(1)];
    let product = |a: Term, b: Term| a.matmul(b).expect("fits");
    let activation = product(value("W", &[]), value("x", at))
        .plus(product(value("U", &[]), value("h", &before)))
        .and_then(|sum| sum.plus(value("b", &[])))
        .expect("fits");
    let squash = op(Op::Apply("tanh".into()), &[&value("a_h", at)]);
    let equation = |target: &str, place: Integer, body: Term| Equation {
        target: target.into(),
        ranges: if place.as_name().is_some() { vec![binder(1)] } else { vec![] },
        at: vec![place],
        body,
        span: span.clone(),
    };
    let equations = vec![
        equation("h", Integer::number(0), value("h0", &[])),
        equation("a_h", t.clone(), activation),
        equation("h", t.clone(), squash.clone()),
    ];
    let two = Term::number(crate::math::number::whole(2));
    let slope = Term::filled(1, &h).plus(op(Op::Power, &[&value("h", at), &two]).negated()).expect("fits");
    let moving = value("a_h", at).differential();
    let adjoint = delta("h", at);
    let local = op(Op::Mul, &[&adjoint, &slope]);
    let line = |name: &str, at: &[Integer], goal: bool, sums: Vec<Binder>, terms: Vec<Term>| Line {
        left: match delta(name, at).op() {
            Op::Read(read) => read.clone(),
            _ => unreachable!("an adjoint is read"),
        },
        ranges: if at.is_empty() { vec![] } else { vec![binder(1)] },
        parts: terms.into_iter().map(|term| Part { sums: sums.clone(), term }).collect(),
        goal,
        group: usize::from(goal),
    };
    let upstream = read(Mark::Upstream, "h", at, h.clone());
    let carried = product(value("U", &[]).transposed().expect("a matrix"), delta("a_h", &after));
    let outer = |left: &str, right: Term| product(delta(left, at), right.transposed().expect("a column"));
    let backward = vec![
        line("h", at, false, vec![], vec![upstream.plus(carried).expect("fits")]),
        line("a_h", at, false, vec![], vec![local.clone()]),
        line("x", at, true, vec![], vec![product(value("W", &[]).transposed().expect("a matrix"), delta("a_h", at))]),
        line("W", &[], true, vec![binder(1)], vec![outer("a_h", value("x", at))]),
        line("U", &[], true, vec![binder(1)], vec![outer("a_h", value("h", &before))]),
        line("b", &[], true, vec![binder(1)], vec![delta("a_h", at)]),
    ];
    let law = |name: &str, after: Term, places: Vec<Vec<usize>>| {
        Step::new(Reason::Law { name: name.into(), reversed: false }, places, after)
    };
    let sloped = adjoint.clone().paired(op(Op::Mul, &[&slope, &moving])).expect("fits");
    let crossed = local.clone().paired(moving.clone()).expect("fits");
    let chain = Chain {
        subject: Subject::Equation(2),
        start: adjoint.clone().paired(squash.differential()).expect("fits"),
        steps: vec![
            law("tanh-rule", sloped.clone(), vec![vec![1]]),
            Step {
                substeps: vec![law("pair-factor", crossed.clone(), vec![vec![]])],
                ..Step::new(Reason::Milestone(Milestone::Simplify), vec![vec![]], crossed)
            },
        ],
        gains: vec![Gain { of: value("a_h", at).as_read().expect("a reading").clone(), term: local, sums: Vec::new() }],
    };
    let network = Network {
        name: "elman".into(),
        comment: vec!["A recurrent network. Elman 1990.".into()],
        sizes: [("D", None), ("H", None)].map(|(name, number)| (Name::new(name), number)).into_iter().collect(),
        indices: [(
            Name::new("t"),
            Index { name: "t".into(), low: Integer::number(1), high: size("T"), recurrent: true },
        )]
        .into_iter()
        .collect(),
        quantities,
        equations,
        outputs: vec!["h".into()],
        loss: None,
        source: Source::new("elman.net", ""),
    };
    Derivation {
        network,
        goals: ["x", "W", "U", "b"].map(Name::new).to_vec(),
        backward,
        dropped: vec![],
        chains: vec![chain],
        assumptions: vec![],
    }
}
