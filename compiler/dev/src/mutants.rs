//! `cargo dev mutants`: the tests must fail on code that is wrong.
//!
//! The sources are copied below the target folder, each patch of `tests/mutants` is applied to the
//! copy, and its test has to fail there. Before that, each test has to pass on the unchanged copy: a
//! test that always fails notices nothing. A patch that does not apply or build is a failure too.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, Result};

use crate::patch::{self, Patch};
use crate::process::{Finished, begin, cargo, finish, say, say_error};
use crate::tree::mirror;

const FOLDER: &str = "tests/mutants";

/// Which mutants to run.
#[derive(Debug, Default, clap::Args)]
pub(crate) struct Options {
    /// Only mutants whose names contain one of these
    filters: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    Killed,
    /// Killed because the test did not end in its time.
    TimedOut,
    Survived,
    DoesNotApply,
    DoesNotBuild,
}

/// Run every mutant and print the table; true where each is killed or a listed survivor.
pub(crate) fn run(root: &Path, options: &Options) -> Result<bool> {
    let folder = root.join(FOLDER);
    let patches = patches(&folder, options)?;
    let readme = std::fs::read_to_string(folder.join("README.md")).unwrap_or_default();
    let survivors: BTreeMap<_, _> = patch::survivors(&readme).into_iter().collect();
    let bench = Bench::new(root)?;
    let mut baselines = BTreeMap::new();
    let mut counts = [0; 3];
    let mut all_hold = true;
    for patch in &patches {
        begin(&format!("{:<44} ", patch.name));
        let limit = match baselines.get(&patch.test) {
            Some(limit) => *limit,
            None => match bench.baseline(patch)? {
                Ok(limit) => *baselines.entry(patch.test.clone()).or_insert(limit),
                Err(output) => {
                    say("its test fails without the fault");
                    say_error(&output);
                    all_hold = false;
                    continue;
                }
            },
        };
        let (outcome, finished) = bench.run(&folder, patch, limit)?;
        let reason = survivors.get(&patch.name).map(String::as_str);
        let (text, holds) = verdict(outcome, reason);
        let seconds = finished.time.as_secs_f64();
        say(&format!("{text:<28} {seconds:>6.1} s  {}", patch.fault));
        if matches!(outcome, Outcome::DoesNotApply | Outcome::DoesNotBuild) {
            say_error(&finished.output);
        }
        let index = match outcome {
            Outcome::Killed | Outcome::TimedOut => 0,
            Outcome::Survived => 1,
            Outcome::DoesNotApply | Outcome::DoesNotBuild => 2,
        };
        if let Some(count) = counts.get_mut(index) {
            *count += 1;
        }
        all_hold &= holds;
    }
    let [killed, survived, broken] = counts;
    say(&format!(
        "{} mutants: {killed} killed, {survived} survived, {broken} broken",
        patches.len()
    ));
    Ok(all_hold)
}

fn verdict(outcome: Outcome, survivor: Option<&str>) -> (&'static str, bool) {
    match (outcome, survivor) {
        (Outcome::Killed, None) => ("killed", true),
        (Outcome::TimedOut, None) => ("killed (did not end)", true),
        (Outcome::Killed | Outcome::TimedOut, Some(_)) => ("KILLED, listed as survivor", false),
        (Outcome::Survived, Some(_)) => ("survived, as listed", true),
        (Outcome::Survived, None) => ("SURVIVED", false),
        (Outcome::DoesNotApply, _) => ("DOES NOT APPLY", false),
        (Outcome::DoesNotBuild, _) => ("DOES NOT BUILD", false),
    }
}

fn patches(folder: &Path, options: &Options) -> Result<Vec<Patch>> {
    let mut patches = Vec::new();
    let entries = std::fs::read_dir(folder).with_context(|| format!("{}", folder.display()))?;
    for entry in entries {
        let path = entry?.path();
        if path
            .extension()
            .is_none_or(|extension| extension != "patch")
        {
            continue;
        }
        let name = path
            .file_stem()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        let mut filters = options.filters.iter();
        if !options.filters.is_empty() && !filters.any(|filter| name.contains(filter.as_str())) {
            continue;
        }
        patches.push(patch::read(&name, &std::fs::read_to_string(&path)?)?);
    }
    patches.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(patches)
}

/// The copy of the workspace that is damaged and mended again.
struct Bench {
    root: PathBuf,
    tree: PathBuf,
    target: PathBuf,
}

impl Bench {
    fn new(root: &Path) -> Result<Bench> {
        let target = std::env::var_os("CARGO_TARGET_DIR").map(PathBuf::from);
        let target = root
            .join(target.unwrap_or_else(|| "target".into()))
            .join("mutants");
        let tree = target.join("tree");
        std::fs::create_dir_all(&tree).with_context(|| format!("{}", tree.display()))?;
        Ok(Bench {
            root: root.to_path_buf(),
            tree,
            target: target.join("target"),
        })
    }

    /// The time that a mutant gets, or what the test says on unchanged sources.
    fn baseline(&self, patch: &Patch) -> Result<std::result::Result<Duration, String>> {
        mirror(&self.root, &self.tree)?;
        let built = finish(self.test(patch, true), None)?;
        if !built.is_success {
            return Ok(Err(built.output));
        }
        let finished = finish(self.test(patch, false), None)?;
        let limit = finished.time * 4 + Duration::from_secs(60);
        Ok(if finished.is_success {
            Ok(limit)
        } else {
            Err(finished.output)
        })
    }

    fn run(&self, folder: &Path, patch: &Patch, limit: Duration) -> Result<(Outcome, Finished)> {
        mirror(&self.root, &self.tree)?;
        let applied = finish(
            self.apply(&folder.join(format!("{}.patch", patch.name))),
            None,
        )?;
        if !applied.is_success {
            return Ok((Outcome::DoesNotApply, applied));
        }
        let built = finish(self.test(patch, true), None)?;
        if !built.is_success {
            return Ok((Outcome::DoesNotBuild, built));
        }
        let finished = finish(self.test(patch, false), Some(limit))?;
        let outcome = match (finished.is_success, finished.is_timeout) {
            (true, _) => Outcome::Survived,
            (false, true) => Outcome::TimedOut,
            (false, false) => Outcome::Killed,
        };
        Ok((outcome, finished))
    }

    fn test(&self, patch: &Patch, only_build: bool) -> Command {
        // `--no-run` belongs to cargo, so it stands before what is for the test itself.
        let mut command = cargo(&self.tree, &["test", "--quiet"]);
        if only_build {
            command.arg("--no-run");
        }
        command.args(patch.test.get(1..).unwrap_or_default());
        command.env("CARGO_TARGET_DIR", &self.target);
        command
            .env("INSTA_UPDATE", "no")
            .env_remove("GATEWRIGHT_BLESS");
        command
    }

    fn apply(&self, patch: &Path) -> Command {
        let mut command = Command::new("git");
        command
            .current_dir(&self.tree)
            .args(["apply", "--whitespace=nowarn"])
            .arg(patch);
        // The copy is below the repository and no part of it: paths are those of the copy.
        command
            .env_remove("GIT_DIR")
            .env_remove("GIT_WORK_TREE")
            .env_remove("GIT_INDEX_FILE");
        command.env(
            "GIT_CEILING_DIRECTORIES",
            self.tree.parent().unwrap_or(&self.tree),
        );
        command
    }
}
