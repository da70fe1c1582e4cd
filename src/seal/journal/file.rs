//! The file format of the systemd journal (systemd.io/JOURNAL_FILE_FORMAT): a header, then objects one after the other.

use std::collections::HashMap;
use std::io::Read;
use std::ops::Range;

use crate::model::stop;
use crate::source::xz;

/// The first bytes of every journal file.
pub const MAGIC: &[u8] = b"LPKSHHRH";
/// The smallest header there ever was, in bytes.
const SMALLEST_HEADER: u64 = 208;
/// The largest field that is unpacked, in bytes.
const MAX_FIELD: u64 = 1 << 20;
/// So much text is made of any file, in bytes, and so many times its size more; entries beyond it show only when they were written.
const MAX_TEXT: usize = 64 << 20;
const TEXT_RATIO: usize = 4;
/// No text is larger than this.
const LARGEST_TEXT: usize = 384 << 20;
/// No journal has more objects; each is kept in some dozen bytes.
const MAX_OBJECTS: usize = 4_000_000;
/// Fields of one entry beyond this are left out.
const MAX_FIELDS: usize = 4_096;

const COMPACT: u32 = 16;
const SEALED: u32 = 1;
const CONTINUOUS: u32 = 4;

/// What an object is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A field of entries.
    Data,
    /// The name of fields.
    Field,
    /// An entry.
    Entry,
    /// A seal over what stands before it.
    Tag,
    /// A list of entries, by which the journal is read.
    EntryArray,
    /// A table by which the journal is searched.
    Other,
}

/// One object.
#[derive(Clone, Copy, Debug)]
pub struct Object {
    /// What it is.
    pub kind: Kind,
    /// Compression: 1 XZ, 2 LZ4, 4 Zstandard.
    flags: u8,
    /// Where it starts.
    pub offset: usize,
    /// Its length in bytes.
    pub size: usize,
}

/// A journal file, cut into objects.
pub struct Journal<'a> {
    content: &'a [u8],
    compact: bool,
    /// Whether it says that it is sealed.
    pub sealed: bool,
    /// Whether every epoch has a tag.
    pub continuous: bool,
    /// Whether its writer closed it, so that its header is up to date.
    pub closed: bool,
    /// Number of tags that the header states.
    pub stated_tags: Option<u64>,
    /// The objects, in order.
    pub objects: Vec<Object>,
    /// How many of them stand behind the end that the header names.
    pub behind_end: usize,
    /// Why reading ended early, in words.
    pub damage: Option<String>,
}

fn number(content: &[u8], offset: usize) -> Option<u64> {
    content.get(offset..offset.checked_add(8)?)?.try_into().map_or(None, |bytes| Some(u64::from_le_bytes(bytes)))
}

fn small(content: &[u8], offset: usize) -> Option<u32> {
    content.get(offset..offset.checked_add(4)?)?.try_into().map_or(None, |bytes| Some(u32::from_le_bytes(bytes)))
}

impl<'a> Journal<'a> {
    /// Cuts a file into objects. `None` if it is no journal; damage further on is reported.
    pub fn parse(content: &'a [u8]) -> Option<Self> {
        if !content.starts_with(MAGIC) {
            return None;
        }
        let (compatible, incompatible) = (small(content, 8)?, small(content, 12)?);
        let header = number(content, 88)?;
        let tail = number(content, 136)?;
        if header < SMALLEST_HEADER || header > content.len() as u64 {
            return None;
        }
        let mut journal = Self {
            content,
            compact: incompatible & COMPACT != 0,
            sealed: compatible & SEALED != 0,
            continuous: compatible & CONTINUOUS != 0,
            closed: content.get(16).is_some_and(|state| matches!(state, 0 | 2)),
            stated_tags: (header >= 232).then(|| number(content, 224)).flatten(),
            objects: Vec::new(),
            behind_end: 0,
            damage: None,
        };
        let Ok(mut offset) = usize::try_from(header) else { return None };
        let tail = usize::try_from(tail).map_or(usize::MAX, |tail| tail);
        // No tag covers the end that the header names, and a live file may be longer by now: what stands behind it is read too, as long as it
        // is whole.
        loop {
            let behind = offset > tail;
            match journal.object(offset) {
                Ok(_) if journal.objects.len() == MAX_OBJECTS => {
                    journal.damage = Some(format!("at byte {offset}: there are more objects than in any journal"));
                    break;
                }
                Ok(object) => {
                    journal.behind_end += usize::from(behind);
                    journal.objects.push(object);
                    offset = object.offset.saturating_add(object.size.next_multiple_of(8));
                }
                Err(_) if behind => break,
                Err(damage) => {
                    journal.damage = Some(format!("at byte {offset}: {damage}"));
                    break;
                }
            }
        }
        Some(journal)
    }

