//! Derivations as different people write them: with other letters, on rows and on columns, in batches, entry by entry. Each is
//! proved, and each mistake in it is blamed where it is.

#![allow(clippy::disallowed_methods, reason = "tests read files")]

use nablascope::math::source::Source;
use nablascope::render::finding_json::{self, Checked, Judged};
use std::collections::BTreeMap;
use std::fs;

fn checked(text: &str) -> Checked {
    let load = |_: &str| Err("there is no such file".to_string());
    match nablascope::check(&Source::new("claims.net", text), None, &[], &load) {
        Ok((findings, _)) => finding_json::json(&findings, nablascope::book().expect("a book")),
        Err(errors) => panic!("{errors:?}\n{text}"),
    }
}

fn read(name: &str) -> String {
    let path = format!("tests/claims/more/{name}.net");
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The claims that are not proved and do not point to another.
fn told(found: &Checked) -> Vec<&Judged> {
    let points = |claim: &Judged| claim.blame.as_ref().is_some_and(|blame| blame.told_at.is_some());
    found.claims.iter().filter(|claim| claim.verdict != "proved" && !points(claim)).collect()
}

fn place(claim: &Judged) -> String {
    let at = claim.blame.as_ref().and_then(|blame| blame.at.clone());
    at.unwrap_or_else(|| format!("({})", claim.name))
}

#[test]
fn derivations_in_the_letters_of_others_are_proved() {
    let mut count = 0;
    for file in fs::read_dir("tests/claims/more").expect("a folder").flatten() {
        let name = file.path().file_stem().expect("a name").to_string_lossy().to_string();
        let found = checked(&read(&name));
        for claim in &found.claims {
            assert_eq!(claim.verdict, "proved", "{name} {}: {claim:#?}", claim.name);
        }
        count += found.claims.len();
    }
    assert!(count >= 80, "{count}");
}

/// A file, what stands there, what is put there, where it must be blamed and as what. Claims are meant by names in round
/// brackets. Where two readings are as good, it is the one that is found.
const MISTAKES: &[(&str, &str, &str, &str, &str)] = &[
    ("sdpa_rows", "A^T @ G_O", "A @ G_O", "(gV)", "transposed"),
    ("sdpa_rows", "gS @ K / sqrt(d)", "gS @ K", "(gQ)", "missing factor"),
    ("sdpa_rows", "gS @ K / sqrt(d)", "gS^T @ K / sqrt(d)", "(gQ)", "transposed"),
    ("sdpa_rows", "gA = G_O @ V^T", "gA = G_O @ V", "gA", "transposed"),
    ("sdpa_rows", "A * (gA - rho @ ones(m)^T)", "A * gA - rho @ ones(m)^T", "gS", "missing factor"),
    ("sdpa_rows", "A * (gA - rho @ ones(m)^T)", "A * (1 - A) * gA", "gS", "differs"),
    ("sdpa_rows", "rho = (G_O * O) @ ones(e)", "rho = gA @ ones(m)", "rho", "missing factor"),
    ("sdpa_rows", "gS^T @ Q / sqrt(d)", "gS @ Q / sqrt(d)", "(gK)", "transposed"),
    ("layernorm_sums", "(D * u[b] - sum", "(u[b] - sum", "(dx)", "missing factor"),
    ("layernorm_sums", "z[b] * sum(u[b] * z[b])", "z[b] * sum(u[b] * x[b])", "(dx)", "wrong name"),
    ("layernorm_sums", "sum(u[b]) - z", "mean(u[b]) - z", "(dx)", "extra factor"),
    ("layernorm_sums", "u[b] = G_y[b] * g", "u[b] = G_y[b]", "u", "missing factor"),
    ("layernorm_sums", "sum[b](G_y[b] * z[b])", "sum[b](u[b] * z[b])", "(dg)", "wrong name"),
    ("layernorm_sums", "r[b] / D * (D", "r[b] * (D", "(dx)", "missing factor"),
    (
        "layernorm_entries",
        "- (x[n,i] - m[n]) * q[n] / s[n]^2) / s[n]",
        "- (x[n,i] - m[n]) * q[n] / s[n]) / s[n]",
        "(dx)",
        "wrong factor",
    ),
    ("layernorm_entries", "- p[n] - (x", "- (x", "(dx)", "missing term"),
    (
        "layernorm_entries",
        "q[n] = sum[j](G_y[n,j] * w[j] * (x[n,j] - m[n])) / D",
        "q[n] = sum[j](G_y[n,j] * w[j] * (x[n,j] - m[n]))",
        "(dx)",
        "missing factor",
    ),
    ("layernorm_entries", "p[n] = sum[j](G_y[n,j] * w[j]) / D", "p[n] = sum[j](G_y[n,j]) / D", "p", "missing factor"),
    (
        "layernorm_entries",
        "sum[n](G_y[n,i] * (x[n,i] - m[n]) / s[n])",
        "G_y[n,i] * (x[n,i] - m[n]) / s[n]",
        "(dw)",
        "missing sum",
    ),
    ("rmsnorm_rows", "r[t]^2 / D *", "r[t] / D *", "(dx)", "wrong factor"),
    ("rmsnorm_rows", "a[t] = (1 + w) * G_y[t]", "a[t] = w * G_y[t]", "a", "wrong factor"),
    ("rmsnorm_rows", "sum(a[t] * x[t]))", "sum(a[t] * y[t]))", "(dx)", "wrong name"),
    ("rmsnorm_rows", "sum[t](G_y[t] * x[t] * r[t])", "sum[t](G_y[t] * y[t])", "(dw)", "missing factor"),
    ("softmax_xent_soft", "(p[n] * sum(t[n]) - t[n]) / N", "(p[n] - t[n]) / N", "(dz)", "missing factor"),
    ("softmax_xent_soft", "-t[n] / p[n] / N", "-t[n] / p[n]", "(dp)", "missing factor"),
    ("softmax_xent_soft", "-t[n] / p[n] / N", "-(t[n] / p[n] - (1 - t[n]) / (1 - p[n])) / N", "(dp)", "extra term"),
    ("logistic_l2", "+ lam / M * w", "+ lam * w", "(dw)", "missing factor"),
    ("logistic_l2", "+ lam / M * w", "+ lam / (2 * M) * w", "(dw)", "extra factor"),
    ("logistic_l2", "e[i] = a[i] - y[i]", "e[i] = (a[i] - y[i]) * a[i] * (1 - a[i])", "e", "extra factor"),
    ("logistic_l2", "+ lam / M * w", "", "(dw)", "missing term"),
    ("im2col", "k[c,d,p] * G_y[c,u-p+2 else 0]", "k[c,d,p] * G_y[c,u+p-2 else 0]", "(dx)", "wrong index"),
    ("im2col", "sum[u](G_y[c,u] * x[d,u+p-2 else 0])", "sum[u](G_y[c,u] * x[d,u+p-1 else 0])", "(dk)", "wrong index"),
    ("im2col", "sum[u](G_y[c,u])\n", "sum[u](G_y[c,u]) / U\n", "(db)", "extra factor"),
    ("conv_matmul", "Delta @ X^T", "Delta @ X", "(dK)", "transposed"),
    ("conv_matmul", "G_Y * where(Y > 0, 1, 0)", "G_Y * Y", "Delta", "function instead of its slope"),
    ("conv_matmul", "K^T @ Delta", "K @ Delta", "(dX)", "transposed"),
    ("mgu", "+ (1 - f[t+1]) * eps[t+1] + ", "+ f[t+1] * eps[t+1] + ", "eps", "wrong factor"),
    ("mgu", "(c[t] - s[t-1]) +", "(c[t] - s[t]) +", "phi", "wrong index"),
    ("mgu", "+ (Q^T @ psi[t]) * s[t-1]) * f", ") * f", "phi", "missing term"),
    ("mgu", "f[t+1] * (Q^T @ psi[t+1])", "Q^T @ psi[t+1]", "eps", "missing factor"),
    ("mgu", "sum[t](psi[t] @ (f[t] * s[t-1])^T)", "sum[t](psi[t] @ s[t-1]^T)", "(Q)", "missing factor"),
    ("peephole", " + p_o * do[t] +", " +", "dc", "missing term"),
    ("peephole", "p_o * do[t] +", "p_o * do[t+1] +", "dc", "wrong index"),
    ("peephole", "p_i * di[t+1] + p_f * df[t+1]", "p_f * di[t+1] + p_i * df[t+1]", "dc", "swapped names"),
    ("peephole", "sum[t](c[t] * do[t])", "sum[t](c[t-1] * do[t])", "(p_o)", "wrong index"),
    ("peephole", "sum[t](c[t-1] * df[t])", "sum[t](c[t] * df[t])", "(p_f)", "wrong index"),
    ("batchnorm_zakka", "(m * dxhat[i] - sum", "(dxhat[i] - sum", "(dx)", "missing factor"),
    ("batchnorm_zakka", "/ (m * sqrt(var + eps))", "/ (m * (var + eps))", "(dx)", "wrong factor"),
    ("batchnorm_zakka", "- xhat[i] * sum", "+ xhat[i] * sum", "(dx)", "wrong sign"),
    ("batchnorm_zakka", "dxhat[i] = G_y[i] * gamma", "dxhat[i] = G_y[i] * xhat[i]", "dxhat", "wrong name"),
    ("residual_rows", "G_Y + dZ @ W1^T", "dZ @ W1^T", "(dX)", "missing term"),
    ("residual_rows", "G_Y + dZ @ W1^T", "G_Y + dZ @ W1", "(dX)", "transposed"),
    ("residual_rows", "(G_Y @ W2^T) *", "(W2^T @ G_Y) *", "dZ", "transposed"),
    ("residual_rows", "where(Z > 0, 1, 0)", "relu(Z)", "dZ", "function instead of its slope"),
    ("residual_rows", "relu(Z)^T @ G_Y", "Z^T @ G_Y", "(dW2)", "wrong factor"),
    ("residual_rows", "X^T @ dZ", "dZ^T @ X", "(dW1)", "transposed"),
    ("contrastive", "/ r[n] * (a[n] - b[n])", "* (a[n] - b[n])", "(da)", "missing factor"),
    ("contrastive", "max(0, mg - r[n]) / r", "max(0, mg - r[n]^2) / r", "(da)", "wrong factor"),
    ("contrastive", "(1 - l[n]) * r[n] -", "(1 - l[n]) * r[n] +", "(dr)", "wrong sign"),
    (
        "infonce",
        "(sum[m](p[n,m] * k[m]) - k[n]) / (tau * N)",
        "(sum[m](p[n,m] * k[m]) - k[n]) / N",
        "(dq)",
        "missing factor",
    ),
    ("infonce", "sum[n]((p[n,m] - where", "sum[n]((p[m,n] - where", "(dk)", "transposed"),
    ("infonce", "sum[m](p[n,m] * k[m]) - k[n]", "sum[m](p[n,m] * k[m])", "(dq)", "missing term"),
    ("gelu_exact", "exp(-x[n]^2 / 2) / sqrt(2 * pi)", "exp(-x[n]^2 / 2) / (2 * pi)", "phi", "wrong factor"),
    ("gelu_exact", "Phi[n] + x[n] * phi[n]", "Phi[n] + phi[n]", "(dx)", "missing factor"),
    ("gelu_exact", "exp(-x[n]^2 / 2) /", "exp(-x[n]^2) /", "phi", "missing factor"),
    ("gelu_tanh", "(1 + 3 * c * x[n]^2)", "(1 + c * x[n]^2)", "right", "missing factor"),
    ("gelu_tanh", "0.5 * x[n] * (1 - th[n]^2) * k", "0.5 * x[n] * (1 - th[n]^2)", "(dx)", "missing factor"),
    ("gelu_tanh", "0.5 * x[n] * (1 - th[n]^2)", "0.5 * (1 - th[n]^2)", "(dx)", "missing factor"),
    ("swiglu", "(s + a * (1 - s))", "(s + g * (1 - s))", "dg", "wrong name"),
    ("swiglu", "(s + a * (1 - s))", "s * (1 - s)", "dg", "missing term"),
    ("swiglu", "dh * a", "dh * g", "du", "wrong name"),
    ("swiglu", "dg @ W^T + du @ V^T", "dg @ V^T + du @ W^T", "(dX)", "swapped names"),
    ("swiglu", "h^T @ G_Y", "G_Y^T @ h", "(dO)", "transposed"),
    ("embedding", "sum[n](G_y[n,w] * h[n]) +", "", "(dE)", "missing term"),
    ("embedding", "sum[n | x[n] == w](dh[n])", "sum[n](dh[n])", "(dE)", "missing term"),
    ("focal", "(2 * p[n] * log(p[n]) + p[n] - 1)", "(2 * log(p[n]) + p[n] - 1)", "(dx)", "missing factor"),
    ("focal", "(1 - p[n])^2 * (2", "(1 - p[n]) * (2", "(dx)", "missing factor"),
    ("focal", "2 * (1 - p[n]) * log(p[n]) -", "-2 * (1 - p[n]) * log(p[n]) -", "(dp)", "wrong sign"),
    ("vae", "(exp(lv[n]) - 1) / 2", "(exp(lv[n]) - 1)", "(dlv)", "missing factor"),
    ("vae", "G_kl[n] * mu[n]", "2 * G_kl[n] * mu[n]", "(dmu)", "extra factor"),
    ("vae", "1/2 * G_z[n] * e[n] * sd[n] +", "G_z[n] * e[n] * sd[n] +", "(dlv)", "wrong brackets"),
    ("vae", "1/2 * G_z[n] * e[n] * sd[n] +", "1/2 * G_z[n] * e[n] +", "(dlv)", "missing factor"),
    ("kl_two", "(s1[n] / s2[n]^2 - 1 / s1[n])", "(s1[n] / s2[n]^2 + 1 / s1[n])", "(s1)", "wrong sign"),
    ("kl_two", "/ s2[n]^3)", "/ s2[n]^2)", "(s2)", "wrong factor"),
    ("huber", "e[n], sign(e[n])) / N", "e[n], 1) / N", "(dx)", "missing term"),
    ("huber", "e[n], sign(e[n])) / N", "e[n], abs(e[n])) / N", "(dx)", "function instead of its slope"),
    ("rnn_rows_batch", "da[t+1] @ Wh^T", "da[t+1] @ Wh", "dh", "transposed"),
    ("rnn_rows_batch", "h[t-1]^T @ da[t]", "h[t]^T @ da[t]", "(Wh)", "wrong index"),
    ("rnn_rows_batch", "da[t]^T @ ones(B)", "da[t] @ ones(H)", "(b)", "wrong shape"),
    ("rnn_rows_batch", "dh[t] * (1 - h[t]^2)", "dh[t] * (1 - a[t]^2)", "da", "wrong name"),
    ("rnn_rows_batch", "dh[T] = G_Y @ Wy^T", "dh[T] = Wy @ G_Y", "dh", "transposed"),
    ("svm", "- where(k == y[n], sum[c](v[n,c]), 0)", "- where(k == y[n], 1, 0)", "(dW)", "differs"),
    ("svm", "- where(k == y[n], sum[c](v[n,c]), 0)", "", "(dW)", "differs"),
    ("bahdanau", "- sum[r](al[r] * gal[r]))", " - sum[r](gal[r]))", "ge", "missing factor"),
    ("bahdanau", "sum[s](Wq^T @ gu[s])", "sum[s](Wk^T @ gu[s])", "(q)", "wrong name"),
    ("bahdanau", "al[s] * G_c + Wk^T", "Wk^T", "(k)", "missing term"),
    ("bahdanau", "(ge[s] * v) *", "ge[s] *", "gu", "missing factor"),
    ("highway", "(1 - g[l+1]) * dh[l+1] +", "(1 - g[l]) * dh[l+1] +", "dh", "wrong index"),
    ("highway", "W[l+1]^T @ du[l+1]", "W[l]^T @ du[l+1]", "dh", "wrong index"),
    ("highway", "(u[l] - h[l-1])", "u[l]", "dg", "missing term"),
    ("mlp_layers", "(W[l+1]^T @ delta[l+1,n])", "(W[l]^T @ delta[l+1,n])", "delta", "wrong index"),
    ("mlp_layers", "W[l+1]^T @", "W[l+1] @", "delta", "transposed"),
    ("mlp_layers", "* a[L,n] * (1 - a[L,n]) / M", "/ M", "delta", "missing factor"),
    ("mlp_layers", "a[L,n] * (1 - a[L,n]) / M", "a[L,n] * (1 - a[L,n])", "delta", "missing factor"),
    ("mlp_layers", "delta[l,n] @ a[l-1,n]^T", "delta[l,n] @ a[l,n]^T", "(W)", "wrong index"),
    ("cosine", "c[n] * a[n] / na[n]^2", "a[n] / na[n]^2", "(da)", "missing factor"),
    ("cosine", "c[n] * a[n] / na[n]^2", "c[n] * b[n] / na[n]^2", "(da)", "wrong name"),
    ("weightnorm", "- g * dg / norm(v)^2 * v", "- g * dg / norm(v) * v", "(dv)", "wrong factor"),
    ("weightnorm", "dg = dw^T @ v / norm(v)", "dg = dw^T @ v", "(dg)", "missing factor"),
    ("bce_logits", "pw * y[n] * (1 - s[n])", "y[n] * (1 - s[n])", "(dx)", "missing factor"),
    ("bce_logits", "((1 - y[n]) * s[n] - pw * y[n] * (1 - s[n])) / N", "(s[n] - y[n]) / N", "(dx)", "missing term"),
    ("lora", "(X^T @ G_Y @ C^T)", "(X^T @ G_Y @ C)", "(dA)", "transposed"),
    ("lora", "s * ((X @ A)^T @ G_Y)", "(X @ A)^T @ G_Y", "(dC)", "missing factor"),
    ("lora", "(W + s * (A @ C))^T", "W^T", "(dX)", "missing term"),
    ("mish", "(1 - w[n]^2)", "(1 - w[n])", "(dx)", "wrong factor"),
    ("softmax_jacobian", "(diag(p) - p @ p^T) / tau", "(diag(p) - p @ p^T)", "(J)", "missing factor"),
    ("softmax_jacobian", "(diag(p) - p @ p^T) / tau", "diag(p * (1 - p)) / tau", "(J)", "differs"),
    ("momentum", "b1 * am[t+1,n]", "b1 * am[t-1,n]", "am", "wrong index"),
    ("momentum", "2 * (1 - b2) *", "(1 - b2) *", "(dg)", "missing factor"),
    ("maxent", "(p[n,a] - o[n,a])", "(o[n,a] - p[n,a])", "(dz)", "wrong sign"),
    ("maxent", "(log(p[n,a]) + H[n])", "(log(p[n,a]) + 1)", "(dz)", "wrong factor"),
    ("groupnorm", "+ dmu[c] / U", "", "(dx)", "missing term"),
    ("groupnorm", "(var[c] + eps)^(-3/2),", "(var[c] + eps)^(-1/2),", "dvar", "wrong factor"),
    ("groupnorm", "* 2 * (x[c,u] - mu[c]) / U", "* (x[c,u] - mu[c]) / U", "(dx)", "missing factor"),
    ("linear_mse", "X^T @ (X @ w - y) / N", "X @ (X @ w - y) / N", "(dw)", "transposed"),
    ("linear_mse", "X^T @ (X @ w - y) / N", "X^T @ (y - X @ w) / N", "(dw)", "wrong sign"),
    ("linear_mse", "X^T @ (X @ w - y) / N", "2 * X^T @ (X @ w - y) / N", "(dw)", "extra factor"),
    ("peephole", "sum[t](c[t-1] * di[t])", "sum[t](c[t] * di[t+1])", "(p_i)", "wrong index"),
    ("linear_mse", "X^T @ (X @ w - y) / N", "X^T @ (y + X @ w)", "(dw)", "missing factor"),
    (
        "logistic_l2",
        "1 / M * sum[i](e[i] * x[i]) + lam / M * w",
        "-1 / M * sum[i](e[i] * x[i]) + lam * w",
        "(dw)",
        "wrong sign",
    ),
    (
        "mgu",
        "+ f[t+1] * (Q^T @ psi[t+1]) + P^T @ phi[t+1]",
        "+ f[t] * (Q^T @ psi[t+1]) + P @ phi[t+1]",
        "eps",
        "wrong index",
    ),
    (
        "kl_two",
        "(1 / s2[n] - (s1[n]^2 + (m1[n] - m2[n])^2) / s2[n]^3)",
        "(1 / s2[n] + (s1[n]^2 - (m1[n] - m2[n])^2) / s2[n]^3)",
        "(s2)",
        "wrong sign",
    ),
    ("swiglu", "dg @ W^T + du @ V^T", "dg @ W + du @ V^T", "(dX)", "transposed"),
    ("bahdanau", "sum[s](gu[s] @ k[s]^T)", "sum[s](k[s] @ gu[s]^T)", "(Wk)", "transposed"),
    ("vae", "G_z[n] + G_kl[n] * mu[n]", "G_z[n] - G_kl[n] * mu[n]", "(dmu)", "wrong sign"),
    ("weightnorm", "- g * dg / norm(v)^2 * v", "", "(dv)", "missing term"),
    ("batchnorm_zakka", "- sum[i](dxhat[i]) - xhat", "- xhat", "(dx)", "missing term"),
    ("mlp_sum_of_errors", "sum[n](delta[l,n]) / M", "sum[n](delta[l,n])", "(b)", "missing factor"),
    ("mlp_sum_of_errors", "W[l+1]^T @ delta", "W[l+1] @ delta", "delta", "transposed"),
    ("mlp_sum_of_errors", "* a[l,n] * (1 - a[l,n])", "* a[l,n]", "delta", "function instead of its slope"),
    ("rnn_mean", "U^T @ e[t+1]", "U @ e[t+1]", "e", "transposed"),
    ("rnn_mean", "(1 - h[t]^2) * ((y", "((y", "q", "missing factor"),
    ("rnn_mean", "(y[t] - h[t]) / T", "(y[t] - h[t])", "(W)", "missing factor"),
];

#[test]
fn mistakes_in_them_are_blamed_where_they_are() {
    for (name, from, to, at, kind) in MISTAKES {
        let text = read(name);
        assert!(text.contains(from), "{name}: `{from}` is nowhere");
        let found = checked(&text.replacen(from, to, 1));
        let told = told(&found);
        let [one] = told.as_slice() else {
            panic!("{name}, `{to}` for `{from}`: told {} times: {told:#?}", told.len())
        };
        let kinds = one.blame.as_ref().map(|blame| blame.kind);
        assert_eq!((place(one).as_str(), kinds), (*at, Some(*kind)), "{name}, `{to}` for `{from}`: {one:#?}");
    }
}

/// Two mistakes in one line are both told.
#[test]
fn two_mistakes_in_one_line_are_told_both() {
    let both = [
        ("linear_mse", "X^T @ (X @ w - y) / N", "X^T @ (y + X @ w)", ["missing factor", "wrong sign"]),
        ("mgu", "f[t+1] * (Q^T @ psi[t+1]) + P^T", "f[t] * (Q^T @ psi[t+1]) + P", ["wrong index", "transposed"]),
        ("peephole", "sum[t](c[t-1] * di[t])", "sum[t](c[t] * di[t+1])", ["wrong index", "wrong index"]),
        (
            "logistic_l2",
            "1 / M * sum[i](e[i] * x[i]) + lam / M * w",
            "-1 / M * sum[i](e[i] * x[i]) + lam * w",
            ["wrong sign", "missing factor"],
        ),
    ];
    for (name, from, to, kinds) in both {
        let found = checked(&read(name).replacen(from, to, 1));
        let blame = told(&found)[0].blame.as_ref().expect("a blame");
        let all: Vec<&str> = std::iter::once(blame.kind).chain(blame.more.iter().map(|slip| slip.kind)).collect();
        assert_eq!(all, kinds, "{name}: {blame:#?}");
    }
}

/// Derivatives between states are those through every path; they are proved by going from step to step.
#[test]
fn derivatives_between_states_are_those_through_every_path() {
    let network = "\
network cells
size D, H
along t
input x[t] : D
state h[t], c[t] : H
param W, V, Z : H × D
param U, P, Q : H × H
f[t] = sigmoid(W @ x[t] + U @ h[t-1])
o[t] = sigmoid(V @ x[t] + P @ h[t-1])
g[t] = tanh(Z @ x[t] + Q @ h[t-1])
c[t] = f[t] * c[t-1] + g[t]
h[t] = o[t] * tanh(c[t])
";
    let claims = [
        ("dh[t]/dc[t] = diag(o[t] * (1 - tanh(c[t])^2))", "proved"),
        ("dc[t]/dh[t] = 0 * U", "proved"),
        ("dc[t]/dc[t] = eye(H)", "proved"),
        ("dc[t]/dx[t] = diag(c[t-1] * f[t] * (1 - f[t])) @ W + diag(1 - g[t]^2) @ Z", "proved"),
        ("dc[t]/dh[t-1] = diag(c[t-1] * f[t] * (1 - f[t])) @ U + diag(1 - g[t]^2) @ Q", "proved"),
        // The gate alone is one path of two.
        ("dc[t]/dc[t-1] = diag(f[t])", "refuted"),
        ("dh[t]/dc[t] = diag(o[t] * (1 - c[t]^2))", "refuted"),
    ];
    for (claim, verdict) in claims {
        let found = checked(&format!("{network}\nclaim it: {claim}\n"));
        assert_eq!(found.claims[0].verdict, verdict, "{claim}: {:#?}", found.claims[0]);
    }
}

/// A mistake that shows only where a margin is kept is found: each case occurs in some sample.
#[test]
fn every_case_occurs() {
    let text = "network m\nover n : N\ninput r[n]\nconst mg\ny[n] = max(0, mg - r[n]^2)\n\
                claim r: dL/dr[n] = 0\n";
    let counts = checked(text).claims.iter().fold(BTreeMap::new(), |mut counts: BTreeMap<&str, usize>, claim| {
        *counts.entry(claim.verdict).or_default() += 1;
        counts
    });
    assert_eq!(counts, BTreeMap::from([("refuted", 1)]));
}
