//! Closed forms that textbooks print, found by the engine from plain definitions: derived, proved, replayed and judged.

use nablascope::derive::{Options, check, derive};
use nablascope::math::derivation::{Derivation, Reason, Step, Subject};
use nablascope::math::name::Name;
use nablascope::math::network::Network;
use nablascope::math::source::Source;
use nablascope::render;

fn read(text: &str) -> Network {
    let book = nablascope::book().expect("the book");
    let load = |other: &str| Err(format!("{other} is not at hand"));
    match nablascope::read_network(&Source::new("closed.net", text), book, &load) {
        Ok((network, _)) => network,
        Err(errors) => panic!("{errors:?}"),
    }
}

fn unexplained(steps: &[Step]) -> usize {
    steps.iter().map(|step| usize::from(step.reason == Reason::Algebra) + unexplained(&step.substeps)).sum()
}

/// Derived with every explanation passed through egg's proof checker, replayed by ours, and judged.
fn proved(text: &str) -> (Derivation, String) {
    let network = read(text);
    let book = nablascope::book().expect("the book");
    let goals: Vec<Name> = network.learned().map(|quantity| quantity.name.clone()).collect();
    let derivation = derive(&network, book, &goals, Options { check_proofs: true })
        .unwrap_or_else(|errors| panic!("{}: {errors:?}", network.name));
    check(&derivation, book).unwrap_or_else(|fault| panic!("{}: {fault:?}", network.name));
    let verdict = nablascope::verdict(&network, &derivation, true).expect("numbers");
    assert!(verdict.worst < 1e-10, "{}: {verdict:?}", network.name);
    let count: usize = derivation.chains.iter().map(|chain| unexplained(&chain.steps)).sum();
    let page = render::derivation::page(&derivation, book, Some(&verdict), render::Steps::Brief);
    let page = render::to_text(&page, 100);
    assert_eq!(count, 0, "{}: steps without a named law\n{page}", network.name);
    let backward = page.split("\nBackward").nth(1).and_then(|rest| rest.split("Step by step").next());
    (derivation.clone(), backward.unwrap_or_default().to_string())
}

/// How many steps of the page lead to the line of `goal`, through all adjoints that were put into it.
fn visible_steps(derivation: &Derivation, goal: &str) -> usize {
    fn of(derivation: &Derivation, subject: &dyn Fn(&Subject) -> bool, seen: &mut Vec<Name>) -> usize {
        let mut count = 0;
        for chain in derivation.chains.iter().filter(|chain| subject(&chain.subject)) {
            count += chain.steps.len();
            for step in &chain.steps {
                let Reason::Substitution { adjoint } = &step.reason else { continue };
                if seen.contains(&adjoint.quantity) {
                    continue;
                }
                seen.push(adjoint.quantity.clone());
                let line = derivation.dropped.iter().position(|line| &line.left == adjoint);
                count += of(derivation, &|subject| line.is_some_and(|line| *subject == Subject::Dropped(line)), seen);
            }
        }
        count
    }
    let line = derivation.backward.iter().position(|line| line.left.quantity.as_str() == goal).expect("a line");
    of(derivation, &|subject| *subject == Subject::Line(line), &mut Vec::new())
}

fn has_line(page: &str, line: &str) {
    let plain = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(page.lines().any(|printed| plain(printed) == plain(line)), "`{line}` is not among\n{page}");
}

const BATCH: &str = "size H\nover n : N\ninput x[n] : H\nparam g, b : H\nconst eps = 1e-5\n";
const LAYER: &str = "size N\ninput x : N\nparam g, b : N\nconst eps = 1e-5\n";

#[test]
fn batch_norm_ends_in_one_line() {
    let (derivation, page) = proved(&format!(
        "network batchnorm\n{BATCH}
         mu = mean[n](x[n])
         xc[n] = x[n] - mu
         var = mean[n](xc[n]^2)
         s = sqrt(var + eps)
         xhat[n] = xc[n] / s
         y[n] = g * xhat[n] + b"
    ));
    has_line(&page, "∂L/∂x_n = (g ⊙ (G_{y,n} − mean_{m=1..N}(G_{y,m}) − x̂_n ⊙ mean_{m=1..N}(G_{y,m} ⊙ x̂_m))) / s");
    let steps = visible_steps(&derivation, "x");
    assert!(steps <= 15, "{steps} steps");
}

