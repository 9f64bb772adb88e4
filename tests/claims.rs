//! Claims: published formulas with and without mistakes, hand derivations with mistakes planted, equalities.

#![allow(clippy::disallowed_methods, reason = "tests read files")]

use nablascope::math::finding::{Finding, Findings, Standing};
use nablascope::math::source::Source;
use nablascope::render::finding_json::{self, Checked, Judged};
use nablascope::render::{self, Steps};
use nablascope::{Equality, gallery};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;

fn read(path: &str) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn check(network: &Source, claims: Option<&str>) -> Findings {
    let claims = claims.map(|text| Source::new("claims", text));
    let load = |_: &str| Err("there is no such file".to_string());
    match nablascope::check(network, claims.as_ref(), &[], &load) {
        Ok((findings, _)) => findings,
        Err(errors) => panic!("{}: {errors:?}\n{}", network.name, claims.map_or("".into(), |claims| claims.text)),
    }
}

fn checked(text: &str) -> Findings {
    check(&Source::new("claims.net", text), None)
}

fn json(findings: &Findings) -> Checked {
    finding_json::json(findings, nablascope::book().expect("a book"))
}

fn page(findings: &Findings, steps: Steps) -> String {
    render::to_text(&render::finding::page(findings, nablascope::book().expect("a book"), steps), 100)
}

fn snapshot(name: &str, page: &str) {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("../snapshots/claims");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(name, page));
}

/// The first claim that is refuted without pointing to another.
fn first_refuted(found: &Checked) -> &Judged {
    let told = |judged: &&Judged| judged.blame.as_ref().is_some_and(|blame| blame.told_at.is_none());
    found.claims.iter().find(told).unwrap_or_else(|| panic!("nothing is refuted in {found:#?}"))
}

/// Where, which kind, and the equation as it should be: what a mistake must be blamed on.
fn blamed(found: &Checked) -> (String, &'static str, String) {
    let blame = first_refuted(found).blame.as_ref().expect("a refuted claim has a blame");
    let corrected = blame.corrected.as_ref();
    let corrected = corrected.map_or(String::new(), |pair| format!("{} = {}", pair.left.text, pair.right.text));
    (blame.at.clone().unwrap_or_default(), blame.kind, corrected)
}

/// The mistakes of `published.json`, in its order: the name whose equation is blamed (none for the claim itself), the kind, and
/// the equation as it should be.
const PUBLISHED: &[(&str, &str, &str, &str)] = &[
    ("lstm_rvignette_cell_product", "d8", "wrong operator", "d_8 = d_7 + d_4"),
    ("lstm_rvignette_delta22", "d22", "wrong name", "d_22 = Wi d_15"),
    ("lstm_rvignette_delta23", "d23", "wrong shape", "d_23 = Uf d_16"),
    ("rnn_rvignette_dU", "", "wrong name", "δU = x d_4ᵀ"),
    ("gru_rvignette_delta6", "d6", "extra term", "d_6 = −d_5"),
    ("gru_tfdoc_dx", "d_x", "wrong name", "d_x = Ur d_{r,bar} + Uu d_{u,bar} + Uc d_{c,bar}"),
    (
        "lstm_learn_dl_no_cell_carry",
        "delta_c",
        "missing term",
        "delta_{c,t} = delta_{h,t} ⊙ o_t ⊙ (1 − tanh²(c_t)) + delta_{c,t+1} ⊙ f_{t+1}",
    ),
    ("lstm_coursera_eq8", "", "differs", "δact = (da_{next} ⊙ o ⊙ (1 − tanh²(c_{next})) + dc_{next}) ⊙ u ⊙ (1 − ct²)"),
    ("lstm_dtu_forget_no_derivative", "", "function instead of its slope", "δaf = f ⊙ (1 − f) ⊙ dC ⊙ c_{prev}"),
    ("rnn_xinjianl_square", "dz", "function instead of its slope", "dz_t = dh_t ⊙ (1 − h_t²)"),
    ("rnn_dtu_double_tanh", "da", "wrong factor", "da_t = (1 − h_t²) ⊙ dh_t"),
    ("rnn_ml_from_scratch_dx", "", "missing term", "δx_t = Wᵀ ((1 − h_t²) ⊙ δh_t)"),
    ("bn_knet_missing_gamma", "", "missing factor", "δX_i = (dXhat_i/s + (2 dv ⊙ (X_i − μ)) / N + dmu/N) ⊙ γ"),
    (
        "bn_mlpack_1327_division",
        "",
        "wrong brackets",
        "δX_i = E_i/s − (2 (X_i − μ) ⊙ c) / N + (−(Σ_{i_2=1..N} E_{i_2}/s) + c ⊙ mean_{i_3=1..N}(2 (X_{i_3} − μ))) / N",
    ),
    (
        "rmsnorm_missing_weight",
        "",
        "missing factor",
        "δx_n = 1/s_n · (w ⊙ G_{Y,n} − ((G_{Y,n} ⊙ w)ᵀ x_n · x_n) / (D · s_n²))",
    ),
    (
        "softmax_libnd4j_diag",
        "",
        "missing term",
        "δz_{n,k} = (G_{p,n,k} − Σ_{k_2=1..K} G_{p,n,k_2} · p_{n,k_2}) · p_{n,k}",
    ),
    ("attention_fa2_dK", "", "wrong shape", "δK = dSᵀ Q / √D"),
    ("silu_dfdx_precedence", "dy", "wrong brackets", "dy_n = (1 + e_n + u_n · e_n) / (1 + e_n)²"),
    ("leaky_dl4j_8178", "", "wrong factor", "δu_n = G_{y,n} · where(u_n > 0, 1, α)"),
];

