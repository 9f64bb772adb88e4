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
    if let Ok(net) = std::env::var("NET") {
        let text = std::fs::read_to_string(&net).unwrap();
        let (network, _) = nablascope::read_network(&Source::new("n.net", text), &book, &|_| Err("no".into())).unwrap();
        let goals: Vec<_> = network.learned().map(|q| q.name.clone()).collect();
        let derivation = nablascope::derive::derive(&network, &book, &goals, Options::default()).unwrap();
        let page = nablascope::render::derivation::page(&derivation, &book, None, nablascope::render::Steps::Full);
        println!("{}", nablascope::render::to_text(&page, 130));
        return;
    }
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
