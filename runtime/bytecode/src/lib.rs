//! The program, the bundle that stores it, and the verifier that trusts nothing.
//!
//! [`Program`] is what the compiler emits; [`write()`] and [`read()`] are its form as a file;
//! [`verify()`] says whether it is fit to run, and [`Verified`] is one of which that is known.

mod bundle;
mod compact;
mod costs;
mod disassemble;
pub mod index;
mod inputs;
pub mod limits;
mod mask_section;
pub mod masks;
mod names;
mod op;
mod program;
mod sections;
mod verify;
mod work;

pub use bundle::{
    Bundle, BundleError, FORMAT_VERSION, FORMAT_VERSION_MIN, READER_VERSION_MIN, SourceFile,
    is_bundle, program_hash, read, write, write_with,
};
pub use costs::{Costs, Estimates, estimates};
pub use disassemble::disassemble;
pub use inputs::{InputFile, InputRole, inputs, path_problem};
pub use op::{Instruction, Op, instructions};
pub use program::{
    Combine, Compliance, CompliancePolicy, Condition, Control, Difference, Effects, Entries,
    Matcher, Origin, Place, Policy, Program, Requirement, TargetClass, Variable, method_bit,
};
pub use verify::{Verified, VerifyError, verify};
pub use work::{MaskWork, mask_work};
