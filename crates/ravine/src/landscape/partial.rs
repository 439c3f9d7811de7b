//! The points of a survey that is not whole yet: a text file, its identity on the first line, then `index value`, a line a point.
//!
//! A line is written as soon as its value is known, so that neither Ctrl-C nor a power cut loses more than the last one. A number is
//! written with as many digits as it takes to read back the same bits.

use crate::error::{Error, Result};
use ravine_image::io::plain;
use std::fs::{File, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

/// The file, open at its end.
pub(super) struct Partial {
    path: PathBuf,
    file: File,
}

impl Partial {
    /// That at `path`, made if it is not there; what it knows is written into `values`.
    ///
    /// # Errors
    /// It is another file, or of another survey, or cannot be read or written.
    pub(super) fn open(path: &Path, identity: &str, values: &mut [Option<f64>]) -> Result<Self> {
        let unwritable = |e: std::io::Error| Error::Unwritable(format!("{}: {}", path.display(), plain(&e)));
        let mut file = OpenOptions::new().read(true).append(true).create(true).open(path).map_err(unwritable)?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).map_err(unwritable)?;
        let text = String::from_utf8_lossy(&bytes);
        let (first, rest) = text.split_once('\n').unwrap_or(("", ""));
        if first.is_empty() && !text.is_empty() && !identity.starts_with(&*text) || !first.is_empty() && first != identity {
            return Err(Error::Unsuited(format!(
                "{} keeps the points of another landscape: finish that one by the command that began it, or remove the file",
                path.display()
            )));
        }
        let good = if first.is_empty() { 0 } else { first.len() + 1 + read(rest, values) };
        file.set_len(good as u64).map_err(unwritable)?; // a line that was cut off
        file.seek(SeekFrom::End(0)).map_err(unwritable)?;
        if good == 0 {
            writeln!(file, "{identity}").map_err(unwritable)?;
        }
        Ok(Partial { path: path.into(), file })
    }

    /// Keeps a value.
    pub(super) fn keep(&mut self, i: usize, value: f64) -> Result<()> {
        let written = self.file.write_all(format!("{i} {value}\n").as_bytes());
        written.map_err(|e| Error::Unwritable(format!("{}: {}", self.path.display(), plain(&e))))
    }
}

/// The whole lines at the beginning of `text` into `values`; how many bytes they are.
fn read(text: &str, values: &mut [Option<f64>]) -> usize {
    let mut good = 0;
    for line in text.split_inclusive('\n') {
        let number = |line: &str| {
            let (i, value) = line.strip_suffix('\n')?.split_once(' ')?;
            Some((i.parse::<usize>().ok().filter(|i| *i < values.len())?, value.parse().ok()?))
        };
        let Some((i, value)) = number(line) else { break };
        values[i] = Some(value);
        good += line.len();
    }
    good
}

#[cfg(test)]
mod tests {
    use super::*;

    fn opened(path: &Path, identity: &str) -> Result<Vec<Option<f64>>> {
        let mut values = vec![None; 4];
        Partial::open(path, identity, &mut values)?;
        Ok(values)
    }

    #[test]
    fn what_was_kept_is_read_back_bit_for_bit_and_a_line_that_was_cut_off_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.partial");
        let mut partial = Partial::open(&path, "this one", &mut [None; 4]).unwrap();
        let kept = [(2, 1.0 / 3.0), (0, f64::NAN), (3, 5e-324)];
        kept.into_iter().for_each(|(i, value)| partial.keep(i, value).unwrap());
        for cut in ["1 2", "1 2x\n", "9 1\n", "1\n", ""] {
            let mut file = OpenOptions::new().append(true).open(&path).unwrap();
            file.write_all(cut.as_bytes()).unwrap();
            let values = opened(&path, "this one").unwrap();
            assert_eq!(values.iter().map(|v| v.map(f64::is_nan)).collect::<Vec<_>>(), [Some(true), None, Some(false), Some(false)]);
            assert_eq!((values[2], values[3]), (Some(1.0 / 3.0), Some(5e-324)), "after {cut:?}");
        }
    }

    #[test]
    fn the_file_of_another_survey_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.partial");
        Partial::open(&path, "this one", &mut [None; 4]).unwrap().keep(1, 2.0).unwrap();
        let before = std::fs::read(&path).unwrap();
        let error = opened(&path, "that one").unwrap_err().to_string();
        assert!(error.contains("keeps the points of another landscape"), "{error}");
        assert_eq!(std::fs::read(&path).unwrap(), before);
        for (text, mine) in [("thi", true), ("my diary", false), ("", true)] {
            std::fs::write(&path, text).unwrap();
            assert_eq!(opened(&path, "this one").is_ok(), mine, "{text}");
        }
    }
}
