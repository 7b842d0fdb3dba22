//! The masks of one block as machine code: no table says which slots an outcome goes to, the code
//! does.
//!
//! A slot is a pair of vector registers. Of a matcher that finds one outcome, the bits are added
//! without a loop; of one that finds several, in a loop of its own. What is left of the tables are
//! the bits themselves, equal ones once.
//!
//! INVARIANT: an outcome in a [`Found`] is one of its matcher, or the one behind the last, which
//! brings nothing; so every load of the code lies within the tables beside it.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};

use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{BlockArg, InstBuilder as _, MemFlagsData, Value, types};
use cranelift_frontend::FunctionBuilder;
use gatewright_bytecode::masks::{BLOCKS_MAX, LANES, Lanes, Masks, NO_CELL};
use gatewright_bytecode::{Matcher, Program};
use gatewright_runtime::{Engine, Rail};

use crate::code::{Builder, Code, NativeError};
use crate::native::Options;

/// LIMIT: slots of a block that is compiled; with more the code would mostly move registers.
const SLOTS_MAX: usize = 64;

/// Tells masks of this process apart.
static NEXT_IDENTITY: AtomicU64 = AtomicU64::new(1);

/// Takes the outcomes of matchers that find one, the lists of those that find several, and where
/// the lanes go.
type MasksFn = unsafe extern "C" fn(*const u32, *const [usize; 2], *mut u64);

/// The masks of one block as machine code, on one rail.
#[derive(Debug)]
pub struct NativeMasks {
    identity: u64,
    function: MasksFn,
    matchers: Vec<Place>,
    tables: Tables,
    _code: Code,
}

/// What was found of one sign-in, for a [`NativeMasks`].
#[derive(Debug, Default)]
pub struct Found {
    /// The masks that it was begun with; 0 for none.
    owner: u64,
    single: Vec<u32>,
    several: Vec<Vec<u32>>,
    /// Addresses and lengths of `several`, for the duration of a call.
    lists: Vec<[usize; 2]>,
}

/// Where the outcomes of a matcher go.
#[derive(Clone, Copy, Debug)]
struct Place {
    at: usize,
    is_single: bool,
    /// How many outcomes there are; also the one that brings nothing.
    count: u32,
}

/// What the code reads; it has the addresses of both, so neither ever grows.
#[derive(Debug)]
struct Tables {
    /// By matcher, then outcome: the byte at which its rows begin.
    offsets: Box<[u32]>,
    rows: Box<[Lanes]>,
}

/// A matcher that brings bits to the block.
struct Source {
    place: Place,
    /// Its first offset.
    first: usize,
    /// The slots that its rows are for, in order.
    slots: Vec<usize>,
}

impl NativeMasks {
    /// Compile a block of the engine's masks.
    ///
    /// # Errors
    /// The program has no such block, or one with too many slots; there is no machine code with
    /// vectors for this host; or the system gives no memory that code may run in.
    pub fn compile(
        engine: &Engine,
        block: usize,
        rail: Rail,
        options: Options,
    ) -> Result<NativeMasks, NativeError> {
        let program = engine.program();
        let masks = program.masks.as_ref();
        let masks = masks.ok_or(NativeError::Nothing("the program has no masks"))?;
        if block >= masks.blocks.len().min(BLOCKS_MAX) || masks.slots.len() > SLOTS_MAX {
            return Err(NativeError::Nothing("no block of that number is compiled"));
        }
        if !cfg!(any(target_arch = "x86_64", target_arch = "aarch64")) {
            return Err(NativeError::Host(
                "its vectors are not supported".to_owned(),
            ));
        }
        let matchers = places(program);
        let (tables, sources) = tables(masks, block, rail, &matchers);
        let mut builder = Builder::new(options.check)?;
        let id = builder.define(&[types::I64; 3], None, |builder| {
            emit(builder, masks, block, &tables, &sources)
        })?;
        let (code, addresses) = builder.finish(&[id])?;
        let nothing = NativeError::Nothing("the function is gone");
        let address = *addresses.first().ok_or(nothing)?;
        Ok(NativeMasks {
            identity: NEXT_IDENTITY.fetch_add(1, Ordering::Relaxed),
            // SAFETY: the function was defined with the parameters of `MasksFn`, no result, and
            // the host's calling convention.
            function: unsafe { std::mem::transmute::<*const u8, MasksFn>(address) },
            matchers,
            tables,
            _code: code,
        })
    }

