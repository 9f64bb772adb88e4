//! From a term to its polynomial.

use super::TooLarge;
use super::atom::{Array, Atom, Condition, Index, Reduction};
use super::cancel::cancelled;
use super::canonical::bound_name;
use super::polynomial::Polynomial;
use super::rename::{Renaming, delta};
use crate::math::expression::{Binder, Op, Reducer, Relation, Term};
use crate::math::integer::Integer;
use crate::math::name::Name;
use crate::math::number::{Rational, fraction, is_pi, whole};
use crate::math::shape::{Shape, Sort};
use num_traits::{One, Signed};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Terms nested deeper than this are not lowered.
const DEPTH: usize = 200;

/// The polynomial of an entry of `term`: its axes are `Index::Axis(0)`, `Index::Axis(1)`, … A condition becomes 1 where
/// it holds.
pub fn lower(term: &Term) -> Result<Polynomial, TooLarge> {
    let at: Vec<Index> = (0..axes(term.shape()).len()).map(Index::Axis).collect();
    Lowering { depth: 0 }.entry(term, &at).map(cancelled)
}

/// The sizes of the axes of a payload. A payload of a law that may be anything counts as one axis.
pub fn axes(shape: &Shape) -> Vec<Integer> {
    match shape {
        Shape::Any(letter) => vec![Integer::name(Name::new(format!("#{letter}")))],
        other => other.axes().to_vec(),
    }
}

struct Lowering {
    depth: usize,
}

impl Lowering {
    fn entry(&mut self, term: &Term, at: &[Index]) -> Result<Polynomial, TooLarge> {
        self.depth += 1;
        if self.depth > DEPTH {
            return Err(TooLarge);
        }
        let result = self.entry_of(term, at);
        self.depth -= 1;
        result
    }

    fn entry_of(&mut self, term: &Term, at: &[Index]) -> Result<Polynomial, TooLarge> {
        let args = term.args();
        if term.ty().sort == Sort::Condition {
            return chosen(&self.condition(term, at)?, true, &Polynomial::number(Rational::one()));
        }
        match term.op() {
            // π is no fraction: folded into one, it could never be told again.
            Op::Number(value) if is_pi(value) => {
                Ok(Polynomial::atom(Atom::Number(value.abs())).scaled(&value.signum()))
            }
            Op::Number(value) => Ok(Polynomial::number(value.clone())),
            Op::Integer(integer) => Ok(Polynomial::integer(integer)),
            Op::Read(read) => Ok(Polynomial::atom(Atom::Read(Arc::new(read.clone()), at.to_vec()))),
            Op::Letter(letter) => Ok(Polynomial::atom(Atom::Letter(Arc::new(letter.clone()), at.to_vec()))),
            Op::Fill(_) => self.entry(&args[0], &[]),
            Op::Add => {
                let mut sum = Polynomial::default();
                for summand in term.summands() {
                    sum.add_scaled(&self.entry(summand, at)?, &Rational::one())?;
                }
                Ok(sum)
            }
            Op::Neg => Ok(self.entry(&args[0], at)?.scaled(&whole(-1))),
            Op::Mul => {
                let mut product = Polynomial::number(Rational::one());
                for factor in term.factors() {
                    product = product.times(&self.entry(factor, at)?)?;
                }
                Ok(cancelled(product))
            }
            Op::Div => self.entry(&args[0], at)?.times(&self.raised(&args[1], at, &whole(-1))?),
            Op::Power | Op::Apply(_) => self.raised(term, at, &Rational::one()),
            Op::MatMul => self.matmul(&args[0], &args[1], at),
            Op::Transpose => {
                let turned: Vec<Index> = at.iter().rev().copied().collect();
                self.entry(&args[0], &turned)
            }
            Op::Total => {
                let sizes = axes(args[0].shape());
                let first = fresh(at);
                let inner: Vec<Index> = (0..sizes.len()).map(|axis| Index::Open(first + axis)).collect();
                let mut sum = self.entry(&args[0], &inner)?;
                for (index, size) in inner.iter().zip(&sizes) {
                    sum = sum.contracted(*index, size)?;
                }
                Ok(sum)
            }
            Op::Reduce(reducer, binder) => self.reduce(*reducer, binder, args, at),
            Op::Where => {
                let condition = &args[0];
                let condition = self.condition(condition, if condition.shape().is_number() { &[] } else { at })?;
                let mut sum = chosen(&condition, true, &self.entry(&args[1], at)?)?;
                sum.add_scaled(&chosen(&condition, false, &self.entry(&args[2], at)?)?, &Rational::one())?;
                Ok(sum)
            }
            Op::Diag => {
                let vector = self.entry(&args[0], &at[..1])?;
                vector.times(&Polynomial::product(BTreeMap::from([(delta(at[0], at[1]), Rational::one())]))?)
            }
            Op::Diagonal => self.entry(&args[0], &[at[0], at[0]]),
            Op::Eye(_) => Polynomial::product(BTreeMap::from([(delta(at[0], at[1]), Rational::one())])),
            Op::Reshape(to) if to == args[0].shape() => self.entry(&args[0], at),
            op @ (Op::Concat | Op::Slice(..) | Op::Reshape(_) | Op::Differential | Op::Pair) => {
                let args = args.iter().map(|arg| {
                    let own: Vec<Index> = (0..axes(arg.shape()).len()).map(Index::Axis).collect();
                    Ok((arg.shape().clone(), self.entry(arg, &own)?))
                });
                let args = args.collect::<Result<_, TooLarge>>()?;
                Ok(Polynomial::atom(Atom::Array(Arc::new(Array { op: op.clone(), args, at: at.to_vec() }))))
            }
            // Conditions, met above.
            Op::Compare(_) | Op::And | Op::Or | Op::Not => Err(TooLarge),
        }
    }

