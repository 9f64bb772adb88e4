//! What is claimed of a network: equations over the names of an author, beside those of the network.

use super::expression::Relation;
use super::name::Name;
use super::network::{Equation, Network};
use super::shape::Shape;
use super::source::{Diagnostic, Span};
use std::collections::{BTreeMap, BTreeSet};

/// The claims of a file, in groups that share the names of an author.
#[derive(Clone, Debug)]
pub struct Claims {
    /// The network without its claims.
    pub base: Network,
    /// The groups, in the order of the file.
    pub groups: Vec<Group>,
}

/// Claims over the same names of an author.
#[derive(Clone, Debug)]
pub struct Group {
    /// The network without claims, with constants as the claims assume them.
    pub base: Network,
    /// The network with everything the claims speak of: the author's names, both sides of each claim, derivatives and
    /// upstream gradients. The last two are quantities that are given.
    pub network: Network,
    /// The derivatives, by the name of their quantity.
    pub derivatives: BTreeMap<Name, Derivative>,
    /// Upstream gradients: the name of the quantity, and whose gradient it is.
    pub upstreams: BTreeMap<Name, Name>,
    /// The author's names, in order.
    pub locals: Vec<Name>,
    /// What is claimed, in order.
    pub claims: Vec<Claim>,
    /// Where the author's equations go round in a circle.
    pub circle: Option<Circle>,
}

/// Equations that need each other at one place, so that they define nothing. One of them is taken out, and tried by itself.
#[derive(Clone, Debug)]
pub struct Circle {
    /// The author's name that counts as given.
    pub name: Name,
    /// The quantity that holds what its equation gives.
    pub own: Name,
    /// What the reader of equations said.
    pub reason: Diagnostic,
}

/// `dA/dB` through every path.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Derivative {
    /// What is differentiated; `None` is L, the sum of all outputs times their upstream gradients.
    pub of: Option<Name>,
    /// By what.
    pub by: Name,
}

/// One equality.
#[derive(Clone, Debug)]
pub struct Claim {
    /// What it is called.
    pub name: Name,
    /// Where it was written.
    pub span: Span,
    /// The quantity that holds the left side.
    pub left: Name,
    /// The quantity that holds the right side.
    pub right: Name,
    /// What it assumes.
    pub assumptions: Vec<Assumption>,
    /// Why it can't be meant as it stands: a shape that can't be right.
    pub misfit: Option<Misfit>,
}

/// A condition under which a claim is meant.
#[derive(Clone, Debug)]
pub struct Assumption {
    /// As it was written.
    pub text: String,
    /// The quantity that holds its left side.
    pub left: Name,
    /// How they compare.
    pub relation: Relation,
    /// The quantity that holds its right side.
    pub right: Name,
}

/// Shapes that can't be right.
#[derive(Clone, Debug)]
pub struct Misfit {
    /// The name of the author whose equation is at fault; `None` for the claim itself.
    pub at: Option<Name>,
    /// The shape it has, if it has one.
    pub found: Option<Shape>,
    /// The shape it must have.
    pub wanted: Option<Shape>,
    /// What the reader of expressions said.
    pub reason: Diagnostic,
    /// The ways to turn a matrix over in which all shapes fit.
    pub turned: Vec<Turned>,
}

/// A claim whose shapes fit when one matrix is turned over, or one product taken in another order.
#[derive(Clone, Debug)]
pub struct Turned {
    /// The name of the author whose equation is changed; `None` for the claim itself.
    pub at: Option<Name>,
    /// That equation, changed.
    pub equation: Equation,
    /// The matrix that is turned over, and whether it is transposed now; `None` where it has no name.
    pub part: Option<(Name, bool)>,
    /// The claim with everything it speaks of.
    pub group: Group,
}

impl Group {
    /// All names of the group whose equations may read past the end of a range, where terms are 0: those that the network
    /// does not have.
    pub fn lenient(&self) -> BTreeSet<Name> {
        let targets = self.network.equations.iter().map(|equation| &equation.target);
        targets.filter(|target| self.base.quantity(target).is_none()).cloned().collect()
    }
}

impl Derivative {
    /// The name of the quantity that holds it: no name that can be written.
    pub fn quantity(&self) -> Name {
        match &self.of {
            Some(of) => Name::new(format!("∂{of}/∂{}", self.by)),
            None => Name::new(format!("∂L/∂{}", self.by)),
        }
    }
}
