//! What the compiler says to people: the model, the registry of codes and the renderers.
//!
//! Phases report [`Diagnostic`]s with the constants of [`codes`]; [`Levels`] and [`sort`] settle
//! which are shown and in which order; one renderer per format turns them into text. Nothing here
//! knows a policy.

pub mod codes;
mod fixes;
mod levels;
mod model;
mod order;
pub mod render;

pub use codes::{Class, Code};
pub use fixes::{Fixed, apply_fixes};
pub use levels::{Level, LevelError, Levels};
pub use model::{Applicability, Diagnostic, Edit, Fix, Label, Severity};
pub use order::{sort, summary};
