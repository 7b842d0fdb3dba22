//! Declared objects: what groups, locations, strengths and the others stand for.

use gatewright_diagnostics::Diagnostic;
use gatewright_source::Span;
use gatewright_syntax::ast::{self, Declaration, DeclarationKind, Name, ObjectKind, Phrase, Term};
use gatewright_value::AddressRange;
use gatewright_value::vocabulary::Method;
use indexmap::IndexSet;
use rustc_hash::FxHashMap;

use crate::annotations;
use crate::countries::no_such_country;
use crate::expr::is_guid;
use crate::model::{Combination, GraphForm, LocationKind, NamedLocation, Strength};
use crate::policy::form;
use crate::problems::{clauses as problem, names, values};
use crate::symbols::Symbols;
use crate::terms::Terms;

/// LIMIT: ranges of a named location, as the service documents it.
const RANGES_MAX: usize = 2_000;

/// What the declarations of a project say.
#[derive(Default)]
pub(crate) struct Objects {
    pub(crate) locations: Vec<NamedLocation>,
    pub(crate) strengths: Vec<Strength>,
    /// What is said of the other objects, by where their names are.
    pub(crate) said: FxHashMap<Span, Said>,
}

/// What is said of an object besides its id.
#[derive(Default)]
pub(crate) struct Said {
    pub(crate) display: Option<String>,
    pub(crate) form: GraphForm,
    /// Whether the word of its kind follows the id: `perDevice`, `unpublished`.
    pub(crate) is_marked: bool,
}

/// The id that a declared name stands for: from its annotation, its value, or the name itself.
pub(crate) fn id(
    declaration: &Declaration,
    kind: ObjectKind,
    name: &Name,
    value: &[Phrase],
) -> String {
    if let Some(id) = annotations::id(declaration) {
        return id.value.clone();
    }
    let only = match value {
        [phrase] => match phrase.terms.as_slice() {
            [Term::Text(text)] => Some(text.value.clone()),
            [Term::Literal(literal)] => Some(literal.text.clone()),
            [Term::Word(word)] if kind == ObjectKind::Context => Some(word.text.clone()),
            [Term::Word(word), Term::Text(text)] if word.text == "compliantNetwork" => {
                Some(text.value.clone())
            }
            [Term::Text(text), Term::Word(word)] if is_mark(kind, word) => Some(text.value.clone()),
            [Term::Literal(literal), Term::Word(word)] if is_mark(kind, word) => {
                Some(literal.text.clone())
            }
            [Term::Word(id), Term::Word(word)] if is_mark(kind, word) => Some(id.text.clone()),
            _ => None,
        },
        _ => None,
    };
    let id = only.unwrap_or_else(|| name.text.clone());
    if kind == ObjectKind::Context {
        id.to_lowercase()
    } else {
        id
    }
}

/// Read the objects that a file declares.
pub(crate) fn lower(
    file: &ast::File,
    symbols: &Symbols<'_>,
    objects: &mut Objects,
    problems: &mut Vec<Diagnostic>,
) {
    for declaration in &file.declarations {
        let DeclarationKind::Object { kind, name, value } = &declaration.kind else {
            continue;
        };
        let id = id(declaration, *kind, name, value);
        // The first of several with one name; the others have been reported.
        let is_first = symbols.is_declared_at(*kind, name);
        let form = form::annotation(declaration, problems);
        let display = annotations::display(declaration).map(|text| text.value.clone());
        match kind {
            ObjectKind::Location => {
                let location = location(name, id, value, problems).map(|found| NamedLocation {
                    display_name: display.unwrap_or(found.display_name),
                    form,
                    ..found
                });
                objects.locations.extend(location.filter(|_| is_first));
                continue;
            }
            ObjectKind::Strength => {
                let strength = strength(name, id, value, problems).map(|found| Strength {
                    display_name: display.unwrap_or(found.display_name),
                    form,
                    ..found
                });
                objects.strengths.extend(strength.filter(|_| is_first));
                continue;
            }
            ObjectKind::Context => context(name, value, &id, problems),
            _ => plain(*kind, name, value, problems),
        }
        let (_, is_marked) = id_term(*kind, value);
        let said = Said {
            display,
            form,
            is_marked,
        };
        objects.said.insert(name.span, said);
    }
}

/// Whether this is the word that may follow the id of such an object.
fn is_mark(kind: ObjectKind, word: &Name) -> bool {
    match kind {
        ObjectKind::Terms => word.text == "perDevice",
        ObjectKind::Context => word.text == "unpublished",
        _ => false,
    }
}

