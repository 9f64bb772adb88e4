//! Wrong programs. Each snapshot shows the text and the message together, as a person would see them.

mod common;

use common::{network, with_files};
use nablascope::cli::report::render;
use nablascope::math::source::{Diagnostic, Source};
use nablascope::parse;

/// The beginning of most programs.
const HEAD: &str = "\
network wrong
size D, H
along t
input x[t] : D
param W : H × D, U : H × H, b : H
";

fn messages(diagnostics: &[Diagnostic]) -> String {
    diagnostics.iter().map(|diagnostic| render(diagnostic, 100, false)).collect::<Vec<_>>().join("\n")
}

fn snapshot(name: &str, shown: &str, told: &[Diagnostic]) {
    assert!(!told.is_empty(), "{name}: nothing was told");
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("../snapshots/mistakes");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(name, format!("{}\n\n{}", shown.trim_end(), messages(told))));
}

/// The text with what is said about it: errors, or warnings if it is legal.
fn wrong(name: &str, text: &str) {
    match network(text) {
        Ok((_, warnings)) => snapshot(name, text, &warnings),
        Err(errors) => snapshot(name, text, &errors),
    }
}

/// Statements after the usual beginning.
fn body(name: &str, statements: &str) {
    wrong(name, &format!("{HEAD}\n{statements}\n"));
}

#[test]
fn names() {
    body("unknown_name", "h[t] = tanh(W @ x[t] + U @ h[t-1] + bb)");
    body("unknown_name_far", "h[t] = tanh(W @ x[t] + U @ h[t-1] + b) * gain");
    body("misspelt_operation", "h[t] = tanhh(W @ x[t] + U @ h[t-1] + b)");
    body("unknown_operation", "h[t] = squash(W @ x[t] + U @ h[t-1] + b)");
    body("duplicate_name", "param b : H\nh[t] = tanh(W @ x[t] + U @ h[t-1] + b)");
    body("duplicate_equation", "h[t] = tanh(W @ x[t] + U @ h[t-1] + b)\nh[t] = b");
    body("name_of_an_index", "t = 3");
    body("shape_with_a_comma", "param V : H, D\nh[t] = tanh(W @ x[t] + U @ h[t-1] + b + V)");
    body("no_keyword", "weight V : H × D\nh[t] = tanh(V @ x[t])");
    body("data_without_gradient", "data y[t] : H\nh[t] = tanh(W @ x[t] + U @ h[t-1] + b) - y[t]");
    body("loss_without_an_equation", "L = sum(U @ b + W @ x[1])\nloss L");
    body("loss_that_is_an_output", "L = sum[t](U @ b + W @ x[t])");
    body("number_added_to_a_vector", "param c\nh[t] = tanh(W @ x[t] + U @ h[t-1] + b + c)");
    body("equation_for_an_input", "x[t] = tanh(b)");
    body("reserved_word", "size = 3");
    body("reserved_word_in_expression", "h[t] = tanh(W @ x[t] + over)");
    body("reserved_word_declared", "param loss : H");
    body("unknown_output", "h[t] = tanh(W @ x[t] + U @ h[t-1] + b)\noutput hh");
    body("function_as_quantity", "h[t] = tanh * (W @ x[t] + U @ h[t-1] + b)");
    body("quantity_as_function", "h[t] = tanh(W(x[t]) + U @ h[t-1] + b)");
    body("unknown_size", "param V : K × H\nh[t] = tanh(W @ x[t] + U @ h[t-1] + b)");
    body("operation_defined_again", "def tanh(u) = u\nh[t] = tanh(W @ x[t] + U @ h[t-1] + b)");
    wrong("no_network", "size D\ninput x : D\ny = 2 * x");
    wrong("range_behind_an_equals_sign", "network wrong\nsize N\nalong l = 1..60\nstate h[l] : N\nh[l] = tanh(h[l-1])");
}

