//! Ticks: the numbers at an axis, and where values stand on it.

use super::picture::Scale;
use libm::{ceil, fabs, floor, log10, pow, round};
use std::f64::consts::LN_10;

/// A stretch of an axis.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Range {
    /// The lower end.
    pub low: f64,
    /// The upper end.
    pub high: f64,
}

/// A number at an axis: `10` with the exponent `−20`, or `0.5` without.
#[derive(Clone, PartialEq, Debug)]
pub struct Tick {
    /// Where it stands, in the numbers of the axis.
    pub at: f64,
    /// What is written.
    pub text: String,
    /// What is written above, as an exponent.
    pub exponent: String,
}

impl Range {
    /// A range around all finite values, with some air, that no scale finds empty.
    pub fn around(values: impl Iterator<Item = f64>, scale: Scale) -> Range {
        let finite = values.filter(|value| value.is_finite());
        let found = finite.fold(None, |range: Option<Range>, value| match range {
            None => Some(Range { low: value, high: value }),
            Some(range) => Some(Range { low: range.low.min(value), high: range.high.max(value) }),
        });
        let range = found.unwrap_or(Range { low: 0.0, high: 0.0 });
        match scale {
            Scale::Integers if range.low < range.high => range,
            Scale::Integers => range.widened(1.0),
            Scale::Share => {
                let whole = Range { low: range.low.min(0.0), high: range.high.max(1.0) };
                let air = 0.03 * whole.span();
                Range {
                    low: if whole.low < 0.0 { whole.low - air } else { 0.0 },
                    high: if whole.high > 1.0 { whole.high + air } else { 1.0 },
                }
            }
            Scale::Decades => range.at_least(0.4 * LN_10).widened_by(0.04),
            Scale::Linear => {
                // What differs by rounding only is one value.
                let size = fabs(range.low).max(fabs(range.high));
                let least = if size == 0.0 { 1.0 } else { 1e-3 * size };
                range.at_least(least).widened_by(0.05)
            }
        }
    }

    /// How long it is.
    pub fn span(&self) -> f64 {
        self.high - self.low
    }

    /// Where a value stands: 0 at the lower end, 1 at the upper.
    pub fn share(&self, value: f64) -> f64 {
        if self.span() > 0.0 { (value - self.low) / self.span() } else { 0.5 }
    }

    fn widened(&self, by: f64) -> Range {
        Range { low: self.low - by, high: self.high + by }
    }

    fn widened_by(&self, share: f64) -> Range {
        self.widened(share * self.span())
    }

    fn at_least(&self, span: f64) -> Range {
        if self.span() < span { self.widened(0.5 * (span - self.span())) } else { *self }
    }
}

/// At most `most` ticks, at least 2 where the range allows it.
pub fn ticks(range: Range, scale: Scale, most: usize) -> Vec<Tick> {
    let most = most.max(2);
    match scale {
        Scale::Linear | Scale::Share => even(range, most, 0.0),
        Scale::Integers => even(range, most, 1.0),
        Scale::Decades => decades(range, most),
    }
}

/// The smallest step of 1, 2 or 5 times a power of ten that gives at most `most` ticks.
fn step(span: f64, most: usize, least: f64) -> f64 {
    let rough = (span / most as f64).max(least).max(f64::MIN_POSITIVE);
    let power = pow(10.0, floor(log10(rough)));
    let fits = |step: &f64| floor(span / step + 1e-9) < most as f64 && *step >= least;
    [1.0, 2.0, 5.0, 10.0, 20.0].into_iter().map(|factor| factor * power).find(fits).unwrap_or(20.0 * power)
}

fn even(range: Range, most: usize, least: f64) -> Vec<Tick> {
    let step = step(range.span(), most, least);
    let (first, last) = (ceil(range.low / step - 1e-9), floor(range.high / step + 1e-9));
    let count = (last - first) as usize;
    (0..=count.min(most)).map(|number| (first + number as f64) * step).map(|at| written(at, step)).collect()
}

/// Powers of ten, parts of a decade, or plain numbers, as the range is long, short or tiny.
fn decades(range: Range, most: usize) -> Vec<Tick> {
    let ten = Range { low: range.low / LN_10, high: range.high / LN_10 };
    if ten.span() >= 2.5 {
        let ticks = even(ten, most, 1.0).into_iter();
        return ticks
            .map(|tick| {
                let exponent = round(tick.at);
                let (text, exponent) = match exponent {
                    0.0 => ("1", String::new()),
                    1.0 => ("10", String::new()),
                    _ => ("10", signed(exponent, 0)),
                };
                Tick { at: tick.at * LN_10, text: text.to_string(), exponent }
            })
            .collect();
    }
    let (bottom, top) = (floor(ten.low) as i64, ceil(ten.high) as i64);
    let parts: &[f64] =
        if ten.span() >= 0.9 { &[1.0, 2.0, 5.0] } else { &[1.0, 1.2, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0] };
    let mut found = Vec::new();
    for power in bottom..=top {
        for part in parts {
            let at = power as f64 + log10(*part);
            if at >= ten.low && at <= ten.high {
                found.push(Tick { at: at * LN_10, ..significant(*part, power) });
            }
        }
    }
    // Every second until they fit.
    while found.len() > most {
        found = found.into_iter().step_by(2).collect();
    }
    found
}

