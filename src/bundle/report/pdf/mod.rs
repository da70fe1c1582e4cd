//! The report on paper: PDF/A-3b, with the files that belong to it inside.

mod error;
mod layout;
mod paper;

use chrono::{DateTime, Datelike, Timelike};
pub use error::PdfError;
use krilla::SerializeSettings;
use krilla::configure::{Archival, ConfigurationBuilder};
use krilla::destination::XyzDestination;
use krilla::embed::{AssociationKind, EmbeddedFile, MimeType};
use krilla::geom::Point;
use krilla::metadata::Metadata;
use krilla::outline::{Outline, OutlineNode};

use crate::bundle::report::document::Document;
use crate::bundle::report::pdf::layout::{SMALL, sheets};
use crate::bundle::report::pdf::paper::{Fonts, HAIR, HEIGHT, LIGHT, MEASURE, SIDE, Sheets, Strip, WIDTH, draw};

/// A file that travels inside the paper.
#[derive(Clone, Copy, Debug)]
pub struct Attached<'a> {
    /// Its name, in printable ASCII. What `report.json` holds is the source of the paper; other files add to it.
    pub name: &'a str,
    /// What kind of file, such as `application/json`.
    pub mime: &'a str,
    /// What it is, for people.
    pub description: &'a str,
    /// Its bytes.
    pub content: &'a [u8],
}

/// Names in the outline and in the metadata are cut here, with an ellipsis; the pages have them whole.
const NAME: usize = 400;

