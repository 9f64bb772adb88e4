//! How strongly a formula holds together in text, LaTeX and MathML; a weaker one inside a stronger one gets parentheses.

/// `p or q`
pub const OR: u8 = 0;
/// `p and q`
pub const AND: u8 = 1;
/// `not p`
pub const NOT: u8 = 2;
/// `u < v`
pub const COMPARE: u8 = 3;
/// `u + v`
pub const SUM: u8 = 4;
/// `Σ u`
pub const BIG: u8 = 5;
/// `u · v`
pub const PRODUCT: u8 = 6;
/// `u/v` written close on one line, in text only
pub const CLOSE: u8 = 7;
/// `u v`
pub const MATRIX: u8 = 8;
/// `∂u`, `u / v`
pub const PREFIX: u8 = 9;
/// `uᵀ`, `u²`
pub const RAISED: u8 = 10;
/// `u`, `u(v)`
pub const ATOM: u8 = 11;
