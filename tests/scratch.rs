#![allow(missing_docs, clippy::disallowed_methods, clippy::print_stdout)]
use nablascope::derive::{Options, prove};
use nablascope::math::law::Standing;
use nablascope::math::source::Source;
#[test]
fn scratch() {
    let chapters: Vec<Source> = nablascope::book::CHAPTERS
        .iter()
        .map(|(name, _)| Source::new(*name, std::fs::read_to_string(format!("derivations/{name}")).unwrap()))
        .collect();
    let book = match nablascope::book::of(&chapters) {
        Ok(book) => book,
        Err(errors) => {
            for error in errors {
                println!("{error:?}");
            }
            panic!();
        }
    };
    let want = std::env::var("WANT").unwrap_or_default();
    for law in book.laws().filter(|law| law.standing == Standing::Lemma && law.name.as_str().contains(&want)) {
        match prove(law, &book, Options::default()) {
            None => println!("UNPROVED {}", law.name),
            Some(steps) => {
                println!("proved {} in {}", law.name, steps.len());
                for s in steps {
                    println!("     {:?}", s.reason);
                }
            }
        }
    }
}
