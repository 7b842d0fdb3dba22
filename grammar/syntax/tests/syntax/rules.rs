//! Single rules: what is read, and what is said about the others.

use gatewright_source::SourceId;
use gatewright_syntax::{dump_problems, dump_rule, parse_rule};

#[track_caller]
fn reads(text: &str, wanted: &str) {
    let parsed = parse_rule(SourceId(0), text);
    assert_eq!(dump_problems(&parsed.problems), "", "{text}");
    assert_eq!(dump_rule(&parsed.tree).trim_end(), wanted, "{text}");
}

/// All rules with what is wrong with each and the piece of text that is pointed at.
fn report(rules: &[&str]) -> String {
    let mut out = String::new();
    for rule in rules {
        let parsed = parse_rule(SourceId(0), rule);
        out.push_str(&format!("{rule}\n"));
        assert_eq!(parsed.problems.len(), 1, "{rule}: {:?}", parsed.problems);
        for problem in &parsed.problems {
            let at = &rule[problem.span.range()];
            out.push_str(&format!(
                "    {:?} at {}..«{at}»\n",
                problem.kind, problem.span.start
            ));
            for related in &problem.related {
                let at = &rule[related.span.range()];
                out.push_str(&format!("        {:?} «{at}»\n", related.role));
            }
        }
    }
    out
}

#[test]
fn comparison_binds_tighter_than_not_than_and_than_or() {
    reads(
        "-not a -eq 1 -and b -or c -and -not (d -or e)",
        "or\n  and\n    not\n      a -eq #1\n    name b\n  \
         and\n    name c\n    not\n      paren\n        or\n          name d\n          name e",
    );
}

#[test]
fn chains_are_flat() {
    reads(
        "a -or b -or c -or d",
        "or\n  name a\n  name b\n  name c\n  name d",
    );
}

#[test]
fn the_hyphen_is_optional_and_case_does_not_count() {
    reads(
        "not a eq 1 AND b NOTIN [x]",
        "and\n  not\n    a eq #1\n  b notIn [x]",
    );
    reads("a -EQ 1 -Or b -nOtIn [x]", "or\n  a -eq #1\n  b -notIn [x]");
    reads("eq -eq eq", "eq -eq eq");
    reads("user.eq eq or.and", "user.eq eq or.and");
}

#[test]
fn a_missing_space_does_not_matter() {
    reads(
        "a-eq5-and(b)-or c -endsWith\"x\"",
        "or\n  and\n    a -eq #5\n    paren\n      name b\n  c -endsWith \"x\"",
    );
}

#[test]
fn operands_may_stand_on_either_side() {
    reads(
        "\"Sales\" -eq user.department",
        "\"Sales\" -eq user.department",
    );
    reads("5 -lt a", "#5 -lt a");
    reads("[\"a\",] -contains user.x", "[\"a\"] -contains user.x");
}

#[test]
fn quantifiers_take_one_comparison_or_parentheses() {
    reads(
        "a -any _ -eq \"x\" -and b",
        "and\n  any a\n    _ -eq \"x\"\n  name b",
    );
    reads(
        "a -ALL (b.c -eq 1 -and d)",
        "all a\n  paren\n    and\n      b.c -eq #1\n      name d",
    );
    reads(
        "a any (_ startsWith \"x\")",
        "any a\n  paren\n    _ startsWith \"x\"",
    );
}

#[test]
fn values_are_of_many_kinds() {
    reads("a -ge system.now -plus p1d", "a -ge (system.now plus p1d)");
    reads(
        "a -ge system.now -minus 4 hours",
        "a -ge (system.now minus 4 hours)",
    );
    reads(
        "a -in [10.0.22631, 203.0.113.0/24, 'x', $null]",
        "a -in [#10.0.22631, #203.0.113.0/24, '\"x\", $null]",
    );
    reads("a -eq 2020-06-10T18:13:20Z", "a -eq #2020-06-10T18:13:20Z");
    reads("a -in []", "a -in []");
    reads("direct REPORTS for \"x\"", "direct reports \"x\"");
    reads(
        "Corporate(user, \"x\") -and Small()",
        "and\n  name Corporate(user, \"x\")\n  name Small()",
    );
    reads("a –eq “x” −and b", "and\n  a -eq ~\"x\"\n  name b");
}

#[test]
fn what_is_wrong_with_brackets_is_said() {
    insta::assert_snapshot!(report(&[
        "()",
        "(a -eq 1) -and ()",
        "(a -eq 1",
        "a -eq 1)",
        "(a -eq 1]",
        "(a -in [\"x\")",
        "a -in [\"x\", \"y\"",
        "a -in [\"x\" \"y\"]",
        "a -in [\"x\",,\"y\"]",
        "a -eq 1 { b }",
    ]));
}

#[test]
fn what_is_missing_is_said() {
    insta::assert_snapshot!(report(&[
        "",
        "a.b -eq",
        "a -eq -and b -eq 1",
        "(a -eq)",
        "a eq or b eq 2",
        "-eq 5",
        "a -and -eq 5",
        "a -and",
        "-or a",
        "a -and -or b",
        "(a -or)",
        "-not",
        "\"x\"",
        "user.department \"Sales\"",
        "a -eq 1 b -eq 2",
        "Corporate b.c -eq 2",
        "a -eq 1 -eq 2",
        "a. -eq 5",
        "a -any",
        "Direct Reports for x",
    ]));
}

#[test]
fn what_was_probably_meant_is_said() {
    insta::assert_snapshot!(report(&[
        "a = \"x\"",
        "a == \"x\"",
        "a -eq 1 && b",
        "a -equals 5",
        "a -notStartWith \"x\"",
        "a -eqTrue",
        "a is \"x\"",
        "a not in [\"x\"]",
        "a - eq 5",
        "a -eq `\"Sales`\"",
        "a -eq \"Sales",
        "a -eq *null*",
        "\\_ -eq 1",
        "a -startsWith \"M365\" SystemLabels",
        "a -eq 4 parsecs",
    ]));
}
