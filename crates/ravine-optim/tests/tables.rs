//! Every row of the table of terms is a term that can be built, with the value that its line states.

use ravine_optim::Term;
use ravine_optim::term::{Bounds, GroupNorm, Huber, Indicator, Mass, Simplex, Squares, SquaresWithin, TERMS};

#[test]
fn every_term_of_the_table_is_there_and_has_the_value_of_its_line() {
    let x = [3.0, 0.0, 4.0, 1.0]; // two positions, (3, 4) and (0, 1)
    for (name, _) in TERMS {
        let (term, wanted): (Box<dyn Term<f64>>, f64) = match name {
            "squares" => (Box::new(Squares::<f64>::new(2.0).unwrap()), 26.0),
            "group-norm" => (Box::new(GroupNorm::new(2).unwrap()), 6.0),
            "l1" => (Box::new(GroupNorm::l1()), 8.0),
            "huber" => (Box::new(Huber::new(2, 1.0).unwrap()), 5.0),
            "bounds" => (Box::new(Indicator(Bounds::even(4, 0.0, 4.0).unwrap())), 0.0),
            "simplex" => (Box::new(Indicator(Simplex::new(8.0).unwrap())), 0.0),
            "mass" => (Box::new(Indicator(Mass::new(8.0).unwrap())), 0.0),
            "squares-within" => {
                let set = Bounds::even(4, 0.0, 4.0).unwrap();
                (Box::new(SquaresWithin::new(2.0, vec![0.0; 4], set).unwrap()), 26.0)
            }
            other => panic!("{other} is in the table, but nothing here builds it"),
        };
        assert_eq!(term.value(&x), wanted, "{name}");
        assert!(term.proximal().is_some(), "{name}");
        if wanted == 0.0 {
            assert_eq!(term.value(&[3.0, 0.0, 4.0, 9.0]), f64::INFINITY, "{name}");
        }
    }
}
