//! A check under way: what came out so far, what it has cost, and how files are read for it.

use crate::bundle::statement::Statement;
use crate::case::examiner_log::ExaminerLog;
use crate::model::State;
use crate::model::text::visible;
use crate::model::words::checks::{CheckFact, Met};
use crate::seal::bag::{Bag, MAX_TEXT, dropping, read};
use crate::source::{Budget, Cost, Exceeded, File, Location, Reading};
use crate::trust::{Key, Store as Keys};
use std::path::Path;

/// One thing that was checked.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Line {
    /// How it came out; `Unsealed` is a remark that changes nothing.
    pub state: State,
    /// What was checked and seen.
    pub fact: CheckFact,
}

impl Line {
    /// It in words, without a full stop.
    pub fn text(&self) -> String {
        self.fact.words()
    }
}

/// How a bundle stands.
///
/// ```
/// use sealscope::{State, TrustStore, check_bundle};
///
/// let mut trust = TrustStore::default();
/// trust.add_file("tests/vectors/harmless/bundle-as-a-folder/trust".as_ref())?;
/// trust.add_file("tests/vectors/harmless/bundle-as-a-folder/trust-2".as_ref())?;
/// let checked = check_bundle("tests/vectors/harmless/bundle-as-a-folder/evidence".as_ref(), &trust);
/// // Without the feature `pdf` the report as PDF is not checked.
/// assert_eq!(checked.state, if cfg!(feature = "pdf") { State::Sealed } else { State::Unchecked });
/// for line in &checked.lines {
///     println!("{}: {}", line.state.word(), line.text());
/// }
/// # Ok::<(), sealscope::StoreError>(())
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Checked {
    /// Where it lies, as its files are shown; empty where what was opened is the bundle itself.
    pub path: String,
    /// What was checked, in order.
    pub lines: Vec<Line>,
    /// The statement, if it can be read.
    pub statement: Option<Statement>,
    /// Fingerprint of the key that signed, if the signature holds.
    pub signer: Option<String>,
    /// That key, if it is not trusted: for the user to compare and trust.
    pub unknown: Option<Key>,
    /// Sealed: as a trusted examiner signed it. Consistent: as somebody signed it. Unchecked: some of it could not be checked, or parts of it
    /// lie here alone. Broken: changed since, incomplete, or its statement is not true of its records.
    pub state: State,
}

impl Checked {
    /// Says of a signer who is not trusted whether the examiner's own log met them before.
    pub fn recognise(&mut self, log: &ExaminerLog) {
        for line in self.lines.iter_mut().filter(|line| line.state == State::Consistent) {
            if let CheckFact::Signed { fingerprint, met, .. } = &mut line.fact {
                let first = log.first_seen(fingerprint);
                *met = Some(first.map_or(Met::Never, |time| Met::FirstOn(time.get(..10).unwrap_or(&time).to_owned())));
            }
        }
    }

    /// The verdict over the bundle in a sentence.
    pub fn sentence(&self) -> String {
        let first = |state: State| {
            self.lines
                .iter()
                .find(|line| line.state == state)
                .map_or_else(|| "it cannot be checked".to_owned(), |line| visible(&line.text()).into_owned())
        };
        match self.state {
            State::Sealed => "The bundle is as the examiner signed it, by a key you trust.".into(),
            State::Consistent => "The bundle is as it was signed, but by a key you do not trust: anyone could have signed it.".into(),
            State::Broken => format!("The bundle is not as it should be: {}.", first(State::Broken)),
            _ => format!("The bundle could not be checked whole: {}.", first(State::Unchecked)),
        }
    }
}

/// The user stopped the check.
pub struct Stop;

/// A check under way.
pub struct Checking<'a> {
    /// The bundle's files.
    pub bag: &'a Bag,
    pub(super) keys: &'a Keys,
    /// Whether the user still wants it.
    pub going: &'a dyn Fn() -> bool,
    pub(super) budget: Budget,
    /// Which limit was hit, if one was.
    pub(super) exceeded: Option<Exceeded>,
    /// What came out so far.
    pub checked: Checked,
    pub(super) signer: State,
}

