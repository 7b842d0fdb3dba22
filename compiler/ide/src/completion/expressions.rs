//! What can stand in an expression: an attribute or a rule, an operator, a value, a connective.

use gatewright_hir::schema::{Attribute, Dialect, Schema};
use gatewright_syntax::ast::{CompareOperator, DeclarationKind, ObjectKind};
use gatewright_value::Kind;

use super::clauses::Follows;
use super::context::Token;
use super::declarations::nth;
use super::operands::{State, state};
use super::{CompletionKind, Items, is_word, templates};
use crate::declarations;

/// What can stand at a place in an expression; whether the expression may also be over.
pub(super) fn expression(items: &mut Items<'_>, dialect: &str, tokens: &[Token<'_>]) -> bool {
    let snapshot = items.snapshot;
    let schema = &snapshot.compilation().set.schema;
    let mut dialects = schema.dialects.iter();
    let Some(dialect) = dialects.find(|one| one.name == dialect) else {
        return false;
    };
    let here = Here {
        schema,
        dialect,
        is_own: dialect.name == "gatewright",
    };
    match state(tokens) {
        State::Operand { path, collection } => here.operand(items, &path, collection),
        State::Operator {
            attribute,
            collection,
        } => here.operator(items, &attribute, collection.as_deref()),
        State::Value {
            attribute,
            operator,
            is_list,
        } => {
            here.value(items, &attribute, operator, is_list);
            false
        }
        State::Unit { attribute } => {
            let found = here.find(&attribute);
            if found.is_some_and(|attribute| attribute.kind == Kind::Duration) {
                items.follow(UNITS);
                return false;
            }
            connectives(items);
            true
        }
        State::Argument { rule, at } => {
            argument(items, &rule, at);
            false
        }
        State::Connective => {
            connectives(items);
            true
        }
    }
}

const UNITS: Follows = Follows::Words(&[
    ("days", "24 hours each"),
    ("hours", "60 minutes each"),
    ("minutes", "60 seconds each"),
    ("weeks", "7 days each"),
    ("seconds", "the shortest length of time"),
]);

fn connectives(items: &mut Items<'_>) {
    for (at, word) in ["-and", "-or"].iter().enumerate() {
        let docs = crate::hover::connective(word).unwrap_or_default();
        items.ranked(word, CompletionKind::Operator, ("", &docs), nth(10, at));
    }
}

/// What is compared as a whole, by name.
const WHOLE: [(&str, ObjectKind, &str); 2] = [
    (
        "location",
        ObjectKind::Location,
        "where the sign-in comes from",
    ),
    ("app", ObjectKind::App, "what is asked for"),
];

/// What is compared as a whole, by name.
pub(super) fn whole(word: &str) -> Option<ObjectKind> {
    let mut all = WHOLE.iter();
    all.find(|(known, ..)| *known == word)
        .map(|(_, kind, _)| *kind)
}

/// The vocabulary at a place.
struct Here<'s> {
    schema: &'s Schema,
    dialect: &'s Dialect,
    is_own: bool,
}

impl<'s> Here<'s> {
    fn operand(&self, items: &mut Items<'_>, path: &str, collection: Option<String>) -> bool {
        let dialect = self.dialect;
        if collection.is_some() && path.is_empty() {
            let docs = "the element of the set";
            items.ranked("_", CompletionKind::Keyword, ("element", docs), 0);
        } else {
            self.attributes(items, path);
            if !self.dialect.free_fields.is_empty() {
                items.fields_of(path.trim_end_matches('.'));
            }
        }
        if !path.is_empty() {
            return false;
        }
        if collection.is_none() {
            if self.is_own || dialect.name == "ca-device" {
                items.rules(|_| true);
                items.parameters(&["rule"]);
            }
            for (word, _, docs) in WHOLE {
                if self.is_own && self.schema.is_entra {
                    let about = ("compared by name", docs);
                    items.ranked(word, CompletionKind::Keyword, about, 50);
                }
            }
            if !dialect.free_fields.is_empty() {
                let entity = dialect.entity.as_deref().unwrap_or_default();
                let docs = "a custom security attribute, by its set and its name";
                items.ranked(entity, CompletionKind::Attribute, ("", docs), 10);
                items.insert(&format!("{entity}.${{1:Set}}_${{2:Attribute}}"));
                items.tag_paths();
            }
        }
        if dialect.has_not {
            let docs = crate::hover::connective("not").unwrap_or_default();
            items.ranked("-not", CompletionKind::Operator, ("", &docs), 90);
        }
        false
    }