/// What people published and others corrected is refuted at the term that was corrected; what only looks wrong is proved.
#[test]
fn published_mistakes_are_blamed_on_the_term_that_was_corrected() {
    let entries: Vec<serde_json::Value> =
        serde_json::from_str(&read("tests/oracles/derivations/published.json")).expect("JSON");
    assert_eq!(entries.len(), 23);
    let mut mistakes = 0;
    for entry in &entries {
        let id = entry["id"].as_str().expect("an id");
        let found = json(&checked(&read(&format!("tests/claims/published/{id}.net"))));
        if entry["kind"] != "mistake" {
            assert!(found.claims.iter().all(|claim| claim.verdict == "proved"), "{id}: {found:#?}");
            continue;
        }
        mistakes += 1;
        let (_, at, kind, corrected) = PUBLISHED.iter().find(|row| row.0 == id).unwrap_or_else(|| panic!("{id}"));
        assert_eq!(blamed(&found), (at.to_string(), *kind, corrected.to_string()), "{id}");
    }
    assert_eq!(mistakes, PUBLISHED.len());
}

/// The pages of refutations: what a person reads who has nothing else at hand.
#[test]
fn refutations_can_be_read_alone() {
    for id in
        ["lstm_learn_dl_no_cell_carry", "rnn_ml_from_scratch_dx", "bn_knet_missing_gamma", "lstm_rvignette_delta23"]
    {
        let findings = checked(&read(&format!("tests/claims/published/{id}.net")));
        snapshot(id, &page(&findings, Steps::Brief));
    }
}

/// Formulas that are equal to the gradient wherever two entries differ, and that algebra does not show yet, with why.
const UNKNOWN: &[(&str, &str, &str)] = &[(
    "maxpool",
    "dX",
    "`X == max(X)` is not known to hold at the first maximum alone, which needs that no two entries are equal",
)];

