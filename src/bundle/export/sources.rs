//! Where the evidence came from: the files that were opened with their hashes, what was left out, and records of acquisition among them.

use std::collections::HashMap;

use serde_json::Value;

use crate::bundle::export::job::ExportError;
use crate::bundle::statement::{Excluded, Source};
use crate::case::receive::ACQUISITION;
use crate::model::text::name_of;
use crate::seal::bag;
use crate::source::{File, Reading};
use crate::verify::{Examination, Job, LookError};

/// Records of acquisition larger than this are not repeated, in bytes.
const MAX_ACQUISITION: u64 = 16 << 20;

/// The files that were opened.
pub fn sources(case: &Examination, acquisitions: &[Value], job: &Job) -> Result<Vec<Source>, ExportError> {
    let from: HashMap<&str, &str> =
        acquisitions.iter().filter_map(|record| Some((record.get("sha256")?.as_str()?, record.get("target")?.as_str()?))).collect();
    let mut sources = Vec::new();
    for file in case.segments.iter().map(|segment| &segment.plan.file).chain(&case.companions) {
        let sha256 = hash(file, job)?;
        let came_from = from.get(sha256.as_str()).map(|from| (*from).to_owned());
        sources.push(Source { path: file.path.clone(), bytes: file.size, sha256, came_from });
    }
    sources.sort_by(|one, other| one.path.cmp(&other.path));
    Ok(sources)
}

/// SHA-256 of a file's stored bytes.
pub fn hash(file: &File, job: &Job) -> Result<String, ExportError> {
    let going = |read| {
        job.counter().fetch_add(read, std::sync::atomic::Ordering::Relaxed);
        !job.is_cancelled()
    };
    Ok(LookError::take(&file.path, bag::hash(file, &going))?)
}

/// What was found and is no evidence, or counted in another copy.
pub fn excluded(case: &Examination) -> Vec<Excluded> {
    let skipped = case.skipped.iter().map(|skipped| Excluded { path: skipped.path.clone(), reason: skipped.reason.clone() });
    let copies = case.segments.iter().filter(|segment| segment.duplicate);
    let copies =
        copies.map(|segment| Excluded { path: segment.plan.file.path.clone(), reason: "its records are counted in another copy".into() });
    skipped.chain(copies).collect()
}

/// What records of acquisition say, as they stand in the evidence. What is too large for one, damaged or no JSON, is evidence like any other.
pub fn acquisitions(case: &Examination) -> Result<Vec<Value>, ExportError> {
    let mut records = Vec::new();
    for file in case.segments.iter().map(|segment| &segment.plan.file).filter(|file| name_of(&file.path) == ACQUISITION) {
        match Reading::from(file.read_all(MAX_ACQUISITION)) {
            Reading::Done(content) => {
                for line in content.split(|byte| *byte == b'\n') {
                    if let Ok(record) = serde_json::from_slice(line) {
                        records.push(record);
                    }
                }
            }
            Reading::TooLarge(_) | Reading::Damaged(_) => {}
            reading @ (Reading::Stopped | Reading::Unreadable(_)) => LookError::take(&file.path, reading.map(|_| ()))?,
        }
    }
    Ok(records)
}
