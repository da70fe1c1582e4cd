//! The parts of the window that are always there. Each draws what is shown of a case and asks for changes by commands.

pub mod detail;
pub mod keys;
pub mod side;
pub mod table;
pub mod timeline;
pub mod top_bar;
pub mod verdict;
pub mod welcome;
