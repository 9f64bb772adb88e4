//! Curves over one axis.

use super::frame::{Entry, Frame, Sample, frame, note};
use super::{COLOURS, Ink, Mark, Scene, Shape, Sheet};
use crate::render::picture::{Curve, Kind, Picture, Points, Scale};
use crate::render::ticks::Range;

/// More bands than this hide each other.
pub const BANDS: usize = 4;

/// The drawing.
pub fn draw(picture: &Picture, curves: &[Curve], sheet: Sheet) -> Scene {
    let curves: Vec<Curve> = curves.iter().map(|curve| curve.thinned(2 * sheet.width as usize)).collect();
    let x = Range::around(curves.iter().flat_map(|curve| curve.x.iter().copied()), picture.x.scale);
    let few = curves.iter().filter(|curve| !matches!(curve.kind, Kind::Reference(_))).count() <= BANDS;
    let ends =
        |curve: &Curve| curve.band.iter().flat_map(|(low, high)| low.iter().chain(high).copied()).collect::<Vec<_>>();
    let values = curves.iter().flat_map(|curve| curve.y.iter().copied().chain(ends(curve).into_iter().filter(|_| few)));
    let y = Range::around(values, picture.y.scale);
    let inks = inks(&curves);
    let (mut scene, frame) = frame(picture, sheet, x, y, &legend(picture, &curves, &inks));
    for (curve, ink) in curves.iter().zip(&inks).filter(|_| few) {
        if let (Some((low, high)), Ink::Curve(colour)) = (&curve.band, ink) {
            scene.marks.push(Mark::Areas(Ink::Band(*colour), bands(&frame, &curve.x, low, high)));
        }
    }
    for (number, (curve, ink)) in curves.iter().zip(&inks).enumerate() {
        let pieces = pieces(&frame, curve);
        let lonely: Points = pieces.iter().filter(|piece| piece.len() == 1).map(|piece| piece[0]).collect();
        let places: Points = pieces.iter().flatten().copied().collect();
        let lines: Vec<Points> = pieces.into_iter().filter(|piece| piece.len() > 1).collect();
        if !lines.is_empty() {
            scene.marks.push(Mark::Lines(*ink, lines));
        }
        if let Some(shape) = shape(curve, *ink) {
            let dots = match curve.kind {
                Kind::Points if places.len() <= 80 => places,
                _ => lonely.into_iter().chain(spread(&frame, &places, number)).collect(),
            };
            scene.marks.push(Mark::Dots(*ink, shape, dots));
        } else if !lonely.is_empty() {
            scene.marks.push(Mark::Dots(*ink, Shape::Marker(0), lonely));
        }
        for (edge, shape) in [(f64::NEG_INFINITY, Shape::Down), (f64::INFINITY, Shape::Up)] {
            let dots = beyond(&frame, curve, edge);
            if !dots.is_empty() {
                scene.marks.push(Mark::Dots(*ink, shape, dots));
            }
        }
    }
    note(&mut scene, picture, sheet);
    scene
}

/// Measured curves are counted; a predicted one is drawn like the one it belongs to.
fn inks(curves: &[Curve]) -> Vec<Ink> {
    let mut measured = 0;
    curves
        .iter()
        .map(|curve| match curve.kind {
            Kind::Reference(None) => Ink::Plain,
            Kind::Reference(Some(number)) => Ink::Reference(number % COLOURS),
            Kind::Line | Kind::Points => {
                measured += 1;
                Ink::Curve((measured - 1) % COLOURS)
            }
        })
        .collect()
}

fn shape(curve: &Curve, ink: Ink) -> Option<Shape> {
    match (curve.kind, ink) {
        (Kind::Reference(_), _) => None,
        (_, Ink::Curve(number)) => Some(Shape::Marker(number)),
        _ => None,
    }
}

fn legend(picture: &Picture, curves: &[Curve], inks: &[Ink]) -> Vec<Entry> {
    let mut entries: Vec<Entry> = Vec::new();
    for (curve, ink) in curves.iter().zip(inks).filter(|(curve, _)| !curve.name.is_empty()) {
        entries.push(Entry { sample: Sample::Line(*ink, shape(curve, *ink)), name: curve.name.clone() });
    }
    let any = |edge: f64| curves.iter().any(|curve| curve.y.contains(&edge));
    let logarithm = picture.y.scale == Scale::Decades;
    if any(f64::NEG_INFINITY) {
        let name = if logarithm { "exactly 0" } else { "−∞" };
        entries.push(Entry { sample: Sample::Dot(Ink::Plain, Shape::Down), name: name.into() });
    }
    if any(f64::INFINITY) {
        entries.push(Entry { sample: Sample::Dot(Ink::Plain, Shape::Up), name: "infinite".into() });
    }
    entries
}

/// The stretches of a curve without gaps.
fn pieces(frame: &Frame, curve: &Curve) -> Vec<Points> {
    let mut pieces: Vec<Points> = vec![Vec::new()];
    for (x, y) in curve.x.iter().zip(&curve.y) {
        match pieces.last_mut() {
            Some(piece) if x.is_finite() && y.is_finite() => piece.push(frame.place(*x, *y)),
            _ => pieces.push(Vec::new()),
        }
    }
    pieces.retain(|piece| !piece.is_empty());
    pieces
}

/// The stretches of a band. A lowest value of −∞ reaches to the edge.
fn bands(frame: &Frame, x: &[f64], low: &[f64], high: &[f64]) -> Vec<Points> {
    let mut found = Vec::new();
    let (mut under, mut over) = (Points::new(), Points::new());
    let mut close = |under: &mut Points, over: &mut Points| {
        if under.len() > 1 {
            found.push(over.drain(..).chain(under.drain(..).rev()).collect());
        }
        under.clear();
        over.clear();
    };
    for ((x, low), high) in x.iter().zip(low).zip(high) {
        if low.is_nan() || high.is_nan() || *high == f64::NEG_INFINITY || *low == f64::INFINITY {
            close(&mut under, &mut over);
        } else {
            under.push(frame.place(*x, *low));
            over.push(frame.place(*x, *high));
        }
    }
    close(&mut under, &mut over);
    found
}

/// A few places along a curve for its marker, other ones for each curve.
fn spread(frame: &Frame, places: &[(f64, f64)], number: usize) -> Points {
    const DOTS: usize = 6;
    let [left, _, right, _] = frame.inside;
    let mut found: Points = Vec::new();
    for dot in 0..DOTS {
        let share = (dot as f64 + (number % COLOURS) as f64 / COLOURS as f64) / DOTS as f64;
        let wanted = left + share * (right - left);
        let near = |place: &&(f64, f64)| (place.0 - wanted).abs();
        if let Some(place) = places.iter().min_by(|a, b| near(a).total_cmp(&near(b)))
            && !found.contains(place)
        {
            found.push(*place);
        }
    }
    found
}

/// Where a curve leaves the plane: the first and last of each stretch.
fn beyond(frame: &Frame, curve: &Curve, edge: f64) -> Points {
    let outside = |at: usize| curve.y.get(at) == Some(&edge);
    let count = curve.x.len().min(curve.y.len());
    let value = if edge < 0.0 { frame.y.low } else { frame.y.high };
    let ends = (0..count).filter(|at| outside(*at) && !(*at > 0 && outside(at - 1) && outside(at + 1)));
    ends.map(|at| frame.place(curve.x[at], value)).collect()
}
