//! The ways logs are sealed. One module for each; they know hashes and signatures, nothing of files or events.

pub mod locate;
pub mod merkle;
pub mod note;
pub mod segment;
