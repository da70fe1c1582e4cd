//! The user's own profiles of hash chains.

use std::path::{Path, PathBuf};

use crate::seal::chain::Profile;
use crate::trust::Store as Keys;

/// The folder of profiles that the window always uses.
pub fn folder() -> Option<PathBuf> {
    Some(directories::ProjectDirs::from("dev", "sealscope", "sealscope")?.config_dir().join("profiles"))
}

/// Adds the profile in a file; a mistake is told in words.
pub fn add(file: &Path, keys: &mut Keys) -> Result<(), String> {
    let text = std::fs::read_to_string(file).map_err(|error| format!("{}: {}", file.display(), crate::source::plain(&error)))?;
    Profile::parse(&text).map_err(|error| format!("{}: this is not a profile of a hash chain: {error}", file.display()))?;
    keys.add_profile(text);
    Ok(())
}

/// Adds every profile of a folder. Gives the mistakes.
pub fn add_folder(folder: &Path, keys: &mut Keys) -> Vec<String> {
    let failed = |error: std::io::Error| format!("{}: {}", folder.display(), crate::source::plain(&error));
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
