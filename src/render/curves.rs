//! Pictures of functions: points of braille for a terminal, SVG for a page.

use crate::math::activation::{Activation, Point};
use std::fmt::Write;

/// How high a picture reaches, up and down.
const HIGH: f64 = 2.5;
/// How wide, to both sides.
const WIDE: f64 = 5.0;
/// Characters of a picture; each holds 2 × 4 points.
const COLUMNS: usize = 40;
const ROWS: usize = 10;

/// The function and its slope side by side.
pub fn terminal(one: &Activation) -> String {
    let left = braille(&one.survey.curve, |point| point.value);
    let right = braille(&one.survey.curve, |point| point.slope);
    let mut out = format!("  {:COLUMNS$}      {}\n", format!("{}(u)", one.name), "slope");
    for (number, (left, right)) in left.iter().zip(&right).enumerate() {
        let height = HIGH - (number as f64 + 0.5) * 2.0 * HIGH / ROWS as f64;
        let label = if number % 4 == 0 { format!("{height:>5.2}").replace('-', "−") } else { " ".repeat(5) };
        out.push_str(format!("{label} {left} {label} {right}").trim_end());
        out.push('\n');
    }
    let axis = format!("{:<w$}{:^w2$}{:>w$}", "−5", "0", "5", w = COLUMNS / 2 - 2, w2 = 4);
    let _ = writeln!(out, "      {axis}       {axis}");
    out
}

/// The rows of a picture, the axes included.
fn braille(curve: &[Point], of: impl Fn(&Point) -> f64) -> Vec<String> {
    let (wide, high) = (COLUMNS * 2, ROWS * 4);
    let mut dots = vec![false; wide * high];
    let mut set = |column: f64, row: f64| {
        if column >= 0.0 && row >= 0.0 && (column as usize) < wide && (row as usize) < high {
            dots[row as usize * wide + column as usize] = true;
        }
    };
    let place =
        |at: f64, value: f64| ((at + WIDE) / (2.0 * WIDE) * wide as f64, (HIGH - value) / (2.0 * HIGH) * high as f64);
    // The axes as dots.
    for column in (0..wide).step_by(4) {
        set(column as f64, high as f64 / 2.0);
    }
    for row in (0..high).step_by(4) {
        set(wide as f64 / 2.0, row as f64);
    }
    for pair in curve.windows(2) {
        let (from, to) = (place(pair[0].at, of(&pair[0])), place(pair[1].at, of(&pair[1])));
        // Steep pieces are joined, jumps are not.
        let steps = if (to.1 - from.1).abs() < high as f64 / 4.0 { 8 } else { 1 };
        for step in 0..steps {
            let share = f64::from(step) / f64::from(steps);
            set(from.0 + share * (to.0 - from.0), from.1 + share * (to.1 - from.1));
        }
    }
    let bits = [[0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80]];
    let cell = |row: usize, column: usize| {
        let mut code = 0x2800;
        for (down, pair) in bits.iter().enumerate() {
            for (across, bit) in pair.iter().enumerate() {
                if dots[(row * 4 + down) * wide + column * 2 + across] {
                    code |= bit;
                }
            }
        }
        char::from_u32(code).unwrap_or(' ')
    };
    (0..ROWS).map(|row| (0..COLUMNS).map(|column| cell(row, column)).collect()).collect()
}

/// One panel for each function, in rows of three.
pub fn svg(all: &[Activation]) -> String {
    const PANEL: (f64, f64) = (260.0, 190.0);
    let across = all.len().clamp(1, 3);
    let down = all.len().div_ceil(3).max(1);
    let (width, height) = (PANEL.0 * across as f64, PANEL.1 * down as f64);
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" height=\"{height}\" \
         font-family=\"sans-serif\" font-size=\"12\">\n\
         <style>\
         text{{fill:#222}} .axis{{stroke:#999;stroke-width:.7}} .value{{stroke:#1b66c9;stroke-width:2;fill:none}} \
         .slope{{stroke:#d1495b;stroke-width:1.6;stroke-dasharray:5 3;fill:none}}\
         @media (prefers-color-scheme:dark){{text{{fill:#ddd}} .axis{{stroke:#777}} .value{{stroke:#6ea8fe}} .slope{{stroke:#ff8fa0}}}}\
         </style>\n"
    );
    for (number, one) in all.iter().enumerate() {
        let (left, top) = ((number % 3) as f64 * PANEL.0 + 15.0, (number / 3) as f64 * PANEL.1 + 24.0);
        let (wide, high) = (PANEL.0 - 30.0, PANEL.1 - 44.0);
        let place = |at: f64, value: f64| {
            let value = value.clamp(-HIGH, HIGH);
            (left + (at + WIDE) / (2.0 * WIDE) * wide, top + (HIGH - value) / (2.0 * HIGH) * high)
        };
        let (x0, y0) = place(0.0, 0.0);
        let _ = write!(
            out,
            "<text x=\"{left}\" y=\"{:.1}\">{} <tspan fill=\"#d1495b\">and its slope</tspan></text>\n\
             <path class=\"axis\" d=\"M{left} {y0:.1}H{:.1}M{x0:.1} {top}V{:.1}\"/>\n",
            top - 8.0,
            escaped(one.name.as_str()),
            left + wide,
            top + high,
        );
        for (class, of) in [("value", value as fn(&Point) -> f64), ("slope", slope)] {
            let _ = writeln!(out, "<path class=\"{class}\" d=\"{}\"/>", path(&one.survey.curve, of, &place));
        }
    }
    out.push_str("</svg>\n");
    out
}

fn value(point: &Point) -> f64 {
    point.value
}

fn slope(point: &Point) -> f64 {
    point.slope
}

/// A line through the points, lifted where it leaves the picture or jumps.
fn path(curve: &[Point], of: fn(&Point) -> f64, place: &dyn Fn(f64, f64) -> (f64, f64)) -> String {
    let mut out = String::new();
    let mut before: Option<f64> = None;
    for point in curve.iter().step_by(2) {
        let height = of(point);
        if height.abs() > HIGH {
            before = None;
            continue;
        }
        let (x, y) = place(point.at, height);
        let drawn = before.is_some_and(|before| (before - height).abs() < 0.3);
        let _ = write!(out, "{}{x:.1} {y:.1}", if drawn { 'L' } else { 'M' });
        before = Some(height);
    }
    out
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}
