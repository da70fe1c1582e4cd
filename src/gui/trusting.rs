//! Changing which keys are trusted: kept in the user's configuration, and the open case is checked again.

use std::path::{Path, PathBuf};

use super::app::App;
use super::command::Command;
use super::keys_panel::Form;
use crate::case::examiner_log::Entry;
use crate::case::{profiles, trust_file};
use crate::trust::Store as Keys;

/// The keys given at the start with those the user has stored. A damaged file is left alone and not used.
pub(super) fn with_stored(given: Keys, forget: bool) -> Keys {
    let mut keys = Keys::default();
    if let Some(file) = trust_file::path().filter(|_| !forget)
        && trust_file::load(&file, &mut keys).is_err()
    {
        keys = Keys::default();
    }
    given.trusted().iter().for_each(|key| keys.trust(key.clone()));
    given.profiles().iter().for_each(|profile| keys.add_profile(profile.clone()));
    if let Some(folder) = profiles::folder().filter(|_| !forget) {
        profiles::add_folder(&folder, &mut keys);
    }
    keys
}

fn now() -> Option<i64> {
    chrono::Utc::now().timestamp_nanos_opt()
}

impl App {
    /// Carries out what the Keys panel asks for.
    pub(super) fn change_trust(&mut self, command: Command) {
        match command {
            Command::Keys(shown) => self.dialogs.keys_panel = shown.then(Form::default),
            Command::Trust(mut key) => {
                key.added = now();
                self.note(Entry::new("key.trusted", key.name.as_str()).with("fingerprint", key.fingerprint()));
                self.keys.trust(*key);
                self.trust_changed();
            }
            Command::Distrust(name, fingerprint) => {
                self.note(Entry::new("key.distrusted", name.as_str()).with("fingerprint", fingerprint.as_str()));
                self.keys.distrust(&name, &fingerprint);
                self.trust_changed();
            }
            Command::AddKeys => {
                let Some(form) = self.dialogs.keys_panel.clone() else { return };
                match parsed(Path::new("the pasted text"), &form.text, &form) {
                    Ok(keys) => self.take(&keys),
                    Err(mistake) => self.mistaken(mistake),
                }
            }
            _ => {}
        }
    }

    /// Trusts the keys in dropped files.
    pub(super) fn drop_keys(&mut self, paths: &[PathBuf]) {
        let form = self.dialogs.keys_panel.clone().unwrap_or_default();
        for path in paths {
            let read = std::fs::read_to_string(path).map_err(|error| format!("{}: {}", path.display(), crate::source::plain(&error)));
            match read.and_then(|text| parsed(path, &text, &form)) {
                Ok(keys) => self.take(&keys),
                Err(mistake) => self.mistaken(mistake),
            }
        }
    }

    fn take(&mut self, keys: &Keys) {
        if let Some(policy) = keys.policy() {
            self.keys.set_policy(policy.clone());
        }
        for key in keys.trusted() {
            self.note(Entry::new("key.trusted", key.name.as_str()).with("fingerprint", key.fingerprint()));
            self.keys.trust(key.clone());
        }
        self.dialogs.keys_panel = Some(Form::default());
        self.trust_changed();
    }

    fn mistaken(&mut self, mistake: String) {
        if let Some(form) = &mut self.dialogs.keys_panel {
            form.mistake = Some(mistake);
        }
    }

    /// Trusts a key without checking again what is open.
    pub(super) fn trust_quietly(&mut self, mut key: crate::trust::Key) {
        key.added = key.added.or_else(now);
        self.keys.trust(key);
        self.keep_keys();
    }

    fn trust_changed(&mut self) {
        self.keep_keys();
        // What is open was judged with other keys.
        if self.open.is_some() && !self.opened.is_empty() {
            self.commands.push(Command::Open(self.opened.clone()));
        }
    }

    fn keep_keys(&mut self) {
        if !self.forget {
            let saved = match trust_file::path() {
                Some(file) => trust_file::save(&file, &self.keys),
                None => Err(trust_file::TrustFileError::NoFolder),
            };
            if let Err(error) = saved {
                self.mistaken(error.to_string());
            }
        }
    }
}

/// A day, or a moment with its zone; a day begins at midnight UTC.
fn moment(text: &str) -> Option<i64> {
    crate::model::time::parse(text).or_else(|| crate::model::time::parse(&format!("{text}T00:00:00Z")))
}

fn parsed(path: &Path, text: &str, form: &Form) -> Result<Keys, String> {
    let mut read = Keys::default();
    read.add_text(path, text).map_err(|error| error.to_string())?;
    let limit = |text: &str| match text.trim() {
        "" => Ok(None),
        text => moment(text).map(Some).ok_or_else(|| format!("“{text}” is no date. Write it as 2026-01-31, or 2026-01-31T12:00:00Z")),
    };
    let (from, until) = (limit(&form.from)?, limit(&form.until)?);
    if from.zip(until).is_some_and(|(from, until)| from >= until) {
        return Err("the key would be valid until before it is valid from".into());
    }
    // A policy's rule stays with its keys.
    let mut keys = read.clone();
    for key in read.trusted() {
        keys.distrust(&key.name, &key.fingerprint());
        let mut key = key.clone();
        if !form.name.trim().is_empty() && key.note_type.is_none() {
            form.name.trim().clone_into(&mut key.name);
        }
        key.not_before = from.or(key.not_before);
        key.not_after = until.or(key.not_after);
        if !form.origin.trim().is_empty() {
            key.origins = vec![form.origin.trim().to_owned()];
        }
        if !form.note.trim().is_empty() {
            form.note.trim().clone_into(&mut key.note);
        }
        key.added = key.added.or_else(now);
        keys.trust(key);
    }
    Ok(keys)
}
