//! Who signed: which keys hold, which fail, which are unknown, which may not speak here, and where a signature is missing.

use crate::model::words::keys::KeyStanding;
use crate::model::words::keys::KeyUse;
use crate::model::words::keys::Keys as LogKeys;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::judged::{At, Judged};
use super::known::{Known, speaks};
use super::pieces::Piece;
use super::profile::{Digest, Profile};
use super::signature::is_label;
use crate::model::stop;
use crate::model::text::short;
use crate::model::words::chains::Chain as Whose;
use crate::model::words::chains::ChainFact;
use crate::model::words::keys::KeyFact;
use crate::seal::primitives::link::{Links, Outcome, Run, Signature};
use crate::trust::{Key, Refusal, Standing};

/// Names of keys that are reported; more are only counted.
const MOST_NAMES: usize = 100;

/// How a name came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Said {
    Trusted,
    Foreign,
    Refused,
    NotChecked,
    Unfit,
    Fails,
}

/// How the signatures of a log came out.
pub(super) struct Signers {
    records: u64,
    hold: u64,
    /// Records whose very hash needs a key that does not fit or is not here.
    keyless: u64,
    ambiguous: u64,
    /// Keys by name, with how they came out and where first.
    names: BTreeMap<(String, Said), At>,
    bound: BTreeMap<String, BTreeSet<String>>,
}

impl Signers {
    /// Binds each key without a stated identity to the signers in whose names it signs, over the whole log.
    pub fn new(files: &[&Links]) -> Self {
        let mut bound: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        let inner = files.iter().filter_map(|links| links.inner.as_deref());
        for outcome in files.iter().copied().chain(inner).flat_map(|links| &links.outcomes) {
            if let Some(voucher) = outcome.signature.voucher().filter(|voucher| is_label(voucher.key()) && !outcome.signer.is_empty()) {
                bound.entry(voucher.key().fingerprint()).or_default().insert(outcome.signer.clone());
            }
        }
        Self { records: 0, hold: 0, keyless: 0, ambiguous: 0, names: BTreeMap::new(), bound }
    }

    /// What proofs of single records must know.
    pub fn known(&self, keys: HashMap<String, Vec<(usize, u64, Key)>>, ranks: Vec<usize>) -> Known {
        Known { speaks: self.bound.clone(), keys, ranks }
    }

    /// Whether every record is signed by a trusted key.
    pub fn all_hold(&self) -> bool {
        self.records > 0 && self.hold == self.records
    }

    /// Whether some records, though not all, are signed by a trusted key.
    pub fn some_hold(&self) -> bool {
        self.hold > 0 && !self.all_hold()
    }

    /// How many records are signed by a trusted key, and how many there are.
    pub fn share(&self) -> (u64, u64) {
        (self.hold, self.records)
    }

    /// Whether nothing could be checked for want of a key.
    pub fn is_keyless(&self) -> bool {
        self.records > 0 && self.keyless == self.records
    }

    /// The keys, trusted ones first.
    pub fn keys(&self) -> LogKeys {
        let key = |(name, said): &(String, Said)| {
            let standing = match said {
                Said::Trusted => KeyStanding::Trusted,
                Said::Foreign => KeyStanding::CameAlong,
                Said::Refused => KeyStanding::NotForThis,
                Said::Fails => KeyStanding::Fails,
                Said::Unfit => KeyStanding::NoneFits,
                Said::NotChecked => KeyStanding::NotChecked,
            };
            // A fingerprint stands whole in the finding; here its start is enough.
            let is_hash = |hash: &&str| hash.len() == 64 && hash.bytes().all(|byte| byte.is_ascii_hexdigit());
            let name = name.strip_prefix("key ").filter(is_hash).map_or_else(|| short(name, 60), |hash| hash.chars().take(16).collect());
            KeyUse::new(name, standing)
        };
        let mut names: Vec<&(String, Said)> = self.names.keys().collect();
        names.sort_by_key(|(_, said)| *said);
        if names.is_empty() { LogKeys::NoSignatures } else { LogKeys::these(names.into_iter().map(key)) }
    }

    fn note(&mut self, name: &str, said: Said, at: At) {
        if self.names.len() < MOST_NAMES {
            self.names.entry((name.to_owned(), said)).or_insert(at);
        }
    }

