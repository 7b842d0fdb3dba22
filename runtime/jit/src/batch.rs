//! Rows of classes in columns: the same diagrams, in a loop over rows.
//!
//! A function holds the diagrams of some policies and runs over many rows, so that its code stays
//! in the cache and the processor learns its jumps. A column is as wide as the classes of its
//! variable need.

use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{BlockArg, InstBuilder as _, MemFlagsData, Value, types};
use cranelift_frontend::FunctionBuilder;
use cranelift_module::FuncId;
use gatewright_bytecode::{Combine, Program, Variable};
use gatewright_runtime::{Engine, Rail};
use gatewright_value::vocabulary::State;
use gatewright_vm::run;

use crate::applying::{Group, Layout, emit, entry, evaluated, layout, set_bits};
use crate::blocks::Diagrams;
use crate::code::{Builder, Code, NativeError};
use crate::native::{Options, Statistics};

/// Rows that one function runs over before the next one does: what they read stays in the cache.
const TILE: usize = 512;
/// A row whose effect is not found yet.
const UNDECIDED: u32 = u32::MAX;

/// Takes the addresses of columns, the first row, the row after the last one, and where results go.
type RowsFn<T> = unsafe extern "C" fn(*const *const u8, usize, usize, *mut T);

/// The classes of one variable, row by row.
#[derive(Clone, Copy, Debug)]
pub enum Column<'a> {
    /// Of a variable with at most 256 classes.
    Bytes(&'a [u8]),
    /// Of a variable with more, up to 65 536.
    Halves(&'a [u16]),
    /// Of a variable with more than that.
    Words(&'a [u32]),
}

/// Why rows cannot be decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ColumnsError {
    /// There is not one column for each of [`Columns::variables`].
    #[error("there is not one column for each variable")]
    Count,
    /// A column is wider or narrower than the classes of its variable.
    #[error("a column has another width than the classes of its variable")]
    Width,
    /// Columns, or columns and results, differ in length.
    #[error("columns and results differ in length")]
    Length,
}

/// A program as machine code for rows.
#[derive(Debug)]
pub struct Columns {
    engine: Engine,
    rail: Rail,
    variables: Vec<u32>,
    bits: Functions<u64>,
    /// By effect, where the schema's rule chooses one.
    effects: Option<Functions<u32>>,
    statistics: Statistics,
    _code: Code,
}

#[derive(Debug)]
struct Functions<T> {
    functions: Vec<RowsFn<T>>,
    left_over: Vec<u32>,
}

impl Columns {
    /// Compile the program of an engine for rows.
    ///
    /// # Errors
    /// There is no machine code for this host, or the system gives no memory that it may run in.
    pub fn compile(engine: &Engine, rail: Rail, options: Options) -> Result<Columns, NativeError> {
        let program = engine.program();
        let mut builder = Builder::new(options.check)?;
        let mut diagrams = Diagrams::new(program);
        let variables = tested(program, rail);
        let bits = layout(program, &mut diagrams, evaluated(program), rail);
        let ranked = ranked(program);
        let effects = ranked.map(|ranked| layout(program, &mut diagrams, ranked.into_iter(), rail));
        let mut ids = Vec::new();
        let mut source = Source {
            program,
            variables: &variables,
            builder: &mut builder,
            diagrams: &mut diagrams,
        };
        for groups in &bits.functions {
            ids.push(source.define_bits(groups)?);
        }
        for groups in effects.iter().flat_map(|layout| &layout.functions) {
            ids.push(source.define_effects(groups)?);
        }
        let (code, addresses) = builder.finish(&ids)?;
        let left_over = effects.as_ref().map_or(0, |layout| layout.left_over.len());
        let statistics = Statistics {
            code_bytes: code.bytes(),
            function_count: ids.len(),
            single_count: 0,
            left_over_count: bits.left_over.len() + left_over,
        };
        let (of_bits, of_effects) = addresses.split_at(bits.functions.len().min(addresses.len()));
        Ok(Columns {
            engine: engine.clone(),
            rail,
            variables,
            // SAFETY: the first addresses are of functions that write words of bits.
            bits: unsafe { Functions::new(bits, of_bits) },
            // SAFETY: the others are of functions that write effects.
            effects: effects.map(|layout| unsafe { Functions::new(layout, of_effects) }),
            statistics,
            _code: code,
        })
    }

    /// The variables that a column is asked for of, ascending.
    #[must_use]
    pub fn variables(&self) -> &[u32] {
        &self.variables
    }

    /// Words of a row's bit set.
    #[must_use]
    pub fn words(&self) -> usize {
        words(self.engine.program())
    }

    /// How much was compiled.
    #[must_use]
    pub fn statistics(&self) -> Statistics {
        self.statistics
    }

    /// Which policies apply, disabled ones apart: [`words`](Self::words) words for each row, policy
    /// `i` being bit `i % 64` of word `i / 64`.
    ///
    /// # Errors
    /// The columns are not those that are asked for.
    pub fn applying(&self, columns: &[Column<'_>], bits: &mut [u64]) -> Result<(), ColumnsError> {
        let rows = self.rows(columns)?;
        if bits.len() != rows.saturating_mul(self.words()) {
            return Err(ColumnsError::Length);
        }
        bits.fill(0);
        self.run(&self.bits, columns, rows, bits);
        let words = self.words().max(1);
        self.rest(
            &self.bits,
            columns,
            bits.chunks_exact_mut(words),
            |policy, row| {
                if let Some(word) = row.get_mut(policy as usize / 64) {
                    *word |= 1 << (policy % 64);
                }
            },
        );
        Ok(())
    }

    /// The effect of each row, by number, under a schema of one's own whose rule is to take the
    /// strongest or the weakest. Policies are tried in the order of their effects, and the first
    /// one that applies decides. `Ok(false)` where the rule is another one: then nothing is written.
    ///
    /// # Errors
    /// The columns are not those that are asked for.
    pub fn effects(
        &self,
        columns: &[Column<'_>],
        effects: &mut [u32],
    ) -> Result<bool, ColumnsError> {
        let rows = self.rows(columns)?;
        if effects.len() != rows {
            return Err(ColumnsError::Length);
        }
        let program = self.engine.program();
        let rule = self.effects.as_ref().zip(program.effects.as_ref());
        let Some((functions, rule)) = rule else {
            return Ok(false);
        };
        effects.fill(UNDECIDED);
        self.run(functions, columns, rows, effects);
        let strongest = rule.combine == Combine::Strongest;
        self.rest(functions, columns, effects.iter_mut(), |policy, found| {
            let policy = program.policies.get(policy as usize);
            let Some(effect) = policy.and_then(|policy| policy.effect) else {
                return;
            };
            **found = match **found {
                UNDECIDED => effect,
                other if strongest => other.max(effect),
                other => other.min(effect),
            };
        });
        for effect in effects.iter_mut().filter(|effect| **effect == UNDECIDED) {
            *effect = rule.otherwise;
        }
        Ok(true)
    }

    /// How many rows there are, if the columns are those that are asked for.
    fn rows(&self, columns: &[Column<'_>]) -> Result<usize, ColumnsError> {
        if columns.len() != self.variables.len() {
            return Err(ColumnsError::Count);
        }
        let rows = columns.first().map_or(0, Column::len);
        for (column, variable) in columns.iter().zip(&self.variables) {
            let variable = self.engine.program().variables.get(*variable as usize);
            if variable.is_none_or(|variable| width(variable) != column.width()) {
                return Err(ColumnsError::Width);
            }
            if column.len() != rows {
                return Err(ColumnsError::Length);
            }
        }
        Ok(rows)
    }

    fn run<T>(&self, of: &Functions<T>, columns: &[Column<'_>], rows: usize, results: &mut [T]) {
        let addresses: Vec<*const u8> = columns.iter().map(Column::address).collect();
        let mut first = 0;
        while first < rows {
            let end = (first + TILE).min(rows);
            for function in &of.functions {
                // SAFETY: the code lives as long as `self` does. The function reads rows from
                // `first` up to `end` of the columns of `self.variables`, all of which have at
                // least so many rows of the width that it was compiled for; it writes to the
                // results of these rows, for which there is room: the callers have checked both.
                unsafe { function(addresses.as_ptr(), first, end, results.as_mut_ptr()) };
            }
            first = end;
        }
    }

    /// Walk what is left over, row by row.
    fn rest<T, R>(
        &self,
        of: &Functions<T>,
        columns: &[Column<'_>],
        results: impl Iterator<Item = R>,
        mut found: impl FnMut(u32, &mut R),
    ) {
        if of.left_over.is_empty() {
            return;
        }
        let program = self.engine.program();
        let mut classes = vec![0; program.variables.len()];
        for (row, mut result) in results.enumerate() {
            for (column, variable) in columns.iter().zip(&self.variables) {
                if let Some(slot) = classes.get_mut(*variable as usize) {
                    *slot = column.class(row);
                }
            }
            for policy in &of.left_over {
                let entry = entry(program, *policy, self.rail);
                if entry.is_some_and(|entry| run(&program.code, entry, &classes)) {
                    found(*policy, &mut result);
                }
            }
        }
    }
}

impl<T> Functions<T> {
    /// # Safety
    /// The addresses are those of the layout's functions, in order, and write such results.
    unsafe fn new(layout: Layout, addresses: &[*const u8]) -> Functions<T> {
        let function = |address: &*const u8| {
            // SAFETY: functions for rows are defined with the parameters of `RowsFn`, no result,
            // and the host's calling convention.
            unsafe { std::mem::transmute::<*const u8, RowsFn<T>>(*address) }
        };
        Functions {
            functions: addresses.iter().map(function).collect(),
            left_over: layout.left_over,
        }
    }
}

impl Column<'_> {
    fn len(&self) -> usize {
        match self {
            Column::Bytes(classes) => classes.len(),
            Column::Halves(classes) => classes.len(),
            Column::Words(classes) => classes.len(),
        }
    }

    /// Bytes of a class.
    fn width(&self) -> u8 {
        match self {
            Column::Bytes(_) => 1,
            Column::Halves(_) => 2,
            Column::Words(_) => 4,
        }
    }

    fn address(&self) -> *const u8 {
        match self {
            Column::Bytes(classes) => classes.as_ptr(),
            Column::Halves(classes) => classes.as_ptr().cast(),
            Column::Words(classes) => classes.as_ptr().cast(),
        }
    }

    fn class(&self, row: usize) -> u32 {
        match self {
            Column::Bytes(classes) => classes.get(row).copied().map_or(0, u32::from),
            Column::Halves(classes) => classes.get(row).copied().map_or(0, u32::from),
            Column::Words(classes) => classes.get(row).copied().unwrap_or(0),
        }
    }
}

/// Bytes of a variable's classes.
fn width(variable: &Variable) -> u8 {
    match variable.class_count {
        0..=0x100 => 1,
        0x101..=0x1_0000 => 2,
        _ => 4,
    }
}

fn words(program: &Program) -> usize {
    program.policies.len().div_ceil(64)
}

/// The variables that policies test, ascending.
fn tested(program: &Program, rail: Rail) -> Vec<u32> {
    let diagrams = Diagrams::new(program);
    let mut is_reached = vec![false; program.code.len()];
    let mut is_tested = vec![false; program.variables.len()];
    let set = |marks: &mut Vec<bool>, at: u32| {
        if let Some(mark) = marks.get_mut(at as usize) {
            *mark = true;
        }
    };
    for policy in evaluated(program) {
        if let Some(entry) = entry(program, policy, rail) {
            set(&mut is_reached, entry);
        }
    }
    // Targets lie after what names them.
    for at in (0u32..).take(program.code.len()) {
        if !is_reached.get(at as usize).copied().unwrap_or(false) {
            continue;
        }
        if let Some(instruction) = diagrams.instruction(at) {
            instruction
                .targets()
                .for_each(|to| set(&mut is_reached, to));
            if let Some(variable) = instruction.variable() {
                set(&mut is_tested, variable);
            }
        }
    }
    let numbered = (0u32..).zip(is_tested);
    numbered.filter(|row| row.1).map(|row| row.0).collect()
}

/// The enforced policies with an effect, the one that wins first, where the rule chooses one.
fn ranked(program: &Program) -> Option<Vec<u32>> {
    let rule = program.effects.as_ref()?.combine;
    let numbered = (0u32..).zip(&program.policies);
    let enforced = numbered.filter(|(_, policy)| policy.state == State::Enabled);
    let mut ranked: Vec<(u32, u32)> = enforced
        .filter_map(|(number, policy)| Some((policy.effect?, number)))
        .collect();
    match rule {
        Combine::Strongest => ranked.sort_by_key(|(effect, _)| std::cmp::Reverse(*effect)),
        Combine::Least => ranked.sort_by_key(|(effect, _)| *effect),
        Combine::Union | Combine::Conflict => return None,
    }
    Some(ranked.into_iter().map(|(_, number)| number).collect())
}

/// What functions for rows are made of.
struct Source<'s, 'p> {
    program: &'p Program,
    variables: &'s [u32],
    builder: &'s mut Builder,
    diagrams: &'s mut Diagrams<'p>,
}

/// A loop over rows that is being built: its parameters, and the row.
#[derive(Clone, Copy)]
struct Rows {
    columns: Value,
    results: Value,
    row: Value,
}

impl Source<'_, '_> {
    fn define_bits(&mut self, groups: &[Group]) -> Result<FuncId, NativeError> {
        let stride = i64::try_from(words(self.program) * 8).unwrap_or(0);
        self.define(groups, |builder, rows| {
            let offset = builder.ins().imul_imm_s(rows.row, stride);
            Some((builder.ins().iadd(rows.results, offset), None))
        })
    }

    fn define_effects(&mut self, groups: &[Group]) -> Result<FuncId, NativeError> {
        self.define(groups, |builder, rows| {
            let offset = builder.ins().ishl_imm_u(rows.row, 2);
            let result = builder.ins().iadd(rows.results, offset);
            let flags = MemFlagsData::trusted();
            let known = builder.ins().load(types::I32, flags, result, 0);
            let undecided = i64::from(UNDECIDED);
            let is_open = builder.ins().icmp_imm_u(IntCC::Equal, known, undecided);
            Some((result, Some(is_open)))
        })
    }

    /// Define a function that runs over rows. `begin` says where the row's result is, and, where
    /// the first policy that applies ends a row, whether it has not ended yet.
    fn define(
        &mut self,
        groups: &[Group],
        begin: impl FnOnce(&mut FunctionBuilder<'_>, Rows) -> Option<(Value, Option<Value>)>,
    ) -> Result<FuncId, NativeError> {
        let (program, variables) = (self.program, self.variables);
        let diagrams = &mut *self.diagrams;
        self.builder.define(&[types::I64; 4], None, |builder| {
            let start = builder.create_block();
            builder.append_block_params_for_function_params(start);
            builder.switch_to_block(start);
            let &[columns, first, end, results] = builder.block_params(start) else {
                return None;
            };
            let [head, body, tail, exit] = [(); 4].map(|()| builder.create_block());
            let row = builder.append_block_param(head, types::I64);
            builder.ins().jump(head, &[BlockArg::Value(first)]);
            builder.switch_to_block(head);
            let is_over = builder
                .ins()
                .icmp(IntCC::UnsignedGreaterThanOrEqual, row, end);
            builder.ins().brif(is_over, exit, &[], body, &[]);
            builder.switch_to_block(body);
            let rows = Rows {
                columns,
                results,
                row,
            };
            let (result, is_open) = begin(builder, rows)?;
            if let Some(is_open) = is_open {
                let open = builder.create_block();
                builder.ins().brif(is_open, open, &[], tail, &[]);
                builder.switch_to_block(open);
            }
            let mut class_of = |builder: &mut FunctionBuilder<'_>, variable: u32| {
                load_class(builder, program, variables, rows, variable)
            };
            emit(
                diagrams,
                builder,
                groups,
                &mut class_of,
                &mut |builder, group, next| {
                    if is_open.is_none() {
                        set_bits(builder, result, &group.policies);
                        builder.ins().jump(next, &[]);
                        return;
                    }
                    let first = group.policies.first().copied().unwrap_or(0);
                    let policy = program.policies.get(first as usize);
                    let effect = policy.and_then(|policy| policy.effect).unwrap_or(UNDECIDED);
                    let effect = builder.ins().iconst(types::I32, i64::from(effect));
                    builder
                        .ins()
                        .store(MemFlagsData::trusted(), effect, result, 0);
                    builder.ins().jump(tail, &[]);
                },
            )?;
            builder.ins().jump(tail, &[]);
            builder.switch_to_block(tail);
            let next = builder.ins().iadd_imm_s(row, 1);
            builder.ins().jump(head, &[BlockArg::Value(next)]);
            builder.switch_to_block(exit);
            builder.ins().return_(&[]);
            Some(())
        })
    }
}

/// Load the class of a variable from its column.
fn load_class(
    builder: &mut FunctionBuilder<'_>,
    program: &Program,
    variables: &[u32],
    rows: Rows,
    variable: u32,
) -> Value {
    // Every variable that a policy tests has a column, and the offset of its address fits.
    let place = variables.binary_search(&variable).unwrap_or(0);
    let offset = i32::try_from(place.saturating_mul(8)).unwrap_or(0);
    let flags = MemFlagsData::trusted();
    let column = builder.ins().load(types::I64, flags, rows.columns, offset);
    match program.variables.get(variable as usize).map_or(1, width) {
        1 => {
            let address = builder.ins().iadd(column, rows.row);
            builder.ins().uload8(types::I32, flags, address, 0)
        }
        2 => {
            let offset = builder.ins().ishl_imm_u(rows.row, 1);
            let address = builder.ins().iadd(column, offset);
            builder.ins().uload16(types::I32, flags, address, 0)
        }
        _ => {
            let offset = builder.ins().ishl_imm_u(rows.row, 2);
            let address = builder.ins().iadd(column, offset);
            builder.ins().load(types::I32, flags, address, 0)
        }
    }
}
