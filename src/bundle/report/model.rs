//! The report for people, as a list of blocks, and the page that says how to check everything by hand.

use std::collections::BTreeMap;

use crate::bundle::report::controls::Controls;
use crate::bundle::report::document::{Bar, Block, Document, Lane, Timeline, sign};
use crate::bundle::report::summary::{Activity, Found, ROWS, Row, SHOWN, Summary};
use crate::bundle::statement::{Level, Statement};
use crate::model::text::{count, plural};
use crate::model::{Field, State, time};
use crate::seal::bag::NAMESPACE;

/// Lanes of the timeline; the identities with the fewest events share the last one.
const LANES: usize = 24;

fn columns(titles: &[(&str, u32)]) -> Vec<(String, u32)> {
    titles.iter().map(|(title, share)| ((*title).to_owned(), *share)).collect()
}

/// The whole report.
pub fn document(statement: &Statement, summary: &Summary, verify: &str) -> Document {
    let state = State::ALL.into_iter().find(|state| state.word() == statement.verdict).unwrap_or(State::Unchecked);
    let mut blocks = vec![Block::Verdict { state, text: statement.sentence.clone(), coverage: statement.coverage.clone() }];
    let text = "This verdict was reached when the bundle was exported, over everything that was open. It is not itself proven by the signature: check the bundle as described at the end.";
    blocks.push(Block::Text(text.into()));
    blocks.push(Block::Facts(facts(statement)));
    blocks.push(Block::Heading("What can be proven".into()));
    for ladder in &statement.ladders {
        blocks.push(Block::Subheading(ladder.log.clone()));
        let rows =
            ladder.rungs.iter().map(|[question, status, text, raise]| vec![question.clone(), format!("{status}: {text}"), raise.clone()]);
        let columns = columns(&[("Question", 28), ("Answer", 44), ("What would raise it", 28)]);
        blocks.push(Block::Table { columns, rows: rows.collect() });
    }
    blocks.push(Block::Heading("Parts of this bundle".into()));
    let part = |part: &crate::bundle::statement::Part| {
        vec![part.log.clone(), part.file.clone(), format!("{:?}", part.level), count(part.included), count(part.withheld)]
    };
    let titles = columns(&[("Log", 28), ("File", 40), ("Level", 8), ("Included", 12), ("Withheld", 12)]);
    blocks.push(Block::Table { columns: titles, rows: statement.parts.iter().map(part).collect() });
    let levels: std::collections::BTreeSet<Level> = statement.parts.iter().map(|part| part.level).collect();
    blocks.extend(levels.iter().map(|level| Block::Note(format!("{level:?}: {}.", level.words()))));
    blocks.push(Block::Heading("Timeline".into()));
    blocks.extend(timeline(&summary.activity));
    blocks.push(Block::Heading("Findings".into()));
    if summary.findings.is_empty() {
        blocks.push(Block::Text("Nothing to report.".into()));
    }
    // What concerns the logs in this bundle stands first; the verdict above is over everything that was open.
    blocks.extend(summary.findings.iter().filter(|found| found.here).map(finding));
    if summary.findings.iter().any(|found| !found.here) {
        blocks.push(Block::Subheading("In other logs that were open, which are not in this bundle".into()));
        blocks.extend(summary.findings.iter().filter(|found| !found.here).map(finding));
    }
    blocks.push(Block::Heading("Events".into()));
    let signs: Vec<String> = State::ALL.iter().map(|state| format!("{} {}", sign(*state), state.word())).collect();
    blocks.push(Block::Note(format!("Each stands with the state of its record: {}.", signs.join(", "))));
    if summary.rows.iter().any(|row| Field::ALL.into_iter().any(|field| row.is_uncovered(field))) {
        blocks.push(Block::Note("† not covered by the record's hash: anyone could have changed it.".into()));
    }
    if summary.rows.iter().any(Row::is_ambiguous) {
        blocks.push(Block::Note("? ambiguous: other programs may read this record differently.".into()));
    }
    blocks.push(events(&summary.rows));
    if summary.events > summary.rows.len() as u64 {
        blocks.push(Block::Text(format!("{} more in data/events.csv.", plural(summary.events - summary.rows.len() as u64, "event"))));
    }
    let controls = if statement.controls { crate::bundle::report::controls::built_in() } else { None };
    blocks.extend(controls.iter().flat_map(relevant));
    provenance(&mut blocks, statement);
    blocks.push(Block::Heading("Limits".into()));
    blocks.push(Block::List(statement.limits.clone()));
    blocks.push(Block::Heading("How to check it by hand".into()));
    blocks.push(Block::Verbatim(verify.to_owned()));
    let made = time::parse(&statement.exported).map_or(0, |made| made.div_euclid(time::SECOND));
    Document { title: format!("Evidence {}", statement.id), made, blocks }
}

