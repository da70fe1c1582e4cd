//! The two properties of `sealed-segment.md` ("Nothing unsigned decides"), for every format that has a [`Maker`]:
//! *adding*, a file that no trusted signature covers never betters a verdict; *soundness*, whatever is done to genuine evidence without a key,
//! each record called sealed is a genuine one in its place, and what a trusted seal names is not missing unnoticed.
//!
//! A format plugs in with one `Maker` and one line in [`properties!`]: `genuine` writes evidence that verifies as sealed, `oracle` says, by
//! looking at the files alone, whether something must be noticed. `moves` adds manipulations of the format's own.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use sealscope::model::{State, Status, Verdict};
use sealscope::trust::Store as Keys;
use sealscope::verify::Examination;

use super::builder::*;
use super::manipulations::Numbers;

/// Genuine evidence: verifies as sealed.
pub struct Case {
    pub folder: tempfile::TempDir,
    pub keys: Keys,
    /// Every file, by path below the folder.
    pub files: BTreeMap<PathBuf, Vec<u8>>,
}

impl Case {
    /// Notes the files as they are now.
    pub fn new(folder: tempfile::TempDir, keys: Keys) -> Self {
        let files = files(folder.path()).into_iter().map(|path| (relative(folder.path(), &path), fs::read(&path).unwrap())).collect();
        Self { folder, keys, files }
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Puts every file back as it was.
    pub fn restore(&self) {
        for entry in fs::read_dir(self.path()).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() { fs::remove_dir_all(&path).unwrap() } else { fs::remove_file(&path).unwrap() }
        }
        for (path, content) in &self.files {
            write(&self.path().join(path), content);
        }
    }
}

pub type Move = fn(&Case, &mut Numbers) -> String;

/// Makes genuine evidence of one format.
pub trait Maker {
    /// The way it is written in failures.
    fn name(&self) -> &'static str;
    /// Evidence that verifies as well as this format can; every record occurs once.
    fn genuine(&self, numbers: &mut Numbers) -> Case;
    /// How well: what is said of every genuine record.
    fn best(&self) -> State {
        State::Sealed
    }
    /// Whether each record is signed for itself, so that a changed copy of a file still holds signed records.
    fn signs_records(&self) -> bool {
        false
    }
    /// What of a record is signed, where that is not all of it.
    fn signed(&self, raw: &[u8]) -> Vec<u8> {
        raw.to_vec()
    }
    /// How many records are compared byte for byte, where one costs as much as the whole file.
    fn rows_compared(&self) -> usize {
        usize::MAX
    }
    /// The exit code of `sealscope verify`.
    fn exit_code(&self, _case: &Case, examination: &Examination) -> u8 {
        exit_code(examination)
    }
    /// Whether the numbers in the log that the program gives to sealed records must be those of the genuine evidence.
    fn is_numbered(&self) -> bool {
        true
    }
    /// Manipulations of the format's own, by someone without the trusted key: strip a signature, sign with a lesser key, replay an older seal.
    fn moves(&self) -> Vec<Move> {
        Vec::new()
    }
    /// Something that a trusted seal among `here` names is missing or changed, so the exit code must not be 0. `here` are the contents of all
    /// files, unpacked, by path.
    fn must_notice(&self, genuine: &Case, here: &BTreeMap<PathBuf, Vec<u8>>) -> bool;
}

pub fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { found.extend(files(&path)) } else { found.push(path) }
    }
    found.sort();
    found
}

pub fn relative(folder: &Path, path: &Path) -> PathBuf {
    path.strip_prefix(folder).unwrap().to_owned()
}

pub fn write(path: &Path, content: &[u8]) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, content).unwrap();
}

pub fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// The content behind gzip, if it is that.
pub fn unpacked(content: &[u8]) -> Vec<u8> {
    use std::io::Read;
    let mut out = Vec::new();
    if content.starts_with(&[0x1f, 0x8b]) && flate2::read::MultiGzDecoder::new(content).read_to_end(&mut out).is_ok() {
        return out;
    }
    content.to_vec()
}

pub fn here(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    files(folder).into_iter().map(|path| (relative(folder, &path), unpacked(&fs::read(&path).unwrap()))).collect()
}

