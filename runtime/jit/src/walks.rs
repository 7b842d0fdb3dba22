//! Functions that walk from any entry: every instruction is compiled once, whoever shares it.
//!
//! The code is cut into *parts* of bounded weight, a function each. A function takes the place of an
//! entry in its part and says 0 (*reject*), 1 (*accept*), or 2 and the number of the entry at which
//! the walk goes on in another part. An entry without a function is walked by the interpreter.

use cranelift_codegen::ir::{
    Block, BlockCall, InstBuilder as _, JumpTableData, MemFlagsData, types,
};
use cranelift_frontend::FunctionBuilder;
use cranelift_module::FuncId;
use gatewright_bytecode::Program;
use gatewright_vm::run;

use crate::blocks::{Diagrams, EDGES_MAX, Ends, edges};
use crate::code::{Builder, NativeError};

/// LIMIT: weight (instructions and edges) of one part.
const PART_WEIGHT_MAX: usize = 1 << 12;
/// LIMIT: weight of all parts; what lies behind is walked by the interpreter.
const WEIGHT_MAX: usize = 1 << 20;

/// Takes classes and the place of an entry; see the description of the module.
type WalkFn = unsafe extern "C" fn(*const u32, u32) -> u32;

const REJECT: u32 = 0;
const ACCEPT: u32 = 1;
const GO_ON: u32 = 2;

/// No part.
const NONE: u32 = u32::MAX;

/// Where walks can begin.
#[derive(Debug, Default)]
pub(crate) struct Plan {
    /// The words of the entries, ascending.
    entries: Vec<u32>,
    parts: Vec<Part>,
}

#[derive(Debug, Default)]
struct Part {
    words: Vec<u32>,
    /// Places in the plan's entries.
    entries: Vec<u32>,
}

/// Walks that are compiled.
#[derive(Debug, Default)]
pub(crate) struct Walks {
    /// By word of the code: the number of the entry there, or [`NONE`].
    numbers: Vec<u32>,
    entries: Vec<Entry>,
    functions: Vec<WalkFn>,
    variable_count: usize,
}

#[derive(Clone, Copy, Debug)]
struct Entry {
    word: u32,
    /// A place in the functions, or [`NONE`].
    function: u32,
    /// Its place in the part.
    place: u32,
}

impl Plan {
    /// The plan for walks from these words.
    pub(crate) fn new(diagrams: &Diagrams<'_>, code_len: usize, mut roots: Vec<u32>) -> Plan {
        roots.sort_unstable();
        roots.dedup();
        let mut is_entry = vec![false; code_len];
        let mut is_reached = vec![false; code_len];
        let mark = |marks: &mut Vec<bool>, word: u32| {
            if let Some(mark) = marks.get_mut(word as usize) {
                *mark = true;
            }
        };
        for root in roots {
            mark(&mut is_entry, root);
            mark(&mut is_reached, root);
        }
        let mut parts = Vec::new();
        let mut part_of = vec![NONE; code_len];
        let (mut weight, mut whole) = (PART_WEIGHT_MAX, 0usize);
        // Targets lie after what names them, so one pass in order of words meets everything.
        for at in (0u32..).take(code_len) {
            if !is_reached.get(at as usize).copied().unwrap_or(false) {
                continue;
            }
            let Some(instruction) = diagrams.instruction(at) else {
                continue;
            };
            instruction
                .targets()
                .for_each(|to| mark(&mut is_reached, to));
            let Some(count) = edges(&instruction) else {
                continue;
            };
            if count > EDGES_MAX || whole > WEIGHT_MAX {
                // The interpreter walks on from here; a part can only leave to an entry.
                mark(&mut is_entry, at);
                continue;
            }
            weight += 1 + count;
            whole += 1 + count;
            if weight > PART_WEIGHT_MAX {
                parts.push(Part::default());
                weight = 1 + count;
            }
            if let (Some(part), Some(slot)) = (parts.last_mut(), part_of.get_mut(at as usize)) {
                part.words.push(at);
                *slot = u32::try_from(parts.len() - 1).unwrap_or(NONE);
            }
        }
        let part_at = |word: u32| part_of.get(word as usize).copied().unwrap_or(NONE);
        for part in &parts {
            for at in &part.words {
                let Some(instruction) = diagrams.instruction(*at) else {
                    continue;
                };
                for target in instruction.targets() {
                    if part_at(target) != part_at(*at) {
                        mark(&mut is_entry, target);
                    }
                }
            }
        }
        let words = (0u32..).zip(&is_entry).filter(|(_, is_entry)| **is_entry);
        let entries: Vec<u32> = words.map(|(word, _)| word).collect();
        for (number, word) in (0u32..).zip(&entries) {
            if let Some(part) = parts.get_mut(part_at(*word) as usize) {
                part.entries.push(number);
            }
        }
        Plan { entries, parts }
    }

    /// Compile the walks of this plan.
    pub(crate) fn define(
        &self,
        builder: &mut Builder,
        diagrams: &mut Diagrams<'_>,
    ) -> Result<Vec<FuncId>, NativeError> {
        let define = |part: &Part| {
            builder.define(&[types::I64, types::I32], Some(types::I32), |builder| {
                self.part(builder, diagrams, part)
            })
        };
        self.parts.iter().map(define).collect()
    }

