//! A program as machine code for single decisions.

use cranelift_codegen::ir::{InstBuilder as _, types};
use cranelift_module::FuncId;
use gatewright_bytecode::{Entries, Program};
use gatewright_runtime::{CompliancePart, Engine, Evaluate, Lowering, Rail};

use crate::applying::{Group, Layout, emit, entry, evaluated, layout, set_bits};
use crate::blocks::Diagrams;
use crate::code::{Builder, Code, NativeError};
use crate::walks::{Plan, Walks, load_class};

/// Bits of policies in a word.
const WORD: usize = u64::BITS as usize;
/// Words that hold every policy of the largest program.
const WORDS_MAX: usize = gatewright_bytecode::limits::POLICIES_MAX / WORD;

/// Takes classes and a bit set of policies, and sets the bits of those that apply.
type ApplyingFn = unsafe extern "C" fn(*const u32, *mut u64);

/// What is compiled, and how.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// Whether single policies, conditions and requirements are compiled too. What asks for them
    /// one by one is an explanation; without this the interpreter answers.
    pub single: bool,
    /// Whether the compiler checks what it is given. For tests.
    pub check: bool,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            single: true,
            check: cfg!(debug_assertions),
        }
    }
}

/// How much was compiled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Statistics {
    /// Bytes of machine code.
    pub code_bytes: usize,
    /// Functions.
    pub function_count: usize,
    /// Instructions of the program that single walks have blocks for.
    pub single_count: usize,
    /// Policies of both rails that the functions for all policies leave out, because their
    /// diagrams are too large.
    pub left_over_count: usize,
}

/// A program as machine code.
///
/// Any number of threads share one without a lock: it does not change, and its functions write to
/// nothing but what they are given.
#[derive(Debug)]
pub struct Native {
    engine: Engine,
    walks: Walks,
    certain: Applying,
    possible: Applying,
    statistics: Statistics,
    /// What every function above is in.
    _code: Code,
}

#[derive(Debug)]
struct Applying {
    functions: Vec<ApplyingFn>,
    left_over: Vec<u32>,
}

impl Native {
    /// Compile the program of an engine. Time and memory grow with the size of its code, up to
    /// fixed bounds; what lies beyond is left to the interpreter.
    ///
    /// # Errors
    /// There is no machine code for this host, or the system gives no memory that it may run in.
    pub fn compile(engine: &Engine, options: Options) -> Result<Native, NativeError> {
        let program = engine.program();
        let mut builder = Builder::new(options.check)?;
        let mut diagrams = Diagrams::new(program);
        let rails = [Rail::Certain, Rail::Possible]
            .map(|rail| layout(program, &mut diagrams, evaluated(program), rail));
        let [certain, possible] = &rails;
        let roots = roots(program, [certain, possible], options.single);
        let plan = Plan::new(&diagrams, program.code.len(), roots);
        let mut ids = plan.define(&mut builder, &mut diagrams)?;
        let walk_count = ids.len();
        for layout in &rails {
            for groups in &layout.functions {
                ids.push(define(&mut builder, &mut diagrams, groups)?);
            }
        }
        let (code, addresses) = builder.finish(&ids)?;
        let statistics = Statistics {
            code_bytes: code.bytes(),
            function_count: ids.len(),
            single_count: plan.instruction_count(),
            left_over_count: rails.iter().map(|layout| layout.left_over.len()).sum(),
        };
        let (of_walks, rest) = addresses.split_at(walk_count.min(addresses.len()));
        let (of_certain, of_possible) = rest.split_at(certain.functions.len().min(rest.len()));
        // SAFETY: the first addresses are those of the plan's functions, in order.
        let walks = unsafe { plan.finish(program, of_walks) };
        let [certain, possible] = rails;
        // SAFETY: what follows are the functions of the two rails, in order, all made by `define`.
        let [certain, possible] = unsafe {
            [
                Applying::new(certain, of_certain),
                Applying::new(possible, of_possible),
            ]
        };
        Ok(Native {
            engine: engine.clone(),
            walks,
            certain,
            possible,
            statistics,
            _code: code,
        })
    }

    /// The engine whose program this is.
    #[must_use]
    pub fn engine(&self) -> &Engine {
        &self.engine
    }

    /// How much was compiled.
    #[must_use]
    pub fn statistics(&self) -> Statistics {
        self.statistics
    }

    fn holds(&self, entry: u32, classes: &[u32]) -> bool {
        // SAFETY: the code lives as long as `self` does.
        unsafe { self.walks.run(&self.engine.program().code, entry, classes) }
    }

    /// Find what applies, with a bit set of so many words.
    fn collect<const WORDS: usize>(&self, classes: &[u32], rail: Rail, applying: &mut Vec<u32>) {
        let program = self.engine.program();
        let rail_code = match rail {
            Rail::Certain => &self.certain,
            Rail::Possible => &self.possible,
        };
        let mut bits = [0u64; WORDS];
        for function in &rail_code.functions {
            // SAFETY: the code lives as long as `self` does. The function reads the classes of the
            // program's variables and writes to the words of its policies; the caller has seen to
            // it that there are at least as many of both.
            unsafe { function(classes.as_ptr(), bits.as_mut_ptr()) };
        }
        for policy in &rail_code.left_over {
            let entry = entry(program, *policy, rail);
            if entry.is_some_and(|entry| self.holds(entry, classes))
                && let Some(word) = bits.get_mut(*policy as usize / WORD)
            {
                *word |= 1 << (*policy as usize % WORD);
            }
        }
        for (first, mut word) in (0u32..).step_by(WORD).zip(bits) {
            while word != 0 {
                applying.push(first + word.trailing_zeros());
                word &= word - 1;
            }
        }
    }
}

