//! The one gate for trust. Every format asks here whether a signature counts: does it hold, under a trusted key, in the right role, for
//! this log, at a signed time inside the key's dates? Only a yes to all of it makes a [`Vouched`], and only a [`Vouched`] makes
//! [`Standing::sealed`].

use std::marker::PhantomData;

use super::handover::Handover;
use super::key::Key;
use super::role::Role;
use super::store::Store;
use crate::model::State;

mod private {
    /// Nobody else can invent a role.
    pub trait Closed {}
}

/// A role as a type, so that what one role vouches for cannot be taken for another's.
pub trait Speaker: private::Closed {
    /// The role.
    const ROLE: Role;
}

/// A role whose word makes a record *sealed*.
pub trait Seals: Speaker {}

macro_rules! speakers {
    ($($(#[$doc:meta])* $name:ident = $role:ident;)*) => {
        $($(#[$doc])* #[derive(Clone, Copy, Debug, PartialEq, Eq)] pub struct $name;
        impl private::Closed for $name {}
        impl Speaker for $name { const ROLE: Role = Role::$role; })*
    };
}

speakers! {
    /// The signer of a log.
    LogSigner = Log;
    /// A witness of a log.
    Witness = Witness;
    /// The signer of a bundle.
    Examiner = Examiner;
    /// An authority that stamps times.
    TimeStamper = TimeStamping;
    /// The holder of a shared secret.
    SecretHolder = Secret;
}

impl Seals for LogSigner {}
impl Seals for SecretHolder {}

/// What a signature is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject<'a> {
    /// A log whose name stands in the signed bytes themselves: a checkpoint's origin, an agent's identifier.
    Named(&'a str),
    /// A log whose signed bytes give it no name, such as a hash chain or a journal. The label is only how it is shown.
    Unnamed(&'a str),
    /// A document signed with OpenSSH in a namespace.
    Document {
        /// The namespace.
        namespace: &'a str,
    },
}

/// How a key stands to the signature in question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Candidate {
    /// It cannot have made it: another sort of key, another identifier.
    No,
    /// It is of the right sort.
    Possible,
    /// The signature names this very key.
    Named,
}

/// How a signature came out under one key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It holds.
    Holds {
        /// The time that is signed with it, nanoseconds since 1970. `None` if there is none, or if it is zero.
        time: Option<i64>,
    },
    /// It does not.
    Fails,
}

/// A trusted key of the right role said it, for this log, within its dates. Only [`Store::ask`] makes one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Vouched<R> {
    key: Key,
    time: Option<i64>,
    role: PhantomData<R>,
}

impl<R> Vouched<R> {
    /// The key.
    pub fn key(&self) -> &Key {
        &self.key
    }

    /// The signed time, nanoseconds since 1970, if the signature carries one.
    pub fn time(&self) -> Option<i64> {
        self.time
    }
}

/// Why a trusted key's signature does not count though it holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The key has another role.
    Role,
    /// It may not speak for this log or in this namespace.
    Subject,
    /// The signed time is outside the key's dates, or the key has dates and no time is signed.
    Dates {
        /// The signed time, nanoseconds since 1970.
        time: Option<i64>,
    },
    /// The key gave this log's name to another one before the signed time, or no time is signed.
    HandedOver {
        /// When, nanoseconds since 1970.
        since: i64,
    },
}

/// Writers that share a key do not change it at the same moment, and their clocks differ: so much later it may still sign, in nanoseconds.
const CHANGING: i64 = 10 * 60 * crate::model::time::SECOND;

/// Whether a key may no longer sign about `subject` at a signed time. A log without a name is of the key's only name.
fn ends(handover: &Handover, key: &Key, subject: Subject<'_>, time: Option<i64>) -> bool {
    let meant = match subject {
        Subject::Named(origin) => origin == handover.origin,
        Subject::Unnamed(_) => true,
        Subject::Document { .. } => false,
    };
    meant && key.material == handover.from && time.is_none_or(|time| time > handover.since.saturating_add(CHANGING))
}

