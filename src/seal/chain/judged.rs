//! What is found while a chain is judged.

use std::collections::BTreeMap;
use std::ops::Range;

use super::log::Chain;
use crate::model::finding::{Code, Finding, Place};
use crate::model::words::Fact;
use crate::model::words::chains::ChainFact;
use crate::seal::format::Reread;
use crate::seal::primitives::link::Run;
use crate::trust::Standing;

/// Findings of one kind beyond this are summed up.
pub(super) const LISTED: usize = 200;

/// A record's place: segment and index in the file.
#[derive(Clone, Copy, Debug)]
pub(super) struct At {
    /// Which file.
    pub segment: usize,
    /// Which record of the file.
    pub index: u64,
    /// Number in the log.
    pub number: u64,
}

/// What was found so far.
pub(super) struct Judged<'a> {
    /// The log.
    pub chain: &'a Chain,
    /// What was found.
    pub findings: Vec<Finding>,
    /// Whether some part of the chain is here whose beginning is not.
    pub midway: bool,
    /// Whether a chain was restarted.
    pub restarted: bool,
    pub(super) reported: BTreeMap<Code, u64>,
    pub(super) marks: Vec<Vec<(Range<u64>, Standing)>>,
    /// Number in the log of each file's first record.
    pub(super) firsts: Vec<u64>,
    pub(super) reread: &'a dyn Reread,
}

impl Judged<'_> {
    /// The place of a record of a file.
    pub fn at(&self, segment: usize, index: u64) -> At {
        At { segment, index, number: self.firsts[segment] + index }
    }

    /// Whether the user wants to stop.
    pub fn stopped(&self) -> bool {
        self.reread.stopped()
    }

    /// Adds a finding about `records` records from `at` on.
    pub fn add(&mut self, fact: impl Into<Fact>, at: At, records: u64) {
        let fact = fact.into();
        let reported = self.reported.entry(fact.code()).or_default();
        *reported += 1;
        if *reported > LISTED as u64 {
            return;
        }
        let path = self.chain.plans[at.segment].file.path.clone();
        let place = Place { log: Some(self.chain.origin.clone()), path, record: Some(at.number), count: records, ..Place::default() };
        self.findings.push(Finding::of(fact, place));
    }

    /// Adds a finding about each record of a run, as far as findings are listed.
    pub fn add_each(&mut self, segment: usize, run: &Run, fact: &dyn Fn(At) -> ChainFact) {
        let listed = run.count().min(LISTED as u64);
        for offset in 0..listed {
            let at = self.at(segment, run.index(offset));
            self.add(fact(at), at, 1);
        }
        let first = self.at(segment, run.index(0));
        *self.reported.entry(fact(first).code()).or_default() += run.count() - listed;
    }

    /// Gives records a standing of their own; the worst counts.
    pub fn mark(&mut self, segment: usize, records: Range<u64>, standing: Standing) {
        let marks = &mut self.marks[segment];
        match marks.last_mut() {
            Some((last, own)) if *own == standing && last.end == records.start => last.end = records.end,
            _ => marks.push((records, standing)),
        }
    }
}
