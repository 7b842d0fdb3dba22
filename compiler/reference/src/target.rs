//! Resources, user actions and authentication contexts.
//!
//! SEMANTICS: §5

use gatewright_hir::model::{AppScope, Edition, Scoped, Target};
use gatewright_value::vocabulary::{Reason, UserAction};

use crate::facts::{Fact, fold};
use crate::logic::{self, Kleene};
use crate::record::{self, Record};
use crate::rule::World;

/// Windows Azure Active Directory, which stands for baseline scopes.
pub(crate) const DIRECTORY_RESOURCE: &str = "00000002-0000-0000-c000-000000000000";

/// The first edition in which requests for baseline scopes do not escape.
const BASELINE_EDITION: Edition = Edition {
    year: 2026,
    month: 6,
};

/// Whether a policy for this target meets the request, and what it is called when it does not.
pub(crate) fn holds(world: &World<'_>, edition: Edition, target: &Target) -> (Reason, Kleene) {
    let is_kind = |kind: &str| world.facts.equals("signIn.target", kind);
    match target {
        Target::Nothing(_) => (Reason::Application, Kleene::False),
        Target::Apps(scope) => (Reason::Application, for_resources(world, edition, scope)),
        Target::Actions(actions) => {
            let listed = actions.members.iter();
            let listed = listed.map(|action| world.facts.equals("app.action", action.name()));
            let holds = logic::all([is_kind("userAction"), logic::any(listed)]);
            (Reason::UserActions, holds)
        }
        Target::Contexts(contexts) => {
            let listed = contexts.members.iter();
            let listed = listed.map(|context| world.facts.equals("app.context", context));
            let holds = logic::all([is_kind("authenticationContext"), logic::any(listed)]);
            (Reason::AuthenticationContext, holds)
        }
    }
}

/// Whether what is asked for is one of these resources, by the audiences of the request.
///
/// SEMANTICS: §6.7
pub(crate) fn is_resource(world: &World<'_>, scope: &Scoped<AppScope>) -> Kleene {
    let reached = match world.facts.get("app.ids") {
        Fact::Unknown => Kleene::Unknown,
        Fact::Set(audiences) => reaches(world, scope, audiences),
        _ => Kleene::False,
    };
    logic::all([world.facts.equals("signIn.target", "apps"), reached])
}

/// A policy for resources.
fn for_resources(world: &World<'_>, edition: Edition, scope: &Scoped<AppScope>) -> Kleene {
    let has_all = scope.include.iter().any(|item| item.value == AppScope::All);

    // SEMANTICS: §5.4
    let ordinary = is_resource(world, scope);
    let resources = if has_all && !scope.exclude.is_empty() {
        let special = if edition >= BASELINE_EDITION {
            let is_for_apps = world.facts.equals("signIn.target", "apps");
            logic::all([
                is_for_apps,
                reaches(world, scope, &[DIRECTORY_RESOURCE.to_owned()]),
            ])
        } else {
            Kleene::False
        };
        let is_baseline = world.facts.is_true("signIn.baselineScopesOnly");
        logic::any([
            logic::all([is_baseline, special]),
            logic::all([is_baseline.not(), ordinary]),
        ])
    } else {
        ordinary
    };

    // SEMANTICS: §5.3
    let registers = logic::all([
        Kleene::from(has_all),
        world.facts.equals("signIn.target", "userAction"),
        world
            .facts
            .equals("app.action", UserAction::RegisterSecurityInfo.name()),
    ]);
    logic::any([resources, registers])
}

/// Whether some audience is included and not excluded.
///
/// SEMANTICS: §5.2
fn reaches(world: &World<'_>, scope: &Scoped<AppScope>, audiences: &[String]) -> Kleene {
    let mut result = Kleene::False;
    for audience in audiences {
        let included = scope
            .include
            .iter()
            .map(|item| is_in(world, &item.value, audience));
        let excluded = scope
            .exclude
            .iter()
            .map(|item| is_in(world, &item.value, audience));
        let reached = logic::all([logic::any(included), logic::any(excluded).not()]);
        result = logic::any([result, reached]);
    }
    result
}

fn is_in(world: &World<'_>, item: &AppScope, audience: &str) -> Kleene {
    match item {
        AppScope::All => Kleene::True,
        AppScope::None => Kleene::False,
        AppScope::App(id) => Kleene::from(fold(id) == fold(audience)),
        AppScope::Group(name) => {
            let mut groups = world.app_groups.iter();
            let group = groups.find(|group| fold(&group.name) == fold(name));
            let apps = group.map(|group| group.apps.as_slice()).unwrap_or_default();
            Kleene::from(apps.iter().any(|app| fold(app) == fold(audience)))
        }
        // SEMANTICS: §16.3
        AppScope::Filter(filter) => {
            let untagged = Record::default();
            record::holds(world.facts.app_tags(audience, &untagged), &filter.rule)
        }
    }
}
