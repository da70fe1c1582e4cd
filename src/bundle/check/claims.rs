//! What a statement claims, compared with the records that lie in the bundle. An examiner can sign anything; what they say of records that are
//! here must be true of them.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::io::BufReader;

use sha2::{Digest, Sha256};

use crate::bundle::check::checking::{Checking, Stop, under};
use crate::bundle::check::events::{events, next_line};
use crate::bundle::check::papers::papers;
use crate::bundle::check::particulars::{ladders, particulars};
use crate::bundle::report::summary::Found;
use crate::bundle::statement::{Level, Part, Statement, level};
use crate::model::words::checks::CheckFact;
use crate::model::{Code, Severity, State, Verdict};
use crate::seal::bag::MAX_TEXT;
use crate::seal::{Binding, binding};
use crate::source::{File, Reading};
use crate::verify::{Examination, SegmentReport};

/// Compares the statement with everything that it speaks of.
pub fn compare(
    checking: &mut Checking<'_>,
    case: &Examination,
    statement: &Statement,
    listed: &BTreeMap<String, String>,
) -> Result<(), Stop> {
    roles(checking);
    words(checking, statement);
    particulars(checking, case, statement, listed)?;
    parts(checking, case, statement)?;
    let findings = findings(checking, case, statement)?;
    let summary = events(checking, case, statement)?;
    if let (Some(findings), Some(mut summary)) = (findings, summary) {
        summary.findings = findings;
        papers(checking, statement, &summary)?;
    }
    if checking.holds() {
        let (included, parts, withheld) = (statement.included, statement.parts.len() as u64, statement.withheld);
        checking.line(State::Sealed, CheckFact::RecordsAgree { included, parts, withheld });
    }
    Ok(())
}

/// Whether the statement names the key that signed, and its verdict is not better than what it says of its parts.
fn words(checking: &mut Checking<'_>, statement: &Statement) {
    if checking.checked.signer.as_ref().is_some_and(|signer| *signer != statement.examiner_key) {
        checking.broken(CheckFact::KeyDiffers { stated: statement.examiner_key.clone() });
    }
    const VERDICTS: [Verdict; 5] = [Verdict::Sealed, Verdict::Consistent, Verdict::Unsealed, Verdict::Unchecked, Verdict::Broken];
    let of_word = |word: &str| VERDICTS.into_iter().find(|verdict| verdict.word() == word);
    let states = statement.parts.iter().flat_map(|part| &part.states).filter(|(_, number)| **number > 0);
    let worst = states.filter_map(|(word, _)| of_word(word)).max();
    match of_word(&statement.verdict) {
        None => checking.broken(CheckFact::VerdictUnknown { verdict: statement.verdict.clone() }),
        Some(verdict) if worst.is_some_and(|worst| verdict < worst) => {
            checking.broken(CheckFact::VerdictTooGood { verdict: verdict.word().to_owned() });
        }
        Some(_) => {}
    }
}

/// Whether every file is one that a bundle may hold.
fn roles(checking: &mut Checking<'_>) {
    const FOLDERS: [&str; 10] =
        ["records", "proofs", "seals", "salts", "checkpoints", "segments", "unsealed", "examiner-log", "single", "earlier"];
    const FILES: [&str; 8] = [
        "report.json",
        "report.html",
        "report.pdf",
        "events.csv",
        "events.jsonl",
        "findings.json",
        "VERIFY.txt",
        "trust/allowed_signers.informative",
    ];
    let odd = |name: &str| {
        let folder = name.split_once('/').is_some_and(|(folder, _)| FOLDERS.contains(&folder));
        !folder && !FILES.contains(&name)
    };
    let found: Vec<String> =
        checking.bag.files.keys().filter_map(|name| name.strip_prefix("data/")).filter(|name| odd(name)).map(str::to_owned).collect();
    for name in found.into_iter().filter(|name| {
        checking
            .bag
            .files
            .get(&format!("data/{name}"))
            .is_some_and(|file| crate::bundle::check::checking::is_part(&format!("data/{name}"), file))
    }) {
        checking.broken(CheckFact::ForeignFile { file: format!("data/{name}") });
    }
}

