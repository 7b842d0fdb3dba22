//! `graph { … }`: members of the Graph object that the language does not model, as JSON.

use gatewright_diagnostics::Diagnostic;
use gatewright_source::Span;
use gatewright_syntax::ast::{ClauseBody, Head};
use jsonc_parser::ast::{Object, Value};
use jsonc_parser::common::Ranged;
use jsonc_parser::{CollectOptions, ParseOptions, parse_to_ast};
use rustc_hash::FxHashMap;

use super::PolicyLowering;
use crate::model::{Expr, Located, Scoped, Unmodelled};
use crate::problems::clauses as problem;

/// Objects of a policy that are modelled: the members in them are looked at one by one.
const MODELLED: &[&str] = &[
    "conditions",
    "conditions.users",
    "conditions.users.includeGuestsOrExternalUsers",
    "conditions.users.excludeGuestsOrExternalUsers",
    "conditions.applications",
    "conditions.clientApplications",
    "conditions.platforms",
    "conditions.locations",
    "conditions.devices",
    "conditions.devices.deviceFilter",
    "conditions.deviceStates",
    "conditions.authenticationFlows",
    "grantControls",
    "sessionControls",
    "sessionControls.signInFrequency",
    "sessionControls.persistentBrowser",
    "sessionControls.applicationEnforcedRestrictions",
    "sessionControls.cloudAppSecurity",
    "sessionControls.secureSignInSession",
    "sessionControls.continuousAccessEvaluation",
    "sessionControls.globalSecureAccessFilteringProfile",
];

/// Members that clauses say, with what says them.
const SAID: &[(&str, &str)] = &[
    ("id", "`@id(\"…\")`"),
    ("displayName", "the name of the policy"),
    ("state", "`state`"),
    ("conditions.users.includeUsers", "`users`"),
    ("conditions.users.excludeUsers", "`users`"),
    ("conditions.users.includeGroups", "`users`"),
    ("conditions.users.excludeGroups", "`users`"),
    ("conditions.users.includeRoles", "`users`"),
    ("conditions.users.excludeRoles", "`users`"),
    ("conditions.applications.includeApplications", "`apps`"),
    ("conditions.applications.excludeApplications", "`apps`"),
    ("conditions.applications.includeUserActions", "`actions`"),
    (
        "conditions.applications.includeAuthenticationContextClassReferences",
        "`contexts`",
    ),
    ("conditions.platforms.includePlatforms", "`platforms`"),
    ("conditions.platforms.excludePlatforms", "`platforms`"),
    ("conditions.locations.includeLocations", "`locations`"),
    ("conditions.locations.excludeLocations", "`locations`"),
    ("conditions.devices.deviceFilter.mode", "`devices`"),
    ("conditions.devices.deviceFilter.rule", "`devices`"),
    ("conditions.clientAppTypes", "`clients`"),
    ("conditions.userRiskLevels", "`userRisk`"),
    ("conditions.signInRiskLevels", "`signInRisk`"),
    ("conditions.insiderRiskLevels", "`insiderRisk`"),
    ("conditions.servicePrincipalRiskLevels", "`workloadRisk`"),
    ("conditions.agentIdRiskLevels", "`agentRisk`"),
    ("conditions.authenticationFlows.transferMethods", "`flows`"),
    ("grantControls.operator", "`require`"),
    ("grantControls.builtInControls", "`require`"),
    ("grantControls.customAuthenticationFactors", "`require`"),
    ("grantControls.termsOfUse", "`require`"),
    ("sessionControls.signInFrequency.type", "`session`"),
    ("sessionControls.signInFrequency.value", "`session`"),
    ("sessionControls.persistentBrowser.mode", "`session`"),
    ("sessionControls.disableResilienceDefaults", "`session`"),
];

const STRICT: ParseOptions = ParseOptions {
    allow_bare_decimal_point_numbers: false,
    allow_comments: false,
    allow_extended_string_escapes: false,
    allow_non_finite_numbers: false,
    allow_loose_object_property_names: false,
    allow_trailing_commas: false,
    allow_missing_commas: false,
    allow_single_quoted_strings: false,
    allow_hexadecimal_numbers: false,
    allow_unary_plus_numbers: false,
};

/// Clauses that may be a filter over custom security attributes, with the member of Graph.
const FILTERS: &[(Head, &str, &str)] = &[
    (Head::Apps, "applications", "applicationFilter"),
    (
        Head::Workloads,
        "clientApplications",
        "servicePrincipalFilter",
    ),
    (
        Head::Agents,
        "clientApplications",
        "agentIdServicePrincipalFilter",
    ),
];

