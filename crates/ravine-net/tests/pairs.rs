//! Pairs follow from their keys alone, hold what they claim, and refuse what cannot be.
use ravine_image::io::{Format, WriteOptions, encode};
use ravine_image::picture::{Depth, Picture};
use ravine_image::{Grid, Image};
use ravine_net::curriculum::Curriculum;
use ravine_net::pairs::family::Kind;
use ravine_net::pairs::{Family, Key, Mixed, Observed, Pair, Pairs, Photographs, Scenes, Source, Span, photographs};
use rayon::prelude::*;
use std::path::{Path, PathBuf};

fn span(text: &str) -> Span {
    text.parse().unwrap()
}

/// A file of this picture in `folder`.
fn file(folder: &Path, name: &str, image: Image) -> PathBuf {
    let bytes = encode(&Picture::new(image, Depth::U8), Format::Png, &WriteOptions::default()).unwrap().bytes;
    let path = folder.join(name);
    std::fs::write(&path, bytes).unwrap();
    path
}

/// No two pixels of it are alike, as far as bytes go.
fn uneven(height: usize, width: usize) -> Image {
    Image::from_fn(Grid::new(3, height, width), |c, y, x| ((y * width + x) * (2 * c + 3) % 256) as f32 / 255.0)
}

fn keys() -> Vec<Key> {
    (0..3).flat_map(|step| (0..6).map(move |index| Key { seed: 9, step: 40 * step, index })).collect()
}

/// Makes the pairs twice on pools of threads and backwards, each time from a new source: they are the same bits.
fn follow_from_their_keys(source: impl Fn() -> Box<dyn Source>, family: Family) {
    let make = || Observed::new(source(), family).unwrap();
    let one: Vec<Pair> = {
        let pairs = make();
        keys().into_iter().map(|key| pairs.pair(key).unwrap()).collect()
    };
    for threads in [1, 2, 3, 8] {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let pairs = make();
        for _ in 0..2 {
            let mut some: Vec<Pair> = pool.install(|| keys().into_par_iter().rev().map(|key| pairs.pair(key).unwrap()).collect());
            some.reverse();
            assert!(some == one, "{} on {threads} threads", family.kind);
        }
    }
    let pairs = make();
    for (key, pair) in keys().into_iter().zip(&one) {
        for other in [Key { seed: 8, ..key }, Key { step: key.step + 1, ..key }, Key { index: key.index + 6, ..key }] {
            let other = pairs.pair(other).unwrap();
            assert!(other.clean != pair.clean && other.observed != pair.observed, "{key:?}");
        }
    }
}

#[test]
fn pairs_of_scenes_follow_from_their_keys() {
    follow_from_their_keys(|| Box::new(Scenes::new(3, 24).unwrap()), Family::gaussian(span("0..55")));
    follow_from_their_keys(|| Box::new(Scenes::independent(1, 24).unwrap()), Family::gaussian(span("25")));
}

#[test]
fn pairs_of_photographs_follow_from_their_keys() {
    let folder = tempfile::tempdir().unwrap();
    let files: Vec<PathBuf> =
        (0..5).map(|k| file(folder.path(), &format!("{k}.png"), uneven(61 + k, 83 - 2 * k).map(|v| 1.0 - v))).collect();
    let source = || -> Box<dyn Source> { Box::new(Photographs::read(&files, 1, 20, 3, photographs::MEMORY).unwrap()) };
    follow_from_their_keys(source, Family { sigma: span("5"), kind: Kind::Poisson { peak: span("10..1000") } });
    follow_from_their_keys(source, Family { sigma: span("0"), kind: Kind::Camera });
    follow_from_their_keys(source, Family { sigma: span("0..20"), kind: Kind::Jpeg { quality: span("10..95") } });
}

#[test]
fn what_is_kept_of_scenes_changes_nothing() {
    // Steps in order, so that sheets are kept and replaced, against a new source for every pair.
    let kept = Scenes::new(1, 16).unwrap();
    for step in (0..200).step_by(9) {
        for index in 0..2 {
            let key = Key { seed: 1, step, index };
            assert!(kept.clean(key).unwrap() == Scenes::new(1, 16).unwrap().clean(key).unwrap(), "{key:?}");
        }
    }
}