/// Whether the parts are here, with as many records, of the states and of the completeness that the statement says.
fn parts(checking: &mut Checking<'_>, case: &Examination, statement: &Statement) -> Result<(), Stop> {
    let bag = checking.bag;
    let here: BTreeMap<&str, (u32, &SegmentReport)> = (0u32..)
        .zip(&case.segments)
        .filter(|(_, segment)| under(bag, &segment.plan.file.path))
        .filter_map(|(number, segment)| Some((segment.plan.file.path.strip_prefix(&bag.top)?, (number, segment))))
        .collect();
    let mut named = BTreeSet::new();
    for part in &statement.parts {
        if !(checking.going)() {
            return Err(Stop);
        }
        if !named.insert(part.file.as_str()) {
            checking.broken(CheckFact::NamedTwice { file: part.file.clone() });
        }
        let Some((number, segment)) = here.get(part.file.as_str()) else {
            checking.broken(CheckFact::RecordsMissing { file: part.file.clone() });
            continue;
        };
        // Where a seal names the log, its name is not the examiner's to choose.
        let sealed_log = case.logs.get(segment.log as usize).filter(|_| case.span(segment).is_some());
        if let Some(log) = sealed_log.filter(|log| log.origin != part.log) {
            checking.broken(CheckFact::LogDiffers { file: part.file.clone(), here: log.origin.clone(), stated: part.log.clone() });
        }
        if let Some(fact) = wrong_count(case, part, segment) {
            checking.broken(fact);
        }
        if let Some((state, fact)) = wrong_states(case, part, *number, segment) {
            checking.line(state, fact);
        }
    }
    for name in here.keys().filter(|name| !named.contains(**name)) {
        checking.broken(CheckFact::RecordsUnnamed { file: (*name).to_owned() });
    }
    let sums =
        statement.parts.iter().fold((0u64, 0u64), |sum, part| (sum.0.saturating_add(part.included), sum.1.saturating_add(part.withheld)));
    if sums != (statement.included, statement.withheld) {
        checking.broken(CheckFact::SumsDiffer);
    }
    singles(checking)
}

fn wrong_count(case: &Examination, part: &Part, segment: &SegmentReport) -> Option<CheckFact> {
    let file = || part.file.clone();
    if segment.count != part.included {
        return Some(CheckFact::CountDiffers { file: file(), here: segment.count, stated: part.included });
    }
    let kind = case.logs.get(segment.log as usize).map_or("", |log| log.seal);
    let (records, proven) = match case.withheld(segment) {
        Some(withheld) => (withheld.records, level(withheld)),
        None if part.file.starts_with("data/segments/") && binding(kind) != Binding::Unbound => (0, Level::L4),
        // What no seal counts, only the examiner can.
        None => (part.withheld, Level::L0),
    };
    if part.withheld != records {
        return Some(CheckFact::WithheldDiffers { file: file(), signed: records, stated: part.withheld });
    }
    // Without its seal's key or rule a file seems unsealed; whether that is so is judged with the states.
    let excess = part.level > proven
        && !(part.level == Level::L4 && part.file.starts_with("data/segments/") && binding(&part.seal) == Binding::Links);
    excess.then(|| CheckFact::LevelTooHigh {
        file: file(),
        stated: format!("{:?}", part.level),
        meaning: part.level.words().to_owned(),
        proven: format!("{proven:?}"),
    })
}

