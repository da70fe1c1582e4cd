//! Public keys, and which of them the user trusts for what.

mod allowed;
mod document;
pub mod gate;
pub mod key;
mod pem;
mod policy;
pub mod ssh;
pub mod ssh_signature;
mod store;
mod text;
pub mod time_stamp;

pub use allowed::matches_list;
pub use gate::{
    Answer, Candidate, Examiner, LogSigner, Outcome, Refusal, Role, Seals, SecretHolder, Speaker, Standing, Subject, TimeStamper, Vouched,
    Witness,
};
pub use key::{Kept, Key, KeyError, Material};
pub use pem::is_private_key;
pub use policy::{Policy, PolicyError};
pub use store::{Store, StoreError, read_text};
