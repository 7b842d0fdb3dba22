//! Gatewright: the policies as Graph JSON, compiled by our compiler, loaded from a bundle.
//!
//! Timed in memory: from the typed request of the runtime (ids as numbers, enumerations as places)
//! to the outcome; *from interned ids*: from what its values bring, looked up before, the groups of
//! users one by one. Either with the missing clauses counted and the session controls merged. *Encoded*: the
//! user, the device, the application and the rest were encoded before. From bytes: everything.

use std::hint::black_box;
use std::rc::Rc;

use gatewright_compiler::compile;
use gatewright_runtime::{
    AttributeHandle, Engine, Interned, Mode, Outcome, Part, Proof, ReadOptions, Request, Route,
    Scratch,
};
use gatewright_tests::workload::facts::{Attributes, combined, combined_outcome};
use gatewright_tests::workload::model::SignIn;
use gatewright_tests::workload::{Workload, graph};

use crate::contender::{Answer, Contract, Decide, Field, From};

/// Our row.
pub const NAME: &str = "**Gatewright**";

/// The way to a decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    Memory,
    Interned,
    Encoded,
    Json,
    /// As in memory or encoded, but of the outcome only the verdict is looked at.
    VerdictOfMemory,
    VerdictOfEncoded,
}

/// Requests in all the forms that we take.
pub struct Requests<'a> {
    sign_ins: Vec<Request<'a>>,
    interned: Vec<Interned>,
    parts: Vec<([Part; 4], Proof)>,
    texts: &'a [Vec<u8>],
}

/// The attributes of the program in four parts: the user, the device, the application, the rest.
pub fn groups(engine: &Engine) -> [Vec<AttributeHandle>; 4] {
    let mut groups = [const { Vec::new() }; 4];
    for row in &engine.program().attributes {
        let group = match row.name.split_once('.') {
            // The risk is that of the moment.
            Some(("user", "risk" | "insiderRisk")) => 3,
            // Whether it is an application that is signed in to, and for what.
            Some(("signIn", "target" | "baselineScopesOnly")) => 2,
            Some(("user", _)) => 0,
            Some(("device", _)) => 1,
            Some(("app", _)) => 2,
            _ => 3,
        };
        groups[group].extend(engine.attribute(&row.name));
    }
    groups
}

impl<'a> Requests<'a> {
    /// Make requests.
    pub fn new(engine: &Engine, sign_ins: &'a [SignIn], texts: &'a [Vec<u8>]) -> Requests<'a> {
        let attributes = Attributes::new(engine);
        let requests = sign_ins
            .iter()
            .map(|s| attributes.request(engine, s).expect("types fit"));
        let requests: Vec<Request<'_>> = requests.collect();
        let groups = groups(engine);
        let mut scratch = Scratch::default();
        let interned = requests.iter().map(|request| {
            let interned = engine.intern(request, &mut scratch, Mode::Graph);
            interned.expect("the request is of this engine")
        });
        let interned = interned.collect();
        let parts = requests.iter().map(|request| {
            let parts = groups.each_ref().map(|group| {
                let attributes = group.iter().copied();
                let part = engine.encode_part(request, attributes, &mut scratch, Mode::Graph);
                part.expect("the request is of this engine")
            });
            (parts, engine.prove(request.claims()))
        });
        Requests {
            parts: parts.collect(),
            sign_ins: requests,
            interned,
            texts,
        }
    }
}

struct Ours<'a> {
    engine: Engine,
    requests: Rc<Requests<'a>>,
    scratch: Scratch,
    options: ReadOptions<'static>,
    way: Way,
    is_list: bool,
    answer: Option<Answer>,
    is_asked: bool,
}

/// Look at everything that the combined decision says.
#[inline]
fn look(outcome: &Outcome<'_>, is_verdict_enough: bool) {
    black_box(outcome.verdict());
    if !is_verdict_enough {
        black_box(outcome.missing().count());
        black_box(outcome.session());
    }
}

impl Ours<'_> {
    #[inline]
    fn combined(&mut self, at: usize) {
        let (engine, scratch, mode) = (&self.engine, &mut self.scratch, Mode::Graph);
        let outcome = match self.way {
            Way::Memory | Way::VerdictOfMemory => {
                engine.combined(&self.requests.sign_ins[at], scratch, mode)
            }
            Way::Interned => engine.combined_interned(&self.requests.interned[at], scratch),
            Way::Encoded | Way::VerdictOfEncoded => {
                let (parts, proof) = &self.requests.parts[at];
                engine.combined_parts(&parts.each_ref(), proof, scratch, mode)
            }
            Way::Json => {
                let bytes = &self.requests.texts[at];
                let outcome = engine.combined_json(bytes, &self.options, scratch, mode);
                Ok(outcome.expect("an ordinary request"))
            }
        };
        let outcome = outcome.expect("the request is of this engine");
        let is_verdict = matches!(self.way, Way::VerdictOfMemory | Way::VerdictOfEncoded);
        look(&outcome, is_verdict);
        if self.is_asked {
            self.answer = combined_outcome(&outcome).map(Answer::Combined);
        }
    }

    #[inline]
    fn list(&mut self, at: usize) {
        let (engine, scratch, mode) = (&self.engine, &mut self.scratch, Mode::Graph);
        let decision = match self.way {
            Way::Encoded | Way::VerdictOfEncoded => {
                let (parts, proof) = &self.requests.parts[at];
                engine.decide_parts(&parts.each_ref(), proof, scratch, mode)
            }
            Way::Json => {
                let bytes = &self.requests.texts[at];
                let decision = engine.decide_json(bytes, &self.options, scratch, mode);
                Ok(decision.expect("an ordinary request"))
            }
            Way::Interned => engine.decide_interned(&self.requests.interned[at], scratch),
            _ => engine.decide(&self.requests.sign_ins[at], scratch, mode),
        };
        let decision = decision.expect("the request is of this engine");
        black_box(decision.applying());
        black_box(decision.verdict());
        if self.is_asked {
            assert!(
                combined(&decision).is_some(),
                "clauses are those of the workload"
            );
            self.answer = Some(Answer::List(decision.applying().to_vec()));
        }
    }
}

