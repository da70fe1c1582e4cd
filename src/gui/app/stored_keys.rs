//! The keys that the window starts with.

use crate::case::trust_file::Change;
use crate::case::{profiles, trust_file};
use crate::trust::Store as Keys;

/// The keys given at the start with those the user has stored, and what is wrong with the store. A damaged one is left alone and not used.
pub(super) fn with_stored(given: Keys, forget: bool) -> (Keys, Option<String>) {
    let stored = trust_file::path().filter(|_| !forget).map_or_else(|| Ok(Keys::default()), |file| trust_file::load(&file));
    let (mut keys, mut wrong) = match stored {
        Ok(keys) => (keys, None),
        Err(error) => (Keys::default(), Some(error.to_string())),
    };
    // What is said at the start goes before what is stored.
    Change::Trust(given.trusted().to_vec()).apply(&mut keys);
    given.policy().into_iter().for_each(|policy| keys.set_policy(policy.clone()));
    given.profiles().iter().for_each(|profile| keys.add_profile(profile.clone()));
    if let Some(folder) = profiles::folder().filter(|_| !forget) {
        // Nor is a profile passed over in silence.
        wrong = wrong.or(profiles::add_folder(&folder, &mut keys).into_iter().next().map(|error| error.to_string()));
    }
    (keys, wrong)
}