#[test]
fn crops_of_one_sheet_overlap_seldom_enough() {
    // The places of a batch have different sheets, and a sheet is replaced: the means of crops vary between and along.
    let scenes = Scenes::new(1, 16).unwrap();
    let mean = |step, index| scenes.clean(Key { seed: 2, step, index }).unwrap().pixels().iter().sum::<f32>() / 256.0;
    let deviation = |values: Vec<f32>| {
        let m = values.iter().sum::<f32>() / values.len() as f32;
        (values.iter().map(|v| (v - m).powi(2)).sum::<f32>() / values.len() as f32).sqrt()
    };
    assert!(deviation((0..24).map(|index| mean(0, index)).collect()) > 0.1);
    assert!(deviation((0..24).map(|k| mean(70 * k, 0)).collect()) > 0.1);
}

/// Of all blocks of 8 × 8, the deviation of mixed second differences, sorted, in 8-bit levels.
fn roughness(source: &dyn Source, crops: u64) -> Vec<f32> {
    let mut all = Vec::new();
    for index in 0..crops {
        let crop = source.clean(Key { seed: 6, step: 0, index }).unwrap();
        let mixed = |y: usize, x: usize| crop.at(0, y + 1, x + 1) - crop.at(0, y + 1, x) - crop.at(0, y, x + 1) + crop.at(0, y, x);
        for block in 0..16 {
            let power = |i: usize| mixed(block / 4 * 8 + i / 8, block % 4 * 8 + i % 8).powi(2);
            all.push(255.0 * ((0..64).map(power).sum::<f32>() / 64.0).sqrt());
        }
    }
    all.sort_by(f32::total_cmp);
    all
}

#[test]
fn scenes_are_as_rough_as_photographs() {
    let all = roughness(&Scenes::independent(1, 40).unwrap(), 300);
    // Those of the photographs of BSDS500 train, which are 2.4, 7.5, 16.5 and 26, within a factor of 1.6.
    for (percent, wanted) in [(25, 2.4), (50, 7.5), (75, 16.5), (90, 26.1)] {
        let ratio = all[all.len() * percent / 100] / wanted;
        assert!((1.0 / 1.6..1.6).contains(&ratio), "{percent} %: {} where photographs have {wanted}", ratio * wanted);
    }
}

#[test]
fn held_out_pairs_are_those_of_no_step() {
    let scenes = Scenes::independent(1, 16).unwrap();
    let held_out = Key::held_out(4, 2);
    assert!(held_out.seed != 4 && held_out == Key::held_out(4, 2) && held_out != Key::held_out(5, 2));
    let crop = scenes.clean(held_out).unwrap();
    assert!((0..50).all(|index| scenes.clean(Key { seed: 4, step: 0, index }).unwrap() != crop));
}

#[test]
fn grey_crops_are_the_luminance_of_colour_crops() {
    let folder = tempfile::tempdir().unwrap();
    let files = [file(folder.path(), "a.png", uneven(40, 50))];
    let (grey, colour) =
        (Photographs::read(&files, 1, 24, 0, 1 << 20).unwrap(), Photographs::read(&files, 3, 24, 0, 1 << 20).unwrap());
    let key = Key { seed: 5, step: 6, index: 7 };
    let (g, c) = (grey.clean(key).unwrap(), colour.clean(key).unwrap());
    for i in 0..24 * 24 {
        let l = 0.299 * c.plane(0)[i] + 0.587 * c.plane(1)[i] + 0.114 * c.plane(2)[i];
        assert!((g.pixels()[i] - l).abs() < 0.51 / 255.0);
    }
    // And a grey picture has three equal planes.
    let files = [file(folder.path(), "g.png", Image::from_fn(Grid::new(1, 30, 30), |_, y, x| (y * 8 + x) as f32 / 255.0))];
    let crop = Photographs::read(&files, 3, 24, 0, 1 << 20).unwrap().clean(key).unwrap();
    assert!(crop.plane(0) == crop.plane(1) && crop.plane(0) == crop.plane(2));
}

