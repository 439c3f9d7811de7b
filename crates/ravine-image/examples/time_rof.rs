//! Times of the fused solver, as JSON. A picture is a file of little-endian f32, row after row.
//!
//! - `time_rof iteration SIZE THREADS REPEATS`: seconds of 16 iterations on a drawn picture, of a gap, and of STREAM's triad over
//!   one such plane and over 10⁷ numbers, on as many threads
//! - `time_rof minimum FILE HEIGHT WIDTH LAMBDA`: the least energy, in f64, to a relative gap of 1e-9
//! - `time_rof certified FILE HEIGHT WIDTH LAMBDA GAP THREADS REPEATS`: seconds from the picture to a certified relative gap
#![allow(clippy::print_stdout)]

use ravine_image::{Energy, Grid, Image, Rof};
use ravine_optim::solver::PrimalDual;
use ravine_optim::{Level, Pace, Random, Solver, Stop, Stream, run};
use rayon::prelude::*;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::Instant;

type Outcome = Result<(), Box<dyn std::error::Error>>;

fn main() -> Outcome {
    let args: Vec<String> = std::env::args().skip(1).collect();
    match args.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["iteration", size, threads, repeats] => iteration(size.parse()?, threads.parse()?, repeats.parse()?),
        ["minimum", file, height, width, lambda] => minimum(&picture(file, height, width)?, lambda.parse()?),
        ["certified", file, height, width, lambda, gap, threads, repeats] => {
            rayon::ThreadPoolBuilder::new().num_threads(threads.parse()?).build_global()?;
            certified(&picture(file, height, width)?, lambda.parse()?, gap.parse()?, repeats.parse()?)
        }
        _ => Err("see the head of time_rof.rs".into()),
    }
}

fn picture(file: &str, height: &str, width: &str) -> Result<Image, Box<dyn std::error::Error>> {
    let numbers = std::fs::read(file)?.chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect();
    Ok(Image::new(Grid::new(1, height.parse()?, width.parse()?), numbers)?)
}

fn minimum(f: &Image, lambda: f64) -> Outcome {
    let wide: Vec<f64> = f.pixels().iter().map(|v| f64::from(*v)).collect();
    let problem = Energy::TotalVariation.problem(f.grid(), wide.clone(), lambda)?;
    let stop = Stop { relative_gap: Some(1e-9), pace: Pace::Approach(256), max_iterations: 1_000_000, ..Stop::default() };
    let outcome = run(&mut PrimalDual::new(Arc::new(problem), wide)?, &stop, &mut |_, _| ControlFlow::Continue(()));
    println!(
        "{{\"primal\":{:?},\"stop\":{:?},\"iterations\":{}}}",
        outcome.measure.value,
        format!("{:?}", outcome.stop),
        outcome.iterations
    );
    Ok(())
}

fn iteration(size: usize, threads: usize, repeats: usize) -> Outcome {
    rayon::ThreadPoolBuilder::new().num_threads(threads).build_global()?;
    let mut random = Random::new(1, Stream::Data, 0);
    let blocks = Image::from_fn(Grid::new(1, size, size), |_, y, x| 0.2 + 0.5 * ((x / 40 + y / 56) % 2) as f32);
    let noisy = blocks.pixels().iter().map(|v| v + 0.1 * random.normal() as f32).collect();
    let mut rof = Rof::new(&Image::new(blocks.grid(), noisy)?, 12.0)?;
    let sixteen = times(repeats, || {
        let mut left = 16;
        while left > 0 {
            left -= rof.advance(left);
        }
    });
    let gap = times(repeats, || {
        std::hint::black_box(rof.certificate());
    });
    let plane = triad(size * size, repeats);
    let large = triad(10_000_000, repeats);
    println!(
        "{{\"size\":{size},\"threads\":{threads},\"sixteen_iterations\":{sixteen:?},\"gap\":{gap:?},\"triad_plane\":{plane:?},\"triad_1e7\":{large:?}}}"
    );
    Ok(())
}

fn certified(f: &Image, lambda: f64, gap: f64, repeats: usize) -> Outcome {
    let stop = Stop { relative_gap: Some(gap), pace: Pace::Approach(32), max_iterations: 100_000, ..Stop::default() };
    let mut seconds = Vec::new();
    let (mut measures, mut last) = (0, None);
    for _ in 0..repeats {
        measures = 0;
        let begin = Instant::now();
        let mut rof = Rof::new(f, lambda)?;
        let outcome = run(&mut rof, &stop, &mut |_, _| {
            measures += 1;
            ControlFlow::Continue(())
        });
        seconds.push(begin.elapsed().as_secs_f64());
        last = Some(outcome);
    }
    let outcome = last.ok_or("REPEATS is at least 1")?;
    let c = outcome.measure.certificate.ok_or("rof has a certificate")?;
    println!(
        "{{\"seconds\":{seconds:?},\"iterations\":{},\"measures\":{measures},\"primal\":{:?},\"dual\":{:?},\"relative_gap\":{:?}}}",
        outcome.iterations,
        c.primal,
        c.dual,
        c.relative_gap()
    );
    Ok(())
}

/// a ← b + 3c, on all threads.
fn triad(n: usize, repeats: usize) -> Vec<f64> {
    let (b, c) = (vec![1.0f32; n], vec![2.0f32; n]);
    let mut a = vec![0.0f32; n];
    let part = n.div_ceil(rayon::current_num_threads());
    let kernel = |a: &mut [f32], b: &[f32], c: &[f32]| {
        Level::best().run(
            #[inline(always)]
            || a.iter_mut().zip(b).zip(c).for_each(|((a, b), c)| *a = b + 3.0 * c),
        );
    };
    times(4 * repeats, || {
        if part == n {
            kernel(&mut a, &b, &c);
        } else {
            a.par_chunks_mut(part).zip(b.par_chunks(part)).zip(c.par_chunks(part)).for_each(|((a, b), c)| kernel(a, b, c));
        }
        std::hint::black_box(&mut a);
    })
}

fn times(repeats: usize, mut work: impl FnMut()) -> Vec<f64> {
    let once = |_| {
        let begin = Instant::now();
        work();
        begin.elapsed().as_secs_f64()
    };
    (0..repeats).map(once).collect()
}
