//! What a statement says beside its counts: its identifier, the sources, the answers about each log, the verdict in a sentence, what it cannot
//! show. Each is compared with what is found again, or with the rest of the bundle where the originals are not here.

use std::collections::{BTreeMap, BTreeSet};

use crate::bundle::check::checking::{Checking, Stop, under};
use crate::bundle::report::summary::Found;
use crate::bundle::statement::{Ladder, Level, Part, Statement, TOOL, identifier, limits};
use crate::model::ladder::{QUESTIONS, Status};
use crate::model::text::from_hex;
use crate::model::words::checks::{AnswerFault, CheckFact};
use crate::model::{Code, Severity, State, Verdict, time};
use crate::seal::bag::MAX_TEXT;
use crate::seal::{Binding, WITHHELD, binding};
use crate::verify::{Examination, Stated, stated};

/// Compares all that with what is here. `listed` are the signed hashes of the bundle's files.
pub fn particulars(
    checking: &mut Checking<'_>,
    case: &Examination,
    statement: &Statement,
    listed: &BTreeMap<String, String>,
) -> Result<(), Stop> {
    name(checking, statement)?;
    sources(checking, statement, listed);
    parts(checking, case, statement);
    sentence(checking, statement);
    coverage(checking, case, statement);
    cannot_show(checking, statement)
}

/// What this program words in one way only: another version may word it otherwise, which leaves it unchecked.
pub fn otherwise(statement: &Statement) -> State {
    if statement.tool == TOOL { State::Broken } else { State::Unchecked }
}

/// The identifier, and what the file of the bag says of the bundle.
fn name(checking: &mut Checking<'_>, statement: &Statement) -> Result<(), Stop> {
    match identifier(statement) {
        Ok(own) if own == statement.id => {}
        Ok(own) => checking.line(otherwise(statement), CheckFact::IdentifierDiffers { stated: statement.id.clone(), own }),
        Err(error) => checking.line(State::Unchecked, CheckFact::IdentifierNotComputed { cause: error.to_string() }),
    }
    let exported = statement.exported.ends_with('Z') && time::parse(&statement.exported).is_some();
    if !exported || statement.time_zone != "UTC" {
        checking.broken(CheckFact::ExportTimeUnknown);
    }
    let Some(info) = checking.text("bag-info.txt", MAX_TEXT)? else { return Ok(()) };
    let one_line = |text: &str| -> String { text.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).collect() };
    let said: BTreeMap<&str, &str> = info.lines().filter_map(|line| line.split_once(": ")).collect();
    for (field, value) in [
        ("External-Identifier", format!("urn:sealscope:evidence:{}", statement.id)),
        ("External-Description", one_line(&statement.case)),
        ("Contact-Name", one_line(&statement.examiner)),
        ("Bagging-Date", statement.exported.chars().take(10).collect()),
        ("Bag-Software-Agent", one_line(&statement.tool)),
    ] {
        if said.get(field).map(|said| said.trim_end()) != Some(value.trim_end()) {
            checking.broken(CheckFact::BagInfoDiffers { field: field.to_owned() });
        }
    }
    Ok(())
}

/// Whether every file that lies in the bundle whole is one of the sources, by its hash, and every part was taken from one.
fn sources(checking: &mut Checking<'_>, statement: &Statement, listed: &BTreeMap<String, String>) {
    let mut by_path: BTreeMap<&str, &crate::bundle::statement::Source> = BTreeMap::new();
    for source in &statement.sources {
        let is_hash = source.sha256.len() == 64 && from_hex(&source.sha256).is_some();
        if !is_hash || by_path.insert(&source.path, source).is_some() {
            checking.broken(CheckFact::SourceUnclear { path: source.path.clone() });
        }
        // Where records of acquisition are, they say where a source came from. Masks change their words.
        if let Some(from) = source.came_from.as_ref().filter(|_| statement.masked.is_empty()) {
            let of = |name: &str, record: &serde_json::Value| record.get(name).and_then(|value| value.as_str()).map(str::to_owned);
            let known = |record: &serde_json::Value| {
                of("sha256", record).as_ref() == Some(&source.sha256) && of("target", record).as_ref() == Some(from)
            };
            if !statement.acquisitions.iter().any(known) {
                checking.broken(CheckFact::SourceFromNowhere { path: source.path.clone() });
            }
        }
    }
    let hashes: BTreeSet<&str> = statement.sources.iter().map(|source| source.sha256.as_str()).collect();
    for (name, hash) in listed.iter().filter(|(name, _)| name.starts_with("data/segments/")) {
        if !hashes.contains(hash.as_str()) {
            checking.broken(CheckFact::NoSource { file: name.clone() });
        }
    }
    for part in &statement.parts {
        let Some(source) = by_path.get(part.source.as_str()) else {
            checking.broken(CheckFact::PartWithoutSource { file: part.file.clone(), source: part.source.clone() });
            continue;
        };
        if part.file.starts_with("data/segments/") && listed.get(&part.file).is_some_and(|hash| *hash != source.sha256) {
            checking.broken(CheckFact::SourceDiffers { file: part.file.clone(), source: part.source.clone() });
        }
    }
}

