//! Rego by regorus: a rule for each policy that adds its number to a set; alternatives are rules of
//! their own. Groups, roles and places of the input are sets.
//!
//! Timed: setting the input, evaluating and combining; from bytes, reading and making the input as
//! well. The same source is run by the interpreter and as bytecode.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::num::{NonZeroU32, NonZeroUsize};
use std::rc::Rc;
use std::sync::Arc;

use gatewright_tests::workload::Workload;
use gatewright_tests::workload::model::SignIn;
use regorus::languages::rego::compiler::Compiler;
use regorus::rvm::RegoVM;
use regorus::{Engine, PolicyLengthConfig, Value};

use crate::condition::{Condition, Flat, combine, condition};
use crate::contender::{Contract, Field, From, Pair};
use crate::parsing;

const RULE: &str = "data.ca.applying";

/// Writes rules; conditions that need a rule of their own get one.
#[derive(Default)]
struct Writer {
    rules: String,
    helpers: usize,
}

impl Writer {
    fn helper(&mut self, bodies: &[Vec<String>]) -> String {
        let name = format!("h{}", self.helpers);
        self.helpers += 1;
        for body in bodies {
            let body = if body.is_empty() {
                "true".to_owned()
            } else {
                body.join("\n  ")
            };
            let _ = writeln!(self.rules, "{name} if {{\n  {body}\n}}");
        }
        name
    }

    /// Lines that must all hold.
    fn lines(&mut self, of: &Condition) -> Vec<String> {
        let set = |texts: &[String]| {
            let texts: Vec<String> = texts.iter().map(|text| format!("{text:?}")).collect();
            format!("{{{}}}", texts.join(", "))
        };
        let mut meets = |name: &str, texts: &[String]| {
            let variable = format!("x{}", self.helpers);
            self.helpers += 1;
            vec![
                format!("some {variable} in {}", set(texts)),
                format!("{variable} in input.{name}"),
            ]
        };
        match of {
            Condition::Not(inner) => {
                let body = self.lines(inner);
                let name = self.helper(&[body]);
                vec![format!("not {name}")]
            }
            Condition::All(inner) => inner.iter().flat_map(|part| self.lines(part)).collect(),
            Condition::Any(inner) => match inner.as_slice() {
                [one] => self.lines(one),
                several => {
                    let bodies: Vec<_> = several.iter().map(|part| self.lines(part)).collect();
                    vec![self.helper(&bodies)]
                }
            },
            Condition::User(ids) => vec![format!("input.user in {}", set(ids))],
            Condition::App(ids) => vec![format!("input.app in {}", set(ids))],
            Condition::Group(ids) => meets("groups", ids),
            Condition::Role(ids) => meets("roles", ids),
            Condition::Place(ids) => meets("places", ids),
            Condition::Is(name, texts) => match texts.as_slice() {
                [one] => vec![format!("input.{name} == {one:?}")],
                _ => vec![format!("input.{name} in {}", set(texts))],
            },
            Condition::Starts(name, start) => vec![format!("startswith(input.{name}, {start:?})")],
            Condition::Contains(name, part) => vec![format!("contains(input.{name}, {part:?})")],
        }
    }
}

fn source(workload: &Workload) -> String {
    let mut writer = Writer::default();
    let mut text = String::from("package ca\nimport rego.v1\n");
    for (number, policy) in workload.policies.iter().enumerate() {
        let lines = writer.lines(&condition(policy));
        let body = if lines.is_empty() {
            "true".to_owned()
        } else {
            lines.join("\n  ")
        };
        let _ = writeln!(text, "applying contains {number} if {{\n  {body}\n}}");
    }
    text + &writer.rules
}

fn input(flat: &Flat) -> Value {
    let set = |texts: &[String]| {
        let texts = texts.iter().map(|text| Value::from(text.as_str()));
        Value::from(texts.collect::<BTreeSet<_>>())
    };
    let mut object: BTreeMap<Value, Value> = BTreeMap::new();
    object.insert("user".into(), flat.user.as_str().into());
    object.insert("app".into(), flat.app.as_str().into());
    object.insert("groups".into(), set(&flat.groups));
    object.insert("roles".into(), set(&flat.roles));
    object.insert("places".into(), set(&flat.places));
    for (name, text) in flat.texts() {
        object.insert(name.into(), text.into());
    }
    Value::from(object)
}

fn numbers(value: &Value, list: &mut Vec<u32>) {
    list.clear();
    let set = value.as_set().expect("a set");
    list.extend(set.iter().map(|number| number.as_u32().expect("a number")));
}