#[test]
fn shapes() {
    body("sizes_do_not_agree", "h[t] = tanh(W @ x[t] + U @ h[t-1] + x[t])");
    body("inner_sizes_do_not_agree", "h[t] = tanh(W @ h[t-1] + U @ h[t-1] + b)\nstate h[t] : H\ny[t] = U @ x[t]");
    body("transpose_missing", "h[t] = tanh(W @ x[t] + b)\ny[t] = W @ h[t]");
    body("two_vectors", "h[t] = b @ (W @ x[t])\ny = U @ b");
    body("matrix_times_number", "y[t] = W @ 2 + U @ b");
    body("star_for_at", "h[t] = tanh(W * x[t] + U @ h[t-1] + b)");
    body("star_before_at", "h[t] = tanh(b * W @ x[t] + U @ h[t-1])");
    body("declared_otherwise", "state h[t] : D\nh[t] = tanh(W @ x[t] + b)\ny[t] = U @ b");
    body("shape_left_open", "h[t] = U @ h[t-1] @ W\ny[t] = W @ x[t] + b");
    body("vector_exponent", "y[t] = (W @ x[t])^b + U @ b");
    body("exponent_with_gradient", "input k\ny[t] = (W @ x[t])^k + U @ b");
    body("shape_of_another", "param s, V : H × H\nh[t] = tanh(W @ x[t] + U @ h[t-1] + V @ (s * b))");
    body("row", "y[t] = (W @ x[t] + U @ b)^T");
    body("condition_as_number", "y[t] = (W @ x[t] > 0) + U @ b");
    body("condition_as_quantity", "y[t] = W @ x[t] > U @ b");
    body("loss_is_a_vector", "h[t] = tanh(W @ x[t] + U @ h[t-1] + b)\nloss L = h[T]");
    body("division_by_zero", "y[t] = W @ x[t] + U @ b + 1/0");
}

#[test]
fn indices() {
    body("index_not_bound", "y = tanh(W @ x[t] + U @ b)");
    body("too_many_subscripts", "h[t] = tanh(W @ x[t,1,2] + U @ h[t-1] + b)");
    body("index_forgotten", "h[t] = tanh(W @ x + U @ h[t-1] + b)");
    body("unknown_index", "h[q] = tanh(W @ x[q] + b)\ny[t] = U @ b");
    body("shift_on_the_left", "h[t+1] = tanh(W @ x[t] + U @ h[t] + b)");
    body("index_twice", "h[t,t] = tanh(W @ x[t] + U @ b)");
    body("other_number_of_indices", "h[t] = tanh(W @ x[t] + b)\nh[0,0] = b\ny[t] = U @ b");
    body("quantity_as_subscript", "input k\nh[t] = tanh(W @ x[k] + U @ h[t-1] + b)");
    body("fraction_as_subscript", "h[t] = tanh(W @ x[t/2] + U @ h[t-1] + b)");
    body("entry_for_a_place", "input z : D\nh[t] = tanh(W @ z[t] + W @ x[t] + U @ b)");
    body("all_places_at_once", "h[t] = tanh(W @ (x[t] - mean(x)) + U @ h[t-1] + b)");
    body("index_without_range", "over n\nh[t] = tanh(W @ x[t] + U @ h[t-1] + b)");
    body("reduction_without_range", "y = sum[k](W @ x[k]) + U @ b");
    body("size_after_index", "h[t] = tanh(W @ x[t] + U @ h[D] + b)");
}

#[test]
fn ranges() {
    body("shift_past_the_range", "h[t] = tanh(W @ x[t-1] + U @ h[t-1] + b)");
    body("shift_past_the_end", "h[t] = tanh(W @ x[t+1] + U @ h[t-1] + b)");
    body("two_steps_back", "h[t] = tanh(W @ x[t] + U @ h[t-2] + b)");
    body("fixed_place", "h[t] = tanh(W @ x[5] + U @ h[t-1] + b)");
    body("case_apart", "h[5] = b\nh[t] = tanh(W @ x[t] + U @ h[t-1])");
    body("case_alone", "h[0] = b\ny[t] = W @ x[t] + U @ b");
    body("case_twice", "h[0] = b\nh[0] = 0\nh[t] = tanh(W @ x[t] + U @ h[t-1])");
    body("initial_value_taken", "param h0 : H\nh[t] = tanh(W @ x[t] + U @ h[t-1] + b) + h0");
    body("past_the_payload", "y[t] = W @ x[t] + U @ b + b[H+1]");
    wrong(
        "two_starts",
        "network wrong\nsize H\nalong l, t\nparam U : H × H\nh[l,t] = tanh(U @ h[l-1,t] + U @ h[l,t-1])",
    );
}

