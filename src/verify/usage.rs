//! What the events themselves say about credentials: use after revocation.

use std::collections::BTreeMap;

use super::Examination;
use crate::model::finding::{Finding, Place};
use crate::model::words::reading::ReadingFact;
use crate::model::{Category, Outcome};
use crate::store::NO_TIME;

/// Finds credentials that were used after the log says they were revoked.
pub(super) fn after_revocation(examination: &mut Examination) {
    let store = &examination.store;
    let mut revoked: BTreeMap<u32, i64> = BTreeMap::new();
    for stage in store.life() {
        let took_effect = store.outcome(stage.row) != Outcome::Denied && store.outcome(stage.row) != Outcome::Failure;
        if stage.category == Category::CredentialRevoked && stage.time != NO_TIME && took_effect {
            let time = revoked.entry(stage.credential).or_insert(stage.time);
            *time = (*time).min(stage.time);
        }
    }
    if revoked.is_empty() {
        return;
    }
    // (first use, how many)
    let mut used: BTreeMap<u32, (u32, u64)> = BTreeMap::new();
    for row in 0..store.len() as u32 {
        let credential = store.credential_index(row);
        if let Some(time) = revoked.get(&credential)
            && store.time(row) > *time
            && !store.is_duplicate(row)
        {
            let entry = used.entry(credential).or_insert((row, 0));
            if store.time(row) < store.time(entry.0) {
                entry.0 = row;
            }
            entry.1 += 1;
        }
    }
    let mut findings = Vec::new();
    for (credential, (row, times)) in used {
        let name = store.credentials().get(credential as usize).map_or("", |credential| store.names.get(credential.name));
        let Some(origin) = store.origin(row) else { continue };
        let segment = &examination.segments[origin.segment as usize];
        let place = Place {
            log: examination.log_of(row).map(|log| log.origin.clone()),
            path: segment.plan.file.path.clone(),
            record: Some(segment.first + origin.record),
            count: times,
            time: Some(store.time(row)),
            time_end: None,
        };
        let fact = ReadingFact::UsedAfterRevocation {
            credential: name.to_owned(),
            revoked: revoked[&credential],
            first_use: store.time(row),
            count: times,
            outcome: store.outcome(row).word().to_owned(),
        };
        findings.push(Finding::of(fact, place));
    }
    examination.findings.extend(findings);
}
