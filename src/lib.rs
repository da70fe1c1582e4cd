//! Sealscope opens sealed audit logs, verifies them, and shows who did what under which credential — and whether the record can be believed.
//!
//! This is its core as a library. It is small on purpose: open a [`TrustStore`], [`examine`] files, read the [`Verdict`], the [`Finding`]s and
//! the [`Events`], [`export_bundle`] an evidence bundle of some of them, and [`check_bundle`] one that was received. All of it works offline,
//! and nothing that is read can make it panic.
//!
//! ```
//! use sealscope::{Job, TrustStore, Verdict, examine};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let mut trust = TrustStore::default();
//! trust.add_file("tests/vectors/harmless/trust-two-segments/trust".as_ref())?;
//! let case = examine(&["tests/vectors/harmless/trust-two-segments/evidence".into()], trust, &Job::default(), None);
//! assert_eq!(case.verdict(), Verdict::Sealed);
//! println!("{}", case.sentence());
//! # Ok(())
//! # }
//! ```
//!
//! # Features
//!
//! - `gui` (default): the window of the program.
//! - `pdf` (default): reports of bundles as PDF. Without it bundles are written without `report.pdf`, and a `report.pdf` in a received bundle is
//!   *not checked*.
//!
//! # Stability
//!
//! What this page lists is the library. Everything else that can be reached is there for the program, the tests and the benchmarks of this
//! repository, which are crates of their own; it is hidden here, and changes without notice.
// The direction of imports is fixed and tested: `gui`, `demo` → `bundle` → `case`, `query` → `verify` → `store` → `seal`, `schema` → `source`,
// `trust` → `model`; `cli` belongs to the program.

#[doc(hidden)]
pub mod bundle;
#[doc(hidden)]
pub mod case;
// Tests and benchmarks need its logs.
#[doc(hidden)]
pub mod demo;
// The window is drawn by tests without a screen, and measured by a benchmark.
#[cfg(feature = "gui")]
#[doc(hidden)]
pub mod gui;
#[doc(hidden)]
pub mod model;
#[doc(hidden)]
pub mod query;
#[doc(hidden)]
pub mod schema;
#[doc(hidden)]
pub mod seal;
#[doc(hidden)]
pub mod source;
#[doc(hidden)]
pub mod store;
#[doc(hidden)]
pub mod trust;
#[doc(hidden)]
pub mod verify;

pub use bundle::{
    Checked, CompareError, Compared, ExaminerKey, ExportError, ExportJob, Exported, Level, Line, MaskError, MaskKind,
    Options as ExportOptions, Part, PrintError, SignatureError, StampError, Statement, attach as attach_time_stamp, check as check_bundle,
    compare as compare_copies, export as export_bundle, is_bundle, make_key as make_examiner_key, read_key as read_examiner_key,
    request as request_time_stamp,
};
pub use model::{
    Answer, Category, Code, Delegation, Event, Fact, Field, Fields, Finding, Kind, Ladder, Limit, Outcome, Place, Reason, Remedy, Rung,
    Severity, State, StateCounts, Status, Verdict, words::checks::CheckFact, words::checks::Met, words::checks::Signer,
    words::differences::Difference, words::steps::Meaning, words::steps::ReadFrom, words::steps::SignatureOutcome, words::steps::StepFact,
};
pub use query::{Filter, FilterError, Matching, matching};
pub use seal::{Proof, Step};
pub use source::SourceError;
pub use store::{Credential, Identity, NO_TIME, NONE, Store as Events};
pub use trust::{Key, KeyError, Material, Policy, PolicyError, Role, Store as TrustStore, StoreError};
pub use verify::{Coverage, Examination, Job, LogReport, LookError, Progress, SegmentReport, examine};