#[test]
fn circles() {
    body("circular_definition", "h[t] = tanh(W @ x[t] + U @ a[t])\na[t] = h[t] * b");
    body("defined_by_itself", "h[t] = tanh(W @ x[t] + U @ h[t] + b)");
    body("both_directions", "h[t] = tanh(W @ x[t] + U @ h[t-1] + h[t+1] + b)");
    body("recurrence_along_over", "over n : N\ng[n] = tanh(U @ g[n-1] + b)\ny[t] = W @ x[t]");
    body("through_a_reduction", "h[t] = tanh(W @ x[t] + U @ m + b)\nm = sum[t](h[t])");
    body("def_calls_itself", "def f(u) = f(u) + 1\ny[t] = f(W @ x[t]) + U @ b");
    body("defs_call_each_other", "def f(u) = 2 * g(u)\ndef g(u) = f(u) + 1\ny[t] = f(W @ x[t]) + U @ b");
    body("state_without_equation", "state s[t] : H\ny[t] = W @ x[t] + U @ b");
}

#[test]
fn definitions() {
    body("mistake_in_a_def", "def f(u) = u @ u\ny[t] = f(W @ x[t]) + U @ b");
    body("mistake_in_the_library", "y[t] = layernorm(W @ x[t], x[t], b, 1e-5) + U @ b");
    body("def_arguments", "def f(u, v) = u * v\ny[t] = f(W @ x[t]) + U @ b");
    body("def_indices", "y[t] = batchnorm(W @ x[t], b, b, 0) + U @ b");
    body("operation_arguments", "y[t] = tanh(W @ x[t], b) + U @ b");
    body("operation_with_indices", "y[t] = tanh[t](W @ x[t]) + U @ b");
    let doubling: String = (1..40).map(|n| format!("def f{n}(u) = f{0}(u) + f{0}(u)\n", n - 1)).collect();
    let calls = format!("def f0(u) = u\n{doubling}y[t] = f20(W @ x[t]) + U @ b");
    let Err(told) = network(&format!("{HEAD}{calls}")) else { panic!("it is bounded") };
    snapshot("exponential_growth", "def f0(u) = u\ndef f1(u) = f0(u) + f0(u)\n… up to f20", &told);
    let squares: String = (1..30).map(|n| format!("def s{n}(u) = s{0}(u * u)\n", n - 1)).collect();
    let Err(told) = network(&format!("{HEAD}def s0(u) = u\n{squares}y[t] = s29(W @ x[t]) + U @ b")) else {
        panic!("it is bounded")
    };
    snapshot("exponential_arguments", "def s0(u) = u\ndef s1(u) = s0(u * u)\n… up to s29", &told);
    let chain: String = (1..2000).map(|n| format!("def c{n}(u) = c{0}(u)\n", n - 1)).collect();
    let Err(told) = network(&format!("{HEAD}def c0(u) = u\n{chain}y[t] = c1999(W @ x[t]) + U @ b")) else {
        panic!("it is bounded")
    };
    snapshot("definitions_too_deep", "def c0(u) = u\ndef c1(u) = c0(u)\n… up to c1999", &told);
}

#[test]
fn files() {
    let main = format!("{HEAD}use \"a.net\"\ny[t] = f(W @ x[t]) + U @ b\n");
    let Err(told) =
        with_files(&main, &[("a.net", "use \"b.net\"\ndef f(u) = u\n"), ("b.net", "use \"a.net\"\ndef g(u) = u\n")])
    else {
        panic!("a circle")
    };
    snapshot("use_circle", &format!("{main}\na.net: use \"b.net\"\nb.net: use \"a.net\""), &told);
    body("use_missing", "use \"blocks.net\"\ny[t] = W @ x[t] + U @ b");
    let Err(told) = with_files(&main, &[("a.net", "size M\ndef f(u) = u\n")]) else { panic!("not only definitions") };
    snapshot("use_more_than_definitions", &main, &told);
    let Err(told) = with_files(&main, &[("a.net", "def f(u) = u @ u\n")]) else { panic!("it is ill typed") };
    snapshot("mistake_in_a_used_file", &main, &told);
}

