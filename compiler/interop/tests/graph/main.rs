//! Reading Graph JSON and writing policy text, from outside.

#[cfg(test)]
mod common;
mod compliance;
#[cfg(test)]
mod corpus;
#[cfg(test)]
mod exporting;
mod hostile;
#[cfg(test)]
mod plans;
mod reading;
#[cfg(test)]
mod shapes;
#[cfg(test)]
mod writing;
