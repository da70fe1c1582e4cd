//! The report as one HTML page without scripts, which loads nothing and prints well.

use crate::bundle::report::document::{BARS, Block, Document, Timeline, colour, sign};
use crate::model::State;
use crate::model::text::visible;

/// Text that is neither markup nor deceptive.
fn safe(text: &str) -> String {
    visible(text).replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;").replace('\'', "&#39;")
}

const STYLE: &str = "body{font:14px/1.5 system-ui,sans-serif;color:#1a1f27;max-width:64rem;margin:2rem auto;padding:0 1rem}\
h1{font-size:1.5rem}h2{font-size:1.1rem;margin-top:2rem;border-bottom:1px solid #ccd3dc;padding-bottom:.2rem}h3{font-size:1rem;margin-bottom:.3rem}\
table{border-collapse:collapse;width:100%;font-size:12px;table-layout:fixed}th,td{text-align:left;padding:.25rem .5rem;border-bottom:1px solid #e3e7ec;vertical-align:top;overflow-wrap:anywhere}\
dl{display:grid;grid-template-columns:11rem 1fr;gap:.2rem 1rem}dt{color:#566272}dd{margin:0;overflow-wrap:anywhere}\
pre{background:#f3f5f8;padding:.8rem;overflow-x:auto;font-size:12px;white-space:pre-wrap;overflow-wrap:anywhere}\
.verdict{font-size:1.15rem;font-weight:600;margin-bottom:0}.dim{color:#566272}svg{width:100%;height:auto}\
@page{margin:16mm}@media print{body{margin:0;padding:0;max-width:none;font-size:10pt}table{font-size:8pt}th,td{padding:.15rem .3rem}h2,h3{break-after:avoid}tr,.finding,svg{break-inside:avoid}thead{display:table-header-group}pre{background:none;border:1px solid #ccd3dc}}";

/// A colour as HTML writes it.
fn hue(state: State) -> String {
    let [red, green, blue] = colour(state);
    format!("#{red:02x}{green:02x}{blue:02x}")
}

/// What the page must say in whatever version: verdict, facts, tables and findings, as they stand in it, in its order.
pub fn substance(document: &Document) -> Vec<String> {
    let mut texts = Vec::new();
    for block in &document.blocks {
        match block {
            Block::Verdict { text, coverage, .. } => texts.extend([safe(text), safe(coverage)]),
            Block::Facts(facts) => texts.extend(facts.iter().map(|(_, value)| safe(value))),
            Block::Table { rows, .. } => texts.extend(rows.iter().flatten().map(|cell| safe(cell))),
            Block::Finding { title, text, .. } => texts.extend([safe(title), safe(text)]),
            _ => {}
        }
    }
    texts
}

