<<<<<<< HEAD
//! Trees to typed nouns: names, shapes, letters.

mod book;
mod formula;

pub use book::book;
=======
//! Trees to networks: names, sizes, payloads, indices, order. Everything a person can get wrong is told here,
//! with its place and what to try.

mod cases;
mod collect;
mod combine;
mod define;
mod elaborate;
mod functions;
mod integers;
mod network;
mod order;
mod outputs;
mod reach;
mod shapes;
mod world;

pub use network::network;
>>>>>>> lang
