//! The members of a zip archive (APPNOTE.TXT 6.3.10), read strictly: only an archive that every program unpacks in the same way is read.
//!
//! Programs find members in two ways: by the list at the end, or one after the other from the start. So the list must lie at the end, name
//! every member once, and say the same as the header before each; and members must follow each other from the first byte without gaps.
//!
//! Written here, not taken from a library, because libraries accept archives that programs unpack differently. Bundles are packed by `zip`.

use super::archive::{ArchiveError, Area, Kind, Member, Stored};
use super::names::shown_bytes;
use super::unpack::Check;
use super::{Budget, Cost};

const LOCAL: u32 = 0x0403_4b50;
const ENTRY: u32 = 0x0201_4b50;
const END: [u8; 4] = *b"PK\x05\x06";
const END64: u32 = 0x0606_4b50;
const LOCATOR64: u32 = 0x0706_4b50;
const DESCRIPTOR: u32 = 0x0807_4b50;
/// The list of members is held in memory.
const MAX_LIST: u64 = 128 << 20;
/// The record at the end, with the longest comment.
const MAX_END: u64 = 22 + 0xffff;
/// Values that stand in the 64-bit extra field.
const IN_EXTRA: u64 = 0xffff_ffff;

/// Little-endian numbers one after the other. `None` at the end of the bytes.
struct Fields<'a>(&'a [u8]);

impl<'a> Fields<'a> {
    fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(taken)
    }
    fn u16(&mut self) -> Option<u16> {
        self.take(2)?.try_into().ok().map(u16::from_le_bytes)
    }
    fn u32(&mut self) -> Option<u32> {
        self.take(4)?.try_into().ok().map(u32::from_le_bytes)
    }
    fn u64(&mut self) -> Option<u64> {
        self.take(8)?.try_into().ok().map(u64::from_le_bytes)
    }
}

/// What both headers of a member say.
#[derive(Debug)]
struct Header {
    flags: u16,
    method: u16,
    crc: u32,
    packed: u64,
    unpacked: u64,
    name: Vec<u8>,
    /// The name in an extra field of its own, which some programs prefer.
    unicode: Option<Vec<u8>>,
}

const ENCRYPTED: u16 = 1;
const DESCRIBED: u16 = 8;
/// Flags that decide how the member is read: encrypted, sizes after the data, patched, names in UTF-8, list encrypted.
const DECISIVE: u16 = ENCRYPTED | DESCRIBED | 1 << 5 | 1 << 11 | 1 << 13;

fn cut_short() -> ArchiveError {
    ArchiveError::Damaged("its list of files breaks off".into())
}

fn ambiguous<T>(text: impl Into<String>) -> Result<T, ArchiveError> {
    Err(ArchiveError::Ambiguous(text.into()))
}

/// All members, in the order of the list.
pub(super) fn members(archive: &Area, budget: &Budget) -> Result<Vec<Member>, ArchiveError> {
    let (list_at, list_size, count) = end(archive)?;
    if list_size > MAX_LIST {
        return Err(ArchiveError::Damaged(format!("its list of files is longer than {} MiB", MAX_LIST >> 20)));
    }
    let mut list = vec![0; list_size as usize];
    archive.read_exact_at(&mut list, list_at)?;
    let mut fields = Fields(&list);
    let mut entries: Vec<(u64, Header, Kind)> = Vec::new();
    for _ in 0..count {
        budget.take(Cost::Members, 1)?;
        entries.push(entry(&mut fields).ok_or_else(cut_short)??);
    }
    if !fields.0.is_empty() {
        return ambiguous("its list holds more than it says");
    }
    let mut order: Vec<usize> = (0..entries.len()).collect();
    order.sort_by_key(|index| entries[*index].0);
    let mut places = vec![0; entries.len()];
    let mut expected = 0;
    for (position, index) in order.iter().enumerate() {
        budget.go_on()?;
        let (at, header, _) = &entries[*index];
        let next = order.get(position + 1).map_or(list_at, |next| entries[*next].0);
        if *at != expected || next <= *at {
            let which = shown_bytes(&header.name);
            return ambiguous(format!("“{which}” overlaps another file, or there is data between them that the list does not name"));
        }
        places[*index] = local(archive, *at, next, header)?;
        expected = next;
    }
    if entries.is_empty() && list_at != 0 {
        return ambiguous("it holds data that its list does not name");
    }
    let members = entries.into_iter().zip(places).map(|((_, header, kind), offset)| {
        let kind = match kind {
            Kind::File(stored) => Kind::File(Stored { offset, ..stored }),
            other => other,
        };
        let mut member = Member::new(header.unicode.as_deref().unwrap_or(&header.name), kind);
        member.alias = header.unicode.is_some().then_some(header.name);
        member
    });
    Ok(members.collect())
}

