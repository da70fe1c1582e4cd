//! Archives, packed files, links and budgets: what two programs would read differently is not read, and nothing small takes much.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use sealscope::model::{Code, State, Verdict};
use sealscope::source::{Budget, Cost, Exceeded, File, Inventory, Location, Opening, Reading, walk};
use sealscope::trust::Store as Keys;
use sealscope::verify::{Job, examine};

use super::builder::*;

fn found(path: &Path) -> Inventory {
    walk(&[path.to_owned()], &Opening::default())
}

fn paths(inventory: &Inventory) -> Vec<&str> {
    inventory.files.iter().map(|file| file.path.as_str()).collect()
}

/// Nothing of the archive was read, and the reason names `words`.
fn refused(bytes: &[u8], words: &str) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.archive");
    fs::write(&path, bytes).unwrap();
    let inventory = found(&path);
    assert!(inventory.files.is_empty(), "{words}: {:?}", paths(&inventory));
    let said: Vec<&str> = inventory.skipped.iter().filter(|skipped| skipped.failed).map(|skipped| skipped.reason.as_str()).collect();
    assert!(said.iter().any(|reason| reason.contains(words)), "{words}: {said:?}");
}

fn accepted(bytes: &[u8]) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.archive");
    fs::write(&path, bytes).unwrap();
    let inventory = found(&path);
    assert!(inventory.skipped.iter().all(|skipped| !skipped.failed), "{:?}", inventory.skipped);
    for file in &inventory.files {
        file.read_all(1 << 20).unwrap();
    }
    paths(&inventory).into_iter().map(str::to_owned).collect()
}

const LINES: &[u8] = b"{\"time\":\"2026-03-07T00:00:00Z\",\"actor\":\"a\",\"action\":\"read\"}\n{\"time\":\"2026-03-07T00:00:01Z\",\"actor\":\"a\",\"action\":\"write\"}\n";

fn crc(bytes: &[u8]) -> u32 {
    let mut crc = flate2::Crc::new();
    crc.update(bytes);
    crc.sum()
}

/// A member of a zip archive made by hand, each part of which can be given differently.
#[derive(Clone)]
struct Entry {
    name: Vec<u8>,
    local_name: Option<Vec<u8>>,
    content: Vec<u8>,
    local_crc: Option<u32>,
    method: u16,
    at: Option<u32>,
    extra: Vec<u8>,
}

fn entry(name: &str, content: &[u8]) -> Entry {
    Entry { name: name.into(), local_name: None, content: content.to_vec(), local_crc: None, method: 0, at: None, extra: Vec::new() }
}

fn zip_of(entries: &[Entry], between: &[u8], comment: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut list = Vec::new();
    for entry in entries {
        let at = out.len() as u32;
        let length = entry.content.len() as u32;
        let name = entry.local_name.as_ref().unwrap_or(&entry.name);
        let head = |crc: u32, name: &[u8]| {
            let mut head = vec![20, 0, 0, 0];
            head.extend(entry.method.to_le_bytes());
            head.extend([0, 0, 0x21, 0x50]);
            head.extend(crc.to_le_bytes());
            head.extend(length.to_le_bytes());
            head.extend(length.to_le_bytes());
            head.extend((name.len() as u16).to_le_bytes());
            head
        };
        out.extend(b"PK\x03\x04");
        out.extend(head(entry.local_crc.unwrap_or(crc(&entry.content)), name));
        out.extend([0, 0]);
        out.extend(name);
        if entry.at.is_none() {
            out.extend(&entry.content);
        }
        list.extend(b"PK\x01\x02\x14\x00");
        list.extend(head(crc(&entry.content), &entry.name));
        list.extend((entry.extra.len() as u16).to_le_bytes());
        list.extend([0; 10]);
        list.extend(entry.at.unwrap_or(at).to_le_bytes());
        list.extend(&entry.name);
        list.extend(&entry.extra);
    }
    out.extend(between);
    let at = out.len() as u32;
    out.extend(&list);
    out.extend(b"PK\x05\x06\0\0\0\0");
    out.extend((entries.len() as u16).to_le_bytes());
    out.extend((entries.len() as u16).to_le_bytes());
    out.extend((list.len() as u32).to_le_bytes());
    out.extend(at.to_le_bytes());
    out.extend((comment.len() as u16).to_le_bytes());
    out.extend(comment);
    out
}

