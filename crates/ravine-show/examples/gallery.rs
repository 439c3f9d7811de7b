//! Draws a figure and a page of every surface, to look at: `cargo run -p ravine-show --example gallery -- FOLDER`.

use ravine::descend::{Ground, descend};
use ravine::optim::parameter::Setting;
use ravine::optim::surface::{self, Surface};
use ravine::{Named, recipe::Descending};
use ravine_show::plot::descent::{DescentPlot, Run, map};
use ravine_show::plot::number::short;
use ravine_show::report;
use std::error::Error;

const STEPS: u64 = 150;

fn main() -> Result<(), Box<dyn Error>> {
    let folder = std::path::PathBuf::from(std::env::args().nth(1).ok_or("name a folder to draw into")?);
    std::fs::create_dir_all(&folder)?;
    for row in surface::SURFACES {
        let mut surface = surface::build(row.name, &[], None, 0)?;
        let (start, least) = (surface.start(), surface.optima().first().map(|o| o.value));
        let runs = vec![run(&surface, "gradient-descent", 1.0)?, run(&surface, "momentum", 0.2)?];
        let title = format!("Two rules on {}", row.name);
        let plot = DescentPlot { title, map: map(&mut surface, &start), least, runs };
        let command = format!("ravine descend {} --rule momentum --steps {STEPS}", row.name);
        let page = report::descent::report(&plot, &format!("{STEPS} steps of each."), &command, "the gallery");
        let figure = plot.figure();
        std::fs::write(folder.join(format!("{}.svg", row.name)), figure.svg())?;
        std::fs::write(folder.join(format!("{}.png", row.name)), figure.png()?)?;
        std::fs::write(folder.join(format!("{}.html", row.name)), page.html())?;
    }
    Ok(())
}

/// `rule` at a share of the surface's own η.
fn run(surface: &Surface, rule: &str, share: f64) -> Result<Run, Box<dyn Error>> {
    let eta = share * surface.eta();
    let mut asked =
        Descending { surface: Named::new(surface.name()), rule: Named::new(rule), steps: STEPS, ..Descending::default() };
    asked.rule.set.insert("eta".into(), Setting::Number(eta));
    let mut run = Run { label: format!("{rule}, η = {}", short(eta)), ..Run::default() };
    descend(&asked, Ground::of(&asked, None)?, None, &mut |row| run.record(&row))?;
    Ok(run)
}
