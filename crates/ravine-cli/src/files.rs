//! Which files are read, and where each result goes. Knows paths only: what is in a file is `ravine`'s matter.
//!
//! Inputs are files, folders (their tree is kept), globs, or `-`. An output is a file, a folder, a template, or `-`.

use crate::exit::{Exit, Failure, Result, plain};
use ravine::image::io::Format;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::{Path, PathBuf};

/// One thing to read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Input {
    /// Standard input.
    Stdin,
    /// A file, and what of its path is kept under an output folder.
    File { path: PathBuf, kept: PathBuf },
}

impl Input {
    pub(crate) fn path(&self) -> Option<&Path> {
        match self {
            Input::Stdin => None,
            Input::File { path, .. } => Some(path),
        }
    }

    /// What of its path is kept under a folder.
    pub(crate) fn kept(&self) -> &Path {
        match self {
            Input::Stdin => Path::new("stdin"),
            Input::File { kept, .. } => kept,
        }
    }

    /// The name without folder and extension.
    fn stem(&self) -> String {
        let name = self.path().and_then(Path::file_stem);
        name.map_or_else(|| "stdin".into(), |s| s.to_string_lossy().into_owned())
    }

    fn extension(&self) -> Option<String> {
        self.path().and_then(Path::extension).map(|e| e.to_string_lossy().into_owned())
    }
}

impl fmt::Display for Input {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Input::Stdin => f.write_str("-"),
            Input::File { path, .. } => write!(f, "{}", path.display()),
        }
    }
}

/// The inputs named by `arguments`, in their order; the files of a folder or glob in the order of their names. Of a folder those are
/// taken whose name says `readable`; what begins with a dot, and the folder `except`, where results go, is passed by.
pub(crate) fn inputs(arguments: &[String], readable: &dyn Fn(&Path) -> bool, except: Option<&Path>) -> Result<Vec<Input>> {
    let mut found = Vec::new();
    for argument in arguments {
        let path = Path::new(argument);
        if argument == "-" {
            found.push(Input::Stdin);
        } else if path.is_dir() {
            let before = found.len();
            walk(path, path, readable, except, &mut found)?;
            if found.len() == before {
                return Err(Failure::new(Exit::Unreadable, format!("{argument}: no picture is in this folder")));
            }
        } else if path.exists() || !argument.contains(['*', '?', '[']) {
            found.push(file(path));
        } else {
            let matches = glob::glob(argument).map_err(|e| Failure::usage(format!("{argument}: {e}")))?;
            let mut paths: Vec<PathBuf> = matches.filter_map(|path| path.ok().filter(|p| p.is_file())).collect();
            if paths.is_empty() {
                return Err(Failure::new(Exit::Unreadable, format!("{argument}: no file has such a name")));
            }
            paths.sort();
            found.extend(paths.iter().map(|p| file(p)));
        }
    }
    Ok(found)
}

/// Whether this argument can only mean one input.
pub(crate) fn is_one(argument: &str) -> bool {
    let path = Path::new(argument);
    argument == "-" || (!path.is_dir() && (path.exists() || !argument.contains(['*', '?', '['])))
}

fn file(path: &Path) -> Input {
    Input::File { path: path.into(), kept: path.file_name().map(PathBuf::from).unwrap_or_default() }
}

fn walk(root: &Path, folder: &Path, readable: &dyn Fn(&Path) -> bool, except: Option<&Path>, found: &mut Vec<Input>) -> Result<()> {
    let unreadable = |e: std::io::Error| Failure::new(Exit::Unreadable, format!("{}: {}", folder.display(), plain(&e)));
    let entries: std::io::Result<Vec<PathBuf>> =
        std::fs::read_dir(folder).map_err(unreadable)?.map(|e| e.map(|e| e.path())).collect();
    let mut entries = entries.map_err(unreadable)?;
    entries.sort();
    for path in entries {
        let hidden = path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
        if hidden || except.is_some_and(|e| same(e, &path)) {
            continue;
        }
        if path.is_dir() && !path.is_symlink() {
            walk(root, &path, readable, except, found)?;
        } else if path.is_file() && readable(&path) {
            let kept = path.strip_prefix(root).unwrap_or(&path).to_path_buf();
            found.push(Input::File { path, kept });
        }
    }
    Ok(())
}

