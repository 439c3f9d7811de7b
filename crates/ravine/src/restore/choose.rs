//! Which energy and who minimises it: the tables of methods and solvers, and who suits whom.

use super::halt::Halt;
use crate::error::{Error, Result};
use crate::recipe::Named;
use ravine_image::energy::ENERGIES;
use ravine_image::exact::ClosedForm;
use ravine_image::{Energy, Grid, Image, Rof};
use ravine_optim::parameter::{self, Described, Setting};
use ravine_optim::{Descent, Part, SmoothProblem, Solver, rule, solver};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The method that returns a picture as it is.
pub const UNTOUCHED: &str = "untouched";

/// The method that runs a trained network.
pub const NETWORK: &str = "network";

/// The method that *auto* takes for a noisy picture where no network is better.
pub(crate) const USUAL: &str = "tv";

/// What a method does.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Way {
    /// It minimises R(u) + λ/2‖u − f‖².
    Energy(Energy),
    /// It runs a network that has learned what pictures are like.
    Network,
    /// Nothing.
    Untouched,
}

/// A method of restoration.
#[derive(Debug, Clone, Copy)]
pub struct Method {
    /// Its name, as the user writes it.
    pub name: &'static str,
    /// One line of meaning.
    pub summary: &'static str,
    /// What it does.
    pub way: Way,
}

/// All methods.
pub const METHODS: [Method; ENERGIES.len() + 2] = {
    let untouched = "nothing: what `auto` chooses for a picture without noise";
    let network = "a network that has learned what pictures are like (--model, `ravine list models`)";
    let mut methods = [Method { name: UNTOUCHED, summary: untouched, way: Way::Untouched }; ENERGIES.len() + 2];
    let mut i = 0;
    while i < ENERGIES.len() {
        methods[i] = Method { name: ENERGIES[i].0, summary: ENERGIES[i].1, way: Way::Energy(ENERGIES[i].2) };
        i += 1;
    }
    methods[i] = Method { name: NETWORK, summary: network, way: Way::Network };
    methods
};

impl Way {
    /// Its energy, if it has one.
    pub(crate) fn energy(&self) -> Option<&Energy> {
        if let Way::Energy(energy) = self { Some(energy) } else { None }
    }
}

impl Method {
    /// Its knobs with their defaults.
    pub fn knobs(&self) -> Vec<Described> {
        self.way.energy().copied().map_or(Vec::new(), |mut energy| parameter::describe(|visit| energy.parameters(visit)))
    }
}

/// What the method `name` does, with `knobs`.
pub(crate) fn method(name: &str, knobs: &BTreeMap<String, Setting>) -> Result<Way> {
    let names: Vec<&str> = METHODS.iter().map(|m| m.name).collect();
    let row = METHODS.iter().find(|m| m.name == name).ok_or_else(|| ravine_optim::Error::unknown("method", name, &names))?;
    let mut way = row.way;
    for (knob, value) in knobs {
        parameter::set(name, knob, value, |visit| {
            if let Way::Energy(energy) = &mut way {
                energy.parameters(visit);
            }
        })?;
    }
    Ok(way)
}

/// Every knob of an energy, as it stands.
pub(super) fn knobs(energy: &mut Energy) -> BTreeMap<String, Setting> {
    parameter::describe(|visit| energy.parameters(visit)).into_iter().map(|knob| (knob.name.into(), knob.value)).collect()
}

type Make = fn(&Energy, &Image, f64) -> Result<Box<dyn Solver<f32>>>;

/// Who minimises R(u) + λ/2‖u − f‖².
pub struct SolverRow {
    /// Its name, as the user writes it.
    pub name: &'static str,
    /// One line of meaning.
    pub summary: &'static str,
    /// Asked of the term; who knows one energy only names it.
    suits: fn(&Energy) -> bool,
    make: Make,
}

/// All solvers. *Auto* takes the first that suits the energy.
pub const SOLVERS: &[SolverRow] = &[
    SolverRow {
        name: "exact",
        summary: "closed form by the cosine transform, for tikhonov",
        suits: |energy| matches!(energy, Energy::Tikhonov),
        make: |_, f, lambda| Ok(Box::new(ClosedForm::new(f, lambda)?)),
    },
    SolverRow {
        name: "rof",
        summary: "accelerated primal-dual in one fused pass over rows, for tv",
        suits: |energy| matches!(energy, Energy::TotalVariation),
        make: |_, f, lambda| Ok(Box::new(Rof::new(f, lambda)?)),
    },
    SolverRow {
        name: "primal-dual",
        summary: "Chambolle and Pock 2011, for every energy",
        suits: |_| true,
        make: |energy, f, lambda| generic("primal-dual", energy, f, lambda),
    },
    SolverRow {
        name: "conjugate-gradient",
        summary: "Hestenes and Stiefel 1952, for tikhonov",
        suits: quadratic,
        make: |energy, f, lambda| generic("conjugate-gradient", energy, f, lambda),
    },
    SolverRow {
        name: "accelerated-gradient",
        summary: "Beck and Teboulle 2009 (FISTA), for tikhonov and huber-tv",
        suits: smooth,
        make: |energy, f, lambda| generic("accelerated-gradient", energy, f, lambda),
    },
    SolverRow {
        name: "gradient-descent",
        summary: "the plain rule at the rate 1/L, for tikhonov and huber-tv",
        suits: smooth,
        make: |energy, f, lambda| {
            descend(&settle_rule(&Named::new("gradient-descent"), energy, f.grid(), lambda)?, energy, f, lambda)
        },
    },
];