/// The whole page.
pub fn html(document: &Document) -> String {
    let mut out = String::from("<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">");
    out.push_str("<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; img-src data:\">");
    out.push_str("<meta name=\"viewport\" content=\"width=device-width\">");
    let title = safe(&document.title);
    out.push_str(&format!("<title>{title}</title><style>{STYLE}</style></head><body>\n<h1>{title}</h1>\n"));
    document.blocks.iter().for_each(|block| add(&mut out, block));
    out.push_str("</body></html>\n");
    out
}

fn add(out: &mut String, block: &Block) {
    match block {
        Block::Verdict { state, text, coverage } => out.push_str(&format!(
            "<p class=\"verdict\"><span style=\"color:{}\">{}</span> {}</p><p class=\"dim\">{}</p>\n",
            hue(*state),
            sign(*state),
            safe(text),
            safe(coverage)
        )),
        Block::Heading(text) => out.push_str(&format!("<h2>{}</h2>\n", safe(text))),
        Block::Subheading(text) => out.push_str(&format!("<h3>{}</h3>\n", safe(text))),
        Block::Text(text) => out.push_str(&format!("<p>{}</p>\n", safe(text))),
        Block::Note(text) => out.push_str(&format!("<p class=\"dim\">{}</p>\n", safe(text))),
        Block::Facts(facts) => {
            out.push_str("<dl>");
            facts.iter().for_each(|(name, value)| out.push_str(&format!("<dt>{}</dt><dd>{}</dd>", safe(name), safe(value))));
            out.push_str("</dl>\n");
        }
        Block::Table { columns, rows } => {
            let all: u32 = columns.iter().map(|(_, share)| *share).sum::<u32>().max(1);
            let widths: String =
                columns.iter().map(|(_, share)| format!("<col style=\"width:{:.1}%\">", f64::from(*share) * 100.0 / f64::from(all))).collect();
            let titles: String = columns.iter().map(|(title, _)| format!("<th>{}</th>", safe(title))).collect();
            out.push_str(&format!("<table><colgroup>{widths}</colgroup><thead><tr>{titles}</tr></thead><tbody>\n"));
            for row in rows {
                let cells: String = row.iter().map(|cell| format!("<td>{}</td>", safe(cell))).collect();
                out.push_str(&format!("<tr>{cells}</tr>\n"));
            }
            out.push_str("</tbody></table>\n");
        }
        Block::Finding { state, title, place, text, meaning } => out.push_str(&format!(
            "<p class=\"finding\"><span style=\"color:{}\">{}</span> <b>{}</b> <span class=\"dim\">{}</span><br>{}<br><span class=\"dim\">{}</span></p>\n",
            hue(*state),
            sign(*state),
            safe(title),
            safe(place),
            safe(text),
            safe(meaning)
        )),
        Block::List(lines) => {
            let lines: String = lines.iter().map(|line| format!("<li>{}</li>", safe(line))).collect();
            out.push_str(&format!("<ul>{lines}</ul>\n"));
        }
        Block::Verbatim(text) => {
            let text: String = text.lines().map(|line| safe(line) + "\n").collect();
            out.push_str(&format!("<pre>{text}</pre>\n"));
        }
        Block::Timeline(timeline) => picture(out, timeline),
    }
}

/// The lanes as a picture. Width of a place 5, of the names 200; height of a lane 24.
fn picture(out: &mut String, timeline: &Timeline) {
    const PLACE: u32 = 5;
    const NAMES: u32 = 200;
    const LANE: u32 = 24;
    let height = timeline.lanes.len() as u32 * LANE + 20;
    let width = NAMES + u32::from(BARS) * PLACE;
    out.push_str(&format!(
        "<svg viewBox=\"0 0 {width} {height}\" role=\"img\" aria-label=\"Events over time\" font-family=\"system-ui,sans-serif\">"
    ));
    for (index, lane) in timeline.lanes.iter().enumerate() {
        let base = index as u32 * LANE + LANE - 4;
        let name = safe(&crate::model::text::short(&lane.name, 30));
        out.push_str(&format!("<text x=\"0\" y=\"{}\" font-size=\"11\">{name}</text>", base - 4));
        out.push_str(&format!("<line x1=\"{NAMES}\" x2=\"{width}\" y1=\"{base}\" y2=\"{base}\" stroke=\"#ccd3dc\"/>"));
        for bar in &lane.bars {
            let tall = (u32::from(bar.height) * (LANE - 10)).div_ceil(255);
            let left = NAMES + u32::from(bar.at) * PLACE;
            out.push_str(&format!(
                "<rect x=\"{left}\" y=\"{}\" width=\"{}\" height=\"{tall}\" fill=\"{}\"/>",
                base - tall,
                PLACE - 1,
                hue(bar.state)
            ));
            if bar.state >= State::Suspect {
                let (at, colour) = (base - tall, hue(bar.state));
                out.push_str(&format!("<text x=\"{}\" y=\"{at}\" font-size=\"8\" fill=\"{colour}\">{}</text>", left - 1, sign(bar.state)));
            }
        }
    }
    let (first, last) = (safe(&timeline.ends.0), safe(&timeline.ends.1));
    let y = height - 4;
    out.push_str(&format!("<text x=\"{NAMES}\" y=\"{y}\" font-size=\"11\" fill=\"#566272\">{first}</text>"));
    out.push_str(&format!("<text x=\"{width}\" y=\"{y}\" font-size=\"11\" fill=\"#566272\" text-anchor=\"end\">{last}</text></svg>\n"));
}
