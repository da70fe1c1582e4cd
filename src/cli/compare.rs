//! `sealscope compare`.

use std::path::Path;

use super::{BROKEN, FINE, UNUSABLE, verify};
use crate::bundle::compare as compared;
use crate::model::text::{count, visible};
use crate::trust::Store as Keys;

/// Compares and prints. 0: the same; 1: they differ; 3: one of them holds no log.
pub(super) fn compare(one: &Path, other: &Path) -> Result<u8, String> {
    let open = |path: &Path| verify::with_progress(&[path.to_owned()], Keys::default());
    let (first, second) = (open(one), open(other));
    for (path, case) in [(one, &first), (other, &second)] {
        if case.logs.is_empty() {
            eprintln!("sealscope: {}: holds no log", path.display());
            return Ok(UNUSABLE);
        }
    }
    let logs = compared(&first, &second)?;
    for log in &logs {
        println!(
            "{} {}: {} and {} records",
            if log.equal { "=" } else { "≠" },
            visible(&log.log),
            count(log.records.0),
            count(log.records.1)
        );
        log.lines.iter().for_each(|line| println!("    {}", visible(line)));
    }
    Ok(if logs.iter().all(|log| log.equal) { FINE } else { BROKEN })
}
