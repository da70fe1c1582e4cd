//! The files of one journal, and what is known of each under the keys that are here.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::OnceLock;

use super::file::{self, Journal};
use super::fsprg::VerificationKey;
use super::numbers::Numbers;
use super::verify::{Verified, verify};
use crate::seal::format::SegmentPlan;
use crate::trust::{Answer, Candidate, Key, Material, Outcome, SecretHolder, Store as Keys, Subject, Vouched};

pub(super) struct JournalLog {
    pub(super) origin: String,
    pub(super) plans: Vec<SegmentPlan>,
    pub(super) keys: Keys,
    /// The verification keys, made once: that takes a moment.
    pub(super) sequences: OnceLock<Vec<(Key, VerificationKey)>>,
}

/// What is known of a file under a key that vouches for it.
pub(super) struct Sealed {
    pub(super) key: Key,
    pub(super) voucher: Vouched<SecretHolder>,
    pub(super) verified: Verified,
}

/// What is known of one file.
pub(super) struct Examined {
    /// Whether anything in it says that it was sealed.
    pub(super) claims_seal: bool,
    /// Whether tags are there, but its header says that it was never sealed.
    pub(super) flag_cleared: bool,
    pub(super) machine: Vec<u8>,
    /// Its entries by their numbers; `None` without entries.
    pub(super) numbers: Option<Numbers>,
    pub(super) damage: Option<String>,
    pub(super) sealed: Option<Sealed>,
    /// Whether keys are here and none fits any tag: they may be another machine's.
    pub(super) unfit: bool,
    /// Whether a key that is here was in use when its last entry was written.
    pub(super) after_key_began: bool,
    pub(super) stated_tags: Option<u64>,
    pub(super) closed: bool,
    pub(super) behind_end: usize,
    pub(super) index_damage: Option<String>,
}

impl JournalLog {
    pub(super) fn sequences(&self) -> &[(Key, VerificationKey)] {
        self.sequences.get_or_init(|| {
            let texts = self.keys.trusted().iter().filter_map(|key| match &key.material {
                Material::JournalSeal(text) => Some((key.clone(), VerificationKey::parse(text)?)),
                _ => None,
            });
            texts.collect()
        })
    }

    pub(super) fn examine(&self, content: &[u8]) -> Option<Examined> {
        let journal = Journal::parse(content)?;
        let claims_seal = journal.claims_seal();
        let results: RefCell<BTreeMap<String, Verified>> = RefCell::new(BTreeMap::new());
        let candidate = |key: &Key| match &key.material {
            Material::JournalSeal(_) => Candidate::Possible,
            _ => Candidate::No,
        };
        // A key fits if any tag holds under it; what of the rest does not is then altered.
        let check = |key: &Key| {
            let Some((_, sequence)) = self.sequences().iter().find(|(other, _)| other == key) else { return Outcome::Fails };
            let verified = verify(&journal, &mut sequence.clone());
            let until = verified.tags.iter().rev().find(|tag| tag.holds).map(|tag| nanoseconds(tag.until));
            let fits = verified.tags.iter().any(|tag| tag.holds);
            results.borrow_mut().insert(key.fingerprint(), verified);
            if fits { Outcome::Holds { time: until } } else { Outcome::Fails }
        };
        let answer = if claims_seal { self.keys.ask(Subject::Unnamed(&self.origin), &candidate, &check) } else { Answer::NoKey };
        let mut unfit = false;
        let sealed = match answer {
            Answer::Vouched(voucher) => {
                let key = voucher.key().clone();
                let verified = results.borrow_mut().remove(&key.fingerprint());
                unfit = verified.is_none();
                verified.map(|verified| Sealed { key, voucher, verified })
            }
            Answer::Fails(_) | Answer::Unfit | Answer::Refused(..) => {
                unfit = true;
                None
            }
            Answer::Foreign(..) | Answer::NoKey => None,
        };
        let entries = journal.objects.iter().filter(|object| object.kind == file::Kind::Entry);
        let newest = entries.map(|entry| journal.realtime(entry)).max().unwrap_or(0);
        Some(Examined {
            claims_seal,
            flag_cleared: claims_seal && !journal.sealed,
            machine: journal.machine().to_vec(),
            numbers: Numbers::of(&journal),
            damage: journal.damage.clone(),
            unfit,
            after_key_began: self.sequences().iter().any(|(_, sequence)| newest >= sequence.start_microseconds),
            stated_tags: journal.stated_tags,
            closed: journal.closed,
            behind_end: journal.behind_end,
            index_damage: journal.index_damage().filter(|_| journal.damage.is_none()),
            sealed,
        })
    }
}

/// Nanoseconds of microseconds since 1970.
pub(super) fn nanoseconds(microseconds: u64) -> i64 {
    i64::try_from(microseconds).map_or(i64::MAX, |microseconds| microseconds.saturating_mul(1_000))
}
