//! What archives hold: their members taken up as files, and archives inside archives opened in the same way, under the budget of the whole.

use std::fs::File as DiskFile;
use std::io::Read;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::sync::Arc;

use super::archive::{ArchiveError, Area, Kind, Member, distinct};
use super::file::{File, Location};
use super::inventory::{Inventory, Skipped, reason};
use super::names::{climbs, shown_bytes};
use super::temporary::{LEFTOVER, is_our_temporary};
use super::{Budget, Cost, Exceeded, Packing, SourceError, tar, zip};

/// Archives lie in archives at most this deep; deeper ones are not opened.
const MAX_NESTED: usize = 4;
/// Bytes copied at once.
const PIECE: usize = 1 << 20;
/// So many files may lie in archives, whatever their size, and one more for each so many bytes that the archives have on disk.
const MEMBERS: u64 = 100_000;
const STORED_A_MEMBER: u64 = 20;

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Archive {
    Zip,
    Tar,
}

/// What kind of archive a file is, by its first unpacked bytes.
pub(super) fn archive_kind(file: &File) -> Option<Archive> {
    let start: &[u8] = &file.start;
    if start.starts_with(b"PK\x03\x04") || start.starts_with(b"PK\x05\x06") {
        return Some(Archive::Zip);
    }
    tar::is_tar(start).then_some(Archive::Tar)
}

/// Takes up the members of archives.
pub(super) struct Contents {
    pub(super) inventory: Inventory,
    spool: Spool,
}

impl Contents {
    pub(super) fn new(inventory: Inventory) -> Self {
        Self { inventory, spool: Spool::default() }
    }

    /// A budget for all archives of a case together. Archives in archives give many files for few bytes.
    pub(super) fn budget(case: &Budget) -> Budget {
        // Of everything else than files, each archive has its own share.
        case.part("what the archives hold", u64::MAX).limited(Cost::Members, MEMBERS)
    }

    /// Takes up all members of an archive that lies in no other.
    pub(super) fn open_first(&mut self, kind: Archive, file: &File, archived: &Budget) {
        archived.allow(Cost::Members, file.weight() / STORED_A_MEMBER);
        self.open(kind, file, archived, 0);
    }

    /// Takes up all members of an archive that lies `depth` archives deep. What of it cannot be read is listed.
    fn open(&mut self, kind: Archive, file: &File, budget: &Budget, depth: usize) {
        let budget = budget.part(file.path.clone(), file.weight());
        let result = match kind {
            Archive::Zip if tar::is_tar(&file.start) => {
                Err(ArchiveError::Ambiguous("it is a zip archive to some of them and a tar archive to others".into()))
            }
            Archive::Zip => self.open_zip(file, &budget, depth),
            Archive::Tar => self.open_tar(file, &budget, depth),
        };
        match result {
            Ok(()) | Err(ArchiveError::Exceeded(Exceeded::Stopped)) => {}
            Err(error) => self.inventory.fail(file.path.clone(), format!("the archive cannot be read: {error}")),
        }
    }

    fn open_zip(&mut self, file: &File, budget: &Budget, depth: usize) -> Result<(), ArchiveError> {
        let (area, fault) = self.area(file, budget)?;
        // The list of its members lies at the end, so nothing can be said of a part of it.
        if let Some(fault) = fault {
            self.inventory.fail(file.path.clone(), fault);
            return Ok(());
        }
        let members = distinct(zip::members(&area, budget)?, &area, budget)?;
        self.take(members, file, &area, budget, depth);
        Ok(())
    }

    fn open_tar(&mut self, file: &File, budget: &Budget, depth: usize) -> Result<(), ArchiveError> {
        let (area, fault) = self.area(file, budget)?;
        // What came before the damage is still shown.
        if let Some(fault) = fault {
            self.inventory.fail(file.path.clone(), fault);
        }
        let found = tar::members(&area, budget)?;
        let members = distinct(found.members, &area, budget)?;
        if let Some(fault) = found.fault {
            self.inventory.fail(file.path.clone(), format!("the archive is damaged: {fault}"));
        }
        self.take(members, file, &area, budget, depth);
        Ok(())
    }

