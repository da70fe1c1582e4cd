//! Ten thousand random manipulations: none is missed, and each is placed within one record.

use std::fs;

use sealscope::model::{Code, Severity, State, Verdict};

use super::builder::*;

/// splitmix64, so that a failure can be repeated.
pub struct Numbers(pub u64);

impl Numbers {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    pub fn below(&mut self, limit: usize) -> usize {
        (self.next() % limit.max(1) as u64) as usize
    }
}

const RECORDS: usize = 12;

fn lines(content: &[u8]) -> Vec<Vec<u8>> {
    sealscope::seal::records(sealscope::seal::segment::Unit::Line, content).into_iter().map(<[u8]>::to_vec).collect()
}

fn joined(lines: &[Vec<u8>]) -> Vec<u8> {
    lines.iter().flat_map(|line| line.iter().copied().chain([b'\n'])).collect()
}

/// Changes a segment's content in one random way and says which records (by number in the segment) are concerned.
fn manipulate(numbers: &mut Numbers, content: &[u8]) -> (Vec<u8>, std::ops::RangeInclusive<usize>, &'static str) {
    let mut records = lines(content);
    let index = numbers.below(records.len());
    match numbers.below(7) {
        0 => {
            let mut changed = content.to_vec();
            let place = numbers.below(changed.len());
            changed[place] ^= 1 << numbers.below(8);
            let record = content[..place].iter().filter(|byte| **byte == b'\n').count();
            // A flip may join two records or divide one.
            (changed, record.saturating_sub(1)..=record + 1, "bit flip")
        }
        1 => {
            records.remove(index);
            (joined(&records), index..=index, "dropped")
        }
        2 => {
            let copy = records[index].clone();
            records.insert(index + 1, copy);
            (joined(&records), index..=index + 1, "repeated")
        }
        3 => {
            let other = (index + 1 + numbers.below(records.len() - 1)) % records.len();
            records.swap(index, other);
            (joined(&records), index.min(other)..=index.max(other), "swapped")
        }
        4 => {
            let place = numbers.below(records[index].len().max(1)).min(records[index].len());
            let byte = b"abcxyz019"[numbers.below(9)];
            records[index].insert(place, byte);
            (joined(&records), index..=index, "spliced in")
        }
        5 => {
            let place = numbers.below(records[index].len());
            records[index].remove(place);
            (joined(&records), index..=index, "cut out")
        }
        _ => {
            let cut = numbers.below(content.len() - 1);
            let record = content[..cut].iter().filter(|byte| **byte == b'\n').count();
            (content[..cut].to_vec(), record.saturating_sub(1)..=RECORDS, "cut off")
        }
    }
}

#[test]
fn none_is_missed() {
    let mut numbers = Numbers(42);
    let mut tried = 0;
    let logs: Vec<Log> =
        [(false, true), (true, true), (true, false)].iter().map(|(salted, leaves)| Log::new(2, RECORDS, *salted, *leaves)).collect();
    while tried < 9_000 {
        let log = &logs[tried % logs.len()];
        let segment = numbers.below(2);
        let original = fs::read(log.path(segment)).unwrap();
        let (changed, concerned, what) = manipulate(&mut numbers, &original);
        if lines(&changed) == lines(&original) {
            // The final line feed does not belong to any record.
            continue;
        }
        tried += 1;
        fs::write(log.path(segment), &changed).unwrap();
        let examination = log.examine();
        fs::write(log.path(segment), &original).unwrap();
        let errors: Vec<_> = examination.findings.iter().filter(|finding| finding.severity == Severity::Error).collect();
        assert_eq!(examination.verdict(), Verdict::Broken, "{what} was missed in try {tried}");
        assert!(
            errors.iter().all(|finding| finding.place.path.ends_with(log.path(segment).file_name().unwrap().to_str().unwrap())),
            "{what}: {errors:#?}"
        );
        if log.leaves {
            for finding in errors {
                assert!(
                    matches!(
                        finding.code,
                        Code::RecordAltered | Code::RecordRemoved | Code::RecordInserted | Code::RecordMoved | Code::SegmentAltered
                    ),
                    "{finding:?}"
                );
                if finding.code == Code::SegmentAltered {
                    // Only when not one record is left that fits.
                    assert_eq!(what, "cut off");
                    continue;
                }
                let number = finding.place.record.unwrap() as usize;
                let (first, last) = (segment * RECORDS + concerned.start(), segment * RECORDS + concerned.end());
                assert!(number + 1 >= first && number <= last + 1, "{what}: {finding:?} is not within {first}..={last}");
            }
        }
    }
}

#[test]
fn no_forged_seal_passes() {
    let mut numbers = Numbers(4711);
    let log = Log::new(2, RECORDS, true, true);
    let clean = log.examine();
    assert_eq!(clean.verdict(), Verdict::Sealed);
    let mut harmless = 0;
    for tried in 0..1_000 {
        let segment = numbers.below(2);
        let path = if numbers.below(3) == 0 { log.leaves_path(segment) } else { log.seal_path(segment) };
        let original = fs::read(&path).unwrap();
        let mut changed = original.clone();
        let place = numbers.below(changed.len());
        match numbers.below(3) {
            0 => changed[place] ^= 1 << numbers.below(8),
            1 => drop(changed.remove(place)),
            _ => changed.truncate(place),
        }
        fs::write(&path, &changed).unwrap();
        let examination = log.examine();
        fs::write(&path, &original).unwrap();
        if path.extension().is_some_and(|end| end == "leaves") {
            // Leaf hashes are only a help: the root alone decides.
            assert_eq!(examination.verdict(), Verdict::Sealed, "try {tried}");
            continue;
        }
        if examination.verdict() == Verdict::Sealed {
            // Only what is neither signed nor used may change: the last frontier bits have no other reading, but unused base64 bits do.
            harmless += 1;
            let (one, other) = (String::from_utf8_lossy(&original).into_owned(), String::from_utf8_lossy(&changed).into_owned());
            let seal = |text: &str| {
                sealscope::seal::segment::Seal::parse(&(text.replace("\r\n", "\n").trim_end_matches('\n').to_owned() + "\n")).ok()
            };
            assert_eq!(seal(&one), seal(&other), "try {tried}: a changed seal passes");
        } else {
            assert!(!examination.findings.is_empty(), "try {tried}");
            assert!(examination.counts().of(State::Sealed) < 2 * RECORDS as u64 || examination.verdict() == Verdict::Broken);
        }
    }
    assert!(harmless < 50, "{harmless}");
}
