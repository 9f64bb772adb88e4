//! The book of laws: every law is tested, every rejected law fails, every operation is complete.

mod tester;

use nablascope::book;
use nablascope::cli::report;
use nablascope::evaluate::{self, Array, Environment};
use nablascope::math::expression::{Letter, LetterKind, Op, Term};
use nablascope::math::law::{Book, Law, Standing};
use nablascope::math::shape::Shape;
use nablascope::math::source::{Diagnostic, Source};

/// Errors as the command line draws them.
fn told(errors: Vec<Diagnostic>) -> String {
    errors.iter().map(|error| report::render(error, 100, false)).collect()
}

fn the_book() -> Book {
    book::book().unwrap_or_else(|errors| panic!("{}", told(errors)))
}

/// A book of the operations and one more chapter, of which the last law is looked at.
fn chapter(text: &str) -> Book {
    let (name, operations) = book::CHAPTERS[1];
    book::of(&[Source::new(name, operations), Source::new("test.laws", text)])
        .unwrap_or_else(|errors| panic!("{}", told(errors)))
}

fn last(book: &Book) -> &Law {
    book.laws().last().expect("a law")
}

#[test]
fn every_law_holds_on_random_instances() {
    let book = the_book();
    let mut wrong = Vec::new();
    for law in book.laws().filter(|law| law.standing != Standing::Rejected) {
        if let Err(failure) = tester::verdict(&book, law) {
            wrong.push(format!("{}: {}", law.name, failure.0));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_rejected_law_fails_and_so_does_its_counterexample() {
    let book = the_book();
    let mut rejected = 0;
    for law in book.laws().filter(|law| law.standing == Standing::Rejected) {
        assert!(tester::verdict(&book, law).is_err(), "{} passed the random test", law.name);
        match tester::counterexample_refutes(law) {
            Ok(refuted) => assert!(refuted, "{}: the counterexample is none", law.name),
            Err(failure) => panic!("{}: {}", law.name, failure.0),
        }
        rejected += 1;
    }
    assert!(rejected >= 10);
}

#[test]
fn planted_mistakes_are_caught() {
    let head = "# Chapter 9. Mistakes\npurpose algebra\nlet S : payload\nlet M, N : size\nlet u, v : S\nlet A : M × N, x : N, b : M\n";
    for law in [
        "law wrong-sign           −(u + v) = −u + v",
        "law wrong-factor         (u + v)² = u² + u ⊙ v + v²",
        "law value-only           abs(u) = max(u, −u)",
        "law missing-condition    exp(log(u)) = u",
        "law wrong-condition      exp(log(u)) = u             when u ≠ 0",
        "law weak-condition       u / u = 1                   when u ≥ 0",
        "law never-true           log(u) = log(u) + 0 ⊙ v     when −abs(u) > 0",
        "law in-saturation        tanh(u) = sign(u)           when u ≠ 0",
    ] {
        let book = chapter(&format!("{head}{law}"));
        let verdict = tester::verdict(&book, last(&book));
        assert!(verdict.is_err(), "{law} passed: {verdict:?}");
    }
    let indices = format!("{head}let s, m : index, g : S, q : condition\n");
    for law in [
        "law dependent-factor     sum[s](g ⊙ u) = g ⊙ sum[s](u)",
        "law lost-condition       sum[s | q](u) = sum[s](u)",
        "law wrong-count          mean[s | q](u) = sum[s | q](u) / count(s)",
        "law one-too-few          sum[s](1) = count(s) − 1",
        "law empty                sum[s](softmax[s](u)) = 1",
        "law max-of-nothing       max[s](g) = g",
        "law unlike-sums          sum[s](max[m](u)) = max[m](sum[s](u))",
        "law all-shares           softmax[s | q](u) = exp(u) / sum[s | q](exp(u))",
    ] {
        let book = chapter(&format!("{indices}{law}"));
        let verdict = tester::verdict(&book, last(&book));
        assert!(verdict.is_err(), "{law} passed: {verdict:?}");
    }
    let head = head.replace("algebra", "differential");
    let indices = indices.replace("algebra", "differential");
    for law in [
        "law wrong-index          d(sum[s](sum[m](u))) = sum[s](du)",
        "law all-move             d(max[s](u)) = sum[s](du)",
        "law last-of-ties         d(max[s](u)) = sum[s](where(s == −argmax[s](u), du, 0))",
        "law no-condition         d(logsumexp[s | q](u)) = sum[s](exp(u − y) ⊙ du)",
        "law diagonal-only        d(softmax[s](u)) = y ⊙ du − y ⊙ y ⊙ du",
        "law wrong-mean           d(mean[s](u)) = sum[s](du)",
    ] {
        let book = chapter(&format!("{indices}{law}"));
        let verdict = tester::verdict(&book, last(&book));
        assert!(verdict.is_err(), "{law} passed: {verdict:?}");
    }
    for law in [
        "law quotient             d(u / v) = du / v − u ⊙ dv / v",
        "law slope                d sigmoid(u) = y ⊙ (1 − y²) ⊙ du",
        "law order                d(A · x) = A · dx + A · x",
        "law kink                 d relu(u) = where(u ≥ 0, 1, 0) ⊙ du",
        "law tie                  d(max(u, v)) = where(u > v, du, dv)",
    ] {
        let book = chapter(&format!("{head}{law}"));
        let verdict = tester::verdict(&book, last(&book));
        assert!(verdict.is_err(), "{law} passed: {verdict:?}");
    }
    let head = head.replace("differential", "adjoint");
    let book = chapter(&format!("{head}let G, dX : S, dY : S\nlaw halves ⟨G, dX + dY⟩ = ⟨G, dX⟩ + ⟨G, dX⟩"));
    assert!(tester::verdict(&book, last(&book)).is_err());
}

#[test]
fn every_operation_has_a_slope_law_a_latex_form_and_a_kernel() {
    let book = the_book();
    let mut missing = Vec::new();
    for operation in book.operations() {
        let name = &operation.name;
        let is_slope = |law: &&Law| {
            let inside = (law.left.op() == &Op::Differential).then(|| law.left.args()[0].op());
            law.standing == Standing::Law && inside == Some(&Op::Apply(name.clone()))
        };
        if book.laws().find(is_slope).is_none() {
            missing.push(format!("{name} has no law for its slope"));
        }
        if operation.latex.is_empty() || operation.prose.is_empty() {
            missing.push(format!("{name} has no latex form or no prose"));
        }
        let letters = operation.parameters.iter().map(|(name, _)| {
            Term::new(
                Op::Letter(Letter { name: name.clone(), shape: Shape::number(), kind: LetterKind::Plain }),
                vec![],
            )
        });
        let call = Term::new(Op::Apply(name.clone()), letters.map(|letter| letter.expect("a letter")).collect());
        let mut environment = Environment::<f64>::default();
        for (letter, _) in &operation.parameters {
            environment.letters.insert(letter.clone(), Array::number(1.0));
        }
        if evaluate::term(&call.expect("a call"), &environment).is_err() {
            missing.push(format!("{name} has no kernel"));
        }
    }
    assert!(missing.is_empty(), "{}", missing.join("\n"));
}

/// Wrong chapters. Each begins with the same lines and goes wrong in its own way.
#[test]
fn mistakes() {
    let head = "# Chapter 9. Mistakes\npurpose algebra\nlet S : payload\nlet M, N : size\nlet u, v : S\nlet A : M × N, x : N\n\n";
    for (name, text) in [
        ("unknown_letter", "law sum-rule        u + w = w + u"),
        ("unknown_operation", "law odd             tanhh(−u) = −tanh(u)"),
        ("wrong_number_of_arguments", "law odd             tanh(u, v) = tanh(v, u)"),
        ("ill_typed", "law product         A · u = u · A"),
        ("sides_disagree", "law product         A · x = x"),
        ("same_name", "law twice           u + v = v + u\nlaw twice           u ⊙ v = v ⊙ u"),
        ("unclosed_bracket", "law bracket         (u + v = v + u"),
        ("no_right_side", "law half            u + v    -- a half"),
        ("no_equals", "law nothing-said"),
        ("says_nothing", "law same            u + v = u + v"),
        ("misspelt_law", "lwa sum-rule        u + v = v + u"),
        ("not_a_condition", "law positive        u / u = 1   when u > v"),
        ("undeclared_size", "let B : M × K"),
        ("no_payload", "let B"),
        ("rejected_without_reason", "rejected cancel     u / u = 1"),
        ("fails_but_is_not_rejected", "law cancel          u / u = 1   fails at u = 0"),
        ("unknown_letter_in_counterexample", "rejected cancel     u / u = 1   fails at w = 0"),
        ("value_of_nothing", "law value           u + v = y"),
        ("operation_without_domain", "operation cosh(u : S)\n    Hangs like a chain.\n    latex \\cosh"),
    ] {
        let source = Source::new(format!("{name}.laws"), format!("{head}{text}\n"));
        let (_, operations) = book::CHAPTERS[1];
        let errors = book::of(&[Source::new("functions.laws", operations), source]).expect_err(name);
        mistake(name, errors);
    }
    for (name, text) in [
        ("empty", ""),
        ("no_title", "law sum-rule   u + v = v + u"),
        ("no_purpose", "# Chapter 9. Mistakes\nlet u, v : number\nlaw sum-rule   u + v = v + u\n"),
        ("wrong_purpose", "# Chapter 9. Mistakes\npurpose pleasure\n"),
    ] {
        let errors = book::of(&[Source::new(format!("{name}.laws"), text)]).expect_err(name);
        mistake(name, errors);
    }
}

/// The snapshot of a wrong chapter: its message, with its place in the source.
fn mistake(name: &str, errors: Vec<Diagnostic>) {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("../snapshots/mistakes");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(format!("chapter_{name}"), told(errors)));
}