/// Whether the parts are sealed as the statement says, and no more was selected than there was.
fn parts(checking: &mut Checking<'_>, case: &Examination, statement: &Statement) {
    for segment in case.segments.iter().filter(|segment| under(checking.bag, &segment.plan.file.path)) {
        let name = segment.plan.file.path.strip_prefix(&checking.bag.top).unwrap_or("");
        let Some(part) = statement.parts.iter().find(|part| part.file == name) else { continue };
        let Some(log) = case.logs.get(segment.log as usize) else { continue };
        // Where records were taken out, what is here is an excerpt of what the statement names. Chains may need the examiner's profile.
        let same = part.seal == log.seal
            || log.seal.strip_prefix("excerpt of ").is_some_and(|whole| part.seal.contains(whole.trim_start_matches("a ")));
        if !same {
            let fact = CheckFact::SealDiffers { file: name.to_owned(), here: log.seal.to_owned(), stated: part.seal.clone() };
            let known = binding(log.seal) == Binding::Fixed && log.is_sealed();
            checking.line(if known { State::Broken } else { State::Unchecked }, fact);
        }
    }
    let events: u64 = statement.parts.iter().flat_map(|part| part.states.values()).fold(0u64, |sum, number| sum.saturating_add(*number));
    if statement.selected > events || events > statement.population && !has_copies(case) {
        let (selected, population) = (statement.selected, statement.population);
        checking.broken(CheckFact::SelectionTooLarge { selected, population, events });
    }
}

/// Whether records are here twice: parts count each, the whole case counts one.
fn has_copies(case: &Examination) -> bool {
    (0..case.store.len() as u32).any(|row| case.store.is_duplicate(row))
}

/// The worst state of a part's events; `None` without any.
fn worst(part: &Part) -> Option<State> {
    let states = part.states.iter().filter(|(_, number)| **number > 0);
    states.filter_map(|(word, _)| State::ALL.into_iter().find(|state| state.word() == word)).max()
}

/// Whether the sentence says what the verdict says, and leaves room for the states of the parts.
fn sentence(checking: &mut Checking<'_>, statement: &Statement) {
    let Some(verdict) = [Verdict::Sealed, Verdict::Consistent, Verdict::Unsealed, Verdict::Unchecked, Verdict::Broken]
        .into_iter()
        .find(|verdict| verdict.word() == statement.verdict)
    else {
        return;
    };
    let Some(stated) = stated(&statement.sentence) else {
        checking.line(otherwise(statement), CheckFact::SentenceUnknown { sentence: statement.sentence.clone() });
        return;
    };
    let Stated { sealed, consistent, unsealed, unchecked, damaged, is_wrong } = stated;
    let by_state = [sealed, consistent, unsealed, unchecked, damaged];
    let at_least = |at: usize| by_state.iter().skip(at).fold(0u64, |sum, number| sum.saturating_add(*number));
    let worse = at_least(verdict as usize + 1);
    if (is_wrong || damaged > 0) != (verdict == Verdict::Broken) || worse > 0 {
        let sentence = statement.sentence.clone();
        checking.broken(CheckFact::SentenceDiffers { verdict: statement.verdict.clone(), sentence });
    }
    // Copies are counted once.
    let copies: BTreeSet<&str> = statement.excluded.iter().map(|excluded| excluded.path.as_str()).collect();
    let counted = statement.parts.iter().filter(|part| !copies.contains(part.source.as_str()));
    let parts: Vec<Verdict> = counted.filter_map(worst).map(Verdict::of_state).collect();
    let more = |at: usize| parts.iter().filter(|part| **part as usize >= at).count() as u64 > at_least(at);
    if (0..5).any(more) {
        checking.broken(CheckFact::SentenceOfOthers { sentence: statement.sentence.clone() });
    }
}

/// Whether the line about the coverage counts what the statement counts.
fn coverage(checking: &mut Checking<'_>, case: &Examination, statement: &Statement) {
    let number = |text: &str| match text.replace(',', "").parse::<u64>() {
        Ok(number) => Some(number),
        Err(_not_a_number) => None,
    };
    let counts = statement.coverage.split_once(" records checked against a seal · ").and_then(|(counts, _)| counts.split_once(" of "));
    let Some((checked, of)) = counts.and_then(|(checked, of)| Some((number(checked)?, number(of)?))) else {
        checking.line(otherwise(statement), CheckFact::CoverageUnknown);
        return;
    };
    let held: u64 = statement
        .parts
        .iter()
        .flat_map(|part| &part.states)
        .filter(|(word, _)| !["unsealed", "unchecked"].contains(&word.as_str()))
        .fold(0u64, |sum, (_, number)| sum.saturating_add(*number));
    if of != statement.population || checked > of || held > checked && !has_copies(case) {
        checking.broken(CheckFact::CoverageDiffers { coverage: statement.coverage.clone() });
    }
}

