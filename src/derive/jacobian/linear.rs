//! Linear maps between numbers and vectors, as products of matrices: what stands beside a d.

use crate::math::expression::{Binder, Op, Read, Reducer, Term};
use crate::math::integer::Integer;
use crate::math::jacobian::shape_of;
use crate::math::name::Name;
use crate::math::number::{Rational, whole};
use crate::math::shape::Shape;
use num_traits::{One, Zero};
use std::collections::{BTreeMap, BTreeSet};

/// `Π numbers · Π factors`: a product of matrices, columns and rows with numbers in front.
#[derive(Clone, PartialEq, Debug)]
pub struct Linear {
    /// Numbers in front.
    pub numbers: Vec<Term>,
    /// Matrices, columns and rows, from left to right; none is the identity.
    pub factors: Vec<Term>,
    /// What comes out: a number or a vector.
    pub out: Shape,
    /// What goes in.
    pub into: Shape,
}

/// A d of one reading, the sums it stands under, and the term with all other d's left out.
pub struct Lone {
    /// The reading.
    pub of: Read,
    /// The sums around it, outermost first.
    pub sums: Vec<Binder>,
    /// The term in which it alone moves, without those sums.
    pub term: Term,
}

/// Takes a sum of terms that are linear in d's apart, one d at a time. The sums go outside; their letters avoid `taken`.
pub fn lone(term: &Term, taken: &BTreeSet<Name>) -> Result<Vec<Lone>, String> {
    let (op, args) = (term.op(), term.args());
    if !term.moves() {
        return Ok(Vec::new());
    }
    match (op, args) {
        (Op::Differential, [leaf]) => match leaf.as_read() {
            Some(read) => Ok(vec![Lone { of: read.clone(), sums: Vec::new(), term: term.clone() }]),
            None => Err(format!("no law of the book moves {}", what(leaf))),
        },
        (Op::Add, [left, right]) => {
            let mut all = lone(left, taken)?;
            all.extend(lone(right, taken)?);
            Ok(all)
        }
        (Op::Reduce(Reducer::Sum, binder), _) => {
            let mut taken = taken.clone();
            let mut binder = binder.clone();
            let mut put = BTreeMap::new();
            if taken.contains(&binder.index) {
                taken.extend(args.iter().flat_map(Term::free_names));
                let letter = binder.index.beside(&taken);
                put.insert(binder.index.clone(), Integer::name(letter.clone()));
                binder.index = letter;
            }
            taken.insert(binder.index.clone());
            let mut all = lone(&args[0].at(&put), &taken)?;
            for one in &mut all {
                one.sums.insert(0, binder.clone());
                if let Some(condition) = args.get(1) {
                    let zero = Term::filled(0, one.term.shape());
                    let chosen = Term::new(Op::Where, vec![condition.at(&put), one.term.clone(), zero]);
                    one.term = chosen.map_err(|mismatch| mismatch.to_string())?;
                }
            }
            Ok(all)
        }
        (Op::Reduce(..), _) => Err(format!("no law of the book moves {}", what(term))),
        _ => {
            let moving: Vec<usize> = (0..args.len()).filter(|position| args[*position].moves()).collect();
            let separate = matches!(op, Op::Where | Op::Concat);
            if moving.len() > 1 && !separate {
                return Err("a product of two differentials is left".into());
            }
            let mut all = Vec::new();
            for position in moving {
                for one in lone(&args[position], taken)? {
                    let still = |other: usize, arg: &Term| match () {
                        () if other == position => one.term.clone(),
                        () if separate && arg.moves() => Term::filled(0, arg.shape()),
                        () => arg.clone(),
                    };
                    let args = args.iter().enumerate().map(|(other, arg)| still(other, arg)).collect();
                    let term = Term::new(op.clone(), args).map_err(|mismatch| mismatch.to_string())?;
                    all.push(Lone { term, ..one });
                }
            }
            Ok(all)
        }
    }
}

