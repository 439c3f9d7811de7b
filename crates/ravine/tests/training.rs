//! A training as a library: what is settled, what is refused, and what is written.

use ravine::net::Model;
use ravine::optim::StopReason;
use ravine::recipe::{self, Training};
use ravine::train::{Beginning, Ended, Enough, Event, Files, Place, Trained, Watch, settle, train};
use ravine::{Auto, Class, Error, Named, Recipe, Settled};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// As small as a training can be.
fn small() -> Training {
    let mut network = Named::new("dncnn");
    network.set = [("depth", 3.0), ("width", 6.0)].map(|(name, value)| (name.into(), value.into())).into();
    let sigma = Auto::Given("25".parse().unwrap());
    Training { network, sigma, batch: 4, crop_size: 16, steps: Auto::Given(12), every: 4, held_out: 8, ..Training::default() }
}

fn run(asked: &Training, model: &Path, beginning: Beginning) -> Result<Trained, Error> {
    train(asked, &Files::default(), &Place::of(model), beginning, &mut Watch { interrupt: None, show: &mut |_| () })
}

fn refusal(asked: Training) -> String {
    let error = settle(&asked, &Files::default()).unwrap_err();
    assert_eq!(error.class(), Class::Usage, "{error}");
    error.to_string()
}

#[test]
fn a_model_carries_the_recipe_that_makes_it_again() {
    let folder = tempfile::tempdir().unwrap();
    let [first, again] = ["a.safetensors", "b.safetensors"].map(|name| folder.path().join(name));
    let trained = run(&small(), &first, Beginning::default()).unwrap();
    assert_eq!((trained.steps, trained.stop), (12, Ended::Ran(StopReason::MaxIterations)));
    let model = Model::read(&first).unwrap();
    assert_eq!(model.card().sigma, [25.0, 25.0]);
    let text = model.card().recipe.as_ref().unwrap().to_string();
    let Recipe::Train(recipe) = Recipe::read(&text).unwrap() else { panic!("{text}") };
    assert_eq!(recipe, trained.settled);
    run(&recipe, &again, Beginning::default()).unwrap();
    assert_eq!(std::fs::read(&first).unwrap(), std::fs::read(&again).unwrap());
}

#[test]
fn what_is_settled_leaves_nothing_to_auto_and_settles_to_itself() {
    let settled = settle(&small(), &Files::default()).unwrap();
    for text in [Settled::Train(settled.clone()).to_toml(), Settled::Train(settled.clone()).to_json()] {
        assert!(!text.contains("auto"), "{text}");
        assert_eq!(Recipe::read(&text).unwrap(), Recipe::Train(settled.clone()), "{text}");
    }
    assert_eq!(settle(&settled, &Files::default()).unwrap(), settled);
    assert_eq!(settled.rule.set["eta"], 0.001.into());
    assert_eq!(settled.schedule.given().unwrap().set["steps"], 12.0.into());
}

#[test]
fn noise_of_another_kind_has_no_white_noise_beside_it_unless_that_is_given() {
    let sigma = |sigma, noise: &str| {
        let asked = Training { sigma, noise: noise.parse().unwrap(), ..small() };
        settle(&asked, &Files::default()).unwrap().sigma.given().unwrap().to_string()
    };
    assert_eq!(sigma(Auto::Auto, "gaussian"), "0..55");
    assert_eq!(sigma(Auto::Auto, "poisson:20"), "0");
    assert_eq!(sigma(Auto::Given("5".parse().unwrap()), "poisson:20"), "5");
    // What the model says of itself is what a user could estimate: photons of peak 20 are √(20y)/20.
    let folder = tempfile::tempdir().unwrap();
    let model = folder.path().join("a.safetensors");
    let asked = Training { sigma: Auto::Auto, noise: "poisson:20".parse().unwrap(), ..small() };
    run(&asked, &model, Beginning::default()).unwrap();
    let [least, largest] = Model::read(&model).unwrap().card().sigma;
    assert!(least == 0.0 && (20.0..70.0).contains(&largest), "{largest}");
}

#[test]
fn steps_follow_from_the_time_where_only_that_is_limited() {
    let limited = |seconds| Training { steps: Auto::Auto, time_limit: Some(seconds), ..small() };
    let steps = |seconds| *settle(&limited(seconds), &Files::default()).unwrap().steps.given().unwrap();
    let (few, many) = (steps(2.0), steps(40.0));
    assert!(few > 1 && many > 5 * few, "{few} steps in 2 s and {many} in 40");
}

