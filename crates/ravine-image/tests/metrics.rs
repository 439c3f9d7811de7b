//! PSNR, SSIM and their kin against scikit-image 0.26.0 (numpy 2.4.6). The numbers in `SCIKIT` are what this program prints:
//!
//! ```python
//! import numpy as np
//! from skimage.metrics import structural_similarity
//! def rough(shape, k):
//!     c, h, w = np.indices(shape)
//!     i = (c * shape[1] + h) * shape[2] + w
//!     return ((i * i * 7 + i * k * 13 + k * 29) % 251 / 250).astype(np.float32).astype(float)
//! def smooth(shape, k):
//!     c, h, w = np.indices(shape)
//!     return (((h * (3 + c) + w * 2) % 61) / 60 * 0.5 + rough(shape, k) * 0.25).astype(np.float32).astype(float)
//! for f, shape in [(rough, (1, 11, 11)), (rough, (1, 17, 23)), (smooth, (1, 31, 13)), (smooth, (3, 37, 29))]:
//!     x, y = f(shape, 1), f(shape, 2)
//!     ssim = structural_similarity(x, y, gaussian_weights=True, sigma=1.5, use_sample_covariance=False, data_range=1, channel_axis=0)
//!     mse = ((x - y) ** 2).mean()
//!     print(ssim, -10 * np.log10(mse), np.sqrt(mse), abs(x - y).max())
//! ```
use proptest::prelude::*;
use ravine_image::metric::{compare, max_error, psnr, rmse, round_to_8_bit, ssim, without_border};
use ravine_image::{Grid, Image};

fn rough(grid: Grid, k: usize) -> Image {
    Image::from_fn(grid, |c, y, x| {
        let i = grid.index(c, y, x);
        ((i * i * 7 + i * k * 13 + k * 29) % 251) as f32 / 250.0
    })
}

fn smooth(grid: Grid, k: usize) -> Image {
    let rough = rough(grid, k);
    Image::from_fn(grid, |c, y, x| (((y * (3 + c) + x * 2) % 61) as f64 / 60.0 * 0.5 + rough.at(c, y, x) as f64 * 0.25) as f32)
}

/// (grid, whether smooth, SSIM, PSNR, RMSE, largest error)
type Row = ([usize; 3], bool, f64, f64, f64, f64);
const SCIKIT: [Row; 4] = [
    ([1, 11, 11], false, 0.14948089070584542, 8.439783926648502, 0.3784519991096463, 0.8839999958872795),
    ([1, 17, 23], false, 0.12785800496853275, 8.389048500862025, 0.38066905585611155, 0.8919999822974205),
    ([1, 31, 13], true, 0.5628153956066501, 20.395052755625183, 0.09555366785263657, 0.22299998626112938),
    ([3, 37, 29], true, 0.6423810982203418, 20.395181878888295, 0.09555224737526452, 0.22300001978874207),
];

#[test]
fn the_numbers_are_those_of_scikit_image() {
    for ([c, h, w], is_smooth, s, p, r, m) in SCIKIT {
        let picture = if is_smooth { smooth } else { rough };
        let grid = Grid::new(c, h, w);
        let got = compare(&picture(grid, 1), &picture(grid, 2)).unwrap();
        let near =
            |name: &str, got: f64, wanted: f64| assert!((got - wanted).abs() < 1e-6, "{name} of {grid:?}: {got}, wanted {wanted}");
        near("ssim", got.ssim.unwrap(), s);
        near("psnr", got.psnr.unwrap(), p);
        near("rmse", got.rmse, r);
        near("max_error", got.max_error, m);
    }
}

#[test]
fn equal_pictures_have_no_psnr_and_ssim_one() {
    let u = rough(Grid::new(3, 13, 11), 1);
    let c = compare(&u, &u).unwrap();
    assert_eq!((c.psnr, c.rmse, c.max_error), (None, 0.0, 0.0));
    assert!((c.ssim.unwrap() - 1.0).abs() < 1e-12);
    assert_eq!(
        serde_json::to_string(&compare(&rough(Grid::new(1, 1, 1), 1), &rough(Grid::new(1, 1, 1), 1)).unwrap()).unwrap(),
        r#"{"rmse":0.0,"max_error":0.0}"#
    );
}

#[test]
fn ssim_needs_a_window_and_the_others_do_not() {
    for (h, w) in [(1, 1), (1, 40), (40, 1), (10, 11), (11, 10), (0, 5)] {
        let grid = Grid::new(1, h, w);
        assert_eq!(ssim(&rough(grid, 1), &rough(grid, 2)).unwrap(), None, "{grid:?}");
        assert!(rmse(&rough(grid, 1), &rough(grid, 2)).unwrap().is_finite());
    }
}

#[test]
fn pictures_of_two_sizes_are_refused_with_both_sizes() {
    let (a, b) = (Image::constant(Grid::new(1, 2, 3), 0.0), Image::constant(Grid::new(3, 2, 3), 0.0));
    let message = "the reference is 3×2 with 1 channel(s) and the other picture 3×2 with 3 channel(s): only pictures of one size can be compared";
    assert_eq!(compare(&a, &b).unwrap_err().to_string(), message);
    assert!(psnr(&a, &b).is_err() && ssim(&a, &b).is_err() && rmse(&a, &b).is_err() && max_error(&a, &b).is_err());
}

#[test]
fn a_border_is_cropped_and_leaves_something() {
    let u = rough(Grid::new(2, 5, 7), 1);
    let inner = without_border(&u, 2).unwrap();
    assert_eq!(inner, u.crop(2, 2, 3, 1));
    assert_eq!(without_border(&u, 0).unwrap(), u);
    assert_eq!(without_border(&u, 3).unwrap_err().to_string(), "border = 3 is outside 0..2");
    assert!(without_border(&Image::constant(Grid::new(1, 1, 1), 0.0), 1).is_err());
    assert!(without_border(&u, 1 << 63).is_err(), "its double wraps to 0");
}

#[test]
fn eight_bits_are_clipped_and_nearest() {
    let u = Image::new(Grid::new(1, 1, 5), vec![-0.2, 0.5 / 255.0 + 1e-4, 0.3, 1.0, 7.0]).unwrap();
    assert_eq!(round_to_8_bit(u).map(|v| v * 255.0).pixels(), [0.0, 1.0, 77.0, 255.0, 255.0]);
}

proptest! {
    #[test]
    fn psnr_follows_the_size_of_the_error(h in 1usize..20, w in 1usize..20, e in 0.001f32..0.5) {
        let u = rough(Grid::new(1, h, w), 1);
        let v = u.clone().map(|v| v + e);
        let wanted = -20.0 * (e as f64).log10();
        prop_assert!((psnr(&u, &v).unwrap().unwrap() - wanted).abs() < 1e-2);
        prop_assert_eq!(rmse(&u, &v).unwrap(), rmse(&v, &u).unwrap());
    }
}
