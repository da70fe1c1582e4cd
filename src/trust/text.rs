//! Keys as readable text: one a line, its particulars indented below it.

use base64::{Engine, engine::general_purpose::STANDARD as BASE64};

use super::gate::Role;
use super::key::{Key, KeyError, Material};
use crate::model::time;

/// First line of a stored trust file.
const HEAD: &str = "# Keys that Sealscope trusts. One a line; origin, role, note, from, until and added belong to the key above them.\n";

/// Writes keys so that [`read`] gives them back.
pub(super) fn write(keys: &[Key]) -> String {
    let mut text = HEAD.to_owned();
    for key in keys {
        let line = match (&key.material, key.verifier_key()) {
            (_, Some(verifier_key)) => verifier_key,
            (Material::Hmac(secret), _) => format!("hmac {} {}", one_word(&key.name), String::from_utf8_lossy(secret)),
            (material, None) => {
                let kind = match material {
                    Material::Rsa(_) => "rsa",
                    Material::Ecdsa(_) => "ecdsa",
                    Material::MlDsa44(_) => "ml-dsa-44",
                    Material::JournalSeal(_) => "journal",
                    Material::Certificate(_) => "certificate",
                    Material::Ed25519(_) | Material::Hmac(_) => "ed25519",
                };
                format!("{kind} {} {}", one_line(&key.name), BASE64.encode(material.bytes()))
            }
        };
        text.push_str(&line);
        text.push('\n');
        for origin in &key.origins {
            text.push_str(&format!("  origin {}\n", one_line(origin)));
        }
        if key.role != Key::new("", key.material.clone(), None).role {
            text.push_str(&format!("  role {}\n", key.role.word()));
        }
        if !key.note.is_empty() {
            text.push_str(&format!("  note {}\n", one_line(&key.note)));
        }
        for (word, moment) in [("from", key.not_before), ("until", key.not_after), ("added", key.added)] {
            if let Some(moment) = moment {
                text.push_str(&format!("  {word} {}\n", time::rfc3339(moment)));
            }
        }
    }
    text
}

fn one_line(text: &str) -> String {
    text.chars().map(|character| if character.is_control() { ' ' } else { character }).collect()
}

fn one_word(text: &str) -> String {
    text.chars().map(|character| if character.is_whitespace() || character.is_control() { '-' } else { character }).collect()
}

/// Reads keys; an error names the line, from 1.
pub(super) fn read(text: &str) -> Result<Vec<Key>, (usize, KeyError)> {
    let mut keys: Vec<Key> = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let number = index + 1;
        let line = line.trim_start_matches('\u{feff}');
        if line.starts_with([' ', '\t']) && particular(keys.last_mut(), line.trim()) {
            continue;
        }
        let line = line.trim();
        let words: Vec<&str> = line.split_whitespace().collect();
        let key = match words.as_slice() {
            [] => continue,
            [first, ..] if first.starts_with('#') => continue,
            // Whoever holds such a secret can forge.
            ["hmac", name, secret] => Ok(Key::new(*name, Material::Hmac(secret.as_bytes().to_vec()), None)),
            [kind @ ("rsa" | "ecdsa" | "ml-dsa-44" | "ed25519" | "journal" | "certificate"), name @ .., data] if !name.is_empty() => {
                stored(kind, &name.join(" "), data)
            }
            [key] if is_journal_key(key) => Ok(Key::new("journal verification key", Material::JournalSeal((*key).to_owned()), None)),
            [did, ..] if did.starts_with("did:key:") => Key::from_did_key(did),
            // An allowed_signers line of ssh-keygen(1): principals, options, type, key.
            all if all.iter().any(|word| super::ssh::is_type(word)) => super::ssh::line(all),
            ["log", key, ..] | ["witness", _, key, ..] | [key, ..] => Key::from_verifier_key(key),
        };
        keys.push(key.map_err(|cause| (number, cause))?);
    }
    Ok(keys)
}

/// The form of a systemd journal verification key: four groups of six hexadecimal digits, a slash, start and interval.
fn is_journal_key(text: &str) -> bool {
    let hexadecimal = |text: &str| !text.is_empty() && text.chars().all(|digit| digit.is_ascii_hexdigit());
    text.split_once('/').is_some_and(|(seed, times)| {
        let groups: Vec<&str> = seed.split('-').collect();
        groups.len() == 4
            && groups.iter().all(|group| group.len() == 6 && hexadecimal(group))
            && times.split_once('-').is_some_and(|(start, interval)| hexadecimal(start) && hexadecimal(interval))
    })
}

fn stored(kind: &str, name: &str, data: &str) -> Result<Key, KeyError> {
    let bytes = BASE64.decode(data).map_err(|_error| KeyError::NotAKey)?;
    let material = match kind {
        "rsa" => Material::Rsa(bytes),
        "ecdsa" => Material::Ecdsa(bytes),
        "ml-dsa-44" => Material::MlDsa44(bytes),
        "certificate" => Material::Certificate(bytes),
        "journal" => Material::JournalSeal(String::from_utf8(bytes).map_err(|_error| KeyError::NotAKey)?),
        _ => Material::Ed25519(bytes.try_into().map_err(|_bytes| KeyError::BadBytes("Ed25519"))?),
    };
    Ok(Key::new(name, material, None))
}

/// Takes a particular of the key above. `false` if the line is none.
fn particular(key: Option<&mut Key>, line: &str) -> bool {
    let (Some(key), Some((word, rest))) = (key, line.split_once(' ')) else { return false };
    match word {
        "origin" => key.origins.push(rest.to_owned()),
        "note" => rest.clone_into(&mut key.note),
        "from" => key.not_before = time::parse(rest),
        "until" => key.not_after = time::parse(rest),
        "added" => key.added = time::parse(rest),
        "role" => match Role::ALL.iter().find(|role| role.word() == rest) {
            Some(role) => key.role = *role,
            None => return false,
        },
        _ => return false,
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_again() {
        let mut sealer = Key::new(
            "acme.example/audit",
            Material::Ed25519(ed25519_dalek::SigningKey::from_bytes(&[1; 32]).verifying_key().to_bytes()),
            Some(4),
        );
        sealer.origins = vec!["acme.example/audit/a".into(), "acme.example/audit/b".into()];
        sealer.note = "read over the telephone".into();
        sealer.not_before = time::parse("2026-01-01T00:00:00Z");
        sealer.role = Role::Witness;
        sealer.added = time::parse("2026-03-07T03:14:22Z");
        let keys = vec![
            sealer,
            Key::new("CloudTrail key 00ff", Material::Rsa(vec![1, 2, 3]), None),
            Key::new("toolkit", Material::Hmac(b"secret".to_vec()), None),
        ];
        assert_eq!(read(&write(&keys)).unwrap(), keys);
        assert_eq!(read("# nothing\n\nrubbish\n"), Err((3, KeyError::NotAKey)));
    }
}
