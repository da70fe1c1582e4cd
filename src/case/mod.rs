//! What the user makes and keeps: keys, seals and the log of what was done.

pub mod examiner_log;
pub mod keys;
mod newest;
pub mod profiles;
pub mod receive;
pub mod seal_files;
mod segment_file;
pub mod trust_file;
pub mod workplace;

use std::io::Write;
use std::path::Path;

use crate::source::{TEMPORARY_END, temporary_start};

/// Writes a file whole or not at all. Refuses to replace one unless asked to.
pub fn write_whole(path: &Path, bytes: &[u8], replace: bool, mode: u32) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut temporary = tempfile::Builder::new()
        .prefix(&temporary_start("file"))
        .suffix(TEMPORARY_END)
        .permissions(std::fs::Permissions::from_mode(mode))
        .tempfile_in(folder)?;
    temporary.write_all(bytes)?;
    temporary.as_file().sync_all()?;
    if replace { temporary.persist(path) } else { temporary.persist_noclobber(path) }.map_err(|error| error.error)?;
    // The name itself is safe only when the folder is.
    std::fs::File::open(folder)?.sync_all()
}