/// What the gate answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer<R> {
    /// It counts.
    Vouched(Vouched<R>),
    /// It holds under a trusted key that may not speak here.
    Refused(Box<Key>, Refusal),
    /// It holds under a key that came with the evidence, which proves only that the evidence agrees with itself.
    Foreign(Box<Key>, Option<i64>),
    /// It fails under the trusted key that it names, or that the user gave for this very log. An alarm.
    Fails(Box<Key>),
    /// Trusted keys of the right sort are here and none fits, but none of them is meant for this log. No alarm, and no proof.
    Unfit,
    /// No key is known that could have made it.
    NoKey,
}

impl<R> Answer<R> {
    /// The voucher, if it counts.
    pub fn vouched(&self) -> Option<&Vouched<R>> {
        if let Self::Vouched(vouched) = self { Some(vouched) } else { None }
    }
}

impl Store {
    /// Asks whether a signature about `subject` counts. `candidate` says which keys can have made it, `check` verifies it under one of them.
    pub fn ask<R: Speaker>(
        &self,
        subject: Subject<'_>,
        candidate: &dyn Fn(&Key) -> Candidate,
        check: &dyn Fn(&Key) -> Outcome,
    ) -> Answer<R> {
        let (mut refused, mut fails, mut tried) = (None, None, false);
        for key in self.trusted() {
            let named = match candidate(key) {
                Candidate::No => continue,
                Candidate::Possible => false,
                Candidate::Named => true,
            };
            match check(key) {
                // Time 0 is what is signed where there is no time.
                Outcome::Holds { time } => match self.refusal(key, R::ROLE, subject, time.filter(|time| *time != 0)) {
                    None => return Answer::Vouched(Vouched { key: key.clone(), time: time.filter(|time| *time != 0), role: PhantomData }),
                    Some(why) => refused = refused.or(Some((key, why))),
                },
                Outcome::Fails if key.role == R::ROLE => {
                    tried = true;
                    if named && key.speaks_for(subject) || key.is_given_for(subject) {
                        fails = fails.or(Some(key));
                    }
                }
                Outcome::Fails => {}
            }
        }
        if let Some((key, why)) = refused {
            return Answer::Refused(Box::new(key.clone()), why);
        }
        if let Some(key) = fails {
            return Answer::Fails(Box::new(key.clone()));
        }
        for key in self.found_keys().iter().filter(|key| candidate(key) != Candidate::No) {
            if let Outcome::Holds { time } = check(key) {
                return Answer::Foreign(Box::new(key.clone()), time);
            }
        }
        if tried { Answer::Unfit } else { Answer::NoKey }
    }

    fn refusal(&self, key: &Key, role: Role, subject: Subject<'_>, time: Option<i64>) -> Option<Refusal> {
        let ended = || self.handovers().iter().find(|handover| ends(handover, key, subject, time));
        key.refusal(role, subject, time).or_else(|| Some(Refusal::HandedOver { since: ended()?.since }))
    }
}

impl Key {
    fn refusal(&self, role: Role, subject: Subject<'_>, time: Option<i64>) -> Option<Refusal> {
        if self.role != role {
            return Some(Refusal::Role);
        }
        if !self.speaks_for(subject) {
            return Some(Refusal::Subject);
        }
        (!self.is_valid_at(time)).then_some(Refusal::Dates { time })
    }

    /// Whether the key may speak for `subject`: for the origins stated for it; without any, for its own name and what lies under it, and
    /// for logs that have no name of their own.
    pub fn speaks_for(&self, subject: Subject<'_>) -> bool {
        // Of witnesses, every log asks for a cosignature; which ones count is the policy's affair.
        if self.role == Role::Witness && self.origins.is_empty() {
            return true;
        }
        match subject {
            Subject::Named(origin) if self.origins.is_empty() => is_under(origin, &self.name),
            // A key with a name in signed notes is the key of that log; a hash chain without a name is not that log.
            Subject::Unnamed(_) if self.origins.is_empty() => self.note_type.is_none(),
            Subject::Named(origin) | Subject::Unnamed(origin) => self.origins.iter().any(|allowed| allows(allowed, origin)),
            Subject::Document { namespace } => {
                self.namespaces.is_empty() || super::patterns::matches_list(self.namespaces.iter().map(String::as_str), namespace)
            }
        }
    }

    /// Whether the user gave the key for this very log, so that a failure under it is an alarm.
    pub fn is_given_for(&self, subject: Subject<'_>) -> bool {
        matches!(subject, Subject::Named(_) | Subject::Unnamed(_)) && !self.origins.is_empty() && self.speaks_for(subject)
    }

