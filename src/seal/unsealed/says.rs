//! What records say of having been sealed, where no format here took them: hashes of predecessors, and the like.

use std::ops::Range;
use std::sync::LazyLock;

use aho_corasick::AhoCorasick;
use serde_json::Value;

use crate::seal::primitives::link::{Gathered, Link};

/// How deep the members of a record are looked at.
const DEPTH: usize = 3;

/// Words of which one stands in every name that is looked for. `None` would mean that they cannot be compiled; then every record is parsed.
static WORDS: LazyLock<Option<AhoCorasick>> = LazyLock::new(|| {
    let words = [
        "prev",
        "prior",
        "parent_receipt_hash",
        "parentreceipthash",
        "entry_hash",
        "entryhash",
        "entry-hash",
        "chain_hash",
        "chainhash",
        "chain-hash",
        "hash_chain",
        "hashchain",
    ];
    match AhoCorasick::builder().ascii_case_insensitive(true).build(words) {
        Ok(words) => Some(words),
        Err(_) => None,
    }
});

/// The name of a member that only a sealed record has, such as `prev_hash`.
pub(super) fn says(record: &[u8]) -> Option<String> {
    if WORDS.as_ref().is_some_and(|words| !words.is_match(record)) {
        return None;
    }
    match serde_json::from_slice(record) {
        Ok(value) => named(&value, DEPTH),
        // What is no JSON has no members.
        Err(_) => None,
    }
}

fn named(value: &Value, depth: usize) -> Option<String> {
    let Value::Object(members) = value else { return None };
    let own = members.iter().find(|(name, value)| is_link(name) && matches!(value, Value::String(_) | Value::Null));
    own.map(|(name, _)| name.clone()).or_else(|| {
        let deeper = depth.checked_sub(1)?;
        members.values().find_map(|value| named(value, deeper))
    })
}

/// Whether a member of this name is a link of a chain.
fn is_link(name: &str) -> bool {
    let plain: String = name.chars().filter(char::is_ascii_alphanumeric).map(|letter| letter.to_ascii_lowercase()).collect();
    let sort = ["hash", "digest", "hmac", "checksum", "signature"].iter().any(|sort| plain.contains(sort)) || plain.ends_with("mac");
    let before = plain.starts_with("prev") || plain.starts_with("prior");
    // The last ones are what the built-in profiles call their links, beyond that.
    before && sort || ["entryhash", "chainhash", "hashchain", "parentreceipthash", "chainprevhash"].contains(&plain.as_str())
}

/// Which records of a file say that they were sealed.
#[derive(Debug, Default)]
pub(super) struct Said {
    seen: u64,
    /// Runs of records that say so, ascending.
    pub runs: Vec<Range<u64>>,
    /// The first member that says so.
    pub name: Option<String>,
}

impl Said {
    /// How many records say so.
    pub fn records(&self) -> u64 {
        self.runs.iter().map(|run| run.end - run.start).sum()
    }
}

impl Gathered for Said {
    fn add(&mut self, links: Vec<Option<Link>>) {
        for link in links {
            let index = self.seen;
            self.seen += 1;
            let Some(link) = link else { continue };
            self.name.get_or_insert(link.previous);
            match self.runs.last_mut().filter(|run| run.end == index) {
                Some(run) => run.end = index + 1,
                None => self.runs.push(index..index + 1),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_of_chains_are_known_by_their_names() {
        for (record, name) in [
            (r#"{"a":1,"prev_hash":"ab"}"#, Some("prev_hash")),
            (r#"{"integrity":{"previousEntryHash":null}}"#, Some("previousEntryHash")),
            (r#"{"PREV-HMAC":"x"}"#, Some("PREV-HMAC")),
            (r#"{"entry_hash":"x"}"#, Some("entry_hash")),
            (r#"{"parent_receipt_hash":"x"}"#, Some("parent_receipt_hash")),
            (r#"{"action_record":{"chain_prev_hash":"x"}}"#, Some("chain_prev_hash")),
            (r#"{"text":"prev_hash is a member of other logs"}"#, None),
            (r#"{"previous_page":"x","hash":"y"}"#, None),
            (r#"{"prev_hash":7}"#, None),
            ("prev_hash", None),
        ] {
            assert_eq!(says(record.as_bytes()).as_deref(), name, "{record}");
        }
    }

    #[test]
    fn the_links_of_every_built_in_profile_are_known() {
        for profile in crate::seal::chain::Profile::built_in() {
            let name = crate::model::text::name_of(&profile.previous);
            let record = serde_json::json!({ name: "ab" }).to_string();
            assert_eq!(says(record.as_bytes()).as_deref(), Some(name), "{}", profile.name);
        }
    }

    #[test]
    fn runs_are_folded() {
        let link = |name: &str| Some(Link { previous: name.into(), ..Link::default() });
        let mut said = Said::default();
        said.add(vec![None, link("a"), link("b")]);
        said.add(vec![link("c"), None, link("d")]);
        assert_eq!((said.records(), said.runs.as_slice(), said.name.as_deref()), (4, &[1..4, 5..6][..], Some("a")));
    }
}