#[test]
fn a_wrong_batch_norm_gives_another_line() {
    let (_, page) = proved(&format!(
        "network without_gain\n{BATCH}
         mu = mean[n](x[n])
         xc[n] = x[n] - mu
         s = sqrt(mean[n](xc[n]^2) + eps)
         xhat[n] = xc[n] / s
         y[n] = xhat[n] + b"
    ));
    has_line(&page, "∂L/∂x_n = (G_{y,n} − mean_{m=1..N}(G_{y,m}) − x̂_n ⊙ mean_{m=1..N}(G_{y,m} ⊙ x̂_m)) / s");
    // No gradient flows through the variance of `z`, which are given numbers.
    let (_, page) = proved(&format!(
        "network without_variance\n{BATCH}
         const z[n] : H
         mu = mean[n](x[n])
         xc[n] = x[n] - mu
         s = sqrt(mean[n](z[n]^2) + eps)
         xhat[n] = xc[n] / s
         y[n] = g * xhat[n] + b"
    ));
    has_line(&page, "δxc_n = (G_{y,n} ⊙ g) / s");
    has_line(&page, "∂L/∂x_n = δxc_n − mean_{m=1..N}(δxc_m)");
    // Without the mean, nothing is centred.
    let (_, page) = proved(&format!(
        "network without_mean\n{BATCH}
         s = sqrt(mean[n](x[n]^2) + eps)
         xhat[n] = x[n] / s
         y[n] = g * xhat[n] + b"
    ));
    has_line(&page, "∂L/∂x_n = (g ⊙ (G_{y,n} − x̂_n ⊙ mean_{m=1..N}(G_{y,m} ⊙ x̂_m))) / s");
}

#[test]
fn layer_norm_and_rms_norm_end_in_one_line() {
    let (_, page) = proved(&format!(
        "network layernorm\n{LAYER}
         mu = mean(x)
         xc = x - mu
         s = sqrt(mean(xc^2) + eps)
         xhat = xc / s
         y = g * xhat + b"
    ));
    has_line(&page, "∂L/∂x = (G_y ⊙ g − mean(G_y ⊙ g) − mean(G_y ⊙ g ⊙ x̂) · x̂) / s");
    let (_, page) = proved(&format!(
        "network layernorm_compact\n{LAYER}
         y = g * ((x - mean(x)) / sqrt(mean((x - mean(x))^2) + eps)) + b"
    ));
    assert_eq!(page.matches("∂L/∂x").count(), 1, "{page}");
    let (_, page) = proved(&format!(
        "network rmsnorm\n{LAYER}
         r = sqrt(mean(x^2) + eps)
         xhat = x / r
         y = g * xhat + b"
    ));
    has_line(&page, "∂L/∂x = (G_y ⊙ g − mean(G_y ⊙ g ⊙ x̂) · x̂) / r");
}

#[test]
fn softmax_and_cross_entropy_end_in_one_line() {
    let (_, page) = proved("network softmax\nsize N\ninput u : N\np = exp(u) / sum(exp(u))");
    has_line(&page, "∂L/∂u = p ⊙ (G_p − pᵀ G_p)");
    let (_, page) = proved(
        "network cross_entropy\nsize N\ninput u : N\nconst y : N
         p = exp(u) / sum(exp(u))
         loss L = -sum(y * log(p))",
    );
    has_line(&page, "∂L/∂u = G_L · (sum(y) · p − y)");
    let (_, page) = proved(
        "network cross_entropy_over_classes\nover n : N, k : K\ninput u[n,k]\nconst y[n,k]
         p[n,k] = softmax[k](u[n,k])
         loss L = -mean[n](sum[k](y[n,k] * log(p[n,k])))",
    );
    assert!(page.contains("∂L/∂u_{n,k} = (G_L · (p_{n,k} · (Σ_"), "{page}");
}

#[test]
fn depth_and_batch_meet() {
    let (_, page) = proved(
        "network deep\nsize N\nalong l\nover n : B\nparam W[l] : N × N, gamma[l], beta[l] : N\nconst eps = 1e-5
         state h[l,n] : N
         a[l,n] = W[l] @ h[l-1,n]
         mu[l] = mean[n](a[l,n])
         xc[l,n] = a[l,n] - mu[l]
         s[l] = sqrt(mean[n](xc[l,n]^2) + eps)
         xhat[l,n] = xc[l,n] / s[l]
         h[l,n] = h[l-1,n] + relu(gamma[l] * xhat[l,n] + beta[l])",
    );
    assert!(page.contains("δa_{l,n}"), "{page}");
    let (_, page) = proved(
        "network attention\nsize D, K\nover t : T\nover s : T\ninput x[t] : D\nparam W_q, W_k, W_v : K × D
         q[t] = W_q @ x[t]
         k[t] = W_k @ x[t]
         v[t] = W_v @ x[t]
         p[t,s] = softmax[s](q[t]^T @ k[s] / sqrt(K))
         y[t] = sum[s](p[t,s] * v[s])",
    );
    assert!(page.contains("δq_t"), "{page}");
}

