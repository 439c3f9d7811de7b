//! A picture restored in tiles is the picture restored whole, up to rounding, whatever its size.

use ravine_image::{Denoiser, Grid, Image, noise};
use ravine_net::weights::{self, Card, Precision};
use ravine_net::{Design, Model, Network, Shape};
use ravine_optim::parameter::Setting;
use ravine_optim::{Random, Stream};
use std::ops::ControlFlow;
use std::path::Path;

/// Tiles lie elsewhere in the blocks of a fast convolution than the picture does, so their last digits differ. Largest difference, for
/// pictures of 0..1.
const ROUNDING: f32 = 2e-6;

fn model(name: &str) -> Model {
    Model::read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/dncnn").join(name)).unwrap()
}

/// A network of this design that changes pictures without being trained, and its θ with the statistics taken in.
struct Untrained {
    model: Model,
    network: Network<f32>,
    theta: Vec<f32>,
}

fn untrained(name: &str, knobs: &[(&str, Setting)], channels: usize) -> Untrained {
    let design = Design::new(name, knobs, channels).unwrap();
    let network = design.network::<f32>().unwrap();
    let mut random = Random::new(7, Stream::Weights, 0);
    let mut theta = network.initial(1);
    theta.iter_mut().for_each(|w| *w += 0.05 * random.normal() as f32);
    let mut statistics = network.initial_statistics();
    statistics.iter_mut().for_each(|s| *s += 0.3 * random.normal().abs() as f32);
    let card = Card { network: design, sigma: [0.0, 55.0], recipe: None, lines: Vec::new() };
    let parts = [(network.layout(), &theta[..]), (network.statistics_layout(), &statistics[..])];
    let model = Model::from_bytes(&weights::encode(&card, &parts, Precision::Single).unwrap()).unwrap();
    let (network, theta) = network.folded(&theta, &statistics).unwrap();
    Untrained { model, network, theta }
}

/// One of each design, grey and colour, blind and told σ, with biases and without.
fn designs() -> [Untrained; 3] {
    let number = |name, value: f64| (name, value.into());
    [
        untrained("dncnn", &[number("depth", 4.0), number("width", 6.0), ("bias", Setting::Switch(false))], 3),
        untrained("ffdnet", &[number("depth", 4.0), number("width", 7.0)], 3),
        untrained("unet", &[number("width", 4.0), number("scales", 3.0), number("blocks", 1.0)], 1),
    ]
}

/// By the network itself, on the whole picture, continued by its mirror image to what the layers merge.
fn by_hand(of: &Untrained, f: &Image, sigma: f32) -> Image {
    let Grid { channels, height, width } = f.grid();
    let multiple = of.network.reach().unwrap().multiple;
    let at = Shape::new(1, height.next_multiple_of(multiple), width.next_multiple_of(multiple), of.model.card().network.inputs());
    let back = |i: usize, n: usize| if i < n { i } else { 2 * (n - 1) - i };
    let mut input = Vec::new();
    for (y, x) in (0..at.height).flat_map(|y| (0..at.width).map(move |x| (y, x))) {
        input.extend((0..channels).map(|c| f.at(c, back(y, height), back(x, width))));
        input.extend((channels..at.channels).map(|_| sigma));
    }
    let output = of.network.infer(&of.theta, at, &input).unwrap();
    Image::from_fn(f.grid(), |c, y, x| output[(y * at.width + x) * channels + c])
}

fn noisy(channels: usize, height: usize, width: usize) -> Image {
    let wave = |c: usize, y: usize, x: usize| 0.5 + 0.3 * ((y + 2 * c) as f32 * 0.4).sin() * (x as f32 * 0.3).cos();
    let mut image = Image::from_fn(Grid::new(channels, height, width), wave);
    noise::add_gaussian(&mut image, 0.1, 1);
    image
}

fn in_tiles(model: &Model, f: &Image, tile: usize) -> Image {
    let mut u = f.clone();
    assert!(model.denoise_in_tiles(&mut u, 0.1, tile, &mut |_| ControlFlow::Continue(())).unwrap().is_continue());
    u
}

fn largest_difference(a: &Image, b: &Image) -> f32 {
    a.pixels().iter().zip(b.pixels()).fold(0.0, |most, (a, b)| most.max((a - b).abs()))
}

#[test]
fn tiles_make_the_whole_picture() {
    let models = [model("normalised.safetensors"), model("biased.safetensors")];
    let designs = designs();
    let models = || models.iter().chain(designs.iter().map(|of| &of.model));
    for (height, width) in [(64, 48), (37, 53), (5, 90), (3, 3), (2, 1), (1, 1)] {
        for model in models() {
            let f = noisy(model.card().network.channels(), height, width);
            let whole = in_tiles(model, &f, usize::MAX);
            assert!(largest_difference(&whole, &f) > 1e-3, "{height} × {width}: nothing was done");
            for tile in [1, 7, 16, 40] {
                let difference = largest_difference(&in_tiles(model, &f, tile), &whole);
                assert!(difference <= ROUNDING, "{height} × {width} in tiles of {tile}: {difference:e}");
            }
        }
    }
}