    /// The attributes that start with what is there; their last words behind a dot.
    fn attributes(&self, items: &mut Items<'_>, path: &str) {
        for known in &self.dialect.attributes {
            let Some(rest) = strip(&known.name, path) else {
                continue;
            };
            let Some(attribute) = self.schema.attribute(known.attribute) else {
                continue;
            };
            if !items.is_reported(&attribute.name) {
                continue;
            }
            let detail = crate::hover::kind(self.schema, attribute);
            let docs = documentation(self.schema, attribute);
            items.add(rest, CompletionKind::Attribute, &detail, &docs);
        }
    }

    fn operator(&self, items: &mut Items<'_>, attribute: &str, collection: Option<&str>) -> bool {
        if self.is_own && whole(attribute).is_some() {
            use CompareOperator::{Eq, In, Ne, NotIn};
            operators(items, &[In, NotIn, Eq, Ne], false);
            return false;
        }
        let found = self.find(attribute);
        let known = self.known(attribute);
        let is_device = self.schema.is_entra && attribute.starts_with("device.");
        let known = match known {
            Some(known) => known.operators.clone(),
            None if attribute == "_" => self.of_elements(collection),
            None => self.dialect.free_fields.clone(),
        };
        operators(items, &known, is_device);
        let kind = found.map(|attribute| &attribute.kind);
        if self.dialect.has_quantifiers && matches!(kind, Some(Kind::Set(_))) {
            for (word, insert) in [("-any", "-any (_ $0)"), ("-all", "-all (_ $0)")] {
                let docs = crate::hover::connective(word).unwrap_or_default();
                items.ranked(word, CompletionKind::Operator, ("", &docs), 30);
                items.insert(insert);
            }
        }
        // A Boolean holds by itself.
        let is_over = self.is_own && kind == Some(&Kind::Boolean);
        if is_over {
            connectives(items);
        }
        is_over
    }

    /// The operators of the elements of a set: ids and members are no texts with parts.
    fn of_elements(&self, collection: Option<&str>) -> Vec<CompareOperator> {
        use CompareOperator::{Eq, In, Ne, NotIn};
        let found = collection.and_then(|name| self.find(name));
        let is_text = match found.map(|attribute| &attribute.kind) {
            Some(Kind::Set(element)) => **element == Kind::String,
            _ => true,
        };
        let all = self.dialect.element_operators.iter().copied();
        all.filter(|operator| is_text || matches!(operator, Eq | In | Ne | NotIn))
            .collect()
    }

    fn value(
        &self,
        items: &mut Items<'_>,
        attribute: &str,
        operator: CompareOperator,
        is_list: bool,
    ) {
        let is_set = matches!(operator, CompareOperator::In | CompareOperator::NotIn);
        let from = items.found.len();
        if let Some(kind) = whole(attribute).filter(|_| self.is_own) {
            items.objects(kind);
            if kind == ObjectKind::Location {
                let docs = "every trusted location";
                items.ranked("allTrusted", CompletionKind::Keyword, ("", docs), 20);
            }
        } else if let Some(found) = self.find(attribute) {
            values(items, self.schema, found, !self.is_own);
            let is_nullable = found.is_optional && self.dialect.has_null;
            let is_equal = matches!(operator, CompareOperator::Eq | CompareOperator::Ne);
            if is_nullable && is_equal {
                let docs = "there is no value";
                items.ranked("null", CompletionKind::Keyword, ("", docs), 80);
            }
        } else if !self.dialect.free_fields.is_empty() {
            items.texts_of(attribute);
            items.snippet("\"text\"", "\"$0\"", "a text", 90);
        }
        if is_set && !is_list && items.quoted.is_none() {
            items.bracketed(from);
            items.snippet("[…]", "[$0]", "a list", 0);
        }
    }

