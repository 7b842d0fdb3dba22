//! A decision service in a few lines: sign-ins come in on standard input as JSON Lines, decisions
//! go out on standard output, one line each.
//!
//! ```sh
//! cargo run -p gatewright-runtime --example service -- policies.gwb < sign-ins.jsonl
//! ```
//!
//! A line that is no request gives a line with an `error`, and the service goes on.

use std::error::Error;
use std::io::{BufRead, Write, stdin, stdout};

use gatewright_runtime::{Engine, ReportOptions, Request, Scratch};

fn main() -> Result<(), Box<dyn Error>> {
    let path = std::env::args().nth(1).ok_or("usage: service FILE.gwb")?;
    let engine = Engine::load(&std::fs::read(path)?)?;
    let mut scratch = Scratch::default();
    let mut out = stdout().lock();
    for line in stdin().lock().split(b'\n') {
        let line = line?;
        if line.trim_ascii().is_empty() {
            continue;
        }
        match decide(&engine, &line, &mut scratch) {
            Ok(decision) => writeln!(out, "{decision}")?,
            Err(error) => writeln!(out, "{}", serde_json::json!({ "error": error.to_string() }))?,
        }
    }
    Ok(())
}

fn decide(engine: &Engine, line: &[u8], scratch: &mut Scratch) -> Result<String, Box<dyn Error>> {
    let request = Request::from_json(engine, line)?;
    Ok(engine
        .report(&request, scratch, &ReportOptions::default())?
        .to_json())
}