    /// `term ^ exponent`, with the exponent carried inward past products, quotients and powers, so that a sum under a
    /// quotient is met before it is multiplied out.
    fn raised(&mut self, term: &Term, at: &[Index], exponent: &Rational) -> Result<Polynomial, TooLarge> {
        self.depth += 1;
        if self.depth > DEPTH {
            return Err(TooLarge);
        }
        let args = term.args();
        let splits = exponent.is_integer();
        let result = match term.op() {
            Op::Fill(_) => self.raised(&args[0], &[], exponent),
            Op::Neg if splits => {
                let sign = Polynomial::number(whole(-1)).raised(exponent)?;
                self.raised(&args[0], at, exponent)?.times(&sign)
            }
            Op::Mul if splits => {
                let mut product = Polynomial::number(Rational::one());
                for factor in term.factors() {
                    product = product.times(&self.raised(factor, at, exponent)?)?;
                }
                Ok(product)
            }
            Op::Div if splits => {
                let over = self.raised(&args[0], at, exponent)?;
                over.times(&self.raised(&args[1], at, &-exponent)?)
            }
            Op::Power => {
                let inner = self.entry(&args[1], &[])?;
                match inner.as_number() {
                    Some(inner) if splits || !inner.is_integer() => self.raised(&args[0], at, &(inner * exponent)),
                    Some(inner) => self.raised(&args[0], at, &inner)?.raised(exponent),
                    None => {
                        let base = self.entry(&args[0], at)?;
                        Polynomial::atom(Atom::Raised(Arc::new((base, inner)))).raised(exponent)
                    }
                }
            }
            Op::Apply(name) if name.as_str() == "sqrt" && args.len() == 1 => {
                self.raised(&args[0], at, &(exponent * fraction(1, 2)))
            }
            Op::Apply(name) => {
                let args = args.iter().map(|arg| self.entry(arg, at)).collect::<Result<_, _>>()?;
                Polynomial::atom(Atom::Apply(name.clone(), args)).raised(exponent)
            }
            _ => self.entry(term, at)?.raised(exponent),
        };
        self.depth -= 1;
        result
    }

    fn matmul(&mut self, left: &Term, right: &Term, at: &[Index]) -> Result<Polynomial, TooLarge> {
        let outer =
            matches!(right.shape(), Shape::Row(_)) && matches!(left.shape(), Shape::Axes(axes) if axes.len() == 1);
        if outer {
            return self.entry(left, &at[..1])?.times(&self.entry(right, &at[1..])?);
        }
        let left_axes = axes(left.shape());
        let Some(size) = left_axes.last() else { return Err(TooLarge) };
        let inner = Index::Open(fresh(at));
        let (before, after) = at.split_at(left_axes.len() - 1);
        let left = self.entry(left, &[before, &[inner]].concat())?;
        let right = self.entry(right, &[&[inner], after].concat())?;
        left.times(&right)?.contracted(inner, size)
    }

