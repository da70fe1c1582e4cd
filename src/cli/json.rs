//! The one JSON object of `sealscope verify --json`.

use std::collections::BTreeMap;
use std::io::Write;

use serde::Serialize;

use sealscope::bundle::Checked;
use sealscope::model::finding::Severity;
use sealscope::model::words::checks::CheckFact;
use sealscope::model::words::end::End;
use sealscope::model::words::keys::Keys;
use sealscope::model::{Code, Fact, Ladder, State, StateCounts, Verdict};
use sealscope::verify::Examination;

#[derive(Serialize)]
struct Report<'a> {
    verdict: Verdict,
    sentence: String,
    coverage: Coverage,
    records: BTreeMap<&'static str, u64>,
    segments: Vec<Segment<'a>>,
    logs: Vec<Log<'a>>,
    findings: Vec<Finding<'a>>,
    skipped: Vec<Skipped<'a>>,
    /// Files that belong to the evidence but hold no records.
    companions: Vec<&'a str>,
    bundles: Vec<Bundle<'a>>,
}

/// Whether a bundle is as its examiner signed it; the verdict above is over its records.
#[derive(Serialize)]
struct Bundle<'a> {
    path: &'a str,
    state: State,
    sentence: String,
    checks: Vec<Check<'a>>,
}

#[derive(Serialize)]
struct Check<'a> {
    state: State,
    text: String,
    /// What was checked and seen, from which the text is made.
    arguments: &'a CheckFact,
}

#[derive(Serialize)]
struct Coverage {
    checked: u64,
    of: u64,
    keys: String,
    anchor: String,
    text: String,
}

#[derive(Serialize)]
struct Segment<'a> {
    path: &'a str,
    log: &'a str,
    first: u64,
    count: u64,
    state: State,
    duplicate: bool,
}

#[derive(Serialize)]
struct Log<'a> {
    origin: &'a str,
    seal: &'static str,
    verdict: Verdict,
    records: BTreeMap<&'static str, u64>,
    /// Entries that others may read differently.
    ambiguous: u64,
    /// Entries shown with something that their hash does not cover.
    uncovered: u64,
    keys: String,
    anchor: String,
    /// What the words for keys and anchor are made from.
    arguments: Arguments<'a>,
    ladder: &'a Ladder,
}

#[derive(Serialize)]
struct Arguments<'a> {
    keys: &'a Keys,
    end: &'a End,
}

#[derive(Serialize)]
struct Finding<'a> {
    code: Code,
    severity: Severity,
    log: Option<&'a str>,
    path: &'a str,
    record: Option<u64>,
    count: u64,
    /// What was seen, with its arguments.
    arguments: &'a Fact,
    title: String,
    text: String,
}

#[derive(Serialize)]
struct Skipped<'a> {
    path: &'a str,
    reason: &'a str,
    unreadable: bool,
}

fn counts(counts: &StateCounts) -> BTreeMap<&'static str, u64> {
    State::ALL.into_iter().map(|state| (state.word(), counts.of(state))).collect()
}

/// Prints the object and a line feed.
pub(super) fn print(out: &mut impl Write, examination: &Examination, bundles: &[Checked]) -> std::io::Result<()> {
    let covered = examination.coverage();
    let bundles = bundles
        .iter()
        .map(|bundle| Bundle {
            path: &bundle.path,
            state: bundle.state,
            sentence: bundle.sentence(),
            checks: bundle.lines.iter().map(|line| Check { state: line.state, text: line.text(), arguments: &line.fact }).collect(),
        })
        .collect();
    let report = Report {
        bundles,
        verdict: examination.verdict(),
        sentence: examination.sentence(),
        coverage: Coverage { text: covered.line(), checked: covered.checked, of: covered.of, keys: covered.keys, anchor: covered.anchor },
        records: counts(&examination.counts()),
        segments: examination
            .segments
            .iter()
            .map(|segment| Segment {
                path: &segment.plan.file.path,
                log: examination.logs.get(segment.log as usize).map_or("", |log| &log.origin),
                first: segment.first,
                count: segment.count,
                state: segment.state,
                duplicate: segment.duplicate,
            })
            .collect(),
        logs: examination
            .logs
            .iter()
            .map(|log| Log {
                origin: &log.origin,
                seal: log.seal,
                verdict: log.verdict,
                records: counts(&log.counts),
                ambiguous: log.ambiguous,
                uncovered: log.uncovered,
                keys: log.keys.words(),
                anchor: log.end.words(),
                arguments: Arguments { keys: &log.keys, end: &log.end },
                ladder: &log.ladder,
            })
            .collect(),
        findings: examination
            .findings
            .iter()
            .map(|finding| Finding {
                code: finding.code,
                severity: finding.severity,
                log: finding.place.log.as_deref(),
                path: &finding.place.path,
                record: finding.place.record,
                count: finding.place.count,
                arguments: &finding.fact,
                title: finding.title(),
                text: finding.text(),
            })
            .collect(),
        skipped: examination
            .skipped
            .iter()
            .map(|skipped| Skipped { path: &skipped.path, reason: &skipped.reason, unreadable: skipped.failed })
            .collect(),
        companions: examination.companions.iter().map(|file| file.path.as_str()).collect(),
    };
    serde_json::to_writer_pretty(&mut *out, &report)?;
    writeln!(out)
}
