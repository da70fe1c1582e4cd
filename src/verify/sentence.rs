//! The verdict in one sentence.

use std::collections::{BTreeMap, BTreeSet};

use super::examination::{Examination, LogReport};
use crate::model::finding::{Code, Severity};
use crate::model::receipt::Receipt;
use crate::model::text::{count, plural, visible};
use crate::model::{State, Verdict};
use crate::seal::Unit;

const NUMBERS: [&str; 13] = ["none", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"];

fn small(number: u64) -> String {
    usize::try_from(number).ok().and_then(|index| NUMBERS.get(index)).map_or_else(|| count(number), |word| (*word).to_owned())
}

fn capital(text: &str) -> String {
    let mut characters = text.chars();
    characters.next().map(|first| first.to_uppercase().chain(characters).collect()).unwrap_or_default()
}

impl Examination {
    /// The verdict in one sentence.
    pub fn sentence(&self) -> String {
        of(self)
    }
}

/// What the evidence is worth, for someone who reads nothing else.
fn of(examination: &Examination) -> String {
    let segments: Vec<_> = examination.segments.iter().filter(|segment| !segment.duplicate).collect();
    let of_state = |state: State| segments.iter().filter(|segment| segment.state == state).count() as u64;
    let total = segments.len() as u64;
    if examination.logs.is_empty() {
        let found: Vec<String> =
            [missing(examination), damage(examination)].iter().filter(|part| !part.is_empty()).map(|part| capital(part)).collect();
        return if found.is_empty() {
            "Nothing that was opened is a log.".into()
        } else {
            format!("{}. No log is here.", found.join(". "))
        };
    }
    let (sealed, consistent, unsealed) = (of_state(State::Sealed), of_state(State::Consistent), of_state(State::Unsealed));
    let damaged = of_state(State::Broken) + of_state(State::Suspect);
    let unchecked = of_state(State::Unchecked);
    let mut sentences = Vec::new();
    if !examination.finished {
        return format!("Checking {} …", plural(total, "segment"));
    }
    // Files that nothing seals are not called segments.
    let unit = if unsealed == total { "file" } else { "segment" };
    let verdict = examination.verdict();
    let missing = missing(examination);
    let complete = missing.is_empty() && verdict < Verdict::Unchecked;
    let part = |number: u64, one: &str, many: &str| match (number == total, total, complete) {
        (true, 1, true) => format!("The only {unit} {one}"),
        (true, 1, false) => format!("The only {unit} here {one}"),
        (true, 2, true) => format!("Both {unit}s {many}"),
        (true, _, true) => format!("All {} {unit}s {many}", count(total)),
        (true, _, false) => format!("The {} {unit}s here {many}", count(total)),
        (false, ..) => format!("{} of {} {}", count(number), plural(total, unit), if number == 1 { one } else { many }),
    };
    // What is missing or contradicts itself leads: what is here can be good all the same.
    if !missing.is_empty() {
        sentences.push(capital(&missing));
    }
    if sealed > 0 {
        sentences.push(part(sealed, "is sealed and unaltered", "are sealed and unaltered"));
    }
    sentences.extend(since_receipt(examination).filter(|_| sealed > 0));
    if consistent > 0 {
        sentences.push(part(
            consistent,
            "agrees with its seal, but no key you trust vouches for all of it",
            "agree with their seals, but no key you trust vouches for all of them",
        ));
    }
    if unsealed > 0 {
        sentences.push(part(
            unsealed,
            "is not sealed: nothing was ever claimed for it, so nothing can be proven",
            "are not sealed: nothing was ever claimed for them, so nothing can be proven",
        ));
    }
    if unchecked > 0 {
        sentences.push(part(unchecked, "was not checked, or not to its end", "were not checked, or not to their end"));
    }
    let what = damage(examination);
    if damaged > 0 {
        let verb = if damaged == 1 { "is" } else { "are" };
        let subject = if total == 1 { "The only segment".to_owned() } else { capital(&small(damaged)) };
        let tail = if what.is_empty() { String::new() } else { format!(": {what}") };
        sentences.push(format!("{subject} {verb} broken{tail}"));
        sentences.extend(proven(examination));
    } else if !what.is_empty() {
        sentences.push(capital(&what));
    }
    if verdict == Verdict::Broken && damaged == 0 && what.is_empty() && missing.is_empty() {
        sentences.push("Something that a seal vouches for is not as it should be".into());
    }
    if examination.cancelled {
        sentences.push("The check was stopped before its end".into());
    } else if verdict == Verdict::Unchecked && unchecked == 0 {
        sentences.push("Not everything could be checked".into());
    }
    if sentences.is_empty() {
        sentences.push("No segment of these logs is here".into());
    }
    format!("{}.", sentences.join(". "))
}

/// Since when, where the seals were made by someone who received the files.
fn since_receipt(examination: &Examination) -> Option<String> {
    let receipts: Vec<Receipt> = examination.logs.iter().filter_map(LogReport::receipt).collect();
    let first = receipts.iter().min_by_key(|receipt| receipt.at)?;
    let others = if receipts.iter().any(|receipt| receipt.by != first.by) { " and others" } else { "" };
    let since = crate::model::time::seconds(receipts.iter().map(|receipt| receipt.at).max().unwrap_or(first.at));
    let which = match (receipts.len() == examination.logs.len(), receipts.len()) {
        (true, _) => "This holds since".to_owned(),
        (false, 1) => "For one log this holds since".to_owned(),
        (false, number) => format!("For {} logs this holds since", small(number as u64)),
    };
    Some(format!("{which} {since}, sealed on receipt by {}{others}; nothing is said of the time before", visible(&first.by)))
}

/// How many segments a verdict in words speaks of, by their worst records.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stated {
    /// Sealed and unaltered.
    pub sealed: u64,
    /// In agreement with their seals, under no trusted key.
    pub consistent: u64,
    /// Not sealed.
    pub unsealed: u64,
    /// Not checked, or not to their end.
    pub unchecked: u64,
    /// Broken.
    pub damaged: u64,
    /// Whether something is said to be missing or wrong.
    pub is_wrong: bool,
}

