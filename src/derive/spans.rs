//! Between which numbers the values of a term lie, whatever the data are: by what the book says of functions, by the
//! numbers that are written in the file, and by signs. An end may be open towards infinity.

use super::jacobian::bound::Bounds;
use crate::math::expression::{Op, Reducer, Term};
use crate::math::network::{Network, Role};
use crate::math::number::{Rational, whole};
use crate::math::shape::Sort;
use num_traits::{One, Signed, ToPrimitive, Zero};

/// Values are followed through so many terms and equations.
const DEPTH: usize = 24;
/// Equations among them.
const EQUATIONS: usize = 6;

/// An end of a span.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum End {
    /// −∞.
    Least,
    /// A number.
    At(Rational),
    /// ∞.
    Most,
}

/// From one end to the other.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Span {
    /// Nothing lies below.
    pub low: End,
    /// Nothing lies above.
    pub high: End,
}

/// What is known of the values of one network.
pub struct Spans<'a> {
    network: &'a Network,
    bounds: Bounds<'a>,
}

impl<'a> Spans<'a> {
    /// For a network, with what the book says of it.
    pub fn new(network: &'a Network, bounds: Bounds<'a>) -> Self {
        Spans { network, bounds }
    }

    /// Whether all entries of a term are known to lie between 0 and 1.
    pub fn is_share(&self, term: &Term) -> bool {
        self.of(term, DEPTH, EQUATIONS).is_share()
    }

    fn of(&self, term: &Term, depth: usize, equations: usize) -> Span {
        if let Some(value) = term.as_number() {
            return Span::exactly(value.clone());
        }
        let args = term.args();
        if depth == 0 || !matches!(term.op(), Op::Where) && args.iter().any(|arg| arg.ty().sort != Sort::Real) {
            return Span::anything();
        }
        let arg = |position: usize| self.of(&args[position], depth - 1, equations);
        match term.op() {
            Op::Fill(_) | Op::Transpose | Op::Reshape(_) | Op::Slice(..) | Op::Diagonal => arg(0),
            Op::Neg => arg(0).negated(),
            Op::Add => self.mixture(term, depth, equations).unwrap_or_else(|| arg(0).plus(arg(1))),
            Op::Mul => arg(0).times(&arg(1)),
            // An outer product multiplies entries; other products add some up.
            Op::MatMul if args[0].shape().axes().len() == 1 && term.shape().axes().len() == 2 => arg(0).times(&arg(1)),
            Op::Div => {
                self.share(&args[0], &args[1], depth, equations).unwrap_or_else(|| arg(0).times(&arg(1).inverse()))
            }
            Op::Power => args[1].as_number().map_or_else(Span::anything, |exponent| arg(0).power(exponent)),
            Op::Where => arg(1).joined(arg(2)),
            Op::Concat => arg(0).joined(arg(1)),
            Op::Apply(name) => match (name.as_str(), args) {
                ("max", [_, _]) => arg(0).larger(arg(1)),
                ("min", [_, _]) => arg(0).negated().larger(arg(1).negated()).negated(),
                ("relu", _) => arg(0).larger(Span::exactly(whole(0))),
                ("exp", _) => arg(0).exponential(),
                ("sqrt", _) => arg(0).root(),
                ("abs" | "softplus", _) => Span::positive(),
                _ => self.bounds.values(name).map_or_else(Span::anything, |(low, high)| Span::between(low, high)),
            },
            Op::Reduce(Reducer::Mean | Reducer::Max | Reducer::Min, _) => arg(0),
            Op::Read(read) => match self.network.quantity(&read.quantity).map(|quantity| &quantity.role) {
                Some(Role::Const(numbers)) => match (numbers.iter().min(), numbers.iter().max()) {
                    (Some(low), Some(high)) => Span::between(low.clone(), high.clone()),
                    _ => Span::anything(),
                },
                Some(_) if equations > 0 => {
                    let body = self.bounds.body(read);
                    body.map_or_else(Span::anything, |body| self.of(&body, depth - 1, equations - 1))
                }
                _ => Span::anything(),
            },
            _ => Span::anything(),
        }
    }

