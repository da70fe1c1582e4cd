//! The user's own trusted keys, kept in the configuration folder as TOML.

use std::path::{Path, PathBuf};

use super::workplace::FolderLock;
use crate::trust::{Kept, Key, Policy, Store as Keys, StoreError, read_text};

/// Where keys were kept before the TOML form. It is read as long as there is no newer file, and never written.
const OLD_NAME: &str = "trusted-keys.txt";

/// Why the trusted keys could not be read or kept.
#[derive(Debug, thiserror::Error)]
pub enum TrustFileError {
    /// The desktop names no configuration folder.
    #[error("this account has no configuration folder, so trusted keys are forgotten when the window closes")]
    NoFolder,
    /// The file cannot be used as it is. It is left alone.
    #[error("your stored keys are not used, and nothing is stored, until this is fixed: {0}")]
    Damaged(#[from] StoreError),
    /// Writing failed.
    #[error("{}: cannot be written: {cause}. The keys are forgotten when the window closes", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// What the system said.
        cause: std::io::Error,
    },
}

/// One change of what is stored.
#[derive(Clone, Debug)]
pub enum Change {
    /// Trust these keys, in place of what was said of the same keys by the same names.
    Trust(Vec<Key>),
    /// Trust a key no longer.
    Distrust {
        /// The key's name.
        name: String,
        /// Its fingerprint.
        fingerprint: String,
    },
    /// Count witnesses by this policy.
    Policy(Policy),
}

impl Change {
    /// Makes the change.
    pub fn apply(&self, keys: &mut Keys) {
        match self {
            Self::Trust(new) => {
                new.iter().for_each(|key| keys.distrust(&key.name, &key.fingerprint()));
                new.iter().for_each(|key| keys.add(key.clone()));
            }
            Self::Distrust { name, fingerprint } => keys.distrust(name, fingerprint),
            Self::Policy(policy) => keys.set_policy(policy.clone()),
        }
    }
}

/// Where the keys are kept.
pub fn path() -> Option<PathBuf> {
    Some(directories::ProjectDirs::from("dev", "sealscope", "sealscope")?.config_dir().join("trusted-keys.toml"))
}

/// Reads the stored keys. A missing file holds none.
pub fn load(file: &Path) -> Result<Keys, TrustFileError> {
    let mut keys = Keys::default();
    let old = file.with_file_name(OLD_NAME);
    for path in [file, &old] {
        let text = match read_text(path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => continue,
            Err(cause) => return Err(StoreError::Read { path: path.to_owned(), cause }.into()),
        };
        let says_nothing = |line: &str| line.trim().is_empty() || line.trim_start().starts_with('#');
        if !text.trim_start_matches('\u{feff}').lines().all(says_nothing) {
            keys.add_text(path, &text)?;
        }
        break;
    }
    let mut stored = Keys::default();
    keys.trusted().iter().for_each(|key| stored.add(Key { kept: Kept::Stored, ..key.clone() }));
    keys.policy().into_iter().for_each(|policy| stored.set_policy(policy.clone()));
    Ok(stored)
}

/// Makes changes to what is stored now, by whichever window, and gives the result. The file is written whole or not at all, readable by nobody
/// else: there may be secrets in it. One that cannot be read is not touched.
pub fn change(file: &Path, changes: &[Change]) -> Result<Keys, TrustFileError> {
    let failed = |cause| TrustFileError::Write { path: file.to_owned(), cause };
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder).map_err(failed)?;
    let _lock = FolderLock::wait(folder, &|| false).map_err(failed)?;
    let mut keys = load(file)?;
    changes.iter().for_each(|change| change.apply(&mut keys));
    // A link to a file elsewhere stays one.
    let target = if file.is_symlink() { file.canonicalize().map_err(failed)? } else { file.to_owned() };
    super::write_whole(&target, keys.to_text().as_bytes(), true, 0o600).map_err(failed)?;
    load(file)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trust::Material;

    fn key(name: &str, seed: u8) -> Key {
        let public = ed25519_dalek::SigningKey::from_bytes(&[seed; 32]).verifying_key().to_bytes();
        Key::new(name, Material::Ed25519(public), Some(4))
    }

    #[test]
    fn keys_are_kept_and_a_damaged_file_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a/trusted-keys.toml");
        assert!(load(&file).unwrap().trusted().is_empty());
        let stored = change(&file, &[Change::Trust(vec![key("a", 1)])]).unwrap();
        assert_eq!(stored.trusted()[0].kept, Kept::Stored);
        assert_eq!(load(&file).unwrap().to_text(), stored.to_text());
        let distrust = Change::Distrust { name: "a".into(), fingerprint: key("a", 1).fingerprint() };
        assert!(change(&file, &[distrust]).unwrap().trusted().is_empty());
        for damage in ["rubbish", "[[key]]\nnane = 1\n", "\u{0}\u{0}\u{0}", "[[key]\n"] {
            std::fs::write(&file, damage).unwrap();
            assert!(matches!(change(&file, &[Change::Trust(vec![key("b", 2)])]), Err(TrustFileError::Damaged(_))), "{damage}");
            assert_eq!(std::fs::read_to_string(&file).unwrap(), damage);
        }
        std::fs::write(&file, b"\xff\xfe").unwrap();
        assert!(change(&file, &[]).is_err());
    }

    #[test]
    fn windows_do_not_lose_each_others_keys() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("trusted-keys.toml");
        change(&file, &[Change::Trust(vec![key("gone", 99)])]).unwrap();
        std::thread::scope(|scope| {
            for seed in 0..8 {
                let file = &file;
                scope.spawn(move || change(file, &[Change::Trust(vec![key(&format!("k{seed}"), seed)])]).unwrap());
            }
            let distrust = Change::Distrust { name: "gone".into(), fingerprint: key("gone", 99).fingerprint() };
            scope.spawn(|| change(&file, &[distrust]).unwrap());
        });
        let mut names: Vec<String> = load(&file).unwrap().trusted().iter().map(|key| key.name.clone()).collect();
        names.sort();
        assert_eq!(names, (0..8).map(|seed| format!("k{seed}")).collect::<Vec<_>>());
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn older_stores_are_read_and_left_as_they_are() {
        let folder = tempfile::tempdir().unwrap();
        let (old, file) = (folder.path().join("trusted-keys.txt"), folder.path().join("trusted-keys.toml"));
        let text = format!("# Keys\n{}\n  until 2026-01-01\n", key("a", 1).verifier_key().unwrap());
        std::fs::write(&old, &text).unwrap();
        assert_eq!(load(&file).unwrap().trusted().len(), 1);
        assert_eq!(change(&file, &[Change::Trust(vec![key("b", 2)])]).unwrap().trusted().len(), 2);
        let distrust = |name: &str, seed| Change::Distrust { name: name.into(), fingerprint: key(name, seed).fingerprint() };
        assert!(change(&file, &[distrust("a", 1), distrust("b", 2)]).unwrap().trusted().is_empty());
        // What was given up does not come back from the older file.
        assert!(load(&file).unwrap().trusted().is_empty());
        assert_eq!(std::fs::read_to_string(&old).unwrap(), text);
    }
}
