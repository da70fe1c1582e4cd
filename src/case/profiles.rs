//! The user's own profiles of hash chains.

use std::path::{Path, PathBuf};

use crate::seal::chain::{Profile, ProfileError};
use crate::source::plain;
use crate::trust::Store as Keys;

/// Why a file's profile was not added.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AddProfileError {
    /// The file, or the folder that it lies in, cannot be read.
    #[error("{}: {}", path.display(), plain(cause))]
    Unreadable {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        cause: std::io::Error,
    },
    /// It is not a profile.
    #[error("{}: this is not a profile of a hash chain: {cause}", path.display())]
    NotAProfile {
        /// The file.
        path: PathBuf,
        /// Why not.
        cause: ProfileError,
    },
}

/// The folder of profiles that the window always uses.
pub fn folder() -> Option<PathBuf> {
    Some(directories::ProjectDirs::from("dev", "sealscope", "sealscope")?.config_dir().join("profiles"))
}

/// Adds the profile in a file; gives why it is not one.
pub fn add(file: &Path, keys: &mut Keys) -> Result<(), AddProfileError> {
    let path = || file.to_owned();
    let text = std::fs::read_to_string(file).map_err(|cause| AddProfileError::Unreadable { path: path(), cause })?;
    Profile::parse(&text).map_err(|cause| AddProfileError::NotAProfile { path: path(), cause })?;
    keys.add_profile(text);
    Ok(())
}

/// Adds every profile of a folder. Gives the errors.
pub fn add_folder(folder: &Path, keys: &mut Keys) -> Vec<AddProfileError> {
    let failed = |cause: std::io::Error| AddProfileError::Unreadable { path: folder.to_owned(), cause };
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Vec::new(),
        Err(error) => return vec![failed(error)],
    };
    let mut files: Vec<PathBuf> = Vec::new();
    for entry in entries {
        match entry {
            Ok(entry) => files.push(entry.path()),
            Err(error) => return vec![failed(error)],
        }
    }
    files.retain(|file| file.extension().is_some_and(|end| end == "toml"));
    files.sort();
    files.iter().filter_map(|file| add(file, keys).err()).collect()
}
