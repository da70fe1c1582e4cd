//! Receiving a bundle: whether it is as its examiner signed it. Whether the records are as their sealers sealed them is told by verification,
//! and never mixed with it.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;
use std::path::{Path, PathBuf};

use super::bag::{SIGNATURE, SIGNED, TAG_FILES, TIME_STAMP, manifest, sha256};
use super::signature;
use super::statement::{FORMAT, Statement};
use crate::case::examiner_log::ExaminerLog;
use crate::model::State;
use crate::model::text::plural;
use crate::model::time;
use crate::source::{File, Location, Opening, walk};
use crate::trust::time_stamp::{self, Trust};
use crate::trust::{Key, Store as Keys};

/// Lists and statements larger than this are refused, in bytes.
const MAX_TEXT: u64 = 256 << 20;

/// One thing that was checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// How it came out.
    pub state: State,
    /// What was checked and seen.
    pub text: String,
}

/// How a bundle stands.
#[derive(Clone, Debug)]
pub struct Checked {
    /// What was checked, in order.
    pub lines: Vec<Line>,
    /// The statement, if it can be read.
    pub statement: Option<Statement>,
    /// Fingerprint of the key that signed, if the signature holds.
    pub signer: Option<String>,
    /// That key, if it is not trusted: for the user to compare and trust.
    pub unknown: Option<Key>,
    /// Sealed: as a trusted examiner signed it. Consistent: as somebody signed it. Broken: changed since.
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
        match self.state {
            State::Sealed => "The bundle is as the examiner signed it, by a key you trust.".into(),
            State::Consistent => "The bundle is as it was signed, but by a key you do not trust: anyone could have signed it.".into(),
            _ => {
                let first = self.lines.iter().find(|line| line.state == State::Broken);
                format!("The bundle is not as it was signed: {}.", first.map_or("it cannot be checked", |line| line.text.as_str()))
            }
        }
    }
}

/// Whether a path is a bundle: a bag whose list of tag files lies at its top.
pub fn is_bundle(path: &Path) -> bool {
    if path.is_dir() {
        return path.join(SIGNED).is_file() && path.join("bagit.txt").is_file();
    }
    path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("zip"))
        && std::fs::File::open(path).ok().and_then(|file| zip::ZipArchive::new(file).ok()).is_some_and(|archive| {
            archive.file_names().filter_map(Result::ok).any(|name| name.split_once('/').is_some_and(|(_, rest)| rest == SIGNED))
        })
}

/// Checks the bundle at `path`.
pub fn check(path: &Path, keys: &Keys) -> Checked {
    let mut checked = Checked { lines: Vec::new(), statement: None, signer: None, unknown: None, state: State::Broken };
    let mut signer_state = State::Broken;
    if let Err(wrong) = checked.run(path, keys, &mut signer_state) {
        checked.lines.push(Line { state: State::Broken, text: wrong });
    }
    let broken = checked.lines.iter().any(|line| line.state == State::Broken);
    checked.state = if broken { State::Broken } else { signer_state };
    checked
}

/// The stored bytes of a small file.
pub fn bytes(file: &File) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    let reader = file.stored_reader().map_err(|error| error.to_string())?;
    reader.take(MAX_TEXT + 1).read_to_end(&mut bytes).map_err(|cause| file.io(cause).to_string())?;
    if bytes.len() as u64 > MAX_TEXT { Err(format!("{} is implausibly large", file.path)) } else { Ok(bytes) }
}

fn hash(file: &File) -> Result<String, String> {
    let mut reader = file.stored_reader().map_err(|error| error.to_string())?;
    sha256(&mut reader, |_piece| Ok(true)).map(Option::unwrap_or_default).map_err(|cause| file.io(cause).to_string())
}

impl Checked {
    fn good(&mut self, text: String) {
        self.lines.push(Line { state: State::Sealed, text });
    }

    /// Checks the time stamp over the signature, if there is one. Gives the time if a trusted authority vouches for it.
    fn stamped(&mut self, signature: &[u8], token: Option<&File>, keys: &Keys) -> Result<Option<i64>, String> {
        let Some(token) = token else { return Ok(None) };
        let stamp = time_stamp::check(&bytes(token)?, signature, &keys.authorities());
        let stamp = stamp.map_err(|error| format!("the time stamp over the signature cannot be used: {error}"))?;
        let (time, authority) = (time::seconds(stamp.time), &stamp.authority);
        Ok(match &stamp.trust {
            Trust::Trusted => {
                self.good(format!("signed no later than {time}, as {authority} (trusted) stamped it"));
                Some(stamp.time)
            }
            Trust::Unknown(why) => {
                self.lines.push(Line { state: State::Consistent, text: format!("stamped {time} by {authority}, but {why}") });
                None
            }
        })
    }

