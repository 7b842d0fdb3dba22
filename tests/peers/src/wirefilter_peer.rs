//! wirefilter-engine 0.6.1, the newest on crates.io: a filter for each policy. It has no lists, so
//! that groups are one text in which ids are looked for (*strings*), or a truth for each group that
//! policies name (*interned*, where enumerations and ids are whole numbers too). Its regular
//! expressions are not needed: a text begins with a mark that stands for its start.
//!
//! *Sliced*: interned, candidates chosen by application, group and user, and the combined decision
//! skips what is owed already. Timed: executing filters and combining; the fields are set before.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::rc::Rc;

use gatewright_tests::workload::Workload;
use gatewright_tests::workload::model::SignIn;
use wirefilter::{ExecutionContext, Filter, Scheme, Type};

use crate::condition::{Condition, ENUMERATIONS, Flat, Slices, TEXTS, combine, condition};
use crate::contender::{Contract, Field, From, Pair};

/// What ids and members are called in filters.
#[derive(Default)]
struct Names {
    is_interned: bool,
    numbers: HashMap<String, i32>,
    truths: Vec<String>,
}

impl Names {
    fn number(&mut self, text: &str) -> i32 {
        let next = self.numbers.len() as i32 + 1;
        *self.numbers.entry(text.to_owned()).or_insert(next)
    }

    /// The number of a text that filters name; 0 of others.
    fn known(&self, text: &str) -> i32 {
        self.numbers.get(text).copied().unwrap_or(0)
    }

    fn one_of(&mut self, name: &str, texts: &[String]) -> String {
        let texts: Vec<String> = texts
            .iter()
            .map(|text| {
                if self.is_interned {
                    self.number(text).to_string()
                } else {
                    format!("{text:?}")
                }
            })
            .collect();
        format!("{name} in {{{}}}", texts.join(" "))
    }

    fn has(&mut self, name: &str, texts: &[String]) -> String {
        let texts: Vec<String> = texts
            .iter()
            .map(|text| {
                if !self.is_interned {
                    return format!("{name} contains \"{text},\"");
                }
                let field = format!("{name}.n{}", self.number(text));
                if !self.truths.contains(&field) {
                    self.truths.push(field.clone());
                }
                field
            })
            .collect();
        format!("({})", texts.join(" || "))
    }

    fn text(&mut self, of: &Condition) -> String {
        match of {
            Condition::Not(inner) => format!("not ({})", self.text(inner)),
            Condition::All(inner) => self.joined(inner, " && "),
            Condition::Any(inner) => self.joined(inner, " || "),
            Condition::User(ids) => self.one_of("user", ids),
            Condition::App(ids) => self.one_of("app", ids),
            Condition::Group(ids) => self.has("groups", ids),
            Condition::Role(ids) => self.has("roles", ids),
            Condition::Place(ids) => self.has("places", ids),
            Condition::Is(name, texts) if TEXTS.contains(name) => {
                let texts: Vec<String> = texts.iter().map(|text| format!("\"^{text}\"")).collect();
                format!("{name} in {{{}}}", texts.join(" "))
            }
            Condition::Is(name, texts) => self.one_of(name, texts),
            Condition::Starts(name, start) => format!("{name} contains \"^{start}\""),
            Condition::Contains(name, part) => format!("{name} contains {part:?}"),
        }
    }

    fn joined(&mut self, parts: &[Condition], word: &str) -> String {
        let parts: Vec<String> = parts.iter().map(|part| self.text(part)).collect();
        if parts.is_empty() {
            return "always".to_owned();
        }
        format!("({})", parts.join(word))
    }
}

/// The fields of a request as wirefilter holds them: texts that outlive the context.
struct Texts {
    joined: [String; 3],
    marked: [String; 6],
}

impl Texts {
    fn new(flat: &Flat) -> Texts {
        let join = |texts: &[String]| {
            texts.iter().fold(String::new(), |mut all, text| {
                let _ = write!(all, "{text},");
                all
            })
        };
        Texts {
            joined: [join(&flat.groups), join(&flat.roles), join(&flat.places)],
            marked: flat.texts.each_ref().map(|text| {
                if text.is_empty() {
                    String::new()
                } else {
                    format!("^{text}")
                }
            }),
        }
    }
}

/// Filters over a scheme that lives as long as the program: schemes are borrowed by everything.
struct Filters {
    names: Names,
    scheme: &'static Scheme,
    filters: Vec<Filter<'static>>,
}

impl Filters {
    fn new(workload: &Workload, is_interned: bool) -> Filters {
        let mut names = Names {
            is_interned,
            ..Names::default()
        };
        let conditions = workload.policies.iter().map(condition);
        let sources: Vec<String> = conditions.map(|c| names.text(&c)).collect();
        let mut scheme = Scheme::new();
        let mut add = |name: &str, kind: Type| {
            scheme
                .add_field(name.to_owned(), kind)
                .expect("a new field");
        };
        let kind = if is_interned { Type::Int } else { Type::Bytes };
        add("always", Type::Bool);
        for name in ["user", "app"].into_iter().chain(ENUMERATIONS) {
            add(name, kind);
        }
        for name in TEXTS {
            add(name, Type::Bytes);
        }
        if is_interned {
            names.truths.iter().for_each(|name| add(name, Type::Bool));
        } else {
            ["groups", "roles", "places"]
                .iter()
                .for_each(|name| add(name, Type::Bytes));
        }
        let scheme: &'static Scheme = Box::leak(Box::new(scheme));
        let filters = sources.iter().map(|source| {
            // The parser borrows what it reads for as long as the scheme lives.
            let source: &'static str = Box::leak(source.clone().into_boxed_str());
            scheme.parse(source).expect("a filter").compile()
        });
        Filters {
            filters: filters.collect(),
            names,
            scheme,
        }
    }