    /// Bytes of machine code, and of the tables beside it.
    #[must_use]
    pub fn bytes(&self) -> (usize, usize) {
        let rows = size_of_val(&*self.tables.rows);
        (
            self._code.bytes(),
            rows + size_of_val(&*self.tables.offsets),
        )
    }

    /// Forget what was found and begin anew.
    pub fn start(&self, found: &mut Found) {
        found.owner = self.identity;
        let (mut single, mut several) = (0, 0);
        for place in &self.matchers {
            if place.is_single {
                match found.single.get_mut(single) {
                    Some(slot) => *slot = place.count,
                    None => found.single.push(place.count),
                }
                single += 1;
            } else {
                match found.several.get_mut(several) {
                    Some(list) => list.clear(),
                    None => found.several.push(Vec::new()),
                }
                several += 1;
            }
        }
    }

    /// A matcher has found an outcome. One that does not exist is dropped.
    pub fn found(&self, found: &mut Found, matcher: u32, outcome: u32) {
        let place = self.matchers.get(matcher as usize);
        let is_ours = found.owner == self.identity;
        let Some(place) = place.filter(|place| is_ours && outcome < place.count) else {
            return;
        };
        if place.is_single {
            if let Some(slot) = found.single.get_mut(place.at) {
                *slot = outcome;
            }
        } else if let Some(list) = found.several.get_mut(place.at) {
            list.push(outcome);
        }
    }

    /// The lanes that the masks permit. The code of residual lanes has not been run.
    #[must_use]
    pub fn lanes(&self, found: &mut Found) -> Lanes {
        let is_ours = found.owner == self.identity;
        if !is_ours {
            debug_assert!(false, "start with these masks");
            return Lanes::default();
        }
        found.lists.clear();
        let lists = found.several.iter();
        found
            .lists
            .extend(lists.map(|list| [list.as_ptr().addr(), list.len()]));
        let mut lanes = Lanes::default();
        // SAFETY: the code lives as long as `self` does, and so do the tables whose addresses it
        // has. It reads one outcome for each matcher that finds one, and the lists of the others,
        // by addresses and lengths that were taken just now; as `found` was begun with these masks,
        // it has all of them, and every outcome is within the offsets of its matcher. It writes the
        // four words of `lanes`.
        unsafe {
            (self.function)(
                found.single.as_ptr(),
                found.lists.as_ptr(),
                lanes.as_mut_ptr(),
            );
        }
        lanes
    }
}

fn places(program: &Program) -> Vec<Place> {
    let class_count = |variable: u32| {
        let row = program.variables.get(variable as usize);
        row.map_or(0, |row| row.class_count)
    };
    let (mut single, mut several) = (0, 0);
    let place = |matcher: &Matcher| {
        let is_single = matches!(
            matcher,
            Matcher::Boolean { .. } | Matcher::Text { .. } | Matcher::Ordered { .. }
        );
        let next = if is_single { &mut single } else { &mut several };
        *next += 1;
        Place {
            at: *next - 1,
            is_single,
            count: u32::try_from(matcher.outcome_count(class_count)).unwrap_or(0),
        }
    };
    program.matchers.iter().map(place).collect()
}

