//! Nobody is believed: lemmas are proved, and a wrong law, a wrong condition and a tampered step are caught.

use nablascope::derive::{Options, check, derive, prove};
use nablascope::math::derivation::{Derivation, Reason, Step, Subject};
use nablascope::math::expression::{Op, Term};
use nablascope::math::law::{Book, Standing};
use nablascope::math::name::Name;
use nablascope::math::network::Network;
use nablascope::math::source::Source;

const CHECKED: Options = Options { check_proofs: true };

fn network(text: &str) -> Network {
    let book = nablascope::book().expect("the book");
    let load = |_: &str| Err("no other files".to_string());
    nablascope::read_network(&Source::new("test.net", text), book, &load).expect("a network").0
}

fn cell() -> Network {
    network(
        "network cell
         size D, H
         along t
         input x[t] : D
         param W : H × D, U : H × H, b : H
         z[t] = sigmoid(W @ x[t] + U @ h[t-1] + b)
         h[t] = z[t] * h[t-1] + (1 - z[t]) * tanh(x[t]^T @ x[t] * b)",
    )
}

fn derived(network: &Network, book: &Book) -> Derivation {
    let goals: Vec<Name> = network.learned().map(|quantity| quantity.name.clone()).collect();
    derive(network, book, &goals, CHECKED).expect("a derivation")
}

/// The book with one line of one chapter changed.
fn book_with(from: &str, to: &str) -> Book {
    let chapters = nablascope::book::CHAPTERS.map(|(name, text)| Source::new(name, text.replace(from, to)));
    let changed = nablascope::book::CHAPTERS.iter().any(|(_, text)| text.contains(from));
    assert!(changed, "no chapter holds `{from}`");
    nablascope::book::of(&chapters).expect("a book that can be read")
}

#[test]
fn every_lemma_is_proved_from_laws() {
    let book = nablascope::book().expect("the book");
    let lemmas: Vec<_> = book.laws().filter(|law| law.standing == Standing::Lemma).collect();
    assert!(!lemmas.is_empty());
    for lemma in lemmas {
        let steps = prove(lemma, book, CHECKED).unwrap_or_else(|| panic!("{} is not proved", lemma.name));
        assert!(!steps.is_empty(), "{} says nothing", lemma.name);
        for step in steps {
            let name = match &step.reason {
                Reason::Law { name, .. } => name,
                Reason::Definition { .. } | Reason::Assumption => continue,
                other => panic!("{}: {other:?}", lemma.name),
            };
            let place = |name: &Name| book.laws().position(|law| &law.name == name).expect("a law of the book");
            let law = book.law(name.as_str()).expect("a law of the book");
            let is_earlier = law.standing == Standing::Lemma && place(name) < place(&lemma.name);
            assert!(law.standing == Standing::Law || is_earlier, "{} rests on {name}", lemma.name);
        }
    }
}

#[test]
fn a_false_lemma_is_not_proved() {
    let book = nablascope::book().expect("the book");
    for law in book.laws().filter(|law| law.standing == Standing::Rejected) {
        assert!(prove(law, book, CHECKED).is_none(), "{} was rejected and is proved", law.name);
    }
}

#[test]
fn a_wrong_law_is_caught_by_the_judge_and_by_the_checker_with_the_right_book() {
    let (network, right) = (cell(), nablascope::book().expect("the book"));
    let wrong = book_with("d sigmoid(u) = y ⊙ (1 − y) ⊙ du", "d sigmoid(u) = y ⊙ (1 + y) ⊙ du");
    let derivation = derived(&network, &wrong);
    let verdict = nablascope::verdict(&network, &derivation, true).expect("numbers");
    assert!(verdict.worst > 1e-3, "the judge believed it: {verdict:?}");
    let fault = check(&derivation, right).expect_err("the checker believed it");
    assert!(fault.reason.starts_with("sigmoid-rule"), "{fault:?}");
}

#[test]
fn a_wrong_condition_is_caught() {
    // With its condition gone, the law puts √(u²) = u, which is wrong for negative u.
    let right = nablascope::book().expect("the book");
    let law = right.law("square-of-root").expect("it is in the book");
    assert!(!law.conditions.is_empty());
    let lemma = |book: &Book| {
        let mut lemma = book.law("square-of-root").expect("it is in the book").clone();
        lemma.name = Name::new("the-same-without-condition");
        lemma.conditions.clear();
        prove(&lemma, book, CHECKED)
    };
    assert!(lemma(right).is_none(), "the condition was not asked for");
    let careless =
        book_with("sqrt(u)² = u                     when u > 0 ", "sqrt(u)² = u                                ");
    let steps = lemma(&careless).expect("without the condition it follows");
    assert!(
        steps.iter().any(|step| matches!(&step.reason, Reason::Law { name, .. } if name.as_str() == "square-of-root"))
    );
}

