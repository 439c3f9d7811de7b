//! `ravine landscape` from the outside: what it tells, the same bytes for any number of threads and after an interruption, and what it
//! refuses.

mod program;

use program::Place;
use ravine::image::io::{self, Format, WriteOptions};
use ravine::image::picture::Depth;
use ravine::image::{Grid, Image, Picture};
use serde_json::Value;
use std::process::Stdio;
use std::time::{Duration, Instant};

/// As small as a training can be.
const TRAIN: &str = "train --network dncnn --set-network depth=3 --set-network width=6 --sigma 25 --batch 4 --crop-size 16 \
                     --every 1 --held-out 8 --schedule constant --set eta=0.003";

/// A matrix as it was written.
fn matrix(place: &Place, name: &str) -> Vec<f64> {
    let bytes = place.read(name);
    assert!(bytes.starts_with(b"\x93NUMPY"));
    bytes[128..].as_chunks().0.iter().map(|b| f64::from_le_bytes(*b)).collect()
}

fn numbers(row: &Value) -> Vec<f64> {
    row.as_array().unwrap().iter().map(|v| v.as_f64().unwrap_or(f64::NAN)).collect()
}

#[test]
fn a_landscape_is_told_to_people() {
    Place::new().snapshot(
        "landscape",
        &[
            "landscape --help",
            "landscape ravine --rule momentum --steps 40 --size 11 --eigenvalues 0",
            "landscape rosenbrock --steps 0 --start=1,1 --dimensions 1 --size 5 --seed 3 --eigenvalues 0",
            "landscape saddle --directions random --radius 2 --size 5 --eigenvalues 0",
        ],
    );
}

#[test]
fn curvatures_are_told_with_their_errors() {
    let told = Place::new().run("landscape rosenbrock --steps 0 --start=1,1 --size 3").expect(0).text();
    let lines: Vec<&str> = told.lines().collect();
    let [.., hessian, largest, least] = lines[..] else { panic!("{told}") };
    assert!(hessian.starts_with("Hessian at the end of the path, by 2 products, differences of gradients with step "), "{told}");
    assert!(largest.starts_with("  largest eigenvalue 1001.6, residual ") && largest.contains("differences agree to "), "{told}");
    assert!(least.starts_with("  least eigenvalue 0.39936, residual "), "{told}");
}

#[test]
fn programs_get_everything() {
    let place = Place::new();
    let found = &place.run("landscape ravine --steps 30 --size 7 --npy values.npy --json").expect(0).json()[0];
    let rows: Vec<Vec<f64>> = found["values"].as_array().unwrap().iter().map(numbers).collect();
    assert!(rows.len() == 7 && rows.iter().all(|row| row.len() == 7));
    assert_eq!(rows.concat(), matrix(&place, "values.npy"));
    assert!(!place.path("values.npy.partial").exists());
    assert_eq!(found["directions"], "pca");
    assert!((numbers(&found["explained"]).iter().sum::<f64>() - 1.0).abs() < 1e-12);
    let path = found["path"].as_array().unwrap();
    assert_eq!(path.len(), 31);
    assert!(numbers(&path[30]["coordinates"]).iter().all(|a| a.abs() < 1e-12), "the end of the path is at 0");
    assert!(path[0]["value"].as_f64() > path[30]["value"].as_f64() && path[0]["distance"].as_f64() < Some(1e-9));
    let end = |side: &str| found["curvature"][side][0]["value"].as_f64().unwrap();
    assert!((end("largest") - 100.0).abs() < 1e-4 && (end("least") - 1.0).abs() < 1e-6);
}

