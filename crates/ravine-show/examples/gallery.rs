//! Draws a figure and a page of every surface, to look at: `cargo run -p ravine-show --example gallery -- FOLDER`.

use ravine::optim::{Descent, Objective, Solver, State, rule, surface};
use ravine_show::plot::ContourMap;
use ravine_show::plot::descent::{DescentPlot, Run, Slot};
use ravine_show::report;
use std::error::Error;

const STEPS: usize = 150;

fn main() -> Result<(), Box<dyn Error>> {
    let folder = std::path::PathBuf::from(std::env::args().nth(1).ok_or("name a folder to draw into")?);
    std::fs::create_dir_all(&folder)?;
    for row in surface::SURFACES {
        let runs = vec![descend(row.name, "gradient-descent", 1.0)?, descend(row.name, "momentum", 0.2)?];
        let plot = DescentPlot { title: format!("Two rules on {}", row.name), map: map(row.name)?, least: least(row.name)?, runs };
        let command = format!("ravine descend {} --rule momentum --steps {STEPS}", row.name);
        let page = report::descent::report(&plot, &format!("{STEPS} steps of each."), &command, "the gallery");
        let figure = plot.figure();
        std::fs::write(folder.join(format!("{}.svg", row.name)), figure.svg())?;
        std::fs::write(folder.join(format!("{}.png", row.name)), figure.png()?)?;
        std::fs::write(folder.join(format!("{}.html", row.name)), page.html())?;
    }
    Ok(())
}

fn map(name: &str) -> Result<Option<ContourMap>, Box<dyn Error>> {
    let mut surface = surface::build(name, &[], None, 0)?;
    if surface.dimension() > 2 {
        return Ok(None);
    }
    let map = ContourMap::sampled("Level lines and path", surface.window(), 161, |x, y| surface.value(&[x, y]));
    let minima = surface.optima().iter().map(|o| (o.x[0], o.x[1])).collect();
    Ok(Some(ContourMap { minima, ..map }))
}

fn least(name: &str) -> Result<Option<f64>, Box<dyn Error>> {
    Ok(surface::build(name, &[], None, 0)?.optima().first().map(|o| o.value))
}

fn descend(name: &str, rule: &str, share: f64) -> Result<Run, Box<dyn Error>> {
    let surface = surface::build(name, &[], None, 0)?;
    let eta = share * surface.eta();
    let update = rule::build(rule, &[("eta", eta.into())])?;
    let start = surface.start();
    let mut descent = Descent::<f64>::new(Box::new(surface), start, update)?;
    let mut run = Run { label: format!("{rule}, η = {eta:.3}"), ..Run::default() };
    for _ in 0..=STEPS {
        let (value, _) = descent.value_and_gradient_norm();
        run.points.push((descent.theta()[0], descent.theta()[1]));
        run.values.push(value);
        run.learning_rates.push(descent.learning_rate());
        descent.state(&mut |name, state| {
            if let (Some(name), State::Slice(values)) = (name.strip_prefix("update."), state) {
                keep(&mut run.slots, name, values);
            }
        });
        descent.step();
    }
    Ok(run)
}

/// Adds the first two coordinates of a slot to what is kept of it.
fn keep(slots: &mut Vec<Slot>, name: &str, values: &[f64]) {
    let at = slots.iter().position(|s| s.name == name).unwrap_or_else(|| {
        slots.push(Slot { name: name.into(), coordinates: vec![Vec::new(); 2] });
        slots.len() - 1
    });
    slots[at].coordinates.iter_mut().zip(values).for_each(|(kept, v)| kept.push(*v));
}
