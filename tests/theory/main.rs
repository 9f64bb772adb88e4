//! Theory, held against values that others computed: `tests/oracles/theory.json`. Every entry of the file is answered in `answers.rs`:
//! met, met by another test, or left out with the reason; `docs/oracles.md` is the table of all of them.

mod answers;
#[path = "../common/mod.rs"]
mod common;
mod lab;
mod limits;
mod more;
mod table;
mod written;

/// All entries: those that are met, are met within their tolerance.
#[test]
fn oracles_are_met() {
    let faults: Vec<String> = table::rows().iter().filter_map(table::Row::fault).collect();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn the_table_of_the_docs_is_the_one_that_comes_out() {
    table::written(&table::page());
}
