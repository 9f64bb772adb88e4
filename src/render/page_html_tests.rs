use super::super::derivation::{Steps, page as derivation_page};
use super::super::fixture::recurrent;
use super::page;
use crate::math::law::Book;

/// The page is XML as well, no id is there twice, and every link inside the page leads somewhere.
pub fn well_formed(page: &str) {
    let options = roxmltree::ParsingOptions { allow_dtd: true, ..Default::default() };
    let parsed = roxmltree::Document::parse_with_options(page, options).unwrap_or_else(|error| panic!("{error}"));
    let attribute = |name: &'static str| parsed.descendants().filter_map(move |node| node.attribute(name));
    let mut names: Vec<&str> = attribute("id").collect();
    let all = names.len();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), all, "an id twice");
    let links = attribute("href").filter_map(|link| link.strip_prefix('#')).chain(attribute("aria-labelledby"));
    links.for_each(|link| assert!(names.contains(&link), "nothing is called {link}"));
}

/// Nothing is fetched, and nothing runs.
pub fn outside(page: &str) {
    for word in
        ["<script", "<link", "<img", "<iframe", "@import", "href=\"http", "src=", "onclick", "onload", "javascript:"]
    {
        assert!(!page.contains(word), "{word}");
    }
    let fetched = page.split("url(").skip(1).filter(|part| !part.starts_with("data:font/woff2;base64,")).count();
    assert_eq!(fetched, 0);
    assert!(
        !page
            .replace("http://www.gust.org.pl/fonts/licenses/", "")
            .replace("http://www.w3.org/2000/svg", "")
            .contains("http")
    );
}

#[test]
fn a_derivation_as_html() {
    let html =
        page(&derivation_page(&recurrent(), &Book::default(), None, Steps::Full), Some("nablascope derive 'a<b'"));
    well_formed(&html);
    outside(&html);
    assert_eq!(
        html,
        page(&derivation_page(&recurrent(), &Book::default(), None, Steps::Full), Some("nablascope derive 'a<b'"))
    );
    insta::with_settings!({snapshot_path => "../../snapshots/pictures", prepend_module_to_snapshot => false}, {
        insta::assert_snapshot!("derivation.html", html.split_once("<body>").expect("a body").1);
    });
}
