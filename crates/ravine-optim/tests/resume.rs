//! Law: a run that is saved, loaded into a fresh descent and continued equals the uninterrupted one, bit for bit.

mod variants;

use ravine_optim::{Descent, Float, Solver, State};
use std::collections::BTreeMap;
use variants::bits;

const N: usize = 37;

/// Whatever the walk over the state shows.
#[derive(Debug, Clone, PartialEq)]
enum Saved {
    Slice(Vec<u64>),
    Number(u64),
    Count(u64),
}

fn save<F: Float>(descent: &mut Descent<F>) -> BTreeMap<String, Saved> {
    let mut all = BTreeMap::new();
    descent.state(&mut |name, state| {
        let saved = match state {
            State::Slice(x) => Saved::Slice(bits(x)),
            State::Number(x) => Saved::Number(x.to_bits()),
            State::Count(n) => Saved::Count(*n),
        };
        assert!(all.insert(name.to_string(), saved).is_none(), "two pieces of state are called {name}");
    });
    all
}

fn load<F: Float>(descent: &mut Descent<F>, saved: &BTreeMap<String, Saved>) {
    descent.state(&mut |name, state| match (state, &saved[name]) {
        (State::Slice(x), Saved::Slice(bits)) => {
            assert_eq!(x.len(), bits.len(), "{name}");
            x.iter_mut().zip(bits).for_each(|(x, bits)| *x = F::from_f64(f64::from_bits(*bits)));
        }
        (State::Number(x), Saved::Number(bits)) => *x = f64::from_bits(*bits),
        (State::Count(n), Saved::Count(saved)) => *n = *saved,
        _ => panic!("{name} has changed its kind"),
    });
}

#[test]
fn a_resumed_descent_equals_an_uninterrupted_one() {
    fn law<F: Float>() {
        for variant in variants::all() {
            let mut whole = variant.descent::<F>(N);
            (0..23).for_each(|_| whole.step());
            let mut first = variant.descent::<F>(N);
            (0..14).for_each(|_| first.step());
            let mut second = variant.descent::<F>(N);
            load(&mut second, &save(&mut first));
            assert_eq!(bits(second.iterate()), bits(first.iterate()), "{}", variant.name());
            (0..9).for_each(|_| second.step());
            assert_eq!(save(&mut second), save(&mut whole), "{}", variant.name());
            assert_eq!(bits(second.iterate()), bits(whole.iterate()), "{}", variant.name());
        }
    }
    law::<f32>();
    law::<f64>();
}

#[test]
fn the_plateau_of_these_runs_has_cut_before_they_are_saved() {
    let cut = |variant: &variants::Variant| {
        let mut descent = variant.descent::<f64>(N);
        (0..14).for_each(|_| descent.step());
        descent.learning_rate() < variant.descent::<f64>(N).learning_rate()
    };
    assert!(variants::all().iter().any(cut));
}
