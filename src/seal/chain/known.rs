//! What the judgement of a chain found that the proof of a single record must know.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::signature::{is_label, is_last_part};
use crate::seal::primitives::link::Voucher;
use crate::trust::{Key, Standing};

/// What the judgement found that the proof of a single record must know.
#[derive(Debug, Default)]
pub(super) struct Known {
    /// For which signers a key without a stated identity speaks, by the key's fingerprint.
    pub(super) speaks: BTreeMap<String, BTreeSet<String>>,
    /// Keys that took over, by chain, with the file and the record after which each did.
    pub(super) keys: HashMap<String, Vec<(usize, u64, Key)>>,
    /// The place of each file in the order of the log.
    pub(super) ranks: Vec<usize>,
}

impl Known {
    /// The key that had taken over from that of a signer before a record, if one had.
    pub fn key_at(&self, chain: &str, signer: &str, segment: usize, index: u64) -> Option<Key> {
        let rank = |segment: usize| self.ranks.get(segment).copied().unwrap_or(segment);
        let here = (rank(segment), index);
        let speaks = |key: &Key| signer.is_empty() || key.origins.iter().any(|origin| origin == signer);
        let before = self.keys.get(chain)?.iter().filter(|(file, index, key)| (rank(*file), *index) < here && speaks(key));
        before.max_by_key(|(file, index, _)| (rank(*file), *index)).map(|(_, _, key)| key.clone())
    }

    /// The standing that a voucher gives to a record of a signer.
    pub fn standing(&self, voucher: &Voucher, signer: &str) -> Option<Standing> {
        speaks(&self.speaks, voucher.key(), signer).then(|| voucher.standing())
    }
}

/// Whether the key may speak for the signer: one without a stated identity speaks for a single one.
pub(super) fn speaks(bound: &BTreeMap<String, BTreeSet<String>>, key: &Key, signer: &str) -> bool {
    if signer.is_empty() || !is_label(key) {
        return true;
    }
    let Some(signers) = bound.get(&key.fingerprint()) else { return true };
    signers.len() < 2 || is_last_part(&key.name, signer)
}
