//! What is found while a trail is judged.

use std::collections::BTreeSet;

use super::digest::Digest;
use super::log::Trail;
use crate::model::finding::{Code, Finding, Place};
use crate::model::text::name_of;

pub(super) struct Judging<'a> {
    pub trail: &'a Trail,
    pub findings: Vec<Finding>,
    pub told: BTreeSet<String>,
}

impl Judging<'_> {
    pub fn add(&mut self, code: Code, path: &str, record: Option<u64>, title: String, text: String) {
        let place = Place { log: Some(self.trail.origin.clone()), path: path.to_owned(), record, count: 1, ..Place::default() };
        self.findings.push(Finding::new(code, place, title, text));
    }

    /// Adds a finding that would otherwise come for every digest.
    pub fn add_once(&mut self, code: Code, path: &str, title: String, text: String) {
        if self.told.insert(title.clone()) {
            self.add(code, path, None, title, text);
        }
    }
}

/// A text as one word of a shell's command line.
pub(super) fn quoted(text: &str) -> String {
    let plain = |character: char| character.is_ascii_alphanumeric() || "/._-:@+=,".contains(character);
    if !text.is_empty() && !text.starts_with('-') && text.chars().all(plain) {
        return text.to_owned();
    }
    format!("'{}'", text.replace('\'', "'\\''"))
}

/// The command that fetches what a copy of the newest digest lacks.
pub(super) fn fetch_head(digest: &Digest) -> String {
    let content = &digest.content;
    format!(
        "aws s3api head-object --bucket {} --key {} > {}",
        quoted(&content.digest_s3_bucket),
        quoted(&content.digest_s3_object),
        quoted(&format!("{}.head-object.json", name_of(&digest.path)))
    )
}
