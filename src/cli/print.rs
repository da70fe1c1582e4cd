//! The report for people at a terminal.

use std::collections::BTreeMap;
use std::io::Write;

use sealscope::bundle::Checked;
use sealscope::model::finding::Severity;
use sealscope::model::text::{count, plural, visible};
use sealscope::model::{Kind, State, StateCounts, Status};
use sealscope::verify::Examination;

fn shape(state: State) -> char {
    match state {
        State::Sealed => '●',
        State::Consistent => '◐',
        State::Unsealed => '◌',
        State::Unchecked => '?',
        State::Suspect => '◇',
        State::Broken => '▲',
    }
}

fn status_shape(status: Status) -> char {
    match status {
        Status::Proved => '●',
        Status::Conditional => '◐',
        Status::Unprovable => '?',
        Status::Failed => '▲',
    }
}

fn states(counts: &StateCounts) -> String {
    let parts: Vec<String> = State::ALL
        .into_iter()
        .filter(|state| counts.of(*state) > 0)
        .map(|state| format!("{} {} {}", shape(state), count(counts.of(state)), state.word()))
        .collect();
    if parts.is_empty() { "no records".into() } else { parts.join("   ") }
}

/// The report, with what is to be said of bundles before it. The two verdicts stand side by side and are never mixed.
pub(super) fn all(out: &mut impl Write, examination: &Examination, bundles: &[Checked]) -> std::io::Result<()> {
    for bundle in bundles {
        let place = if bundle.path.is_empty() { String::new() } else { format!(" in {}", visible(&bundle.path)) };
        writeln!(out, "The bundle{place}\n{} {}", shape(bundle.state), visible(&bundle.sentence()))?;
        for line in &bundle.lines {
            writeln!(out, "  {} {}", shape(line.state), visible(&line.text()))?;
        }
        if let Some(statement) = &bundle.statement {
            writeln!(
                out,
                "  exported {} by {}, for “{}”",
                visible(&statement.exported),
                visible(&statement.examiner),
                visible(&statement.case)
            )?;
            writeln!(out, "  selection: {}", visible(&statement.selection))?;
            statement.limits.iter().try_for_each(|limit| writeln!(out, "  · {}", visible(limit)))?;
        }
        writeln!(out)?;
    }
    if !bundles.is_empty() {
        writeln!(out, "The records")?;
    }
    report(out, examination)
}

/// Prints verdict, ladders, findings, and what was left out.
pub(super) fn report(out: &mut impl Write, examination: &Examination) -> std::io::Result<()> {
    const LISTED: usize = 200;
    const NAMED: usize = 10;
    writeln!(out, "{} {}", shape(examination.verdict().state()), examination.sentence())?;
    writeln!(out, "  {}", visible(&examination.coverage().line()))?;
    writeln!(out, "  {}", states(&examination.counts()))?;
    for log in &examination.logs {
        writeln!(out, "\n{} {} — {}", shape(log.verdict.state()), visible(&log.origin), log.verdict.word())?;
        writeln!(
            out,
            "  {} · {} · {} · {}",
            log.seal,
            plural(log.segments.len() as u64, "segment"),
            visible(&log.keys.words()),
            visible(&log.end.words())
        )?;
        writeln!(out, "  {}", states(&log.counts))?;
        for rung in &log.ladder.0 {
            writeln!(out, "    {} {:<30} {}: {}", status_shape(rung.status), rung.question, rung.status.word(), visible(&rung.text()))?;
            if !rung.raise().is_empty() && rung.status != Status::Proved {
                writeln!(out, "      {:<30} to strengthen this: {}", "", visible(&rung.raise()))?;
            }
        }
    }
    if !examination.findings.is_empty() {
        writeln!(out, "\nFindings")?;
    }
    for finding in examination.findings.iter().take(LISTED) {
        let mark = match finding.severity {
            Severity::Error => '▲',
            Severity::Warning => '◇',
            Severity::Info => '·',
        };
        writeln!(out, "  {mark} {} [{}]", visible(&finding.title()), finding.code.name())?;
        if !finding.place.path.is_empty() {
            writeln!(out, "      {}", visible(&finding.place.path))?;
        }
        writeln!(out, "      {}", visible(&finding.text()))?;
        if finding.severity != Severity::Info {
            writeln!(out, "      It can mean: {}", finding.meaning())?;
            writeln!(out, "      Next: {}", finding.next_step())?;
        }
    }
    if examination.findings.len() > LISTED {
        writeln!(out, "  … and {} more; --json lists them all", examination.findings.len() - LISTED)?;
    }
    let companions = examination.companions.len();
    if !examination.skipped.is_empty() || companions > 0 {
        writeln!(out, "\nLeft out")?;
        if companions > 0 {
            writeln!(out, "  · {} without records: seals, digests, checkpoints, proofs", plural(companions as u64, "file"))?;
            for file in examination.companions.iter().take(NAMED) {
                writeln!(out, "      {}", visible(&file.path))?;
            }
            if companions > NAMED {
                writeln!(out, "      … and {} more; --json lists them all", count((companions - NAMED) as u64))?;
            }
        }
        for skipped in &examination.skipped {
            writeln!(out, "  {} {}: {}", if skipped.failed { '!' } else { '·' }, visible(&skipped.path), visible(&skipped.reason))?;
        }
    }
    Ok(())
}

/// Prints the identities by kind with their numbers of events.
pub(super) fn identities(out: &mut impl Write, examination: &Examination) -> std::io::Result<()> {
    const LISTED: usize = 12;
    let store = &examination.store;
    let mut groups: BTreeMap<Kind, Vec<(u32, String)>> = BTreeMap::new();
    for lane in &examination.index.lanes {
        let name = match lane.subject {
            sealscope::store::index::Subject::Identity(index) => store.names.get(store.identities()[index as usize].name),
            sealscope::store::index::Subject::Credential(index) => store.names.get(store.credentials()[index as usize].name),
            sealscope::store::index::Subject::All => continue,
        };
        groups.entry(lane.kind).or_default().push((lane.total.count, visible(name).into_owned()));
    }
    writeln!(out, "\nIdentities")?;
    for (kind, mut members) in groups {
        members.sort_by(|left, right| right.cmp(left));
        writeln!(out, "  {}", kind.plural())?;
        for (events, name) in members.iter().take(LISTED) {
            writeln!(out, "    {:<36} {:>9} {}", name, count(u64::from(*events)), if *events == 1 { "event" } else { "events" })?;
        }
        if members.len() > LISTED {
            writeln!(out, "    … and {} more", members.len() - LISTED)?;
        }
    }
    Ok(())
}