/// Every formula of `textbook.json` is transcribed, and proved but for those in the list.
#[test]
fn textbook_formulas_are_proved() {
    let entries: Vec<serde_json::Value> =
        serde_json::from_str(&read("tests/oracles/derivations/textbook.json")).expect("JSON");
    let mut transcribed = BTreeSet::new();
    let (mut proved, mut rounded, mut unknown) = (0, 0, Vec::new());
    let mut files: Vec<_> = fs::read_dir("tests/claims/textbook").expect("a folder").flatten().collect();
    files.sort_by_key(std::fs::DirEntry::file_name);
    for file in files {
        let name = file.file_name().to_string_lossy().trim_end_matches(".net").to_string();
        let text = read(&file.path().to_string_lossy());
        for line in text.lines().filter_map(|line| line.strip_prefix("# textbook ")) {
            let number: usize = line.split(':').next().unwrap_or_default().trim().parse().expect("a number");
            assert!(transcribed.insert(number), "textbook {number} is transcribed twice");
        }
        for finding in checked(&text).findings {
            match finding.standing {
                Standing::Proved => proved += 1,
                Standing::ProvedRounded => rounded += 1,
                Standing::Unknown => unknown.push((name.clone(), finding.claim.to_string())),
                Standing::Refuted => panic!("{name} {}: {:?}", finding.claim, finding.counterexample),
            }
        }
    }
    assert_eq!(transcribed, (0..entries.len()).collect());
    let known: Vec<(String, String)> =
        UNKNOWN.iter().map(|(file, claim, _)| (file.to_string(), claim.to_string())).collect();
    assert_eq!(unknown, known);
    assert!(proved + rounded + unknown.len() >= entries.len() && rounded >= 1, "{proved} {rounded}");
}

/// A hand derivation of a network of the gallery.
fn by_hand(network: &str) -> (Source, String) {
    let source = gallery::network(network).expect("a network of the gallery");
    (source, read(&format!("tests/claims/hand/{network}.claims")))
}

/// A planted mistake: what stands there, what is planted, where it must be blamed and as what.
type Planted = (&'static str, &'static str, &'static str, &'static str);

/// Mistakes that people make when they derive an LSTM by hand. A claim is meant by its name in round brackets.
const LSTM: &[Planted] = &[
    // The cell carry.
    (" + f[t+1] * ec[t+1],\n", ",\n", "ec", "missing term"),
    // σ for σ′, tanh for tanh′.
    (
        "zf[t] = ec[t] * c[t-1] * f[t] * (1 - f[t])",
        "zf[t] = ec[t] * c[t-1] * f[t]",
        "zf",
        "function instead of its slope",
    ),
    ("tanh(c[t]) * o[t] * (1 - o[t])", "tanh(c[t]) * sigmoid(o[t])", "zo", "function instead of its slope"),
    ("(1 - g[t]^2)", "tanh(g[t])", "zg", "function instead of its slope"),
    ("(1 - tanh(c[t])^2)", "(1 - c[t]^2)", "ec", "wrong factor"),
    // i and f.
    ("f[t+1] * ec[t+1]", "i[t+1] * ec[t+1]", "ec", "wrong name"),
    ("c[t-1] * f[t] * (1 - f[t])", "c[t-1] * i[t] * (1 - i[t])", "zf", "swapped names"),
    ("U_i^T @ zi[t+1] + U_f^T @ zf[t+1] + U_o", "U_i^T @ zf[t+1] + U_f^T @ zi[t+1] + U_o", "eh", "swapped names"),
    ("dL/dW_f = sum[t](zf[t]", "dL/dW_f = sum[t](zi[t]", "(W_f)", "wrong name"),
    ("zi[t] = ec[t] * g[t] *", "zi[t] = ec[t] * c[t-1] *", "zi", "wrong name"),
    // U for Uᵀ, and the other order.
    ("U_f^T @ zf[t+1] + U_o", "U_f @ zf[t+1] + U_o", "eh", "transposed"),
    ("dL/dU_o = sum[t](zo[t] @ h[t-1]^T)", "dL/dU_o = sum[t](h[t-1] @ zo[t]^T)", "(U_o)", "transposed"),
    ("U_g^T @ zg[1]", "U_g @ zg[1]", "(h0)", "transposed"),
    // Off by one in t.
    ("dL/dU_f = sum[t](zf[t] @ h[t-1]^T)", "dL/dU_f = sum[t](zf[t] @ h[t]^T)", "(U_f)", "wrong index"),
    ("zf[t] = ec[t] * c[t-1]", "zf[t] = ec[t] * c[t]", "zf", "wrong index"),
    ("f[t+1] * ec[t+1]", "f[t] * ec[t+1]", "ec", "wrong index"),
    ("f[t+1] * ec[t+1]", "f[t+1] * ec[t]", "ec", "wrong index"),
    ("f[t+1] * ec[t+1]", "f[t+1] * ec[t-1]", "ec", "wrong index"),
    ("U_f^T @ zf[t+1] + U_o", "U_f^T @ zf[t] + U_o", "eh", "wrong index"),
    ("dL/dU_i = sum[t](zi[t]", "dL/dU_i = sum[t](zi[t+1]", "(U_i)", "wrong index"),
    // The sum over t.
    ("dL/dU_f = sum[t](zf[t] @ h[t-1]^T)", "dL/dU_f = zf[t] @ h[t-1]^T", "(U_f)", "missing sum"),
    ("dL/db_i = sum[t](zi[t])", "dL/db_i = zi[t]", "(b_i)", "missing sum"),
    // Signs.
    ("zf[t] = ec", "zf[t] = -ec", "zf", "wrong sign"),
    ("+ U_o^T @ zo[t+1]", "- U_o^T @ zo[t+1]", "eh", "wrong sign"),
    ("(1 - g[t]^2)", "(g[t]^2 - 1)", "zg", "wrong sign"),
    ("(1 - tanh(c[t])^2)", "(1 + tanh(c[t])^2)", "ec", "wrong sign"),
    // And more.
    ("eh[t] * tanh(c[t]) *", "eh[t] * c[t] *", "zo", "wrong factor"),
    ("eh[t] * o[t] * (1 - tanh", "eh[t] * (1 - tanh", "ec", "missing factor"),
    ("G_c[t] + ", "", "ec", "missing term"),
    (" + U_o^T @ zo[t+1]", "", "eh", "missing term"),
    ("dL/dc0 = f[1] * ec[1]", "dL/dc0 = ec[1]", "(c0)", "missing factor"),
    ("W_i^T @ zi[t] +", "W_i @ zi[t] +", "(x)", "transposed"),
];

