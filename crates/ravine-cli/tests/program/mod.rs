//! Runs the program in a folder of its own, and holds what it says against stored text.

#![allow(dead_code)] // each test file uses its part

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// A folder in which the program runs.
pub(crate) struct Place {
    folder: tempfile::TempDir,
}

/// What a run left.
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) stdout: Vec<u8>,
    pub(crate) stderr: String,
}

impl Ran {
    /// Standard output as text.
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.stdout).into_owned()
    }

    /// Each line of standard output as JSON.
    pub(crate) fn json(&self) -> Vec<serde_json::Value> {
        self.text().lines().map(|line| serde_json::from_str(line).unwrap_or_else(|e| panic!("{e}: {line}"))).collect()
    }

    /// Itself, if the exit code is this one.
    #[track_caller]
    pub(crate) fn expect(self, code: i32) -> Self {
        assert_eq!(self.code, code, "\n--- stdout\n{}--- stderr\n{}", self.text(), self.stderr);
        self
    }
}

impl Place {
    pub(crate) fn new() -> Self {
        Place { folder: tempfile::tempdir().unwrap() }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn write(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, bytes).unwrap();
        path
    }

    pub(crate) fn read(&self, name: &str) -> Vec<u8> {
        std::fs::read(self.path(name)).unwrap_or_else(|e| panic!("{name}: {e}"))
    }

    /// The program with these words, not yet started.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_ravine"));
        command.args(arguments).current_dir(self.folder()).env("COLUMNS", "100").env("NO_COLOR", "1");
        command
    }

    /// Runs a command line, split at blanks.
    pub(crate) fn run(&self, line: &str) -> Ran {
        self.run_with(line, b"")
    }

    /// Runs a command line with something on standard input.
    pub(crate) fn run_with(&self, line: &str, input: &[u8]) -> Ran {
        let words: Vec<&str> = line.split_whitespace().collect();
        let mut command = self.command(&words);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut stdin = child.stdin.take().unwrap();
        let input = input.to_vec();
        let feeding = std::thread::spawn(move || drop(stdin.write_all(&input))); // it may close its input early
        let output = child.wait_with_output().unwrap();
        feeding.join().unwrap();
        Ran {
            code: output.status.code().unwrap_or(-1),
            stdout: output.stdout,
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    /// Runs each command line and holds exit code, standard output and standard error against `tests/snapshots/NAME.txt`.
    /// With `RAVINE_RENEW_SNAPSHOTS=1` in the environment the file is written instead. Durations, versions and this folder's path
    /// are replaced by `[s]`, `[version]` and `[folder]`.
    #[track_caller]
    pub(crate) fn snapshot(&self, name: &str, lines: &[&str]) {
        let mut got = String::new();
        for line in lines {
            let ran = self.run(line);
            got += &format!("$ ravine {line}\nexit {}\n--- stdout\n{}--- stderr\n{}\n", ran.code, ran.text(), ran.stderr);
        }
        let got = filtered(&got, self.folder());
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/snapshots/{name}.txt"));
        if std::env::var_os("RAVINE_RENEW_SNAPSHOTS").is_some() {
            std::fs::write(&file, &got).unwrap();
        }
        let wanted = std::fs::read_to_string(&file).unwrap_or_else(|e| panic!("{}: {e}", file.display()));
        if got != wanted {
            let at = got
                .lines()
                .zip(wanted.lines())
                .position(|(a, b)| a != b)
                .unwrap_or(got.lines().count().min(wanted.lines().count()));
            let line = |text: &str| text.lines().nth(at).unwrap_or("(nothing)").to_string();
            panic!(
                "{name}.txt line {}\n  stored: {}\n  now:    {}\nRAVINE_RENEW_SNAPSHOTS=1 stores what it says now. All of it:\n{got}",
                at + 1,
                line(&wanted),
                line(&got)
            );
        }
    }
}

/// `text` without what differs from run to run.
fn filtered(text: &str, folder: &Path) -> String {
    let text = text.replace(&folder.display().to_string(), "[folder]").replace(env!("CARGO_PKG_VERSION"), "[version]");
    let seconds = |word: &str| word.strip_suffix('s').is_some_and(|n| n.contains('.') && n.parse::<f64>().is_ok());
    let line = |line: &str| {
        line.split(' ')
            .map(|word| if seconds(word.trim_end_matches([',', ';'])) { "[s]" } else { word })
            .collect::<Vec<_>>()
            .join(" ")
    };
    text.lines().map(|l| line(l).trim_end().to_string() + "\n").collect()
}