#[test]
fn zip_archives_that_programs_unpack_differently() {
    let (a, b) = (entry("a.jsonl", LINES), entry("b.jsonl", b"{\"x\":1}\n"));
    assert_eq!(accepted(&zip_of(&[a.clone(), b.clone()], b"", b"")), ["a.archive/a.jsonl", "a.archive/b.jsonl"]);
    assert_eq!(accepted(&zip_of(std::slice::from_ref(&a), b"", b"a comment")), ["a.archive/a.jsonl"]);
    let other = Entry { content: b"{\"x\":2}\n".to_vec(), ..a.clone() };
    for name in ["a.jsonl", "./a.jsonl", "A.jsonl", ".//a.jsonl", "a.jsonl."] {
        refused(&zip_of(&[a.clone(), Entry { name: name.into(), ..other.clone() }], b"", b""), "a.jsonl");
    }
    let (composed, apart) = (entry("\u{e4}.jsonl", LINES), entry("a\u{308}.jsonl", b"{\"x\":1}\n"));
    refused(&zip_of(&[composed, apart], b"", b""), "one to some of them");
    refused(&zip_of(&[entry("a.jsonl\0", LINES)], b"", b""), "zero byte");
    refused(&zip_of(&[a.clone(), entry("a.jsonl/b.jsonl", LINES)], b"", b""), "both a file and a folder");
    // The header before the file says something else than the list.
    refused(&zip_of(&[Entry { local_name: Some(b"c.jsonl".to_vec()), ..a.clone() }], b"", b""), "the name of");
    refused(&zip_of(&[Entry { local_crc: Some(7), ..a.clone() }], b"", b""), "the checksum of");
    // A name of its own in an extra field is what some programs go by.
    let mut extra = vec![0x75, 0x70, 5 + 7, 0, 1];
    extra.extend(crc(b"a.jsonl").to_le_bytes());
    extra.extend(b"b.jsonl");
    refused(&zip_of(&[Entry { extra, ..a.clone() }, b.clone()], b"", b""), "two different files in it are named “b.jsonl”");
    // Data that the list does not name: between, before, after.
    let hidden = zip_of(&[entry("hidden.jsonl", LINES)], b"", b"");
    refused(&zip_of(std::slice::from_ref(&a), &hidden[..hidden.len() - 22], b""), "data that its list does not name");
    let mut before = b"PK\x03\x04 some bytes".to_vec();
    before.extend(zip_of(std::slice::from_ref(&a), b"", b""));
    refused(&before, "before its first file");
    let mut after = zip_of(std::slice::from_ref(&a), b"", b"");
    after.extend(b"more");
    refused(&after, "after its end");
    let inner = zip_of(std::slice::from_ref(&b), b"", b"");
    refused(&zip_of(std::slice::from_ref(&a), b"", &inner), "more than one list of its files");
    // Two members that lie over one another.
    refused(&zip_of(&[a.clone(), Entry { at: Some(0), name: b"a.jsonl".to_vec(), ..b }], b"", b""), "overlaps");
    refused(&zip_of(&[a], b"", b"")[..100], "list of files is missing");
}

#[test]
fn a_member_whose_bytes_are_not_those_of_its_checksum() {
    let folder = tempfile::tempdir().unwrap();
    let mut bytes = zip_of(&[entry("a.jsonl", LINES)], b"", b"");
    let at = bytes.windows(4).position(|part| part == b"read").unwrap();
    bytes[at] = b'd';
    fs::write(folder.path().join("a.zip"), &bytes).unwrap();
    let inventory = found(&folder.path().join("a.zip"));
    assert!(matches!(Reading::from(inventory.files[0].read_all(1 << 20)), Reading::Damaged(_)));
    assert!(!open(folder.path(), Keys::default()).findings.is_empty());
}

#[test]
fn two_files_of_one_name_and_one_content_are_one() {
    let a = entry("a.jsonl", LINES);
    assert_eq!(accepted(&zip_of(&[a.clone(), a], b"", b"")), ["a.archive/a.jsonl"]);
}

