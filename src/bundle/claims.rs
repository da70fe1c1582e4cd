//! What a statement claims, held against the records that lie in the bundle. An examiner can sign anything; what he says of records that are here
//! must be true of them.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::io::{BufRead, BufReader, Read};

use sha2::{Digest, Sha256};

use super::check::{Checking, Stop, under};
use super::document::Document;
use super::parts::level;
use super::printed::{NOT_IN_THIS_BUILD, print};
use super::statement::{Level, Part, Statement};
use super::summary::{Activity, Found, Row, Summary, event, table_head};
use super::{html, report};
use crate::model::text::{count, plural, visible};
use crate::model::{Severity, State, time};
use crate::seal::bag::{MAX_TEXT, STATEMENT, read};
use crate::source::{File, Reading};
use crate::store::NO_TIME;
use crate::verify::{Examination, SegmentReport};

/// Longer lines of tables are not read, in bytes.
const MAX_LINE: u64 = 64 << 20;

/// Compares the statement with everything that it speaks of.
pub fn compare(checking: &mut Checking<'_>, case: &Examination, statement: &Statement) -> Result<(), Stop> {
    roles(checking);
    parts(checking, case, statement)?;
    let findings = findings(checking, case, statement)?;
    let summary = events(checking, case, statement)?;
    if let (Some(findings), Some(mut summary)) = (findings, summary) {
        summary.findings = findings;
        papers(checking, statement, &summary)?;
    }
    if checking.holds() {
        let text = format!(
            "{} in {}, {} withheld: the records and their seals say so too",
            plural(statement.included, "record"),
            plural(statement.parts.len() as u64, "part"),
            count(statement.withheld)
        );
        checking.line(State::Sealed, text);
    }
    Ok(())
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
        checking.bag.files.get(&format!("data/{name}")).is_some_and(|file| super::check::is_part(&format!("data/{name}"), file))
    }) {
        checking.line(State::Broken, format!("data/{name} is nothing that a bundle holds"));
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
            checking.line(State::Broken, format!("the statement names {} twice", visible(&part.file)));
        }
        let Some((number, segment)) = here.get(part.file.as_str()) else {
            let text = format!("{} is named in the statement, and is not here as records", visible(&part.file));
            checking.line(State::Broken, text);
            continue;
        };
        if let Some(text) = wrong_count(case, part, segment) {
            checking.line(State::Broken, text);
        }
        if let Some((state, text)) = wrong_states(case, part, *number, segment) {
            checking.line(state, text);
        }
    }
    for name in here.keys().filter(|name| !named.contains(**name)) {
        checking.line(State::Broken, format!("{name} holds records that the statement does not name"));
    }
    let sums =
        statement.parts.iter().fold((0u64, 0u64), |sum, part| (sum.0.saturating_add(part.included), sum.1.saturating_add(part.withheld)));
    if sums != (statement.included, statement.withheld) {
        checking.line(State::Broken, "the statement's counts do not add up".to_owned());
    }
    singles(checking)
}

fn wrong_count(case: &Examination, part: &Part, segment: &SegmentReport) -> Option<String> {
    if segment.count != part.included {
        return Some(format!("{} holds {}; the statement counts {}", part.file, plural(segment.count, "record"), count(part.included)));
    }
    let kind = case.logs.get(segment.log as usize).map_or("", |log| log.seal);
    let (records, proven) = match case.withheld(segment) {
        Some(withheld) => (withheld.records, level(withheld)),
        None if part.file.starts_with("data/segments/") && kind != "not sealed" => (0, Level::L4),
        // What no seal counts, only the examiner can.
        None => (part.withheld, Level::L0),
    };
    if part.withheld != records {
        return Some(format!(
            "of {} the statement says that {} are withheld; by what is signed it is {}",
            part.file,
            count(part.withheld),
            count(records)
        ));
    }
    // Without its seal's key or rule a file seems unsealed; whether that is so is told with the states.
    let excess = part.level > proven && !(part.level == Level::L4 && part.file.starts_with("data/segments/") && part.seal == "hash chain");
    excess.then(|| {
        format!("of {} the statement says {:?}, {}; what is here shows {proven:?} only", part.file, part.level, part.level.words())
    })
}