    /// Reports keys that nobody vouches for, and of what the hashes leave open.
    pub fn tell(&self, judged: &mut Judged<'_>) {
        let start = judged.at(0, 0);
        if self.keyless > 0 {
            judged.add(KeyFact::HmacKeyMissing, start, 0);
        }
        if self.ambiguous > 0 {
            let delimiter = judged.chain.profile.delimiter.clone();
            judged.add(ChainFact::Shiftable { count: self.ambiguous, delimiter }, start, self.ambiguous);
        }
        for ((name, said), at) in &self.names {
            let key = short(name, 200);
            let fact = match said {
                Said::Foreign => KeyFact::CameAlong { key },
                Said::Unfit if self.keyless == 0 => KeyFact::NoneFits { key },
                Said::NotChecked if self.keyless == 0 => KeyFact::NotChecked { key },
                Said::Unfit | Said::NotChecked | Said::Trusted | Said::Refused | Said::Fails => continue,
            };
            judged.add(fact, *at, 0);
        }
    }

    /// Judges the signatures of one chain. `is_outer` is false for a chain inside the records, which vouches for its own part only.
    pub fn judge(
        &mut self,
        judged: &mut Judged<'_>,
        profile: &Profile,
        pieces: &[Piece<'_>],
        ordered: &[usize],
        whose: &Whose,
        is_outer: bool,
    ) {
        let all = || pieces.iter().flat_map(|piece| piece.runs.iter().map(move |run| piece.links.outcome(run)));
        // What once held in a name must hold in it always.
        let held: BTreeSet<(&str, &str)> = all()
            .filter(|outcome| outcome.signature.voucher().is_some())
            .map(|outcome| (outcome.key.as_str(), outcome.signer.as_str()))
            .collect();
        let bound = Bound { keys: held.iter().map(|(key, _)| *key).collect(), signers: held.iter().map(|(_, signer)| *signer).collect() };
        let claims = claims(pieces);
        let mut signed = false;
        let copies = (0..pieces.len()).filter(|piece| pieces[*piece].is_elsewhere());
        for piece in ordered.iter().copied().chain(copies).map(|piece| &pieces[piece]) {
            for run in piece.runs.iter().take_while(|_| !stop::is_wished()) {
                let outcome = piece.links.outcome(run);
                let standing = self.one(judged, piece.segment, run, outcome, &bound, &claims, whose);
                let hollow = run.rare.as_ref().is_some_and(|rare| rare.hollow);
                let missing = outcome.signature == Signature::Absent && signed && profile.authentication.is_some() && !hollow;
                signed |= outcome.signature != Signature::Absent;
                let standing = if missing {
                    judged.add_each(piece.segment, run, &|at| ChainFact::SignatureMissing { record: at.number, chain: whose.clone() });
                    Standing::SUSPECT
                } else {
                    standing
                };
                self.records += run.count();
                self.keyless += if outcome.keyless { run.count() } else { 0 };
                self.ambiguous += if outcome.ambiguous { run.count() } else { 0 };
                if standing.state() == crate::model::State::Sealed {
                    self.hold += run.count();
                }
                if is_outer || standing > Standing::CONSISTENT && standing != Standing::UNCHECKED {
                    run.spans.iter().for_each(|span| judged.mark(piece.segment, span.clone(), standing));
                }
            }
        }
        if is_outer {
            unprotected(judged, pieces, ordered, whose);
        }
    }

    #[allow(clippy::too_many_arguments, reason = "they are the record and its neighbourhood")]
    fn one(
        &mut self,
        judged: &mut Judged<'_>,
        segment: usize,
        run: &Run,
        outcome: &Outcome,
        bound: &Bound<'_>,
        claims: &BTreeMap<String, BTreeSet<String>>,
        whose: &Whose,
    ) -> Standing {
        let first = judged.at(segment, run.index(0));
        if run.rare.as_ref().is_some_and(|rare| rare.hollow) {
            return Standing::BROKEN;
        }
        let keyed = judged.chain.profile.digest == Digest::HmacSha256;
        let is_known = bound.knows(outcome, claims);
        let (said, standing) = match &outcome.signature {
            Signature::Holds(voucher) if speaks(&self.bound, voucher.key(), &outcome.signer) => (Some(Said::Trusted), voucher.standing()),
            Signature::Holds(_) => {
                self.refused(judged, first, run, outcome);
                (Some(Said::Refused), Standing::CONSISTENT)
            }
            Signature::Refused(Refusal::Dates { .. }) => {
                let key = judged.chain.keys.trusted().iter().find(|key| key.name == outcome.key).cloned();
                let (not_before, not_after) = key.map_or((None, None), |key| (key.not_before, key.not_after));
                let key = short(&outcome.key, 60);
                judged.add_each(segment, run, &|at| ChainFact::KeyOutsideDates {
                    record: at.number,
                    key: key.clone(),
                    not_before,
                    not_after,
                });
                (Some(Said::Refused), Standing::CONSISTENT)
            }
            Signature::Refused(Refusal::HandedOver { since }) => {
                let key = short(&outcome.key, 60);
                judged.add_each(segment, run, &|at| ChainFact::KeyHandedOver { record: at.number, key: key.clone(), since: *since });
                (Some(Said::Refused), Standing::CONSISTENT)
            }
            Signature::Refused(_) if !is_known => {
                self.refused(judged, first, run, outcome);
                (Some(Said::Refused), Standing::CONSISTENT)
            }
            Signature::Foreign => (Some(Said::Foreign), Standing::CONSISTENT),
            Signature::Unfit if !is_known => (Some(Said::Unfit), Standing::UNCHECKED),
            Signature::NoKey if outcome.keyless => (Some(Said::NotChecked), Standing::UNCHECKED),
            Signature::NoKey => (Some(Said::NotChecked), Standing::CONSISTENT),
            Signature::Absent => (None, if outcome.keyless { Standing::UNCHECKED } else { Standing::CONSISTENT }),
            Signature::Fails | Signature::Unfit | Signature::Refused(_) if keyed => {
                judged.add_each(segment, run, &|at| ChainFact::KeyedHashFails { record: at.number, chain: whose.clone() });
                (None, Standing::BROKEN)
            }
            Signature::Fails | Signature::Unfit | Signature::Refused(_) => {
                // What does not even give its own hash is reported already.
                if !outcome.altered {
                    judged.add_each(segment, run, &|at| ChainFact::SignatureFails { record: at.number, chain: whose.clone() });
                }
                (Some(Said::Fails), Standing::BROKEN)
            }
        };
        if let Some(said) = said {
            self.note(&outcome.key, said, first);
        }
        if outcome.altered { Standing::BROKEN } else { standing }
    }

    fn refused(&self, judged: &mut Judged<'_>, at: At, run: &Run, outcome: &Outcome) {
        let key = short(&outcome.key, 60);
        let signer = short(&outcome.signer, 100);
        let fact = match (&outcome.signature, outcome.signer.is_empty()) {
            (Signature::Refused(Refusal::Role), _) => ChainFact::KeyHasOtherRole { key },
            (_, true) => ChainFact::KeyForOtherLogs { key },
            (Signature::Holds(_), false) => ChainFact::KeyOfSeveral { key, signer },
            (_, false) => ChainFact::KeyOfAnother { key, signer },
        };
        judged.add(fact, at, run.count());
    }
}

/// Under which names signatures hold somewhere in a chain.
struct Bound<'a> {
    keys: BTreeSet<&'a str>,
    signers: BTreeSet<&'a str>,
}

