//! Receiving a bundle: whether it is as its examiner signed it, and whether what it says of its records is true of them. Whether the records are as
//! their sealers sealed them is told by verification, and never mixed with it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::claims;
use super::statement::{FORMAT, Statement};
use crate::case::examiner_log::ExaminerLog;
use crate::model::text::{plural, visible};
use crate::model::time;
use crate::model::{Code, State};
use crate::seal::bag::{
    Bag, MANIFEST, MAX_TEXT, Mark, NAMESPACE, SIGNATURE, SIGNED, STATEMENT, TAG_FILES, TIME_STAMP, dropping, find, hash, manifest, read,
};
use crate::source::{Budget, Cost, File, Location, Reading};
use crate::trust::time_stamp::{self, Trust};
use crate::trust::{Answer, Key, Refusal, Store as Keys, ssh_signature};
use crate::verify::{Examination, Job, examine, guarded};

/// One thing that was checked.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Line {
    /// How it came out; `Unsealed` is a remark that changes nothing.
    pub state: State,
    /// What was checked and seen.
    pub text: String,
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
///     println!("{}: {}", line.state.word(), line.text);
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
    /// Tells of a signer who is not trusted whether he was met before, by the examiner's own log.
    pub fn recognise(&mut self, log: &ExaminerLog) {
        let Some(signer) = self.signer.clone() else { return };
        if let Some(line) = self.lines.iter_mut().find(|line| line.state == State::Consistent && line.text.contains(&signer)) {
            match log.first_seen(&signer) {
                Some(time) => line.text.push_str(&format!(", seen here first on {}", time.get(..10).unwrap_or(&time))),
                None => line.text.push_str(", never seen here before"),
            }
        }
    }

    /// The verdict over the bundle in a sentence.
    pub fn sentence(&self) -> String {
        let first = |state: State| {
            self.lines
                .iter()
                .find(|line| line.state == state)
                .map_or_else(|| "it cannot be checked".to_owned(), |line| visible(&line.text).into_owned())
        };
        match self.state {
            State::Sealed => "The bundle is as the examiner signed it, by a key you trust.".into(),
            State::Consistent => "The bundle is as it was signed, but by a key you do not trust: anyone could have signed it.".into(),
            State::Broken => format!("The bundle is not as it should be: {}.", first(State::Broken)),
            _ => format!("The bundle could not be checked whole: {}.", first(State::Unchecked)),
        }
    }
}

/// Whether a path holds a bundle, or parts of one, at whatever depth. True also if that could not be found out: [`check`] then says why.
pub fn is_bundle(path: &Path) -> bool {
    let found = guarded(|| find(&crate::source::walk(&[path.to_owned()], &crate::source::Opening::default()).files));
    found.map_or(true, |bags| !bags.is_empty())
}

/// Opens `path` and checks the first bundle in it.
pub fn check(path: &Path, keys: &Keys) -> Checked {
    let case = examine(&[path.to_owned()], keys.clone(), &Job::default(), None);
    check_all(&case, keys, &|| true).into_iter().next().map_or_else(
        || {
            let line = Line { state: State::Broken, text: "there is no evidence bundle here".to_owned() };
            Checked { path: String::new(), lines: vec![line], statement: None, signer: None, unknown: None, state: State::Broken }
        },
        |(_, checked)| checked,
    )
}

/// Checks every bundle among what was opened, each guarded. `going` is asked often; where it says no, what is left is unchecked.
pub fn check_all(case: &Examination, keys: &Keys, going: &dyn Fn() -> bool) -> Vec<(Bag, Checked)> {
    let bags = match guarded(|| find(&case.opened)) {
        Ok(bags) => bags,
        Err(why) => {
            let none = Bag { top: String::new(), marks: BTreeSet::new(), files: BTreeMap::new(), twice: Vec::new() };
            let checked = failed(&none, &why);
            return vec![(none, checked)];
        }
    };
    let check = |bag: Bag| {
        let checked = guarded(|| check_bag(&bag, case, keys, going)).unwrap_or_else(|why| failed(&bag, &why));
        (bag, checked)
    };
    bags.into_iter().map(check).collect()
}

/// A bundle whose check failed: nothing is known of it.
fn failed(bag: &Bag, why: &str) -> Checked {
    let line = Line { state: State::Unchecked, text: format!("{}: {}", Code::CheckFailed.name(), why.trim_end_matches('.')) };
    let path = bag.top.trim_end_matches('/').to_owned();
    Checked { path, lines: vec![line], statement: None, signer: None, unknown: None, state: State::Unchecked }
}

