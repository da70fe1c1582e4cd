//! Evidence bundles: a BagIt bag (RFC 8493) that its examiner signed, whose records still verify under their sealers' own seals.

mod bag;
mod check;
mod compare;
mod export;
mod mask;
mod report;
mod sign;
mod statement;

pub use check::{Checked, Line, check, check_all, is_bundle};
pub use compare::{CompareError, Compared, compare};
pub use export::{ExportError, ExportJob, Exported, Options, Preview, export, preview};
pub use mask::{MaskError, MaskKind};
pub use report::printed::PrintError;
pub use sign::{ExaminerKey, SignatureError, StampError, attach, make_key, of_agent, read_key, request};
pub use statement::{Level, Part, Statement};

pub use crate::seal::bag::NAMESPACE;
