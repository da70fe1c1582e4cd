//! Passphrases, and the private keys that they open.

use std::path::Path;

use sealscope::case::keys;

/// The environment variable that gives the passphrase to scripts.
pub(super) const PASSPHRASE: &str = "SEALSCOPE_PASSPHRASE";

pub(super) fn passphrase(prompt: &str) -> Result<String, String> {
    match std::env::var(PASSPHRASE) {
        Ok(passphrase) => Ok(passphrase),
        Err(_) => rpassword::prompt_password(prompt)
            .map_err(|error| format!("the passphrase cannot be read: {error}; set {PASSPHRASE} in scripts")),
    }
}

pub(super) fn signer(key: &Path) -> Result<keys::SealerKey, String> {
    match keys::read(key, None) {
        Err(keys::KeyFileError::NeedsPassphrase { .. }) => keys::read(key, Some(&passphrase("Passphrase: ")?)),
        other => other,
    }
    .map_err(|error| error.to_string())
}