    fn run(&mut self, path: &Path, keys: &Keys, signer_state: &mut State) -> Result<(), String> {
        let files = files(path)?;
        let text = |name: &str| -> Result<String, String> {
            let file = files.get(name).ok_or_else(|| format!("{name} is missing"))?;
            String::from_utf8(bytes(file)?).map_err(|_error| format!("{name} is not text"))
        };
        let signed = text(SIGNED)?;
        if !files.contains_key(SIGNATURE) {
            return Err(format!("{SIGNATURE} is missing, so nobody signed it"));
        }
        let signature = text(SIGNATURE)?;
        let signer =
            signature::verify(&signature, signed.as_bytes()).map_err(|error| format!("the examiner's signature fails: {error}"))?;
        let is_his = |key: &&Key| key.material == signer.material && key.note_type.is_none();
        let known: Vec<&Key> = keys.trusted().iter().filter(is_his).collect();
        *signer_state = if known.is_empty() { State::Consistent } else { State::Sealed };
        let who = known.first().map_or_else(|| "a key you do not trust".to_owned(), |key| format!("{} (trusted)", key.name));
        self.lines.push(Line { state: *signer_state, text: format!("signed by {who}, {}", signer.fingerprint) });
        if known.is_empty() {
            let mut key = Key::new("signer of the bundle", signer.material.clone(), None);
            key.note = format!("{} as ssh-keygen -l prints it", signer.fingerprint);
            self.unknown = Some(key);
        }
        self.signer = Some(signer.fingerprint);
        let stamped = self.stamped(signature.as_bytes(), files.get(TIME_STAMP), keys)?;
        let tags = manifest(&signed).ok_or_else(|| format!("{SIGNED} cannot be read"))?;
        if tags.keys().map(String::as_str).collect::<BTreeSet<_>>() != BTreeSet::from(TAG_FILES) {
            return Err(format!("{SIGNED} does not list exactly the tag files"));
        }
        let payload = manifest(&text("manifest-sha256.txt")?).ok_or("manifest-sha256.txt cannot be read")?;
        if let Some(outside) = payload.keys().find(|name| !name.starts_with("data/")) {
            return Err(format!("manifest-sha256.txt lists {outside}, which is outside data/"));
        }
        for (name, stated) in tags.iter().chain(&payload) {
            let file = files.get(name).ok_or_else(|| format!("{name} is missing"))?;
            if hash(file)? != *stated {
                return Err(format!("{name} was changed"));
            }
        }
        let beside = [SIGNED, SIGNATURE, TIME_STAMP];
        if let Some(extra) =
            files.keys().find(|name| !tags.contains_key(*name) && !payload.contains_key(*name) && !beside.contains(&name.as_str()))
        {
            return Err(format!("{extra} was added"));
        }
        self.good(format!("{} as listed, and none was added", plural(payload.len() as u64, "file")));
        let statement: Statement =
            serde_json::from_str(&text("data/report.json")?).map_err(|error| format!("data/report.json cannot be read: {error}"))?;
        if statement.format != FORMAT {
            return Err(format!("the statement is of the unknown version “{}”", crate::model::text::visible(&statement.format)));
        }
        // Without a stamp the examiner's own clock has to do.
        let signed_at = stamped.or_else(|| time::parse(&statement.exported));
        if !known.is_empty() && !known.iter().any(|key| signed_at.is_some_and(|time| key.valid_at(time))) {
            *signer_state = State::Consistent;
            let text = "the signer's key was not valid when the bundle was signed, by the dates you gave it".to_owned();
            self.lines.push(Line { state: State::Consistent, text });
        }
        self.counts(&statement, &files)?;
        if let Some(key) = &mut self.unknown {
            key.name = format!("signer of the bundle, who says: {}", statement.examiner);
        }
        self.statement = Some(statement);
        Ok(())
    }

    /// Whether the statement's counts agree with the records in the bundle.
    fn counts(&mut self, statement: &Statement, files: &BTreeMap<String, File>) -> Result<(), String> {
        for part in &statement.parts {
            let file = files.get(&part.file).ok_or_else(|| format!("{} is named in the statement and missing", part.file))?;
            if part.file.starts_with("data/records/") || part.file.starts_with("data/unsealed/") {
                let here = bytes(file)?.iter().filter(|byte| **byte == b'\n').count() as u64;
                if here != part.included {
                    return Err(format!("{} holds {here} records; the statement counts {}", part.file, part.included));
                }
            }
        }
        let sums = statement
            .parts
            .iter()
            .fold((0u64, 0u64), |sum, part| (sum.0.saturating_add(part.included), sum.1.saturating_add(part.withheld)));
        if sums != (statement.included, statement.withheld) {
            return Err("the statement's counts do not add up".into());
        }
        self.good(format!(
            "{} in {}, as the statement counts them",
            plural(statement.included, "record"),
            plural(statement.parts.len() as u64, "part")
        ));
        Ok(())
    }
}

/// The files of a bundle by their names within the bag.
pub fn files(path: &Path) -> Result<BTreeMap<String, File>, String> {
    let inventory = walk(&[PathBuf::from(path)], &Opening::default());
    if let Some(skipped) = inventory.skipped.first() {
        return Err(format!("{} cannot be accounted for: {}", skipped.path, skipped.reason));
    }
    // What stands before bagit.txt is the same for all.
    let top = inventory
        .files
        .iter()
        .filter_map(|file| file.path.strip_suffix("bagit.txt"))
        .min_by_key(|top| top.len())
        .ok_or("there is no bagit.txt")?
        .to_owned();
    let mut files = BTreeMap::new();
    for file in inventory.files {
        // What a link leads to can change behind the bundle, also one in the middle of a path.
        if let Location::Path(real) = &file.location
            && let (Some(name), Ok(root), Ok(real)) = (file.path.strip_prefix(&top), path.canonicalize(), real.canonicalize())
            && real != root.join(name)
        {
            return Err(format!("{} is a link, or lies behind one", file.path));
        }
        let name = file.path.strip_prefix(&top).ok_or_else(|| format!("{} lies outside the bag", file.path))?.to_owned();
        if files.insert(name.clone(), file).is_some() {
            return Err(format!("{name} stands twice in the archive"));
        }
    }
    Ok(files)
}
