use super::fixture::{awkward, flow, set, sweep};
use super::{csv, page};
use crate::math::change::{Change, Spectrum};
use crate::math::flow::{Flow, Summary};
use crate::math::law::Book;
use crate::math::network::Network;
use crate::render::fixture::recurrent;
use crate::render::page_html::tests::{outside, well_formed};
use crate::render::{Page, svg, text, to_html, to_markdown, to_text};

fn network() -> Network {
    recurrent().network
}

fn shown(flow: &Flow, summaries: &[Summary]) -> Page {
    page(flow, &network(), summaries, &[], &Book::default())
}

#[test]
fn reports_in_every_form() {
    let (one, summaries) = flow(vec![sweep(-1.2, 60, 8)]);
    let page = shown(&one, &summaries);
    let html = to_html(&page, Some("nablascope sweep elman --format html"));
    well_formed(&html);
    outside(&html);
    assert!(html.contains("nablascope sweep elman --format html") && html.matches("<figure>").count() == 9, "{html}");
    insta::with_settings!({snapshot_path => "../../../snapshots/pictures", prepend_module_to_snapshot => false}, {
        insta::assert_snapshot!("report.txt", to_text(&page, 100));
        insta::assert_snapshot!("report.md", to_markdown(&page));
        let body = html.split_once("<body>").expect("a body").1;
        let without_pictures: Vec<&str> = body.split("<svg").map(|part| part.split_once("</svg>").map_or(part, |(_, rest)| rest)).collect();
        insta::assert_snapshot!("report.html", without_pictures.concat());
    });
}

#[test]
fn settings_are_compared_in_one_picture() {
    let sweeps =
        [(-1.5, "0.8"), (-0.3, "1"), (0.4, "1.5")].map(|(gain, value)| set(sweep(gain, 60, 8), "sigma_w", value));
    let (flow, summaries) = flow(sweeps.into());
    let page = shown(&flow, &summaries);
    let html = to_html(&page, None);
    well_formed(&html);
    assert!(html.contains("With sigma_w = 1.5: the gradient explodes."), "{html}");
    let crate::render::picture::Plot::Curves(curves) = &page.pictures()[0].plot else { panic!("curves") };
    assert_eq!(
        curves.iter().map(|curve| curve.name.as_str()).collect::<Vec<_>>(),
        ["sigma_w = 0.8", "sigma_w = 1", "sigma_w = 1.5"]
    );
    // A line for each setting.
    let told = to_text(&page, 100);
    let line = told.lines().rfind(|line| line.trim_start().starts_with("sigma_w = 1.5 ")).expect("a line");
    assert_eq!(line.split_whitespace().count(), 3 + 7, "{told}");
    assert!(told.lines().all(|line| text::columns(line) <= 100), "{told}");
}

#[test]
fn what_is_hard_to_draw_is_drawn() {
    for (name, flow, summaries) in awkward() {
        let page = shown(&flow, &summaries);
        let html = to_html(&page, None);
        well_formed(&html);
        outside(&html);
        let drawn = svg::file(&page.title, &page.pictures());
        well_formed(&drawn);
        let told = to_text(&page, 80);
        for written in [&html, &drawn, &told, &to_markdown(&page)] {
            // Letters of Base64 may spell anything.
            let words = written.split("base64,").next().unwrap_or_default().len();
            let end = written.find("</style>\n</head>").unwrap_or(words);
            let body = if written.contains("base64,") { &written[end..] } else { written };
            assert!(!body.contains("NaN") && !body.contains("inf\"") && !body.contains("inf "), "{name}");
        }
        assert!(html.len() < 1_000_000, "{name}: {} bytes", html.len());
        for line in told.lines().filter(|line| line.contains('┤') || line.contains('│')) {
            assert!(text::columns(line) <= 80, "{name}: {line}");
        }
    }
}

#[test]
fn what_is_exactly_0_in_every_run_is_said_so() {
    let dying = awkward().into_iter().find(|(name, ..)| *name == "dying").expect("it dies");
    let told = to_text(&shown(&dying.1, &dying.2), 1000);
    let all = |curve: &Vec<f64>| curve.contains(&f64::NEG_INFINITY);
    let every = dying.1.sweeps[0].runs.iter().flat_map(|run| &run.gradient).all(all);
    assert_eq!(told.contains("In some run it is exactly 0 after"), !every, "{told}");
}

#[test]
fn a_table_has_a_line_for_each_number() {
    for (name, flow, summaries) in awkward() {
        let table = csv::table(&flow, &network(), &summaries, &Book::default()).expect("CSV");
        let mut lines = table.lines();
        assert_eq!(lines.next(), Some("network,setting,seed,measure,of,number,place,value"), "{name}");
        let gradients = table.lines().filter(|line| line.contains(",gradient,")).count();
        let numbers = flow.sweeps.iter().flat_map(|sweep| &sweep.runs).flat_map(|run| run.gradient.iter().flatten());
        assert_eq!(gradients, numbers.filter(|value| !value.is_nan()).count(), "{name}");
        for line in lines {
            let fields: Vec<&str> = line.split(',').collect();
            let measure = fields.len().checked_sub(5).and_then(|at| fields.get(at));
            assert!(
                csv::MEASURES.iter().any(|(known, _)| measure == Some(known)) || line.contains('"'),
                "{name}: {line}"
            );
            assert!(
                fields.last().is_some_and(|value| value.parse::<f64>().is_ok_and(|value| !value.is_nan())),
                "{name}: {line}"
            );
        }
    }
    // Before and after, so that there is something to say of weights.
    let (mut one, summaries) = flow(vec![sweep(-1.2, 2, 1), sweep(-1.0, 2, 1)]);
    one.changes.push(Change {
        parameter: "W".into(),
        norm: [1.0, 2.0],
        moved: 1.0,
        cosine: 1.0,
        spectra: vec![Spectrum { at: Vec::new(), values: [vec![1.0], vec![2.0]] }],
    });
    let table = csv::table(&one, &network(), &summaries, &Book::default()).expect("CSV");
    for (measure, _) in csv::MEASURES {
        assert!(table.contains(&format!(",{measure},")), "no {measure} in\n{table}");
    }
}