fn header(name: &[u8], size: u64, kind: u8) -> Vec<u8> {
    let mut header = tar::Header::new_ustar();
    header.set_size(size);
    header.set_mode(0o644);
    header.set_mtime(0);
    header.set_entry_type(tar::EntryType::new(kind));
    header.as_mut_bytes()[..name.len()].copy_from_slice(name);
    header.set_cksum();
    header.as_bytes().to_vec()
}

fn tar_member(name: &[u8], content: &[u8], kind: u8) -> Vec<u8> {
    let mut member = header(name, content.len() as u64, kind);
    member.extend(content);
    member.resize(member.len().next_multiple_of(512), 0);
    member
}

fn tar_of(members: &[Vec<u8>]) -> Vec<u8> {
    let mut out = members.concat();
    out.resize(out.len() + 1024, 0);
    out
}

fn pax(fields: &[(&str, &str)]) -> Vec<u8> {
    let mut content = String::new();
    for (key, value) in fields {
        let mut length = key.len() + value.len() + 3;
        while length != format!("{length} {key}={value}\n").len() {
            length = format!("{length} {key}={value}\n").len();
        }
        content.push_str(&format!("{length} {key}={value}\n"));
    }
    tar_member(b"pax", content.as_bytes(), b'x')
}

#[test]
fn tar_archives_that_programs_unpack_differently() {
    let a = tar_member(b"a.jsonl", LINES, b'0');
    let other = |name: &[u8]| tar_member(name, b"{\"x\":2}\n", b'0');
    assert_eq!(accepted(&tar_of(&[a.clone(), other(b"b.jsonl")])), ["a.archive/a.jsonl", "a.archive/b.jsonl"]);
    assert_eq!(accepted(&tar_of(&[a.clone(), a.clone()])), ["a.archive/a.jsonl"], "the same file twice");
    for name in [&b"a.jsonl"[..], b"./a.jsonl", b"A.JSONL"] {
        refused(&tar_of(&[a.clone(), other(name)]), "a.jsonl");
    }
    refused(&tar_of(&[a.clone(), tar_member(b"a.jsonl", b"", b'2')]), "a.jsonl");
    refused(&tar_of(&[a.clone(), other(b"a.jsonl/b")]), "both a file and a folder");
    // A name in the header, another in the fields before it.
    refused(&tar_of(&[pax(&[("path", "b.jsonl")]), a.clone()]), "has two names");
    refused(&tar_of(&[tar_member(b"././@LongLink", b"b.jsonl\0", b'L'), a.clone()]), "has two names");
    refused(&tar_of(&[pax(&[("path", "b.jsonl"), ("path", "c.jsonl")]), a.clone()]), "stated twice");
    refused(&tar_of(&[pax(&[("size", "3")]), a.clone()]), "two sizes");
    refused(&tar_of(&[tar_member(b"././@LongLink", b"b\0c.jsonl\0", b'L'), a.clone()]), "zero byte");
    let long = "x".repeat(150) + ".jsonl";
    let wide = tar_member(&long.as_bytes()[..100], LINES, b'0');
    assert_eq!(accepted(&tar_of(&[pax(&[("path", &long)]), wide.clone()])), [format!("a.archive/{long}")]);
    assert_eq!(
        accepted(&tar_of(&[tar_member(b"././@LongLink", (long.clone() + "\0").as_bytes(), b'L'), wide])),
        [format!("a.archive/{long}")]
    );
    // After the end mark some programs read on.
    let mut twice = tar_of(std::slice::from_ref(&a));
    twice.extend(tar_of(&[other(b"b.jsonl")]));
    refused(&twice, "after its end mark");
    let mut padded = tar_of(std::slice::from_ref(&a));
    padded.resize(10_240, 0);
    assert_eq!(accepted(&padded).len(), 1);
    // A folder that holds data.
    refused(&tar_of(&[tar_member(b"folder", LINES, b'5')]), "holds data");
    refused(&tar_of(&[header(b"././@LongLink", 4 << 30, b'L')]), "which none need");
}

