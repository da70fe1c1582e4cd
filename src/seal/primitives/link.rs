//! What a record of a hash chain states, and how little of it is kept: runs of records that follow one another in the same way.

use std::any::Any;
use std::collections::HashMap;
use std::fmt::Debug;
use std::hash::{BuildHasher, RandomState};
use std::ops::Range;
use std::sync::{Arc, OnceLock};

use crate::trust::{Key, LogSigner, Refusal, SecretHolder, Standing, Vouched};

/// What a log keeps of what its records state, gathered while a segment is read: as little as its judgement needs.
pub trait Gathered: Any + Debug + Send + Sync {
    /// Adds what the next records state, in the order of the file; `None` for a record that states nothing.
    fn add(&mut self, links: Vec<Option<Link>>);
}

impl Gathered for Vec<Option<Link>> {
    fn add(&mut self, mut links: Vec<Option<Link>>) {
        self.append(&mut links);
    }
}

/// The most runs that are kept of one file. A file that needs more is not judged further.
const MOST_RUNS: usize = 1_000_000;

/// What the gate let through for a record: a signature, or a code under a shared secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Voucher {
    /// A signature under a log's key.
    Log(Vouched<LogSigner>),
    /// A message authentication code, or a keyed hash.
    Secret(Vouched<SecretHolder>),
}

impl Voucher {
    /// The key.
    pub fn key(&self) -> &Key {
        match self {
            Self::Log(vouched) => vouched.key(),
            Self::Secret(vouched) => vouched.key(),
        }
    }

    /// Sealed, by this voucher.
    pub fn standing(&self) -> Standing {
        match self {
            Self::Log(vouched) => Standing::sealed(vouched),
            Self::Secret(vouched) => Standing::sealed(vouched),
        }
    }
}

/// How the signature or message authentication code of a record came out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Signature {
    /// There is none.
    #[default]
    Absent,
    /// No key of its sort is here.
    NoKey,
    /// None of the user's keys fits, and none is meant for this log: another key, or a changed record.
    Unfit,
    /// It holds under a key that came with the evidence and is not trusted.
    Foreign,
    /// It holds under a trusted key that may not speak here.
    Refused(Refusal),
    /// It holds under a trusted key that may speak here.
    Holds(Arc<Voucher>),
    /// It fails under the key that is meant.
    Fails,
}

impl Signature {
    /// The voucher, if it holds.
    pub fn voucher(&self) -> Option<&Arc<Voucher>> {
        if let Self::Holds(voucher) = self { Some(voucher) } else { None }
    }
}

/// What one record of a hash chain states, and what its bytes give.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Link {
    /// An empty line, which is no record.
    pub blank: bool,
    /// Which of several interleaved chains.
    pub chain: String,
    /// The record's own sequence number.
    pub sequence: Option<u64>,
    /// The hash of its predecessor that it states.
    pub previous: String,
    /// The hash of itself that it states.
    pub stated: Option<String>,
    /// The hash of itself that its bytes give; `None` if a key for it is missing.
    pub computed: Option<String>,
    /// The signature or message authentication code.
    pub signature: Signature,
    /// The name of the key, or of the one that is missing.
    pub key: String,
    /// The key that the record says to be signed with; empty where it names none.
    pub claimed: String,
    /// Who signed, by the name in the signed bytes; empty where they name nobody.
    pub signer: String,
    /// Whether text could be shifted between its hashed members without changing the hash.
    pub ambiguous: bool,
    /// Which form of the preimage came right: 0 for the usual one.
    pub form: usize,
    /// Stands for the exact bytes of the record.
    pub content: u64,
    /// The record's identifier, where others refer to it.
    pub id: Option<String>,
    /// A value that should occur once.
    pub once: Option<String>,
    /// What few records have.
    pub rare: Option<Box<Rare>>,
    /// The link of the chain inside it.
    pub inner: Option<Box<Link>>,
}

impl Link {
    /// The hash by which the record is known to its successor.
    pub fn own(&self) -> &str {
        self.stated.as_deref().or(self.computed.as_deref()).unwrap_or("")
    }

    fn outcome(&self) -> Outcome {
        Outcome {
            altered: self.computed.is_some() && self.stated.is_some() && self.stated != self.computed,
            keyless: self.stated.is_some() && self.computed.is_none(),
            unstated: self.stated.is_none(),
            ambiguous: self.ambiguous,
            signature: self.signature.clone(),
            key: self.key.clone(),
            claimed: self.claimed.clone(),
            signer: self.signer.clone(),
        }
    }
}