#[test]
fn a_landscape_is_drawn_as_the_extension_says() {
    let place = Place::new();
    let asked = "landscape himmelblau --rule adam --set eta=0.1 --size 9";
    for name in ["map.svg", "map.png", "new/folder/map.html"] {
        place.run(&format!("{asked} --plot {name}")).expect(0);
        assert!(!place.path(&format!("{name}.partial")).exists());
    }
    let text = |name: &str| String::from_utf8(place.read(name)).unwrap();
    assert!(text("map.svg").starts_with("<svg") && text("map.svg").contains("Landscape of himmelblau"));
    assert!(place.read("map.png").starts_with(b"\x89PNG"));
    let page = text("new/folder/map.html");
    assert!(page.contains("eigenvalues of the Hessian") && page.contains(&format!("ravine {asked} --plot new/folder/map.html")));
}

#[test]
fn the_same_bytes_for_any_number_of_threads() {
    let place = Place::new();
    place.run(&format!("{TRAIN} --steps 3 -o net.safetensors")).expect(0);
    for what in ["logistic --batch 2 --steps 50", "net.safetensors --pairs 8"] {
        let line = |threads: u16| {
            let ran = place.run(&format!("landscape {what} --size 5 --eigenvalues 2 --json --threads {threads}"));
            ran.expect(0).text()
        };
        let one = line(1);
        assert!(one.len() > 500 && [2, 3, 8].iter().all(|threads| line(*threads) == one), "{what}");
    }
}

#[test]
fn an_interrupted_landscape_goes_on_and_ends_where_it_would_have() {
    let place = Place::new();
    let line = |name: &str| format!("landscape logistic --size 401 --eigenvalues 0 --npy {name} --threads 2");
    place.run(&line("whole.npy")).expect(0);
    let asked = line("broken.npy");
    let words: Vec<&str> = asked.split_whitespace().collect();
    let mut child = place.command(&words).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let (partial, begin) = (place.path("broken.npy.partial"), Instant::now());
    while std::fs::metadata(&partial).map_or(0, |m| m.len()) < 20_000 {
        assert!(begin.elapsed() < Duration::from_secs(60), "no point was kept");
        std::thread::sleep(Duration::from_millis(1));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    let kept = std::fs::read_to_string(&partial).unwrap().lines().count() - 1;
    assert!((100..401 * 401).contains(&kept), "{kept} points were kept");
    assert!(!place.path("broken.npy").exists());
    // Another landscape neither takes them nor loses them.
    let other = asked.replace("--size 401", "--size 11");
    assert!(place.run(&other).expect(2).stderr.contains("keeps the points of another landscape"));
    place.run(&asked).expect(0);
    assert!(place.read("whole.npy") == place.read("broken.npy"), "the bytes differ");
    assert!(!partial.exists());
}

#[test]
fn a_series_of_models_is_a_path_and_the_statistics_are_said() {
    let place = Place::new();
    for steps in [1, 2, 4] {
        place.run(&format!("{TRAIN} --steps {steps} -o after{steps}.safetensors")).expect(0);
    }
    let told = |more: &str| {
        let line = format!("landscape after4.safetensors --path after1.safetensors after2.safetensors --pairs 8 --size 3 {more}");
        place.run(&line).expect(0)
    };
    let found = |more: &str| told(&format!("{more} --json")).json().remove(0);
    let pca = found("--eigenvalues 1");
    assert_eq!((pca["directions"].as_str(), pca["path"].as_array().unwrap().len()), (Some("pca"), 3));
    let shares = numbers(&pca["explained"]);
    assert!((shares.iter().sum::<f64>() - 1.0).abs() < 1e-9 && shares[0] > shares[1], "three points lie in a plane: {shares:?}");
    assert!(pca["curvature"]["largest"][0]["value"].as_f64() > pca["curvature"]["least"][0]["value"].as_f64());

    // Li et al. 2018: the middle of the grid is the model itself.
    let filter = found("--directions filter --eigenvalues 0");
    assert_eq!(numbers(&filter["values"][1])[1], filter["path"][2]["value"].as_f64().unwrap());
    assert!(filter["unit"] == "lengths of each filter" && filter["window"][0][1] == 1.0);

    // As in use, on the pictures of the validation, the risk is that of the journal.
    let running = found("--directions filter --statistics running --eigenvalues 0");
    let journal = String::from_utf8(place.read("after4.jsonl")).unwrap();
    let risks = journal.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()["risk"].as_f64().unwrap());
    let best = risks.fold(f64::INFINITY, f64::min);
    let here = running["path"][2]["value"].as_f64().unwrap();
    assert!((here / best - 1.0).abs() < 1e-6, "{here} is not {best}");
    assert_ne!(running["values"], filter["values"]);
    assert!(told("").text().contains("the statistics of the shards of each batch of 4"));
    assert!(told("--statistics running").text().contains("the running statistics of the model"));

    place.run(&format!("{} --steps 1 -o wide.safetensors", TRAIN.replace("width=6", "width=7"))).expect(0);
    let error = place.run("landscape after4.safetensors --path wide.safetensors").expect(2).stderr;
    assert!(error.contains("wide.safetensors is another network than after4.safetensors"), "{error}");
}

