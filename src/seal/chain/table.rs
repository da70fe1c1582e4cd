//! Records in a table of an SQLite database, read from a copy in memory so that nothing is ever written beside the evidence.

use std::cmp::Ordering;
use std::io::Read;

use rusqlite::types::{Value, ValueRef};
use rusqlite::{Connection, OpenFlags};

use super::profile::Table;
use crate::model::stop;

/// The first bytes of a database (sqlite.org/fileformat2.html section 1.3).
pub const MAGIC: &[u8] = b"SQLite format 3\0";

/// Steps of the database's machine between two looks at what is left.
const STEPS: i32 = 1_000;
/// Steps that any database may cost, and steps for each of its bytes: a row of ten bytes costs some tens of steps.
const LEAST_STEPS: u64 = 1_000_000;
const STEPS_FOR_EACH_BYTE: u64 = 20;
/// What the values of a table may come to beyond the database's own length, in bytes: numbers are longer as text than as they are stored.
const SLACK: u64 = 1 << 20;

/// Why a database cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum TableError {
    /// It is damaged, or has another form.
    #[error("the database cannot be read: {0}")]
    Database(#[from] rusqlite::Error),
    /// Pages that are shared or go in circles give more rows than there is room for.
    #[error("the database yields more than it can hold: its pages form circles or share children")]
    TooMuch,
}

fn open(content: &[u8]) -> rusqlite::Result<Connection> {
    // A copy in memory has no write-ahead log: bytes 18 and 19 say so (section 1.3.3).
    let (head, rest) = content.split_at(content.len().min(18));
    let (_, tail) = rest.split_at(rest.len().min(2));
    let journal = [1u8; 2];
    let copy = head.chain(&journal[..rest.len().min(2)]).chain(tail);
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_MEMORY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut connection = Connection::open_in_memory_with_flags(flags)?;
    connection.deserialize_read_exact("main", copy, content.len(), true)?;
    // A damaged tree can send a query in circles.
    let steps = LEAST_STEPS.saturating_add(STEPS_FOR_EACH_BYTE.saturating_mul(content.len() as u64));
    let mut left = steps / STEPS.unsigned_abs() as u64;
    connection.progress_handler(
        STEPS,
        Some(move || {
            left = left.saturating_sub(1);
            left == 0 || stop::is_wished()
        }),
    )?;
    // Nothing that the file's own schema says may run.
    connection.execute_batch("PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON; PRAGMA cache_size = -4096;")?;
    Ok(connection)
}

/// The names of its plain tables.
pub fn names(content: &[u8]) -> Result<Vec<String>, TableError> {
    let connection = open(content)?;
    let mut query = connection.prepare(
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND sql LIKE 'CREATE TABLE%' AND sql NOT LIKE '%GENERATED ALWAYS%' LIMIT 10000",
    )?;
    let mut rows = query.query([])?;
    let mut names = Vec::new();
    while let Some(row) = rows.next()? {
        // A name that is no text is that of no table of interest.
        if let Some(name) = utf8(row.get_ref(0)?) {
            names.push(name);
        }
    }
    Ok(names)
}

