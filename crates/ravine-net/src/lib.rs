//! What makes a flat vector a network: layers, the engine that computes them, the risk over pairs of pictures, models.

mod aligned;
pub mod checkpoint;
pub mod curriculum;
pub mod design;
pub mod engine;
pub mod filters;
pub mod journal;
pub mod layer;
pub mod loss;
pub mod model;
pub mod models;
pub mod network;
mod pack;
pub mod pairs;
mod pieces;
pub mod risk;
pub mod shape;
pub mod shards;
pub mod validation;
pub mod weights;

pub use aligned::Aligned;
pub use checkpoint::Checkpoint;
pub use design::Design;
pub use journal::Journal;
pub use layer::Layer;
pub use loss::Loss;
pub use model::Model;
pub use network::{Kept, Network, Node, Reach, Room, Tape};
pub use pairs::{Key, Pair, Pairs};
pub use risk::{Plan, Risk, Samples, Statistics};
pub use shape::Shape;
pub use validation::{Score, Validation};
