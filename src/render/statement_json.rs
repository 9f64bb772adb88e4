//! Statements that were put to the test → JSON, with a schema.

use super::flow_json::{self, Number};
use super::statement::{told, word};
use crate::math::statement::Tested;
use schemars::JsonSchema;
use serde::Serialize;

/// What `claims` prints.
#[derive(Serialize, JsonSchema, Debug)]
pub struct Statements {
    /// Whether all verdicts are those that were expected.
    pub as_expected: bool,
    /// One for each statement.
    pub statements: Vec<Statement>,
}

/// A statement.
#[derive(Serialize, JsonSchema, Debug)]
pub struct Statement {
    /// What it is called.
    pub name: String,
    /// The heading under which it stands.
    pub section: String,
    /// What people say.
    pub says: String,
    /// What came out: "proved", "measured", "true if …", "false", "outside our scope", or why nothing did.
    pub verdict: String,
    /// What was expected.
    pub expected: String,
    /// Whether the two agree.
    pub as_expected: bool,
    /// Why.
    pub because: String,
    /// What it was put to the test with.
    pub cases: Vec<Case>,
}

/// A case.
#[derive(Serialize, JsonSchema, Debug)]
pub struct Case {
    /// What it is.
    pub about: String,
    /// Whether the condition of the statement is met here.
    pub condition_met: bool,
    /// Whether it is as the statement says.
    pub holds: bool,
    /// Whether that is shown for all sizes and numbers.
    pub exact: bool,
    /// What was run: the name of the answer, and the command.
    pub runs: Vec<Run>,
    /// What must hold of the answers.
    pub condition: String,
    /// What was measured.
    pub numbers: Vec<Measured>,
}

/// A command.
#[derive(Serialize, JsonSchema, Debug)]
pub struct Run {
    /// The name of its answer.
    pub name: String,
    /// As one types it.
    pub command: String,
}

/// A number.
#[derive(Serialize, JsonSchema, Debug)]
pub struct Measured {
    /// What was asked for.
    pub measure: String,
    /// What it is; 1 for what is true, 0 for what is false.
    pub value: Number,
}

/// The JSON of statements. `typed` makes of the words of a command what one types.
pub fn statements(tested: &[Tested], typed: &dyn Fn(&[String]) -> String) -> Statements {
    let one = |one: &Tested| Statement {
        name: one.statement.name.clone(),
        section: one.statement.section.clone(),
        says: one.statement.says.clone(),
        verdict: word(one),
        expected: told(&one.statement.expected),
        as_expected: one.as_expected(),
        because: one.statement.because.clone(),
        cases: one
            .statement
            .cases
            .iter()
            .zip(&one.cases)
            .map(|(case, found)| Case {
                about: case.about.clone(),
                condition_met: case.met,
                holds: found.holds,
                exact: found.exact,
                runs: case.runs.iter().map(|run| Run { name: run.name.clone(), command: typed(&run.words) }).collect(),
                condition: case.holds.span.text().split_whitespace().collect::<Vec<_>>().join(" "),
                numbers: found
                    .numbers
                    .iter()
                    .map(|(measure, value)| Measured { measure: measure.clone(), value: flow_json::number(value) })
                    .collect(),
            })
            .collect(),
    };
    Statements { as_expected: tested.iter().all(Tested::as_expected), statements: tested.iter().map(one).collect() }
}
