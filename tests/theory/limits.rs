//! Where theory does not apply it says so, with place, reason and hint. Each snapshot shows the text and the message together.

use crate::common;
use nablascope::cli::report::render;
use nablascope::math::name::Name;
use nablascope::math::source::{Diagnostic, Outcome, Source};
use nablascope::math::theory::{Question, Theory};

fn theory(text: &str, question: &Question) -> Outcome<Theory> {
    let source = Source::new("limits.net", text);
    let (network, _) = nablascope::read_network(&source, common::book(), &|_| Err("none".into()))?;
    nablascope::theory(&network, question)
}

fn told(name: &str, shown: &str, errors: &[Diagnostic]) {
    let messages: Vec<String> = errors.iter().map(|error| render(error, 100, false)).collect();
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("../../snapshots/theory");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(name, format!("{}\n\n{}", shown.trim_end(), messages.join("\n"))));
}

const HEAD: &str = "network limits\nsize N\nalong l\nover n : B\nparam W[l], V[l] : N × N, b[l] : N\n";

fn refused(name: &str, statements: &str) {
    let text = format!("{HEAD}{statements}\n");
    match theory(&text, &Question::default()) {
        Err(errors) => told(name, statements, &errors),
        Ok(_) => panic!("{name} is refused"),
    }
}

#[test]
fn what_theory_cannot_say_is_told() {
    refused("tied_weights", "param U : N × N\nh[l] = tanh(U @ h[l-1] + W[l] @ h[l-1] + V[l] @ b[l])");
    refused("function_without_weights", "h[l] = tanh(h[l-1]) + W[l] @ h[l-1] + V[l] @ b[l]");
    refused("two_states", "h[l] = tanh(W[l] @ h[l-1] + c[l-1] + b[l])\nc[l] = c[l-1] + V[l] @ h[l]");
    refused("no_state", "input x[l] : N\ny[l] = tanh(W[l] @ x[l] + V[l] @ b[l])");
    refused("weights_twice", "h[l] = tanh(W[l] @ h[l-1] + b[l]) * sigmoid(W[l] @ tanh(V[l] @ h[l-1]))");
    refused(
        "weights_with_a_mean",
        "param M[l] : N × N ~ normal(1, 1/sqrt(N))\nh[l] = tanh(M[l] @ h[l-1] + W[l] @ (V[l] @ b[l]))",
    );
    refused(
        "weights_uneven",
        "param M[l] : N × N ~ uniform(0, 1/sqrt(N))\nh[l] = tanh(M[l] @ h[l-1] + W[l] @ (V[l] @ b[l]))",
    );
    refused(
        "variance_of_the_width",
        "param M[l] : N × N ~ normal(0, 1)\nh[l] = tanh(M[l] @ h[l-1] + W[l] @ (V[l] @ b[l]))",
    );
    refused("bias_not_normal", "param c[l] : N ~ uniform(-1, 1)\nh[l] = tanh(W[l] @ h[l-1] + c[l] + V[l] @ b[l])");
    refused("sum_over_the_width", "h[l] = tanh(W[l] @ h[l-1] + V[l] @ b[l]) * sum(h[l-1])");
    refused("other_places", "h[l,n] = tanh(W[l] @ h[l-1,n] + V[l] @ b[l]) + mean[n](h[l-1,n])");
    refused("entries", "h[l] = tanh(W[l] @ h[l-1] + V[l] @ b[l]) * h[l-1,1]");
    refused("given_data", "const y : N\nh[l] = tanh(W[l] @ h[l-1] + V[l] @ b[l]) + y");
    refused("computed_matrix", "A[l] = W[l] @ V[l]\nh[l] = tanh(A[l] @ h[l-1] + b[l])");
    refused("weights_of_another_step", "h[l] = tanh(W[l] @ h[l-1] + b[l] + V[1] @ h[l-1])");
    refused(
        "normalised_and_more",
        "h[l,n] = h[l-1,n] + relu(batchnorm[n](W[l] @ h[l-1,n], b[l], b[l], 0)) + V[l] @ h[l-1,n]",
    );
}

#[test]
fn what_is_asked_wrongly_is_told() {
    let text = "network asked\nsize N\nalong l, t\nparam W[l] : N × N\nconst c = 2\nstate h[l] : N\nh[l] = tanh(c * W[l] @ h[l-1])\n";
    let fails = |name: &str, question: Question| {
        let Err(errors) = theory(text, &question) else { panic!("{name}") };
        told(name, name, &errors);
    };
    fails("along_nothing", Question { along: Some(Name::new("q")), ..Question::default() });
    fails("start_of_nothing", Question { start: Some(-1.0), ..Question::default() });
    fails("no_depth", Question { depth: Some(0), ..Question::default() });
    let (network, _) =
        nablascope::read_network(&Source::new("asked.net", text), common::book(), &|_| Err("none".into()))
            .expect("legal");
    let question = Question::default();
    let map = |x: &str, y: &str| {
        let (x, y) = (Name::new(x), Name::new(y));
        nablascope::phase(&network, &question, (&x, vec![1.0, 2.0]), (&y, vec![1.0, 2.0]))
    };
    told("phase_of_no_constant", "phase --x N --y c", &map("N", "c").expect_err("no constant"));
    told("phase_of_one_constant", "phase --x c --y c", &map("c", "c").expect_err("twice"));
    assert!(map("c", "pi").is_err());
}

/// No network of the gallery makes it fail in another way than by saying why.
#[test]
fn every_network_of_the_gallery_is_answered_or_refused() {
    let mut answered = Vec::new();
    for (name, _) in nablascope::gallery::networks() {
        let source = nablascope::gallery::network(name).expect("listed");
        let (network, _) = nablascope::read_network(&source, common::book(), &|_| Err("none".into())).expect("legal");
        match nablascope::theory(&network, &Question { depth: Some(5), ..Question::default() }) {
            Ok(_) => answered.push(name),
            Err(errors) => assert!(errors.iter().all(|error| !error.message.is_empty()), "{name}"),
        }
    }
    assert_eq!(answered, ["mlp_deep", "resnet"]);
}
