//! `sealscope compare`.

use std::path::Path;

use super::exit::{BROKEN, FINE, INCOMPLETE, UNUSABLE};
use super::{progress, verify};
use sealscope::bundle::{CompareError, compare as compared};
use sealscope::model::text::{plural, visible};
use sealscope::trust::Store as Keys;

/// Compares and prints. 0: the same; 1: they differ; 2: what could be read is the same, and some could not; 3: one of them holds no log.
pub(super) fn compare(one: &Path, other: &Path) -> Result<u8, String> {
    let open = |path: &Path| verify::with_progress(&[path.to_owned()], Keys::default());
    let stopped = || {
        eprintln!("sealscope: {}", CompareError::Cancelled);
        Ok(INCOMPLETE)
    };
    let first = open(one);
    if first.cancelled {
        return stopped();
    }
    let second = open(other);
    if second.cancelled {
        return stopped();
    }
    for (path, case) in [(one, &first), (other, &second)] {
        if case.logs.is_empty() {
            eprintln!("sealscope: {}: holds no log", path.display());
            return Ok(UNUSABLE);
        }
    }
    let logs = match progress::shown(|job| compared(&first, &second, job)) {
        Err(CompareError::Cancelled) => return stopped(),
        logs => logs.map_err(|error| error.to_string())?,
    };
    for log in &logs {
        println!(
            "{} {}: {} and {}",
            if log.equal { "=" } else { "≠" },
            visible(&log.log),
            plural(log.records.0, "record"),
            plural(log.records.1, "record")
        );
        log.differences.iter().for_each(|difference| println!("    {}", visible(&difference.words())));
    }
    let unread = |case: &sealscope::verify::Examination| {
        case.cancelled || case.unreadable() || case.segments.iter().any(|segment| !segment.duplicate && segment.fingerprint.is_none())
    };
    if !logs.iter().all(|log| log.equal) {
        return Ok(BROKEN);
    }
    if unread(&first) || unread(&second) {
        println!("However, some parts could not be read and were not compared.");
        return Ok(INCOMPLETE);
    }
    Ok(FINE)
}
