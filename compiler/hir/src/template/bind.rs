//! What is filled in, against what a template or rule asks for.

use gatewright_diagnostics::Diagnostic;
use gatewright_source::Span;
use gatewright_syntax::ast::Name;
use rustc_hash::FxHashMap;

use super::declared::Callee;
use crate::parameter::{Atom, Base, Kind, Value, fits, members};
use crate::problems::{names, templates as problem};
use crate::schema::Schema;
use crate::symbols::Symbols;

/// A parameter with what is filled in.
#[derive(Clone, Debug)]
pub(crate) struct Binding {
    pub(crate) name: String,
    pub(crate) kind: Kind,
    pub(crate) value: Value,
    /// Where the parameter is declared.
    pub(crate) declared: Span,
}

/// The parameters of an instance.
#[derive(Clone, Debug, Default)]
pub(crate) struct Env {
    bindings: Vec<Binding>,
    by_name: FxHashMap<String, usize>,
}

impl Env {
    pub(crate) fn find(&self, name: &str) -> Option<&Binding> {
        self.by_name.get(name).and_then(|at| self.bindings.get(*at))
    }

    pub(crate) fn bindings(&self) -> &[Binding] {
        &self.bindings
    }
}

impl FromIterator<Binding> for Env {
    fn from_iter<I: IntoIterator<Item = Binding>>(bindings: I) -> Self {
        let bindings: Vec<Binding> = bindings.into_iter().collect();
        let names = bindings.iter().enumerate();
        let by_name = names.map(|(at, b)| (b.name.clone(), at)).collect();
        Env { bindings, by_name }
    }
}

/// Something that is filled in at a place of use.
pub(super) struct Given {
    pub(super) name: Option<Name>,
    /// `None` where it is no value.
    pub(super) value: Option<Value>,
    pub(super) span: Span,
}

/// What values are checked against.
pub(super) struct Checks<'c> {
    pub(super) schema: &'c Schema,
    pub(super) symbols: &'c Symbols<'c>,
    pub(super) placeholders: &'c FxHashMap<Span, Base>,
}