/// Whether the records are in the states that the statement says. Whether a key is trusted is the reader's affair: *sealed* and *consistent* are
/// the same here.
fn wrong_states(case: &Examination, part: &Part, number: u32, segment: &SegmentReport) -> Option<(State, String)> {
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
        return Some((State::Broken, format!("of {} the statement tells of other numbers of events than are in it", part.file)));
    }
    let of = |states: &BTreeMap<State, u64>, wanted: &[State]| wanted.iter().filter_map(|state| states.get(state)).sum::<u64>();
    let (holds, wrong) = ([State::Sealed, State::Consistent], [State::Broken, State::Suspect]);
    if of(&found, &wrong) > of(&said, &wrong) {
        let text = format!(
            "of {} the statement says that {} are damaged; here it is {}",
            part.file,
            count(of(&said, &wrong)),
            count(of(&found, &wrong))
        );
        return Some((State::Broken, text));
    }
    if of(&said, &holds) > of(&found, &holds) {
        let text =
            format!("of {} the statement says that {} hold; here it is {}", part.file, count(of(&said, &holds)), count(of(&found, &holds)));
        // A chain whose rule is not known here, or whose secret the reader does not have, cannot be judged.
        let unjudged = of(&found, &[State::Unchecked]) > 0 || part.seal == "hash chain";
        return Some((if unjudged { State::Unchecked } else { State::Broken }, text));
    }
    if segment.fingerprint.is_none() {
        return Some((State::Unchecked, format!("{} could not be read to its end", part.file)));
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
            match checking.take(super::check::content_hash(&file, checking.going))? {
                Some(hash) if records.is_some() => wanted.entry(hash).or_default().push(name),
                _ => checking.line(State::Broken, format!("{name} repeats no record of this bundle")),
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
        odd.into_iter().for_each(|name| checking.line(State::Broken, format!("{name} is not a record of {}", records.name())));
    }
    Ok(())
}

/// The next line without its line feed; `None` at the end, or where it cannot be read, which is told.
fn next_line(checking: &mut Checking<'_>, reader: &mut dyn BufRead, file: &File) -> Result<Option<Vec<u8>>, Stop> {
    if !(checking.going)() {
        return Err(Stop);
    }
    let mut line = Vec::new();
    match reader.take(MAX_LINE).read_until(b'\n', &mut line) {
        Ok(0) => Ok(None),
        Ok(_) => {
            if line.last() == Some(&b'\n') {
                line.pop();
            } else if line.len() as u64 == MAX_LINE {
                checking.line(State::Unchecked, format!("{} has a line that is too long to be compared", file.path));
                return Ok(None);
            }
            Ok(Some(line))
        }
        Err(cause) => {
            checking.take::<()>(Reading::from(Err(file.io(cause))))?;
            Ok(None)
        }
    }
}

/// Whether the list of findings fits the verdict, and the verdict what is found here.
fn findings(checking: &mut Checking<'_>, case: &Examination, statement: &Statement) -> Result<Option<Vec<Found>>, Stop> {
    let Some(text) = checking.text("data/findings.json", MAX_TEXT)? else { return Ok(None) };
    let found: Vec<Found> = match serde_json::from_str(&text) {
        Ok(found) => found,
        Err(error) => {
            checking.line(State::Broken, format!("data/findings.json cannot be read: {error}"));
            return Ok(None);
        }
    };
    let logs: BTreeSet<&str> = statement.parts.iter().map(|part| part.log.as_str()).collect();
    for found in &found {
        let here = found.log.as_deref().is_none_or(|log| logs.contains(log));
        if found.contradicts_itself() || here != found.here && found.log.is_some() {
            checking.line(State::Broken, format!("data/findings.json makes something else of “{}” than it is", visible(&found.title)));
        }
    }
    let errors = found.iter().filter(|found| found.severity == Severity::Error.word()).count() as u64;
    let good = ["sealed", "consistent", "unsealed"].contains(&statement.verdict.as_str());
    if good && errors > 0 {
        let text = format!("the statement's verdict is “{}”, and its own list has {}", statement.verdict, plural(errors, "error"));
        checking.line(State::Broken, text);
    }
    if statement.verdict == "broken" && errors == 0 {
        checking.line(State::Broken, "the statement's verdict is “broken”, and its own list has no error".to_owned());
    }
    let damaged = |segment: &SegmentReport| under(checking.bag, &segment.plan.file.path) && segment.state == State::Broken;
    if good && case.segments.iter().any(damaged) {
        checking.line(State::Broken, format!("the statement's verdict is “{}”, and records here are broken", statement.verdict));
    }
    Ok(Some(found))
}