/// Whether a file as it is shown belongs to a bundle.
pub fn under(bag: &Bag, path: &str) -> bool {
    path.strip_prefix(&bag.top).is_some_and(|name| bag.files.contains_key(name))
}

fn check_bag(bag: &Bag, case: &Examination, keys: &Keys, going: &dyn Fn() -> bool) -> Checked {
    let path = bag.top.trim_end_matches('/').to_owned();
    let checked = Checked { path: path.clone(), lines: Vec::new(), statement: None, signer: None, unknown: None, state: State::Broken };
    // The budget of the case is closed once the case has been read. What the check reads again is metered by the same measure.
    let stored = bag.files.values().fold(0u64, |sum, file| sum.saturating_add(file.size));
    let budget = Budget::new().part(if path.is_empty() { "the bundle".to_owned() } else { path }, stored);
    let mut checking = Checking { bag, keys, going, budget, exceeded: None, checked, signer: State::Unchecked };
    if let Err(Stop) = checking.run(case) {
        let why = checking.exceeded.take().unwrap_or_else(|| "the check was stopped".to_owned());
        checking.line(State::Unchecked, why);
    }
    let Checking { mut checked, signer, .. } = checking;
    let worst = |state: State| checked.lines.iter().any(|line| line.state == state);
    checked.state = if worst(State::Broken) {
        State::Broken
    } else if worst(State::Unchecked) {
        State::Unchecked
    } else {
        signer
    };
    checked
}

/// The user stopped the check.
pub struct Stop;

/// A check under way.
pub struct Checking<'a> {
    /// The bundle's files.
    pub bag: &'a Bag,
    keys: &'a Keys,
    /// Whether the user still wants it.
    pub going: &'a dyn Fn() -> bool,
    budget: Budget,
    /// Which limit was hit, if one was.
    exceeded: Option<String>,
    /// What came out so far.
    pub checked: Checked,
    signer: State,
}

