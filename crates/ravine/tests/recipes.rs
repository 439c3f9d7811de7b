//! A settled recipe reads back as a recipe, and what a recipe cannot mean is refused with a sentence.

use ravine::recipe::{Restoration, SettledRestoration, Span, Target, Window};
use ravine::{Auto, Named, Recipe, Settled};

fn settled() -> SettledRestoration {
    let mut rule = Named::new("adam");
    rule.set.insert("eta".into(), "0.01".into());
    SettledRestoration {
        model: Some("sha256:00ff".to_string().into()),
        tile: Some(64),
        method: "tikhonov".into(),
        sigma: Some(25.1 / 3.0), // a number without a short decimal
        lambda: Some(1.0 / 3.0),
        solver: None,
        until: Some(Target::Distance(0.5)),
        max_iterations: Some(137),
        crop: Some(Window { x: 1, y: 2, width: 3, height: 4 }),
        strength: 0.75,
        range: Span::Between(0.0, 1.0),
        seed: 7,
        rule: Some(rule),
        set_method: [("delta".to_string(), 0.02.into())].into(),
        white: Some(4095.0),
        quality: Some(60),
    }
}

#[test]
fn what_was_done_reads_back_as_what_is_asked() {
    let done = settled();
    for text in [Settled::Restore(done.clone()).to_toml(), Settled::Restore(done.clone()).to_json()] {
        assert_eq!(Recipe::read(&text).unwrap(), Recipe::Restore(done.recipe()), "{text}");
        assert!(!text.contains("auto"), "{text}");
    }
}

#[test]
fn numbers_come_back_to_the_last_bit() {
    for i in 1..500 {
        let done = SettledRestoration { lambda: Some((i as f64).sqrt().exp().fract() * 10.0 + 1e-3), ..settled() };
        for text in [Settled::Restore(done.clone()).to_toml(), Settled::Restore(done.clone()).to_json()] {
            assert_eq!(Recipe::read(&text).unwrap(), Recipe::Restore(done.recipe()), "{text}");
        }
    }
}

#[test]
fn what_does_not_suit_is_refused_before_any_picture() {
    let asks = |change: fn(&mut Restoration)| {
        let mut asked = Restoration::default();
        change(&mut asked);
        asked.check().map_err(|e| e.to_string())
    };
    let refused = |change, word: &str| {
        let says = asks(change).unwrap_err();
        assert!(says.contains(word), "{says}");
    };
    refused(|a| (a.method, a.solver) = (Auto::Given("tikhonov".into()), Auto::Given("rof".into())), "exact");
    refused(|a| a.solver = Auto::Given("exact".into()), "tv");
    refused(|a| a.rule = Some(Named::new("adam")), "choose --method tikhonov or huber-tv");
    refused(|a| a.range = Auto::Given(Span::Between(1.0, 0.0)), "LOW < HIGH");
    refused(|a| a.set_method = [("delta".to_string(), 0.1.into())].into(), "delta");
    refused(|a| a.strength = Some(1.5), "strength");
    refused(|a| a.white = Some(0.0), "white");
    refused(|a| a.quality = Some(0), "quality");
    assert_eq!(asks(|a| (a.method, a.rule) = (Auto::Given("huber-tv".into()), Some(Named::new("adam")))), Ok(()));
}

#[test]
fn an_empty_recipe_asks_for_nothing() {
    assert_eq!(Recipe::read("[restore]\n").unwrap(), Recipe::Restore(Restoration::default()));
    assert_eq!(Recipe::read("[restore]\nlambda = \"auto\"\n").unwrap(), Recipe::Restore(Restoration::default()));
}

#[test]
fn integers_are_numbers_too() {
    let Recipe::Restore(asked) = Recipe::read("[restore]\nsigma = 25\nlambda = 9\n").unwrap() else { panic!() };
    assert_eq!((asked.sigma, asked.lambda), (Auto::Given(25.0), Auto::Given(9.0)));
}

#[test]
fn a_recipe_with_an_unknown_key_names_it() {
    for (text, word) in [
        ("[restore]\nsigmma = 25\n", "sigmma"),
        ("[restore]\ncrop = \"1,2,3\"\n", "x,y,width,height"),
        ("[restore]\nrange = \"1,0\"\n", "LOW < HIGH"),
        ("[restor]\n", "restor"),
        ("not a recipe", "TOML"),
        ("{\"restore\": {\"seed\": -1}}", "-1"),
    ] {
        let says = Recipe::read(text).unwrap_err().to_string();
        assert!(says.contains(word), "{text}: {says}");
    }
}

#[test]
fn windows_must_lie_inside() {
    let window: Window = "6,0,4,3".parse().unwrap();
    assert_eq!(window.inside(10, 3).unwrap(), window);
    for (width, height) in [(9, 3), (10, 2)] {
        assert!(window.inside(width, height).is_err());
    }
    assert!("0,0,18446744073709551615,1".parse::<Window>().unwrap().inside(10, 10).is_err());
    for wrong in ["", "1,2,3", "1,2,0,4", "1,2,3,4,5", "a,2,3,4", "1,2,3,-4"] {
        assert!(wrong.parse::<Window>().is_err(), "{wrong}");
    }
}
