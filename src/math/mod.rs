//! The nouns: names, sizes, terms, networks, laws and derivations. They know no verb.

pub mod activation;
pub mod band;
pub mod chapter;
pub mod claim;
pub mod comparison;
pub mod dependence;
pub mod derivation;
pub mod diagnosis;
pub mod draw;
pub mod expression;
pub mod finding;
pub mod flow;
pub mod integer;
pub mod jacobian;
pub mod law;
pub mod mapping;
pub mod name;
pub mod network;
pub mod number;
pub mod operations;
pub mod shape;
pub mod source;
pub mod syntax;
pub mod theory;
pub mod transformation;
pub mod typing;