impl PolicyLowering<'_, '_> {
    /// Filters over custom security attributes: what they select is unknown.
    pub(super) fn filters<T>(&mut self, head: Head, scope: &mut Scoped<T>, make: fn(Expr) -> T) {
        let names = FILTERS.iter().find(|(h, _, _)| *h == head);
        let Some((_, object, member)) = names else {
            return;
        };
        for clause in self.written.all(head) {
            let ClauseBody::Filter {
                is_exclude,
                mode,
                text,
                ..
            } = &clause.body
            else {
                continue;
            };
            self.report(problem::attribute_filter(*mode));
            let rule = json_string(self.cx.sources.text(*text));
            let mode = if *is_exclude { "exclude" } else { "include" };
            self.carried.push(Unmodelled {
                path: ["conditions", object, member].map(str::to_owned).to_vec(),
                json: format!("{{\"mode\": \"{mode}\", \"rule\": {rule}}}"),
                span: *text,
                is_condition: false,
            });
            let side = if *is_exclude {
                &mut scope.exclude
            } else {
                &mut scope.include
            };
            side.push(Located {
                value: make(Expr::Unknown(*text)),
                span: *text,
            });
        }
    }

    pub(super) fn unmodelled(&mut self) -> Vec<Unmodelled> {
        let mut found = std::mem::take(&mut self.carried);
        for clause in self.written.all(Head::Graph) {
            let ClauseBody::Graph(span) = clause.body else {
                continue;
            };
            let text = self.cx.sources.text(span);
            match parse_to_ast(text, &CollectOptions::default(), &STRICT) {
                Ok(parsed) => match parsed.value {
                    Some(Value::Object(object)) => {
                        twice(&object, span, self.problems);
                        collect(&object, text, span, &mut Vec::new(), &mut found);
                    }
                    _ => self.report(problem::graph_not_object(span)),
                },
                Err(error) => {
                    let at = error.range().start;
                    let place = inner(span, at, at);
                    self.report(problem::graph_not_json(place, &error.kind().to_string()));
                }
            }
        }
        found.retain(|member| {
            let path = member.path.join(".");
            let said = SAID.iter().find(|(said, _)| *said == path);
            self.problems
                .extend(said.map(|(_, by)| problem::graph_has_clause(&path, by, member.span)));
            said.is_none()
        });
        for member in found.iter().filter(|member| member.is_condition) {
            self.problems.push(problem::unmodelled_condition(
                &member.path.join("."),
                member.span,
            ));
        }
        found
    }
}

/// A text as JSON writes it.
fn json_string(text: &str) -> String {
    let mut json = String::with_capacity(text.len() + 2);
    json.push('"');
    for c in text.chars() {
        match c {
            '"' => json.push_str("\\\""),
            '\\' => json.push_str("\\\\"),
            c if c.is_control() => json.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => json.push(c),
        }
    }
    json.push('"');
    json
}

fn inner(outer: Span, start: usize, end: usize) -> Span {
    let place = |at: usize| {
        outer
            .start
            .saturating_add(u32::try_from(at).unwrap_or(u32::MAX))
            .min(outer.end)
    };
    Span::new(outer.source, place(start), place(end))
}

/// Report members that come twice in one object. The parser of JSON bounds the nesting.
fn twice(object: &Object<'_>, outer: Span, problems: &mut Vec<Diagnostic>) {
    let mut seen: FxHashMap<&str, Span> = FxHashMap::default();
    for property in &object.properties {
        let range = property.name.range();
        let span = inner(outer, range.start, range.end);
        let name = property.name.as_str();
        match seen.get(name) {
            Some(first) => problems.push(problem::graph_member_twice(name, span, *first)),
            None => drop(seen.insert(name, span)),
        }
        if let Value::Object(object) = &property.value {
            twice(object, outer, problems);
        }
    }
}

/// The nesting is that of [`MODELLED`], so that the recursion ends soon.
fn collect(
    object: &Object<'_>,
    text: &str,
    outer: Span,
    path: &mut Vec<String>,
    found: &mut Vec<Unmodelled>,
) {
    for property in &object.properties {
        path.push(property.name.as_str().to_owned());
        match &property.value {
            Value::Object(inner) if MODELLED.contains(&path.join(".").as_str()) => {
                collect(inner, text, outer, path, found);
            }
            value => {
                let range = value.range();
                let json = text.get(range.start..range.end).unwrap_or_default();
                let is_null = matches!(value, Value::NullKeyword(_));
                let whole = property.range();
                found.push(Unmodelled {
                    path: path.clone(),
                    json: json.to_owned(),
                    span: inner(outer, whole.start, whole.end),
                    is_condition: path.len() > 1
                        && path.first().is_some_and(|first| first == "conditions")
                        && !is_null,
                });
            }
        }
        path.pop();
    }
}