    fn reduce(
        &mut self,
        reducer: Reducer,
        binder: &Binder,
        args: &[Term],
        at: &[Index],
    ) -> Result<Polynomial, TooLarge> {
        let body = self.entry(&args[0], at)?;
        let condition = args.get(1).map(|condition| self.condition(condition, &[])).transpose()?;
        match (reducer, &condition) {
            (Reducer::Sum, None) => return body.contracted_over(&binder.index, &binder.low, &binder.high),
            (Reducer::Sum, Some(condition)) => {
                return chosen(condition, true, &body)?.contracted_over(&binder.index, &binder.low, &binder.high);
            }
            (Reducer::Mean, None) => {
                let count = Polynomial::integer(&binder.high.minus(&binder.low).offset(1));
                let sum = body.contracted_over(&binder.index, &binder.low, &binder.high)?;
                return sum.times(&count.raised(&whole(-1))?);
            }
            _ => {}
        }
        let level = body.level().max(condition.as_ref().map_or(0, Condition::level)) + 1;
        let (mut body, mut condition, mut index) = (body, condition, Some(binder.index.clone()));
        if reducer != Reducer::Softmax {
            let names = BTreeMap::from([(binder.index.clone(), Integer::name(bound_name(level, 0)))]);
            let renaming = Renaming { indices: BTreeMap::new(), names };
            body = body.renamed(&renaming)?;
            condition = condition.map(|condition| condition.renamed(&renaming)).transpose()?;
            index = None;
        }
        let (low, high) = (binder.low.clone(), binder.high.clone());
        let reduction = Reduction { level, reducer, index, low, high, body, condition };
        Ok(Polynomial::atom(Atom::Reduce(Arc::new(reduction))))
    }

    fn condition(&mut self, term: &Term, at: &[Index]) -> Result<Condition, TooLarge> {
        self.depth += 1;
        if self.depth > DEPTH {
            return Err(TooLarge);
        }
        let args = term.args();
        let result = match term.op() {
            Op::Compare(relation) => {
                Condition::compare(*relation, self.entry(&args[0], at)?, self.entry(&args[1], at)?)
            }
            Op::Not => self.condition(&args[0], at)?.denied(),
            Op::And | Op::Or => {
                let deny = *term.op() == Op::Or;
                let turn = |condition: Condition| if deny { condition.denied() } else { condition };
                let at_of = |arg: &Term| if arg.shape().is_number() { &[] } else { at };
                let left = turn(self.condition(&args[0], at_of(&args[0]))?);
                let right = turn(self.condition(&args[1], at_of(&args[1]))?);
                turn(Condition::all(vec![left, right]))
            }
            Op::Letter(letter) => Condition::Letter(Arc::new(letter.clone()), at.to_vec()),
            _ => return Err(TooLarge),
        };
        self.depth -= 1;
        Ok(result)
    }
}

/// The first open index that is not in use.
fn fresh(at: &[Index]) -> usize {
    let open = |index: &Index| if let Index::Open(number) = index { number + 1 } else { 0 };
    at.iter().map(open).max().unwrap_or(0)
}

/// `value` where `condition` is `holds`, 0 elsewhere. One side is enough: `[not c] = 1 − [c]`.
fn chosen(condition: &Condition, holds: bool, value: &Polynomial) -> Result<Polynomial, TooLarge> {
    if let Condition::Not(inner) = condition {
        return chosen(inner, !holds, value);
    }
    let there = value.times(&Polynomial::atom(Atom::Chosen(Arc::new(condition.clone()))))?;
    if holds {
        return Ok(there);
    }
    let mut result = value.clone();
    result.add_scaled(&there, &whole(-1))?;
    Ok(result)
}

impl Condition {
    /// A comparison as `<` or `==`, turned round or denied.
    pub fn compare(relation: Relation, left: Polynomial, right: Polynomial) -> Condition {
        match relation {
            Relation::Less => Condition::Compare(Relation::Less, left, right),
            Relation::Greater => Condition::Compare(Relation::Less, right, left),
            Relation::LessEqual => Condition::Compare(Relation::Less, right, left).denied(),
            Relation::GreaterEqual => Condition::Compare(Relation::Less, left, right).denied(),
            Relation::Equal if right < left => Condition::Compare(Relation::Equal, right, left),
            Relation::Equal => Condition::Compare(Relation::Equal, left, right),
            Relation::NotEqual => Condition::compare(Relation::Equal, left, right).denied(),
        }
    }

    /// The opposite.
    pub fn denied(self) -> Condition {
        match self {
            Condition::Not(condition) => *condition,
            other => Condition::Not(Box::new(other)),
        }
    }

    /// All of them, in canonical order.
    pub fn all(conditions: Vec<Condition>) -> Condition {
        let flat = conditions.into_iter().flat_map(|condition| match condition {
            Condition::And(inner) => inner,
            other => vec![other],
        });
        let mut flat: Vec<Condition> = flat.collect();
        flat.sort();
        flat.dedup();
        if flat.len() == 1 { flat.remove(0) } else { Condition::And(flat) }
    }
}
