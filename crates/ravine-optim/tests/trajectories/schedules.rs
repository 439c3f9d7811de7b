//! Runs of schedules: what each library's words mean in ours. Ours are factors of a base; a library's numbers are base · factor.

use crate::hyper::Hyper;
use crate::{Compared, deviation, numbers};
use ravine_optim::Schedule::{self, Product, Sequence};
use ravine_optim::parameter::Setting;
use ravine_optim::schedule::build;
use serde_json::Value;

pub(crate) fn compare(run: &Value, id: &str) -> Compared {
    let hyper = Hyper::of(run)?;
    let (base, mut schedule) = translate(id, &hyper)?;
    let wanted = numbers(&run["lr"]);
    let loss: Vec<f64> = run["loss"].as_array().into_iter().flatten().filter_map(Value::as_f64).collect();
    let mut got = Vec::new();
    for t in 0..wanted.len() {
        got.push(base * schedule.factor(t as u64));
        if let Some(loss) = loss.get(t) {
            schedule.observe(t as u64, *loss);
        }
    }
    let error = deviation(&wanted, &got);
    if run["momentum"].is_null() {
        return Ok(error);
    }
    let (base, schedule) = momentum(id, &hyper)?;
    let got: Vec<f64> = (0..wanted.len()).map(|t| base * schedule.factor(t as u64)).collect();
    Ok(error.max(deviation(&numbers(&run["momentum"]), &got)))
}

fn named(name: &str, settings: &[(&str, f64)]) -> Result<Schedule, String> {
    let settings: Vec<(&str, Setting)> = settings.iter().map(|(name, value)| (*name, (*value).into())).collect();
    build(name, &settings).map_err(|e| e.to_string())
}

fn constant(factor: f64) -> Result<Schedule, String> {
    named("constant", &[("factor", factor)])
}

/// The base and the schedule of factors.
fn translate(id: &str, hyper: &Hyper) -> Result<(f64, Schedule), String> {
    let number = |name: &str| hyper.needed(&[name]);
    let base = hyper.needed(&["base_lr", "eta0", "init_value"]);
    let schedule = match id {
        "formula/step_decay" => named("step", &[("divisor", number("K")?), ("every", number("every")?)]),
        "formula/exponential" => named("exponential", &[("rate", number("k")?)]),
        "formula/inverse_time" | "torch/LambdaLR_inverse_time" => named("inverse-time", &[("rate", number("k")?)]),
        "torch/StepLR" => named("step", &[("divisor", 1.0 / number("gamma")?), ("every", number("step_size")?)]),
        "torch/ExponentialLR" => named("exponential", &[("rate", -number("gamma")?.ln())]),
        "torch/MultiStepLR" => {
            let milestones = numbers(hyper.get(&["milestones"]).ok_or("no milestones")?);
            let gamma = number("gamma")?;
            pieces(milestones.iter().enumerate().map(|(i, m)| (*m, gamma.powi(i as i32 + 1))))
        }
        "optax/piecewise_constant_schedule" => {
            let scales = hyper.get(&["boundaries_and_scales"]).and_then(Value::as_object).ok_or("no boundaries")?;
            let mut scales: Vec<(f64, f64)> =
                scales.iter().map(|(at, by)| (at.parse().unwrap_or(f64::NAN), by.as_f64().unwrap_or(f64::NAN))).collect();
            scales.sort_by(|a, b| a.0.total_cmp(&b.0));
            let mut factor = 1.0;
            pieces(scales.into_iter().map(|(at, by)| {
                factor *= by;
                (at, factor)
            }))
        }
        "torch/ConstantLR" => {
            Ok(Sequence(vec![(number("total_iters")? as u64, constant(number("factor")?)?), (1, constant(1.0)?)]))
        }
        "torch/LinearLR" if number("end_factor")? == 1.0 => {
            named("warm-up", &[("steps", number("total_iters")?), ("start", number("start_factor")?)])
        }
        "torch/CosineAnnealingLR" | "torch/CosineAnnealingLR_short" => {
            let low = number("eta_min")? / base.clone()?;
            let settings = [("steps", number("T_max")?.into()), ("low", low.into()), ("wave", true.into())];
            build("cosine", &settings).map_err(|e| e.to_string())
        }
        "torch/CosineAnnealingWarmRestarts" => {
            let low = number("eta_min")? / base.clone()?;
            named("warm-restarts", &[("period", number("T_0")?), ("growth", number("T_mult")?), ("low", low)])
        }
        "torch/warmup_then_cosine" => {
            let warm_up = number("warmup_iters")?;
            let low = number("eta_min")? / base.clone()?;
            let rise = named("warm-up", &[("steps", warm_up), ("start", number("warmup_start_factor")?)])?;
            Ok(Sequence(vec![(warm_up as u64, rise), (1, named("cosine", &[("steps", number("T_max")?), ("low", low)])?)]))
        }
        "torch/OneCycleLR_cos" | "torch/OneCycleLR_linear_three_phase" => {
            let (start, end) = (1.0 / number("div_factor")?, 1.0 / number("div_factor")? / number("final_div_factor")?);
            return Ok((number("max_lr")?, one_cycle(hyper, [start, 1.0, end])?));
        }
        "torch/ReduceLROnPlateau" | "torch/ReduceLROnPlateau_cooldown" => {
            let relative = hyper.get(&["threshold_mode"]) == Some(&Value::from("rel"));
            build(
                "plateau",
                &[
                    ("cut", number("factor")?.into()),
                    ("patience", number("patience")?.into()),
                    ("cooldown", number("cooldown")?.into()),
                    ("threshold", number("threshold")?.into()),
                    ("relative", relative.into()),
                    ("low", (number("min_lr")? / base.clone()?).into()),
                ],
            )
            .map_err(|e| e.to_string())
        }
        "optax/exponential_decay" => {
            let rate = -number("decay_rate")?.ln() / number("transition_steps")?;
            Ok(Sequence(vec![(number("transition_begin")? as u64, constant(1.0)?), (1, named("exponential", &[("rate", rate)])?)]))
        }
        "optax/exponential_decay_staircase" => {
            let low = number("end_value")? / base.clone()?;
            let divisor = 1.0 / number("decay_rate")?;
            named("step", &[("divisor", divisor), ("every", number("transition_steps")?), ("low", low)])
        }
        "optax/cosine_decay_schedule" => named("cosine", &[("steps", number("decay_steps")?), ("low", number("alpha")?)]),
        "optax/warmup_cosine_decay_schedule" => return cycle(hyper, number("peak_value")?),
        "optax/warmup_exponential_decay_schedule" => {
            let (peak, warm_up) = (number("peak_value")?, number("warmup_steps")?);
            let rise = named("warm-up", &[("steps", warm_up), ("start", number("init_value")? / peak)])?;
            let rate = -number("decay_rate")?.ln() / number("transition_steps")?;
            return Ok((peak, Sequence(vec![(warm_up as u64, rise), (1, named("exponential", &[("rate", rate)])?)])));
        }
        "optax/linear_onecycle_schedule" | "optax/cosine_onecycle_schedule" => {
            let (start, end) = (1.0 / number("div_factor")?, 1.0 / number("div_factor")? / number("final_div_factor")?);
            let rise = number("pct_start")?;
            let mut settings: Vec<(&str, Setting)> = vec![
                ("steps", number("transition_steps")?.into()),
                ("rise", rise.into()),
                ("start", start.into()),
                ("end", end.into()),
            ];
            if let Some(back) = hyper.number(&["pct_final"]) {
                settings.extend([("fall", Setting::from(back - rise)), ("shape", Setting::from("linear"))]);
            }
            return Ok((number("peak_value")?, build("one-cycle", &settings).map_err(|e| e.to_string())?));
        }
        "optax/sgdr_schedule" => return restarts(hyper),
        _ => Err("no such schedule".into()),
    };
    Ok((base?, schedule?))
}

