//! Exact numbers. A literal means the decimal that was typed; floats appear only in `evaluate`.

use num_bigint::BigInt;
use num_traits::{One, Signed, ToPrimitive, Zero};

/// An exact fraction.
pub type Rational = num_rational::BigRational;

/// The whole number `n` as a fraction.
pub fn whole(n: i64) -> Rational {
    Rational::from_integer(BigInt::from(n))
}

/// The fraction `top / bottom`; `bottom` must not be 0.
pub fn fraction(top: i64, bottom: i64) -> Rational {
    Rational::new(BigInt::from(top), BigInt::from(bottom))
}

/// π to 50 digits: exact numbers have no other π, and no float can tell the difference. [`spell`] writes it as π.
pub fn pi() -> Rational {
    let digits = "314159265358979323846264338327950288419716939937510";
    Rational::new(digits.parse::<BigInt>().unwrap_or_default(), BigInt::from(10).pow(50))
}

/// Whether a number is π or −π.
pub fn is_pi(value: &Rational) -> bool {
    value.denom().bits() > 128 && value.abs() == pi()
}

/// Reads `12`, `0.5`, `1e-5`, `.5` exactly. `None` when it is no decimal or its exponent is beyond ±400
/// (no float holds such a number, and writing it out would take unbounded memory).
pub fn parse_decimal(text: &str) -> Option<Rational> {
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, exponent.parse::<i32>().ok()?),
        None => (text, 0),
    };
    let (integral, fractional) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = format!("{integral}{fractional}");
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let shift = i64::from(exponent) - fractional.len() as i64;
    if shift.abs() > 400 || digits.len() > 400 {
        return None;
    }
    let value = Rational::from_integer(digits.parse::<BigInt>().ok()?);
    let power = Rational::from_integer(BigInt::from(10).pow(shift.unsigned_abs() as u32));
    Some(if shift < 0 { value / power } else { value * power })
}

/// The nearest float.
pub fn to_f64(value: &Rational) -> f64 {
    value.to_f64().unwrap_or(f64::NAN)
}

/// As a reader would write it: `3`, `−1/2`, `0.044715`; a fraction whose denominator has only the primes 2 and 5
/// and which is not a plain half, quarter and so on of small numbers is written as a decimal.
pub fn spell(value: &Rational) -> String {
    let minus = if value.is_negative() { "−" } else { "" };
    let value = value.abs();
    if is_pi(&value) {
        return format!("{minus}π");
    }
    if value.is_integer() {
        return format!("{minus}{}", value.numer());
    }
    let small = value.denom() <= &BigInt::from(64) && value.numer() <= &BigInt::from(64);
    match decimal(&value) {
        Some(text) if !small => format!("{minus}{text}"),
        _ => format!("{minus}{}/{}", value.numer(), value.denom()),
    }
}

/// The finite decimal of a positive fraction, if it has one.
fn decimal(value: &Rational) -> Option<String> {
    let mut rest = value.denom().clone();
    let mut count = |prime: u8| {
        let prime = BigInt::from(prime);
        let mut times = 0usize;
        while (&rest % &prime).is_zero() && times <= 400 {
            rest /= &prime;
            times += 1;
        }
        times
    };
    // A decimal ends when its denominator is made of the primes of ten.
    let places = count(2).max(count(5));
    if places > 400 || !rest.is_one() {
        return None;
    }
    let scaled = value * Rational::from_integer(BigInt::from(10).pow(places as u32));
    let digits = format!("{:0>width$}", scaled.numer().to_string(), width = places + 1);
    if places > 4 && value < &Rational::new(BigInt::one(), BigInt::from(1000)) {
        let significant = digits.trim_start_matches('0');
        let exponent = significant.len() as i64 - 1 - places as i64;
        let (first, rest) = significant.split_at(1);
        let rest = if rest.is_empty() { String::new() } else { format!(".{rest}") };
        return Some(format!("{first}{rest}e{exponent}"));
    }
    let (integral, fractional) = digits.split_at(digits.len() - places);
    Some(format!("{integral}.{fractional}"))
}

/// Whether the fraction is 0.
pub fn is_zero(value: &Rational) -> bool {
    value.is_zero()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_are_read_exactly_and_spelled_as_typed() {
        for text in ["3", "0.044715", "1e-5", "2.5e-7"] {
            let value = parse_decimal(text).expect("a decimal");
            assert_eq!(spell(&value), text);
        }
        assert_eq!(spell(&fraction(-1, 2)), "−1/2");
        assert_eq!((spell(&-pi()), to_f64(&pi())), ("−π".to_string(), std::f64::consts::PI));
        assert_eq!(spell(&parse_decimal("0.5").expect("a decimal")), "1/2");
        assert!(parse_decimal("1e999999999").is_none() && parse_decimal(".").is_none());
    }
}
