//! `sealscope profile`.

use std::io::Write;
use std::path::{Path, PathBuf};

use super::exit::{FINE, INCOMPLETE};
use sealscope::seal::chain::{Profile, guess};
use sealscope::source::{File, walk};
use sealscope::trust::Store as Keys;
use sealscope::verify::Job;

/// Finds the profile of a sample and prints it.
pub(super) fn guess(path: &Path, trust: &[PathBuf]) -> Result<u8, String> {
    let keys = super::load::load(trust, &[])?;
    super::progress::shown(|job| guess_under(path, &keys, job))
}

fn guess_under(path: &Path, keys: &Keys, job: &Job) -> Result<u8, String> {
    let inventory = walk(&[path.to_owned()], job.opening());
    let Some(file) = inventory.files.first() else {
        let reason = inventory.skipped.first().map_or("it is empty", |skipped| skipped.reason.as_str());
        return Err(format!("{}: {reason}", path.display()));
    };
    let content = file.read_all(File::MAX_DOCUMENT).map_err(|error| error.to_string())?;
    let name = path.file_stem().map_or_else(|| "my chain".into(), |stem| stem.to_string_lossy().into_owned());
    let found = match guess::guess(&name, &content, keys, job.budget()) {
        Ok(found) => found,
        Err(error) => {
            eprintln!("sealscope: {}: {error}", path.display());
            return Ok(INCOMPLETE);
        }
    };
    eprintln!("Under this profile {} of {} hashes match. Save it, and use it with --profile.", found.right, found.of);
    print(&found.profile.to_text());
    Ok(FINE)
}

/// Prints the names of the built-in profiles, or one of them.
pub(super) fn list(name: Option<&str>) -> Result<u8, String> {
    let profiles = Profile::built_in();
    match name {
        None => print(&profiles.iter().map(|profile| format!("{}\n    {}\n", profile.name, profile.about)).collect::<String>()),
        Some(name) => {
            let profile = profiles.iter().find(|profile| profile.name == name);
            print(&profile.ok_or_else(|| format!("no built-in profile is named “{name}”; `sealscope profile list` lists them"))?.to_text());
        }
    }
    Ok(FINE)
}

fn print(text: &str) {
    // A reader that went away is no failure of ours.
    std::io::stdout().lock().write_all(text.as_bytes()).ok();
}
