//! What is shown of a case, without anything that draws.

pub mod axis;
pub mod detail;
pub mod lanes;
pub mod selection;