#[test]
fn a_tampered_step_is_caught_wherever_it_is() {
    let (network, book) = (cell(), nablascope::book().expect("the book"));
    let derivation = derived(&network, book);
    check(&derivation, book).expect("it is right as derived");
    let mut tried = 0;
    for chain in 0..derivation.chains.len() {
        for step in 0..derivation.chains[chain].steps.len() {
            // Another line, another law, another direction, another place.
            let mut line = derivation.clone();
            let changed = &mut line.chains[chain].steps[step];
            changed.after = changed.after.clone().negated();
            assert!(check(&line, book).is_err(), "a changed line passed: chain {chain}, step {step}");
            tried += 1;
            if let Reason::Law { name, reversed } = derivation.chains[chain].steps[step].reason.clone() {
                let mut law = derivation.clone();
                law.chains[chain].steps[step].reason = Reason::Law { name: Name::new("pair-total"), reversed };
                assert!(check(&law, book).is_err(), "a changed law passed: chain {chain}, step {step}");
                let mut direction = derivation.clone();
                direction.chains[chain].steps[step].reason = Reason::Law { name, reversed: !reversed };
                assert!(check(&direction, book).is_err(), "a changed direction passed: chain {chain}, step {step}");
                let mut place = derivation.clone();
                place.chains[chain].steps[step].places = vec![vec![7]];
                assert!(check(&place, book).is_err(), "a changed place passed: chain {chain}, step {step}");
                tried += 3;
            }
        }
        if matches!(derivation.chains[chain].subject, Subject::Equation(_)) {
            let mut gains = derivation.clone();
            gains.chains[chain].gains.pop();
            assert!(check(&gains, book).is_err(), "a lost gain passed: chain {chain}");
        }
    }
    assert!(tried > 50, "only {tried} were tried");
}

#[test]
fn a_tampered_line_is_caught_by_the_checker_and_by_the_judge() {
    let (network, book) = (cell(), nablascope::book().expect("the book"));
    let derivation = derived(&network, book);
    for number in 0..derivation.backward.len() {
        let mut tampered = derivation.clone();
        let part = &mut tampered.backward[number].parts[0];
        part.term = part.term.clone().negated();
        assert!(check(&tampered, book).is_err(), "line {number}");
        let verdict = nablascope::verdict(&network, &tampered, false).expect("numbers");
        assert!(verdict.worst > 1e-6, "line {number}: {verdict:?}");
    }
}

/// One equation for every reduction, with and without a condition, over numbers and over vectors.
const REDUCTIONS: [&str; 19] = [
    "y = sum[s](w[s] * x[s])",
    "y = mean[s](w[s] * x[s])",
    "y = sum[s | s > 1](w[s] * x[s])",
    "y = mean[s | s != 2](w[s] * x[s])",
    "y = max[s](w[s] * x[s])",
    "y = min[s | s > 1](w[s] * x[s])",
    "y = logsumexp[s](w[s] * x[s])",
    "y = logsumexp[s | s <= 2](w[s] * x[s])",
    "y[s] = softmax[s](w[s] * x[s])",
    "y[s] = softmax[s | s > 1](w[s] * x[s])",
    "y[m] = softmax[m](A @ v[m])",
    "y[m] = A @ v[m] - mean[s](A @ v[s])",
    "y = max[s](A @ v[s]) * w[1]",
    "y[s] = v[s] / sqrt(mean[m](v[m] * v[m]) + 1)",
    "y[m] = sum[s](softmax[s](v[m]^T @ A @ v[s]) * v[s])",
    "y[s] = tanh(concat(A @ v[s], v[s], x[s] * v[s]))",
    "y[s] = concat(A @ v[s], ones(D)) * x[s]",
    "y[s] = concat(A, v[s] @ v[s]^T) @ v[s]",
    "y[m] = sum[s](sum[i : S](w[i] * x[s]) * x[m] * x[s])",
];

fn reduction(equation: &str) -> Network {
    network(&format!(
        "network reduction
         size D
         over s, m : S
         input x[s]
         input v[s] : D
         param w[s]
         param A : D × D
         {equation}"
    ))
}

