//! The looks of pictures: colours for light and dark pages, dashes, letters. Plain classes, which every reader of SVG knows.

use super::drawing::{COLOURS, SHADES};
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
        let _ = write!(
            out,
            ".pic .c{number}{{stroke:{colour}}}.pic .f{number}{{fill:{colour}}}.pic .b{number}{{fill:{colour};fill-opacity:.2}}"
        );
    }
    for number in 0..SHADES {
        let _ = write!(out, ".pic .h{number}{{fill:{};shape-rendering:crispEdges}}", shade(number, dark));
    }
    out
}

/// Blue below, red above, the colour of the page in the middle: told apart with any common colour blindness.
fn shade(number: usize, dark: bool) -> String {
    let middle = if dark { [38.0, 41.0, 47.0] } else { [247.0, 246.0, 243.0] };
    let (low, high) =
        if dark { ([96.0, 180.0, 255.0], [255.0, 150.0, 90.0]) } else { ([5.0, 72.0, 140.0], [165.0, 48.0, 8.0]) };
    let half = (SHADES / 2) as f64;
    let share = (number as f64 - half) / half;
    let end = if share < 0.0 { low } else { high };
    let mix = |at: usize| (middle[at] + (end[at] - middle[at]) * libm::pow(share.abs(), 0.8)) as u8;
    format!("#{:02x}{:02x}{:02x}", mix(0), mix(1), mix(2))
}
