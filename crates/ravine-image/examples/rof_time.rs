#![allow(clippy::print_stdout, missing_docs)]
use ravine_image::{Grid, Image, Rof};
use ravine_optim::{Random, Solver, Stream};
use std::time::Instant;

fn main() {
    let args: Vec<usize> = std::env::args().skip(1).map(|a| a.parse().unwrap()).collect();
    let (size, threads, channels) = (args[0], args[1], args.get(2).copied().unwrap_or(1));
    rayon::ThreadPoolBuilder::new().num_threads(threads).build_global().unwrap();
    let mut random = Random::new(1, Stream::Data, 0);
    let f = Image::from_fn(Grid::new(1, size, size), |_, y, x| ((x / 40 + y / 56) % 2) as f32 * 0.5 + 0.2);
    let f = Image::new(
        Grid::new(channels, size, size),
        (0..channels * size * size).map(|i| f.pixels()[i % (size * size)] + 0.1 * random.normal() as f32).collect(),
    )
    .unwrap();
    let mut rof = Rof::new(&f, 12.0).unwrap();
    let (n, reps) = (16, if size > 1000 { 5 } else { 30 });
    let mut best = f64::MAX;
    for _ in 0..reps {
        let t = Instant::now();
        let mut done = 0;
        while done < n {
            done += rof.advance(n - done);
        }
        best = best.min(t.elapsed().as_secs_f64() / n as f64);
    }
    let mut check = f64::MAX;
    let mut c = rof.certificate();
    for _ in 0..reps {
        let t = Instant::now();
        c = rof.certificate();
        check = check.min(t.elapsed().as_secs_f64());
    }
    let mut copy = f64::MAX;
    for _ in 0..5 {
        rof.advance(1);
        let t = Instant::now();
        rof.iterate();
        copy = copy.min(t.elapsed().as_secs_f64());
    }
    let m = channels * size * size;
    let (b, cc) = (vec![1f32; m], vec![2f32; m]);
    let mut a = vec![0f32; m];
    let mut triad = f64::MAX;
    for _ in 0..reps * 4 {
        let t = Instant::now();
        ravine_optim::Level::best().run(
            #[inline(always)]
            || {
                for i in 0..m {
                    a[i] = b[i] + 3.0 * cc[i];
                }
            },
        );
        std::hint::black_box(&mut a);
        triad = triad.min(t.elapsed().as_secs_f64());
    }
    println!(
        "iteration {:.4} ms ({:.2} triads, 36B: {:.1} GB/s; triad {:.4} ms {:.1} GB/s), gap {:.4} ms = {:.2} it, copy {:.4} ms, gap {:.2e}",
        best * 1e3,
        best / triad,
        36.0 * m as f64 / best / 1e9,
        triad * 1e3,
        12.0 * m as f64 / triad / 1e9,
        check * 1e3,
        check / best,
        copy * 1e3,
        c.relative_gap()
    );
}
