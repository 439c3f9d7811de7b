//! One training at a time into one output.

use crate::error::{Error, Result};
use ravine_image::io::plain;
use std::fs::{File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};

/// Holds a file's lock, which ends with the process at the latest, however that ends; then the file is removed.
#[derive(Debug)]
pub(super) struct Lock {
    path: PathBuf,
    file: Option<File>,
}

impl Lock {
    /// Takes the lock, or refuses because another has it. This also finds out whether the folder can be written.
    pub(super) fn take(path: &Path, output: &Path) -> Result<Self> {
        let unwritable = |e: std::io::Error| Error::Unwritable(format!("cannot write {}: {}", output.display(), plain(&e)));
        loop {
            let file = OpenOptions::new().create(true).truncate(false).write(true).open(path).map_err(unwritable)?;
            match file.try_lock() {
                Ok(()) if is_at(&file, path) => return Ok(Lock { path: path.into(), file: Some(file) }),
                Ok(()) => {} // its holder has removed it meanwhile
                Err(TryLockError::WouldBlock) => {
                    return Err(Error::Unsuited(format!(
                        "another training writes {}: wait until it ends, or give another -o",
                        output.display()
                    )));
                }
                Err(TryLockError::Error(e)) => return Err(unwritable(e)),
            }
        }
    }
}

impl Drop for Lock {
    /// The name goes while the lock is held: whoever waits for neither meets the file nor loses it.
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.path);
        drop(self.file.take());
    }
}

/// Whether the open file is still the one of this name.
fn is_at(file: &File, path: &Path) -> bool {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        let number = |m: std::fs::Metadata| (m.dev(), m.ino());
        file.metadata().ok().map(number) == path.metadata().ok().map(number)
    }
    #[cfg(not(unix))]
    {
        let _ = (file, path); // an open file cannot be removed there
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_second_is_refused_until_the_first_is_done() {
        let folder = tempfile::tempdir().unwrap();
        let (path, output) = (folder.path().join("net.lock"), Path::new("net.safetensors"));
        let first = Lock::take(&path, output).unwrap();
        let refusal = Lock::take(&path, output).unwrap_err().to_string();
        assert_eq!(refusal, "another training writes net.safetensors: wait until it ends, or give another -o");
        drop(first);
        assert!(!path.exists());
        drop(Lock::take(&path, output).unwrap());
        // One that was killed leaves the file, but no lock.
        std::fs::write(&path, "").unwrap();
        Lock::take(&path, output).unwrap();
    }
}