    /// u ⊙ a + (1 − u) ⊙ b lies where a and b do, if u is a share.
    fn mixture(&self, term: &Term, depth: usize, equations: usize) -> Option<Span> {
        let [first, second] = term.summands()[..] else { return None };
        for (one, other) in [(first, second), (second, first)] {
            let (open, closed) = (one.factors(), other.factors());
            let complement =
                |factor: &&Term| open.iter().find(|share| complement_of(plain(factor)) == Some(plain(share)));
            let Some(position) = closed.iter().position(|factor| complement(factor).is_some()) else { continue };
            let share = complement(&closed[position])?;
            if !self.of(share, depth - 1, equations).is_share() {
                continue;
            }
            let rest = |factors: &[&Term], without: &Term| {
                let mut left = factors.to_vec();
                let position = left.iter().position(|factor| *factor == without)?;
                left.remove(position);
                let spans = left.into_iter().map(|factor| self.of(factor, depth - 1, equations));
                Some(spans.fold(Span::exactly(whole(1)), |product, span| product.times(&span)))
            };
            return Some(rest(&open, share)?.joined(rest(&closed, closed[position])?));
        }
        None
    }

    /// u / (u + v) is a share where neither is negative.
    fn share(&self, top: &Term, below: &Term, depth: usize, equations: usize) -> Option<Span> {
        let unfolded = plain(below).as_read().filter(|_| equations > 0).and_then(|read| self.bounds.body(read));
        let below = unfolded.as_ref().unwrap_or(plain(below));
        let summands = below.summands();
        let is_among = summands.len() > 1 && summands.iter().any(|summand| plain(summand) == plain(top));
        let positive = |summand: &&Term| self.of(summand, depth - 1, equations).low >= End::At(whole(0));
        (is_among && summands.iter().all(positive)).then(|| Span::between(whole(0), whole(1)))
    }
}

/// What is stretched, or the term itself.
pub fn plain(term: &Term) -> &Term {
    match (term.op(), term.args()) {
        (Op::Fill(_), [inner]) => plain(inner),
        _ => term,
    }
}

/// The g of 1 − g.
pub fn complement_of(term: &Term) -> Option<&Term> {
    let (Op::Add, [first, second]) = (term.op(), term.args()) else { return None };
    [(first, second), (second, first)].into_iter().find_map(|(one, other)| {
        let is_one = plain(one).as_number().is_some_and(One::is_one);
        (is_one && matches!(other.op(), Op::Neg)).then(|| plain(&other.args()[0]))
    })
}

impl End {
    fn plus(&self, other: &End) -> End {
        match (self, other) {
            (End::At(a), End::At(b)) => End::At(a + b),
            (End::At(_), open) | (open, _) => open.clone(),
        }
    }

    /// A product with 0 is 0, also of what is open.
    fn times(&self, other: &End) -> End {
        let sign = |end: &End| match end {
            End::Least => -1,
            End::At(value) if value.is_negative() => -1,
            End::At(value) if value.is_zero() => 0,
            _ => 1,
        };
        match (self, other) {
            (End::At(a), End::At(b)) => End::At(a * b),
            _ => match sign(self) * sign(other) {
                0 => End::At(whole(0)),
                1 => End::Most,
                _ => End::Least,
            },
        }
    }

    fn negated(self) -> End {
        match self {
            End::Least => End::Most,
            End::At(value) => End::At(-value),
            End::Most => End::Least,
        }
    }

    /// 1 over an end that is not negative.
    fn inverse(&self) -> End {
        match self {
            End::At(value) if value.is_positive() => End::At(value.recip()),
            End::At(_) => End::Most,
            _ => End::At(whole(0)),
        }
    }
}

impl Span {
    fn anything() -> Self {
        Span { low: End::Least, high: End::Most }
    }

    fn between(low: Rational, high: Rational) -> Self {
        Span { low: End::At(low), high: End::At(high) }
    }

