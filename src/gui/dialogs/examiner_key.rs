//! The examiner's own sealing key: where it is kept, what there is to say of it, and making it.

use std::path::{Path, PathBuf};

use crate::case::keys::{self, KeyFileError, SealerKey};

/// Why there is no place for a key.
pub const NO_FOLDER: &str = "this account has no configuration folder to keep a key in";

/// Where the key is kept; `None` if the account has no configuration folder.
pub fn path() -> Option<PathBuf> {
    Some(directories::ProjectDirs::from("dev", "sealscope", "sealscope")?.config_dir().join("examiner.key"))
}

/// The account at work here.
pub fn account() -> String {
    std::env::var("USER").ok().filter(|name| !name.is_empty()).unwrap_or_else(|| "unknown".into())
}

/// What there is to say of the key, and what the passphrase field asks for, if it is needed.
#[derive(Clone, Debug, Default)]
pub struct KeyWords {
    /// What there is to say.
    pub words: String,
    /// What the passphrase field asks for; `None` if no passphrase is needed.
    pub asks: Option<&'static str>,
}

impl KeyWords {
    /// As the key stands now.
    pub fn now() -> Self {
        let Some(path) = path() else { return Self { words: NO_FOLDER.into(), asks: None } };
        let (words, asks) = match keys::read(&path, None) {
            Ok(key) => (format!("{}, not encrypted", key.public.name), None),
            Err(KeyFileError::NeedsPassphrase { .. }) => (path.display().to_string(), Some("its passphrase")),
            Err(_) if path.exists() => (format!("{} cannot be read", path.display()), None),
            Err(_) => ("none yet: a new one will be made in your configuration folder".into(), Some("a passphrase for it, or leave empty")),
        };
        Self { words, asks }
    }
}

/// The key at `path`, made in the name of `examiner` if there is none.
pub fn read_or_make(path: &Path, examiner: &str, passphrase: &str) -> Result<SealerKey, String> {
    let passphrase = Some(passphrase).filter(|text| !text.is_empty());
    if !path.exists() {
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
        }
        let name: String = examiner
            .chars()
            .map(|character| if character.is_alphanumeric() || ".-_@".contains(character) { character } else { '-' })
            .collect();
        keys::generate(&format!("examiner/{}", name.trim_matches('-')), path, passphrase).map_err(|error| error.to_string())?;
    }
    keys::read(path, passphrase).map_err(|error| error.to_string())
}
