//! Encoding a request into classes, and the interpreter.