#[test]
fn a_tar_archive_without_its_end_is_not_whole() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.tar");
    fs::write(&path, tar_member(b"a.jsonl", LINES, b'0')).unwrap();
    let inventory = found(&path);
    assert_eq!(inventory.files.len(), 1);
    assert!(inventory.skipped.iter().any(|skipped| skipped.failed && skipped.reason.contains("cut short")));
    fs::write(&path, header(b"a.jsonl", 1 << 40, b'0')).unwrap();
    assert!(found(&path).skipped.iter().any(|skipped| skipped.failed && skipped.reason.contains("ends before")));
}

#[test]
fn names_that_differ_in_bytes_that_are_no_text_stay_apart() {
    let members = [tar_member(b"a\xff.jsonl", LINES, b'0'), tar_member(b"a\xfe.jsonl", b"{\"x\":1}\n", b'0')];
    assert_eq!(accepted(&tar_of(&members)), ["a.archive/a⟨byte FE⟩.jsonl", "a.archive/a⟨byte FF⟩.jsonl"]);
    let folder = tempfile::tempdir().unwrap();
    for name in [&b"a\xff.jsonl"[..], b"a\xfe.jsonl"] {
        use std::os::unix::ffi::OsStrExt;
        fs::write(folder.path().join(std::ffi::OsStr::from_bytes(name)), LINES).unwrap();
    }
    let inventory = found(folder.path());
    assert_eq!(inventory.files.len(), 2);
    assert_ne!(inventory.files[0].path, inventory.files[1].path);
}

fn xz(bytes: &[u8]) -> Vec<u8> {
    let mut packed = lzma_rust2::XzWriter::new(Vec::new(), lzma_rust2::XzOptions::with_preset(1)).unwrap();
    std::io::Write::write_all(&mut packed, bytes).unwrap();
    packed.finish().unwrap()
}

fn bzip2(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn a_sealed_file_may_be_packed_with_xz_or_bzip2() {
    for (ending, pack) in [("xz", xz as fn(&[u8]) -> Vec<u8>), ("bz2", bzip2)] {
        let log = Log::new(2, 300, true, true);
        let bytes = fs::read(log.path(0)).unwrap();
        fs::remove_file(log.path(0)).unwrap();
        let packed = PathBuf::from(format!("{}.{ending}", log.path(0).display()));
        fs::write(&packed, pack(&bytes)).unwrap();
        assert_sealed(&log.examine(), &[]);
        // Cut short or damaged, it is never fine.
        let whole = pack(&bytes);
        for spoiled in [whole[..whole.len() - 9].to_vec(), [&whole[..20], &[0xff; 30], &whole[50..]].concat()] {
            fs::write(&packed, spoiled).unwrap();
            let verdict = log.examine().verdict();
            assert!(verdict > Verdict::Sealed && verdict != Verdict::Unsealed, "{ending}: {verdict:?}");
        }
    }
}

#[test]
fn each_way_of_not_reading_is_told_apart() {
    let folder = tempfile::tempdir().unwrap();
    let read = |name: &str, bytes: &[u8]| {
        fs::write(folder.path().join(name), bytes).unwrap();
        let file = found(&folder.path().join(name)).files.remove(0);
        Reading::from(file.read_all(1 << 20))
    };
    assert!(matches!(read("plain", LINES), Reading::Done(_)));
    assert!(matches!(read("garbage.gz", b"\x1f\x8b\x08\x00garbage that is nothing"), Reading::Damaged(_)));
    assert!(matches!(read("garbage.zst", b"\x28\xb5\x2f\xfdgarbage that is nothing"), Reading::Damaged(_)));
    assert!(matches!(read("garbage.xz", b"\xfd7zXZ\0garbage that is nothing"), Reading::Damaged(_)));
    assert!(matches!(read("garbage.bz2", b"BZh91AY&SYgarbage that is nothing"), Reading::Damaged(_)));
    assert!(matches!(read("large", &vec![b'x'; 2 << 20]), Reading::TooLarge(_)));
    fs::write(folder.path().join("lines"), vec![b'\n'; 4 << 20]).unwrap();
    let lines = found(&folder.path().join("lines")).files.remove(0);
    assert!(matches!(Reading::from(lines.read_all(8 << 20)), Reading::TooLarge(why) if why.contains("records")));
    let gone = found(&folder.path().join("plain")).files.remove(0);
    fs::remove_file(folder.path().join("plain")).unwrap();
    assert!(matches!(Reading::from(gone.read_all(1 << 20)), Reading::Unreadable(_)));
    // Another file of the same size in its place is not the one that was found.
    fs::write(folder.path().join("swapped"), LINES).unwrap();
    let swapped = found(&folder.path().join("swapped")).files.remove(0);
    assert!(!swapped.changed());
    std::thread::sleep(Duration::from_millis(20));
    fs::write(folder.path().join("other"), LINES).unwrap();
    fs::rename(folder.path().join("other"), folder.path().join("swapped")).unwrap();
    assert!(swapped.changed());
    assert!(matches!(Reading::from(swapped.read_all(1 << 20)), Reading::Unreadable(why) if why.contains("replaced by another file")));
    let opening = Opening::default();
    let stopped = walk(&[folder.path().join("swapped")], &opening).files.remove(0);
    opening.budget.stop();
    assert_eq!(Reading::from(stopped.read_all(1 << 20)), Reading::Stopped);
    assert_eq!(Reading::from(stopped.read_range(3, 5)), Reading::Stopped);
    // Once the work is over, single records are still shown.
    opening.budget.finish();
    assert!(matches!(Reading::from(stopped.read_range(3, 5)), Reading::Done(_)));
}

#[test]
fn a_garbled_packed_file_beside_nothing_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("a.jsonl.gz"), b"\x1f\x8b\x08\x00garbage that is nothing").unwrap();
    assert!(open(folder.path(), Keys::default()).unreadable());
}

