//! The user's own trusted keys, kept in the configuration folder as readable text.

use std::path::{Path, PathBuf};

use crate::trust::{Key, Store as Keys};

/// Why the trusted keys could not be kept.
#[derive(Debug, thiserror::Error)]
pub enum TrustFileError {
    /// The desktop names no configuration folder.
    #[error("this account has no configuration folder, so trusted keys are forgotten when the window closes")]
    NoFolder,
    /// Writing failed.
    #[error("{}: cannot be written: {cause}. The keys are forgotten when the window closes", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// What the system said.
        cause: std::io::Error,
    },
}

/// Where the keys are kept.
pub fn path() -> Option<PathBuf> {
    Some(directories::ProjectDirs::from("dev", "sealscope", "sealscope")?.config_dir().join("trusted-keys.txt"))
}

/// Reads the keys into `keys`. A missing file holds none; a damaged one is an error in words.
pub fn load(file: &Path, keys: &mut Keys) -> Result<(), String> {
    match std::fs::read_to_string(file) {
        Ok(text) if text.lines().all(|line| line.trim().is_empty() || line.trim_start().starts_with('#')) => Ok(()),
        Ok(text) => {
            let mut stored = Keys::default();
            stored.add_text(file, &text).map_err(|error| error.to_string())?;
            stored.trusted().iter().for_each(|key| keys.trust(Key { kept: true, ..key.clone() }));
            Ok(())
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(format!("{}: {error}", file.display())),
    }
}

/// Writes the keys, whole or not at all, readable by nobody else: there may be secrets among them.
pub fn save(file: &Path, keys: &Keys) -> Result<(), TrustFileError> {
    let failed = |cause| TrustFileError::Write { path: file.to_owned(), cause };
    if let Some(folder) = file.parent() {
        std::fs::create_dir_all(folder).map_err(failed)?;
    }
    super::write_whole(file, keys.to_text().as_bytes(), true, 0o600).map_err(failed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_kept() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a/trusted-keys.txt");
        let mut keys = Keys::default();
        load(&file, &mut keys).unwrap();
        keys.add_text(Path::new("x"), "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW").unwrap();
        save(&file, &keys).unwrap();
        let mut again = Keys::default();
        load(&file, &mut again).unwrap();
        assert!(again.trusted()[0].kept && !keys.trusted()[0].kept);
        assert_eq!(again.to_text(), keys.to_text());
        std::fs::write(&file, "rubbish").unwrap();
        assert!(load(&file, &mut again).is_err());
    }
}