    fn context<'e>(&'e self, flat: &'e Flat, texts: &'e Texts) -> ExecutionContext<'e> {
        let mut context = ExecutionContext::new(self.scheme);
        let members = ENUMERATIONS.into_iter().zip(flat.members);
        let ids = [("user", flat.user.as_str()), ("app", flat.app.as_str())];
        context.set_field_value("always", true).expect("a truth");
        for (name, text) in ids.into_iter().chain(members) {
            if self.names.is_interned {
                context
                    .set_field_value(name, self.names.known(text))
                    .expect("a number");
            } else {
                context.set_field_value(name, text).expect("a text");
            }
        }
        for (name, text) in TEXTS.into_iter().zip(&texts.marked) {
            context
                .set_field_value(name, text.as_str())
                .expect("a text");
        }
        let names = ["groups", "roles", "places"];
        if !self.names.is_interned {
            for (name, text) in names.into_iter().zip(&texts.joined) {
                context
                    .set_field_value(name, text.as_str())
                    .expect("a text");
            }
            return context;
        }
        for name in &self.names.truths {
            context.set_field_value(name, false).expect("a truth");
        }
        for (name, ids) in names
            .into_iter()
            .zip([&flat.groups, &flat.roles, &flat.places])
        {
            for id in ids {
                let field = format!("{name}.n{}", self.names.known(id));
                if self.names.truths.contains(&field) {
                    context.set_field_value(&field, true).expect("a truth");
                }
            }
        }
        context
    }

    fn holds(&self, number: u32, context: &ExecutionContext<'static>) -> bool {
        self.filters[number as usize]
            .execute(context)
            .expect("the scheme is the same")
    }

    fn list(&self, context: &ExecutionContext<'static>, list: &mut Vec<u32>) {
        list.clear();
        let numbers = 0..self.filters.len() as u32;
        list.extend(numbers.filter(|number| self.holds(*number, context)));
    }
}

/// Contexts of the first requests, their texts kept for as long as the program runs.
fn contexts(
    filters: &'static Filters,
    workload: &Workload,
    sign_ins: &[SignIn],
) -> Rc<Vec<ExecutionContext<'static>>> {
    let contexts = sign_ins.iter().map(|sign_in| {
        let flat: &'static Flat = Box::leak(Box::new(Flat::new(sign_in, &workload.locations)));
        let texts: &'static Texts = Box::leak(Box::new(Texts::new(flat)));
        filters.context(flat, texts)
    });
    Rc::new(contexts.collect())
}

/// Strings, interned and sliced.
pub fn add<'a>(field: &mut Field<'a>, workload: &'a Workload, sign_ins: &'a [SignIn]) {
    let count = (48_000 / workload.policies.len()).clamp(50, 200);
    let first = &sign_ins[..count];
    for (name, is_interned) in [
        ("wirefilter, strings", false),
        ("wirefilter, interned", true),
    ] {
        if !field.wants(name) {
            continue;
        }
        let filters = field.load(name, || Filters::new(workload, is_interned));
        let filters: &'static Filters = Box::leak(Box::new(filters));
        let contexts = contexts(filters, workload, first);
        let state = contexts.clone();
        field.add(
            name,
            Contract::Combined,
            From::Memory,
            count,
            Pair::new(state, |s, at, out| {
                filters.list(&s[at], &mut out.list);
                out.combined = Some(combine(workload, &out.list, &sign_ins[at]));
            }),
        );
        field.add(
            name,
            Contract::List,
            From::Memory,
            count,
            Pair::new(contexts, |s, at, out| {
                filters.list(&s[at], &mut out.list);
            }),
        );
    }
    let name = "wirefilter, sliced, skipping what is owed";
    if field.wants(name) {
        let (filters, _) = field.load(name, || {
            (Filters::new(workload, true), Slices::new(workload))
        });
        let filters: &'static Filters = Box::leak(Box::new(filters));
        let contexts = contexts(filters, workload, first);
        let state = (contexts.clone(), Slices::new(workload));
        field.add(
            name,
            Contract::Combined,
            From::Memory,
            count,
            Pair::new(state, |s, at, out| {
                let context = &s.0[at];
                let decision =
                    s.1.combined(&sign_ins[at], |number| filters.holds(number, context));
                out.combined = Some(decision);
            }),
        );
        let state = (contexts, Slices::new(workload));
        field.add(
            name,
            Contract::List,
            From::Memory,
            count,
            Pair::new(state, |s, at, out| {
                let context = &s.0[at];
                s.1.list(&sign_ins[at], &mut out.list, |number| {
                    filters.holds(number, context)
                });
            }),
        );
    }
}
