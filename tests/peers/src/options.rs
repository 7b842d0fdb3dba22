//! The options of the command.

use gatewright_tests::workload::Shape;

/// What to measure, and for how long.
#[derive(Clone, Debug)]
pub struct Options {
    /// Numbers of policies.
    pub policies: Vec<usize>,
    /// Shapes of the larger sets.
    pub shapes: Vec<Shape>,
    /// Parts of names of contenders; all where there is none.
    pub only: Vec<String>,
    /// Rounds: each contender has a slice of each.
    pub rounds: usize,
    /// Seconds of a slice.
    pub slice: f64,
    /// Whether the page on performance is written.
    pub write: bool,
    /// Whether batches, threads and growth are measured.
    pub tables: Vec<String>,
}

/// What `--help` says.
pub const HELP: &str = "\
Gatewright beside its peers, in one run, single thread.

  --quick             fewer rounds, 240 policies only
  --policies N,…      sizes of the set (10,100,240,1000,10000)
  --shape S           mixed or narrow (both)
  --only NAME,…       contenders whose name contains one of these; plain Rust always runs
  --tables T,…        peers, growth, batch, corpus (all)
  --rounds N          slices for each contender (30)
  --slice MS          milliseconds of a slice (2)
  --write             put the tables into docs/performance.md
";

impl Options {
    /// Read the options; `None` where help was asked for.
    pub fn read(arguments: impl Iterator<Item = String>) -> Result<Option<Options>, String> {
        let mut options = Options {
            policies: vec![10, 100, 240, 1_000, 10_000],
            shapes: vec![Shape::Mixed, Shape::Narrow],
            only: Vec::new(),
            rounds: 30,
            slice: 0.002,
            write: false,
            tables: ["peers", "growth", "batch", "corpus"]
                .map(str::to_owned)
                .to_vec(),
        };
        let mut arguments = arguments;
        while let Some(name) = arguments.next() {
            let mut value = || arguments.next().ok_or(format!("{name} needs a value"));
            let list = |text: String| text.split(',').map(str::to_owned).collect::<Vec<_>>();
            match name.as_str() {
                "--help" | "-h" => return Ok(None),
                "--quick" => {
                    options.policies = vec![240];
                    options.shapes = vec![Shape::Mixed];
                    options.rounds = 9;
                }
                "--policies" => {
                    let numbers = list(value()?);
                    let numbers = numbers.iter().map(|text| text.parse());
                    let numbers: Result<_, std::num::ParseIntError> = numbers.collect();
                    options.policies = numbers.map_err(|error| error.to_string())?;
                }
                "--shape" => {
                    options.shapes = match value()?.as_str() {
                        "mixed" => vec![Shape::Mixed],
                        "narrow" => vec![Shape::Narrow],
                        other => return Err(format!("no shape `{other}`")),
                    }
                }
                "--only" => options.only = list(value()?),
                "--tables" => options.tables = list(value()?),
                "--rounds" => {
                    options.rounds = value()?.parse().map_err(|_| "a number of rounds")?
                }
                "--slice" => {
                    let milliseconds: f64 = value()?.parse().map_err(|_| "milliseconds")?;
                    options.slice = milliseconds / 1e3;
                }
                "--write" => options.write = true,
                other => return Err(format!("no option `{other}`\n\n{HELP}")),
            }
        }
        Ok(Some(options))
    }

    /// Whether a table is wanted.
    pub fn wants(&self, table: &str) -> bool {
        self.tables.iter().any(|wanted| wanted == table)
    }
}
