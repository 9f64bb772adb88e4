//! Picture → lines of a terminal: dots of Braille, eight to a column, with a letter for each curve.

use super::picture::Plot;
use super::picture::{Curve, Kind, Map, Picture, Scale, Stack};
use super::text::columns;
use super::ticks::{Range, Tick, signed, ticks};

/// How many lines the plane has.
const ROWS: usize = 14;

/// The picture in lines of at most `width` columns.
pub fn plot(picture: &Picture, width: usize) -> Vec<String> {
    let width = width.max(40);
    let mut lines = vec![picture.title.clone()];
    match &picture.plot {
        Plot::Curves(curves) => self::curves(picture, curves, width, &mut lines),
        Plot::Stack(stack) => self::stack(picture, stack, width, &mut lines),
        Plot::Map(map) => self::map(picture, map, width, &mut lines),
    }
    if !picture.note.is_empty() {
        lines.extend(wrapped(&picture.note, width));
    }
    lines
}

/// The letter that a curve, a layer or a line is told by.
fn letter(number: usize) -> char {
    char::from(b'a' + (number % 26) as u8)
}

/// A tick as a terminal can write it.
fn written(tick: &Tick) -> String {
    let raised = |digit: char| match digit {
        '−' => '⁻',
        '1' => '¹',
        '2' => '²',
        '3' => '³',
        digit => digit.to_digit(10).and_then(|value| char::from_u32(0x2070 + value)).unwrap_or(digit),
    };
    let exponent: String = tick.exponent.chars().map(raised).collect();
    format!("{}{exponent}", tick.text)
}

/// A plane of letters with a frame.
struct Plane {
    x: Range,
    y: Range,
    /// Left of the frame.
    margin: usize,
    columns: usize,
    /// Dots of Braille, a byte for each letter.
    dots: Vec<u8>,
    /// Letters over the dots.
    over: Vec<Option<char>>,
}

impl Plane {
    fn new(picture: &Picture, x: Range, y: Range, width: usize) -> (Plane, Vec<Tick>) {
        let found = ticks(y, picture.y.scale, 5);
        let margin = found.iter().map(|tick| columns(&written(tick))).max().unwrap_or(0);
        let columns = width.saturating_sub(margin + 2).clamp(20, 160);
        let size = columns * ROWS;
        (Plane { x, y, margin, columns, dots: vec![0; size], over: vec![None; size] }, found)
    }

    /// The dot of a point, counted from the upper left.
    fn dot(&self, x: f64, y: f64) -> (usize, usize) {
        let (wide, high) = (2 * self.columns - 1, 4 * ROWS - 1);
        let across = libm::round(self.x.share(x).clamp(0.0, 1.0) * wide as f64) as usize;
        let down = libm::round((1.0 - self.y.share(y).clamp(0.0, 1.0)) * high as f64) as usize;
        (across, down)
    }

    fn set(&mut self, (across, down): (usize, usize)) {
        const BITS: [[u8; 2]; 4] = [[0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80]];
        self.dots[(down / 4) * self.columns + across / 2] |= BITS[down % 4][across % 2];
    }

    fn line(&mut self, from: (usize, usize), to: (usize, usize)) {
        let far = from.0.abs_diff(to.0).max(from.1.abs_diff(to.1)).max(1);
        let between = |from: usize, to: usize, step: usize| (from * (far - step) + to * step + far / 2) / far;
        for step in 0..=far {
            self.set((between(from.0, to.0, step), between(from.1, to.1, step)));
        }
    }

    fn mark(&mut self, (across, down): (usize, usize), letter: char) {
        self.over[(down / 4) * self.columns + across / 2] = Some(letter);
    }

    /// The lines of the plane with the numbers of its axes.
    fn lines(&self, picture: &Picture, y_ticks: &[Tick], lines: &mut Vec<String>) {
        let mut numbers = vec![String::new(); ROWS];
        for tick in y_ticks {
            numbers[self.dot(self.x.low, tick.at).1 / 4] = written(tick);
        }
        for (row, number) in numbers.iter().enumerate() {
            let edge = if number.is_empty() { '│' } else { '┤' };
            let cells = row * self.columns..(row + 1) * self.columns;
            let cell = |at: usize| {
                self.over[at].unwrap_or(match self.dots[at] {
                    0 => ' ',
                    dots => char::from_u32(0x2800 + u32::from(dots)).unwrap_or(' '),
                })
            };
            let inside: String = cells.map(cell).collect();
            let blank = " ".repeat(self.margin.saturating_sub(columns(number)));
            lines.push(format!("{blank}{number}{edge}{inside}").trim_end().to_string());
        }
        below(self.x, picture.x.scale, self.margin, self.columns, lines);
        lines.push(format!("{}{}", " ".repeat(self.margin + 1), centred(&picture.x.label, self.columns)));
    }
}