/// Where the list of members starts, its size, and how many it names.
fn end(archive: &Area) -> Result<(u64, u64, u64), ArchiveError> {
    let size = archive.size;
    let tail_at = size.saturating_sub(MAX_END);
    let mut tail = vec![0; (size - tail_at) as usize];
    archive.read_exact_at(&mut tail, tail_at)?;
    let comment = |at: usize| tail.get(at + 20..at + 22).map(|length| usize::from(u16::from_le_bytes([length[0], length[1]])));
    let found: Vec<usize> = memchr::memmem::find_iter(&tail, &END).filter(|at| comment(*at).is_some()).collect();
    let Some(at) = found.last().copied() else {
        return Err(ArchiveError::Damaged("its list of files is missing: it is cut short, or no zip archive".into()));
    };
    let ends = |at: usize| comment(at).is_some_and(|length| at + 22 + length == tail.len());
    if !ends(at) {
        return ambiguous("there is data after its end");
    }
    if found.iter().filter(|at| ends(**at)).count() > 1 {
        return ambiguous("it has more than one list of its files");
    }
    let mut fields = Fields(&tail[at + 4..]);
    let mut read = || Some((fields.u16()?, fields.u16()?, fields.u16()?, fields.u16()?, fields.u32()?, fields.u32()?));
    let (disk, list_disk, here, count, list_size, list_at) = read().ok_or_else(cut_short)?;
    let at = tail_at + at as u64;
    let short = (u64::from(here), u64::from(count), u64::from(list_size), u64::from(list_at));
    let (here, count, list_size, list_at, list_end) = match end64(archive, at)? {
        Some((record_at, here, count, list_size, list_at)) => {
            let agrees = |short: u64, long: u64, saturated: u64| short == long || short == saturated;
            let agree = agrees(short.0, here, 0xffff)
                && agrees(short.1, count, 0xffff)
                && agrees(short.2, list_size, IN_EXTRA)
                && agrees(short.3, list_at, IN_EXTRA);
            if !agree {
                return ambiguous("it has two lists of its files that differ");
            }
            (here, count, list_size, list_at, record_at)
        }
        None => (short.0, short.1, short.2, short.3, at),
    };
    let several_disks = |disk: u16| disk != 0 && disk != 0xffff;
    if several_disks(disk) || several_disks(list_disk) || here != count {
        return Err(ArchiveError::Damaged("it is one of several parts; join them first".into()));
    }
    if list_at.checked_add(list_size) != Some(list_end) {
        return ambiguous("there is data before its first file or after its list");
    }
    Ok((list_at, list_size, count))
}

/// The 64-bit record of the end: its own place, files on this disk, files, and the size and place of the list.
type End64 = (u64, u64, u64, u64, u64);

/// The 64-bit record before the end at `end`, if there is one.
fn end64(archive: &Area, end: u64) -> Result<Option<End64>, ArchiveError> {
    let Some(locator_at) = end.checked_sub(20) else { return Ok(None) };
    let mut locator = [0; 20];
    archive.read_exact_at(&mut locator, locator_at)?;
    let mut fields = Fields(&locator);
    if fields.u32() != Some(LOCATOR64) {
        return Ok(None);
    }
    let record_at = fields.u32().and_then(|_disk| fields.u64()).ok_or_else(cut_short)?;
    if record_at.checked_add(56) != Some(locator_at) {
        return ambiguous("its 64-bit list is not where it should be");
    }
    let mut record = [0; 56];
    archive.read_exact_at(&mut record, record_at)?;
    let mut fields = Fields(&record);
    let mut read = || {
        let (mark, length) = (fields.u32()?, fields.u64()?);
        fields.take(12)?;
        Some((mark == END64 && length == 44, fields.u64()?, fields.u64()?, fields.u64()?, fields.u64()?))
    };
    match read() {
        Some((true, here, count, list_size, list_at)) => Ok(Some((record_at, here, count, list_size, list_at))),
        _ => ambiguous("its 64-bit list is not as it should be"),
    }
}

