//! `ravine train` from the outside: it learns, it goes on after anything that may happen, and it loses nothing.

mod program;

use program::{Place, Ran};
use ravine::optim::random::{Random, Stream};
use std::process::{Child, Stdio};
use std::time::Duration;

/// As small as a training can be.
const SMALL: &str = "train --network dncnn --set-network depth=3 --set-network width=6 --sigma 25 --batch 4 --crop-size 16 \
                     --every 4 --held-out 8 --threads 2";

fn journal(place: &Place, name: &str) -> Vec<serde_json::Value> {
    let text = String::from_utf8(place.read(name)).unwrap();
    let mut lines: Vec<serde_json::Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    for line in &mut lines {
        let line = line.as_object_mut().unwrap();
        line.remove("seconds");
        line.remove("images_per_second");
    }
    lines
}

fn start(place: &Place, line: &str) -> Child {
    let words: Vec<&str> = line.split_whitespace().collect();
    place.command(&words).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

#[test]
fn help_says_what_works() {
    Place::new().snapshot("train_help", &["train --help"]);
}

#[test]
fn a_training_tells_people_and_programs_what_it_learns() {
    let place = Place::new();
    let ran = place.run(&format!("{SMALL} --steps 8 -o net.safetensors --json")).expect(0);
    let lines = ran.json();
    let steps: Vec<_> = lines.iter().filter_map(|line| line["step"].as_u64()).collect();
    assert_eq!(steps, [0, 4, 8]);
    assert!(lines[1]["loss"].is_f64() && lines[1]["images_per_second"].is_f64() && lines[0]["loss"].is_null());
    let done = &lines[3];
    assert_eq!((done["output"].as_str(), done["stop"].as_str()), (Some("net.safetensors"), Some("max-iterations")));
    assert!(done["psnr"].as_f64().unwrap() > 15.0 && done["weights"].as_u64().unwrap() > 100);
    assert_eq!(journal(&place, "net.jsonl").len(), 3);
    assert!(ran.stderr.contains("step 8/8") && ran.stderr.contains("images/s"), "{}", ran.stderr);
    let told = place.run(&format!("{SMALL} --steps 8 -o other.safetensors")).expect(0).text();
    assert!(told.starts_with("other.safetensors: PSNR ") && told.lines().count() == 1, "{told}");
    assert_eq!(place.read("net.safetensors"), place.read("other.safetensors"));
    assert!(!place.path("net.lock").exists());
}

#[test]
fn a_training_that_has_ended_writes_its_model_anew_in_16_bits() {
    let place = Place::new();
    let line = format!("{SMALL} --steps 8 -o net.safetensors");
    place.run(&line).expect(0);
    let (whole, checkpoint) = (place.read("net.safetensors"), place.read("net.checkpoint"));
    place.run(&format!("{line} --half")).expect(0);
    let half = place.read("net.safetensors");
    assert!(half.len() < whole.len() && place.read("net.checkpoint") == checkpoint);
    let numbers = |bytes: &[u8]| ravine::net::weights::decode(bytes).unwrap();
    let (whole, half) = (numbers(&whole), numbers(&half));
    assert_eq!(whole.card, half.card);
    for (name, tensor) in &whole.tensors {
        let pairs = tensor.values.iter().zip(&half.tensors[name].values);
        assert!(pairs.clone().all(|(w, h)| (w - h).abs() <= w.abs() / 2048.0 + 1e-7), "{name}");
    }
}

/// As the model card says: the first steps of any training, from the recipe that its model carries.
#[test]
fn the_first_steps_of_a_training_are_made_again_from_its_model() {
    let place = Place::new();
    place.run(&format!("{SMALL} --steps 12 --log 12.jsonl -o net.safetensors")).expect(0);
    place.run("train --recipe net.safetensors --steps 8 -o again.safetensors").expect(0);
    assert_eq!(journal(&place, "12.jsonl")[..3], journal(&place, "again.jsonl")[..]);
}

#[test]
fn the_same_bytes_for_any_number_of_threads() {
    let place = Place::new();
    for threads in ["1", "2", "3", "8"] {
        let line = SMALL.replace("--threads 2", &format!("--threads {threads}"));
        place.run(&format!("{line} --steps 6 -o {threads}.safetensors")).expect(0);
        assert_eq!(place.read("1.safetensors"), place.read(&format!("{threads}.safetensors")), "{threads} threads");
        assert_eq!(place.read("1.checkpoint"), place.read(&format!("{threads}.checkpoint")), "{threads} threads");
    }
}

/// Ten kills at moments that the seed chooses, each early in what is left of the run.
#[test]
fn a_training_that_is_killed_ten_times_equals_one_that_is_not() {
    let place = Place::new();
    let strategies = "--average ema:0.9 --gradient-noise 1e-4 --early-stopping=1000 --curriculum=50 --set clip=1 --steps 800";
    let line = format!("{} {strategies}", SMALL.replace("--sigma 25", "--sigma 5..50"));
    let begin = std::time::Instant::now();
    place.run(&format!("{line} -o whole.safetensors")).expect(0);
    let whole = begin.elapsed();
    let mut moments = Random::new(5, Stream::Data, 0);
    for _ in 0..10 {
        let mut child = start(&place, &format!("{line} -o killed.safetensors"));
        std::thread::sleep(whole.mul_f64(moments.between(0.01, 0.14)));
        child.kill().unwrap(); // SIGKILL
        if child.wait().unwrap().success() {
            std::fs::remove_file(place.path("killed.checkpoint")).unwrap(); // it was faster than before: once more from the start
        }
    }
    let ran = place.run(&format!("{line} -o killed.safetensors")).expect(0);
    assert!(ran.stderr.contains("going on from step"), "{}", ran.stderr);
    assert_eq!(place.read("whole.safetensors"), place.read("killed.safetensors"));
    assert_eq!(place.read("whole.checkpoint"), place.read("killed.checkpoint"));
    assert_eq!(journal(&place, "whole.jsonl"), journal(&place, "killed.jsonl"));
}

#[cfg(unix)]
fn interrupt(child: &Child) {
    let killed = std::process::Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(killed.success());
}

fn wait_for(place: &Place, name: &str, lines: usize) {
    for _ in 0..1200 {
        if std::fs::read_to_string(place.path(name)).is_ok_and(|text| text.lines().count() >= lines) {
            return;
        }
        std::thread::sleep(Duration::from_millis(25));
    }
    panic!("{name} does not grow");
}

#[test]
#[cfg(unix)]
fn ctrl_c_saves_and_the_same_command_goes_on() {
    let place = Place::new();
    let line = format!("{SMALL} --steps 400");
    place.run(&format!("{line} -o whole.safetensors")).expect(0);
    let mut child = start(&place, &format!("{line} -o stopped.safetensors"));
    wait_for(&place, "stopped.jsonl", 4);
    interrupt(&child);
    assert_eq!(child.wait().unwrap().code(), Some(130));
    assert!(place.path("stopped.safetensors").exists(), "the best model so far is there");
    let ran = place.run(&format!("{line} -o stopped.safetensors")).expect(0);
    assert!(ran.stderr.contains("going on from step"), "{}", ran.stderr);
    assert_eq!(place.read("whole.safetensors"), place.read("stopped.safetensors"));
    assert_eq!(place.read("whole.checkpoint"), place.read("stopped.checkpoint"));
    assert_eq!(journal(&place, "whole.jsonl"), journal(&place, "stopped.jsonl"));
    // And once it is done, there is nothing more to do.
    let again = place.run(&format!("{line} -o stopped.safetensors --resume --json")).expect(0).json();
    assert_eq!(again.last().unwrap()["from_step"].as_u64(), Some(400));
    assert_eq!(place.read("whole.safetensors"), place.read("stopped.safetensors"));
}

#[test]
fn a_time_limit_ends_with_a_model() {
    let place = Place::new();
    let begin = std::time::Instant::now();
    let ran = place.run(&format!("{SMALL} --time-limit 3 -o net.safetensors --json")).expect(0);
    assert!(begin.elapsed() < Duration::from_secs(10));
    let done = ran.json().pop().unwrap();
    assert!(done["steps"].as_u64().unwrap() > 4 && done["output"].is_string());
    let stop = done["stop"].as_str().unwrap();
    assert!(["time-limit", "max-iterations"].contains(&stop), "{stop}");
}

#[test]
fn a_printed_recipe_does_the_same_again() {
    let place = Place::new();
    let line = format!("{SMALL} --steps 6 --loss charbonnier --schedule cosine --set-schedule steps=6 --set beta2=0.99");
    let recipe = place.run(&format!("{line} --print-recipe")).expect(0).text();
    assert!(!recipe.contains("auto"), "{recipe}");
    place.write("job.toml", &recipe);
    assert_eq!(place.run("train --recipe job.toml --print-recipe").expect(0).text(), recipe);
    place.run(&format!("{line} -o a.safetensors")).expect(0);
    place.run("train --recipe job.toml -o b.safetensors").expect(0);
    assert_eq!(place.read("a.safetensors"), place.read("b.safetensors"));
    place.run("train --recipe a.safetensors -o c.safetensors").expect(0);
    assert_eq!(place.read("a.safetensors"), place.read("c.safetensors"));
    assert!(place.run("train --recipe a.checkpoint -o d.safetensors").expect(3).stderr.contains("neither text nor"));
}

#[test]
fn a_checkpoint_of_another_recipe_is_refused_with_the_field_that_differs() {
    let place = Place::new();
    place.run(&format!("{SMALL} --steps 4 -o net.safetensors")).expect(0);
    let (checkpoint, model) = (place.read("net.checkpoint"), place.read("net.safetensors"));
    for (change, field) in [
        ("--set eta=0.5", "rule.set.eta is 0.001 there and 0.5 here"),
        ("--loss l2", r#"loss is "l1" there and "l2" here"#),
        ("--seed 7", "seed is 0 there and 7 here"),
        ("--set-network width=8", "network.set.width is 6.0 there and 8.0 here"),
        ("--average swa", r#"average is absent there and "swa" here"#),
    ] {
        let says = place.run(&format!("{SMALL} --steps 4 -o net.safetensors {change}")).expect(2).stderr;
        assert!(says.contains("net.checkpoint is the checkpoint of another recipe") && says.contains(field), "{change}: {says}");
    }
    assert_eq!((place.read("net.checkpoint"), place.read("net.safetensors")), (checkpoint, model));
    place.run(&format!("{SMALL} --steps 4 -o net.safetensors --seed 7 --restart")).expect(0);
    let damaged = place.read("net.checkpoint");
    place.write("net.checkpoint", &damaged[..damaged.len() - 9]);
    let says = place.run(&format!("{SMALL} --steps 4 -o net.safetensors --seed 7")).expect(3).stderr;
    assert!(says.contains("damaged") && says.contains("--restart"), "{says}");
    place.run("train -o none.safetensors --resume").expect(3);
}

#[test]
fn two_trainings_do_not_write_into_one_output() {
    let place = Place::new();
    let line = format!("{SMALL} --steps 100000 -o net.safetensors");
    let mut first = start(&place, &line);
    wait_for(&place, "net.jsonl", 2);
    let says = place.run(&line).expect(2).stderr;
    assert!(says.contains("another training writes net.safetensors"), "{says}");
    first.kill().unwrap();
    first.wait().unwrap();
    place.run(&format!("{SMALL} --steps 4 -o net.safetensors --restart")).expect(0);
}

#[test]
fn an_output_that_cannot_be_written_is_found_before_the_first_step() {
    let place = Place::new();
    place.write("file", "not a folder");
    std::fs::create_dir(place.path("folder")).unwrap();
    for output in ["file/net.safetensors", "folder"] {
        let ran: Ran = place.run(&format!("{SMALL} --steps 100000 -o {output}")).expect(6);
        assert!(!ran.stderr.contains("step"), "{}", ran.stderr);
    }
    place.run(&format!("{SMALL} --steps 100000 -o net.safetensors --log file/net.jsonl")).expect(6);
    place.run(&format!("{SMALL} --steps 4")).expect(2);
}

/// A file that may not grow stands for a disk that is full.
#[test]
#[cfg(target_os = "linux")]
fn a_disk_that_is_full_leaves_the_last_checkpoint_whole() {
    let place = Place::new();
    place.run(&format!("{SMALL} --steps 4 --schedule constant -o net.safetensors")).expect(0);
    let checkpoint = place.read("net.checkpoint");
    // Blocks of 512 bytes: the journal still fits, the checkpoint does not.
    let blocks = checkpoint.len() / 512 / 2;
    let line = format!("{SMALL} --steps 100000 --schedule constant -o net.safetensors");
    let script = format!("trap '' XFSZ; ulimit -f {blocks}; exec {} {line}", env!("CARGO_BIN_EXE_ravine"));
    let ran = std::process::Command::new("sh").args(["-c", &script]).current_dir(place.folder()).output().unwrap();
    let says = String::from_utf8_lossy(&ran.stderr).into_owned();
    assert_eq!(ran.status.code(), Some(6), "{says}");
    assert!(says.contains("net.checkpoint") && says.contains("the checkpoint of step 4 is whole"), "{says}");
    assert_eq!(place.read("net.checkpoint"), checkpoint);
    let ran = place.run(&format!("{SMALL} --steps 12 --schedule constant -o net.safetensors")).expect(0);
    assert!(ran.stderr.contains("going on from step 4"), "{}", ran.stderr);
    place.run(&format!("{SMALL} --steps 12 --schedule constant -o other.safetensors")).expect(0);
    assert_eq!(place.read("net.safetensors"), place.read("other.safetensors"));
    assert_eq!(journal(&place, "net.jsonl"), journal(&place, "other.jsonl"));
}

#[test]
fn a_training_that_runs_away_is_exit_5_and_keeps_the_last_good_state() {
    let place = Place::new();
    let ran = place.run(&format!("{SMALL} --steps 400 -o net.safetensors --rule gradient-descent --set eta=1e12")).expect(5);
    assert!(
        ran.stderr.contains("diverged within") && ran.stderr.contains("smaller --set eta than 1000000000000"),
        "{}",
        ran.stderr
    );
    assert!(ran.stderr.contains("net.checkpoint is the last good state") && place.path("net.checkpoint").exists());
    assert!(!ran.stderr.contains("panicked"));
    for line in journal(&place, "net.jsonl") {
        assert!(line["risk"].is_f64());
    }
}

#[test]
fn folders_of_photographs_are_learnt_from_and_empty_ones_refused() {
    let place = Place::new();
    std::fs::create_dir(place.path("none")).unwrap();
    let says = place.run(&format!("{SMALL} --steps 4 -o net.safetensors none")).expect(3).stderr;
    assert!(says.contains("no picture is in this folder"), "{says}");
    place.run("demo -o drawn --json").expect(0);
    let photos: Vec<_> = std::fs::read_dir(place.path("drawn")).unwrap().map(|e| e.unwrap().path()).collect();
    let photo = photos.iter().find(|p| p.extension().is_some_and(|e| e == "png")).expect("the demo draws pictures");
    for k in 0..11 {
        place.write(&format!("photos/{k:02}.png"), std::fs::read(photo).unwrap());
    }
    place.write("photos/broken.png", "no picture");
    let line = format!("{SMALL} --steps 4 -o net.safetensors --seed 1 photos");
    let ran = place.run(&line).expect(0);
    assert!(ran.stderr.contains("12 photographs"), "{}", ran.stderr);
    let before = place.read("net.safetensors");
    place.run(&format!("{line} --restart")).expect(0);
    assert_eq!(place.read("net.safetensors"), before);
    // Other photographs are another recipe.
    std::fs::remove_file(place.path("photos/03.png")).unwrap();
    let says = place.run(&line).expect(2).stderr;
    assert!(says.contains("photographs.count is 12 there and 11 here"), "{says}");
    let large = SMALL.replace("--crop-size 16", "--crop-size 5000");
    let too_large = place.run(&format!("{large} --steps 4 -o big.safetensors photos")).expect(2).stderr;
    assert!(too_large.contains("does not fit in"), "{too_large}");
    let judged = place.run(&format!("{SMALL} --steps 4 -o judged.safetensors --validate photos --json")).expect(0).json();
    assert_eq!(judged.len(), 3);
}

#[test]
fn a_training_goes_on_from_the_weights_of_a_model_with_its_network() {
    let place = Place::new();
    place.run(&format!("{SMALL} --steps 8 -o net.safetensors")).expect(0);
    let again =
        "train --start net.safetensors --sigma 25 --batch 4 --crop-size 16 --every 4 --held-out 8 --steps 4 -o next.safetensors";
    let psnr = |name: &str, k: usize| journal(&place, name)[k]["psnr"].as_f64().unwrap();
    let lines = place.run(&format!("{again} --json")).expect(0).json();
    assert_eq!(lines.last().unwrap()["network"], "dncnn");
    assert_eq!(psnr("next.jsonl", 0), psnr("net.jsonl", 2), "of the first weights, which are the last ones of the other training");
    let refused = place.run(&format!("{again} --network unet")).expect(2);
    assert!(refused.stderr.contains("--network"), "{}", refused.stderr);
    let refused = place.run("train --start nobody -o other.safetensors").expect(2);
    assert!(refused.stderr.contains("nobody") && refused.stderr.contains("colour"), "{}", refused.stderr);
    let refused = place.run("train --scenes 0.5 -o other.safetensors").expect(2);
    assert!(refused.stderr.contains("PHOTOS"), "{}", refused.stderr);
}

#[test]
fn eight_pictures_are_seen_at_once_or_a_few_at_a_time() {
    let place = Place::new();
    let all = SMALL.replace("--batch 4", "--batch all");
    let recipe = place.run(&format!("{all} --pairs 8 --steps 4 --print-recipe")).expect(0).text();
    assert!(recipe.contains("batch = 8") && recipe.contains("pairs = 8"), "{recipe}");
    place.run(&format!("{all} --pairs 8 --steps 4 -o net.safetensors")).expect(0);
    place.run(&format!("{SMALL} --pairs 8 --steps 4 -o other.safetensors")).expect(0);
    assert_ne!(place.read("net.safetensors"), place.read("other.safetensors"));
    let says = place.run(&format!("{all} --steps 4 -o none.safetensors")).expect(2).stderr;
    assert!(says.contains("say how many with --pairs"), "{says}");
    let says = place.run(&format!("{SMALL} --pairs 3 --steps 4 -o none.safetensors")).expect(2).stderr;
    assert!(says.contains("batch = 4 is outside 1..3"), "{says}");
}
