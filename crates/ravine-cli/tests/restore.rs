//! `ravine restore`: what goes in, what comes out, what is said.

mod program;

use program::Place;
use ravine::image::io::{self, Format, ReadOptions, WriteOptions};
use ravine::image::picture::Depth;
use ravine::image::{Grid, Image, Picture, metric, noise, scene};
use ravine::net::Design;
use ravine::net::weights::{self, Card, Precision};

/// A checkerboard with a ramp in it, 96 × 80.
fn clean(channels: usize) -> Image {
    Image::from_fn(Grid::new(channels, 80, 96), |c, y, x| {
        let square = if (y / 20 + x / 24) % 2 == 0 { 0.25 } else { 0.65 };
        square + 0.1 * (x as f32 / 96.0) * (1.0 + c as f32) / 3.0
    })
}

fn noisy(channels: usize, seed: u64) -> Image {
    let mut image = clean(channels);
    noise::add_gaussian(&mut image, 25.0 / 255.0, seed);
    image
}

fn file(image: Image, depth: Depth, format: Format) -> Vec<u8> {
    io::encode(&Picture::new(image, depth), format, &WriteOptions::default()).unwrap().bytes
}

fn png(image: Image) -> Vec<u8> {
    file(image, Depth::U8, Format::Png)
}

fn picture(bytes: &[u8]) -> Picture {
    io::read(bytes, &ReadOptions::default()).unwrap()
}

#[test]
fn help_shows_every_option() {
    Place::new().snapshot("restore_help", &["restore --help"]);
}

#[test]
fn a_noisy_picture_comes_back_better_and_certified() {
    let place = Place::new();
    place.write("noisy.png", png(noisy(1, 1)));
    let line = place.run("restore noisy.png -o clean.png --lambda 10 --json").expect(0).json().remove(0);
    for key in "input output width height channels method solver lambda iterations seconds stop primal dual gap relative_gap \
                distance_bound threads seed version"
        .split_whitespace()
    {
        assert!(!line[key].is_null(), "{key} is missing in {line}");
    }
    assert_eq!(
        (line["method"].as_str(), line["solver"].as_str(), line["stop"].as_str()),
        (Some("tv"), Some("rof"), Some("certified"))
    );
    let number = |key: &str| line[key].as_f64().unwrap();
    let n = 80.0 * 96.0;
    assert!((number("distance_bound") - 255.0 * (2.0 * number("gap") / (10.0 * n)).sqrt()).abs() < 1e-12);
    assert!(number("distance_bound") <= 0.5 && number("gap") >= number("primal") - number("dual"));
    let psnr = |bytes: &[u8]| metric::psnr(&clean(1), &picture(bytes).image).unwrap().unwrap();
    assert!(psnr(&place.read("clean.png")) > psnr(&place.read("noisy.png")) + 5.0);
}

#[test]
fn people_are_told_what_was_done_and_how_close_it_is() {
    let place = Place::new();
    place.write("noisy.png", png(noisy(1, 1)));
    let ran = place.run("restore noisy.png -o clean.png --lambda 10").expect(0);
    let text = ran.text();
    assert!(text.starts_with("noisy.png → clean.png  tv, "), "{text}");
    assert!(text.contains("certified before rounding to the file: at most 0."), "{text}");
    assert!(text.contains("% above the least possible"), "{text}");
    assert_eq!(ran.stderr, "");
}

#[test]
fn a_certificate_says_what_was_changed_after_it() {
    let place = Place::new();
    place.write("noisy.png", png(noisy(1, 1)));
    let says = |line: &str| place.run(&format!("restore noisy.png --sigma 25 --method tv {line}")).expect(0).text();
    let plain = says("-o plain.png");
    assert!(plain.contains("certified before rounding to the file:") && plain.contains("dB to the clean picture"), "{plain}");
    for (line, before) in [
        ("-o s.png --strength 0.3", "certified before --strength:"),
        ("-o r.png --range 0.45,0.5", "certified before --range:"),
        ("-o j.jpg --quality 5", "certified before JPEG compression:"),
        ("-o b.jpg --strength 0.3 --range 0.45,0.5", "certified before --strength and --range and JPEG compression:"),
    ] {
        let text = says(&format!("{line} --report page"));
        assert!(text.contains(before) && !text.contains("dB"), "{text}");
    }
    let page = String::from_utf8(place.read("page/noisy.png.html")).unwrap();
    assert!(page.contains("at most from the exact minimiser, before --strength and --range and JPEG compression"));
}

