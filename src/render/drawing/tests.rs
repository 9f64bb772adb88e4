//! Pictures of every kind, also of what is hard to draw, keep their words apart and their marks on the sheet.

use super::*;
use crate::render::picture::{Axis, Curve, Kind, Map, Picture, Plot, Scale, Stack};
use crate::render::{plot, svg};

fn picture(plot: Plot, x: Scale, y: Scale) -> Picture {
    Picture {
        title: "Gradient norm along depth".into(),
        note: "The line is a typical run, the band holds all runs.".into(),
        x: Axis::new("layer l", x),
        y: Axis::new("‖∂L/∂h_l‖₂ relative to the last layer (powers of ten)", y),
        plot,
    }
}

fn curve(name: &str, x: &[f64], y: &[f64]) -> Curve {
    Curve::line(name, x.to_vec(), y.to_vec())
}

fn falling(name: &str, slope: f64, spread: f64) -> Curve {
    let x: Vec<f64> = (0..=60).map(f64::from).collect();
    let y: Vec<f64> = x.iter().map(|x| slope * (60.0 - x) + libm::sin(0.7 * x)).collect();
    let low = y.iter().zip(&x).map(|(y, x)| y - spread * (60.0 - x)).collect();
    let high = y.iter().zip(&x).map(|(y, x)| y + spread * (60.0 - x)).collect();
    Curve { band: Some((low, high)), ..Curve::line(name, x, y) }
}

pub fn gallery() -> Vec<(&'static str, Picture)> {
    let (inf, nan) = (f64::INFINITY, f64::NAN);
    let decades = |curves: Vec<Curve>| picture(Plot::Curves(curves), Scale::Integers, Scale::Decades);
    let steps: Vec<f64> = (1..=40).map(f64::from).collect();
    let share = |shift: f64| steps.iter().map(|x| 0.25 + 0.2 * libm::sin(0.2 * x + shift)).collect::<Vec<f64>>();
    let stack = Stack {
        x: steps.clone(),
        layers: vec![
            ("h_t ← c_t ← c_{t−1}".into(), share(0.0)),
            ("h_t ← o_t ← h_{t−1}".into(), share(2.0)),
            ("h_t ← c_t ← i_t ← h_{t−1}".into(), share(4.0)),
            ("against".into(), steps.iter().map(|_| -0.05).collect()),
        ],
    };
    let grid: Vec<f64> = (0..24).map(|at| 0.1 + 0.1 * f64::from(at)).collect();
    let cells: Vec<Vec<f64>> = grid
        .iter()
        .map(|y| grid.iter().map(|x| if *y > 2.2 && *x > 2.2 { nan } else { libm::log(*x) - 0.3 * y }).collect())
        .collect();
    let map = Map {
        x: grid.clone(),
        y: grid.clone(),
        cells,
        label: "gain per step, ln".into(),
        words: ["vanishes".into(), "carries".into(), "explodes".into()],
        lines: vec![("critical, χ₁ = 1".into(), grid.iter().map(|y| (libm::exp(0.3 * y), *y)).collect())],
    };
    vec![
        ("one", decades(vec![falling("typical run", -1.5, 0.1)])),
        (
            "three",
            decades(vec![
                falling("sigma_w = 0.8", -2.0, 0.2),
                falling("sigma_w = 1", -0.5, 0.1),
                falling("sigma_w = 1.5", 0.4, 0.1),
                Curve { kind: Kind::Reference(Some(0)), ..falling("theory", -2.0, 0.0) },
            ]),
        ),
        ("nothing", decades(vec![])),
        ("empty", decades(vec![curve("no place", &[], &[])])),
        ("place", decades(vec![curve("one place", &[3.0], &[0.0])])),
        (
            "zero",
            decades(vec![
                curve("dies", &[0.0, 1.0, 2.0, 3.0, 4.0], &[-inf, -inf, -inf, -2.0, 0.0]),
                curve("gap", &[0.0, 1.0, 2.0, 3.0, 4.0], &[nan, -1.0, nan, inf, 0.0]),
            ]),
        ),
        (
            "flat",
            picture(
                Plot::Curves(vec![curve("variance", &[0.0, 1.0, 2.0], &[0.5, 0.5, 0.5])]),
                Scale::Integers,
                Scale::Linear,
            ),
        ),
        ("tiny", decades(vec![curve("near 1", &[0.0, 50.0, 100.0], &[0.01, -0.02, 0.0])])),
        (
            "spectrum",
            picture(
                Plot::Curves(vec![Curve { kind: Kind::Points, ..falling("ln σ", 2.5, 0.02) }]),
                Scale::Integers,
                Scale::Decades,
            ),
        ),
        (
            "deep",
            decades(vec![Curve::line(
                "deep",
                (0..100_000).map(f64::from).collect(),
                (0..100_000).map(|x| -2.0 * f64::from(x)).collect(),
            )]),
        ),
        (
            "many",
            decades(
                (0..20)
                    .map(|number| {
                        falling(&format!("a long name of a setting, number {number}"), -0.1 * f64::from(number), 0.0)
                    })
                    .collect(),
            ),
        ),
        ("stack", picture(Plot::Stack(stack), Scale::Integers, Scale::Share)),
        ("nostack", picture(Plot::Stack(Stack { x: vec![], layers: vec![] }), Scale::Integers, Scale::Share)),
        ("map", picture(Plot::Map(map.clone()), Scale::Linear, Scale::Linear)),
        (
            "nomap",
            picture(
                Plot::Map(Map { x: vec![1.0], y: vec![], cells: vec![], lines: vec![], ..map }),
                Scale::Linear,
                Scale::Linear,
            ),
        ),
    ]
}

