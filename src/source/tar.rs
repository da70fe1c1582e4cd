//! The members of a tar archive (POSIX.1-2001 pax, ustar, and GNU's long names), read strictly: only an archive that every program unpacks in
//! the same way is read.
//!
//! Written here, not taken from a library, because libraries accept archives that programs unpack differently.

use std::collections::BTreeMap;

use super::archive::{ArchiveError, Area, Kind, Member, Stored};
use super::names::shown_bytes;
use super::{Budget, Cost};

const BLOCK: u64 = 512;
/// Names longer than this are on no file system.
const MAX_NAME: u64 = 32 << 10;
/// The most that is read of the fields that are written before a member.
const MAX_FIELDS: u64 = 1 << 20;
/// The most that may follow the end mark: writers fill up to their block size.
const MAX_PADDING: u64 = 64 << 20;
/// A name this long fits into the plain header, and a size up to this too.
const SHORT_NAME: usize = 100;
const SHORT_SIZE: u64 = 8 << 30;

/// What was found, and what ended the reading early, if anything did.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) members: Vec<Member>,
    pub(super) fault: Option<String>,
}

/// What stands before a member and changes its header.
#[derive(Default)]
struct Before {
    long_name: Option<Vec<u8>>,
    fields: Option<BTreeMap<Vec<u8>, Vec<u8>>>,
}

/// Whether the first bytes of a file are those of a tar archive.
pub(super) fn is_tar(start: &[u8]) -> bool {
    start.get(257..262) == Some(b"ustar")
}

/// All members, in order.
pub(super) fn members(archive: &Area, budget: &Budget) -> Result<Found, ArchiveError> {
    let total = archive.size;
    let mut members = Vec::new();
    let mut before = Before::default();
    let mut at = 0;
    let fault = loop {
        budget.take(Cost::Members, 1)?;
        if at >= total {
            break Some("it ends without its end mark: it may have been cut short".to_owned());
        }
        let mut header = [0; BLOCK as usize];
        if total - at < BLOCK {
            break Some("it breaks off".to_owned());
        }
        archive.read_exact_at(&mut header, at)?;
        if header.iter().all(|byte| *byte == 0) {
            padding(archive, at, total, budget)?;
            break (total - at < 2 * BLOCK).then(|| "it ends without its whole end mark: it may have been cut short".to_owned());
        }
        if !checksum_holds(&header) {
            break Some("the header of one of its files is damaged; what follows was not read".to_owned());
        }
        let Some(stated) = number(&header[124..136]) else {
            break Some("the size of one of its files cannot be read; what follows was not read".to_owned());
        };
        let data = at + BLOCK;
        let kind = header[156];
        let size = match &before.fields {
            Some(fields) if !matches!(kind, b'x' | b'g' | b'L' | b'K') => size_of(fields, stated)?,
            _ => stated,
        };
        let Some(next) = size.checked_next_multiple_of(BLOCK).and_then(|size| data.checked_add(size)) else {
            break Some("the size of one of its files is impossible; what follows was not read".to_owned());
        };
        let cut = data.checked_add(size).is_none_or(|end| end > total);
        if matches!(kind, b'x' | b'g' | b'L' | b'K') {
            let most = if matches!(kind, b'x' | b'g') { MAX_FIELDS } else { MAX_NAME };
            if size > most {
                return Err(ArchiveError::Damaged(format!(
                    "the name or the fields of one of its files take {size} bytes, which none need"
                )));
            }
            if cut {
                break Some("it breaks off".to_owned());
            }
            let mut content = vec![0; size as usize];
            archive.read_exact_at(&mut content, data)?;
            prefixed(kind, &content, &mut before)?;
            at = next;
            continue;
        }
        let short = short_name(&header);
        let name = name(&short, &before)?;
        let sparse = before.fields.as_ref().is_some_and(|fields| fields.keys().any(|key| key.starts_with(b"GNU.sparse")));
        before = Before::default();
        let which = shown_bytes(&name);
        let size_here = if cut { total.saturating_sub(data) } else { size };
        let file = || Kind::File(Stored { offset: data, size: size_here, deflated: false, check: None });
        let what = match kind {
            _ if sparse => Kind::Other("it is stored as a sparse file, which is not supported; unpack it first".into(), true),
            b'0' | 0 | b'7' if !name.ends_with(b"/") => file(),
            b'5' | b'0' | 0 | b'7' | b'1'..=b'4' | b'6' if size > 0 => {
                return Err(ArchiveError::Ambiguous(format!("“{which}” is a folder, a link or a device, and holds data")));
            }
            b'5' | b'0' | 0 | b'7' => Kind::Folder,
            b'1'..=b'4' | b'6' => Kind::Other("a link or device in an archive is not followed".into(), false),
            b'V' if size == 0 => Kind::Folder,
            b'S' | b'M' | b'D' | b'N' => {
                return Err(ArchiveError::Damaged(format!(
                    "“{which}” is stored in a form of GNU tar's own that is not supported; unpack it first"
                )));
            }
            _ => Kind::Other("it is of a kind that is not known; unpack it first".into(), true),
        };
        if kind != b'V' {
            members.push(Member::new(&name, what));
        }
        if cut {
            break Some(format!("the archive ends before “{which}” does"));
        }
        at = next;
    };
    Ok(Found { members, fault })
}

