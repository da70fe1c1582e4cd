//! Paper: letters measured and broken into lines, strips put on pages, pages written down.

use std::collections::HashMap;
use std::rc::Rc;

use krilla::color::rgb;
use krilla::geom::{PathBuilder, Point, Rect};
use krilla::page::PageSettings;
use krilla::paint::Fill;
use krilla::surface::Surface;
use krilla::text::{Font, GlyphId, KrillaGlyph};
use skrifa::instance::{LocationRef, Size};
use skrifa::{FontRef, MetadataProvider};

use crate::bundle::report::pdf::error::PdfError;

/// Width of a page (A4) in points.
pub const WIDTH: f32 = 595.28;
/// Height of a page in points.
pub const HEIGHT: f32 = 841.89;
/// Margin at the left and at the right.
pub const SIDE: f32 = 56.0;
/// Width between the margins.
pub const MEASURE: f32 = WIDTH - 2.0 * SIDE;
/// Height between the margins.
pub const BODY: f32 = BOTTOM - TOP;
const TOP: f32 = 58.0;
const BOTTOM: f32 = HEIGHT - 66.0;
/// Long words of up to so many lines are broken into even parts.
const EVEN: usize = 12;
/// Hairlines.
pub const HAIR: f32 = 0.5;

/// Red, green, blue.
pub type Colour = [u8; 3];
/// Colour of text.
pub const INK: Colour = [0x1c, 0x22, 0x2b];
/// Colour of text that matters less.
pub const GREY: Colour = [0x5a, 0x64, 0x71];
/// Colour of hairlines.
pub const LIGHT: Colour = [0xd8, 0xdc, 0xe2];

/// Which letters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Face {
    /// For reading.
    Plain,
    /// For headings.
    Strong,
    /// All of one width.
    Mono,
}

/// How text looks.
#[derive(Clone, Copy, Debug)]
pub struct Style {
    /// Which letters.
    pub face: Face,
    /// Their size in points.
    pub size: f32,
    /// From line to line.
    pub leading: f32,
    /// Their colour.
    pub colour: Colour,
}

/// A letter of a face, measured in its size.
#[derive(Clone, Copy)]
struct Letter {
    face: Face,
    glyph: u32,
    advance: f32,
}

/// A place where a line can end, with the width up to there.
type Break = Option<(usize, f32)>;

/// The faces.
pub struct Fonts {
    faces: [(Font, HashMap<char, Letter>); 3],
}

impl Fonts {
    /// Reads the fonts that are part of the program.
    pub fn new() -> Result<Self, PdfError> {
        let plain = read(Face::Plain, include_bytes!("../../../../assets/fonts/Inter-Regular.otf"))?;
        let strong = read(Face::Strong, include_bytes!("../../../../assets/fonts/Inter-SemiBold.otf"))?;
        let mono = read(Face::Mono, include_bytes!("../../../../assets/fonts/JetBrainsMono-Regular.ttf"))?;
        Ok(Self { faces: [plain, strong, mono] })
    }

    /// The letter for a character, from another face where the wanted one has none.
    fn letter(&self, face: Face, character: char) -> Option<Letter> {
        if hidden(character) {
            return None;
        }
        // No face has the half disc: a circle stands for it, and half of it is filled when it is drawn.
        let character = if character == '◐' { '○' } else { character };
        [face, Face::Plain, Face::Mono].iter().find_map(|face| self.faces[*face as usize].1.get(&character)).copied()
    }

    /// The text with every character written out that would not be seen as itself. The bracket of what is written out
    /// is written out too, so that nothing in a text can pass for it.
    pub fn plain(&self, text: &str) -> String {
        let mut plain = String::with_capacity(text.len());
        for character in text.chars() {
            if character != '⟨' && self.letter(Face::Plain, character).is_some() {
                plain.push(character);
            } else {
                plain.push_str(&format!("⟨U+{:04X}⟩", u32::from(character)));
            }
        }
        plain
    }

