//! `sealscope keygen`, `sealscope keys` and `sealscope seal`.

use std::io::Write;
use std::path::{Path, PathBuf};

use super::exit::FINE;
use super::secret::{PASSPHRASE, passphrase, signer};
use sealscope::case::examiner_log::Entry;
use sealscope::case::{keys, receive, seal_files};
use sealscope::model::text::plural;
use sealscope::trust::{Store, Subject};

/// Makes a key.
pub(super) fn keygen(name: &str, out: &Path, no_passphrase: bool) -> Result<u8, String> {
    let chosen = if no_passphrase {
        None
    } else {
        let chosen = passphrase("Passphrase for the new key: ")?;
        if chosen.is_empty() {
            return Err("the passphrase is empty. Choose one, or give --no-passphrase.".into());
        }
        if std::env::var_os(PASSPHRASE).is_none() && passphrase("Repeat the passphrase: ")? != chosen {
            return Err("the passphrases differ; nothing was written.".into());
        }
        Some(chosen)
    };
    let made = keys::generate(name, out, chosen.as_deref()).map_err(|error| error.to_string())?;
    println!("Private key: {}\nPublic key:  {}\n{}", out.display(), made.public_path.display(), made.verifier_key);
    println!("Give the public key to those who will verify your logs, by another channel than the logs.");
    Ok(FINE)
}

/// Prints trusted keys.
pub(super) fn show(keys: &Store) -> u8 {
    // A reader that went away, such as `head`, is no failure of ours.
    std::io::stdout().lock().write_all(keys.to_text().as_bytes()).ok();
    FINE
}

/// Seals on receipt.
pub(super) fn receive(paths: &[PathBuf], into: &Path, key: &Path, log: Option<PathBuf>, examiner: Option<String>) -> Result<u8, String> {
    let signer = signer(key)?;
    let examiner = examiner.or_else(|| std::env::var("USER").ok()).filter(|name| !name.trim().is_empty());
    let examiner = examiner.ok_or("the name of the examiner is missing: give --examiner NAME")?;
    let now = sealscope::model::time::now().ok_or(sealscope::model::time::BAD_CLOCK)?;
    let receiving = receive::Receiving { sources: paths, into, key: &signer, examiner: &examiner, now };
    let received = super::progress::shown(|job| receive::receive(&receiving, job)).map_err(|error| error.to_string())?;
    let entry = Entry::new("evidence.received", super::log::targets(paths)).with("copied_to", received.folder.display().to_string());
    super::log::note(log.as_ref(), Some(&examiner), entry)?;
    println!("{}", sealscope::model::text::visible(&received.sentence()));
    Ok(FINE)
}

/// Seals files.
pub(super) fn seal(key: &Path, origin: &str, leaves: bool, salted: bool, files: &[PathBuf]) -> Result<u8, String> {
    let signer = signer(key)?;
    let options = seal_files::Options { leaves, salted };
    let sealed = super::progress::shown(|job| seal_files::seal(&signer, origin, files, options, job)).map_err(|error| error.to_string())?;
    for segment in &sealed {
        println!(
            "{}: {} from number {}, sealed as {}",
            segment.file.display(),
            plural(segment.count, "record"),
            segment.first,
            segment.seal.display()
        );
    }
    let name = &signer.public.name;
    if !signer.public.speaks_for(Subject::Named(origin)) {
        eprintln!(
            "sealscope: the key {name} counts for logs named {name} or below, not for {origin}. A verifier must state it in the trust \
             file: origins = [\"{origin}\"]. Or make a key for this log: sealscope keygen --name {origin}"
        );
    }
    Ok(FINE)
}