#[test]
fn what_is_opened_twice_is_counted_once() {
    let log = Log::new(2, 10, true, true);
    let folder = log.folder.path().to_owned();
    let file = log.path(0);
    for paths in [vec![folder.clone(), file.clone()], vec![file.clone(), folder.clone()], vec![folder.clone(), folder.clone()]] {
        let examination = examine(&paths, log.keys.clone(), &Job::default(), None);
        assert_sealed(&examination, &[]);
        assert_eq!(examination.counts().total(), 20);
    }
    let examination = examine(&[file.clone(), file, log.seal_path(0)], log.keys.clone(), &Job::default(), None);
    assert_eq!(examination.counts().total(), 10);
    assert_eq!(examination.verdict(), Verdict::Sealed, "{:?}", examination.findings);
}

#[test]
fn links_that_lead_out_are_listed_and_not_followed() {
    use std::os::unix::fs::symlink;
    let outside = tempfile::tempdir().unwrap();
    fs::write(outside.path().join("private.jsonl"), LINES).unwrap();
    let log = Log::new(1, 10, true, true);
    symlink(outside.path().join("private.jsonl"), log.folder.path().join("out.jsonl")).unwrap();
    symlink(outside.path(), log.folder.path().join("folder")).unwrap();
    symlink(log.path(0), log.folder.path().join("current.jsonl")).unwrap();
    let examination = log.examine();
    assert_sealed(&examination, &[]);
    assert_eq!(examination.counts().total(), 10);
    let out = examination.skipped.iter().filter(|skipped| skipped.reason.contains("leads out")).count();
    assert_eq!((out, examination.skipped.len()), (2, 3), "{:?}", examination.skipped);
    let job = Job::default().following_links(true);
    let examination = examine(&[log.folder.path().to_owned()], log.keys.clone(), &job, None);
    assert_eq!(examination.counts().of(State::Unsealed), 2, "the outer file is found once: {:?}", examination.skipped);
    // What the user names is opened, be it a link.
    let named = log.folder.path().join("out.jsonl");
    assert_eq!(open(&named, Keys::default()).counts().total(), 2);
}

/// Runs the command line with so much address space, and gives its exit code and time.
fn bounded(path: &Path, megabytes: u64) -> (Option<i32>, Duration, String) {
    let start = Instant::now();
    let output = std::process::Command::new("sh")
        .arg("-c")
        .arg(format!("ulimit -v {}; exec \"$0\" verify --json \"$1\"", megabytes << 10))
        .arg(env!("CARGO_BIN_EXE_sealscope"))
        .arg(path)
        .env("RAYON_NUM_THREADS", "2")
        .env("MALLOC_ARENA_MAX", "2")
        .stdin(std::process::Stdio::null())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    (output.status.code(), start.elapsed(), said)
}

