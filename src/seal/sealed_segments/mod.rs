//! Logs of sealed segments: each seal with its file, put together by origin.

mod damage;
mod judged;
mod ladder;
mod links;
mod log;
mod neighbours;
mod plan;
mod proof;
mod times;
mod verdict;

use std::collections::BTreeMap;

use crate::seal::claims::Claims;
use crate::seal::format::{Excerpt, Format, Included, Leaves, Observed, Progress, Reread, SealedLog, SegmentPlan, Wanted};
use crate::seal::primitives::segment::Unit;
use crate::seal::verdict::{Conclusion, Proof};
use crate::source::{File, SourceError};
use crate::trust::Store as Keys;
use log::{Lone, Orphan, SegmentLog};

/// At so many record numbers inside one segment its tree is compared with other seals. Honest logs have none or few.
const MAX_CUTS: usize = 4096;

/// Finds logs of sealed segments.
pub struct SealedSegments;

/// Takes files of which only something unsigned says that they were sealed as segments, once every other format had its turn: what anyone can
/// lay beside a file must not hide it from the format that can judge it.
pub struct Leftovers;

impl Format for SealedSegments {
    fn plan(&self, claims: &mut Claims, keys: &mut Keys) -> Vec<Box<dyn SealedLog>> {
        plan::take_keys(claims, keys);
        let mut found = plan::seals(claims);
        let checkpoints = plan::take_checkpoints(claims);
        let mut logs: BTreeMap<String, SegmentLog> = BTreeMap::new();
        let log_of = |logs: &mut BTreeMap<String, SegmentLog>, origin: &str| {
            logs.entry(origin.to_owned()).or_insert_with(|| SegmentLog::new(origin));
        };
        plan::pair(claims, &mut found);
        for paired in found.paired {
            // What is planned after a stop counts for nothing.
            if claims.stopped() {
                return Vec::new();
            }
            let origin = paired.candidate.seal.checkpoint.origin.clone();
            log_of(&mut logs, &origin);
            if let Some(log) = logs.get_mut(&origin) {
                let mut sealed = paired.judge(keys);
                if sealed.signatures.is_ok() && sealed.voucher().is_none() {
                    sealed.lent = Some(claims.lend(sealed.plan.file.clone()));
                }
                log.segments.push(sealed);
            }
        }
        for (candidate, search_cut_short) in found.orphans {
            if claims.stopped() {
                return Vec::new();
            }
            let origin = candidate.seal.checkpoint.origin.clone();
            log_of(&mut logs, &origin);
            if let Some(log) = logs.get_mut(&origin) {
                let signatures = candidate.seal.note.judge(keys, &origin);
                log.orphans.push(Orphan { path: candidate.path, seal: candidate.seal, signatures, search_cut_short });
            }
        }
        // Proofs carry checkpoints too; they say something of logs that are here, but make none.
        let carried: Vec<_> = crate::seal::inclusion_proofs::checkpoints(claims)
            .into_iter()
            .filter(|(_, _, checkpoint)| logs.contains_key(&checkpoint.origin))
            .collect();
        for (path, note, checkpoint) in checkpoints.into_iter().chain(carried) {
            if claims.stopped() {
                return Vec::new();
            }
            log_of(&mut logs, &checkpoint.origin);
            if let Some(log) = logs.get_mut(&checkpoint.origin) {
                let signatures = note.judge(keys, &checkpoint.origin);
                log.lone.push(Lone { path, note, checkpoint, signatures });
            }
        }
        plan::claim(claims, &found.unreadable);
        let logs = logs.into_values().map(|mut log| {
            log.settle();
            Box::new(log) as Box<dyn SealedLog>
        });
        logs.collect()
    }
}

impl Format for Leftovers {
    fn plan(&self, claims: &mut Claims, _keys: &mut Keys) -> Vec<Box<dyn SealedLog>> {
        claims.call_in(crate::seal::unsealed::claims_a_seal);
        plan::leaves_alone(claims)
    }
}

impl SealedLog for SegmentLog {
    fn origin(&self) -> &str {
        &self.origin
    }

    fn seal(&self) -> &'static str {
        "sealed segments"
    }

    fn segments(&self) -> &[SegmentPlan] {
        &self.plans
    }

    fn wanted(&self, segment: usize) -> Wanted {
        let Some(sealed) = self.segments.get(segment) else { return Wanted::default() };
        let (first, size) = (sealed.seal.first, sealed.seal.checkpoint.size);
        let start = self.bounds.partition_point(|bound| *bound <= first);
        let end = self.bounds.partition_point(|bound| *bound < size);
        let inside = self.bounds.get(start..end).unwrap_or(&[]);
        let roots_at = inside.iter().take(MAX_CUTS).copied().collect();
        Wanted { tree: Some(Leaves::Segment(sealed.seal.leaves())), roots_at, ..Wanted::default() }
    }

    fn conclude(&self, observed: &[Observed], reread: &dyn Reread) -> Conclusion {
        verdict::conclude(self, observed, reread)
    }

    fn excerpt(&self, segment: usize, file: &File, chosen: &[u64], progress: Progress<'_>) -> Result<Option<Excerpt>, SourceError> {
        let Some(sealed) = self.segments.get(segment) else { return Ok(None) };
        let neighbours = neighbours::of(self, sealed);
        crate::seal::excerpt::pruned::excerpt(&sealed.seal, &sealed.seal_text, &neighbours, file, chosen, progress)
    }

    fn span(&self, segment: usize) -> Option<(u64, u64)> {
        let seal = &self.segments.get(segment).filter(|sealed| sealed.seal.unit == Unit::Line)?.seal;
        Some((seal.first, seal.checkpoint.size))
    }

    fn can_excerpt(&self, segment: usize) -> bool {
        self.segments.get(segment).is_some_and(|sealed| sealed.seal.unit == Unit::Line)
    }

    fn included_with(&self, path: &str) -> Option<Included> {
        self.lone_paths.contains(path).then_some(Included::WithAll)
    }

    fn files_stand_alone(&self) -> bool {
        true
    }

    fn prove(&self, segment: usize, index: u64, content: &[u8]) -> Proof {
        self.segments.get(segment).map_or_else(Proof::default, |sealed| proof::prove(sealed, index, content))
    }
}
