//! What is shown of a case, without anything that draws.

pub mod axis;
pub mod case_view;
pub mod choice;
pub mod columns;
pub mod copy;
pub mod detail;
pub mod lanes;
pub mod raw;
pub mod rows;
pub mod selection;
pub mod settings;
mod walk;

#[cfg(test)]
mod tests;

pub use case_view::CaseView;
pub use walk::Walk;
