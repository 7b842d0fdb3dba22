//! Names, types and meaning: the typed policies that every later phase works on.

pub mod model;
pub mod schema;