/// Whether the energy has a gradient everywhere: what its term says, on a picture of one pixel.
fn smooth(energy: &Energy) -> bool {
    energy.regularizer::<f32>(Grid::new(1, 1, 1)).is_ok_and(|part| part.term.smooth().is_some())
}

/// Whether that gradient is affine.
fn quadratic(energy: &Energy) -> bool {
    let slope = |part: Part<f32>| part.term.smooth().and_then(|term| term.quadratic());
    energy.regularizer(Grid::new(1, 1, 1)).ok().and_then(slope).is_some()
}

/// Refuses an update rule for the method `name`, if its energy has no gradient everywhere.
pub(crate) fn descendable(name: &str, energy: Option<&Energy>) -> Result<()> {
    if energy.is_some_and(smooth) {
        return Ok(());
    }
    let others: Vec<&str> = METHODS.iter().filter(|m| m.way.energy().is_some_and(smooth)).map(|m| m.name).collect();
    let others = others.join(" or ");
    Err(Error::Unsuited(format!("no update rule can descend {name}, which has no gradient everywhere: choose --method {others}")))
}

/// The row of the solver `name`.
pub(crate) fn solver(name: &str) -> Result<&'static SolverRow> {
    let names: Vec<&str> = SOLVERS.iter().map(|s| s.name).collect();
    Ok(SOLVERS.iter().find(|s| s.name == name).ok_or_else(|| ravine_optim::Error::unknown("solver", name, &names))?)
}

/// The first solver that suits `energy`.
pub(super) fn usual_solver(energy: &Energy) -> &'static SolverRow {
    SOLVERS.iter().find(|s| (s.suits)(energy)).unwrap_or(&SOLVERS[2]) // primal-dual suits all
}

impl SolverRow {
    /// Itself, if it can minimise the energy of the method `name`.
    pub(crate) fn suited(&'static self, name: &str, energy: &Energy) -> Result<&'static SolverRow> {
        if (self.suits)(energy) {
            return Ok(self);
        }
        let others: Vec<&str> = SOLVERS.iter().filter(|s| (s.suits)(energy)).map(|s| s.name).collect();
        Err(Error::Unsuited(format!("the solver {} cannot minimise {name}: take {}", self.name, others.join(" or "))))
    }

    pub(super) fn make(&self, energy: &Energy, f: &Image, lambda: f64) -> Result<Box<dyn Solver<f32>>> {
        (self.make)(energy, f, lambda)
    }
}

fn generic(name: &str, energy: &Energy, f: &Image, lambda: f64) -> Result<Box<dyn Solver<f32>>> {
    let problem = Arc::new(energy.problem(f.grid(), f.pixels().to_vec(), lambda)?);
    Ok(solver::by_name(name, problem, f.pixels().to_vec())?)
}

fn objective(energy: &Energy, f: &Image, lambda: f64) -> Result<SmoothProblem<f32>> {
    Ok(SmoothProblem::new(Arc::new(energy.problem(f.grid(), f.pixels().to_vec(), lambda)?))?)
}

/// `rule` with its η written down. Unless it was given, a rule whose move is proportional to the gradient takes 1/L, L the Lipschitz
/// constant of ∇J; the others, whose move has its own scale, take their default.
pub(super) fn settle_rule(rule: &Named, energy: &Energy, grid: Grid, lambda: f64) -> Result<Named> {
    let mut settled = rule.clone();
    if !settled.set.contains_key("eta") {
        let eta = match crate::descend::proportional(rule)? {
            true => step(energy, grid, lambda)?,
            false => crate::descend::default_eta(&rule.name)?,
        };
        settled.set.insert("eta".into(), Setting::Number(eta));
    }
    Ok(settled)
}

/// 1/L, L = λ + L_F‖K‖² a Lipschitz constant of ∇J, J(u) = F(Ku) + λ/2‖u − f‖².
pub(super) fn step(energy: &Energy, grid: Grid, lambda: f64) -> Result<f64> {
    let Part { term, operator } = energy.regularizer::<f32>(grid)?;
    let smooth = term.smooth().ok_or_else(|| Error::Unsuited("this energy has no gradient where its norm is zero".into()))?;
    Ok(1.0 / (lambda + smooth.lipschitz() * operator.norm().powi(2)))
}

/// The descent of the energy by an update rule, from f: the loop of every surface and network, on pixels.
pub(super) fn descend(rule: &Named, energy: &Energy, f: &Image, lambda: f64) -> Result<Box<dyn Solver<f32>>> {
    let update = rule::build::<f32>(&rule.name, &rule.settings())?;
    Ok(Box::new(Descent::new(Box::new(objective(energy, f, lambda)?), f.pixels().to_vec(), update)?))
}

/// The iterate after `iterations`, or where the solver has finished before; [`Error::Interrupted`] if it was halted on the way.
pub(super) fn after(mut solver: Box<dyn Solver<f32>>, iterations: u64, grid: Grid, halt: &Halt) -> Result<Image> {
    let mut done = 0;
    while done < iterations && solver.finished().is_none() {
        if halt.is_due() {
            return Err(Error::Interrupted);
        }
        done += solver.advance(iterations - done);
    }
    Ok(Image::new(grid, solver.into_iterate())?)
}
