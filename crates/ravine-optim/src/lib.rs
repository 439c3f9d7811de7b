//! Everything about a flat vector of numbers, and nothing about pictures or networks.
//!
//! An [`Objective`] is minimised; an update rule says how to move; [`run`] is the one loop. Convex problems are a smooth or simple
//! part G plus terms of linear operators, and a dual point gives a [`Certificate`]: a bound on how far the answer is from the best.

pub mod average;
pub mod certificate;
pub mod check;
pub mod cholesky;
pub mod descent;
pub mod edit;
pub mod error;
pub mod layout;
pub mod level;
pub mod linear;
pub mod number;
pub mod objective;
pub mod parameter;
pub mod problem;
pub mod random;
pub mod rule;
pub mod schedule;
pub mod slice;
pub mod solver;
pub mod spectrum;
pub mod statistics;
pub mod surface;
pub mod sweep;
pub mod term;
pub mod tune;
pub mod update;
pub mod vector;

#[cfg(test)]
mod by_hand;

pub use average::{Average, Averaged};
pub use certificate::Certificate;
pub use descent::Descent;
pub use error::{Error, Result};
pub use layout::{Block, Layout};
pub use level::Level;
pub use linear::LinearOperator;
pub use number::{Float, Lane};
pub use objective::Objective;
pub use problem::{Part, Problem, SmoothProblem};
pub use random::{Random, Stream};
pub use rule::{Step, UpdateRule};
pub use schedule::Schedule;
pub use slice::Slice;
pub use solver::{Measure, Outcome, Pace, Solver, State, StateVisitor, Stop, StopReason, run};
pub use surface::Surface;
pub use term::{Proximal, Smooth, Term};
pub use tune::{Search, Trial, Tuned, tune};
pub use update::Update;
