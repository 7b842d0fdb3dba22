//! The corpus and every test that needs more than one crate.