/// Whether the records are in the states that the statement says. Whether a key is trusted is the reader's affair: *sealed* and *consistent* are
/// the same here.
fn wrong_states(case: &Examination, part: &Part, number: u32, segment: &SegmentReport) -> Option<(State, CheckFact)> {
    let file = || part.file.clone();
    let mut found: BTreeMap<State, u64> = BTreeMap::new();
    for row in case.store.rows_of(number).flat_map(|(_, rows)| rows) {
        *found.entry(case.store.state(row)).or_default() += 1;
    }
    let said: BTreeMap<State, u64> = part
        .states
        .iter()
        .filter_map(|(word, number)| Some((State::ALL.into_iter().find(|state| state.word() == word)?, *number)))
        .collect();
    if said.len() != part.states.len() || said.values().fold(0u64, |sum, number| sum.saturating_add(*number)) != found.values().sum::<u64>()
    {
        return Some((State::Broken, CheckFact::StatesDiffer { file: file() }));
    }
    let of = |states: &BTreeMap<State, u64>, wanted: &[State]| wanted.iter().filter_map(|state| states.get(state)).sum::<u64>();
    let (holds, wrong) = ([State::Sealed, State::Consistent], [State::Broken, State::Suspect]);
    if of(&found, &wrong) > of(&said, &wrong) {
        return Some((State::Broken, CheckFact::DamageDiffers { file: file(), here: of(&found, &wrong), stated: of(&said, &wrong) }));
    }
    if of(&said, &holds) > of(&found, &holds) {
        let fact = CheckFact::FewerHold { file: file(), here: of(&found, &holds), stated: of(&said, &holds) };
        // A chain whose rule is not known here, or whose secret the reader does not have, cannot be judged.
        let unjudged = of(&found, &[State::Unchecked]) > 0 || binding(&part.seal) == Binding::Links;
        return Some((if unjudged { State::Unchecked } else { State::Broken }, fact));
    }
    if segment.fingerprint.is_none() {
        return Some((State::Unchecked, CheckFact::NotReadToEnd { file: file() }));
    }
    None
}

/// Whether records that stand once more in files of their own are the same ones.
fn singles(checking: &mut Checking<'_>) -> Result<(), Stop> {
    let mut of: BTreeMap<String, Vec<(String, File)>> = BTreeMap::new();
    for (name, file) in &checking.bag.files {
        let Some(own) = name.strip_prefix("data/single/") else { continue };
        let stem = own.strip_suffix(".tlog-proof").unwrap_or(own);
        let origin = stem.strip_suffix(".record").and_then(|stem| stem.rsplit_once('-')).map(|(origin, _)| origin.to_owned());
        let twin = if stem == own { format!("{name}.tlog-proof") } else { format!("data/single/{stem}") };
        let proof = stem == own || file.start.starts_with(b"c2sp.org/tlog-proof@v1\n");
        match origin.filter(|_| proof && checking.bag.files.contains_key(&twin)) {
            Some(origin) if stem == own => of.entry(origin).or_default().push((name.clone(), file.clone())),
            Some(_) => {}
            None => of.entry(String::new()).or_default().push((name.clone(), file.clone())),
        }
    }
    for (origin, files) in of {
        let records = checking.bag.files.get(&format!("data/records/{origin}.ndjson")).cloned();
        let mut wanted: HashMap<[u8; 32], Vec<String>> = HashMap::new();
        for (name, file) in files {
            match checking.take(crate::bundle::check::checking::content_hash(&file, checking.going))? {
                Some(hash) if records.is_some() => wanted.entry(hash).or_default().push(name),
                _ => checking.broken(CheckFact::RepeatsNothing { file: name }),
            }
        }
        let Some(records) = records.filter(|_| !wanted.is_empty()) else { continue };
        let mut lines = match records.stored_reader() {
            Ok(reader) => BufReader::new(reader),
            Err(error) => {
                checking.take::<()>(Reading::from(Err(error)))?;
                continue;
            }
        };
        while let Some(line) = next_line(checking, &mut lines, &records)? {
            wanted.remove(&<[u8; 32]>::from(Sha256::digest(&line)));
        }
        let mut odd: Vec<String> = wanted.into_values().flatten().collect();
        odd.sort();
        let records = records.name();
        odd.into_iter().for_each(|file| checking.broken(CheckFact::NotARecordOf { file, records: records.to_owned() }));
    }
    Ok(())
}

