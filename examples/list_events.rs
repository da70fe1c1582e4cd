//! Lists the events of files, folders or archives that pass a filter: time, state, who, what, on what.
//!
//!     cargo run --example list_events -- PATH [FILTER]

use std::error::Error;
use std::io::Write;
use std::path::PathBuf;

use sealscope::{Filter, Job, TrustStore, examine, matching};

/// Writes a line for each event of `path` that passes the filter, in the order of time; gives their number.
pub fn run(path: PathBuf, filter: &str, out: &mut dyn Write) -> Result<usize, Box<dyn Error>> {
    let filter = Filter::parse(filter)?;
    let case = examine(&[path], TrustStore::default(), &Job::default(), None);
    let events = &case.store;
    let matching = matching(&case, &filter, &|| false);
    // Only a filter of stored bytes, `raw:`, reads files again.
    if let Some(unread) = matching.unread.first() {
        return Err(format!("{unread} could not be read again").into());
    }
    let rows = matching.rows;
    for row in &rows {
        let (state, who, what) = (events.state(*row), events.identity_name(*row), events.action(*row));
        // Nanoseconds since 1970, or `sealscope::NO_TIME`.
        writeln!(out, "{} {} {who} {what} {}", events.time(*row), state.word(), events.target(*row))?;
    }
    Ok(rows.len())
}

#[allow(dead_code)]
fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let path = arguments.next().ok_or("give a path, and then a filter if not all events are wanted")?;
    run(path.into(), &arguments.next().unwrap_or_default(), &mut std::io::stdout())?;
    Ok(())
}
