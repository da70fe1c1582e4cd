//! The stored bytes of events: those of one, or those of many of one file in a single pass.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;

use rayon::prelude::*;

use super::examination::Examination;
use super::guard::guarded;
use super::look::LookError;
use crate::seal::Unit;
use crate::source::{File, Location, Packing, Reading, SourceError};
use crate::store::Origin;

/// Nothing longer is read as one entry, in bytes.
const LONGEST: u64 = 17 << 20;
/// How much is read of a file at once.
const PIECE: usize = 64 << 10;

impl Examination {
    /// The exact stored bytes of an event's entry.
    pub fn raw(&self, row: u32) -> Result<Vec<u8>, LookError> {
        let segment = self.store.origin(row).and_then(|origin| self.segments.get(origin.segment as usize)).ok_or(LookError::NotOpen)?;
        let path = &segment.plan.file.path;
        let mut found = None;
        let reading = self.each_raw(&[row], &mut |_, bytes| {
            found = Some(bytes.to_vec());
            true
        });
        match found {
            Some(bytes) => Ok(bytes),
            None => LookError::take(path, reading).and_then(|()| Err(LookError::Changed { path: path.clone() })),
        }
    }

    /// Those of `rows` whose stored bytes are wanted, in the same order, and the files that could not be read again to the last of their rows.
    /// Files are read in parallel, each once. `stop` ends it early.
    pub fn rows_whose_records(
        &self,
        rows: &[u32],
        wanted: &(dyn Fn(&[u8]) -> bool + Sync),
        stop: &(dyn Fn() -> bool + Sync),
    ) -> (Vec<u32>, Vec<String>) {
        let mut segments: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
        for row in rows {
            if let Some(origin) = self.store.origin(*row) {
                segments.entry(origin.segment).or_default().push(*row);
            }
        }
        let segments: Vec<(u32, Vec<u32>)> = segments.into_iter().collect();
        let read = segments.par_iter().filter(|_| !stop()).map(|(segment, of_segment)| {
            let mut ascending = of_segment.clone();
            ascending.sort_unstable();
            let (mut found, mut seen) = (Vec::new(), 0usize);
            let reading = self.each_raw(&ascending, &mut |row, bytes| {
                seen += 1;
                if wanted(bytes) {
                    found.push(row);
                }
                !stop()
            });
            let whole = matches!(reading, Reading::Done(())) && seen == ascending.len();
            let path = self.segments.get(*segment as usize).filter(|_| !whole && !stop()).map(|segment| segment.plan.file.path.clone());
            (found, path)
        });
        let read: Vec<(Vec<u32>, Option<String>)> = read.collect();
        let found: BTreeSet<u32> = read.iter().flat_map(|(found, _)| found.iter().copied()).collect();
        let unread = read.into_iter().filter_map(|(_, path)| path).collect();
        (rows.iter().copied().filter(|row| found.contains(row)).collect(), unread)
    }

    /// Gives the stored bytes of rows of one segment, ascending, to `each`, which says whether to continue. The file is read once, and only as
    /// far as needed. A row whose bytes are no longer there is left out.
    pub(crate) fn each_raw(&self, rows: &[u32], each: &mut dyn FnMut(u32, &[u8]) -> bool) -> Reading<()> {
        let Some(segment) =
            rows.first().and_then(|row| self.store.origin(*row)).and_then(|origin| self.segments.get(origin.segment as usize))
        else {
            return Reading::Unreadable("the event is not stored".into());
        };
        if segment.plan.unit == Unit::Container {
            return self.each_contained(rows, each);
        }
        let mut places: Vec<(u32, Origin)> = rows.iter().filter_map(|row| Some((*row, self.store.origin(*row)?))).collect();
        places.sort_by_key(|(_, origin)| origin.offset);
        let mut window = Window { file: &segment.plan.file, reader: None, at: 0, bytes: Vec::new(), ended: false };
        for (row, origin) in places {
            match window.entry(segment.plan.unit, origin.offset, self.following(row, origin)) {
                Ok(Some(length)) => {
                    if !each(row, &window.bytes[..length]) {
                        break;
                    }
                }
                Ok(None) => {}
                Err(error) => return Reading::from(Err(error)),
            }
        }
        Reading::Done(())
    }

    /// Where the next entry of the same file starts, if that is known.
    fn following(&self, row: u32, origin: Origin) -> Option<u64> {
        let next = self.store.origin(row.checked_add(1)?)?;
        (next.segment == origin.segment && next.offset > origin.offset).then_some(next.offset)
    }

