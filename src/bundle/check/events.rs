//! The tables of events, compared with the records that lie in the bundle.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Read};

use sha2::{Digest, Sha256};

use crate::bundle::check::checking::{Checking, Stop, under};
use crate::bundle::check::masked::{Masks, Match, Meant};
use crate::bundle::report::summary::{Activity, Row, Summary, event, table_head};
use crate::bundle::statement::Statement;
use crate::model::words::checks::CheckFact;
use crate::model::{State, time};
use crate::source::{File, Reading};
use crate::store::NO_TIME;
use crate::verify::Examination;

/// More records of one time and outcome that a masked event may describe are not looked at.
const MOST_MEANT: usize = 64;
/// Longer lines of tables are not read, in bytes.
const MAX_LINE: u64 = 64 << 20;

/// The next line without its line feed; `None` at the end, or where it cannot be read, of which a line speaks.
pub fn next_line(checking: &mut Checking<'_>, reader: &mut dyn BufRead, file: &File) -> Result<Option<Vec<u8>>, Stop> {
    if !(checking.going)() {
        return Err(Stop);
    }
    let mut line = Vec::new();
    match reader.take(MAX_LINE).read_until(b'\n', &mut line) {
        Ok(0) => Ok(None),
        Ok(_) => {
            checking.spend(line.len() as u64)?;
            if line.last() == Some(&b'\n') {
                line.pop();
            } else if line.len() as u64 == MAX_LINE {
                checking.line(State::Unchecked, CheckFact::LineTooLong { path: file.path.clone() });
                return Ok(None);
            }
            Ok(Some(line))
        }
        Err(cause) => {
            checking.take::<()>(Reading::from(Err(file.io(cause))))?;
            Ok(None)
        }
    }
}

/// Events that are still to come: how many in each state, by what they say.
type Known = HashMap<[u8; 16], [u32; 6]>;

/// What stands for an event.
fn key(row: &Row, masked: bool) -> [u8; 16] {
    let mut hasher = Sha256::new();
    for cell in row.comparable(masked) {
        hasher.update((cell.len() as u64).to_le_bytes());
        hasher.update(cell.as_bytes());
    }
    let mut key = [0; 16];
    key.copy_from_slice(&hasher.finalize()[..16]);
    key
}

/// Whether each event of the tables is one of the records, in its state, and the two tables say the same.
pub fn events(checking: &mut Checking<'_>, case: &Examination, statement: &Statement) -> Result<Option<Summary>, Stop> {
    let bag = checking.bag;
    let (Some(lines), Some(table)) = (bag.files.get("data/events.jsonl"), bag.files.get("data/events.csv")) else {
        checking.broken(CheckFact::TableMissing);
        return Ok(None);
    };
    let masked = !statement.masked.is_empty();
    let Some(mut masks) = Masks::new(&statement.masked) else {
        checking.broken(CheckFact::MaskUnknown);
        return Ok(None);
    };
    let mut known = Known::new();
    // The rows that a masked event may describe.
    let mut rows: HashMap<[u8; 16], Vec<u32>> = HashMap::new();
    for (number, segment) in (0u32..).zip(&case.segments).filter(|(_, segment)| under(bag, &segment.plan.file.path)) {
        for row in case.store.rows_of(number).flat_map(|(_, rows)| rows) {
            if row % 1024 == 0 && !(checking.going)() {
                return Err(Stop);
            }
            let (number, row) = (row, event(case, row, None));
            let key = key(&row, masked);
            if masked {
                rows.entry(key).or_default().push(number);
            }
            if let Some(number) = known.entry(key).or_default().get_mut(row.state as usize) {
                *number += 1;
            }
        }
        debug_assert!(segment.count > 0 || segment.entries == 0);
    }
    let (mut summary, mut span) = (Summary::default(), None::<(i64, i64)>);
    // The span is needed before the places in it, so the lines are read twice.
    for pass in 0..2 {
        if pass == 1 {
            summary.activity = Activity::new(span);
        }
        let (Some(mut lines_reader), Some(mut table_reader)) = (open(checking, lines)?, open(checking, table)?) else { return Ok(None) };
        let Some(mut expected) = made(checking, table_head())? else { return Ok(None) };
        loop {
            if pass == 1 {
                let Some(line) = next_line(checking, &mut table_reader, table)? else { return Ok(unequal(checking)) };
                if line != expected {
                    return Ok(unequal(checking));
                }
            }
            let Some(line) = next_line(checking, &mut lines_reader, lines)? else { break };
            let Some(row) = std::str::from_utf8(&line).map_or(None, Row::parse) else {
                checking.broken(CheckFact::NoEvent);
                return Ok(None);
            };
            let meant = if masked { candidates(checking, case, &masks, &row, rows.get(&key(&row, true)))? } else { Some(Vec::new()) };
            if pass == 0 {
                // Where there is no doubt which record is meant, it is known what its masked words stand for.
                if let Some([first, rest @ ..]) = meant.as_deref()
                    && rest.iter().all(|other| other == first)
                    && !masks.learn(first.clone())
                {
                    checking.broken(CheckFact::MaskAmbiguous);
                }
                if let Some(time) = time::parse(&row.cells[0]).filter(|time| *time != NO_TIME) {
                    span = Some(span.map_or((time, time), |(first, last)| (first.min(time), last.max(time))));
                }
                continue;
            }
            let Some(line) = made(checking, row.table_line())? else { return Ok(None) };
            expected = line;
            let event = summary.events + 1;
            let none = masked && meant.as_ref().is_some_and(Vec::is_empty);
            match if none { Fit::None } else { fits(&mut known, &row, masked) } {
                Fit::Good if meant.is_none() => checking.line(State::Unchecked, CheckFact::EventMasked { event }),
                Fit::Good => {}
                Fit::Unjudged => checking.line(State::Unchecked, CheckFact::EventNotJudged { event, stated: row.state }),
                Fit::State => checking.broken(CheckFact::EventStateDiffers { event, stated: row.state }),
                Fit::None => checking.broken(CheckFact::EventUnknown { event }),
            }
            summary.add(row);
        }
        if pass == 1 && next_line(checking, &mut table_reader, table)?.is_some() {
            return Ok(unequal(checking));
        }
    }
    if summary.events != statement.selected {
        checking.broken(CheckFact::SelectionDiffers { here: summary.events, stated: statement.selected });
    }
    Ok(Some(summary))
}

