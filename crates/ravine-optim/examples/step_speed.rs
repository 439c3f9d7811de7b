//! The time of one step of a rule, for `benches/steps/run.py`, which lets this program and its peers take turns.
//!
//! `step_speed RULE N THREADS` makes a vector of N f32. Each line read from stdin is a number of steps to make; their times in
//! seconds are printed as one JSON array.
#![allow(clippy::print_stdout)] // the times are what it is for

use ravine_optim::{Random, Stream, rule};
use std::io::{BufRead, Write};
use std::time::Instant;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().collect();
    let [_, name, n, threads] = &arguments[..] else { return Err("usage: step_speed RULE N THREADS".into()) };
    rayon::ThreadPoolBuilder::new().num_threads(threads.parse()?).build_global()?;
    let n: usize = n.parse()?;
    let mut random = Random::new(0, Stream::Data, 0);
    let mut x: Vec<f32> = (0..n).map(|_| random.normal() as f32).collect();
    let gradient: Vec<f32> = (0..n).map(|_| random.normal() as f32).collect();
    let mut update = rule::build::<f32>(name, &[("eta", 1e-3.into())])?;
    update.start(&x);
    let mut t = 0;
    for line in std::io::stdin().lock().lines() {
        let mut seconds = Vec::new();
        for _ in 0..line?.trim().parse::<u64>()? {
            let before = Instant::now();
            update.begin(t);
            update.update(&mut x, &gradient, 0.0);
            seconds.push(before.elapsed().as_secs_f64());
            t += 1;
        }
        println!("{seconds:?}");
        std::io::stdout().flush()?;
    }
    Ok(())
}
