//! The blocks of a report as strips of paper: how each sort of block is laid out.

use std::rc::Rc;

use crate::bundle::report::document::{BARS, Bar, Block, Document, Lane, Timeline, colour, sign};
use crate::bundle::report::pdf::paper::{BODY, Colour, Face, Fonts, GREY, HAIR, INK, LIGHT, MEASURE, SIDE, Sheets, Strip, Style, WIDTH};
use crate::model::State;

const TITLE: Style = Style { face: Face::Strong, size: 20.0, leading: 26.0, colour: INK };
const HEADING: Style = Style { face: Face::Strong, size: 13.5, leading: 18.0, colour: INK };
const SUBHEADING: Style = Style { face: Face::Strong, size: 10.5, leading: 15.0, colour: INK };
/// Of paragraphs.
pub const TEXT: Style = Style { face: Face::Plain, size: 9.5, leading: 14.0, colour: INK };
const NOTE: Style = Style { face: Face::Plain, size: 8.5, leading: 12.5, colour: GREY };
const LEAD: Style = Style { face: Face::Strong, size: 12.5, leading: 17.0, colour: INK };
/// Of titles of columns.
pub const COLUMN: Style = Style { face: Face::Strong, size: 7.5, leading: 11.0, colour: GREY };
const CELL: Style = Style { face: Face::Plain, size: 7.5, leading: 10.5, colour: INK };
/// Of what is verbatim.
pub const MONO: Style = Style { face: Face::Mono, size: 7.8, leading: 11.5, colour: INK };
/// Of footers and places.
pub const SMALL: Style = Style { face: Face::Plain, size: 7.5, leading: 10.0, colour: GREY };
const MARK: Style = Style { face: Face::Plain, size: 5.5, leading: 6.5, colour: INK };
/// Behind what is set apart.
const PALE: Colour = [0xf6, 0xf7, 0xf9];
/// Between columns.
const GAP: f32 = 6.0;
/// Columns narrower than this can't be read.
const NARROW: f32 = 18.0;
/// Left edge and width of the bars of a timeline.
const BARS_AT: f32 = SIDE + MEASURE * 0.27;
const BARS_WIDTH: f32 = MEASURE * 0.73;
/// The report on pages.
pub fn sheets(fonts: &Fonts, document: &Document) -> Sheets {
    let mut layout = Layout { fonts, sheets: Sheets::default() };
    layout.title(&document.title);
    document.blocks.iter().for_each(|block| layout.block(block));
    layout.sheets.flush();
    layout.sheets
}

/// How texts that stand one below the other are set apart.
#[derive(Clone, Copy, Default)]
struct Frame {
    above: f32,
    /// From the left margin to the text.
    indent: f32,
    /// Space above and below the text.
    padding: f32,
    /// At least so tall.
    least: f32,
    /// A rule at the left, with its width.
    rule: Option<(f32, Colour)>,
    back: Option<Colour>,
    /// Whether it stays on one page where it can.
    whole: bool,
}

/// A cell of a row: left edge, width, look and text.
type Cell<'a> = (f32, f32, Style, &'a str);

struct Layout<'a> {
    fonts: &'a Fonts,
    sheets: Sheets,
}