const SHEETS: [Sheet; 3] = [
    Sheet { width: 860.0, plot: 320.0, titled: false },
    Sheet { width: 760.0, plot: 300.0, titled: true },
    Sheet { width: 350.0, plot: 240.0, titled: false },
];

#[test]
fn no_words_overlap_or_leave_the_sheet() {
    for (name, picture) in gallery() {
        for sheet in SHEETS {
            let scene = draw(&picture, sheet);
            let words: Vec<&Words> = scene
                .marks
                .iter()
                .filter_map(|mark| match mark {
                    Mark::Words(words) => Some(words),
                    _ => None,
                })
                .collect();
            for (position, first) in words.iter().enumerate() {
                let [left, top, right, bottom] = first.extent();
                assert!(
                    left >= -1.0 && right <= scene.width + 1.0 && top >= -1.0 && bottom <= scene.height + 1.0,
                    "{name}, {} wide: {first:?} leaves {:?}",
                    sheet.width,
                    (scene.width, scene.height)
                );
                for second in &words[position + 1..] {
                    let [other_left, other_top, other_right, other_bottom] = second.extent();
                    let apart =
                        right <= other_left || other_right <= left || bottom <= other_top || other_bottom <= top;
                    assert!(apart, "{name}, {} wide: {first:?} over {second:?}", sheet.width);
                }
            }
        }
    }
}

#[test]
fn every_mark_is_a_number_on_the_sheet() {
    for (name, picture) in gallery() {
        for sheet in SHEETS {
            let scene = draw(&picture, sheet);
            let inside = |(x, y): &(f64, f64)| (0.0..=scene.width).contains(x) && (0.0..=scene.height).contains(y);
            for mark in &scene.marks {
                let fine = match mark {
                    Mark::Lines(_, lines) | Mark::Areas(_, lines) => lines.iter().flatten().all(inside),
                    Mark::Boxes(_, boxes) => boxes
                        .iter()
                        .all(|[left, top, width, height]| inside(&(*left, *top)) && *width >= 0.0 && *height >= 0.0),
                    Mark::Dots(_, _, places) => places.iter().all(inside),
                    Mark::Words(words) => inside(&words.at),
                };
                assert!(fine, "{name}: {mark:?}");
            }
        }
    }
}

#[test]
fn pictures_as_files() {
    let gallery = gallery();
    let picked = |names: &[&str]| {
        let found = gallery.iter().filter(|(name, _)| names.contains(name)).map(|(_, picture)| picture.clone());
        svg::file("Pictures", &found.collect::<Vec<Picture>>())
    };
    let file = picked(&["three", "zero", "map", "stack"]);
    assert_eq!(file, picked(&["three", "zero", "map", "stack"]));
    insta::with_settings!({snapshot_path => "../../../snapshots/pictures", prepend_module_to_snapshot => false}, {
        insta::assert_snapshot!("file.svg", file);
        let text: Vec<String> = gallery.iter().map(|(name, picture)| format!("{name}\n{}\n", plot::plot(picture, 80).join("\n"))).collect();
        insta::assert_snapshot!("terminal", text.join("\n"));
    });
    let all: Vec<Picture> = gallery.into_iter().map(|(_, picture)| picture).collect();
    assert!(!svg::file("All", &all).contains("NaN"));
}

#[test]
fn a_terminal_shows_no_line_wider_than_asked() {
    for (name, picture) in gallery() {
        for width in [40, 80, 120] {
            for line in plot::plot(&picture, width) {
                assert!(columns(&line) <= width.max(60), "{name}: {line}");
            }
        }
    }
}

#[test]
fn names_show_their_subscripts_whole_cut_and_within_each_other() {
    let name = "hidden_{state,t} ← a_{candidate_{update},t} ← W_f ← sigma_w";
    let curves = vec![curve(name, &[0.0, 1.0], &[0.0, 1.0])];
    let wide = svg::file("names", &[picture(Plot::Curves(curves.clone()), Scale::Integers, Scale::Linear)]);
    let words = wide.lines().find(|line| line.contains("hidden")).expect("a legend");
    assert!(words.contains(">hidden<tspan dy=\"3\" style=\"font-size:10px\">state,t</tspan>"), "{words}");
    assert!(words.contains(">candidate<tspan dy=\"3\" style=\"font-size:9px\">update</tspan>"), "{words}");
    assert!(words.contains("sigma_w") && !words.contains(['{', '}']), "{words}");
    // What moves down comes up again.
    let moved = |by: &str| words.matches(&format!("dy=\"{by}\"")).count();
    assert_eq!(moved("3"), moved("-3"), "{words}");
    let sheet = Sheet { width: 160.0, plot: 100.0, titled: false };
    let narrow = svg::inline(&picture(Plot::Curves(curves), Scale::Integers, Scale::Linear), sheet, "p", "");
    let words = narrow.lines().find(|line| line.contains("hidden")).expect("a legend");
    assert!(words.contains('…') && !words.contains(['{', '}']), "{words}");
}
