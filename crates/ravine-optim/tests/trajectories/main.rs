//! Law: every rule and schedule reproduces the numbers of independent libraries.
//!
//! Reads the runs of `tests/fixtures/optimizers`, or of the folder that `RAVINE_FIXTURES` names, and prints one line a run:
//! `library/rule/surface  error  tolerance`, or `… not built` with the reason; then the counts. A run that is built must agree; in
//! the committed folder every run must be built, and every key that is owed must be there.
#![allow(clippy::print_stdout)] // the printed table is what this test is for

mod expression;
mod hyper;
mod rules;
mod schedules;
mod surfaces;

use serde_json::Value;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// What the committed fixtures must hold: rules, then schedules.
const OWED_RULES: &str = "sgd sgd_l2 sgd_ema sgd_swa sgd_clip_norm sgd_clip_value sgd_accumulate4 momentum momentum_dampened \
    nesterov adagrad adagrad_lr_decay rmsprop rmsprop_centered rmsprop_eps_outside rmsprop_momentum adam adam_eps_root adam_l2 \
    adamax adamw amsgrad lecture_sgd lecture_sgd_step lecture_sgd_exponential lecture_sgd_inverse_time lecture_momentum \
    lecture_momentum_convex lecture_nesterov lecture_adagrad lecture_rmsprop lecture_adam lecture_adam_eps_outside \
    lecture_adam_uncorrected lecture_adam_uncorrected_eps_outside lecture_adamax lecture_amsgrad";
const OWED_SCHEDULES: &str = "formula/step_decay formula/exponential formula/inverse_time torch/StepLR torch/MultiStepLR \
    torch/ExponentialLR torch/LambdaLR_inverse_time torch/ConstantLR torch/LinearLR torch/CosineAnnealingLR \
    torch/CosineAnnealingLR_short torch/CosineAnnealingWarmRestarts torch/OneCycleLR_cos torch/OneCycleLR_linear_three_phase \
    torch/warmup_then_cosine torch/ReduceLROnPlateau torch/ReduceLROnPlateau_cooldown optax/exponential_decay \
    optax/exponential_decay_staircase optax/cosine_decay_schedule optax/warmup_cosine_decay_schedule \
    optax/warmup_exponential_decay_schedule optax/linear_onecycle_schedule optax/cosine_onecycle_schedule \
    optax/piecewise_constant_schedule optax/sgdr_schedule";

/// The largest deviation over the largest number, or why there is none.
type Compared = Result<f64, String>;

#[derive(Default)]
struct Table {
    agree: usize,
    not_built: usize,
    disagree: Vec<String>,
    reproduced: BTreeSet<String>,
}

impl Table {
    fn line(&mut self, id: &str, key: &str, tolerance: f64, compared: Compared) {
        match compared {
            Ok(error) => {
                println!("{id:<55} {error:9.2e} {tolerance:9.0e}");
                self.reproduced.insert(key.into());
                if error <= tolerance {
                    self.agree += 1;
                } else {
                    self.disagree.push(id.into());
                }
            }
            Err(reason) => {
                println!("{id:<55} not built: {reason}");
                self.not_built += 1;
            }
        }
    }
}

fn main() -> ExitCode {
    let given = std::env::var_os("RAVINE_FIXTURES").map(PathBuf::from);
    let folder = given.as_deref().map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/optimizers"), found);
    match compare(&folder) {
        Err(error) => {
            println!("{}: {error}", folder.display());
            ExitCode::FAILURE
        }
        Ok(table) => {
            let total = table.agree + table.not_built + table.disagree.len();
            println!("{total} runs: {} agree, {} disagree, {} not built", table.agree, table.disagree.len(), table.not_built);
            let missing: Vec<_> = OWED_RULES.split(' ').chain(OWED_SCHEDULES.split(' ')).filter(|k| !k.is_empty()).collect();
            let missing: Vec<_> = missing.into_iter().filter(|k| !table.reproduced.contains(*k)).collect();
            let incomplete = given.is_none() && (table.not_built > 0 || !missing.is_empty());
            if incomplete {
                println!("owed and not reproduced: {missing:?}");
            }
            if !table.disagree.is_empty() {
                println!("beyond the tolerance: {:?}", table.disagree);
            }
            if incomplete || !table.disagree.is_empty() || total == 0 { ExitCode::FAILURE } else { ExitCode::SUCCESS }
        }
    }
}

/// The folder as named; a relative name may also count from the root of the workspace.
fn found(named: &Path) -> PathBuf {
    if named.exists() { named.into() } else { Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(named) }
}

fn compare(folder: &Path) -> Result<Table, String> {
    let index = read(&folder.join("index.json"))?;
    let mut files: Vec<_> =
        std::fs::read_dir(folder).map_err(|e| e.to_string())?.filter_map(|entry| Some(entry.ok()?.path())).collect();
    files.sort();
    let mut table = Table::default();
    for file in files.iter().filter(|f| f.extension().is_some_and(|e| e == "json") && !f.ends_with("index.json")) {
        let content = read(file)?;
        let library = content["library"].as_str().unwrap_or_default();
        for run in content["runs"].as_array().into_iter().flatten() {
            let (id, rule) = (text(run, "id")?, text(run, "rule")?);
            let tolerance = run["tol"].as_f64().unwrap_or(1e-9);
            table.line(id, rule, tolerance, rules::compare(run, library, &index["surfaces"]));
        }
        for run in content["schedules"].as_array().into_iter().flatten() {
            let id = text(run, "id")?;
            table.line(&format!("schedule/{id}"), id, 1e-12, schedules::compare(run, id));
        }
    }
    Ok(table)
}

fn read(path: &Path) -> Result<Value, String> {
    let text = std::fs::read_to_string(path).map_err(|e| format!("{}: {e}", path.display()))?;
    serde_json::from_str(&text).map_err(|e| format!("{}: {e}", path.display()))
}

fn text<'a>(run: &'a Value, name: &str) -> Result<&'a str, String> {
    run[name].as_str().ok_or_else(|| format!("a run without `{name}`"))
}

/// The numbers of an array, of arrays of arrays too.
fn numbers(value: &Value) -> Vec<f64> {
    match value {
        Value::Array(all) => all.iter().flat_map(numbers).collect(),
        number => vec![number.as_f64().unwrap_or(f64::NAN)],
    }
}

/// max |wanted − got| / max |wanted|; ∞ where a number is missing or not finite.
fn deviation(wanted: &[f64], got: &[f64]) -> f64 {
    if wanted.len() != got.len() || wanted.is_empty() {
        return f64::INFINITY;
    }
    let size = wanted.iter().fold(0.0f64, |m, w| m.max(w.abs()));
    let worst = wanted.iter().zip(got).map(|(w, g)| (w - g).abs()).fold(0.0, |m, d| if d <= m { m } else { d });
    if worst.is_nan() { f64::INFINITY } else { worst / size }
}