    /// Whether a signature of this signed time counts by the key's dates. A key with dates needs a signed time inside them.
    pub fn is_valid_at(&self, time: Option<i64>) -> bool {
        if self.not_before.is_none() && self.not_after.is_none() {
            return true;
        }
        time.is_some_and(|time| self.valid_at(time))
    }
}

/// Whether `origin` is `name` or lies under it: `acme.example/audit` and `acme.example/audit/payments`.
fn is_under(origin: &str, name: &str) -> bool {
    !name.is_empty() && origin.strip_prefix(name).is_some_and(|rest| rest.is_empty() || name.ends_with('/') || rest.starts_with('/'))
}

/// Whether an origin that the user stated covers `origin`: exactly, or as `acme.example/audit/*`.
fn allows(stated: &str, origin: &str) -> bool {
    match stated.strip_suffix('*') {
        Some(folder) if folder.ends_with('/') => origin.starts_with(folder) && origin.len() > folder.len(),
        _ => stated == origin,
    }
}

/// How far a record can be believed, as judged by a format. *Sealed* can be made only from a [`Vouched`].
///
/// ```compile_fail
/// // Nobody writes the state down.
/// let standing = sealscope::trust::Standing(sealscope::model::State::Sealed);
/// ```
///
/// ```compile_fail
/// // And nobody makes up a voucher.
/// let voucher = sealscope::trust::Vouched::<sealscope::trust::LogSigner> { key, time: None, role: std::marker::PhantomData };
/// ```
///
/// ```compile_fail
/// // A witness vouches for time and history, not for content.
/// fn seals(witness: &sealscope::trust::Vouched<sealscope::trust::Witness>) -> sealscope::trust::Standing {
///     sealscope::trust::Standing::sealed(witness)
/// }
/// ```
///
/// ```
/// fn seals(signer: &sealscope::trust::Vouched<sealscope::trust::LogSigner>) -> sealscope::trust::Standing {
///     sealscope::trust::Standing::sealed(signer)
/// }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Standing(State);

impl Standing {
    /// Hashes hold, but no trusted signature vouches for them.
    pub const CONSISTENT: Self = Self(State::Consistent);
    /// No integrity claim was ever made.
    pub const UNSEALED: Self = Self(State::Unsealed);
    /// Not evaluated.
    pub const UNCHECKED: Self = Self(State::Unchecked);
    /// Next to damage and itself unproven.
    pub const SUSPECT: Self = Self(State::Suspect);
    /// Provably altered, inserted or moved, or its signature fails.
    pub const BROKEN: Self = Self(State::Broken);

    /// Content, link and signature hold, and the key is trusted.
    pub fn sealed<R: Seals>(_voucher: &Vouched<R>) -> Self {
        Self(State::Sealed)
    }

    /// Sealed if the gate let the signature through, else consistent.
    pub fn of<R: Seals>(voucher: Option<&Vouched<R>>) -> Self {
        voucher.map_or(Self::CONSISTENT, Self::sealed)
    }

    /// The state to show and count.
    pub fn state(self) -> State {
        self.0
    }
}

