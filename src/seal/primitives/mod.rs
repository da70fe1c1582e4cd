//! What several formats are built of: hashes, trees, signed notes, seals, links. They know nothing of whole logs.

pub mod entries;
pub mod link;
pub mod locate;
pub mod merkle;
pub mod note;
pub mod segment;