    fn known(&self, name: &str) -> Option<&'s gatewright_hir::schema::DialectAttribute> {
        let mut known = self.dialect.attributes.iter();
        known.find(|known| known.name.eq_ignore_ascii_case(name))
    }

    fn find(&self, name: &str) -> Option<&'s Attribute> {
        self.schema.attribute(self.known(name)?.attribute)
    }
}

fn strip<'n>(name: &'n str, path: &str) -> Option<&'n str> {
    let head = name.get(..path.len())?;
    head.eq_ignore_ascii_case(path)
        .then(|| name.get(path.len()..))?
}

/// What an attribute is, with the members of its enumeration.
pub(super) fn documentation(schema: &Schema, attribute: &Attribute) -> String {
    let mut docs = attribute.docs.clone();
    if let Some(members) = crate::hover::members(schema, attribute) {
        if !docs.is_empty() {
            docs.push_str("\n\n");
        }
        docs.push_str(&members);
    }
    docs
}

fn operators(items: &mut Items<'_>, operators: &[CompareOperator], is_device: bool) {
    for (at, operator) in operators.iter().enumerate() {
        let label = format!("-{}", operator.word());
        let docs = crate::hover::operator_of(&label, is_device).unwrap_or_default();
        let rank = nth(10, at);
        items.ranked(&label, CompletionKind::Operator, ("", &docs), rank);
    }
}

/// The values of an attribute: members and Booleans, declared names for ids. Members are in quotes
/// where rules are pasted from the service.
pub(super) fn values(
    items: &mut Items<'_>,
    schema: &Schema,
    attribute: &Attribute,
    in_quotes: bool,
) {
    let kind = match &attribute.kind {
        Kind::Set(element) => element,
        kind => kind,
    };
    match kind {
        Kind::Boolean => items.booleans(),
        Kind::Enumeration { members, .. } => {
            let named = attribute.enumeration.map(|at| at as usize);
            let named = named.and_then(|at| schema.enumerations.get(at));
            let name = named.map_or("", |one| &*one.name);
            for (at, member) in members.iter().enumerate() {
                let docs = named.and_then(|one| one.members.get(at));
                let about = (name, docs.map_or("", |(_, docs)| &**docs));
                if !in_quotes && is_word(member) {
                    items.ranked(member, CompletionKind::Member, about, nth(20, at));
                } else {
                    items.quoted(member, CompletionKind::Member, about, nth(20, at));
                }
            }
            items.parameters(&[name]);
        }
        Kind::Guid if !in_quotes => {
            let kind = match attribute.name.as_str() {
                "user.groups" => Some(ObjectKind::Group),
                "user.roles" => Some(ObjectKind::Role),
                "user.id" => Some(ObjectKind::User),
                "app.ids" => Some(ObjectKind::App),
                _ => None,
            };
            match kind {
                Some(kind) => items.named(kind),
                None => items.follow(Follows::Id),
            }
        }
        Kind::Country => items.follow(Follows::Countries),
        Kind::Duration => items.follow(Follows::Amounts(&[("4", "hours"), ("7", "days")])),
        Kind::String => {
            items.texts_of(&attribute.name);
            items.snippet("\"text\"", "\"$0\"", "a text", 90);
            items.parameters(&["text"]);
        }
        Kind::Version => {
            items.snippet("\"version\"", "\"${0:10.0.22631}\"", "a version", 90);
            items.parameters(&["text"]);
        }
        Kind::DateTime => items.snippet("date", "${0:2027-01-01}", "a moment", 90),
        Kind::Address => items.snippet("address", "${0:203.0.113.0/24}", "addresses", 90),
        _ => items.parameters(&["number"]),
    }
}

/// What can be filled in for a parameter of a rule.
fn argument(items: &mut Items<'_>, rule: &str, at: usize) {
    let snapshot = items.snapshot;
    for (source, _) in &snapshot.compilation().trees {
        for declared in declarations(snapshot, *source) {
            if let DeclarationKind::Rule { parameters, .. } = &declared.declaration.kind
                && declared.name == rule
                && let Some(parameter) = parameters.get(at)
            {
                match parameter.kind.last() {
                    Some(kind) => templates::argument(items, &kind.text),
                    None => items.snippet("\"text\"", "\"$0\"", "a value", 90),
                }
            }
        }
    }
}
