//! Backward lines written by hand: entries, blocks, slices, and what lies past the end of a range.

mod common;

use nablascope::evaluate::{Mode, verdict};
use nablascope::math::derivation::{Derivation, Line, Part};
use nablascope::math::expression::{Binder, Mark, Op, Read, Reducer, Relation, Subscript, Term};
use nablascope::math::integer::{Atom, Integer};
use nablascope::math::network::Network;
use nablascope::math::number;
use nablascope::math::shape::Shape;

fn name(letter: &str) -> Integer {
    Integer::name(letter)
}

fn binder(index: &str, high: &str) -> Binder {
    Binder { index: index.into(), low: Integer::number(1), high: name(high) }
}

fn read(quantity: &str, mark: Mark, places: &[Integer], shape: Shape) -> Read {
    let subscripts = places.iter().cloned().map(Subscript::At).collect();
    Read { quantity: quantity.into(), mark, subscripts, shape, constant: mark != Mark::Value, padded: false }
}

/// An entry of an array, a number.
fn entry(quantity: &str, mark: Mark, places: &[Integer]) -> Term {
    Term::read(read(quantity, mark, places, Shape::number()))
}

fn made(op: Op, args: &[Term]) -> Term {
    Term::new(op, args.to_vec()).expect("it fits")
}

fn line(left: Read, ranges: &[Binder], parts: Vec<(Vec<Binder>, Term)>) -> Line {
    let parts = parts.into_iter().map(|(sums, term)| Part { sums, term }).collect();
    Line { left, ranges: ranges.to_vec(), parts, goal: true, group: 0 }
}

/// The largest error of these lines as the backward pass of the network, compared with exact derivatives.
fn worst(text: &str, goals: &[&str], backward: Vec<Line>) -> f64 {
    let (network, _): (Network, _) = common::network(text).unwrap_or_else(|errors| panic!("{errors:?}"));
    let derivation = Derivation {
        network: network.clone(),
        goals: goals.iter().map(|goal| (*goal).into()).collect(),
        backward,
        dropped: Vec::new(),
        chains: Vec::new(),
        assumptions: Vec::new(),
    };
    let verdict = verdict(&network, &derivation, 4, Mode::Entrywise).unwrap_or_else(|fault| panic!("{fault:?}"));
    assert_eq!(verdict.gradients, goals.len());
    verdict.worst
}

#[test]
fn adjoints_may_be_given_entry_by_entry() {
    let text = "network n size D over n : N input x[n] : D param g : D y[n] = g * x[n]";
    let (n, j) = (name("n"), name("j"));
    let upstream = || entry("y", Mark::Upstream, &[n.clone(), j.clone()]);
    let x = line(
        read("x", Mark::Adjoint, &[n.clone(), j.clone()], Shape::number()),
        &[binder("n", "N"), binder("j", "D")],
        vec![(vec![], made(Op::Mul, &[upstream(), entry("g", Mark::Value, std::slice::from_ref(&j))]))],
    );
    let g = line(
        read("g", Mark::Adjoint, std::slice::from_ref(&j), Shape::number()),
        &[binder("j", "D")],
        vec![(vec![binder("n", "N")], made(Op::Mul, &[upstream(), entry("x", Mark::Value, &[n, j.clone()])]))],
    );
    assert!(worst(text, &["x", "g"], vec![x, g]) < 1e-14);
}

#[test]
fn adjoints_over_indices_may_be_given_and_read_as_payloads() {
    // x has two index axes; its adjoint is given a row at a time, and read as a whole.
    let text = "network n over n : N, k : K input x[n,k] param w y[n,k] = w * x[n,k] L = sum(y) output y, L";
    let n = name("n");
    let row =
        |quantity: &str, mark| Term::read(read(quantity, mark, std::slice::from_ref(&n), Shape::vector(name("K"))));
    let w = entry("w", Mark::Value, &[]).fill(&Shape::vector(name("K")));
    let of_sum = entry("L", Mark::Upstream, &[]).fill(&Shape::vector(name("K")));
    let y = made(Op::Add, &[row("y", Mark::Upstream), of_sum]);
    let whole = |quantity, mark| Term::read(read(quantity, mark, &[], Shape::matrix(name("N"), name("K"))));
    let left = |quantity: &str| read(quantity, Mark::Adjoint, std::slice::from_ref(&n), Shape::vector(name("K")));
    let lines = vec![
        line(left("y"), &[binder("n", "N")], vec![(vec![], y)]),
        line(left("x"), &[binder("n", "N")], vec![(vec![], made(Op::Mul, &[row("y", Mark::Adjoint), w]))]),
        line(
            read("w", Mark::Adjoint, &[], Shape::number()),
            &[],
            vec![(vec![], made(Op::Total, &[made(Op::Mul, &[whole("y", Mark::Adjoint), whole("x", Mark::Value)])]))],
        ),
    ];
    assert!(worst(text, &["x", "w"], lines) < 1e-14);
}

