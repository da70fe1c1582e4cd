//! What is to be exported and how, its outcome, and why it may fail.

use crate::bundle::bag::safe;
use crate::bundle::mask::{MaskError, MaskKind};
use crate::bundle::report::printed::PrintError;
use crate::bundle::sign::signature::{ExaminerKey, SignatureError};
use crate::bundle::statement::Level;
use crate::case::examiner_log::{Entry, ExaminerLogError};
use crate::seal::bag::MAX_TEXT;
use crate::source::SourceError;
use crate::trust::Store as Keys;
use crate::verify::{Examination, LookError};
use std::path::{Path, PathBuf};

/// Why nothing was exported.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ExportError {
    /// Nothing was selected.
    #[error("nothing is selected: no event matches {0}")]
    Nothing(String),
    /// The examiner's key also seals or vouches for logs.
    #[error("this key also seals a log that is open. Examiner and sealer must be different: export with another key")]
    SealersKey,
    /// Withheld records of unsalted logs could be guessed.
    #[error(
        "{0} was sealed without salts, so withheld records can be guessed from their hashes. Export whole files (--whole-files), or accept the risk (--accept-guessable)"
    )]
    Guessable(String),
    /// There is such a bundle already.
    #[error("{}: already exists. Choose another name", path.display())]
    Exists {
        /// The file or folder.
        path: PathBuf,
    },
    /// It would be written into the evidence.
    #[error("{}: is inside the evidence, which is never written to. Choose a place outside {}", path.display(), evidence.display())]
    Inside {
        /// The file or folder.
        path: PathBuf,
        /// The folder that was opened.
        evidence: PathBuf,
    },
    /// Reading the evidence failed.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// A record could not be read again.
    #[error(transparent)]
    Look(LookError),
    /// Records cannot be taken out of a file, so that a choice is needed.
    #[error(
        "{path}: single records cannot be exported from it: {why}. Export the whole file (--whole-files, or “Whole files” in the window), or select only records of other files"
    )]
    NoExcerpt {
        /// The file.
        path: String,
        /// Why.
        why: &'static str,
    },
    /// What was copied is not what was verified.
    #[error("{path}: has changed since it was opened. Open it again and check the verdict before you export")]
    Changed {
        /// The file.
        path: String,
    },
    /// In the bundle it would seem better than it is.
    #[error(
        "{path}: a bundle of these records alone would hide what is wrong with them. Select every record of their log, and export whole files (--whole-files)"
    )]
    Better {
        /// The file.
        path: String,
    },
    /// More than a bundle can list.
    #[error("{0} would be larger than {MAX_TEXT} bytes. Open fewer files at once")]
    TooMuch(&'static str),
    /// The statement cannot be written.
    #[error("the statement cannot be written: {0}")]
    Statement(#[from] serde_json::Error),
    /// The clock is not one that a statement can hold.
    #[error("this computer's clock shows a time that cannot be written")]
    Clock,
    /// The report cannot be put on paper.
    #[error("the report: {0}")]
    Pdf(#[from] PrintError),
    /// The program made a mistake in writing it.
    #[error("the report could not be written. That is a fault of Sealscope; please report it")]
    Report,
    /// The examiner's own log cannot be read.
    #[error(transparent)]
    Log(#[from] ExaminerLogError),
    /// The values to be masked cannot be searched for.
    #[error(transparent)]
    Mask(#[from] MaskError),
    /// Signing failed.
    #[error(transparent)]
    Signature(#[from] SignatureError),
    /// Writing failed.
    #[error("{}: cannot be written: {cause}", path.display())]
    Write {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        cause: std::io::Error,
    },
    /// The user stopped; nothing is left behind.
    #[error("stopped; nothing was exported")]
    Cancelled,
}

impl From<LookError> for ExportError {
    fn from(error: LookError) -> Self {
        if let LookError::Stopped { .. } = error { Self::Cancelled } else { Self::Look(error) }
    }
}

/// How to export. More may be added: fill it up with `..Options::default()`.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Whole segments, whatever was selected in them.
    pub whole: bool,
    /// The rule is a range of time only, so that one neighbour on each side goes along.
    pub range: bool,
    /// Withheld records of unsalted logs may be guessable.
    pub accept_guessable: bool,
    /// Each disclosed record of a sealed segment also goes as a file with a C2SP proof, where they are few.
    pub single: bool,
    /// The report names controls that the evidence is relevant to.
    pub controls: bool,
    /// What is masked in the report and the tables.
    pub masks: Vec<MaskKind>,
    /// Words that are masked there too.
    pub words: Vec<String>,
    /// The folder of the examiner's own log, which goes along.
    pub log: Option<PathBuf>,
}

/// What is to be exported.
///
/// ```
/// use sealscope::{ExportJob, ExportOptions, Job, TrustStore, examine, export_bundle, make_examiner_key, read_examiner_key};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let folder = tempfile::tempdir()?;
/// let mut trust = TrustStore::default();
/// trust.add_file("tests/vectors/harmless/trust-two-segments/trust".as_ref())?;
/// let case = examine(&["tests/vectors/harmless/trust-two-segments/evidence".into()], trust.clone(), &Job::default(), None);
/// let key_file = folder.path().join("examiner");
/// make_examiner_key(&key_file, None, "maria")?;
/// let exported = export_bundle(
///     &ExportJob {
///         case: &case,
///         rows: &[0, 1],
///         options: &ExportOptions::default(),
///         selection: "the first two events".into(),
///         reference: "CASE-7".into(),
///         examiner: "maria".into(),
///         key: &read_examiner_key(&key_file, None)?,
///         keys: &trust,
///         now: 1_772_900_000_000_000_000,
///         out: &folder.path().join("bundle"),
///     },
///     &Job::default(),
/// )?;
/// assert_eq!(exported.included, 2);
/// # Ok(())
/// # }
/// ```
pub struct ExportJob<'a> {
    /// The case.
    pub case: &'a Examination,
    /// The selected events.
    pub rows: &'a [u32],
    /// How.
    pub options: &'a Options,
    /// The rule, in words.
    pub selection: String,
    /// The case or request.
    pub reference: String,
    /// Who exports.
    pub examiner: String,
    /// The examiner's key.
    pub key: &'a ExaminerKey,
    /// Keys the user trusts.
    pub keys: &'a Keys,
    /// Now, nanoseconds since 1970.
    pub now: i64,
    /// The folder, or the file ending in `.zip`.
    pub out: &'a Path,
}

impl ExportJob<'_> {
    /// The examiner's line for a file of allowed signers.
    pub(super) fn signer(&self) -> String {
        format!("{} namespaces=\"{}\" {}", safe(&self.examiner), crate::seal::bag::NAMESPACE, self.key.public_line())
    }

    /// The export as a record of the examiner's own log.
    pub fn entry(&self, exported: &Exported) -> Entry {
        let masked: Vec<&str> = self.options.masks.iter().map(|kind| kind.words()).collect();
        Entry::new("evidence.exported", exported.path.display().to_string())
            .with("bundle", exported.id.as_str())
            .with("case", self.reference.as_str())
            .with("selection", self.selection.as_str())
            .with("included", exported.included)
            .with("withheld", exported.withheld)
            .with("masked", masked)
            .with("words_masked", self.options.words.len())
            .with("signed_by", self.key.fingerprint())
    }
}

/// What was exported.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Exported {
    /// Where it is.
    pub path: PathBuf,
    /// The bundle's identifier.
    pub id: String,
    /// Records in it.
    pub included: u64,
    /// Records withheld from its segments.
    pub withheld: u64,
    /// The levels of completeness in it.
    pub levels: Vec<Level>,
    /// What it cannot show.
    pub limits: Vec<String>,
    /// The examiner's line for a file of allowed signers, to be sent to the auditor by another way.
    pub signer: String,
}
