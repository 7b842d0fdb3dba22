//! The pages of the diagnostics: the erroneous example yields that code and no other, the right one
//! nothing at all.

use gatewright_compiler::{Input, SourceFile, check_rule, compile};
use gatewright_diagnostics::{Code, Diagnostic, codes};
use gatewright_hir::Date;
use gatewright_tests::pages::{Example, parse};

/// The findings of an example. That a fragment holds no policy is no finding here.
fn findings(code: Code, example: &Example) -> Vec<Diagnostic> {
    let mut found = all_findings(example);
    found.retain(|d| d.code == code || d.code != codes::GW0803);
    found
}

fn all_findings(example: &Example) -> Vec<Diagnostic> {
    match example {
        Example::Project {
            files, directory, ..
        } => {
            let source = |name: &str, text: &str| SourceFile {
                path: name.to_owned(),
                bytes: text.as_bytes().to_vec(),
            };
            let mut input = Input {
                today: Date::parse("2026-11-22"),
                ..Input::default()
            };
            for file in files {
                let file = source(&file.name, &file.text);
                if file.path == "gatewright.toml" {
                    input.manifest = Some(file);
                } else {
                    input.files.push(file);
                }
            }
            input.directory = directory
                .as_ref()
                .map(|text| source("directory.json", text));
            compile(&input).diagnostics
        }
        Example::Rule { dialect, text, .. } => check_rule(dialect, text)
            .map(|rule| rule.diagnostics)
            .unwrap_or_default(),
    }
}

fn check(code: Code) -> Result<(), String> {
    let page = parse(code.page())?;
    if page.code != code.name() || page.slug != code.slug() {
        return Err(format!("the title is `{}: {}`", page.code, page.slug));
    }
    if page.shown_by.is_some() {
        return Ok(());
    }
    if page.erroneous.is_empty() || page.right.is_empty() {
        return Err("an example is missing".to_owned());
    }
    for example in &page.erroneous {
        let found = findings(code, example);
        if found.is_empty() || found.iter().any(|d| d.code != code) {
            let names: Vec<&str> = found.iter().map(|d| d.code.name()).collect();
            return Err(format!("the erroneous example yields {names:?}"));
        }
    }
    for example in &page.right {
        let found = findings(code, example);
        if let Some(bad) = found.first() {
            return Err(format!(
                "the right example yields {:?}: {}",
                bad.code, bad.message
            ));
        }
    }
    Ok(())
}

#[test]
fn every_page_shows_its_code_and_how_to_avoid_it() {
    let mut wrong = Vec::new();
    let mut shown_elsewhere = 0;
    for code in codes::all() {
        if parse(code.page()).is_ok_and(|page| page.shown_by.is_some()) {
            shown_elsewhere += 1;
        }
        if let Err(why) = check(code) {
            wrong.push(format!("{}: {why}", code.name()));
        }
    }
    println!(
        "{} pages, {shown_elsewhere} of them shown by a test of their own",
        codes::all().count()
    );
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