#[test]
fn every_design_in_tiles_is_its_network_on_the_whole_picture() {
    for (i, design) in designs().iter().enumerate() {
        for (height, width) in [(40, 64), (43, 62), (20, 9)] {
            let f = noisy(design.model.card().network.channels(), height, width);
            let wanted = by_hand(design, &f, 0.1);
            assert!(largest_difference(&wanted, &f) > 1e-2, "design {i}: nothing was done");
            for tile in [1, 8, 20, 1000] {
                let difference = largest_difference(&in_tiles(&design.model, &f, tile), &wanted);
                assert!(difference <= ROUNDING, "design {i}, {height} × {width} in tiles of {tile}: {difference:e}");
            }
        }
    }
}

#[test]
fn a_network_that_is_told_the_noise_answers_otherwise_to_more() {
    let [blind, told, _] = designs();
    let f = noisy(3, 24, 24);
    let after = |of: &Untrained, sigma| {
        let mut u = f.clone();
        assert!(of.model.denoise(&mut u, sigma, &mut |_| ControlFlow::Continue(())).unwrap().is_continue());
        u
    };
    assert_eq!(after(&blind, 0.1), after(&blind, 0.2));
    assert!(largest_difference(&after(&told, 0.1), &after(&told, 0.2)) > 1e-3);
}

#[test]
fn a_grey_model_restores_each_channel_by_itself() {
    let model = model("normalised.safetensors");
    let f = noisy(3, 20, 30);
    let u = in_tiles(&model, &f, 16);
    for c in 0..3 {
        let plane = Image::new(f.grid().grey(), f.plane(c).to_vec()).unwrap();
        assert_eq!(u.plane(c), in_tiles(&model, &plane, 16).pixels());
    }
}

#[test]
fn a_colour_model_sees_three_copies_of_a_grey_picture_and_gives_their_mean() {
    let model = model("biased.safetensors");
    let grey = noisy(1, 37, 53);
    let copies = Image::from_fn(Grid::new(3, 37, 53), |_, y, x| grey.at(0, y, x));
    let colours = in_tiles(&model, &copies, 24);
    let mean = Image::from_fn(grey.grid(), |_, y, x| (0..3).map(|c| colours.at(c, y, x)).sum::<f32>() / 3.0);
    assert!(largest_difference(&colours, &copies) > 1e-3);
    assert!(largest_difference(&in_tiles(&model, &grey, 24), &mean) < 1e-6);
    let two = model.denoise(&mut noisy(2, 9, 9), 0.1, &mut |_| ControlFlow::Continue(()));
    assert!(two.unwrap_err().to_string().contains("take a model for grey pictures"));
}

#[test]
fn a_tile_without_a_pixel_is_refused() {
    let error = model("plain.safetensors").denoise_in_tiles(&mut noisy(1, 8, 8), 0.1, 0, &mut |_| ControlFlow::Continue(()));
    assert!(error.unwrap_err().to_string().contains("tile = 0"));
}

#[test]
fn whoever_watches_sees_every_tile_and_may_end_it_at_any() {
    let model = model("normalised.safetensors");
    let mut parts = Vec::new();
    let end = model.denoise_in_tiles(&mut noisy(3, 40, 60), 0.1, 20, &mut |part| {
        parts.push(part);
        ControlFlow::Continue(())
    });
    assert!(end.unwrap().is_continue());
    assert_eq!(parts.len(), 3 * 2 * 3);
    assert!(parts.is_sorted() && parts[17] == 1.0 && (parts[0] - 1.0 / 18.0).abs() < 1e-12);
    let mut seen = 0;
    let end = model.denoise_in_tiles(&mut noisy(3, 40, 60), 0.1, 20, &mut |_| {
        seen += 1;
        if seen == 8 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    });
    assert!(end.unwrap().is_break());
    assert_eq!(seen, 8);
}

#[test]
fn the_same_bits_for_any_number_of_threads() {
    let model = model("normalised.safetensors");
    let f = noisy(1, 61, 83);
    let on = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| in_tiles(&model, &f, 32))
    };
    let one = on(1);
    for threads in [2, 3, 8] {
        assert!(on(threads).pixels().iter().zip(one.pixels()).all(|(a, b)| a.to_bits() == b.to_bits()), "{threads} threads");
    }
}
