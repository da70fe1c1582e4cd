//! Changing which keys are trusted: kept in the user's configuration, and the open case is checked again.

use super::window::App;
use crate::case::examiner_log::Entry;
use crate::case::trust_file;
use crate::case::trust_file::{Change, TrustFileError};
use crate::gui::panels::keys::KeysPanel;
use crate::model::time::now;
use crate::trust::{Kept, Key};

impl App {
    /// Trusts a key that was found in the evidence.
    pub(super) fn trust(&mut self, mut key: Key) {
        key.added = now();
        self.note(Entry::new("key.trusted", key.name.as_str()).with("fingerprint", key.fingerprint()));
        self.store(&[Change::Trust(vec![key])]);
        self.trust_changed();
    }

    /// Stores a key that was given for this session.
    pub(super) fn keep(&mut self, name: String, fingerprint: String) {
        let wanted = |key: &&Key| key.kept == Kept::Session && key.name == name && key.fingerprint() == fingerprint;
        let keys = self.keys.trusted().iter().filter(wanted);
        let keys = keys.map(|key| Key { added: key.added.or_else(now), ..key.clone() }).collect();
        self.note(Entry::new("key.kept", name.as_str()).with("fingerprint", fingerprint.as_str()));
        self.store(&[Change::Trust(keys)]);
    }

    /// Stops trusting a key.
    pub(super) fn distrust(&mut self, name: String, fingerprint: String) {
        self.note(Entry::new("key.distrusted", name.as_str()).with("fingerprint", fingerprint.as_str()));
        self.store(&[Change::Distrust { name, fingerprint }]);
        self.trust_changed();
    }

    /// Takes what was typed into the Keys panel or dropped on it.
    pub(super) fn change_trust(&mut self, changes: &[Change]) {
        for change in changes {
            match change {
                Change::Trust(keys) => keys.iter().for_each(|key| {
                    self.note(Entry::new("key.trusted", key.name.as_str()).with("fingerprint", key.fingerprint()));
                }),
                Change::Policy(_) => self.note(Entry::new("policy.changed", "witnesses")),
                Change::Distrust { .. } => {}
            }
        }
        if self.dialogs.keys.is_some() {
            self.dialogs.keys = Some(KeysPanel::default());
        }
        self.store(changes);
        self.trust_changed();
    }

    /// Trusts a key without checking again what is open.
    pub(super) fn trust_quietly(&mut self, mut key: Key) {
        key.added = key.added.or_else(now);
        self.store(&[Change::Trust(vec![key])]);
    }

    fn trust_changed(&mut self) {
        // What is open was judged with other keys.
        self.others_are_stale();
        if self.view.is_some() && !self.opened.is_empty() {
            self.reopen(self.opened.clone());
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
                self.store_error = None;
            }
            Err(error) => {
                self.store_error = Some(error.to_string());
                if let Some(panel) = &mut self.dialogs.keys {
                    panel.error = Some(error.to_string());
                }
            }
        }
    }
}