#[test]
fn a_missed_target_is_told() {
    let place = Place::new();
    place.write("noisy.png", png(noisy(1, 1)));
    let text = place.run("restore noisy.png -o out.png --lambda 10 --method huber-tv --max-iterations 1").expect(0).text();
    assert!(text.contains("stopped by the limit on iterations; at most 0.5 grey levels"), "{text}");
}

#[test]
fn untouched_by_wish_is_not_called_clean() {
    let place = Place::new();
    place.write("noisy.png", png(noisy(1, 1)));
    let text = place.run("restore noisy.png -o out.png --method untouched --sigma 25").expect(0).text();
    assert!(text.contains("left as it is") && !text.contains("nothing to restore"), "{text}");
}

#[test]
fn every_method_solver_and_rule_finds_the_same_minimiser() {
    let place = Place::new();
    place.write("noisy.png", png(noisy(3, 2)));
    let pairs = [
        ("tv", "--solver rof"),
        ("tv", "--solver primal-dual"),
        ("tikhonov", "--solver exact"),
        ("tikhonov", "--solver primal-dual"),
        ("tikhonov", "--solver conjugate-gradient"),
        ("tikhonov", "--solver accelerated-gradient"),
        ("tikhonov", "--solver gradient-descent"),
        ("tikhonov", "--rule adam"),
        ("tikhonov", "--rule nesterov"),
        ("huber-tv", "--solver primal-dual"),
        ("huber-tv", "--solver accelerated-gradient"),
        ("tv-anisotropic", "--solver primal-dual"),
    ];
    let run = |(method, by): (&str, &str)| {
        let line = format!("restore noisy.png -o out.npy --method {method} --lambda 5 --distance 0.1 --json {by}");
        let said = place.run(&line).expect(0).json().remove(0);
        assert!(said["distance_bound"].as_f64().unwrap() <= 0.1, "{method} {by}: {said}");
        assert!(by.ends_with(said["solver"].as_str().unwrap()), "{said}");
        picture(&place.read("out.npy")).image
    };
    let all: Vec<Image> = pairs.iter().map(|p| run(*p)).collect();
    for (i, j) in (0..pairs.len()).flat_map(|i| (0..i).map(move |j| (j, i))) {
        let levels = 255.0 * metric::rmse(&all[i], &all[j]).unwrap();
        // Each is within 0.1 of the minimiser, and a .npy of 8 bits is rounded by 0.29.
        assert_eq!(levels < 0.8, pairs[i].0 == pairs[j].0, "{:?} and {:?} are {levels} apart", pairs[i], pairs[j]);
    }
}

#[test]
fn a_printed_recipe_and_the_one_in_the_file_give_the_same_bytes() {
    let place = Place::new();
    place.write("noisy.png", png(noisy(3, 3)));
    let line =
        "restore noisy.png --method huber-tv --set-method delta=0.03 --lambda 7.3 --strength 0.8 --crop 3,5,40,30 --gap 1e-3";
    let recipe = place.run(&format!("{line} --print-recipe")).expect(0).text();
    assert!(!recipe.contains("auto"), "{recipe}");
    place.write("job.toml", &recipe);
    place.run(&format!("{line} -o once.png")).expect(0);
    place.run("restore noisy.png -o again.png --recipe job.toml").expect(0);
    place.run("restore noisy.png -o third.png --recipe once.png").expect(0);
    assert_eq!(place.read("once.png"), place.read("again.png"));
    assert_eq!(place.read("once.png"), place.read("third.png"));
    let carried = io::recipe(&place.read("once.png")).unwrap();
    assert!(!carried.contains("noisy") && !carried.contains("second") && !carried.contains("thread"), "{carried}");
}

#[test]
fn the_command_line_wins_over_the_recipe() {
    let place = Place::new();
    place.write("noisy.png", png(noisy(1, 3)));
    place.write("job.toml", "[restore]\nmethod = \"tikhonov\"\nlambda = 3\n");
    let said = place.run("restore noisy.png -o a.png --recipe job.toml --lambda 4 --json").expect(0).json().remove(0);
    assert_eq!((said["method"].as_str(), said["lambda"].as_f64()), (Some("tikhonov"), Some(4.0)));
}

