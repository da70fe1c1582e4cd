//! The keys and profiles that the user gave.

use std::path::PathBuf;

use sealscope::trust::Store as Keys;

/// Reads the trusted keys and chain profiles that the user gave.
pub(super) fn load(files: &[PathBuf], profiles: &[PathBuf]) -> Result<Keys, String> {
    let mut keys = Keys::default();
    for file in files {
        keys.add_file(file).map_err(|error| error.to_string())?;
    }
    for file in profiles {
        sealscope::case::profiles::add(file, &mut keys).map_err(|error| error.to_string())?;
    }
    Ok(keys)
}
