//! The time of a training step or of an inference, for `benches/networks/run.py`, which lets this program and its peers take turns.
//!
//! `network_speed train|infer THREADS CHANNELS SIDE BATCH DESIGN [KNOB=VALUE]...` makes the network and random pictures of SIDE × SIDE
//! pixels. Each line read from stdin is a number of steps (or of inferences of the batch) to make; their times in seconds are printed as
//! one JSON array. A step is that of a `Descent` of the mean square error by Adam, pairs being at hand.
#![allow(clippy::print_stdout)] // the times are what it is for

use ravine_image::{Grid, Image};
use ravine_net::layer::Weights;
use ravine_net::network::Room;
use ravine_net::risk::{Plan, Samples};
use ravine_net::{Key, Loss, Network, Pair, Pairs, Risk, Shape, Validation, design};
use ravine_optim::parameter::Setting;
use ravine_optim::{Descent, Random, Result, Solver, Stream, rule};
use std::io::{BufRead, Write};
use std::sync::Arc;
use std::time::Instant;

struct AtHand {
    pairs: Vec<Pair>,
}

impl Pairs for AtHand {
    fn channels(&self) -> usize {
        self.pairs[0].clean.grid().channels
    }
    fn size(&self) -> usize {
        self.pairs[0].clean.grid().width
    }
    fn pair(&self, key: Key) -> Result<Pair> {
        Ok(self.pairs[key.index as usize].clone())
    }
}

fn pairs(channels: usize, side: usize, batch: usize) -> Result<Vec<Pair>> {
    let grid = Grid::new(channels, side, side);
    let one = |index: usize| {
        let mut random = Random::new(0, Stream::Noise, index as u64);
        let clean: Vec<f32> = (0..grid.len()).map(|_| random.uniform() as f32).collect();
        let observed = clean.iter().map(|v| v + 0.1 * random.normal() as f32).collect();
        Ok(Pair { observed: Image::new(grid, observed)?, clean: Image::new(grid, clean)?, sigma: 0.1 })
    };
    (0..batch).map(one).collect()
}

fn main() -> std::result::Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [work, threads, channels, side, batch, name, knobs @ ..] = &arguments[..] else {
        return Err("usage: network_speed train|infer THREADS CHANNELS SIDE BATCH DESIGN [KNOB=VALUE]...".into());
    };
    rayon::ThreadPoolBuilder::new().num_threads(threads.parse()?).build_global()?;
    let knobs: Vec<(&str, Setting)> = knobs
        .iter()
        .map(|k| k.split_once('=').map(|(k, v)| (k, v.into())).ok_or("a knob is KNOB=VALUE"))
        .collect::<std::result::Result<_, _>>()?;
    let (channels, side, batch) = (channels.parse()?, side.parse()?, batch.parse()?);
    let network: Network<f32> = design::build(name, &knobs, channels)?;
    let pairs = pairs(channels, side, batch)?;
    match work.as_str() {
        "train" => {
            let held_out = Validation::new(pairs.clone(), Loss::L2)?;
            let plan = Plan { loss: Loss::L2, samples: Samples::Of(batch as u64), batch, seed: 0 };
            let theta = network.initial(0);
            let risk = Risk::new(Arc::new(network), Arc::new(AtHand { pairs }), Arc::new(held_out), plan)?;
            let mut descent = Descent::new(Box::new(risk), theta, rule::build("adam", &[("eta", 1e-3.into())])?)?;
            serve(|| descent.step())
        }
        "infer" => {
            let theta = network.initial(0);
            let (network, theta) = network.folded(&theta, &network.initial_statistics())?;
            let prepared = network.prepare(&theta);
            let inputs = network
                .nodes()
                .first()
                .and_then(|_| (channels..=channels + 1).find(|c| network.shapes(Shape::new(1, side, side, *c)).is_ok()));
            let at = Shape::new(batch, side, side, inputs.ok_or("the network takes no such picture")?);
            let mut room = Room::new(&network, at)?;
            serve(|| {
                room.input().fill(0.5);
                network.run(Weights { theta: &theta, prepared: &prepared }, &mut room);
            })
        }
        _ => Err("what to time is train or infer".into()),
    }
}

fn serve(mut work: impl FnMut()) -> std::result::Result<(), Box<dyn std::error::Error>> {
    for line in std::io::stdin().lock().lines() {
        let mut seconds = Vec::new();
        for _ in 0..line?.trim().parse::<u64>()? {
            let before = Instant::now();
            work();
            seconds.push(before.elapsed().as_secs_f64());
        }
        println!("{seconds:?}");
        std::io::stdout().flush()?;
    }
    Ok(())
}
