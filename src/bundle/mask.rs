//! Masking in what the bundle tells people: values that need not travel are replaced by numbered words, the same value by the same word. The
//! verbatim records are never altered.

use std::collections::HashMap;
use std::net::IpAddr;

use aho_corasick::{AhoCorasick, MatchKind};
use regex::Regex;
use serde::{Deserialize, Serialize};

/// A kind of value that can be masked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, clap::ValueEnum)]
#[non_exhaustive]
pub enum MaskKind {
    /// Identifiers of access keys, such as AWS's `AKIA…` and Google's `AIza…`.
    AccessKeys,
    /// Bearer tokens, JSON web tokens and the tokens of well-known services.
    Tokens,
    /// E-mail addresses.
    Emails,
    /// Network addresses, and whatever stands in the column “from”.
    Addresses,
    /// The names of the identities.
    Identities,
}

impl MaskKind {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::AccessKeys, Self::Tokens, Self::Emails, Self::Addresses, Self::Identities];

    /// In words, for people.
    pub fn words(self) -> &'static str {
        match self {
            Self::AccessKeys => "access keys",
            Self::Tokens => "tokens",
            Self::Emails => "e-mail addresses",
            Self::Addresses => "network addresses",
            Self::Identities => "names of identities",
        }
    }

    /// As it stands in the word that masks a value.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::AccessKeys => "access key",
            Self::Tokens => "token",
            Self::Emails => "e-mail",
            Self::Addresses => "address",
            Self::Identities => "identity",
        }
    }

    /// What such values look like; the forms are those that the services document.
    fn form(self) -> &'static str {
        match self {
            Self::AccessKeys => {
                r"\b(?:A3T[A-Z0-9]|AKIA|ASIA|ABIA|ACCA|AIDA|AROA|AGPA|ANPA|ANVA|AIPA)[A-Z0-9]{12,28}\b|\bAIza[0-9A-Za-z_-]{35}"
            }
            Self::Tokens => {
                r"\beyJ[A-Za-z0-9_-]{6,}\.[A-Za-z0-9_-]{6,}\.[A-Za-z0-9_-]*|\bgh[pousr]_[A-Za-z0-9]{20,}|\bgithub_pat_[A-Za-z0-9_]{20,}|\bglpat-[A-Za-z0-9_-]{16,}|\bxox[a-z]-[A-Za-z0-9-]{10,}|\b[sr]k[-_][A-Za-z0-9_-]{16,}|\bhv[sb]\.[A-Za-z0-9_-]{20,}|(?i:\bbearer\s+)[A-Za-z0-9._~+/=-]{8,}"
            }
            Self::Emails => r"[\p{L}\p{N}._%+-]+@[\p{L}\p{N}-]+(?:\.[\p{L}\p{N}-]+)*\.\p{L}{2,}",
            // Whatever could be one; only what is one is masked.
            Self::Addresses => r"[0-9A-Fa-f:]*:[0-9A-Fa-f:.]+|\b[0-9]{1,3}(?:\.[0-9]{1,3}){3}\b",
            Self::Identities => "",
        }
    }
}

/// What the statement calls words that were chosen.
pub const WORDS: &str = "chosen words";

/// What was masked, for the statement.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Masked {
    /// Which kind of value.
    pub what: String,
    /// How many different ones.
    pub values: u64,
}

/// Masks texts.
pub struct Mask {
    forms: Vec<(MaskKind, Regex)>,
    names: Option<AhoCorasick>,
    words: Option<AhoCorasick>,
    kinds: Vec<MaskKind>,
    seen: HashMap<(Option<MaskKind>, String), usize>,
    counts: HashMap<Option<MaskKind>, usize>,
}

/// Why values cannot be masked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MaskError {
    /// The form of a kind of value cannot be searched for.
    #[error("{kind} cannot be masked: {cause}")]
    Form {
        /// The kind, in words.
        kind: &'static str,
        /// What the search says.
        cause: regex::Error,
    },
    /// The words cannot be searched for: they are too many or too long.
    #[error("these words cannot be masked: {0}")]
    Words(#[from] aho_corasick::BuildError),
}

/// Finds whole words, the longest first.
fn finder(words: &[String]) -> Result<Option<AhoCorasick>, MaskError> {
    let words: Vec<&String> = words.iter().filter(|word| !word.trim().is_empty()).collect();
    if words.is_empty() {
        return Ok(None);
    }
    Ok(Some(AhoCorasick::builder().match_kind(MatchKind::LeftmostLongest).build(words)?))
}

impl Mask {
    /// A mask for these kinds of values; `names` are those of the identities, `words` whatever else is to be masked.
    pub fn new(kinds: &[MaskKind], names: &[String], words: &[String]) -> Result<Self, MaskError> {
        let form = |kind: &MaskKind| match Regex::new(kind.form()) {
            Ok(form) => Ok((*kind, form)),
            Err(cause) => Err(MaskError::Form { kind: kind.words(), cause }),
        };
        let mut kinds = kinds.to_vec();
        kinds.sort_unstable();
        kinds.dedup();
        Ok(Self {
            forms: kinds.iter().filter(|kind| !kind.form().is_empty()).map(form).collect::<Result<_, _>>()?,
            names: if kinds.contains(&MaskKind::Identities) { finder(names)? } else { None },
            words: finder(words)?,
            kinds,
            seen: HashMap::new(),
            counts: HashMap::new(),
        })
    }

