//! A statement about gradients, as people make them, and what becomes of it where it is put to the test.
//!
//! A statement is put to the test case by case: each runs commands of this program and asks whether what the statement says holds of
//! their answers. The verdict follows from the cases alone, see [`Verdict`].

use super::comparison::Member;
use super::finding::Standing;
use super::flow::{Flow, Summary};
use super::source::Span;
use super::syntax::Written;
use super::theory::Theory;

/// A statement, its cases, and the verdict that whoever wrote them down expects.
#[derive(Clone, PartialEq, Debug)]
pub struct Statement {
    /// The heading under which it stands.
    pub section: String,
    /// What it is called.
    pub name: String,
    /// What people say.
    pub says: String,
    /// What should come out.
    pub expected: Verdict,
    /// Why, in a few sentences.
    pub because: String,
    /// What it is put to the test with; none where nothing here can tell.
    pub cases: Vec<Case>,
    /// Where it stands.
    pub span: Span,
}

/// A case: commands, and what the statement says of their answers.
#[derive(Clone, PartialEq, Debug)]
pub struct Case {
    /// What it is, in words.
    pub about: String,
    /// Whether the condition of the statement is met here; so it is where there is no condition.
    pub met: bool,
    /// Commands, each with a name for its answer.
    pub runs: Vec<Run>,
    /// What holds of the answers if the statement is right.
    pub holds: Written,
}

/// A command of this program.
#[derive(Clone, PartialEq, Debug)]
pub struct Run {
    /// The name of its answer.
    pub name: String,
    /// Its words, without the name of the program.
    pub words: Vec<String>,
    /// Where it stands.
    pub span: Span,
}

/// What a statement is worth.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Verdict {
    /// It holds in all cases, and each is shown by algebra for all sizes and numbers.
    Proved,
    /// It holds in all cases, and some of them are numbers.
    Measured,
    /// It holds in all cases where this condition is met, and fails in all others; there are some of both.
    If(String),
    /// It fails in a case, and has no condition.
    False,
    /// Nothing here can tell.
    Outside,
}

/// What a command found.
#[derive(Clone, Debug)]
pub enum Answer {
    /// Of `sweep`: all settings, and each in a few numbers.
    Flow(Flow, Vec<Summary>),
    /// Of `theory`.
    Theory(Box<Theory>),
    /// Of `prove`.
    Standing(Standing),
    /// Of `compare`.
    Members(Vec<Member>),
}

/// A statement that was put to the test.
#[derive(Clone, PartialEq, Debug)]
pub struct Tested {
    /// The statement.
    pub statement: Statement,
    /// What came out; or why nothing did.
    pub verdict: Result<Verdict, String>,
    /// What came out of each case.
    pub cases: Vec<Found>,
}

/// What came out of a case.
#[derive(Clone, PartialEq, Debug)]
pub struct Found {
    /// Whether it is as the statement says.
    pub holds: bool,
    /// Whether this is shown for all sizes and numbers.
    pub exact: bool,
    /// The numbers that were asked for, as they were asked for.
    pub numbers: Vec<(String, f64)>,
}

impl Tested {
    /// Whether the verdict is the one that was expected.
    pub fn as_expected(&self) -> bool {
        self.verdict.as_ref() == Ok(&self.statement.expected)
    }
}