/// An entry of the list: where the member starts, what is said of it, and what it is, with its place still to be found.
fn entry(fields: &mut Fields<'_>) -> Option<Result<(u64, Header, Kind), ArchiveError>> {
    if fields.u32()? != ENTRY {
        return Some(ambiguous("its list names something that is not a file"));
    }
    let made_by = fields.u16()? >> 8;
    fields.u16()?;
    let (flags, method) = (fields.u16()?, fields.u16()?);
    fields.u32()?;
    let (crc, packed, unpacked) = (fields.u32()?, u64::from(fields.u32()?), u64::from(fields.u32()?));
    let (name, extra, comment) = (fields.u16()?, fields.u16()?, fields.u16()?);
    let disk = fields.u16()?;
    fields.u16()?;
    let (attributes, at) = (fields.u32()?, u64::from(fields.u32()?));
    let name = fields.take(usize::from(name))?.to_vec();
    let extra = fields.take(usize::from(extra))?;
    fields.take(usize::from(comment))?;
    let mut header = Header { flags, method, crc, packed, unpacked, name, unicode: None };
    let mut at = at;
    if disk != 0 && disk != 0xffff {
        return Some(Err(ArchiveError::Damaged("it is one of several parts; join them first".into())));
    }
    if let Err(error) = extras(extra, &mut header, Some(&mut at)) {
        return Some(Err(error));
    }
    let which = shown_bytes(&header.name);
    if header.name.contains(&0) || header.unicode.as_ref().is_some_and(|name| name.contains(&0)) {
        return Some(ambiguous(format!("the name “{which}” holds a zero byte")));
    }
    // The mode of the file, where a Unix made the archive.
    let mode = if made_by == 3 { attributes >> 16 & 0o170_000 } else { 0 };
    let stored =
        Stored { offset: 0, size: header.packed, deflated: method == 8, check: Some(Check { size: header.unpacked, crc: header.crc }) };
    let folder = header.name.ends_with(b"/");
    let kind = match method {
        _ if flags & ENCRYPTED != 0 => Kind::Other("it is encrypted; unpack it with its password first".into(), true),
        _ if folder && header.unpacked == 0 => Kind::Folder,
        _ if folder => return Some(ambiguous(format!("“{which}” is named as a folder and holds data"))),
        _ if mode == 0o120_000 => Kind::Other("a link or device in an archive is not followed".into(), false),
        0 if header.packed != header.unpacked => return Some(ambiguous(format!("two sizes are stated for “{which}”"))),
        0 | 8 => Kind::File(stored),
        other => Kind::Other(format!("it is packed with method {other}, which is not supported; unpack it first"), true),
    };
    Some(Ok((at, header, kind)))
}

/// Reads extra fields: 64-bit sizes (and place), where the short ones refer to them, and the name in UTF-8.
fn extras(extra: &[u8], header: &mut Header, at: Option<&mut u64>) -> Result<(), ArchiveError> {
    let mut fields = Fields(extra);
    let mut long: Option<&[u8]> = None;
    while fields.0.len() >= 4 {
        let read = fields.u16().zip(fields.u16()).and_then(|(id, length)| Some((id, fields.take(usize::from(length))?)));
        let Some((id, content)) = read else {
            return ambiguous(format!("the extra fields of “{}” are not as they should be", shown_bytes(&header.name)));
        };
        match id {
            1 if long.is_some() => return ambiguous(format!("two sizes are stated for “{}”", shown_bytes(&header.name))),
            1 => long = Some(content),
            0x7075 => {
                let mut crc = flate2::Crc::new();
                crc.update(&header.name);
                let mut content = Fields(content);
                // It holds for a name of this checksum only; otherwise the name was changed since and it is void.
                if content.take(1) == Some(&[1]) && content.u32() == Some(crc.sum()) {
                    if header.unicode.is_some() {
                        return ambiguous(format!("two more names are stated for “{}”", shown_bytes(&header.name)));
                    }
                    header.unicode = Some(content.0.to_vec()).filter(|name| *name != header.name);
                }
            }
            _ => {}
        }
    }
    let mut long = Fields(long.unwrap_or(&[]));
    for value in [Some(&mut header.unpacked), Some(&mut header.packed), at].into_iter().flatten() {
        if *value == IN_EXTRA {
            *value = long.u64().ok_or_else(|| ArchiveError::Damaged("a size in its list is missing".into()))?;
        }
    }
    Ok(())
}