/// The bits of a block by matcher and outcome, for the slots that the matcher brings any to.
fn tables(masks: &Masks, block: usize, rail: Rail, places: &[Place]) -> (Tables, Vec<Source>) {
    let (mut offsets, mut rows) = (Vec::new(), vec![Lanes::default(); SLOTS_MAX]);
    let mut known: BTreeMap<Vec<Lanes>, usize> = BTreeMap::new();
    let mut sources = Vec::new();
    for (cells, place) in masks.matchers.iter().zip(places) {
        let on_possible = rail == Rail::Possible && !cells.possible.is_empty();
        let outcomes = if on_possible {
            &cells.possible
        } else {
            &cells.certain
        };
        let brought = |cell: u32| {
            let cell = Some(cell).filter(|cell| *cell != NO_CELL);
            let segments = cell.map_or(&[][..], |cell| masks.segments_of(cell as usize));
            segments
                .iter()
                .filter(|row| usize::from(row.block) == block)
        };
        let all = outcomes.iter().flat_map(|cell| brought(*cell));
        let mut slots: Vec<usize> = all.map(|row| usize::from(row.slot)).collect();
        slots.sort_unstable();
        slots.dedup();
        if slots.is_empty() {
            continue;
        }
        let first = offsets.len();
        for cell in outcomes.iter().take(place.count as usize) {
            let mut own = vec![Lanes::default(); slots.len()];
            for row in brought(*cell) {
                let at = slots.binary_search(&usize::from(row.slot));
                if let Some(own) = at.ok().and_then(|at| own.get_mut(at)) {
                    *own = row.bits;
                }
            }
            let at = if own.iter().all(|lanes| *lanes == Lanes::default()) {
                0
            } else {
                *known.entry(own).or_insert_with_key(|own| {
                    rows.extend(own);
                    rows.len() - own.len()
                })
            };
            offsets.push(u32::try_from(at * size_of::<Lanes>()).unwrap_or(0));
        }
        // What is missing, and the outcome behind the last, bring nothing.
        offsets.resize(first + place.count as usize + 1, 0);
        let place = *place;
        sources.push(Source {
            place,
            first,
            slots,
        });
    }
    let tables = Tables {
        offsets: offsets.into(),
        rows: rows.into(),
    };
    (tables, sources)
}

/// A set of lanes in two registers.
type Pair = [Value; 2];

fn load(builder: &mut FunctionBuilder<'_>, address: Value, row: usize) -> Option<Pair> {
    let offset = i32::try_from(row * size_of::<Lanes>()).ok()?;
    let flags = MemFlagsData::new().with_notrap();
    Some([0, 16].map(|half| {
        builder
            .ins()
            .load(types::I64X2, flags, address, offset + half)
    }))
}

/// Add the rows of an outcome to these slots.
fn add(
    builder: &mut FunctionBuilder<'_>,
    offsets: Value,
    rows: Value,
    outcome: Value,
    slots: &mut [Pair],
) -> Option<()> {
    let outcome = builder.ins().uextend(types::I64, outcome);
    let place = builder.ins().ishl_imm_u(outcome, 2);
    let place = builder.ins().iadd(offsets, place);
    let flags = MemFlagsData::trusted();
    let offset = builder.ins().load(types::I32, flags, place, 0);
    let offset = builder.ins().uextend(types::I64, offset);
    let row = builder.ins().iadd(rows, offset);
    for (number, slot) in slots.iter_mut().enumerate() {
        let bits = load(builder, row, number)?;
        for (half, bits) in slot.iter_mut().zip(bits) {
            *half = builder.ins().bor(*half, bits);
        }
    }
    Some(())
}

fn address<T>(of: &[T]) -> i64 {
    of.as_ptr().expose_provenance() as i64
}