impl Bound<'_> {
    /// Whether signatures of the same name hold elsewhere in the chain, so that this one must.
    fn knows(&self, outcome: &Outcome, claims: &BTreeMap<String, BTreeSet<String>>) -> bool {
        if self.keys.is_empty() {
            return false;
        }
        if outcome.signer.is_empty() && outcome.claimed.is_empty() {
            return true;
        }
        let signer = !outcome.signer.is_empty() && self.signers.contains(outcome.signer.as_str());
        let claimed = claims.get(&outcome.claimed).is_some_and(|keys| keys.iter().any(|key| self.keys.contains(key.as_str())));
        signer || claimed && !outcome.claimed.is_empty()
    }
}

/// Under which keys the signatures hold that claim a name: what a record calls its key, and the names of the keys.
fn claims(pieces: &[Piece<'_>]) -> BTreeMap<String, BTreeSet<String>> {
    let mut claims: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for outcome in pieces.iter().flat_map(|piece| piece.runs.iter().map(move |run| piece.links.outcome(run))) {
        if outcome.signature.voucher().is_some() && !claims.get(&outcome.claimed).is_some_and(|keys| keys.contains(&outcome.key)) {
            claims.entry(outcome.claimed.clone()).or_default().insert(outcome.key.clone());
        }
    }
    claims
}

/// Says where nothing protects the last record: only a successor states the hash of each, and the last one has none.
fn unprotected(judged: &mut Judged<'_>, pieces: &[Piece<'_>], ordered: &[usize], whose: &Whose) {
    let Some((piece, run)) = ordered.last().and_then(|piece| Some((&pieces[*piece], *pieces[*piece].runs.last()?))) else { return };
    let outcome = piece.links.outcome(run);
    let open = !matches!(outcome.signature, Signature::Holds(_) | Signature::Foreign | Signature::Fails);
    if outcome.unstated && open && run.rare.as_ref().is_none_or(|rare| !rare.hollow) {
        let at = judged.at(piece.segment, run.index(run.count().saturating_sub(1)));
        judged.add(ChainFact::LastUnprotected { chain: whose.clone() }, at, 1);
    }
}
