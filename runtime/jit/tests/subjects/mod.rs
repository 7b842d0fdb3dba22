//! Programs to compile, classes to run them on, and what the interpreter says of both.
#![allow(dead_code, unreachable_pub, reason = "each test uses a part")]

pub mod closures;

use std::cell::RefCell;

use gatewright_bytecode::masks::{LANES, Lanes};
use gatewright_bytecode::{
    Combine, Condition, Effects, Matcher, Op, Origin, Place, Policy, Program, TargetClass,
    Variable, Verified,
};
use gatewright_codegen::MaskUse;
use gatewright_hir::model::PolicySet;
use gatewright_jit::{Column, Columns, Found, Native, NativeMasks, Options};
use gatewright_runtime::{
    CompliancePart, Engine, Evaluate, Lowering, Mode, Rail, Request, Scratch,
};
use gatewright_tests::engines;
use gatewright_tests::generate::Random;
use gatewright_value::vocabulary::{Reason, State};
use gatewright_value::{AttributeInfo, Kind};
use gatewright_vm::{Gathered, Loaded, Sink as _, Visit};

pub const RAILS: [Rail; 2] = [Rail::Certain, Rail::Possible];

pub fn engine_of(set: &PolicySet) -> Engine {
    Engine::from_program(engines::program(set, MaskUse::default())).unwrap()
}

/// Listens to what an engine asks, to learn the classes of a request.
#[derive(Default)]
struct Listener(RefCell<Vec<u32>>);

impl Evaluate for Listener {
    fn policy(&self, _: usize, _: Rail, classes: &[u32]) -> bool {
        self.0.replace(classes.to_vec());
        false
    }

    fn condition(&self, _: usize, _: usize, _: Rail, _: &[u32]) -> bool {
        false
    }

    fn compliance(&self, _: usize, _: CompliancePart, _: Rail, _: &[u32]) -> bool {
        false
    }
}

/// The classes of a request; `None` where every policy is disabled.
pub fn classes(engine: &Engine, request: &serde_json::Value) -> Option<Vec<u32>> {
    let bytes = request.to_string();
    let request = Request::from_json(engine, bytes.as_bytes()).unwrap();
    let listener = Listener::default();
    let mut scratch = Scratch::default();
    engine
        .decide_with(&listener, &request, &mut scratch, Mode::Graph)
        .ok()?;
    Some(listener.0.into_inner()).filter(|classes| !classes.is_empty())
}

/// Random classes; the last class of a variable is drawn as often as all others.
pub fn random_classes(random: &mut Random, program: &Program) -> Vec<u32> {
    let class = |variable: &Variable| {
        let count = variable.class_count as usize;
        let class = match random.below(4) {
            0 => count - 1,
            1 => random.below(count.min(4)),
            _ => random.below(count),
        };
        u32::try_from(class).unwrap()
    };
    program.variables.iter().map(class).collect()
}

/// What the interpreter says applies.
pub fn interpreted(engine: &Engine, rail: Rail, classes: &[u32]) -> Vec<u32> {
    let mut applying = Vec::new();
    interpret(engine, rail, classes, &mut applying);
    applying
}

/// Append what the interpreter says applies.
pub fn interpret(engine: &Engine, rail: Rail, classes: &[u32], applying: &mut Vec<u32>) {
    let vm = engine.interpreter();
    for (number, policy) in (0u32..).zip(&engine.program().policies) {
        if policy.state != State::Disabled && vm.policy(number as usize, rail, classes) {
            applying.push(number);
        }
    }
}

/// Native code says of these classes what the interpreter says, of everything that can be asked.
pub fn assert_alike(engine: &Engine, native: &Native, classes: &[u32]) {
    let (program, vm) = (engine.program(), engine.interpreter());
    for rail in RAILS {
        let mut applying = Vec::new();
        native.applying(classes, rail, &mut applying);
        assert_eq!(
            applying,
            interpreted(engine, rail, classes),
            "{rail:?} {classes:?}"
        );
        for (number, policy) in program.policies.iter().enumerate() {
            let (ours, theirs) = (
                native.policy(number, rail, classes),
                vm.policy(number, rail, classes),
            );
            assert_eq!(ours, theirs, "policy {number} {rail:?} {classes:?}");
            for condition in 0..policy.conditions.len() {
                let (ours, theirs) = (
                    native.condition(number, condition, rail, classes),
                    vm.condition(number, condition, rail, classes),
                );
                assert_eq!(
                    ours, theirs,
                    "policy {number} condition {condition} {rail:?}"
                );
            }
        }
        for (number, policy) in program.compliance_policies().iter().enumerate() {
            let requirements = (0..policy.requirements.len()).map(CompliancePart::Requirement);
            for part in requirements.chain([CompliancePart::Assigned, CompliancePart::Met]) {
                let (ours, theirs) = (
                    native.compliance(number, part, rail, classes),
                    vm.compliance(number, part, rail, classes),
                );
                assert_eq!(ours, theirs, "compliance {number} {part:?} {rail:?}");
            }
        }
    }
}