/// Reads a verdict in words, as [`Examination::sentence`] writes it. `None` if it says anything else.
pub fn stated(sentence: &str) -> Option<Stated> {
    /// Words of what is missing or damaged.
    const WRONG: [&str; 16] = [
        " missing in ",
        " contradict each other",
        "the end is cut off",
        "ends are cut off",
        "sealed file is not here",
        "sealed files are not here",
        "its digest lists is missing",
        "their digests list are missing",
        "digest is missing",
        "digests are missing",
        " altered",
        " removed",
        " inserted",
        " moved",
        "fit its seal",
        "fit their seals",
    ];
    const SEALS: [&str; 4] = ["a seal cannot be read", "seals cannot be read", "a seal is damaged", "seals are damaged"];
    let mut stated = Stated::default();
    for piece in sentence.strip_suffix('.')?.split(". ") {
        let lower = piece.to_lowercase();
        let wrong = || WRONG.iter().any(|word| lower.contains(&word.to_lowercase())) || SEALS.iter().any(|word| lower.contains(word));
        if let Some((number, what)) = segments(piece) {
            let good = [
                (["is sealed and unaltered", "are sealed and unaltered"], &mut stated.sealed),
                (
                    [
                        "agrees with its seal, but no key you trust vouches for all of it",
                        "agree with their seals, but no key you trust vouches for all of them",
                    ],
                    &mut stated.consistent,
                ),
                (
                    [
                        "is not sealed: nothing was ever claimed for it, so nothing can be proven",
                        "are not sealed: nothing was ever claimed for them, so nothing can be proven",
                    ],
                    &mut stated.unsealed,
                ),
                (["was not checked, or not to its end", "were not checked, or not to their end"], &mut stated.unchecked),
            ];
            let (_, sum) = good.into_iter().find(|(words, _)| words.contains(&what))?;
            *sum = number;
        } else if let Some(number) = broken(piece) {
            stated.damaged = number;
        } else if is_receipt(piece) {
            // Since when it holds changes nothing of the verdict.
        } else if wrong() || piece == "Something that a seal vouches for is not as it should be" {
            stated.is_wrong = true;
        } else if !is_remark(piece) {
            return None;
        }
    }
    Some(stated)
}