impl Applying {
    /// # Safety
    /// The addresses are those of the layout's functions, in order, each made by [`define`].
    unsafe fn new(layout: Layout, addresses: &[*const u8]) -> Applying {
        let function = |address: &*const u8| {
            // SAFETY: `define` gives its functions the parameters of `ApplyingFn`, no result, and
            // the host's calling convention.
            unsafe { std::mem::transmute::<*const u8, ApplyingFn>(*address) }
        };
        Applying {
            functions: addresses.iter().map(function).collect(),
            left_over: layout.left_over,
        }
    }
}

impl Lowering for Native {
    fn name(&self) -> &'static str {
        "native"
    }

    fn applying(&self, classes: &[u32], rail: Rail, applying: &mut Vec<u32>) {
        let program = self.engine.program();
        if classes.len() < program.variables.len() {
            debug_assert!(false, "the classes are of another program");
            return;
        }
        // The smallest of three sizes, so that little is cleared.
        match program.policies.len().div_ceil(WORD) {
            0..=16 => self.collect::<16>(classes, rail, applying),
            17..=160 => self.collect::<160>(classes, rail, applying),
            161..=WORDS_MAX => self.collect::<WORDS_MAX>(classes, rail, applying),
            _ => debug_assert!(false, "a verified program has fewer policies"),
        }
    }
}

impl Evaluate for Native {
    fn policy(&self, policy: usize, rail: Rail, classes: &[u32]) -> bool {
        let policy = self.engine.program().policies.get(policy);
        policy.is_some_and(|policy| {
            self.holds(of_rail(rail, policy.certain, policy.possible), classes)
        })
    }

    fn condition(&self, policy: usize, condition: usize, rail: Rail, classes: &[u32]) -> bool {
        let policy = self.engine.program().policies.get(policy);
        let condition = policy.and_then(|policy| policy.conditions.get(condition));
        condition.is_some_and(|condition| {
            self.holds(
                of_rail(rail, condition.certain, condition.possible),
                classes,
            )
        })
    }

    fn compliance(&self, policy: usize, part: CompliancePart, rail: Rail, classes: &[u32]) -> bool {
        let policy = self.engine.program().compliance_policies().get(policy);
        let entries = policy.and_then(|policy| match part {
            CompliancePart::Assigned => Some(policy.assigned),
            CompliancePart::Met => Some(policy.met),
            CompliancePart::Requirement(at) => policy.requirements.get(at).map(|row| row.entries),
        });
        entries.is_some_and(|Entries { certain, possible }| {
            self.holds(of_rail(rail, certain, possible), classes)
        })
    }
}

fn of_rail(rail: Rail, certain: u32, possible: u32) -> u32 {
    match rail {
        Rail::Certain => certain,
        Rail::Possible => possible,
    }
}

/// The entries that walks begin at.
fn roots(program: &Program, rails: [&Layout; 2], single: bool) -> Vec<u32> {
    let of_compliance = program.compliance_policies().iter();
    let whole = of_compliance
        .clone()
        .flat_map(|policy| [policy.assigned, policy.met]);
    let mut roots: Vec<u32> = whole.flat_map(|row| [row.certain, row.possible]).collect();
    for (layout, rail) in rails.into_iter().zip([Rail::Certain, Rail::Possible]) {
        let left_over = layout.left_over.iter();
        roots.extend(left_over.filter_map(|policy| entry(program, *policy, rail)));
    }
    if single {
        let requirements = of_compliance.flat_map(|policy| &policy.requirements);
        let rows = requirements.map(|row| row.entries);
        roots.extend(rows.flat_map(|row| [row.certain, row.possible]));
        for policy in &program.policies {
            roots.extend([policy.certain, policy.possible]);
            let conditions = policy.conditions.iter();
            roots.extend(conditions.flat_map(|row| [row.certain, row.possible]));
        }
    }
    roots
}

/// Define the function that finds which of these apply.
fn define(
    builder: &mut Builder,
    diagrams: &mut Diagrams<'_>,
    groups: &[Group],
) -> Result<FuncId, NativeError> {
    builder.define(&[types::I64, types::I64], None, |builder| {
        let start = builder.create_block();
        builder.append_block_params_for_function_params(start);
        builder.switch_to_block(start);
        let &[classes, bits] = builder.block_params(start) else {
            return None;
        };
        emit(
            diagrams,
            builder,
            groups,
            &mut |builder, variable| load_class(builder, classes, variable),
            &mut |builder, group, next| {
                set_bits(builder, bits, &group.policies);
                builder.ins().jump(next, &[]);
            },
        )?;
        builder.ins().return_(&[]);
        Some(())
    })
}
