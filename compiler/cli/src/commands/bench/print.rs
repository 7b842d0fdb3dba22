//! What was measured, for people and for programs.

use std::fmt::Write as _;
use std::time::Duration;

use gatewright_bytecode::estimates;
use gatewright_runtime::Engine;
use serde_json::{Value, json};

use super::measure::{Label, Spread};
use super::{LIST, TYPED};
use crate::args::DataFormat;
use crate::terminal::counted;

/// What one way took.
pub(super) struct Measured {
    pub(super) label: Label,
    pub(super) spread: Spread,
}

/// Everything there is to tell.
pub(super) struct Results<'r> {
    pub(super) path: String,
    pub(super) engine: &'r Engine,
    pub(super) measured: Vec<Measured>,
    pub(super) sign_ins: usize,
    pub(super) are_made_up: bool,
    /// Of all sign-ins.
    pub(super) request_bytes: usize,
    pub(super) round_count: usize,
    pub(super) threads: usize,
    pub(super) compile_time: Option<Duration>,
    pub(super) bundle_bytes: Option<usize>,
    pub(super) load: Option<Spread>,
    pub(super) notes: &'r [String],
}

impl Results<'_> {
    pub(super) fn show(&self, format: DataFormat) -> String {
        match format {
            DataFormat::Json => format!("{}\n", self.as_json()),
            DataFormat::Human => self.as_text(),
        }
    }

    /// The lowering that was fastest from typed facts with the list, as `Engine::auto` measures.
    fn fastest(&self) -> &'static str {
        let rows = self.measured.iter();
        let rows = rows.filter(|row| row.label.group == LIST && row.label.name == TYPED);
        let fastest = rows.min_by(|a, b| a.spread.median.total_cmp(&b.spread.median));
        fastest.map_or("walk", |row| row.label.lowering)
    }

    fn as_text(&self) -> String {
        let program = self.engine.program();
        let policies = counted(program.policies.len(), "policy", "policies");
        let sign_ins = counted(self.sign_ins, "sign-in", "sign-ins");
        let origin = if self.are_made_up { "made up" } else { "given" };
        let bytes = self.request_bytes / self.sign_ins.max(1);
        let mut text = format!(
            "{}: {policies}; {sign_ins}, {origin}, {bytes} bytes of JSON on average; {} rounds\n",
            self.path, self.round_count
        );
        // Writing to a text cannot fail.
        let mut group = "";
        for row in &self.measured {
            if row.label.group != group {
                group = row.label.group;
                let _ = writeln!(
                    text,
                    "\n{group:<24} {:<8} {:>9}   {:<19} {:>13}",
                    "by", "median", "quartiles", "per second"
                );
            }
            let (label, spread) = (&row.label, row.spread);
            let quartiles = format!("{} – {}", time(spread.lower), time(spread.upper));
            let _ = writeln!(
                text,
                "  {:<22} {:<8} {:>9}   {quartiles:<19} {:>13}",
                label.name,
                label.lowering,
                time(spread.median),
                grouped(spread.per_second())
            );
        }
        text.push('\n');
        let estimates = estimates(program);
        let masks = estimates.masks.map_or_else(
            || "no masks".to_owned(),
            |masks| format!("masks {}", time(masks as f64)),
        );
        let lines = [
            (
                "chosen by estimate",
                Some(format!(
                    "{} (walk {}, {masks})",
                    self.engine.route().name(),
                    time(estimates.walking as f64)
                )),
            ),
            ("fastest as measured", Some(self.fastest().to_owned())),
            (
                "compiled in",
                self.compile_time.map(|took| time(took.as_secs_f64() * 1e9)),
            ),
            (
                "bundle",
                self.bundle_bytes
                    .map(|bytes| format!("{} bytes", grouped(bytes as f64))),
            ),
            ("loaded in", self.load.map(|spread| time(spread.median))),
        ];
        for (name, value) in lines {
            if let Some(value) = value {
                let _ = writeln!(text, "{name:<24} {value}");
            }
        }
        for note in self.notes {
            let _ = writeln!(text, "{note}");
        }
        text
    }

    fn as_json(&self) -> Value {
        let program = self.engine.program();
        let estimates = estimates(program);
        let measurements = self.measured.iter().map(|row| {
            let Label {
                group,
                name,
                lowering,
                threads,
            } = &row.label;
            let contract = match *group {
                super::COMBINED => "combined",
                LIST => "list",
                _ => "batch",
            };
            let from = match contract {
                "batch" => "columns",
                _ => name.as_str(),
            };
            let mut object = nanoseconds(row.spread);
            if let Some(members) = object.as_object_mut() {
                members.insert("contract".to_owned(), json!(contract));
                members.insert("from".to_owned(), json!(from));
                members.insert("lowering".to_owned(), json!(lowering));
                members.insert("threads".to_owned(), json!(threads));
                let per_second = row.spread.per_second().round();
                members.insert("perSecond".to_owned(), json!(per_second));
            }
            object
        });
        json!({
            "path": self.path,
            "policies": program.policies.len(),
            "hash": self.engine.hash(),
            "signIns": self.sign_ins,
            "madeUp": self.are_made_up,
            "requestBytes": self.request_bytes / self.sign_ins.max(1),
            "rounds": self.round_count,
            "threads": self.threads,
            "measurements": measurements.collect::<Vec<_>>(),
            "lowering": {
                "chosen": self.engine.route().name(),
                "fastest": self.fastest(),
                "estimates": {"walk": estimates.walking, "masks": estimates.masks},
            },
            "compileNanoseconds": self.compile_time.map(|time| time.as_nanos() as f64),
            "bundleBytes": self.bundle_bytes,
            "load": self.load.map(nanoseconds),
            "notes": self.notes,
        })
    }
}

fn nanoseconds(spread: Spread) -> Value {
    let tenths = |time: f64| (time * 10.0).round() / 10.0;
    json!({
        "median": tenths(spread.median),
        "lowerQuartile": tenths(spread.lower),
        "upperQuartile": tenths(spread.upper),
    })
}

/// Nanoseconds in the unit in which they are read best.
fn time(nanoseconds: f64) -> String {
    let units = [("ns", 1.0), ("µs", 1e3), ("ms", 1e6), ("s", 1e9)];
    let fits = |unit: &&(&str, f64)| nanoseconds < 999.5 * unit.1;
    let (name, size) = units.iter().find(fits).copied().unwrap_or(("s", 1e9));
    let number = nanoseconds / size;
    // Three digits that count; less than a nanosecond is nothing.
    let places = match number {
        _ if number < 9.995 => 2,
        _ if number < 99.95 => 1,
        _ => 0,
    };
    format!("{number:.places$} {name}")
}

/// A whole number with its thousands apart.
fn grouped(number: f64) -> String {
    let digits = format!("{number:.0}");
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(' ');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::{grouped, time};

    #[test]
    fn numbers_are_written_as_they_are_read_best() {
        let times = [
            (0.4, "0.40 ns"),
            (167.3, "167 ns"),
            (999.7, "1.00 µs"),
            (2.5e9, "2.50 s"),
        ];
        for (number, text) in times {
            assert_eq!(time(number), text);
        }
        let numbers = [
            (7.0, "7"),
            (999.0, "999"),
            (1000.0, "1 000"),
            (12_345_678.0, "12 345 678"),
        ];
        for (number, text) in numbers {
            assert_eq!(grouped(number), text);
        }
    }
}
