//! Powers of ten, and shares of a whole, in words.

use super::flow::number;

/// 10^x in words.
pub fn power(decades: f64) -> String {
    match decades {
        decades if decades.abs() < 3.0 => number(libm::pow(10.0, decades)),
        decades => format!("10^{}", digits(decades)),
    }
}

/// One digit after the point, with a sign.
pub fn signed(value: f64) -> String {
    let text = digits(value);
    if value > 0.0 && text != "0.0" { format!("+{text}") } else { text }
}

/// One digit after the point.
pub fn digits(value: f64) -> String {
    let text = match () {
        () if value.is_nan() => "–".to_string(),
        () if value.is_infinite() => if value > 0.0 { "∞" } else { "-∞" }.to_string(),
        () if value.abs() >= 1000.0 => format!("{value:.0}"),
        () => format!("{value:.1}"),
    };
    let text = if text == "-0.0" { "0.0".to_string() } else { text };
    text.replace('-', "−")
}

/// A share of a whole.
pub fn percent(share: f64) -> String {
    if share.is_nan() { "–".to_string() } else { format!("{:.0} %", 100.0 * share) }
}
