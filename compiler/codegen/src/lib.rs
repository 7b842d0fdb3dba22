//! Decision DAG to bytecode program.
