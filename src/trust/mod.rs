//! Public keys, and which of them the user trusts for what.

mod allowed;
mod document;
pub mod gate;
mod handover;
pub mod key;
mod patterns;
mod pem;
mod policy;
mod role;
pub mod ssh;
pub mod ssh_signature;
mod store;
mod text;
pub mod time_stamp;

pub use gate::{
    Answer, Candidate, Examiner, LogSigner, Outcome, Refusal, Seals, SecretHolder, Speaker, Standing, Subject, TimeStamper, Vouched,
    Witness,
};
pub use handover::Handover;
pub use key::{Kept, Key, KeyError, Material};
pub use patterns::matches_list;
pub use pem::is_private_key;
pub use policy::{Policy, PolicyError};
pub use role::Role;
pub use store::{Store, StoreError, read_text};
