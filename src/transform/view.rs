//! A network as it was written, with what its structure says: which quantities recur, what reads a state at another place, and
//! what stands for what.

use super::walk;
use crate::math::name::Name;
use crate::math::network::{Network, Role};
use crate::math::syntax::{
    Declaration, DeclaredRole, Definition, Expression, NetworkFile, ProductOperator, Statement, SubscriptForm, Written,
    WrittenEquation, WrittenSubscript,
};
use std::collections::{BTreeMap, BTreeSet};

/// What a text alone does not say.
pub trait Facts {
    /// What a function of one number is like; `template` is a call with `u` for what varies, such as `max(0, u)`.
    fn nature(&self, template: &str) -> Option<Nature>;
    /// The largest absolute slope of such a function.
    fn steepest(&self, template: &str) -> Option<f64>;
    /// The s at which weights drawn from normal(0, s / sqrt(inputs)) carry gradients, or why that is not known.
    fn critical(&self) -> Result<f64, String>;
    /// A definition of the file, of one it uses, or of the library.
    fn definition(&self, name: &Name) -> Option<&Definition>;
}

/// What a function of one number is like.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Nature {
    /// Its values lie between 0 and 1 and come near both: it can be a gate.
    pub unit: bool,
    /// It is defined everywhere and grows no faster than its argument.
    pub activation: bool,
}

/// A file with its structure.
pub struct View<'a> {
    /// As it was written.
    pub file: &'a NetworkFile,
    /// As it was understood.
    pub network: &'a Network,
    /// What else is known.
    pub facts: &'a dyn Facts,
    /// The equations that hold at all places, without the loss.
    pub lines: Vec<&'a WrittenEquation>,
    /// The quantities that a state is made of and that it makes: the step. Without a recurrence, all that is computed.
    pub step: BTreeSet<Name>,
    /// The states: what is read at another place of its own recurrence.
    pub states: BTreeSet<Name>,
    /// Whether a byte is no comment.
    pub(super) code: Vec<bool>,
}

impl<'a> View<'a> {
    /// Of a file and its network.
    pub fn new(file: &'a NetworkFile, network: &'a Network, facts: &'a dyn Facts) -> Self {
        let general = |equation: &&WrittenEquation| {
            network.equations.iter().any(|known| known.span.start == equation.span.start && !known.is_case())
                || network.equations.iter().all(|known| known.span.start != equation.span.start)
        };
        let lines = file
            .statements
            .iter()
            .filter_map(|statement| match &statement.node {
                Statement::Equation(equation) => Some(equation),
                _ => None,
            })
            .filter(general)
            .collect();
        let code = super::text::code(&file.source.text);
        let mut view = View { file, network, facts, lines, step: BTreeSet::new(), states: BTreeSet::new(), code };
        view.recur();
        view
    }

    /// Finds states and step.
    fn recur(&mut self) {
        let mut edges: BTreeMap<Name, BTreeMap<Name, bool>> = BTreeMap::new();
        for line in &self.lines {
            let from = edges.entry(line.target.node.clone()).or_default();
            self.reads(&line.body, &mut |written, name| {
                if self.network.quantity(name).is_some_and(|quantity| quantity.role.is_computed()) {
                    *from.entry(name.clone()).or_default() |= self.moved(written);
                }
            });
        }
        let reach: BTreeMap<&Name, BTreeSet<&Name>> = edges.keys().map(|name| (name, reached(&edges, name))).collect();
        let together = |one: &Name, other: &Name| {
            reach.get(one).is_some_and(|all| all.contains(other))
                && reach.get(other).is_some_and(|all| all.contains(one))
        };
        for (target, reads) in &edges {
            let moved = reads.iter().filter(|(name, moved)| **moved && together(target, name));
            self.states.extend(moved.map(|(name, _)| name.clone()));
        }
        let recurs = |name: &&Name| self.states.iter().any(|state| together(state, name) || state == *name);
        self.step = match self.states.is_empty() {
            true => edges.keys().cloned().collect(),
            false => edges.keys().filter(recurs).cloned().collect(),
        };
    }

