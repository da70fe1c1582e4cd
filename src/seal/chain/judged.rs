//! What is found while a chain is judged.

use std::cell::OnceCell;
use std::collections::BTreeMap;
use std::ops::Range;

use super::log::Chain;
use crate::model::finding::{Code, Finding, Place};
use crate::model::words::Fact;
use crate::model::words::chains::ChainFact;
use crate::seal::format::Reread;
use crate::seal::primitives::link::Run;
use crate::seal::unread;
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
    /// What could not be read beside the chain, once that was asked for.
    pub(super) unread: OnceCell<Option<String>>,
    /// For each file, whether records in it were too long to be read.
    pub(super) too_long: Vec<bool>,
    /// Whether something is missing, or in a file that could not be read.
    pub(super) unfilled: bool,
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

    /// Adds a finding that something is missing before the record at `at`, which is itself unproven then. If a file could not be read that may
    /// hold it, nobody knows: that is told, and the record is not evaluated. `inside`: the gap is inside one file, which other files do not
    /// explain, but records in it that were too long to be read do.
    pub fn gap(&mut self, fact: ChainFact, at: At, records: u64, inside: bool) {
        let own = || self.too_long[at.segment].then(|| self.chain.plans[at.segment].file.path.clone());
        let unread = if inside { own() } else { self.unread.get_or_init(|| unread::beside(&self.chain.plans, &[], self.reread)).clone() };
        let standing = match unread {
            Some(unread) => {
                self.unfilled = true;
                self.add(unread::not_evaluated(fact.into(), &unread), at, records);
                Standing::UNCHECKED
            }
            None => {
                self.add(fact, at, records);
                Standing::SUSPECT
            }
        };
        self.mark(at.segment, at.index..at.index + 1, standing);
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
