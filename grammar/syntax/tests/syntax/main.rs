//! Texts to trees, and what is said where there is none.

#[cfg(test)]
mod hostile;
#[cfg(test)]
mod neighbours;
#[cfg(test)]
mod random;
#[cfg(test)]
mod rules;
#[cfg(test)]
mod trees;