/// The same for the GRU.
const GRU: &[Planted] = &[
    ("z[t+1] * e[t+1] + ", "", "e", "missing term"),
    ("z[t+1] * e[t+1] + ", "(1 - z[t+1]) * e[t+1] + ", "e", "wrong factor"),
    ("(1 - z[t]) * e[t]", "z[t] * e[t]", "q_n", "wrong factor"),
    ("r[t] * (1 - r[t]) * h", "sigmoid(r[t]) * h", "q_r", "function instead of its slope"),
    ("(1 - n[t]^2)", "(1 - n[t])^2", "q_n", "function instead of its slope"),
    ("U_z^T @ q_z[t+1] + U_r^T @ q_r[t+1]", "U_r^T @ q_z[t+1] + U_z^T @ q_r[t+1]", "e", "swapped names"),
    ("m[t] = U_n^T @ q_n[t]", "m[t] = U_n @ q_n[t]", "m", "transposed"),
    ("(h[t-1] - n[t])", "(h[t] - n[t])", "q_z", "wrong index"),
    ("(h[t-1] - n[t])", "(n[t] - h[t-1])", "q_z", "wrong sign"),
    ("r[t+1] * m[t+1]", "r[t] * m[t+1]", "e", "wrong index"),
    ("r[t+1] * m[t+1]", "r[t+1] * m[t]", "e", "wrong index"),
    ("r[t+1] * m[t+1]", "m[t+1]", "e", "missing factor"),
    ("dL/dU_r = sum[t](q_r[t] @ h[t-1]^T)", "dL/dU_r = q_r[t] @ h[t-1]^T", "(U_r)", "missing sum"),
    ("q_n[t] @ (r[t] * h[t-1])^T", "q_n[t] @ h[t-1]^T", "(U_n)", "missing factor"),
    ("h[t-1] * m[t]", "m[t]", "q_r", "missing factor"),
    (" + U_r^T @ q_r[t+1]", "", "e", "missing term"),
    ("G_h[t] + ", "", "e", "missing term"),
];

