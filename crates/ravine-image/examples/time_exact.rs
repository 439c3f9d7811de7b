//! Times of the closed form, planning included, as JSON: `time_exact SIZE THREADS REPEATS`.
#![allow(clippy::print_stdout)]

use ravine_image::{Grid, exact};
use ravine_optim::{Random, Stream};
use std::time::Instant;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let numbers: Vec<usize> = std::env::args().skip(1).map(|a| a.parse()).collect::<Result<_, _>>()?;
    let [size, threads, repeats] = numbers[..] else { return Err("time_exact SIZE THREADS REPEATS".into()) };
    rayon::ThreadPoolBuilder::new().num_threads(threads).build_global()?;
    let mut random = Random::new(1, Stream::Data, 0);
    let f: Vec<f32> = (0..size * size).map(|_| random.uniform() as f32).collect();
    let mut seconds = Vec::new();
    for _ in 0..repeats {
        let begin = Instant::now();
        std::hint::black_box(exact::tikhonov(Grid::new(1, size, size), &f, 0.5)?);
        seconds.push(begin.elapsed().as_secs_f64());
    }
    println!("{{\"size\":{size},\"threads\":{threads},\"seconds\":{seconds:?}}}");
    Ok(())
}