/// Whether the list of findings fits the verdict, and the verdict what is found here.
fn findings(checking: &mut Checking<'_>, case: &Examination, statement: &Statement) -> Result<Option<Vec<Found>>, Stop> {
    let Some(text) = checking.text("data/findings.json", MAX_TEXT)? else { return Ok(None) };
    let found: Vec<Found> = match serde_json::from_str(&text) {
        Ok(found) => found,
        Err(error) => {
            checking.broken(CheckFact::FindingsUnreadable { cause: error.to_string() });
            return Ok(None);
        }
    };
    let logs: BTreeSet<&str> = statement.parts.iter().map(|part| part.log.as_str()).collect();
    for found in &found {
        let here = found.log.as_deref().is_none_or(|log| logs.contains(log));
        if found.contradicts_itself() || here != found.here && found.log.is_some() {
            checking.broken(CheckFact::FindingContradicts { title: found.title.clone() });
        }
    }
    let errors = found.iter().filter(|found| found.severity == Severity::Error.word()).count() as u64;
    let good = ["sealed", "consistent", "unsealed"].contains(&statement.verdict.as_str());
    if good && errors > 0 {
        checking.broken(CheckFact::VerdictDespiteErrors { verdict: statement.verdict.clone(), errors });
    }
    if statement.verdict == "broken" && errors == 0 {
        checking.broken(CheckFact::BrokenWithoutError);
    }
    let damaged = |segment: &SegmentReport| under(checking.bag, &segment.plan.file.path) && segment.state == State::Broken;
    if good && case.segments.iter().any(damaged) {
        checking.broken(CheckFact::VerdictDespiteDamage { verdict: statement.verdict.clone() });
    }
    left_out(checking, case, statement, &found);
    ladders(checking, case, statement, &found);
    Ok(Some(found))
}

/// Findings that say why the tree of a segment could not go along.
const WHY_NO_TREE: [Code; 9] = [
    Code::Gap,
    Code::SealWithoutSegment,
    Code::MissingOrUnread,
    Code::Unreadable,
    Code::SegmentAltered,
    Code::RecordAltered,
    Code::RecordsMissing,
    Code::SealForged,
    Code::CheckFailed,
];

/// What is seen here of the history of the logs must stand in the list of findings too: the examiner saw it, and more.
fn left_out(checking: &mut Checking<'_>, case: &Examination, statement: &Statement, found: &[Found]) {
    let bag = checking.bag;
    let inside = |segment: &&SegmentReport| under(bag, &segment.plan.file.path);
    let excerpts: BTreeSet<&str> = (case.segments.iter().filter(inside))
        .filter(|segment| case.withheld(segment).is_some() && case.span(segment).is_some())
        .filter_map(|segment| case.logs.get(segment.log as usize))
        .map(|log| log.origin.as_str())
        .collect();
    // A log that has files outside too may show there what is not in the bundle.
    let mut parted: BTreeMap<u32, usize> = BTreeMap::new();
    for segment in case.segments.iter().filter(inside) {
        *parted.entry(segment.log).or_default() += 1;
    }
    let parted: BTreeSet<&str> = (parted.into_iter())
        .filter_map(|(log, inside)| case.logs.get(log as usize).filter(|log| inside < log.segments.len()))
        .map(|log| log.origin.as_str())
        .collect();
    let alone = |origin: &str| !parted.contains(origin);
    let codes: BTreeSet<&str> = found.iter().map(|found| found.code.as_str()).collect();
    let mut lines = Vec::new();
    for finding in case.findings.iter().filter(|finding| finding.place.path.starts_with(&bag.top)) {
        let Some(log) = finding.place.log.as_deref() else { continue };
        let listed = codes.contains(finding.code.name());
        if finding.code == Code::Gap && finding.severity == Severity::Warning && excerpts.contains(log) {
            // Examiners have the trees of what stays behind between; only a document sealed as a whole has none, and is one record.
            let why = |found: &&Found| found.log.as_deref() == Some(log) && WHY_NO_TREE.iter().any(|code| code.name() == found.code);
            let state = if finding.place.count > 1 && !found.iter().any(|found| why(&found)) { State::Broken } else { State::Unchecked };
            lines.push((state, CheckFact::GapNotShown { finding: Box::new(finding.clone()) }));
        }
        let history = match finding.code {
            Code::Gap | Code::Fork | Code::Truncated => finding.severity == Severity::Error,
            Code::SealTimeBackwards => true,
            Code::StartsMidway => excerpts.contains(log),
            _ => false,
        };
        if listed || !history || !alone(log) {
            continue;
        }
        // Without the sealer's key no signed time counts, so an examiner who does not have it cannot see what a clock did.
        let could = finding.code != Code::SealTimeBackwards
            || statement.parts.iter().any(|part| part.log == log && part.states.contains_key(State::Sealed.word()));
        let state = if could { State::Broken } else { State::Unsealed };
        lines.push((state, CheckFact::NotInFindings { finding: Box::new(finding.clone()) }));
    }
    lines.dedup();
    lines.into_iter().take(20).for_each(|(state, fact)| checking.line(state, fact));
}
