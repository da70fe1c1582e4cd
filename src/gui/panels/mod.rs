//! The parts of the window that are always there. Each draws what is shown of a case and asks for changes by commands.

pub mod detail;
mod detail_raw;
pub mod keys;
pub mod side;
pub mod table;
mod table_bar;
pub mod tabs;
pub mod timeline;
pub mod top_bar;
pub mod verdict;
pub mod welcome;
