//! Records in a table of an SQLite database, read from a copy in memory so that nothing is ever written beside the evidence.

use std::io::Cursor;

use rusqlite::types::ValueRef;
use rusqlite::{Connection, OpenFlags};

use super::profile::Table;

/// The first bytes of a database (sqlite.org/fileformat2.html section 1.3).
pub const MAGIC: &[u8] = b"SQLite format 3\0";

/// Steps of the database's machine after which a query is given up.
const MOST_STEPS: i32 = 1_000;
const MOST_CALLS: u64 = 2_000_000;

fn open(content: &[u8]) -> rusqlite::Result<Connection> {
    let mut copy = content.to_vec();
    // A copy in memory has no write-ahead log: bytes 18 and 19 say so (section 1.3.3).
    for byte in copy.iter_mut().skip(18).take(2) {
        *byte = 1;
    }
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_MEMORY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut connection = Connection::open_in_memory_with_flags(flags)?;
    let length = copy.len();
    connection.deserialize_read_exact("main", Cursor::new(copy), length, true)?;
    // Nothing that the file's own schema says may run.
    connection.execute_batch("PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON;")?;
    Ok(connection)
}

/// The names of its plain tables.
pub fn names(content: &[u8]) -> rusqlite::Result<Vec<String>> {
    let connection = open(content)?;
    let mut query = connection.prepare(
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND sql LIKE 'CREATE TABLE%' AND sql NOT LIKE '%GENERATED ALWAYS%'",
    )?;
    let names = query.query_map([], |row| row.get::<_, String>(0))?;
    names.collect()
}

/// The rows of a table as JSON objects, in its order; at most `limit`.
pub fn rows(content: &[u8], table: &Table, limit: Option<usize>) -> rusqlite::Result<Vec<Vec<u8>>> {
    let mut connection = open(content)?;
    let quoted = |name: &str| format!("\"{}\"", name.replace('"', "\"\""));
    let chosen = table.record.as_deref().map_or_else(|| "*".to_owned(), quoted);
    let limit = limit.map_or(-1, |limit| i64::try_from(limit).unwrap_or(-1));
    let sql = format!("SELECT {chosen} FROM {} ORDER BY {} LIMIT {limit}", quoted(&table.name), quoted(&table.order));
    // A damaged index can send a query in circles.
    let mut left = MOST_CALLS.saturating_add(content.len() as u64);
    connection.progress_handler(
        MOST_STEPS,
        Some(move || {
            left = left.saturating_sub(1);
            left == 0
        }),
    )?;
    let mut query = connection.prepare(&sql)?;
    let names: Vec<String> = query.column_names().map(str::to_owned).collect();
    let mut found = query.query([])?;
    let mut rows = Vec::new();
    while let Some(row) = found.next()? {
        if table.record.is_some() {
            rows.push(match row.get_ref(0)? {
                ValueRef::Text(text) | ValueRef::Blob(text) => text.to_vec(),
                _ => Vec::new(),
            });
            continue;
        }
        let mut out = String::from("{");
        for (index, column) in names.iter().enumerate() {
            let name = table.named.iter().find(|(own, _)| own == column).map_or(column.as_str(), |(_, name)| name);
            if index > 0 {
                out.push(',');
            }
            out.push_str(&serde_json::Value::from(name).to_string());
            out.push(':');
            out.push_str(&value(row.get_ref(index)?, table.json.contains(column)));
        }
        out.push('}');
        rows.push(out.into_bytes());
    }
    Ok(rows)
}

fn value(value: ValueRef<'_>, is_json: bool) -> String {
    match value {
        ValueRef::Null => "null".into(),
        ValueRef::Integer(number) => number.to_string(),
        // Written as Python and JavaScript do: a point even for whole numbers.
        ValueRef::Real(number) if number.is_finite() => format!("{number:?}"),
        ValueRef::Real(_) => "null".into(),
        ValueRef::Text(text) => {
            let text = String::from_utf8_lossy(text);
            if is_json && serde_json::from_str::<serde::de::IgnoredAny>(&text).is_ok() {
                return text.into_owned();
            }
            serde_json::Value::from(text).to_string()
        }
        ValueRef::Blob(bytes) => serde_json::Value::from(crate::model::text::hex(bytes)).to_string(),
    }
}
