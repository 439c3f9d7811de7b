//! `ravine race`: what it prints, draws and refuses.

mod program;

use program::Place;

#[test]
fn race_prints_a_row_a_rule_and_says_who_won() {
    Place::new().snapshot(
        "race",
        &[
            "race ravine --rules gradient-descent,momentum,nesterov,adam --steps 150 --tune 24",
            "race least-squares --set-surface samples=60 --batch 4 --rules gradient-descent,adam --seeds 5 --steps 80 --tune 10 --eta 1e-3..10",
            "race rosenbrock --rules gradient-descent --eta 1e-6..1e-4 --steps 50 --tune 6",
            "race logistic --batch 8 --rules momentum --set momentum.gamma=0.5 --print-recipe",
        ],
    );
}

#[test]
fn race_refuses_with_a_sentence() {
    Place::new().snapshot(
        "race_refuses",
        &[
            "race ravin",
            "race ravine --rules adan",
            "race ravine --set gamma=0.9",
            "race ravine --rules adam --set momentum.gamma=0.9",
            "race ravine --set adam.eta=0.1",
            "race ravine --eta 1..",
            "race ravine --eta 1..0.1",
            "race ravine --tune 2",
            "race ravine --batch 4",
            "race ravine --plot race.gif",
            "race ravine --rules gradient-descent --eta 1..10 --steps 1000 --tune 6",
        ],
    );
}

#[test]
fn race_help() {
    Place::new().snapshot("race_help", &["race --help"]);
}

#[test]
fn json_has_the_map_and_the_threads_do_not_matter() {
    let place = Place::new();
    let race = "race ravine --rules gradient-descent,rmsprop --steps 60 --tune 16 --json";
    let (one, two) = (place.run(&format!("{race} --threads 1")).expect(0), place.run(&format!("{race} --threads 2")).expect(0));
    assert_eq!(one.stdout, two.stdout);
    let rows = one.json();
    assert_eq!(rows.len(), 2);
    let trials = rows[0]["trials"].as_array().unwrap();
    assert_eq!(trials.len(), 16);
    for trial in trials {
        // 2/L = 0.02; what diverged has no value
        let eta = trial["eta"].as_f64().unwrap();
        assert_eq!(trial.get("excess").is_some(), eta < 0.021, "{trial}");
    }
    assert_eq!((rows[0]["rule"].as_str(), rows[0]["gradients_to_tune"].as_u64()), (Some("gradient-descent"), Some(960)));
    assert!(rows[0]["excess"]["value"].as_f64().unwrap() > 0.0 && rows[0]["steps_to_tolerance"].as_object().unwrap().is_empty());
}

#[test]
fn a_plot_is_drawn_in_the_form_that_its_name_asks_for() {
    let place = Place::new();
    let race = "race himmelblau --rules nesterov,adam --steps 40 --tune 10";
    place.run(&format!("{race} --plot out/race.svg")).expect(0);
    place.run(&format!("{race} --plot out/race.png")).expect(0);
    place.run(&format!("{race} --plot out/race.html")).expect(0);
    let svg = String::from_utf8(place.read("out/race.svg")).unwrap();
    assert!(svg.contains("largest J − J* of the last tenth") && svg.contains("nesterov"), "{svg}");
    assert!(place.read("out/race.png").starts_with(b"\x89PNG"));
    let page = String::from_utf8(place.read("out/race.html")).unwrap();
    for text in ["Race on himmelblau", "The search of η", "ravine race himmelblau --rules nesterov,adam", "ends lowest"] {
        assert!(page.contains(text), "{text}");
    }
}

#[test]
fn a_printed_recipe_races_again() {
    let place = Place::new();
    let race = "race beale --rules adagrad,adam --set adam.beta1=0.8 --steps 30 --tune 8";
    let recipe = place.run(&format!("{race} --print-recipe")).expect(0);
    place.write("race.toml", &recipe.stdout);
    assert_eq!(place.run("race --recipe race.toml --json").expect(0).stdout, place.run(&format!("{race} --json")).expect(0).stdout);
    let wrong = place.run("descend --recipe race.toml").expect(2);
    assert!(wrong.stderr.contains("is a recipe of race"), "{}", wrong.stderr);
}