/// The id of an object, and whether the word of its kind follows it.
fn id_term(kind: ObjectKind, value: &[Phrase]) -> (Option<&Term>, bool) {
    match value {
        [phrase] => match phrase.terms.as_slice() {
            [term] => (Some(term), false),
            [term, Term::Word(word)] if is_mark(kind, word) => (Some(term), true),
            _ => (None, false),
        },
        _ => (None, false),
    }
}

/// An object that is an id; terms may be accepted per device.
fn plain(kind: ObjectKind, name: &Name, value: &[Phrase], problems: &mut Vec<Diagnostic>) {
    match id_term(kind, value).0 {
        Some(Term::Text(text)) if text.value.is_empty() => {
            problems.push(problem::empty_id(name, kind, text.span));
        }
        Some(Term::Text(text)) if has_guid(kind) && !is_guid(&text.value) => {
            problems.push(names::not_a_guid(&text.value, text.span, kind, None));
        }
        Some(Term::Text(_) | Term::Literal(_)) => {}
        _ => problems.push(problem::id_expected(name, kind, value_span(name, value))),
    }
}

/// Whether objects of this kind have GUIDs; contexts have ids of their own.
fn has_guid(kind: ObjectKind) -> bool {
    use ObjectKind as K;
    matches!(kind, K::User | K::Group | K::Role | K::App)
}

fn context(name: &Name, value: &[Phrase], id: &str, problems: &mut Vec<Diagnostic>) {
    if id_term(ObjectKind::Context, value).0.is_none() {
        let span = value_span(name, value);
        problems.push(problem::id_expected(name, ObjectKind::Context, span));
    } else if !is_context_id(id) {
        problems.push(problem::bad_context(id, value_span(name, value)));
    }
}

/// `c1` to `c99`.
pub(crate) fn is_context_id(id: &str) -> bool {
    let number = id.strip_prefix(['c', 'C']).unwrap_or_default();
    let is_number = !number.starts_with('0') && number.bytes().all(|b| b.is_ascii_digit());
    is_number && number.parse::<u32>().is_ok_and(|n| (1..=99).contains(&n))
}

fn value_span(name: &Name, value: &[Phrase]) -> Span {
    match (value.first(), value.last()) {
        (Some(first), Some(last)) => first.span.to(last.span),
        _ => name.span,
    }
}

/// `trusted ranges […]`, `countries […] or unknown by gps`, `compliantNetwork "id"`, `"id"`.
fn location(
    name: &Name,
    id: String,
    value: &[Phrase],
    problems: &mut Vec<Diagnostic>,
) -> Option<NamedLocation> {
    let [phrase] = value else {
        problems.push(problem::bad_location(value_span(name, value)));
        return None;
    };
    let mut terms = Terms::new(phrase);
    if let Some(Term::Literal(range)) = terms.peek()
        && AddressRange::parse(&range.text).is_some()
    {
        problems.push(problem::bare_range(range));
        return None;
    }
    // Only a name for an id: what is in the location is not known here.
    if terms.take_id().is_some() {
        problems.extend(terms.nothing_more());
        return None;
    }
    let is_trusted = terms.take_word("trusted").is_some();
    let kind = if terms.take_word("ranges").is_some() {
        LocationKind::Ranges {
            ranges: ranges(&mut terms, name, problems),
            is_trusted,
        }
    } else if is_trusted {
        problems.push(problem::bad_location(terms.rest()));
        return None;
    } else if terms.take_word("countries").is_some() {
        countries(&mut terms, problems)
    } else if terms.take_word("compliantNetwork").is_some() {
        terms.take_id();
        LocationKind::CompliantNetwork
    } else {
        problems.push(problem::bad_location(terms.rest()));
        return None;
    };
    problems.extend(terms.nothing_more());
    Some(NamedLocation {
        id,
        display_name: name.text.clone(),
        kind,
        span: name.span,
        form: GraphForm::default(),
    })
}

fn ranges(terms: &mut Terms<'_>, name: &Name, problems: &mut Vec<Diagnostic>) -> Vec<AddressRange> {
    let mut ranges = Vec::new();
    let list = terms.rest();
    for (text, span) in terms.elements(problems) {
        match AddressRange::parse(&text) {
            Some((range, has_host_bits)) => {
                if has_host_bits {
                    problems.push(values::host_bits(span, &text));
                }
                ranges.push(range);
            }
            None => problems.push(values::not_a_range(span, &text)),
        }
    }
    if ranges.len() > RANGES_MAX {
        problems.push(problem::too_many_ranges(
            name,
            list,
            ranges.len(),
            RANGES_MAX,
        ));
    }
    ranges
}