/// Ten thousand policies are more text than regorus takes unless it is told to.
fn large() -> PolicyLengthConfig {
    PolicyLengthConfig {
        max_col: NonZeroU32::MAX,
        max_file_bytes: NonZeroUsize::MAX,
        max_lines: NonZeroUsize::MAX,
    }
}

fn engine(workload: &Workload) -> Engine {
    let mut engine = Engine::new();
    engine.set_policy_length_config(large());
    engine
        .add_policy("ca.rego".to_owned(), source(workload))
        .expect("a module");
    let first = input(&Flat::new(
        &gatewright_tests::workload::sign_ins::sign_in(&workload.locations, 0),
        &workload.locations,
    ));
    // The first evaluation prepares the rules.
    engine.set_input(first);
    engine
        .eval_rule(RULE.to_owned())
        .expect("the rule is there");
    engine
}

fn machine(workload: &Workload) -> Result<RegoVM, String> {
    let mut engine = Engine::new();
    engine.set_policy_length_config(large());
    engine
        .add_policy("ca.rego".to_owned(), source(workload))
        .map_err(|e| e.to_string())?;
    let policy = engine
        .compile_with_entrypoint(&Arc::from(RULE))
        .map_err(|e| e.to_string())?;
    let program = Compiler::compile_from_policy(&policy, &[RULE]).map_err(|e| e.to_string())?;
    let mut machine = RegoVM::new();
    machine.load_program(program);
    Ok(machine)
}

type Evaluate = dyn FnMut(Value) -> Value;

/// Interpreter and bytecode.
pub fn add<'a>(
    field: &mut Field<'a>,
    workload: &'a Workload,
    sign_ins: &'a [SignIn],
    texts: &'a [Vec<u8>],
) {
    let name = "regorus, interpreter";
    if field.wants(name) {
        let mut engine = field.load(name, || engine(workload));
        let evaluate = move |input| {
            engine.set_input(input);
            engine
                .eval_rule(RULE.to_owned())
                .expect("the rule is there")
        };
        add_one(field, name, workload, sign_ins, texts, Box::new(evaluate));
    }
    let name = "regorus, bytecode";
    if field.wants(name) {
        match field.load(name, || machine(workload)) {
            Ok(mut machine) => {
                let evaluate = move |input| {
                    machine.set_input(input);
                    machine
                        .execute_entry_point_by_index(0)
                        .expect("the rule is there")
                };
                add_one(field, name, workload, sign_ins, texts, Box::new(evaluate));
            }
            Err(error) => {
                let error: String = error.chars().take(200).collect();
                field
                    .notes
                    .push(format!("{name} refuses this set: {error}"));
            }
        }
    }
}

fn add_one<'a>(
    field: &mut Field<'a>,
    name: &str,
    workload: &'a Workload,
    sign_ins: &'a [SignIn],
    texts: &'a [Vec<u8>],
    evaluate: Box<Evaluate>,
) {
    let count = (24_000 / workload.policies.len()).clamp(4, 100);
    let flat = |at: usize| Flat::new(&sign_ins[at], &workload.locations);
    let inputs: Rc<Vec<Value>> = Rc::new((0..count).map(|at| input(&flat(at))).collect());
    let evaluate = Rc::new(RefCell::new(evaluate));
    let state = (evaluate.clone(), inputs.clone());
    field.add(
        name,
        Contract::Combined,
        From::Memory,
        count,
        Pair::new(state, |s, at, out| {
            let value = s.0.borrow_mut()(s.1[at].clone());
            numbers(&value, &mut out.list);
            out.combined = Some(combine(workload, &out.list, &sign_ins[at]));
        }),
    );
    let state = (evaluate.clone(), inputs);
    field.add(
        name,
        Contract::List,
        From::Memory,
        count,
        Pair::new(state, |s, at, out| {
            let value = s.0.borrow_mut()(s.1[at].clone());
            numbers(&value, &mut out.list);
        }),
    );
    field.add(
        name,
        Contract::Combined,
        From::Json,
        count,
        Pair::new(evaluate, |s, at, out| {
            let sign_in = parsing::fast(&texts[at]).sign_in();
            let value = s.borrow_mut()(input(&Flat::new(&sign_in, &workload.locations)));
            numbers(&value, &mut out.list);
            out.combined = Some(combine(workload, &out.list, &sign_in));
        }),
    );
}