#[test]
fn a_training_ends_at_the_psnr_that_was_asked_for_or_when_it_gets_no_better() {
    let folder = tempfile::tempdir().unwrap();
    let model = folder.path().join("a.safetensors");
    let reached = run(&Training { until_psnr: Some(10.0), ..small() }, &model, Beginning::default()).unwrap();
    assert_eq!((reached.stop, reached.steps), (Ended::Enough(Enough::UntilPsnr), 0));
    // With no learning rate to speak of nothing gets better: step 0 is the best, and the two after it are borne.
    let mut stuck = Training { early_stopping: Some(2), ..small() };
    stuck.rule.set.insert("eta".into(), 1e-300.into());
    let stuck = run(&stuck, &model, Beginning::Anew).unwrap();
    assert_eq!((stuck.stop, stuck.steps, stuck.best_step), (Ended::Enough(Enough::EarlyStopping), 8, 0));
}

/// Four pictures are learnt by heart, too fast: the best answer comes early.
fn too_fast() -> Training {
    let mut asked = Training { steps: Auto::Given(60), pairs: Some(4), ..small() };
    asked.rule.set.insert("eta".into(), 0.02.into());
    asked.schedule = Auto::Given(Named::new("constant"));
    asked
}

#[test]
fn the_best_answer_is_written_and_not_the_last() {
    let folder = tempfile::tempdir().unwrap();
    let model = folder.path().join("a.safetensors");
    let mut risks = Vec::new();
    let mut show = |event: Event<'_>| {
        if let Event::Validated(entry) = event {
            risks.push((entry.step, entry.risk));
        }
    };
    let watch = &mut Watch { interrupt: None, show: &mut show };
    let trained = train(&too_fast(), &Files::default(), &Place::of(&model), Beginning::default(), watch).unwrap();
    let best = risks.iter().min_by(|a, b| a.1.total_cmp(&b.1)).unwrap();
    assert_eq!((trained.best_step, trained.best.risk), *best);
    assert!(best.0 > 0 && best.0 < 60, "the best of {risks:?} is neither the first nor the last");
}

#[test]
fn a_training_that_is_interrupted_again_and_again_ends_where_it_would_have() {
    let folder = tempfile::tempdir().unwrap();
    let [whole, pieces] = ["whole.safetensors", "pieces.safetensors"].map(|name| folder.path().join(name));
    let asked = Training { early_stopping: Some(3), ..too_fast() };
    let trained = run(&asked, &whole, Beginning::default()).unwrap();
    assert_eq!(trained.stop, Ended::Enough(Enough::EarlyStopping));
    assert!(trained.best_step < trained.steps);
    // Steps between two interruptions: before, at and after the validations, which come after every four.
    for rest in [1, 3, 4, 6] {
        let (mut last, mut runs) = (None, 0);
        while last.as_ref().is_none_or(|t: &Trained| t.stop == Ended::Ran(StopReason::Cancelled)) {
            let flag = Arc::new(AtomicBool::new(false));
            let mut made = 0;
            let mut show = |event: Event<'_>| {
                if let Event::Step { .. } = event {
                    made += 1;
                    flag.store(made >= rest, Ordering::Relaxed);
                }
            };
            let watch = &mut Watch { interrupt: Some(flag.clone()), show: &mut show };
            let beginning = if runs == 0 { Beginning::Anew } else { Beginning::Resumed };
            last = Some(train(&asked, &Files::default(), &Place::of(&pieces), beginning, watch).unwrap());
            runs += 1;
        }
        let last = last.unwrap();
        assert!(runs as u64 >= trained.steps / (rest + 1), "{runs} runs");
        assert_eq!(
            (last.steps, last.best_step, last.best, last.stop),
            (trained.steps, trained.best_step, trained.best, trained.stop)
        );
        assert_eq!(std::fs::read(&whole).unwrap(), std::fs::read(&pieces).unwrap(), "{rest} steps a run");
        let states = [&whole, &pieces].map(|model| std::fs::read(Place::of(model).checkpoint()).unwrap());
        assert_eq!(states[0], states[1], "{rest} steps a run");
    }
}

/// The model of a training with batch normalisation, so that it has statistics, too.
fn first(folder: &Path) -> (std::path::PathBuf, Trained) {
    let model = folder.join("first.safetensors");
    let mut asked = small();
    asked.network.set.insert("batch_norm".into(), true.into());
    asked.schedule = Auto::Given(Named::new("constant")); // so that the last step is the best, and is kept
    let trained = run(&asked, &model, Beginning::default()).unwrap();
    assert_eq!(trained.best_step, 12);
    (model, trained)
}

