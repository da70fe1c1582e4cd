//! What bundles say was found in the originals of the logs in them. It worsens the verdict here as it did there, and never betters it.

use std::collections::{BTreeMap, BTreeSet};

use super::Examination;
use crate::model::finding::{Code, Finding};

/// Adds what bundles say was found in the originals, unless the same is found here. It worsens the verdict, as it did there.
pub(super) fn add(examination: &mut Examination, stated: Vec<(String, Finding)>) {
    if stated.is_empty() {
        return;
    }
    let known: BTreeSet<&str> = examination.logs.iter().map(|log| log.origin.as_str()).collect();
    let found: BTreeSet<(Code, Option<&str>)> =
        examination.findings.iter().map(|finding| (finding.code, finding.place.log.as_deref())).collect();
    // The logs of each bundle: where names come from paths, a log has another one here.
    let mut inside: BTreeMap<&str, BTreeSet<&str>> = stated.iter().map(|(top, _)| (top.as_str(), BTreeSet::new())).collect();
    for segment in &examination.segments {
        let Some(log) = examination.logs.get(segment.log as usize) else { continue };
        let path = segment.plan.file.path.as_str();
        // A bundle's name ends in a slash, or is empty.
        for top in std::iter::once("").chain(path.match_indices('/').map(|(at, _)| &path[..=at])) {
            if let Some(logs) = inside.get_mut(top) {
                logs.insert(log.origin.as_str());
            }
        }
    }
    let is_new = |(top, stated): &&(String, Finding)| match stated.place.log.as_deref().filter(|log| known.contains(log)) {
        Some(log) => !found.contains(&(stated.code, Some(log))),
        None => {
            !found.contains(&(stated.code, None))
                && !inside.get(top.as_str()).into_iter().flatten().any(|log| found.contains(&(stated.code, Some(log))))
        }
    };
    let new: Vec<Finding> = stated.iter().filter(is_new).map(|(_, finding)| finding.clone()).collect();
    examination.findings.extend(new);
}