/// The axis below a plane.
fn below(x: Range, scale: Scale, margin: usize, wide: usize, lines: &mut Vec<String>) {
    let (mut edge, mut numbers) = (vec!['─'; wide], vec![' '; wide]);
    let mut end = 0;
    for tick in ticks(x, scale, (wide / 12).max(2)) {
        let at = libm::round(x.share(tick.at) * (wide - 1) as f64) as usize;
        edge[at.min(wide - 1)] = '┬';
        let text: Vec<char> = written(&tick).chars().collect();
        let start = at.saturating_sub(text.len() / 2).min(wide.saturating_sub(text.len()));
        if start >= end && text.len() <= wide {
            numbers[start..start + text.len()].copy_from_slice(&text);
            end = start + text.len() + 1;
        }
    }
    let text = |letters: Vec<char>| letters.into_iter().collect::<String>();
    lines.push(format!("{}└{}", " ".repeat(margin), text(edge)));
    lines.push(format!("{} {}", " ".repeat(margin), text(numbers)).trim_end().to_string());
}

fn centred(text: &str, width: usize) -> String {
    format!("{}{text}", " ".repeat(width.saturating_sub(columns(text)) / 2))
}

/// Curves that share a name in the legend share a letter: one without a name is told by the named one before it.
fn curves_letter(curves: &[Curve], number: usize) -> char {
    letter((0..=number).rev().find(|at| !curves[*at].name.is_empty()).unwrap_or(number))
}

fn curves(picture: &Picture, curves: &[Curve], width: usize, lines: &mut Vec<String>) {
    let curves: Vec<Curve> = curves.iter().map(|curve| curve.thinned(4 * width)).collect();
    let x = Range::around(curves.iter().flat_map(|curve| curve.x.iter().copied()), picture.x.scale);
    let ends =
        |curve: &Curve| curve.band.iter().flat_map(|(low, high)| low.iter().chain(high).copied()).collect::<Vec<_>>();
    let y = Range::around(curves.iter().flat_map(|curve| curve.y.iter().copied().chain(ends(curve))), picture.y.scale);
    let (mut plane, y_ticks) = Plane::new(picture, x, y, width);
    lines.extend(wrapped(&picture.y.label, width));
    for (number, curve) in curves.iter().enumerate() {
        let points: Vec<(f64, f64)> = curve.x.iter().copied().zip(curve.y.iter().copied()).collect();
        // The band shows as single dots at its ends, where it does not hide other curves.
        if let (Some((low, high)), true) = (&curve.band, curves.len() <= 3) {
            for (at, x) in curve.x.iter().enumerate() {
                for y in [low.get(at), high.get(at)].into_iter().flatten().filter(|y| y.is_finite()) {
                    let dot = plane.dot(*x, *y);
                    plane.set(dot);
                }
            }
        }
        for pair in points.windows(2) {
            if pair.iter().all(|(x, y)| x.is_finite() && y.is_finite()) && curve.kind != Kind::Points {
                let ends = (plane.dot(pair[0].0, pair[0].1), plane.dot(pair[1].0, pair[1].1));
                plane.line(ends.0, ends.1);
            }
        }
        for (x, y) in points.iter().filter(|(x, y)| x.is_finite() && y.is_finite()) {
            let dot = plane.dot(*x, *y);
            plane.set(dot);
        }
        for (x, y) in points.iter().filter(|(x, y)| x.is_finite() && y.is_infinite()) {
            let dot = plane.dot(*x, *y);
            plane.mark(dot, if *y < 0.0 { '▼' } else { '▲' });
        }
        if curves.len() > 1 {
            let finite: Vec<&(f64, f64)> = points.iter().filter(|(x, y)| x.is_finite() && y.is_finite()).collect();
            for part in 0..4 {
                let share = (part as f64 + (number as f64 + 0.5) / curves.len() as f64) / 4.0;
                let wanted = x.low + share * x.span();
                let near = |point: &&&(f64, f64)| (point.0 - wanted).abs();
                if let Some((x, y)) = finite.iter().min_by(|a, b| near(a).total_cmp(&near(b))) {
                    let dot = plane.dot(*x, *y);
                    plane.mark(dot, curves_letter(&curves, number));
                }
            }
        }
    }
    plane.lines(picture, &y_ticks, lines);
    let mut legend: Vec<String> = Vec::new();
    if curves.len() > 1 {
        let named = curves.iter().enumerate().filter(|(_, curve)| !curve.name.is_empty());
        legend.extend(named.map(|(number, curve)| format!("{} {}", curves_letter(&curves, number), curve.name)));
    }
    let any = |edge: f64| curves.iter().any(|curve| curve.y.contains(&edge));
    let zero = if picture.y.scale == Scale::Decades { "▼ exactly 0" } else { "▼ −∞" };
    legend.extend(any(f64::NEG_INFINITY).then(|| zero.to_string()));
    legend.extend(any(f64::INFINITY).then(|| "▲ infinite".to_string()));
    lines.extend(listed(&legend, width));
}