    fn part(
        &self,
        builder: &mut FunctionBuilder<'_>,
        diagrams: &mut Diagrams<'_>,
        part: &Part,
    ) -> Option<()> {
        let start = builder.create_block();
        builder.append_block_params_for_function_params(start);
        builder.switch_to_block(start);
        let &[classes, place] = builder.block_params(start) else {
            return None;
        };
        let ends = Ends {
            accept: builder.create_block(),
            reject: builder.create_block(),
        };
        diagrams.open(builder, &part.words);
        let entries = part.entries.iter().map(|number| {
            let word = self.entries.get(*number as usize)?;
            diagrams.block(*word, ends)
        });
        let entries: Vec<Block> = entries.collect::<Option<_>>()?;
        let pool = &mut builder.func.dfg.value_lists;
        let mut call = |block: Block| BlockCall::new(block, std::iter::empty(), pool);
        let otherwise = call(ends.reject);
        let calls: Vec<BlockCall> = entries.into_iter().map(call).collect();
        let table = builder.create_jump_table(JumpTableData::new(otherwise, &calls));
        builder.ins().br_table(place, table);
        // Blocks from which the walk goes on elsewhere, by entry.
        let mut leaving: Vec<(u32, Block)> = Vec::new();
        let mut leave = |builder: &mut FunctionBuilder<'_>, target: u32| {
            let number = self.entries.binary_search(&target).ok()?;
            let number = u32::try_from(number).ok()?;
            let known = leaving.iter().find(|(of, _)| *of == number);
            let block = known.map(|(_, block)| *block);
            Some(block.unwrap_or_else(|| {
                let block = builder.create_block();
                leaving.push((number, block));
                block
            }))
        };
        let mut class_of = |builder: &mut FunctionBuilder<'_>, variable: u32| {
            load_class(builder, classes, variable)
        };
        let filled = diagrams.fill(builder, &part.words, ends, &mut class_of, &mut leave);
        diagrams.close(&part.words);
        filled?;
        let numbered = leaving
            .iter()
            .map(|(number, block)| (*block, GO_ON + number));
        for (block, result) in numbered.chain([(ends.reject, REJECT), (ends.accept, ACCEPT)]) {
            builder.switch_to_block(block);
            let result = builder.ins().iconst(types::I32, i64::from(result));
            builder.ins().return_(&[result]);
        }
        Some(())
    }

    /// The walks, given the addresses of what was defined.
    ///
    /// # Safety
    /// The addresses are those of the functions that [`define`](Self::define) defined, in order.
    pub(crate) unsafe fn finish(&self, program: &Program, addresses: &[*const u8]) -> Walks {
        let mut numbers = vec![NONE; program.code.len()];
        let mut entries: Vec<Entry> = Vec::with_capacity(self.entries.len());
        for (number, word) in (0u32..).zip(&self.entries) {
            if let Some(slot) = numbers.get_mut(*word as usize) {
                *slot = number;
            }
            entries.push(Entry {
                word: *word,
                function: NONE,
                place: 0,
            });
        }
        for (function, part) in (0u32..).zip(&self.parts) {
            for (place, number) in (0u32..).zip(&part.entries) {
                if let Some(entry) = entries.get_mut(*number as usize) {
                    (entry.function, entry.place) = (function, place);
                }
            }
        }
        let function = |address: &*const u8| {
            // SAFETY: the caller says that this is the address of a function that was defined with
            // the parameters and the result of `WalkFn` and the host's calling convention.
            unsafe { std::mem::transmute::<*const u8, WalkFn>(*address) }
        };
        Walks {
            numbers,
            entries,
            functions: addresses.iter().map(function).collect(),
            variable_count: program.variables.len(),
        }
    }

    /// How many instructions are compiled.
    pub(crate) fn instruction_count(&self) -> usize {
        self.parts.iter().map(|part| part.words.len()).sum()
    }
}

impl Walks {
    /// Whether the condition at this entry holds. The caller keeps the code alive.
    ///
    /// # Safety
    /// The code that the functions are in has not been freed.
    pub(crate) unsafe fn run(&self, code: &[u32], entry: u32, classes: &[u32]) -> bool {
        let number = self.numbers.get(entry as usize).copied().unwrap_or(NONE);
        let Some(mut entry) = self.entries.get(number as usize) else {
            return run(code, entry, classes);
        };
        if classes.len() < self.variable_count {
            debug_assert!(false, "the classes are of another program");
            return false;
        }
        // Targets lie after what names them, so every turn begins further on, and the loop ends.
        loop {
            let Some(function) = self.functions.get(entry.function as usize) else {
                return run(code, entry.word, classes);
            };
            // SAFETY: the caller says that the code is still there. The function reads the classes
            // of variables of its program only, and there is one class for each.
            match unsafe { function(classes.as_ptr(), entry.place) } {
                REJECT => return false,
                ACCEPT => return true,
                more => match self.entries.get((more - GO_ON) as usize) {
                    Some(next) if next.word > entry.word => entry = next,
                    _ => return false,
                },
            }
        }
    }
}

/// Load the class of a variable from a class vector.
pub(crate) fn load_class(
    builder: &mut FunctionBuilder<'_>,
    classes: cranelift_codegen::ir::Value,
    variable: u32,
) -> cranelift_codegen::ir::Value {
    // A variable's number is below 2²⁰, so the offset fits.
    let offset = i32::try_from(u64::from(variable) * 4).unwrap_or(i32::MAX);
    let flags = MemFlagsData::trusted();
    builder.ins().load(types::I32, flags, classes, offset)
}
