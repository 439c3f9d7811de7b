//! The journal of a training: one JSON object a line, a line a measure. A resumed training goes on in the same file.

use ravine_image::io::plain;
use serde::{Deserialize, Serialize};
use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader, Read, Seek, SeekFrom, Write};
use std::path::Path;

/// What is known at a step. Numbers that do not exist are absent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// Steps made.
    pub step: u64,
    /// The mean loss of the steps since the last line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub loss: Option<f64>,
    /// The mean loss on the pictures of the validation, and its standard error.
    pub risk: f64,
    /// See `risk`.
    pub risk_error: f64,
    /// The mean PSNR of the validation in dB, and its standard error.
    pub psnr: f64,
    /// See `psnr`.
    pub psnr_error: f64,
    /// η of the step that follows.
    pub learning_rate: f64,
    /// Seconds of training, over all runs of it.
    pub seconds: f64,
    /// Pairs a second since the last line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub images_per_second: Option<f64>,
}

/// The file, open at its end.
#[derive(Debug)]
pub struct Journal {
    file: File,
    last: Option<Entry>,
}

impl Journal {
    /// The journal of a training that begins now: whatever the file held is gone.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn begin(path: &Path) -> Result<Self, String> {
        let file = File::create(path).map_err(|e| fault(&e))?;
        Ok(Journal { file, last: None })
    }

    /// The journal of a training that goes on after `step`: lines of later steps, which it makes again, and a line that was not
    /// finished are cut off.
    ///
    /// # Errors
    /// The file cannot be read or written.
    pub fn resume(path: &Path, step: u64) -> Result<Self, String> {
        let open = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path);
        let mut file = open.map_err(|e| fault(&e))?;
        let (mut kept, mut last) = (0, None);
        let mut lines = BufReader::new(&file);
        loop {
            let mut line = Vec::new();
            let read = lines.by_ref().take(LONGEST).read_until(b'\n', &mut line).map_err(|e| fault(&e))?;
            match serde_json::from_slice::<Entry>(&line) {
                Ok(entry) if line.ends_with(b"\n") && entry.step <= step => last = Some(entry),
                _ => break,
            }
            kept += read as u64;
        }
        file.set_len(kept).and_then(|()| file.seek(SeekFrom::End(0))).map_err(|e| fault(&e))?;
        Ok(Journal { file, last })
    }

    /// The last line that is kept.
    pub fn last(&self) -> Option<&Entry> {
        self.last.as_ref()
    }

    /// Adds a line, unless its step has one.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn write(&mut self, entry: &Entry) -> Result<(), String> {
        if self.last.as_ref().is_some_and(|last| last.step >= entry.step) {
            return Ok(());
        }
        let mut line = serde_json::to_vec(entry).map_err(|e| e.to_string())?;
        line.push(b'\n');
        self.file.write_all(&line).map_err(|e| fault(&e))?;
        self.last = Some(entry.clone());
        Ok(())
    }
}

/// No line is longer.
const LONGEST: u64 = 1 << 16;

fn fault(error: &std::io::Error) -> String {
    format!("the journal cannot be written: {}", plain(error))
}
