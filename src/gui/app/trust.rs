//! Changing which keys are trusted: kept in the user's configuration, and the open case is checked again.

use std::path::{Path, PathBuf};

use crate::case::examiner_log::Entry;
use crate::case::trust_file::{Change, TrustFileError};
use crate::case::{profiles, trust_file};
use crate::gui::app::App;
use crate::gui::command::Command;
use crate::gui::panels::keys::Form;
use crate::model::time::now;
use crate::trust::key::limit;
use crate::trust::{Kept, Key, KeyError, Store as Keys, read_text};

/// The keys given at the start with those the user has stored, and what is wrong with the store. A damaged one is left alone and not used.
pub(crate) fn with_stored(given: Keys, forget: bool) -> (Keys, Option<String>) {
    let stored = trust_file::path().filter(|_| !forget).map_or_else(|| Ok(Keys::default()), |file| trust_file::load(&file));
    let (mut keys, mut mistake) = match stored {
        Ok(keys) => (keys, None),
        Err(error) => (Keys::default(), Some(error.to_string())),
    };
    // What is said at the start goes before what is stored.
    Change::Trust(given.trusted().to_vec()).apply(&mut keys);
    given.policy().into_iter().for_each(|policy| keys.set_policy(policy.clone()));
    given.profiles().iter().for_each(|profile| keys.add_profile(profile.clone()));
    if let Some(folder) = profiles::folder().filter(|_| !forget) {
        // Nor is a profile passed over in silence.
        mistake = mistake.or(profiles::add_folder(&folder, &mut keys).into_iter().next());
    }
    (keys, mistake)
}

impl App {
    /// Carries out what the Keys panel asks for.
    pub(crate) fn change_trust(&mut self, command: Command) {
        match command {
            Command::Keys(shown) => {
                self.dialogs.keys_panel = shown.then(|| Form { mistake: self.store_mistake.clone(), ..Form::default() })
            }
            Command::Trust(mut key) => {
                key.added = now();
                self.note(Entry::new("key.trusted", key.name.as_str()).with("fingerprint", key.fingerprint()));
                self.store(&[Change::Trust(vec![*key])]);
                self.trust_changed();
            }
            Command::Keep(name, fingerprint) => {
                let wanted = |key: &&Key| key.kept == Kept::Session && key.name == name && key.fingerprint() == fingerprint;
                let keys = self.keys.trusted().iter().filter(wanted);
                let keys = keys.map(|key| Key { added: key.added.or_else(now), ..key.clone() }).collect();
                self.note(Entry::new("key.kept", name.as_str()).with("fingerprint", fingerprint.as_str()));
                self.store(&[Change::Trust(keys)]);
            }
            Command::Distrust(name, fingerprint) => {
                self.note(Entry::new("key.distrusted", name.as_str()).with("fingerprint", fingerprint.as_str()));
                self.store(&[Change::Distrust { name, fingerprint }]);
                self.trust_changed();
            }
            Command::AddKeys => {
                let Some(form) = self.dialogs.keys_panel.clone() else { return };
                match parsed(Path::new("the pasted text"), &form.text, &form) {
                    Ok(changes) => self.take(&changes),
                    Err(mistake) => self.mistaken(mistake),
                }
            }
            _ => {}
        }
    }

    /// Trusts the keys in dropped files.
    pub(crate) fn drop_keys(&mut self, paths: &[PathBuf]) {
        let form = self.dialogs.keys_panel.clone().unwrap_or_default();
        for path in paths {
            let read = read_text(path).map_err(|error| format!("{}: {}", path.display(), crate::source::plain(&error)));
            match read.and_then(|text| parsed(path, &text, &form)) {
                Ok(changes) => self.take(&changes),
                Err(mistake) => self.mistaken(mistake),
            }
        }
    }

    fn take(&mut self, changes: &[Change]) {
        for change in changes {
            match change {
                Change::Trust(keys) => keys.iter().for_each(|key| {
                    self.note(Entry::new("key.trusted", key.name.as_str()).with("fingerprint", key.fingerprint()));
                }),
                Change::Policy(_) => self.note(Entry::new("policy.changed", "witnesses")),
                Change::Distrust { .. } => {}
            }
        }
        self.dialogs.keys_panel = Some(Form::default());
        self.store(changes);
        self.trust_changed();
    }

    fn mistaken(&mut self, mistake: String) {
        if let Some(form) = &mut self.dialogs.keys_panel {
            form.mistake = Some(mistake);
        }
    }

    /// Trusts a key without checking again what is open.
    pub(crate) fn trust_quietly(&mut self, mut key: Key) {
        key.added = key.added.or_else(now);
        self.store(&[Change::Trust(vec![key])]);
    }

    fn trust_changed(&mut self) {
        // What is open was judged with other keys.
        if self.open.is_some() && !self.opened.is_empty() {
            self.commands.push(Command::Open(self.opened.clone()));
        }
    }

    /// Makes changes here and in the store. What cannot be stored holds until the window closes.
    fn store(&mut self, changes: &[Change]) {
        changes.iter().for_each(|change| change.apply(&mut self.keys));
        if self.forget {
            return;
        }
        let stored = trust_file::path().ok_or(TrustFileError::NoFolder).and_then(|file| trust_file::change(&file, changes));
        match stored {
            // Other windows may have changed it too. What was given for this run, or for the demo case, is not in it.
            Ok(stored) => {
                let same = |one: &Key, other: &Key| (&one.name, &one.material) == (&other.name, &other.material);
                let new = changes.iter().flat_map(|change| if let Change::Trust(keys) = change { keys.as_slice() } else { &[] });
                let new: Vec<&Key> = new.collect();
                self.keys.retain(|key| key.kept != Kept::Stored && !new.iter().any(|other| same(key, other)));
                let given = self.keys.trusted().to_vec();
                let wanted = stored.trusted().iter().filter(|key| !given.iter().any(|other| same(key, other)));
                wanted.for_each(|key| self.keys.add(key.clone()));
                self.store_mistake = None;
            }
            Err(error) => {
                self.store_mistake = Some(error.to_string());
                self.mistaken(error.to_string());
            }
        }
    }
}

fn parsed(path: &Path, text: &str, form: &Form) -> Result<Vec<Change>, String> {
    let mut read = Keys::default();
    read.add_text(path, text).map_err(|error| error.to_string())?;
    let limit = |text: &str, ends| match text.trim() {
        "" => Ok(None),
        text => limit(text, ends).map(Some).map_err(|error| error.to_string()),
    };
    let (from, until) = (limit(&form.from, false)?, limit(&form.until, true)?);
    let mut keys = Vec::new();
    for key in read.trusted() {
        let mut key = key.clone();
        if !form.name.trim().is_empty() && key.note_type.is_none() {
            form.name.trim().clone_into(&mut key.name);
        }
        key.not_before = from.or(key.not_before);
        key.not_after = until.or(key.not_after);
        if key.not_before.zip(key.not_after).is_some_and(|(from, until)| from > until) {
            return Err(KeyError::Backwards.to_string());
        }
        if !form.origin.trim().is_empty() {
            key.origins.clear();
            key.add_origin(form.origin.trim()).map_err(|error| error.to_string())?;
        }
        if !form.note.trim().is_empty() {
            form.note.trim().clone_into(&mut key.note);
        }
        key.added = key.added.or_else(now);
        keys.push(key);
    }
    let mut changes = vec![Change::Trust(keys)];
    changes.extend(read.policy().map(|policy| Change::Policy(policy.clone())));
    Ok(changes)
}
