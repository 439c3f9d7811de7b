//! A file appears whole or not at all.

use super::{Error, Result, plain};
use std::fs;
use std::io::Write;
use std::path::Path;

/// Writes `bytes` to `path`: into a temporary file in the same folder, flushed to the disk, then renamed over the target.
///
/// Whoever looks sees the old file or the new one. On failure the temporary is removed; only a killed process leaves it behind, as
/// `.ravine-XXXXXX.part`, which nothing reads. Names are random, so runs into one folder don't meet. A symbolic link is followed and
/// stays; a device or pipe is written to directly.
///
/// # Errors
/// [`Error::Write`]: the folder is missing or cannot be written, the disk is full, the target is a folder.
pub fn write_whole(path: &Path, bytes: &[u8]) -> Result<()> {
    let existing = fs::metadata(path).ok();
    match &existing {
        Some(m) if m.is_dir() => return Err(Error::Write("it is a folder: name a file in it".into())),
        Some(m) if !m.is_file() => return write_directly(path, bytes).map_err(fault),
        _ => {}
    }
    let target = fs::canonicalize(path).unwrap_or_else(|_| path.to_path_buf());
    let folder = match target.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    if !folder.is_dir() {
        return Err(Error::Write(format!("there is no folder `{}`", folder.display())));
    }
    let mut builder = tempfile::Builder::new();
    builder.prefix(".ravine-").suffix(".part");
    // The permissions of what it replaces, or those of a new file.
    #[cfg(unix)]
    builder.permissions(existing.map_or(std::os::unix::fs::PermissionsExt::from_mode(0o666), |m| m.permissions()));
    let mut temporary = builder.tempfile_in(folder).map_err(fault)?;
    temporary.write_all(bytes).map_err(fault)?;
    temporary.as_file().sync_all().map_err(fault)?;
    temporary.persist(&target).map_err(|e| fault(e.error))?;
    #[cfg(unix)]
    if let Ok(folder) = fs::File::open(folder) {
        // The file is whole already; that its name survives a power cut is all that may fail here.
        let _ = folder.sync_all();
    }
    Ok(())
}

fn write_directly(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    fs::OpenOptions::new().write(true).open(path)?.write_all(bytes)
}

fn fault(error: std::io::Error) -> Error {
    Error::Write(format!("it cannot be written: {}", plain(&error)))
}
