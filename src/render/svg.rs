//! Marks → SVG. The same bytes on every run: no counters, no clock, one digit after the point.

use super::drawing::{COLOURS, Face, Ink, LOWERED, Mark, Scene, Shape, Sheet, Words, draw};
use super::picture::Picture;
use super::svg_style::style;
use std::fmt::Write;

/// A file with all pictures, one below the other.
pub fn file(title: &str, pictures: &[Picture]) -> String {
    let sheet = Sheet { width: 760.0, plot: 300.0, titled: true };
    let scenes: Vec<Scene> = pictures.iter().map(|picture| draw(picture, sheet)).collect();
    let height: f64 = scenes.iter().map(|scene| scene.height + 24.0).sum::<f64>() + 16.0;
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"pic\" width=\"800\" height=\"{h}\" viewBox=\"0 0 800 {h}\" role=\"img\">\n<title>{}</title>\n<style>{}.pic .page{{fill:#fff}}@media (prefers-color-scheme:dark){{.pic .page{{fill:#15171b}}}}</style>\n<rect class=\"page\" width=\"800\" height=\"{h}\"/>\n",
        escaped(title),
        style(),
        h = number(height),
    );
    let mut down = 16.0;
    for (scene, picture) in scenes.iter().zip(pictures) {
        let _ = writeln!(
            out,
            "<g transform=\"translate(20 {})\" aria-label=\"{}\">",
            number(down),
            escaped(&picture.title)
        );
        marks(scene, &mut out);
        out.push_str("</g>\n");
        down += scene.height + 24.0;
    }
    out.push_str("</svg>\n");
    out
}

/// A picture inside a page that has the [style](super::svg_style::style). The name tells it from others of the page.
pub fn inline(picture: &Picture, sheet: Sheet, name: &str, class: &str) -> String {
    let scene = draw(picture, sheet);
    let (width, height) = (number(scene.width), number(scene.height));
    let mut out = format!(
        "<svg class=\"pic {class}\" width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\" role=\"img\" aria-labelledby=\"{name}\">\n<title id=\"{name}\">{}. {}</title>\n",
        escaped(&picture.title),
        escaped(&picture.note),
    );
    marks(&scene, &mut out);
    out.push_str("</svg>\n");
    out
}

fn marks(scene: &Scene, out: &mut String) {
    for mark in &scene.marks {
        match mark {
            Mark::Lines(ink, lines) => {
                let path: String = lines.iter().map(|line| path(line)).collect();
                let _ = writeln!(out, "<path class=\"{}\" d=\"{path}\"/>", stroke(*ink));
            }
            Mark::Areas(ink, areas) => {
                let path: String = areas.iter().map(|area| path(area) + "Z").collect();
                let _ = writeln!(out, "<path class=\"{}\" d=\"{path}\"/>", fill(*ink));
            }
            Mark::Boxes(ink, boxes) => {
                let one = |[left, top, width, height]: &[f64; 4]| {
                    let (width, height) = (number(*width), number(*height));
                    format!("M{} {}h{width}v{height}h-{width}Z", number(*left), number(*top))
                };
                let path: String = boxes.iter().map(one).collect();
                let _ = writeln!(out, "<path class=\"{}\" d=\"{path}\"/>", fill(*ink));
            }
            Mark::Dots(ink, shape, places) => {
                let path: String = places.iter().map(|place| dot(*shape, *place)).collect();
                let _ = writeln!(out, "<path class=\"dt {}\" d=\"{path}\"/>", fill(*ink));
            }
            Mark::Words(words) => text(words, out),
        }
    }
}

fn text(words: &Words, out: &mut String) {
    let anchor = match words.anchor {
        0.0 => "",
        0.5 => " text-anchor=\"middle\"",
        _ => " text-anchor=\"end\"",
    };
    let class = match words.face {
        Face::Title => "ti",
        Face::Plain => "pl",
        Face::Label => "ax",
        Face::Inside => "in",
    };
    let raised = match words.exponent.as_str() {
        "" => String::new(),
        exponent => format!("<tspan dy=\"-5\" style=\"font-size:10px\">{}</tspan>", escaped(exponent)),
    };
    let (x, y) = (number(words.at.0), number(words.at.1));
    let _ = writeln!(
        out,
        "<text class=\"{class}\" x=\"{x}\" y=\"{y}\"{anchor}>{}{raised}</text>",
        lowered(&words.text, LOWERED as usize)
    );
}