#[test]
fn a_training_starts_from_the_weights_and_the_statistics_of_a_model() {
    let folder = tempfile::tempdir().unwrap();
    let (model, before) = first(folder.path());
    let start = Some(recipe::Trained::read(&model).unwrap());
    let next = folder.path().join("next.safetensors");
    let asked = Training { start: start.clone(), network: Training::default().network, ..small() };
    let mut psnr = Vec::new();
    let mut show = |event: Event<'_>| {
        if let Event::Validated(entry) = event {
            psnr.push(entry.psnr);
        }
    };
    let watch = &mut Watch { interrupt: None, show: &mut show };
    let trained = train(&asked, &Files::default(), &Place::of(&next), Beginning::default(), watch).unwrap();
    assert_eq!(psnr[0], before.best.psnr, "of the first weights");
    assert!(trained.best.psnr > before.best.psnr, "{psnr:?}");
    assert_eq!(trained.settled.network, before.settled.network);
    // The recipe knows which weights, and asks for them.
    let text = Settled::Train(trained.settled.clone()).to_toml();
    assert!(text.contains(&format!("start = \"sha256:{}\"", Model::read(&model).unwrap().fingerprint())), "{text}");
    let Recipe::Train(mut again) = Recipe::read(&text).unwrap() else { panic!("{text}") };
    let says = refusal(again.clone());
    assert!(says.ends_with("which is not at hand: give its file with --start"), "{says}");
    again.start = start;
    let made_again = folder.path().join("again.safetensors");
    run(&again, &made_again, Beginning::default()).unwrap();
    assert_eq!(std::fs::read(&next).unwrap(), std::fs::read(&made_again).unwrap());
}

#[test]
fn a_training_that_starts_from_a_model_has_its_network() {
    let folder = tempfile::tempdir().unwrap();
    let (model, _) = first(folder.path());
    let start = Some(recipe::Trained::read(&model).unwrap());
    let says = "the network is that of the model to start from: leave out the network, its knobs and the channels";
    assert_eq!(refusal(Training { start: start.clone(), ..small() }), says);
    let usual = Training { network: Training::default().network, ..small() };
    assert_eq!(refusal(Training { start, channels: 3, ..usual }), says);
}

#[test]
fn a_training_learns() {
    let folder = tempfile::tempdir().unwrap();
    let asked = Training { steps: Auto::Given(150), every: 50, batch: 8, crop_size: 24, held_out: 32, ..small() };
    let mut psnr = Vec::new();
    let mut show = |event: Event<'_>| {
        if let Event::Validated(entry) = event {
            psnr.push(entry.psnr);
        }
    };
    let watch = &mut Watch { interrupt: None, show: &mut show };
    train(&asked, &Files::default(), &Place::of(&folder.path().join("a.safetensors")), Beginning::default(), watch).unwrap();
    // σ = 25 is 20.2 dB, a little more where what leaves 0..1 is cut off.
    assert!((19.9..21.0).contains(&psnr[0]) && psnr[3] > psnr[0] + 3.0, "{psnr:?}");
}

#[test]
fn what_has_no_meaning_is_refused_with_the_number() {
    let says = [
        (Training { batch: 0, ..small() }, "batch = 0 is outside [1, ∞)"),
        (Training { every: 0, ..small() }, "every = 0 is outside [1, ∞)"),
        (Training { time_limit: Some(-1.0), ..small() }, "time-limit = -1 is outside (0, ∞)"),
        (Training { pairs: Some(3), ..small() }, "batch = 4 is outside 1..3, the number of pairs"),
        (Training { sigma: Auto::Given("300".parse().unwrap()), ..small() }, "sigma = 300 is outside [0, 255]"),
        (Training { channels: 2, ..small() }, "a network takes pictures of 1 channel (grey) or 3 (colour), not 2"),
        (Training { network: Named::new("dnccn"), ..small() }, "there is no network `dnccn`: did you mean `dncnn`?"),
        (Training { rule: Named::new("adan"), ..small() }, "there is no rule `adan`: did you mean `adam`?"),
    ];
    for (asked, wanted) in says {
        assert_eq!(refusal(asked), wanted);
    }
    assert!(refusal(Training { curriculum: Some(100), ..small() }).contains("needs levels to grow through"));
    let unet = Training { network: Named::new("unet"), crop_size: 18, ..small() };
    assert!(settle(&unet, &Files::default()).is_err(), "18 is not divisible by what a U-Net halves");
}

#[test]
fn files_of_the_training_do_not_write_over_one_another() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["a.checkpoint", "a.lock", "photo.png", "a"] {
        let error = run(&small(), &folder.path().join(name), Beginning::default()).unwrap_err();
        assert!(error.to_string().contains("end it in .safetensors"), "{error}");
    }
    for name in ["a.checkpoint", "a.lock", "a.safetensors"] {
        let place = Place { journal: folder.path().join(name), ..Place::of(&folder.path().join("a.safetensors")) };
        let mut watch = Watch { interrupt: None, show: &mut |_| () };
        let error = train(&small(), &Files::default(), &place, Beginning::default(), &mut watch).unwrap_err();
        assert!(error.to_string().contains("would be written over"), "{error}");
    }
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    let error = run(&small(), folder.path(), Beginning::default()).unwrap_err();
    assert_eq!(error.class(), Class::Unwritable);
}
