//! DCT-II and DCT-III of sixteen signals at once, of any length.

use super::lanes::{LANES, Lanes};
use ravine_optim::Float;
use rustdct::algorithm::Type2And3SplitRadix;
use rustdct::algorithm::type2and3_butterflies::{
    Type2And3Butterfly2, Type2And3Butterfly4, Type2And3Butterfly8, Type2And3Butterfly16,
};
use rustdct::{DctNum, DctPlanner, TransformType2And3};
use std::sync::Arc;

/// A planned transform.
pub(super) enum Transform<F> {
    /// Lengths 2ⁿ: all lanes together.
    Together(Arc<dyn TransformType2And3<Lanes<F>>>),
    /// Other lengths go through a Fourier transform, which has vectors of its own: one lane after another.
    OneByOne(Arc<dyn TransformType2And3<F>>),
}

/// Which of the two.
#[derive(Clone, Copy)]
pub(super) enum Kind {
    /// DCT-II
    Forward,
    /// DCT-III: back, times N/2.
    Back,
}

/// Room for one thread.
pub(super) struct Room<F> {
    together: Vec<Lanes<F>>,
    one: Vec<F>,
    signal: Vec<F>,
}

impl<F: Float + DctNum> Transform<F> {
    /// For signals of `length` ≥ 1.
    pub(super) fn new(length: usize) -> Self {
        if length.is_power_of_two() && length > 1 {
            Transform::Together(power_of_two(length))
        } else {
            Transform::OneByOne(DctPlanner::new().plan_dct2(length))
        }
    }

    pub(super) fn room(&self) -> Room<F> {
        let (together, one, signal) = match self {
            Transform::Together(plan) => (plan.get_scratch_len(), 0, 0),
            Transform::OneByOne(plan) => (0, plan.get_scratch_len(), plan.len()),
        };
        let zeros = |n| vec![<F as Float>::ZERO; n];
        Room { together: vec![Lanes::splat(0.0); together], one: zeros(one), signal: zeros(signal) }
    }

    /// Sixteen signals in place.
    pub(super) fn apply(&self, kind: Kind, signals: &mut [Lanes<F>], room: &mut Room<F>) {
        match self {
            Transform::Together(plan) => match kind {
                Kind::Forward => plan.process_dct2_with_scratch(signals, &mut room.together),
                Kind::Back => plan.process_dct3_with_scratch(signals, &mut room.together),
            },
            Transform::OneByOne(plan) => {
                for lane in 0..LANES {
                    room.signal.iter_mut().zip(&*signals).for_each(|(to, from)| *to = from.0[lane]);
                    match kind {
                        Kind::Forward => plan.process_dct2_with_scratch(&mut room.signal, &mut room.one),
                        Kind::Back => plan.process_dct3_with_scratch(&mut room.signal, &mut room.one),
                    }
                    signals.iter_mut().zip(&room.signal).for_each(|(to, from)| to.0[lane] = *from);
                }
            }
        }
    }
}

/// The split-radix transform of length 2ⁿ, n ≥ 1, from those of half and a quarter of the length.
fn power_of_two<T: DctNum>(length: usize) -> Arc<dyn TransformType2And3<T>> {
    match length {
        2 => Arc::new(Type2And3Butterfly2::new()),
        4 => Arc::new(Type2And3Butterfly4::new()),
        8 => Arc::new(Type2And3Butterfly8::new()),
        16 => Arc::new(Type2And3Butterfly16::new()),
        _ => {
            let (mut quarter, mut half) = (power_of_two(8), power_of_two(16));
            while half.len() < length {
                let whole = Arc::new(Type2And3SplitRadix::new(half.clone(), quarter));
                (quarter, half) = (half, whole);
            }
            half
        }
    }
}
