//! Upper bounds in words. They are rounded up: a bound rounded down is none.

use ravine::optim::Certificate;

/// `bound` with so many decimals, rounded up.
pub(crate) fn decimals(bound: f64, decimals: usize) -> String {
    let scale = 10f64.powi(decimals as i32);
    format!("{:.decimals$}", (bound * scale).ceil() / scale)
}

/// `bound` with two significant digits, rounded up.
pub(crate) fn two_digits(bound: f64) -> String {
    let nearest = format!("{bound:.1e}");
    let read = |text: &str| text.parse::<f64>().unwrap_or(f64::INFINITY);
    let exponent = nearest.split_once('e').map_or(0.0, |(_, exponent)| read(exponent));
    let up = if read(&nearest) < bound { format!("{:.1e}", bound + 0.5 * 10f64.powf(exponent - 1.0)) } else { nearest };
    match read(&up) {
        value if (1e-4..1e4).contains(&value) => value.to_string(),
        _ => up,
    }
}

/// How far the energy can be above the least possible, J*: (J − J*)/J* ≤ gap/dual, because the dual is no more than J*.
pub(crate) fn above_least(certificate: &Certificate) -> String {
    let Certificate { gap, dual, .. } = *certificate;
    let percent = 100.0 * gap / dual;
    match dual > 0.0 {
        _ if gap == 0.0 => "the least possible".into(),
        true if percent < 1e-4 => "less than 0.0001 % above the least possible".into(),
        true => format!("at most {} % above the least possible", two_digits(percent)),
        false => format!("at most {} above the least possible", two_digits(gap)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bound_is_never_printed_smaller_than_it_is() {
        assert_eq!(decimals(0.49175, 2), "0.50");
        assert_eq!(decimals(0.25, 2), "0.25");
        let printed = [0.0191, 0.019, 1.01e-9, 9.91, 99.1, 1.23e7].map(two_digits);
        assert_eq!(printed, ["0.02", "0.019", "1.1e-9", "10", "100", "1.3e7"]);
    }

    #[test]
    fn the_energy_is_held_against_the_dual() {
        let of = |gap, dual| above_least(&Certificate { primal: dual + gap, dual, gap, distance: None });
        assert_eq!(of(1.0, 999.0), "at most 0.11 % above the least possible");
        assert_eq!(of(1e-9, 1.0), "less than 0.0001 % above the least possible");
        assert_eq!(of(0.5, -1.0), "at most 0.5 above the least possible");
    }
}
