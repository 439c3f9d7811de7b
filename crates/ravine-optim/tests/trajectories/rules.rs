//! Runs of rules: what each library's words mean in ours, and the run itself.

use crate::hyper::Hyper;
use crate::surfaces::surface;
use crate::{Compared, deviation, numbers, text};
use ravine_optim::parameter::Setting;
use ravine_optim::{Averaged, Descent, Schedule, Solver, rule, schedule};
use serde_json::Value;

/// A rule in our words.
#[derive(Default)]
struct Asked {
    rule: &'static str,
    settings: Vec<(&'static str, Setting)>,
    schedule: Option<Schedule>,
    average: Option<String>,
}

impl Asked {
    fn of(rule: &'static str) -> Self {
        Asked { rule, ..Asked::default() }
    }
    fn with(mut self, name: &'static str, value: impl Into<Setting>) -> Self {
        self.settings.push((name, value.into()));
        self
    }
    fn with_some(self, name: &'static str, value: Option<f64>) -> Self {
        match value {
            Some(value) => self.with(name, value),
            None => self,
        }
    }
}

pub(crate) fn compare(run: &Value, library: &str, surfaces: &Value) -> Compared {
    let hyper = Hyper::of(run)?;
    let asked = translate(text(run, "rule")?, library, &hyper)?;
    hyper.all_read()?;
    let (surface, start) = surface(&surfaces[text(run, "surface")?])?;
    let theta: Vec<Vec<f64>> = run["theta"].as_array().ok_or("no theta")?.iter().map(numbers).collect();
    let average: Vec<Vec<f64>> = run["average"].as_array().into_iter().flatten().map(numbers).collect();
    let compared = (run["stable"].as_u64().unwrap_or(u64::MAX) as usize).min(theta.len());

    let mut update = rule::build::<f64>(asked.rule, &asked.settings).map_err(|e| e.to_string())?;
    if let Some(schedule) = asked.schedule {
        update.schedule("eta", schedule).map_err(|e| e.to_string())?;
    }
    if let Some(average) = asked.average {
        update = Box::new(Averaged::new(update, average.parse().map_err(|e: ravine_optim::Error| e.to_string())?));
    }
    let mut descent = Descent::new(Box::new(surface), start, update).map_err(|e| e.to_string())?;
    let (mut path, mut answers) = (vec![descent.theta().to_vec()], vec![descent.iterate().to_vec()]);
    for _ in 1..compared {
        descent.step();
        path.push(descent.theta().to_vec());
        answers.push(descent.iterate().to_vec());
    }
    let error = deviation(&theta[..compared].concat(), &path.concat());
    if average.is_empty() {
        return Ok(error);
    }
    // An average that is one entry short begins after the first step.
    answers.drain(..theta.len() - average.len());
    Ok(error.max(deviation(&average[..answers.len()].concat(), &answers.concat())))
}

fn translate(rule: &str, library: &str, hyper: &Hyper) -> Result<Asked, String> {
    let asked = match rule {
        "sgd" | "sgd_l2" | "sgd_ema" | "sgd_swa" | "sgd_clip_norm" | "sgd_clip_value" | "sgd_accumulate4" | "momentum"
        | "momentum_dampened" | "nesterov" => sgd(rule, library, hyper)?,
        "adagrad" | "adagrad_lr_decay" | "lecture_adagrad" => Asked::of("adagrad")
            .with("epsilon", hyper.needed(&["eps"])?)
            .with("epsilon_inside", library != "torch")
            .with_some("start", hyper.number(&["initial_accumulator_value"]))
            .with_some("rate_decay", hyper.number(&["lr_decay"]))
            .with_some("weight_decay", hyper.number(&["weight_decay"])),
        "rmsprop" | "rmsprop_centered" | "rmsprop_eps_outside" | "rmsprop_momentum" | "lecture_rmsprop" => Asked::of("rmsprop")
            .with("beta", hyper.needed(&["alpha", "decay", "gamma"])?)
            .with("epsilon", hyper.needed(&["eps"])?)
            .with("epsilon_inside", hyper.switch("eps_in_sqrt") || rule.starts_with("lecture"))
            .with("centered", hyper.switch("centered"))
            .with_some("momentum", hyper.number(&["momentum"]))
            .with_some("weight_decay", hyper.number(&["weight_decay"])),
        "adam" | "adam_eps_root" | "adam_l2" | "adamw" | "amsgrad" => adam(rule, library, hyper)?,
        "lecture_adam"
        | "lecture_adam_eps_outside"
        | "lecture_adam_uncorrected"
        | "lecture_adam_uncorrected_eps_outside"
        | "lecture_amsgrad" => {
            let [beta1, beta2] = betas(hyper)?;
            Asked::of("adam")
                .with("beta1", beta1)
                .with("beta2", beta2)
                .with("epsilon", hyper.needed(&["eps"])?)
                .with("epsilon_inside", !rule.ends_with("eps_outside") && rule != "lecture_amsgrad")
                .with("bias_correction", !rule.contains("uncorrected") && rule != "lecture_amsgrad")
                .with("amsgrad", rule == "lecture_amsgrad")
        }
        "adamax" | "lecture_adamax" => {
            let [beta1, beta2] = betas(hyper)?;
            Asked::of("adamax")
                .with("beta1", beta1)
                .with("beta2", beta2)
                .with("epsilon", hyper.number(&["eps"]).unwrap_or(0.0))
                .with_some("weight_decay", hyper.number(&["weight_decay"]))
        }
        "lecture_sgd" | "lecture_sgd_step" | "lecture_sgd_exponential" | "lecture_sgd_inverse_time" => {
            Asked { schedule: annealing(rule, hyper)?, ..Asked::of("gradient-descent") }
        }
        "lecture_momentum" => Asked::of("momentum").with("gamma", hyper.needed(&["gamma"])?),
        "lecture_momentum_convex" => {
            let gamma = hyper.needed(&["gamma"])?;
            Asked::of("momentum").with("gamma", gamma).with("dampening", gamma)
        }
        "lecture_nesterov" => Asked::of("nesterov").with("gamma", hyper.needed(&["gamma"])?),
        _ => return Err(format!("rule {rule}")),
    };
    Ok(asked.with("eta", hyper.needed(&["lr", "learning_rate", "eta"])?))
}

fn sgd(rule: &str, library: &str, hyper: &Hyper) -> Result<Asked, String> {
    let gamma = hyper.number(&["momentum"]).unwrap_or(0.0);
    let asked = if hyper.switch("nesterov") {
        Asked::of("nesterov-rearranged").with("gamma", gamma)
    } else if gamma > 0.0 {
        let dampening = hyper.number(&["dampening"]);
        Asked::of("momentum").with("gamma", gamma).with("dampen_first", false).with_some("dampening", dampening)
    } else {
        Asked::of("gradient-descent")
    };
    let average = match hyper.number(&["ema_decay"]) {
        Some(beta) => Some(format!("ema:{beta}")),
        None => (rule == "sgd_swa").then(|| "swa".into()),
    };
    let clip = hyper.number(&["max_norm"]);
    let guard = clip.filter(|_| library == "torch").map(|_| 1e-6);
    Ok(Asked { average, ..asked }
        .with_some("weight_decay", hyper.number(&["weight_decay"]))
        .with_some("clip", clip)
        .with_some("clip_guard", guard)
        .with_some("clip_value", hyper.number(&["clip_value", "max_delta"]))
        .with_some("accumulate", hyper.number(&["every_k_schedule"])))
}

fn betas(hyper: &Hyper) -> Result<[f64; 2], String> {
    match hyper.get(&["betas"]).map(numbers) {
        Some(both) => both.try_into().map_err(|_| "not two betas".into()),
        None => Ok([hyper.needed(&["b1", "beta1"])?, hyper.needed(&["b2", "beta2"])?]),
    }
}

fn adam(rule: &str, library: &str, hyper: &Hyper) -> Result<Asked, String> {
    let [beta1, beta2] = betas(hyper)?;
    let (outside, inside) = (hyper.needed(&["eps"])?, hyper.number(&["eps_root"]).unwrap_or(0.0));
    if outside > 0.0 && inside > 0.0 {
        return Err("ε both inside and outside the root".into());
    }
    let corrections = [hyper.get(&["bias_correction_mu"]), hyper.get(&["bias_correction_nu"])];
    if corrections[0] != corrections[1] {
        return Err("bias correction of one moment only".into());
    }
    let optax_amsgrad = library == "optax" && rule == "amsgrad";
    Ok(Asked::of("adam")
        .with("beta1", beta1)
        .with("beta2", beta2)
        .with("epsilon", outside.max(inside))
        .with("epsilon_inside", inside > 0.0)
        .with("bias_correction", corrections[0] != Some(&Value::Bool(false)))
        .with("amsgrad", hyper.switch("amsgrad") || optax_amsgrad)
        .with("amsgrad_corrected", optax_amsgrad)
        .with("decoupled", hyper.switch("decoupled_weight_decay") || rule == "adamw")
        .with_some("weight_decay", hyper.number(&["weight_decay"])))
}

fn annealing(rule: &str, hyper: &Hyper) -> Result<Option<Schedule>, String> {
    let built = match rule {
        "lecture_sgd" => return Ok(None),
        "lecture_sgd_step" => {
            schedule::build("step", &[("divisor", hyper.needed(&["K"])?.into()), ("every", hyper.needed(&["every"])?.into())])
        }
        "lecture_sgd_exponential" => schedule::build("exponential", &[("rate", hyper.needed(&["k"])?.into())]),
        _ => schedule::build("inverse-time", &[("rate", hyper.needed(&["k"])?.into())]),
    };
    built.map(Some).map_err(|e| e.to_string())
}