    /// Whether anything in it says that it was sealed: its header, or tags. Flags alone can be cleared.
    pub fn claims_seal(&self) -> bool {
        self.sealed || self.stated_tags.is_some_and(|tags| tags > 0) || self.objects.iter().any(|object| object.kind == Kind::Tag)
    }

    /// The identifier of the machine that wrote it.
    pub fn machine(&self) -> &'a [u8] {
        self.content.get(40..56).unwrap_or(&[])
    }

    /// What numbers its entries: journals of one machine that follow each other share it, and the first tag covers it.
    pub fn numbering(&self) -> &'a [u8] {
        self.content.get(72..88).unwrap_or(&[])
    }

    /// The number of an entry, which continues from file to file.
    pub fn sequence(&self, entry: &Object) -> u64 {
        number(self.content, entry.offset + 16).unwrap_or(0)
    }

    fn object(&self, offset: usize) -> Result<Object, &'static str> {
        let (Some(head), Some(size)) =
            (self.content.get(offset..offset.saturating_add(16)), number(self.content, offset.saturating_add(8)))
        else {
            return Err("the file ends before the object that its header names");
        };
        let size = usize::try_from(size).map_err(|_error| "an object is larger than memory")?;
        let kind = match head[0] {
            1 => Kind::Data,
            2 => Kind::Field,
            3 => Kind::Entry,
            4 | 5 => Kind::Other,
            6 => Kind::EntryArray,
            7 => Kind::Tag,
            _ => return Err("there is no such kind of object"),
        };
        let smallest = match kind {
            Kind::Data => self.payload_at(),
            Kind::Field => 40,
            Kind::Entry | Kind::Tag => 64,
            Kind::EntryArray => 24,
            Kind::Other => 16,
        };
        if size < smallest || offset.checked_add(size).is_none_or(|end| end > self.content.len()) {
            return Err("an object is shorter than its kind, or reaches beyond the end of the file");
        }
        Ok(Object { kind, flags: head[1], offset, size })
    }

    fn payload_at(&self) -> usize {
        if self.compact { 72 } else { 64 }
    }

    /// The bytes of an object from `from` on, counted from its start.
    fn part(&self, object: &Object, range: Range<usize>) -> &'a [u8] {
        self.content.get(object.offset + range.start..object.offset + range.end.min(object.size)).unwrap_or(&[])
    }

    /// The parts of the header that the first tag covers: what does not change while the journal grows.
    pub fn sealed_header(&self) -> [&'a [u8]; 4] {
        [0..16, 24..56, 72..96, 104..136].map(|range| self.content.get(range).unwrap_or(&[]))
    }

    /// The parts of an object that its tag covers.
    pub fn sealed_parts(&self, object: &Object) -> Vec<&'a [u8]> {
        let head = self.part(object, 0..16);
        match object.kind {
            Kind::Data => vec![head, self.part(object, 16..24), self.part(object, self.payload_at()..object.size)],
            Kind::Field => vec![head, self.part(object, 16..24), self.part(object, 40..object.size)],
            Kind::Entry => vec![head, self.part(object, 16..object.size)],
            Kind::Tag => vec![head, self.part(object, 16..32)],
            Kind::EntryArray | Kind::Other => vec![head],
        }
    }

    /// Number, epoch and code of a tag.
    pub fn tag(&self, object: &Object) -> (u64, u64, &'a [u8]) {
        let value = |at| number(self.content, object.offset + at).unwrap_or(0);
        (value(16), value(24), self.part(object, 32..64))
    }

    /// When an entry was written by the clock, microseconds since 1970.
    pub fn realtime(&self, entry: &Object) -> u64 {
        number(self.content, entry.offset + 24).unwrap_or(0)
    }

    /// Offsets of the fields of an entry.
    pub fn fields(&self, entry: &Object) -> Vec<usize> {
        let items = self.part(entry, 64..entry.size);
        let offsets = if self.compact {
            items.chunks_exact(4).filter_map(|item| small(item, 0)).map(u64::from).collect::<Vec<_>>()
        } else {
            items.chunks_exact(16).filter_map(|item| number(item, 0)).collect()
        };
        offsets.into_iter().take(MAX_FIELDS).map(|offset| usize::try_from(offset).map_or(usize::MAX, |offset| offset)).collect()
    }

    /// What is wrong with the lists by which journals are read and searched, in words. No tag covers them.
    pub fn index_damage(&self) -> Option<String> {
        let kinds: HashMap<u64, Kind> = self.objects.iter().map(|object| (object.offset as u64, object.kind)).collect();
        let is = |offset: u64, kind: Kind| kinds.get(&offset) == Some(&kind);
        let mut used: HashMap<u64, u64> = HashMap::new();
        for entry in self.objects.iter().filter(|object| object.kind == Kind::Entry) {
            self.fields(entry).into_iter().for_each(|offset| *used.entry(offset as u64).or_default() += 1);
        }
        let entries = self.objects.iter().filter(|object| object.kind == Kind::Entry).count() as u64;
        let listed = self.listed(number(self.content, 176)?, &kinds);
        if listed != Some(entries) {
            return Some(format!("the list of entries does not hold all {entries} of them"));
        }
        for data in self.objects.iter().filter(|object| object.kind == Kind::Data).take_while(|_| !stop::is_wished()) {
            let value = |at| number(self.content, data.offset + at).unwrap_or(0);
            let (next, first, array, count) = (value(24), value(40), value(48), value(56));
            let uses = used.get(&(data.offset as u64)).copied().unwrap_or(0);
            let rest = if array == 0 { Some(0) } else { self.listed(array, &kinds) };
            let good = (next == 0 || is(next, Kind::Data))
                && (first == 0 && count == 0 || is(first, Kind::Entry))
                && count == uses
                && rest == Some(count.saturating_sub(1));
            if !good {
                return Some(format!("the field at byte {} names other entries than those that hold it", data.offset));
            }
        }
        None
    }

    /// How many entries a chain of lists holds; `None` if something else is among them.
    fn listed(&self, first: u64, kinds: &HashMap<u64, Kind>) -> Option<u64> {
        let (mut array, mut found) = (first, 0);
        // No chain is longer than the file has objects.
        for _ in 0..=self.objects.len() {
            if array == 0 {
                return Some(found);
            }
            let Ok(offset) = usize::try_from(array) else { return None };
            let Ok(object) = self.object(offset) else { return None };
            if kinds.get(&array) != Some(&Kind::EntryArray) {
                return None;
            }
            let items = self.part(&object, 24..object.size);
            let offsets: Vec<u64> = if self.compact {
                items.chunks_exact(4).filter_map(|item| small(item, 0)).map(u64::from).collect()
            } else {
                items.chunks_exact(8).filter_map(|item| number(item, 0)).collect()
            };
            // Room that is not used yet holds zeros.
            let filled = offsets.iter().take_while(|offset| **offset != 0).count();
            if offsets[..filled].iter().any(|offset| kinds.get(offset) != Some(&Kind::Entry)) {
                return None;
            }
            found += filled as u64;
            array = number(self.content, object.offset + 16)?;
        }
        None
    }

    /// The text of a data object, `NAME=value`; `None` where it is none or unpacks to too much.
    fn data(&self, offset: usize) -> Option<Vec<u8>> {
        let Ok(object) = self.object(offset) else { return None };
        if object.kind != Kind::Data {
            return None;
        }
        let payload = self.part(&object, self.payload_at()..object.size);
        unpack(object.flags & 7, payload)
    }

    /// The entries as JSON objects, like those of `journalctl -o json`, in the order of the file.
    pub fn entries(&self) -> Vec<Vec<u8>> {
        let mut known: HashMap<usize, Option<(String, String)>> = HashMap::new();
        let most = self.content.len().saturating_mul(TEXT_RATIO).saturating_add(MAX_TEXT).min(LARGEST_TEXT);
        let (mut room, mut cached) = (most, 0);
        let mut entries = Vec::new();
        for entry in self.objects.iter().filter(|object| object.kind == Kind::Entry) {
            if stop::is_wished() {
                return entries;
            }
            let value = |at| number(self.content, entry.offset + at).unwrap_or(0);
            let mut text = format!(
                r#"{{"__REALTIME_TIMESTAMP":"{}","__MONOTONIC_TIMESTAMP":"{}","__SEQNUM":"{}","_BOOT_ID":"{}""#,
                value(24),
                value(32),
                value(16),
                crate::model::text::hex(self.part(entry, 40..56))
            );
            let mut named: Vec<(String, Vec<String>)> = Vec::new();
            for offset in self.fields(entry) {
                if room == 0 {
                    named = vec![("MESSAGE".into(), vec![r#""(not shown: the journal unpacks to too much)""#.into()])];
                    break;
                }
                let field = match known.get(&offset) {
                    Some(field) => field.clone(),
                    None => {
                        let field = self.data(offset).and_then(|data| field(&data));
                        // What is kept for later entries is bounded too.
                        cached += field.as_ref().map_or(0, |(name, value)| name.len() + value.len());
                        if cached < most / 4 {
                            known.insert(offset, field.clone());
                        }
                        field
                    }
                };
                let Some((name, value)) = field.filter(|(name, _)| name != "_BOOT_ID") else { continue };
                room = room.saturating_sub(name.len() + value.len());
                match named.iter_mut().find(|(other, _)| *other == name) {
                    Some((_, values)) => values.push(value),
                    None => named.push((name, vec![value])),
                }
            }
            for (name, values) in named {
                let value = if let [one] = values.as_slice() { one.clone() } else { format!("[{}]", values.join(",")) };
                text.push_str(&format!(",{}:{value}", serde_json::Value::from(name)));
            }
            text.push('}');
            entries.push(text.into_bytes());
        }
        entries
    }
}

/// The content of a field: 1 is XZ, 2 LZ4, 4 Zstandard, 0 as it is. `None` if it is damaged or larger than the largest field.
fn unpack(packing: u8, payload: &[u8]) -> Option<Vec<u8>> {
    let whole = |reader: &mut dyn Read| {
        let mut out = Vec::new();
        match reader.take(MAX_FIELD + 1).read_to_end(&mut out) {
            Ok(length) if length as u64 <= MAX_FIELD => Some(out),
            Ok(_) | Err(_) => None,
        }
    };
    match packing {
        0 => (payload.len() as u64 <= MAX_FIELD).then(|| payload.to_vec()),
        1 => whole(&mut xz(payload)),
        2 => {
            // The unpacked length stands before the block.
            let length = number(payload, 0).filter(|length| *length <= MAX_FIELD)?;
            let length = usize::try_from(length).map_or(0, |length| length);
            match lz4_flex::block::decompress(payload.get(8..)?, length) {
                Ok(out) => Some(out),
                Err(_) => None,
            }
        }
        4 => zstd::Decoder::new(payload).map_or(None, |mut decoder| whole(&mut decoder)),
        _ => None,
    }
}

/// Whether the first bytes of a journal say that it is sealed.
pub fn says_sealed(start: &[u8]) -> bool {
    start.starts_with(MAGIC) && small(start, 8).is_some_and(|flags| flags & SEALED != 0)
}

/// A field's name, and its value as JSON: text, or the bytes as numbers where it is no text.
fn field(data: &[u8]) -> Option<(String, String)> {
    let at = memchr::memchr(b'=', data)?;
    let name = String::from_utf8_lossy(&data[..at]).into_owned();
    let value = match std::str::from_utf8(&data[at + 1..]) {
        Ok(text) => serde_json::Value::from(text).to_string(),
        Err(_) => serde_json::Value::from(&data[at + 1..]).to_string(),
    };
    Some((name, value))
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    #[test]
    fn every_packing_is_undone() {
        let text = b"MESSAGE=".repeat(200);
        let mut xz = lzma_rust2::XzWriter::new(Vec::new(), lzma_rust2::XzOptions::with_preset(1)).unwrap();
        std::io::Write::write_all(&mut xz, &text).unwrap();
        let xz = xz.finish().unwrap();
        let lz4 = [&(text.len() as u64).to_le_bytes()[..], &lz4_flex::block::compress(&text)].concat();
        let zstandard = zstd::encode_all(Cursor::new(&text), 1).unwrap();
        for (packing, packed) in [(0, &text), (1, &xz), (2, &lz4), (4, &zstandard)] {
            assert_eq!(unpack(packing, packed).as_ref(), Some(&text), "{packing}");
            if packing > 0 {
                assert_ne!(unpack(packing, &packed[..packed.len() / 2]).as_ref(), Some(&text));
            }
        }
        assert_eq!(unpack(3, &text), None);
        // A field that says it is larger than any.
        assert_eq!(unpack(2, &u64::MAX.to_le_bytes()), None);
        let bomb = zstd::encode_all(Cursor::new(vec![0; 8 << 20]), 1).unwrap();
        assert_eq!(unpack(4, &bomb), None);
    }
}
