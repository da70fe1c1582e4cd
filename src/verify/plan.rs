//! Lets every format take what it recognises, each guarded, and accounts for every file.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::guard::guarded;
use crate::model::finding::{Code, Finding, Place};
use crate::seal::{Claims, Format, SealedLog};
use crate::source::Skipped;
use crate::trust::Store as Keys;

/// All logs that the files make up.
pub(super) fn plan(formats: &[&dyn Format], claims: &mut Claims, keys: &mut Keys) -> Vec<Arc<dyn SealedLog>> {
    let mut logs: Vec<Arc<dyn SealedLog>> = Vec::new();
    for format in formats {
        let free = claims.mask();
        let (skipped, findings) = (claims.skipped.len(), claims.findings.len());
        match guarded(|| format.plan(claims, keys)) {
            Ok(planned) => {
                // What a format takes without making anything of it is tried as the rest.
                if planned.is_empty() && claims.skipped.len() == skipped && claims.findings.len() == findings {
                    claims.restore(&free, |_| true);
                }
                logs.extend(planned.into_iter().map(Arc::from));
            }
            Err(why) => {
                claims.skipped.truncate(skipped);
                claims.findings.truncate(findings);
                let restored = claims.restore(&free, |_| true);
                for path in &restored {
                    claims.claim(path, "It belongs to a sealed log whose check failed.");
                }
                let place = Place { path: restored.first().cloned().unwrap_or_default(), ..Place::default() };
                claims.findings.push(Finding::new(Code::CheckFailed, place, "Sealed logs could not be told apart", why));
            }
        }
    }
    notes(claims, &logs);
    let stopped = "the check was stopped before it was looked at";
    let left: Vec<Skipped> = claims
        .files
        .iter_mut()
        .filter_map(Option::take)
        .map(|file| Skipped { path: file.path, reason: stopped.into(), failed: false })
        .collect();
    claims.skipped.extend(left);
    logs
}

/// What formats found wrong with files that they gave back: told where nothing else shows them sealed.
fn notes(claims: &mut Claims, logs: &[Arc<dyn SealedLog>]) {
    let notes = claims.take_notes();
    if notes.is_empty() {
        return;
    }
    let segments: BTreeSet<&str> = logs.iter().flat_map(|log| log.segments()).map(|plan| plan.file.path.as_str()).collect();
    for (path, mut finding) in notes {
        if segments.contains(path.as_str()) {
            continue;
        }
        if finding.place.path.is_empty() {
            finding.place.path.clone_from(&path);
        }
        claims.findings.push(finding);
    }
}
