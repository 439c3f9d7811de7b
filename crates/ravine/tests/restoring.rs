//! What ends a restoration before its time, what its recipe then says, and when the error is estimated.

use ravine::image::{Grid, Image, Picture, metric, noise, picture::Depth, scene};
use ravine::optim::{Measure, StopReason};
use ravine::recipe::{Restoration, Span, Target};
use ravine::restore::{Ended, Restored, Watch, lambda, restore};
use ravine::{Auto, Error, Named, image::Energy};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

fn noisy(sigma: f64, seed: u64) -> Picture {
    let mut image = scene::named("leaves").unwrap().draw(1, Grid::new(1, 120, 160)).unwrap();
    noise::add_gaussian(&mut image, sigma / 255.0, seed);
    Picture::new(image, Depth::F32)
}

fn done(picture: &Picture, asked: &Restoration) -> Restored {
    restore(picture, asked, &mut Watch { interrupt: None, observe: &mut |_| () }).unwrap()
}

#[test]
fn an_interrupt_before_the_first_iteration_leaves_nothing() {
    for lambda in [Auto::Auto, Auto::Given(9.0)] {
        let asked = Restoration { lambda, ..Restoration::default() };
        let mut seen = 0;
        let interrupt = Some(Arc::new(AtomicBool::new(true)));
        let end = restore(&noisy(25.0, 1), &asked, &mut Watch { interrupt, observe: &mut |_| seen += 1 });
        assert!(matches!(end, Err(Error::Interrupted)), "{end:?}");
        assert_eq!(seen, u64::from(!lambda.is_auto()), "the search itself is ended, not what follows it");
    }
}

#[test]
fn no_time_at_all_gives_the_rules_lambda_one_look_and_no_estimate() {
    let asked = Restoration { sigma: Auto::Given(25.0), time_limit: Some(0.0), ..Restoration::default() };
    let picture = noisy(25.0, 2);
    let restored = done(&picture, &asked);
    assert_eq!(restored.settled.lambda, Some(lambda::rule(&Energy::TotalVariation, 1, 25.0 / 255.0)));
    assert!(restored.iterations > 0 && restored.certificate.is_some());
    assert_eq!(restored.stop, Ended::Ran(StopReason::TimeLimit));
    assert_eq!(restored.estimated_psnr, None);
    assert!(restored.notes.iter().any(|n| n.contains("the time was over")), "{:?}", restored.notes);
    assert_eq!(done(&picture, &restored.settled.recipe()).picture, restored.picture);
}

#[test]
fn a_run_that_was_halted_where_it_met_its_target_is_repeated_by_its_count() {
    let picture = noisy(25.0, 3);
    let mut asked = Restoration { lambda: Auto::Given(9.0), time_limit: Some(0.0), ..Restoration::default() };
    asked.until = Some(Target::Gap(0.0));
    let mut distances = Vec::new();
    let root_n = (picture.grid().len() as f64).sqrt();
    let mut observe = |m: &ravine::optim::Measure| distances.push(255.0 * m.certificate.unwrap().distance.unwrap() / root_n);
    restore(&picture, &asked, &mut Watch { interrupt: None, observe: &mut observe }).unwrap();
    asked.until = Some(Target::Distance((distances[0] * distances[1]).sqrt())); // not met at the start, met where time ends
    let restored = done(&picture, &asked);
    assert_eq!(restored.stop, Ended::Ran(StopReason::Certified));
    assert_eq!(restored.settled.max_iterations, Some(restored.iterations));
    assert_eq!(done(&picture, &restored.settled.recipe()).picture, restored.picture);
}

#[test]
fn every_lambda_that_is_found_may_be_asked_for() {
    for sigma in [1e-4, 0.001, 255.0] {
        let asked = Restoration { sigma: Auto::Given(sigma), method: Auto::Given("tv".into()), ..Restoration::default() };
        done(&noisy(25.0, 4), &asked).settled.recipe().check().unwrap();
    }
}

#[test]
fn the_error_is_estimated_of_what_is_answered() {
    let picture = noisy(25.0, 5);
    let psnr = |change: fn(&mut Restoration)| {
        let mut asked = Restoration { sigma: Auto::Given(25.0), lambda: Auto::Given(9.0), ..Restoration::default() };
        change(&mut asked);
        done(&picture, &asked).estimated_psnr
    };
    assert!(psnr(|_| ()).is_some());
    assert!(psnr(|a| a.range = Auto::Given(Span::Between(-9.0, 9.0))).is_some());
    assert_eq!(psnr(|a| a.range = Auto::Given(Span::Between(0.4, 0.6))), None);
    assert_eq!(psnr(|a| a.strength = Some(0.5)), None);
}

