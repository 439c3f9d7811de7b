//! Law: a training that is written to disk, read into a fresh one and continued equals the uninterrupted one, bit for bit. And what
//! a checkpoint and a journal do when something is wrong with them.

mod small;

use ravine_net::engine::Element;
use ravine_net::journal::Entry;
use ravine_net::{Checkpoint, Journal, Loss, Plan, Risk, Samples, Validation};
use ravine_optim::average::Averaged;
use ravine_optim::parameter::Setting;
use ravine_optim::{Descent, Solver, edit, rule, schedule};
use serde_json::json;
use small::{Blobs, network};
use std::path::Path;
use std::sync::Arc;

/// A training with everything that has state: a rule with slots, an average, a plateau, an accumulating edit, gradient noise.
fn descent<F: Element>() -> Descent<F> {
    let plan = Plan { loss: Loss::Charbonnier { epsilon: 0.01 }, samples: Samples::Of(24), batch: 5, seed: 8 };
    let held_out = Arc::new(Validation::held_out(&Blobs, 8, 5, plan.loss).unwrap());
    let risk = Risk::<F>::new(Arc::new(network()), Arc::new(Blobs), held_out, plan).unwrap();
    let settings: [(&str, Setting); 3] = [("eta", 0.01.into()), ("amsgrad", true.into()), ("accumulate", 3.0.into())];
    let mut update = rule::build::<F>("adam", &settings).unwrap();
    let plateau = schedule::build("plateau", &[("patience", 2.0.into()), ("cut", 0.7.into())]).unwrap();
    update.schedule("eta", plateau).unwrap();
    let update = Box::new(Averaged::new(update, "ema:0.9".parse().unwrap()));
    Descent::new(Box::new(risk), network::<F>().initial(8), update).unwrap().edited(Box::new(edit::Noise::new(1e-4, 8)))
}

fn bytes<F: Element>(descent: &mut Descent<F>) -> Vec<u8> {
    Checkpoint::of(descent, json!({"network": "small"})).encode().unwrap()
}

#[test]
fn a_resumed_training_equals_an_uninterrupted_one() {
    fn law<F: Element>() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("net.checkpoint");
        let mut whole = descent::<F>();
        (0..37).for_each(|_| whole.step());
        assert!(whole.learning_rate() < descent::<F>().learning_rate(), "the plateau has cut");
        let mut first = descent::<F>();
        (0..20).for_each(|_| first.step());
        Checkpoint::of(&mut first, json!({"network": "small"})).write(&file).unwrap();
        let mut second = descent::<F>();
        let checkpoint = Checkpoint::read(&file).unwrap();
        assert_eq!(checkpoint.recipe(), &json!({"network": "small"}));
        checkpoint.restore(&mut second).unwrap();
        assert_eq!(bytes(&mut second), bytes(&mut first));
        assert_ne!(bytes(&mut second), bytes(&mut whole));
        (0..17).for_each(|_| second.step());
        assert_eq!(bytes(&mut second), bytes(&mut whole));
    }
    law::<f32>();
    law::<f64>();
}

#[test]
fn a_checkpoint_of_another_training_is_refused_with_the_piece_that_differs() {
    let mut f32s = descent::<f32>();
    let says = |checkpoint: Checkpoint| checkpoint.restore(&mut descent::<f64>()).unwrap_err().to_string();
    assert_eq!(says(Checkpoint::of(&mut f32s, json!({}))), "its state `theta` is not that of this training");
    let mut other = Descent::<f64>::new(
        Box::new(Nothing(ravine_optim::Layout::single("x", &[1]))),
        vec![0.0],
        rule::build("adam", &[] as &[(&str, Setting)]).unwrap(),
    )
    .unwrap();
    assert_eq!(says(Checkpoint::of(&mut other, json!({}))), "its state `theta` is not that of this training");
}

struct Nothing(ravine_optim::Layout);

impl ravine_optim::Objective<f64> for Nothing {
    fn layout(&self) -> &ravine_optim::Layout {
        &self.0
    }
    fn value(&mut self, _: &[f64]) -> f64 {
        0.0
    }
    fn value_and_gradient(&mut self, _: &[f64], _: &mut [f64]) -> f64 {
        0.0
    }
}

#[test]
fn a_damaged_checkpoint_is_told_from_a_missing_one() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("net.checkpoint");
    let says = || Checkpoint::read(&file).unwrap_err().to_string();
    assert_eq!(says(), "there is no such file");
    let whole = bytes(&mut descent::<f32>());
    for length in [0, 7, 100, whole.len() / 2, whole.len() - 1] {
        std::fs::write(&file, &whole[..length]).unwrap();
        assert!(says().starts_with("it is no safetensors file, or a damaged one"), "{length}: {}", says());
    }
    let later = String::from_utf8_lossy(&whole[..400]).replace(r#"{\"version\":1"#, r#"{\"version\":2"#);
    assert_ne!(later, String::from_utf8_lossy(&whole[..400]));
    let renewed: Vec<u8> = whole[..8].iter().copied().chain(later[8..].bytes()).chain(whole[400..].iter().copied()).collect();
    std::fs::write(&file, &renewed).unwrap();
    assert!(says().contains("version 2"), "{}", says());
}

#[test]
fn a_checkpoint_that_cannot_be_written_leaves_the_old_one_whole() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("net.checkpoint");
    let checkpoint = Checkpoint::of(&mut descent::<f32>(), json!({}));
    checkpoint.write(&file).unwrap();
    assert!(checkpoint.write(&folder.path().join("no/such/folder")).unwrap_err().to_string().contains("there is no folder"));
    #[cfg(target_os = "linux")]
    assert!(checkpoint.write(Path::new("/dev/full")).unwrap_err().to_string().contains("space"));
    assert_eq!(Checkpoint::read(&file).unwrap(), checkpoint);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "nothing else is left behind");
}

fn entry(step: u64) -> Entry {
    let (risk, psnr) = (1.0 / (1 + step) as f64, 20.0 + step as f64);
    Entry {
        step,
        loss: (step > 0).then_some(risk),
        risk,
        risk_error: 0.1,
        psnr,
        psnr_error: 0.2,
        learning_rate: 1e-3,
        seconds: 0.25,
        images_per_second: None,
    }
}

#[test]
fn a_resumed_journal_has_every_step_once() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("net.jsonl");
    let mut journal = Journal::begin(&file).unwrap();
    [0, 10, 20, 30].iter().for_each(|step| journal.write(&entry(*step)).unwrap());
    let whole = std::fs::read_to_string(&file).unwrap();
    // It was killed in the middle of line 30, and its checkpoint is of step 10.
    std::fs::write(&file, &whole[..whole.len() - 5]).unwrap();
    let mut journal = Journal::resume(&file, 10).unwrap();
    assert_eq!(journal.last(), Some(&entry(10)));
    [10, 20, 30].iter().for_each(|step| journal.write(&entry(*step)).unwrap());
    assert_eq!(std::fs::read_to_string(&file).unwrap(), whole);
    assert_eq!(Journal::resume(&file, 30).unwrap().last(), Some(&entry(30)));
    assert_eq!(std::fs::read_to_string(&file).unwrap(), whole);
    // A training that begins anew has nothing to do with the old lines; one whose journal was lost goes on.
    assert_eq!(Journal::begin(&file).unwrap().last(), None);
    std::fs::remove_file(&file).unwrap();
    assert_eq!(Journal::resume(&file, 30).unwrap().last(), None);
    assert!(Journal::begin(&folder.path().join("no/such/file")).unwrap_err().contains("cannot be written"));
}