/// A bar of letters for each place: how much of it each layer takes. What works against the others stands left of the line.
fn stack(picture: &Picture, stack: &Stack, width: usize, lines: &mut Vec<String>) {
    let stack = stack.thinned(ROWS + 2);
    let names: Vec<String> = stack.x.iter().map(|x| signed(*x, 0)).collect();
    let margin = names.iter().map(|name| columns(name)).max().unwrap_or(0);
    let total = |at: usize, sign: f64| {
        let values = stack.layers.iter().filter_map(|(_, values)| values.get(at)).filter(|value| value.is_finite());
        values.map(|value| (sign * value).max(0.0)).sum::<f64>()
    };
    let most = |sign: f64| (0..stack.x.len()).map(|at| total(at, sign)).fold(0.0, f64::max);
    let (down, up) = (most(-1.0), most(1.0).max(1.0));
    let room = width.saturating_sub(margin + 3).clamp(20, 100) as f64;
    let unit = room / (down + up);
    let left = libm::ceil(down * unit) as usize;
    lines.push(picture.y.label.clone());
    for (at, name) in names.iter().enumerate() {
        let bar = |sign: f64| {
            let (mut reached, mut out) = (0.0, String::new());
            for (number, (_, values)) in stack.layers.iter().enumerate() {
                let value = sign * values.get(at).copied().unwrap_or(f64::NAN);
                if value > 0.0 {
                    reached += value * unit;
                    let wide = (libm::round(reached) as usize).saturating_sub(out.len());
                    out.extend(std::iter::repeat_n(letter(number), wide));
                }
            }
            out
        };
        let against: String = bar(-1.0).chars().rev().collect();
        let blank = " ".repeat(margin.saturating_sub(columns(name)));
        lines.push(format!("{blank}{name} {against:>left$}│{}", bar(1.0)).trim_end().to_string());
    }
    let names = stack.layers.iter().enumerate();
    lines.extend(listed(
        &names.map(|(number, (name, _))| format!("{} {name}", letter(number))).collect::<Vec<_>>(),
        width,
    ));
}

/// A shade for each point, the denser the larger its value; the lines over it as letters.
fn map(picture: &Picture, map: &Map, width: usize, lines: &mut Vec<String>) {
    const SHADES: [char; 5] = ['·', '░', '▒', '▓', '█'];
    let over = |points: &[f64]| Range::around(points.iter().copied(), Scale::Integers);
    let (x, y) = (over(&map.x), over(&map.y));
    let limit = map.limit();
    lines.extend(wrapped(&picture.y.label, width));
    let (mut plane, y_ticks) = Plane::new(picture, x, y, width);
    let nearest = |points: &[f64], wanted: f64| {
        let near = |at: &usize| (points[*at] - wanted).abs();
        (0..points.len()).min_by(|a, b| near(a).total_cmp(&near(b)))
    };
    for row in 0..ROWS {
        let wanted_y = y.high - y.span() * row as f64 / (ROWS - 1) as f64;
        for column in 0..plane.columns {
            let wanted_x = x.low + x.span() * column as f64 / (plane.columns - 1) as f64;
            let cell = nearest(&map.y, wanted_y).zip(nearest(&map.x, wanted_x));
            let value = cell.and_then(|(row, column)| map.cells.get(row)?.get(column)).copied().unwrap_or(f64::NAN);
            plane.over[row * plane.columns + column] = Some(match value {
                value if value.is_nan() => ' ',
                value => SHADES[(((0.5 + 0.5 * (value / limit).clamp(-1.0, 1.0)) * 5.0) as usize).min(4)],
            });
        }
    }
    for (number, (_, points)) in map.lines.iter().enumerate() {
        for (x, y) in points {
            if (0.0..=1.0).contains(&plane.x.share(*x)) && (0.0..=1.0).contains(&plane.y.share(*y)) {
                let dot = plane.dot(*x, *y);
                plane.mark(dot, letter(number));
            }
        }
    }
    plane.lines(picture, &y_ticks, lines);
    let words =
        [("·", "≤ ", -0.6, &map.words[0]), ("▒", "about ", 0.0, &map.words[1]), ("█", "≥ ", 0.6, &map.words[2])];
    let mut legend: Vec<String> =
        words.map(|(shade, sign, part, word)| format!("{shade} {sign}{} {word}", signed(part * limit, 2))).into();
    legend.extend(map.lines.iter().enumerate().map(|(number, (name, _))| format!("{} {name}", letter(number))));
    lines.push(map.label.clone());
    lines.extend(listed(&legend, width));
}

/// Entries side by side in lines.
fn listed(entries: &[String], width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for entry in entries {
        match lines.last_mut() {
            Some(line) if columns(line) + 3 + columns(entry) <= width => {
                line.push_str("   ");
                line.push_str(entry);
            }
            _ => lines.push(entry.clone()),
        }
    }
    lines
}

fn wrapped(words: &str, width: usize) -> Vec<String> {
    super::page_text::filled(&[super::page::Inline::words(words)], width)
}
