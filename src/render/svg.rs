//! Marks → SVG. The same bytes on every run: no counters, no clock, one digit after the point.

use super::drawing::{COLOURS, Face, Ink, Mark, SHADES, Scene, Shape, Sheet, Words, draw};
use super::picture::Picture;
use std::fmt::Write;

/// Colours of curves on a light and on a dark page. They differ in lightness too, and every curve has a dash and a marker.
const CURVES: [(&str, &str); COLOURS] = [
    ("#0067b1", "#62b5f2"),
    ("#c2500c", "#ff9c5a"),
    ("#00795a", "#43cfa8"),
    ("#9c3f83", "#e795d2"),
    ("#856000", "#e6c04c"),
    ("#4b4bc0", "#a9a9ff"),
    ("#b0202f", "#ff858a"),
    ("#4a4a4a", "#cfcfcf"),
];
const DASHES: [&str; COLOURS] = ["none", "8 4", "2 3", "10 3 2 3", "5 2", "12 5", "1 4", "8 3 2 3 2 3"];

/// The styles of all pictures, for a page or a file.
pub fn style() -> String {
    let mut out = String::from(concat!(
        ".pic text{font:13px system-ui,-apple-system,\"Segoe UI\",Roboto,\"Noto Sans\",sans-serif}",
        ".pic .ti{font-weight:600;font-size:14px}.pic .in{font-size:12px;font-weight:600}",
        ".pic .ln{fill:none;stroke-width:2;stroke-linejoin:round}.pic .gr{fill:none;stroke-width:1}",
        ".pic .fr{fill:none;stroke-width:1}.pic .ze{fill:none;stroke-width:1.2;stroke-dasharray:3 3}",
        ".pic .rf{fill:none;stroke-width:1.8;stroke-dasharray:1.5 3.5;stroke-linecap:round}",
        ".pic .un{fill:none;stroke-width:5}.pic .ov{fill:none;stroke-width:2}.pic .ov1{stroke-dasharray:7 4}",
        ".pic .ov2{stroke-dasharray:2 4}.pic .dt{stroke-width:1.2}.pic .la{stroke-width:.4}",
    ));
    for (number, dash) in DASHES.iter().enumerate().skip(1) {
        let _ = write!(out, ".pic .d{number}{{stroke-dasharray:{dash}}}");
    }
    out.push_str(&colours(false));
    let _ = write!(out, "@media (prefers-color-scheme:dark){{@media screen{{{}}}}}", colours(true));
    out
}

fn colours(dark: bool) -> String {
    let pick = |light: &'static str, night: &'static str| if dark { night } else { light };
    let mut out = String::new();
    let page = pick("#ffffff", "#15171b");
    let _ = write!(
        out,
        ".pic text{{fill:{}}}.pic .pl{{fill:{1}}}.pic .in{{fill:{page}}}.pic .gr{{stroke:{2}}}.pic .fr,.pic .ze{{stroke:{3}}}",
        pick("#1a1c20", "#e8e8e6"),
        pick("#4d525b", "#b4b8c0"),
        pick("#e6e8eb", "#2b2f36"),
        pick("#6b717b", "#8b919b"),
    );
    let _ = write!(
        out,
        ".pic .un{{stroke:{page}}}.pic .ov{{stroke:{0}}}.pic .cn{{stroke:{0}}}.pic .dt{{stroke:{page}}}.pic .fn{{fill:{0}}}.pic .la{{stroke:{page}}}.pic .no{{fill:{1}}}",
        pick("#1a1c20", "#f2f2f0"),
        pick("#c9ccd1", "#444951"),
    );
    for (number, (light, night)) in CURVES.iter().enumerate() {
        let colour = pick(light, night);
        let _ = write!(out, ".pic .c{number}{{stroke:{colour}}}.pic .f{number}{{fill:{colour}}}.pic .b{number}{{fill:{colour};fill-opacity:.2}}");
    }
    for number in 0..SHADES {
        let _ = write!(out, ".pic .h{number}{{fill:{}}}", shade(number, dark));
    }
    out
}

/// Blue below, red above, the colour of the page in the middle: told apart with any common colour blindness.
fn shade(number: usize, dark: bool) -> String {
    let middle = if dark { [38.0, 41.0, 47.0] } else { [247.0, 246.0, 243.0] };
    let (low, high) = if dark {
        ([96.0, 180.0, 255.0], [255.0, 150.0, 90.0])
    } else {
        ([5.0, 72.0, 140.0], [165.0, 48.0, 8.0])
    };
    let half = (SHADES / 2) as f64;
    let share = (number as f64 - half) / half;
    let end = if share < 0.0 { low } else { high };
    let mix = |at: usize| (middle[at] + (end[at] - middle[at]) * libm::pow(share.abs(), 0.8)) as u8;
    format!("#{:02x}{:02x}{:02x}", mix(0), mix(1), mix(2))
}

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
        let _ = writeln!(out, "<g transform=\"translate(20 {})\" aria-label=\"{}\">", number(down), escaped(&picture.title));
        marks(scene, &mut out);
        out.push_str("</g>\n");
        down += scene.height + 24.0;
    }
    out.push_str("</svg>\n");
    out
}

/// A picture inside a page that has the [`style`]. The name tells it from others of the page.
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
        exponent => format!("<tspan dy=\"-5\" font-size=\"10\" style=\"font-size:10px\">{}</tspan>", escaped(exponent)),
    };
    let (x, y) = (number(words.at.0), number(words.at.1));
    let _ = writeln!(out, "<text class=\"{class}\" x=\"{x}\" y=\"{y}\"{anchor}>{}{raised}</text>", escaped(&words.text));
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