#[test]
fn syntax() {
    body("unclosed_bracket", "h[t] = tanh(W @ x[t] + U @ h[t-1] + b\ny[t] = h[t]");
    body("wrong_bracket", "h[t] = tanh(W @ x[t] + U @ h[t-1) + b)");
    body("closed_too_often", "h[t] = tanh(W @ x[t])) + U @ b");
    body("comma_missing", "y[t] = max(W @ x[t] b)");
    body("operator_missing", "h[t] = tanh(W x[t] + U @ h[t-1] + b)");
    body("operand_missing", "h[t] = tanh(W @ x[t] + ) + U @ b");
    body("double_equals", "h[t] == tanh(W @ x[t] + U @ h[t-1] + b)");
    body("single_equals_in_condition", "y[t] = where(x[t] = 0, 1, 2) + U @ b");
    body("number_before_name", "h[t] = tanh(2W @ x[t] + U @ h[t-1] + b)");
    body("prime", "h[t] = tanh(W' @ x[t] + U @ h[t-1] + b)");
    body("power_of_python", "h[t] = (W @ x[t])**2 + U @ h[t-1] + b");
    body("power_of_a_power", "h[t] = (W @ x[t])^2^3 + U @ h[t-1] + b");
    body("foreign_comment", "// the state\nh[t] = tanh(W @ x[t] + U @ h[t-1] + b)");
    body("statement_unfinished", "h[t]");
    body("word_instead_of_statement", "recurrent h[t] = tanh(W @ x[t] + U @ h[t-1] + b)");
    body("colon_missing", "param V H × H\nh[t] = tanh(W @ x[t] + U @ h[t-1] + b)");
    body("semicolon", "y[t] = W @ x[t]; z[t] = U @ b");
    body("huge_exponent", "y[t] = W @ x[t] + 1e999999 * b");
    body("derivative_in_an_equation", "h[t] = tanh(W @ x[t] + U @ h[t-1] + b)\ng[t] = dL/dh[t]");
    body("inner_product_of_the_book", "h[t] = ⟨b, W @ x[t]⟩ + U @ b");
    body("condition_among_subscripts", "y[t] = W @ x[t | t > 1] + U @ b");
    body("else_one", "h[t] = tanh(W @ x[t-1 else 1] + U @ h[t-1] + b)");
    body("else_minus_one", "h[t] = tanh(W @ x[t-1 else -1] + U @ h[t-1] + b)");
    wrong("empty_file", "");
    wrong("only_comments", "# A network\n# to be written\n");
    wrong("only_a_header", "network nothing");
    wrong("binary_file", "network x\u{0}\u{1}\u{7f}ELF");
    let told = parse::source("wrong.net", b"network x\nsize \xff\xfe\x00").expect_err("not UTF-8");
    snapshot("not_utf8", "network x⏎ size FF FE 00", &told);
}

#[test]
fn too_much() {
    let nested = format!("{HEAD}y[t] = {}x[t]{}\n", "(".repeat(100_000), ")".repeat(100_000));
    let Err(told) = network(&nested) else { panic!("too deep") };
    snapshot("nested_brackets", "y[t] = ((((… 100 000 of them", &cut(told));
    let terms = format!("{HEAD}y[t] = W @ x[t] + {}U @ b\n", "b + ".repeat(50_000));
    let Err(told) = network(&terms) else { panic!("too many") };
    snapshot("fifty_thousand_summands", "y[t] = W @ x[t] + b + b + b + … 50 000 of them", &cut(told));
    let long = format!("{HEAD}y[t] = W @ x[t] + U @ b # {}\n", "x".repeat(10 << 20));
    let Err(told) = network(&long) else { panic!("too long") };
    snapshot("ten_megabytes", "a line of 10 MB", &told);
    let told = parse::source("wrong.net", &vec![b'x'; 10 << 20]).expect_err("too long");
    snapshot("ten_megabytes_of_bytes", "a file of 10 MB", &told);
}

#[test]
fn warnings() {
    body("unused_parameter", "param V : H × H\nh[t] = tanh(W @ x[t] + U @ h[t-1] + b)");
    body("claim_not_checked", "h[t] = tanh(W @ x[t] + U @ h[t-1] + b)\nclaim slope: dL/dnowhere = 3 * b");
    body(
        "unused_of_all_kinds",
        "size M\nover n : N\ninput z : H\nconst eps = 1e-5\ndef f(u) = u\noutput h\nh[t] = tanh(W @ x[t] + U @ h[t-1] + b)\ny[t] = 2 * h[t]",
    );
}

