//! Rows of the table as text: CSV, JSON lines, or a Markdown table.

use std::sync::Arc;

use super::CaseView;
use super::axis::Zone;
use super::columns::{Column, FromRecord};
use super::rows::Rows;
use crate::model::text::visible;
use crate::store::Index;
use crate::verify::Examination;

/// Copied texts end after this many bytes: no clipboard holds more.
const LONGEST: usize = 64 << 20;

/// The form of a copied table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Comma-separated values (RFC 4180), with a head.
    Csv,
    /// One JSON object a line.
    JsonLines,
    /// A Markdown table.
    Markdown,
}

impl Form {
    /// All of them with their names.
    pub const ALL: [(Self, &str); 3] = [(Self::Csv, "CSV"), (Self::JsonLines, "JSON lines"), (Self::Markdown, "Markdown")];
}

/// Which rows are copied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// One row.
    Row(u32),
    /// The marked rows.
    Marked,
    /// All rows that the table lists.
    View,
}

/// Rows to be copied, with all that is needed to write them on any thread.
pub struct Copying {
    case: Arc<Examination>,
    shown: Arc<Index>,
    rows: Rows,
    columns: Vec<Column>,
    zone: Zone,
    form: Form,
}

/// What was copied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Copied {
    /// The text.
    pub text: String,
    /// How many rows are in it.
    pub rows: u64,
    /// How many rows it was to have.
    pub of: u64,
}

impl Copying {
    /// Part of the table as it stands.
    pub fn new(view: &CaseView, part: Part, form: Form) -> Self {
        let rows = match part {
            Part::Row(row) => Rows::Sorted(Arc::new(vec![row])),
            Part::Marked => {
                let mut rows: Vec<u32> = view.selection.marked.iter().copied().collect();
                rows.sort_by_key(|row| view.case.store.time(*row));
                Rows::Sorted(Arc::new(rows))
            }
            Part::View => view.rows.clone(),
        };
        Self {
            case: Arc::clone(&view.case),
            shown: Arc::clone(&view.shown),
            rows,
            columns: view.settings.columns.clone(),
            zone: view.settings.zone,
            form,
        }
    }

    /// Writes the rows. `stop` ends it early.
    pub fn write(&self, stop: &dyn Fn() -> bool) -> Copied {
        let of = self.rows.total() as u64;
        let mut copied = Copied { text: self.head(), rows: 0, of };
        let reads = self.columns.iter().any(|column| column.is_from_record());
        for position in 0..self.rows.total() {
            let Some(row) = self.rows.row(&self.shown, position).filter(|_| !stop()) else { break };
            let read = reads.then(|| FromRecord::read(&self.case, row));
            let values: Vec<String> = self.columns.iter().map(|column| column.value(&self.case, row, self.zone, read.as_ref())).collect();
            let line = self.line(&values);
            if copied.text.len() + line.len() > LONGEST {
                break;
            }
            copied.text.push_str(&line);
            copied.rows += 1;
        }
        copied
    }

    fn head(&self) -> String {
        let words: Vec<String> = self.columns.iter().map(|column| column.word().to_owned()).collect();
        match self.form {
            Form::Csv => self.line(&words),
            Form::JsonLines => String::new(),
            Form::Markdown => format!("{}|{}\n", self.line(&words), " --- |".repeat(words.len())),
        }
    }

    fn line(&self, values: &[String]) -> String {
        match self.form {
            Form::Csv => {
                let cells: Vec<String> = values.iter().map(|value| csv(value)).collect();
                format!("{}\r\n", cells.join(","))
            }
            Form::JsonLines => {
                let names = self.columns.iter().map(|column| column.word());
                let members = names.zip(values).map(|(name, value)| format!("{}:{}", json(name), json(value)));
                format!("{{{}}}\n", members.collect::<Vec<_>>().join(","))
            }
            Form::Markdown => {
                let cells: Vec<String> = values.iter().map(|value| visible(value).replace('\\', "\\\\").replace('|', "\\|")).collect();
                format!("| {} |\n", cells.join(" | "))
            }
        }
    }
}

/// A cell of a CSV file. One that a spreadsheet would take for a formula gets an apostrophe, as evidence may hold such.
fn csv(value: &str) -> String {
    let value = if value.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{value}") } else { value.to_owned() };
    if value.contains(['"', ',', '\n', '\r']) { format!("\"{}\"", value.replace('"', "\"\"")) } else { value }
}

fn json(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_can_deceive_neither_spreadsheets_nor_readers() {
        assert_eq!(csv("=cmd()"), "'=cmd()");
        assert_eq!(csv("a,\"b\"\n"), "\"a,\"\"b\"\"\n\"");
        assert_eq!(json("a\"b"), r#""a\"b""#);
    }
}