    fn exactly(value: Rational) -> Self {
        Span::between(value.clone(), value)
    }

    fn positive() -> Self {
        Span { low: End::At(whole(0)), high: End::Most }
    }

    fn is_share(&self) -> bool {
        self.low >= End::At(whole(0)) && self.high <= End::At(whole(1))
    }

    fn negated(self) -> Self {
        Span { low: self.high.negated(), high: self.low.negated() }
    }

    fn plus(self, other: Span) -> Self {
        Span { low: self.low.plus(&other.low), high: self.high.plus(&other.high) }
    }

    fn times(&self, other: &Span) -> Self {
        let ends = [&self.low, &self.high].map(|one| [one.times(&other.low), one.times(&other.high)]).concat();
        let ends = || ends.iter().cloned();
        Span { low: ends().min().unwrap_or(End::Least), high: ends().max().unwrap_or(End::Most) }
    }

    fn joined(self, other: Span) -> Self {
        Span { low: self.low.min(other.low), high: self.high.max(other.high) }
    }

    fn larger(self, other: Span) -> Self {
        Span { low: self.low.max(other.low), high: self.high.max(other.high) }
    }

    fn inverse(&self) -> Self {
        let zero = End::At(whole(0));
        match () {
            () if self.low >= zero => Span { low: self.high.inverse(), high: self.low.inverse() },
            () if self.high <= zero => self.clone().negated().inverse().negated(),
            () => Span::anything(),
        }
    }

    fn power(self, exponent: &Rational) -> Self {
        let zero = End::At(whole(0));
        if let Some(number) = exponent.to_i32().filter(|number| exponent.is_integer() && (1..=8).contains(number)) {
            let raised = (1..number).fold(self.clone(), |power, _| power.times(&self));
            let even = number % 2 == 0;
            return if even { Span { low: raised.low.max(zero), high: raised.high } } else { raised };
        }
        match () {
            () if exponent.is_negative() => self.power(&-exponent).inverse(),
            // A power with a broken exponent is of what is not negative.
            () if self.high <= End::At(whole(1)) => Span::between(whole(0), whole(1)),
            () => Span::positive(),
        }
    }

    fn exponential(self) -> Self {
        let (zero, one) = (End::At(whole(0)), End::At(whole(1)));
        Span {
            low: if self.low >= zero { one.clone() } else { zero.clone() },
            high: if self.high <= zero { one } else { End::Most },
        }
    }

    fn root(self) -> Self {
        let one = End::At(whole(1));
        Span {
            low: if self.low >= one { one.clone() } else { End::At(whole(0)) },
            high: if self.high <= one { one } else { End::Most },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(low: i64, high: i64) -> Span {
        Span::between(whole(low), whole(high))
    }

    #[test]
    fn spans_are_added_and_multiplied_by_their_ends() {
        assert_eq!(span(-1, 2).plus(span(3, 5)), span(2, 7));
        assert_eq!(span(-1, 2).times(&span(-3, 5)), span(-6, 10));
        assert_eq!(Span::positive().times(&span(-8, -8)), Span { low: End::Least, high: End::At(whole(0)) });
        assert_eq!(Span::positive().times(&Span::exactly(whole(0))), span(0, 0));
        assert_eq!(Span::anything().power(&whole(2)), Span::positive());
        assert_eq!(span(-2, 1).power(&whole(2)), span(0, 4));
        assert_eq!(span(-2, 1).power(&whole(3)), span(-8, 4));
    }

    #[test]
    fn functions_that_only_grow_carry_ends_along() {
        let below = Span { low: End::Least, high: End::At(whole(0)) };
        assert!(below.clone().exponential().is_share());
        assert!(!Span::anything().exponential().is_share());
        assert!(Span::exactly(whole(1)).plus(Span::positive()).inverse().is_share());
        assert!(!span(-1, 2).inverse().is_share());
        assert!(span(0, 1).root().is_share() && !Span::positive().root().is_share());
        assert!(Span::anything().larger(span(0, 0)).negated().larger(span(-1, -1)).negated().is_share());
    }
}