/// One random move that needs no key and knows nothing of the format.
fn common(case: &Case, numbers: &mut Numbers) -> String {
    let all = files(case.path());
    if all.is_empty() {
        return "nothing left".into();
    }
    let path = all[numbers.below(all.len())].clone();
    let other = all[numbers.below(all.len())].clone();
    let content = fs::read(&path).unwrap();
    let name = relative(case.path(), &path).display().to_string();
    let lines = || -> Vec<Vec<u8>> { content.split_inclusive(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect() };
    let all_lines = lines();
    let at = numbers.below(content.len());
    let line = numbers.below(all_lines.len());
    let put = |lines: Vec<Vec<u8>>| fs::write(&path, lines.concat()).unwrap();
    match numbers.below(16) {
        0 if !content.is_empty() => {
            let mut changed = content.clone();
            changed[at] ^= 1 << numbers.below(8);
            fs::write(&path, changed).unwrap();
            format!("flip {name}:{at}")
        }
        1 if !all_lines.is_empty() => {
            let mut lines = all_lines;
            lines.remove(line);
            put(lines);
            format!("drop line {line} of {name}")
        }
        2 if !all_lines.is_empty() => {
            let mut lines = all_lines;
            let other = numbers.below(lines.len());
            lines.swap(line, other);
            put(lines);
            format!("swap lines {line}, {other} of {name}")
        }
        3 => {
            let mut lines = all_lines;
            lines.insert(line, b"{\"time\":\"2026-03-07T00:00:00Z\",\"actor\":\"mallory\",\"action\":\"x\"}\n".to_vec());
            put(lines);
            format!("insert a line into {name}")
        }
        4 => {
            fs::remove_file(&path).unwrap();
            format!("remove {name}")
        }
        5 => {
            let to = case.path().join(format!("moved-{}/{}", numbers.below(3), name.replace('/', "_")));
            fs::create_dir_all(to.parent().unwrap()).unwrap();
            fs::rename(&path, to).unwrap();
            format!("move {name} to a subfolder")
        }
        6 => {
            let to = path.with_file_name(format!("renamed-{}", numbers.below(100)));
            fs::rename(&path, to).unwrap();
            format!("rename {name}")
        }
        7 => {
            let to = path.with_file_name(format!("copy-{}-{}", numbers.below(100), path.file_name().unwrap().to_string_lossy()));
            fs::copy(&path, to).unwrap();
            format!("copy {name}")
        }
        8 if path != other => {
            fs::write(&path, fs::read(&other).unwrap()).unwrap();
            fs::write(&other, content).unwrap();
            format!("exchange {name} and {}", relative(case.path(), &other).display())
        }
        9 if all_lines.len() > 1 => {
            let (one, rest) = all_lines.split_at(line.max(1));
            fs::write(&path, one.concat()).unwrap();
            fs::write(path.with_file_name(format!("split-{}.jsonl", numbers.below(100))), rest.concat()).unwrap();
            format!("split {name} at line {line}")
        }
        10 if path != other => {
            fs::write(&path, [content, fs::read(&other).unwrap()].concat()).unwrap();
            fs::remove_file(&other).unwrap();
            format!("join {name} and {}", relative(case.path(), &other).display())
        }
        11 => {
            fs::write(&path, gzip(&content)).unwrap();
            format!("pack {name} in place")
        }
        12 => {
            fs::remove_file(&path).unwrap();
            fs::write(format!("{}.gz", path.display()), gzip(&content)).unwrap();
            format!("pack {name}")
        }
        13 => {
            fs::write(&path, &content[..at]).unwrap();
            format!("truncate {name} to {at}")
        }
        14 if !all_lines.is_empty() => {
            put(all_lines[line..].to_vec());
            format!("drop the first {line} lines of {name}")
        }
        _ if path != other => {
            // A part of one file into the other.
            let foreign = fs::read(&other).unwrap();
            let piece: Vec<&[u8]> = foreign.split_inclusive(|byte| *byte == b'\n').take(2).collect();
            let mut lines = all_lines;
            lines.splice(line..line, piece.into_iter().map(<[u8]>::to_vec));
            put(lines);
            format!("splice {} into {name}", relative(case.path(), &other).display())
        }
        _ => "nothing".into(),
    }
}

/// The exit code of `sealscope verify`, as the README has it, without bundles.
pub fn exit_code(examination: &Examination) -> u8 {
    let verdict = examination.verdict();
    if verdict == Verdict::Broken {
        1
    } else if !codes(examination).contains(&"missing-or-unread") && (examination.unreadable() || examination.logs.is_empty()) {
        3
    } else if verdict == Verdict::Unchecked || examination.counts().of(State::Unchecked) > 0 {
        2
    } else {
        0
    }
}

/// A record as it is compared: what an editor does to line ends and marks is no part of it.
fn plain(raw: &[u8]) -> Vec<u8> {
    raw.strip_prefix(b"\xef\xbb\xbf").unwrap_or(raw).trim_ascii_end().to_vec()
}

type Shown = (Vec<u8>, Option<u64>, String, u32);

/// The records that are called sealed and counted: bytes, number in the log, and what the table shows. In a file that is called broken, lines
/// are shifted against their numbers; the findings say where.
fn sealed(maker: &dyn Maker, examination: &Examination, most: usize) -> Vec<Shown> {
    let store = &examination.store;
    let step = (store.len() / most.min(store.len()).max(1)).max(1);
    (0..store.len() as u32)
        .step_by(step)
        .filter(|&row| store.state(row) <= maker.best() && !store.is_duplicate(row))
        .filter_map(|row| {
            let origin = store.origin(row).unwrap();
            let segment = &examination.segments[origin.segment as usize];
            let number = (segment.state != State::Broken).then_some(segment.first + origin.record);
            let shown = format!("{} {} {} {}", store.time(row), store.identity_name(row), store.action(row), store.target(row));
            // Of a file that breaks off inside of its packing no record can be shown again.
            Some((plain(&maker.signed(&examination.raw(row).ok()?)), number, shown, origin.segment))
        })
        .collect()
}

/// Soundness of one tampered folder.
fn check_soundness(maker: &dyn Maker, case: &Case, genuine: &BTreeMap<Vec<u8>, (u64, String)>, what: &str) {
    let examination = open(case.path(), case.keys.clone());
    let mut seen = std::collections::BTreeSet::new();
    for (raw, number, shown, segment) in sealed(maker, &examination, maker.rows_compared()) {
        let name = maker.name();
        let text = String::from_utf8_lossy(&raw).into_owned();
        let Some((real, real_shown)) = genuine.get(&raw) else { panic!("{name}: {what}: sealed, but not genuine: {text}") };
        assert_eq!(shown, *real_shown, "{name}: {what}: shown otherwise");
        let placed = !maker.is_numbered() || number.is_none_or(|number| number == *real);
        assert!(placed, "{name}: {what}: {text} is number {real}, not {number:?}");
        // A line that a writer wrote twice is consistent, and said to be there twice; exports may overlap.
        let is_told = maker.best() > State::Sealed;
        assert!(seen.insert((segment, raw)) || is_told, "{name}: {what}: counted twice: {text}");
    }
    if maker.must_notice(case, &here(case.path())) {
        let code = maker.exit_code(case, &examination);
        assert_ne!(code, 0, "{}: {what}: not noticed: {:?} {:#?}", maker.name(), examination.verdict(), examination.findings);
    }
}

/// What must not get better by adding: sealed records, exit code, verdict, and the answers of each log.
fn check_adding(maker: &dyn Maker, case: &Case, numbers: &mut Numbers, what: &str) {
    let before = open(case.path(), case.keys.clone());
    let added = add(case, numbers, if maker.signs_records() { 6 } else { 8 });
    let after = open(case.path(), case.keys.clone());
    let name = maker.name();
    let counts = |examination: &Examination| examination.counts().of(State::Sealed);
    let code = |examination: &Examination| maker.exit_code(case, examination);
    assert!(counts(&after) <= counts(&before), "{name}: {what}, then {added}: {} sealed, then {}", counts(&before), counts(&after));
    assert!(!(code(&after) == 0 && matches!(code(&before), 1 | 2)), "{name}: {what}, then {added}: exit code 0");
    if before.verdict() == Verdict::Broken {
        assert_eq!(after.verdict(), Verdict::Broken, "{name}: {what}, then {added}");
    }
    for log in &before.logs {
        let Some(other) = after.logs.iter().find(|other| other.origin == log.origin && other.seal == log.seal) else { continue };
        for (one, two) in log.ladder.0.iter().zip(&other.ladder.0) {
            let better = two.status == Status::Proved && one.status != Status::Proved;
            assert!(!better, "{name}: {what}, then {added}: {}: {} became {}", one.question, one.text(), two.text());
        }
    }
}

/// Adds a file that no trusted signature covers.
fn add(case: &Case, numbers: &mut Numbers, ways: usize) -> String {
    let all = files(case.path());
    let pick = |numbers: &mut Numbers| (!all.is_empty()).then(|| all[numbers.below(all.len())].clone());
    let (stranger, signer) = key_pair(ORIGIN, 77);
    let note = |size: u64, root: [u8; 32]| {
        let text = sealscope::seal::note::checkpoint_text(&sealscope::seal::note::Checkpoint { origin: ORIGIN.into(), size, root });
        sealscope::seal::note::cosign(&text, &stranger, &signer, DAY + 999_999)
    };
    let (name, content): (String, Vec<u8>) = match numbers.below(ways) {
        0 => ("notes.txt".into(), b"nothing of interest\n".to_vec()),
        1 => ("more.jsonl".into(), format!("{}\n", record(77_777, 5)).into_bytes()),
        2 => ("stranger.pub".into(), stranger.verifier_key().unwrap().into_bytes()),
        3 => ("checkpoint".into(), note(numbers.next() % 100, [numbers.next() as u8; 32]).into_bytes()),
        4 => {
            let Some(beside) = pick(numbers) else { return "nothing".into() };
            let name = format!("{}.leaves", relative(case.path(), &beside).display());
            (name, vec![7; 32 * numbers.below(40)])
        }
        5 => {
            let Some(beside) = pick(numbers) else { return "nothing".into() };
            let head = "sealscope.dev/segment@v2\nunit line\nfirst 0\n\n";
            (format!("{}.seal", relative(case.path(), &beside).display()), (head.to_owned() + &note(5, [3; 32])).into_bytes())
        }
        6 => {
            // A changed copy, with another name.
            let Some(of) = pick(numbers) else { return "nothing".into() };
            let mut content = fs::read(&of).unwrap();
            if content.is_empty() {
                return "nothing".into();
            }
            let at = numbers.below(content.len());
            content[at] ^= 1;
            (format!("added/{}", relative(case.path(), &of).display()), content)
        }
        _ => ("empty.seal".into(), Vec::new()),
    };
    let path = case.path().join(&name);
    if path.exists() {
        return "nothing".into();
    }
    write(&path, &content);
    format!("add {name}")
}

/// Runs `tries` sequences of one to four moves over genuine evidence.
pub fn run(maker: &dyn Maker, seed: u64, tries: usize) {
    let mut numbers = Numbers(seed);
    let own = maker.moves();
    let mut case = maker.genuine(&mut numbers);
    let mut genuine = BTreeMap::new();
    for tried in 0..tries {
        if tried % 50 == 0 {
            case = maker.genuine(&mut numbers);
            let clean = open(case.path(), case.keys.clone());
            let counts = clean.counts();
            let good = (counts.of(maker.best()) == counts.total(), maker.exit_code(&case, &clean));
            assert_eq!(good, (true, 0), "{}: {counts:?} {:#?}", maker.name(), clean.findings);
            assert!(!maker.must_notice(&case, &here(case.path())), "{}: the oracle accuses genuine evidence", maker.name());
            genuine = sealed(maker, &clean, usize::MAX)
                .into_iter()
                .map(|(raw, number, shown, _)| (raw, (number.unwrap_or_default(), shown)))
                .collect();
        }
        let mut told = Vec::new();
        for _ in 0..=numbers.below(4) {
            let step = if !own.is_empty() && numbers.below(3) == 0 {
                own[numbers.below(own.len())](&case, &mut numbers)
            } else {
                common(&case, &mut numbers)
            };
            told.push(step);
        }
        let what = format!("try {tried} of seed {seed}: {}", told.join("; "));
        // What the last try looked at can be kept, to see what went wrong.
        if let Ok(keep) = std::env::var("SEALSCOPE_KEEP") {
            fs::remove_dir_all(&keep).ok();
            files(case.path()).iter().for_each(|path| write(&Path::new(&keep).join(relative(case.path(), path)), &fs::read(path).unwrap()));
        }
        check_soundness(maker, &case, &genuine, &what);
        check_adding(maker, &case, &mut numbers, &what);
        case.restore();
    }
}

/// How many sequences a whole run tries.
pub fn tries() -> usize {
    std::env::var("SEALSCOPE_TRIES").map_or(10_000, |text| text.parse().unwrap())
}

/// A sample that always runs, and the whole on demand; `docs/testing.md` has the commands and the last figures.
macro_rules! properties {
    ($($name:ident: $maker:expr, $sample:expr;)*) => {
        $(mod $name {
            #[test]
            fn hold_for_a_sample() {
                super::run(&$maker, 1, $sample);
            }

            #[test]
            #[ignore = "takes minutes to hours; SEALSCOPE_TRIES is the number of tries, by default 10,000"]
            fn hold_for_ten_thousand() {
                super::run(&$maker, 2, super::tries());
            }
        })*
    };
}

properties! {
    segments: crate::segments::Segments, 400;
    excerpts: crate::segments::Excerpts, 300;
    plain_chains: crate::makers::chains::Chains::Plain, 100;
    keyed_chains: crate::makers::chains::Chains::Keyed, 100;
    receipts: crate::makers::chains::Chains::Receipts, 100;
    nested_receipts: crate::makers::chains::Chains::Nested, 50;
    trails: crate::makers::cloudtrail::Trails, 60;
    journals: crate::makers::journals::Journals, 3;
    tiles: crate::makers::tiles::Tiles, 60;
    proofs: crate::makers::anchors::Proofs, 100;
    sigstore: crate::makers::anchors::Sigstore, 100;
    bundles: crate::makers::bundles::Bundles, 30;
}
