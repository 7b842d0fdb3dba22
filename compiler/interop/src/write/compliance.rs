//! Compliance policies as text, and what the project says about compliance in its manifest.

use std::collections::BTreeSet;

use gatewright_hir::model::{
    Comparison, Compliance, CompliancePolicy, Expr, GraphProfile, Located, PolicySet, Test,
    UserScope,
};
use gatewright_hir::schema::Schema;
use gatewright_hir::settings::{self, Asked, Form};
use gatewright_syntax::ast::ObjectKind;
use gatewright_value::Kind;
use gatewright_value::vocabulary::NoncomplianceAction;

use super::layout::{Body, Clause, Phrase, clauses, filled_list, one_line, string, word_or_string};
use super::names::Names;
use super::policy::{Run, runs};
use crate::json::Node;

/// All compliance policies, or nothing where there is none.
pub(super) fn write(set: &PolicySet, names: &Names) -> Option<String> {
    let policies = &set.compliance.policies;
    let mut taken = BTreeSet::new();
    let texts: Vec<String> = policies
        .iter()
        .map(|policy| {
            let base = one_line(&policy.display_name);
            let mut title = base.clone();
            let mut number = 2;
            while !taken.insert(title.clone()) {
                title = format!("{base} ({number})");
                number += 1;
            }
            text(set, policy, &title, names)
        })
        .collect();
    (!texts.is_empty()).then(|| texts.join("\n"))
}

/// The lines of the manifest.
pub(super) fn manifest(compliance: &Compliance) -> String {
    let usual = Compliance::default();
    let mut lines = String::new();
    if compliance.is_secure_by_default {
        lines.push_str("secure-by-default = true\n");
    }
    if compliance.check_in_days != usual.check_in_days {
        lines.push_str(&format!("check-in-days = {}\n", compliance.check_in_days));
    }
    if lines.is_empty() {
        lines
    } else {
        format!("\n[compliance]\n{lines}")
    }
}

fn text(set: &PolicySet, policy: &CompliancePolicy, title: &str, names: &Names) -> String {
    let mut text = String::new();
    if policy.has_server_id {
        text.push_str(&format!("@id({})\n", string(&policy.id)));
    }
    text.push_str(&form(policy));
    let mut body = vec![users(policy, names)];
    for requirement in &policy.requirements {
        // What is carried says this.
        if !matches!(requirement.rule, Expr::Unknown(_)) {
            body.push(Clause {
                head: "require",
                body: Body::Verbatim(rule(&set.schema, policy, &requirement.rule)),
            });
        }
    }
    body.extend(actions(policy));
    body.extend(graph(policy));
    let platform = policy.platform;
    text.push_str(&format!(
        "compliance {} for {platform} {{\n{}}}\n",
        string(title),
        clauses(&body)
    ));
    text
}

/// `@graph(beta, without [assignments])`
fn form(policy: &CompliancePolicy) -> String {
    let mut arguments = Vec::new();
    if policy.form.profile != GraphProfile::Minimal {
        arguments.extend(policy.form.profile.word().map(str::to_owned));
    }
    let absent: Vec<String> = policy
        .form
        .written
        .iter()
        .filter(|written| written.json.is_none())
        .map(|written| word_or_string(&written.path.join(".")))
        .collect();
    if !absent.is_empty() {
        arguments.push(format!("without {}", filled_list(&absent, 16)));
    }
    if arguments.is_empty() {
        String::new()
    } else {
        format!("@graph({})\n", arguments.join(", "))
    }
}

fn users(policy: &CompliancePolicy, names: &Names) -> Clause {
    let side = |items: &[Located<UserScope>]| {
        runs(items, |scope| match scope {
            UserScope::User(id) => Run::Item("users", names.of(ObjectKind::User, id)),
            UserScope::Group(id) => Run::Item("groups", names.of(ObjectKind::Group, id)),
            _ => Run::Words("all".to_owned()),
        })
    };
    let mut include = side(&policy.users.include);
    if include.is_empty() {
        include.push(Phrase::words("none"));
    }
    Clause {
        head: "users",
        body: Body::Phrases {
            include,
            except: side(&policy.users.exclude),
        },
    }
}

fn actions(policy: &CompliancePolicy) -> Vec<Clause> {
    let mut found = Vec::new();
    let block = |kind: NoncomplianceAction| kind == NoncomplianceAction::Block;
    if let Some(action) = policy
        .actions
        .iter()
        .find(|a| block(a.kind) && a.after_hours > 0)
    {
        found.push(Clause {
            head: "grace",
            body: Body::Verbatim(time(action.after_hours)),
        });
    }
    let phrases: Vec<Phrase> = policy
        .actions
        .iter()
        .filter(|action| !block(action.kind))
        .map(|action| {
            let mut words = action.kind.name().to_owned();
            if action.after_hours > 0 {
                words.push_str(&format!(" after {}", time(action.after_hours)));
            }
            if let Some(template) = &action.template {
                words.push_str(&format!(" template {}", string(template)));
            }
            Phrase::words(words)
        })
        .collect();
    if !phrases.is_empty() {
        found.push(Clause {
            head: "noncompliance",
            body: Body::Phrases {
                include: phrases,
                except: Vec::new(),
            },
        });
    }
    found
}

