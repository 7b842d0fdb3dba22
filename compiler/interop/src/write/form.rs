//! What a text has to say of how Graph objects were written.

use gatewright_hir::model::{
    AgentScope, AppScope, AttributeFilter, Control, GraphProfile, LocationScope, Policy, Scoped,
    ServicePrincipalScope, Strength, Target, Unmodelled, UserScope, Who,
};
use gatewright_syntax::ast::ObjectKind;

use super::layout::{filled_list, member_name, one_line, string};
use super::names::Names;
use crate::export::{Change, Expanded, apply, changes, generate, strength_node, worded};
use crate::json::Node;

/// How a policy was written, beyond what its clauses say.
pub(super) struct Form {
    profile: GraphProfile,
    changes: Vec<Change>,
    template: Option<Node>,
}

/// The form of a policy, the strengths being those that the text says.
pub(super) fn of(policy: &Policy, names: &Names, strengths: &[Expanded]) -> Form {
    let mut wanted = generate(policy, strengths, policy.form.profile);
    let written = changes(&wanted, &policy.form);
    apply(&mut wanted, &written);
    let said = said(policy, names);
    let (profile, changes) = worded(&said, strengths, &wanted);
    Form {
        profile,
        changes,
        template: policy.form.template.as_deref().map(Node::parse),
    }
}

impl Form {
    /// `@graph(…)` and a line end, where it has something to say.
    pub(super) fn annotation(&self) -> String {
        let mut arguments: Vec<String> = Vec::new();
        arguments.extend(self.profile.word().map(str::to_owned));
        let dates = self.changes.iter().filter_map(date);
        arguments.extend(dates.map(|(word, date)| format!("{word} {}", string(date))));
        let absent = self.changes.iter().filter(|change| change.value.is_none());
        let absent: Vec<String> = absent.map(|change| member_name(&change.path)).collect();
        if !absent.is_empty() {
            let mut start = "@graph(".len() + arguments.iter().map(|a| a.len() + 2).sum::<usize>();
            let mut head = String::new();
            if start > LAST_START {
                start = "@graph(".len();
                head = format!("\n{}", " ".repeat(start));
            }
            let members = filled_list(&absent, start + "without [".len());
            arguments.push(format!("{head}without {members}"));
        }
        if arguments.is_empty() {
            String::new()
        } else {
            format!("@graph({})\n", arguments.join(", ").replace(", \n", ",\n"))
        }
    }

    /// The members of `graph { … }`, those included that nothing else says.
    pub(super) fn clause(&self, unmodelled: &[Unmodelled]) -> Option<String> {
        let mut root = Node::object();
        for member in unmodelled {
            let path: Vec<&str> = member.path.iter().map(String::as_str).collect();
            lay(&mut root, &path, Node::parse(&member.json));
        }
        for change in self.changes.iter().filter(|change| date(change).is_none()) {
            if let Some(value) = &change.value {
                let path: Vec<&str> = change.path.iter().map(String::as_str).collect();
                lay(&mut root, &path, value.clone());
            }
        }
        if let Some(template) = &self.template {
            let mut whole = template.clone();
            whole.put(&["details"], root);
            root = whole;
        }
        (root != Node::object()).then(|| root.compact())
    }
}

/// The last column at which a list of members still begins on the line of the annotation.
const LAST_START: usize = 50;

/// A date that the annotation says, with its word.
fn date(change: &Change) -> Option<(&'static str, &str)> {
    let [name] = change.path.as_slice() else {
        return None;
    };
    let word = match name.as_str() {
        "createdDateTime" => "created",
        "modifiedDateTime" => "modified",
        _ => return None,
    };
    let text = change.value.as_ref()?.as_text()?;
    let is_plain = |b: u8| b.is_ascii_alphanumeric() || b"-:.+".contains(&b);
    text.bytes().all(is_plain).then_some((word, text))
}

fn lay(root: &mut Node, path: &[&str], value: Node) {
    let mut over = Node::object();
    over.put(path, value);
    root.lay(&over);
}

/// The strengths of a set as answers have them, in the text's spelling.
pub(super) fn expanded(strengths: &[Strength], names: &Names) -> Vec<Expanded> {
    let one = |strength: &Strength| {
        let mut node = strength_node(strength);
        let written = changes(&node, &strength.form);
        apply(&mut node, &written);
        let id = names.spelling(ObjectKind::Strength, &strength.id);
        (id, node.bare())
    };
    strengths.iter().map(one).collect()
}

/// The policy that the text says: ids in the spelling of their declarations, rules without what is
/// around them.
fn said(policy: &Policy, names: &Names) -> Policy {
    let mut policy = policy.clone();
    policy.display_name = one_line(&policy.display_name);
    for control in policy
        .outcome
        .requirement
        .iter_mut()
        .flat_map(|r| &mut r.controls)
    {
        match control {
            Control::Strength(id) => *id = names.spelling(ObjectKind::Strength, id),
            Control::Terms(id) => *id = names.spelling(ObjectKind::Terms, id),
            Control::BuiltIn(_) | Control::Custom(_) | Control::Own(_) => {}
        }
    }
    let Some(assignments) = &mut policy.assignments else {
        return policy;
    };
    if let Some(devices) = &mut assignments.devices {
        devices.text = devices.text.trim().to_owned();
    }
    each(assignments.locations.as_mut(), |scope| {
        if let LocationScope::Named(id) = scope {
            *id = names.spelling(ObjectKind::Location, id);
        }
    });
    match &mut assignments.who {
        Who::Users(users) => each(Some(users), |scope| said_user(scope, names)),
        Who::ServicePrincipals(principals) => each(Some(principals), |scope| {
            if let ServicePrincipalScope::Filter(filter) = scope {
                trim(filter);
            }
        }),
        Who::Agents(agents) => each(Some(agents), |scope| {
            if let AgentScope::Filter(filter) = scope {
                trim(filter);
            }
        }),
    }
    if let Target::Apps(apps) = &mut assignments.target {
        each(Some(apps), |scope| match scope {
            AppScope::App(id) => *id = names.spelling(ObjectKind::App, id),
            AppScope::Filter(filter) => trim(filter),
            AppScope::All | AppScope::None | AppScope::Group(_) => {}
        });
    }
    policy
}

fn said_user(scope: &mut UserScope, names: &Names) {
    match scope {
        UserScope::User(id) => *id = names.spelling(ObjectKind::User, id),
        UserScope::Group(id) => *id = names.spelling(ObjectKind::Group, id),
        UserScope::Role(id) => *id = names.spelling(ObjectKind::Role, id),
        UserScope::All | UserScope::None => {}
        UserScope::AllAgentUsers | UserScope::Guests(_) => {}
    }
}

fn trim(filter: &mut AttributeFilter) {
    filter.text = filter.text.trim().to_owned();
}

fn each<T>(scoped: Option<&mut Scoped<T>>, mut change: impl FnMut(&mut T)) {
    if let Some(scoped) = scoped {
        let items = scoped.include.iter_mut().chain(&mut scoped.exclude);
        items.for_each(|item| change(&mut item.value));
    }
}