#[test]
fn slices_leave_zeros_where_nothing_was_read() {
    let text = "network n size D = 5 input x : D y = x[2..4]";
    let j = name("j");
    let x = line(
        read("x", Mark::Adjoint, std::slice::from_ref(&j), Shape::number()),
        &[binder("j", "D")],
        vec![(vec![], entry("y", Mark::Upstream, &[j.offset(-1)]))],
    );
    assert_eq!(worst(text, &["x"], vec![x]), 0.0);
    // The same with a slice that hangs over both ends.
    let mut slice = read("y", Mark::Upstream, &[], Shape::vector(Integer::number(5)));
    slice.subscripts = vec![Subscript::Range(Integer::number(0), Integer::number(4))];
    let x = line(read("x", Mark::Adjoint, &[], Shape::vector(name("D"))), &[], vec![(vec![], reshaped(slice))]);
    assert_eq!(worst(text, &["x"], vec![x]), 0.0);
}

/// Five entries as a vector of D.
fn reshaped(slice: Read) -> Term {
    let matrix = made(Op::Reshape(Shape::vector(Integer::number(5))), &[Term::read(slice)]);
    let zeros = Term::filled(0, &Shape::vector(name("D").offset(-5)));
    let joined = made(Op::Concat, &[matrix, zeros]);
    assert_eq!(joined.shape(), &Shape::vector(name("D")));
    joined
}

/// δh[t] = G_h[t] + δh[t+1] · factor, the backward pass of h[t] = x[t] + h[t-1] where the factor is 1 before T.
fn summing_up(factor: Term) -> f64 {
    let text = "network n along t over k : K input x[t], v[k] const y[t] state h[t] h[t] = x[t] + h[t-1] + 0 * v[y[t]]";
    let t = [name("t")];
    let carried = made(Op::Mul, &[entry("h", Mark::Adjoint, &[t[0].offset(1)]), factor]);
    let lines = vec![
        line(
            read("h", Mark::Adjoint, &t, Shape::number()),
            &[binder("t", "T")],
            vec![(vec![], made(Op::Add, &[entry("h", Mark::Upstream, &t), carried]))],
        ),
        line(
            read("x", Mark::Adjoint, &t, Shape::number()),
            &[binder("t", "T")],
            vec![(vec![], entry("h", Mark::Adjoint, &t))],
        ),
    ];
    worst(text, &["x"], lines)
}

#[test]
fn a_term_past_the_end_is_0_whatever_its_other_factors_are() {
    let one = || Term::number(number::whole(1));
    let left = || made(Op::Integer(name("T").minus(&name("t"))), &[]);
    let t = || made(Op::Integer(name("t")), &[]);
    assert!(summing_up(one()) < 1e-14);
    // 0/0 at T.
    assert!(summing_up(made(Op::Div, &[left(), left()])) < 1e-14);
    // log 0 at T, as a summand that is multiplied by 0 before.
    let log = made(Op::Apply("log".into()), &[left()]);
    let zero = made(Op::Add, &[log.clone(), made(Op::Neg, &[log])]);
    assert!(summing_up(made(Op::Add, &[one(), zero])) < 1e-14);
    // A mean of nothing at T.
    let s = made(Op::Integer(name("s")), &[]);
    let later = made(Op::Compare(Relation::Greater), &[s, t()]);
    assert!(summing_up(made(Op::Reduce(Reducer::Mean, binder("s", "T")), &[one(), later.clone()])) < 1e-14);
    assert!(summing_up(made(Op::Reduce(Reducer::Max, binder("s", "T")), &[one(), later])) < 1e-14);
    // A given integer past its end as a subscript: the entry of a constant that is not there.
    let given = Integer::atom(Atom::Given("y".into(), vec![name("t").offset(1)]));
    let there =
        made(Op::Compare(Relation::Less), &[made(Op::Integer(given), &[]), Term::number(number::whole(1 << 20))]);
    assert!(summing_up(made(Op::Where, &[there, one(), Term::number(number::whole(0))])) < 1e-14);
}

#[test]
fn sums_with_conditions_inside_read_nothing_where_the_condition_fails() {
    let text = "network n over n : N input x[n] y = sum[n | n != 1](x[n] * x[n-1 else 0])";
    let n = name("n");
    let upstream = || entry("y", Mark::Upstream, &[]);
    let not_first = |place: &Integer| {
        let place = made(Op::Integer(place.clone()), &[]);
        made(Op::Compare(Relation::NotEqual), &[place, Term::number(number::whole(1))])
    };
    let product = |offset: i64| made(Op::Mul, &[upstream(), entry("x", Mark::Value, &[n.offset(offset)])]);
    let zero = || Term::number(number::whole(0));
    // δx[n] = [n ≠ 1] G x[n-1] + [n ≠ N] G x[n+1]
    let last =
        made(Op::Compare(Relation::NotEqual), &[made(Op::Integer(n.clone()), &[]), made(Op::Integer(name("N")), &[])]);
    let line = line(
        read("x", Mark::Adjoint, std::slice::from_ref(&n), Shape::number()),
        &[binder("n", "N")],
        vec![
            (vec![], made(Op::Where, &[not_first(&n), product(-1), zero()])),
            (vec![], made(Op::Where, &[last, product(1), zero()])),
        ],
    );
    assert!(worst(text, &["x"], vec![line]) < 1e-14);
}
