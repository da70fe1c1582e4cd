//! Evidence bundles among what was opened: which files make one up, at whatever depth and under whatever name, whether its lists hold, and what
//! it says of itself. A bundle that lost some of its parts is still recognised as one, so that it is never taken for plain evidence.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;

use serde::Deserialize;
use serde::de::IgnoredAny;
use sha2::{Digest, Sha256};

use crate::model::finding::{Code, Finding, Place, Severity};
use crate::model::text::hex;
use crate::model::words::Fact;
use crate::model::words::MetaFact;
use crate::seal::claims::Claims;
use crate::source::{File, Reading, SourceError};
use crate::trust::ssh_signature::{self, BEGIN, Signed};
use crate::trust::time_stamp::{self, Trust};
use crate::trust::{Answer, Store as Keys};

/// The namespace of examiners' signatures (ssh-keygen's `-n`).
pub const NAMESPACE: &str = "evidence@sealscope.dev";
/// The files that are not payload, but for the signature.
pub const TAG_FILES: [&str; 3] = ["bag-info.txt", "bagit.txt", "manifest-sha256.txt"];
/// The list of the payload.
pub const MANIFEST: &str = "manifest-sha256.txt";
/// The list that is signed.
pub const SIGNED: &str = "tagmanifest-sha256.txt";
/// Its signature.
pub const SIGNATURE: &str = "tagmanifest-sha256.txt.sig";
/// An optional time stamp over the signature (RFC 3161).
pub const TIME_STAMP: &str = "tagmanifest-sha256.txt.sig.tsr";
/// The statement.
pub const STATEMENT: &str = "data/report.json";
/// The first version of the statement's format ends in `1`.
pub const STATEMENT_FORMAT: &str = "sealscope.dev/evidence@v";
/// The address of the profile, as it stands in `bag-info.txt`.
pub const PROFILE: &str = "https://sealscope.dev/bagit-profile.json";

/// Lists and statements larger than this are not read, in bytes.
pub const MAX_TEXT: u64 = 64 << 20;
/// Signatures and other small files, in bytes.
const MAX_SMALL: u64 = 1 << 20;
/// Where file names are put before their content is looked at: so much of the start must be of the form.
const PIECE: usize = 1 << 20;

/// Files that a bundle has only one of, and that belong to the bundle, not to the evidence in it.
const ABOUT: [&str; 8] = [
    STATEMENT,
    "data/events.csv",
    "data/events.jsonl",
    "data/findings.json",
    "data/report.html",
    "data/report.pdf",
    "data/VERIFY.txt",
    "data/trust/allowed_signers.informative",
];

/// What a bundle is recognised by. Each is recognised from content in its whole form, not from a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Mark {
    /// An OpenSSH signature in our namespace.
    Signature,
    /// A list of payload files with those that every bundle has.
    Manifest,
    /// Tags that name our profile.
    Info,
    /// A statement of our format.
    Statement,
    /// Proofs of excerpts.
    Excerpt,
}

/// The files of one bundle.
#[derive(Clone, Debug)]
pub struct Bag {
    /// What stands before the names within the bundle: empty, or a path that ends in `/`.
    pub top: String,
    /// The marks that are here.
    pub marks: BTreeSet<Mark>,
    /// Its files by their names within it.
    pub files: BTreeMap<String, File>,
    /// Names that stand there twice.
    pub twice: Vec<String>,
}