fn time(hours: u32) -> String {
    let (number, unit) = if hours.is_multiple_of(24) {
        (hours / 24, "day")
    } else {
        (hours, "hour")
    };
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {unit}{plural}")
}

/// Members that the clauses do not say.
fn graph(policy: &CompliancePolicy) -> Option<Clause> {
    let mut node = Node::object();
    for member in &policy.unmodelled {
        let path: Vec<&str> = member.path.iter().map(String::as_str).collect();
        node.put(&path, Node::parse(&member.json));
    }
    for written in &policy.form.written {
        let path: Vec<&str> = written.path.iter().map(String::as_str).collect();
        // The name is the title, which differs from it only where another policy has it too.
        let is_name = path == [settings::name_member(policy.platform)];
        if let (Some(json), false) = (&written.json, is_name) {
            node.put(&path, Node::parse(json));
        }
    }
    let is_empty = node.members().is_none_or(indexmap::IndexMap::is_empty);
    (!is_empty).then(|| Clause {
        head: "graph",
        body: Body::Verbatim(indented(&node.pretty())),
    })
}

/// The lines after the first, moved to where the clause stands.
fn indented(text: &str) -> String {
    text.replace('\n', "\n    ")
}

/// A requirement as text.
fn rule(schema: &Schema, policy: &CompliancePolicy, rule: &Expr) -> String {
    let known = settings::settings(policy.platform).iter();
    let said = known
        .filter_map(|s| Some((s, settings::asked(schema, s, rule)?)))
        .next();
    let Some((setting, asked)) = said else {
        return general(schema, rule);
    };
    let name = &setting.attribute;
    match (setting.form, asked) {
        (Form::Flag(true), _) => format!("{name} -eq True"),
        (Form::Flag(false), _) => format!("{name} -eq False"),
        (Form::Min | Form::Least, Asked::Value(value)) => {
            format!("{name} -ge {}", literal(&value))
        }
        (_, Asked::Value(value)) => format!("{name} -le {}", literal(&value)),
        (_, Asked::Ranges(ranges)) => {
            let one = |(low, high): &(String, String)| {
                format!(
                    "({name} -ge {} -and {name} -le {})",
                    literal(low),
                    literal(high)
                )
            };
            ranges.iter().map(one).collect::<Vec<_>>().join(" -or ")
        }
        (_, Asked::Set) => format!("{name} -eq True"),
    }
}

fn literal(value: &str) -> String {
    let is_number = !value.is_empty() && value.bytes().all(|b| b.is_ascii_digit());
    if is_number {
        value.to_owned()
    } else {
        string(value)
    }
}

/// A requirement that no member of Graph says. Recursion is bounded by the nesting of the text that
/// it comes from.
fn general(schema: &Schema, rule: &Expr) -> String {
    let join = |parts: &[Expr], with: &str| {
        let texts: Vec<String> = parts
            .iter()
            .map(|p| format!("({})", general(schema, p)))
            .collect();
        texts.join(with)
    };
    match rule {
        Expr::Constant(true) => "True".to_owned(),
        Expr::Not(inner) => format!("-not ({})", general(schema, inner)),
        Expr::All(parts) => join(parts, " -and "),
        Expr::Any(parts) => join(parts, " -or "),
        Expr::Test(test) => comparison(schema, test),
        _ => "False".to_owned(),
    }
}

fn comparison(schema: &Schema, test: &Test) -> String {
    let Some(attribute) = schema.attribute(test.attribute) else {
        return "False".to_owned();
    };
    let name = &attribute.name;
    let value = |key: u128| {
        let text = settings::setting_text(attribute, key).unwrap_or_default();
        if matches!(attribute.kind, Kind::Integer { .. }) {
            text
        } else {
            string(&text)
        }
    };
    let text = match &test.comparison {
        Comparison::IsTrue => format!("{name} -eq True"),
        Comparison::IsFalse => format!("{name} -eq False"),
        Comparison::IsNull => format!("{name} -eq null"),
        Comparison::Between(low, u128::MAX) => format!("{name} -ge {}", value(*low)),
        Comparison::Between(0, high) => format!("{name} -le {}", value(*high)),
        Comparison::Between(low, high) => {
            format!(
                "({name} -ge {} -and {name} -le {})",
                value(*low),
                value(*high)
            )
        }
        Comparison::OneOf(members) => {
            let members: Vec<String> = members.iter().map(|m| string(m)).collect();
            format!("{name} -in [{}]", members.join(", "))
        }
        _ => "False".to_owned(),
    };
    if test.is_negated {
        format!("-not ({text})")
    } else {
        text
    }
}
