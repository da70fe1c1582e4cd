//! The file format of the systemd journal (systemd.io/JOURNAL_FILE_FORMAT): a header, then objects one after the other.

use std::collections::HashMap;
use std::io::{Cursor, Read};
use std::ops::Range;

/// The first bytes of every journal file.
pub const MAGIC: &[u8] = b"LPKSHHRH";
/// The smallest header there ever was, in bytes.
const SMALLEST_HEADER: u64 = 208;
/// The largest field that is unpacked, in bytes.
const MAX_FIELD: u64 = 1 << 20;
/// So much text is made of one file, in bytes; entries beyond it show only when they were written.
const MAX_TEXT: usize = 512 << 20;
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
    /// Why reading ended early, in words.
    pub damage: Option<String>,
}

fn number(content: &[u8], offset: usize) -> Option<u64> {
    Some(u64::from_le_bytes(content.get(offset..offset.checked_add(8)?)?.try_into().ok()?))
}

fn small(content: &[u8], offset: usize) -> Option<u32> {
    Some(u32::from_le_bytes(content.get(offset..offset.checked_add(4)?)?.try_into().ok()?))
}

impl<'a> Journal<'a> {
    /// Cuts a file into objects. `None` if it is no journal; damage further on is told.
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
            damage: None,
        };
        // The largest offset that the header names; a live file may be longer by now.
        let mut offset = usize::try_from(header).ok()?;
        let tail = usize::try_from(tail).ok()?;
        while offset <= tail {
            match journal.object(offset) {
                Ok(object) => {
                    journal.objects.push(object);
                    offset = object.offset + object.size.next_multiple_of(8);
                }
                Err(damage) => {
                    journal.damage = Some(format!("at byte {offset}: {damage}"));
                    break;
                }
            }
        }
        Some(journal)
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
        offsets.into_iter().take(MAX_FIELDS).filter_map(|offset| usize::try_from(offset).ok()).collect()
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
        for data in self.objects.iter().filter(|object| object.kind == Kind::Data) {
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
            let object = self.object(usize::try_from(array).ok()?).ok().filter(|_| kinds.get(&array) == Some(&Kind::EntryArray))?;
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
        let object = self.object(offset).ok().filter(|object| object.kind == Kind::Data)?;
        let payload = self.part(&object, self.payload_at()..object.size);
        unpack(object.flags & 7, payload)
    }

    /// The entries as JSON objects, like those of `journalctl -o json`, in the order of the file.
    pub fn entries(&self) -> Vec<Vec<u8>> {
        let mut known: HashMap<usize, Option<(String, String)>> = HashMap::new();
        let (mut room, mut cached) = (MAX_TEXT, 0);
        let mut entries = Vec::new();
        for entry in self.objects.iter().filter(|object| object.kind == Kind::Entry) {
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
                        if cached < MAX_TEXT / 2 {
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
    let mut out = Vec::new();
    match packing {
        0 => out.extend_from_slice(payload.get(..payload.len().min(usize::try_from(MAX_FIELD).ok()?))?),
        1 => {
            let mut limited = Limited(Vec::new());
            lzma_rs::xz_decompress(&mut Cursor::new(payload), &mut limited).ok()?;
            out = limited.0;
        }
        2 => {
            // The unpacked length stands before the block.
            let length = number(payload, 0).filter(|length| *length <= MAX_FIELD)?;
            out = lz4_flex::block::decompress(payload.get(8..)?, usize::try_from(length).ok()?).ok()?;
        }
        4 => {
            zstd::Decoder::new(payload).ok()?.take(MAX_FIELD).read_to_end(&mut out).ok()?;
        }
        _ => return None,
    }
    Some(out)
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

/// A writer that refuses to grow beyond the largest field.
struct Limited(Vec<u8>);

impl std::io::Write for Limited {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        if (self.0.len() + bytes.len()) as u64 > MAX_FIELD {
            return Err(std::io::ErrorKind::InvalidData.into());
        }
        self.0.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_packing_is_undone() {
        let text = b"MESSAGE=".repeat(200);
        let mut xz = Vec::new();
        lzma_rs::xz_compress(&mut Cursor::new(&text), &mut xz).unwrap();
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
        assert!(unpack(4, &bomb).is_some_and(|bytes| bytes.len() as u64 <= MAX_FIELD));
    }
}
