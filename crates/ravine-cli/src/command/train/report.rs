//! What is said of a training at its end.

use crate::exit::Result;
use crate::output::Output;
use ravine::train::{Ended, Place, Trained};
use serde::Serialize;

#[derive(Serialize)]
struct Line {
    /// Absent where no model was written.
    #[serde(skip_serializing_if = "Option::is_none")]
    output: Option<String>,
    checkpoint: String,
    log: String,
    network: String,
    weights: usize,
    steps: u64,
    from_step: u64,
    best_step: u64,
    #[serde(skip_serializing_if = "unknown")]
    risk: f64,
    risk_error: f64,
    #[serde(skip_serializing_if = "unknown")]
    psnr: f64,
    psnr_error: f64,
    stop: Ended,
    seconds: f64,
    threads: usize,
    seed: u64,
    version: &'static str,
}

fn unknown(number: &f64) -> bool {
    !number.is_finite()
}

pub(crate) fn done(trained: &Trained, place: &Place, json: bool, output: &mut Output) -> Result<()> {
    let model = place.model.display().to_string();
    if json {
        return output.json(&Line {
            output: trained.written.then_some(model),
            checkpoint: place.checkpoint().display().to_string(),
            log: place.journal.display().to_string(),
            network: trained.settled.network.name.clone(),
            weights: trained.weights,
            steps: trained.steps,
            from_step: trained.from,
            best_step: trained.best_step,
            risk: trained.best.risk,
            risk_error: trained.best.risk_error,
            psnr: trained.best.psnr,
            psnr_error: trained.best.psnr_error,
            stop: trained.stop,
            seconds: trained.seconds,
            threads: rayon::current_num_threads(),
            seed: trained.settled.seed,
            version: env!("CARGO_PKG_VERSION"),
        });
    }
    if !trained.written {
        return Ok(());
    }
    let Trained { best, best_step, steps, .. } = trained;
    output.line(format_args!(
        "{model}: PSNR {:.2} ± {:.2} dB on pictures that it was not trained on, step {best_step} of {steps}",
        best.psnr, best.psnr_error
    ))
}

pub(crate) fn divergence(trained: &Trained, place: &Place) -> String {
    let rule = &trained.settled.rule;
    let eta = rule.set.get("eta").map_or(String::new(), |eta| format!(" than {eta}"));
    let kept = match trained.written {
        true => format!("; {} is the best model, of step {}", place.model.display(), trained.best_step),
        false => String::new(),
    };
    format!(
        "the training diverged within {} steps: a loss or a gradient is no number{kept}, and {} is the last good state; begin anew with --restart and a smaller --set eta{eta}, or with --set clip=1",
        trained.steps,
        place.checkpoint().display()
    )
}

pub(crate) fn interruption(trained: &Trained, place: &Place) -> String {
    format!("interrupted after step {}, saved in {}: the same command goes on", trained.steps, place.checkpoint().display())
}
