//! The named networks: what they are, where they start, what they see, what they refuse.

use ravine_net::design::{DESIGNS, build};
use ravine_net::layer::Weights;
use ravine_net::{Design, Network, Reach, Shape, Tape};
use ravine_optim::parameter::Setting;
use ravine_optim::{Random, Stream};

type Knobs<'a> = &'a [(&'a str, Setting)];

fn draw(len: usize, seed: u64) -> Vec<f64> {
    let mut random = Random::new(seed, Stream::Data, len as u64);
    (0..len).map(|_| random.uniform()).collect()
}

/// θ from which nothing is zero any more.
fn stirred(network: &Network<f64>) -> Vec<f64> {
    let mut random = Random::new(3, Stream::Data, 0);
    network.initial(1).into_iter().map(|w| w + 0.1 * random.normal()).collect()
}

fn tiny() -> Vec<Design> {
    let design = |name: &str, channels, knobs: Knobs| Design::new(name, knobs, channels).unwrap();
    let (width, plain) = (("width", Setting::Number(3.0)), ("batch_norm", Setting::Switch(false)));
    vec![
        design("dncnn", 1, &[width.clone(), plain.clone(), ("depth", 4.0.into())]),
        design("dncnn", 3, &[width.clone(), plain, ("depth", 3.0.into()), ("noise_map", true.into())]),
        design("ffdnet", 1, &[width.clone(), ("depth", 3.0.into())]),
        design("ffdnet", 3, &[width.clone(), ("depth", 2.0.into()), ("noise_map", false.into())]),
        design("unet", 1, &[width.clone(), ("blocks", 1.0.into())]),
        design("unet", 1, &[width.clone(), ("scales", 2.0.into()), ("halved", true.into())]),
        design("unet", 3, &[width, ("scales", 2.0.into()), ("noise_map", false.into()), ("bias", true.into())]),
    ]
}

#[test]
fn training_starts_at_the_identity() {
    for row in DESIGNS {
        for channels in [1, 3] {
            for noise_map in [true, false] {
                let knobs: Knobs = &[("width", 8.0.into()), ("noise_map", noise_map.into())];
                let design = Design::new(row.name, knobs, channels).unwrap();
                let network = design.network::<f64>().unwrap();
                let at = Shape::new(1, 8, 12, design.inputs());
                let (folded, theta) = network.folded(&network.initial(7), &network.initial_statistics()).unwrap();
                let input = draw(at.len(), 2);
                let picture: Vec<f64> = input.chunks(at.channels).flat_map(|pixel| pixel[..channels].to_vec()).collect();
                assert_eq!(folded.infer(&theta, at, &input).unwrap(), picture, "{design:?}");
            }
        }
    }
}

/// With the last convolutions at zero the first step can only move those; the second moves everything.
#[test]
fn everything_learns_after_the_first_step() {
    for design in tiny() {
        let network = design.network::<f64>().unwrap();
        let at = Shape::new(2, 8, 8, design.inputs());
        let mut tape = Tape::new(&network, at).unwrap();
        tape.input().copy_from_slice(&draw(at.len(), 5));
        let mut theta = network.initial(9);
        let mut reached = vec![false; theta.len()];
        for _ in 0..3 {
            let weights = Weights { theta: &theta, prepared: &network.prepare(&theta) };
            network.forward(weights, &mut tape);
            let (y, dy) = tape.output();
            dy.iter_mut().zip(y).for_each(|(dy, y)| *dy = y - 0.5);
            let mut gradient = vec![0.0; theta.len()];
            network.gradient(weights, &mut tape, &mut gradient);
            reached.iter_mut().zip(&gradient).for_each(|(r, g)| *r |= *g != 0.0);
            theta.iter_mut().zip(&gradient).for_each(|(w, g)| *w -= 0.01 * g);
        }
        for block in network.layout().blocks() {
            assert!(reached[block.range.clone()].iter().any(|r| *r), "{design:?}: {} never has a gradient", block.name);
        }
    }
}

#[test]
fn initial_weights_follow_from_the_seed() {
    let network = Design::new("dncnn", &[("width", 8.0.into())], 1).unwrap().network::<f32>().unwrap();
    assert_eq!(network.initial(1), network.initial(1));
    assert_ne!(network.initial(1), network.initial(2));
    let kernel = |i: usize| &network.layout().blocks()[i].range;
    let theta = network.initial(1);
    let hidden: Vec<&ravine_optim::Block> = network.layout().blocks().iter().filter(|b| b.shape == [3, 3, 8, 8]).collect();
    assert!(hidden.len() == 15 && theta[hidden[0].range.clone()] != theta[hidden[1].range.clone()], "{:?}", kernel(0));
}

/// Numbers of weights as the papers' own code has them.
#[test]
fn the_sizes_are_those_of_the_papers() {
    let weights = |name: &str, knobs: Knobs, channels| build::<f32>(name, knobs, channels).unwrap().layout().len();
    assert_eq!(weights("dncnn", &[("bias", false.into())], 1), 556_032);
    assert_eq!(weights("ffdnet", &[], 1), 485_316);
    assert_eq!(weights("ffdnet", &[("depth", 12.0.into()), ("width", 96.0.into())], 3), 852_108);
    let drunet: Knobs = &[("width", 64.0.into()), ("growth", 2.0.into()), ("scales", 4.0.into()), ("blocks", 4.0.into())];
    assert_eq!(weights("unet", drunet, 3), 32_640_960);
}

#[test]
fn without_biases_a_network_is_homogeneous() {
    for (name, batch_norm) in [("dncnn", true), ("ffdnet", false), ("unet", false)] {
        let mut knobs: Vec<(&str, Setting)> = vec![("bias", false.into()), ("noise_map", true.into()), ("width", 5.0.into())];
        if batch_norm {
            knobs.push(("batch_norm", false.into()));
        }
        let network = build::<f64>(name, &knobs, 1).unwrap();
        let (theta, at) = (stirred(&network), Shape::new(1, 8, 8, 2));
        let x = draw(at.len(), 4);
        let y = network.infer(&theta, at, &x).unwrap();
        let doubled: Vec<f64> = x.iter().map(|x| 2.0 * x).collect();
        let halves: Vec<f64> = network.infer(&theta, at, &doubled).unwrap().iter().map(|y| y / 2.0).collect();
        assert_eq!(y, halves, "{name}");
    }
}

#[test]
fn the_reach_is_worked_out_by_hand() {
    let reach = |name, knobs: Knobs| build::<f32>(name, knobs, 1).unwrap().reach().unwrap();
    assert_eq!(reach("dncnn", &[]), Reach { halo: 17, multiple: 1 });
    // 15 convolutions at pixels twice as wide.
    assert_eq!(reach("ffdnet", &[]), Reach { halo: 30, multiple: 2 });
    let scales = |n: f64| [("scales", Setting::Number(n)), ("blocks", 1.0.into())];
    assert_eq!(reach("unet", &scales(1.0)), Reach { halo: 4, multiple: 1 });
    // Backwards: tail 1, block 2, whole pixels 4; block 4, whole pixels 8; block 8; block 4; block 2, head 1, whole pixels 24.
    assert_eq!(reach("unet", &scales(3.0)), Reach { halo: 24, multiple: 4 });
    // At pixels twice as wide.
    let halved = |n: f64| [scales(n).to_vec(), vec![("halved", true.into())]].concat();
    assert_eq!(reach("unet", &halved(1.0)), Reach { halo: 8, multiple: 2 });
    assert_eq!(reach("unet", &halved(3.0)), Reach { halo: 48, multiple: 8 });
}

/// A tile with its halo gives what the whole picture gives; with one pixel of the grid less it does not.
#[test]
fn tiles_with_the_halo_give_what_the_picture_gives() {
    for design in tiny() {
        let network = design.network::<f64>().unwrap();
        let theta = stirred(&network);
        let Reach { halo, multiple } = network.reach().unwrap();
        let side = 24 * multiple + 4 * halo;
        let at = Shape::new(1, multiple, side, design.inputs());
        let x = draw(at.len(), 6);
        let whole = network.infer(&theta, at, &x).unwrap();
        let (inner, middle) = (4 * multiple, (side / 2).next_multiple_of(multiple));
        // The largest difference on the tile's own pixels. (The strip is one grid step high: its edges are the picture's.)
        let error = |halo: usize| {
            let (left, right) = (middle - halo, middle + inner + halo);
            let width = right - left;
            let cut: Vec<f64> =
                x.chunks(side * at.channels).flat_map(|row| row[left * at.channels..right * at.channels].to_vec()).collect();
            let tile = network.infer(&theta, Shape::new(1, multiple, width, at.channels), &cut).unwrap();
            let c = design.channels();
            let rows = whole.chunks(side * c).zip(tile.chunks(width * c));
            rows.flat_map(|(whole, tile)| {
                whole[middle * c..(middle + inner) * c]
                    .iter()
                    .zip(&tile[halo * c..])
                    .map(|(a, b)| (a - b).abs())
                    .collect::<Vec<_>>()
            })
            .fold(0.0, f64::max)
        };
        assert!(error(halo) < 1e-12, "{design:?}: {:.1e} with a halo of {halo}", error(halo));
        assert!(error(halo - multiple) > 1e-9, "{design:?}: a halo of {} is enough, not {halo}", halo - multiple);
    }
}

#[test]
fn pictures_of_other_sizes_are_refused_with_the_size_that_would_do() {
    let design = Design::new("unet", &[("width", 4.0.into())], 1).unwrap();
    let network = design.network::<f32>().unwrap();
    let says = |h, w, c| Tape::new(&network, Shape::new(1, h, w, c)).unwrap_err().to_string();
    assert_eq!(
        says(10, 16, 2),
        "the network merges pixels and needs sides that are multiples of 4: extend 10 × 16 pixels to 12 × 16"
    );
    assert_eq!(says(8, 8, 1), "a convolution of 2 channels cannot take 1 × 8 × 8 × 1");
}

#[test]
fn knobs_are_checked_by_name_range_and_wholeness() {
    let says = |name: &str, knobs: Knobs, channels| Design::new(name, knobs, channels).unwrap_err().to_string();
    assert_eq!(says("dncn", &[], 1), "there is no network `dncn`: did you mean `dncnn`?");
    assert_eq!(says("dncnn", &[("wdith", 3.0.into())], 1), "there is no parameter of dncnn `wdith`: did you mean `width`?");
    assert_eq!(says("ffdnet", &[("depth", 1.0.into())], 1), "depth = 1 is outside [2, 64]");
    assert_eq!(says("ffdnet", &[("depth", f64::NAN.into())], 1), "depth = NaN is outside [2, 64]");
    assert_eq!(says("dncnn", &[("depth", 5.5.into())], 1), "depth = `5.5`: a whole number is wanted");
    assert_eq!(says("unet", &[("bias", 3.0.into())], 1), "bias = `3`: true or false is wanted");
    assert_eq!(says("unet", &[], 2), "a network takes pictures of 1 channel (grey) or 3 (colour), not 2");
    let huge = says("unet", &[("width", 1024.0.into()), ("scales", 6.0.into()), ("growth", 4.0.into())], 1);
    assert!(huge.starts_with("this unet has ") && huge.ends_with(" weights, more than 100000000: lower its width"), "{huge}");
}

#[test]
fn a_design_says_all_its_knobs_and_comes_back_from_a_file() {
    for row in DESIGNS {
        let design = Design::new(row.name, &[("noise_map", true.into())], 3).unwrap();
        assert_eq!(design.knobs().len(), (row.parameters)().len(), "{}", row.name);
        assert!(design.noise_map() && design.inputs() == 4);
        let text = serde_json::to_string(&design).unwrap();
        assert_eq!(serde_json::from_str::<Design>(&text).unwrap(), design);
        let foreign = text.replace("\"channels\":3", "\"channels\":4");
        assert!(serde_json::from_str::<Design>(&foreign).unwrap_err().to_string().contains("not 4"));
    }
}
