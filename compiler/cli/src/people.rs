//! The people of a directory that the command line names.

use anyhow::{Result, bail};
use gatewright_compiler::{Input, compile};
pub(crate) use gatewright_compiler::{for_reference, for_runtime};
use gatewright_interop::Directory as People;

use crate::args::Common;
use crate::load;

/// The people of `--directory`, for a bundle, which brings none.
pub(crate) fn of_file(common: &Common) -> Result<People> {
    let Some(path) = &common.directory else {
        return Ok(People::default());
    };
    let file = load::source_file(path)?;
    let compilation = compile(&Input {
        directory: Some(file),
        ..Input::default()
    });
    if !compilation.is_readable() {
        bail!(
            "the directory cannot be read:\n{}",
            compilation.render().trim_end()
        );
    }
    Ok(compilation.directory)
}
