//! A map: a shade for each point of a grid, lines over it, and the scale of shades above.

use super::frame::{Entry, Frame, Sample, frame, note};
use super::{Face, Ink, LINE, Mark, SHADES, Scene, Sheet, room};
use crate::render::picture::{Map, Picture, Points};
use crate::render::ticks::{Range, signed};

/// The drawing.
pub fn draw(picture: &Picture, map: &Map, sheet: Sheet) -> Scene {
    let (columns, rows) = (edges(&map.x), edges(&map.y));
    let over = |edges: &[f64]| match (edges.first(), edges.last()) {
        (Some(low), Some(high)) if low < high => Range { low: *low, high: *high },
        _ => Range { low: 0.0, high: 1.0 },
    };
    let lines = map.lines.iter().enumerate().filter(|(_, (_, points))| points.len() > 1);
    let entry = |(number, (name, _)): (usize, &(String, Points))| Entry {
        sample: Sample::Line(Ink::Over(number), None),
        name: name.clone(),
    };
    let legend: Vec<Entry> = lines.clone().map(entry).collect();
    let (mut scene, frame) = frame(picture, sheet, over(&columns), over(&rows), &legend);
    let limit = map.limit();
    let mut shades: Vec<Vec<[f64; 4]>> = vec![Vec::new(); SHADES + 1];
    for (row, values) in map.cells.iter().enumerate().take(map.y.len()) {
        let mut start = 0;
        let kind = |column: usize| values.get(column).map_or(SHADES, |value| shade(*value, limit));
        // Neighbours of one shade are one box.
        for column in 1..=map.x.len() {
            if column == map.x.len() || kind(column) != kind(start) {
                // On whole pixels, so that neighbours meet.
                let whole = |(x, y): (f64, f64)| (libm::round(x), libm::round(y));
                let (left, bottom) = whole(frame.place(columns[start], rows[row]));
                let (right, top) = whole(frame.place(columns[column], rows[row + 1]));
                shades[kind(start)].push([left, top, right - left, bottom - top]);
                start = column;
            }
        }
    }
    for (number, boxes) in shades.into_iter().enumerate().filter(|(_, boxes)| !boxes.is_empty()) {
        scene.marks.push(Mark::Boxes(if number == SHADES { Ink::Nothing } else { Ink::Shade(number) }, boxes));
    }
    for (number, (_, points)) in lines {
        let pieces = seen(&frame, points);
        scene.marks.push(Mark::Lines(Ink::Under, pieces.clone()));
        scene.marks.push(Mark::Lines(Ink::Over(number), pieces));
    }
    scale(&mut scene, map, limit);
    note(&mut scene, picture, sheet);
    scene
}

/// The borders of cells around the points of a grid.
fn edges(points: &[f64]) -> Vec<f64> {
    match points {
        [] => Vec::new(),
        [only] => vec![only - 0.5, only + 0.5],
        [first, second, ..] => {
            let last = points[points.len() - 1];
            let end = last + 0.5 * (last - points[points.len() - 2]);
            let between = points.windows(2).map(|pair| 0.5 * (pair[0] + pair[1]));
            std::iter::once(first - 0.5 * (second - first)).chain(between).chain([end]).collect()
        }
    }
}

/// The number of a shade; `SHADES` is none.
fn shade(value: f64, limit: f64) -> usize {
    if value.is_nan() {
        return SHADES;
    }
    let share = (0.5 + 0.5 * (value / limit)).clamp(0.0, 1.0);
    ((share * SHADES as f64) as usize).min(SHADES - 1)
}

/// The stretches of a line inside the frame.
fn seen(frame: &Frame, points: &[(f64, f64)]) -> Vec<Points> {
    let inside =
        |(x, y): (f64, f64)| (0.0..=1.0).contains(&frame.x.share(x)) && (0.0..=1.0).contains(&frame.y.share(y));
    let mut pieces: Vec<Points> = vec![Vec::new()];
    for point in points {
        match pieces.last_mut() {
            Some(piece) if inside(*point) => piece.push(frame.place(point.0, point.1)),
            _ => pieces.push(Vec::new()),
        }
    }
    pieces.retain(|piece| piece.len() > 1);
    pieces
}

/// The scale of shades, below everything else.
fn scale(scene: &mut Scene, map: &Map, limit: f64) {
    let full = scene.width - 8.0;
    let top = scene.height + 2.0;
    let width = (full - 60.0).min(420.0);
    let left = 0.5 * (scene.width - width);
    let step = width / SHADES as f64;
    for number in 0..SHADES {
        scene.marks.push(Mark::Boxes(Ink::Shade(number), vec![[left + number as f64 * step, top, step, 12.0]]));
    }
    let digits = if limit >= 10.0 {
        0
    } else if limit >= 1.0 {
        1
    } else {
        2
    };
    let ends = [("≤ ", 0.0, -limit, &map.words[0]), ("", 0.5, 0.0, &map.words[1]), ("≥ ", 1.0, limit, &map.words[2])];
    for (sign, share, value, word) in ends {
        let at = left + share * width;
        let text = format!("{sign}{}", signed(value, digits));
        for (line, text) in [text, word.clone()].into_iter().enumerate() {
            let half = 0.5 * room(&text);
            let at = at.clamp(4.0 + half, scene.width - 4.0 - half);
            scene.words((at, top + 12.0 + LINE * (1.0 + line as f64) - 3.0), 0.5, text, Face::Plain);
        }
    }
    let mut down = top + 12.0 + 2.0 * LINE + 2.0;
    for line in super::wrapped(&map.label, full) {
        down += LINE;
        scene.words((0.5 * scene.width, down - 4.0), 0.5, line, Face::Label);
    }
    scene.height = down + 6.0;
}
