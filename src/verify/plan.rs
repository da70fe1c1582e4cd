//! Asks every format to take what it recognises, each guarded, and accounts for every file.

use std::sync::Arc;

use super::guard::guarded;
use crate::model::finding::{Finding, Place};
use crate::model::words::reading::Claim;
use crate::model::words::reading::ReadingFact;
use crate::model::words::reading::Unfinished;
use crate::seal::{Claims, Format, SealedLog};
use crate::source::{Exceeded, Skipped};
use crate::trust::Store as Keys;

/// All logs that the files make up.
pub(super) fn plan(formats: &[&dyn Format], claims: &mut Claims, keys: &mut Keys) -> Vec<Arc<dyn SealedLog>> {
    let mut logs: Vec<Arc<dyn SealedLog>> = Vec::new();
    for format in formats {
        let free = claims.mask();
        let (skipped, findings) = (claims.skipped.len(), claims.findings.len());
        match guarded(|| format.plan(claims, keys)) {
            // What was planned while the work had to end is not believed: files may not have been read.
            Ok(_) if claims.stopped() => {
                claims.skipped.truncate(skipped);
                claims.findings.truncate(findings);
                claims.restore(&free, |_| true);
                break;
            }
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
                    claims.claim(path, Claim::CheckFailed);
                }
                let place = Place { path: restored.first().cloned().unwrap_or_default(), ..Place::default() };
                let unfinished = Unfinished::Planning;
                claims.findings.push(Finding::of(ReadingFact::CheckFailed { unfinished, cause: why }, place));
            }
        }
    }
    let (stopped, failed) = match claims.budget.go_on() {
        Ok(()) | Err(Exceeded::Stopped) => ("the check was stopped before it was looked at".to_owned(), false),
        Err(exceeded) => (format!("it was not looked at: {exceeded}"), true),
    };
    let left: Vec<Skipped> = claims
        .files
        .iter_mut()
        .filter_map(Option::take)
        .map(|file| Skipped { path: file.path, reason: stopped.clone(), failed, unread: true })
        .collect();
    claims.skipped.extend(left);
    logs
}
