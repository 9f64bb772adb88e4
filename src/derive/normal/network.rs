//! Contractions as matrix products: bound indices are summed one after the other, the cheapest first.

use super::assemble::{Buckets, free, put, transposed};
use super::atom::{Bound, Contraction, Index};
use super::raise::{Factor, Raising};
use super::rename::Renaming;
use crate::math::expression::{Binder, Op, Reducer, Term};
use crate::math::integer::Integer;
use std::collections::BTreeSet;

impl Raising<'_> {
    /// A contraction as factors over its free axes.
    pub fn contraction(&mut self, sum: &Contraction) -> Option<Vec<Factor>> {
        let (factors, binders) = self.body(sum)?;
        let axes = inner_axes(sum);
        self.summed(factors, &axes, binders, false)
    }

    /// A contraction divided by the size of everything it sums over.
    pub fn mean(&mut self, sum: &Contraction) -> Option<Factor> {
        let (factors, mut binders) = self.body(sum)?;
        let axes = inner_axes(sum);
        let mut found = match (axes.as_slice(), binders.len()) {
            ([], 1..) => {
                let out = free(&factors);
                let mut term = self.assemble(factors, &out)?;
                while let Some(binder) = binders.pop() {
                    term = Term::new(Op::Reduce(Reducer::Mean, binder), vec![term]).ok()?;
                }
                vec![Factor { term, at: out, below: false }]
            }
            (_, 0) => {
                let total = self.summed(factors, &axes, binders, true)?;
                let [total] = total.as_slice() else { return None };
                let sizes = axes.iter().map(|index| self.sizes.get(index).cloned());
                let count = sizes.reduce(|product, size| Some(product?.times(&size?)))??;
                let count = Term::new(Op::Integer(count), vec![]).ok()?;
                let count = count.fill(total.term.shape());
                let term = Term::new(Op::Div, vec![total.term.clone(), count]).ok()?;
                vec![Factor { term, at: total.at.clone(), below: false }]
            }
            _ => return None,
        };
        found.pop()
    }

    /// The factors under a sum, with its sizes in sight and letters for its ranges.
    fn body(&mut self, sum: &Contraction) -> Option<(Vec<Factor>, Vec<Binder>)> {
        let (mut renaming, mut binders) = (Renaming::default(), Vec::new());
        for (position, bound) in sum.bounds.iter().enumerate() {
            match bound {
                Bound::Axis(size) => {
                    self.sizes.insert(Index::Bound(sum.level, position), size.clone());
                }
                Bound::Range(low, high) => {
                    let index = self.letter(low, high);
                    renaming
                        .names
                        .insert(super::canonical::bound_name(sum.level, position), Integer::name(index.clone()));
                    binders.push(Binder { index, low: low.clone(), high: high.clone() });
                }
            }
        }
        let factors = if binders.is_empty() {
            self.factors(&sum.body)?
        } else {
            let body = sum.body.renamed(&renaming).ok()?;
            let (body, coefficient) = body.single()?;
            if !num_traits::One::is_one(coefficient) {
                return None;
            }
            self.factors(body)?
        };
        for binder in &binders {
            self.used.remove(&binder.index);
        }
        Some((factors, binders))
    }

    /// Sums the product of `factors` over `axes`, then over `binders`.
    fn summed(
        &mut self,
        factors: Vec<Factor>,
        axes: &[Index],
        binders: Vec<Binder>,
        total: bool,
    ) -> Option<Vec<Factor>> {
        let mut buckets = Buckets::new();
        for factor in factors {
            put(&mut buckets, factor)?;
        }
        let mut open: Vec<Index> = axes.to_vec();
        // All entries of one matrix are added up at once.
        let mut whole: Vec<Index> = axes.to_vec();
        whole.sort_unstable();
        let alone = whole.len() == 2 && buckets.keys().all(|at| at.is_empty() || *at == whole);
        if let Some(mut bucket) = if alone { buckets.remove(&whole) } else { None } {
            self.hint.sort_dot(&mut bucket.over);
            let sum = Term::new(Op::Total, vec![self.bucket(bucket, &whole)?]).ok()?;
            put(&mut buckets, Factor { term: sum, at: Vec::new(), below: false })?;
            open.clear();
        }
        while !open.is_empty() {
            let around = |index: &Index| {
                let sets = buckets.keys().filter(|at| at.contains(index));
                sets.flat_map(|at| at.iter().filter(move |other| *other != index)).collect::<BTreeSet<_>>().len()
            };
            let (place, index) =
                open.iter().copied().enumerate().min_by_key(|(place, index)| (around(index), *place))?;
            open.remove(place);
            self.eliminate(&mut buckets, index, total)?;
        }
        let mut result = Vec::new();
        for (at, bucket) in buckets {
            let below = |below| move |term| Factor { term, at: at.clone(), below };
            result.extend(bucket.over.into_iter().map(below.clone()(false)));
            result.extend(bucket.under.into_iter().map(below(true)));
        }
        for binder in binders.into_iter().rev() {
            let out = free(&result);
            let body = self.assemble(result, &out)?;
            let term = Term::new(Op::Reduce(Reducer::Sum, binder), vec![body]).ok()?;
            result = vec![Factor { term, at: out, below: false }];
        }
        Some(result)
    }

    /// Sums over one index: a dot product, a matrix with a vector, or two matrices.
    fn eliminate(&mut self, buckets: &mut Buckets, index: Index, total: bool) -> Option<()> {
        let sets: Vec<Vec<Index>> = buckets.keys().filter(|at| at.contains(&index)).cloned().collect();
        let mut vector = None;
        let mut matrices = Vec::new();
        for at in sets {
            let bucket = buckets.remove(&at)?;
            match at.as_slice() {
                [_] => vector = Some(bucket),
                [i, j] => {
                    let other = if *i == index { *j } else { *i };
                    let matrix = self.bucket(bucket, &at)?;
                    // Written with `index` as the column: M[other, index].
                    let matrix = if *i == index { transposed(matrix)? } else { matrix };
                    matrices.push((other, matrix));
                }
                _ => return None,
            }
        }
        let result = match (matrices.as_slice(), vector) {
            ([], Some(mut bucket)) => {
                self.hint.sort_dot(&mut bucket.over);
                let term = if !total && bucket.over.len() >= 2 && bucket.under.is_empty() {
                    let right = bucket.over.split_off(1);
                    let left = bucket.over.pop()?;
                    let right = self.product(right)?;
                    Term::new(Op::MatMul, vec![transposed(left)?, right]).ok()?
                } else {
                    Term::new(Op::Total, vec![self.bucket(bucket, &[index])?]).ok()?
                };
                Factor { term, at: Vec::new(), below: false }
            }
            ([(other, matrix)], vector) => {
                let vector = match vector {
                    Some(bucket) => self.bucket(bucket, &[index])?,
                    None => Term::filled(1, &self.shape(&[index])?),
                };
                let term = Term::new(Op::MatMul, vec![matrix.clone(), vector]).ok()?;
                Factor { term, at: vec![*other], below: false }
            }
            ([(i, left), (j, right)], vector) => {
                // The left one is the one that the reader meets first.
                let mut pair = [(*i, left.clone()), (*j, right.clone())];
                if i > j {
                    pair.swap(0, 1);
                }
                let [(i, left), (j, right)] = pair;
                let mut term = left;
                if let Some(bucket) = vector {
                    let scale = Term::new(Op::Diag, vec![self.bucket(bucket, &[index])?]).ok()?;
                    term = Term::new(Op::MatMul, vec![term, scale]).ok()?;
                }
                let term = Term::new(Op::MatMul, vec![term, transposed(right)?]).ok()?;
                Factor { term, at: vec![i, j], below: false }
            }
            _ => return None,
        };
        put(buckets, result)
    }
}

fn inner_axes(sum: &Contraction) -> Vec<Index> {
    let axes = sum.bounds.iter().enumerate().filter(|(_, bound)| matches!(bound, Bound::Axis(_)));
    axes.map(|(position, _)| Index::Bound(sum.level, position)).collect()
}
