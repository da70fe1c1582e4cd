//! A record's JSON in lines that can be folded and searched, members in their own order and numbers as written.

use std::collections::BTreeSet;

use crate::model::text::visible;

/// More lines than these are not laid out; the record can be copied whole.
const MOST: usize = 20_000;

/// What a piece of text is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ink {
    /// The name of a member.
    Name,
    /// A text.
    Text,
    /// A number, `true`, `false` or `null`.
    Literal,
    /// Brackets, commas and colons.
    Mark,
}

/// A line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// How deep it stands.
    pub depth: usize,
    /// Its pieces.
    pub pieces: Vec<(Ink, String)>,
    /// The line that closes what this one opens.
    pub closed_by: Option<usize>,
}

impl Line {
    /// The whole line as text.
    pub fn text(&self) -> String {
        self.pieces.iter().map(|(_, text)| text.as_str()).collect()
    }
}

/// A record laid out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Layout {
    /// Its lines.
    pub lines: Vec<Line>,
    /// Whether there are more than are laid out.
    pub is_cut: bool,
}

impl Layout {
    /// Lays out JSON; `None` if it is none.
    pub fn of(bytes: &[u8]) -> Option<Self> {
        // Reading to a generic value would reorder members and change numbers, so only white space outside of strings is set.
        if serde_json::from_slice::<serde::de::IgnoredAny>(bytes).is_err() {
            return None;
        }
        let Ok(text) = std::str::from_utf8(bytes) else { return None };
        let mut writer = Writer::default();
        let mut rest = text.trim_start();
        while let Some(first) = rest.chars().next() {
            if writer.layout.lines.len() > MOST {
                writer.layout.is_cut = true;
                break;
            }
            let length = match first {
                '"' => string_length(rest),
                '{' | '}' | '[' | ']' | ',' | ':' => 1,
                _ => rest.find(['{', '}', '[', ']', ',', ':', '"', ' ', '\t', '\n', '\r']).unwrap_or(rest.len()).max(1),
            };
            let (token, after) = rest.split_at(length);
            rest = after.trim_start();
            match first {
                '"' => writer.push(if rest.starts_with(':') { Ink::Name } else { Ink::Text }, token),
                '{' | '[' if rest.starts_with(['}', ']']) => {
                    let (closing, after) = rest.split_at(1);
                    writer.push(Ink::Mark, &format!("{token}{closing}"));
                    rest = after.trim_start();
                }
                '{' | '[' => writer.open(token),
                '}' | ']' => writer.close(token),
                ',' => {
                    writer.push(Ink::Mark, ",");
                    writer.end_line();
                }
                ':' => writer.push(Ink::Mark, ": "),
                _ => writer.push(Ink::Literal, token),
            }
        }
        writer.end_line();
        Some(writer.layout)
    }

    /// The lines that are shown while those in `folded` are folded.
    pub fn shown(&self, folded: &BTreeSet<usize>) -> Vec<usize> {
        let mut shown = Vec::new();
        let mut at = 0;
        while let Some(line) = self.lines.get(at) {
            shown.push(at);
            at = match line.closed_by.filter(|_| folded.contains(&at)) {
                Some(closing) => closing + 1,
                None => at + 1,
            };
        }
        shown
    }

    /// The lines in which a text occurs, whatever the case of its letters.
    pub fn found(&self, text: &str) -> Vec<usize> {
        let text = text.to_lowercase();
        let holds = |line: &&Line| !text.is_empty() && line.text().to_lowercase().contains(&text);
        self.lines.iter().enumerate().filter(|(_, line)| holds(line)).map(|(number, _)| number).collect()
    }

    /// Unfolds whatever hides a line.
    pub fn reveal(&self, line: usize, folded: &mut BTreeSet<usize>) {
        folded.retain(|opening| {
            !self.lines.get(*opening).is_some_and(|fold| *opening < line && fold.closed_by.is_some_and(|end| line <= end))
        });
    }
}

/// The bytes of the string that a text starts with, with its quotation marks.
fn string_length(text: &str) -> usize {
    let mut escaped = false;
    for (at, byte) in text.bytes().enumerate().skip(1) {
        match byte {
            b'"' if !escaped => return at + 1,
            b'\\' => escaped = !escaped,
            _ => escaped = false,
        }
    }
    text.len()
}

#[derive(Default)]
struct Writer {
    layout: Layout,
    pieces: Vec<(Ink, String)>,
    /// Lines that open something, and still do.
    open: Vec<usize>,
}

impl Writer {
    fn push(&mut self, ink: Ink, text: &str) {
        self.pieces.push((ink, visible(text).into_owned()));
    }

    fn end_line(&mut self) {
        if !self.pieces.is_empty() {
            let pieces = std::mem::take(&mut self.pieces);
            self.layout.lines.push(Line { depth: self.open.len(), pieces, closed_by: None });
        }
    }

    fn open(&mut self, token: &str) {
        self.push(Ink::Mark, token);
        self.end_line();
        self.open.push(self.layout.lines.len() - 1);
    }

    fn close(&mut self, token: &str) {
        self.end_line();
        let opened = self.open.pop();
        self.push(Ink::Mark, token);
        let closing = self.layout.lines.len();
        if let Some(line) = opened.and_then(|line| self.layout.lines.get_mut(line)) {
            line.closed_by = Some(closing);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(layout: &Layout) -> Vec<String> {
        layout.lines.iter().map(|line| format!("{}{}", "  ".repeat(line.depth), line.text())).collect()
    }

    #[test]
    fn laying_out_keeps_every_character_that_counts() {
        let text = br#"{"b":1.10,"a":[1,{"c":"x:,{}\"y\\"}],"e":{},"n":12345678901234567890}"#;
        let layout = Layout::of(text).unwrap();
        assert_eq!(
            texts(&layout),
            [
                "{",
                r#"  "b": 1.10,"#,
                r#"  "a": ["#,
                "    1,",
                "    {",
                r#"      "c": "x:,{}\"y\\""#,
                "    }",
                "  ],",
                r#"  "e": {},"#,
                r#"  "n": 12345678901234567890"#,
                "}",
            ]
        );
        assert_eq!((layout.lines[0].closed_by, layout.lines[2].closed_by, layout.lines[4].closed_by), (Some(10), Some(7), Some(6)));
        assert_eq!(layout.lines[5].pieces[0].0, Ink::Name);
        assert_eq!(Layout::of(b"{not json"), None);
        assert_eq!(texts(&Layout::of(b" 7 ").unwrap()), ["7"]);
    }

    #[test]
    fn folds_hide_and_a_find_opens_them() {
        let layout = Layout::of(br#"{"a":{"b":{"c":"Terraform"}},"d":1}"#).unwrap();
        let mut folded = BTreeSet::from([1]);
        assert_eq!(layout.shown(&folded), [0, 1, 6, 7]);
        let found = layout.found("terraform");
        assert_eq!(found, [3]);
        layout.reveal(found[0], &mut folded);
        assert!(folded.is_empty());
        assert!(layout.found("").is_empty());
    }
}