/// Targets that are shares add up to 1, which is known and used; no assumption is needed.
#[test]
fn cross_entropy_of_shares_is_what_was_said_less_what_is_true() {
    let (_, page) = proved(
        "network ce over n : N, k : K input z[n,k] const t[n,k] y[n,k] = softmax[k](t[n,k]) \
         p[n,k] = softmax[k](z[n,k]) loss L = -mean[n](sum[k](y[n,k] * log(p[n,k])))",
    );
    has_line(&page, "∂L/∂z_{n,k} = (G_L · (p_{n,k} − y_{n,k})) / N");
}

#[test]
fn powers_of_an_index_and_reshaped_payloads_are_derived() {
    let (_, page) = proved("network power size D along t input x[t] : D param b y[t] = b^t * x[t]");
    has_line(&page, "∂L/∂x_t = b^t · G_{y,t}");
    proved("network discounted over t, k : T input r[t] param b y[t] = sum[k](b^k * r[t+k else 0]) + b^(T)");
    proved("network folded size D param W : 4 × D z = reshape(W, 2*D × 2) y = sum(tanh(z) * z)");
}

#[test]
fn binary_cross_entropy_on_a_sigmoid_ends_in_a_difference() {
    let text = "network bce\nover n : N\ninput z[n]\nconst t[n]
         p[n] = sigmoid(z[n])
         loss L = -mean[n](t[n] * log(p[n]) + (1 - t[n]) * log(1 - p[n]))";
    let (derivation, page) = proved(text);
    has_line(&page, "∂L/∂z_n = (G_L · (p_n − t_n)) / N");
    // What cancels is not 0, and the page says why.
    let book = nablascope::book().expect("the book");
    for steps in [render::Steps::Brief, render::Steps::Full] {
        let page = render::to_text(&render::derivation::page(&derivation, book, None, steps), 120);
        let plain = page.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(plain.contains("1 − p_n ≠ 0") && plain.contains("0 < σ < 1"), "{page}");
    }
    // tanh stays within −1 and 1, so that 1 − y² cancels.
    let (_, page) = proved("network squashed\nsize H\ninput u : H\ny = tanh(u)\noutput v\nv = log(1 - y^2)");
    has_line(&page, "∂L/∂u = −2 G_v ⊙ y");
    // Where a logarithm has a value, its argument is positive.
    let (derivation, page) = proved("network entropy\nsize H\ninput u : H\nv = u * log(u)");
    has_line(&page, "∂L/∂u = G_v ⊙ (1 + log(u))");
    assert!(derivation.chains.iter().flat_map(|chain| &chain.steps).all(every_condition_is_told));
    // What may be 0 is not cancelled: at u = 1 there is no v, and what is below the line stays there.
    let (_, page) = proved("network unknown\nsize H\ninput u, a : H\nv = a * (u - a)\nw = v / (u - a)");
    assert!(page.contains(" / "), "{page}");
}

/// A law that asks for a sign says at each place that it holds, and why.
fn every_condition_is_told(step: &Step) -> bool {
    use nablascope::math::law::{Condition, Purpose};
    let book = nablascope::book().expect("the book");
    let asks = |condition: &Condition| matches!(condition, Condition::NonZero(_) | Condition::Positive(_));
    let told = match &step.reason {
        Reason::Law { name, .. } => {
            let law = book.law(name.as_str()).expect("a law");
            let asked = law.purpose == Purpose::Algebra && law.conditions.iter().any(asks);
            // Only numbers can be seen to meet it.
            let number = law.conditions.iter().any(|condition| matches!(condition, Condition::Absent(..)));
            let inverse = name.as_str().starts_with("inverse-of-number") || name.as_str().starts_with("index-");
            !asked
                || number
                || inverse
                || step.needs.iter().all(|need| !need.because.is_empty()) && !step.needs.is_empty()
        }
        _ => true,
    };
    told && step.substeps.iter().all(every_condition_is_told)
}
