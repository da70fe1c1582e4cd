//! Public keys, and which of them the user trusts for what.

pub mod key;
mod policy;
pub mod ssh;
mod store;
mod text;
pub mod time_stamp;

pub use key::{Key, KeyError, Material};
pub use policy::{Policy, PolicyError};
pub use store::{Store, StoreError};