fn utf8(value: ValueRef<'_>) -> Option<String> {
    let ValueRef::Text(text) = value else { return None };
    crate::model::text::utf8(text).map(str::to_owned)
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// The columns of a table. Of a name that is no UTF-8 only that there is one.
fn columns(connection: &Connection, table: &str) -> Result<Vec<Option<String>>, TableError> {
    let mut query = connection.prepare("SELECT name FROM pragma_table_info(?1)")?;
    let mut rows = query.query([table])?;
    let mut columns = Vec::new();
    while let Some(row) = rows.next()? {
        columns.push(utf8(row.get_ref(0)?));
    }
    Ok(columns)
}

/// The rows of a table as JSON objects, in its order; at most `limit`.
///
/// # Errors
/// It is damaged, or gives more than it can hold.
pub fn rows(content: &[u8], table: &Table, limit: Option<usize>) -> Result<Vec<Vec<u8>>, TableError> {
    let connection = open(content)?;
    let columns = columns(&connection, &table.name)?;
    let names: Vec<&str> = match &table.record {
        Some(record) => vec![record.as_str()],
        None => columns.iter().flatten().map(String::as_str).collect(),
    };
    let selected: Vec<String> = std::iter::once(&table.order.as_str()).chain(&names).map(|name| quoted(name)).collect();
    // The rows are put in order here, not by the database: it would hold all of them before it gives the first.
    let sql = format!("SELECT {} FROM {}", selected.join(", "), quoted(&table.name));
    let mut query = connection.prepare(&sql)?;
    let mut found = query.query([])?;
    let mut rows: Vec<(Value, Vec<u8>)> = Vec::new();
    // No honest table comes to more than the file; numbers and bytes written as text to a few times as much.
    let mut left = SLACK.saturating_add(4 * content.len() as u64);
    while let Some(row) = found.next()? {
        let mut out = Vec::new();
        if table.record.is_some() {
            if let ValueRef::Text(text) | ValueRef::Blob(text) = row.get_ref(1)? {
                out.extend_from_slice(text);
            }
        } else {
            out.push(b'{');
            for (index, column) in names.iter().enumerate() {
                let name = table.named.iter().find(|(own, _)| own == column).map_or(*column, |(_, name)| name);
                if index > 0 {
                    out.push(b',');
                }
                out.extend_from_slice(serde_json::Value::from(name).to_string().as_bytes());
                out.push(b':');
                value(row.get_ref(index + 1)?, table.json.iter().any(|json| json == column), &mut out);
            }
            out.push(b'}');
        }
        let names: u64 = names.iter().map(|name| name.len() as u64 + 8).sum();
        let values = (out.len() as u64).saturating_sub(if table.record.is_some() { 0 } else { names });
        left = left.checked_sub(values + 8).ok_or(TableError::TooMuch)?;
        let order: Value = match row.get_ref(0)? {
            ValueRef::Text(text) => Value::Blob(text.to_vec()),
            other => other.try_into().map_err(|_cause| TableError::TooMuch)?,
        };
        rows.push((order, out));
    }
    rows.sort_by(|(one, _), (other, _)| compare(one, other));
    rows.truncate(limit.unwrap_or(usize::MAX));
    Ok(rows.into_iter().map(|(_, row)| row).collect())
}

/// The order in which SQLite sorts (sqlite.org/datatype3.html section 4.1).
fn compare(one: &Value, other: &Value) -> Ordering {
    let class = |value: &Value| match value {
        Value::Null => 0,
        Value::Integer(_) | Value::Real(_) => 1,
        Value::Text(_) | Value::Blob(_) => 2,
    };
    match (one, other) {
        (Value::Integer(one), Value::Integer(other)) => one.cmp(other),
        (Value::Real(one), Value::Real(other)) => one.total_cmp(other),
        (Value::Integer(one), Value::Real(other)) => (*one as f64).total_cmp(other),
        (Value::Real(one), Value::Integer(other)) => one.total_cmp(&(*other as f64)),
        (Value::Blob(one), Value::Blob(other)) => one.cmp(other),
        _ => class(one).cmp(&class(other)),
    }
}

fn value(value: ValueRef<'_>, is_json: bool, out: &mut Vec<u8>) {
    match value {
        ValueRef::Null => out.extend_from_slice(b"null"),
        ValueRef::Integer(number) => out.extend_from_slice(number.to_string().as_bytes()),
        // Written as Python and JavaScript do: a point even for whole numbers.
        ValueRef::Real(number) if number.is_finite() => out.extend_from_slice(format!("{number:?}").as_bytes()),
        ValueRef::Real(_) => out.extend_from_slice(b"null"),
        ValueRef::Text(text) => match std::str::from_utf8(text) {
            Ok(text) if is_json && serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok() => out.extend_from_slice(text.as_bytes()),
            Ok(text) => out.extend_from_slice(serde_json::Value::from(text).to_string().as_bytes()),
            // Bytes that are no text stay as they are: the record is malformed, and no reader may put other characters in their place.
            Err(_) => {
                out.push(b'"');
                out.extend_from_slice(text);
                out.push(b'"');
            }
        },
        ValueRef::Blob(bytes) => out.extend_from_slice(serde_json::Value::from(crate::model::text::hex(bytes)).to_string().as_bytes()),
    }
}