    /// Width of a plain text.
    pub fn width(&self, plain: &str, style: Style) -> f32 {
        plain.chars().filter_map(|character| self.letter(style.face, character)).map(|letter| letter.advance * style.size).sum()
    }

    /// A text in lines of at most that width, each with at least one character. Spaces before a break are not kept,
    /// except in letters of one width, which break anywhere.
    pub fn lines(&self, text: &str, style: Style, width: f32) -> Vec<String> {
        let plain = self.plain(text);
        let lines = self.broken(&plain, style, width);
        if (2..=EVEN).contains(&lines.len()) && style.face != Face::Mono && !plain.contains(' ') {
            // A hash or a path reads better in even parts than with a last line of one letter.
            let even = self.broken(&plain, style, width.min(self.width(&plain, style) / lines.len() as f32 + style.size));
            if even.len() == lines.len() {
                return even;
            }
        }
        lines
    }

    fn broken(&self, plain: &str, style: Style, width: f32) -> Vec<String> {
        let exact = style.face == Face::Mono;
        let mut lines = Vec::new();
        let (mut start, mut used) = (0, 0.0);
        // Places to break, with the width up to there: after a space, and after a sign within a long word.
        let (mut space, mut sign): (Break, Break) = (None, None);
        for (at, character) in plain.char_indices() {
            let advance = self.letter(style.face, character).map_or(0.0, |letter| letter.advance * style.size);
            let hangs = character == ' ' && !exact;
            while !hangs && used + advance > width && at > start {
                let (cut, before) = space.or(sign.filter(|(_, before)| *before > width * 0.6)).unwrap_or((at, used));
                lines.push(kept(&plain[start..cut], exact).to_owned());
                (start, used, space) = (cut, used - before, None);
                sign = sign.filter(|(place, _)| *place > cut).map(|(place, width)| (place, width - before));
            }
            used += advance;
            let after = Some((at + character.len_utf8(), used));
            match character {
                _ if exact => {}
                ' ' => space = after,
                '/' | '\\' | '-' | '_' | '.' | ',' | ':' | ';' | '=' | '&' | '?' | '@' | '⟩' => sign = after,
                _ => {}
            }
        }
        lines.push(kept(&plain[start..], exact).to_owned());
        lines
    }

    /// The first line of a text, with an ellipsis if there is more.
    pub fn short(&self, text: &str, style: Style, width: f32) -> String {
        let lines = self.lines(text, style, width - style.size);
        let more = if lines.len() > 1 { "…" } else { "" };
        format!("{}{more}", lines.first().map_or("", String::as_str))
    }
}

fn read(face: Face, data: &'static [u8]) -> Result<(Font, HashMap<char, Letter>), PdfError> {
    let font = Font::new(data.into(), 0).ok_or(PdfError::Font)?;
    let tables = FontRef::new(data)?;
    let metrics = tables.glyph_metrics(Size::new(1.0), LocationRef::default());
    let letter = |(code, glyph): (u32, skrifa::GlyphId)| {
        let advance = metrics.advance_width(glyph).filter(|advance| *advance > 0.0)?;
        (glyph.to_u32() != 0).then_some((char::from_u32(code)?, Letter { face, glyph: glyph.to_u32(), advance }))
    };
    Ok((font, tables.charmap().mappings().filter_map(letter).collect()))
}

fn kept(line: &str, exact: bool) -> &str {
    if exact { line } else { line.trim_end_matches(' ') }
}

