//! Signed changes of key, as far as other chains must know of them: a key that gave a name up signs no more in it, whichever chain it stands in.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use crate::seal::primitives::link::{Link, Voucher};
use crate::trust::{Handover, Material};

/// Log and name of a chain.
type Which = (String, String);

/// Signed changes of key among the chains of a case, noted while they are read.
#[derive(Debug, Default)]
pub(super) struct Announced(Mutex<BTreeMap<(String, String), Earliest>>);

/// The earliest change of one key in one name, and the earliest in any other chain than that: every chain asks for those outside of itself.
#[derive(Debug)]
struct Earliest {
    from: Material,
    first: (i64, Which),
    other: Option<i64>,
}

impl Announced {
    /// Notes a record in which a trusted key hands its name over. Without a signed time it cannot be placed among the records of other chains.
    pub fn note(&self, log: &str, link: &Link) {
        let Some(Voucher::Log(vouched)) = link.signature.voucher().map(|voucher| &**voucher) else { return };
        let hands_over = link.rare.as_ref().is_some_and(|rare| rare.next_key.is_some_and(|next| vouched.key().material.bytes() != next));
        let (true, Some(since)) = (hands_over && !link.signer.is_empty(), vouched.time()) else { return };
        let which = (log.to_owned(), link.chain.clone());
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (vouched.key().fingerprint(), link.signer.clone());
        let Some(earliest) = known.get_mut(&key) else {
            known.insert(key, Earliest { from: vouched.key().material.clone(), first: (since, which), other: None });
            return;
        };
        if earliest.first.1 == which {
            earliest.first.0 = earliest.first.0.min(since);
        } else if since < earliest.first.0 {
            earliest.other = Some(earliest.first.0);
            earliest.first = (since, which);
        } else {
            earliest.other = Some(earliest.other.map_or(since, |other| other.min(since)));
        }
    }

    /// What was handed over in other chains than the one of a name in a log.
    pub fn outside(&self, log: &str, chain: &str) -> Vec<Handover> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let outside = |((_, signer), earliest): (&(String, String), &Earliest)| {
            let own = earliest.first.1.0 == log && earliest.first.1.1 == chain;
            let since = if own { earliest.other? } else { earliest.first.0 };
            Some(Handover { from: earliest.from.clone(), origin: signer.clone(), since })
        };
        known.iter().filter_map(outside).collect()
    }
}
