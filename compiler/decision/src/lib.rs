//! The finite sign-in space and the decision DAG over it.
