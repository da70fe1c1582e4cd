//! Receiving a bundle: whether it is as its examiner signed it, and whether what it says of its records is true of them. Whether the records are as
//! their sealers sealed them is for verification to say, and never mixed with it.

mod checking;
mod claims;
mod events;
mod masked;
mod papers;
mod particulars;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use crate::bundle::statement::{FORMAT, Statement};
use crate::model::State;
use crate::model::words::checks::{CheckFact, Signer};
use crate::seal::bag::{
    Bag, MANIFEST, MAX_TEXT, Mark, NAMESPACE, SIGNATURE, SIGNED, STATEMENT, TAG_FILES, TIME_STAMP, dropping, find, hash, manifest, read,
};
use crate::source::{Budget, Cost, Location, Reading};
use crate::trust::time_stamp::{self, Trust};
use crate::trust::{Answer, Material, Refusal, Store as Keys, ssh_signature};
use crate::verify::{Examination, Job, examine, guarded};

use checking::is_behind_link;
pub use checking::{Checked, Checking, Line, Stop, under};

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
            let line = Line { state: State::Broken, fact: CheckFact::NoBundle };
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
    let line = Line { state: State::Unchecked, fact: CheckFact::CheckFailed { cause: why.to_owned() } };
    let path = bag.top.trim_end_matches('/').to_owned();
    Checked { path, lines: vec![line], statement: None, signer: None, unknown: None, state: State::Unchecked }
}

