//! How a Graph object was written: `@graph(…)`, and the members of `graph { … }` that say what
//! clauses say already.
//!
//! Nothing here changes what a policy means. Whether a member says the same as the clauses is
//! looked at by who knows how the service spells things.

use gatewright_diagnostics::Diagnostic;
use gatewright_source::Span;
use gatewright_syntax::ast::{Annotation, Declaration, Head, Phrase, Term};

use super::graph::{is_vacuous, top_members};
use super::parts::Written as Clauses;
use crate::annotations;
use crate::model::{GraphForm, GraphProfile, Unmodelled, Written};
use crate::problems::names as problem;

/// A member that clauses say, with the heads of which one has to be there. Where there is none,
/// the member is a condition that nothing says.
struct Said {
    path: &'static str,
    heads: &'static [Head],
}

const WHO: &[Head] = &[Head::Users, Head::Guests, Head::Workloads, Head::Agents];
const TARGET: &[Head] = &[Head::Apps, Head::Actions, Head::Contexts];

/// Conditions that clauses say; every other member of `conditions` is one that is not modelled.
#[rustfmt::skip]
const SAID: &[Said] = &[
    Said { path: "conditions.users", heads: WHO },
    Said { path: "conditions.clientapplications.includeserviceprincipals", heads: &[Head::Workloads] },
    Said { path: "conditions.clientapplications.excludeserviceprincipals", heads: &[Head::Workloads] },
    Said { path: "conditions.clientapplications.serviceprincipalfilter", heads: &[Head::Workloads] },
    Said { path: "conditions.clientapplications.includeagentidserviceprincipals", heads: &[Head::Agents] },
    Said { path: "conditions.clientapplications.excludeagentidserviceprincipals", heads: &[Head::Agents] },
    Said { path: "conditions.clientapplications.agentidserviceprincipalfilter", heads: &[Head::Agents] },
    Said { path: "conditions.applications.includeapplications", heads: TARGET },
    Said { path: "conditions.applications.excludeapplications", heads: TARGET },
    Said { path: "conditions.applications.applicationfilter", heads: &[Head::Apps] },
    Said { path: "conditions.applications.includeuseractions", heads: &[Head::Actions] },
    Said { path: "conditions.applications.includeauthenticationcontextclassreferences", heads: &[Head::Contexts] },
    Said { path: "conditions.platforms", heads: &[Head::Platforms] },
    Said { path: "conditions.locations", heads: &[Head::Locations] },
    Said { path: "conditions.devices.devicefilter", heads: &[Head::Devices] },
    Said { path: "conditions.userrisklevels", heads: &[Head::UserRisk] },
    Said { path: "conditions.signinrisklevels", heads: &[Head::SignInRisk] },
    Said { path: "conditions.insiderrisklevels", heads: &[Head::InsiderRisk] },
    Said { path: "conditions.serviceprincipalrisklevels", heads: &[Head::WorkloadRisk] },
    Said { path: "conditions.agentidrisklevels", heads: &[Head::AgentRisk] },
    Said { path: "conditions.authenticationflows", heads: &[Head::Flows] },
];

/// Lists of one kind of users: what only a member of this name says is no other member of `users`.
const USERS: &[&str] = &[
    "includeusers",
    "excludeusers",
    "includegroups",
    "excludegroups",
    "includeroles",
    "excluderoles",
    "includeguestsorexternalusers",
    "excludeguestsorexternalusers",
];

/// Members outside `conditions` that clauses say, or that the server owns.
const PLAIN: &[&str] = &[
    "id",
    "displayname",
    "state",
    "createddatetime",
    "modifieddatetime",
    "deleteddatetime",
    // What the What-If call adds.
    "policyapplies",
    "analysisreasons",
    "allreasons",
    "result",
    "grantcontrols",
    "grantcontrols.operator",
    "grantcontrols.builtincontrols",
    "grantcontrols.customauthenticationfactors",
    "grantcontrols.termsofuse",
    "grantcontrols.authenticationstrength",
    "sessioncontrols",
    "sessioncontrols.disableresiliencedefaults",
];

/// Session controls whose members clauses say.
const SESSION: &[(&str, &[&str])] = &[
    (
        "signinfrequency",
        &[
            "isenabled",
            "type",
            "value",
            "frequencyinterval",
            "authenticationtype",
        ],
    ),
    ("persistentbrowser", &["isenabled", "mode"]),
    ("applicationenforcedrestrictions", &["isenabled"]),
    ("cloudappsecurity", &["isenabled", "cloudappsecuritytype"]),
    ("securesigninsession", &["isenabled"]),
    ("continuousaccessevaluation", &["isenabled", "mode"]),
    (
        "globalsecureaccessfilteringprofile",
        &["isenabled", "profileid"],
    ),
];

/// Members that old files have in place of a filter for devices.
const STATES: &[&str] = &[
    "conditions.devicestates.includestates",
    "conditions.devicestates.excludestates",
    "conditions.devices.includedevices",
    "conditions.devices.excludedevices",
    "conditions.devices.includedevicestates",
    "conditions.devices.excludedevicestates",
];