fn emit(
    builder: &mut FunctionBuilder<'_>,
    masks: &Masks,
    block: usize,
    tables: &Tables,
    sources: &[Source],
) -> Option<()> {
    let start = builder.create_block();
    builder.append_block_params_for_function_params(start);
    builder.switch_to_block(start);
    let &[single, lists, result] = builder.block_params(start) else {
        return None;
    };
    let base = &masks.blocks.get(block)?.base;
    let mut slots: Vec<Pair> = Vec::new();
    for (slot, base) in masks.slots.iter().zip(base) {
        let lanes = if slot.forbids {
            Lanes::default()
        } else {
            *base
        };
        slots.push(constant(builder, lanes));
    }
    let rows = builder.ins().iconst(types::I64, address(&tables.rows));
    for source in sources {
        let offsets = tables.offsets.get(source.first..)?;
        let offsets = builder.ins().iconst(types::I64, address(offsets));
        let own = source.slots.iter().map(|slot| slots.get(*slot).copied());
        let mut own: Vec<Pair> = own.collect::<Option<_>>()?;
        let flags = MemFlagsData::trusted();
        if source.place.is_single {
            let at = i32::try_from(source.place.at * 4).ok()?;
            let outcome = builder.ins().load(types::I32, flags, single, at);
            add(builder, offsets, rows, outcome, &mut own)?;
        } else {
            let at = i32::try_from(source.place.at * 16).ok()?;
            let list = builder.ins().load(types::I64, flags, lists, at);
            let count = builder.ins().load(types::I64, flags, lists, at + 8);
            own = each(builder, [list, count], &own, |builder, outcome, own| {
                add(builder, offsets, rows, outcome, own)
            })?;
        }
        for (slot, lanes) in source.slots.iter().zip(own) {
            *slots.get_mut(*slot)? = lanes;
        }
    }
    let mut lanes = constant(builder, valid(masks, block));
    for (slot, bits) in masks.slots.iter().zip(&slots) {
        for (half, bits) in lanes.iter_mut().zip(bits) {
            *half = if slot.forbids {
                builder.ins().band_not(*half, *bits)
            } else {
                builder.ins().band(*half, *bits)
            };
        }
    }
    let flags = MemFlagsData::new().with_notrap();
    for (half, offset) in lanes.into_iter().zip([0, 16]) {
        builder.ins().store(flags, half, result, offset);
    }
    builder.ins().return_(&[]);
    Some(())
}

/// The lanes of a block.
fn valid(masks: &Masks, block: usize) -> Lanes {
    let mut lanes = Lanes::default();
    let count = masks.lanes.len().saturating_sub(block * LANES).min(LANES);
    for lane in 0..count {
        if let Some(word) = lanes.get_mut(lane / 64) {
            *word |= 1 << (lane % 64);
        }
    }
    lanes
}

fn constant(builder: &mut FunctionBuilder<'_>, lanes: Lanes) -> Pair {
    let [a, b, c, d] = lanes;
    [[a, b], [c, d]].map(|[low, high]| {
        let bytes: Vec<u8> = [low, high]
            .iter()
            .flat_map(|word| word.to_le_bytes())
            .collect();
        let constant = builder.func.dfg.constants.insert(bytes.into());
        builder.ins().vconst(types::I64X2, constant)
    })
}

/// A loop over a list of outcomes, with slots that it changes.
fn each(
    builder: &mut FunctionBuilder<'_>,
    [list, count]: [Value; 2],
    slots: &[Pair],
    body: impl FnOnce(&mut FunctionBuilder<'_>, Value, &mut [Pair]) -> Option<()>,
) -> Option<Vec<Pair>> {
    let [head, inside, after] = [(); 3].map(|()| builder.create_block());
    let next = builder.append_block_param(head, types::I64);
    let changed: Vec<Pair> = slots
        .iter()
        .map(|_| [(); 2].map(|()| builder.append_block_param(head, types::I64X2)))
        .collect();
    let arguments = |next: Value, slots: &[Pair]| -> Vec<BlockArg> {
        let slots = slots.iter().flatten().copied();
        std::iter::once(next)
            .chain(slots)
            .map(BlockArg::Value)
            .collect()
    };
    let bytes = builder.ins().ishl_imm_u(count, 2);
    let end = builder.ins().iadd(list, bytes);
    let first = arguments(list, slots);
    builder.ins().jump(head, &first);
    builder.switch_to_block(head);
    let is_over = builder.ins().icmp(IntCC::Equal, next, end);
    builder.ins().brif(is_over, after, &[], inside, &[]);
    builder.switch_to_block(inside);
    let outcome = builder
        .ins()
        .load(types::I32, MemFlagsData::trusted(), next, 0);
    let mut own = changed.clone();
    body(builder, outcome, &mut own)?;
    let following = builder.ins().iadd_imm_s(next, 4);
    let again = arguments(following, &own);
    builder.ins().jump(head, &again);
    builder.switch_to_block(after);
    Some(changed)
}
