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
         policy \"C\" {{ state enabled us$0ers all apps [Office365] require mfa }}\n"
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
        "Put 2 policies into a new scope with their `state` and `users`",
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
        "Split into 2 policies, one for each part of `users`",
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
fn policies_take_their_comments_and_their_indentation_into_a_scope() {
    let found = done(
        "scope \"Outer\" {\n    state enabled\n\n    /// First.\n    policy ⟦\"A\" {\n        users   all\n        \
         apps    all\n        require mfa\n    }\n\n    // Second.\n    policy⟧ \"B\" {\n        users all\n        \
         apps  [Office365]\n        block\n    }\n}\n",
        "Put 2 policies into a new scope with their `users`",
    );
    assert_eq!(
        found,
        "scope \"Outer\" {\n    state enabled\n\n    scope \"New scope\" {\n        users all\n\n        \
         /// First.\n        policy \"A\" {\n            apps    all\n            require mfa\n        }\n\n        \
         // Second.\n        policy \"B\" {\n            apps [Office365]\n            block\n        }\n    }\n}\n"
    );
}

#[test]
fn a_clause_that_a_comment_speaks_of_stays_where_it_is() {
    let text = "⟦policy \"A\" {\n    state enabled // until May\n    users all\n    apps all\n    block\n}\n\n\
                policy⟧ \"B\" {\n    state enabled\n    users all\n    apps [Office365]\n    block\n}\n";
    let fixture = Fixture::new(text);
    let all = actions(&fixture.snapshot, fixture.ranges()[0]);
    assert!(!all.iter().any(|action| action.title.starts_with("Put 2")));
}

#[test]
fn a_text_in_the_style_stays_in_it_whatever_its_line_ends() {
    let text = "scope \"S\" {\n    state enabled\n    users all\n\n    policy \"A\" {\n        apps all\n        \
                block\n    }\n}\n\n/// Beside.\npolicy $0\"B\" {\n    state   enabled\n    users   all\n    \
                apps    [Office365]\n    require mfa\n}\n\ngroup G = \"5b0c0de0-0000-4000-8000-000000000001\"\n";
    let wanted = "scope \"S\" {\n    state enabled\n    users all\n\n    policy \"A\" {\n        apps all\n        \
                  block\n    }\n\n    /// Beside.\n    policy \"B\" {\n        apps    [Office365]\n        \
                  require mfa\n    }\n}\n\ngroup G = \"5b0c0de0-0000-4000-8000-000000000001\"\n";
    for end in ["\n", "\r\n"] {
        let found = done(&text.replace('\n', end), "Move into the scope \"S\"");
        assert_eq!(found, wanted.replace('\n', end));
    }
}

#[test]
fn a_list_is_split_by_its_elements() {
    let found = done(
        "policy \"P\" { state enabled users all apps all platforms [iOS, and$0roid] block }\n",
        "Split into 2 policies, one for each element of this list",
    );
    assert!(found.contains("platforms [iOS] block") && found.contains("platforms [android] block"));
}

#[test]
fn what_cannot_be_split_says_why() {
    let why = |text: &str| {
        let fixture = Fixture::new(text);
        let (source, offset) = fixture.cursor();
        let all = actions(&fixture.snapshot, Span::new(source, offset, offset));
        let mut split = all.into_iter().filter(|one| one.title.starts_with("Split"));
        split.next().unwrap().disabled
    };
    let policy = "policy \"P\" { state enabled users all apps all userRisk [high] require all [mf$0a, passwordChange] }\n";
    assert_eq!(
        why(policy).unwrap(),
        "one of the controls can only be required together with others"
    );
    let plain = policy.replace("passwordChange", "compliantDevice");
    assert_eq!(why(&plain), None);
    let tested = format!(
        "{plain}test \"t\" {{ given {{ user app \"{ID}\" }} expect {{ not applied [\"P\"] }} }}\n"
    );
    assert_eq!(why(&tested).unwrap(), "the test \"t\" names this policy");
    let with_id = format!("@id(\"{ID}\")\n{plain}");
    assert!(why(&with_id).unwrap().contains("an id"));
}

#[test]
fn an_exclusion_is_added_where_the_users_are_said_and_not_for_guests() {
    let policies = |name: &str| {
        format!(
            "group BreakGlass = \"{ID}\"\n\
             policy \"A\" {{ state enabled users all except groups [BreakGlass] apps all require mfa }}\n\
             policy \"B\" {{ state enabled users all except groups [BreakGlass] apps all block }}\n\
             policy \"C\" {{ state enabled users all except groups [BreakGlass] apps all block }}\n{name}"
        )
    };
    let found = done(
        &policies("scope \"S\" { users all policy $0\"D\" { state enabled apps all block } }\n"),
        "Except the group BreakGlass in the scope \"S\", as 3 of 4 policies do",
    );
    assert!(found.contains("scope \"S\" { users all except groups [BreakGlass] policy"));
    let guests = policies("policy $0\"D\" { state enabled users guests all apps all block }\n");
    assert!(
        !titles(&guests)
            .iter()
            .any(|title| title.starts_with("Except"))
    );
}

#[test]
fn a_clause_that_is_taken_out_takes_its_line_along() {
    let found = done(
        "invariant \"I\" {\n    state$0   enabled\n    clients [exchangeActiveSync, other]\n    always  block\n}\n",
        "Remove it",
    );
    assert_eq!(
        found,
        "invariant \"I\" {\n    clients [exchangeActiveSync, other]\n    always  block\n}\n"
    );
}

#[test]
fn an_effect_stands_before_what_it_asks_for() {
    let text = "schema \"Doors\" version 1\nentity badge { level: Integer [0, 9] }\ncontrol pin \"A PIN\"\n\
                effect open \"Opens\"\neffect ask \"Asks\"\ncombine strongest otherwise open\n\
                policy $0\"Low\" { when badge.level -lt 3 then ask require [pin] }\n";
    let all = titles(text);
    assert!(!all.iter().any(|title| title.contains("order")), "{all:?}");
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