/// What the masked words of an event would stand for, for each record that it may describe. `None` if that cannot be found out.
fn candidates(
    checking: &mut Checking<'_>,
    case: &Examination,
    masks: &Masks,
    row: &Row,
    rows: Option<&Vec<u32>>,
) -> Result<Option<Vec<Meant>>, Stop> {
    let mut meant = Vec::new();
    for number in rows.into_iter().flatten() {
        checking.step()?;
        match masks.compare(row, &event(case, *number, None)) {
            Match::Yes(found) => meant.push(found),
            Match::No => {}
            Match::Unknown => return Ok(None),
        }
        if meant.len() > MOST_MEANT {
            break;
        }
    }
    Ok(Some(meant))
}

/// A line of the table as it should be, without its line feed.
fn made(checking: &mut Checking<'_>, line: std::io::Result<Vec<u8>>) -> Result<Option<Vec<u8>>, Stop> {
    match line {
        Ok(mut line) => {
            line.truncate(line.len().saturating_sub(1));
            Ok(Some(line))
        }
        Err(error) => checking.take(Reading::Unreadable(error.to_string())),
    }
}

fn unequal(checking: &mut Checking<'_>) -> Option<Summary> {
    checking.broken(CheckFact::TablesDiffer);
    None
}

fn open<'a>(checking: &mut Checking<'_>, file: &'a File) -> Result<Option<BufReader<Box<dyn Read + Send + 'a>>>, Stop> {
    let reader = file.stored_reader().map(|reader| BufReader::new(reader as Box<dyn Read + Send>));
    checking.take(Reading::from(reader))
}

/// How an event of the tables fits the records.
enum Fit {
    Good,
    Unjudged,
    State,
    None,
}

/// Takes the record that an event describes out of what is known, one in the same state first.
fn fits(known: &mut Known, row: &Row, masked: bool) -> Fit {
    let Some(counts) = known.get_mut(&key(row, masked)) else { return Fit::None };
    let alike: [State; 2] = match row.state {
        State::Sealed | State::Consistent => [State::Sealed, State::Consistent],
        State::Broken | State::Suspect => [State::Broken, State::Suspect],
        other => [other, other],
    };
    let mut take = |state: State| match counts.get_mut(state as usize) {
        Some(number) if *number > 0 => {
            *number -= 1;
            true
        }
        _ => false,
    };
    if take(row.state) || alike.into_iter().any(&mut take) {
        Fit::Good
    } else if take(State::Unchecked) || row.state == State::Unchecked && State::ALL.into_iter().any(&mut take) {
        Fit::Unjudged
    } else if State::ALL.into_iter().any(&mut take) {
        Fit::State
    } else {
        Fit::None
    }
}