/// The number of segments that a piece of a sentence speaks of, and what it says of them.
fn segments(piece: &str) -> Option<(u64, &str)> {
    let number = |text: &str| text.replace(',', "").parse::<u64>().ok();
    let after =
        |rest: &'_ str, unit: &[&str]| unit.iter().find_map(|unit| rest.strip_prefix(unit).map(str::len)).map(|left| rest.len() - left);
    if let Some(rest) = piece.strip_prefix("The only ") {
        let cut = after(rest, &["segment here ", "segment ", "file here ", "file "])?;
        return rest.get(cut..).filter(|what| !what.starts_with("is broken")).map(|what| (1, what));
    }
    if let Some(rest) = piece.strip_prefix("Both ") {
        let cut = after(rest, &["segments ", "files "])?;
        return rest.get(cut..).map(|what| (2, what));
    }
    let rest = piece.strip_prefix("All ").or_else(|| piece.strip_prefix("The ")).unwrap_or(piece);
    let (first, rest) = rest.split_once(' ')?;
    let first = number(first)?;
    let rest = match rest.strip_prefix("of ") {
        Some(rest) => rest.split_once(' ').filter(|(of, _)| number(of).is_some_and(|of| first <= of))?.1,
        None => rest,
    };
    let cut = after(rest, &["segments here ", "segments ", "segment ", "files here ", "files ", "file "])?;
    rest.get(cut..).map(|what| (first, what))
}

/// How many segments a piece of a sentence calls broken.
fn broken(piece: &str) -> Option<u64> {
    let (subject, rest) = piece.split_once(" is broken").or_else(|| piece.split_once(" are broken"))?;
    if !rest.is_empty() && !rest.starts_with(": ") {
        return None;
    }
    if subject == "The only segment" {
        return Some(1);
    }
    let word = subject.to_lowercase();
    let known = NUMBERS.iter().position(|number| *number == word).map(|number| number as u64);
    known.or_else(|| subject.replace(',', "").parse().ok())
}

/// Whether a piece of a sentence says since when it holds, where the seals were made on receipt.
fn is_receipt(piece: &str) -> bool {
    let starts = piece.starts_with("This holds since ") || piece.starts_with("For ") && piece.contains(" holds since ");
    starts && piece.contains(", sealed on receipt by ") && piece.ends_with("; nothing is said of the time before")
}

/// What a verdict in words may say beside the numbers of segments.
fn is_remark(piece: &str) -> bool {
    const REMARKS: [&str; 5] = [
        "The check was stopped before its end",
        "Not everything could be checked",
        "No segment of these logs is here",
        "Nothing that was opened is a log",
        "No log is here",
    ];
    REMARKS.contains(&piece) || piece.starts_with("Of its ") && piece.ends_with(" still proven")
}

/// What is still proven in damaged segments.
fn proven(examination: &Examination) -> Option<String> {
    let damaged = examination.segments.iter().filter(|segment| !segment.duplicate && segment.state >= State::Suspect);
    let (sealed, all) = damaged.fold((0, 0), |sum, segment| (sum.0 + segment.counts.of(State::Sealed), sum.1 + segment.counts.total()));
    (sealed > 0 && sealed < all)
        .then(|| format!("Of its {}, {} {} still proven", plural(all, "record"), count(sealed), if sealed == 1 { "is" } else { "are" }))
}

fn sum(examination: &Examination, code: Code) -> u64 {
    let counts = examination
        .findings
        .iter()
        .filter(|finding| finding.code == code && finding.severity == Severity::Error)
        .map(|finding| finding.place.count.max(1));
    counts.fold(0, u64::saturating_add)
}

