//! The slow evaluator, written from docs/semantics.md alone.
