//! The pictures that a training learns from and is judged by.

use super::settle::sigma_of;
use crate::error::{Error, Result};
use crate::recipe::{Pictures, Training};
use ravine_image::Image;
use ravine_image::io::plain;
use ravine_net::curriculum::Curriculum;
use ravine_net::pairs::photographs::{MEMORY, read_as};
use ravine_net::pairs::{Family, Mixed, Observed, Photographs, Scenes, Source};
use ravine_net::{Key, Pairs, Validation};
use ravine_optim::random::{Random, Stream};
use rayon::prelude::*;
use sha2::{Digest, Sha256};
use std::io::Read;
use std::path::PathBuf;
use std::sync::Arc;

/// The sides of a validation picture: its middle, at most so large. Validation must stay cheap beside the steps.
const LARGEST_PIECE: usize = 192;
/// What every design can take is a multiple of this.
const MULTIPLE: usize = 8;
/// Of so many photographs one is held out for the validation.
const HELD_OUT_OF: usize = 10;
/// So many validation pictures at most.
const MOST_HELD_OUT: usize = 32;
/// Of each file, so many bytes go into the digest, with its length.
const DIGESTED: u64 = 1 << 16;

/// Files given to a training.
#[derive(Debug, Clone, Default)]
pub struct Files {
    /// Photographs to learn from; drawn scenes if there are none.
    pub photographs: Vec<PathBuf>,
    /// Pictures to be judged by; held-out ones if there are none.
    pub validation: Vec<PathBuf>,
}

/// Pairs to learn from, and pairs to be judged by.
pub(super) struct Data {
    /// What the steps see.
    pub(super) pairs: Arc<dyn Pairs>,
    /// Held-out pairs of the same size, a whole number of batches: all that is known of the risk as an objective.
    pub(super) held_out: Arc<Validation>,
    /// What a training is judged by.
    pub(super) validation: Arc<Validation>,
    /// What a person may want to know.
    pub(super) notes: Vec<String>,
}

/// Says which pictures `files` are, and refuses others than those of the recipe.
pub(super) fn identify(asked: &mut Training, files: &Files) -> Result<()> {
    for (what, of_recipe, files) in [
        ("photographs", &mut asked.photographs, &files.photographs),
        ("validation pictures", &mut asked.validation, &files.validation),
    ] {
        let given = (!files.is_empty()).then(|| Pictures::of(files)).transpose()?;
        if let Some(wanted) = of_recipe.as_ref().filter(|wanted| given.as_ref() != Some(wanted)) {
            let got = given.map_or("none are given".into(), |given| format!("{} are given, digest {}", given.count, given.digest));
            return Err(Error::Unsuited(format!(
                "the recipe is of {} {what}, digest {}, but {got}: give the same files in the same order",
                wanted.count, wanted.digest
            )));
        }
        *of_recipe = given;
    }
    Ok(())
}

impl Pictures {
    /// Which pictures these files are.
    ///
    /// # Errors
    /// A file that cannot be read.
    pub fn of(files: &[PathBuf]) -> Result<Self> {
        let mut all = Sha256::new();
        for file in files {
            let unreadable = |e: std::io::Error| Error::Unreadable(format!("{}: {}", file.display(), plain(&e)));
            let mut bytes = Vec::new();
            let open = std::fs::File::open(file).map_err(unreadable)?;
            let length = open.metadata().map_err(unreadable)?.len();
            open.take(DIGESTED).read_to_end(&mut bytes).map_err(unreadable)?;
            all.update(length.to_le_bytes());
            all.update(&bytes);
        }
        let digest = all.finalize().iter().take(8).map(|byte| format!("{byte:02x}")).collect();
        Ok(Pictures { count: files.len(), digest })
    }
}

