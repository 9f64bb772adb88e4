//! Trees to networks and to the book of laws: names, sizes, payloads, indices, order. Everything a person can get
//! wrong is told here, with its place and what to try.

mod book;
mod cases;
mod claims;
mod collect;
mod combine;
mod constants;
mod define;
mod draws;
mod elaborate;
mod fans;
mod formula;
mod functions;
mod integers;
mod left;
mod lift;
mod lists;
mod names;
mod network;
mod order;
mod outputs;
mod reach;
mod read;
mod reading;
mod reduce;
mod roots;
mod settings;
mod shapes;
mod shares;
mod world;

pub use book::book;
pub use claims::{claims, derivative, side_by_side, unknown_names};
pub use network::network;
pub use reading::reading;
pub use settings::set;
