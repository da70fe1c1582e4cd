//! Keeping two runs of this program out of each other's way, and tidying up after one that was killed.

use std::fs::{File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tempfile::TempDir;

use crate::source::{TEMPORARY_END, is_our_temporary, temporary_start};

/// Between two looks at a lock that someone else holds.
const PAUSE: Duration = Duration::from_millis(20);

/// A lock on a folder. It ends with the value, or with the process, however that ends.
#[derive(Debug)]
pub struct FolderLock {
    _handle: File,
}

impl FolderLock {
    /// Waits for the lock on `folder`; `None` if `stop` said to give up. Nothing is written, unless the file system cannot lock folders: then
    /// a lock file is left in the folder.
    pub fn wait(folder: &Path, stop: &dyn Fn() -> bool) -> io::Result<Option<Self>> {
        let mut handle = File::open(folder)?;
        let mut of_file = false;
        loop {
            match handle.try_lock() {
                Ok(()) => return Ok(Some(Self { _handle: handle })),
                Err(TryLockError::WouldBlock) if stop() => return Ok(None),
                Err(TryLockError::WouldBlock) => std::thread::sleep(PAUSE),
                // NFS, for one, locks only what is open for writing.
                Err(TryLockError::Error(_)) if !of_file => {
                    of_file = true;
                    let path = folder.join(".sealscope-folder.lock");
                    handle = File::options().create(true).truncate(false).write(true).open(path)?;
                }
                Err(TryLockError::Error(cause)) => return Err(cause),
            }
        }
    }
}

/// A folder for unfinished work. It goes when the value is dropped; if the program is killed, the next one to work here removes it.
#[derive(Debug)]
pub struct Workplace {
    /// In the folder that is locked, so that what happens in it can be locked for itself.
    work: PathBuf,
    // Goes when the value does.
    _folder: TempDir,
    // Shows that the folder is still in use.
    _lock: File,
}

impl Workplace {
    /// Makes one in `into`, after removing those that killed runs left there.
    pub fn make(into: &Path, purpose: &str) -> io::Result<Self> {
        // Nobody tidies up between making a folder and locking it.
        let _guard = FolderLock::wait(into, &|| false)?;
        clean(into, purpose)?;
        let folder = tempfile::Builder::new().prefix(&temporary_start(purpose)).suffix(TEMPORARY_END).tempdir_in(into)?;
        let lock = File::open(folder.path())?;
        let work = folder.path().join("work");
        std::fs::create_dir(&work)?;
        match lock.try_lock() {
            // Where folders cannot be locked, nothing is ever tidied up either.
            Ok(()) | Err(TryLockError::Error(_)) => Ok(Self { work, _folder: folder, _lock: lock }),
            Err(TryLockError::WouldBlock) => Err(io::Error::other("somebody else uses the new folder")),
        }
    }

    /// The folder to work in. What is finished is renamed out of it, or it is itself.
    pub fn path(&self) -> &Path {
        &self.work
    }
}

/// Removes what killed runs left in `folder` for this purpose: folders that nobody has locked, and files. The caller holds the lock.
pub fn clean(folder: &Path, purpose: &str) -> io::Result<()> {
    let start = temporary_start(purpose);
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name();
        let Some(name) = name.to_str().filter(|name| name.starts_with(&start) && is_our_temporary(name)) else { continue };
        let path = folder.join(name);
        let kind = entry.file_type()?;
        // That a leftover cannot be removed is no reason to stop: it is known by its name.
        if kind.is_dir() {
            if File::open(&path).is_ok_and(|handle| handle.try_lock().is_ok()) {
                std::fs::remove_dir_all(&path).ok();
            }
        } else if kind.is_file() {
            std::fs::remove_file(&path).ok();
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_at_a_time() {
        let folder = tempfile::tempdir().unwrap();
        let first = FolderLock::wait(folder.path(), &|| true).unwrap();
        assert!(first.is_some());
        assert!(FolderLock::wait(folder.path(), &|| true).unwrap().is_none());
        drop(first);
        assert!(FolderLock::wait(folder.path(), &|| true).unwrap().is_some());
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[test]
    fn leftovers_go_and_what_is_in_use_stays() {
        let folder = tempfile::tempdir().unwrap();
        let left = folder.path().join(".sealscope-receive-dead00.tmp");
        std::fs::create_dir_all(left.join("deep")).unwrap();
        let other = folder.path().join(".sealscope-export-dead00.tmp");
        std::fs::create_dir(&other).unwrap();
        let mine = folder.path().join("evidence");
        std::fs::create_dir(&mine).unwrap();
        let first = Workplace::make(folder.path(), "receive").unwrap();
        assert!(!left.exists() && other.exists() && mine.exists());
        let second = Workplace::make(folder.path(), "receive").unwrap();
        assert!(first.path().exists() && second.path().exists() && first.path() != second.path());
        let path = first.path().to_owned();
        drop(first);
        assert!(!path.exists());
    }
}