impl Checking<'_> {
    /// Says how something came out.
    pub fn line(&mut self, state: State, fact: CheckFact) {
        // A hostile bundle could make any number of them.
        if self.checked.lines.len() < 200 {
            self.checked.lines.push(Line { state, fact });
        }
    }

    /// Says that something is not as it should be.
    pub fn broken(&mut self, fact: CheckFact) {
        self.line(State::Broken, fact);
    }

    /// Accounts for bytes that were read. Stops where they are out of proportion.
    pub fn spend(&mut self, bytes: u64) -> Result<(), Stop> {
        self.meter(Cost::Unpacked, bytes)
    }

    /// Accounts for one comparison.
    pub fn step(&mut self) -> Result<(), Stop> {
        // Each compares an event with a record, member by member.
        self.meter(Cost::Steps, 100)
    }

    fn meter(&mut self, cost: Cost, amount: u64) -> Result<(), Stop> {
        if !(self.going)() {
            return Err(Stop);
        }
        self.budget.take(cost, amount).map_err(|exceeded| {
            self.exceeded = Some(exceeded);
            Stop
        })
    }

    /// Whether nothing is broken so far.
    pub fn holds(&self) -> bool {
        self.checked.lines.iter().all(|line| line.state != State::Broken)
    }

    /// Takes what reading gave: damage is broken, what could not be read is unchecked, and both are reported.
    pub fn take<T>(&mut self, reading: Reading<T>) -> Result<Option<T>, Stop> {
        match reading {
            Reading::Done(value) => return Ok(Some(value)),
            Reading::Stopped => return Err(Stop),
            Reading::Damaged(cause) => self.broken(CheckFact::Damaged { cause }),
            Reading::Unreadable(cause) | Reading::TooLarge(cause) => self.line(State::Unchecked, CheckFact::Unreadable { cause }),
        }
        Ok(None)
    }

    /// The text of a file that must be here. `None` if there is none; a line says why.
    pub fn text(&mut self, name: &str, limit: u64) -> Result<Option<String>, Stop> {
        let Some(file) = self.bag.files.get(name) else { return Ok(None) };
        let Some(bytes) = self.take(read(file, limit))? else { return Ok(None) };
        match String::from_utf8(bytes) {
            Ok(text) => Ok(Some(text)),
            Err(_) => {
                self.broken(CheckFact::NotText { file: name.to_owned() });
                Ok(None)
            }
        }
    }
}

/// Whether a file as it is shown belongs to a bundle.
pub fn under(bag: &Bag, path: &str) -> bool {
    path.strip_prefix(&bag.top).is_some_and(|name| bag.files.contains_key(name))
}

/// Whether a file is meant as part of a bundle, rather than left there by the system.
pub fn is_part(name: &str, file: &File) -> bool {
    dropping(name, file).is_none()
}

/// SHA-256 of a file's stored bytes.
pub fn content_hash(file: &File, going: &dyn Fn() -> bool) -> Reading<[u8; 32]> {
    use sha2::{Digest, Sha256};
    match read(file, MAX_TEXT) {
        Reading::Done(_) if !going() => Reading::Stopped,
        reading => reading.map(|bytes| Sha256::digest(bytes).into()),
    }
}

/// What a link leads to can change behind the bundle, also one in the middle of a path.
pub(super) fn is_behind_link(name: &str, file: &File) -> bool {
    let Location::Path(path) = &file.location else { return false };
    let below = name.split('/').count();
    let Some(root) = path.ancestors().nth(below) else { return false };
    let root = if root.as_os_str().is_empty() { Path::new(".") } else { root };
    match (root.canonicalize(), path.canonicalize()) {
        (Ok(root), Ok(real)) => real != root.join(name),
        // It cannot be read either, and a line says so where it is read.
        _ => false,
    }
}