/// Words in which `c_{t−1}` and `W_f` show their subscripts, in letters of `size` pixels. What braces hold is a subscript of any name,
/// and may have subscripts of its own; `sigma_w`, as it is typed, stays as it is.
fn lowered(text: &str, size: usize) -> String {
    let letters: Vec<char> = text.chars().collect();
    let (mut out, mut at) = (String::new(), 0);
    let single = |at: usize| {
        let is_word = |at: Option<&char>| at.is_some_and(|letter| letter.is_alphanumeric());
        // A letter may carry an accent.
        let accent = usize::from(at >= 2 && matches!(letters[at - 1], '\u{300}'..='\u{36f}'));
        let first = at.checked_sub(1 + accent);
        let before = first.and_then(|first| first.checked_sub(1)).and_then(|before| letters.get(before));
        is_word(first.and_then(|first| letters.get(first))) && (!is_word(before) || before == Some(&'δ'))
    };
    while at < letters.len() {
        let inside = match (letters[at], letters.get(at + 1)) {
            ('_', Some('{')) if at > 0 => {
                // Words that were cut short may end within the braces.
                let end = closing(&letters, at + 1).unwrap_or(letters.len());
                Some((at + 2, end, end + 1))
            }
            ('_', Some(next)) if single(at) && next.is_alphanumeric() => {
                let end = (at + 1..letters.len()).find(|end| !letters[*end].is_alphanumeric()).unwrap_or(letters.len());
                Some((at + 1, end, end))
            }
            _ => None,
        };
        match inside {
            Some((from, to, next)) => {
                let below: String = letters[from..to].iter().collect();
                let below = lowered(&below, size.saturating_sub(1).max(8));
                out.push_str(&format!("<tspan dy=\"3\" style=\"font-size:{size}px\">{below}</tspan>"));
                // What follows stands on the line again.
                if next < letters.len() || size < LOWERED as usize {
                    out.push_str("<tspan dy=\"-3\">\u{200b}</tspan>");
                }
                at = next;
            }
            None => {
                out.push_str(&escaped(&letters[at].to_string()));
                at += 1;
            }
        }
    }
    out
}

/// Where the brace that opens at a place is closed.
fn closing(letters: &[char], open: usize) -> Option<usize> {
    let mut depth = 0;
    (open..letters.len()).find(|at| {
        depth += match letters[*at] {
            '{' => 1,
            '}' => -1,
            _ => 0,
        };
        depth == 0
    })
}

fn stroke(ink: Ink) -> String {
    match ink {
        Ink::Frame => "fr".into(),
        Ink::Grid => "gr".into(),
        Ink::Zero => "ze".into(),
        Ink::Curve(0) => "ln c0".into(),
        Ink::Curve(number) => format!("ln c{number} d{number}"),
        Ink::Reference(number) => format!("rf c{number}"),
        Ink::Under => "un".into(),
        Ink::Over(0) => "ov".into(),
        Ink::Over(number) => format!("ov ov{}", 1 + (number - 1) % 2),
        _ => "rf cn".into(),
    }
}

fn fill(ink: Ink) -> String {
    match ink {
        Ink::Band(number) => format!("b{number}"),
        Ink::Layer(number) => format!("la f{number}"),
        Ink::Curve(number) | Ink::Reference(number) => format!("f{number}"),
        Ink::Shade(number) => format!("h{number}"),
        Ink::Nothing => "no".into(),
        _ => "fn".into(),
    }
}

/// Lines from point to point; points closer than a pixel's tenth are one.
fn path(points: &[(f64, f64)]) -> String {
    let mut out = String::new();
    let mut last = (String::new(), String::new());
    for (position, (x, y)) in points.iter().enumerate() {
        let here = (number(*x), number(*y));
        if position > 0 && here == last {
            continue;
        }
        let _ = write!(out, "{}{} {}", if position == 0 { "M" } else { "L" }, here.0, here.1);
        last = here;
    }
    out
}

fn dot(shape: Shape, (x, y): (f64, f64)) -> String {
    let polygon = |points: &[(f64, f64)]| {
        let moved: Vec<(f64, f64)> = points.iter().map(|(right, down)| (x + right, y + down)).collect();
        path(&moved) + "Z"
    };
    match shape {
        Shape::Down => polygon(&[(-6.0, -9.0), (6.0, -9.0), (0.0, 0.0)]),
        Shape::Up => polygon(&[(-6.0, 9.0), (6.0, 9.0), (0.0, 0.0)]),
        Shape::Marker(number) => match number % COLOURS {
            0 => format!("M{} {}a3.8 3.8 0 1 0 7.6 0a3.8 3.8 0 1 0 -7.6 0Z", self::number(x - 3.8), self::number(y)),
            1 => polygon(&[(-3.5, -3.5), (3.5, -3.5), (3.5, 3.5), (-3.5, 3.5)]),
            2 => polygon(&[(0.0, -4.8), (4.6, 3.6), (-4.6, 3.6)]),
            3 => polygon(&[(0.0, -5.2), (5.2, 0.0), (0.0, 5.2), (-5.2, 0.0)]),
            4 => polygon(&[(0.0, 4.8), (4.6, -3.6), (-4.6, -3.6)]),
            5 => polygon(&[(-4.5, -1.5), (4.5, -1.5), (4.5, 1.5), (-4.5, 1.5)]),
            6 => polygon(&[(-1.5, -4.8), (1.5, -4.8), (1.5, 4.8), (-1.5, 4.8)]),
            _ => polygon(&[(0.0, -5.0), (4.8, -1.5), (3.0, 4.2), (-3.0, 4.2), (-4.8, -1.5)]),
        },
    }
}

/// A coordinate with one digit after the point at most.
fn number(value: f64) -> String {
    let text = format!("{value:.1}");
    let text = text.strip_suffix(".0").unwrap_or(&text);
    if text == "-0" { "0".into() } else { text.to_string() }
}

/// Text that XML and HTML read as it is.
pub fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            // No XML may hold these.
            letter if letter.is_control() && !matches!(letter, '\n' | '\t') => out.push('\u{FFFD}'),
            letter => out.push(letter),
        }
    }
    out
}