/// The report as PDF/A-3b (ISO 19005-3).
pub fn pdf(document: &Document, attached: &[Attached<'_>]) -> Result<Vec<u8>, PdfError> {
    let fonts = Fonts::new()?;
    let Sheets { mut pages, bookmarks, .. } = sheets(&fonts, document);

    let configuration = ConfigurationBuilder::new().with_archival_validator(Archival::A3_B).finish();
    let configuration = configuration.map_err(|error| PdfError::Write(format!("{error:?}")))?;
    let settings = SerializeSettings { configuration, enable_tagging: false, ..SerializeSettings::default() };
    let mut paper = krilla::Document::new_with(settings);
    let footer = fonts.short(&document.title, SMALL, MEASURE * 0.8);
    let total = pages.len();
    for (number, page) in pages.iter_mut().enumerate() {
        let mut strip = Strip::default();
        let count = format!("{} / {total}", number + 1);
        strip.area(SIDE, HEIGHT - 46.0, MEASURE, HAIR, LIGHT);
        strip.text(SIDE, HEIGHT - 41.0, SMALL, footer.clone());
        strip.text(WIDTH - SIDE - fonts.width(&count, SMALL), HEIGHT - 41.0, SMALL, count);
        page.append(&mut strip.marks);
        draw(&mut paper, &fonts, page)?;
    }

    let mut outline: Vec<OutlineNode> = Vec::new();
    for bookmark in bookmarks {
        let place = XyzDestination::new(bookmark.page, Point::from_xy(SIDE, bookmark.y - 4.0));
        let node = OutlineNode::new(named(&bookmark.name), place).with_open(true);
        match outline.last_mut() {
            Some(above) if bookmark.below => above.push_child(node),
            _ => outline.push(node),
        }
    }
    if !outline.is_empty() {
        let mut root = Outline::new();
        outline.into_iter().for_each(|node| root.push_child(node));
        paper.set_outline(root);
    }

    let made = date(document.made)?;
    let program = concat!("sealscope ", env!("CARGO_PKG_VERSION")).to_owned();
    let metadata = Metadata::new().title(named(&fonts.plain(&document.title))).creator(program.clone()).producer(program);
    paper.set_metadata(metadata.language("en".to_owned()).creation_date(made));
    for file in attached {
        attach(&mut paper, &fonts, file, made)?;
    }
    paper.finish().map_err(|error| match error {
        krilla::error::KrillaError::Validation(problems) => PdfError::Write(format!("{problems:?}")),
        error => PdfError::Write(error.to_string()),
    })
}

fn attach(paper: &mut krilla::Document, fonts: &Fonts, file: &Attached<'_>, made: krilla::metadata::DateTime) -> Result<(), PdfError> {
    let name = file.name.to_owned();
    if name.is_empty() || !name.bytes().all(|byte| byte == b' ' || byte.is_ascii_graphic()) {
        return Err(PdfError::Name(name));
    }
    if i32::try_from(file.content.len()).is_err() {
        return Err(PdfError::Large(name));
    }
    let embedded = EmbeddedFile {
        path: name.clone(),
        mime_type: Some(MimeType::new(file.mime).ok_or_else(|| PdfError::Kind(file.mime.to_owned()))?),
        description: Some(named(&fonts.plain(file.description))),
        association_kind: if name == "report.json" { AssociationKind::Source } else { AssociationKind::Supplement },
        data: file.content.to_vec().into(),
        modification_date: Some(made),
        compress: Some(true),
        location: None,
    };
    paper.embed_file(embedded).ok_or(PdfError::Name(name))
}

fn date(made: i64) -> Result<krilla::metadata::DateTime, PdfError> {
    let time = DateTime::from_timestamp(made, 0).ok_or(PdfError::Date(made))?;
    let year = u16::try_from(time.year()).unwrap_or(u16::MAX);
    if year > 9999 {
        return Err(PdfError::Date(made));
    }
    // Below 60 each.
    let [month, day, hour, minute, second] = [time.month(), time.day(), time.hour(), time.minute(), time.second()].map(|part| part as u8);
    let date = krilla::metadata::DateTime::new(year).month(month).day(day).hour(hour).minute(minute).second(second);
    Ok(date.utc_offset_hour(0).utc_offset_minute(0))
}

fn named(plain: &str) -> String {
    let mut name: String = plain.chars().take(NAME).collect();
    if name.len() < plain.len() {
        name.push('…');
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bundle::report::document::*;
    use crate::bundle::report::pdf::layout::{COLUMN, MONO, TEXT};
    use crate::model::State;

    fn document(blocks: Vec<Block>) -> Document {
        Document { title: "Report".to_owned(), made: 1_795_246_572, blocks }
    }

    fn pages(document: &Document) -> usize {
        assert!(pdf(document, &[]).unwrap().starts_with(b"%PDF-1.7"));
        sheets(&Fonts::new().unwrap(), document).pages.len()
    }

    /// What a hostile evidence could bring into a report.
    fn hostile() -> Document {
        let odd =
            "a\u{202e}b\u{0}\u{7f}\u{200d}\u{feff}\u{fffe}\u{10ffff}\u{e000}\u{fdd0} \u{2028}\t\r\n中文 😀 e\u{301} עברית ⟨U+4E2D⟩ ◐○●"
                .to_owned();
        let word = "0123456789abcdef".repeat(12_500);
        let lane = |bars| Lane { name: odd.clone(), bars };
        let bar = |at, state| Bar { at, height: 0, state };
        let ends = (odd.clone(), word[..9_000].to_owned());
        let long = Lane { name: word[..40_000].to_owned(), bars: vec![bar(7, State::Suspect)] };
        let wide = || (0..60).map(|number| number.to_string()).collect::<Vec<_>>();
        let cells = |count: usize| vec![vec![odd.clone(); count], vec![word[..50_000].to_owned()], Vec::new()];
        let blocks = vec![
            Block::Heading(word.clone()),
            Block::Subheading(String::new()),
            Block::Text(word.clone()),
            Block::Text(" ".repeat(10_000)),
            Block::Note(odd.clone()),
            Block::Verdict { state: State::Broken, text: odd.clone(), coverage: word.clone() },
            Block::Verdict { state: State::Consistent, text: String::new(), coverage: String::new() },
            Block::Finding { state: State::Suspect, title: String::new(), place: odd.clone(), text: word.clone(), meaning: odd.clone() },
            Block::Facts(vec![(word[..5_000].to_owned(), odd.clone()), (String::new(), String::new())]),
            Block::List(vec![odd.clone(), String::new(), word.clone()]),
            Block::List(Vec::new()),
            Block::Verbatim(odd.clone()),
            Block::Verbatim("\n\n".to_owned()),
            Block::Table { columns: Vec::new(), rows: Vec::new() },
            Block::Table { columns: vec![(odd.clone(), 0), ("b".to_owned(), 0)], rows: Vec::new() },
            Block::Table { columns: vec![(odd.clone(), 0), ("b".to_owned(), 0)], rows: cells(4) },
            Block::Table { columns: vec![("x".repeat(30_000), u32::MAX), ("b".to_owned(), u32::MAX), (String::new(), 0)], rows: cells(1) },
            Block::Table { columns: Vec::new(), rows: cells(3) },
            Block::Table { columns: vec![("a".to_owned(), 1)], rows: vec![wide(), wide()] },
            Block::Timeline(Timeline { ends: (String::new(), String::new()), lanes: Vec::new() }),
            Block::Timeline(Timeline {
                ends,
                lanes: vec![lane(vec![bar(u16::MAX, State::Broken), bar(0, State::Sealed)]), long, lane(Vec::new())],
            }),
            Block::Heading(odd.clone()),
        ];
        Document { title: odd, made: 0, blocks }
    }

    #[test]
    fn is_the_same_for_the_same_report() {
        let file = Attached { name: "report.json", mime: "application/json", description: "For programs", content: b"{}" };
        let document = hostile();
        assert!(pdf(&document, &[file]).unwrap() == pdf(&document, &[file]).unwrap());
    }

    #[test]
    fn hostile_text_is_written_out() {
        assert!(pages(&hostile()) > 20);
        let fonts = Fonts::new().unwrap();
        assert_eq!(fonts.plain("a\u{202e}b\u{e000} 中\n◐"), "a⟨U+202E⟩b⟨U+E000⟩ ⟨U+4E2D⟩⟨U+000A⟩◐");
        // Nobody can write what only the program writes.
        assert_eq!(fonts.plain("⟨U+4E2D⟩"), "⟨U+27E8⟩U+4E2D⟩");
    }

    #[test]
    fn lines_are_whole_and_fit() {
        let fonts = Fonts::new().unwrap();
        let text = "the path /srv/evidence/2026/part-0001.json.gz and 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";
        for width in [0.0, 1.0, 20.0, 57.0, 100.0, 333.0] {
            for style in [TEXT, MONO, COLUMN] {
                let lines = fonts.lines(text, style, width);
                assert_eq!(lines.concat().replace(' ', ""), text.replace(' ', ""));
                assert!(lines.iter().all(|line| line.chars().count() == 1 || fonts.width(line, style) <= width + 0.01));
            }
        }
        assert_eq!(fonts.lines("", TEXT, 10.0), [""]);
    }

    #[test]
    fn pages_grow_with_the_rows() {
        let table = |rows| {
            let columns = vec![("One".to_owned(), 1), ("Two".to_owned(), 2)];
            document(vec![Block::Heading("Rows".to_owned()), Block::Table { columns, rows: vec![vec!["a".to_owned(); 2]; rows] }])
        };
        assert_eq!(pages(&document(Vec::new())), 1);
        assert_eq!(pages(&table(3)), 1);
        assert!(pages(&table(100)) > 2);
        assert!(pages(&table(400)) > 2 * pages(&table(100)));
    }

    #[test]
    fn headings_stay_with_what_they_head() {
        let fonts = Fonts::new().unwrap();
        for count in 0..60 {
            let mut blocks = vec![Block::List(vec!["entry".to_owned(); count]), Block::Heading("Head".to_owned())];
            blocks.push(Block::Table { columns: vec![("a".to_owned(), 1)], rows: vec![vec!["b".to_owned()]] });
            let sheets = sheets(&fonts, &document(blocks));
            assert_eq!(sheets.bookmarks[0].page + 1, sheets.pages.len());
        }
    }

    #[test]
    fn refuses_what_a_pdf_cannot_say() {
        let file = Attached { name: "report.json", mime: "application/json", description: "", content: b"" };
        let refused = |document: &Document, files: &[Attached<'_>]| pdf(document, files).unwrap_err();
        let report = document(Vec::new());
        assert!(matches!(refused(&report, &[file, file]), PdfError::Name(_)));
        assert!(matches!(refused(&report, &[Attached { name: "é", ..file }]), PdfError::Name(_)));
        assert!(matches!(refused(&report, &[Attached { mime: "json", ..file }]), PdfError::Kind(_)));
        assert!(matches!(refused(&Document { made: i64::MAX, ..report.clone() }, &[]), PdfError::Date(_)));
    }
}
