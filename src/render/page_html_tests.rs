use super::super::derivation::{Steps, page as derivation_page};
use super::super::fixture::recurrent;
use super::page;
use crate::math::law::Book;

/// Every element is closed where it should be, every attribute quoted, every sign escaped.
pub fn well_formed(page: &str) {
    let mut open: Vec<&str> = Vec::new();
    let mut rest = page.trim_start_matches("<!DOCTYPE html>");
    while let Some((before, after)) = rest.split_once('<') {
        assert!(!before.contains('>') || open.last() == Some(&"style"), "a > stands alone in {before:?}");
        for entity in before.split('&').skip(1) {
            let known = ["amp;", "lt;", "gt;", "quot;"].iter().any(|known| entity.starts_with(known));
            assert!(known || open.last() == Some(&"style"), "a & stands alone in {before:?}");
        }
        if let Some(comment) = after.strip_prefix("!--") {
            rest = comment.split_once("-->").expect("a comment ends").1;
            continue;
        }
        let (tag, after) = after.split_once('>').expect("a tag ends");
        rest = after;
        let name = tag.split([' ', '/', '\n']).find(|part| !part.is_empty()).expect("a name");
        if tag.starts_with('/') {
            assert_eq!(open.pop(), Some(name), "closed in the wrong order");
        } else if !tag.ends_with('/') {
            open.push(name);
        }
        assert_eq!(tag.matches('"').count() % 2, 0, "quotes in {tag}");
        let outside: String = tag.split('"').step_by(2).collect();
        let bare = outside.split_whitespace().skip(1).find(|part| !part.trim_end_matches('/').ends_with('=') && *part != "/");
        assert_eq!(bare, None, "an attribute without quotes in <{tag}>");
    }
    assert!(open.is_empty(), "{open:?} stay open");
    let names: Vec<&str> = page.split(" id=\"").skip(1).filter_map(|part| part.split('"').next()).collect();
    let mut once = names.clone();
    once.sort_unstable();
    once.dedup();
    assert_eq!(once.len(), names.len(), "an id twice in {names:?}");
    for reference in page.split("href=\"#").skip(1).filter_map(|part| part.split('"').next()) {
        assert!(names.contains(&reference), "nothing is called {reference}");
    }
}

/// Nothing is fetched, and nothing runs.
pub fn outside(page: &str) {
    for word in ["<script", "<link", "<img", "<iframe", "@import", "href=\"http", "src=", "onclick", "onload", "javascript:"] {
        assert!(!page.contains(word), "{word}");
    }
    let fetched = page.split("url(").skip(1).filter(|part| !part.starts_with("data:font/woff2;base64,")).count();
    assert_eq!(fetched, 0);
    assert!(!page.replace("http://www.gust.org.pl/fonts/licenses/", "").replace("http://www.w3.org/2000/svg", "").contains("http"));
}

#[test]
fn a_derivation_as_html() {
    let html = page(&derivation_page(&recurrent(), &Book::default(), None, Steps::Full), Some("nablascope derive 'a<b'"));
    well_formed(&html);
    outside(&html);
    assert_eq!(html, page(&derivation_page(&recurrent(), &Book::default(), None, Steps::Full), Some("nablascope derive 'a<b'")));
    insta::with_settings!({snapshot_path => "../../snapshots/pictures", prepend_module_to_snapshot => false}, {
        insta::assert_snapshot!("derivation.html", html.split_once("<body>").expect("a body").1);
    });
}
