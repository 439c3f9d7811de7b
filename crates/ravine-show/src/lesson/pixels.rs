//! A picture is a matrix, a tensor, three planes, a flat vector: the same numbers, and a rule for where each lies.

use super::noisy::enlarged;
use super::{Desk, Effort, Findings, Lesson, Number, Part};
use crate::report::{Picture, Table};
use ravine::Result;
use ravine::image::operator::Gradient;
use ravine::image::{Grid, Image, scene};
use ravine::optim::parameter::{Parameter, Range, Visitor};
use ravine::optim::{LinearOperator, vector};

pub(super) struct Pixels {
    row: f64,
    column: f64,
    side: f64,
}

const GRID: Grid = Grid { channels: 3, height: 120, width: 160 };

impl Lesson for Pixels {
    const NAME: &'static str = "pixels";
    const PART: Part = Part::Energies;
    const CLAIM: &'static str =
        "A picture is an H×W matrix, in colour an H×W×3 tensor, or three planes, or a flat vector of HW or 3HW numbers.";
    const FORMULA: &'static str = "channel c, row y, column x  ↔  number (c·H + y)·W + x of the flat vector";

    fn new(_: Effort) -> Self {
        Pixels { row: 58.0, column: 96.0, side: 5.0 }
    }

    fn parameters(&mut self, visit: Visitor<'_>) {
        visit(Parameter::number("row", "the first row that is shown", &mut self.row, Range::closed(0.0, GRID.height as f64 - 8.0)));
        visit(Parameter::number(
            "column",
            "the first column that is shown",
            &mut self.column,
            Range::closed(0.0, GRID.width as f64 - 8.0),
        ));
        visit(Parameter::number("side", "rows and columns that are shown", &mut self.side, Range::closed(1.0, 8.0)));
    }

    fn teach(&self, desk: &Desk<'_>) -> Result<Findings> {
        desk.go_on()?;
        let picture = scene::demo(GRID.height, GRID.width);
        let (flat, tensor) = (picture.pixels(), tensor(&picture));
        let places = places();
        let matrix_of = |c: usize| -> Vec<&[f32]> { picture.plane(c).chunks(GRID.width).collect() };
        let planes = [0, 1, 2].map(matrix_of);
        let wrong = |at: &dyn Fn(usize, usize, usize) -> f32| {
            let differs = |(c, y, x): &(usize, usize, usize)| at(*c, *y, *x).to_bits() != flat[GRID.index(*c, *y, *x)].to_bits();
            places.iter().filter(|place| differs(place)).count()
        };
        let differing = [
            wrong(&|c, y, x| tensor[(y * GRID.width + x) * 3 + c]),
            wrong(&|c, y, x| planes[c][y][x]),
            wrong(&|c, y, x| picture.at(c, y, x)),
        ];
        let back = planar(&tensor)?;
        let shared = (0..3).all(|c| std::ptr::eq(picture.plane(c).as_ptr(), flat[c * GRID.plane()..].as_ptr()));
        let (on_vector, on_tensor) = (roughness(&picture)?, roughness_of(&tensor));

        let mut found = Findings::default();
        found.number(Number::new("numbers in all", flat.len() as f64).beside(3.0 * GRID.height as f64 * GRID.width as f64, 0.0));
        found.number(Number::new("numbers that differ in the H×W×3 tensor", differing[0] as f64).beside(0.0, 0.0));
        found.number(Number::new("numbers that differ in the three matrices", differing[1] as f64).beside(0.0, 0.0));
        let off = (on_vector / on_tensor - 1.0).abs();
        found.number(Number::new("½‖∇u‖² of the vector and of the tensor differ by, relatively", off).beside(0.0, 1e-6));
        found.case("tensor, matrices and vector hold the same numbers, bit for bit", differing == [0; 3]);
        found.case("there and back again nothing has changed", back == picture);
        found.case("planes are views: they lie where the vector lies, and nothing is copied", shared);
        found.case("an energy is the same, whichever way the picture is written", off < 1e-6);
        let (y, x) = (self.row as usize, self.column as usize);
        let [r, g, b] = [0, 1, 2].map(|c| level(picture.at(c, y, x)));
        found.say(format!(
            "The picture of {} × {} pixels is a point with {} coordinates. Its pixel in row {y}, column {x} has R {r}, G {g}, B {b}: the numbers {}, {} and \
             {} of the flat vector.",
            GRID.width,
            GRID.height,
            flat.len(),
            GRID.index(0, y, x),
            GRID.index(1, y, x),
            GRID.index(2, y, x)
        ));
        found.say(format!(
            "Matrix, tensor and planes are ways to count the same numbers; the neighbour below is {} further on in the vector, and an optimizer never \
             asks. What knows of rows and columns is ∇ alone.",
            GRID.width
        ));
        found.tables.push(self.inspector(&picture));
        found.pictures = self.pictures(&picture)?;
        Ok(found)
    }
}