/// What few records of hash chains have.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rare {
    /// The chain and the record that it was delegated from.
    pub parent: Option<(String, String)>,
    /// Whether the writer closed the chain with it.
    pub terminal: bool,
    /// The key that takes over after it.
    pub next_key: Option<[u8; 32]>,
    /// Anything malformed about it, in words.
    pub fault: Option<String>,
    /// Whether it is so malformed that not even its links can be read.
    pub hollow: bool,
}

/// How a record came out, apart from its place in the chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// Its content does not give the hash that it states.
    pub altered: bool,
    /// Its hash needs a key that does not fit or is not here.
    pub keyless: bool,
    /// It does not state its own hash; only its successor does.
    pub unstated: bool,
    /// Text could be shifted between its hashed members.
    pub ambiguous: bool,
    /// Its signature.
    pub signature: Signature,
    /// The name of the key.
    pub key: String,
    /// The key that the record says to be signed with.
    pub claimed: String,
    /// Who signed, by the name in the signed bytes.
    pub signer: String,
}

/// Stands for a text or for bytes: equal ones have equal tags, and nobody outside can make different ones meet, since the function is keyed
/// again each time the program runs. Tags only look up what is compared elsewhere or decides how a fault is called.
pub type Tag = u64;

/// The tag of a text.
pub fn tag(text: &str) -> Tag {
    bytes_tag(text.as_bytes())
}

/// The tag of bytes.
pub fn bytes_tag(bytes: &[u8]) -> Tag {
    static KEYED: OnceLock<RandomState> = OnceLock::new();
    KEYED.get_or_init(RandomState::new).hash_one(bytes)
}

/// Records of one chain in one file that follow one another and came out alike.
#[derive(Clone, Debug)]
pub struct Run {
    /// Which of several interleaved chains.
    pub chain: Arc<str>,
    /// Where they stand in the file, by index. Records of other chains may stand between.
    pub spans: Vec<Range<u64>>,
    /// The predecessor that the first one states.
    pub previous: String,
    /// The own hash of the last one.
    pub last: String,
    /// The first and the last sequence number.
    pub sequences: Option<(u64, u64)>,
    /// Tags of their own hashes, and of their bytes.
    pub tags: Vec<(Tag, Tag)>,
    /// How they came out: an index of [`Links::outcomes`].
    pub outcome: usize,
    /// What few have; the run is a single record then.
    pub rare: Option<Box<Rare>>,
}

impl Run {
    /// How many records.
    pub fn count(&self) -> u64 {
        self.tags.len() as u64
    }

    /// The index in the file of one of its records.
    pub fn index(&self, offset: u64) -> u64 {
        let mut left = offset;
        for span in &self.spans {
            let length = span.end - span.start;
            if left < length {
                return span.start + left;
            }
            left -= length;
        }
        self.spans.last().map_or(0, |span| span.end)
    }

    /// The spans of its records from `offset` on.
    pub fn spans_from(&self, offset: u64) -> Vec<Range<u64>> {
        let mut left = offset;
        let mut spans = Vec::new();
        for span in &self.spans {
            let length = span.end - span.start;
            if left < length {
                spans.push(span.start + left..span.end);
            }
            left = left.saturating_sub(length);
        }
        spans
    }
}

/// What is kept of a file's records.
#[derive(Clone, Debug, Default)]
pub struct Links {
    /// Records seen, those outside the chain too.
    pub count: u64,
    /// The runs, each chain's in order.
    pub runs: Vec<Run>,
    /// How records came out.
    pub outcomes: Vec<Outcome>,
    /// Records that are none of the chain.
    pub outside: Vec<Range<u64>>,
    /// Empty lines.
    pub blank: Vec<Range<u64>>,
    /// Values that should occur once: index, chain, tag.
    pub once: Vec<(u64, Arc<str>, Tag)>,
    /// Identifiers to which other chains refer: chain, tag.
    pub ids: Vec<(Arc<str>, Tag)>,
    /// The chain inside.
    pub inner: Option<Box<Links>>,
    /// Whether there were more runs than are kept.
    pub full: bool,
    /// The last run of each chain.
    open: HashMap<Arc<str>, usize>,
}

fn extend(spans: &mut Vec<Range<u64>>, index: u64) {
    match spans.last_mut() {
        Some(last) if last.end == index => last.end = index + 1,
        _ => spans.push(index..index + 1),
    }
}