/// The bundles among `files`, in the order of their paths.
pub fn find(files: &[File]) -> Vec<Bag> {
    let mut tops: BTreeMap<String, BTreeSet<Mark>> = BTreeMap::new();
    for file in files {
        if let Some((mark, name)) = mark(file) {
            tops.entry(top(&file.path, name)).or_default().insert(mark);
        }
    }
    // What lies in a bundle's payload is part of that bundle, also where it once was a bundle itself.
    let all: BTreeSet<String> = tops.keys().cloned().collect();
    tops.retain(|top, _| {
        let mut above = top.match_indices("data/").map(|(at, _)| &top[..at]);
        !above.any(|other| (other.is_empty() || other.ends_with('/')) && all.contains(other))
    });
    let mut bags: Vec<Bag> = tops.into_iter().map(|(top, marks)| Bag { top, marks, files: BTreeMap::new(), twice: Vec::new() }).collect();
    if bags.is_empty() {
        return bags;
    }
    let by_top: BTreeMap<String, usize> = bags.iter().enumerate().map(|(index, bag)| (bag.top.clone(), index)).collect();
    for file in files {
        // The nearest bundle above a file is its own.
        let above =
            file.path.match_indices('/').map(|(at, _)| &file.path[..=at]).chain(std::iter::once("")).filter_map(|top| by_top.get(top));
        let Some(bag) = above.copied().max_by_key(|index| bags[*index].top.len()) else { continue };
        let bag = &mut bags[bag];
        let name = file.path[bag.top.len()..].to_owned();
        if bag.files.insert(name.clone(), file.clone()).is_some() {
            bag.twice.push(name);
        }
    }
    bags
}

/// What a file marks, with its usual name in a bundle.
fn mark(file: &File) -> Option<(Mark, &'static str)> {
    let wanted = file.start.starts_with(BEGIN.as_bytes()) || memchr::memmem::find(&file.start, PROFILE.as_bytes()).is_some();
    let more = if wanted { file.peek() } else { file.start.clone() };
    let start = more.as_ref();
    let begins = |text: &str| start.starts_with(text.as_bytes());
    if begins("sealscope.dev/pruned@") || begins("sealscope.dev/skeleton@") {
        // An excerpt elsewhere was taken out of its bundle on purpose, and is judged by its seal alone.
        let inside = format!("/{}", file.path).contains("/data/proofs/");
        return inside.then_some((Mark::Excerpt, "data/proofs/"));
    }
    if begins(BEGIN) {
        let ours =
            file.path.ends_with(SIGNATURE) || matches!(std::str::from_utf8(start), Ok(text) if ssh_signature::is_of(text, NAMESPACE));
        return ours.then_some((Mark::Signature, SIGNATURE));
    }
    if start.first() == Some(&b'{') {
        let head = String::from_utf8_lossy(&start[..start.len().min(256)]);
        let names_format = head.contains("\"format\"") && head.contains(STATEMENT_FORMAT);
        return (names_format && is_statement(file)).then_some((Mark::Statement, STATEMENT));
    }
    let text = || String::from_utf8_lossy(start).into_owned();
    if is_list_line(start.split(|byte| *byte == b'\n').next().unwrap_or(b"")) {
        let text = text();
        // The last line may be cut off where the start ends.
        let mut lines: Vec<&str> = text.split('\n').collect();
        lines.pop();
        let good = lines.iter().filter(|line| is_list_line(line.as_bytes())).count();
        let ours = |line: &&str| matches!(line.get(66..), Some("data/report.json" | "data/VERIFY.txt" | "data/findings.json"));
        return (good * 10 >= lines.len() * 9 && lines.iter().any(ours)).then_some((Mark::Manifest, MANIFEST));
    }
    if start.len() < MAX_SMALL as usize && memchr::memmem::find(start, PROFILE.as_bytes()).is_some() {
        let text = text();
        let tags = text.lines().all(|line| {
            line.split_once(": ").is_some_and(|(name, _)| name.bytes().all(|byte| byte == b'-' || byte.is_ascii_alphanumeric()))
        });
        let named = text.lines().any(|line| line.strip_prefix("BagIt-Profile-Identifier: ") == Some(PROFILE));
        return (tags && named).then_some((Mark::Info, "bag-info.txt"));
    }
    None
}

fn is_list_line(line: &[u8]) -> bool {
    line.get(..64).is_some_and(|hash| hash.iter().all(u8::is_ascii_hexdigit)) && line.get(64..71) == Some(b"  data/".as_slice())
}

/// Whether a file that begins like a statement is one as a whole.
fn is_statement(file: &File) -> bool {
    /// What every statement has.
    #[derive(Deserialize)]
    struct Form {
        format: String,
        #[serde(rename = "id")]
        _id: String,
        #[serde(rename = "examiner_key")]
        _examiner_key: String,
        #[serde(rename = "parts")]
        _parts: Vec<IgnoredAny>,
    }
    match file.read_all(MAX_TEXT) {
        Ok(bytes) => matches!(serde_json::from_slice::<Form>(&bytes), Ok(form) if form.format.starts_with(STATEMENT_FORMAT)),
        // Too large or unreadable to be sure of: what begins like one is treated as one.
        Err(_) => true,
    }
}

