//! LIMITs of programs and bundles. What is larger is refused before anything is built from it.

/// Bytes of a bundle.
pub const BUNDLE_BYTES_MAX: usize = 256 << 20;
/// Sections of a bundle.
pub const SECTIONS_MAX: usize = 64;
/// Attributes of a schema.
pub const ATTRIBUTES_MAX: usize = 1 << 16;
/// Variables, and matchers.
pub const VARIABLES_MAX: usize = 1 << 20;
/// Classes of a variable.
pub const CLASSES_MAX: u32 = 1 << 20;
/// Words of code.
pub const CODE_WORDS_MAX: usize = 1 << 25;
/// Outcomes of all matchers, in programs with masks.
pub const OUTCOMES_MAX: usize = 1 << 22;
/// Segments of all cells of the masks.
pub const SEGMENTS_MAX: usize = 1 << 20;
/// Slots of the masks.
pub const SLOTS_MAX: usize = 64;
/// Policies, and groups of session controls.
pub const POLICIES_MAX: usize = 1 << 17;
/// Conditions of a policy, and requirements of a compliance policy.
pub const CONDITIONS_MAX: usize = 256;
/// Controls that can be required.
pub const CONTROLS_MAX: usize = 1 << 16;
/// Source files.
pub const FILES_MAX: usize = 1 << 20;
/// Bytes of the path of a source file that is stored whole.
pub const INPUT_PATH_BYTES_MAX: usize = 4096;
/// Patterns in all matchers.
pub const PATTERNS_MAX: usize = 4096;
/// Bytes of a pattern.
pub const PATTERN_BYTES_MAX: usize = 4096;