/// A beginning with more than one index.
const BATCH: &str = "\
network wrong
size D, K
over t, s : T, n : N
input x[t] : D
input v[t,s]
input z[n] : K
const y[n]
param A : D × D, g : D
";

/// Statements after it.
fn batch(name: &str, statements: &str) {
    wrong(name, &format!("{BATCH}\n{statements}\n"));
}

#[test]
fn reductions() {
    let scores = "network wrong\nsize D\nover t, s : T\ninput x[t] : D\nparam g : D\n";
    wrong("softmax_of_a_constant", &format!("{scores}p[t,s] = softmax[s](g^T @ x[t])"));
    wrong("mean_of_a_constant", &format!("{scores}w[t] = g * x[t] - mean[s](x[t])"));
    batch("softmax_of_a_bound_index", "w[t] = sum[t](x[t]) * softmax[s](v[t,s])");
    batch("softmax_of_a_number", "w[t] = softmax(g^T @ x[t])");
    batch("reduction_over_an_unknown_index", "w[t] = sum[q](v[t,q])");
    batch("condition_with_gradient", "w[t] = sum[s | v[t,s] > 0](x[s])");
    batch("condition_that_is_none", "w[t] = sum[s | s](x[s])");
    batch("condition_of_a_payload", "w[t] = sum[s | A @ g > 0](x[s])");
    batch("condition_that_never_holds", "w[t] = mean[s | s > T](x[s])");
    batch("condition_without_an_index", "w[t] = sum(where(t > 1, x[t], 0)) + mean[| t > 1](x[t])");
    batch("part_over_a_range_that_moves", "w[t] = sum[r : 1..t](max(A @ x[r]))");
}

#[test]
fn entries() {
    batch("entry_past_the_end", "w[t] = x[t,D+1]");
    batch("entry_before_the_start", "w[t] = x[t,0]");
    batch("window_past_the_end", "w[t] = sum[p : 3](v[t,1] * x[t,p+D-2])");
    batch("slice_past_the_end", "w[t] = x[t,2..D+1]");
    batch("too_many_entries", "w[t] = x[t,1,1]");
    batch("shifted_without_else", "w[t,s] = v[t,s-1]");
    batch("given_integer_without_its_index", "w[n] = z[n,y]");
    batch("integer_with_a_gradient", "input j[n]\nw[n] = z[n,j[n]]");
    batch("entry_of_a_slice", "def third(u) = u[3]\nw[t] = third(x[t,1..2])");
    batch("entry_of_a_number", "def first(u) = u[1]\nw[t] = first(g^T @ x[t])");
    batch("entry_of_a_row", "def first(u) = u[1]\nw[t] = first(x[t]^T @ A)");
    batch("case_inside_the_data", "x[1] = 0\nw[t] = x[t]");
    batch("case_of_a_number_of_the_file", "const k = 2\nk[0] = 0\nw[t] = k * x[t]");
}

#[test]
fn constants() {
    batch("unknown_function", "const phi = tahn\nw[t] = phi(x[t])");
    batch("constant_is_a_quantity", "const phi = g\nw[t] = phi(x[t])");
    batch("functions_in_a_circle", "const phi = psi, psi = phi\nw[t] = phi(x[t])");
    batch("function_without_an_argument", "const phi = tanh\nw[t] = phi * x[t]");
    batch("function_of_an_operation", "const tanh = relu\nw[t] = tanh(x[t])");
    batch("function_with_a_definition", "const phi = relu\ndef phi(u) = u\nw[t] = phi(x[t])");
    body("function_unused", "const phi = relu\nh[t] = tanh(W @ x[t] + U @ h[t-1] + b)");
    batch("list_of_unknown_length", "const k[n] = [1, 2, 3]\nw[n] = k[n] * z[n]");
    batch("list_of_another_length", "over a : 2\nconst k[a] = [1, 2, 3]\nw[a] = k[a] * z[a]");
    batch("number_for_an_index", "const k[n] = 3\nw[n] = k[n] * z[n]");
}