/// Rows in columns.
pub struct Table {
    bytes: Vec<Vec<u8>>,
    halves: Vec<Vec<u16>>,
    words: Vec<Vec<u32>>,
    /// By column: its width, and its place among those of that width.
    places: Vec<(u8, usize)>,
}

impl Table {
    pub fn new(program: &Program, variables: &[u32], rows: &[Vec<u32>]) -> Table {
        let mut table = Table {
            bytes: Vec::new(),
            halves: Vec::new(),
            words: Vec::new(),
            places: Vec::new(),
        };
        for variable in variables {
            let at = *variable as usize;
            let column = rows.iter().map(|row| row[at]);
            match program.variables[at].class_count {
                0..=0x100 => {
                    table.places.push((1, table.bytes.len()));
                    let column = column.map(|class| u8::try_from(class).unwrap());
                    table.bytes.push(column.collect());
                }
                0x101..=0x1_0000 => {
                    table.places.push((2, table.halves.len()));
                    let column = column.map(|class| u16::try_from(class).unwrap());
                    table.halves.push(column.collect());
                }
                _ => {
                    table.places.push((4, table.words.len()));
                    table.words.push(column.collect());
                }
            }
        }
        table
    }

    pub fn columns(&self) -> Vec<Column<'_>> {
        let column = |(width, at): &(u8, usize)| match width {
            1 => Column::Bytes(&self.bytes[*at]),
            2 => Column::Halves(&self.halves[*at]),
            _ => Column::Words(&self.words[*at]),
        };
        self.places.iter().map(column).collect()
    }
}

/// Rows say what single vectors say; and so do effects, where the schema's rule chooses one.
pub fn assert_rows_alike(engine: &Engine, columns: &Columns, rail: Rail, rows: &[Vec<u32>]) {
    let program = engine.program();
    let table = Table::new(program, columns.variables(), rows);
    let words = columns.words();
    if columns.variables().is_empty() {
        return;
    }
    let mut bits = vec![u64::MAX; rows.len() * words];
    columns.applying(&table.columns(), &mut bits).unwrap();
    let mut effects = vec![7; rows.len()];
    let has_effects = columns.effects(&table.columns(), &mut effects).unwrap();
    for (at, row) in rows.iter().enumerate() {
        let bits = &bits[at * words..][..words];
        let applies = |policy: &u32| bits[*policy as usize / 64] >> (policy % 64) & 1 == 1;
        let numbers = 0..u32::try_from(words * 64).unwrap();
        let found: Vec<u32> = numbers.filter(applies).collect();
        let expected = interpreted(engine, rail, row);
        assert_eq!(found, expected, "{rail:?} {row:?}");
        if has_effects {
            let rule = program.effects.as_ref().unwrap();
            let policies = expected
                .iter()
                .map(|number| &program.policies[*number as usize]);
            let enforced = policies.filter(|policy| policy.state == State::Enabled);
            let occurring = enforced.filter_map(|policy| policy.effect);
            let chosen = match rule.combine {
                Combine::Strongest => occurring.max(),
                _ => occurring.min(),
            };
            assert_eq!(
                effects[at],
                chosen.unwrap_or(rule.otherwise),
                "{rail:?} {row:?}"
            );
        }
    }
}

/// Masks, generic and native, side by side.
pub struct MasksBoth {
    pub loaded: Loaded,
    pub native: Vec<NativeMasks>,
    rail: Rail,
    residual: Vec<Lanes>,
}

/// What a matcher found.
pub type Outcomes = Vec<(u32, u32)>;

impl MasksBoth {
    /// `None` where the program has no masks, or more than what native code takes.
    pub fn new(engine: &Engine, rail: Rail) -> Option<MasksBoth> {
        let program = engine.program();
        let masks = program.masks.as_ref()?;
        let compile = |block| NativeMasks::compile(engine, block, rail, Options::default());
        let native: Result<Vec<_>, _> = (0..masks.blocks.len()).map(compile).collect();
        let mut residual = vec![Lanes::default(); masks.blocks.len()];
        for lane in &masks.residual {
            let lane = *lane as usize;
            residual[lane / LANES][lane % LANES / 64] |= 1 << (lane % 64);
        }
        Some(MasksBoth {
            loaded: Loaded::new(Verified::new(program.clone()).unwrap()).unwrap(),
            native: native.ok()?,
            rail,
            residual,
        })
    }

