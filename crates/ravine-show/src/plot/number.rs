//! Numbers as people read them: five significant digits, powers of ten as powers.

/// `v` with at most five significant digits.
///
/// ```
/// use ravine_show::plot::number::short;
/// assert_eq!([-0.0, 1.0 / 3.0, -0.00125, 24.199999999999996, 123456.7].map(short), ["0", "0.33333", "-0.00125", "24.2", "123460"]);
/// assert_eq!([1.5e-7, 2e30, f64::INFINITY].map(short), ["1.5·10⁻⁷", "2·10³⁰", "inf"]);
/// ```
pub fn short(v: f64) -> String {
    let rounded = format!("{v:.4e}").parse().unwrap_or(v) + 0.0; // of two zeros the one without a sign
    if rounded == 0.0 || !rounded.is_finite() || (1e-4..1e6).contains(&rounded.abs()) {
        return format!("{rounded}");
    }
    let scientific = format!("{rounded:e}");
    match scientific.split_once('e') {
        Some((digits, exponent)) => format!("{digits}·10{}", raised(exponent)),
        None => scientific,
    }
}

/// `10⁻³`; from 0.01 to 1000 as plain numbers.
///
/// ```
/// use ravine_show::plot::number::power_of_ten;
/// assert_eq!([-12, -2, 0, 3, 4].map(power_of_ten), ["10⁻¹²", "0.01", "1", "1000", "10⁴"]);
/// ```
pub fn power_of_ten(exponent: i64) -> String {
    match exponent {
        -2..=3 => format!("{}", 10f64.powi(exponent as i32)),
        _ => format!("10{}", raised(&exponent.to_string())),
    }
}

/// An exponent in superscript.
fn raised(exponent: &str) -> String {
    let digits = ['⁰', '¹', '²', '³', '⁴', '⁵', '⁶', '⁷', '⁸', '⁹'];
    exponent.chars().map(|c| c.to_digit(10).map_or('⁻', |d| digits[d as usize])).collect()
}
