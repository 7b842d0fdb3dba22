//! Writes the pages of the fixtures to a folder, to be looked at in a browser and on paper:
//! `cargo run -p gatewright-report --example pages -- FOLDER`.

#[path = "../tests/fixture/mod.rs"]
mod fixture;

use std::io::{Error, Result};
use std::path::PathBuf;

fn main() -> Result<()> {
    let folder = std::env::args_os().nth(1).map(PathBuf::from);
    let folder = folder.ok_or_else(|| Error::other("which folder?"))?;
    std::fs::create_dir_all(&folder)?;
    let reports = [
        ("full.html", fixture::full()),
        ("empty.html", fixture::empty()),
        ("hostile.html", fixture::hostile()),
    ];
    for (name, report) in reports {
        std::fs::write(folder.join(name), gatewright_report::page(&report))?;
    }
    Ok(())
}
