//! NumPy's `.npy`: a magic, a dictionary as text, then the numbers. (Format versions 1 to 3, numpy.lib.format.)

use super::raster::{Raster, Samples};
use super::{Contents, Decoded, Error, Limits, Result};

/// What the header says.
struct Header {
    /// The type of a number, such as `<f4`.
    descr: String,
    fortran: bool,
    shape: Vec<usize>,
    /// Where the numbers start.
    start: usize,
}

pub(super) fn read(bytes: &[u8], limits: &Limits) -> Result<Decoded> {
    let header =
        parse(bytes).ok_or_else(|| Error::Unreadable("it is a damaged or truncated .npy file: its header ends early".into()))?;
    let (height, width, channels) = axes(&header.shape)?;
    limits.check(channels, height as u64, width as u64)?;
    let (big, kind) = match header.descr.split_at_checked(1) {
        Some(("<" | "|", kind)) => (false, kind),
        Some((">", kind)) => (true, kind),
        _ => (false, header.descr.as_str()),
    };
    let size = match kind {
        "u1" => 1,
        "u2" => 2,
        "f4" => 4,
        "f8" => 8,
        _ => {
            return Err(Error::Unreadable(format!(
                "its numbers are `{}`: u1, u2, f4 and f8 are read; convert it with `.astype(numpy.float32)`",
                header.descr
            )));
        }
    };
    let wanted = [height, width, channels, size].iter().fold(1_u128, |product, n| product.saturating_mul(*n as u128));
    let got = bytes.len() - header.start;
    if got as u128 != wanted {
        return Err(Error::Unreadable(format!(
            "it is a damaged or truncated .npy file: {height}×{width}×{channels} numbers of {size} bytes are {wanted} bytes, not {got}"
        )));
    }
    let order = Order { height, width, channels, fortran: header.fortran };
    let data = &bytes[header.start..];
    let samples = match kind {
        "u1" => Samples::U8(order.gather(data, |[b]| b)),
        "u2" => Samples::U16(order.gather(data, if big { u16::from_be_bytes } else { u16::from_le_bytes })),
        "f4" => Samples::F32(order.gather(data, if big { f32::from_be_bytes } else { f32::from_le_bytes })),
        _ => Samples::F64(order.gather(data, if big { f64::from_be_bytes } else { f64::from_le_bytes })),
    };
    Ok(Decoded::bare(Raster { width, height, colours: channels, alpha: false, samples }))
}

/// Which number is which.
struct Order {
    height: usize,
    width: usize,
    channels: usize,
    fortran: bool,
}

impl Order {
    /// The numbers, row by row, a pixel's channels side by side.
    fn gather<T, const N: usize>(&self, data: &[u8], number: impl Fn([u8; N]) -> T) -> Vec<T> {
        let (all, _) = data.as_chunks::<N>();
        if !self.fortran {
            return all.iter().map(|b| number(*b)).collect();
        }
        let at = |y: usize, x: usize, c: usize| y + self.height * (x + self.width * c);
        let pixels = (0..self.height).flat_map(|y| (0..self.width).map(move |x| (y, x)));
        pixels.flat_map(|(y, x)| (0..self.channels).map(move |c| (y, x, c))).map(|(y, x, c)| number(all[at(y, x, c)])).collect()
    }
}

/// Height, width, channels.
fn axes(shape: &[usize]) -> Result<(usize, usize, usize)> {
    match *shape {
        [height, width] => Ok((height, width, 1)),
        [first @ 1..=4, second, third] if third > 16 => Err(Error::Unreadable(format!(
            "its shape {first}×{second}×{third} looks like channels × rows × columns, but H×W×C is read: \
             use `numpy.moveaxis(a, 0, -1)`"
        ))),
        [height, width, channels] => Ok((height, width, channels)),
        _ => Err(Error::Unreadable(format!("its array has {} axes: H×W and H×W×C are read", shape.len()))),
    }
}

fn parse(bytes: &[u8]) -> Option<Header> {
    let (length, text): (usize, usize) = match bytes.get(6)? {
        1 => (usize::from(u16::from_le_bytes(bytes.get(8..10)?.try_into().ok()?)), 10),
        _ => (u32::from_le_bytes(bytes.get(8..12)?.try_into().ok()?) as usize, 12),
    };
    let start = text.checked_add(length)?;
    let dictionary = std::str::from_utf8(bytes.get(text..start)?).ok()?;
    let value = |key: &str| {
        let after = &dictionary[dictionary.find(&format!("'{key}'"))?..];
        Some(after[after.find(':')? + 1..].trim_start())
    };
    let descr = value("descr")?.strip_prefix('\'')?.split('\'').next()?.to_string();
    let fortran = value("fortran_order")?.starts_with("True");
    let tuple = value("shape")?.strip_prefix('(')?.split(')').next()?;
    let shape = tuple.split(',').map(str::trim).filter(|n| !n.is_empty()).map(|n| n.parse().ok()).collect::<Option<_>>()?;
    Some(Header { descr, fortran, shape, start })
}

/// The file of a matrix in double precision, row by row.
///
/// ```
/// let file = ravine_image::io::npy_matrix(2, &[1.0, 2.0, 3.0, f64::NAN]);
/// assert!(file.starts_with(b"\x93NUMPY") && file.ends_with(&f64::NAN.to_le_bytes()));
/// assert_eq!(file.len(), 128 + 4 * 8);
/// ```
pub fn npy_matrix(columns: usize, values: &[f64]) -> Vec<u8> {
    let mut out = header("<f8", &format!("({}, {columns})", values.len() / columns.max(1)));
    out.extend(values.iter().flat_map(|x| x.to_le_bytes()));
    out
}

pub(super) fn write(contents: &Contents<'_>) -> Vec<u8> {
    let raster = &contents.raster;
    let descr = match raster.samples {
        Samples::U8(_) => "|u1",
        Samples::U16(_) => "<u2",
        Samples::F32(_) => "<f4",
        Samples::F64(_) => "<f8",
    };
    let mut out = header(
        descr,
        &match raster.channels() {
            1 => format!("({}, {})", raster.height, raster.width),
            n => format!("({}, {}, {n})", raster.height, raster.width),
        },
    );
    match &raster.samples {
        Samples::U8(v) => out.extend(v),
        Samples::U16(v) => out.extend(v.iter().flat_map(|x| x.to_le_bytes())),
        Samples::F32(v) => out.extend(v.iter().flat_map(|x| x.to_le_bytes())),
        Samples::F64(v) => out.extend(v.iter().flat_map(|x| x.to_le_bytes())),
    }
    out
}

/// What stands before the numbers.
fn header(descr: &str, shape: &str) -> Vec<u8> {
    let mut text = format!("{{'descr': '{descr}', 'fortran_order': False, 'shape': {shape}, }}");
    let padding = 63 - (10 + text.len()) % 64; // so that, with the line end, the numbers start at a multiple of 64
    text.extend(std::iter::repeat_n(' ', padding));
    text.push('\n');

    let mut out = b"\x93NUMPY\x01\x00".to_vec();
    out.extend((text.len() as u16).to_le_bytes());
    out.extend(text.as_bytes());
    out
}
