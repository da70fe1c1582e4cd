//! Who signs a bundle, and when: OpenSSH signatures from key files and agents, and time stamps.

mod agent;
pub mod signature;
mod stamp;

pub use signature::{ExaminerKey, SignatureError, make_key, of_agent, read_key};
pub use stamp::{StampError, attach, request};