impl Gathered for Links {
    fn add(&mut self, links: Vec<Option<Link>>) {
        for link in links {
            self.push(link);
        }
    }
}

impl Links {
    /// Adds the next record.
    pub fn push(&mut self, link: Option<Link>) {
        let index = self.count;
        self.count += 1;
        match link {
            None => extend(&mut self.outside, index),
            Some(link) if link.blank => extend(&mut self.blank, index),
            Some(mut link) => {
                if let Some(inner) = link.inner.take() {
                    self.inner.get_or_insert_default().put(index, *inner);
                }
                self.put(index, link);
            }
        }
    }

    fn put(&mut self, index: u64, link: Link) {
        // What has no hash of its own is known by its bytes.
        let own = if link.own().is_empty() { link.content } else { tag(link.own()) };
        let (tags, outcome) = ((own, link.content), link.outcome());
        let known = self.open.get_key_value(link.chain.as_str()).map(|(chain, last)| (Arc::clone(chain), *last));
        let chain = known.as_ref().map_or_else(|| Arc::from(link.chain.as_str()), |(chain, _)| Arc::clone(chain));
        if let Some(id) = &link.id {
            self.ids.push((Arc::clone(&chain), tag(id)));
        }
        if let Some(once) = &link.once {
            self.once.push((index, Arc::clone(&chain), tag(once)));
        }
        if let Some((_, last)) = known
            && let Some(run) = self.runs.get_mut(last)
            && run.rare.is_none()
            && link.rare.is_none()
            && run.last == link.previous
            && self.outcomes.get(run.outcome) == Some(&outcome)
            && !outcome.altered
            && follows(run.sequences, link.sequence)
        {
            extend(&mut run.spans, index);
            run.last.clear();
            run.last.push_str(link.own());
            run.tags.push(tags);
            if let (Some((_, last)), Some(sequence)) = (&mut run.sequences, link.sequence) {
                *last = sequence;
            }
            return;
        }
        if self.runs.len() >= MOST_RUNS {
            self.full = true;
            return;
        }
        // Few outcomes take turns, so the last ones are looked at first.
        let recent = self.outcomes.iter().rposition(|other| *other == outcome).filter(|_| self.outcomes.len() < 1000);
        let outcome = recent.unwrap_or_else(|| {
            self.outcomes.push(outcome);
            self.outcomes.len() - 1
        });
        let last = link.own().to_owned();
        self.open.insert(Arc::clone(&chain), self.runs.len());
        self.runs.push(Run {
            chain,
            spans: std::iter::once(index..index + 1).collect(),
            previous: link.previous,
            last,
            sequences: link.sequence.map(|sequence| (sequence, sequence)),
            tags: vec![tags],
            outcome,
            rare: link.rare,
        });
    }

    /// How the records of a run came out.
    pub fn outcome(&self, run: &Run) -> &Outcome {
        &self.outcomes[run.outcome]
    }
}

/// Whether a record goes on counting where the run stopped.
fn follows(run: Option<(u64, u64)>, next: Option<u64>) -> bool {
    match (run, next) {
        (None, None) => true,
        (Some((_, last)), Some(next)) => last.checked_add(1) == Some(next),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn link(sequence: u64, previous: &str, own: &str) -> Option<Link> {
        Some(Link {
            sequence: Some(sequence),
            previous: previous.into(),
            stated: Some(own.into()),
            computed: Some(own.into()),
            ..Link::default()
        })
    }

    #[test]
    fn records_that_follow_one_another_are_one_run() {
        let mut links = Links::default();
        links.add((0..1000).map(|index| link(index, &format!("h{index}"), &format!("h{}", index + 1))).collect());
        assert_eq!((links.count, links.runs.len(), links.runs[0].count()), (1000, 1, 1000));
        assert_eq!((links.runs[0].previous.as_str(), links.runs[0].last.as_str()), ("h0", "h1000"));
        links.push(None);
        links.push(link(1000, "h1000", "h1001"));
        links.push(link(1001, "other", "h1002"));
        assert_eq!(
            (links.runs.len(), links.runs[0].spans.clone(), links.outside.clone()),
            (2, vec![0..1000, 1001..1002], std::iter::once(1000..1001).collect())
        );
        assert_eq!((links.runs[0].index(999), links.runs[0].index(1000)), (999, 1001));
        assert_eq!(links.runs[0].spans_from(500), [500..1000, 1001..1002]);
    }
}
