//! The report for people: one HTML page without scripts, and the page that says how to check everything by hand.

use super::NAMESPACE;
use super::controls::Controls;
use super::statement::Statement;
use crate::model::text::{count, plural, visible};
use crate::model::{Finding, Ladder, State};

/// Rows of the table in the report; the rest is in `events.csv`.
const ROWS: usize = 2_000;

/// An event as the report shows it; every text is already made visible.
pub struct Row {
    /// The state of its record.
    pub state: State,
    /// Cells: time, identity, kind, action, target, outcome, from.
    pub cells: [String; 7],
    /// Nanoseconds since 1970.
    pub time: Option<i64>,
}

/// Text that is neither markup nor deceptive.
fn safe(text: &str) -> String {
    visible(text).replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;").replace('\'', "&#39;")
}

const STYLE: &str = "body{font:14px/1.5 system-ui,sans-serif;color:#1a1f27;max-width:64rem;margin:2rem auto;padding:0 1rem}\
h1{font-size:1.5rem}h2{font-size:1.1rem;margin-top:2rem;border-bottom:1px solid #ccd3dc;padding-bottom:.2rem}\
table{border-collapse:collapse;width:100%;font-size:12px}th,td{text-align:left;padding:.25rem .5rem;border-bottom:1px solid #e3e7ec;vertical-align:top;overflow-wrap:anywhere}\
dl{display:grid;grid-template-columns:11rem 1fr;gap:.2rem 1rem}dt{color:#566272}dd{margin:0;overflow-wrap:anywhere}\
pre{background:#f3f5f8;padding:.8rem;overflow-x:auto;font-size:12px;white-space:pre-wrap}.verdict{font-size:1.15rem;font-weight:600}\
.dim{color:#566272}svg{width:100%;height:auto}@media print{body{margin:0;max-width:none}h2{break-after:avoid}tr{break-inside:avoid}}";

/// The sign of a state, readable without colour.
fn sign(state: State) -> &'static str {
    match state {
        State::Sealed => "●",
        State::Consistent => "◐",
        State::Unsealed => "◌",
        State::Unchecked => "?",
        State::Suspect => "◇",
        State::Broken => "▲",
    }
}

