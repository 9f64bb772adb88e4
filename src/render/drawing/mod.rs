//! Picture → marks on a plane, from which a file is written. All measures are in pixels of a screen, y downwards.

mod curves;
mod frame;
mod map;
mod stack;

use super::picture::{Picture, Plot};
use super::text::columns;

/// The size of letters.
pub const LETTER: f64 = 13.0;
/// The size of letters in a subscript.
pub const LOWERED: f64 = 10.0;
/// The distance of lines of words.
pub const LINE: f64 = 17.0;
/// How many colours, dashes and markers there are before they repeat.
pub const COLOURS: usize = 8;
/// How many steps of colour a map has; the middle one is 0.
pub const SHADES: usize = 21;

/// Marks on a plane.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Scene {
    /// How wide.
    pub width: f64,
    /// How high.
    pub height: f64,
    /// From the back to the front.
    pub marks: Vec<Mark>,
}

/// A mark.
#[derive(Clone, PartialEq, Debug)]
pub enum Mark {
    /// Open lines.
    Lines(Ink, Vec<Vec<(f64, f64)>>),
    /// Filled polygons.
    Areas(Ink, Vec<Vec<(f64, f64)>>),
    /// Upright rectangles: left, top, width, height.
    Boxes(Ink, Vec<[f64; 4]>),
    /// Small shapes, the same for all places.
    Dots(Ink, Shape, Vec<(f64, f64)>),
    /// Words.
    Words(Words),
}

/// What colour, and how strong.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Ink {
    /// The frame.
    Frame,
    /// Lines behind the curves.
    Grid,
    /// Where an axis is 0, or a ratio 1.
    Zero,
    /// A measured curve.
    Curve(usize),
    /// A predicted curve beside a measured one.
    Reference(usize),
    /// What holds for no curve in particular.
    Plain,
    /// All runs of a curve.
    Band(usize),
    /// A layer of a stack.
    Layer(usize),
    /// A shade of a map.
    Shade(usize),
    /// No value.
    Nothing,
    /// A line over a map, drawn above a wider one in the colour of the page.
    Over(usize),
    /// What lies under that line.
    Under,
}

/// A small shape.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Shape {
    /// One of a few, by number: what tells curves apart without colour.
    Marker(usize),
    /// Points down: less than any number.
    Down,
    /// Points up.
    Up,
}

/// Words at a place.
#[derive(Clone, PartialEq, Debug)]
pub struct Words {
    /// Where: the left end, the middle or the right end of the base line.
    pub at: (f64, f64),
    /// 0 for the left end, 0.5 for the middle, 1 for the right end.
    pub anchor: f64,
    /// The words.
    pub text: String,
    /// An exponent after them.
    pub exponent: String,
    /// How they look.
    pub face: Face,
}

/// How words look.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Face {
    /// A title.
    Title,
    /// At an axis, and in the legend.
    Plain,
    /// What an axis measures.
    Label,
    /// Inside a layer of a stack.
    Inside,
}

/// What a drawing is made for.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Sheet {
    /// How wide it may be.
    pub width: f64,
    /// How high the plot itself is, without words around it.
    pub plot: f64,
    /// Whether the title and the note are part of it.
    pub titled: bool,
}

/// The drawing.
pub fn draw(picture: &Picture, sheet: Sheet) -> Scene {
    match &picture.plot {
        Plot::Curves(curves) => curves::draw(picture, curves, sheet),
        Plot::Stack(stack) => stack::draw(picture, stack, sheet),
        Plot::Map(map) => map::draw(picture, map, sheet),
    }
}

impl Scene {
    /// Adds words.
    pub fn words(&mut self, at: (f64, f64), anchor: f64, text: impl Into<String>, face: Face) {
        self.marks.push(Mark::Words(Words { at, anchor, text: text.into(), exponent: String::new(), face }));
    }
}

impl Words {
    /// Left, top, right, bottom of what they cover.
    pub fn extent(&self) -> [f64; 4] {
        let width = room(&self.text) + 0.75 * room(&self.exponent);
        let left = self.at.0 - self.anchor * width;
        [left, self.at.1 - 0.75 * LETTER, left + width, self.at.1 + 0.25 * LETTER]
    }
}

/// How wide words are, on the safe side of what common fonts need.
pub fn room(text: &str) -> f64 {
    let em = |letter: char| match letter {
        'i' | 'j' | 'l' | '.' | ',' | ':' | ';' | '\'' | '|' | '!' | 'ₜ' => 0.29,
        ' ' | '\u{2009}' | 'f' | 't' | 'r' | '(' | ')' | '[' | ']' | '{' | '}' | '/' | '₋' | '₁' | '₂' => 0.42,
        'm' | 'w' | 'M' | 'W' | '…' | '←' | '∞' => 0.98,
        letter if letter.is_uppercase() => 0.72,
        letter if letter.is_ascii() => 0.64,
        letter => match columns(letter.encode_utf8(&mut [0; 4])) {
            0 => 0.0,
            1 => 0.64,
            _ => 1.05,
        },
    };
    // What stands in the braces of a subscript is smaller, and the braces are not written.
    let (mut depth, mut sum, mut letters) = (0usize, 0.0, text.chars().peekable());
    while let Some(letter) = letters.next() {
        match letter {
            '_' if letters.peek() == Some(&'{') => {
                letters.next();
                depth += 1;
            }
            '}' if depth > 0 => depth -= 1,
            letter if depth > 0 => sum += LOWERED * em(letter),
            letter => sum += LETTER * em(letter),
        }
    }
    sum
}

/// Words in lines that fit.
pub fn wrapped(text: &str, width: f64) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if room(line) + room(" ") + room(word) <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_string()),
        }
    }
    lines.into_iter().map(|line| shortened(&line, width)).collect()
}

/// Words that fit, with dots where they had to be cut.
pub fn shortened(text: &str, width: f64) -> String {
    if room(text) <= width {
        return text.to_string();
    }
    let mut kept = String::new();
    for letter in text.chars() {
        if room(&kept) + room("…") + LETTER > width {
            break;
        }
        kept.push(letter);
    }
    kept + "…"
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
