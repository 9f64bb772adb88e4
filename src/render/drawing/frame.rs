//! What stands around the numbers: title, legend, axes.

use super::{Face, Ink, LETTER, LINE, Mark, Scene, Shape, Sheet, Words, room, shortened, wrapped};
use crate::render::picture::{Axis, Picture, Scale};
use crate::render::ticks::{Range, ticks};

/// An entry of a legend.
pub struct Entry {
    /// How it is shown.
    pub sample: Sample,
    /// What it is called.
    pub name: String,
}

/// What is shown before a name.
pub enum Sample {
    /// A piece of a line, with a marker on it.
    Line(Ink, Option<Shape>),
    /// A marker alone.
    Dot(Ink, Shape),
    /// A box, with a number inside.
    Box(Ink, usize),
}

/// The plane of the numbers.
pub struct Frame {
    /// Left, top, right, bottom.
    pub inside: [f64; 4],
    /// What is seen from left to right.
    pub x: Range,
    /// What is seen from bottom to top.
    pub y: Range,
}

impl Frame {
    /// Where a point is drawn. What lies outside is drawn at the edge.
    pub fn place(&self, x: f64, y: f64) -> (f64, f64) {
        let [left, top, right, bottom] = self.inside;
        let across = left + (right - left) * self.x.share(x).clamp(0.0, 1.0);
        (across, bottom - (bottom - top) * self.y.share(y).clamp(0.0, 1.0))
    }
}

/// Draws the frame with its words, and tells where the numbers go.
pub fn frame(picture: &Picture, sheet: Sheet, x: Range, y: Range, legend: &[Entry]) -> (Scene, Frame) {
    let mut scene = Scene { width: sheet.width, ..Scene::default() };
    let mut down = 4.0;
    let full = sheet.width - 8.0;
    if sheet.titled {
        for line in wrapped(&picture.title, full * 0.88) {
            down += LINE + 1.0;
            scene.words((4.0, down - 4.0), 0.0, line, Face::Title);
        }
        down += 2.0;
    }
    down = entries(&mut scene, legend, down, full);
    for line in wrapped(&picture.y.label, full) {
        down += LINE;
        scene.words((4.0, down - 4.0), 0.0, line, Face::Label);
    }
    down += 6.0;
    let (top, bottom) = (down, down + sheet.plot);
    let y_ticks = ticks(y, picture.y.scale, ((sheet.plot / 36.0) as usize).clamp(3, 9));
    let written = |text: &str, exponent: &str| room(text) + 0.75 * room(exponent);
    let widest = y_ticks.iter().map(|tick| written(&tick.text, &tick.exponent)).fold(0.0, f64::max);
    let left = 4.0 + widest + 8.0;
    let right = sheet.width - 14.0;
    let frame = Frame { inside: [left, top, right, bottom], x, y };
    let mut grid = Vec::new();
    for tick in &y_ticks {
        let (_, at) = frame.place(x.low, tick.at);
        grid.push(vec![(left, at), (right, at)]);
        let words = Words {
            at: (left - 7.0, at + 0.35 * LETTER),
            anchor: 1.0,
            text: tick.text.clone(),
            exponent: tick.exponent.clone(),
            face: Face::Plain,
        };
        scene.marks.push(Mark::Words(words));
    }
    horizontal(&mut scene, &frame, &picture.x, &mut grid);
    scene.marks.push(Mark::Lines(Ink::Grid, grid));
    let crossed = picture.y.scale != Scale::Integers && y.low < 0.0 && y.high > 0.0;
    if crossed {
        let (_, at) = frame.place(x.low, 0.0);
        scene.marks.push(Mark::Lines(Ink::Zero, vec![vec![(left, at), (right, at)]]));
    }
    scene.marks.push(Mark::Lines(Ink::Frame, vec![vec![(left, top), (left, bottom), (right, bottom)]]));
    down = bottom + LINE + 8.0;
    for line in wrapped(&picture.x.label, full) {
        down += LINE;
        scene.words((0.5 * (left + right).max(room(&line) + 8.0), down - 4.0), 0.5, line, Face::Label);
    }
    scene.height = down + 4.0;
    (scene, frame)
}

