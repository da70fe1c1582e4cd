//! Public keys, and which of them the user trusts for what.

pub mod gate;
pub mod key;
mod policy;
pub mod ssh;
mod store;
mod text;
pub mod time_stamp;

pub use gate::{
    Answer, Candidate, Examiner, LogSigner, Outcome, Refusal, Role, Seals, SecretHolder, Speaker, Standing, Subject, TimeStamper, Vouched,
    Witness,
};
pub use key::{Key, KeyError, Material};
pub use policy::{Policy, PolicyError};
pub use store::{Store, StoreError};