    /// Where an archive's unpacked bytes can be read at positions: in the file itself, in the archive that it lies in, or in a copy. If the copy
    /// is not whole, why.
    fn area(&mut self, file: &File, budget: &Budget) -> Result<(Area, Option<String>), ArchiveError> {
        match (&file.location, file.packing) {
            (Location::Path(path), Packing::Plain) => {
                let handle = file.open(Path::new(path))?;
                let size = handle.metadata()?.len();
                Ok((Area { file: Arc::new(handle), start: 0, size }, None))
            }
            // Nothing has to be unpacked, and nothing compared with a checksum.
            (Location::Slice { archive, offset, deflated: false, check: None }, Packing::Plain) => {
                Ok((Area { file: Arc::clone(archive), start: *offset, size: file.size }, None))
            }
            _ => self.spool.copy(file, budget),
        }
    }

    /// Takes up an archive's members.
    fn take(&mut self, members: Vec<Member>, archive: &File, area: &Area, budget: &Budget, depth: usize) {
        // Of a packed archive, each member stands for its share of the bytes on disk.
        let share =
            |size: u64| u64::try_from(u128::from(size) * u128::from(archive.weight()) / u128::from(area.size.max(1))).unwrap_or(u64::MAX);
        for member in members {
            if budget.is_stopped() {
                return;
            }
            let name = shown_bytes(&member.name);
            let shown = format!("{}/{name}", archive.path);
            let stored = match member.kind {
                Kind::Folder => continue,
                _ if climbs(&name) => {
                    self.inventory.fail(shown, "its name climbs out of the archive, as in an attack; it was not read".into());
                    continue;
                }
                Kind::Other(reason, failed) => {
                    self.inventory.skipped.push(Skipped { path: shown, reason, failed, unread: true });
                    continue;
                }
                Kind::File(_) if name.is_empty() => {
                    self.inventory.fail(shown, "it has no name".into());
                    continue;
                }
                Kind::File(_) if name.split('/').any(is_our_temporary) => {
                    self.inventory.leave_out(shown, LEFTOVER);
                    continue;
                }
                Kind::File(stored) => stored,
            };
            let Some(offset) = area.start.checked_add(stored.offset) else {
                self.inventory.fail(shown, "it is not where its archive says".into());
                continue;
            };
            let location = Location::Slice { archive: Arc::clone(&area.file), offset, deflated: stored.deflated, check: stored.check };
            match File::under(budget, shown.clone(), location, stored.size, share(stored.size)) {
                Ok(file) => match archive_kind(&file) {
                    None => self.inventory.files.push(file),
                    Some(kind) if depth < MAX_NESTED => self.open(kind, &file, budget, depth + 1),
                    Some(_) => {
                        let why = format!("it is an archive inside {} others, and was not opened; unpack them first", depth + 1);
                        self.inventory.fail(shown, why);
                    }
                },
                Err(SourceError::Exceeded { exceeded: Exceeded::Stopped, .. }) => return,
                Err(error) => self.inventory.fail(shown, reason(&error)),
            }
        }
    }
}

/// Unpacked archives, one after the other in one nameless temporary file: members are read at positions, so each is unpacked once. One file for
/// all of them, since a system lets a program open only so many.
#[derive(Default)]
struct Spool {
    file: Option<Arc<DiskFile>>,
    end: u64,
}

impl Spool {
    /// Copies an archive's unpacked bytes; also why there are no more, if that is not because it ends.
    fn copy(&mut self, file: &File, budget: &Budget) -> Result<(Area, Option<String>), ArchiveError> {
        let copy = match &self.file {
            Some(copy) => Arc::clone(copy),
            None => Arc::clone(self.file.insert(Arc::new(tempfile::tempfile()?))),
        };
        let mut reader = file.unpacked_under(budget)?;
        let mut piece = vec![0; PIECE];
        let start = self.end;
        let mut end = start;
        let fault = loop {
            match reader.read(&mut piece) {
                Ok(0) => break None,
                Ok(count) => {
                    copy.write_all_at(&piece[..count], end)?;
                    end += count as u64;
                }
                Err(cause) if cause.kind() == std::io::ErrorKind::Interrupted => {}
                Err(cause) => match file.io(cause) {
                    SourceError::Exceeded { exceeded: Exceeded::Stopped, .. } => return Err(Exceeded::Stopped.into()),
                    error => break Some(reason(&error)),
                },
            }
        };
        // What nothing will be read of makes room for the next one: a zip archive that is not whole.
        let lost = fault.is_some() && archive_kind(file) == Some(Archive::Zip);
        self.end = if lost { start } else { end };
        Ok((Area { file: copy, start, size: end - start }, fault))
    }
}
