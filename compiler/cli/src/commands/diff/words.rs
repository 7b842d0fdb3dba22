//! Differences in words, as every format has them.

use gatewright_analysis::diff::Direction;
use gatewright_analysis::words;
use gatewright_compiler::{
    Changed, Comparison, ComplianceCause, Decided, DemandKind, PolicyChange, PolicyName,
    RegionFact, TextAspect, Told,
};

use crate::terminal::counted;

/// The sign of a direction.
pub(super) fn sign(direction: Direction) -> &'static str {
    match direction {
        Direction::Looser => "▼",
        Direction::Changed => "◆",
        Direction::Stricter => "▲",
    }
}

/// What is no longer demanded, and what is demanded now, a sentence each.
pub(super) fn effects(class: &Changed) -> Vec<String> {
    let dropped = class.dropped.iter().map(dropped);
    dropped.chain(class.added.iter().map(added)).collect()
}

/// The same of what is different at other sign-ins of the class.
pub(super) fn further_effects(class: &Changed) -> Vec<String> {
    let dropped = class.also_dropped.iter().map(dropped);
    dropped.chain(class.also_added.iter().map(added)).collect()
}

fn dropped(told: &Told) -> String {
    let words = &told.words;
    match told.kind {
        DemandKind::Block => "access is no longer blocked".to_owned(),
        DemandKind::Requirement => format!("{words} is no longer required"),
        DemandKind::Session => format!("{words} is no longer set for the session"),
        DemandKind::Effect => format!("the verdict is no longer {words}"),
        DemandKind::Obligation => format!("{words} is no longer an obligation"),
        DemandKind::Conflict => "policies no longer contradict each other".to_owned(),
    }
}

fn added(told: &Told) -> String {
    let words = &told.words;
    match told.kind {
        DemandKind::Block => "nobody gets in any more".to_owned(),
        DemandKind::Requirement => format!("{words} is required now"),
        DemandKind::Session => format!("{words} is set for the session now"),
        DemandKind::Effect => format!("the verdict is {words} now"),
        DemandKind::Obligation => format!("{words} is an obligation now"),
        DemandKind::Conflict => "policies contradict each other now".to_owned(),
    }
}

/// What happens to somebody who has proved nothing yet.
pub(super) fn decision(decided: &Decided) -> String {
    let owed = decided.owed.join(", and ");
    let mut text = match decided.verdict.as_str() {
        "block" => "blocked".to_owned(),
        "deny" => format!("kept out: {owed} cannot be shown there"),
        "interrupt" => format!("asked for {owed}"),
        "grant" => "let in: what is required is there".to_owned(),
        "notApplicable" => "let in: nothing is required".to_owned(),
        "" => "not decided".to_owned(),
        "conflict" => "not decided: policies contradict each other".to_owned(),
        verdict => verdict.to_owned(),
    };
    if !decided.controls.is_empty() {
        text.push_str(&format!(", with {}", decided.controls.join(", ")));
    }
    let session = words::session(&decided.session);
    if !session.is_empty() {
        text.push_str(&format!("; session: {}", session.join(", ")));
    }
    text
}

/// LIMIT: facts that are as usual and told nevertheless.
const USUAL_SHOWN: usize = 3;

/// Where a class is, told by what is not as usual.
pub(super) struct Place {
    /// The ways to be in it; a sign-in is in it by one of them.
    pub(super) ways: Vec<String>,
    /// What is as usual there, and has to be, whichever the way.
    pub(super) usual: Vec<String>,
    /// Whether the first way tells it already, because nothing is unusual there.
    pub(super) is_usual_told: bool,
}

/// Where a class is.
pub(super) fn place(class: &Changed) -> Place {
    let mut ways: Vec<String> = Vec::new();
    let mut told: Vec<Vec<String>> = Vec::new();
    let mut usual: Option<Vec<String>> = None;
    let mut is_usual_told = false;
    for region in &class.regions {
        let is_usual = |fact: &&RegionFact| fact.is_usual;
        let (common, special): (Vec<_>, Vec<_>) = region.facts.iter().partition(is_usual);
        let says = |facts: Vec<&RegionFact>| -> Vec<String> {
            facts.into_iter().map(|fact| fact.says.clone()).collect()
        };
        let (common, special) = (says(common), says(special));
        // A way that asks for more than another is told by that one.
        if told
            .iter()
            .any(|told| told.iter().all(|fact| special.contains(fact)))
        {
            continue;
        }
        let way = match (special.is_empty(), common.is_empty()) {
            (false, _) => special.join("; "),
            (true, false) => shortened(&common),
            (true, true) => "every sign-in".to_owned(),
        };
        is_usual_told |= special.is_empty() && ways.is_empty();
        match &mut usual {
            Some(usual) => usual.retain(|fact| common.contains(fact)),
            None => usual = Some(common),
        }
        ways.push(way);
        told.push(special);
    }
    if !class.is_covered {
        ways.push("under further conditions like these".to_owned());
    }
    Place {
        ways,
        usual: usual.unwrap_or_default(),
        is_usual_told,
    }
}

/// The first of some facts that are as usual, and how many there are besides.
pub(super) fn shortened(facts: &[String]) -> String {
    let shown: Vec<&str> = facts.iter().take(USUAL_SHOWN).map(String::as_str).collect();
    match facts.len() - shown.len() {
        0 => shown.join("; "),
        further => {
            let further = counted(further, "further fact", "further facts");
            format!("{}; and {further} as usual", shown.join("; "))
        }
    }
}