fn facts(statement: &Statement) -> Vec<(String, String)> {
    let records = format!(
        "{} opened, {} selected, {} in this bundle, {} withheld from its segments",
        count(statement.population),
        count(statement.selected),
        count(statement.included),
        count(statement.withheld)
    );
    let mut facts = vec![
        ("Case", statement.case.clone()),
        ("Examiner", statement.examiner.clone()),
        ("Examiner's key", statement.examiner_key.clone()),
        (
            "Exported",
            format!(
                "{} by the examiner's clock, not independently proven unless a time stamp lies beside the signature",
                statement.exported
            ),
        ),
        ("Times", statement.time_zone.clone()),
        ("Program", statement.tool.clone()),
        ("Computer", statement.host.clone()),
        ("Selection", statement.selection.clone()),
        ("Records", records),
    ];
    if !statement.masked.is_empty() {
        let each: Vec<String> = statement.masked.iter().map(|masked| format!("{} ({})", masked.what, count(masked.values))).collect();
        facts.push(("Masked here", format!("{}. The records themselves still hold them", each.join(", "))));
    }
    facts.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

fn finding(found: &Found) -> Block {
    let state = match found.severity.as_str() {
        "error" => State::Broken,
        "warning" => State::Suspect,
        _ => State::Unsealed,
    };
    let meaning = found.advice().map_or_else(String::new, |(meaning, next)| format!("It can mean: {meaning} What to do: {next}"));
    Block::Finding {
        state,
        title: found.title.clone(),
        place: format!("{} · {} · {}", found.severity, found.code, found.place()),
        text: found.text.clone(),
        meaning,
    }
}

fn events(rows: &[Row]) -> Block {
    let titles =
        [("", 3), ("Time (UTC)", 24), ("Identity", 15), ("Kind", 10), ("Action", 16), ("Target", 18), ("Outcome", 10), ("From", 10)];
    let row = |row: &Row| {
        let time = time::parse(&row.cells[0]).map_or_else(|| "no time".to_owned(), |time| time::milliseconds(time).replace(" UTC", ""));
        let first = format!("{}{}", sign(row.state), if row.is_ambiguous() { " ?" } else { "" });
        let mut cells: Vec<String> = [first, time].into_iter().chain(row.cells[1..7].iter().cloned()).collect();
        // A sign says of each cell that no hash vouches for it.
        for (cell, _) in cells.iter_mut().skip(1).zip(SHOWN).filter(|(_, field)| row.is_uncovered(*field)) {
            cell.insert_str(0, "† ");
        }
        cells
    };
    Block::Table { columns: columns(&titles), rows: rows.iter().map(row).collect() }
}

fn relevant(controls: &Controls) -> Vec<Block> {
    let text = "This evidence is relevant to the following. Whether anything is fulfilled is for an auditor to decide.";
    let row = |control: &crate::bundle::report::controls::Control| {
        vec![control.framework.clone(), format!("{} {}", control.id, control.title), control.relevant.clone(), control.not.clone()]
    };
    let columns = columns(&[("Framework", 16), ("Control", 24), ("Relevant to it", 30), ("What it does not show", 30)]);
    vec![
        Block::Heading("Relevant controls".into()),
        Block::Text(text.into()),
        Block::Table { columns, rows: controls.control.iter().map(row).collect() },
        Block::Note(format!("Mappings of {}.", controls.version)),
    ]
}

/// What was opened, where it came from, and what was left out.
fn provenance(blocks: &mut Vec<Block>, statement: &Statement) {
    blocks.push(Block::Heading("What was opened".into()));
    let row = |source: &crate::bundle::statement::Source| {
        let from = source.came_from.as_deref().map_or_else(String::new, |from| format!(", received from {from}"));
        vec![format!("{}{from}", source.path), count(source.bytes), source.sha256.clone()]
    };
    let titles = columns(&[("File", 45), ("Bytes", 12), ("SHA-256", 43)]);
    blocks.push(Block::Table { columns: titles, rows: statement.sources.iter().take(ROWS).map(row).collect() });
    if statement.sources.len() > ROWS {
        blocks.push(Block::Text(format!("{} more in data/report.json.", plural((statement.sources.len() - ROWS) as u64, "file"))));
    }
    if !statement.excluded.is_empty() {
        blocks.push(Block::Subheading("Left out when it was opened".into()));
        let line = |excluded: &crate::bundle::statement::Excluded| format!("{}: {}", excluded.path, excluded.reason);
        blocks.push(Block::List(statement.excluded.iter().take(ROWS).map(line).collect()));
    }
}

/// A lane for each identity, the busiest first.
fn timeline(activity: &Activity) -> Vec<Block> {
    let Some((first, last)) = activity.span else { return vec![Block::Text("No event states a time.".into())] };
    let mut identities: Vec<(usize, &str, &str, u64)> =
        activity.identities.iter().enumerate().map(|(at, (name, id, events))| (at, name.as_str(), id.as_str(), *events)).collect();
    identities.sort_by_key(|(at, name, id, events)| (std::cmp::Reverse(*events), *name, *id, *at));
    let own = if identities.len() > LANES { LANES - 1 } else { identities.len() };
    let lane_of: BTreeMap<usize, usize> = identities.iter().enumerate().map(|(index, (at, ..))| (*at, index.min(own))).collect();
    let mut places: BTreeMap<(usize, u16), (u64, State)> = BTreeMap::new();
    for ((identity, at), (events, state)) in &activity.places {
        let lane = lane_of.get(identity).copied().unwrap_or(own);
        let place = places.entry((lane, *at)).or_insert((0, State::Sealed));
        *place = (place.0 + events, place.1.max(*state));
    }
    let most = places.values().map(|(events, _)| *events).max().unwrap_or(1).max(1);
    let mut lanes: Vec<Lane> =
        identities.iter().take(own).map(|(_, name, ..)| Lane { name: (*name).to_owned(), bars: Vec::new() }).collect();
    if identities.len() > own {
        lanes.push(Lane { name: format!("{} more identities", count((identities.len() - own) as u64)), bars: Vec::new() });
    }
    for ((lane, at), (events, state)) in places {
        let height = u8::try_from((events * 255).div_ceil(most)).unwrap_or(u8::MAX);
        if let Some(lane) = lanes.get_mut(lane) {
            lane.bars.push(Bar { at, height, state });
        }
    }
    let note = "The height of a bar is the number of events there, its colour that of its worst record; a sign above it says so where something is wrong.";
    let ends = (time::seconds(first), time::seconds(last));
    vec![Block::Timeline(Timeline { ends, lanes }), Block::Note(note.into())]
}

/// How to check the bundle with stock tools.
pub fn verify_text(checker_sha256: &str) -> String {
    format!(
        "How to check this bundle without the program that made it\n\
        =========================================================\n\n\
        1. Who signed it. Get the examiner's public key from the examiner by another way than this bundle, and put it into a file\n\
        allowed_signers outside of this bundle (its full path goes into the command), as a line  NAME namespaces=\"{NAMESPACE}\" ssh-ed25519 AAAA…  Then, in the folder that holds this bundle's bagit.txt:\n\n\
        \x20   ssh-keygen -Y verify -f allowed_signers -I NAME -n {NAMESPACE} -s tagmanifest-sha256.txt.sig < tagmanifest-sha256.txt\n\n\
        2. That every file is as it was signed:\n\n\
        \x20   sha256sum -c --strict --quiet tagmanifest-sha256.txt manifest-sha256.txt\n\n\
        3. That no file was added (prints nothing):\n\n\
        \x20   diff <({{ cut -c67- manifest-sha256.txt tagmanifest-sha256.txt; ls tagmanifest-sha256.txt*; }} | sort) <(find . -type f | cut -c3- | sort)\n\n\
        4. When, if tagmanifest-sha256.txt.sig.tsr is here (with -token_in if that is said to be no response). The certificate of the authority\n\
        comes from the authority, not from here. Then -O verify-time=YYYYMMDDHHMMSSZ in the first command judges the key at that time:\n\n\
        \x20   openssl ts -verify -data tagmanifest-sha256.txt.sig -in tagmanifest-sha256.txt.sig.tsr -CAfile AUTHORITY.pem\n\n\
        5. That each record is a member of its sealed log: data/proofs/X.ptree lists, from the log's first record on, D N for a disclosed record and\n\
        H N COUNT HASH for a subtree of withheld ones. The leaf of a record is SHA-256(00 ‖ KIND ‖ salt ‖ record): KIND is one byte, 1 if it is salted, 2\n\
        more if it is a whole file, 4 more if it is the first of its segment; its salt, 16 bytes, is in data/salts/X.salts; a node is SHA-256(01 ‖ left ‖ right); the root stands in base64 in the third line of the note in data/seals/X.seal.\n\
        data/proofs/X.skeleton does the same for a hash chain: D for the next record, H HASH SEQUENCE for a withheld one, by the rule in X.profile.toml.\n\
        check_bundle.py of the Sealscope repository does this and all of the above with Python 3 alone. It is not in this bundle, since anyone\n\
        who altered the bundle could alter its checker too. Its SHA-256 is\n\n\
        \x20   {checker_sha256}\n\n\
        6. That the sealer sealed it: the lines after the empty line of data/seals/X.seal are a C2SP signed note with a timestamped cosignature.\n\
        check_bundle.py checks it with openssl, if you give it the sealer's verifier key. data/seals/X.before is the signed checkpoint of the segment before,\n        data/seals/X.heads holds others of the log: the newest one that the examiner knew, and those that contradict another one.\n\n\
        7. Whole segments in data/segments are the original files; sealscope verify, aws cloudtrail validate-logs and the like check those. The seals of\n\
        sealed segments lie beside them as NAME.seal; check_bundle.py compares their roots too.\n\n\
        8. data/report.pdf, if it is there, is the report once more as PDF/A-3; data/examiner-log, if it is there, is the examiner's own log.\n"
    )
}