#[test]
fn every_place_and_all_eight_orientations_are_reached() {
    let folder = tempfile::tempdir().unwrap();
    let picture = Image::from_fn(Grid::new(1, 5, 6), |_, y, x| (y * 6 + x) as f32 / 255.0);
    let photographs = Photographs::read(&[file(folder.path(), "a.png", picture)], 1, 4, 0, 1 << 20).unwrap();
    // In a crop of 4 × 4 from 2 · 3 places, the corners tell place and orientation.
    let mut seen: Vec<([u8; 3], u32)> = Vec::new();
    for step in 0..4800 {
        let crop = photographs.clean(Key { seed: 0, step, index: 1 }).unwrap();
        let corners = [(0, 0), (0, 3), (3, 0)].map(|(y, x)| (crop.at(0, y, x) * 255.0).round() as u8);
        match seen.iter_mut().find(|(c, _)| *c == corners) {
            Some((_, count)) => *count += 1,
            None => seen.push((corners, 1)),
        }
    }
    assert_eq!(seen.len(), 48);
    assert!(seen.iter().all(|(_, count)| (50..160).contains(count)), "100 of each are expected: {seen:?}");
}

#[test]
fn larger_photographs_give_more_crops() {
    let folder = tempfile::tempdir().unwrap();
    let files = [(20, 20, 0.0), (38, 20, 1.0)]
        .map(|(h, w, v)| file(folder.path(), &format!("{v}.png"), Image::constant(Grid::new(1, h, w), v)));
    let photographs = Photographs::read(&files, 1, 20, 0, 1 << 20).unwrap();
    let bright = (0..2000).filter(|step| photographs.clean(Key { seed: 0, step: *step, index: 0 }).unwrap().at(0, 0, 0) == 1.0);
    let share = bright.count() as f64 / 2000.0;
    assert!((share - 0.95).abs() < 0.02, "19 of 20 places are in the second: {share}");
}

#[test]
fn gaussian_levels_are_uniform_in_their_range_and_true() {
    let pairs = Observed::new(Box::new(Scenes::new(1, 32).unwrap()), Family::gaussian(span("10..50"))).unwrap();
    let mut levels: Vec<f64> = (0..300)
        .map(|step| {
            let Pair { observed, clean, sigma } = pairs.pair(Key { seed: 1, step, index: 0 }).unwrap();
            let power: f32 = observed.pixels().iter().zip(clean.pixels()).map(|(x, y)| (x - y).powi(2)).sum();
            assert!(((power / 1024.0).sqrt() / sigma - 1.0).abs() < 0.12, "σ = {sigma}, got {}", (power / 1024.0).sqrt());
            f64::from(sigma) * 255.0
        })
        .collect();
    levels.sort_by(f64::total_cmp);
    // Kolmogorov's distance to the uniform distribution; beyond 0.094 once in a hundred.
    let far = levels.iter().enumerate().map(|(k, s)| ((s - 10.0) / 40.0 - k as f64 / 300.0).abs()).fold(0.0, f64::max);
    assert!(far < 0.094 && levels[0] >= 10.0 && levels[299] <= 50.0, "{far}");
}

#[test]
fn levels_of_other_noise_are_drawn_and_told() {
    let pairs = |kind: &str| {
        let family = Family { sigma: span("0"), kind: kind.parse().unwrap() };
        let pairs = Observed::new(Box::new(Scenes::new(1, 32).unwrap()), family).unwrap();
        let pairs: Vec<Pair> = (0..60).map(|step| pairs.pair(Key { seed: 1, step, index: 0 }).unwrap()).collect();
        for Pair { observed, clean, sigma } in &pairs {
            let power: f32 = observed.pixels().iter().zip(clean.pixels()).map(|(x, y)| (x - y).powi(2)).sum();
            assert!(((power / 1024.0).sqrt() - sigma).abs() < 1e-5, "{kind}: {sigma}");
        }
        pairs
    };
    // The peak of photons is told by the smallest count but none.
    let least = |pair: &Pair| pair.observed.pixels().iter().copied().filter(|v| *v > 0.0).fold(1.0, f32::min);
    let counted = pairs("poisson:5..20");
    assert!(counted.iter().all(|pair| least(pair) > 0.04) && counted.iter().filter(|pair| least(pair) > 0.1).count() > 10);
    let bytes = |pair: &Pair| pair.observed.pixels().iter().all(|v| ((v * 255.0) - (v * 255.0).round()).abs() < 1e-3);
    let (worst, best) = (pairs("jpeg:5"), pairs("jpeg:95"));
    let (range, camera) = (pairs("jpeg:5..95"), pairs("camera"));
    assert!([&worst, &best, &range].iter().all(|pairs| pairs.iter().all(bytes)) && camera.iter().all(bytes));
    let mean = |pairs: &[Pair]| pairs.iter().map(|pair| f64::from(pair.sigma)).sum::<f64>() / 60.0;
    assert!(mean(&best) < mean(&range) && mean(&range) < mean(&worst) && mean(&camera) > 2.0 / 255.0);
}