#[test]
fn threads_do_not_change_the_bytes() {
    let place = Place::new();
    place.write("noisy.png", png(noisy(3, 4)));
    let run = |threads: u32| {
        place.run(&format!("restore noisy.png -o {threads}.png --lambda 8 --threads {threads}")).expect(0);
        place.read(&format!("{threads}.png"))
    };
    let one = run(1);
    assert!([2, 3, 8].into_iter().all(|threads| run(threads) == one));
}

#[test]
fn strength_is_a_blend_and_crop_a_piece() {
    let place = Place::new();
    place.write("noisy.npy", file(noisy(1, 5), Depth::F32, Format::Npy));
    let run = |options: &str| {
        place.run(&format!("restore noisy.npy -o out.npy --lambda 8 {options}")).expect(0);
        picture(&place.read("out.npy")).image
    };
    let (whole, none) = (run(""), run("--strength 0"));
    assert_eq!(none.pixels(), noisy(1, 5).pixels());
    let mut before = none.clone();
    for strength in [0.01f32, 0.2, 0.5, 0.8, 0.99, 1.0] {
        let part = run(&format!("--strength {strength}"));
        let blend = whole.pixels().iter().zip(none.pixels()).map(|(a, b)| b + strength * (a - b));
        assert!(part.pixels().iter().zip(blend).all(|(p, m)| (p - m).abs() < 1e-6), "{strength}");
        let away = |image: &Image| none.pixels().iter().zip(image.pixels()).map(|(a, b)| (a - b).abs()).collect::<Vec<_>>();
        assert!(away(&part).iter().zip(away(&before)).all(|(now, before)| *now >= before), "{strength}: not monotone");
        assert!(metric::rmse(&none, &part).unwrap() > metric::rmse(&none, &before).unwrap(), "{strength}");
        before = part;
    }
    assert_eq!(before.pixels(), whole.pixels());
    assert_eq!(run("--crop 10,20,30,40").grid(), Grid::new(1, 40, 30));
}

#[test]
fn a_folder_keeps_its_tree_and_one_bad_file_does_not_stop_the_rest() {
    let place = Place::new();
    for name in ["in/a.png", "in/deep/b.png"] {
        place.write(name, png(noisy(1, 6)));
    }
    place.write("in/deep/broken.png", &png(noisy(1, 6))[..200]);
    place.write("in/notes.txt", "not a picture");
    let ran = place.run("restore in -o out --lambda 8").expect(1);
    assert_eq!(ran.text().matches(" → ").count(), 2, "{}", ran.text());
    assert!(ran.stderr.contains("in/deep/broken.png: ") && ran.stderr.contains("1 of 3 inputs failed"), "{}", ran.stderr);
    assert!(place.path("out/deep/b.png").exists() && !place.path("out/deep/broken.png").exists());
    let again = place.run("restore in -o out --lambda 8 --skip-existing --json").expect(1).json();
    assert!(again.iter().all(|line| line["skipped"] == true) && again.len() == 2, "{again:?}");
}

#[test]
fn standard_input_and_output_work() {
    let place = Place::new();
    let noisy = png(noisy(1, 7));
    place.write("noisy.png", &noisy);
    place.run("restore noisy.png -o file.png --lambda 8").expect(0);
    let ran = place.run_with("restore - -o - --lambda 8", &noisy).expect(0);
    assert_eq!(ran.stdout, place.read("file.png"));
    assert!(ran.stderr.contains("certified"));
    place.run_with("restore - -o - --lambda 8 --json", &noisy).expect(2);
}

#[test]
fn nothing_is_overwritten_unasked() {
    let place = Place::new();
    let noisy = png(noisy(1, 8));
    place.write("a.png", &noisy);
    place.run("restore a.png -o a.png --lambda 8").expect(2);
    assert_eq!(place.read("a.png"), noisy);
    place.run("restore a.png --in-place --lambda 8").expect(0);
    assert_ne!(place.read("a.png"), noisy);
}

#[test]
fn a_template_names_the_results() {
    let place = Place::new();
    place.write("a.png", png(noisy(1, 9)));
    place.run("restore a.png -o out/{stem}_{method}.{ext} --lambda 8").expect(0);
    assert!(place.path("out/a_tv.png").exists());
}

