//! What makes a flat vector a network: layers, the engine that computes them, the risk over pairs of pictures, models.

pub mod curriculum;
pub mod design;
pub mod engine;
pub mod layer;
pub mod model;
pub mod network;
pub mod pairs;
pub mod shape;
pub mod weights;

pub use design::Design;
pub use layer::Layer;
pub use model::Model;
pub use network::{Network, Node, Reach, Room, Tape};
pub use pairs::{Key, Pair, Pairs};
pub use shape::Shape;