/// Characters that are not seen, that change how their neighbours are seen, that pass for a space, or that mean
/// something else in every font.
fn hidden(character: char) -> bool {
    let code = u32::from(character);
    let marks = matches!(code, 0x0300..=0x036f | 0x0483..=0x0489 | 0x1ab0..=0x1aff | 0x1dc0..=0x1dff | 0x20d0..=0x20ff | 0xfe20..=0xfe2f);
    let formats = matches!(code, 0x00ad | 0x061c | 0x115f | 0x1160 | 0x17b4 | 0x17b5 | 0x180b..=0x180f | 0x200b..=0x200f)
        || matches!(code, 0x2028..=0x202e | 0x2060..=0x206f | 0x2800 | 0x3164 | 0xfe00..=0xfe0f | 0xfeff | 0xffa0 | 0xfff0..=0xfffd);
    let private = matches!(code, 0xe000..=0xf8ff | 0xfdd0..=0xfdef | 0xe0000..) || code & 0xfffe == 0xfffe;
    // Without shaping, scripts from right to left would stand in the wrong order.
    let leftward = matches!(code, 0x0590..=0x08ff | 0xfb1d..=0xfdff | 0xfe70..=0xfeff | 0x10800..=0x10fff | 0x1e800..=0x1efff);
    character != ' ' && (character.is_control() || character.is_whitespace() || marks || formats || private || leftward)
}

/// Something drawn, from the left edge of the page and from the top of its strip or page.
#[derive(Clone, Debug)]
pub enum Mark {
    /// A plain text on one line.
    Text {
        /// Where it begins.
        x: f32,
        /// Its base line.
        y: f32,
        /// How it looks.
        style: Style,
        /// What it says.
        text: String,
    },
    /// A filled rectangle; all are below the texts.
    Area {
        /// Left.
        x: f32,
        /// Top.
        y: f32,
        /// Width.
        width: f32,
        /// Height.
        height: f32,
        /// Colour.
        colour: Colour,
    },
}

/// A piece of the report that is never divided.
#[derive(Clone, Debug, Default)]
pub struct Strip {
    /// Space above it, unless it begins a page.
    pub above: f32,
    /// Its height.
    pub height: f32,
    /// Whether the next strip has to be on the same page.
    pub keep: bool,
    /// What is drawn.
    pub marks: Vec<Mark>,
    /// Its name in the outline, and whether that is below the last one.
    pub bookmark: Option<(String, bool)>,
    /// Drawn again where this strip begins a page.
    pub head: Option<Rc<Strip>>,
}

impl Strip {
    /// Adds a rectangle.
    pub fn area(&mut self, x: f32, y: f32, width: f32, height: f32, colour: Colour) {
        self.marks.push(Mark::Area { x, y, width, height, colour });
    }

    /// Adds a plain line of text in the middle of its leading.
    pub fn text(&mut self, x: f32, top: f32, style: Style, text: impl Into<String>) {
        let y = top + (style.leading + 0.72 * style.size) / 2.0;
        self.marks.push(Mark::Text { x, y, style, text: text.into() });
    }
}

/// A place in the outline.
pub struct Bookmark {
    /// What it says.
    pub name: String,
    /// Whether it is below the last one that is not.
    pub below: bool,
    /// Which page, from nought.
    pub page: usize,
    /// How far from the top.
    pub y: f32,
}

/// The pages.
#[derive(Default)]
pub struct Sheets {
    /// What is drawn on each.
    pub pages: Vec<Vec<Mark>>,
    /// The outline.
    pub bookmarks: Vec<Bookmark>,
    y: f32,
    waiting: Vec<Strip>,
}

impl Sheets {
    /// Adds a strip below the last one.
    pub fn add(&mut self, strip: Strip) {
        let keep = strip.keep;
        self.waiting.push(strip);
        if !keep {
            self.flush();
        }
    }

    /// Puts the strips down that wait for the one they have to stay with.
    pub fn flush(&mut self) {
        let strips = std::mem::take(&mut self.waiting);
        let height: f32 = strips.iter().map(|strip| strip.above + strip.height).sum();
        // What is taller than a page can't be kept together, but it does begin one.
        if self.y > TOP && self.y + height > BOTTOM {
            self.turn(strips.first());
        }
        for strip in strips {
            self.place(strip);
        }
    }

    fn turn(&mut self, first: Option<&Strip>) {
        self.pages.push(Vec::new());
        self.y = TOP;
        if let Some(head) = first.and_then(|strip| strip.head.clone()) {
            self.draw(head.marks.clone(), head.height);
        }
    }