impl Checking<'_> {
    /// Says how something came out.
    pub fn line(&mut self, state: State, text: String) {
        // A hostile bundle could make any number of them.
        if self.checked.lines.len() < 200 {
            self.checked.lines.push(Line { state, text });
        }
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
            self.exceeded = Some(exceeded.to_string());
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
            Reading::Damaged(why) => self.line(State::Broken, why),
            Reading::Unreadable(why) | Reading::TooLarge(why) => self.line(State::Unchecked, why),
        }
        Ok(None)
    }

    /// The text of a file that must be here. `None` if there is none; why is told.
    pub fn text(&mut self, name: &str, limit: u64) -> Result<Option<String>, Stop> {
        let Some(file) = self.bag.files.get(name) else { return Ok(None) };
        let Some(bytes) = self.take(read(file, limit))? else { return Ok(None) };
        match String::from_utf8(bytes) {
            Ok(text) => Ok(Some(text)),
            Err(_) => {
                self.line(State::Broken, format!("{name} is not text"));
                Ok(None)
            }
        }
    }

    fn run(&mut self, case: &Examination) -> Result<(), Stop> {
        if !self.all_here() {
            return Ok(());
        }
        self.places(case);
        let Some(signed) = self.text(SIGNED, MAX_TEXT)? else { return Ok(()) };
        let Some(signature) = self.text(SIGNATURE, ssh_signature::LONGEST)? else { return Ok(()) };
        self.signature(&signed, &signature)?;
        let Some(listed) = self.lists(&signed)? else { return Ok(()) };
        self.contents(&listed)?;
        let Some(text) = self.text(STATEMENT, MAX_TEXT)? else { return Ok(()) };
        match serde_json::from_str::<Statement>(&text) {
            Err(error) => self.line(State::Broken, format!("{STATEMENT} cannot be read: {error}")),
            Ok(statement) if statement.format != FORMAT => {
                let text = format!(
                    "the statement is of the unknown version “{}”, so it was not compared with the records",
                    visible(&statement.format)
                );
                self.line(State::Unchecked, text);
            }
            Ok(statement) => {
                if let Some(key) = &mut self.checked.unknown {
                    key.name = format!("signer of the bundle, who says: {}", statement.examiner);
                }
                // What is not even as it was signed need not be compared.
                if self.holds() {
                    claims::compare(self, case, &statement)?;
                }
                self.checked.statement = Some(statement);
            }
        }
        Ok(())
    }

    /// Whether the files are here without which nothing can be checked.
    fn all_here(&mut self) -> bool {
        let needed: Vec<&str> = [SIGNED, SIGNATURE, STATEMENT].into_iter().chain(TAG_FILES).collect();
        let missing: Vec<&str> = needed.iter().copied().filter(|name| !self.bag.files.contains_key(*name)).collect();
        if missing.is_empty() {
            return true;
        }
        let strong = self.bag.marks.iter().filter(|mark| **mark != Mark::Excerpt).count();
        let alone = strong == 0 || strong == 1 && !self.bag.marks.contains(&Mark::Signature) && !self.bag.marks.contains(&Mark::Manifest);
        let state = if alone { State::Unchecked } else { State::Broken };
        for name in missing {
            let why = if name == SIGNATURE { ", so nobody signed it" } else { "" };
            self.line(state, format!("parts of an evidence bundle are here, but {name} is missing{why}"));
        }
        false
    }

    /// Whether every file is in its place: no name twice, no link, nothing that could not be opened.
    fn places(&mut self, case: &Examination) {
        for name in &self.bag.twice {
            self.line(State::Broken, format!("{name} stands twice in the archive"));
        }
        for (name, file) in &self.bag.files {
            if is_behind_link(name, file) {
                self.line(State::Broken, format!("{} is a link, or lies behind one", file.path));
            }
        }
        let lists: Vec<_> =
            case.skipped.iter().filter(|skipped| skipped.path.starts_with(&self.bag.top) && !under(self.bag, &skipped.path)).collect();
        for skipped in lists {
            self.line(State::Broken, format!("{} was added or cannot be opened: {}", skipped.path, skipped.reason));
        }
        // A file beside the bundle's own folder, in an archive that holds nothing else, was added to the archive.
        if let Some((archive, _)) = self.bag.top.trim_end_matches('/').rsplit_once('/') {
            let first = self.bag.files.values().next();
            if first.is_some_and(|file| matches!(file.location, Location::Slice { .. })) {
                let beside =
                    |path: &str| path.strip_prefix(archive).and_then(|rest| rest.strip_prefix('/')).is_some_and(|rest| !rest.contains('/'));
                let added: Vec<String> = case
                    .opened
                    .iter()
                    .filter(|file| beside(&file.path) && dropping(file.name(), file).is_none())
                    .map(|file| file.path.clone())
                    .collect();
                for path in added {
                    self.line(State::Broken, format!("{path} was added to the archive"));
                }
                let climbs: Vec<String> = case
                    .skipped
                    .iter()
                    .filter(|skipped| skipped.failed && skipped.path.starts_with(archive) && !skipped.path.starts_with(&self.bag.top))
                    .map(|skipped| skipped.path.clone())
                    .collect();
                for path in climbs {
                    self.line(State::Broken, format!("{path} was added to the archive and cannot be read"));
                }
            }
        }
    }

    /// Who signed, and when.
    fn signature(&mut self, signed: &str, signature: &str) -> Result<(), Stop> {
        let signer = match ssh_signature::verify(signature, NAMESPACE, signed.as_bytes()) {
            Ok(signer) => signer,
            Err(fault) => {
                self.line(State::Broken, format!("the examiner's signature fails: {fault}"));
                return Ok(());
            }
        };
        let stamped = self.stamped(signature)?;
        let fingerprint = signer.fingerprint.clone();
        let answer = signer.ask(self.keys, stamped);
        let mut said = |state: State, who: String| {
            self.signer = state;
            self.line(state, format!("signed by {who}, {fingerprint}"));
        };
        let mut unknown = false;
        match answer {
            Answer::Vouched(vouched) => said(State::Sealed, format!("{} (trusted)", vouched.key().name)),
            Answer::Refused(key, Refusal::Role) => {
                said(
                    State::Consistent,
                    format!("{}, a key that you trust as a {} key, which does not sign bundles", key.name, key.role.word()),
                );
            }
            Answer::Refused(key, Refusal::Subject) => {
                said(State::Consistent, format!("{}, a key that you do not trust for evidence", key.name))
            }
            Answer::Refused(key, Refusal::Dates { time: None }) => {
                let why = "whose dates cannot be judged: no time stamp of an authority that you trust shows when it signed";
                said(State::Consistent, format!("{}, {why}", key.name));
            }
            Answer::Refused(key, Refusal::Dates { .. }) => {
                said(State::Consistent, format!("{}, whose key was not valid when it signed, by the dates that you gave it", key.name));
            }
            Answer::Foreign(..) | Answer::Fails(_) | Answer::Unfit | Answer::NoKey => {
                said(State::Consistent, "a key you do not trust".to_owned());
                unknown = true;
            }
        }
        if unknown {
            let mut key = signer.key("signer of the bundle");
            key.note = format!("{} as ssh-keygen -l prints it", signer.fingerprint);
            key.role = crate::trust::Role::Examiner;
            key.namespaces = vec![NAMESPACE.to_owned()];
            self.checked.unknown = Some(key);
        }
        self.checked.signer = Some(signer.fingerprint);
        Ok(())
    }

    /// The time stamp over the signature, if there is one: the time if a trusted authority vouches for it.
    fn stamped(&mut self, signature: &str) -> Result<Option<i64>, Stop> {
        let Some(token) = self.bag.files.get(TIME_STAMP) else { return Ok(None) };
        let Some(token) = self.take(read(token, MAX_TEXT))? else { return Ok(None) };
        match time_stamp::check(&token, signature.as_bytes(), &self.keys.authorities()) {
            Err(error) => self.line(State::Broken, format!("the time stamp over the signature cannot be used: {error}")),
            Ok(stamp) => match &stamp.trust {
                Trust::Trusted => {
                    let text = format!("signed no later than {}, as {} (trusted) stamped it", time::seconds(stamp.time), stamp.authority);
                    self.line(State::Sealed, text);
                    return Ok(Some(stamp.time));
                }
                Trust::Unknown(why) => {
                    self.line(State::Consistent, format!("stamped {} by {}, but {why}", time::seconds(stamp.time), stamp.authority));
                }
            },
        }
        Ok(None)
    }

    /// All files that the signed lists name, with their hashes.
    fn lists(&mut self, signed: &str) -> Result<Option<BTreeMap<String, String>>, Stop> {
        let Some(tags) = manifest(signed) else {
            self.line(State::Broken, format!("{SIGNED} cannot be read"));
            return Ok(None);
        };
        if !tags.keys().map(String::as_str).eq(TAG_FILES) {
            self.line(State::Broken, format!("{SIGNED} does not list exactly the tag files"));
        }
        let Some(text) = self.text(MANIFEST, MAX_TEXT)? else { return Ok(None) };
        let Some(payload) = manifest(&text) else {
            self.line(State::Broken, format!("{MANIFEST} cannot be read"));
            return Ok(None);
        };
        if let Some(outside) = payload.keys().find(|name| !name.starts_with("data/")) {
            self.line(State::Broken, format!("{MANIFEST} lists {outside}, which is outside data/"));
        }
        Ok(Some(tags.into_iter().chain(payload).collect()))
    }

    /// Whether every file is as it is listed, and none was added.
    fn contents(&mut self, listed: &BTreeMap<String, String>) -> Result<(), Stop> {
        let mut good = 0;
        for (name, stated) in listed {
            let Some(file) = self.bag.files.get(name) else {
                self.line(State::Broken, format!("{name} is missing"));
                continue;
            };
            let exceeded = std::cell::Cell::new(None);
            let going = |read| match self.budget.take(Cost::Unpacked, read) {
                Ok(()) => (self.going)(),
                Err(why) => {
                    exceeded.set(Some(why));
                    false
                }
            };
            let reading = hash(file, &going);
            if let (Reading::Stopped, Some(exceeded)) = (&reading, exceeded.take()) {
                self.exceeded = Some(exceeded.to_string());
                return Err(Stop);
            }
            match self.take(reading)? {
                Some(found) if found != *stated => self.line(State::Broken, format!("{name} was changed")),
                Some(_) => good += u64::from(name.starts_with("data/")),
                None => {}
            }
        }
        let beside = [SIGNED, SIGNATURE, TIME_STAMP];
        for (name, file) in &self.bag.files {
            if listed.contains_key(name) || beside.contains(&name.as_str()) {
                continue;
            }
            match dropping(name, file) {
                Some(why) => self.line(State::Unsealed, format!("{name} was added: {why}")),
                None => self.line(State::Broken, format!("{name} was added")),
            }
        }
        if self.checked.lines.iter().all(|line| !matches!(line.state, State::Broken | State::Unchecked)) {
            self.line(State::Sealed, format!("{} as listed, and none was added", plural(good, "file")));
        }
        Ok(())
    }
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
fn is_behind_link(name: &str, file: &File) -> bool {
    let Location::Path(path) = &file.location else { return false };
    let below = name.split('/').count();
    let Some(root) = path.ancestors().nth(below) else { return false };
    let root = if root.as_os_str().is_empty() { Path::new(".") } else { root };
    match (root.canonicalize(), path.canonicalize()) {
        (Ok(root), Ok(real)) => real != root.join(name),
        // It cannot be read either, and that is told where it is read.
        _ => false,
    }
}
