//! Diagrams as blocks of machine code: one block per instruction, jumps for edges.
//!
//! Where classes come from, and what it means that a diagram ends, is the caller's business.

use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{Block, InstBuilder as _, JumpTableData, Value, types};
use cranelift_frontend::FunctionBuilder;
use gatewright_bytecode::{Instruction, Program};

/// LIMIT: edges of an instruction that is compiled; one with more is left to the interpreter.
pub(crate) const EDGES_MAX: usize = 1024;

/// Gives the class of a variable, an `i32`, at the place where the builder stands.
pub(crate) type ClassOf<'a> = dyn FnMut(&mut FunctionBuilder<'_>, u32) -> Value + 'a;

/// The diagrams of a program, and which of their instructions have a block in the function that is
/// being built.
pub(crate) struct Diagrams<'p> {
    program: &'p Program,
    blocks: Vec<Option<Block>>,
    /// Words that have a block, or were met by a search.
    met: Vec<u32>,
    is_met: Vec<bool>,
}

/// What a diagram comes to.
#[derive(Clone, Copy)]
pub(crate) struct Ends {
    pub(crate) accept: Block,
    pub(crate) reject: Block,
}

/// The size of a diagram.
#[derive(Clone, Debug, Default)]
pub(crate) struct Extent {
    /// The words at which its instructions start, ascending, those that end it apart.
    pub(crate) words: Vec<u32>,
    /// Instructions and edges: what code size grows with.
    pub(crate) weight: usize,
}

impl<'p> Diagrams<'p> {
    pub(crate) fn new(program: &'p Program) -> Diagrams<'p> {
        Diagrams {
            program,
            blocks: vec![None; program.code.len()],
            met: Vec::new(),
            is_met: vec![false; program.code.len()],
        }
    }

    pub(crate) fn instruction(&self, at: u32) -> Option<Instruction<'p>> {
        Instruction::decode(&self.program.code, at)
    }

    /// The extent of the diagram at an entry. `None` where it weighs more than allowed, or has an
    /// instruction that is not compiled.
    pub(crate) fn extent(&mut self, entry: u32, weight_max: usize) -> Option<Extent> {
        let mut extent = Extent::default();
        let mut open = vec![entry];
        let mut is_small = true;
        while let Some(at) = open.pop() {
            let Some(instruction) = self.instruction(at) else {
                is_small = false;
                break;
            };
            let is_met = self.is_met.get_mut(at as usize);
            let is_new = is_met.is_some_and(|is_met| !std::mem::replace(is_met, true));
            if !is_new {
                continue;
            }
            self.met.push(at);
            let Some(edges) = edges(&instruction) else {
                continue;
            };
            extent.words.push(at);
            extent.weight += 1 + edges;
            if edges > EDGES_MAX || extent.weight > weight_max {
                is_small = false;
                break;
            }
            open.extend(instruction.targets());
        }
        for at in self.met.drain(..) {
            if let Some(is_met) = self.is_met.get_mut(at as usize) {
                *is_met = false;
            }
        }
        extent.words.sort_unstable();
        is_small.then_some(extent)
    }

    /// Make blocks for these words.
    pub(crate) fn open(&mut self, builder: &mut FunctionBuilder<'_>, words: &[u32]) {
        for word in words {
            if let Some(slot) = self.blocks.get_mut(*word as usize) {
                *slot = Some(builder.create_block());
            }
        }
    }

    /// Forget the blocks of these words.
    pub(crate) fn close(&mut self, words: &[u32]) {
        for word in words {
            if let Some(slot) = self.blocks.get_mut(*word as usize) {
                *slot = None;
            }
        }
    }

    /// The block of a word: its own, or an end. `None` where the word has none in this function.
    pub(crate) fn block(&self, at: u32, ends: Ends) -> Option<Block> {
        match self.instruction(at)? {
            Instruction::Accept => Some(ends.accept),
            Instruction::Reject => Some(ends.reject),
            _ => self.blocks.get(at as usize).copied().flatten(),
        }
    }

