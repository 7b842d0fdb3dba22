//! Compliance policies that do nothing, and requirements of a compliant device that none reaches.

use gatewright_diagnostics::Diagnostic;
use gatewright_value::vocabulary::{
    BuiltInControl, CompliancePlatform, NoncomplianceAction, Platform, State,
};

use crate::model::{
    CompliancePolicy, Control, PlatformScope, Policy, PolicySet, Scoped, UserScope, Who,
};
use crate::problems::compliance as problem;

/// LIMIT: hours that the service takes: 365 days.
const HOURS_MAX: u32 = 365 * 24;

/// Look at each compliance policy, and at each policy that needs one.
pub(super) fn check(set: &PolicySet, problems: &mut Vec<Diagnostic>) {
    for policy in &set.compliance.policies {
        alone(policy, problems);
    }
    // Where there is none, the compliance policies are elsewhere.
    if set.compliance.policies.is_empty() {
        return;
    }
    for policy in &set.policies {
        if policy.state != State::Disabled {
            problems.extend(unreached(set, policy));
        }
    }
}

fn alone(policy: &CompliancePolicy, problems: &mut Vec<Diagnostic>) {
    let name = &policy.display_name;
    if policy.users.include.is_empty() {
        problems.push(problem::assigned_to_nobody(policy.name_span, name));
    }
    if policy.requirements.is_empty() {
        problems.push(problem::asks_for_nothing(policy.name_span, name));
    }
    for action in policy
        .actions
        .iter()
        .filter(|action| action.after_hours > HOURS_MAX)
    {
        problems.push(problem::too_late(action.span, action.after_hours));
    }
    let is_block = |kind: NoncomplianceAction| kind == NoncomplianceAction::Block;
    if !policy.actions.iter().any(|action| is_block(action.kind)) {
        problems.push(problem::no_block(policy.name_span, name));
    }
}

/// A platform of a policy, and users of it, for which no compliance policy is.
fn unreached(set: &PolicySet, policy: &Policy) -> Option<Diagnostic> {
    let requirement = policy.outcome.requirement.as_ref()?;
    let device = Control::BuiltIn(BuiltInControl::CompliantDevice);
    if !requirement.controls.contains(&device) {
        return None;
    }
    // Who has another way in is not shut out, and is not let in by nothing either way.
    let assignments = policy.assignments.as_ref()?;
    let Who::Users(users) = &assignments.who else {
        return None;
    };
    let is_secure = set.compliance.is_secure_by_default;
    let place = (requirement.span, policy.display_name.as_str());
    for platform in named(assignments.platforms.as_ref()) {
        let policies = set.compliance.policies.iter();
        let mut fitting = policies.filter(|p| is_for(p.platform, platform)).peekable();
        if fitting.peek().is_none() {
            return Some(problem::platform_not_reached(place, platform, is_secure));
        }
        if !reaches(fitting.map(|p| &p.users), users) {
            return Some(problem::users_not_reached(place, Some(platform), is_secure));
        }
    }
    if assignments.platforms.is_none()
        && !reaches(set.compliance.policies.iter().map(|p| &p.users), users)
    {
        return Some(problem::users_not_reached(place, None, is_secure));
    }
    None
}

/// The platforms that a policy names; none where it is for all of them, of which some may well be
/// managed elsewhere.
fn named(platforms: Option<&Scoped<PlatformScope>>) -> Vec<Platform> {
    let Some(scope) = platforms else {
        return Vec::new();
    };
    let excluded = |platform: Platform| {
        let scopes = scope.exclude.iter();
        scopes
            .map(|item| item.value)
            .any(|item| item == PlatformScope::Platform(platform))
    };
    let mut found = Vec::new();
    for item in &scope.include {
        if let PlatformScope::Platform(platform) = item.value
            && platform != Platform::WindowsPhone
            && !excluded(platform)
        {
            found.push(platform);
        }
    }
    found
}

fn is_for(platform: CompliancePlatform, of_sign_in: Platform) -> bool {
    use CompliancePlatform as C;
    match of_sign_in {
        Platform::Windows => platform == C::Windows,
        Platform::Ios => platform == C::Ios,
        Platform::MacOs => platform == C::MacOs,
        Platform::Linux => platform == C::Linux,
        Platform::Android => matches!(
            platform,
            C::Android | C::AndroidWorkProfile | C::AndroidDeviceOwner | C::AndroidOpenSource
        ),
        Platform::WindowsPhone => false,
    }
}

/// Whether the assignments certainly have somebody in common with each of the users' parts. Roles
/// and guests may be in any group.
fn reaches<'u>(
    assigned: impl Iterator<Item = &'u Scoped<UserScope>>,
    users: &Scoped<UserScope>,
) -> bool {
    let assigned: Vec<&Scoped<UserScope>> = assigned.collect();
    let is_all = |scope: &&Scoped<UserScope>| {
        scope
            .include
            .iter()
            .any(|item| item.value == UserScope::All)
    };
    if assigned.iter().any(is_all) {
        return true;
    }
    let has = |wanted: &UserScope| {
        assigned
            .iter()
            .any(|scope| scope.include.iter().any(|item| item.value == *wanted))
    };
    users.include.iter().all(|item| match &item.value {
        UserScope::All => assigned.iter().any(is_all),
        UserScope::Group(_) => has(&item.value),
        _ => true,
    })
}
