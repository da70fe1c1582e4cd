//! What is found while a trail is judged.

use std::collections::BTreeSet;

use super::digest::Digest;
use super::log::Trail;
use crate::model::finding::{Finding, Place};
use crate::model::words::{Fact, cloudtrail};

pub(super) struct Judging<'a> {
    pub trail: &'a Trail,
    pub findings: Vec<Finding>,
    /// What was reported once and for all.
    pub reported: BTreeSet<String>,
}

impl Judging<'_> {
    pub fn add(&mut self, fact: impl Into<Fact>, path: &str, record: Option<u64>) {
        let place = Place { log: Some(self.trail.origin.clone()), path: path.to_owned(), record, count: 1, ..Place::default() };
        self.findings.push(Finding::of(fact, place));
    }

    /// Adds a finding that would otherwise come for every digest.
    pub fn add_once(&mut self, fact: impl Into<Fact>, path: &str) {
        let fact = fact.into();
        if self.reported.insert(format!("{fact:?}")) {
            self.add(fact, path, None);
        }
    }
}

/// The command that fetches what a copy of the newest digest lacks.
pub(super) fn fetch_head(digest: &Digest) -> String {
    cloudtrail::fetch_head(&digest.content.digest_s3_bucket, &digest.content.digest_s3_object, &digest.path)
}
