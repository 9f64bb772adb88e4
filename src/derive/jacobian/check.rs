//! The step checker, for Jacobians: replays how each equation moves and how each product is made short.
//!
//! The products themselves are made anew from what was read off, so a path that is left out or made up is found as well.

use super::super::check::{Checker, Fault, Scope};
use super::super::matching::is_number;
use super::super::normal;
use super::paths::Search;
use super::walk::Walk;
use crate::math::derivation::Step;
use crate::math::expression::{Op, Read, Term};
use crate::math::jacobian::{Block, Jacobian, Local, Path};
use crate::math::law::Book;
use std::collections::BTreeSet;

/// Checks every calculation of a Jacobian. Returns how many steps were checked. In a fault, the chain is a position
/// among the equations on the way, then the paths of the inner blocks, then those of the blocks.
pub fn check(jacobian: &Jacobian, book: &Book) -> Result<usize, Fault> {
    let network = &jacobian.network;
    let checker = Checker::new(network, book);
    let mut count = 0;
    let (mut chain, mut steps) = (0, 0);
    let mut replayed = |scope: &Scope, start: &Term, all: &[Step]| {
        let fault = |(step, reason)| Fault { chain, step: Some(step), reason };
        steps += checker.steps(scope, start, all).map_err(fault)?;
        chain += 1;
        Ok::<(), Fault>(())
    };
    for local in &jacobian.locals {
        let ranges = network.equations.get(local.equation).map_or(Vec::new(), |equation| equation.ranges.clone());
        replayed(&Scope { equation: ranges.clone(), ranges }, &local.start, &local.steps)?;
    }
    let scope = Scope { equation: Vec::new(), ranges: jacobian.ranges.clone() };
    for block in jacobian.inner.iter().chain(&jacobian.blocks) {
        for path in block.terms.iter().chain(&block.vanishing) {
            replayed(&scope, &path.product, &path.steps)?;
        }
    }
    count += steps;
    outline(jacobian, book).map_err(|reason| Fault { chain, step: None, reason })?;
    Ok(count)
}

/// Whether starts, ends and products are what they must be.
fn outline(jacobian: &Jacobian, book: &Book) -> Result<(), String> {
    let question = &jacobian.question;
    let mut walk = Walk::new(&jacobian.network, book, question, &jacobian.ranges, false);
    let pairs = || question.of.iter().flat_map(|of| question.wrt.iter().map(move |wrt| (of, wrt)));
    let mut searches = Vec::new();
    for (of, wrt) in pairs() {
        searches.push(walk.search(of, wrt)?);
    }
    jacobian.locals.iter().try_for_each(stands_alone)?;
    walk.locals.accept(&jacobian.locals)?;
    walk.inner.clone_from(&jacobian.inner);
    if jacobian.blocks.len() != searches.len() {
        return Err("there is not one block for each pair".into());
    }
    for ((block, (of, wrt)), search) in jacobian.blocks.iter().zip(pairs()).zip(&mut searches) {
        if (&block.of, &block.wrt) != (of, wrt) {
            return Err("the blocks do not stand in the order of the question".into());
        }
        let named = walk.named(of, search)?;
        is_made_of(block, search, &named, &mut walk)?;
        for inner in jacobian.inner.iter().filter(|inner| &inner.wrt == wrt && named.contains(&inner.of)) {
            is_made_of(inner, search, &named, &mut walk)?;
        }
    }
    Ok(())
}

/// Whether the terms of a block are the products along all paths, each followed by its steps.
fn is_made_of<'a>(
    block: &Block,
    search: &mut Search<'a>,
    named: &BTreeSet<Read>,
    walk: &mut Walk<'a>,
) -> Result<(), String> {
    let (mut terms, mut vanishing) = (block.terms.iter().peekable(), block.vanishing.iter().peekable());
    for product in walk.outline(&block.of, search, named)? {
        let Some(whole) = product.put_in(walk.ranges) else { continue };
        let term = whole.term()?;
        let same = |path: &&Path| path.product == term && path.along == whole.along && path.inner == product.inner;
        if terms.next_if(|path| same(path)).is_none() && vanishing.next_if(|path| same(path)).is_none() {
            return Err(format!("a path from `{}` to `{}` is left out", block.wrt.quantity, block.of.quantity));
        }
    }
    if terms.next().is_some() || vanishing.next().is_some() {
        return Err(format!("there is no such path from `{}` to `{}`", block.wrt.quantity, block.of.quantity));
    }
    for path in block.terms.iter().chain(&block.vanishing) {
        if path.steps.last().map_or(&path.product, |step| &step.after) != &path.term {
            return Err("a term is not the end of its calculation".into());
        }
    }
    let zero = |path: &Path| normal::equal(&path.term, &Term::filled(0, path.term.shape())) == Some(true);
    match block.vanishing.iter().all(zero) {
        true => Ok(()),
        false => Err("a path is said to contribute nothing, and does not end at 0".into()),
    }
}

/// Whether the last line of a calculation is the sum of all matrices times their d, by the normal form. Each d is
/// looked at with all others put to 0, those of one quantity together where some stand under sums.
fn stands_alone(local: &Local) -> Result<(), String> {
    let end = local.steps.last().map_or(&local.start, |step| &step.after);
    for slope in &local.slopes {
        let same = |read: &Read| read.quantity == slope.of.quantity;
        let summed = local.slopes.iter().any(|other| same(&other.of) && !other.sums.is_empty());
        let moves = |read: &Read| if summed { same(read) } else { *read == slope.of };
        let alone = end.map(&mut |part| match (part.op(), part.args()) {
            (Op::Differential, [leaf]) if leaf.as_read().is_none_or(|read| !moves(read)) => {
                Term::filled(0, part.shape())
            }
            (Op::Concat, args) if args.iter().all(|arg| is_number(arg, 0)) => Term::filled(0, part.shape()),
            _ => part,
        });
        let mut sum = Term::filled(0, end.shape());
        for other in local.slopes.iter().filter(|other| moves(&other.of)) {
            let d = Term::read(other.of.clone()).differential();
            let product = applied(&other.matrix, d).ok_or("a matrix does not fit what it multiplies")?;
            sum = sum.plus(product.summed(&other.sums)).map_err(|mismatch| mismatch.to_string())?;
        }
        if normal::equal(&alone, &sum) == Some(false) {
            return Err(format!("what is read off for `{}` is not what the last line says", slope.of.quantity));
        }
    }
    Ok(())
}

/// A matrix, column, row or number times a vector or number, written without stacked matrices.
fn applied(matrix: &Term, to: Term) -> Option<Term> {
    let args = matrix.args();
    match (matrix.op(), matrix.shape().axes().len()) {
        (_, 0) => matrix.clone().fill(to.shape()).times(to).ok(),
        (_, 1) if to.shape().is_number() => matrix.clone().times(to.fill(matrix.shape())).ok(),
        (Op::Eye(_), _) => Some(to),
        (Op::MatMul, 2) if args[0].shape().axes().len() == 2 => applied(&args[0], applied(&args[1], to)?),
        (Op::Concat, 2) => Term::new(Op::Concat, vec![applied(&args[0], to.clone())?, applied(&args[1], to)?]).ok(),
        (Op::Slice(..), 2) => Term::new(matrix.op().clone(), vec![applied(&args[0], to)?]).ok(),
        (Op::Neg, 2) => Some(applied(&args[0], to)?.negated()),
        (Op::Add, 2) => applied(&args[0], to.clone())?.plus(applied(&args[1], to)?).ok(),
        _ => matrix.clone().matmul(to).ok(),
    }
}