/// `part · 10^power`, plainly where that is short.
fn significant(part: f64, power: i64) -> Tick {
    let tick = |text: String, exponent: String| Tick { at: 0.0, text, exponent };
    let decimals = usize::from(part != floor(part));
    match power {
        -3..=3 => {
            let value = part * pow(10.0, power as f64);
            let decimals = if power < 0 {
                decimals + power.unsigned_abs() as usize
            } else {
                decimals.saturating_sub(power as usize)
            };
            tick(signed(value, decimals), String::new())
        }
        _ if part == 1.0 => tick("10".into(), signed(power as f64, 0)),
        _ => tick(format!("{}·10", signed(part, decimals)), signed(power as f64, 0)),
    }
}

/// A multiple of a step, with the digits that the step has.
fn written(at: f64, step: f64) -> Tick {
    let size = fabs(at).max(step);
    let places = -floor(log10(step) + 1e-9);
    if at == 0.0 || (size < 1e6 && places <= 4.0) {
        let at = if fabs(at) < step * 1e-6 { 0.0 } else { at };
        return Tick { at, text: grouped(&signed(at, places.max(0.0) as usize)), exponent: String::new() };
    }
    let power = floor(log10(size) + 1e-9);
    let mantissa = at / pow(10.0, power);
    let digits = (power + places).clamp(0.0, 6.0) as usize;
    Tick { at, text: format!("{}·10", signed(mantissa, digits)), exponent: signed(power, 0) }
}

/// A number with a minus sign as it is printed.
pub fn signed(value: f64, decimals: usize) -> String {
    let text = format!("{value:.decimals$}");
    match text.strip_prefix('-') {
        Some(rest) if rest.chars().all(|letter| matches!(letter, '0' | '.')) => rest.to_string(),
        Some(rest) => format!("−{rest}"),
        None => text,
    }
}

/// Five and more digits before the point in groups of three.
fn grouped(text: &str) -> String {
    let (sign, digits) = match text.strip_prefix('−') {
        Some(rest) => ("−", rest),
        None => ("", text),
    };
    if digits.contains('.') || digits.len() < 5 {
        return text.to_string();
    }
    let mut out = String::from(sign);
    for (position, digit) in digits.chars().enumerate() {
        if position > 0 && (digits.len() - position) % 3 == 0 {
            out.push('\u{2009}');
        }
        out.push(digit);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(low: f64, high: f64, scale: Scale, most: usize) -> Vec<String> {
        let ticks = ticks(Range { low, high }, scale, most);
        ticks
            .into_iter()
            .map(|tick| if tick.exponent.is_empty() { tick.text } else { format!("{}^{}", tick.text, tick.exponent) })
            .collect()
    }

    #[test]
    fn ticks_are_round_and_few() {
        assert_eq!(shown(0.0, 60.0, Scale::Integers, 8), ["0", "10", "20", "30", "40", "50", "60"]);
        assert_eq!(shown(0.0, 3.0, Scale::Integers, 8), ["0", "1", "2", "3"]);
        assert_eq!(
            shown(0.0, 100_000.0, Scale::Integers, 6),
            ["0", "20\u{2009}000", "40\u{2009}000", "60\u{2009}000", "80\u{2009}000", "100\u{2009}000"]
        );
        assert_eq!(shown(-0.31, 0.12, Scale::Linear, 6), ["−0.3", "−0.2", "−0.1", "0.0", "0.1"]);
        assert_eq!(shown(0.0, 1.0, Scale::Share, 6), ["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"]);
        let nats = |decades: f64| decades * LN_10;
        assert_eq!(
            shown(nats(-61.0), nats(0.5), Scale::Decades, 7),
            ["10^−60", "10^−50", "10^−40", "10^−30", "10^−20", "10^−10", "1"]
        );
        assert_eq!(shown(nats(-1.1), nats(0.4), Scale::Decades, 7), ["0.1", "0.2", "0.5", "1", "2"]);
        assert_eq!(shown(nats(-0.2), nats(0.2), Scale::Decades, 5), ["0.8", "1", "1.2", "1.5"]);
        assert_eq!(shown(1e7, 3e7, Scale::Linear, 4), ["1·10^7", "2·10^7", "3·10^7"]);
    }

    #[test]
    fn no_range_is_empty_and_no_axis_without_ticks() {
        for scale in [Scale::Linear, Scale::Integers, Scale::Decades, Scale::Share] {
            for values in [
                vec![],
                vec![f64::NAN],
                vec![3.0],
                vec![-1e-9, 0.0],
                vec![1e9, 1e9 + 1.0],
                vec![-250_000.0, 0.0],
                vec![1e300, -1e300],
            ] {
                let range = Range::around(values.iter().copied(), scale);
                assert!(range.span() > 0.0, "{scale:?} {values:?}");
                let ticks = ticks(range, scale, 6);
                assert!(!ticks.is_empty() && ticks.len() <= 7, "{scale:?} {values:?} {range:?} {ticks:?}");
            }
        }
    }
}