/// Where the bundle of a file begins, whose name in it is `name`; if it was renamed, the folder that it lies in.
fn top(path: &str, name: &str) -> String {
    let whole = path.strip_suffix(name).filter(|top| top.is_empty() || top.ends_with('/'));
    if let Some(top) = whole {
        return top.to_owned();
    }
    let mut folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
    for own in ["proofs", "data"] {
        folder = folder
            .strip_suffix(own)
            .filter(|rest| rest.is_empty() || rest.ends_with('/'))
            .map_or(folder, |rest| rest.trim_end_matches('/'));
    }
    if folder.is_empty() { String::new() } else { format!("{folder}/") }
}

/// The stored bytes of a small file.
pub fn read(file: &File, limit: u64) -> Reading<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut reader = match file.stored_reader() {
        Ok(reader) => reader.take(limit + 1),
        Err(error) => return Reading::from(Err(error)),
    };
    match reader.read_to_end(&mut bytes) {
        Err(cause) => Reading::from(Err(file.io(cause))),
        Ok(_) if bytes.len() as u64 > limit => Reading::from(Err(SourceError::TooLarge { path: file.path.clone(), limit })),
        Ok(_) => Reading::Done(bytes),
    }
}

/// SHA-256 of the stored bytes of a file of any size, in hexadecimal.
pub fn hash(file: &File, going: &dyn Fn(u64) -> bool) -> Reading<String> {
    let mut reader = match file.stored_reader() {
        Ok(reader) => reader,
        Err(error) => return Reading::from(Err(error)),
    };
    let mut hasher = Sha256::new();
    let mut buffer = vec![0; PIECE];
    loop {
        match reader.read(&mut buffer) {
            Ok(0) => return Reading::Done(hex(&hasher.finalize())),
            Ok(read) => {
                hasher.update(&buffer[..read]);
                if !going(read as u64) {
                    return Reading::Stopped;
                }
            }
            Err(cause) if cause.kind() == std::io::ErrorKind::Interrupted => {}
            Err(cause) => return Reading::from(Err(file.io(cause))),
        }
    }
}

/// The lines of a manifest: names with their hashes. `None` if a line is none, a name leads elsewhere or stands twice.
pub fn manifest(text: &str) -> Option<BTreeMap<String, String>> {
    let mut lines = BTreeMap::new();
    for line in text.lines() {
        let (hash, name) = line.split_once("  ")?;
        let plain = name.is_ascii()
            && !name.starts_with('/')
            && !name.contains('\\')
            && !name.split('/').any(|part| matches!(part, "" | "." | ".."));
        let digest = hash.len() == 64 && hash.bytes().all(|byte| byte.is_ascii_hexdigit());
        if !digest || !plain || lines.insert(name.to_owned(), hash.to_ascii_lowercase()).is_some() {
            return None;
        }
    }
    Some(lines)
}

impl Bag {
    fn text(&self, name: &str, limit: u64) -> Option<String> {
        match read(self.files.get(name)?, limit) {
            // What is no text has another hash than it had, and is no JSON.
            Reading::Done(bytes) => Some(String::from_utf8_lossy(&bytes).into_owned()),
            _ => None,
        }
    }

    /// The payload files with their hashes, if the signed list covers them. Who signed it is another question.
    pub fn listed(&self) -> Option<BTreeMap<String, String>> {
        let text = self.text(MANIFEST, MAX_TEXT)?;
        let tags = manifest(&self.text(SIGNED, MAX_SMALL)?)?;
        let holds = tags.get(MANIFEST).is_some_and(|stated| *stated == hex(&Sha256::digest(text.as_bytes())));
        if holds { manifest(&text) } else { None }
    }

    /// Whether an examiner whom the user trusts signed its lists.
    pub fn is_vouched_for(&self, keys: &Keys) -> bool {
        let (Some(signed), Some(signature)) = (self.text(SIGNED, MAX_SMALL), self.text(SIGNATURE, ssh_signature::LONGEST)) else {
            return false;
        };
        let Ok(signer) = ssh_signature::verify(&signature, NAMESPACE, signed.as_bytes()) else { return false };
        matches!(signer.ask(keys, self.stamped(&signature, keys)), Answer::Vouched(_))
    }