/// The words for what cannot be moved.
fn what(term: &Term) -> String {
    match term.op() {
        Op::Apply(name) => format!("`{name}`"),
        Op::Reduce(reducer, _) => format!("`{}` over an index", format!("{reducer:?}").to_lowercase()),
        op => format!("`{}`", format!("{op:?}").split(['(', ' ']).next().unwrap_or_default().to_lowercase()),
    }
}

impl Linear {
    /// The identity of a payload.
    pub fn identity(shape: &Shape) -> Linear {
        Linear { numbers: Vec::new(), factors: Vec::new(), out: shape.clone(), into: shape.clone() }
    }

    /// What a term does to the one d in it. Rows are looked at as the columns they are transposes of.
    pub fn of(term: &Term) -> Result<Linear, String> {
        let (op, args) = (term.op(), term.args());
        let unable = || Err(format!("{} of what moves is no product of matrices with vectors", what(term)));
        if *op == Op::Differential {
            return match args[0].shape().axes() {
                [] | [_] => Ok(Linear::identity(args[0].shape())),
                _ => Err(format!("`{}` is {}", quantity(&args[0]), args[0].shape())),
            };
        }
        let Some(position) = args.iter().position(Term::moves) else { return Err("nothing moves".into()) };
        match op {
            Op::Neg => Ok(Linear::of(&args[0])?.scaled(Term::number(whole(-1)))),
            Op::Transpose if args[0].shape().axes().len() < 2 => Linear::of(&args[0]),
            Op::Mul => Linear::of(&args[position])?.entries(column(&args[1 - position])?),
            Op::Div if position == 0 => {
                let below = column(&args[1])?;
                let over = Term::filled(1, below.shape());
                Linear::of(&args[0])?.entries(Term::new(Op::Div, vec![over, below]).map_err(text)?)
            }
            Op::Where if position > 0 => {
                let (yes, no) = if position == 1 { (1, 0) } else { (0, 1) };
                let shape = args[0].shape();
                let choice = vec![args[0].clone(), Term::filled(yes, shape), Term::filled(no, shape)];
                Linear::of(&args[position])?.entries(Term::new(Op::Where, choice).map_err(text)?)
            }
            Op::Fill(shape) => match shape.axes() {
                [_] => Linear::of(&args[0])?.after(column(&Term::filled(1, shape))?),
                _ => unable(),
            },
            Op::Total => {
                let inner = Linear::of(&args[0])?;
                if inner.out.is_number() {
                    return Ok(inner);
                }
                let ones = Term::filled(1, &inner.out);
                inner.after(ones.transposed().map_err(text)?)
            }
            Op::MatMul if position == 1 && args[1].shape().axes().len() < 2 => match (args[0].shape(), args[1].shape())
            {
                (Shape::Axes(axes), Shape::Row(_)) if axes.len() == 1 => unable(),
                _ => Linear::of(&args[1])?.after(args[0].clone()),
            },
            // A row times a matrix or a column: the transpose of the other side times the column.
            Op::MatMul if position == 0 && matches!(args[0].shape(), Shape::Row(_)) => {
                Linear::of(&args[0])?.after(args[1].clone().transposed().map_err(text)?)
            }
            Op::Concat => {
                let inner = Linear::of(&args[position])?;
                let [size] = inner.out.axes() else { return unable() };
                let [other] = args[1 - position].shape().axes() else { return unable() };
                let eye = Term::new(Op::Eye(size.clone()), Vec::new()).map_err(text)?;
                let zero = Term::filled(0, &Shape::matrix(other.clone(), size.clone()));
                let stacked = if position == 0 { vec![eye, zero] } else { vec![zero, eye] };
                inner.after(Term::new(Op::Concat, stacked).map_err(text)?)
            }
            Op::Slice(low, high) => {
                let inner = Linear::of(&args[0])?;
                let [size] = inner.out.axes() else { return unable() };
                let eye = Term::new(Op::Eye(size.clone()), Vec::new()).map_err(text)?;
                inner.after(Term::new(Op::Slice(low.clone(), high.clone()), vec![eye]).map_err(text)?)
            }
            Op::Reshape(to) if to.axes().len() == 1 && args[0].shape().axes().len() == 1 => Linear::of(&args[0]),
            _ => unable(),
        }
    }