/// Whether both paths lead to one file or folder: by another spelling, a symbolic or a hard link.
fn same(a: &Path, b: &Path) -> bool {
    Identity::of(a) == Identity::of(b)
}

/// What is one and the same for every path to one file.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Identity {
    /// Device and number of an existing file.
    #[cfg(unix)]
    Node(u64, u64),
    /// The path: of a file that is not there yet, with its folder resolved.
    Path(PathBuf),
}

impl Identity {
    fn of(path: &Path) -> Self {
        #[cfg(unix)]
        if let Ok(m) = path.metadata() {
            use std::os::unix::fs::MetadataExt;
            return Identity::Node(m.dev(), m.ino());
        }
        let folder = path.parent().map(|p| if p.as_os_str().is_empty() { Path::new(".") } else { p });
        let resolved = path.canonicalize().ok().or_else(|| Some(folder?.canonicalize().ok()?.join(path.file_name()?)));
        Identity::Path(resolved.unwrap_or_else(|| path.into()))
    }
}

/// Where results go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Output {
    /// Standard output.
    Stdout,
    /// This file.
    File(PathBuf),
    /// Into this folder, under the name that is kept of the input, with the extension of the format that was asked for.
    Folder(PathBuf, Option<Format>),
    /// A path with `{stem}`, `{ext}`, `{method}` in it. Where a format was asked for, `{ext}` is its extension.
    Template(String, Option<Format>),
    /// Over the input.
    InPlace,
}

/// Where one result goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Destination {
    Stdout,
    File(PathBuf),
}

impl fmt::Display for Destination {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Destination::Stdout => f.write_str("-"),
            Destination::File(path) => write!(f, "{}", path.display()),
        }
    }
}

impl Output {
    /// What `-o TEXT` means. `many`: whether there can be more than one input. `format`: what --format asks for.
    pub(crate) fn new(text: &str, many: bool, format: Option<Format>) -> Result<Self> {
        let path = PathBuf::from(text);
        if text == "-" {
            return if many {
                Err(Failure::usage("several pictures cannot go to standard output: name a folder after -o"))
            } else {
                Ok(Output::Stdout)
            };
        }
        if text.contains('{') {
            check_template(text)?;
            return Ok(Output::Template(text.into(), format));
        }
        if text.ends_with(['/', std::path::MAIN_SEPARATOR]) || path.is_dir() || (many && path.extension().is_none()) {
            return Ok(Output::Folder(path, format));
        }
        if many {
            return Err(Failure::usage(format!(
                "several pictures cannot all go to {text}: name a folder (`{text}/`) or a template (`{{stem}}_clean.png`)"
            )));
        }
        Ok(Output::File(path))
    }

    /// The folder, if results go into one.
    pub(crate) fn folder(&self) -> Option<&Path> {
        match self {
            Output::Folder(path, _) => Some(path),
            _ => None,
        }
    }

    /// Whether a destination depends on the method that will be chosen.
    pub(crate) fn names_the_method(&self) -> bool {
        matches!(self, Output::Template(text, _) if text.contains("{method}"))
    }

    /// Where the result of `input` goes. Refuses to write over the input, unless that was asked for.
    /// [`Output::check`] refuses to write over another.
    pub(crate) fn destination(&self, input: &Input, method: &str) -> Result<Destination> {
        let path = match (self, input) {
            (Output::Stdout, _) => return Ok(Destination::Stdout),
            (Output::InPlace, Input::Stdin) => {
                return Err(Failure::usage("standard input has no place to be written to: give -o instead of --in-place"));
            }
            (Output::InPlace, Input::File { path, .. }) => return Ok(Destination::File(path.clone())),
            (Output::File(path), _) => path.clone(),
            (Output::Folder(folder, format), Input::File { kept, .. }) => folder.join(renamed(kept, *format)),
            (Output::Folder(folder, format), Input::Stdin) => folder.join(renamed(Path::new("stdin.png"), *format)),
            (Output::Template(text, format), _) => {
                let own = || input.extension().unwrap_or_else(|| "png".into());
                let extension = format.map_or_else(own, |format| format.extension().into());
                text.replace("{stem}", &input.stem()).replace("{ext}", &extension).replace("{method}", method).into()
            }
        };
        if input.path().is_some_and(|input| same(input, &path)) {
            return Err(Failure::usage(format!("the result would overwrite its input {input}: give another -o")));
        }
        Ok(Destination::File(path))
    }

