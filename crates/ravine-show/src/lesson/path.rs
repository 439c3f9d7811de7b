//! The way of a rule over an objective, point by point: what many lessons look at.

use crate::lesson::Desk;
use ravine::Result;
use ravine::optim::parameter::Setting;
use ravine::optim::{Descent, Objective, Solver, Stop, rule, run};
use std::ops::ControlFlow;

/// The points of a descent, the start first, and J there.
#[derive(Debug, Clone, Default)]
pub(super) struct Path {
    pub(super) points: Vec<Vec<f64>>,
    pub(super) values: Vec<f64>,
}

impl Path {
    /// (x, y) of each point.
    pub(super) fn plane(&self) -> Vec<(f64, f64)> {
        self.points.iter().map(|p| (p[0], p[1])).collect()
    }

    /// (step, J) of each point.
    pub(super) fn curve(&self) -> Vec<(f64, f64)> {
        self.values.iter().enumerate().map(|(k, v)| (k as f64, *v)).collect()
    }
}

/// `steps` steps of the rule `name` with `knobs` from `start`; fewer, if it diverges.
pub(super) fn walk(
    objective: impl Objective<f64> + 'static,
    start: &[f64],
    name: &str,
    knobs: &[(&str, Setting)],
    steps: u64,
    desk: &Desk<'_>,
) -> Result<Path> {
    let mut descent = Descent::new(Box::new(objective), start.to_vec(), rule::build(name, knobs)?)?;
    let mut path = Path::default();
    run(&mut descent, &Stop::after(steps), &mut |measure, solver: &mut dyn Solver<f64>| {
        path.points.push(solver.iterate().to_vec());
        path.values.push(measure.value);
        if desk.go_on().is_ok() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    });
    desk.go_on()?;
    Ok(path)
}