    /// When it was signed at the latest, nanoseconds since 1970, if a trusted authority stamped the signature.
    fn stamped(&self, signature: &str, keys: &Keys) -> Option<i64> {
        let Reading::Done(token) = read(self.files.get(TIME_STAMP)?, MAX_SMALL) else { return None };
        match time_stamp::check(&token, signature.as_bytes(), &keys.authorities()) {
            Ok(stamp) if stamp.trust == Trust::Trusted => Some(stamp.time),
            _ => None,
        }
    }
}

/// Who signed, as the signature itself says, for a bundle whose signature holds.
pub type Signer = Signed;

/// Whether a file that the lists name as one about the bundle has the form of one. What only bears the name is evidence like any other.
fn is_about(name: &str, file: &File) -> bool {
    let start = file.start.as_ref();
    let begins = |text: &str| start.starts_with(text.as_bytes());
    match name {
        STATEMENT => matches!(mark(file), Some((Mark::Statement, _))),
        "data/events.csv" => begins("state,time,identity,"),
        "data/events.jsonl" => start.is_empty() || begins("{\"action\":"),
        "data/findings.json" => begins("["),
        "data/report.html" => begins("<!doctype html>") || begins("<!DOCTYPE html>"),
        "data/report.pdf" => begins("%PDF-"),
        "data/VERIFY.txt" => begins("How to check this bundle"),
        "data/trust/allowed_signers.informative" => begins("# For information only"),
        // For the format that judges the digests that it describes.
        "data/proofs/withheld.txt" => false,
        // Single proofs repeat records that stand in the bundle already; the examiner's log is no evidence of what happened; an earlier bundle's
        // own words are kept for later.
        _ => {
            name.starts_with("data/single/")
                || name.starts_with("data/examiner-log/")
                || name.starts_with("data/earlier/")
                || name.starts_with("data/proofs/") && name.ends_with(".profile.toml")
        }
    }
}

/// Sets aside what bundles say of themselves, and keeps their findings and lists of what they withhold.
pub(super) fn set_aside(claims: &mut Claims) {
    for bag in find(&claims.all) {
        let listed = bag.listed();
        let has = |name: &str| listed.as_ref().is_some_and(|listed| listed.contains_key(name));
        let mut aside: BTreeMap<String, &'static str> = BTreeMap::new();
        for (name, file) in &bag.files {
            let tag = TAG_FILES.contains(&name.as_str()) || [SIGNED, SIGNATURE, TIME_STAMP].contains(&name.as_str());
            let about = has(name) && (ABOUT.contains(&name.as_str()) || name.starts_with("data/")) && is_about(name, file);
            if tag || about || name == "tagmanifest-sha256.txt.sig.tsq" {
                aside.insert(file.path.clone(), "it is what the bundle says of itself");
            } else if let Some(why) = dropping(name, file) {
                aside.insert(file.path.clone(), why);
            }
        }
        claims.stated.extend(stated(&bag).into_iter().map(|finding| (bag.top.clone(), finding)));
        let indices: Vec<(usize, &'static str)> =
            claims.free().filter_map(|(index, file)| Some((index, *aside.get(&file.path)?))).collect();
        indices.into_iter().for_each(|(index, why)| claims.skip(index, why));
    }
}

/// What common programs leave behind in folders, recognised by content as well as by name, and the file of signers that a reader may have saved there.
pub fn dropping(name: &str, file: &File) -> Option<&'static str> {
    const SYSTEM: &str = "the operating system left it here; it is no part of the bundle";
    let last = name.rsplit('/').next().unwrap_or(name);
    let start = file.start.as_ref();
    let system = match last {
        ".DS_Store" => start.starts_with(b"\0\0\0\x01Bud1"),
        "Thumbs.db" | "ehthumbs.db" => start.starts_with(&[0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1]),
        "desktop.ini" | "Desktop.ini" => {
            memchr::memmem::find(&start[..start.len().min(200)], b"[.ShellClassInfo]").is_some() && file.size < 4096
        }
        // AppleDouble, RFC 1740.
        _ => last.starts_with("._") && start.starts_with(&[0, 5, 0x16, 7]),
    };
    if system {
        return Some(SYSTEM);
    }
    let signers = name == "allowed_signers" && file.size <= MAX_SMALL && is_whole_signers(file);
    signers.then_some("a file of signers was saved here; it is no part of the bundle, and harmless. Keep it outside")
}

