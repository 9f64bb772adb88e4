//! Claims decided by algebra: both sides are unfolded until they speak of the same things, and their normal forms compared.

pub mod canon;
pub mod decide;
pub mod elementary;
pub mod lags;
pub mod literals;
pub mod scalar;
pub mod steps;
pub mod system;
pub mod unfold;