    /// Fill the blocks of these words. Targets without a block go where `leave` says.
    pub(crate) fn fill(
        &mut self,
        builder: &mut FunctionBuilder<'_>,
        words: &[u32],
        ends: Ends,
        class_of: &mut ClassOf<'_>,
        leave: &mut dyn FnMut(&mut FunctionBuilder<'_>, u32) -> Option<Block>,
    ) -> Option<()> {
        for word in words {
            let instruction = self.instruction(*word)?;
            let block = self.block(*word, ends)?;
            let mut targets = Vec::new();
            for target in instruction.targets() {
                let block = match self.block(target, ends) {
                    Some(block) => block,
                    None => leave(builder, target)?,
                };
                targets.push(block);
            }
            builder.switch_to_block(block);
            let variable = instruction.variable()?;
            let class = class_of(builder, variable);
            let row = self.program.variables.get(variable as usize)?;
            let test = Test {
                class,
                class_count: row.class_count,
                reject: ends.reject,
            };
            test.emit(builder, &instruction, &targets)?;
        }
        Some(())
    }
}

/// How many edges an instruction has; `None` where it ends a diagram.
pub(crate) fn edges(instruction: &Instruction<'_>) -> Option<usize> {
    match instruction {
        Instruction::Reject | Instruction::Accept => None,
        Instruction::Range { .. } => Some(2),
        Instruction::Switch { rows, .. } => Some(rows.len()),
        Instruction::Table { targets, .. } => Some(targets.len()),
    }
}

/// A test of a class.
struct Test {
    class: Value,
    class_count: u32,
    reject: Block,
}

impl Test {
    fn emit(
        &self,
        builder: &mut FunctionBuilder<'_>,
        instruction: &Instruction<'_>,
        targets: &[Block],
    ) -> Option<()> {
        match *instruction {
            Instruction::Range { first, last, .. } => {
                let [yes, no] = targets else { return None };
                self.range(builder, [first, last], *yes, *no);
            }
            Instruction::Switch { rows, .. } => {
                let starts = rows.iter().map(|row| row[0]);
                self.runs(builder, starts.zip(targets.iter().copied()).collect())?;
            }
            Instruction::Table { .. } => {
                let starts = 0u32..;
                let runs: Vec<_> = starts.zip(targets.iter().copied()).collect();
                let merged = merge(&runs);
                // Few runs are found faster by comparing than by an indirect jump.
                if merged.len() <= 4 || self.pair(&merged).is_some() {
                    self.runs(builder, runs)?;
                } else {
                    self.table(builder, targets);
                }
            }
            Instruction::Reject | Instruction::Accept => return None,
        }
        Some(())
    }

    fn range(
        &self,
        builder: &mut FunctionBuilder<'_>,
        [first, last]: [u32; 2],
        yes: Block,
        no: Block,
    ) {
        let reaches_end = last.saturating_add(1) >= self.class_count;
        let class = self.class;
        let holds = if first == last {
            let first = i64::from(first);
            builder.ins().icmp_imm_u(IntCC::Equal, class, first)
        } else if first == 0 {
            let last = i64::from(last);
            builder
                .ins()
                .icmp_imm_u(IntCC::UnsignedLessThanOrEqual, class, last)
        } else if reaches_end {
            // Nothing is beyond the last class.
            let first = i64::from(first);
            builder
                .ins()
                .icmp_imm_u(IntCC::UnsignedGreaterThanOrEqual, class, first)
        } else {
            let above = builder.ins().iadd_imm_s(class, -i64::from(first));
            let width = i64::from(last.saturating_sub(first));
            builder
                .ins()
                .icmp_imm_u(IntCC::UnsignedLessThanOrEqual, above, width)
        };
        builder.ins().brif(holds, yes, &[], no, &[]);
    }