/// How many differences there are of which direction: `1 looser, 2 stricter`.
pub(super) fn counts(comparison: &Comparison) -> String {
    let directions = [Direction::Looser, Direction::Changed, Direction::Stricter];
    let counts = directions.into_iter().filter_map(|direction| {
        let of = comparison
            .classes
            .iter()
            .filter(|class| class.direction == direction);
        let count = of.count();
        (count > 0).then(|| format!("{count} {}", direction.name()))
    });
    let counts: Vec<String> = counts.collect();
    let further = if comparison.has_further {
        ", and further ones"
    } else {
        ""
    };
    format!("{}{further}", counts.join(", "))
}

/// The answer in a sentence.
pub(super) fn verdict(comparison: &Comparison) -> String {
    let has = |direction| {
        comparison
            .classes
            .iter()
            .any(|class| class.direction == direction)
    };
    let (looser, stricter) = (has(Direction::Looser), has(Direction::Stricter));
    let text = match (has(Direction::Changed), looser, stricter) {
        _ if comparison.classes.is_empty() => return unchanged(comparison).to_owned(),
        (false, true, false) => "Less is demanded than before, and nowhere more.",
        (false, false, true) => "More is demanded than before, and nowhere less.",
        (false, ..) => "Less is demanded of some sign-ins than before, and more of others.",
        (true, ..) => "Some sign-ins have to meet something else than before.",
    };
    match comparison.is_certain() {
        true => text.to_owned(),
        false => format!("{text} This may not be all, or not be sure."),
    }
}

fn unchanged(comparison: &Comparison) -> &'static str {
    match (comparison.is_certain(), comparison.is_identical()) {
        (false, _) => "Nobody knows whether any sign-in is decided differently.",
        (true, true) => "No difference.",
        (true, false) if comparison.is_same_text => {
            "No difference: every sign-in is decided alike in both editions."
        }
        (true, false) => "Textual changes only: every sign-in is decided as before.",
    }
}

/// The editions, where they differ.
pub(super) fn editions(comparison: &Comparison) -> Option<String> {
    let [old, new] = comparison.editions;
    (old != new).then(|| format!("edition {old} → {new}"))
}

/// What makes the difference on each side: policies in quotes, or why the device is not compliant.
pub(super) fn causes(class: &Changed) -> [String; 2] {
    let mut compliance = class.compliance.iter();
    class.causes.each_ref().map(|policies| {
        let policies = policies.iter().map(|one| format!("`{}`", one.name));
        let of_side = compliance.next().into_iter().flatten();
        let all: Vec<String> = policies.chain(of_side.map(compliance_cause)).collect();
        all.join(", ")
    })
}

fn compliance_cause(cause: &ComplianceCause) -> String {
    match cause {
        ComplianceCause::Policy { name, .. } => format!("compliance policy `{name}`"),
        ComplianceCause::Unassigned => "no compliance policy is assigned".to_owned(),
        ComplianceCause::CheckIn(1) => "a check-in within a day".to_owned(),
        ComplianceCause::CheckIn(days) => format!("a check-in within {days} days"),
    }
}

/// How many people a class concerns, with a few of them: `12 people: Ada, Bob and 10 more`.
pub(super) fn people(class: &Changed, all: Option<usize>) -> Option<String> {
    let users = class.users.as_ref()?;
    let mut text = format!(
        "{} of {}",
        users.count,
        counted(all.unwrap_or_default(), "person", "people")
    );
    if !users.names.is_empty() {
        text.push_str(&format!(": {}", users.names.join(", ")));
        let further = users.count - users.names.len().min(users.count);
        if further > 0 {
            text.push_str(&format!(" and {further} more"));
        }
    }
    if users.unknown > 0 {
        text.push_str(&format!("; of {} nobody knows", users.unknown));
    }
    Some(text)
}

/// What happened to a policy's text.
pub(super) struct Edit {
    /// `+`, `-` or `~`.
    pub(super) sign: char,
    /// The name of the policy.
    pub(super) name: String,
    /// What happened, a few words each.
    pub(super) what: Vec<String>,
}

/// What happened to a policy's text.
pub(super) fn edit(change: &PolicyChange) -> Edit {
    let (sign, name, what) = match (&change.old, &change.new) {
        (None, Some(new)) => ('+', &new.name, vec![format!("added, {}", new.state.name())]),
        (Some(old), None) => (
            '-',
            &old.name,
            vec![format!("removed, was {}", old.state.name())],
        ),
        (Some(old), Some(new)) => {
            let what = change
                .aspects
                .iter()
                .map(|aspect| self::aspect(aspect, old, new));
            ('~', &new.name, what.collect())
        }
        (None, None) => {
            return Edit {
                sign: '~',
                name: String::new(),
                what: Vec::new(),
            };
        }
    };
    Edit {
        sign,
        name: name.clone(),
        what,
    }
}

fn aspect(aspect: &TextAspect, old: &PolicyName, new: &PolicyName) -> String {
    match aspect {
        TextAspect::Name => format!("renamed from `{}`", old.name),
        TextAspect::State => format!("state {} → {}", old.state.name(), new.state.name()),
        TextAspect::Conditions(reasons) => {
            let names: Vec<String> = reasons.iter().map(|one| spaced(one.name())).collect();
            format!("conditions changed: {}", names.join(", "))
        }
        TextAspect::Requirement => "what it demands changed".to_owned(),
        TextAspect::Session => "session controls changed".to_owned(),
        TextAspect::Wording => "worded differently".to_owned(),
    }
}

/// `signInRisk` as `sign-in risk`.
fn spaced(name: &str) -> String {
    let mut text = String::with_capacity(name.len() + 4);
    for c in name.chars() {
        if c.is_ascii_uppercase() {
            text.push(' ');
        }
        text.push(c.to_ascii_lowercase());
    }
    text.replace("sign in", "sign-in")
}