/// Files that were altered and are sealed only as a whole: how many, and how many records they hold. A finding there is about all of them.
fn altered_files(examination: &Examination) -> (u64, u64) {
    let whole = examination.segments.iter().filter(|segment| segment.plan.unit == Unit::File && segment.counts.total() != 1);
    let records: BTreeMap<&str, u64> = whole.map(|segment| (segment.plan.file.path.as_str(), segment.counts.total())).collect();
    let altered = examination.findings.iter().filter(|finding| finding.code == Code::RecordAltered && finding.severity == Severity::Error);
    let altered: BTreeSet<&str> = altered.map(|finding| finding.place.path.as_str()).collect();
    let held: Vec<u64> = altered.iter().filter_map(|path| records.get(path).copied()).collect();
    (held.len() as u64, held.iter().sum())
}

fn number(examination: &Examination, code: Code) -> u64 {
    examination.findings.iter().filter(|finding| finding.code == code && finding.severity == Severity::Error).count() as u64
}

/// "10 records are missing in a gap; and the end is cut off"
fn missing(examination: &Examination) -> String {
    let mut parts = Vec::new();
    let gone = sum(examination, Code::Gap);
    if gone > 0 {
        let gaps = number(examination, Code::Gap);
        parts.push(format!(
            "{} {} missing in {}",
            plural(gone, "record"),
            if gone == 1 { "is" } else { "are" },
            if gaps == 1 { "a gap".into() } else { format!("{gaps} gaps") }
        ));
    }
    each(
        examination,
        &mut parts,
        &[
            (Code::Fork, "two histories of one log contradict each other", "histories contradict each other"),
            (Code::Truncated, "the end is cut off", "ends are cut off"),
            (Code::SealWithoutSegment, "a sealed file is not here", "sealed files are not here"),
            (Code::LogFileMissing, "a log file that its digest lists is missing", "log files that their digests list are missing"),
            (Code::DigestMissing, "a digest is missing", "digests are missing"),
        ],
    );
    join(&parts)
}

fn each(examination: &Examination, parts: &mut Vec<String>, codes: &[(Code, &str, &str)]) {
    for (code, one, many) in codes {
        match number(examination, *code) {
            0 => {}
            1 => parts.push((*one).to_owned()),
            found => parts.push(format!("{} {many}", small(found))),
        }
    }
}

fn join(parts: &[String]) -> String {
    match parts {
        [] => String::new(),
        [one] => one.clone(),
        [first, rest @ ..] => format!("{first}; and {}", rest.join(", ")),
    }
}

/// "1 record altered, 2 removed; and a signature does not fit its seal"
fn damage(examination: &Examination) -> String {
    let mut records = Vec::new();
    let (files, held) = altered_files(examination);
    for (code, verb) in [
        (Code::RecordAltered, "altered"),
        (Code::RecordRemoved, "removed"),
        (Code::RecordInserted, "inserted"),
        (Code::RecordMoved, "moved"),
    ] {
        let whole = if code == Code::RecordAltered { files } else { 0 };
        let found = sum(examination, code).saturating_sub(whole);
        if found > 0 {
            let first = records.is_empty();
            records.push(if first { format!("{} {verb}", plural(found, "record")) } else { format!("{} {verb}", count(found)) });
        }
    }
    if files > 0 {
        let hold = if files == 1 { "holds" } else { "hold" };
        let held = if held == 0 { String::new() } else { format!(" that {hold} {}", plural(held, "record")) };
        records.push(format!("{} altered{held}", plural(files, "file")));
    }
    let altered = number(examination, Code::SegmentAltered);
    if altered > 0 {
        records.push(format!("{} altered at an unknown place", plural(altered, "segment")));
    }
    let mut parts = Vec::new();
    if !records.is_empty() {
        parts.push(records.join(", "));
    }
    each(
        examination,
        &mut parts,
        &[
            (Code::SealForged, "a signature does not fit its seal", "signatures do not fit their seals"),
            (Code::SealUnreadable, "a seal cannot be read", "seals cannot be read"),
            (Code::SealDamaged, "a seal is damaged, though its records are proven", "seals are damaged, though their records are proven"),
        ],
    );
    join(&parts)
}