impl From<Standing> for State {
    fn from(standing: Standing) -> Self {
        standing.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trust::Material;

    fn key(name: &str) -> Key {
        Key::new(name, Material::Ed25519([1; 32]), Some(4))
    }

    fn ask(key: Key, subject: Subject<'_>, outcome: Outcome) -> Answer<LogSigner> {
        let mut store = Store::default();
        store.trust(key);
        store.ask(subject, &|_| Candidate::Named, &|_| outcome)
    }

    const HOLDS: Outcome = Outcome::Holds { time: Some(500) };

    #[test]
    fn a_key_speaks_for_its_own_name_and_what_lies_under_it() {
        for (origin, speaks) in [("acme/a", true), ("acme/a/b", true), ("acme/ab", false), ("acme", false), ("other", false), ("", false)] {
            assert_eq!(ask(key("acme/a"), Subject::Named(origin), HOLDS).vouched().is_some(), speaks, "{origin}");
        }
        assert_eq!(ask(key("acme/a"), Subject::Unnamed("x.jsonl"), HOLDS), Answer::Refused(Box::new(key("acme/a")), Refusal::Subject));
        let stated = Key { origins: vec!["x".into(), "y/*".into()], ..key("acme/a") };
        for (origin, speaks) in [("x", true), ("x/z", false), ("y", false), ("y/", false), ("y/z", true), ("acme/a", false)] {
            assert_eq!(ask(stated.clone(), Subject::Named(origin), HOLDS).vouched().is_some(), speaks, "{origin}");
        }
    }

    #[test]
    fn dates_need_a_signed_time_inside_them() {
        let dated = Key { not_before: Some(100), not_after: Some(900), ..key("a") };
        for (time, counts) in [(Some(500), true), (Some(100), true), (Some(99), false), (Some(901), false), (None, false)] {
            let answer = ask(dated.clone(), Subject::Named("a"), Outcome::Holds { time });
            assert_eq!(answer.vouched().is_some(), counts, "{time:?}");
            assert!(counts || answer == Answer::Refused(Box::new(dated.clone()), Refusal::Dates { time }));
        }
        assert!(ask(key("a"), Subject::Named("a"), Outcome::Holds { time: None }).vouched().is_some());
        // Time 0 is no time, for a key that ends as for one without dates.
        let ends = Key { not_after: Some(900), ..key("a") };
        assert!(ask(ends, Subject::Named("a"), Outcome::Holds { time: Some(0) }).vouched().is_none());
        let untimed = ask(key("a"), Subject::Named("a"), Outcome::Holds { time: Some(0) });
        assert_eq!(untimed.vouched().map(Vouched::time), Some(None));
    }

    #[test]
    fn a_role_does_not_speak_for_another() {
        for role in Role::ALL {
            let answer = ask(Key { role, ..key("a") }, Subject::Named("a"), HOLDS);
            assert_eq!(answer.vouched().is_some(), role == Role::Log, "{role:?}");
        }
    }

    #[test]
    fn a_failure_under_a_key_not_meant_is_no_alarm() {
        let possible = |key: Key, subject: Subject<'_>| {
            let mut store = Store::default();
            store.trust(key);
            store.ask::<LogSigner>(subject, &|_| Candidate::Possible, &|_| Outcome::Fails)
        };
        assert_eq!(possible(key("a"), Subject::Named("a")), Answer::Unfit);
        let given = Key { origins: vec!["a".into()], ..key("k") };
        assert_eq!(possible(given.clone(), Subject::Named("a")), Answer::Fails(Box::new(given)));
        assert_eq!(ask(key("a"), Subject::Named("a"), Outcome::Fails), Answer::Fails(Box::new(key("a"))));
        assert_eq!(ask(key("a"), Subject::Named("b"), Outcome::Fails), Answer::Unfit);
        assert_eq!(possible(Key { role: Role::Examiner, ..key("a") }, Subject::Named("a")), Answer::NoKey);
    }

    #[test]
    fn a_key_that_was_handed_over_signs_no_more_in_that_name() {
        let ask = |subject: Subject<'_>, time: Option<i64>| {
            let mut store = Store::default();
            store.trust(key("a"));
            store.hand_over(Handover { from: Material::Ed25519([1; 32]), origin: "a".into(), since: 500 });
            store.hand_over(Handover { from: Material::Ed25519([2; 32]), origin: "a/b".into(), since: 100 });
            store.ask::<LogSigner>(subject, &|_| Candidate::Named, &|_| Outcome::Holds { time })
        };
        let (before, after) = (Some(500 + CHANGING), Some(501 + CHANGING));
        let refused = Answer::Refused(Box::new(key("a")), Refusal::HandedOver { since: 500 });
        assert!(ask(Subject::Named("a"), before).vouched().is_some());
        assert_eq!(ask(Subject::Named("a"), after), refused);
        assert_eq!(ask(Subject::Named("a"), None), refused);
        assert!(ask(Subject::Named("a/b"), after).vouched().is_some(), "another name");
    }

    #[test]
    fn a_key_from_the_evidence_vouches_for_nothing() {
        let mut store = Store::default();
        store.found(key("a"));
        let answer = store.ask::<LogSigner>(Subject::Named("a"), &|_| Candidate::Named, &|_| HOLDS);
        assert_eq!(answer, Answer::Foreign(Box::new(key("a")), Some(500)));
    }
}
