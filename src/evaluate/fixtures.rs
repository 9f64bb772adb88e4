//! Networks and backward lines made by hand, for tests.

use crate::math::derivation::{Derivation, Line, Part};
use crate::math::expression::{Binder, Mark, Op, Read, Subscript, Term};
use crate::math::integer::Integer;
use crate::math::name::Name;
use crate::math::network::{Equation, Index, Network, Quantities, Quantity, Role};
use crate::math::shape::Shape;
use crate::math::source::{Source, Span};

fn span() -> Span {
    Span { source: Source::new("recurrence.net", ""), start: 0, end: 0 }
}

fn size(name: &str) -> Integer {
    Integer::name(name)
}

fn shape_of(name: &str) -> Shape {
    match name {
        "W" => Shape::matrix(size("H"), size("D")),
        "U" => Shape::matrix(size("H"), size("H")),
        "x" => Shape::vector(size("D")),
        _ => Shape::vector(size("H")),
    }
}

fn steps(low: i64) -> Binder {
    Binder { index: "t".into(), low: Integer::number(low), high: size("T") }
}

/// `name[index + offset]`; no subscript when `index` is empty.
pub(super) fn at(name: &str, mark: Mark, index: &str, offset: i64) -> Read {
    let subscripts = match index {
        "" => Vec::new(),
        index => vec![Subscript::At(Integer::name(index).offset(offset))],
    };
    Read {
        quantity: name.into(),
        mark,
        subscripts,
        shape: shape_of(name),
        constant: mark != Mark::Value,
        padded: false,
    }
}

fn value(name: &str, index: &str, offset: i64) -> Term {
    Term::read(at(name, Mark::Value, index, offset))
}

fn adjoint(name: &str, index: &str, offset: i64) -> Term {
    Term::read(at(name, Mark::Adjoint, index, offset))
}

/// Its pre-activation: `W·x[t] + U·h[t−1]`.
fn activation() -> Term {
    let fed = value("W", "", 0).matmul(value("x", "t", 0)).expect("fits");
    let carried = value("U", "", 0).matmul(value("h", "t", -1)).expect("fits");
    fed.plus(carried).expect("fits")
}

fn network(named: bool) -> Network {
    let mut quantities: Quantities = Quantities::default();
    let mut add = |name: &str, role: Role, axes: Vec<Binder>| {
        let name = Name::new(name);
        let shape = shape_of(name.as_str());
        quantities.insert(name.clone(), Quantity { name, role, axes, shape, shown: None, draw: None, span: span() });
    };
    add("x", Role::Input, vec![steps(1)]);
    add("W", Role::Param, Vec::new());
    add("U", Role::Param, Vec::new());
    add("h0", Role::Initial, Vec::new());
    add("h", Role::Computed, vec![steps(0)]);
    if named {
        add("a", Role::Named, vec![steps(1)]);
    }
    let equation = |target: &str, at: Integer, ranges: Vec<Binder>, body: Term| Equation {
        target: target.into(),
        at: vec![at],
        ranges,
        body,
        span: span(),
    };
    let inside = if named { value("a", "t", 0) } else { activation() };
    let mut equations = vec![
        equation("h", Integer::number(0), Vec::new(), value("h0", "", 0)),
        equation("h", size("t"), vec![steps(1)], Term::new(Op::Apply("tanh".into()), vec![inside]).expect("fits")),
    ];
    if named {
        equations.push(equation("a", size("t"), vec![steps(1)], activation()));
    }
    let index = Index { name: "t".into(), low: Integer::number(1), high: size("T"), recurrent: true };
    Network {
        name: "recurrence".into(),
        comment: Vec::new(),
        sizes: ["D", "H", "T"].map(|name| (Name::new(name), None)).into_iter().collect(),
        indices: [(Name::new("t"), index)].into_iter().collect(),
        quantities,
        equations,
        outputs: vec!["h".into()],
        loss: None,
        source: Source::new("recurrence.net", ""),
    }
}

/// `h[t] = tanh(W·x[t] + U·h[t−1])`
pub(super) fn recurrence() -> Network {
    network(false)
}

/// Its backward pass, as a textbook has it.
pub(super) fn recurrence_backward() -> Derivation {
    let line = |left: Read, free: bool, sums: Vec<Binder>, term: Term, goal: bool| Line {
        left,
        ranges: if free { vec![steps(1)] } else { Vec::new() },
        parts: vec![Part { sums, term }],
        goal,
        group: 0,
    };
    let transposed = |name: &str| value(name, "", 0).transposed().expect("a matrix");
    let carried = transposed("U").matmul(adjoint("a", "t", 1)).expect("fits");
    let upstream = Term::read(at("h", Mark::Upstream, "t", 0));
    let h = value("h", "t", 0);
    let slope = Term::filled(1, h.shape()).plus(h.clone().times(h.clone()).expect("fits").negated()).expect("fits");
    let outer = |row: Term| adjoint("a", "t", 0).matmul(row.transposed().expect("a row")).expect("a matrix");
    let first = |read: Read| {
        let put = [(Name::new("t"), Integer::number(1))].into_iter().collect();
        Term::read(read.at(&put))
    };
    let backward = vec![
        line(at("h", Mark::Adjoint, "t", 0), true, vec![], upstream.plus(carried).expect("fits"), false),
        line(at("a", Mark::Adjoint, "t", 0), true, vec![], adjoint("h", "t", 0).times(slope).expect("fits"), false),
        line(
            at("x", Mark::Adjoint, "t", 0),
            true,
            vec![],
            transposed("W").matmul(adjoint("a", "t", 0)).expect("fits"),
            true,
        ),
        line(at("W", Mark::Adjoint, "", 0), false, vec![steps(1)], outer(value("x", "t", 0)), true),
        line(at("U", Mark::Adjoint, "", 0), false, vec![steps(1)], outer(value("h", "t", -1)), true),
        line(
            at("h0", Mark::Adjoint, "", 0),
            false,
            vec![],
            transposed("U").matmul(first(at("a", Mark::Adjoint, "t", 0))).expect("fits"),
            true,
        ),
    ];
    let goals = ["x", "W", "U", "h0"].map(Name::new).to_vec();
    Derivation {
        network: network(true),
        goals,
        backward,
        dropped: Vec::new(),
        chains: Vec::new(),
        assumptions: Vec::new(),
    }
}