impl Layout<'_> {
    fn block(&mut self, block: &Block) {
        match block {
            Block::Verdict { state, text, coverage } => self.verdict(*state, text, coverage),
            Block::Heading(text) => self.heading(text, HEADING, 24.0, false),
            Block::Subheading(text) => self.heading(text, SUBHEADING, 15.0, true),
            Block::Text(text) => self.texts(&[(text, TEXT)], Frame { above: 6.0, ..Frame::default() }),
            Block::Note(text) => self.texts(&[(text, NOTE)], Frame { above: 5.0, ..Frame::default() }),
            Block::Facts(facts) => self.facts(facts.iter().map(|(name, value)| (name.as_str(), value.as_str()))),
            Block::Table { columns, rows } => self.table(columns, rows),
            Block::Finding { state, title, place, text, meaning } => self.finding(*state, title, place, text, meaning),
            Block::List(entries) => self.list(entries),
            Block::Verbatim(text) => self.verbatim(text),
            Block::Timeline(timeline) => self.timeline(timeline),
        }
    }

    fn title(&mut self, title: &str) {
        let mut strips = self.stack(&[(title, TITLE)], Frame::default());
        strips.iter_mut().for_each(|strip| strip.keep = true);
        let mut rule = Strip { above: 8.0, height: 6.0, ..Strip::default() };
        rule.area(SIDE, 0.0, MEASURE, HAIR, LIGHT);
        strips.push(rule);
        strips.into_iter().for_each(|strip| self.sheets.add(strip));
    }

    fn heading(&mut self, text: &str, style: Style, above: f32, below: bool) {
        let mut strips = self.stack(&[(text, style)], Frame { above, ..Frame::default() });
        if let Some(first) = strips.first_mut() {
            first.bookmark = Some((self.fonts.plain(text), below));
        }
        for mut strip in strips {
            strip.keep = true;
            self.sheets.add(strip);
        }
    }

    fn texts(&mut self, parts: &[(&str, Style)], frame: Frame) {
        self.stack(parts, frame).into_iter().for_each(|strip| self.sheets.add(strip));
    }

    /// A strip for each line. The first two stay together and the last two do, or all if they are to.
    fn stack(&self, parts: &[(&str, Style)], frame: Frame) -> Vec<Strip> {
        let x = SIDE + frame.indent;
        let width = MEASURE - frame.indent - if frame.back.is_some() { 10.0 } else { 0.0 };
        let mut lines: Vec<(f32, Style, String)> = Vec::new();
        for (text, style) in parts.iter().filter(|(text, _)| !text.is_empty()) {
            let begin = lines.len();
            // Only what is verbatim has lines of its own.
            let own: Vec<&str> = if style.face == Face::Mono { text.lines().collect() } else { vec![text] };
            for line in own {
                lines.extend(self.fonts.lines(line, *style, width).into_iter().map(|line| (0.0, *style, line)));
            }
            if let Some(first) = lines.get_mut(begin) {
                first.0 = if begin == 0 { frame.padding } else { 2.5 };
            }
        }
        let count = lines.len();
        let height: f32 = lines.iter().map(|(top, style, _)| top + style.leading).sum();
        let whole = frame.whole && height < BODY * 0.5;
        let bottom = frame.padding.max(frame.least - height);
        let mut strips = Vec::with_capacity(count);
        for (number, (top, style, line)) in lines.into_iter().enumerate() {
            let (first, last) = (number == 0, number + 1 == count);
            let mut strip = Strip { above: if first { frame.above } else { 0.0 }, ..Strip::default() };
            strip.keep = !last && (whole || first || number + 2 == count);
            strip.height = top + style.leading + if last { bottom } else { 0.0 };
            // Rectangles that only touch would show a seam on a screen.
            let seam = if first { 0.0 } else { 0.4 };
            if let Some(back) = frame.back {
                strip.area(SIDE, -seam, MEASURE, strip.height + seam, back);
            }
            if let Some((width, colour)) = frame.rule {
                strip.area(SIDE, -seam, width, strip.height + seam, colour);
            }
            strip.text(x, top, style, line);
            strips.push(strip);
        }
        strips
    }

    fn verdict(&mut self, state: State, text: &str, coverage: &str) {
        let colour = colour(state);
        let word = state.word().to_uppercase();
        let parts = [(word.as_str(), Style { colour, ..COLUMN }), (text, LEAD), (coverage, Style { leading: 14.0, ..NOTE })];
        let frame =
            Frame { above: 10.0, indent: 54.0, padding: 11.0, least: 54.0, rule: Some((3.5, colour)), back: Some(PALE), whole: true };
        let mut strips = self.stack(&parts, frame);
        if let Some(first) = strips.first_mut() {
            let style = Style { face: Face::Plain, size: 28.0, leading: 34.0, colour };
            first.text(SIDE + 29.0 - self.fonts.width(sign(state), style) / 2.0, 10.0, style, sign(state));
        }
        strips.into_iter().for_each(|strip| self.sheets.add(strip));
    }

    fn finding(&mut self, state: State, title: &str, place: &str, text: &str, meaning: &str) {
        let colour = colour(state);
        let title = if title.is_empty() { state.word() } else { title };
        let parts = [(title, Style { colour, ..SUBHEADING }), (place, SMALL), (text, TEXT), (meaning, NOTE)];
        let frame = Frame { above: 12.0, indent: 28.0, padding: 2.0, rule: Some((1.5, colour)), whole: true, ..Frame::default() };
        let mut strips = self.stack(&parts, frame);
        if let Some(first) = strips.first_mut() {
            first.text(SIDE + 10.0, 2.0, Style { colour, ..SUBHEADING }, sign(state));
        }
        strips.into_iter().for_each(|strip| self.sheets.add(strip));
    }

    fn list(&mut self, entries: &[String]) {
        for (number, entry) in entries.iter().enumerate() {
            let above = if number == 0 { 6.0 } else { 2.5 };
            let mut strips = self.stack(&[(entry, TEXT)], Frame { above, indent: 14.0, ..Frame::default() });
            if let Some(first) = strips.first_mut() {
                first.text(SIDE + 3.0, 0.0, Style { colour: GREY, ..TEXT }, "•");
            }
            strips.into_iter().for_each(|strip| self.sheets.add(strip));
        }
    }

    fn verbatim(&mut self, text: &str) {
        // Stops for tabs are every four characters, as letters of one width would show them.
        let mut spaced = String::with_capacity(text.len());
        let mut column = 0;
        for character in text.chars() {
            let step = if character == '\t' { 4 - column % 4 } else { 1 };
            column = if character == '\n' { 0 } else { column + step };
            match character {
                '\t' => spaced.extend(std::iter::repeat_n(' ', step)),
                character => spaced.push(character),
            }
        }
        let frame = Frame { above: 8.0, indent: 10.0, padding: 7.0, back: Some(PALE), ..Frame::default() };
        self.texts(&[(&spaced, MONO)], frame);
    }

    /// A row, in as few strips as its height allows, each at least that tall.
    fn row(&self, cells: &[Cell<'_>], padding: f32, least: f32, limit: f32) -> Vec<Strip> {
        let leading = cells.iter().map(|(_, _, style, _)| style.leading).fold(1.0, f32::max);
        let lines: Vec<Vec<String>> = cells.iter().map(|(_, width, style, text)| self.fonts.lines(text, *style, *width)).collect();
        let count = lines.iter().map(Vec::len).max().unwrap_or(1);
        let most = (((limit - 2.0 * padding) / leading) as usize).max(1);
        let mut strips = Vec::new();
        for from in (0..count).step_by(most) {
            let height = most.min(count - from) as f32 * leading + 2.0 * padding;
            let mut strip = Strip { height: height.max(least), ..Strip::default() };
            for ((x, _, style, _), lines) in cells.iter().zip(&lines) {
                for (line, text) in lines.iter().skip(from).take(most).enumerate().filter(|(_, text)| !text.is_empty()) {
                    strip.text(*x, padding + line as f32 * leading, *style, text.clone());
                }
            }
            if from + most >= count {
                strip.area(SIDE, strip.height - HAIR, MEASURE, HAIR, LIGHT);
            }
            strips.push(strip);
        }
        strips
    }

    fn facts<'a>(&mut self, facts: impl Iterator<Item = (&'a str, &'a str)>) {
        let (left, value) = (MEASURE * 0.27, Style { leading: 13.0, size: 9.0, ..TEXT });
        let name = Style { colour: GREY, ..value };
        for (number, (title, text)) in facts.enumerate() {
            let cells = [(SIDE, left - GAP, name, title), (SIDE + left, MEASURE - left, value, text)];
            let mut strips = self.row(&cells, 2.5, 0.0, BODY * 0.85);
            if let (0, Some(first)) = (number, strips.first_mut()) {
                first.above = 7.0;
            }
            strips.into_iter().for_each(|strip| self.sheets.add(strip));
        }
    }

    fn table(&mut self, columns: &[(String, u32)], rows: &[Vec<String>]) {
        // Cells beyond the columns get columns without a title, so that nothing is lost.
        let count = rows.iter().map(Vec::len).max().unwrap_or(0).max(columns.len());
        let titles: Vec<&str> = (0..count).map(|at| columns.get(at).map_or("", |(title, _)| title)).collect();
        let average = columns.iter().map(|(_, share)| f64::from(*share)).sum::<f64>() / columns.len().max(1) as f64;
        // Columns that all want nothing share alike.
        let (least, average) = if average > 0.0 { (0.0, average) } else { (1.0, 1.0) };
        let shares = (0..count).map(|at| columns.get(at).map_or(average, |(_, share)| f64::from(*share).max(least)));
        let total = shares.clone().sum::<f64>();
        let room = MEASURE - GAP * count.saturating_sub(1) as f32;
        if room < NARROW * count as f32 {
            // Too many columns for the paper: row after row, each cell on a line with its title.
            for row in rows {
                self.facts(row.iter().zip(&titles).map(|(cell, title)| (*title, cell.as_str())));
            }
            return;
        }
        let widths: Vec<f32> = shares.map(|share| ((share / total) as f32 * room).max(NARROW)).collect();
        // The wider ones give what the narrow ones took.
        let (wanted, least) = (widths.iter().sum::<f32>(), NARROW * count as f32);
        let scale = (room - least) / (wanted - least).max(0.01);
        let mut x = SIDE;
        let mut places = Vec::with_capacity(count);
        for width in widths {
            let width = NARROW + (width - NARROW) * if wanted > least { scale } else { 0.0 };
            places.push((x, width));
            x += width + GAP;
        }
        let cells: Vec<Cell<'_>> = places.iter().zip(&titles).map(|((x, width), title)| (*x, *width, COLUMN, *title)).collect();
        let head = self.head(self.row(&cells, 4.0, 0.0, BODY * 0.85), rows.is_empty());
        let limit = BODY * 0.85 - head.as_ref().map_or(0.0, |head| head.height);
        for row in rows {
            let cells: Vec<Cell<'_>> = places.iter().zip(row).map(|((x, width), cell)| (*x, *width, CELL, cell.as_str())).collect();
            for mut strip in self.row(&cells, 3.5, 0.0, limit) {
                strip.head.clone_from(&head);
                self.sheets.add(strip);
            }
        }
    }

    /// Puts the head of a table down, and gives what is repeated of it: nothing if it would fill the pages.
    fn head(&mut self, mut strips: Vec<Strip>, alone: bool) -> Option<Rc<Strip>> {
        if let Some(first) = strips.first_mut() {
            first.above = 8.0;
        }
        let head = match strips.as_slice() {
            [head] if head.height < BODY * 0.3 => Some(Rc::new(head.clone())),
            _ => None,
        };
        for mut strip in strips {
            strip.keep = !alone && head.is_some();
            self.sheets.add(strip);
        }
        head
    }

    fn timeline(&mut self, timeline: &Timeline) {
        let half = BARS_WIDTH / 2.0 - GAP;
        let end = self.fonts.width(&self.fonts.plain(&timeline.ends.1), SMALL).min(half);
        let cells = [(BARS_AT, half, SMALL, timeline.ends.0.as_str()), (WIDTH - SIDE - end, end + 0.1, SMALL, timeline.ends.1.as_str())];
        let head = self.head(self.row(&cells, 3.0, 0.0, BODY * 0.85), timeline.lanes.is_empty());
        let limit = BODY * 0.85 - head.as_ref().map_or(0.0, |head| head.height);
        for lane in &timeline.lanes {
            self.lane(lane, limit, head.as_ref());
        }
        let mut states: Vec<State> = timeline.lanes.iter().flat_map(|lane| lane.bars.iter().map(|bar| bar.state)).collect();
        states.sort_unstable_by(|one, other| other.cmp(one));
        states.dedup();
        let mut legend = Strip { above: 3.0, height: SMALL.leading, ..Strip::default() };
        let mut x = BARS_AT;
        for state in states {
            let text = format!("{} {}", sign(state), state.word());
            let style = Style { colour: colour(state), ..SMALL };
            let width = self.fonts.width(&text, style);
            legend.text(x, 0.0, style, text);
            x += width + 12.0;
        }
        if !legend.marks.is_empty() {
            self.sheets.add(legend);
        }
    }

    fn lane(&mut self, lane: &Lane, limit: f32, head: Option<&Rc<Strip>>) {
        const TALL: f32 = 17.0;
        // A line of its own for each kind of sign, so that none hides another.
        let signs = [State::Broken, State::Suspect].into_iter().filter(|state| lane.bars.iter().any(|bar| bar.state == *state));
        let signs: Vec<State> = signs.collect();
        let least = 3.5 + TALL + 3.5 + signs.len() as f32 * MARK.leading + if signs.is_empty() { 0.0 } else { 1.5 };
        let cells = [(SIDE, BARS_AT - SIDE - GAP, CELL, lane.name.as_str())];
        let pitch = BARS_WIDTH / f32::from(BARS);
        let place = |bar: &Bar| BARS_AT + f32::from(bar.at.min(BARS - 1)) * pitch;
        let mut bars: Vec<&Bar> = lane.bars.iter().collect();
        bars.sort_by_key(|bar| bar.at);
        for (number, mut strip) in self.row(&cells, 3.5, least, limit).into_iter().enumerate() {
            strip.head = head.cloned();
            if number == 0 {
                let floor = 3.5 + TALL;
                strip.area(BARS_AT, floor, BARS_WIDTH, HAIR, LIGHT);
                for bar in &bars {
                    let height = 2.0 + (TALL - 2.0) * f32::from(bar.height) / 255.0;
                    strip.area(place(bar), floor - height, pitch * 0.8, height, colour(bar.state));
                }
                for (line, state) in signs.iter().enumerate() {
                    let style = Style { colour: colour(*state), ..MARK };
                    let width = self.fonts.width(sign(*state), style);
                    let mut free = 0.0;
                    for bar in bars.iter().filter(|bar| bar.state == *state) {
                        let x = place(bar) + pitch * 0.4 - width / 2.0;
                        // One sign does for bars that are closer than it is wide.
                        if x >= free {
                            strip.text(x, floor + 1.5 + line as f32 * MARK.leading, style, sign(*state));
                            free = x + width * 0.8;
                        }
                    }
                }
            }
            self.sheets.add(strip);
        }
    }
}
