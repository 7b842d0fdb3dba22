//! `gatewright rule`: one expression on its own.

use std::io::BufRead as _;

use anyhow::{Context as _, Result, anyhow, bail};
use gatewright_compiler::{CheckedRule, check_rule};
use gatewright_diagnostics::{Severity, render};
use gatewright_hir::rule::{DialectError, RULE_DIALECTS};
use gatewright_runtime::{Engine, Mode, ReportOptions, Request, Scratch};
use gatewright_source::decode;
use serde_json::json;

use crate::args::{DataFormat, RuleCheck, RuleEval};
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
        let checked = read(&args.dialect, rule)?;
        is_bad |= checked
            .diagnostics
            .iter()
            .any(|d| d.severity == Severity::Error);
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

fn read(dialect: &str, rule: &str) -> Result<CheckedRule> {
    check_rule(dialect, rule).map_err(|error| {
        let known: Vec<&str> = RULE_DIALECTS.iter().map(|(name, _)| *name).collect();
        match error {
            DialectError::Unknown => {
                anyhow!(
                    "there is no dialect `{dialect}`; there are {}",
                    known.join(", ")
                )
            }
            DialectError::NotSupported => anyhow!("the dialect `{dialect}` is not supported yet"),
        }
    })
}

/// Evaluate a rule on facts.
pub(crate) fn eval(args: &RuleEval, terminal: &Terminal) -> Result<Outcome> {
    let checked = read(&args.dialect, &args.rule)?;
    if !checked.diagnostics.is_empty() {
        let text = render::human(&checked.diagnostics, &checked.sources, terminal.color_err);
        terminal.say(text.trim_end());
    }
    let Some(program) = checked.program() else {
        return Ok(Outcome::Invalid);
    };
    let engine = Engine::from_program(program).context("internal error")?;
    let (matches, unknown) = evaluate(&engine, args, terminal)?;
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
    engine: &Engine,
    args: &RuleEval,
    terminal: &Terminal,
) -> Result<(Option<bool>, Vec<String>)> {
    let name = load::display(&args.facts);
    let facts = decode(&load::read(&args.facts)?)
        .with_context(|| format!("`{name}`"))?
        .text;
    // Read on their own first, so that a mistake has its place in the file.
    let device = Request::from_device_info(engine, facts.as_bytes())
        .map_err(|e| load::misread(&name, &e))?;
    for warning in device.warnings() {
        terminal.say(&format!("warning: {name}: {warning}"));
    }
    let facts: serde_json::Value = serde_json::from_str(&facts)?;
    let request = json!({
        "signInIdentity": { "@odata.type": "#microsoft.graph.userSignIn", "userId": "somebody" },
        "signInContext": {
            "@odata.type": "#microsoft.graph.applicationContext",
            "includeApplications": ["something"],
        },
        "signInConditions": { "deviceInfo": facts },
        "unknown": args.unknown,
    })
    .to_string();
    let request = Request::from_json(engine, request.as_bytes())
        .map_err(|e| anyhow!("--unknown: {}", e.message))?;
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
        (false, "notEnoughInformation") => (
            None,
            report
                .explanation()
                .map_or_else(Vec::new, |e| e.unknown.clone()),
        ),
        (false, _) => (Some(false), Vec::new()),
    })
}
