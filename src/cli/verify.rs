//! `sealscope verify`.

use std::io::Write;
use std::path::PathBuf;

use super::exit::{BROKEN, FINE, INCOMPLETE, UNUSABLE};
use super::{json, print, progress};
use sealscope::bundle::{Checked, check_all};
use sealscope::case::examiner_log::{Entry, ExaminerLog};
use sealscope::model::{Code, State, Verdict};
use sealscope::trust::Store as Keys;
use sealscope::verify::{Examination, examine};

/// Verifies and prints. Gives the exit code.
pub(super) fn verify(paths: &[PathBuf], keys: Keys, as_json: bool, require_sealed: bool, log: Option<&PathBuf>) -> Result<u8, String> {
    let (examination, mut bundles) = with_bundles(paths, keys);
    if let Some(folder) = log {
        bundles.iter_mut().for_each(|bundle| bundle.recognise(&ExaminerLog::new(folder.clone())));
        let mut entry = Entry::new("evidence.opened", super::log::targets(paths)).with("verdict", examination.verdict().word());
        if let Some(signer) = bundles.iter().find_map(|bundle| bundle.signer.clone()) {
            entry = entry.with("signer", signer);
        }
        super::log::note(log, None, entry)?;
    }
    let mut out = std::io::stdout().lock();
    let printed = if as_json { json::print(&mut out, &examination, &bundles) } else { print::all(&mut out, &examination, &bundles) };
    // A reader that went away, such as `head`, is no failure of ours.
    printed.and_then(|()| out.flush()).ok();
    // Two verdicts, never mixed; the exit code is that of the worse.
    let broken = bundles.iter().any(|bundle| bundle.state == State::Broken);
    let unchecked = bundles.iter().any(|bundle| bundle.state == State::Unchecked);
    let unsigned = require_sealed && bundles.iter().any(|bundle| bundle.state != State::Sealed);
    Ok(match exit_code(&examination, require_sealed) {
        _ if broken => BROKEN,
        FINE | UNUSABLE if unchecked => INCOMPLETE,
        FINE if unsigned => INCOMPLETE,
        code => code,
    })
}

/// The exit code that the result deserves.
pub(super) fn exit_code(examination: &Examination, require_sealed: bool) -> u8 {
    let verdict = examination.verdict();
    let empty = examination.logs.is_empty();
    // A gap that a file which could not be read may fill was not evaluated, which says more than that a file could not be read.
    let unfilled = examination.findings.iter().any(|finding| finding.code == Code::MissingOrUnread);
    if verdict == Verdict::Broken {
        BROKEN
    } else if !unfilled && examination.unreadable() || empty && !examination.cancelled {
        UNUSABLE
    } else if verdict == Verdict::Unchecked || require_sealed && verdict != Verdict::Sealed {
        INCOMPLETE
    } else {
        FINE
    }
}

/// Examines with a bar on the terminal, if there is one.
pub(super) fn with_progress(paths: &[PathBuf], keys: Keys) -> Examination {
    progress::shown(|job| examine(paths, keys, job, None))
}

/// Examines, and checks every bundle among what was opened, wherever it lies.
fn with_bundles(paths: &[PathBuf], keys: Keys) -> (Examination, Vec<Checked>) {
    progress::shown(|job| {
        let examination = examine(paths, keys.clone(), job, None);
        let bundles = check_all(&examination, &keys, &|| !job.is_cancelled());
        (examination, bundles.into_iter().map(|(_, checked)| checked).collect())
    })
}