    /// The product with a number.
    pub fn scaled(mut self, number: Term) -> Linear {
        self.numbers.push(number);
        self
    }

    /// Entry by entry times `by`, after this.
    fn entries(mut self, by: Term) -> Result<Linear, String> {
        let by = match by.op() {
            Op::Fill(_) => by.args()[0].clone(),
            _ => by,
        };
        if by.shape().is_number() {
            return Ok(self.scaled(by));
        }
        self.factors.insert(0, Term::new(Op::Diag, vec![by]).map_err(text)?);
        Ok(self)
    }

    /// A matrix, row or column after this.
    fn after(mut self, left: Term) -> Result<Linear, String> {
        self.out = match left.shape() {
            Shape::Row(_) => Shape::number(),
            Shape::Axes(axes) if !axes.is_empty() => Shape::vector(axes[0].clone()),
            other => return Err(format!("{other} is no matrix")),
        };
        self.factors.insert(0, left);
        Ok(self)
    }

    /// This after `first`.
    pub fn compose(&self, first: &Linear) -> Linear {
        Linear {
            numbers: [self.numbers.as_slice(), &first.numbers].concat(),
            factors: [self.factors.as_slice(), &first.factors].concat(),
            out: self.out.clone(),
            into: first.into.clone(),
        }
    }

    /// With integers put for indices.
    pub fn at(&self, put: &BTreeMap<Name, Integer>) -> Linear {
        let all = |terms: &[Term]| terms.iter().map(|term| term.at(put)).collect();
        Linear { numbers: all(&self.numbers), factors: all(&self.factors), ..self.clone() }
    }

    /// The payload of its matrix.
    pub fn shape(&self) -> Shape {
        shape_of(&self.out, &self.into).unwrap_or_else(Shape::number)
    }

    /// Whether it is 0 everywhere.
    pub fn is_zero(&self) -> bool {
        let zero = |term: &Term| term.as_number().is_some_and(Zero::is_zero);
        let entries = |factor: &Term| matches!(factor.op(), Op::Diag | Op::Transpose) && zero(&factor.args()[0]);
        self.numbers.iter().any(zero) || self.factors.iter().any(|factor| zero(factor) || entries(factor))
    }

    /// As a term: a matrix, a column, a row or a number.
    pub fn term(&self) -> Option<Term> {
        let shape = self.shape();
        let mut numbers: Vec<Term> = self.numbers.clone();
        let mut product: Option<Term> = None;
        for factor in &self.factors {
            product = Some(match product {
                None => factor.clone(),
                Some(before) if before.shape().is_number() => {
                    numbers.push(before);
                    factor.clone()
                }
                Some(before) => before.matmul(factor.clone()).ok()?,
            });
        }
        let product = match product {
            Some(product) => product,
            None => match shape.axes() {
                [] => Term::filled(1, &shape),
                [size, _] => Term::new(Op::Eye(size.clone()), Vec::new()).ok()?,
                _ => return None,
            },
        };
        if product.shape() != &shape {
            return None;
        }
        let minus = numbers.iter().filter(|number| number.as_number() == Some(&whole(-1))).count() % 2 == 1;
        numbers.retain(|number| number.as_number() != Some(&whole(-1)));
        let one = product.as_number().is_some_and(|value: &Rational| value.is_one()) && shape.is_number();
        let mut all: Vec<Term> = numbers.into_iter().map(|number| number.fill(&shape)).collect();
        all.extend((all.is_empty() || !one).then_some(product));
        let whole = all.into_iter().map(Some).reduce(|left, right| left?.times(right?).ok()).flatten()?;
        Some(if minus { whole.negated() } else { whole })
    }
}

/// A row as a column; anything else as it is.
fn column(term: &Term) -> Result<Term, String> {
    match term.shape() {
        Shape::Row(_) => term.clone().transposed().map_err(text),
        _ => Ok(term.clone()),
    }
}

fn quantity(term: &Term) -> String {
    term.as_read().map_or_else(|| "it".into(), |read| read.quantity.to_string())
}

fn text(mismatch: crate::math::typing::Mismatch) -> String {
    mismatch.to_string()
}
