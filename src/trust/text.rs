//! Keys as lines: one a line, what is said of it indented below. So they were stored before the TOML form, and are read still.

use base64::{Engine, engine::general_purpose::STANDARD as BASE64};

use super::key::{Key, KeyError, Material, is_journal_key, limit};
use super::role::Role;

/// Reads keys; an error names the line, from 1.
pub(super) fn read(text: &str) -> Result<Vec<Key>, (usize, KeyError)> {
    let mut keys: Vec<Key> = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let number = index + 1;
        let line = line.trim_start_matches('\u{feff}');
        let trimmed = line.trim();
        if trimmed.is_empty() || trimmed.starts_with('#') {
            continue;
        }
        let read = match keys.last_mut().filter(|_| line.starts_with([' ', '\t'])) {
            // A key may stand indented, but what cannot be a key is meant for the one above.
            Some(key) if !looks_like_key(trimmed) => attribute(key, trimmed),
            _ => one(trimmed).map(|key| keys.push(key)),
        };
        read.map_err(|cause| (number, cause))?;
    }
    for (index, key) in keys.iter().enumerate() {
        if key.not_before.zip(key.not_after).is_some_and(|(from, until)| from > until) {
            let line = text.lines().position(|line| line.trim_start().starts_with("until ")).unwrap_or(index);
            return Err((line + 1, KeyError::Backwards));
        }
    }
    Ok(keys)
}

fn looks_like_key(line: &str) -> bool {
    let mut words = line.split_whitespace();
    words.clone().any(super::ssh::is_type) || words.next().is_some_and(|word| word.contains('+') || word.starts_with("did:key:"))
}

fn one(line: &str) -> Result<Key, KeyError> {
    let words: Vec<&str> = line.split_whitespace().collect();
    match words.as_slice() {
        // Anyone who holds such a secret can forge.
        ["hmac", name, secret] => Ok(Key::new(*name, Material::Hmac(secret.as_bytes().to_vec()), None)),
        ["hmac", ..] => Err(KeyError::Secret),
        [kind @ ("rsa" | "ecdsa" | "ml-dsa-44" | "ed25519" | "journal" | "certificate"), name @ .., data] if !name.is_empty() => {
            let bytes = BASE64.decode(data).map_err(|_error| KeyError::NotAKey)?;
            Ok(Key::new(name.join(" "), super::document::material(kind, bytes)?, None))
        }
        [key, more @ ..] if is_journal_key(key) => {
            alone(more)?;
            Ok(Key::new("journal verification key", Material::JournalSeal((*key).to_owned()), None))
        }
        [did, more @ ..] if did.starts_with("did:key:") => {
            alone(more)?;
            Key::from_did_key(did)
        }
        // An allowed_signers line of ssh-keygen(1): principals, options, type, key.
        all if all.iter().any(|word| super::ssh::is_type(word)) => super::allowed::line(line),
        // Lines of a policy without its quorum. The last word is an address.
        ["log", key] | ["log", key, _] => Key::from_verifier_key(key),
        ["witness", _, key] | ["witness", _, key, _] => {
            let mut key = Key::from_verifier_key(key)?;
            key.set_role(Role::Witness)?;
            Ok(key)
        }
        [key, more @ ..] => {
            let key = Key::from_verifier_key(key)?;
            alone(more)?;
            Ok(key)
        }
        [] => Err(KeyError::NotAKey),
    }
}

/// Nothing but a remark may follow a key.
fn alone(more: &[&str]) -> Result<(), KeyError> {
    if more.first().is_none_or(|word| word.starts_with('#')) { Ok(()) } else { Err(KeyError::Trailing(more.join(" "))) }
}

/// Takes what is said of the key above.
fn attribute(key: &mut Key, line: &str) -> Result<(), KeyError> {
    let (word, rest) = line.split_once([' ', '\t']).ok_or_else(|| KeyError::Attribute(line.to_owned()))?;
    let rest = rest.trim();
    let once = |slot: &mut Option<i64>, name, ends| match slot.replace(limit(rest, ends)?) {
        Some(_) => Err(KeyError::Twice(name)),
        None => Ok(()),
    };
    match word {
        "origin" => key.add_origin(rest),
        "note" => {
            rest.clone_into(&mut key.note);
            Ok(())
        }
        "from" => once(&mut key.not_before, "from", false),
        "until" => once(&mut key.not_after, "until", true),
        "added" => once(&mut key.added, "added", false),
        "role" => {
            let role = Role::ALL.into_iter().find(|role| role.word() == rest);
            key.set_role(role.ok_or_else(|| KeyError::Role(rest.to_owned()))?)
        }
        _ => Err(KeyError::Attribute(line.to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";

    fn with(more: &str) -> Result<Vec<Key>, (usize, KeyError)> {
        read(&format!("# mine\n{KEY}\n{more}\n"))
    }

    #[test]
    fn lines_are_read() {
        let keys = with(
            "  origin a/b\n\torigin c/*\n  role witness\n  note as told\n  from 2026-01-01\n  until 2026-03-07\n  added 2026-03-07T03:14:22Z",
        );
        let key = &keys.unwrap()[0];
        assert_eq!((key.origins.len(), key.role, key.note.as_str()), (2, Role::Witness, "as told"));
        assert_eq!(key.not_after, crate::model::time::parse("2026-03-07T23:59:59.999999999Z"));
        assert_eq!(with(&format!("log {KEY} https://log.example\nwitness W {KEY}")).unwrap()[2].role, Role::Witness);
        assert_eq!(with("hmac toolkit secret").unwrap()[1].role, Role::Secret);
        assert_eq!(with(&format!("\r\n   {KEY} # read over the telephone")).unwrap().len(), 2);
    }

    #[test]
    fn what_says_nothing_known_is_refused() {
        for more in [
            "  orign a/b",
            "  until soon",
            "  until 2026-02-30",
            "  from",
            "  role witnes",
            "  role secret",
            "  origin *",
            "  until 2026-01-01\n  until 2027-01-01",
            "origin a/b",
            "rubbish",
            "hmac a secret with spaces",
            "hmac a",
            "rsa name AAAA",
            "  from 2027-01-01\n  until 2026-01-01",
        ] {
            let line = more.lines().count() + 2;
            assert_eq!(with(more).map_err(|(line, _)| line), Err(line), "{more}");
        }
        assert_eq!(with(&format!("{KEY} until 2026-01-01")), Err((3, KeyError::Trailing("until 2026-01-01".into()))));
        assert_eq!(read("  origin a/b\n"), Err((1, KeyError::NotAKey)));
    }
}