/// Events that are still to be told of: how many in each state, by what they say.
type Known = HashMap<[u8; 16], [u32; 6]>;

/// What stands for an event.
fn key(row: &Row, masked: bool) -> [u8; 16] {
    let mut hasher = Sha256::new();
    for cell in row.comparable(masked) {
        hasher.update((cell.len() as u64).to_le_bytes());
        hasher.update(cell.as_bytes());
    }
    let mut key = [0; 16];
    key.copy_from_slice(&hasher.finalize()[..16]);
    key
}

/// Whether each event of the tables is one of the records, in its state, and the two tables say the same.
fn events(checking: &mut Checking<'_>, case: &Examination, statement: &Statement) -> Result<Option<Summary>, Stop> {
    let bag = checking.bag;
    let (Some(lines), Some(table)) = (bag.files.get("data/events.jsonl"), bag.files.get("data/events.csv")) else {
        checking.line(State::Broken, "a table of events is missing".to_owned());
        return Ok(None);
    };
    let masked = !statement.masked.is_empty();
    let mut known = Known::new();
    for (number, segment) in (0u32..).zip(&case.segments).filter(|(_, segment)| under(bag, &segment.plan.file.path)) {
        for row in case.store.rows_of(number).flat_map(|(_, rows)| rows) {
            if row % 1024 == 0 && !(checking.going)() {
                return Err(Stop);
            }
            let row = event(case, row, None);
            if let Some(number) = known.entry(key(&row, masked)).or_default().get_mut(row.state as usize) {
                *number += 1;
            }
        }
        debug_assert!(segment.count > 0 || segment.entries == 0);
    }
    let (mut summary, mut span) = (Summary::default(), None::<(i64, i64)>);
    // The span is needed before the places in it, so the lines are read twice.
    for pass in 0..2 {
        if pass == 1 {
            summary.activity = Activity::new(span);
        }
        let (Some(mut lines_reader), Some(mut table_reader)) = (open(checking, lines)?, open(checking, table)?) else { return Ok(None) };
        let mut expected = table_head();
        loop {
            if pass == 1 {
                let Some(line) = next_line(checking, &mut table_reader, table)? else { return Ok(unequal(checking)) };
                if line != expected.as_bytes() {
                    return Ok(unequal(checking));
                }
            }
            let Some(line) = next_line(checking, &mut lines_reader, lines)? else { break };
            let Some(row) = std::str::from_utf8(&line).map_or(None, Row::parse) else {
                checking.line(State::Broken, "data/events.jsonl has a line that is not an event".to_owned());
                return Ok(None);
            };
            if pass == 0 {
                if let Some(time) = time::parse(&row.cells[0]).filter(|time| *time != NO_TIME) {
                    span = Some(span.map_or((time, time), |(first, last)| (first.min(time), last.max(time))));
                }
                continue;
            }
            expected = row.table_line();
            match fits(&mut known, &row, masked) {
                Fit::Good => {}
                Fit::Unjudged => {
                    checking.line(
                        State::Unchecked,
                        format!("event {} is said to be {}; that cannot be judged here", count(summary.events + 1), row.state.word()),
                    );
                }
                Fit::State => {
                    let text = format!(
                        "event {} of data/events.jsonl is said to be {}, which its record is not",
                        count(summary.events + 1),
                        row.state.word()
                    );
                    checking.line(State::Broken, text);
                }
                Fit::None => {
                    checking.line(
                        State::Broken,
                        format!("event {} of data/events.jsonl is in no record of this bundle", count(summary.events + 1)),
                    );
                }
            }
            summary.add(row);
        }
        if pass == 1 && next_line(checking, &mut table_reader, table)?.is_some() {
            return Ok(unequal(checking));
        }
    }
    if summary.events != statement.selected {
        checking.line(
            State::Broken,
            format!(
                "the statement says that {} were selected; the tables hold {}",
                plural(statement.selected, "event"),
                count(summary.events)
            ),
        );
    }
    Ok(Some(summary))
}

