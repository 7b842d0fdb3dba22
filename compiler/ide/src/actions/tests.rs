//! Actions, and the texts that they make.

use super::*;
use crate::fixture::Fixture;

/// The text after an action whose title starts so; what claims to keep the meaning is proved to.
#[track_caller]
fn done(text: &str, title: &str) -> String {
    let fixture = Fixture::new(text);
    let (source, part) = match fixture.ranges().first() {
        Some(range) => (range.source, *range),
        None => {
            let (source, offset) = fixture.cursor();
            (source, Span::new(source, offset, offset))
        }
    };
    let all = actions(&fixture.snapshot, part);
    let titles: Vec<&str> = all.iter().map(|action| action.title.as_str()).collect();
    let found = all.iter().find(|action| action.title.starts_with(title));
    let found = found.unwrap_or_else(|| panic!("{title} is not among {titles:?}"));
    if found.claims_same {
        keeps_meaning(&fixture.snapshot, &found.edits).expect("the meaning is the same");
    }
    fixture
        .snapshot
        .edited(&found.edits)
        .text(source)
        .to_owned()
}

fn titles(text: &str) -> Vec<String> {
    let fixture = Fixture::new(text);
    let (source, offset) = fixture.cursor();
    let all = actions(&fixture.snapshot, Span::new(source, offset, offset));
    all.into_iter().map(|action| action.title).collect()
}

const ID: &str = "5b0c0de0-0000-4000-8000-000000000001";

#[test]
fn a_fix_of_the_compiler_is_offered_where_the_finding_is() {
    let text = "policy \"P\" { state enabled users roles [GlobalAdministator$0] apps all block }";
    let fixed = done(text, "");
    assert!(fixed.contains("GlobalAdministrator"), "{fixed}");
}

#[test]
fn an_id_gets_a_name_everywhere() {
    let text = format!(
        "// \u{e9}\npolicy \"P\" {{ state enabled users groups [\"{ID}$0\"] apps all block }}\n\
         policy \"Q\" {{ state enabled users all except groups [{ID}] apps all require mfa }}\n"
    );
    let wanted = format!(
        "group Group = \"{ID}\"\n\n// \u{e9}\npolicy \"P\" {{ state enabled users groups [Group] apps all block }}\n\
         policy \"Q\" {{ state enabled users all except groups [Group] apps all require mfa }}\n"
    );
    assert_eq!(done(&text, "Declare the group `Group`"), wanted);
}

#[test]
fn an_id_with_a_name_uses_it() {
    let text = format!(
        "group Finance = \"{ID}\"\n\
         policy \"P\" {{ state enabled users groups [\"{ID}$0\"], roles [GlobalAdministrator] apps all block }}\n"
    );
    assert!(done(&text, "Use the name `Finance`").contains("groups [Finance]"));
    let text = "policy \"P\" { state enabled users roles [\"62e90394-69f5-4237-9190-012177145e10$0\"] apps all block }";
    assert!(done(text, "Use the name").contains("[GlobalAdministrator]"));
}

#[test]
fn what_most_policies_leave_out_can_be_left_out() {
    let text = format!(
        "group BreakGlass = \"{ID}\"\n\
         policy \"A\" {{ state enabled users all except groups [BreakGlass] apps all require mfa }}\n\
         policy \"B\" {{ state enabled users all except groups [BreakGlass] apps all block }}\n\
         policy \"C\" {{ state enabled users all ap$0ps [Office365] require mfa }}\n"
    );
    let found = done(&text, "Except the group BreakGlass, as 2 of 3 policies do");
    assert!(found.contains("\"C\" { state enabled users all except groups [BreakGlass] apps"));
    assert!(
        !titles(&text.replace("$0", "").replace("\"A\"", "\"$0A\""))
            .iter()
            .any(|t| t.starts_with("Except"))
    );
}

