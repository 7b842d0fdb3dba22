//! `gatewright rule`: one expression on its own.

use std::io::BufRead as _;

use anyhow::{Context as _, Result, anyhow, bail};
use gatewright_compiler::{CheckedRule, check_rule_for, translate_rule};
use gatewright_diagnostics::{Diagnostic, Severity, render};
use gatewright_hir::rule::{DEVICE_RULE_DIALECT, DialectError, RULE_DIALECTS};
use gatewright_runtime::{Engine, Mode, ReportOptions, Request, Scratch, format_date_time};
use gatewright_source::decode;
use serde_json::{Value, json};

use crate::args::{Common, DataFormat, RuleCheck, RuleEval, RuleTranslate};
use crate::clock::instant;
use crate::load;
use crate::outcome::Outcome;
use crate::terminal::Terminal;

/// Check every rule.
pub(crate) fn check(args: &RuleCheck, terminal: &Terminal) -> Result<Outcome> {
    let rules = if args.rules.is_empty() {
        standard_input()?
    } else {
        args.rules.clone()
    };
    let mut is_bad = false;
    for rule in &rules {
        let checked = read(&args.dialect, args.platform.as_deref(), rule)?;
        is_bad |= has_error(&checked.diagnostics);
        match args.format {
            DataFormat::Json => {
                terminal.print(&render::json(&checked.diagnostics, &checked.sources))?;
            }
            DataFormat::Human if checked.diagnostics.is_empty() => {
                terminal.say(&format!("ok: {rule}"));
            }
            DataFormat::Human => {
                let text =
                    render::human(&checked.diagnostics, &checked.sources, terminal.color_out);
                terminal.print(&text)?;
            }
        }
    }
    Ok(if is_bad {
        Outcome::Invalid
    } else {
        Outcome::Yes
    })
}

fn has_error(diagnostics: &[Diagnostic]) -> bool {
    diagnostics.iter().any(|d| d.severity == Severity::Error)
}

fn standard_input() -> Result<Vec<String>> {
    let lines = std::io::stdin()
        .lock()
        .lines()
        .collect::<Result<Vec<_>, _>>();
    let lines = lines.context("cannot read standard input")?;
    Ok(lines
        .into_iter()
        .filter(|line| !line.trim().is_empty())
        .collect())
}

fn read(dialect: &str, platform: Option<&str>, rule: &str) -> Result<CheckedRule> {
    check_rule_for(dialect, platform, rule).map_err(|error| match error {
        DialectError::Unknown => no_dialect(&[dialect]),
        DialectError::UnknownPlatform(known) if known.is_empty() => {
            anyhow!("`{dialect}` rules are for no platform in particular: leave `--platform` out")
        }
        DialectError::UnknownPlatform(known) => {
            let platform = platform.unwrap_or_default();
            anyhow!(
                "there is no platform `{platform}`; there are {}",
                known.join(", ")
            )
        }
    })
}

fn no_dialect(given: &[&str]) -> anyhow::Error {
    let mut unknown = given.iter().filter(|name| !RULE_DIALECTS.contains(name));
    let name = unknown.next().copied().unwrap_or_default();
    let known = RULE_DIALECTS.join(", ");
    anyhow!("there is no dialect `{name}`; there are {known}")
}

/// Evaluate a rule on facts.
pub(crate) fn eval(args: &RuleEval, common: &Common, terminal: &Terminal) -> Result<Outcome> {
    let checked = read(&args.dialect, args.platform.as_deref(), &args.rule)?;
    if !checked.diagnostics.is_empty() {
        let text = render::human(&checked.diagnostics, &checked.sources, terminal.color_err);
        terminal.say(text.trim_end());
    }
    let Some(program) = checked.program() else {
        return Ok(Outcome::Invalid);
    };
    let engine = Engine::from_program(program).context("internal error")?;
    let (matches, unknown) = evaluate(&checked, &engine, args, common, terminal)?;
    match args.format {
        DataFormat::Json => {
            let result = json!({ "matches": matches, "unknown": unknown });
            terminal.print(&format!("{result}\n"))?;
        }
        DataFormat::Human => {
            let text = matches.map_or(
                "not known",
                |m| if m { "matches" } else { "does not match" },
            );
            terminal.print(&format!("{text}\n"))?;
        }
    }
    Ok(match matches {
        Some(true) => Outcome::Yes,
        Some(false) => Outcome::No,
        None => Outcome::Unknown,
    })
}