#[test]
fn a_curriculum_bounds_sigma_by_the_step() {
    let pairs = |curriculum| {
        let pairs = Observed::new(Box::new(Scenes::new(1, 8).unwrap()), Family::gaussian(span("0..50"))).unwrap();
        pairs.following(curriculum)
    };
    let growing = pairs(Curriculum { steps: 100 }).unwrap();
    let largest = |steps: std::ops::Range<u64>| {
        let level = |step| growing.pair(Key { seed: 3, step, index: 0 }).unwrap().sigma * 255.0;
        steps.map(level).fold(0.0, f32::max)
    };
    assert!(largest(0..20) <= 10.0 && largest(80..100) > 25.0 && largest(100..200) > 40.0);
    let says = |steps, sigma| Curriculum { steps }.check(span(sigma)).unwrap_err().to_string();
    assert_eq!(says(0, "0..50"), "a curriculum of 0 steps is none: give it at least 1");
    assert_eq!(says(10, "25"), "a curriculum needs levels to grow through, and sigma = 25 is only one: give a range such as 0..25");
}

#[test]
fn photographs_that_cannot_serve_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let good = file(folder.path(), "good.png", uneven(40, 30));
    let broken = folder.path().join("broken.jpg");
    std::fs::write(&broken, b"\xff\xd8\xffnot a picture").unwrap();
    let missing = folder.path().join("missing.png");
    let read = |files: &[&PathBuf], size| {
        let files: Vec<PathBuf> = files.iter().map(|f| f.to_path_buf()).collect();
        Photographs::read(&files, 3, size, 0, photographs::MEMORY)
    };
    let some = read(&[&missing, &good, &broken], 16).unwrap();
    assert_eq!((some.count(), some.left_out()), (1, 0));
    let skipped: Vec<&PathBuf> = some.skipped().iter().map(|s| &s.path).collect();
    assert_eq!(skipped, [&broken, &missing]);
    assert!(some.skipped()[0].reason.contains("damaged or truncated JPEG"), "{}", some.skipped()[0].reason);
    assert_eq!(some.skipped()[1].reason, "there is no such file");
    let says = |files: &[&PathBuf], size| read(files, size).unwrap_err().to_string();
    assert_eq!(
        says(&[&good], 31),
        format!(
            "{} has 30 × 40 pixels, and a crop of 31 × 31 does not fit in: give a --crop-size of at most 30, or leave it out",
            good.display()
        )
    );
    assert_eq!(says(&[], 16), "there is no photograph to learn from: give files, or a folder that holds pictures");
    assert_eq!(says(&[&missing], 16), format!("none of the 1 files is a picture; of {}: there is no such file", missing.display()));
    assert_eq!(says(&[&good], 0), "crop-size = 0 is outside [1, ∞)");
}

#[test]
fn memory_is_bounded_by_a_keyed_choice() {
    let folder = tempfile::tempdir().unwrap();
    let files: Vec<PathBuf> = (0..40)
        .map(|k| file(folder.path(), &format!("{k:02}.png"), Image::constant(Grid::new(1, 10, 10), k as f32 / 255.0)))
        .collect();
    let kept = |seed| {
        let some = Photographs::read(&files, 1, 10, seed, 750).unwrap();
        assert_eq!((some.count(), some.left_out()), (7, 33));
        let tone = |step| (some.clean(Key { seed: 0, step, index: 0 }).unwrap().at(0, 0, 0) * 255.0).round() as usize;
        let mut tones: Vec<usize> = (0..400).map(tone).collect();
        tones.sort_unstable();
        tones.dedup();
        tones
    };
    assert_eq!(kept(1).len(), 7);
    assert_eq!(kept(1), kept(1));
    assert_ne!(kept(1), kept(2));
    // One photograph is always kept, however large.
    assert_eq!(Photographs::read(&files[..1], 1, 10, 0, 1).unwrap().count(), 1);
}

