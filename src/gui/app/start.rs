//! What the window starts with, and what starting needs.

use std::path::PathBuf;

use crate::trust::Store as Keys;

/// What the window starts with.
#[derive(Clone, Debug, Default)]
pub struct Start {
    /// What to open.
    pub paths: Vec<PathBuf>,
    /// The trusted keys.
    pub keys: Keys,
    /// Whether to make and open the demo case.
    pub demo: bool,
    /// Whether dropping cannot work on this desktop.
    pub no_drop: bool,
    /// Whether to leave the list of recent openings alone.
    pub forget: bool,
}

/// Writes the demo case to a temporary folder and gives it with its trusted keys, which count for it alone.
pub(super) fn write_demo() -> Result<(PathBuf, Keys), String> {
    let folder = std::env::temp_dir().join(format!("sealscope-demo-{}", std::process::id()));
    let demo = crate::demo::write(&folder, crate::demo::Options::default()).map_err(|error| error.to_string())?;
    Ok((demo.folder.clone(), demo.keys().map_err(|error| error.to_string())?))
}