/// A whole derivation is proved, and each planted mistake is blamed at its own equation, as what it is, once.
fn planted(network: &str, mistakes: &[Planted]) {
    let (source, text) = by_hand(network);
    let right = check(&source, Some(&text));
    for finding in &right.findings {
        assert_eq!(finding.standing, Standing::Proved, "{network} {}: {:?}", finding.claim, finding.open);
    }
    for (from, to, at, kind) in mistakes {
        assert!(text.contains(from), "{network}: `{from}` is nowhere");
        let found = json(&check(&source, Some(&text.replacen(from, to, 1))));
        let told: Vec<&Judged> = found
            .claims
            .iter()
            .filter(|claim| claim.blame.as_ref().is_some_and(|blame| blame.told_at.is_none()))
            .collect();
        let [one] = told.as_slice() else {
            panic!("{network}, `{to}` for `{from}`: told {} times: {told:#?}", told.len())
        };
        let blame = one.blame.as_ref().expect("a blame");
        let place = blame.at.clone().unwrap_or_else(|| format!("({})", one.name));
        assert_eq!((place.as_str(), blame.kind), (*at, *kind), "{network}, `{to}` for `{from}`: {blame:#?}");
        assert!(found.claims.iter().all(|claim| claim.verdict != "unknown"), "{network}, `{to}` for `{from}`");
    }
}

#[test]
fn a_whole_lstm_is_proved_and_planted_mistakes_are_blamed_where_they_are() {
    planted("lstm", LSTM);
}

#[test]
fn a_whole_gru_is_proved_and_planted_mistakes_are_blamed_where_they_are() {
    planted("gru", GRU);
}

#[test]
fn pages_of_a_whole_derivation() {
    let (source, text) = by_hand("gru");
    let proved = check(&source, Some(&text));
    snapshot("gru_proved", &page(&proved, Steps::Brief));
    snapshot("gru_proved_full", &page(&proved, Steps::Full));
    let wrong = check(&source, Some(&text.replace("(h[t-1] - n[t])", "(n[t] - h[t-1])")));
    snapshot("gru_wrong_sign", &page(&wrong, Steps::Brief));
    let laid_out = render::finding::page(&wrong, nablascope::book().expect("a book"), Steps::Brief);
    snapshot("gru_wrong_sign_markdown", &render::to_markdown(&laid_out));
    snapshot("gru_wrong_sign_latex", &render::to_latex(&laid_out));
    let found = serde_json::to_string_pretty(&json(&wrong)).expect("JSON");
    snapshot("gru_wrong_sign_json", &found);
    let round = check(&source, Some(&text.replace("z[t+1] * e[t+1]", "z[t+1] * e[t]")));
    snapshot("gru_in_a_circle", &page(&round, Steps::Brief));
}

