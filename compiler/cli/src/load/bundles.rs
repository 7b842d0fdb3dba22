//! The sources in a bundle, as if its files were in a folder of its name.

use anyhow::{Context as _, Result, bail};
use gatewright_compiler::{Input, UnpackError, unpack};
use gatewright_hir::Date;

use super::{edition, source_file};
use crate::args::Common;
use crate::clock::instant;
use crate::terminal::Terminal;

/// What a bundle was compiled from. Options win over what it was built with, as they win over a
/// manifest.
pub(crate) fn unpacked(name: &str, bytes: &[u8], common: &Common) -> Result<Input> {
    let mut input = match unpack(bytes, name) {
        Ok(found) => {
            if let Some(producer) = found.other_producer {
                Terminal::new(common.color).say(&format!(
                    "note: `{name}` was built by `{producer}`, and whether its sources compile to \
                     the program in it is not known"
                ));
            }
            found.input
        }
        Err(UnpackError::WithoutSources) => bail!(
            "`{name}` holds bytecode and no sources to compile; build it again without \
             `--without-sources`, or give the sources that it was built from"
        ),
        Err(UnpackError::OtherProgram) => bail!(
            "`{name}`: its sources do not compile to the program in it, so that nothing said of \
             them would be true of it; build it again"
        ),
        Err(UnpackError::Bundle(error)) => {
            return Err(error).with_context(|| format!("`{name}` is not a sound bundle"));
        }
        Err(error) => {
            return Err(error).with_context(|| format!("cannot compile the sources in `{name}`"));
        }
    };
    input.today = Some(Date::from_ms(instant(common)?));
    if let Some(text) = &common.edition {
        input.edition = Some(edition(text)?);
    }
    if let Some(path) = &common.directory {
        input.directory = Some(source_file(path)?);
    }
    Ok(input)
}