#[test]
fn reductions_over_indices_are_derived_checked_and_judged() {
    let book = nablascope::book().expect("the book");
    for equation in REDUCTIONS {
        let network = reduction(equation);
        let derivation = derived(&network, book);
        check(&derivation, book).unwrap_or_else(|fault| panic!("{equation}: {fault:?}"));
        let verdict = nablascope::verdict(&network, &derivation, true).expect("numbers");
        assert!(verdict.worst < 1e-9, "{equation}: {verdict:?}");
    }
}

/// The chain with one more step at its end, and what the checker says to that.
fn with_a_step(
    derivation: &Derivation,
    chain: usize,
    name: &str,
    reversed: bool,
    place: &[usize],
    put: Term,
) -> String {
    let mut planted = derivation.clone();
    let reason = Reason::Law { name: name.into(), reversed };
    let after = planted.chains[chain].end().replaced(place, &put).expect("it fits");
    planted.chains[chain].steps.push(Step::new(reason, vec![place.to_vec()], after));
    let fault = check(&planted, nablascope::book().expect("the book")).expect_err("a wrong step passed");
    assert_eq!(fault.step, Some(planted.chains[chain].steps.len() - 1), "{fault:?}");
    fault.reason
}

#[test]
fn what_depends_on_an_index_is_not_taken_out_of_its_sum() {
    let book = nablascope::book().expect("the book");
    let derivation = derived(&network("network dot over s : S const x[s] param w[s] y = sum[s](w[s] * x[s])"), book);
    let chain = derivation.chains.iter().position(|chain| chain.subject == Subject::Equation(0)).expect("a chain");
    // Σ_s ⟨δy ⊙ x[s], dw[s]⟩ is not ⟨δy ⊙ x[s], Σ_s dw[s]⟩: x[s] depends on s.
    let end = derivation.chains[chain].end();
    assert!(matches!(end.op(), Op::Reduce(..)), "{end:?}");
    let [factor, moved] = end.args()[0].args() else { panic!("{end:?}") };
    let wrong = Term::new(end.op().clone(), vec![moved.clone()]).and_then(|sum| factor.clone().paired(sum));
    let reason = with_a_step(&derivation, chain, "pair-index-sum", true, &[], wrong.expect("it fits"));
    assert_eq!(reason, "pair-index-sum: a condition of the law is not known to hold");
    // A book without the condition proves what is false; the book as it is does not.
    let false_law = book.law("index-sum-any-factor").expect("it was rejected");
    assert!(prove(false_law, book, CHECKED).is_none());
    let line = "sum[s](g ⊙ u) = g ⊙ sum[s](u)   when s not in g    --";
    let careless = book_with(line, "sum[s](g ⊙ u) = g ⊙ sum[s](u)   --");
    assert!(prove(false_law, &careless, CHECKED).is_some());
}

#[test]
fn a_sum_over_an_index_of_the_equation_does_not_go_in_front() {
    let book = nablascope::book().expect("the book");
    let derivation = derived(&reduction("y[s] = softmax[s](w[s] * x[s])"), book);
    let mut planted = 0;
    for (number, chain) in derivation.chains.iter().enumerate() {
        let own = |step: &Step| matches!(&step.reason, Reason::Law { name, .. } if name.as_str() == "pair-own-sum");
        let Some(position) = chain.steps.iter().position(own) else { continue };
        let mut cut = derivation.clone();
        cut.chains[number].steps.truncate(position);
        let place = &chain.steps[position].places[0];
        let before = cut.chains[number].end().subterm(place).expect("a pairing").clone();
        let [factor, sum] = before.args() else { panic!("{before:?}") };
        let inside = factor.clone().paired(sum.args()[0].clone()).expect("it fits");
        let wrong = Term::new(sum.op().clone(), vec![inside]).expect("a sum");
        let reason = with_a_step(&cut, number, "pair-index-sum", false, place, wrong);
        assert_eq!(reason, "pair-index-sum: a condition of the law is not known to hold");
        planted += 1;
    }
    assert_eq!(planted, 1);
}

#[test]
fn the_book_has_all_laws_that_explanations_rest_on() {
    let book = nablascope::book().expect("the book");
    let missing: Vec<&str> = nablascope::derive::laws_of_expansion().filter(|name| book.law(name).is_none()).collect();
    assert!(missing.is_empty(), "{missing:?}");
}