    /// Whether it masks nothing.
    pub fn is_empty(&self) -> bool {
        self.kinds.is_empty() && self.words.is_none()
    }

    /// The word that stands for a value.
    fn word(&mut self, kind: Option<MaskKind>, value: &str) -> String {
        let next = self.counts.entry(kind).or_default();
        let number = *self.seen.entry((kind, value.to_owned())).or_insert_with(|| {
            *next += 1;
            *next
        });
        format!("[masked {} {number}]", kind.map_or("word", MaskKind::word))
    }

    /// A whole value of a known kind.
    pub fn value(&mut self, kind: MaskKind, value: &str) -> String {
        if value.is_empty() || !self.kinds.contains(&kind) { self.text(value) } else { self.word(Some(kind), value) }
    }

    /// A text in which such values may stand anywhere.
    pub fn text(&mut self, text: &str) -> String {
        if self.is_empty() {
            return text.to_owned();
        }
        // Each place is masked once: what is found first, and then the longest.
        let mut found: Vec<(usize, usize, Option<MaskKind>)> = Vec::new();
        for (kind, finder) in [(None, &self.words), (Some(MaskKind::Identities), &self.names)] {
            let whole = |place: &aho_corasick::Match| {
                let letter = |character: Option<char>| character.is_some_and(char::is_alphanumeric);
                let ends = (text[..place.start()].chars().next_back(), text[place.end()..].chars().next());
                !letter(ends.0) && !letter(ends.1)
            };
            let places = finder.iter().flat_map(|finder| finder.find_iter(text));
            found.extend(places.filter(whole).map(|place| (place.start(), place.end(), kind)));
        }
        for (kind, form) in &self.forms {
            let is_one = |value: &str| *kind != MaskKind::Addresses || value.trim_end_matches([':', '.']).parse::<IpAddr>().is_ok();
            found
                .extend(form.find_iter(text).filter(|place| is_one(place.as_str())).map(|place| (place.start(), place.end(), Some(*kind))));
        }
        found.sort_by_key(|(start, end, _)| (*start, std::cmp::Reverse(*end)));
        let mut out = String::new();
        let mut done = 0;
        for (start, end, kind) in found {
            if start >= done {
                out.push_str(&text[done..start]);
                out.push_str(&self.word(kind, &text[start..end]));
                done = end;
            }
        }
        out.push_str(&text[done..]);
        out
    }

    /// Every text in a JSON value.
    pub fn json(&mut self, value: &mut serde_json::Value) {
        match value {
            serde_json::Value::String(text) => *text = self.text(text),
            serde_json::Value::Array(items) => items.iter_mut().for_each(|item| self.json(item)),
            serde_json::Value::Object(members) => members.values_mut().for_each(|member| self.json(member)),
            _ => {}
        }
    }

    /// What was masked so far, by kind.
    pub fn masked(&self) -> Vec<Masked> {
        let of = |kind: Option<MaskKind>| self.counts.get(&kind).copied().unwrap_or(0) as u64;
        let mut all: Vec<Masked> = self.kinds.iter().map(|kind| Masked { what: kind.words().into(), values: of(Some(*kind)) }).collect();
        if self.words.is_some() {
            all.push(Masked { what: WORDS.into(), values: of(None) });
        }
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_masked_and_nothing_else() {
        let names = ["svc-deploy".to_owned(), "svc".to_owned(), "ann@x.example".to_owned()];
        let mut mask = Mask::new(&MaskKind::ALL, &names, &["Project Tulip".to_owned()]).unwrap();
        for (text, masked) in [
            ("AKIAIOSFODNN7EXAMPLE used", "[masked access key 1] used"),
            ("svc-deploy by svc, not svcs", "[masked identity 1] by [masked identity 2], not svcs"),
            ("ann@x.example and bob@y.example", "[masked identity 3] and [masked e-mail 1]"),
            ("from 203.0.113.9 and 2001:db8::1:", "from [masked address 1] and [masked address 2]"),
            ("at 2026-03-07T03:14:22Z of 1.2.3", "at 2026-03-07T03:14:22Z of 1.2.3"),
            ("Authorization: Bearer abcdefgh12345", "Authorization: [masked token 1]"),
            ("again 203.0.113.9, Project Tulip", "again [masked address 1], [masked word 1]"),
            ("ordinary text: 12:30", "ordinary text: 12:30"),
        ] {
            assert_eq!(mask.text(text), masked);
        }
        assert_eq!(mask.value(MaskKind::Addresses, "gateway.internal"), "[masked address 3]");
        assert_eq!(mask.masked().iter().map(|one| one.values).collect::<Vec<_>>(), [1, 1, 1, 3, 3, 1]);
        let mut nothing = Mask::new(&[], &[], &[]).unwrap();
        assert!(nothing.is_empty());
        assert_eq!(nothing.text("203.0.113.9"), "203.0.113.9");
    }
}