#[test]
fn what_cannot_be_learned_is_refused() {
    let says = |sigma: &str, kind: &str| match kind.parse() {
        Ok(kind) => Family { sigma: span(sigma), kind }.check().unwrap_err().to_string(),
        Err(e) => e.to_string(),
    };
    assert_eq!(says("0..400", "gaussian"), "sigma = 400 is outside [0, 255]");
    assert_eq!(says("-1..4", "gaussian"), "sigma = -1 is outside [0, 255]");
    assert_eq!(says("0", "gaussian"), "with sigma = 0 and no other noise there is nothing to learn: give --sigma or --noise");
    assert_eq!(says("0", "poisson:0..4"), "the peak of poisson = 0 is outside (0, 1000000000]");
    assert_eq!(says("0", "salt-pepper:0.5..2"), "the fraction of salt-pepper = 2 is outside [0, 1]");
    assert_eq!(says("0", "jpeg:0..50"), "the quality of jpeg = 0 is outside [1, 100]");
    assert_eq!(says("0", "camera:1..2"), "noise = `camera:1`: it takes no level");
    assert_eq!(says("0", "gaussian:1..2"), "noise = `gaussian:1`: its level is given by sigma");
    assert_eq!(says("0", "poison:1..2"), "there is no noise `poison`: did you mean `poisson`?");
    assert_eq!("2..x".parse::<Span>().unwrap_err().to_string(), "`2..x` is neither a number nor a range such as 0..55");
    assert!(
        "0..inf".parse::<Span>().is_err() && "nan".parse::<Span>().is_err() && serde_json::from_str::<Span>("\"9..3\"").is_err()
    );
    assert_eq!(Scenes::new(2, 8).unwrap_err().to_string(), "a scene has 1 channel (grey) or 3 (colour), not 2");
    assert_eq!(Scenes::new(1, 0).unwrap_err().to_string(), "crop-size = 0 is outside [1, 2048]");
}

#[test]
fn families_are_written_as_they_are_read() {
    for (sigma, kind) in [
        ("25", "gaussian"),
        ("0..55", "poisson:30"),
        ("2.5", "poisson:5..100"),
        ("0", "salt-pepper:0.1..0.5"),
        ("0", "jpeg:30"),
        ("0..9", "jpeg:10..95"),
        ("0", "camera"),
    ] {
        let family = Family { sigma: span(sigma), kind: kind.parse().unwrap() };
        let json = serde_json::to_string(&family).unwrap();
        assert_eq!(serde_json::from_str::<Family>(&json).unwrap(), family, "{json}");
        assert_eq!((family.sigma.to_string(), family.kind.to_string()), (sigma.to_string(), kind.to_string()));
    }
    assert_eq!(serde_json::from_str::<Family>(r#"{"sigma":25}"#).unwrap(), Family::gaussian(span("25")));
}

/// Pictures of one value.
struct Plain(f32, usize);

impl Source for Plain {
    fn channels(&self) -> usize {
        1
    }
    fn size(&self) -> usize {
        self.1
    }
    fn clean(&self, _: Key) -> ravine_optim::Result<Image> {
        Ok(Image::from_fn(Grid::new(1, self.1, self.1), |_, _, _| self.0))
    }
}

#[test]
fn a_share_of_the_pictures_is_of_the_other_source() {
    let others = |share: f64| {
        let mixed = Mixed::new(Box::new(Plain(0.0, 2)), Box::new(Plain(1.0, 2)), share).unwrap();
        (0..1000).map(|i| mixed.clean(Key { seed: 4, step: i / 16, index: i % 16 }).unwrap().at(0, 0, 0)).sum::<f32>()
    };
    assert_eq!((others(0.0), others(1.0)), (0.0, 1000.0));
    assert!((others(0.25) - 250.0).abs() < 3.0 * (0.25_f32 * 0.75 * 1000.0).sqrt(), "{}", others(0.25)); // three standard deviations
    let refused = |size, share| Mixed::new(Box::new(Plain(0.0, 2)), Box::new(Plain(1.0, size)), share).err().unwrap().to_string();
    assert_eq!(refused(2, 1.5), "scenes = 1.5 is outside [0, 1]");
    assert_eq!(
        refused(3, 0.5),
        "one source gives 2 × 2 pixels of 1 channels, and the other 3 × 3 pixels of 1 channels: give both the same shape"
    );
}