    /// Random outcomes of every matcher, as many as each finds.
    pub fn random_outcomes(&self, random: &mut Random) -> Outcomes {
        let program = self.loaded.program();
        let count = |variable: u32| program.variables[variable as usize].class_count;
        let mut outcomes = Vec::new();
        for (number, matcher) in (0u32..).zip(&program.matchers) {
            let all = matcher.outcome_count(count);
            let mut outcome = || u32::try_from(random.below(all)).unwrap();
            match matcher {
                Matcher::Boolean { .. } | Matcher::Text { .. } | Matcher::Ordered { .. } => {
                    outcomes.push((number, outcome()));
                }
                Matcher::TextParts { .. } | Matcher::Predicates { .. } => {
                    for row in 0..all / 3 {
                        let row = u32::try_from(3 * row).unwrap();
                        outcomes.push((number, row + outcome() % 3));
                    }
                }
                Matcher::Elements { .. } | Matcher::Targets { .. } => {
                    outcomes.extend((0..3).map(|_| (number, outcome())));
                }
            }
        }
        outcomes
    }

    pub fn generic(&self, outcomes: &Outcomes, gathered: &mut Gathered, into: &mut Visited) {
        into.0
            .iter_mut()
            .for_each(|lanes| *lanes = Lanes::default());
        into.0.resize(self.residual.len(), Lanes::default());
        gathered.start(&self.loaded, self.rail);
        let mut sink = gathered.sink(&self.loaded);
        for (matcher, outcome) in outcomes {
            sink.found(*matcher, *outcome);
        }
        gatewright_vm::applying(&self.loaded, gathered, &[], into).unwrap();
    }

    pub fn compiled(&self, block: usize, outcomes: &Outcomes, found: &mut Found) -> Lanes {
        let native = &self.native[block];
        native.start(found);
        for (matcher, outcome) in outcomes {
            native.found(found, *matcher, *outcome);
        }
        native.lanes(found)
    }

    /// The same lanes, those apart whose code is run afterwards.
    pub fn assert_alike(&self, outcomes: &Outcomes) {
        let (mut gathered, mut found) = (Gathered::default(), Found::default());
        let mut visited = Visited::default();
        self.generic(outcomes, &mut gathered, &mut visited);
        for (block, expected) in visited.0.iter().enumerate() {
            let ours = self.compiled(block, outcomes, &mut found);
            for word in 0..4 {
                let clear = !self.residual[block][word];
                assert_eq!(
                    ours[word] & clear,
                    expected[word] & clear,
                    "{:?}",
                    self.rail
                );
            }
        }
    }
}

/// The lanes of each block.
#[derive(Default)]
pub struct Visited(pub Vec<Lanes>);

impl Visit for Visited {
    fn wants(&mut self, _: usize) -> bool {
        true
    }

    fn block(&mut self, block: usize, lanes: Lanes) {
        self.0[block] = lanes;
    }
}

/// A random program that the verifier lets pass, as no compiler would write it: jumps anywhere
/// ahead, entries anywhere, tables and switches of any size, code that nothing reaches.
pub fn hostile(random: &mut Random, combine: Combine) -> Program {
    let counts: Vec<u32> = (0..1 + random.below(8))
        .map(|_| *random.pick(&[2, 3, 4, 5, 63, 64, 65, 256, 257, 5_000, 70_000]))
        .collect();
    let rows = 2 + random.below(60);
    let (code, starts) = code(random, &counts, rows);
    let policies = (0..1 + random.below(150)).map(|number| policy(random, number, &starts));
    let policies = policies.collect();
    let name = |number: usize| format!("Facts.a{number}");
    let attribute = |number| AttributeInfo {
        name: name(number),
        kind: Kind::Integer { min: 0, max: 100 },
        is_optional: false,
    };
    let variable = |(number, count): (usize, &u32)| Variable {
        attribute: u32::try_from(number).unwrap(),
        class_count: *count,
        null_class: None,
        name: name(number),
    };
    let matcher = |number| Matcher::Ordered {
        attribute: u32::try_from(number).unwrap(),
        variable: u32::try_from(number).unwrap(),
        starts: Vec::new(),
        classes: Vec::new(),
    };
    Program {
        origin: Origin {
            schema: "Facts".to_owned(),
            ..Origin::default()
        },
        attributes: (0..counts.len()).map(attribute).collect(),
        variables: counts.iter().enumerate().map(variable).collect(),
        matchers: (0..counts.len()).map(matcher).collect(),
        code,
        policies,
        effects: Some(Effects {
            names: ["weak", "middle", "strong"].map(str::to_owned).to_vec(),
            combine,
            otherwise: 0,
        }),
        ..Program::default()
    }
}