/// Hand derivations of other networks, with one mistake each: file, what stands there, what is planted, place, kind.
const OTHERS: &[(&str, &str, &str, &str, &str)] = &[
    ("attention", "dv[s] = sum[t](p[t,s] * G_y[t])", "dv[s] = sum[t](p[s,t] * G_y[t])", "dv", "transposed"),
    ("attention", "- sum[s](p[t,s] * dp[t,s])", "- sum[t](p[t,s] * dp[t,s])", "ds", "wrong index"),
    ("attention", "(dp[t,s] - sum[s](p[t,s] * dp[t,s]))", "(1 - p[t,s]) * dp[t,s]", "ds", "missing term"),
    ("attention", "sum[t](ds[t,s] * q[t]) / sqrt(K)", "sum[t](ds[t,s] * q[t])", "dk", "missing factor"),
    ("attention", "sum[t](ds[t,s] * q[t]) / sqrt(K)", "sum[t](ds[t,s] * q[t]) / K", "dk", "wrong factor"),
    ("attention", "sum[s](ds[t,s] * k[s])", "sum[s](ds[s,t] * k[s])", "dq", "transposed"),
    ("attention", "sum[s](ds[t,s] * k[s])", "sum[s](ds[t,s] * q[s])", "dq", "wrong name"),
    ("attention", " + W_v^T @ dv[t]", "", "(dx)", "missing term"),
    ("layernorm", "- mean(a[n]) ", "", "(dx)", "missing term"),
    ("layernorm", " - xh[n] * mean(a[n] * xh[n])", "", "(dx)", "missing term"),
    ("layernorm", "where a[n] = g * G_y[n]", "where a[n] = G_y[n]", "a", "missing factor"),
    ("layernorm", "mean(a[n] * xh[n])) / s[n]", "mean(a[n] * xh[n])) / s[n]^2", "(dx)", "wrong factor"),
    ("layernorm", "sum[n](G_y[n] * xh[n])", "sum[n](G_y[n] * x[n])", "(dg)", "wrong name"),
    ("layernorm", "sum[n](G_y[n])", "G_y[n]", "(db)", "missing sum"),
    ("rmsnorm", "/ r^2) / r", "/ r) / r", "(dx)", "wrong factor"),
    ("rmsnorm", "mean(w * G_y * x)", "mean(G_y * x)", "(dx)", "missing factor"),
    ("rmsnorm", "mean(w * G_y * x)", "sum(w * G_y * x)", "(dx)", "missing factor"),
    ("rmsnorm", "(w * G_y - x", "(w * G_y + x", "(dx)", "wrong sign"),
    ("rmsnorm", "dL/dw = G_y * x / r", "dL/dw = G_y * x", "(dw)", "missing factor"),
    ("cross_entropy", " / N", "", "(dz)", "missing factor"),
    ("cross_entropy", "(p[n,k] - where(k == t[n], 1, 0))", "(where(k == t[n], 1, 0) - p[n,k])", "(dz)", "wrong sign"),
    ("cross_entropy", "dz[n] @ x[n]^T", "x[n] @ dz[n]^T", "(dW)", "transposed"),
    ("elman", "lam[k] @ s[k-1]^T", "lam[k] @ s[k]^T", "(dA)", "wrong index"),
    ("elman", "A^T @ lam[k+1]", "A @ lam[k+1]", "lam", "transposed"),
    ("elman", " + A^T @ lam[k+1]", "", "lam", "missing term"),
    ("elman", "A^T @ lam[k+1]", "A^T @ G_o[k+1]", "lam", "wrong shape"),
    ("elman", "(1 - s[k]^2)", "(1 - s[k])", "lam", "wrong factor"),
    ("elman", "(1 - s[k]^2) * ", "", "lam", "missing factor"),
    ("elman", "B^T @ lam[k]", "B^T @ ((1 - s[k]^2) * lam[k])", "(du)", "extra factor"),
    ("elman", "sum[k](lam[k])", "lam[k]", "(dd)", "missing sum"),
];

#[test]
fn other_derivations_are_proved_and_their_mistakes_blamed() {
    let mut seen = BTreeMap::new();
    for (file, from, to, at, kind) in OTHERS {
        let text = read(&format!("tests/claims/hand/{file}.net"));
        seen.entry(*file).or_insert_with(|| {
            for finding in &checked(&text).findings {
                assert_eq!(finding.standing, Standing::Proved, "{file} {}: {:?}", finding.claim, finding.open);
            }
        });
        assert!(text.contains(from), "{file}: `{from}` is nowhere");
        let found = json(&checked(&text.replacen(from, to, 1)));
        let one = first_refuted(&found);
        let blame = one.blame.as_ref().expect("a blame");
        let place = blame.at.clone().unwrap_or_else(|| format!("({})", one.name));
        assert_eq!((place.as_str(), blame.kind), (*at, *kind), "{file}, `{to}` for `{from}`: {blame:#?}");
    }
}

fn prove(text: &str, given: Option<&str>, network: Option<&str>, assumed: &[&str]) -> Finding {
    let given = given.map(str::to_string);
    let assumed: Vec<String> = assumed.iter().map(|one| (*one).to_string()).collect();
    let network = network.map(|text| Source::new("in.net", text));
    let load = |_: &str| Err("there is no such file".to_string());
    let equality = Equality { text, given: &given, assumed: &assumed };
    match nablascope::prove(&equality, network.as_ref(), &[], &load) {
        Ok(mut findings) => findings.findings.remove(0),
        Err(errors) => panic!("{text}: {errors:?}"),
    }
}

