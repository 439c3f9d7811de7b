//! What the user sees: exit code, standard output and standard error together.

mod program;

use program::Place;

#[test]
fn help_lists_the_commands_that_exist() {
    Place::new().snapshot("help", &["", "--help", "--version"]);
}

#[test]
fn a_wrong_command_line_is_exit_2() {
    Place::new().snapshot("usage", &["restor", "completions", "completions nosuchshell"]);
}

#[test]
fn completions_know_every_shell_and_command() {
    let place = Place::new();
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let script = place.run(&format!("completions {shell}")).expect(0).text();
        assert!(script.contains("completions") && script.contains("man"), "{shell}");
    }
}

#[test]
fn manual_pages_are_written_one_a_command() {
    let place = Place::new();
    place.run("man pages").expect(0);
    let page = |name: &str| String::from_utf8(place.read(&format!("pages/{name}"))).unwrap();
    assert!(page("ravine.1").contains("ravine\\-completions(1)"));
    assert!(page("ravine-completions.1").contains("Example:"));
}

#[test]
fn a_closed_pipe_is_no_failure() {
    let place = Place::new();
    let mut child = place.command(&["completions", "bash"]).stdout(std::process::Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

#[test]
fn lists_name_what_there_is() {
    Place::new().snapshot(
        "list",
        &[
            "list rules",
            "list schedules",
            "list surfaces",
            "list methods",
            "list solvers",
            "list terms",
            "list operators",
            "list rulez",
        ],
    );
}

#[test]
fn lists_tell_programs_every_knob_and_its_range() {
    let rules = Place::new().run("list rules --json").expect(0).json();
    let adam = rules.iter().find(|r| r["name"] == "adam").expect("adam is a rule");
    let beta1 = adam["knobs"].as_array().unwrap().iter().find(|k| k["name"] == "beta1").expect("adam has beta1");
    assert_eq!((beta1["default"].as_f64(), beta1["range"].as_str()), (Some(0.9), Some("[0, 1)")));
}

#[test]
fn a_descent_is_told_to_people() {
    Place::new().snapshot("descend", &["descend --help", "descend ravine --rule momentum --steps 20"]);
}

#[test]
fn a_descent_tells_programs_every_step() {
    let place = Place::new();
    let steps = place.run("descend himmelblau --rule nesterov --set gamma=0.5 --steps 3 --json").expect(0).json();
    assert_eq!(steps.len(), 4);
    for (k, step) in steps.iter().enumerate() {
        assert_eq!(step["step"], k);
        assert!(step["value"].is_f64() && step["gradient_norm"].is_f64() && step["learning_rate"].is_f64());
        let theta = step["theta"].as_array().unwrap();
        // Before the first step there is no momentum, so nothing to look ahead to.
        assert_eq!(step["probe"].is_null(), k == 0);
        assert!(step["answer"].is_null());
        assert_eq!(theta.len(), 2);
    }
}

#[test]
fn a_descent_of_one_sample_shows_the_value_of_all() {
    let place = Place::new();
    let first =
        |batch: &str| place.run(&format!("descend logistic --batch {batch} --steps 0 --json")).expect(0).json()[0]["value"].clone();
    assert_eq!(first("1"), first("all"));
}

#[test]
fn a_descent_is_drawn_as_the_extension_says() {
    let place = Place::new();
    let asked = "descend himmelblau --rule adam --set eta=0.1 --steps 30";
    let plain = place.run(asked).expect(0).text();
    for name in ["way.svg", "way.png", "new/folder/way.html"] {
        assert_eq!(place.run(&format!("{asked} --plot {name}")).expect(0).text(), plain);
    }
    let text = |name: &str| String::from_utf8(place.read(name)).unwrap();
    assert!(text("way.svg").starts_with("<svg") && text("way.svg").contains("adam on himmelblau"));
    assert!(place.read("way.png").starts_with(b"\x89PNG"));
    let page = text("new/folder/way.html");
    assert!(page.contains(&format!("ravine {asked} --plot new/folder/way.html")) && page.contains("best value"));
    assert!(place.run("descend saddle --plot way.gif").expect(2).stderr.contains(".svg, .png or .html is wanted"));
    place.write("blocked", "a file, not a folder");
    place.run("descend saddle --plot blocked/way.svg").expect(6);
}

#[test]
fn a_wrong_descent_is_exit_2() {
    Place::new().snapshot(
        "descend_refuses",
        &[
            "descend rosenbrok",
            "descend rosenbrock --rule adan",
            "descend rosenbrock --rule adam --set betta1=0.9",
            "descend rosenbrock --set eta=0",
            "descend rosenbrock --rule momentum --set gamma=1",
            "descend rosenbrock --start=1,2,3",
            "descend rosenbrock --start=1,nan",
            "descend rosenbrock --batch 3",
            "descend rosenbrock --schedule cosines",
            "descend quadratic:nosuchfile.json",
        ],
    );
}

#[test]
fn a_descent_that_runs_away_is_exit_5_and_names_the_stable_rate() {
    let place = Place::new();
    place.write("bowl.json", r#"{"matrix": [[4, 0], [0, 16]], "vector": [0, 0]}"#);
    place.snapshot(
        "descend_diverges",
        &["descend quadratic:bowl.json --set eta=0.2", "descend quadratic:bowl.json --set eta=0.1 --steps 50"],
    );
}

#[test]
fn a_printed_recipe_does_the_same_again() {
    let place = Place::new();
    let line = "descend rosenbrock --rule adam --set beta1=0.8 --schedule cosine --set-schedule steps=50 --steps 60";
    let recipe = place.run(&format!("{line} --print-recipe")).expect(0).text();
    place.write("job.toml", &recipe);
    let again = place.run("descend --recipe job.toml --json").expect(0).text();
    assert_eq!(again, place.run(&format!("{line} --json")).expect(0).text());
    assert_eq!(place.run("descend --recipe job.toml --print-recipe").expect(0).text(), recipe);
}

#[test]
fn json_has_no_nulls_even_where_the_numbers_end() {
    let place = Place::new();
    for line in ["descend rosenbrock --set eta=1e150 --json", "descend rosenbrock --set eta=1e30 --precision f32 --json"] {
        let ran = place.run(line).expect(5);
        assert!(ran.json().len() > 1 && !ran.text().contains("null"), "{}", ran.text());
    }
}

#[test]
fn a_descent_ends_when_nobody_reads_on() {
    let place = Place::new();
    let words: Vec<&str> = "descend rosenbrock --steps 1000000000000 --json".split(' ').collect();
    let mut child = place.command(&words).stdout(std::process::Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    for _ in 0..200 {
        if let Some(status) = child.try_wait().unwrap() {
            return assert_eq!(status.code(), Some(0));
        }
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    child.kill().unwrap();
    panic!("it still runs, ten seconds after its reader has gone");
}

#[test]
fn one_coordinate_is_drawn_and_a_start_of_another_length_refused() {
    let place = Place::new();
    place.write("one.json", r#"{"matrix": [[2]], "vector": [1]}"#);
    place.run("descend quadratic:one.json --plot one.svg").expect(0);
    assert!(String::from_utf8(place.read("one.svg")).unwrap().contains("Value over steps"));
    let refused = place.run("descend quadratic:one.json --start=1,2 --plot two.svg").expect(2).stderr;
    assert!(!refused.contains("panicked") && !place.path("two.svg").exists(), "{refused}");
}

#[test]
fn a_value_that_falls_without_end_is_called_that() {
    let place = Place::new();
    place.write("hill.json", r#"{"matrix": [[-2, 0], [0, 1]], "vector": [0, 0]}"#);
    let ran = place.run("descend quadratic:hill.json --set eta=0.5 --start=1,1 --steps 5000").expect(5);
    assert!(ran.stderr.contains("falls without end"), "{}", ran.stderr);
}

#[test]
fn any_knob_follows_a_schedule_and_a_recipe_keeps_it() {
    let place = Place::new();
    let plain = "descend rosenbrock --rule momentum --set eta=1e-4 --steps 9 --gradient-noise 0.1";
    let line = format!(
        "{plain} --schedule gamma:warm-up --set-schedule gamma:steps=4 --schedule gradient-noise:step --set-schedule gradient-noise:every=2"
    );
    let scheduled = place.run(&format!("{line} --json")).expect(0).text();
    assert_ne!(scheduled, place.run(&format!("{plain} --json")).expect(0).text());
    assert_ne!(
        scheduled,
        place.run(&format!("{plain} --schedule gamma:warm-up --set-schedule gamma:steps=4 --json")).expect(0).text()
    );
    place.write("job.toml", place.run(&format!("{line} --print-recipe")).expect(0).text());
    assert_eq!(place.run("descend --recipe job.toml --json").expect(0).text(), scheduled);
    place.run("descend rosenbrock --schedule gama:cosine").expect(2);
    assert!(place.run("descend rosenbrock --schedule gradient-noise:cosine").expect(2).stderr.contains("give --gradient-noise"));
}

#[test]
fn an_average_is_the_answer_beside_the_way() {
    let place = Place::new();
    let line = "descend rosenbrock --set eta=1e-3 --steps 4 --average swa";
    let steps = place.run(&format!("{line} --json")).expect(0).json();
    let x = |step: usize, key: &str| steps[step][key][0].as_f64();
    let mean = (1..=4).map(|k| x(k, "theta").unwrap()).sum::<f64>() / 4.0;
    assert!((x(4, "answer").unwrap() - mean).abs() < 1e-12 && x(0, "answer").is_none());
    assert!(place.run(&format!("{line} --print-recipe")).expect(0).text().contains("average = \"swa\""));
    place.run("descend rosenbrock --average mean").expect(2);
}

#[test]
#[cfg(unix)]
fn a_folder_whose_name_is_no_text_is_no_reason_to_panic() {
    use std::os::unix::ffi::OsStrExt;
    let place = Place::new();
    let mut command = place.command(&["demo", "--json", "-o"]);
    let ran = command.arg(std::ffi::OsStr::from_bytes(b"here\xff")).output().unwrap();
    assert_eq!(ran.status.code(), Some(0), "{}", String::from_utf8_lossy(&ran.stderr));
}