fn gzip(bytes: impl Iterator<Item = Vec<u8>>) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    bytes.for_each(|piece| encoder.write_all(&piece).unwrap());
    encoder.finish().unwrap()
}

/// Small evidence that unpacks to much ends soon, with an exit code that is not fine, within this memory.
const MEGABYTES: u64 = 700;

#[test]
fn bombs_end_soon_and_take_little() {
    let folder = tempfile::tempdir().unwrap();
    let mut cases: Vec<(&str, Vec<u8>)> = Vec::new();
    cases.push(("feeds.gz", gzip((0..64).map(|_| vec![b'\n'; 1 << 20]))));
    let zeros = gzip((0..255).map(|_| vec![b' '; 1 << 20]));
    let many: Vec<Entry> = (0..30).map(|number| entry(&format!("{number}.jsonl.gz"), &zeros)).collect();
    cases.push(("many.zip", zip_of(&many, b"", b"")));
    let overlapping: Vec<Entry> =
        (0..500).map(|number| Entry { at: (number > 0).then_some(0), ..entry(&format!("{number}.jsonl.gz"), &zeros) }).collect();
    cases.push(("overlapping.zip", zip_of(&overlapping, b"", b"")));
    cases.push(("name.tar", header(b"././@LongLink", 4 << 30, b'L')));
    let long_name = gzip(std::iter::once(header(b"././@LongLink", 1 << 30, b'L')).chain((0..200).map(|_| vec![b'x'; 1 << 20])));
    cases.push(("name.tar.gz", long_name));
    let entries = (0..40).map(|_| b",{}".repeat(1 << 18));
    let document = std::iter::once(b"{\"Records\":[{}".to_vec()).chain(entries).chain([b"]}".to_vec()]);
    cases.push(("document.gz", gzip(document)));
    cases.push(("feeds.tar.gz", gzip(std::iter::once(header(b"a.jsonl", 64 << 20, b'0')).chain((0..65).map(|_| vec![b'\n'; 1 << 20])))));
    let mut wrong = Vec::new();
    for (name, bytes) in &cases {
        let path = folder.path().join(name);
        fs::write(&path, bytes).unwrap();
        let (code, time, said) = bounded(&path, MEGABYTES);
        println!("{name}: {} bytes, exit {code:?}, {time:?}", bytes.len());
        let told = matches!(code, Some(1..=3)) || said.contains("\"unreadable\"");
        if !told || time > Duration::from_secs(60) || said.contains("panicked") || said.contains("allocation") {
            wrong.push(format!("{name}: exit {code:?} after {time:?}: {}", &said[..said.len().min(600)]));
        }
        fs::remove_file(&path).unwrap();
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn many_files_are_found_without_keeping_much_of_each() {
    let folder = tempfile::tempdir().unwrap();
    let line = "{\"time\":\"2026-03-07T00:00:00Z\",\"actor\":\"a\",\"action\":\"read\"}\n".repeat(200);
    for number in 0..2_000 {
        fs::write(folder.path().join(format!("{number}.txt")), &line).unwrap();
    }
    let inventory = found(folder.path());
    assert_eq!(inventory.files.len(), 2_000);
    assert!(inventory.files.iter().all(|file| file.start.len() <= File::KEPT && file.peek().len() == line.len()));
}

#[test]
fn a_stop_is_heeded_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("zeros");
    fs::File::create(&path).unwrap().set_len(64 << 30).unwrap();
    let opening = Opening::default();
    let file = walk(&[path], &opening).files.remove(0);
    std::thread::scope(|scope| {
        let reading = scope.spawn(|| {
            let mut reader = file.reader().unwrap();
            std::io::copy(&mut reader, &mut std::io::sink()).map_err(|cause| file.io(cause))
        });
        std::thread::sleep(Duration::from_millis(50));
        let start = Instant::now();
        opening.budget.stop();
        assert_eq!(Reading::from(reading.join().unwrap()), Reading::Stopped);
        assert!(start.elapsed() < Duration::from_millis(100), "{:?}", start.elapsed());
    });
}

#[test]
fn a_budget_is_used_up_by_unpacking_and_says_so() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("a.gz"), gzip((0..8).map(|_| vec![b'x'; 1 << 20]))).unwrap();
    let opening = Opening { budget: Budget::new().limited(Cost::Unpacked, 1 << 20), follow_links: false };
    let file = walk(&[folder.path().join("a.gz")], &opening).files.remove(0);
    opening.budget.clone().limited(Cost::Unpacked, 2 << 20).take(Cost::Steps, 1).unwrap();
    match Reading::from(file.read_all(1 << 30)) {
        Reading::TooLarge(why) => assert!(why.contains("the case unpacks to more than 2.0 MiB"), "{why}"),
        other => panic!("{other:?}"),
    }
    assert!(matches!(opening.budget.take(Cost::Members, 2_000_000), Err(Exceeded::Members { .. })));
}