    /// The same for entries that only the format can take out of its file.
    fn each_contained(&self, rows: &[u32], each: &mut dyn FnMut(u32, &[u8]) -> bool) -> Reading<()> {
        let lost = || Reading::Unreadable("the file can no longer be read as what it was".into());
        let Some(segment) = self.store.origin(rows[0]).and_then(|origin| self.segments.get(origin.segment as usize)) else { return lost() };
        let Some(log) = self.logs.get(segment.log as usize) else { return lost() };
        let content = match Reading::from(segment.plan.file.read_all(File::MAX_DOCUMENT)) {
            Reading::Done(content) => content,
            other => return other.map(|_| ()),
        };
        let entries = match guarded(|| log.sealed.entries(segment.index_in_log, &content)) {
            Ok(Some(Ok(entries))) => entries,
            Ok(Some(Err(why))) => return Reading::Damaged(why),
            Ok(None) => return lost(),
            Err(why) => return Reading::Unreadable(why),
        };
        for row in rows {
            let record = self.store.origin(*row).and_then(|origin| usize::try_from(origin.record).ok());
            if let Some(entry) = record.and_then(|record| entries.get(record))
                && !each(*row, entry)
            {
                break;
            }
        }
        Reading::Done(())
    }
}

/// A file read forwards, of which only what is needed is kept.
struct Window<'a> {
    file: &'a File,
    reader: Option<Box<dyn Read + Send>>,
    /// Where in the file `bytes` starts.
    at: u64,
    bytes: Vec<u8>,
    ended: bool,
}

impl Window<'_> {
    /// The length of the entry at `offset`, which then stands at the start of `bytes`.
    fn entry(&mut self, unit: Unit, offset: u64, next: Option<u64>) -> Result<Option<usize>, SourceError> {
        if unit == Unit::Bundle {
            // The two bytes before the entry are its length.
            self.start_at(offset.saturating_sub(2))?;
            self.fill(2)?;
            let Some(length) = self.bytes.first_chunk().map(|length| usize::from(u16::from_be_bytes(*length))) else { return Ok(None) };
            self.start_at(offset)?;
            self.fill(length)?;
            return Ok((self.bytes.len() >= length).then_some(length));
        }
        self.start_at(offset)?;
        if unit == Unit::Line {
            let mut searched = 0;
            loop {
                if let Some(end) = memchr::memchr(b'\n', &self.bytes[searched..]) {
                    return Ok(Some(searched + end));
                }
                searched = self.bytes.len();
                if self.ended || searched as u64 >= LONGEST {
                    return Ok((searched > 0).then_some(searched.min(LONGEST as usize)));
                }
                self.fill(searched + PIECE)?;
            }
        }
        // A value of a document ends before the next one; how far before, its form says. Of the last one, it is tried in growing pieces.
        let most = next.map_or(LONGEST, |next| next - offset).min(LONGEST) as usize;
        let mut wanted = if next.is_some() { most } else { PIECE.min(most) };
        loop {
            self.fill(wanted)?;
            let text = &self.bytes[..self.bytes.len().min(wanted)];
            let mut values = serde_json::Deserializer::from_slice(text).into_iter::<serde::de::IgnoredAny>();
            if let Some(Ok(_)) = values.next() {
                return Ok(Some(values.byte_offset()));
            }
            if wanted >= most || self.ended && text.len() < wanted {
                // It is no JSON: all there is, is shown.
                return Ok((!text.is_empty()).then_some(text.len()));
            }
            wanted = wanted.saturating_mul(4).min(most);
        }
    }

    /// Whether the file can be read at any place, without reading what is before it.
    fn is_plain(&self) -> bool {
        matches!(self.file.location, Location::Path(_)) && self.file.packing == Packing::Plain
    }

    /// Drops what is before `offset`. Offsets ascend.
    fn start_at(&mut self, offset: u64) -> Result<(), SourceError> {
        let skip = offset.saturating_sub(self.at);
        let within = usize::try_from(skip).map_or(self.bytes.len(), |skip| skip.min(self.bytes.len()));
        self.bytes.drain(..within);
        let beyond = skip - within as u64;
        if beyond > 0 && !self.is_plain() {
            let reader = self.reader()?;
            std::io::copy(&mut reader.take(beyond), &mut std::io::sink()).map_err(|cause| self.file.io(cause))?;
        }
        self.at = self.at.max(offset);
        Ok(())
    }

    fn reader(&mut self) -> Result<&mut Box<dyn Read + Send>, SourceError> {
        match &mut self.reader {
            Some(reader) => Ok(reader),
            none => Ok(none.insert(self.file.reader()?)),
        }
    }

    /// Reads on until `length` bytes are held, or the file ends.
    fn fill(&mut self, length: usize) -> Result<(), SourceError> {
        let missing = length.saturating_sub(self.bytes.len());
        if missing == 0 || self.ended {
            return Ok(());
        }
        if self.is_plain() {
            let wanted = missing.max(PIECE);
            let piece = self.file.read_range(self.at + self.bytes.len() as u64, wanted as u64)?;
            self.ended = piece.len() < wanted;
            self.bytes.extend_from_slice(&piece);
            return Ok(());
        }
        let held = self.bytes.len();
        let mut bytes = std::mem::take(&mut self.bytes);
        let read = self.reader()?.take(missing as u64).read_to_end(&mut bytes);
        self.bytes = bytes;
        read.map_err(|cause| self.file.io(cause))?;
        self.ended = self.bytes.len() - held < missing;
        Ok(())
    }
}
