//! Statements put to the test: what each case gives, and the verdict that follows.
//!
//! Nobody is asked what the verdict is: it is produced from the cases, by the rules of [`Verdict`].

mod condition;
mod measure;

use crate::math::source::Diagnostic;
use crate::math::statement::{Answer, Case, Found, Run, Statement, Tested, Verdict};
use std::collections::BTreeMap;

/// Puts a statement to the test. `ask` runs a command.
pub fn weigh(statement: &Statement, ask: &dyn Fn(&Run) -> Result<Answer, Diagnostic>) -> Tested {
    let mut cases = Vec::new();
    for case in &statement.cases {
        match found(case, ask) {
            Ok(found) => cases.push(found),
            Err(reason) => {
                return Tested { statement: statement.clone(), verdict: Err(reason.message), cases: Vec::new() };
            }
        }
    }
    Tested { statement: statement.clone(), verdict: verdict(statement, &cases), cases }
}

fn found(case: &Case, ask: &dyn Fn(&Run) -> Result<Answer, Diagnostic>) -> Result<Found, Diagnostic> {
    let mut answers = BTreeMap::new();
    for run in &case.runs {
        answers.insert(run.name.as_str(), ask(run)?);
    }
    condition::holds(&case.holds, &answers)
}

/// What follows from the cases.
fn verdict(statement: &Statement, cases: &[Found]) -> Result<Verdict, String> {
    let told = |met: bool| {
        let own = statement.cases.iter().zip(cases).filter(move |(case, _)| case.met == met);
        own.map(|(_, found)| found)
    };
    if cases.is_empty() {
        return Ok(Verdict::Outside);
    }
    let all_hold = told(true).all(|found| found.holds);
    if told(false).next().is_none() {
        return Ok(match () {
            () if !all_hold => Verdict::False,
            () if cases.iter().all(|found| found.exact) => Verdict::Proved,
            () => Verdict::Measured,
        });
    }
    let condition = match &statement.expected {
        Verdict::If(condition) => condition.clone(),
        _ => "…".to_string(),
    };
    match () {
        () if !all_hold => Err("it fails although its condition is met".to_string()),
        () if told(true).next().is_none() => Err("there is no case where its condition is met".to_string()),
        () if told(false).any(|found| found.holds) => Err("it holds although its condition is not met".to_string()),
        () => Ok(Verdict::If(condition)),
    }
}
