//! Passes that move numbers from one value to another, shared among threads where there are many: which thread moves what changes no bit.

use rayon::prelude::*;

/// Numbers that one task moves, at least.
const TASK: usize = 1 << 14;
/// Numbers from which on a pass is shared. Below, a shard of a batch is one task.
const SHARED: usize = 1 << 18;

/// Calls `meet` for every piece of `m` numbers of y with its piece of `n` numbers of x.
pub(crate) fn each<F: Send + Sync>(y: &mut [F], m: usize, x: &[F], n: usize, meet: impl Fn(&mut [F], &[F]) + Sync) {
    let all = |y: &mut [F], x: &[F]| y.chunks_exact_mut(m).zip(x.chunks_exact(n)).for_each(|(y, x)| meet(y, x));
    if y.len().max(x.len()) < SHARED {
        return all(y, x);
    }
    let together = TASK.div_ceil(m.max(n));
    y.par_chunks_mut(together * m).zip(x.par_chunks(together * n)).for_each(|(y, x)| all(y, x));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_pieces_meet_the_same_as_few() {
        let pixels = SHARED / 3 + 5;
        let x: Vec<usize> = (0..4 * pixels).collect();
        let mut y = vec![0; 3 * pixels];
        each(&mut y, 3, &x, 4, |y, x| y.copy_from_slice(&x[1..]));
        assert!(y.len() > SHARED && y.chunks(3).enumerate().all(|(p, y)| y == [4 * p + 1, 4 * p + 2, 4 * p + 3]));
    }
}