impl Data {
    pub(super) fn new(asked: &Training, files: &Files) -> Result<Self> {
        let &Training { channels, crop_size, seed, batch, loss, .. } = asked;
        let family = Family { sigma: sigma_of(asked), kind: asked.noise };
        let mut notes = Vec::new();
        let (learnt, judged) = split(files, seed);
        let drawn = |independent: bool| -> Result<Box<dyn Source>> {
            let scenes = if independent { Scenes::independent } else { Scenes::new };
            Ok(Box::new(scenes(channels, crop_size)?))
        };
        let (source, independent) = if learnt.is_empty() {
            (drawn(false)?, drawn(true)?)
        } else {
            let photographs = Arc::new(photographs(&learnt, asked, &mut notes)?);
            let mixed = |independent| -> Result<Box<dyn Source>> {
                match asked.scenes {
                    0.0 => Ok(Box::new(photographs.clone())),
                    share => Ok(Box::new(Mixed::new(Box::new(photographs.clone()), drawn(independent)?, share)?)),
                }
            };
            (mixed(false)?, mixed(true)?)
        };
        let mut pairs = Observed::new(source, family)?;
        if let Some(steps) = asked.curriculum {
            pairs = pairs.following(Curriculum { steps })?;
        }
        let independent = Observed::new(independent, family)?;
        let whole_batches = |count: usize| count.div_ceil(batch.max(1)) * batch;
        let few = if judged.is_empty() { asked.held_out } else { 1 };
        let held_out = Arc::new(Validation::held_out(&independent, seed, whole_batches(few.max(1)), loss)?);
        let validation = match judged.is_empty() {
            true => held_out.clone(),
            false => {
                let pieces = Observed::new(Box::new(Pieces::read(&judged, channels, &mut notes)?), family)?;
                Arc::new(Validation::held_out(&pieces, seed, judged.len(), loss)?)
            }
        };
        Ok(Data { pairs: Arc::new(pairs), held_out, validation, notes })
    }
}

/// The photographs to learn from, and the pictures to be judged by: those given, else some of the photographs, where there are enough.
fn split(files: &Files, seed: u64) -> (Vec<PathBuf>, Vec<PathBuf>) {
    let count = files.photographs.len();
    if !files.validation.is_empty() || count < HELD_OUT_OF {
        return (files.photographs.clone(), files.validation.clone());
    }
    let order = Random::new(seed, Stream::Data, 1).permutation(count);
    let (judged, learnt) = order.split_at((count / HELD_OUT_OF).min(MOST_HELD_OUT));
    let named = |chosen: &[usize]| {
        let mut chosen = chosen.to_vec();
        chosen.sort();
        chosen.into_iter().map(|k| files.photographs[k].clone()).collect()
    };
    (named(learnt), named(judged))
}

fn photographs(files: &[PathBuf], asked: &Training, notes: &mut Vec<String>) -> Result<Photographs> {
    let read = Photographs::read(files, asked.channels, asked.crop_size, asked.seed, MEMORY)?;
    notes.extend(read.skipped().iter().map(|file| format!("{} is left out: {}", file.path.display(), file.reason)));
    if read.left_out() > 0 {
        notes.push(format!("{} of the photographs are left out: the others fill the memory that is set apart", read.left_out()));
    }
    Ok(read)
}

/// The middles of pictures, all of one size.
struct Pieces {
    pieces: Vec<Image>,
    channels: usize,
    size: usize,
}

impl Pieces {
    fn read(files: &[PathBuf], channels: usize, notes: &mut Vec<String>) -> Result<Self> {
        let read: Vec<_> = files.par_iter().map(|file| (file, read_as(file, channels))).collect();
        let mut pictures = Vec::new();
        for (file, picture) in read {
            match picture {
                Ok(picture) => pictures.push(picture),
                Err(why) => notes.push(format!("{} is left out: {why}", file.display())),
            }
        }
        let smallest = pictures.iter().map(|p| p.grid().height.min(p.grid().width)).min();
        let smallest = smallest.ok_or_else(|| Error::Unreadable("none of the validation files is a picture".into()))?;
        let size = smallest.min(LARGEST_PIECE) / MULTIPLE * MULTIPLE;
        if size == 0 {
            return Err(Error::Unsuited(format!(
                "a validation picture is only {smallest} pixels high or wide: {MULTIPLE} are the least"
            )));
        }
        let middle = |p: &Image| p.crop((p.grid().width - size) / 2, (p.grid().height - size) / 2, size, size);
        Ok(Pieces { pieces: pictures.iter().map(middle).collect(), channels, size })
    }
}

impl Source for Pieces {
    fn channels(&self) -> usize {
        self.channels
    }
    fn size(&self) -> usize {
        self.size
    }
    fn clean(&self, key: Key) -> ravine_optim::Result<Image> {
        Ok(self.pieces[key.index as usize % self.pieces.len()].clone())
    }
}
