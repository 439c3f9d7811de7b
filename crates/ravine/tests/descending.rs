//! What a descent stands on, and what is settled before its first step.

use ravine::descend::{Ground, settle};
use ravine::image::{Grid, Image, Picture, io, noise, picture::Depth, scene};
use ravine::optim::parameter::Setting;
use ravine::recipe::Descending;
use ravine::{Auto, Error, Named};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

fn on(surface: &str) -> Descending {
    Descending { surface: Named::new(surface), ..Descending::default() }
}

/// What is said of `asked`.
fn refusal(asked: &Descending) -> String {
    match Ground::of(asked, None).and_then(|ground| settle(asked, &ground)) {
        Ok(settled) => panic!("taken as {settled:?}"),
        Err(error) => error.to_string(),
    }
}

/// A noisy picture in a file, for as long as the folder lives.
fn file() -> (tempfile::TempDir, String) {
    let mut image = scene::named("leaves").unwrap().draw(1, Grid::new(1, 60, 80)).unwrap();
    noise::add_gaussian(&mut image, 25.0 / 255.0, 1);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.npy");
    std::fs::write(&path, io::encode(&Picture::new(image, Depth::F32), io::Format::Npy, &Default::default()).unwrap().bytes)
        .unwrap();
    let name = format!("energy:{}", path.display());
    (folder, name)
}

#[test]
fn what_is_no_ground_is_refused_in_a_sentence() {
    let (_folder, energy) = file();
    let with = |surface: &str, change: fn(&mut Descending)| {
        let mut asked = on(surface);
        change(&mut asked);
        refusal(&asked)
    };
    for (said, words) in [
        (with("rosenbrok", |_| ()), "did you mean `rosenbrock`?"),
        (with("rosenbrock", |a| a.method = Auto::Given("tikhonov".into())), "--method and --lambda are for energy:IMAGE"),
        (with("rosenbrock", |a| a.lambda = Auto::Given(3.0)), "--method and --lambda are for energy:IMAGE"),
        (with("rosenbrock", |a| a.batch = Some("3".into())), "batch"),
        (with("logistic", |a| a.batch = Some("some".into())), "some"),
        (with("quadratic:there-is-none.json", |_| ()), "there is no such file"),
        (with("quadratic:.", |_| ()), "it is a folder"),
        (with("quadratic:x.json", |a| drop(a.surface.set.insert("kappa".into(), 2.0.into()))), "has no knobs: kappa"),
        (with("energy:there-is-none.png", |_| ()), "there-is-none.png"),
        (with(&energy, |a| a.batch = Some("1".into())), "a batch has nothing to choose from"),
        (with(&energy, |a| a.method = Auto::Given("tv".into())), "no gradient everywhere: choose --method tikhonov or huber-tv"),
        (with(&energy, |a| a.lambda = Auto::Given(-1.0)), "lambda = -1"),
        (with("rosenbrock", |a| a.start = Some(vec![1.0])), "the start has length 1, but 2 are needed"),
        (with("rosenbrock", |a| a.start = Some(vec![1.0, f64::NAN])), "the start is NaN at index 1"),
        (with("rosenbrock", |a| a.gradient_noise = Some(-1.0)), "gradient-noise = -1"),
        (with("rosenbrock", |a| a.schedule = Some(Named::new("cosin"))), "did you mean `cosine`?"),
        (with("rosenbrock", |a| drop(a.schedules.insert("gamma".into(), Named::new("cosine")))), "gamma"),
        (with("rosenbrock", |a| a.average = Some("mean".into())), "mean"),
    ] {
        assert!(said.contains(words), "`{said}` lacks `{words}`");
    }
}

#[test]
fn start_and_eta_are_written_down() {
    let settled = |asked: &Descending| settle(asked, &Ground::of(asked, None).unwrap()).unwrap();
    let eta = |asked: &Descending| settled(asked).rule.set["eta"].clone();
    let asked = on("ravine");
    let ground = Ground::of(&asked, None).unwrap();
    assert_eq!(settled(&asked).start, Some(ground.start()));
    // Of rules whose move is proportional to the gradient η suits the surface, of the others it is the paper's.
    let momentum = Descending { rule: Named::new("momentum"), ..asked.clone() };
    let steeper = Descending {
        surface: Named { set: [("kappa".into(), Setting::Number(1e4))].into(), ..asked.surface.clone() },
        ..asked.clone()
    };
    assert_eq!(eta(&asked), eta(&momentum));
    assert_ne!(eta(&asked), eta(&steeper));
    let adam = |surface: &str| eta(&Descending { rule: Named::new("adam"), ..on(surface) });
    assert_eq!((adam("ravine"), adam("rosenbrock")), (Setting::Number(0.001), Setting::Number(0.001)));
    let mut given = asked.clone();
    given.rule.set.insert("eta".into(), 0.125.into());
    assert_eq!(eta(&given), Setting::Number(0.125));
    assert_eq!(settled(&settled(&momentum)), settled(&momentum));
}

#[test]
fn an_energy_is_settled_with_its_method_lambda_and_knobs() {
    let (_folder, name) = file();
    let mut asked = on(&name);
    asked.method = Auto::Given("huber-tv".into());
    asked.lambda = Auto::Given(9.0);
    let ground = Ground::of(&asked, None).unwrap();
    assert_eq!(ground.start().len(), 4800);
    let settled = settle(&asked, &ground).unwrap();
    assert_eq!((settled.lambda, settled.start), (Auto::Given(9.0), None), "a picture is too long to be written down");
    let Setting::Number(delta) = settled.surface.set["delta"] else { panic!("{:?}", settled.surface) };
    let Setting::Number(eta) = settled.rule.set["eta"] else { panic!("{:?}", settled.rule) };
    assert!((eta * (9.0 + 8.0 / delta) - 1.0).abs() < 1e-9, "eta = {eta}, not 1/L");
    asked.lambda = Auto::Auto;
    let found = settle(&asked, &Ground::of(&asked, None).unwrap()).unwrap();
    assert!(matches!(found.lambda, Auto::Given(lambda) if lambda > 1.0 && lambda < 100.0), "{:?}", found.lambda);
    let interrupt = Some(Arc::new(AtomicBool::new(true)));
    assert!(matches!(Ground::of(&asked, interrupt), Err(Error::Interrupted)));
    let flat = Picture::new(Image::constant(Grid::new(1, 40, 40), 0.5), Depth::F32);
    std::fs::write(name.strip_prefix("energy:").unwrap(), io::encode(&flat, io::Format::Npy, &Default::default()).unwrap().bytes)
        .unwrap();
    assert!(Ground::of(&asked, None).is_err_and(|e| e.to_string().contains("give --lambda")));
}