/// 1, and from each boundary on its factor.
fn pieces(boundaries: impl Iterator<Item = (f64, f64)>) -> Result<Schedule, String> {
    let (mut phases, mut since, mut factor) = (Vec::new(), 0.0, 1.0);
    for (at, next) in boundaries {
        phases.push(((at - since) as u64, constant(factor)?));
        (since, factor) = (at, next);
    }
    phases.push((1, constant(factor)?));
    Ok(Sequence(phases))
}

/// PyTorch's one cycle between three levels. Its first phase ends one step before `pct_start` of all, its last at the last step.
fn one_cycle(hyper: &Hyper, [start, top, end]: [f64; 3]) -> Result<Schedule, String> {
    let last = hyper.needed(&["total_steps"])? - 1.0;
    let rise = (hyper.needed(&["pct_start"])? * (last + 1.0) - 1.0) / last;
    let fall = if hyper.switch("three_phase") { rise } else { 0.0 };
    let linear = hyper.get(&["anneal_strategy"]) == Some(&Value::from("linear"));
    build(
        "one-cycle",
        &[
            ("steps", last.into()),
            ("rise", rise.into()),
            ("fall", fall.into()),
            ("start", start.into()),
            ("top", top.into()),
            ("end", end.into()),
            ("shape", (if linear { "linear" } else { "cosine" }).into()),
        ],
    )
    .map_err(|e| e.to_string())
}

/// The momentum that falls while η rises.
fn momentum(id: &str, hyper: &Hyper) -> Result<(f64, Schedule), String> {
    if !id.starts_with("torch/OneCycleLR") {
        return Err("a momentum of its own".into());
    }
    let most = hyper.needed(&["max_momentum"])?;
    Ok((most, one_cycle(hyper, [1.0, hyper.needed(&["base_momentum"])? / most, 1.0])?))
}

/// optax: a straight rise to the peak, then half a cosine to the end value; `decay_steps` counts both.
fn cycle(hyper: &Hyper, base: f64) -> Result<(f64, Schedule), String> {
    let number = |name: &str| hyper.needed(&[name]);
    let (peak, warm_up) = (number("peak_value")?, number("warmup_steps")?);
    let rise = named("warm-up", &[("steps", warm_up), ("start", number("init_value")? / peak)])?;
    let down = named("cosine", &[("steps", number("decay_steps")? - warm_up), ("low", number("end_value")? / peak)])?;
    Ok((base, Product(vec![constant(peak / base)?, Sequence(vec![(warm_up as u64, rise), (1, down)])])))
}

fn restarts(hyper: &Hyper) -> Result<(f64, Schedule), String> {
    let cycles = hyper.get(&["cycles"]).and_then(Value::as_array).ok_or("no cycles")?;
    let peak = |cycle: &Value| cycle["peak_value"].as_f64().unwrap_or(f64::NAN);
    let base = cycles.iter().map(peak).fold(0.0, f64::max);
    let phases = cycles.iter().map(|one| {
        let wrapped = serde_json::json!({ "hyper": one });
        let hyper = Hyper::of(&wrapped)?;
        Ok((hyper.needed(&["decay_steps"])? as u64, cycle(&hyper, base)?.1))
    });
    Ok((base, Sequence(phases.collect::<Result<_, String>>()?)))
}