impl Pixels {
    /// Each pixel of the crop: its three numbers, and where they lie.
    fn inspector(&self, picture: &Image) -> Table {
        let (row, column, side) = (self.row as usize, self.column as usize, self.side as usize);
        let cell = |y: usize, x: usize| {
            let number = |c: usize| format!("{} at {}", level(picture.at(c, y, x)), GRID.index(c, y, x));
            format!("R {}, G {}, B {}", number(0), number(1), number(2))
        };
        let line = |y: usize| [format!("row {y}")].into_iter().chain((column..column + side).map(|x| cell(y, x))).collect();
        let header = ["".to_string()].into_iter().chain((column..column + side).map(|x| format!("column {x}"))).collect();
        Table {
            caption: "The crop, in grey levels 0..255, each with its place in the flat vector".into(),
            header,
            rows: (row..row + side).map(line).collect(),
        }
    }

    fn pictures(&self, picture: &Image) -> Result<Vec<Picture>> {
        let (row, column, side) = (self.row as usize, self.column as usize, self.side as usize);
        let inside = |y: usize, x: usize| (row..row + side).contains(&y) && (column..column + side).contains(&x);
        let around = |y: usize, x: usize| {
            (row.saturating_sub(2)..row + side + 2).contains(&y) && (column.saturating_sub(2)..column + side + 2).contains(&x)
        };
        let marked = Image::from_fn(GRID, |c, y, x| if around(y, x) && !inside(y, x) { 1.0 } else { picture.at(c, y, x) });
        let crop = enlarged(&picture.crop(column, row, side, side), 48);
        let mut pictures = vec![
            Picture::of(&enlarged(&marked, 2), "the picture; the crop is framed", "a ravine at dusk, a small white frame on it")?,
            Picture::of(&crop, "the crop", "some pixels, so large that each is a square of one colour")?,
        ];
        for (c, name) in ["red", "green", "blue"].into_iter().enumerate() {
            let plane = Image::new(GRID.grey(), picture.plane(c).to_vec())?;
            pictures.push(Picture::of(
                &plane,
                &format!("the {name} plane"),
                &format!("the {name} of the ravine as a grey picture"),
            )?);
        }
        Ok(pictures)
    }
}

/// Every (channel, row, column).
fn places() -> Vec<(usize, usize, usize)> {
    let of_row = |c, y| (0..GRID.width).map(move |x| (c, y, x));
    (0..3).flat_map(|c| (0..GRID.height).flat_map(move |y| of_row(c, y))).collect()
}

/// H×W×3: the three numbers of a pixel side by side, as files and screens have them.
fn tensor(picture: &Image) -> Vec<f32> {
    (0..GRID.plane()).flat_map(|i| [0, 1, 2].map(|c| picture.plane(c)[i])).collect()
}

/// The planar picture of a tensor.
fn planar(tensor: &[f32]) -> Result<Image> {
    let plane = |c: usize| tensor.iter().skip(c).step_by(3).copied();
    Ok(Image::new(GRID, (0..3).flat_map(plane).collect())?)
}

/// ½‖∇u‖² by the operator on the flat vector.
fn roughness(picture: &Image) -> Result<f64> {
    let mut p = vec![0f32; 2 * GRID.len()];
    Gradient::new(GRID)?.apply(picture.pixels(), &mut p);
    Ok(0.5 * vector::square_norm(&p))
}

/// The same by the indices of the tensor.
fn roughness_of(tensor: &[f32]) -> f64 {
    let at = |c: usize, y: usize, x: usize| f64::from(tensor[(y * GRID.width + x) * 3 + c]);
    let square = |(c, y, x): (usize, usize, usize)| {
        let right = if x + 1 < GRID.width { at(c, y, x + 1) - at(c, y, x) } else { 0.0 };
        let below = if y + 1 < GRID.height { at(c, y + 1, x) - at(c, y, x) } else { 0.0 };
        right * right + below * below
    };
    0.5 * places().into_iter().map(square).sum::<f64>()
}

/// As a file of 8 bits has it.
fn level(v: f32) -> u8 {
    (255.0 * v.clamp(0.0, 1.0)).round() as u8
}