fn check_bag(bag: &Bag, case: &Examination, keys: &Keys, going: &dyn Fn() -> bool) -> Checked {
    let path = bag.top.trim_end_matches('/').to_owned();
    let checked = Checked { path: path.clone(), lines: Vec::new(), statement: None, signer: None, unknown: None, state: State::Broken };
    // The budget of the case is closed once the case has been read. What the check reads again is metered by the same measure.
    let stored = bag.files.values().fold(0u64, |sum, file| sum.saturating_add(file.size));
    let budget = Budget::new().part(if path.is_empty() { "the bundle".to_owned() } else { path }, stored);
    let mut checking = Checking { bag, keys, going, budget, exceeded: None, checked, signer: State::Unchecked };
    if let Err(Stop) = checking.run(case) {
        let limit = checking.exceeded.take();
        let fact = limit.map_or(CheckFact::Stopped, |limit| CheckFact::LimitReached { limit: limit.to_string() });
        checking.line(State::Unchecked, fact);
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

impl Checking<'_> {
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
            Err(error) => self.broken(CheckFact::StatementUnreadable { file: STATEMENT.to_owned(), cause: error.to_string() }),
            Ok(statement) if statement.format != FORMAT => {
                self.line(State::Unchecked, CheckFact::UnknownVersion { version: statement.format });
            }
            Ok(statement) => {
                if let Some(key) = &mut self.checked.unknown {
                    key.name = format!("signer of the bundle, who says: {}", statement.examiner);
                }
                // What is not even as it was signed need not be compared.
                if self.checked.lines.iter().any(|line| line.state == State::Unchecked) {
                    self.line(State::Unchecked, CheckFact::NotCompared);
                } else if self.holds() {
                    claims::compare(self, case, &statement, &listed)?;
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
            self.line(state, CheckFact::PartMissing { file: name.to_owned(), is_signature: name == SIGNATURE });
        }
        false
    }

    /// Whether every file is in its place: no name twice, no link, nothing that could not be opened.
    fn places(&mut self, case: &Examination) {
        for name in &self.bag.twice {
            self.broken(CheckFact::Twice { file: name.clone() });
        }
        for (name, file) in &self.bag.files {
            if is_behind_link(name, file) {
                self.broken(CheckFact::Link { path: file.path.clone() });
            }
        }
        let lists: Vec<_> =
            case.skipped.iter().filter(|skipped| skipped.path.starts_with(&self.bag.top) && !under(self.bag, &skipped.path)).collect();
        for skipped in lists {
            self.broken(CheckFact::Unopened { path: skipped.path.clone(), reason: skipped.reason.clone() });
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
                    self.broken(CheckFact::AddedToArchive { path });
                }
                let climbs: Vec<String> = case
                    .skipped
                    .iter()
                    .filter(|skipped| skipped.failed && skipped.path.starts_with(archive) && !skipped.path.starts_with(&self.bag.top))
                    .map(|skipped| skipped.path.clone())
                    .collect();
                for path in climbs {
                    self.broken(CheckFact::AddedUnreadable { path });
                }
            }
        }
    }

    /// Who signed, and when.
    fn signature(&mut self, signed: &str, signature: &str) -> Result<(), Stop> {
        let signer = match ssh_signature::verify(signature, NAMESPACE, signed.as_bytes()) {
            Ok(signer) => signer,
            Err(fault) => {
                self.broken(CheckFact::SignatureFails { cause: fault.to_string() });
                return Ok(());
            }
        };
        self.informative(&signer.key("").material)?;
        let stamped = self.stamped(signature)?;
        let answer = signer.ask(self.keys, stamped);
        let by = match answer {
            Answer::Vouched(vouched) => Signer::Trusted { key: vouched.key().name.clone() },
            Answer::Refused(key, Refusal::Role) => Signer::WrongRole { key: key.name, role: key.role.word().to_owned() },
            Answer::Refused(key, Refusal::Subject) => Signer::NotForEvidence { key: key.name },
            Answer::Refused(key, Refusal::Dates { time: None }) => Signer::DatesUnproven { key: key.name },
            Answer::Refused(key, Refusal::Dates { .. } | Refusal::HandedOver { .. }) => Signer::OutsideDates { key: key.name },
            Answer::Foreign(..) | Answer::Fails(_) | Answer::Unfit | Answer::NoKey => Signer::Unknown,
        };
        let unknown = by == Signer::Unknown;
        self.signer = if matches!(by, Signer::Trusted { .. }) { State::Sealed } else { State::Consistent };
        self.line(self.signer, CheckFact::Signed { signer: by, fingerprint: signer.fingerprint.clone(), met: None });
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

    /// Whether the examiner's line that came along, for information, is of the key that signed: readers compare it with the one they got.
    fn informative(&mut self, signer: &Material) -> Result<(), Stop> {
        const FILE: &str = "data/trust/allowed_signers.informative";
        let Some(text) = self.text(FILE, MAX_TEXT)? else { return Ok(()) };
        let mut keys = Keys::default();
        let read = keys.add_text(Path::new(FILE), &text);
        if read.is_err() || keys.trusted().iter().any(|key| key.material != *signer) {
            self.broken(CheckFact::OtherSigner { file: FILE.to_owned() });
        }
        Ok(())
    }

    /// The time stamp over the signature, if there is one: the time if a trusted authority vouches for it.
    fn stamped(&mut self, signature: &str) -> Result<Option<i64>, Stop> {
        let Some(token) = self.bag.files.get(TIME_STAMP) else { return Ok(None) };
        let Some(token) = self.take(read(token, MAX_TEXT))? else { return Ok(None) };
        match time_stamp::check(&token, signature.as_bytes(), &self.keys.authorities()) {
            Err(error) => self.broken(CheckFact::StampUnusable { cause: error.to_string() }),
            Ok(stamp) => match &stamp.trust {
                Trust::Trusted => {
                    self.line(State::Sealed, CheckFact::Stamped { time: stamp.time, authority: stamp.authority.clone() });
                    return Ok(Some(stamp.time));
                }
                Trust::Unknown(why) => {
                    let (time, authority, cause) = (stamp.time, stamp.authority.clone(), why.to_string());
                    self.line(State::Consistent, CheckFact::StampedByUnknown { time, authority, cause });
                }
            },
        }
        Ok(None)
    }

    /// All files that the signed lists name, with their hashes.
    fn lists(&mut self, signed: &str) -> Result<Option<BTreeMap<String, String>>, Stop> {
        let Some(tags) = manifest(signed) else {
            self.broken(CheckFact::ListUnreadable { file: SIGNED.to_owned() });
            return Ok(None);
        };
        if !tags.keys().map(String::as_str).eq(TAG_FILES) {
            self.broken(CheckFact::TagFilesNotListed { file: SIGNED.to_owned() });
        }
        let Some(text) = self.text(MANIFEST, MAX_TEXT)? else { return Ok(None) };
        let Some(payload) = manifest(&text) else {
            self.broken(CheckFact::ListUnreadable { file: MANIFEST.to_owned() });
            return Ok(None);
        };
        if let Some(outside) = payload.keys().find(|name| !name.starts_with("data/")) {
            self.broken(CheckFact::ListsOutside { list: MANIFEST.to_owned(), file: outside.clone() });
        }
        Ok(Some(tags.into_iter().chain(payload).collect()))
    }

    /// Whether every file is as it is listed, and none was added.
    fn contents(&mut self, listed: &BTreeMap<String, String>) -> Result<(), Stop> {
        let mut good = 0;
        for (name, stated) in listed {
            let Some(file) = self.bag.files.get(name) else {
                self.broken(CheckFact::FileMissing { file: name.clone() });
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
                self.exceeded = Some(exceeded);
                return Err(Stop);
            }
            match self.take(reading)? {
                Some(found) if found != *stated => self.broken(CheckFact::FileChanged { file: name.clone() }),
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
                Some(reason) => {
                    self.line(State::Unsealed, CheckFact::HarmlessAdded { file: name.clone(), reason: reason.to_string() });
                }
                None => self.broken(CheckFact::FileAdded { file: name.clone() }),
            }
        }
        if self.checked.lines.iter().all(|line| !matches!(line.state, State::Broken | State::Unchecked)) {
            self.line(State::Sealed, CheckFact::FilesAsListed { count: good });
        }
        Ok(())
    }
}
