//! Pictures from inputs and to destinations, with the options that say how.

use crate::exit::{Failure, Result};
use crate::files::{Destination, Input, make_folder_of};
use crate::output::Output;
use clap::Args;
use ravine::image::Picture;
use ravine::image::io::{self, Format, Limits, ReadOptions, White, WriteOptions};
use std::path::Path;

/// How pictures are read.
#[derive(Debug, Clone, Args)]
pub(crate) struct Reading {
    /// Refuse pictures of more pixels than this
    #[arg(long, value_name = "N", default_value_t = Limits::default().max_pixels)]
    pub(crate) max_pixels: u64,
    /// The stored value that is white: a number, or `auto` for the range in use (12-bit data in 16-bit files, counts in float files)
    #[arg(long, value_name = "X|auto", value_parser = white)]
    pub(crate) white: Option<White>,
}

fn white(text: &str) -> std::result::Result<White, String> {
    match text.parse::<f64>() {
        _ if text == "auto" => Ok(White::Auto),
        Ok(value) if value > 0.0 && value.is_finite() => Ok(White::Value(value)),
        _ => Err("a number above 0, or auto, is wanted".into()),
    }
}

/// The quality of JPEG files, unless another is asked for.
const QUALITY: u8 = 95;

/// How pictures are written.
#[derive(Debug, Clone, Args, Default)]
pub(crate) struct Writing {
    /// The file format of the output, by its extension, where its name does not say it
    #[arg(long, value_name = "EXT", value_parser = Format::from_name)]
    pub(crate) format: Option<Format>,
    /// The quality of JPEG files [default: 95]
    #[arg(long, value_name = "1..100", value_parser = clap::value_parser!(u8).range(1..=100))]
    pub(crate) quality: Option<u8>,
}

/// A picture as it was read, and its file's bytes.
pub(crate) struct Source {
    pub(crate) picture: Picture,
    pub(crate) bytes: Vec<u8>,
    pub(crate) format: Format,
}

/// Whether a folder's file is a picture by its name.
pub(crate) fn named_as_picture(path: &Path) -> bool {
    Format::from_path(path).is_ok()
}

impl Reading {
    /// Reads one input. What its file had to say is noted on standard error.
    pub(crate) fn read(&self, input: &Input, output: &mut Output) -> Result<Source> {
        let options = ReadOptions { limits: Limits { max_pixels: self.max_pixels }, white: self.white.unwrap_or_default() };
        let (picture, bytes) = match input {
            Input::File { path, .. } => io::read_file(path, &options)?,
            Input::Stdin => {
                let bytes = io::read_bytes(std::io::stdin().lock(), &options.limits)?;
                (io::read(&bytes, &options)?, bytes)
            }
        };
        let format = Format::sniff(&bytes)?;
        for note in &picture.companion.notes {
            output.note(format_args!("{input}: {note}"));
        }
        Ok(Source { picture, bytes, format })
    }
}

impl Writing {
    /// The format that goes to `destination`: as asked, else by its name; PNG to standard output.
    pub(crate) fn format_for(&self, destination: &Destination) -> Result<Format> {
        match (self.format, destination) {
            (Some(format), Destination::File(path)) => match Format::from_path(path) {
                Ok(named) if named != format => Err(Failure::usage(format!(
                    "--format {} contradicts the name {}: name a .{0} file, or leave --format out",
                    format.extension(),
                    path.display()
                ))),
                _ => Ok(format),
            },
            (asked, Destination::Stdout) => Ok(asked.unwrap_or(Format::Png)),
            (None, Destination::File(path)) => Format::from_path(path).map_err(Failure::usage),
        }
    }

    /// Writes a picture, with the recipe in its metadata where there is one.
    pub(crate) fn write(
        &self,
        picture: &Picture,
        recipe: Option<&str>,
        destination: &Destination,
        output: &mut Output,
    ) -> Result<()> {
        let options = WriteOptions { quality: self.quality.unwrap_or(QUALITY), recipe, ..WriteOptions::default() };
        let encoded = io::encode(picture, self.format_for(destination)?, &options)?;
        for note in &encoded.notes {
            output.note(format_args!("{destination}: {note}"));
        }
        write_bytes(&encoded.bytes, destination, output)
    }
}

/// Writes a file whole or not at all.
pub(crate) fn write_bytes(bytes: &[u8], destination: &Destination, output: &mut Output) -> Result<()> {
    match destination {
        Destination::Stdout => output.bytes(bytes),
        Destination::File(path) => {
            make_folder_of(path)?;
            io::write_whole(path, bytes).map_err(|e| Failure::from(e).of(path.display()))
        }
    }
}