/// The note below everything, where it is part of the drawing.
pub fn note(scene: &mut Scene, picture: &Picture, sheet: Sheet) {
    if !sheet.titled || picture.note.is_empty() {
        return;
    }
    for line in wrapped(&picture.note, sheet.width - 8.0) {
        scene.height += LINE;
        scene.words((4.0, scene.height - 4.0), 0.0, line, Face::Plain);
    }
    scene.height += 4.0;
}

/// The numbers below: as many as stand apart.
fn horizontal(scene: &mut Scene, frame: &Frame, axis: &Axis, grid: &mut Vec<Vec<(f64, f64)>>) {
    let [left, top, right, bottom] = frame.inside;
    let mut most = 12;
    let found = loop {
        let found = ticks(frame.x, axis.scale, most);
        let widest = found.iter().map(|tick| room(&tick.text) + 0.75 * room(&tick.exponent)).fold(0.0, f64::max);
        let apart = found.windows(2).map(|pair| frame.place(pair[1].at, 0.0).0 - frame.place(pair[0].at, 0.0).0);
        if most <= 2 || apart.fold(right - left, f64::min) >= widest + 16.0 {
            break found;
        }
        most -= 1;
    };
    for tick in found {
        let (at, _) = frame.place(tick.at, frame.y.low);
        grid.push(vec![(at, top), (at, bottom)]);
        let width = room(&tick.text) + 0.75 * room(&tick.exponent);
        // The last number stays on the sheet.
        let at = at.min(scene.width - 2.0 - 0.5 * width);
        let words = Words {
            at: (at, bottom + LINE + 4.0),
            anchor: 0.5,
            text: tick.text,
            exponent: tick.exponent,
            face: Face::Plain,
        };
        scene.marks.push(Mark::Words(words));
    }
}

/// The legend in rows, and where it ends.
fn entries(scene: &mut Scene, legend: &[Entry], top: f64, full: f64) -> f64 {
    const SAMPLE: f64 = 30.0;
    if legend.is_empty() {
        return top;
    }
    let (mut across, mut down) = (4.0, top + LINE);
    for entry in legend {
        let name = shortened(&entry.name, full - SAMPLE - 6.0);
        let width = SAMPLE + 6.0 + room(&name);
        if across > 4.0 && across + width > full {
            (across, down) = (4.0, down + LINE + 2.0);
        }
        let middle = down - 8.5;
        match entry.sample {
            Sample::Line(ink, shape) => {
                scene.marks.push(Mark::Lines(ink, vec![vec![(across, middle), (across + SAMPLE, middle)]]));
                if let Some(shape) = shape {
                    scene.marks.push(Mark::Dots(ink, shape, vec![(across + 0.5 * SAMPLE, middle)]));
                }
            }
            Sample::Dot(ink, shape) => {
                // Those that point at an edge stand with their tip on it.
                let tip = match shape {
                    Shape::Down => 4.5,
                    Shape::Up => -4.5,
                    Shape::Marker(_) => 0.0,
                };
                scene.marks.push(Mark::Dots(ink, shape, vec![(across + 0.5 * SAMPLE, middle + tip)]));
            }
            Sample::Box(ink, number) => {
                scene.marks.push(Mark::Boxes(ink, vec![[across + 6.0, middle - 7.0, SAMPLE - 8.0, 14.0]]));
                let at = (across + 0.5 * (SAMPLE + 4.0), middle + 0.36 * LETTER);
                scene.words(at, 0.5, number.to_string(), Face::Inside);
            }
        }
        scene.words((across + SAMPLE + 6.0, down - 4.0), 0.0, name, Face::Plain);
        across += width + 18.0;
    }
    down + 4.0
}