fn unequal(checking: &mut Checking<'_>) -> Option<Summary> {
    checking.line(State::Broken, "data/events.csv and data/events.jsonl do not say the same".to_owned());
    None
}

fn open<'a>(checking: &mut Checking<'_>, file: &'a File) -> Result<Option<BufReader<Box<dyn Read + Send + 'a>>>, Stop> {
    let reader = file.stored_reader().map(|reader| BufReader::new(reader as Box<dyn Read + Send>));
    checking.take(Reading::from(reader))
}

/// How an event of the tables fits the records.
enum Fit {
    Good,
    Unjudged,
    State,
    None,
}

/// Takes the record that an event tells of out of what is known, one in the same state first.
fn fits(known: &mut Known, row: &Row, masked: bool) -> Fit {
    let Some(counts) = known.get_mut(&key(row, masked)) else { return Fit::None };
    let alike: [State; 2] = match row.state {
        State::Sealed | State::Consistent => [State::Sealed, State::Consistent],
        State::Broken | State::Suspect => [State::Broken, State::Suspect],
        other => [other, other],
    };
    let mut take = |state: State| match counts.get_mut(state as usize) {
        Some(number) if *number > 0 => {
            *number -= 1;
            true
        }
        _ => false,
    };
    if take(row.state) || alike.into_iter().any(&mut take) {
        Fit::Good
    } else if take(State::Unchecked) || row.state == State::Unchecked && State::ALL.into_iter().any(&mut take) {
        Fit::Unjudged
    } else if State::ALL.into_iter().any(&mut take) {
        Fit::State
    } else {
        Fit::None
    }
}

/// Whether the report as PDF says the same as the one as HTML, which says what it must.
fn pdf(checking: &mut Checking<'_>, document: &Document) -> Result<(), Stop> {
    const FILE: &str = "data/report.pdf";
    let Some(statement) = checking.bag.files.get(STATEMENT).cloned() else { return Ok(()) };
    let Some(file) = checking.bag.files.get(FILE).cloned() else {
        let text = format!("data/report.html says what the statement and the events say; there is no {FILE}");
        checking.line(State::Sealed, text);
        return Ok(());
    };
    let (file, statement) = (checking.take(read(&file, MAX_TEXT))?, checking.take(read(&statement, MAX_TEXT))?);
    let (Some(file), Some(statement)) = (file, statement) else { return Ok(()) };
    let (state, text) = match print(document, &statement) {
        Ok(Some(made)) if made == file => (State::Sealed, "the reports say what the statement and the events say".to_owned()),
        Ok(Some(_)) => (State::Unsealed, format!("{FILE} was not compared with the statement: this program would write it otherwise")),
        Ok(None) => (State::Unchecked, format!("{FILE} was not checked: {NOT_IN_THIS_BUILD}")),
        Err(why) => (State::Unchecked, format!("{FILE} was not checked: it cannot be written anew: {why}")),
    };
    checking.line(state, text);
    Ok(())
}

/// Whether the report for people says what the statement, the findings and the events say.
fn papers(checking: &mut Checking<'_>, statement: &Statement, summary: &Summary) -> Result<(), Stop> {
    let Some(verify) = checking.text("data/VERIFY.txt", MAX_TEXT)? else { return Ok(()) };
    let Some(page) = checking.text("data/report.html", MAX_TEXT)? else { return Ok(()) };
    let document = report::document(statement, summary, &verify);
    if html::html(&document) == page {
        return pdf(checking, &document);
    }
    // Another version may word it otherwise; what it says must be there all the same, in its order.
    let mut rest = page.as_str();
    for text in html::substance(&document) {
        match rest.find(text.as_str()) {
            Some(at) => rest = rest.get(at + text.len()..).unwrap_or(""),
            None => {
                checking
                    .line(State::Broken, "data/report.html does not say what the statement, the findings and the events say".to_owned());
                return Ok(());
            }
        }
    }
    checking
        .line(State::Unsealed, "the reports were written by another version; what they add to the statement was not compared".to_owned());
    Ok(())
}
