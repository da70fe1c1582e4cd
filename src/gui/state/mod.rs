//! What is shown of a case, without anything that draws.

pub mod axis;
pub mod case_view;
pub mod choice;
pub mod detail;
pub mod lanes;
pub mod rows;
pub mod selection;
pub mod settings;

#[cfg(test)]
mod tests;

pub use case_view::CaseView;