/// Holds the header before a member against the list, and what follows the member; gives where its bytes start.
fn local(archive: &Area, at: u64, next: u64, listed: &Header) -> Result<u64, ArchiveError> {
    let which = shown_bytes(&listed.name);
    let differs = |what: &str| ambiguous(format!("{what} of “{which}” is not the same in its list and before the file"));
    let breaks_off = || ArchiveError::Damaged(format!("“{which}” is not where its list says"));
    let mut fixed = [0; 30];
    if next - at < fixed.len() as u64 {
        return Err(breaks_off());
    }
    archive.read_exact_at(&mut fixed, at)?;
    let mut fields = Fields(&fixed);
    let mut read = || {
        let mark = fields.u32()? == LOCAL;
        fields.u16()?;
        let (flags, method) = (fields.u16()?, fields.u16()?);
        fields.u32()?;
        let (crc, packed, unpacked) = (fields.u32()?, u64::from(fields.u32()?), u64::from(fields.u32()?));
        let header = Header { flags, method, crc, packed, unpacked, name: Vec::new(), unicode: None };
        mark.then_some((header, u64::from(fields.u16()?), u64::from(fields.u16()?)))
    };
    let (mut here, name, extra) = read().ok_or_else(breaks_off)?;
    let data = at + 30 + name + extra;
    let Some(data_end) = data.checked_add(listed.packed).filter(|end| *end <= next) else {
        return ambiguous(format!("“{which}” overlaps what follows it"));
    };
    let mut texts = vec![0; (name + extra) as usize];
    archive.read_exact_at(&mut texts, at + 30)?;
    let (name, extra) = texts.split_at(name as usize);
    here.name = name.to_vec();
    extras(extra, &mut here, None)?;
    if here.name != listed.name || here.unicode.is_some() && here.unicode != listed.unicode {
        return differs("the name");
    }
    if here.method != listed.method || (here.flags ^ listed.flags) & DECISIVE != 0 {
        return differs("the packing");
    }
    let described = here.flags & DESCRIBED != 0;
    let same = |here: u64, listed: u64| here == listed || described && here == 0;
    if !same(here.packed, listed.packed) || !same(here.unpacked, listed.unpacked) {
        return differs("the size");
    }
    if !same(u64::from(here.crc), u64::from(listed.crc)) {
        return differs("the checksum");
    }
    let mut rest = vec![0; usize::try_from(next - data_end).ok().filter(|length| *length <= 24).unwrap_or(25)];
    if !described && rest.is_empty() {
        return Ok(data);
    }
    if !described || rest.len() > 24 {
        return ambiguous(format!("after “{which}” there is data that its list does not name"));
    }
    archive.read_exact_at(&mut rest, data_end)?;
    let long = matches!(rest.len(), 20 | 24);
    let mut fields = Fields(&rest);
    let mut read = || {
        let mark = !matches!(rest.len(), 16 | 24) || fields.u32()? == DESCRIPTOR;
        let crc = fields.u32()?;
        let mut size = || if long { fields.u64() } else { fields.u32().map(u64::from) };
        let (packed, unpacked) = (size()?, size()?);
        Some(mark && (crc, packed, unpacked) == (listed.crc, listed.packed, listed.unpacked))
    };
    // An encrypted member's checksum may be left out; it is not read anyway.
    if matches!(rest.len(), 12 | 16 | 20 | 24) && read() == Some(true) {
        return Ok(data);
    }
    ambiguous(format!("what is said after “{which}” is not what its list says"))
}