/// Part the members of `graph { … }` into those that say how something is written and those that
/// nothing else says; the form so far has what the annotation says.
pub(super) fn part(
    found: Vec<Unmodelled>,
    clauses: &Clauses<'_>,
    form: &mut GraphForm,
) -> Vec<Unmodelled> {
    let is_filter = |path: &str| matches!(path, "conditions.devices" | DEVICE_FILTER);
    let without = form.written.iter().map(|w| w.path.join("."));
    let nothing = found.iter().filter(|m| is_vacuous(&m.json));
    let has_no_filter = without
        .chain(nothing.map(|member| member.path.join(".")))
        .any(|path| is_filter(&path.to_ascii_lowercase()));
    let mut carried = Vec::new();
    for member in found {
        let path = member.path.join(".").to_ascii_lowercase();
        let is_state =
            STATES.contains(&path.as_str()) && has_no_filter && clauses.has(Head::Devices);
        if is_vacuous(&member.json) || is_state || is_said(&path, clauses) {
            form.written.push(Written {
                path: member.path,
                json: Some(member.json),
                span: member.span,
            });
        } else {
            carried.push(member);
        }
    }
    carried
}

/// Where a form says that the list of clients is empty, as only old files do.
pub(super) fn empty_clients(form: &GraphForm) -> Option<Span> {
    let is_clients = |written: &&Written| {
        let path = written.path.join(".");
        path.eq_ignore_ascii_case("conditions.clientAppTypes")
    };
    let written = form.written.iter().find(is_clients)?;
    let json = written.json.as_deref()?;
    (json.trim().starts_with('[') && is_vacuous(json)).then_some(written.span)
}

const DEVICE_FILTER: &str = "conditions.devices.devicefilter";

fn is_said(path: &str, clauses: &Clauses<'_>) -> bool {
    if path == "conditions.clientapptypes" || PLAIN.contains(&path) {
        return true;
    }
    if path.starts_with("grantcontrols.authenticationstrength.") {
        return true;
    }
    if let Some((control, member)) = path
        .strip_prefix("sessioncontrols.")
        .and_then(|rest| rest.split_once('.'))
    {
        let known = SESSION.iter().find(|(name, _)| *name == control);
        return known.is_some_and(|(_, members)| members.contains(&member));
    }
    SAID.iter().any(|said| {
        let is_same = path == said.path;
        let rest = path
            .strip_prefix(said.path)
            .and_then(|rest| rest.strip_prefix('.'));
        let is_inside = match rest {
            Some(rest) if said.path == "conditions.users" => {
                USERS.contains(&rest.split('.').next().unwrap_or_default())
            }
            Some("transfermethods" | "mode" | "rule") => true,
            Some("includeplatforms" | "excludeplatforms") => true,
            Some("includelocations" | "excludelocations") => true,
            _ => false,
        };
        (is_same || is_inside) && said.heads.iter().any(|head| clauses.has(*head))
    })
}

/// Words for the dates that nearly every answer has, each followed by a text.
const DATES: &[(&str, &str)] = &[
    ("created", "createdDateTime"),
    ("modified", "modifiedDateTime"),
];

/// Whether a text may be a date: then it is the same between the quotes of JSON.
fn is_datelike(text: &str) -> bool {
    text.bytes()
        .all(|b| b.is_ascii_alphanumeric() || b"-:.+".contains(&b))
}

/// What `@graph(…)` says: a profile, dates, `without [members]`, and members as the text of a JSON
/// object.
pub(crate) fn annotation(declaration: &Declaration, problems: &mut Vec<Diagnostic>) -> GraphForm {
    let mut form = GraphForm::default();
    let annotations = declaration.annotations.iter();
    for annotation in annotations.filter(|a| a.name.text == annotations::GRAPH) {
        for phrase in &annotation.arguments {
            if argument(phrase, annotation, &mut form, problems).is_none() {
                let sample = annotations::GRAPH_SAMPLE;
                problems.push(problem::bad_annotation(&annotation.name, sample));
            }
        }
    }
    form
}

fn argument(
    phrase: &Phrase,
    annotation: &Annotation,
    form: &mut GraphForm,
    problems: &mut Vec<Diagnostic>,
) -> Option<()> {
    match phrase.terms.as_slice() {
        [Term::Word(word)] => {
            let named = GraphProfile::NAMED.iter();
            let (_, profile) = named.copied().find(|(name, _)| *name == word.text)?;
            form.profile = profile;
        }
        [Term::Word(word), Term::List { items, .. }] if word.text == "without" => {
            for item in items {
                let [term] = item.terms.as_slice() else {
                    return None;
                };
                let path = match term {
                    Term::Word(name) => &name.text,
                    Term::Text(text) => &text.value,
                    Term::Literal(_) | Term::List { .. } => return None,
                };
                form.written.push(Written {
                    path: path.split('.').map(str::to_owned).collect(),
                    json: None,
                    span: term.span(),
                });
            }
        }
        [Term::Word(word), Term::Text(text)] if is_datelike(&text.value) => {
            let (_, member) = DATES.iter().find(|(name, _)| *name == word.text)?;
            form.written.push(Written {
                path: vec![(*member).to_owned()],
                json: Some(format!("\"{}\"", text.value)),
                span: text.span,
            });
        }
        [Term::Text(text)] => {
            let members = top_members(&text.value, text.span, problems)?;
            form.written
                .extend(members.into_iter().map(|(name, json)| Written {
                    path: vec![name],
                    json: Some(json),
                    span: annotation.span,
                }));
        }
        _ => return None,
    }
    Some(())
}