impl Decide for Ours<'_> {
    #[inline]
    fn decide(&mut self, at: usize) {
        if self.is_list {
            self.list(at);
        } else {
            self.combined(at);
        }
    }

    fn check(&mut self, at: usize) -> Answer {
        self.is_asked = true;
        self.decide(at);
        self.is_asked = false;
        self.answer.take().unwrap_or(Answer::Parsed)
    }

    fn answer(&self) -> Answer {
        Answer::Parsed
    }
}

/// From Graph JSON to the bytes of a bundle.
pub fn bundle(workload: &Workload) -> Vec<u8> {
    let compilation = graph::compilation(workload);
    assert!(compilation.is_readable(), "{}", compilation.render());
    let program = compilation.program(&compilation.decisions());
    compilation
        .bundle(&program)
        .expect("the program has a bundle")
}

/// Every way of ours, and the diagrams walked, which is how we decided before there were masks.
pub fn add<'a>(
    field: &mut Field<'a>,
    workload: &'a Workload,
    sign_ins: &'a [SignIn],
    texts: &'a [Vec<u8>],
) {
    if !field.wants(NAME) {
        return;
    }
    let bytes = field.load("Gatewright, Graph JSON to bundle", || bundle(workload));
    let project = graph::project(&graph::compilation(workload));
    field.load("Gatewright, policy text to engine", || {
        let compilation = compile(&project);
        let program = compilation.program(&compilation.decisions());
        Engine::from_program(program).expect("the program is fit")
    });
    let engine = field.load(NAME, || Engine::load(&bytes).expect("the bundle is sound"));
    let size = bytes.len() / 1024;
    field
        .notes
        .push(format!("the bundle of Gatewright has {size} KiB"));
    add_engine(field, NAME, &engine, sign_ins, texts);
    let walked = engine.by(Route::Walk);
    let requests = Rc::new(Requests::new(&walked, sign_ins, texts));
    add_ways(
        field,
        "Gatewright, diagrams walked",
        &walked,
        &requests,
        &[Way::Memory],
    );
    #[cfg(feature = "jit")]
    {
        let native = field.load("Gatewright, native code", || {
            gatewright_jit::Native::compile(&engine, gatewright_jit::Options::default())
        });
        let native = native.expect("this host runs machine code");
        let engine = engine.by(Route::Other(std::sync::Arc::new(native)));
        let requests = Rc::new(Requests::new(&engine, sign_ins, texts));
        add_ways(
            field,
            "Gatewright, native code",
            &engine,
            &requests,
            &[Way::Memory],
        );
    }
}

/// The fast ways of an engine.
pub fn add_engine<'a>(
    field: &mut Field<'a>,
    name: &str,
    engine: &Engine,
    sign_ins: &'a [SignIn],
    texts: &'a [Vec<u8>],
) {
    let requests = Rc::new(Requests::new(engine, sign_ins, texts));
    add_ways(
        field,
        name,
        engine,
        &requests,
        &[Way::Memory, Way::Encoded, Way::Json],
    );
    let interned = format!("{name}, from interned ids");
    add_ways(field, &interned, engine, &requests, &[Way::Interned]);
    let verdict = format!("{name}, the verdict alone");
    let ways = [Way::VerdictOfMemory, Way::VerdictOfEncoded];
    add_ways(field, &verdict, engine, &requests, &ways);
}

fn add_ways<'a>(
    field: &mut Field<'a>,
    name: &str,
    engine: &Engine,
    requests: &Rc<Requests<'a>>,
    ways: &[Way],
) {
    for way in ways {
        let from = match way {
            Way::Memory | Way::Interned | Way::VerdictOfMemory => From::Memory,
            Way::Encoded | Way::VerdictOfEncoded => From::Encoded,
            Way::Json => From::Json,
        };
        for contract in [Contract::Combined, Contract::List] {
            let is_list = contract == Contract::List;
            if is_list && matches!(way, Way::VerdictOfMemory | Way::VerdictOfEncoded) {
                continue;
            }
            let ours = Ours {
                engine: engine.clone(),
                requests: requests.clone(),
                scratch: Scratch::default(),
                options: ReadOptions::default(),
                way: *way,
                is_list,
                answer: None,
                is_asked: false,
            };
            field.add(name, contract, from, requests.sign_ins.len(), ours);
        }
    }
}
