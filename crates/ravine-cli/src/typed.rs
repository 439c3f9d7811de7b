//! What was typed, so that it can be typed again.

/// The program with its version.
pub(crate) const PROGRAM: &str = concat!("ravine ", env!("CARGO_PKG_VERSION"));

/// The command line of this run, for a POSIX shell.
pub(crate) fn command_line() -> String {
    let words = std::env::args_os().skip(1).map(|word| quoted(&word.to_string_lossy()));
    std::iter::once("ravine".to_string()).chain(words).collect::<Vec<_>>().join(" ")
}

/// In single quotes, unless no shell could take any of it amiss.
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=,+@%".contains(c);
    if !word.is_empty() && word.chars().all(plain) { word.into() } else { format!("'{}'", word.replace('\'', r"'\''")) }
}

#[cfg(test)]
mod tests {
    use super::quoted;

    #[test]
    fn a_shell_reads_back_what_was_meant() {
        assert_eq!(quoted("--start=1,-2"), "--start=1,-2");
        assert_eq!(quoted("my photo.png"), "'my photo.png'");
        assert_eq!(quoted("it's $HOME"), r"'it'\''s $HOME'");
        assert_eq!(quoted(""), "''");
    }
}
