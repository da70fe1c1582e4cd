//! Journals of systemd with Forward Secure Sealing.
//!
//! Written here, not taken from a library, because damage has to be placed on single entries, and every length that the file states has to
//! be bounded. Hashing, arithmetic and unpacking are those of libraries.

mod file;
mod fsprg;
mod log;
mod numbers;
mod proof;
#[cfg(test)]
mod tests;
mod verdict;
mod verify;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::OnceLock;

use crate::model::text::name_of;
use crate::seal::claims::Claims;
use crate::seal::format::{Format, Observed, Reread, SealedLog, SegmentPlan, Wanted};
use crate::seal::primitives::segment::Unit;
use crate::seal::verdict::{Conclusion, Proof};
use crate::trust::Store as Keys;
use file::{Journal, MAGIC};
pub use fsprg::VerificationKey;
use log::JournalLog;

/// Finds journals.
pub struct Journals;

/// The path without what rotation adds to the name: an @ and a serial.
fn stem(path: &str) -> String {
    let name = name_of(path);
    let folder = &path[..path.len() - name.len()];
    let name = name.split('@').next().unwrap_or(name).split(".journal").next().unwrap_or(name);
    format!("{folder}{name}")
}

impl Format for Journals {
    fn plan(&self, claims: &mut Claims, keys: &mut Keys) -> Vec<Box<dyn SealedLog>> {
        let found: Vec<usize> = claims.free().filter(|(_, file)| is_journal(&file.start)).map(|(index, _)| index).collect();
        let mut logs: BTreeMap<String, JournalLog> = BTreeMap::new();
        for index in found {
            let Some(file) = claims.take(index) else { continue };
            let log = logs.entry(stem(&file.path)).or_insert_with_key(|stem| JournalLog {
                origin: format!("{stem} · journal"),
                plans: Vec::new(),
                keys: keys.clone(),
                sequences: OnceLock::new(),
            });
            log.plans.push(SegmentPlan { file, first: 0, expected: None, unit: Unit::Container });
        }
        logs.into_values().map(|log| Box::new(log) as Box<dyn SealedLog>).collect()
    }
}

/// Whether a file is a journal, whole or not: its mark, and no text behind it, which a header never is.
fn is_journal(start: &[u8]) -> bool {
    start.strip_prefix(MAGIC).is_some_and(|rest| rest.is_empty() || rest.contains(&0) || std::str::from_utf8(rest).is_err())
}

impl SealedLog for JournalLog {
    fn origin(&self) -> &str {
        &self.origin
    }

    fn seal(&self) -> &'static str {
        "sealed journal"
    }

    fn segments(&self) -> &[SegmentPlan] {
        &self.plans
    }

    fn wanted(&self, _segment: usize) -> Wanted {
        Wanted::default()
    }

    fn entries<'a>(&self, _segment: usize, content: &'a [u8]) -> Option<Result<Vec<Cow<'a, [u8]>>, String>> {
        let journal =
            Journal::parse(content).ok_or_else(|| "its header is damaged or cut short, so no entry can be found in it".to_owned());
        Some(journal.map(|journal| journal.entries().into_iter().map(Cow::Owned).collect()))
    }

    fn conclude(&self, observed: &[Observed], reread: &dyn Reread) -> Conclusion {
        verdict::conclude(self, observed, reread)
    }

    fn files_stand_alone(&self) -> bool {
        true
    }

    fn prove(&self, segment: usize, index: u64, content: &[u8]) -> Proof {
        proof::prove(self, segment, index, content)
    }
}