#[test]
fn slips_of_notation() {
    wrong("letter_between_sizes", "network slip\nsize D, H\nparam W : H x D\ny = sum(W)\n");
    wrong("letter_between_sizes_at_the_end", "network slip\nsize D, H\nparam V : D × D, W : H X D\n\ny = sum(W)\n");
    wrong("sizes_without_a_comma", "network slip\nsize D H\nalong t\nh[t] = h[t-1]\n");
    wrong("sizes_without_a_comma_before_an_equation", "network slip\nsize D H\nh = 2\n");
    wrong("shape_without_a_sign", "network slip\nsize D, H\nparam W : H D\ny = sum(W)\n");
    wrong("statements_on_one_line", "network slip\nsize D parm W : D\ny = sum(W)\n");
    wrong("misspelt_keyword", "network slip\nsize D\nimput x : D\ny = sum(x)\n");
    wrong("range_that_runs_down", "network slip\nalong t : T..1\nover i : 3..2\nh[t] = h[t-1]\n");
    body("function_without_parentheses", "h[t] = tanh W @ x[t] + U @ h[t-1] + b");
    body("number_with_an_exponent_before_a_name", "h[t] = tanh(W @ x[t] + U @ h[t-1] + 1e-5b)");
    body("transpose_after_a_point", "h[t] = tanh(W @ x[t] + U.T @ h[t-1] + b)");
    body("index_in_parentheses", "h(t) = tanh(W @ x[t] + b)");
    body("power_that_looks_like_a_transpose", "h[t] = tanh(W @ x[t] + U^t @ h[t-1] + b)");
    body("comment_of_another_language", "h[t] = tanh(W @ x[t] + U @ h[t-1] + b) // the state");
}

#[test]
fn settings() {
    let text = "network set\nsize D\nalong l\nconst eps = 1e-5, phi = tanh\nparam W[l] : D × D\nstate h[l] : D\n\
                h[l] = phi(W[l] @ h[l-1]) / (1 + eps)\n";
    let set = |settings: &[&str]| {
        let settings: Vec<String> = settings.iter().map(|setting| setting.to_string()).collect();
        nablascope::read_network_with(&Source::new("set.net", text), &settings, common::book(), &|_| Err("none".into()))
    };
    for (name, setting) in [
        ("set_unknown", "epss=1"),
        ("set_nothing_alike", "momentum=0.9"),
        ("set_a_parameter", "W=1"),
        ("set_an_unknown_function", "phi=rellu"),
        ("set_without_a_value", "phi"),
        ("set_half", "phi="),
        ("set_a_number_for_a_function", "phi=3"),
        ("set_an_expression", "eps=W"),
        ("set_no_name", "2=3"),
        ("set_size_too_small", "L=0"),
        ("set_a_fraction_for_a_size", "D=2.5"),
    ] {
        let Err(told) = set(&[setting]) else { panic!("{setting} is wrong") };
        snapshot(name, &format!("{text}--set {setting}"), &told);
    }
    for good in ["eps=1e-3", "eps=2/1000", "phi=gelu", "phi=sigmoid", "L=60", "D=4", "phi = relu"] {
        assert!(set(&[good]).is_ok(), "{good}");
    }
    let Ok((network, _)) = set(&["L=2", "phi=relu", "phi=sin", "eps=0.5"]) else { panic!("it is legal") };
    assert_eq!(network.sizes["L"], Some(2));
    let body = format!("{:?}", network.equations.last().expect("one").body);
    assert!(body.contains("sin("), "the last value of a name counts: {body}");
}