    /// The inputs without those that are results of others, made by any of `methods`: of a run before this one into the same folder.
    pub(crate) fn without_results(&self, inputs: Vec<Input>, methods: &[&str]) -> Vec<Input> {
        let of = |input: &Input| methods.iter().filter_map(|method| self.destination(input, method).ok()).collect::<Vec<_>>();
        let results = inputs.iter().flat_map(of).filter_map(|to| match to {
            Destination::File(path) => Some(Identity::of(&path)),
            Destination::Stdout => None,
        });
        let results: BTreeSet<Identity> = if *self == Output::InPlace { BTreeSet::new() } else { results.collect() };
        inputs.into_iter().filter(|input| !input.path().is_some_and(|path| results.contains(&Identity::of(path)))).collect()
    }

    /// Refuses two inputs that would be written to one place, and whatever would be written over an input unasked: a result, made
    /// by any of `methods`, or what is written `aside`, of which each has the name of its option.
    pub(crate) fn check(&self, inputs: &[Input], methods: &[&str], aside: &[(&str, Option<&Path>)]) -> Result<()> {
        let files = inputs.iter().filter_map(|input| Some((Identity::of(input.path()?), input)));
        let sources: BTreeMap<Identity, &Input> = files.collect();
        let mut taken: BTreeMap<Identity, &Input> = BTreeMap::new();
        for method in if self.names_the_method() { methods } else { &methods[..1] } {
            let mut now = BTreeMap::new();
            for input in inputs {
                let Destination::File(path) = self.destination(input, method)? else { continue };
                let identity = Identity::of(&path);
                if let Some(other) = sources.get(&identity).filter(|_| *self != Output::InPlace) {
                    return Err(Failure::usage(format!(
                        "the result of {input} would overwrite the input {other}: give another -o"
                    )));
                }
                // A device takes many.
                if let Some(other) = now.insert(identity, input).filter(|_| !path.exists() || path.is_file()) {
                    return Err(Failure::usage(format!("{other} and {input} would both be written to {}", path.display())));
                }
            }
            taken.append(&mut now);
        }
        let asides = aside.iter().filter_map(|(option, path)| Some((option, (*path)?)));
        for (option, path) in asides {
            let identity = Identity::of(path);
            let (used, as_) = match (sources.get(&identity), taken.get(&identity)) {
                (Some(input), _) => (input, "that is an input"),
                (None, Some(input)) if !path.exists() || path.is_file() => (input, "the result goes there"),
                _ => continue,
            };
            return Err(Failure::usage(format!("{option} {} would destroy {used}: {as_}", path.display())));
        }
        Ok(())
    }
}

/// Refuses two inputs whose pages would have one name.
pub(crate) fn check_pages(inputs: &[Input]) -> Result<()> {
    let mut taken: BTreeMap<&Path, &Input> = BTreeMap::new();
    for input in inputs {
        if let Some(other) = taken.insert(input.kept(), input) {
            return Err(Failure::usage(format!("the pages of {other} and {input} would have one name: give them in two runs")));
        }
    }
    Ok(())
}

/// With the extension of `format`, unless the name says that already.
fn renamed(name: &Path, format: Option<Format>) -> PathBuf {
    match format {
        Some(format) if Format::from_path(name).ok() != Some(format) => name.with_extension(format.extension()),
        _ => name.into(),
    }
}

/// Makes the folder that a file will be in.
pub(crate) fn make_folder_of(path: &Path) -> Result<()> {
    match path.parent().filter(|p| !p.as_os_str().is_empty()) {
        Some(folder) => std::fs::create_dir_all(folder).map_err(|e| Failure::writing(&folder.display().to_string(), e)),
        None => Ok(()),
    }
}