#[test]
fn a_trace_holds_every_measure() {
    let place = Place::new();
    place.write("a.png", png(noisy(1, 10)));
    let said = place.run("restore a.png -o b.png --lambda 8 --gap 1e-5 --trace t.jsonl --json").expect(0).json().remove(0);
    let trace: Vec<serde_json::Value> =
        String::from_utf8(place.read("t.jsonl")).unwrap().lines().map(|l| serde_json::from_str(l).unwrap()).collect();
    assert!(trace.len() > 2);
    assert_eq!(trace[0]["iteration"], 0);
    assert_eq!(trace.last().unwrap()["iteration"], said["iterations"]);
    assert_eq!(trace.last().unwrap()["relative_gap"], said["relative_gap"]);
}

#[test]
fn the_time_limit_is_kept_and_what_it_left_can_be_repeated() {
    let place = Place::new();
    place.write("a.png", png(noisy(1, 11)));
    let said = place
        .run("restore a.png -o b.png --lambda 8 --gap 0 --max-iterations 1000000 --time-limit 0.2 --json")
        .expect(0)
        .json()
        .remove(0);
    assert_eq!(said["stop"], "time-limit");
    place.run("restore a.png -o c.png --recipe b.png").expect(0);
    assert_eq!(place.read("b.png"), place.read("c.png"));
}

#[test]
fn what_cannot_be_meant_is_exit_2() {
    let place = Place::new();
    place.write("a.png", png(noisy(1, 12)));
    place.snapshot(
        "restore_refuses",
        &[
            "restore a.png",
            "restore a.png -o b.png --sigma -1",
            "restore a.png -o b.png --sigma 400",
            "restore a.png -o b.png --sigma nan",
            "restore a.png -o b.png --lambda 0",
            "restore a.png -o b.png --lambda 1e30",
            "restore a.png -o b.png --method tvv",
            "restore a.png -o b.png --lambda 1 --solver rofl",
            "restore a.png -o b.png --lambda 1 --solver rof --method tikhonov",
            "restore a.png -o b.png --lambda 1 --rule adan --method tikhonov",
            "restore a.png -o b.png --lambda 1 --rule adam --method tv",
            "restore a.png -o b.png --lambda 1 --crop 90,0,10,10",
            "restore a.png -o b.png --lambda 1 --strength 2",
            "restore a.png -o b.png --lambda 1 --gap -1",
            "restore a.png -o b.png --lambda 1 --range 1,0",
            "restore a.png -o b.png --lambda 1 --threads 0",
            "restore a.png -o b.pgn --lambda 1",
            "restore a.png a.png -o b.png",
            "restore nosuch.png -o b.png --lambda 1",
            "restore a.png -o b.png --recipe nosuch.toml",
        ],
    );
    assert!(!place.path("b.png").exists() && !place.path("b.pgn").exists());
}