/// Decide the one policy that applies exactly where the rule matches; with the missing facts that
/// the rule asks for where they decide.
fn evaluate(
    checked: &CheckedRule,
    engine: &Engine,
    args: &RuleEval,
    common: &Common,
    terminal: &Terminal,
) -> Result<(Option<bool>, Vec<String>)> {
    let name = load::display(&args.facts);
    let text = decode(&load::read(&args.facts)?)
        .with_context(|| format!("`{name}`"))?
        .text;
    let facts: Value = serde_json::from_str(&text).with_context(|| format!("`{name}`"))?;
    if !facts.is_object() && !facts.is_null() {
        bail!("`{name}`: the facts are an object, or `null`");
    }
    if checked.dialect == DEVICE_RULE_DIALECT {
        // Read on their own first, so that a mistake has its place in the file.
        let device = Request::from_device_info(engine, text.as_bytes())
            .map_err(|e| load::misread(&name, &e))?;
        for warning in device.warnings() {
            terminal.say(&format!("warning: {name}: {warning}"));
        }
    }
    for member in checked.ignored(&facts) {
        terminal.say(&format!(
            "warning: {name}: `{member}` is ignored: no rule can ask about it"
        ));
    }
    let now = format_date_time(instant(common)?);
    let request = checked
        .request(&facts, &args.unknown, Some(&now))
        .to_string();
    let request = Request::from_json(engine, request.as_bytes()).map_err(|e| {
        let given = if e.path.starts_with("unknown") {
            "--unknown"
        } else {
            &name
        };
        let path = if e.path.is_empty() {
            String::new()
        } else {
            format!("{}: ", e.path)
        };
        anyhow!("{given}: {path}{}", e.message)
    })?;
    let options = ReportOptions {
        mode: Mode::Graph,
        explain: true,
        hash: false,
    };
    let report = engine.report(&request, &mut Scratch::default(), &options)?;
    let Some(policy) = report.policies().first() else {
        bail!("internal error: no policy")
    };
    Ok(match (policy.policy_applies, policy.analysis_reasons) {
        (true, _) => (Some(true), Vec::new()),
        (false, "notEnoughInformation") => {
            let unknown = report.explanation().map(|e| e.unknown.clone());
            let unknown = unknown.filter(|unknown| !unknown.is_empty());
            // What an explanation has no name for is what was said to be unknown.
            (None, unknown.unwrap_or_else(|| args.unknown.clone()))
        }
        (false, _) => (Some(false), Vec::new()),
    })
}

/// Write a rule in another dialect.
pub(crate) fn translate(args: &RuleTranslate, terminal: &Terminal) -> Result<Outcome> {
    let translated = translate_rule(&args.rule, &args.from, &args.to)
        .map_err(|_| no_dialect(&[&args.from, &args.to]))?;
    let translation = &translated.translation;
    match args.format {
        DataFormat::Json => {
            let findings = render::json(&translation.diagnostics, &translated.sources);
            let findings: Vec<Value> = findings
                .lines()
                .map(serde_json::from_str)
                .collect::<Result<_, _>>()?;
            let result = json!({
                "from": args.from,
                "to": args.to,
                "rule": translation.text,
                "notes": translation.notes,
                "findings": findings,
            });
            terminal.print(&format!("{result}\n"))?;
        }
        DataFormat::Human => {
            if !translation.diagnostics.is_empty() {
                let text = render::human(
                    &translation.diagnostics,
                    &translated.sources,
                    terminal.color_err,
                );
                terminal.say(text.trim_end());
            }
            for note in &translation.notes {
                terminal.say(&format!("note: {note}"));
            }
            if let Some(text) = &translation.text {
                terminal.print(&format!("{text}\n"))?;
            }
        }
    }
    Ok(match (&translation.text, translation.is_readable) {
        (Some(_), _) => Outcome::Yes,
        (None, true) => Outcome::No,
        (None, false) => Outcome::Invalid,
    })
}