    fn place(&mut self, strip: Strip) {
        if self.pages.is_empty() || self.y > TOP && self.y + strip.above + strip.height > BOTTOM + 0.01 {
            self.turn(Some(&strip));
        }
        if self.y > TOP {
            self.y += strip.above;
        }
        if let Some((name, below)) = strip.bookmark {
            self.bookmarks.push(Bookmark { name, below, page: self.pages.len().saturating_sub(1), y: self.y });
        }
        self.draw(strip.marks, strip.height);
    }

    fn draw(&mut self, marks: Vec<Mark>, height: f32) {
        let top = self.y;
        if let Some(page) = self.pages.last_mut() {
            page.extend(marks.into_iter().map(|mut mark| {
                match &mut mark {
                    Mark::Text { y, .. } | Mark::Area { y, .. } => *y += top,
                }
                mark
            }));
        }
        self.y += height;
    }
}

/// Draws a page.
pub fn draw(document: &mut krilla::Document, fonts: &Fonts, marks: &[Mark]) -> Result<(), PdfError> {
    let settings = PageSettings::from_wh(WIDTH, HEIGHT).ok_or(PdfError::Page)?;
    let mut page = document.start_page_with(settings);
    let mut surface = page.surface();
    for mark in marks {
        if let Mark::Area { x, y, width, height, colour } = mark {
            fill(&mut surface, *colour);
            if let Some(area) = Rect::from_xywh(*x, *y, *width, *height) {
                let mut path = PathBuilder::new();
                path.push_rect(area);
                path.finish().iter().for_each(|path| surface.draw_path(path));
            }
        }
    }
    for mark in marks {
        if let Mark::Text { x, y, style, text } = mark {
            fill(&mut surface, style.colour);
            write(&mut surface, fonts, Point::from_xy(*x, *y), *style, text);
        }
    }
    surface.finish();
    page.finish();
    Ok(())
}

fn fill(surface: &mut Surface<'_>, [red, green, blue]: Colour) {
    surface.set_fill(Some(Fill { paint: rgb::Color::new(red, green, blue).into(), ..Fill::default() }));
}

/// Writes a plain text, in one go for each face that its letters come from.
fn write(surface: &mut Surface<'_>, fonts: &Fonts, mut at: Point, style: Style, text: &str) {
    let mut run: Vec<KrillaGlyph> = Vec::with_capacity(text.len());
    let (mut face, mut x) = (style.face, at.x);
    for (place, character) in text.char_indices() {
        let Some(letter) = fonts.letter(style.face, character) else { continue };
        if letter.face != face {
            surface.draw_glyphs(at, &run, fonts.faces[face as usize].0.clone(), text, style.size, false);
            run.clear();
            (face, at.x) = (letter.face, x);
        }
        if character == '◐' {
            half(surface, x, at.y, style.size);
        }
        run.push(KrillaGlyph {
            glyph_id: GlyphId::new(letter.glyph),
            text_range: place..place + character.len_utf8(),
            x_advance: letter.advance,
            x_offset: 0.0,
            y_offset: 0.0,
            y_advance: 0.0,
            location: None,
        });
        x += letter.advance * style.size;
    }
    surface.draw_glyphs(at, &run, fonts.faces[face as usize].0.clone(), text, style.size, false);
}

/// Fills the left half of a circle, whose middle and radius are those of the letter in Inter.
fn half(surface: &mut Surface<'_>, x: f32, y: f32, size: f32) {
    let (x, y, radius) = (x + 0.4574 * size, y - 0.3636 * size, 0.36 * size);
    // The length of the handles with which a curve is nearest to a quarter of a circle.
    let handle = radius * 0.5523;
    let mut path = PathBuilder::new();
    path.move_to(x, y - radius);
    path.cubic_to(x - handle, y - radius, x - radius, y - handle, x - radius, y);
    path.cubic_to(x - radius, y + handle, x - handle, y + radius, x, y + radius);
    path.close();
    path.finish().iter().for_each(|path| surface.draw_path(path));
}