#[test]
fn policies_go_into_a_new_scope_with_what_they_have_in_common() {
    let found = done(
        "⟦policy \"A\" { state enabled users all apps all require mfa }\n\
         policy⟧ \"B\" { state enabled users all apps [Office365] block }\n",
        "Put 2 policies into a new scope",
    );
    assert_eq!(
        found,
        "scope \"New scope\" {\n    state enabled\n    users all\n\n    policy \"A\" {\n        apps    all\n        \
         require mfa\n    }\n\n    policy \"B\" {\n        apps [Office365]\n        block\n    }\n}\n"
    );
}

#[test]
fn a_policy_moves_into_a_scope_whose_clauses_it_repeats() {
    let found = done(
        "scope \"S\" {\n    state enabled\n    policy \"A\" { users all apps all require mfa }\n}\n\
         policy \"B\" { sta$0te  enabled users all apps all block }\n",
        "Move into the scope \"S\"",
    );
    assert!(found.contains("    policy \"B\" {"), "{found}");
    assert_eq!(found.matches("state").count(), 1);
}

#[test]
fn a_policy_is_split_by_what_its_clauses_list() {
    let found = done(
        "policy \"P\" { state enabled users roles [GlobalAdministrator], gue$0sts all except roles [GlobalReader] apps all block }\n",
        "Split into 2 policies, one for each kind of users",
    );
    assert_eq!(
        found,
        "policy \"P (1)\" { state enabled users roles [GlobalAdministrator] except roles [GlobalReader] apps all block }\n\n\
         policy \"P (2)\" { state enabled users guests all except roles [GlobalReader] apps all block }\n"
    );
    let found = done(
        "policy \"P\" { state enabled users all apps all require all [mfa, com$0pliantDevice] }\n",
        "Split into 2 policies, one for each control",
    );
    assert!(found.contains("require mfa }") && found.contains("require compliantDevice }"));
    let found = done(
        "policy \"P\" { state enabled users all apps all when user.department -eq \"A\" -o$0r (user.department -eq \"B\" -and user.country -eq \"NL\") block }\n",
        "Split into 2 policies, one for each side",
    );
    assert!(
        found.contains("when user.department -eq \"A\" block"),
        "{found}"
    );
}

#[test]
fn lists_and_clauses_are_sorted() {
    let found = done(
        "policy \"P\" { state enabled users all apps all platforms [win$0dows, android,\n iOS] block }",
        "Sort this list",
    );
    assert!(found.contains("[android, iOS,\n windows]"), "{found}");
    let found = done(
        "policy \"P\" { block\n apps all us$0ers all state enabled }",
        "Put the clauses in the usual order",
    );
    let place = |word: &str| found.find(word).unwrap();
    assert!(place("state") < place("users") && place("users") < place("apps"));
    assert!(place("apps") < place("block"), "{found}");
}

#[test]
fn a_comment_keeps_what_is_around_it_in_place() {
    let all = titles("policy \"P\" { block // because\n apps all us$0ers all state enabled }");
    assert!(!all.iter().any(|title| title.contains("order")), "{all:?}");
}

#[test]
fn what_changes_decisions_is_not_said_to_keep_the_meaning() {
    let fixture = Fixture::new("policy \"P\" { state enabled users all apps all require ⟦mfa⟧ }");
    let edit = Edit {
        span: fixture.ranges()[0],
        text: "compliantDevice".to_owned(),
    };
    assert!(keeps_meaning(&fixture.snapshot, &[edit]).is_err());
}

#[test]
fn every_place_of_a_broken_text_answers() {
    let text =
        "policy \"Ä { users [groups\nscope \"S\" { policy \"Q\" { users groups [A, ] } test \"t";
    let fixture = Fixture::new(text);
    let source = fixture.only_source();
    for offset in 0..=u32::try_from(text.len()).unwrap() + 1 {
        let _ = actions(&fixture.snapshot, Span::new(source, offset, offset));
    }
}
