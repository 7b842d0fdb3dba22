//! CEL in Rust: an expression for each policy.
//!
//! *Natural*: every expression is evaluated, groups are a list. *Sliced*: candidates are chosen by
//! application, group and user, groups are a map, and the combined decision skips what is owed
//! already. Timed: evaluation and combining; from bytes, reading and making the variables as well.

use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;

use cel::{Context, Env, Program, Value};
use gatewright_tests::workload::Workload;
use gatewright_tests::workload::model::SignIn;

use crate::condition::{Condition, Flat, Slices, combine, condition};
use crate::contender::{Contract, Field, From, Pair};
use crate::parsing;

fn text(of: &Condition) -> String {
    let list = |texts: &[String]| {
        let texts: Vec<String> = texts.iter().map(|text| format!("{text:?}")).collect();
        format!("[{}]", texts.join(", "))
    };
    let joined = |parts: &[Condition], word: &str, none: &str| {
        if parts.is_empty() {
            return none.to_owned();
        }
        let parts: Vec<String> = parts.iter().map(text).collect();
        format!("({})", parts.join(word))
    };
    let any = |name: &str, texts: &[String]| {
        let texts: Vec<String> = texts
            .iter()
            .map(|text| format!("{text:?} in {name}"))
            .collect();
        format!("({})", texts.join(" || "))
    };
    match of {
        Condition::Not(inner) => format!("!({})", text(inner)),
        Condition::All(inner) => joined(inner, " && ", "true"),
        Condition::Any(inner) => joined(inner, " || ", "false"),
        Condition::User(ids) => format!("user in {}", list(ids)),
        Condition::App(ids) => format!("app in {}", list(ids)),
        Condition::Group(ids) => any("groups", ids),
        Condition::Role(ids) => any("roles", ids),
        Condition::Place(ids) => any("places", ids),
        Condition::Is(name, texts) => match texts.as_slice() {
            [one] => format!("{name} == {one:?}"),
            _ => format!("{name} in {}", list(texts)),
        },
        Condition::Starts(name, start) => format!("{name}.startsWith({start:?})"),
        Condition::Contains(name, part) => format!("{name}.contains({part:?})"),
    }
}

fn context<'v>(env: &Arc<Env>, flat: &Flat, is_map: bool) -> Context<'static, 'v> {
    let set = |texts: &[String]| -> Value {
        if is_map {
            let pairs = texts.iter().map(|text| (text.clone(), true));
            pairs.collect::<HashMap<String, bool>>().into()
        } else {
            texts.iter().map(String::as_str).collect::<Vec<_>>().into()
        }
    };
    let mut context = Context::with_env(env.clone());
    context.add_variable_from_value("user", flat.user.as_str());
    context.add_variable_from_value("app", flat.app.as_str());
    context.add_variable_from_value("groups", set(&flat.groups));
    context.add_variable_from_value("roles", set(&flat.roles));
    context.add_variable_from_value("places", set(&flat.places));
    for (name, text) in flat.texts() {
        context.add_variable_from_value(name, text);
    }
    context
}

struct Expressions {
    env: Arc<Env>,
    programs: Vec<Program>,
}

impl Expressions {
    fn new(workload: &Workload) -> Expressions {
        let env = Arc::new(Env::stdlib());
        let programs = workload.policies.iter().map(|policy| {
            let source = text(&condition(policy));
            env.compile(&source).expect("an expression")
        });
        Expressions {
            programs: programs.collect(),
            env,
        }
    }

    fn holds(&self, number: u32, context: &Context<'_, '_>) -> bool {
        let value = self.programs[number as usize].execute(context);
        matches!(value.expect("no error"), Value::Bool(true))
    }

    fn list(&self, context: &Context<'_, '_>, list: &mut Vec<u32>) {
        list.clear();
        let numbers = 0..self.programs.len() as u32;
        list.extend(numbers.filter(|number| self.holds(*number, context)));
    }
}

/// Natural and sliced.
pub fn add<'a>(
    field: &mut Field<'a>,
    workload: &'a Workload,
    sign_ins: &'a [SignIn],
    texts: &'a [Vec<u8>],
) {
    let count = (48_000 / workload.policies.len()).clamp(6, 200);
    let flat = |at: usize| Flat::new(&sign_ins[at], &workload.locations);
    let name = "CEL, natural";
    if field.wants(name) {
        let program = Rc::new(field.load(name, || Expressions::new(workload)));
        let contexts = (0..count).map(|at| context(&program.env, &flat(at), false));
        let contexts: Rc<Vec<_>> = Rc::new(contexts.collect());
        let state = (program.clone(), contexts.clone());
        field.add(
            name,
            Contract::Combined,
            From::Memory,
            count,
            Pair::new(state, |s, at, out| {
                s.0.list(&s.1[at], &mut out.list);
                out.combined = Some(combine(workload, &out.list, &sign_ins[at]));
            }),
        );
        let state = (program.clone(), contexts);
        field.add(
            name,
            Contract::List,
            From::Memory,
            count,
            Pair::new(state, |s, at, out| {
                s.0.list(&s.1[at], &mut out.list);
            }),
        );
        field.add(
            name,
            Contract::Combined,
            From::Json,
            count,
            Pair::new(program, |s, at, out| {
                let sign_in = parsing::fast(&texts[at]).sign_in();
                let flat = Flat::new(&sign_in, &workload.locations);
                s.list(&context(&s.env, &flat, false), &mut out.list);
                out.combined = Some(combine(workload, &out.list, &sign_in));
            }),
        );
    }
    let name = "CEL, sliced, skipping what is owed";
    if field.wants(name) {
        let program = Rc::new(
            field
                .load(name, || (Expressions::new(workload), Slices::new(workload)))
                .0,
        );
        let slices = || Slices::new(workload);
        let contexts = (0..count).map(|at| context(&program.env, &flat(at), true));
        let contexts: Rc<Vec<_>> = Rc::new(contexts.collect());
        let state = (program.clone(), contexts.clone(), slices());
        field.add(
            name,
            Contract::Combined,
            From::Memory,
            count,
            Pair::new(state, |s, at, out| {
                let (program, context) = (&s.0, &s.1[at]);
                let decision =
                    s.2.combined(&sign_ins[at], |number| program.holds(number, context));
                out.combined = Some(decision);
            }),
        );
        let state = (program.clone(), contexts, slices());
        field.add(
            name,
            Contract::List,
            From::Memory,
            count,
            Pair::new(state, |s, at, out| {
                let (program, context) = (&s.0, &s.1[at]);
                s.2.list(&sign_ins[at], &mut out.list, |number| {
                    program.holds(number, context)
                });
            }),
        );
        let state = (program, slices());
        field.add(
            name,
            Contract::Combined,
            From::Json,
            count,
            Pair::new(state, |s, at, out| {
                let sign_in = parsing::fast(&texts[at]).sign_in();
                let flat = Flat::new(&sign_in, &workload.locations);
                let (program, context) = (&s.0, context(&s.0.env, &flat, true));
                let decision =
                    s.1.combined(&sign_in, |number| program.holds(number, &context));
                out.combined = Some(decision);
            }),
        );
    }
}