/// A heavy ball swings about the minimiser, so the best iterate need not be the last.
#[test]
fn the_error_is_estimated_by_as_many_iterations_as_gave_the_answer() {
    let picture = noisy(25.0, 7);
    let run = |iterations: u64| {
        let asked = Restoration {
            sigma: Auto::Given(25.0),
            method: Auto::Given("tikhonov".into()),
            lambda: Auto::Given(1.0),
            rule: Some(Named { name: "momentum".into(), set: [("gamma".into(), 0.9999.into())].into() }),
            until: Some(Target::Gap(1e-12)),
            max_iterations: Some(iterations),
            ..Restoration::default()
        };
        let (mut best, mut least) = (0, f64::INFINITY);
        let mut observe = |m: &Measure| {
            if let Some(gap) = m.certificate.map(|c| c.gap).filter(|gap| *gap < least) {
                (best, least) = (m.iteration, gap);
            }
        };
        (restore(&picture, &asked, &mut Watch { interrupt: None, observe: &mut observe }).unwrap(), best)
    };
    let swung = (40..80).map(run).find(|(ended, best)| *best < ended.iterations);
    let (swung, best) = swung.expect("some run ends farther away than it has been");
    let (straight, _) = run(best);
    assert_eq!(swung.picture.image, straight.picture.image);
    assert!(swung.estimated_psnr.is_some());
    assert_eq!(swung.estimated_psnr, straight.estimated_psnr);
}

#[test]
fn coloured_noise_has_no_estimate_even_if_its_sigma_is_given() {
    let white = noisy(40.0, 6);
    let grid = white.grid();
    let at = |y: usize, x: usize| white.image.pixels()[y.min(grid.height - 1) * grid.width + x.min(grid.width - 1)];
    let blurred = Image::from_fn(grid, |_, y, x| (at(y, x) + at(y + 1, x) + at(y, x + 1) + at(y + 1, x + 1)) / 4.0);
    let picture = Picture::new(blurred, Depth::F32);
    let asked = Restoration { sigma: Auto::Given(20.0), lambda: Auto::Given(9.0), ..Restoration::default() };
    assert_eq!(done(&picture, &asked).estimated_psnr, None);
}

#[test]
fn noise_that_black_and_white_cut_off_is_allowed_for() {
    for (sigma, lambda) in [(10.0, 30.0), (25.0, 10.0), (50.0, 5.0)] {
        // More contrast than the scene has: a tenth of it is black or white before there is noise.
        let clean =
            scene::named("leaves").unwrap().draw(2, Grid::new(1, 240, 320)).unwrap().map(|v| (1.6 * v - 0.3).clamp(0.0, 1.0));
        let mut image = clean.clone();
        noise::add_gaussian(&mut image, sigma / 255.0, 7);
        let picture = Picture::new(metric::round_to_8_bit(image), Depth::U8);
        let cut = picture.image.pixels().iter().filter(|v| **v == 0.0 || **v == 1.0).count() as f64 / clean.grid().len() as f64;
        assert!(cut > 0.1, "{sigma}: {cut}");
        let asked = Restoration { sigma: Auto::Given(sigma), lambda: Auto::Given(lambda), ..Restoration::default() };
        let restored = done(&picture, &asked);
        let (said, truth) = (restored.estimated_psnr.unwrap(), metric::psnr(&clean, &restored.picture.image).unwrap().unwrap());
        assert!((said - truth).abs() < 0.5, "sigma {sigma}: {said} dB was said, {truth} is true");
    }
}

#[test]
fn an_error_that_is_tiny_beside_the_noise_is_not_told() {
    let mut image = Image::constant(Grid::new(1, 200, 200), 0.5);
    noise::add_gaussian(&mut image, 0.1, 1);
    let asked = Restoration { sigma: Auto::Given(25.5), lambda: Auto::Given(0.01), ..Restoration::default() };
    assert_eq!(done(&Picture::new(image, Depth::F32), &asked).estimated_psnr, None);
}