    /// Calls `look` with every reading in an expression, also those in the definitions that it calls.
    pub fn reads(&self, written: &Written, look: &mut dyn FnMut(&Written, &Name)) {
        self.reads_within(written, 8, look);
    }

    fn reads_within(&self, written: &Written, depth: usize, look: &mut dyn FnMut(&Written, &Name)) {
        let mut called: Vec<&Name> = Vec::new();
        walk::each(written, &mut |part| {
            if let Some(name) = walk::name_of(part) {
                look(part, name);
            }
            if let Expression::Call(call) = &part.node {
                called.push(&call.function.node);
            }
        });
        if depth == 0 {
            return;
        }
        for name in called {
            if let Some(definition) = self.facts.definition(name) {
                self.reads_within(&definition.body, depth - 1, look);
            }
        }
    }

    /// Whether a reading is at another place of a recurrence than its own index.
    pub fn moved(&self, written: &Written) -> bool {
        self.moves(written).is_some()
    }

    /// The subscript by which a reading is at another place of a recurrence.
    pub fn moves<'w>(&self, written: &'w Written) -> Option<&'w WrittenSubscript> {
        let Expression::Read(name, subscripts) = &written.node else { return None };
        let quantity = self.network.quantity(&name.node)?;
        let recurs = |axis: &crate::math::expression::Binder| {
            self.network.indices.get(&axis.index).is_some_and(|index| index.recurrent)
        };
        quantity.axes.iter().zip(subscripts).find_map(|(axis, subscript)| {
            let other =
                !matches!(&subscript.what, SubscriptForm::At(place) if matches!(place.node, Expression::Name(_)));
            (recurs(axis) && other).then_some(subscript)
        })
    }

    /// Whether a reading is of a state at another place.
    pub fn is_previous(&self, written: &Written) -> bool {
        walk::name_of(written).is_some_and(|name| self.states.contains(name)) && self.moved(written)
    }

    /// Whether gradients of the recurrence pass through an expression; without a recurrence, any.
    pub fn carries(&self, written: &Written) -> bool {
        let mut found = false;
        self.reads(written, &mut |_, name| {
            found |= self.step.contains(name)
                || self.states.is_empty()
                    && self.network.quantity(name).is_some_and(|quantity| quantity.role == Role::Input);
        });
        found
    }

    /// The equation that a quantity has in the step.
    pub fn line(&self, name: &Name) -> Option<&'a WrittenEquation> {
        let mut own = self.lines.iter().filter(|line| &line.target.node == name);
        let first = own.next()?;
        own.next().is_none().then_some(*first)
    }

    /// What a whole reading at its own place stands for, and the equation that says so.
    pub fn meaning(&self, written: &Written) -> Option<(&'a Written, &'a WrittenEquation)> {
        let name = walk::name_of(written)?;
        if self.moved(written) {
            return None;
        }
        let line = self.line(name)?;
        Some((&line.body, line))
    }

    /// The equations of the step.
    pub fn stepping(&self) -> impl Iterator<Item = &'a WrittenEquation> + '_ {
        self.lines.iter().copied().filter(|line| self.step.contains(&line.target.node))
    }

    /// The states that a step hands on to themselves entry by entry: by an identity, a number, or a gate, but by no weights and no
    /// other function.
    pub fn handed_on(&self) -> Vec<&Name> {
        let hands = |state: &&Name| self.line(state).is_some_and(|line| self.reaches(&line.body, state, 8));
        self.states.iter().filter(hands).collect()
    }

    fn reaches(&self, written: &Written, state: &Name, depth: usize) -> bool {
        walk::summands(written).into_iter().flat_map(|(_, summand)| walk::factors(summand)).any(|(operator, factor)| {
            if operator != ProductOperator::Times {
                return false;
            }
            if walk::name_of(factor) == Some(state) && self.moved(factor) {
                return true;
            }
            let inner = walk::summands(factor).len() > 1 && self.reaches(factor, state, depth.saturating_sub(1));
            let meant = self.meaning(factor).filter(|(_, line)| depth > 0 && self.step.contains(&line.target.node));
            inner || meant.is_some_and(|(body, _)| self.reaches(body, state, depth - 1))
        })
    }

    /// The role of a name.
    pub fn role(&self, name: &Name) -> Option<&Role> {
        self.network.quantity(name).map(|quantity| &quantity.role)
    }

    /// The parameter that an operand is, turned over or not.
    pub fn param(&self, written: &'a Written) -> Option<&'a Name> {
        let inner = match &written.node {
            Expression::Transpose(inner) => inner,
            _ => written,
        };
        walk::name_of(inner).filter(|name| self.role(name) == Some(&Role::Param))
    }

    /// The operands of a product that adds up over an axis: by `@`, or a sum of products over an index.
    pub fn contraction(&self, written: &'a Written) -> Option<Vec<&'a Written>> {
        if let Some(operands) = walk::operands(written) {
            return Some(operands);
        }
        let Expression::Call(call) = &written.node else { return None };
        if call.function.node.as_str() != "sum" || call.binders.is_empty() {
            return None;
        }
        let factors = walk::factors(walk::arguments(call).first()?);
        (factors.len() > 1).then(|| factors.into_iter().map(|(_, factor)| factor).collect())
    }

    /// Whether a part is weights times what the recurrence carries.
    pub fn weighs(&self, written: &'a Written) -> bool {
        self.contraction(written).is_some_and(|operands| {
            operands.iter().any(|operand| self.param(operand).is_some())
                && operands.iter().any(|operand| self.param(operand).is_none() && self.carries(operand))
        })
    }

    /// The parameters that multiply what the recurrence carries.
    pub fn step_weights(&self) -> BTreeSet<Name> {
        let mut found = BTreeSet::new();
        for line in self.stepping() {
            walk::each(&line.body, &mut |part| {
                if self.weighs(part) {
                    let operands = self.contraction(part).unwrap_or_default();
                    found.extend(operands.into_iter().filter_map(|operand| self.param(operand)).cloned());
                }
            });
        }
        found
    }

    /// A number that is written down, or a constant with a value.
    pub fn is_number(&self, written: &Written) -> bool {
        match &written.node {
            Expression::Number(_) => true,
            Expression::Name(name) => {
                matches!(self.role(name), Some(Role::Const(_))) || self.network.sizes.contains_key(name)
            }
            Expression::Negate(inner) => self.is_number(inner),
            Expression::Sum(all) => all.iter().all(|(_, one)| self.is_number(one)),
            Expression::Product(all) => {
                all.iter().all(|(operator, one)| *operator != ProductOperator::MatMul && self.is_number(one))
            }
            Expression::Power(base, _) => self.is_number(base),
            Expression::Call(call) => {
                let arguments = walk::arguments(call);
                call.binders.is_empty() && !arguments.is_empty() && arguments.iter().all(|one| self.is_number(one))
            }
            _ => false,
        }
    }

    /// The declaration of a name, with the role it is declared with.
    pub fn declared(&self, name: &Name) -> Option<(DeclaredRole, &'a Declaration)> {
        self.file.statements.iter().find_map(|statement| match &statement.node {
            Statement::Declare { role, items } => {
                items.iter().find(|item| &item.name.node == name).map(|item| (*role, item))
            }
            _ => None,
        })
    }

    /// What a constant that is a function stands for.
    pub fn alias(&self, name: &Name) -> Option<&'a Written> {
        let (role, item) = self.declared(name)?;
        let value = item.value.as_ref()?;
        (role == DeclaredRole::Const && matches!(value.node, Expression::Name(_))).then_some(value)
    }
}

/// All names that can be reached from one, by at least one step.
fn reached<'e>(edges: &'e BTreeMap<Name, BTreeMap<Name, bool>>, from: &Name) -> BTreeSet<&'e Name> {
    let mut found = BTreeSet::new();
    let mut open: Vec<&Name> = edges.get(from).into_iter().flat_map(BTreeMap::keys).collect();
    while let Some(name) = open.pop() {
        if found.insert(name) {
            open.extend(edges.get(name).into_iter().flat_map(BTreeMap::keys));
        }
    }
    found
}
