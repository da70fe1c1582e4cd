//! What is shown of a case, without anything that draws.

pub mod axis;
pub mod case_view;
pub mod choice;
pub mod columns;
pub mod copy;
pub mod detail;
pub mod folds;
pub mod glide;
pub mod history;
pub mod lanes;
pub mod look;
pub mod names;
pub mod range;
pub mod raw;
pub mod rows;
pub mod selection;
pub mod settings;
pub mod strips;
pub mod values;
mod walk;
pub mod wish;

#[cfg(test)]
mod folds_tests;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod timeline_tests;

pub use case_view::CaseView;
pub use walk::Walk;