impl Checks<'_> {
    /// Match what is given with the parameters, by place and then by name.
    pub(super) fn bind(
        &self,
        callee: &Callee<'_>,
        given: Vec<Given>,
        used_at: Span,
    ) -> Result<Env, Vec<Diagnostic>> {
        let mut problems = Vec::new();
        let mut values: Vec<Option<Value>> = vec![None; callee.parameters.len()];
        let mut places: Vec<Option<Span>> = vec![None; callee.parameters.len()];
        let count = given.len();
        let mut named_before = None;
        for (at, argument) in given.into_iter().enumerate() {
            let at = match &argument.name {
                None => {
                    if let Some(named) = named_before {
                        problems.push(problem::place_after_name(argument.span, named));
                        continue;
                    }
                    at
                }
                Some(name) => {
                    named_before = Some(name.span);
                    let mut parameters = callee.parameters.iter();
                    match parameters.position(|p| p.name.text == name.text) {
                        Some(at) => {
                            if let Some(parameter) = callee.parameters.get(at) {
                                let declared = parameter.name.span;
                                self.symbols.note_declared(name.span, declared);
                            }
                            at
                        }
                        None => {
                            let known = callee.parameters.iter().map(|p| p.name.text.as_str());
                            problems.push(problem::unknown_parameter(callee.name, name, known));
                            continue;
                        }
                    }
                }
            };
            let Some(parameter) = callee.parameters.get(at) else {
                if at == callee.parameters.len() {
                    let wanted = callee.parameters.len();
                    problems.push(problem::too_many(callee.name, argument.span, count, wanted));
                }
                continue;
            };
            if let Some(Some(first)) = places.get(at) {
                problems.push(problem::filled_twice(parameter.name, argument.span, *first));
                continue;
            }
            match &argument.value {
                Some(value) => {
                    problems.extend(self.value(parameter.name, parameter.kind, value).err())
                }
                None => problems.push(problem::no_value(argument.span)),
            }
            if let (Some(value), Some(place)) = (values.get_mut(at), places.get_mut(at)) {
                (*value, *place) = (argument.value, Some(argument.span));
            }
        }
        let missing = callee.parameters.iter().zip(&places);
        let missing: Vec<&Name> = missing
            .filter(|(parameter, place)| place.is_none() && parameter.default.is_none())
            .map(|(parameter, _)| parameter.name)
            .collect();
        if !missing.is_empty() && problems.is_empty() {
            problems.push(problem::missing(callee.name, &missing, used_at));
        }
        if !problems.is_empty() {
            return Err(problems);
        }
        let bindings = callee
            .parameters
            .iter()
            .zip(values)
            .filter_map(|(parameter, value)| {
                Some(Binding {
                    name: parameter.name.text.clone(),
                    kind: parameter.kind,
                    value: value.or_else(|| parameter.default.clone())?,
                    declared: parameter.name.span,
                })
            });
        Ok(bindings.collect())
    }

    /// Whether a value is of the type.
    pub(super) fn value(
        &self,
        parameter: &Name,
        kind: Kind,
        value: &Value,
    ) -> Result<(), Diagnostic> {
        if kind.base != Base::Any {
            match value {
                Value::List(_, span) if !kind.is_list => {
                    let wanted = kind.shown(self.schema);
                    return Err(problem::list_for_one(parameter, *span, &wanted));
                }
                Value::One(atom) if kind.is_list => {
                    let wanted = kind.shown(self.schema);
                    let shown = atom.shown();
                    return Err(problem::one_for_list(
                        parameter,
                        atom.span(),
                        &wanted,
                        &shown,
                    ));
                }
                _ => {}
            }
        }
        let mut atoms = value.atoms().iter();
        atoms.try_for_each(|atom| self.atom(parameter, kind.base, atom))
    }

    fn atom(&self, parameter: &Name, base: Base, atom: &Atom) -> Result<(), Diagnostic> {
        let single = Kind {
            base,
            is_list: false,
        };
        // A parameter of the template around is checked by its type.
        if let Some(own) = self.placeholders.get(&atom.span()) {
            let is_same = *own == base || base == Base::Any || *own == Base::Any;
            if is_same {
                return Ok(());
            }
            if let (Base::Object(wanted), Base::Object(found), Atom::Word(name)) =
                (base, *own, atom)
            {
                return Err(names::wrong_kind(name, wanted, found, None));
            }
            let own = Kind {
                base: *own,
                is_list: false,
            };
            let shown = (single.shown(self.schema), own.shown(self.schema));
            return Err(problem::other_type(
                parameter,
                atom.span(),
                &shown.0,
                &shown.1,
            ));
        }
        match (base, atom) {
            (Base::Object(kind), Atom::Word(name)) => {
                use gatewright_syntax::ast::ObjectKind;
                let is_special = match kind {
                    ObjectKind::App => self.symbols.data.find_app_group(&name.text).is_some(),
                    ObjectKind::Location => name.text == "allTrusted",
                    _ => false,
                };
                if is_special {
                    return Ok(());
                }
                self.symbols.resolve(kind, name).map(|_| ())
            }
            (Base::Object(kind), Atom::Text(text)) if text.value.is_empty() => Err(
                crate::problems::clauses::empty_id(parameter, kind, text.span),
            ),
            (Base::Object(_), Atom::Text(_) | Atom::Literal(_)) => Ok(()),
            (Base::Rule, Atom::Word(name)) => match self.symbols.rule(&name.text) {
                Some(rule) => {
                    self.symbols.note_declared(name.span, rule.span);
                    Ok(())
                }
                None => {
                    let rules = self.symbols.rule_names();
                    Err(names::unknown_rule(name, rules, std::iter::empty()))
                }
            },
            _ if fits(self.schema, base, atom) => Ok(()),
            (Base::Enumeration(at), Atom::Word(_) | Atom::Text(_)) => {
                let wanted = single.shown(self.schema);
                let members = members(self.schema, at);
                Err(problem::no_member(parameter, atom, &wanted, members))
            }
            _ => {
                let wanted = single.shown(self.schema);
                Err(problem::wrong_type(
                    parameter,
                    atom,
                    &wanted,
                    base == Base::Text,
                ))
            }
        }
    }
}