fn countries(terms: &mut Terms<'_>, problems: &mut Vec<Diagnostic>) -> LocationKind {
    let mut countries = Vec::new();
    for (text, span) in terms.elements(problems) {
        if text.len() == 2 && text.bytes().all(|b| b.is_ascii_alphabetic()) {
            problems.extend(no_such_country(span, &text));
            countries.push(text.to_ascii_uppercase());
        } else {
            problems.push(values::not_a_country(span, &text));
        }
    }
    let countries: IndexSet<String> = countries.into_iter().collect();
    let countries = countries.into_iter().collect();
    let includes_unknown = terms.take_words(["or", "unknown"]);
    let by_gps = terms.take_words(["by", "gps"]);
    LocationKind::Countries {
        countries,
        includes_unknown,
        by_gps,
    }
}

/// `combinations [[password, sms], [fido2]]`, or an id.
fn strength(
    name: &Name,
    id: String,
    value: &[Phrase],
    problems: &mut Vec<Diagnostic>,
) -> Option<Strength> {
    let [phrase] = value else {
        problems.push(problem::bad_strength(value_span(name, value)));
        return None;
    };
    let mut terms = Terms::new(phrase);
    if terms.take_id().is_some() {
        problems.extend(terms.nothing_more());
        return None;
    }
    if terms.take_word("combinations").is_none() {
        problems.push(problem::bad_strength(terms.rest()));
        return None;
    }
    let Some(Term::List { items, .. }) = terms.next() else {
        problems.push(problem::bad_strength(phrase.span));
        return None;
    };
    let mut combinations = Vec::new();
    for item in items {
        combinations.extend(combination(item, problems));
    }
    problems.extend(terms.nothing_more());
    Some(Strength {
        id,
        display_name: name.text.clone(),
        combinations,
        span: Some(name.span),
        form: GraphForm::default(),
    })
}

/// `[password, sms]`, `fido2`, or `[fido2] restricted`.
fn combination(item: &Phrase, problems: &mut Vec<Diagnostic>) -> Option<Combination> {
    let mut terms = Terms::new(item);
    let words = terms.elements(problems);
    let is_restricted = terms.take_word("restricted").is_some();
    problems.extend(terms.nothing_more());
    let mut methods = Vec::new();
    let mut is_whole = !words.is_empty();
    for (word, span) in words {
        match Method::parse(&word) {
            Some(method) => methods.push(method),
            None => {
                let members: Vec<&str> = Method::ALL.iter().map(|m| m.name()).collect();
                let what = "authentication method";
                problems.push(values::unknown_word(what, span, &word, "Method", &members));
                is_whole = false;
            }
        }
    }
    methods.sort_unstable();
    methods.dedup();
    is_whole.then_some(Combination {
        methods,
        is_restricted,
    })
}

/// The same in a policy, where a text that is no GUID is probably a display name.
pub(crate) fn resolve_guid(
    symbols: &Symbols<'_>,
    kind: ObjectKind,
    term: &Term,
    problems: &mut Vec<Diagnostic>,
) -> Option<(String, Span)> {
    if let Term::Text(text) = term
        && !text.value.is_empty()
        && !is_guid(&text.value)
    {
        let meant = symbols.meant(kind, &text.value);
        problems.push(names::not_a_guid(&text.value, text.span, kind, meant));
    }
    resolve(symbols, kind, term, problems)
}

/// The id of a name that may stand for several kinds.
pub(crate) fn resolve(
    symbols: &Symbols<'_>,
    kind: ObjectKind,
    term: &Term,
    problems: &mut Vec<Diagnostic>,
) -> Option<(String, Span)> {
    match term {
        Term::Word(name) => match symbols.resolve(kind, name) {
            Ok(id) => Some((id, name.span)),
            Err(found) => {
                problems.push(found);
                None
            }
        },
        Term::Text(text) if text.value.is_empty() => {
            let name = Name {
                text: String::new(),
                span: text.span,
            };
            problems.push(problem::empty_id(&name, kind, text.span));
            None
        }
        Term::Text(text) => Some((text.value.clone(), text.span)),
        Term::Literal(literal) => Some((literal.text.clone(), literal.span)),
        Term::List { span, .. } => {
            problems.push(problem::name_expected(*span, names::a_kind(kind)));
            None
        }
    }
}
