//! How long derivations take. `cargo bench` prints the figures; tests never assert times.

use criterion::{Criterion, criterion_group, criterion_main};
use mimalloc::MiMalloc;
use nablascope::math::network::Network;
use nablascope::math::source::Source;
use std::fmt::Write;
use std::hint::black_box;

/// That of the command line.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn network(name: &str, text: &str) -> Network {
    let load = |_: &str| Err("benchmarks use no other files".to_string());
    let book = nablascope::book().expect("the book");
    match nablascope::read_network(&Source::new(name, text), book, &load) {
        Ok((network, _)) => network,
        Err(errors) => panic!("{errors:?}"),
    }
}

fn gallery(name: &str) -> Network {
    network(name, &nablascope::gallery::network(name).expect("a network of the gallery").text)
}

/// A chain of `count` equations of one shape.
fn repeated(count: usize) -> String {
    let mut text = String::from("network repeated\nsize N\ninput x0 : N\nparam w : N × N\n");
    for number in 1..=count {
        let _ = writeln!(text, "x{number} = tanh(w @ x{} + x{})", number - 1, number - 1);
    }
    text
}

/// `count` small equations of which no two are of one shape: products, functions and sums, with numbers of their own.
fn distinct(count: usize) -> String {
    let functions = ["tanh", "sigmoid", "relu", "exp", "sin", "cos", "abs", "softplus"];
    let mut text = String::from("network distinct\nsize N\ninput x0, x1 : N\nparam w, v : N × N\nparam b : N\n");
    for number in 2..=count + 1 {
        let (f, g) = (functions[number % 8], functions[(number / 8) % 8]);
        let (near, far) = (number - 1, number - 2);
        let body = match number % 5 {
            0 => format!("{f}(w @ x{near} + x{far}) / {number}"),
            1 => format!("{f}(x{near} * b) - {g}(x{far}) / {number}"),
            2 => format!("(x{near} * x{far} + {f}(x{far} - {number})) / 4"),
            3 => format!("{f}(v @ x{near}) * {g}(x{far}) + b / {number}"),
            _ => format!("{f}(x{near} / {number} + b) + w @ x{far} / 8"),
        };
        let _ = writeln!(text, "x{number} = {body}");
    }
    text
}

fn benches(criterion: &mut Criterion) {
    criterion.bench_function("read the book", |bencher| {
        bencher.iter(|| black_box(nablascope::book::book()).is_ok());
    });
    for name in ["rnn", "lstm", "gru", "batchnorm", "layernorm"] {
        let network = gallery(name);
        nablascope::book().expect("the book");
        criterion.bench_function(&format!("derive {name}: all gradients, with proofs"), |bencher| {
            bencher.iter(|| nablascope::derive(black_box(&network), &[]).expect("a derivation"));
        });
    }
    let chain = network("repeated", &repeated(10_000));
    let mut slow = criterion.benchmark_group("many equations");
    slow.sample_size(10);
    slow.bench_function("derive 10 000 equations of repeated shape", |bencher| {
        bencher.iter_with_large_drop(|| nablascope::derive(black_box(&chain), &[]).expect("a derivation"));
    });
    // Linear means: twice as many take twice as long.
    for count in [250, 500, 1_000, 2_000] {
        let network = network("distinct", &distinct(count));
        slow.bench_function(format!("derive {count} equations of distinct shapes"), |bencher| {
            bencher.iter_with_large_drop(|| nablascope::derive(black_box(&network), &[]).expect("a derivation"));
        });
    }
    slow.finish();
}

criterion_group!(all, benches);
criterion_main!(all);