/// After the end mark nothing may follow but zeros: some programs would read on.
fn padding(archive: &Area, at: u64, total: u64, budget: &Budget) -> Result<(), ArchiveError> {
    if total - at > MAX_PADDING {
        return Err(ArchiveError::Damaged(format!("more than {} MiB follow its end mark", MAX_PADDING >> 20)));
    }
    let mut piece = vec![0; 64 << 10];
    let mut at = at;
    while at < total {
        budget.go_on()?;
        let length = (total - at).min(piece.len() as u64) as usize;
        archive.read_exact_at(&mut piece[..length], at)?;
        if piece[..length].iter().any(|byte| *byte != 0) {
            return Err(ArchiveError::Ambiguous("there is data after its end mark".into()));
        }
        at += length as u64;
    }
    Ok(())
}

/// The sum of a header's bytes, with its own place taken as spaces; some old programs took bytes as signed.
fn checksum_holds(header: &[u8]) -> bool {
    let Some(stated) = number(&header[148..156]).and_then(|stated| i64::try_from(stated).ok()) else { return false };
    let bytes = || header.iter().enumerate().map(|(index, byte)| if (148..156).contains(&index) { b' ' } else { *byte });
    let unsigned: i64 = bytes().map(i64::from).sum();
    let signed: i64 = bytes().map(|byte| i64::from(byte.cast_signed())).sum();
    stated == unsigned || stated == signed
}

/// A number in a header: octal digits, or GNU's binary form. Anything else is read differently by different programs.
fn number(field: &[u8]) -> Option<u64> {
    if field.first()? & 0x80 != 0 {
        let (first, rest) = field.split_first()?;
        let start = u64::from(first & 0x7f);
        return rest.iter().try_fold(start, |value, byte| Some(value.checked_mul(256)? + u64::from(*byte)));
    }
    let text = field.trim_ascii_start();
    let end = text.iter().position(|byte| matches!(byte, 0 | b' ')).unwrap_or(text.len());
    let (digits, rest) = text.split_at(end);
    if rest.iter().any(|byte| !matches!(byte, 0 | b' ')) {
        return None;
    }
    digits.iter().try_fold(0u64, |value, digit| {
        matches!(digit, b'0'..=b'7').then_some(())?;
        Some(value.checked_mul(8)? + u64::from(digit - b'0'))
    })
}

fn text(field: &[u8]) -> &[u8] {
    field.split(|byte| *byte == 0).next().unwrap_or(&[])
}

/// The name in the header itself.
fn short_name(header: &[u8]) -> Vec<u8> {
    let name = text(&header[..100]);
    // Only POSIX's form has the start of long names; GNU's has times in its place.
    let prefix = if &header[257..263] == b"ustar\0" { text(&header[345..500]) } else { &[] };
    if prefix.is_empty() { name.to_vec() } else { [prefix, name].join(&b'/') }
}