/// Code of so many instructions, written from the last one to the first, and where they start.
fn code(random: &mut Random, counts: &[u32], rows: usize) -> (Vec<u32>, Vec<u32>) {
    // Instructions with targets as numbers of instructions, then with words.
    let mut instructions: Vec<(u32, Vec<u32>, Vec<usize>)> = Vec::new();
    for at in 0..rows {
        let variable = random.below(counts.len());
        let (count, is_last) = (counts[variable], at + 2 >= rows);
        let target = |random: &mut Random| {
            let ahead = rows - at - 1;
            let near = 1 + random.below(ahead.min(4));
            at + if random.chance(60) {
                near
            } else {
                1 + random.below(ahead)
            }
        };
        let number = u32::try_from(variable).unwrap();
        instructions.push(match random.below(8) {
            _ if is_last => (
                Op::encode([Op::Reject, Op::Accept][at % 2], 0),
                vec![],
                vec![],
            ),
            0 => (Op::encode(Op::Accept, 0), vec![], vec![]),
            1 => (Op::encode(Op::Reject, 0), vec![], vec![]),
            2 | 3 => {
                let first = u32::try_from(random.below(count as usize)).unwrap();
                let last = first + u32::try_from(random.below((count - first) as usize)).unwrap();
                let targets = vec![target(random), target(random)];
                (Op::encode(Op::Range, 0), vec![number, first, last], targets)
            }
            4 | 5 => {
                let mut firsts = vec![0];
                for _ in 0..random.below(30) {
                    firsts.push(u32::try_from(random.below(count as usize)).unwrap());
                }
                firsts.sort_unstable();
                firsts.dedup();
                let targets = firsts.iter().map(|_| target(random)).collect();
                let count = u32::try_from(firsts.len()).unwrap();
                let operands = [vec![number], firsts].concat();
                (Op::encode(Op::Switch, count), operands, targets)
            }
            _ => {
                let choice = [target(random), target(random), target(random)];
                let mut targets = Vec::new();
                while targets.len() < count as usize {
                    let one = *random.pick(&choice);
                    let run = 1 + random.below(count as usize / 3 + 1);
                    targets.extend(std::iter::repeat_n(one, run));
                }
                targets.truncate(count as usize);
                (Op::encode(Op::Table, count), vec![number], targets)
            }
        });
    }
    let mut starts = Vec::new();
    let mut next = 0;
    for (_, operands, targets) in &instructions {
        starts.push(u32::try_from(next).unwrap());
        next += 1 + operands.len() + targets.len();
    }
    let mut code = Vec::new();
    for (word, operands, targets) in &instructions {
        code.push(*word);
        let mut targets = targets.iter().map(|target| starts[*target]);
        match operands.split_first() {
            Some((variable, firsts)) if word & 0xFF == Op::Switch as u32 => {
                code.push(*variable);
                code.extend(
                    firsts
                        .iter()
                        .zip(targets)
                        .flat_map(|(first, to)| [*first, to]),
                );
            }
            _ => {
                code.extend(operands);
                code.extend(&mut targets);
            }
        }
    }
    (code, starts)
}

fn policy(random: &mut Random, number: usize, starts: &[u32]) -> Policy {
    let condition = |random: &mut Random| Condition {
        reason: Reason::When,
        certain: *random.pick(starts),
        possible: *random.pick(starts),
        place: Place::default(),
    };
    let conditions = (0..random.below(3)).map(|_| condition(random)).collect();
    Policy {
        id: format!("p{number}"),
        display_name: format!("P{number}"),
        state: *random.pick(&[
            State::Enabled,
            State::Enabled,
            State::ReportOnly,
            State::Disabled,
        ]),
        place: Place::default(),
        certain: *random.pick(starts),
        possible: *random.pick(starts),
        conditions,
        is_block: false,
        clauses: Vec::new(),
        session: None,
        target: TargetClass::Other,
        effect: random
            .chance(90)
            .then(|| u32::try_from(random.below(3)).unwrap()),
    }
}
