//! Products of factors over different axes: stretched, scaled and multiplied outward.

use super::atom::Index;
use super::raise::{Factor, Raising};
use crate::math::expression::{Op, Term};
use crate::math::shape::Shape;
use std::collections::{BTreeMap, BTreeSet};

/// The factors over one set of axes, upper and lower.
#[derive(Default)]
pub struct Bucket {
    /// Multiplied.
    pub over: Vec<Term>,
    /// Divided by.
    pub under: Vec<Term>,
}

/// Factors by the axes they are over, in ascending order.
pub type Buckets = BTreeMap<Vec<Index>, Bucket>;

impl Raising<'_> {
    /// The product of factors over `out`, stretched or multiplied outward where a factor has fewer axes.
    pub fn assemble(&mut self, factors: Vec<Factor>, out: &[Index]) -> Option<Term> {
        let mut buckets = Buckets::new();
        for factor in factors {
            put(&mut buckets, factor)?;
        }
        let scalars = buckets.remove(&Vec::new()).unwrap_or_default();
        let mut sorted = out.to_vec();
        sorted.sort_unstable();
        let shape = self.shape(out)?;
        let mut main = buckets.remove(&sorted);
        if out.is_empty() {
            return self.bucket(scalars, &[]);
        }
        let stretched = |terms: Vec<Term>| terms.into_iter().map(|term| term.fill(&shape)).collect::<Vec<_>>();
        let (over, under) = (stretched(scalars.over), stretched(scalars.under));
        if let [i, j] = out
            && !buckets.is_empty()
        {
            let mut side = |index: &Index| buckets.remove(std::slice::from_ref(index));
            let (rows, columns) = (side(i), side(j));
            if !buckets.is_empty() {
                return None;
            }
            let matrix = match main.take() {
                Some(bucket) => {
                    let mut matrix = self.bucket(bucket, &sorted)?;
                    if sorted != out {
                        matrix = transposed(matrix)?;
                    }
                    let diag = |raising: &mut Self, bucket, index: &Index| {
                        Term::new(Op::Diag, vec![raising.bucket(bucket, &[*index])?]).ok()
                    };
                    let identity = matches!(matrix.op(), Op::Eye(_));
                    if let Some(rows) = rows {
                        let scale = diag(self, rows, i)?;
                        matrix = if identity { scale } else { scale.matmul(matrix).ok()? };
                    }
                    if let Some(columns) = columns {
                        let scale = diag(self, columns, j)?;
                        matrix = if identity { scale } else { matrix.matmul(scale).ok()? };
                    }
                    matrix
                }
                None => {
                    let mut vector = |bucket: Option<Bucket>, index: &Index| match bucket {
                        Some(bucket) => self.bucket(bucket, &[*index]),
                        None => Some(Term::filled(1, &self.shape(&[*index])?)),
                    };
                    let (left, right) = (vector(rows, i)?, vector(columns, j)?);
                    left.matmul(transposed(right)?).ok()?
                }
            };
            let all = Bucket { over: [over, vec![matrix]].concat(), under };
            return self.bucket(all, out);
        }
        if !buckets.is_empty() {
            return None;
        }
        let mut all = main.unwrap_or_default();
        if sorted != out {
            let turn = |terms: Vec<Term>| terms.into_iter().map(transposed).collect::<Option<Vec<_>>>();
            all = Bucket { over: turn(all.over)?, under: turn(all.under)? };
        }
        all.over.extend(over);
        all.under.extend(under);
        self.bucket(all, out)
    }

    /// The product of the upper factors over the product of the lower ones.
    pub fn bucket(&mut self, mut bucket: Bucket, at: &[Index]) -> Option<Term> {
        self.hint.sort_factors(&mut bucket.over);
        self.hint.sort_factors(&mut bucket.under);
        let over = match bucket.over.is_empty() {
            true => Term::filled(1, &self.shape(at)?),
            false => self.product(bucket.over)?,
        };
        if bucket.under.is_empty() {
            return Some(over);
        }
        let under = self.product(bucket.under)?;
        Term::new(Op::Div, vec![over, under]).ok()
    }

    /// The product of factors over the same axes.
    pub fn product(&mut self, factors: Vec<Term>) -> Option<Term> {
        factors.into_iter().map(Some).reduce(|product, next| product?.times(next?).ok())?
    }
}

/// Puts a factor among those over the same axes, a matrix turned so that the smaller index comes first.
pub fn put(buckets: &mut Buckets, factor: Factor) -> Option<()> {
    let (mut at, mut term) = (factor.at, factor.term);
    if !at.is_sorted() {
        if at.len() != 2 {
            return None;
        }
        at.reverse();
        term = transposed(term)?;
    }
    let bucket = buckets.entry(at).or_default();
    if factor.below {
        bucket.under.push(term)
    } else {
        bucket.over.push(term)
    }
    Some(())
}

/// `termᵀ`, without turning twice.
pub fn transposed(term: Term) -> Option<Term> {
    match term.op() {
        Op::Transpose => Some(term.args()[0].clone()),
        Op::MatMul if matches!(term.shape(), Shape::Axes(axes) if axes.len() == 2) => {
            let (left, right) = (term.args()[0].clone(), term.args()[1].clone());
            transposed(right)?.matmul(transposed(left)?).ok()
        }
        Op::Diag | Op::Eye(_) => Some(term),
        _ => term.transposed().ok(),
    }
}

/// The axes of all factors.
pub fn free(factors: &[Factor]) -> Vec<Index> {
    factors.iter().flat_map(|factor| factor.at.iter().copied()).collect::<BTreeSet<_>>().into_iter().collect()
}