#[test]
fn draws() {
    let drawn = |name: &str, draw: &str| {
        body(
            name,
            &format!(
                "const sigma = -1.5, c = 2\nparam V : H × H ~ {draw}\nh[t] = sigma * c * tanh(W @ x[t] + U @ V @ h[t-1] + b)"
            ),
        );
    };
    drawn("unknown_distribution", "norml(0, 1)");
    drawn("unknown_distribution_far", "cauchy(0, 1)");
    drawn("distribution_arguments", "normal(1)");
    drawn("scheme_arguments", "xavier(1, 2)");
    drawn("constant_without_a_number", "constant");
    drawn("draw_of_an_unknown_name", "normal(0, sigm / sqrt(H))");
    drawn("draw_of_a_parameter", "normal(0, norm(b))");
    drawn("draw_of_a_vector", "normal(0, ones(H))");
    drawn("draw_of_an_index", "normal(0, 1/t)");
    drawn("negative_deviation", "normal(0, -1/sqrt(H))");
    drawn("negative_deviation_of_a_constant", "normal(0, sigma / sqrt(H))");
    drawn("uniform_turned_round", "uniform(1/sqrt(H), -1/sqrt(H))");
    drawn("draw_with_brackets", "normal[t](0, 1)");
    let vector = |name: &str, draw: &str| {
        body(name, &format!("param v : H ~ {draw}\nh[t] = tanh(W @ x[t] + U @ h[t-1] + b + v)"));
    };
    vector("orthogonal_vector", "orthogonal");
    vector("identity_of_a_vector", "identity(0.5)");
    vector("fan_of_a_vector", "he");
    body("draw_of_a_constant", "const c = 2 ~ normal(0, 1)\nh[t] = tanh(W @ x[t] + U @ h[t-1] + c * b)");
    body("draw_of_a_constant_first", "const c ~ normal(0, 1) = 2\nh[t] = tanh(W @ x[t] + U @ h[t-1] + c * b)");
    body("draw_of_what_is_computed", "state y[t] : H ~ constant(0)\ny[t] = W @ x[t] + U @ b");
    body("orthogonal_initial_value", "state h[t] : H ~ orthogonal\nh[t] = tanh(W @ x[t] + U @ h[t-1] + b)");
}

#[test]
fn several_mistakes_are_told_at_once() {
    body("several", "h[t] = tanh(W @ x[t] + U @ h[t-1] + bb)\ny[t] = tanhh(h[t])\nz[t] = W @ h[t]");
}

/// Only the messages: the texts are too long to be shown.
fn cut(mut told: Vec<Diagnostic>) -> Vec<Diagnostic> {
    for diagnostic in &mut told {
        for (_, words) in &mut diagnostic.labels {
            assert!(!words.is_empty());
        }
        let words: Vec<String> = diagnostic.labels.drain(..).map(|(_, words)| words).collect();
        diagnostic.message = format!("{} [{}]", diagnostic.message, words.join("; "));
    }
    told
}

#[test]
fn damaged_networks_are_told_and_never_panic() {
    // A generator of our own, so that every run damages alike.
    let mut state: u64 = 0x9e37_79b9_7f4a_7c15;
    let mut draw = |below: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(state >> 33).unwrap_or(0) % below.max(1)
    };
    let pieces = [
        "(",
        ")",
        "[",
        "]",
        "h[t-1]",
        "^T",
        "^2",
        " @ ",
        " * ",
        "-",
        "t",
        "T+1",
        "0",
        ",",
        ":",
        "else 0",
        " where ",
        "sum[t](",
        "d",
        "dL/dh",
        "δ",
        "⟨",
        "1e400",
        "//",
        "%",
        " not ",
        "def f(u) = ",
        "h",
        "x",
        " = ",
        "~",
        "|",
        "..",
        "\"",
        "use \"x\"",
        "state ",
        "over ",
        "output ",
        "softmax[t](",
        "mean(",
        "norm(",
        "reshape(",
        "concat(",
        "eye(",
        "ones(",
        "[0]",
        "[t,t]",
    ];
    let texts = nablascope::gallery::networks();
    let mut good = 0;
    for round in 0..4000 {
        let mut text: Vec<char> = texts[round % texts.len()].1.chars().collect();
        for _ in 0..=draw(3) {
            let at = draw(text.len());
            match draw(3) {
                0 => {
                    let end = (at + 1 + draw(6)).min(text.len());
                    text.drain(at..end);
                }
                1 => {
                    let from = draw(text.len());
                    let copy: Vec<char> = text[from..(from + draw(30)).min(text.len())].to_vec();
                    text.splice(at..at, copy);
                }
                _ => {
                    text.splice(at..at, pieces[draw(pieces.len())].chars());
                }
            }
        }
        match network(&text.iter().collect::<String>()) {
            Ok(_) => good += 1,
            Err(errors) => {
                assert!(!errors.is_empty());
                for error in &errors {
                    assert!(!error.labels.is_empty(), "no place: {error:?}");
                    assert!(!render(error, 100, false).is_empty());
                }
            }
        }
    }
    assert!(good > 0, "some damage does no harm");
}
