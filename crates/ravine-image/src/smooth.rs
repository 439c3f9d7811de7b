//! The shortest smoothing: weights ¼, ½, ¼.

/// Each value of a plane of rows of `width` becomes ¼, ½, ¼ of its neighbours and itself, along the rows and then along the columns;
/// the border is repeated. It keeps the mean of what is constant at the border and lessens the deviation of white noise to ⅜ of it.
///
/// ```
/// let mut plane = vec![0.0; 5 * 7];
/// plane[2 * 7 + 3] = 16.0;
/// ravine_image::smooth(&mut plane, 7);
/// assert_eq!(plane[7 + 2..][..3], [1.0, 2.0, 1.0]);
/// assert_eq!(plane[14 + 2..][..3], [2.0, 4.0, 2.0]);
/// ```
pub fn smooth(plane: &mut [f32], width: usize) {
    if plane.is_empty() {
        return;
    }
    for row in plane.chunks_mut(width) {
        let mut before = row[0];
        for x in 0..width {
            let here = row[x];
            row[x] = 0.25 * before + 0.5 * here + 0.25 * row[(x + 1).min(width - 1)];
            before = here;
        }
    }
    let mut before = plane[..width].to_vec();
    for start in (0..plane.len()).step_by(width) {
        for (x, before) in before.iter_mut().enumerate() {
            let here = plane[start + x];
            let after = plane.get(start + width + x).copied().unwrap_or(here);
            plane[start + x] = 0.25 * *before + 0.5 * here + 0.25 * after;
            *before = here;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::smooth;

    #[test]
    fn it_spreads_a_point_keeps_a_constant_and_repeats_the_border() {
        let mut plane = vec![0.0; 5 * 7];
        plane[2 * 7 + 3] = 16.0;
        smooth(&mut plane, 7);
        let expected = [[1.0, 2.0, 1.0], [2.0, 4.0, 2.0], [1.0, 2.0, 1.0]];
        for (y, row) in expected.iter().enumerate() {
            assert_eq!(plane[(1 + y) * 7 + 2..][..3], row[..]);
        }
        assert_eq!(plane.iter().sum::<f32>(), 16.0);
        for (size, width) in [(12, 4), (4, 1), (4, 4), (1, 1), (0, 3)] {
            let mut flat = vec![0.75; size];
            smooth(&mut flat, width);
            assert_eq!(flat, vec![0.75; size]);
        }
        let mut column = vec![0.0, 0.0, 4.0];
        smooth(&mut column, 1);
        assert_eq!(column, [0.0, 1.0, 3.0]);
    }
}
