//! The report as one HTML page without scripts, which loads nothing and prints well.

use maud::{Markup, PreEscaped, Render, html};

use crate::bundle::report::document::{BARS, Block, Document, Timeline, colour, sign};
use crate::model::State;
use crate::model::text::{short, visible};

/// Text from anywhere. It cannot become markup: the template escapes whatever has this type, and shows what would deceive.
struct Text<'a>(&'a str);

impl Render for Text<'_> {
    fn render_to(&self, page: &mut String) {
        for (index, part) in visible(self.0).split('\'').enumerate() {
            // The template engine leaves apostrophes as they are. Bundles have them as entities, and their pages are compared byte by byte.
            if index > 0 {
                page.push_str("&#39;");
            }
            part.render_to(page);
        }
    }
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
    let safe = |text: &String| Text(text).render().into_string();
    for block in &document.blocks {
        match block {
            Block::Verdict { text, coverage, .. } => texts.extend([safe(text), safe(coverage)]),
            Block::Facts(facts) => texts.extend(facts.iter().map(|(_, value)| safe(value))),
            Block::Table { rows, .. } => texts.extend(rows.iter().flatten().map(safe)),
            Block::Finding { title, text, .. } => texts.extend([safe(title), safe(text)]),
            _ => {}
        }
    }
    texts
}

/// The whole page.
pub fn page(document: &Document) -> String {
    const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; img-src data:";
    let page = html! {
        (PreEscaped("<!doctype html>\n"))
        html lang="en" {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content=(POLICY);
                meta name="viewport" content="width=device-width";
                title { (Text(&document.title)) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                "\n"
                h1 { (Text(&document.title)) } "\n"
                @for block in &document.blocks { (block) }
            }
        }
        "\n"
    };
    // Empty shapes in their short form, as the pages of earlier bundles have them. No text contains these marks: they would be escaped.
    page.into_string().replace("></rect>", "/>").replace("></line>", "/>")
}

impl Render for Block {
    fn render(&self) -> Markup {
        html! {
            @match self {
                Block::Verdict { state, text, coverage } => {
                    p.verdict { span style={ "color:" (hue(*state)) } { (sign(*state)) } " " (Text(text)) }
                    p.dim { (Text(coverage)) }
                }
                Block::Heading(text) => h2 { (Text(text)) }
                Block::Subheading(text) => h3 { (Text(text)) }
                Block::Text(text) => p { (Text(text)) }
                Block::Note(text) => p.dim { (Text(text)) }
                Block::Facts(facts) => dl { @for (name, value) in facts { dt { (Text(name)) } dd { (Text(value)) } } }
                Block::Table { columns, rows } => (table(columns, rows))
                Block::Finding { state, title, place, text, meaning } => p.finding {
                    span style={ "color:" (hue(*state)) } { (sign(*state)) } " " b { (Text(title)) } " " span.dim { (Text(place)) }
                    br; (Text(text))
                    br; span.dim { (Text(meaning)) }
                }
                Block::List(lines) => ul { @for line in lines { li { (Text(line)) } } }
                Block::Verbatim(text) => pre { @for line in text.lines() { (Text(line)) "\n" } }
                Block::Timeline(timeline) => (picture(timeline))
            }
            "\n"
        }
    }
}

fn table(columns: &[(String, u32)], rows: &[Vec<String>]) -> Markup {
    let all = f64::from(columns.iter().map(|(_, share)| *share).sum::<u32>().max(1));
    html! {
        table {
            colgroup { @for (_, share) in columns { col style={ "width:" (format!("{:.1}", f64::from(*share) * 100.0 / all)) "%" }; } }
            thead { tr { @for (title, _) in columns { th { (Text(title)) } } } }
            tbody {
                "\n"
                @for row in rows { tr { @for cell in row { td { (Text(cell)) } } } "\n" }
            }
        }
    }
}

/// The lanes as a picture. Width of a place 5, of the names 200; height of a lane 24.
fn picture(timeline: &Timeline) -> Markup {
    const PLACE: u32 = 5;
    const NAMES: u32 = 200;
    const LANE: u32 = 24;
    let height = timeline.lanes.len() as u32 * LANE + 20;
    let width = NAMES + u32::from(BARS) * PLACE;
    let (first, last) = &timeline.ends;
    html! {
        svg viewBox={ "0 0 " (width) " " (height) } role="img" aria-label="Events over time" font-family="system-ui,sans-serif" {
            @for (base, lane) in (1u32..).map(|number| number * LANE - 4).zip(&timeline.lanes) {
                text x="0" y=(base - 4) font-size="11" { (Text(&short(&lane.name, 30))) }
                line x1=(NAMES) x2=(width) y1=(base) y2=(base) stroke="#ccd3dc" {}
                @for bar in &lane.bars {
                    @let tall = (u32::from(bar.height) * (LANE - 10)).div_ceil(255);
                    @let left = NAMES + u32::from(bar.at) * PLACE;
                    rect x=(left) y=(base - tall) width=(PLACE - 1) height=(tall) fill=(hue(bar.state)) {}
                    @if bar.state >= State::Suspect {
                        text x=(left - 1) y=(base - tall) font-size="8" fill=(hue(bar.state)) { (sign(bar.state)) }
                    }
                }
            }
            text x=(NAMES) y=(height - 4) font-size="11" fill="#566272" { (Text(first)) }
            text x=(width) y=(height - 4) font-size="11" fill="#566272" text-anchor="end" { (Text(last)) }
        }
    }
}
