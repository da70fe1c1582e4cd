//! Evidence bundles: a BagIt bag (RFC 8493) that its examiner signed, whose records still verify under their sealers' own seals.

mod agent;
mod bag;
mod check;
mod claims;
mod compare;
mod controls;
mod document;
mod events;
mod export;
mod html;
#[cfg(feature = "pdf")]
mod layout;
mod mask;
mod masked;
#[cfg(feature = "pdf")]
mod paper;
mod papers;
mod parts;
#[cfg(feature = "pdf")]
mod pdf;
mod preview;
mod printed;
mod recheck;
mod report;
mod signature;
mod sources;
mod stamp;
mod statement;
mod summary;

pub use check::{Checked, Line, check, check_all, is_bundle};
pub use compare::{CompareError, Compared, compare};
pub use export::{ExportError, ExportJob, Exported, Options, export};
pub use mask::MaskKind;
pub use preview::{Preview, preview};
pub use printed::PrintError;
pub use signature::{ExaminerKey, SignatureError, make_key, of_agent, read_key};
pub use stamp::{StampError, attach, request};
pub use statement::{Level, Part, Statement};

pub use crate::seal::bag::NAMESPACE;
