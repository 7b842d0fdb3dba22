//! The same program as machine code, for hosts that allow it.
//!
//! [`Native`] is what the interpreter is, compiled: a function that collects all applying policies
//! of a class vector, and one that can be asked for a single policy, condition or requirement. It
//! stands in wherever the engine takes an [`Evaluate`](gatewright_runtime::Evaluate) or a
//! [`Lowering`](gatewright_runtime::Lowering). [`Columns`] run the same code over rows of classes in
//! columns, and [`NativeMasks`] are the masks of one block, compiled.
//!
//! **Invariant.** Nothing here decides anything that the interpreter does not: what is not worth
//! compiling, or too large for it, is handed to the interpreter.
//!
//! **Memory.** Code is written to pages that are writable and not executable; before the first call
//! they become executable and not writable, and stay that way until they are unmapped, which happens
//! when the owner is dropped. The address of a function never leaves its owner.
//!
//! **Hosts.** x86-64, aarch64, riscv64 and s390x, where the system lets a process make pages
//! executable. Everywhere else compiling is an error, and the interpreter is there.

mod applying;
mod batch;
mod blocks;
mod code;
mod masks;
mod native;
mod walks;

pub use batch::{Column, Columns, ColumnsError};
pub use code::NativeError;
pub use masks::{Found, NativeMasks};
pub use native::{Native, Options, Statistics};
