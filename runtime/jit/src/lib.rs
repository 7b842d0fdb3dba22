//! The same program as machine code.
