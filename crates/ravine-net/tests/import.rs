//! DnCNNs with the names of PyTorch answer as they do there.
//!
//! The small ones of `tests/fixtures/dncnn` are made by its `make.py`. A trained one is not part of this project:
//! `RAVINE_DNCNN=FOLDER cargo test -p ravine-net --test import -- --ignored` compares it too. The folder holds `dncnn-s-25.safetensors`,
//! `dncnn_s25_input.npy` and `dncnn_s25_output.npy` (rows × columns, the answer in double precision).

use ravine_image::{Denoiser, Grid, Image, io};
use ravine_net::Model;
use ravine_net::weights::{self, Error, Tensor};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/dncnn")
}

fn image(tensor: &Tensor) -> Image {
    let [channels, height, width] = tensor.shape[..] else { panic!("{:?}", tensor.shape) };
    Image::new(Grid::new(channels, height, width), tensor.values.clone()).unwrap()
}

fn largest_difference(a: &Image, b: &Image) -> f32 {
    assert_eq!(a.grid(), b.grid());
    a.pixels().iter().zip(b.pixels()).fold(0.0, |most, (a, b)| most.max((a - b).abs()))
}

fn denoised(model: &Model, f: &Image, sigma: f32) -> Image {
    let mut u = f.clone();
    assert!(model.denoise(&mut u, sigma, &mut |_| ControlFlow::Continue(())).unwrap().is_continue());
    u
}

fn knob(model: &Model, name: &str) -> f64 {
    model.card().network.knobs()[name].to_string().parse().unwrap()
}

#[test]
fn a_dncnn_answers_as_in_pytorch() {
    for (name, channels, depth, width) in [("normalised", 1, 5.0, 6.0), ("biased", 3, 4.0, 5.0), ("plain", 1, 3.0, 4.0)] {
        let model = Model::read(&folder().join(format!("{name}.safetensors"))).unwrap();
        assert_eq!(
            (model.card().network.channels(), knob(&model, "depth"), knob(&model, "width")),
            (channels, depth, width),
            "{name}"
        );
        let answer = weights::read(&folder().join(format!("{name}-answer.safetensors"))).unwrap();
        let (input, output) = (image(&answer.tensors["input"]), image(&answer.tensors["output"]));
        let difference = largest_difference(&denoised(&model, &input, 0.1), &output);
        assert!(difference < 2e-6, "{name}: {difference}");
        assert!(largest_difference(&input, &output) > 1e-2, "{name} changes nothing");
    }
}

#[test]
#[ignore = "needs the folder RAVINE_DNCNN"]
fn the_trained_dncnn_answers_as_in_pytorch() {
    let folder = PathBuf::from(std::env::var_os("RAVINE_DNCNN").expect("RAVINE_DNCNN=FOLDER"));
    let read = |name: &str| io::read_file(&folder.join(name), &io::ReadOptions::default()).unwrap().0.image;
    let model = Model::read(&folder.join("dncnn-s-25.safetensors")).unwrap();
    assert_eq!((model.card().network.channels(), knob(&model, "depth"), knob(&model, "width")), (1, 17.0, 64.0));
    let output = read("dncnn_s25_output.npy");
    let difference = largest_difference(&denoised(&model, &read("dncnn_s25_input.npy"), 25.0 / 255.0), &output);
    assert!(difference < 1e-5, "{difference}");
}

#[test]
fn the_fingerprint_is_the_sha_256_of_the_file() {
    let model = Model::read(&folder().join("plain.safetensors")).unwrap();
    assert_eq!(model.fingerprint(), "85d01efb213dddb9b88cd63e7040919c641a616fda02de95e85e16be0e669144");
}

/// The file `normalised`, with a word of its header changed for another of the same length.
#[track_caller]
fn refused(from: &str, to: &str, words: &str) {
    assert_eq!(from.len(), to.len());
    let mut bytes = std::fs::read(folder().join("normalised.safetensors")).unwrap();
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let at = text.find(from).unwrap_or_else(|| panic!("no {from}"));
    bytes[at..at + to.len()].copy_from_slice(to.as_bytes());
    match Model::from_bytes(&bytes) {
        Ok(_) => panic!("{to} was taken"),
        Err(error) => {
            assert!(matches!(error, Error::Foreign(_)), "{error:?}");
            assert!(error.to_string().contains(words), "{error}");
        }
    }
}

#[test]
fn other_networks_are_named_as_foreign() {
    refused("module.dncnn.0.weight", "module.dncnn.X.weight", "`module.dncnn.X.weight`");
    refused("module.dncnn.2.weight", "module.other.2.weight", "`module.other.2.weight`");
    refused("[6, 1, 3, 3]", "[2, 3, 3, 3]", "takes 3 channels and gives 1");
    refused("[6, 1, 3, 3]", "[3, 2, 3, 3]", "takes 2 channels");
    refused("[6, 1, 3, 3]", "[6, 9, 1, 1]", "not that of a 3 × 3 convolution");
    refused("[6, 1, 3, 3]", "[54, 1, 1,1]", "not that of a 3 × 3 convolution");
    refused("3.running_mean", "3.jogging_mean", "`module.dncnn.3.jogging_mean`");
    refused("0.weight", "7.weight", "takes 6 channels and gives 1");
}
