//! What is found while a trail is judged.

use super::digest::Digest;
use super::log::Trail;
use crate::model::finding::{Finding, Place};
use crate::model::words::{Fact, cloudtrail};

pub(super) struct Judging<'a> {
    pub trail: &'a Trail,
    pub findings: Vec<Finding>,
    pub reported: Vec<Fact>,
}

impl Judging<'_> {
    pub fn add(&mut self, fact: impl Into<Fact>, path: &str, record: Option<u64>) {
        let place = Place { log: Some(self.trail.origin.clone()), path: path.to_owned(), record, count: 1, ..Place::default() };
        self.findings.push(Finding::of(fact, place));
    }

    /// Adds a finding that would otherwise come for every digest.
    pub fn add_once(&mut self, fact: impl Into<Fact>, path: &str) {
        let fact = fact.into();
        if !self.reported.contains(&fact) {
            self.add(fact.clone(), path, None);
            self.reported.push(fact);
        }
    }
}

/// The command that fetches what a copy of the newest digest lacks.
pub(super) fn fetch_head(digest: &Digest) -> String {
    cloudtrail::fetch_head(&digest.content.digest_s3_bucket, &digest.content.digest_s3_object, &digest.path)
}
