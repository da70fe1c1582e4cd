//! Events delivered more than once, in different files, are counted once — if they are the same to the byte.

use std::collections::HashMap;

use rayon::prelude::*;
use sha2::{Digest, Sha256};

use super::{Examination, Job};
use crate::model::finding::{Finding, Place};
use crate::model::words::reading::ReadingFact;

/// Comparisons of stored bytes beyond this are not made, and the events are all counted.
const MAX_COMPARED: usize = 200_000;

/// Marks repeated events. `event_ids` are hashes of their identifiers, with the first row of each run.
pub(super) fn mark(examination: &mut Examination, event_ids: Vec<(u32, Vec<u64>)>, job: &Job) {
    let mut known: Vec<(u64, u32)> =
        event_ids.iter().flat_map(|(row, ids)| ids.iter().zip(*row..).filter(|(id, _)| **id != 0).map(|(id, row)| (*id, row))).collect();
    known.par_sort_unstable();
    let store = &examination.store;
    let segment = |row: u32| store.origin(row).map(|origin| origin.segment);
    let alike = |one: u32, other: u32| {
        store.time(one) == store.time(other)
            && store.identity_index(one) == store.identity_index(other)
            && store.action_index(one) == store.action_index(other)
            && segment(one) != segment(other)
    };
    let candidates: Vec<(u32, u32)> = known
        .chunk_by(|left, right| left.0 == right.0)
        .flat_map(|group| {
            // The best proven copy is the one that counts.
            let best = group.iter().map(|(_, row)| *row).filter(|&row| !store.is_duplicate(row)).min_by_key(|&row| (store.state(row), row));
            group.iter().filter_map(move |(_, row)| Some((best?, *row))).filter(|(best, row)| best != row)
        })
        .filter(|&(best, row)| !store.is_duplicate(row) && alike(best, row))
        .take(MAX_COMPARED)
        .collect();
    if candidates.is_empty() {
        return;
    }
    let hashes = hashes(examination, &candidates, job);
    let same = |(best, row): &(u32, u32)| matches!((hashes.get(best), hashes.get(row)), (Some(one), Some(other)) if one == other);
    let repeated: Vec<u32> = candidates.iter().filter(|pair| same(pair)).map(|(_, row)| *row).collect();
    if repeated.is_empty() || job.is_cancelled() {
        return;
    }
    for &row in &repeated {
        examination.store.mark_duplicate(row);
    }
    let count = repeated.len() as u64;
    let log = segment_log(examination, repeated[0]);
    examination.findings.push(Finding::of(ReadingFact::EventsRepeated { count }, Place { log, ..Place::default() }));
}

/// The SHA-256 of the stored bytes of all candidates. Each file is read once; what cannot be read again stays without a hash, and is counted.
fn hashes(examination: &Examination, candidates: &[(u32, u32)], job: &Job) -> HashMap<u32, [u8; 32]> {
    let mut rows: Vec<(u32, u32)> = candidates
        .iter()
        .flat_map(|(best, row)| [*best, *row])
        .filter_map(|row| Some((examination.store.origin(row)?.segment, row)))
        .collect();
    rows.sort_unstable();
    rows.dedup();
    let files: Vec<&[(u32, u32)]> = rows.chunk_by(|left, right| left.0 == right.0).collect();
    let of_file = |file: &[(u32, u32)]| {
        let rows: Vec<u32> = file.iter().map(|(_, row)| *row).collect();
        let mut hashes = Vec::with_capacity(rows.len());
        examination.each_raw(&rows, &mut |row, bytes| {
            hashes.push((row, Sha256::digest(bytes.trim_ascii_end()).into()));
            !job.is_cancelled()
        });
        hashes
    };
    files.into_par_iter().filter(|_| !job.is_cancelled()).flat_map_iter(of_file).collect()
}

fn segment_log(examination: &Examination, row: u32) -> Option<String> {
    examination.log_of(row).map(|log| log.origin.clone())
}