#[cfg(unix)]
#[test]
fn ctrl_c_writes_the_best_iterate_and_exits_130() {
    let place = Place::new();
    place.write("a.png", png(noisy(3, 13)));
    let words: Vec<&str> =
        "restore a.png -o b.png --lambda 8 --gap 0 --max-iterations 100000000 --trace t.jsonl".split(' ').collect();
    let mut child = place.command(&words).stdout(std::process::Stdio::null()).spawn().unwrap();
    let running = || std::fs::read_to_string(place.path("t.jsonl")).is_ok_and(|t| t.lines().count() > 2);
    let begin = std::time::Instant::now();
    while !running() {
        assert!(begin.elapsed().as_secs() < 60, "the run has not begun");
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    assert!(std::process::Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
    assert_eq!(child.wait().unwrap().code(), Some(130));
    assert_eq!(picture(&place.read("b.png")).grid(), Grid::new(3, 80, 96));
}

#[cfg(unix)]
#[test]
fn ctrl_c_while_lambda_is_sought_writes_nothing_and_exits_130() {
    let place = Place::new();
    let mut image = scene::named("leaves").unwrap().draw(1, Grid::new(1, 2000, 2400)).unwrap();
    noise::add_gaussian(&mut image, 25.0 / 255.0, 1);
    place.write("a.pgm", file(image, Depth::U8, Format::Pnm));
    let words = ["restore", "a.pgm", "-o", "b.png", "--trace", "t.jsonl", "--threads", "1"];
    let mut child = place.command(&words).stdout(std::process::Stdio::null()).spawn().unwrap();
    let begin = std::time::Instant::now();
    while !place.path("t.jsonl").exists() {
        assert!(begin.elapsed().as_secs() < 60, "the run has not begun");
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    std::thread::sleep(std::time::Duration::from_millis(300)); // into the search, which takes seconds
    assert!(std::process::Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
    assert_eq!(child.wait().unwrap().code(), Some(130));
    assert!(!place.path("b.png").exists());
    assert_eq!(place.read("t.jsonl"), b"", "no minimisation had begun");
}

#[cfg(unix)]
#[test]
fn ctrl_c_while_a_descent_seeks_lambda_exits_130() {
    let place = Place::new();
    let mut image = scene::named("leaves").unwrap().draw(1, Grid::new(1, 2000, 2400)).unwrap();
    noise::add_gaussian(&mut image, 25.0 / 255.0, 1);
    place.write("a.pgm", file(image, Depth::U8, Format::Pnm));
    let words = ["descend", "energy:a.pgm", "--method", "huber-tv", "--steps", "3"];
    let child = place.command(&words).stdout(std::process::Stdio::piped()).spawn().unwrap();
    std::thread::sleep(std::time::Duration::from_millis(1500)); // reading and the noise take less, the search for λ more
    let begin = std::time::Instant::now();
    assert!(std::process::Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(130));
    assert_eq!(output.stdout, b"", "no step was made");
    assert!(begin.elapsed().as_secs() < 5);
}

#[test]
fn what_lies_above_white_stays() {
    let place = Place::new();
    let bright = 5000.0 / 65535.0;
    let image = Image::from_fn(Grid::new(1, 60, 60), |_, _, x| if x < 30 { 2000.0 / 65535.0 } else { bright });
    place.write("a.png", file(image.clone(), Depth::U16, Format::Png));
    let stored = |name: &str| picture(&place.read(name)).image.pixels()[59] * 65535.0;
    place.run("restore a.png -o b.png --white 4095 --lambda 1e5").expect(0);
    assert!((stored("b.png") - 5000.0).abs() < 2.0, "{}", stored("b.png"));
    place.run("degrade a.png -o c.png --white 4095 --sigma 0.01").expect(0);
    assert!((stored("c.png") - 5000.0).abs() < 2.0, "{}", stored("c.png"));
}

#[test]
fn white_and_quality_are_part_of_the_recipe() {
    let place = Place::new();
    let twelve = noisy(1, 21).map(|v| v * 4095.0 / 65535.0);
    place.write("a.png", file(twelve, Depth::U16, Format::Png));
    for white in ["4095", "auto"] {
        place.run(&format!("restore a.png -o b.png --white {white}")).expect(0);
        place.run("restore a.png -o c.png --recipe b.png").expect(0);
        assert_eq!(place.read("b.png"), place.read("c.png"), "{white}");
        let recipe = place.run(&format!("restore a.png --print-recipe --white {white}")).expect(0).text();
        assert!(recipe.contains("\nwhite = "), "{recipe}");
    }
    place.write("n.png", png(noisy(1, 22)));
    place.run("restore n.png -o b.jpg --quality 40").expect(0);
    place.run("restore n.png -o c.jpg --recipe b.jpg").expect(0);
    assert_eq!(place.read("b.jpg"), place.read("c.jpg"));
}

#[test]
fn every_automatic_run_is_repeated_by_its_recipe() {
    let place = Place::new();
    for seed in 0..20 {
        place.write("a.png", png(noisy(1, seed)));
        place.run("restore a.png -o b.png").expect(0);
        place.run("restore a.png -o c.png --recipe b.png").expect(0);
        assert_eq!(place.read("b.png"), place.read("c.png"), "seed {seed}");
    }
}

#[test]
fn knobs_that_do_not_suit_are_refused_once_for_all_pictures() {
    let place = Place::new();
    place.write("in/a.png", png(noisy(1, 1)));
    place.write("in/b.png", png(noisy(1, 2)));
    for (knobs, word) in [
        ("--solver rof --method tikhonov", "take exact"),
        ("--rule adam", "choose --method tikhonov or huber-tv"),
        ("--strength 2", "strength"),
        ("--set-method delta=0.1", "delta"),
    ] {
        let ran = place.run(&format!("restore in -o out {knobs}")).expect(2);
        assert_eq!(ran.stderr.lines().filter(|l| l.contains(word)).count(), 1, "{}", ran.stderr);
    }
    assert!(!place.path("out").exists());
}

/// The picture and 8 planes more of single precision, whatever is found on the way: λ, the answer, the estimate of its error.
#[cfg(target_os = "linux")]
#[test]
fn an_automatic_run_needs_nine_planes() {
    let place = Place::new();
    let peak = |height: usize, width: usize| {
        let mut image = scene::named("leaves").unwrap().draw(1, Grid::new(1, height, width)).unwrap();
        image = image.map(|v| 0.35 + 0.3 * v); // far from black and white: else no error is estimated
        noise::add_gaussian(&mut image, 15.0 / 255.0, 1);
        place.write("a.pgm", file(image, Depth::U8, Format::Pnm));
        let said = place.run("restore a.pgm -o b.pgm --method tv --json").expect(0).json().remove(0);
        assert!(said["estimated_psnr"].is_number(), "{said}");
        said["peak_memory_bytes"].as_u64().unwrap()
    };
    let (small, large) = (peak(64, 64), peak(1600, 2000));
    let planes = (large - small) as f64 / (4.0 * 3.2e6);
    assert!(planes < 10.0, "{planes} planes"); // a quarter is the file, the rest rows and rooms of the threads: more of them on more threads
}

#[test]
fn no_flag_is_needed() {
    let place = Place::new();
    place.write("noisy.png", png(noisy(3, 14)));
    let said = place.run("restore noisy.png -o clean.png --json").expect(0).json().remove(0);
    let number = |key: &str| said[key].as_f64().unwrap_or_else(|| panic!("{key} is missing in {said}"));
    assert!((number("sigma") - 25.0).abs() < 3.0, "{said}");
    assert_eq!((said["sigma_source"].as_str(), said["method"].as_str()), (Some("estimated"), Some("network")));
    let psnr = |bytes: &[u8]| metric::psnr(&clean(3), &picture(bytes).image).unwrap().unwrap();
    let (before, after) = (psnr(&place.read("noisy.png")), psnr(&place.read("clean.png")));
    assert!(after > before + 8.0, "{before} dB to {after} dB");
    // It is no more than a thirtieth of σ², which the noise alone may not tell.
    if let Some(estimated) = said["estimated_psnr"].as_f64() {
        assert!((estimated - after).abs() < 2.0, "{after}: {said}");
    }
    place.run("restore noisy.png -o again.png --recipe clean.png").expect(0);
    assert_eq!(place.read("clean.png"), place.read("again.png"));
}

#[test]
fn a_clean_picture_comes_back_as_the_same_bytes() {
    let place = Place::new();
    let bytes = png(scene::demo(192, 288));
    place.write("clean.png", &bytes);
    let said = place.run("restore clean.png -o out.png --json").expect(0).json().remove(0);
    assert_eq!(said["stop"], "untouched");
    assert!(said["gap"].is_null() && said["solver"].is_null());
    assert_eq!(place.read("out.png"), bytes);
    assert!(place.run("restore clean.png -o out2.png").expect(0).text().contains("nothing to restore"));
}

#[test]
fn a_clean_picture_goes_untouched_into_another_format() {
    let place = Place::new();
    place.write("clean.png", png(scene::demo(192, 288)));
    for (name, format) in
        [("out.tif", Format::Tiff), ("out.webp", Format::WebP), ("out.npy", Format::Npy), ("out.ppm", Format::Pnm)]
    {
        let said = place.run(&format!("restore clean.png -o {name} --json")).expect(0).json().remove(0);
        assert_eq!(said["stop"], "untouched", "{said}");
        assert_eq!(Format::sniff(&place.read(name)), Ok(format));
        assert_eq!(picture(&place.read(name)).image, picture(&place.read("clean.png")).image, "{name}");
    }
}

#[test]
fn quiet_says_nothing_but_failures() {
    let place = Place::new();
    let mut twelve = Picture::new(noisy(1, 4), Depth::U16);
    twelve.companion.white = 4_095.0;
    place.write("a.tif", io::encode(&twelve, Format::Tiff, &WriteOptions::default()).unwrap().bytes);
    let line = "restore a.tif -o b.tif --white auto --lambda 8";
    let (aloud, quiet) = (place.run(line).expect(0), place.run(&format!("{line} --quiet")).expect(0));
    assert!(!aloud.stderr.is_empty(), "the white that was found is told");
    assert_eq!(quiet.stderr, "");
    assert_eq!(quiet.text().lines().count(), aloud.text().lines().count());
    let failed = place.run("restore missing.png -o c.png --quiet").expect(3);
    assert_eq!(failed.stderr, "ravine: missing.png: there is no such file\n");
}

#[test]
fn results_beside_their_pictures_are_passed_by() {
    let place = Place::new();
    place.write("in/a.png", png(noisy(1, 5)));
    place.write("in/b/c.png", png(noisy(1, 6)));
    let template = format!("{}/in/{{stem}}_clean.png", place.folder().display());
    for (line, results) in [
        (format!("restore in -o {template} --skip-existing --lambda 8 --json"), ["in/a_clean.png", "in/c_clean.png"]),
        ("restore in -o in/done --skip-existing --lambda 8 --json".into(), ["in/done/a.png", "in/done/b/c.png"]),
    ] {
        place.run(&line).expect(0);
        let first = results.map(|name| place.read(name));
        let said = place.run(&line).expect(0).json();
        assert_eq!(results.map(|name| place.read(name)), first);
        if line.contains("_clean") {
            assert_eq!(said.len(), 2, "{said:?}");
            std::fs::remove_file(place.path("in/c_clean.png")).unwrap();
            place.run(&line).expect(0);
            assert!(place.path("in/c_clean.png").exists() && !place.path("in/a_clean_clean.png").exists());
            let refusal = place.run(&line.replace("--skip-existing ", "")).expect(2).stderr;
            assert!(refusal.contains("would overwrite the input"), "{refusal}");
        }
    }
}

#[test]
fn blurred_noise_is_not_called_clean() {
    let place = Place::new();
    let grain = noisy(1, 15);
    let at = |y: usize, x: usize| grain.at(0, y.min(79), x.min(95));
    // A binomial filter of 5 × 5 leaves hardly anything of the finest detail.
    let weight = [1.0, 4.0, 6.0, 4.0, 1.0];
    let blurred = Image::from_fn(Grid::new(1, 80, 96), |_, y, x| {
        let sum: f32 =
            (0..25).map(|k| weight[k / 5] * weight[k % 5] * at((y + k / 5).saturating_sub(2), (x + k % 5).saturating_sub(2))).sum();
        sum / 256.0
    });
    place.write("blurred.png", png(blurred));
    let ran = place.run("restore blurred.png -o out.png --json").expect(0);
    let said = ran.json().remove(0);
    assert!(said["notes"][0].as_str().is_some_and(|n| n.contains("not look white")), "{said}");
    assert!(ran.stderr.contains("not look white"));
}

#[test]
fn the_noise_of_a_picture_is_told_in_grey_levels() {
    let place = Place::new();
    place.write("noisy.png", png(noisy(3, 16)));
    place.write("clean.png", png(scene::demo(192, 288)));
    let said = place.run("estimate noisy.png clean.png --json").expect(0).json();
    assert!((said[0]["sigma"].as_f64().unwrap() - 25.0).abs() < 3.0, "{}", said[0]);
    assert_eq!((said[0]["verdict"].as_str(), said[1]["verdict"].as_str()), (Some("white"), Some("clean")));
    assert_eq!(said[0]["sigma_by_channel"].as_array().unwrap().len(), 3);
    let text = place.run("estimate noisy.png").expect(0).text();
    assert!(text.starts_with("noisy.png  σ = 2") && text.contains("the noise looks white"), "{text}");
}

#[test]
fn eval_compares_methods_and_gives_their_means() {
    let place = Place::new();
    for name in ["in/a.png", "in/b.png"] {
        place.write(name, png(clean(1)));
    }
    let said = place.run("eval in --sigma 20 --method tikhonov,tv --json --seed 3").expect(0).json();
    assert_eq!(said.len(), 6);
    for (name, mean) in [("tikhonov", &said[4]["mean"]), ("tv", &said[5]["mean"])] {
        let of = |key: &str| -> f64 {
            let rows = said[..4].iter().filter(|l| l["asked"] == name);
            rows.map(|l| l[key].as_f64().unwrap()).sum::<f64>() / 2.0
        };
        assert_eq!((mean["asked"].as_str(), mean["pictures"].as_u64()), (Some(name), Some(2)));
        assert!((mean["psnr"].as_f64().unwrap() - of("psnr")).abs() < 1e-9 && of("psnr") > of("noisy_psnr"), "{mean}");
    }
    // Edges and flat squares are what total variation is for.
    assert!(said[5]["mean"]["psnr"].as_f64() > said[4]["mean"]["psnr"].as_f64());
    place.run("eval in --method tv").expect(2);
}

#[test]
fn eval_takes_stored_observations() {
    let place = Place::new();
    place.write("in/a.png", png(clean(1)));
    let mut observed = picture(&place.read("in/a.png")).image;
    noise::add_gaussian(&mut observed, 20.0 / 255.0, 3);
    place.write("noisy/a.npy", file(observed, Depth::F32, Format::Npy));
    let line = |from: &str| place.run(&format!("eval in {from} --method tv --json")).expect(0).json().remove(0);
    let (stored, drawn) = (line("--noisy noisy"), line("--sigma 20 --seed 3"));
    assert_eq!(stored["psnr"], drawn["psnr"]);
    place.write("in/b.png", png(clean(1)));
    place.run("eval in --noisy noisy --method tv").expect(1);
}

#[test]
fn the_demo_restores_by_every_method_and_leaves_a_page() {
    let place = Place::new();
    let said = place.run("demo --json").expect(0).json();
    assert_eq!(said.len(), 5);
    for line in &said {
        assert!(line["psnr"].as_f64().unwrap() > 25.0, "{line}");
        let network = line["method"] == "network";
        assert_eq!(network, line["model"].as_str().is_some_and(|name| name.contains("@sha256:")), "{line}");
        assert!(network || line["distance_bound"].as_f64().unwrap() <= 0.5, "{line}");
        assert!(place.path(&format!("ravine-demo/{}.png", line["method"].as_str().unwrap())).exists());
    }
    let page = String::from_utf8(place.read("ravine-demo/index.html")).unwrap();
    assert!(page.contains("ravine demo --json") && page.matches("<img").count() >= 6);
}

#[test]
fn a_report_shows_before_after_and_what_was_taken_away() {
    let place = Place::new();
    place.write("in/a.png", png(noisy(3, 17)));
    place.run("restore in/a.png -o b.png --lambda 8 --crop 4,6,40,30 --report pages").expect(0);
    let page = String::from_utf8(place.read("pages/a.png.html")).unwrap();
    assert_eq!(page.matches("<img").count(), 3);
    assert!(page.contains("--crop 4,6,40,30") && page.contains("relative gap") && page.contains("<svg"));
}

/// The file of a network that has learned nothing.
fn untrained() -> Vec<u8> {
    let design = Design::new("dncnn", &[("depth", 2.0.into())], 1).unwrap();
    let network = design.network::<f32>().unwrap();
    let card = Card { network: design, sigma: [0.0, 55.0], recipe: None, lines: Vec::new() };
    weights::encode(&card, &[(network.layout(), &network.initial(0))], Precision::Half).unwrap()
}

#[test]
fn every_example_of_every_help_runs() {
    let place = Place::new();
    for name in
        ["noisy.png", "other.png", "photo.png", "clean.png", "photos/a.png", "held-back/a.png", "restored.png", "results/a.png"]
    {
        place.write(name, png(noisy(1, 18)));
    }
    place.write("scans/a.tif", file(noisy(1, 18), Depth::U16, Format::Tiff));
    place.write("observations/a.npy", file(noisy(1, 19), Depth::F32, Format::Npy));
    for name in ["mine.safetensors", "first.safetensors", "middle.safetensors", "last.safetensors"] {
        place.write(name, untrained());
    }
    let help = place.run("--help").expect(0).text();
    let listed = help.lines().skip_while(|l| *l != "Commands:").skip(1).take_while(|l| !l.is_empty());
    let first = listed.filter_map(|l| l.strip_prefix("  ").filter(|l| !l.starts_with(' ')));
    let commands: Vec<&str> = first.filter_map(|l| l.split_whitespace().next()).collect();
    let mut ran = 0;
    for command in commands {
        let help = place.run(&format!("{command} --help")).expect(0).text();
        let examples = help.lines().filter_map(|l| l.split_once("ravine ").filter(|(before, _)| before.ends_with("  ")));
        let before = ran;
        for (_, example) in examples {
            let mut line = example.split(" > ").next().unwrap().replace('\'', "");
            match command {
                "train" => line += " --print-recipe", // not for hours
                "landscape" if line.contains(".safetensors") => line += " --size 3 --pairs 1",
                "lesson" => line = line.replace("lesson all", "lesson adam"), // each has a test of its own
                _ => {}
            }
            let done = place.run(&line);
            assert_eq!(done.code, 0, "ravine {line}\n{}", done.stderr);
            ran += 1;
        }
        assert!(ran > before, "{command} --help has no example");
    }
    assert!(ran > 15);
}
