//! Reading Graph JSON and writing policy text, from outside.

mod common;
mod corpus;
