//! What adds up, as bars: shares above 0 upwards, those below 0 downwards.

use super::frame::{Entry, Sample, frame, note};
use super::{COLOURS, Face, Ink, LETTER, Mark, Scene, Sheet};
use crate::render::picture::{Picture, Stack};
use crate::render::ticks::Range;

/// The drawing.
pub fn draw(picture: &Picture, stack: &Stack, sheet: Sheet) -> Scene {
    let stack = stack.thinned((sheet.width / 6.0) as usize);
    let bars: Vec<Vec<Option<(f64, f64)>>> = (0..stack.x.len()).map(|at| bar(&stack, at)).collect();
    let ends = bars.iter().flatten().flatten().flat_map(|(low, high)| [*low, *high]);
    let y = Range::around(ends, picture.y.scale);
    let spacing = stack.x.windows(2).map(|pair| pair[1] - pair[0]).fold(f64::INFINITY, f64::min);
    let half = if spacing.is_finite() && spacing > 0.0 { 0.5 * spacing } else { 0.5 };
    let seen = Range::around(stack.x.iter().copied(), picture.x.scale);
    let x = Range { low: seen.low - half, high: seen.high + half };
    let entry = |(number, (name, _)): (usize, &(String, Vec<f64>))| Entry {
        sample: Sample::Box(Ink::Layer(number % COLOURS), number + 1),
        name: name.clone(),
    };
    let legend: Vec<Entry> = stack.layers.iter().enumerate().map(entry).collect();
    let (mut scene, frame) = frame(picture, sheet, x, y, &legend);
    for number in 0..stack.layers.len() {
        let mut boxes: Vec<[f64; 4]> = Vec::new();
        for (place, bar) in stack.x.iter().zip(&bars) {
            let Some((low, high)) = bar.get(number).copied().flatten().filter(|(low, high)| low < high) else {
                continue;
            };
            let (left, bottom) = frame.place(place - half, low);
            let (right, top) = frame.place(place + half, high);
            boxes.push([left, top, right - left, bottom - top]);
        }
        // The number stands where the layer is thickest, so that it can be told without its colour.
        let thickest = boxes.iter().copied().max_by(|a, b| a[3].total_cmp(&b[3]));
        if !boxes.is_empty() {
            scene.marks.push(Mark::Boxes(Ink::Layer(number % COLOURS), boxes));
        }
        if let Some([left, top, width, height]) = thickest.filter(|found| found[3] > LETTER + 3.0) {
            let [inside_left, _, inside_right, _] = frame.inside;
            let across = (left + 0.5 * width).clamp(inside_left + 12.0, inside_right - 12.0);
            scene.words((across, top + 0.5 * height + 0.36 * LETTER), 0.5, (number + 1).to_string(), Face::Inside);
        }
    }
    note(&mut scene, picture, sheet);
    scene
}

/// From where to where each layer reaches at one place.
fn bar(stack: &Stack, at: usize) -> Vec<Option<(f64, f64)>> {
    let (mut up, mut down) = (0.0, 0.0);
    let reach = |(_, values): &(String, Vec<f64>)| {
        let value = values.get(at).copied().filter(|value| value.is_finite())?;
        let end = if value < 0.0 { &mut down } else { &mut up };
        let start = *end;
        *end += value;
        Some((start.min(*end), start.max(*end)))
    };
    stack.layers.iter().map(reach).collect()
}
