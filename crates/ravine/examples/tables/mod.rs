//! What both tables need: pictures of folders, options, quantiles.

use ravine::image::{Grid, Image, io, scene};
use std::path::{Path, PathBuf};

/// `--seed N`, `--every N` (of the pictures), `--sigma A,B,…`, `--grey`, `--round`, `--json FILE`, then the sets: folders, or `scenes`.
pub(crate) struct Options {
    pub(crate) seed: u64,
    pub(crate) every: usize,
    pub(crate) skip: usize,
    pub(crate) sigmas: Vec<f64>,
    pub(crate) grey: bool,
    pub(crate) round: bool,
    pub(crate) json: Option<PathBuf>,
    pub(crate) sets: Vec<String>,
}

impl Options {
    pub(crate) fn read(sigmas: &[f64]) -> Result<Self, Box<dyn std::error::Error>> {
        let mut o = Options {
            seed: 0,
            every: 1,
            skip: 0,
            sigmas: sigmas.to_vec(),
            grey: false,
            round: false,
            json: None,
            sets: Vec::new(),
        };
        let mut words = std::env::args().skip(1);
        while let Some(word) = words.next() {
            let mut value = || words.next().ok_or(format!("{word} needs a value"));
            match word.as_str() {
                "--seed" => o.seed = value()?.parse()?,
                "--every" => o.every = value()?.parse()?,
                "--skip" => o.skip = value()?.parse()?,
                "--sigma" => o.sigmas = value()?.split(',').map(str::parse).collect::<Result<_, _>>()?,
                "--json" => o.json = Some(value()?.into()),
                "--grey" => o.grey = true,
                "--round" => o.round = true,
                _ if word.starts_with('-') => return Err(format!("there is no option {word}").into()),
                _ => o.sets.push(word),
            }
        }
        if o.sets.is_empty() {
            return Err("name folders of pictures, or `scenes`".into());
        }
        Ok(o)
    }

    /// The pictures of a set by name, in 0..1.
    pub(crate) fn pictures(&self, set: &str) -> Result<Vec<(String, Image)>, Box<dyn std::error::Error>> {
        let all: Vec<(String, Image)> = if set == "scenes" {
            let draw = |seed: u64| {
                move |s: &scene::Scene| Ok((format!("{} {seed}", s.name), eight_bit(s.draw(seed, Grid::new(3, 320, 480))?)))
            };
            (1..=3).flat_map(|seed| scene::SCENES.iter().map(draw(seed))).collect::<ravine::Result<_>>()?
        } else {
            let mut files: Vec<PathBuf> = std::fs::read_dir(set)?.map(|e| e.map(|e| e.path())).collect::<Result<_, _>>()?;
            files.retain(|f| io::Format::from_path(f).is_ok());
            files.sort();
            let chosen = files.iter().skip(self.skip).step_by(self.every);
            chosen
                .map(|file| Ok((name_of(file), io::read_file(file, &io::ReadOptions::default())?.0.image)))
                .collect::<Result<_, io::Error>>()?
        };
        Ok(all.into_iter().map(|(name, image)| (name, if self.grey { luminance(image) } else { image })).collect())
    }

    pub(crate) fn write_json(&self, value: &serde_json::Value) -> std::io::Result<()> {
        match &self.json {
            Some(file) => std::fs::write(file, format!("{value:#}\n")),
            None => Ok(()),
        }
    }
}

pub(crate) fn name_of(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// Rounded to 8 bit, the grey of Rec. 601.
fn luminance(image: Image) -> Image {
    if image.grid().channels != 3 {
        return image;
    }
    eight_bit(Image::from_fn(image.grid().grey(), |_, y, x| {
        0.299 * image.at(0, y, x) + 0.587 * image.at(1, y, x) + 0.114 * image.at(2, y, x)
    }))
}

/// Clipped and rounded to 8 bit.
pub(crate) fn eight_bit(image: Image) -> Image {
    image.map(|v| (v * 255.0).round().clamp(0.0, 255.0) / 255.0)
}

pub(crate) fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

pub(crate) fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted.get(sorted.len() / 2).copied().unwrap_or(f64::NAN)
}

pub(crate) fn worst<'a>(values: &[f64], names: &'a [(String, Image)]) -> (f64, &'a str) {
    let i = (0..values.len()).fold(0, |w, i| if values[i] > values[w] { i } else { w });
    (values.get(i).copied().unwrap_or(f64::NAN), names.get(i).map_or("", |n| n.0.as_str()))
}