fn is_whole_signers(file: &File) -> bool {
    let start = file.peek();
    file.size == start.len() as u64 && is_signers(&start)
}

/// Whether a text is nothing but lines of allowed signers and remarks.
fn is_signers(text: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(text) else { return false };
    let is_type = |word: &str| ["ssh-", "ecdsa-sha2-", "sk-ssh-", "sk-ecdsa-"].iter().any(|start| word.starts_with(start));
    text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')).all(|line| {
        let words: Vec<&str> = line.split_whitespace().collect();
        words
            .iter()
            .position(|word| is_type(word))
            .is_some_and(|at| (1..4).contains(&at) && words.get(at + 1).is_some_and(|key| key.starts_with("AAAA")))
    })
}

/// A finding as a bundle tells it.
#[derive(Deserialize)]
struct Stated {
    code: String,
    log: Option<String>,
    #[serde(default)]
    count: u64,
    #[serde(default)]
    path: String,
    title: String,
    text: String,
    #[serde(default)]
    arguments: serde_json::Value,
    #[serde(default)]
    here: bool,
}

/// What the examiner found in the originals of the logs in a bundle. It can only worsen what is found here, so nobody has to vouch for it.
fn stated(bag: &Bag) -> Vec<Finding> {
    let Some(text) = bag.text("data/findings.json", MAX_TEXT) else { return Vec::new() };
    let Ok(all) = serde_json::from_str::<Vec<Stated>>(&text) else { return Vec::new() };
    // What depends on the examiner's keys, or on files beside, says nothing of the records.
    let of_the_logs = |code: &Code| {
        code.severity() >= Severity::Warning
            && !matches!(
                code,
                Code::UnknownKey
                    | Code::QuorumMissed
                    | Code::KeyNotForOrigin
                    | Code::KeyNotValid
                    | Code::ChainFormUnknown
                    | Code::LogFileWithheld
            )
    };
    let found = all.into_iter().filter(|found| found.here).filter_map(|found| {
        let code = Code::named(&found.code).filter(of_the_logs)?;
        let place = Place { log: found.log, path: found.path, count: found.count, ..Place::default() };
        // The sentences are made here, unless the program that wrote the list knew more.
        let fact = match serde_json::from_value::<Fact>(found.arguments) {
            Ok(fact) if fact.code() == code => MetaFact::Known { fact: Box::new(fact) },
            Ok(_) | Err(_) => MetaFact::Quoted { code, title: found.title, text: found.text },
        };
        Some(Finding::of(fact, place))
    });
    found.take(10_000).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_plain() {
        let hash = "00".repeat(32);
        assert!(manifest(&format!("{hash}  data/a\n{hash}  data/b\n")).is_some());
        for wrong in [
            format!("{hash}  /a\n"),
            format!("{hash}  a/../b\n"),
            format!("{hash}  a\\b\n"),
            format!("{hash}  a\n{hash}  a\n"),
            "x  a\n".into(),
            format!("{hash} a\n"),
        ] {
            assert_eq!(manifest(&wrong), None, "{wrong}");
        }
    }

    #[test]
    fn tops_are_where_names_begin() {
        assert_eq!(top("a/b/data/report.json", STATEMENT), "a/b/");
        assert_eq!(top("data/report.json", STATEMENT), "");
        assert_eq!(top("a/renamed.json", STATEMENT), "a/");
        assert_eq!(top("a/data/renamed.json", STATEMENT), "a/");
        assert_eq!(top("a/data/proofs/x.ptree", "data/proofs/"), "a/");
        assert_eq!(top("proofs/x.ptree", "data/proofs/"), "");
        assert_eq!(top("a/mydata/report.json", STATEMENT), "a/mydata/");
        assert_eq!(top("x.ptree", "data/proofs/"), "");
    }
}