fn check_template(text: &str) -> Result<()> {
    let rest = ["{stem}", "{ext}", "{method}"].iter().fold(text.to_string(), |rest, field| rest.replace(field, ""));
    if rest.contains(['{', '}']) {
        return Err(Failure::usage(format!(
            "the template `{text}` may have {{stem}}, {{ext}} and {{method}} in braces, nothing else"
        )));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(files: &[&str]) -> tempfile::TempDir {
        let dir = tempfile::tempdir().unwrap();
        for name in files {
            let path = dir.path().join(name);
            make_folder_of(&path).unwrap();
            std::fs::write(path, "x").unwrap();
        }
        dir
    }

    fn png(path: &Path) -> bool {
        path.extension().is_some_and(|e| e == "png")
    }

    fn names(inputs: &[Input], root: &Path) -> Vec<String> {
        inputs.iter().map(|i| i.path().unwrap().strip_prefix(root).unwrap().to_string_lossy().into_owned()).collect()
    }

    #[test]
    fn a_folder_keeps_its_tree_and_skips_results_and_hidden_files() {
        let dir = folder(&["b.png", "a/c.png", "a/notes.txt", "clean/b.png", ".ravine-tmp.png"]);
        let root = dir.path();
        let out = Output::new(root.join("clean").to_str().unwrap(), true, None).unwrap();
        let found = inputs(&[root.to_str().unwrap().into()], &png, out.folder()).unwrap();
        assert_eq!(names(&found, root), ["a/c.png", "b.png"]);
        assert_eq!(out.destination(&found[0], "tv").unwrap(), Destination::File(root.join("clean/a/c.png")));
    }

    #[test]
    fn a_glob_gives_its_files_by_name_and_refuses_to_find_none() {
        let dir = folder(&["b.png", "a.png", "c.txt"]);
        let pattern = |p: &str| vec![dir.path().join(p).to_str().unwrap().to_string()];
        assert_eq!(names(&inputs(&pattern("*.png"), &png, None).unwrap(), dir.path()), ["a.png", "b.png"]);
        let failure = inputs(&pattern("*.tif"), &png, None).unwrap_err();
        assert_eq!(failure.exit, Exit::Unreadable);
    }

    #[test]
    fn a_template_is_filled_and_knows_its_fields() {
        let out = Output::new("out/{stem}_{method}.{ext}", true, None).unwrap();
        let input = file(Path::new("in/moon.tif"));
        assert_eq!(out.destination(&input, "tv").unwrap(), Destination::File("out/moon_tv.tif".into()));
        assert!(out.names_the_method());
        assert_eq!(Output::new("{name}.png", true, None).unwrap_err().exit, Exit::Usage);
    }

    #[test]
    fn an_input_is_never_overwritten_unasked() {
        let dir = folder(&["a.png"]);
        let path = dir.path().join("a.png");
        std::fs::hard_link(&path, dir.path().join("link.png")).unwrap();
        let other_spelling = dir.path().join("../").join(dir.path().file_name().unwrap()).join("a.png");
        for to in [path.clone(), dir.path().join("link.png"), other_spelling] {
            assert_eq!(Output::File(to).destination(&file(&path), "tv").unwrap_err().exit, Exit::Usage);
        }
        assert_eq!(Output::InPlace.destination(&file(&path), "tv").unwrap(), Destination::File(path));
    }

    #[test]
    fn two_inputs_never_share_a_destination() {
        let two = [file(Path::new("a/x.png")), file(Path::new("b/x.png"))];
        let failure = Output::new("out/", true, None).unwrap().check(&two, &["tv"], &[]).unwrap_err();
        assert_eq!(failure.message, "a/x.png and b/x.png would both be written to out/x.png");
        assert!(Output::new("one.png", true, None).is_err() && Output::new("-", true, None).is_err());
    }

    #[test]
    fn an_extension_follows_the_format_that_was_asked_for() {
        let to = |text: &str, input: &str| {
            let output = Output::new(text, true, Some(Format::Jpeg)).unwrap();
            output.destination(&file(Path::new(input)), "tv").unwrap().to_string()
        };
        assert_eq!(to("out/", "a.png"), "out/a.jpg");
        assert_eq!(to("out/", "a.JPEG"), "out/a.JPEG");
        assert_eq!(to("out/{stem}.{ext}", "a.png"), "out/a.jpg");
    }
}
