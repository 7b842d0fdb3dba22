//! The program, the bundle that stores it, and the verifier that trusts nothing.

mod op;
mod program;

pub use op::Op;
pub use program::{
    Combine, Condition, Control, Effects, Matcher, Origin, Place, Policy, Program, TargetClass,
    Variable, method_bit,
};

/// Whether a program is fit to run.
///
/// # Errors
/// The first rule that is broken, in words.
pub fn verify(_program: &Program) -> Result<(), String> {
    Ok(())
}
