//! Tables, as Markdown.

use std::collections::BTreeMap;

use crate::contender::{Contract, From};
use crate::run::Measured;

/// Where the tables stand in the page on performance.
const MARKERS: [&str; 2] = ["<!-- peers: begin -->", "<!-- peers: end -->"];

/// A time for people.
pub fn time(seconds: f64) -> String {
    let nanoseconds = seconds * 1e9;
    match nanoseconds {
        n if n < 100.0 => format!("{n:.1} ns"),
        n if n < 1e3 => format!("{n:.0} ns"),
        n if n < 1e5 => format!("{:.2} µs", n / 1e3),
        n if n < 1e6 => format!("{:.0} µs", n / 1e3),
        n => format!("{:.2} ms", n / 1e6),
    }
}

/// A ratio to plain Rust: how many times slower, or which part.
pub fn ratio(ratio: f64) -> String {
    if ratio >= 1.0 {
        format!("{ratio:.2} ×")
    } else {
        format!("1/{:.1}", 1.0 / ratio)
    }
}

/// The columns of the table of peers.
const COLUMNS: [(Contract, From, &str); 6] = [
    (Contract::Combined, From::Memory, "in memory, combined"),
    (Contract::List, From::Memory, "in memory, list"),
    (Contract::Combined, From::Encoded, "encoded, combined"),
    (Contract::List, From::Encoded, "encoded, list"),
    (Contract::Combined, From::Json, "JSON, combined"),
    (Contract::List, From::Json, "JSON, list"),
];

/// The table of peers: a row for each contender, a column for each contract and source.
pub fn peers(measured: &[Measured], loads: &[(String, f64)]) -> String {
    let mut names: Vec<&str> = Vec::new();
    for row in measured {
        if !names.contains(&row.name.as_str()) {
            names.push(&row.name);
        }
    }
    let find = |name: &str, contract, from| {
        let mut rows = measured.iter();
        rows.find(|row| row.name == name && row.contract == contract && row.from == from)
    };
    let mut text = String::from("| contender |");
    for (_, _, title) in COLUMNS {
        text += &format!(" {title} |");
    }
    text += " load |\n|---|---|---|---|---|---|---|---|\n";
    let loads: BTreeMap<&str, f64> = loads.iter().map(|(n, s)| (n.as_str(), *s)).collect();
    for name in names {
        text += &format!("| {name} |");
        for (contract, from, _) in COLUMNS {
            let row = find(name, contract, from);
            // What only reads is told beside what decides from JSON.
            let row = row.or_else(|| {
                let is_reading = (contract, from) == (Contract::Combined, From::Json);
                is_reading
                    .then(|| find(name, Contract::Parse, from))
                    .flatten()
            });
            text += &row.map_or(" – |".to_owned(), cell);
        }
        let load = loads
            .get(name)
            .map_or("–".to_owned(), |seconds| time(*seconds));
        text += &format!(" {load} |\n");
    }
    text
}

fn cell(row: &Measured) -> String {
    let spread = format!("{}–{}", time(row.low), time(row.high));
    format!(" {}, {} ({spread}) |", time(row.median), ratio(row.ratio))
}

/// The machine, the day and the command.
pub fn heading() -> String {
    let read = |path: &str| std::fs::read_to_string(path).unwrap_or_default();
    let cpu = read("/proc/cpuinfo");
    let model = cpu.lines().find_map(|line| line.strip_prefix("model name"));
    let model = model.map_or("an unknown processor", |line| {
        line.trim_matches([' ', '\t', ':'])
    });
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let said = |command: &str, arguments: &[&str]| {
        let output = std::process::Command::new(command).args(arguments).output();
        output.map_or(String::new(), |output| {
            String::from_utf8_lossy(&output.stdout).trim().to_owned()
        })
    };
    let load = read("/proc/loadavg");
    let load = load.split(' ').next().unwrap_or("?");
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let separator = if arguments.is_empty() { "" } else { " -- " };
    format!(
        "{} on {model}, {cores} cores, {}, {}; load of the machine when it began: {load}.\n\n```sh\ncargo run --release --manifest-path tests/peers/Cargo.toml{separator}{}\n```\n",
        said("date", &["+%Y-%m-%d"]),
        said("rustc", &["--version"]),
        std::env::consts::OS,
        arguments.join(" "),
    )
}

/// Put the tables between the markers of the page.
///
/// # Errors
/// The page cannot be read or written, or has no markers.
pub fn write(tables: &str) -> Result<(), String> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/performance.md");
    let page = std::fs::read_to_string(path).map_err(|error| format!("{path}: {error}"))?;
    let [begin, end] = MARKERS;
    let before = page
        .split(begin)
        .next()
        .filter(|before| before.len() < page.len());
    let after = page.split(end).nth(1);
    let (Some(before), Some(after)) = (before, after) else {
        return Err(format!("{path} has no markers `{begin}` and `{end}`"));
    };
    let page = format!("{before}{begin}\n\n{tables}\n{end}{after}");
    std::fs::write(path, page).map_err(|error| format!("{path}: {error}"))
}
