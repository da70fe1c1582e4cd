//! Looks at a finished bag before it is signed away: what is in it must be what was verified, and must not look better than it did there.

use std::collections::BTreeMap;
use std::path::Path;

use crate::bundle::export::job::{ExportError, ExportJob};
use crate::bundle::export::parts::Plan;
use crate::bundle::report::summary::{self, event};
use crate::bundle::statement::Statement;
use crate::model::State;
use crate::verify::{Examination, Job, examine};

/// Opens the bag at `root` as its receiver will, and compares it with the case that it was made from.
pub fn recheck(export_job: &ExportJob<'_>, root: &Path, plan: &Plan, statement: &Statement, job: &Job) -> Result<(), ExportError> {
    let (case, again) = (export_job.case, examine(&[root.to_owned()], export_job.keys.clone(), job, None));
    if job.is_cancelled() {
        return Err(ExportError::Cancelled);
    }
    let mut copies: BTreeMap<&str, u32> = BTreeMap::new();
    for (number, copy) in (0u32..).zip(&again.segments) {
        if let Some((_, name)) = copy.plan.file.path.split_once('/') {
            copies.entry(name).or_insert(number);
        }
    }
    for (part, (segment, chosen)) in statement.parts.iter().zip(&plan.chosen) {
        let changed = || ExportError::Changed { path: part.source.clone() };
        let original = case.segments.get(*segment as usize).ok_or_else(changed)?;
        let Some(number) = copies.get(part.file.as_str()).copied() else { return Err(changed()) };
        let copy = again.segments.get(number as usize).ok_or_else(changed)?;
        let whole = part.file.starts_with("data/segments/");
        if copy.count != part.included || whole && copy.fingerprint != original.fingerprint {
            return Err(changed());
        }
        let wanted = |record: u64| whole || chosen.binary_search(&record).is_ok();
        let (before, after) = (rows(case, *segment, &wanted), rows(&again, number, &|_record| true));
        if before.len() != after.len() {
            return Err(changed());
        }
        for (before, after) in before.into_iter().zip(after) {
            if job.is_cancelled() {
                return Err(ExportError::Cancelled);
            }
            if !summary::same(&event(case, before, None), &event(&again, after, None)) {
                return Err(changed());
            }
            match (case.store.state(before), again.store.state(after)) {
                (was, is) if was == is => {}
                // Without what stays behind, less may be proven; never more, and never the contrary.
                (State::Sealed | State::Consistent, State::Consistent | State::Unchecked) => {}
                (was, is) if is < was => return Err(ExportError::Better { path: part.source.clone() }),
                _ => return Err(changed()),
            }
        }
    }
    Ok(())
}

/// The events of a segment's wanted records, in their order.
fn rows(case: &Examination, segment: u32, wanted: &dyn Fn(u64) -> bool) -> Vec<u32> {
    let mut rows: Vec<((u64, u64), u32)> = Vec::new();
    for row in case.store.rows_of(segment).flat_map(|(_, rows)| rows) {
        if let Some(origin) = case.store.origin(row).filter(|origin| wanted(origin.record)) {
            rows.push(((origin.record, origin.offset), row));
        }
    }
    rows.sort_unstable();
    rows.into_iter().map(|(_, row)| row).collect()
}
