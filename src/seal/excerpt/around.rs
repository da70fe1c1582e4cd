//! Holds the excerpts of a log against each other and against the checkpoints that came along: forks, gaps, a clock that was set back. What an
//! examiner does not tell is seen here all the same.

use std::collections::BTreeMap;

use super::read::{Part, PrunedLog, Sum};
use crate::model::finding::{Finding, Place, Severity};
use crate::model::words::excerpts::ExcerptFact;
use crate::model::words::segments::Source;
use crate::seal::primitives::merkle::Hash;
use crate::seal::primitives::note::SKEW;

/// Judges the neighbourhood; gives the largest size of the log that a trusted key signed.
pub(super) fn judge(log: &PrunedLog, sum: &mut Sum) -> u64 {
    let parts: Vec<(usize, &Part)> = sum.good.iter().filter_map(|index| Some((*index, part(log, *index)?))).collect();
    forks(log, sum, &parts);
    gaps(log, sum, &parts);
    clocks(log, sum, &parts);
    let sizes = parts.iter().map(|(_, part)| part.seal.checkpoint.size);
    let heads = parts.iter().flat_map(|(_, part)| &part.heads).filter(|head| head.is_signed()).map(|head| head.checkpoint.size);
    sizes.chain(heads).max().unwrap_or(0)
}

fn part(log: &PrunedLog, index: usize) -> Option<&Part> {
    match &log.excerpts.get(index)?.part {
        Ok(part) => Some(part),
        Err(_unfit) => None,
    }
}

fn source(path: &str) -> Source {
    match path.strip_suffix(".heads").or_else(|| path.strip_suffix(".before")) {
        Some(_) => Source::Lone(path.to_owned()),
        None => Source::Excerpt(path.to_owned()),
    }
}

fn path(log: &PrunedLog, index: usize) -> &str {
    log.plans.get(index).map_or("", |plan| plan.file.path.as_str())
}

fn place(log: &PrunedLog, path: &str, record: Option<u64>, count: u64) -> Place {
    Place { log: Some(log.origin.clone()), path: path.to_owned(), record, count, ..Place::default() }
}

/// The roots of one size must agree: those of the trees of the excerpts, and those of signed checkpoints.
fn forks(log: &PrunedLog, sum: &mut Sum, parts: &[(usize, &Part)]) {
    let mut said: BTreeMap<u64, Vec<(Hash, &str)>> = BTreeMap::new();
    for (size, roots) in &sum.roots {
        said.entry(*size).or_default().extend(roots.iter().map(|(root, index)| (*root, path(log, *index))));
    }
    for (_, part) in parts {
        for head in part.heads.iter().chain(&part.before).filter(|head| head.is_signed()) {
            said.entry(head.checkpoint.size).or_default().push((head.checkpoint.root, &head.path));
        }
    }
    for (size, roots) in said {
        let Some((first, rest)) = roots.split_first() else { continue };
        let Some(other) = rest.iter().find(|other| other.0 != first.0) else { continue };
        let fact = ExcerptFact::Fork { size, one: source(first.1), other: source(other.1) };
        sum.findings.push(Finding::of(fact, place(log, other.1, Some(size), 0)));
        sum.holds = false;
    }
}

/// Where nothing shows what was before a segment, or between two, that is reported. A segment that was left out on purpose has its tree here, or at
/// least the signed checkpoint of its end.
fn gaps(log: &PrunedLog, sum: &mut Sum, parts: &[(usize, &Part)]) {
    let mut order: Vec<&(usize, &Part)> = parts.iter().collect();
    order.sort_by_key(|(index, part)| (part.seal.first, part.seal.checkpoint.size, *index));
    let mut reached: Option<u64> = None;
    for (index, part) in order {
        let (first, path) = (part.seal.first, path(log, *index));
        match reached {
            None if first > 0 && part.before.is_none() => {
                sum.findings.push(Finding::of(ExcerptFact::NothingBefore { first }, place(log, path, Some(first), 0)));
            }
            Some(end) if first > end => {
                let place = place(log, path, Some(end), first - end);
                let mut finding = match part.before {
                    None => Finding::of(ExcerptFact::Gap { from: end, to: first - 1 }, place),
                    Some(_) => Finding::of(ExcerptFact::NotShown { from: end, to: first - 1 }, place),
                };
                if part.before.is_some() {
                    // Of salted segments that stay behind, a tree without records costs nothing and gives nothing away; of others it would.
                    finding.severity = if part.salts.is_empty() { Severity::Info } else { Severity::Warning };
                }
                sum.findings.push(finding);
            }
            _ => {}
        }
        reached = reached.max(Some(part.seal.checkpoint.size));
    }
}

/// The signed times must not run backwards as the log grows.
fn clocks(log: &PrunedLog, sum: &mut Sum, parts: &[(usize, &Part)]) {
    let mut times: BTreeMap<u64, (i64, &str)> = BTreeMap::new();
    let seals = parts.iter().filter_map(|(index, part)| {
        let Ok(signatures) = &part.signatures else { return None };
        Some((part.seal.checkpoint.size, signatures.time()?, path(log, *index)))
    });
    let heads = parts.iter().flat_map(|(_, part)| part.heads.iter().chain(&part.before)).filter(|head| head.is_signed());
    let heads = heads.filter_map(|head| Some((head.checkpoint.size, head.signatures.time()?, head.path.as_str())));
    for (size, time, path) in seals.chain(heads) {
        let known = times.entry(size).or_insert((time, path));
        // A checkpoint may be signed again later; the first time counts.
        if time < known.0 {
            *known = (time, path);
        }
    }
    let mut previous: Option<(u64, i64)> = None;
    for (size, (time, path)) in times {
        if let Some((smaller, before)) = previous
            && time < before.saturating_sub(SKEW)
        {
            let fact = ExcerptFact::SealTimeBackwards { size, sealed_at: time, smaller, before };
            sum.findings.push(Finding::of(fact, place(log, path, None, 0)));
        }
        previous = Some((size, time));
    }
}
