//! Public keys, and which of them the user trusts for what.

pub mod key;
mod ssh;
mod store;
mod text;

pub use key::{Key, KeyError, Material};
pub use store::{Store, StoreError};
