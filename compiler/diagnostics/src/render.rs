//! One renderer per format: plain functions from findings and sources to text.
//!
//! A renderer adds no content and drops none: what is to be shown is decided by
//! [`Levels`](crate::Levels) and [`sort`](crate::sort) before. All of them take any span, also one
//! that is not of the source map.

mod excerpt;
mod github;
mod human;
mod json;
mod place;
mod sarif;
mod suggestion;

pub use github::github;
pub use human::human;
pub use json::json;
pub use sarif::sarif;
