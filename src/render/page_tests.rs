use super::derivation::{Steps, page};
use super::fixture::recurrent;
use crate::math::law::Book;

#[test]
fn a_derivation_as_text() {
    let derivation = recurrent();
    let book = Book::default();
    let text = super::to_text(&page(&derivation, &book, None, Steps::Full), 100);
    assert_eq!(text, include_str!("page_tests.txt"), "\n{text}");
}

#[test]
fn a_derivation_as_markdown_and_latex_is_balanced() {
    let derivation = recurrent();
    let book = Book::default();
    let page = page(&derivation, &book, None, Steps::Full);
    for text in [super::to_markdown(&page), super::to_latex(&page)] {
        assert_eq!(text.matches('{').count(), text.matches('}').count(), "{text}");
        assert_eq!(text.matches(r"\begin{").count(), text.matches(r"\end{").count(), "{text}");
    }
}

#[test]
fn lines_are_no_wider_than_asked() {
    let derivation = recurrent();
    let book = Book::default();
    let text = super::to_text(&page(&derivation, &book, None, Steps::Full), 40);
    for line in text.lines().filter(|line| !line.starts_with("δv")) {
        assert!(super::text::columns(line) <= 46, "{line}");
    }
}
