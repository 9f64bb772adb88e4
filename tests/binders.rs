//! Random networks over indices: shifts, reductions with conditions, letters that shadow others in every order, entries,
//! composites, quantities that are read at two indices. What is derived must agree with the judge in every entry.

mod common;

use nablascope::evaluate::{Mode, verdict};
use std::fmt::Write;

/// A small generator: the same networks on every machine.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, end: usize) -> usize {
        (self.next() % end as u64) as usize
    }

    fn one<'a, T: ?Sized>(&mut self, of: &[&'a T]) -> &'a T {
        of[self.below(of.len())]
    }
}

/// The range of an index: letters of one range can stand for each other.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Range {
    /// 1..T
    Time,
    /// 1..N
    Batch,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Payload {
    Number,
    Vector,
}

#[derive(Clone, Debug)]
struct Quantity {
    name: String,
    axes: Vec<Range>,
    payload: Payload,
    /// A state that is being defined: it may only be read a step before.
    own: bool,
}

/// The letters in scope, each with its range: free ones and bound ones, the innermost last.
type Scope = Vec<(&'static str, Range)>;

const LETTERS: [(&str, Range); 4] = [("t", Range::Time), ("s", Range::Time), ("n", Range::Batch), ("m", Range::Batch)];

struct Writer {
    random: Random,
    known: Vec<Quantity>,
}

impl Writer {
    /// A whole network.
    fn network(number: u64) -> String {
        let mut writer = Writer { random: Random(number.wrapping_mul(0x2545_f491_4f6c_dd1d) + 7), known: Vec::new() };
        let mut text = String::from(
            "network random\nsize D\nalong t\nover s : T\nover n, m : N\nparam A : D × D\nconst c = 0.5\n\
             def centred[i](u) = u - mean[i](u)\n\
             def normed[i](u) = (u - k) / sqrt(mean[i]((u - k)^2) + 0.1) where k = mean[i](u)\n\
             def shares(u) = softmax(u) - 1 / D\n",
        );
        use Payload::{Number, Vector};
        let leaves = [
            ("x", vec![Range::Time], Vector),
            ("y", vec![Range::Batch], Number),
            ("z", vec![Range::Time, Range::Batch], Number),
            ("w", vec![], Vector),
            ("p", vec![Range::Batch], Vector),
            ("q", vec![Range::Time], Number),
        ];
        let count = 2 + writer.random.below(3);
        let start = writer.random.below(leaves.len());
        for offset in 0..count {
            let (name, axes, payload) = leaves[(start + offset) % leaves.len()].clone();
            let word = if offset % 2 == 0 { "input" } else { "param" };
            let _ = writeln!(text, "{word} {name}{}{}", subscripts(&axes), if payload == Vector { " : D" } else { "" });
            writer.known.push(Quantity { name: name.into(), axes, payload, own: false });
        }
        for place in 0..2 + writer.random.below(3) {
            let equation = writer.equation(place);
            text.push_str(&equation);
        }
        text
    }

    fn equation(&mut self, place: usize) -> String {
        let name = ["a", "b", "f", "g", "v"][place].to_string();
        let axes: Vec<Range> = match self.random.below(4) {
            0 => vec![Range::Time],
            1 => vec![Range::Batch],
            2 => vec![Range::Time, Range::Batch],
            _ => vec![],
        };
        let payload = if self.random.below(2) == 0 { Payload::Number } else { Payload::Vector };
        let scope: Scope = axes.iter().map(|range| LETTERS[if *range == Range::Time { 0 } else { 2 }]).collect();
        let state = axes.contains(&Range::Time) && self.random.below(3) == 0;
        let mut declared = String::new();
        if state {
            let shape = if payload == Payload::Vector { " : D" } else { "" };
            declared = format!("state {name}{}{shape}\n", subscripts(&axes));
            self.known.push(Quantity { name: name.clone(), axes: axes.clone(), payload, own: true });
        }
        let body = self.term(payload, &scope, 3);
        let body = match self.random.below(3) {
            _ if state => {
                let letters: Vec<&str> =
                    axes.iter().map(|range| if *range == Range::Time { "t-1" } else { "n" }).collect();
                format!("tanh({body} + c * {name}[{}])", letters.join(","))
            }
            0 => format!("tanh({body})"),
            _ => body,
        };
        self.known.retain(|quantity| quantity.name != name);
        self.known.push(Quantity { name: name.clone(), axes: axes.clone(), payload, own: false });
        format!("{declared}{name}{} = {body}\n", subscripts(&axes))
    }

    /// An expression with that payload.
    fn term(&mut self, payload: Payload, scope: &Scope, depth: usize) -> String {
        if depth == 0 {
            return self.leaf(payload, scope);
        }
        let inner = |writer: &mut Self, payload| writer.term(payload, scope, depth - 1);
        match self.random.below(16) {
            0 | 1 => self.leaf(payload, scope),
            2 => format!("({} + {})", inner(self, payload), inner(self, payload)),
            3 => format!("({} - {})", inner(self, payload), inner(self, payload)),
            4 => format!("({}) * ({})", inner(self, payload), inner(self, payload)),
            5 => {
                let function = self.random.one(&["tanh", "sigmoid", "sin", "softplus", "relu"]);
                format!("{function}({})", inner(self, payload))
            }
            6 => format!("({}) / (1 + ({})^2)", inner(self, payload), inner(self, payload)),
            7 if payload == Payload::Vector => match self.random.below(3) {
                0 => format!("(A @ ({}))", inner(self, payload)),
                1 => format!("softmax({})", inner(self, payload)),
                _ => format!("shares({})", inner(self, payload)),
            },
            7 => match self.random.below(6) {
                0 => format!("sum({})", inner(self, Payload::Vector)),
                1 => format!("mean({})", inner(self, Payload::Vector)),
                2 => format!("max({})", inner(self, Payload::Vector)),
                3 => format!("logsumexp({})", inner(self, Payload::Vector)),
                4 => format!("norm({} + 2.5)", inner(self, Payload::Vector)),
                _ => format!("(({})^T @ ({}))", inner(self, Payload::Vector), inner(self, Payload::Vector)),
            },
            8 => {
                let condition = self.condition(scope);
                format!("where({condition}, {}, {})", inner(self, payload), inner(self, payload))
            }
            9 if !scope.is_empty() => {
                let (letter, range) = scope[self.random.below(scope.len())];
                let condition = self.condition_on(letter, range, scope);
                format!("softmax[{letter}{condition}]({})", self.moving(payload, scope, depth - 1, letter))
            }
            10 if !scope.is_empty() => {
                let (letter, _) = scope[self.random.below(scope.len())];
                let function = self.random.one(&["centred", "normed"]);
                format!("{function}[{letter}]({})", self.moving(payload, scope, depth - 1, letter))
            }
            _ => self.reduction(payload, scope, depth),
        }
    }

    /// A reduction over any letter, also one that is in scope already.
    fn reduction(&mut self, payload: Payload, scope: &Scope, depth: usize) -> String {
        let (letter, range) = LETTERS[self.random.below(LETTERS.len())];
        let mut inside: Scope = scope.iter().copied().filter(|(other, _)| *other != letter).collect();
        inside.push((letter, range));
        let condition = self.condition_on(letter, range, &inside);
        let reducer = self.random.one(&["sum", "sum", "mean", "max", "min", "logsumexp", "norm"]);
        let body = self.moving(payload, &inside, depth - 1, letter);
        // At 0 a norm has no gradient.
        let body = if reducer == "norm" { format!("{body} + 2.5") } else { body };
        format!("{reducer}[{letter}{condition}]({body})")
    }

    /// An expression that depends on `letter`.
    fn moving(&mut self, payload: Payload, scope: &Scope, depth: usize, letter: &str) -> String {
        let body = self.term(payload, scope, depth);
        format!("({body} + {letter} * {} / 5)", self.leaf(payload, scope))
    }

    /// `| s <= t` and the like; something always passes.
    fn condition_on(&mut self, letter: &str, range: Range, scope: &Scope) -> String {
        let others: Vec<&str> =
            scope.iter().filter(|(other, its)| *its == range && *other != letter).map(|(other, _)| *other).collect();
        match (self.random.below(4), others.first()) {
            (0, Some(other)) => format!(" | {letter} <= {other}"),
            (1, Some(other)) => format!(" | {letter} == {other} or {letter} != 1"),
            (0, None) => format!(" | {letter} != 1"),
            _ => String::new(),
        }
    }

    fn condition(&mut self, scope: &Scope) -> String {
        let number = self.leaf(Payload::Number, scope);
        match (self.random.below(2), scope.last()) {
            (0, Some((letter, _))) => format!("{letter} % 2 == 0"),
            _ => format!("{number} > 0.1"),
        }
    }

    /// A reading, with letters of the right ranges, shifts and fixed places.
    fn leaf(&mut self, payload: Payload, scope: &Scope) -> String {
        for _ in 0..8 {
            let quantity = self.known[self.random.below(self.known.len())].clone();
            if quantity.own {
                continue;
            }
            let entry = quantity.payload == Payload::Vector && payload == Payload::Number;
            if quantity.payload != payload && !entry {
                continue;
            }
            let mut places: Vec<String> = Vec::new();
            let mut padded = false;
            for range in &quantity.axes {
                let letters: Vec<&str> =
                    scope.iter().filter(|(_, its)| its == range).map(|(letter, _)| *letter).collect();
                places.push(match (letters.as_slice(), self.random.below(6)) {
                    ([], 0..3) | (_, 0) => "1".into(),
                    ([], _) => if *range == Range::Time { "T" } else { "N" }.into(),
                    (letters, 1) => {
                        padded = true;
                        format!("{}-1", letters[self.random.below(letters.len())])
                    }
                    (letters, 2) => {
                        padded = true;
                        format!("{}+1", letters[self.random.below(letters.len())])
                    }
                    (letters, _) => letters[self.random.below(letters.len())].into(),
                });
            }
            if entry {
                places.push(self.random.one(&["1", "D"]).into());
            }
            let padding = if padded { " else 0" } else { "" };
            return match places.is_empty() {
                true => quantity.name,
                false => format!("{}[{}{padding}]", quantity.name, places.join(",")),
            };
        }
        match payload {
            Payload::Number => "c".into(),
            Payload::Vector => "(c * ones(D))".into(),
        }
    }
}

fn subscripts(axes: &[Range]) -> String {
    let letters: Vec<&str> = axes.iter().map(|range| if *range == Range::Time { "t" } else { "n" }).collect();
    if letters.is_empty() { String::new() } else { format!("[{}]", letters.join(",")) }
}

/// Derives and judges these networks; gives how many gradients were compared.
fn judged(numbers: std::ops::Range<u64>) -> usize {
    let mut gradients = 0;
    let mut told: Vec<String> = Vec::new();
    for number in numbers {
        let text = Writer::network(number);
        let (network, _) = match common::network(&text) {
            Ok(found) => found,
            Err(errors) => {
                told.push(format!("network {number} does not resolve: {}\n{text}", errors[0].message));
                continue;
            }
        };
        let derivation = match nablascope::derive(&network, &[]) {
            Ok(derivation) => derivation,
            Err(errors) => {
                told.push(format!(
                    "network {number} is not derived: {} {:?}\n{text}",
                    errors[0].message,
                    errors[0].labels.iter().map(|(_, label)| label).collect::<Vec<_>>()
                ));
                continue;
            }
        };
        match verdict(&network, &derivation, 2, Mode::Entrywise) {
            Ok(verdict) if verdict.worst < 1e-9 => gradients += verdict.gradients,
            Ok(verdict) => told.push(format!("network {number} is wrong: {:?}\n{text}", verdict.errors)),
            Err(fault) => told.push(format!("network {number} is not judged: {}\n{text}", fault.message)),
        }
    }
    assert!(told.is_empty(), "{} of them:\n{}", told.len(), told.join("\n"));
    gradients
}

#[test]
fn random_networks_over_indices_agree_with_the_judge() {
    assert!(judged(0..100) > 200);
}

/// `cargo test --test binders -- --ignored`
#[test]
#[ignore = "takes minutes"]
fn a_thousand_random_networks_agree_with_the_judge() {
    assert!(judged(100..1_200) > 2_000);
}