    /// Runs of classes: one test of a bit where there are two targets, else binary search.
    fn runs(&self, builder: &mut FunctionBuilder<'_>, runs: Vec<(u32, Block)>) -> Option<()> {
        let runs = merge(&runs);
        if let Some((bits, set, clear)) = self.pair(&runs) {
            let bits = builder.ins().iconst(types::I64, bits);
            // A class that does not exist is taken modulo 64: any target is as good.
            let shifted = builder.ins().ushr(bits, self.class);
            let bit = builder.ins().band_imm_u(shifted, 1);
            builder.ins().brif(bit, set, &[], clear, &[]);
            return Some(());
        }
        self.search(builder, &runs)
    }

    /// Where two targets are left and all classes fit a word: the classes of the one, both targets.
    fn pair(&self, runs: &[(u32, Block)]) -> Option<(i64, Block, Block)> {
        let (first, rest) = runs.split_first()?;
        let (second, more) = rest.split_first()?;
        let is_pair = runs.iter().all(|run| run.1 == first.1 || run.1 == second.1);
        // One comparison does it where there are two runs.
        if more.is_empty() || !is_pair || self.class_count > 64 {
            return None;
        }
        let mut bits = 0u64;
        let ends = rest.iter().map(|run| run.0).chain([self.class_count]);
        for (run, end) in runs.iter().zip(ends) {
            if run.1 == second.1 {
                bits |= (run.0..end).fold(0, |bits, class| bits | (1 << (class & 63)));
            }
        }
        Some((bits.cast_signed(), second.1, first.1))
    }

    fn search<'r>(
        &self,
        builder: &mut FunctionBuilder<'_>,
        runs: &'r [(u32, Block)],
    ) -> Option<()> {
        type Runs<'r> = &'r [(u32, Block)];
        // Pairs of a block to fill and the runs that are left there; halving, so that no more than
        // the logarithm of their number is open at once.
        let mut open: Vec<(Option<Block>, Runs<'r>)> = vec![(None, runs)];
        while let Some((block, runs)) = open.pop() {
            if let Some(block) = block {
                builder.switch_to_block(block);
            }
            let (left, right) = runs.split_at_checked(runs.len() / 2)?;
            let Some((start, _)) = right.first().filter(|_| !left.is_empty()) else {
                builder.ins().jump(runs.first()?.1, &[]);
                continue;
            };
            let mut half = |builder: &mut FunctionBuilder<'_>, runs: Runs<'r>| match runs {
                [(_, target)] => *target,
                _ => {
                    let block = builder.create_block();
                    open.push((Some(block), runs));
                    block
                }
            };
            let (above, below) = (half(builder, right), half(builder, left));
            let start = i64::from(*start);
            let is_above =
                builder
                    .ins()
                    .icmp_imm_u(IntCC::UnsignedGreaterThanOrEqual, self.class, start);
            builder.ins().brif(is_above, above, &[], below, &[]);
        }
        Some(())
    }

    fn table(&self, builder: &mut FunctionBuilder<'_>, targets: &[Block]) {
        let calls: Vec<_> = {
            let pool = &mut builder.func.dfg.value_lists;
            let call = |target: &Block| {
                cranelift_codegen::ir::BlockCall::new(*target, std::iter::empty(), pool)
            };
            targets.iter().chain([&self.reject]).map(call).collect()
        };
        let Some((otherwise, calls)) = calls.split_last() else {
            return;
        };
        let table = builder.create_jump_table(JumpTableData::new(*otherwise, calls));
        builder.ins().br_table(self.class, table);
    }
}

/// Runs without those that go where the run before them goes.
fn merge(runs: &[(u32, Block)]) -> Vec<(u32, Block)> {
    let mut merged: Vec<(u32, Block)> = Vec::with_capacity(runs.len());
    for run in runs {
        if merged.last().is_none_or(|last| last.1 != run.1) {
            merged.push(*run);
        }
    }
    merged
}
