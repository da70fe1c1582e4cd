//! Genuine evidence of every format, and manipulations of the format's own, for the properties.

pub mod anchors;
pub mod bundles;
pub mod chains;
pub mod cloudtrail;
pub mod journals;
pub mod tiles;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::manipulations::Numbers;
use super::properties::{Case, files};

/// Contents of all files, by path below the folder.
pub type Contents = BTreeMap<PathBuf, Vec<u8>>;

/// A random file whose name holds a word.
pub fn pick(case: &Case, numbers: &mut Numbers, word: &str) -> Option<PathBuf> {
    let named = |path: &PathBuf| path.file_name().is_some_and(|name| name.to_string_lossy().contains(word));
    let found: Vec<PathBuf> = files(case.path()).into_iter().filter(named).collect();
    (!found.is_empty()).then(|| found[numbers.below(found.len())].clone())
}

/// Whether a content is here, in any file.
pub fn is_here(here: &Contents, content: &[u8]) -> bool {
    here.values().any(|other| other == content)
}

/// The part of a path below the case's folder, in words.
pub fn told(case: &Case, path: &Path) -> String {
    super::properties::relative(case.path(), path).display().to_string()
}
