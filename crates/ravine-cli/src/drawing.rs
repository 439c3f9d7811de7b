//! `--plot FILE.svg|png|html`: a figure, or a page with a figure and its numbers.

use crate::exit::{Failure, Result};
use ravine::image::io::write_whole;
use ravine_show::plot::Figure;
use ravine_show::report::Report;
use std::path::{Path, PathBuf};

/// What the extension of the file asks for.
enum Form {
    Svg,
    Png,
    Html,
}

/// A file that will be drawn.
pub(crate) struct Drawing {
    file: PathBuf,
    form: Form,
}

impl Drawing {
    /// Refuses, before anything is computed, a file whose extension says nothing.
    pub(crate) fn at(file: &Path) -> Result<Self> {
        let form = match file.extension().and_then(|e| e.to_str()).map(str::to_lowercase).as_deref() {
            Some("svg") => Form::Svg,
            Some("png") => Form::Png,
            Some("html") => Form::Html,
            _ => {
                return Err(Failure::usage(format!(
                    "--plot {}: a file that ends in .svg, .png or .html is wanted",
                    file.display()
                )));
            }
        };
        Ok(Drawing { file: file.into(), form })
    }

    /// Writes the file.
    pub(crate) fn write(&self, figure: &Figure, page: impl FnOnce() -> Report) -> Result<()> {
        let bytes = match self.form {
            Form::Svg => figure.svg().into_bytes(),
            Form::Png => figure.png().map_err(|e| Failure::writing(&self.file.display().to_string(), std::io::Error::other(e)))?,
            Form::Html => page().html().into_bytes(),
        };
        crate::files::make_folder_of(&self.file)?;
        write_whole(&self.file, &bytes).map_err(|e| ravine::Error::from(e).into())
    }
}