fn standing(text: &str, given: Option<&str>, network: Option<&str>, assumed: &[&str]) -> Standing {
    prove(text, given, network, assumed).standing
}

/// Batch norm takes no notice of the scale of its argument, but for ε.
const BATCHNORM: &str = "\
network scale
size D
over n : N
input u[n] : D
input a, eps
def bn[n](v, e) = (v - mean[n](v)) / sqrt(mean[n]((v - mean[n](v))^2) + e)
y[n] = bn[n](u[n], eps)
w[n] = a * u[n]
";

#[test]
fn equalities_are_proved_under_their_assumptions_alone() {
    use Standing::{Proved, Refuted};
    let scale = "bn[n](w[n], eps) = bn[n](u[n], eps / a^2)";
    assert_eq!(standing(scale, None, Some(BATCHNORM), &["a > 0", "eps > 0"]), Proved);
    assert_eq!(standing(scale, None, Some(BATCHNORM), &["eps > 0"]), Refuted);
    let without = "bn[n](w[n], eps) = bn[n](u[n], eps)";
    assert_eq!(standing(without, None, Some(BATCHNORM), &["a > 0", "eps > 0"]), Refuted);
    assert_eq!(standing(without, None, Some(BATCHNORM), &["a > 0", "eps = 0"]), Proved);
    assert_eq!(standing("softmax(s + c) = softmax(s)", None, None, &[]), Proved);
    assert_eq!(standing("sqrt(a^2) = a", None, None, &["a > 0"]), Proved);
    assert_eq!(standing("sqrt(a^2) = a", None, None, &[]), Refuted);
    assert_eq!(standing("u / u = 1", None, None, &["u != 0"]), Proved);
    for roots in ["sqrt(2/pi) = 2 / sqrt(2*pi)", "sqrt(pi/8) = sqrt(2*pi) / 4", "sqrt(2/3) = sqrt(6) / 3"] {
        assert_eq!(standing(roots, None, None, &[]), Proved, "{roots}");
    }
    assert_eq!(standing("sqrt(2/3) = sqrt(6) / 2", None, None, &[]), Refuted);
    assert_eq!(standing("A @ (B @ x) = (A @ B) @ x", Some("A : M × K, B : K × N, x : N"), None, &[]), Proved);
    assert_eq!(standing("(A @ B)^T = B^T @ A^T", Some("A : M × K, B : K × N"), None, &[]), Proved);
    assert_eq!(standing("A @ B = B @ A", Some("A : N × N, B : N × N"), None, &[]), Refuted);
    assert_eq!(standing("gru = gru_reset_after", None, None, &[]), Refuted);
    assert_eq!(standing("lstm = lstm", None, None, &[]), Proved);
    let swish = "network swish\nover n : N\ninput x[n]\ny[n] = x[n] * sigmoid(x[n])\n";
    let slope = "dL/dx[n] = G_y[n] * (y[n] + sigmoid(x[n]) * (1 - y[n]))";
    assert_eq!(standing(slope, None, Some(swish), &[]), Proved);
}

/// Numbers typed with few digits are the rounded numbers that they look like.
#[test]
fn rounded_constants_are_told() {
    let text = "network r\nover n : N\ninput x[n]\ny[n] = x[n] / sqrt(2 * pi)\n";
    let near = prove("dL/dx[n] = 0.39894 * G_y[n]", None, Some(text), &[]);
    assert_eq!(near.standing, Standing::ProvedRounded);
    let far = prove("dL/dx[n] = 0.39895 * G_y[n]", None, Some(text), &[]);
    assert_eq!(far.standing, Standing::Refuted);
}

/// What is found is the same on every run.
#[test]
fn findings_are_the_same_bytes_on_every_run() {
    let (source, text) = by_hand("gru");
    let wrong = text.replace("(1 - z[t])", "z[t]");
    let once = page(&check(&source, Some(&wrong)), Steps::Full);
    assert_eq!(once, page(&check(&source, Some(&wrong)), Steps::Full));
}