/// Whether everything is named that the bundle cannot show.
fn cannot_show(checking: &mut Checking<'_>, statement: &Statement) -> Result<(), Stop> {
    let left = match checking.text("data/proofs/withheld.txt", MAX_TEXT)? {
        Some(text) if text.starts_with(WITHHELD) => text.lines().count().saturating_sub(1) as u64,
        _ => 0,
    };
    let own = limits(&statement.parts, left, !statement.masked.is_empty());
    // Words may change from version to version; how many limits there are and what they count does not.
    let numbers = |limits: &[String]| -> Vec<Vec<String>> {
        let digits = |limit: &String| {
            let parts = limit.split(|letter: char| !letter.is_ascii_digit()).filter(|part| !part.is_empty());
            parts.map(str::to_owned).collect()
        };
        limits.iter().map(digits).collect()
    };
    if numbers(&statement.limits) != numbers(&own) {
        checking.line(otherwise(statement), CheckFact::LimitsDiffer);
    } else if statement.limits != own {
        checking.line(State::Unsealed, CheckFact::LimitsOfOtherVersion);
    }
    Ok(())
}

/// Which of the five answers fails where there is such a finding about a log.
fn failing(code: &str) -> &'static [usize] {
    match Code::named(code) {
        Some(Code::RecordAltered | Code::SegmentAltered | Code::ProofFails) => &[0],
        Some(Code::RecordRemoved | Code::RecordInserted | Code::RecordMoved | Code::Gap) => &[1],
        Some(Code::Fork) => &[0, 1],
        Some(Code::Truncated) => &[2],
        _ => &[],
    }
}

/// Whether the answers about each log are there, fit the findings and states of the log, and are not better than what is found again.
pub fn ladders(checking: &mut Checking<'_>, case: &Examination, statement: &Statement, found: &[Found]) {
    let logs: BTreeSet<&str> = statement.parts.iter().map(|part| part.log.as_str()).collect();
    let named: BTreeSet<&str> = statement.ladders.iter().map(|ladder| ladder.log.as_str()).collect();
    if logs != named {
        checking.broken(CheckFact::AnswersOfOthers);
    }
    for ladder in &statement.ladders {
        if let Some(fault) = wrong(checking, case, statement, found, ladder) {
            checking.broken(CheckFact::AnswersWrong { log: ladder.log.clone(), fault });
        }
    }
}

fn wrong(checking: &Checking<'_>, case: &Examination, statement: &Statement, found: &[Found], ladder: &Ladder) -> Option<AnswerFault> {
    let question = |rung: usize| QUESTIONS.get(rung).map_or_else(String::new, |question| (*question).to_owned());
    const STATUS: [Status; 4] = [Status::Proved, Status::Conditional, Status::Unprovable, Status::Failed];
    let status: Vec<Status> =
        ladder.rungs.iter().filter_map(|[_, word, ..]| STATUS.into_iter().find(|status| status.word() == word)).collect();
    let asked = ladder.rungs.iter().map(|[question, ..]| question.as_str());
    let &[edited, _, _, key, _] = status.as_slice() else { return Some(AnswerFault::Missing) };
    if !asked.eq(QUESTIONS) {
        return Some(AnswerFault::OtherQuestions);
    }
    let parts: Vec<&Part> = statement.parts.iter().filter(|part| part.log == ladder.log).collect();
    let events = |wanted: &dyn Fn(&str) -> bool| {
        let states = parts.iter().flat_map(|part| &part.states).filter(|(word, _)| wanted(word));
        states.fold(0u64, |sum, (_, number)| sum.saturating_add(*number))
    };
    let all_sealed = events(&|word| word != State::Sealed.word()) == 0;
    if edited == Status::Proved && !all_sealed {
        return Some(AnswerFault::NotAllSealed { question: question(0) });
    }
    // A selection may hold only what no key vouches for, of a log that one vouches for.
    let all_here = statement.selected >= statement.population && events(&|_| true) > 0;
    let kept = [State::Sealed, State::Suspect, State::Broken].map(State::word);
    if key == Status::Proved && all_here && events(&|word| kept.contains(&word)) == 0 {
        return Some(AnswerFault::NoneSealed { question: question(3) });
    }
    for found in found.iter().filter(|found| found.log.as_deref() == Some(&ladder.log) && found.severity == Severity::Error.word()) {
        let rungs = failing(&found.code);
        if !rungs.is_empty() && !rungs.iter().any(|rung| status.get(*rung) == Some(&Status::Failed)) {
            return Some(AnswerFault::NotSaid { title: found.title.clone() });
        }
    }
    // What is seen here fails for everyone, whatever keys they have; other answers depend on keys, and on what stayed behind.
    let here = (0u32..).zip(&case.logs).filter(|(number, log)| {
        log.origin == ladder.log
            && case.segments.iter().any(|segment| segment.log == *number && under(checking.bag, &segment.plan.file.path))
    });
    for (_, log) in here {
        let worse = (0..3).find(|&rung| log.ladder.0[rung].status == Status::Failed && status.get(rung) == Some(&Status::Proved));
        if let Some(rung) = worse {
            return Some(AnswerFault::FailsHere { question: question(rung), answer: log.ladder.0[rung].text() });
        }
    }
    let partly = parts.iter().any(|part| part.level == Level::L0);
    (partly && edited == Status::Proved).then(|| AnswerFault::NoSeal { question: question(0) })
}
