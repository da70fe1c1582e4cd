//! `sealscope log`, and noting in that log what other commands do.

use std::io::Write;
use std::path::{Path, PathBuf};

use super::exit::FINE;
use sealscope::case::examiner_log::{Entry, ExaminerLog};
use sealscope::model::text::plural;
use sealscope::model::time;
use sealscope::verify::{Job, examine};

/// Notes what was done, if a log was named. Who did it is the examiner, or else the account.
pub(super) fn note(folder: Option<&PathBuf>, examiner: Option<&str>, entry: Entry) -> Result<(), String> {
    let Some(folder) = folder else { return Ok(()) };
    let account = std::env::var("USER").unwrap_or_else(|_error| "unknown".into());
    let now = sealscope::model::time::now().ok_or(sealscope::model::time::BAD_CLOCK)?;
    ExaminerLog::new(folder.clone()).note(entry, examiner.unwrap_or(&account), now).map_err(|error| error.to_string())
}

/// Paths as one text.
pub(super) fn targets(paths: &[PathBuf]) -> String {
    let whole = |path: &PathBuf| path.canonicalize().unwrap_or_else(|_error| path.clone()).display().to_string();
    paths.iter().map(whole).collect::<Vec<_>>().join(", ")
}

/// Prints the log.
pub(super) fn show(folder: Option<PathBuf>, key: Option<&Path>) -> Result<u8, String> {
    let log = folder.map_or_else(ExaminerLog::own, |folder| Ok(ExaminerLog::new(folder))).map_err(|error| error.to_string())?;
    if let Some(key) = key {
        let key = super::secret::signer(key)?;
        let sealed = log.seal(&key).map_err(|error| error.to_string())?;
        let entries = sealed.iter().map(|file| file.count).sum();
        println!("{} sealed by {}", plural(entries, "record"), key.public.name);
    }
    let held = log.held().map_err(|error| error.to_string())?;
    println!("{}: {}, {} not yet sealed", log.folder().display(), plural(held.sealed, "sealed file"), plural(held.open, "record"));
    let files = log.all().map_err(|error| error.to_string())?;
    if files.is_empty() {
        return Ok(FINE);
    }
    let case = examine(&files, sealscope::trust::Store::default(), &Job::default(), None);
    let mut out = std::io::stdout().lock();
    for row in case.index.rows() {
        let store = &case.store;
        let (time, who) = (time::seconds(store.time(row)), store.identity_name(row));
        let line = format!("{time}  {who}  {}  {}  [{}]", store.action(row), store.target(row), store.state(row).word());
        // A reader that went away, such as `head`, is no failure of ours.
        if writeln!(out, "{}", sealscope::model::text::visible(&line)).is_err() {
            break;
        }
    }
    Ok(FINE)
}
