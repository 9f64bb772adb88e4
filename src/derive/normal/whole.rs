//! Powers of sums kept whole: 1 − (y − m)² e is shorter than what it is multiplied out, and no factoring finds the way back.

use crate::math::expression::{Mark, Op, Read, Subscript, Term};
use crate::math::integer::Integer;
use crate::math::name::Name;
use crate::math::shape::Shape;
use std::collections::BTreeMap;

/// More of them are not looked at.
const MOST: usize = 6;

/// The term with a letter for every natural power of a sum, and what the letters stand for; `None` when it has none.
pub fn kept(term: &Term) -> Option<(Term, Kept)> {
    let mut kept = Kept { powers: BTreeMap::new() };
    let lettered = kept.lettered(term);
    (!kept.powers.is_empty() && kept.powers.len() <= MOST).then_some((lettered, kept))
}

/// Powers under letters.
pub struct Kept {
    powers: BTreeMap<Name, (Term, Vec<Name>)>,
}

impl Kept {
    fn lettered(&mut self, term: &Term) -> Term {
        if is_whole(term) {
            let indices: Vec<Name> = term.free_names().into_iter().collect();
            let known = self.powers.iter().find(|(_, (power, _))| power == term).map(|(name, _)| name.clone());
            let name = known.unwrap_or_else(|| Name::from(format!("#{}", self.powers.len() + 1)));
            let at = indices.iter().map(|index| Subscript::At(Integer::name(index.clone()))).collect();
            let read = Read {
                quantity: name.clone(),
                mark: Mark::Value,
                subscripts: at,
                shape: term.shape().clone(),
                constant: false,
                padded: false,
            };
            self.powers.insert(name, (term.clone(), indices));
            return Term::read(read);
        }
        let args: Vec<Term> = term.args().iter().map(|arg| self.lettered(arg)).collect();
        if args == term.args() {
            term.clone()
        } else {
            Term::new(term.op().clone(), args).unwrap_or_else(|_| term.clone())
        }
    }

    /// The term with the powers in place of their letters.
    pub fn put_back(&self, term: &Term) -> Option<Term> {
        if let Op::Read(read) = term.op()
            && let Some((power, indices)) = self.powers.get(&read.quantity)
        {
            let places = read.places()?;
            if places.len() != indices.len() {
                return None;
            }
            let put: BTreeMap<Name, Integer> = indices
                .iter()
                .cloned()
                .zip(places.into_iter().cloned())
                .filter(|(name, place)| place.as_name() != Some(name))
                .collect();
            return Some(power.at(&put));
        }
        let args = term.args().iter().map(|arg| self.put_back(arg)).collect::<Option<Vec<_>>>()?;
        if args == term.args() { Some(term.clone()) } else { Term::new(term.op().clone(), args).ok() }
    }
}

/// Whether it is a natural power of a sum.
fn is_whole(term: &Term) -> bool {
    let natural = |exponent: &Term| exponent.as_number().is_some_and(|value| value.is_integer());
    let plain = matches!(term.shape(), Shape::Axes(_));
    plain
        && matches!((term.op(), term.args()), (Op::Power, [base, exponent]) if matches!(base.op(), Op::Add) && natural(exponent))
}
