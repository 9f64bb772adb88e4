//! A mask among factors: what it keeps out stays out, even where the slope beside it is infinite.

use crate::math::expression::{Op, Term};
use crate::math::number;

/// `where(c, u, 0) ⊙ v` as `where(c, u ⊙ v, 0)`, if a factor is such a mask.
pub(super) fn masked(term: &Term) -> Option<Term> {
    let factors = term.factors();
    let mask = |factor: &&Term| matches!(factor.op(), Op::Where) && factor.args()[1..].iter().any(is_zero);
    let at = factors.iter().position(mask)?;
    let args = factors[at].args();
    let others = || factors.iter().enumerate().filter(|(other, _)| *other != at).map(|(_, other)| (*other).clone());
    let times = |branch: &Term| match is_zero(branch) {
        true => Some(branch.clone()),
        false => others().try_fold(branch.clone(), |product, other| product.times(other).ok()),
    };
    Term::new(Op::Where, vec![args[0].clone(), times(&args[1])?, times(&args[2])?]).ok()
}

fn is_zero(term: &Term) -> bool {
    let inner = if let Op::Fill(_) = term.op() { &term.args()[0] } else { term };
    inner.as_number().is_some_and(|number| number == &number::whole(0))
}