#[test]
fn the_energy_of_a_picture_has_the_curvatures_of_its_operators() {
    let place = Place::new();
    let image = Image::from_fn(Grid::new(1, 24, 20), |_, y, x| 0.5 + 0.3 * (y as f32 / 3.0).sin() * (x as f32 / 4.0).cos());
    let png = io::encode(&Picture::new(image, Depth::U8), Format::Png, &WriteOptions::default()).unwrap().bytes;
    place.write("photo.png", png);
    let found = &place.run("landscape energy:photo.png --lambda 10 --size 5 --json").expect(0).json()[0];
    // λ + ∇ᵀ∇: the least eigenvalue is λ, on constant pictures; the largest is below λ + 8.
    let end = |side: &str| found["curvature"][side][0]["value"].as_f64().unwrap();
    assert!((end("least") - 10.0).abs() < 1e-4, "{}", end("least"));
    assert!((17.5..18.0).contains(&end("largest")), "{}", end("largest"));
    assert!(place.run("landscape photo.png").expect(2).stderr.contains("write energy:photo.png"));
}

#[test]
fn what_is_not_finite_is_a_gap() {
    let place = Place::new();
    let ran =
        place.run("landscape rosenbrock --steps 0 --start=1,1 --radius 1e100 --size 5 --plot gaps.svg --npy gaps.npy").expect(0);
    assert!(ran.text().contains("of 25 points are not finite: gaps"), "{}", ran.text());
    let values = matrix(&place, "gaps.npy");
    assert!(values[0].is_infinite() && values[12] == 0.0, "{values:?}");
    assert!(String::from_utf8(place.read("gaps.svg")).unwrap().contains("not finite"));
    let found = &place.run("landscape rosenbrock --steps 0 --start=1,1 --radius 1e100 --size 5 --json").expect(0).json()[0];
    assert!(found["values"][0][0].is_null());
}

#[test]
fn what_cannot_be_meant_is_refused_with_a_way_out() {
    let place = Place::new();
    place.write("junk.safetensors", "no weights at all");
    place.write("blocked", "a file, not a folder");
    place.snapshot(
        "landscape_refuses",
        &[
            "landscape rosenbrok",
            "landscape gone.safetensors",
            "landscape junk.safetensors",
            "landscape rosenbrock --size 5000",
            "landscape rosenbrock --size 1",
            "landscape rosenbrock --dimensions 3",
            "landscape rosenbrock --radius 0",
            "landscape rosenbrock --directions filter",
            "landscape rosenbrock --directions best",
            "landscape rosenbrock --steps 0 --directions pca",
            "landscape rosenbrock --path junk.safetensors",
            "landscape junk.safetensors --steps 3",
            "landscape rosenbrock --plot map.gif",
            "landscape rosenbrock --npy values.txt",
            "landscape rosenbrock --set eta=10",
            "landscape rosenbrock --npy blocked/values.npy",
        ],
    );
}
