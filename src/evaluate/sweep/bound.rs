//! The symbolic norm bound of one step, as a number.

use super::make::Maker;
use super::matrix::spectral_norm;
use super::tape::{Buffers, Instruction, run};
use crate::evaluate::fault::Fault;
use crate::math::expression::Term;
use crate::math::jacobian::{Block, Jacobian, Size};
use crate::math::number;

/// The code of a bound.
#[derive(Debug, Default)]
pub(super) struct BoundCode {
    /// Computes all factors.
    pub code: Vec<Instruction>,
    /// Bounds that others refer to, in an order in which they can be computed.
    inner: Vec<Vec<Summand>>,
    /// One bound for each pair of states, row by row.
    blocks: Vec<Vec<Summand>>,
}

/// `number · Π factors`
#[derive(Debug)]
struct Summand {
    number: f64,
    factors: Vec<Factor>,
}

/// How large something is.
#[derive(Debug)]
enum Factor {
    Spectral { buffer: usize, rows: usize, columns: usize },
    Largest(usize),
    Length(usize),
    Inner(usize),
}

impl Maker<'_, '_> {
    /// The code of the bound of a Jacobian of one step.
    pub(super) fn bound(&mut self, jacobian: &Jacobian) -> Result<BoundCode, Fault> {
        let mut made = BoundCode::default();
        for (inner, blocks) in [(true, &jacobian.inner), (false, &jacobian.blocks)] {
            for block in blocks {
                let summands = self.block(block, &mut made.code)?;
                if inner { &mut made.inner } else { &mut made.blocks }.push(summands);
            }
        }
        Ok(made)
    }

    fn block(&mut self, block: &Block, code: &mut Vec<Instruction>) -> Result<Vec<Summand>, Fault> {
        let mut summands = Vec::new();
        for limit in &block.bound.summands {
            let mut factors = Vec::new();
            for size in &limit.factors {
                factors.push(match size {
                    Size::Spectral(term) => {
                        let (buffer, dims) = self.kept(term, code)?;
                        let rows = dims.first().copied().unwrap_or(1);
                        Factor::Spectral { buffer, rows, columns: dims.get(1).copied().unwrap_or(1) }
                    }
                    Size::Largest(term) => Factor::Largest(self.kept(term, code)?.0),
                    Size::Length(term) => Factor::Length(self.kept(term, code)?.0),
                    Size::Inner(position) => Factor::Inner(*position),
                });
            }
            summands.push(Summand { number: number::to_f64(&limit.number), factors });
        }
        Ok(summands)
    }

    /// A term in a buffer of its own, with its payload.
    fn kept(&mut self, term: &Term, code: &mut Vec<Instruction>) -> Result<(usize, Vec<usize>), Fault> {
        let mut lower = self.plain();
        let form = lower.term(term)?;
        if !form.axes.is_empty() {
            return Err(Fault::error("a bound depends on an index that has no value"));
        }
        let dims = form.dims.clone();
        let buffer = lower.keep(&form, &[])?;
        code.append(&mut lower.code);
        self.room.release();
        Ok((buffer, dims))
    }
}

impl BoundCode {
    /// ln of the bound of the whole one-step Jacobian: of the spectral norm of the matrix of all blocks' bounds.
    pub(super) fn value(&self, buffers: &mut Buffers<'_>, step: i64, table: &mut Vec<Option<usize>>) -> f64 {
        run(&self.code, buffers, step, table);
        let mut inner: Vec<f64> = Vec::new();
        for summands in &self.inner {
            inner.push(sum(summands, buffers, &inner));
        }
        let blocks: Vec<f64> = self.blocks.iter().map(|summands| sum(summands, buffers, &inner)).collect();
        let count = libm::sqrt(blocks.len() as f64) as usize;
        libm::log(match blocks.as_slice() {
            [one] => *one,
            all if all.iter().all(|bound| bound.is_finite()) => spectral_norm(all, count, count),
            _ => f64::INFINITY,
        })
    }
}

fn sum(summands: &[Summand], buffers: &Buffers<'_>, inner: &[f64]) -> f64 {
    let factor = |factor: &Factor| match factor {
        Factor::Spectral { buffer, rows, columns } => spectral_norm(&buffers[*buffer], *rows, *columns),
        Factor::Largest(buffer) => buffers[*buffer].iter().fold(0.0f64, |most, entry| most.max(entry.abs())),
        Factor::Length(buffer) => super::matrix::norm(&buffers[*buffer]),
        Factor::Inner(position) => inner.get(*position).copied().unwrap_or(f64::INFINITY),
    };
    summands.iter().map(|summand| summand.number.abs() * summand.factors.iter().map(factor).product::<f64>()).sum()
}