#[test]
fn a_location_of_ones_own_has_a_budget_of_its_own() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.jsonl");
    fs::write(&path, LINES).unwrap();
    let file = File::new("a".into(), Location::Path(path), LINES.len() as u64).unwrap();
    assert_eq!(file.read_all(1 << 20).unwrap(), LINES);
}

#[test]
fn no_archive_makes_the_program_fall_over() {
    let a = tar_of(&[pax(&[("path", "a.jsonl"), ("comment", "x")]), tar_member(b"a.jsonl", LINES, b'0')]);
    let z = zip_of(&[entry("a.jsonl", LINES), entry("b/c.jsonl", LINES)], b"", b"x");
    let packed = [a, z, xz(LINES), bzip2(LINES), gzip(std::iter::once(LINES.to_vec()))];
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x");
    let mut state = 1u64;
    let mut random = |limit: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % limit.max(1)
    };
    for round in 0..3_000 {
        let mut bytes = packed[round % packed.len()].clone();
        for _ in 0..=random(4) {
            let at = random(bytes.len());
            match random(4) {
                0 => bytes.truncate(at.max(1)),
                1 => bytes[at] = [0, 0xff, 0x7f, b'9'][random(4)],
                2 => bytes[at] ^= 1 << random(8),
                _ => {
                    let end = (at + random(40)).min(bytes.len());
                    let piece = bytes[at..end].to_vec();
                    let to = random(bytes.len());
                    bytes.splice(to..to, piece);
                }
            }
        }
        fs::write(&path, &bytes).unwrap();
        let inventory = found(&path);
        for file in &inventory.files {
            drop(Reading::from(file.read_all(1 << 20)));
        }
        assert!(!inventory.files.is_empty() || !inventory.skipped.is_empty(), "every file is accounted for");
    }
}

#[test]
fn an_archive_in_doubt_makes_the_case_unclean() {
    let log = Log::new(1, 5, true, true);
    let (a, b) = (entry("a.jsonl", LINES), entry("a.jsonl", b"{\"x\":1}\n"));
    fs::write(log.folder.path().join("more.zip"), zip_of(&[a, b], b"", b"")).unwrap();
    let examination = log.examine();
    assert!(examination.unreadable());
    assert!(of(&examination, Code::Unreadable).is_empty());
}

#[test]
fn a_stop_is_heeded_while_files_are_found() {
    let folder = tempfile::tempdir().unwrap();
    let members: Vec<Vec<u8>> = (0..60_000).map(|number| header(format!("{number}.jsonl").as_bytes(), 0, b'0')).collect();
    fs::write(folder.path().join("many.tar"), tar_of(&members)).unwrap();
    let mut found = Vec::new();
    for wait in [0, 20, 60, 200] {
        let opening = Opening::default();
        std::thread::scope(|scope| {
            let walking = scope.spawn(|| walk(&[folder.path().to_owned()], &opening));
            std::thread::sleep(Duration::from_millis(wait));
            let start = Instant::now();
            opening.budget.stop();
            found.push(walking.join().unwrap().files.len());
            // The bound is 100 ms; a machine that does much else at once may be slower.
            assert!(start.elapsed() < Duration::from_millis(400), "{wait}: {:?}", start.elapsed());
        });
    }
    assert!(found[0] < 60_000, "{found:?}");
}