/// The whole page.
pub fn html(
    statement: &Statement,
    ladders: &[(String, Ladder)],
    findings: &[Finding],
    rows: &[Row],
    verify: &str,
    controls: Option<&Controls>,
) -> String {
    let mut out = String::new();
    out.push_str("<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">");
    out.push_str("<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; img-src data:\">");
    out.push_str(&format!("<title>Evidence {}</title><style>{STYLE}</style></head><body>\n", safe(&statement.id)));
    out.push_str(&format!("<h1>Evidence {}</h1>\n", safe(&statement.id)));
    out.push_str(&format!("<p class=\"verdict\">{}</p><p class=\"dim\">{}</p>\n", safe(&statement.sentence), safe(&statement.coverage)));
    out.push_str("<p>This verdict was reached when the bundle was exported, over everything that was open. It is not itself proven by the signature: check the bundle as described below.</p>\n<dl>");
    let facts = [
        ("Case", statement.case.clone()),
        ("Examiner", statement.examiner.clone()),
        ("Examiner's key", statement.examiner_key.clone()),
        ("Exported", format!("{} by the examiner's clock, not independently proven", statement.exported)),
        ("Times", statement.time_zone.clone()),
        ("Program", statement.tool.clone()),
        ("Selection", statement.selection.clone()),
        (
            "Records",
            format!(
                "{} opened, {} selected, {} in this bundle, {} withheld from its segments",
                count(statement.population),
                count(statement.selected),
                count(statement.included),
                count(statement.withheld)
            ),
        ),
    ];
    for (name, value) in facts {
        out.push_str(&format!("<dt>{name}</dt><dd>{}</dd>", safe(&value)));
    }
    out.push_str("</dl>\n<h2>What can be proven</h2>\n");
    for (log, ladder) in ladders {
        out.push_str(&format!("<h3>{}</h3><table><tr><th>Question</th><th>Answer</th><th>What would raise it</th></tr>", safe(log)));
        for rung in &ladder.0 {
            out.push_str(&format!(
                "<tr><td>{}</td><td><b>{}</b>: {}</td><td>{}</td></tr>",
                safe(rung.question),
                safe(rung.status.word()),
                safe(&rung.text),
                safe(&rung.raise)
            ));
        }
        out.push_str("</table>\n");
    }
    out.push_str("<h2>Parts of this bundle</h2><table><tr><th>Log</th><th>File</th><th>Level</th><th>Included</th><th>Withheld</th></tr>");
    for part in &statement.parts {
        out.push_str(&format!(
            "<tr><td>{}</td><td>{}</td><td>{:?}: {}</td><td>{}</td><td>{}</td></tr>",
            safe(&part.log),
            safe(&part.file),
            part.level,
            part.level.words(),
            count(part.included),
            count(part.withheld)
        ));
    }
    out.push_str("</table>\n<h2>Timeline</h2>\n");
    out.push_str(&timeline(rows));
    out.push_str("<h2>Findings</h2>\n");
    if findings.is_empty() {
        out.push_str("<p>Nothing to report.</p>");
    }
    // What concerns the logs in this bundle stands first; the verdict above is over everything that was open.
    let ours = |finding: &&Finding| finding.place.log.as_deref().is_none_or(|log| ladders.iter().any(|(name, _)| name == log));
    for finding in findings.iter().filter(ours) {
        told(&mut out, finding);
    }
    let others: Vec<&Finding> = findings.iter().filter(|finding| !ours(finding)).collect();
    if !others.is_empty() {
        out.push_str("<h3>In other logs that were open, which are not in this bundle</h3>\n");
        others.into_iter().for_each(|finding| told(&mut out, finding));
    }
    out.push_str("<h2>Events</h2>\n<table><tr><th></th><th>Time (UTC)</th><th>Identity</th><th>Kind</th><th>Action</th><th>Target</th><th>Outcome</th><th>From</th></tr>\n");
    for row in rows.iter().take(ROWS) {
        let cells: String = row.cells.iter().map(|cell| format!("<td>{}</td>", safe(cell))).collect();
        out.push_str(&format!("<tr><td title=\"{}\">{}</td>{cells}</tr>\n", row.state.word(), sign(row.state)));
    }
    out.push_str("</table>\n");
    if rows.len() > ROWS {
        out.push_str(&format!("<p>{} more in data/events.csv.</p>\n", plural((rows.len() - ROWS) as u64, "event")));
    }
    if let Some(controls) = controls {
        out.push_str("<h2>Relevant controls</h2>\n<p>This evidence is relevant to the following. Whether anything is fulfilled is for an auditor to decide.</p>\n");
        out.push_str("<table><tr><th>Framework</th><th>Control</th><th>Relevant to it</th><th>What it does not show</th></tr>");
        for control in &controls.control {
            out.push_str(&format!(
                "<tr><td>{}</td><td>{} {}</td><td>{}</td><td>{}</td></tr>\n",
                safe(&control.framework),
                safe(&control.id),
                safe(&control.title),
                safe(&control.relevant),
                safe(&control.not)
            ));
        }
        out.push_str(&format!("</table><p class=\"dim\">Mappings of {}.</p>\n", safe(&controls.version)));
    }
    out.push_str("<h2>Limits</h2><ul>");
    for limit in &statement.limits {
        out.push_str(&format!("<li>{}</li>", safe(limit)));
    }
    out.push_str(&format!("</ul>\n<h2>How to check it by hand</h2><pre>{}</pre>\n</body></html>\n", safe_lines(verify)));
    out
}

fn told(out: &mut String, finding: &Finding) {
    out.push_str(&format!(
        "<p><b>{}</b> <span class=\"dim\">{} · {} · {}</span><br>{}<br><span class=\"dim\">It can mean: {} What to do: {}</span></p>\n",
        safe(&finding.title),
        finding.severity.word(),
        finding.code.name(),
        safe(finding.place.log.as_deref().unwrap_or(&finding.place.path)),
        safe(&finding.text),
        safe(finding.code.meaning()),
        safe(finding.code.next_step())
    ));
}

fn safe_lines(text: &str) -> String {
    text.lines().map(|line| safe(line) + "\n").collect()
}

/// Bars of events over time, the worst state of each on top.
fn timeline(rows: &[Row]) -> String {
    const BARS: usize = 120;
    let times: Vec<(i64, State)> = rows.iter().filter_map(|row| Some((row.time?, row.state))).collect();
    let (Some(first), Some(last)) = (times.iter().map(|(time, _)| *time).min(), times.iter().map(|(time, _)| *time).max()) else {
        return "<p>No event states a time.</p>\n".into();
    };
    let mut bars = [(0u64, State::Sealed); BARS];
    let width = (last as i128 - first as i128).max(1);
    for (time, state) in times {
        let at = ((time as i128 - first as i128) * (BARS as i128 - 1) / width) as usize;
        bars[at].0 += 1;
        bars[at].1 = bars[at].1.max(state);
    }
    let most = bars.iter().map(|(count, _)| *count).max().unwrap_or(1).max(1);
    let mut out = String::from("<svg viewBox=\"0 0 960 90\" role=\"img\" aria-label=\"Events over time\">");
    for (index, (count, state)) in bars.iter().enumerate().filter(|(_, (count, _))| *count > 0) {
        let height = (count * 60).div_ceil(most);
        let colour = match state {
            State::Broken => "#b3261e",
            State::Suspect => "#a06000",
            State::Sealed => "#1d7a6d",
            State::Consistent => "#2f5db8",
            State::Unsealed | State::Unchecked => "#7a8594",
        };
        out.push_str(&format!("<rect x=\"{}\" y=\"{}\" width=\"7\" height=\"{height}\" fill=\"{colour}\"/>", index * 8, 70 - height));
        if *state >= State::Suspect {
            out.push_str(&format!("<text x=\"{}\" y=\"86\" font-size=\"10\">{}</text>", index * 8, sign(*state)));
        }
    }
    let (first, last) = (crate::model::time::seconds(first), crate::model::time::seconds(last));
    out.push_str(&format!(
        "</svg><p class=\"dim\">{first} to {last}; the colour of a bar is that of its worst record, and a sign below it says so too.</p>\n"
    ));
    out
}

/// How to check the bundle with stock tools.
pub fn verify_text(checker_sha256: &str) -> String {
    format!(
        "How to check this bundle without the program that made it\n\
        =========================================================\n\n\
        1. Who signed it. Get the examiner's public key from the examiner by another way than this bundle, and put it into a file\n\
        allowed_signers as a line  NAME namespaces=\"{NAMESPACE}\" ssh-ed25519 AAAA…  Then, in the folder that holds this bundle's bagit.txt:\n\n\
        \x20   ssh-keygen -Y verify -f allowed_signers -I NAME -n {NAMESPACE} -s tagmanifest-sha256.txt.sig < tagmanifest-sha256.txt\n\n\
        2. That every file is as it was signed:\n\n\
        \x20   sha256sum -c --strict --quiet tagmanifest-sha256.txt manifest-sha256.txt\n\n\
        3. That no file was added (prints nothing):\n\n\
        \x20   diff <({{ cut -c67- manifest-sha256.txt tagmanifest-sha256.txt; ls tagmanifest-sha256.txt*; }} | sort) <(find . -type f | cut -c3- | sort)\n\n\
        4. That each record is a member of its sealed log: data/proofs/X.ptree lists, from the log's first record on, D N for a disclosed record and\n\
        H N COUNT HASH for a subtree of withheld ones. The leaf of a record is SHA-256(00 ‖ salt ‖ record), its salt in data/salts/X.salts if the log\n\
        is salted; a node is SHA-256(01 ‖ left ‖ right); the root stands in base64 in the third line of the note in data/seals/X.seal.\n\
        check_bundle.py of the Sealscope repository does this and all of the above with Python 3 alone. It is not in this bundle, since whoever\n\
        spoiled the bundle would spoil its checker too. Its SHA-256 is\n\n\
        \x20   {checker_sha256}\n\n\
        5. That the sealer sealed it: the lines after the empty line of data/seals/X.seal are a C2SP signed note with a timestamped cosignature.\n\n\
        6. Whole segments in data/segments are the original files; sealscope verify, aws cloudtrail validate-logs and the like check those.\n"
    )
}
