//! The book of laws: it can be read.

#[test]
fn the_book_is_read() {
    let book = nablascope::book::book();
    let book = match book {
        Ok(book) => book,
        Err(errors) => {
            let told: Vec<String> = errors
                .iter()
                .map(|e| {
                    format!(
                        "{} {:?} {:?}",
                        e.message,
                        e.labels.iter().map(|(s, l)| (s.text().to_string(), l.clone())).collect::<Vec<_>>(),
                        e.hint
                    )
                })
                .collect();
            panic!("{}", told.join("\n"));
        }
    };
    for law in book.laws() {
        assert!(!law.caption.is_empty());
    }
}
