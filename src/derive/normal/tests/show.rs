//! A plain printer, so that expectations read like a page.

use crate::math::expression::{Mark, Op, Term};
use crate::math::number::spell;

pub fn show(term: &Term) -> String {
    go(term, 0)
}

fn go(term: &Term, around: u8) -> String {
    let args = term.args();
    let (text, strength) = match term.op() {
        Op::Number(value) => (spell(value), 9),
        Op::Integer(integer) => (integer.to_string(), 9),
        Op::Read(read) => {
            let mark = match read.mark {
                Mark::Value => "",
                Mark::Adjoint => "δ",
                Mark::Upstream => "G_",
            };
            let at: Vec<String> = read.places().unwrap_or_default().iter().map(|at| at.to_string()).collect();
            let at = if at.is_empty() { String::new() } else { format!("[{}]", at.join(",")) };
            (format!("{mark}{}{at}", read.quantity), 9)
        }
        Op::Letter(letter) => (letter.name.to_string(), 9),
        Op::Fill(_) => return go(&args[0], around),
        Op::Add => match args[1].op() {
            Op::Neg => (format!("{} − {}", go(&args[0], 1), go(&args[1].args()[0], 2)), 1),
            _ => (format!("{} + {}", go(&args[0], 1), go(&args[1], 2)), 1),
        },
        Op::Neg => (format!("−{}", go(&args[0], 3)), 2),
        Op::Mul => (format!("{} ⊙ {}", go(&args[0], 3), go(&args[1], 4)), 3),
        Op::Div => (format!("{} / {}", go(&args[0], 3), go(&args[1], 4)), 3),
        Op::MatMul => (format!("{}·{}", go(&args[0], 4), go(&args[1], 5)), 4),
        Op::Power => (format!("{}^{}", go(&args[0], 6), go(&args[1], 6)), 6),
        Op::Transpose => (format!("{}ᵀ", go(&args[0], 6)), 6),
        Op::Total => (format!("total({})", go(&args[0], 0)), 9),
        Op::Reduce(reducer, binder) => {
            (format!("{reducer:?}[{}:{}..{}]({})", binder.index, binder.low, binder.high, list(args)), 9)
        }
        Op::Apply(name) => (format!("{name}({})", list(args)), 9),
        Op::Compare(relation) => (format!("{} {relation:?} {}", go(&args[0], 1), go(&args[1], 1)), 0),
        other => {
            let name = format!("{other:?}");
            (format!("{}({})", name.split(['(', ' ']).next().unwrap_or(""), list(args)), 9)
        }
    };
    if strength < around { format!("({text})") } else { text }
}

fn list(args: &[Term]) -> String {
    args.iter().map(|arg| go(arg, 0)).collect::<Vec<_>>().join(", ")
}