/// The name that holds. A name that would fit into the header and stands elsewhere is another one to programs that do not look there.
fn name(short: &[u8], before: &Before) -> Result<Vec<u8>, ArchiveError> {
    let field = before.fields.as_ref().and_then(|fields| fields.get(b"path".as_slice()));
    let (Some(long), other) = (before.long_name.as_ref().or(field), field) else { return Ok(short.to_vec()) };
    let fits = long.len() <= SHORT_NAME && long.is_ascii();
    let trimmed = |name: &[u8]| super::names::plain_path(name);
    if other.is_some_and(|other| other != long) || fits && trimmed(long) != trimmed(short) || long.is_empty() {
        let (long, other) = (shown_bytes(long), shown_bytes(other.filter(|other| *other != long).map_or(short, Vec::as_slice)));
        return Err(ArchiveError::Ambiguous(format!("one file in it has two names, “{long}” and “{other}”")));
    }
    Ok(long.clone())
}

fn size_of(fields: &BTreeMap<Vec<u8>, Vec<u8>>, stated: u64) -> Result<u64, ArchiveError> {
    let Some(field) = fields.get(b"size".as_slice()) else { return Ok(stated) };
    let long = std::str::from_utf8(field).map_or(None, |text| text.bytes().all(|byte| byte.is_ascii_digit()).then_some(text));
    match long.map(str::parse::<u64>) {
        Some(Ok(long)) if long == stated || long >= SHORT_SIZE => Ok(long),
        _ => Err(ArchiveError::Ambiguous("two sizes are stated for one file in it".into())),
    }
}

/// Takes up a long name, or the fields, that stand before a member.
fn prefixed(kind: u8, content: &[u8], before: &mut Before) -> Result<(), ArchiveError> {
    let twice = || ArchiveError::Ambiguous("two names are stated for one file in it".into());
    match kind {
        b'L' => {
            let end = content.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
            if content[..end].contains(&0) {
                return Err(ArchiveError::Ambiguous(format!("the name “{}” holds a zero byte", shown_bytes(&content[..end]))));
            }
            if before.long_name.replace(content[..end].to_vec()).is_some() {
                return Err(twice());
            }
        }
        b'x' | b'g' => {
            let fields = fields(content)?;
            let decides = |key: &Vec<u8>| matches!(key.as_slice(), b"path" | b"size" | b"linkpath") || key.starts_with(b"GNU.sparse");
            if kind == b'g' {
                if fields.keys().any(decides) {
                    return Err(ArchiveError::Ambiguous("it states one name or size for all its files".into()));
                }
            } else if before.fields.replace(fields).is_some() {
                return Err(twice());
            }
        }
        // A long target of a link, which is not followed.
        _ => {}
    }
    Ok(())
}

/// Fields of POSIX's form: `LENGTH KEY=VALUE` and a line feed each.
fn fields(content: &[u8]) -> Result<BTreeMap<Vec<u8>, Vec<u8>>, ArchiveError> {
    let wrong = || ArchiveError::Damaged("the fields before one of its files are not as they should be".into());
    let mut fields = BTreeMap::new();
    let mut rest = content;
    while !rest.is_empty() {
        let space = rest.iter().position(|byte| *byte == b' ').ok_or_else(wrong)?;
        let length = number_of(&rest[..space]).filter(|length| *length > space + 1 && *length <= rest.len()).ok_or_else(wrong)?;
        let (line, after) = rest.split_at(length);
        let line = line[space + 1..].strip_suffix(b"\n").ok_or_else(wrong)?;
        let equals = line.iter().position(|byte| *byte == b'=').ok_or_else(wrong)?;
        let (key, value) = (line[..equals].to_vec(), line[equals + 1..].to_vec());
        if key == b"path" && value.contains(&0) {
            return Err(ArchiveError::Ambiguous(format!("the name “{}” holds a zero byte", shown_bytes(&value))));
        }
        if fields.insert(key.clone(), value.clone()).is_some_and(|other| other != value) {
            return Err(ArchiveError::Ambiguous(format!("“{}” is stated twice for one file in it", shown_bytes(&key))));
        }
        rest = after;
    }
    Ok(fields)
}

fn number_of(digits: &[u8]) -> Option<usize> {
    if digits.is_empty() {
        return None;
    }
    digits.iter().try_fold(0usize, |value, digit| {
        digit.is_ascii_digit().then_some(())?;
        value.checked_mul(10)?.checked_add(usize::from(digit - b'0'))
    })
}
