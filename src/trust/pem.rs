//! Keys in PEM form (RFC 7468): public keys, and certificates of authorities that stamp times. Every block must be one or the other.

use super::key::{Key, KeyError, Material};
use super::time_stamp::authorities;

const BEGIN: &str = "-----BEGIN ";
const END: &str = "-----END ";

/// Whether a text holds PEM blocks.
pub(super) fn is_pem(text: &str) -> bool {
    text.lines().any(|line| line.trim_start().starts_with(BEGIN))
}

/// Reads every block; an error names the line, from 1. A public key has no name of its own and gets `name`.
pub(super) fn read(name: &str, text: &str) -> Result<Vec<Key>, (usize, KeyError)> {
    let mut keys = Vec::new();
    let mut block: Option<(usize, String)> = None;
    let (mut loose, mut public) = (None, false);
    for (index, line) in text.lines().enumerate() {
        let (number, line) = (index + 1, line.trim_matches(['\u{feff}', ' ', '\t']));
        match &mut block {
            None if line.starts_with(BEGIN) => block = Some((number, format!("{line}\n"))),
            None if line.is_empty() || line.starts_with('#') => {}
            None => loose = loose.or(Some(number)),
            Some((start, content)) => {
                content.push_str(line);
                content.push('\n');
                if line.starts_with(END) {
                    let found = one(name, content).map_err(|error| (*start, error))?;
                    public |= !matches!(found.material, Material::Certificate(_));
                    keys.push(found);
                    block = None;
                }
            }
        }
    }
    if let Some((start, _)) = block {
        return Err((start, KeyError::Pem("this block has no end".into())));
    }
    match loose {
        // Tools write what a certificate says before it. Beside a key, such a line may be meant to limit it.
        Some(number) if public => Err((number, KeyError::Pem("this line is outside the blocks, and is not understood".into()))),
        _ => Ok(keys),
    }
}

/// Whether a file that starts so is a private key: it has the whole form of one. A log that only speaks of keys has not.
pub fn is_private_key(start: &[u8]) -> bool {
    match std::str::from_utf8(start) {
        Ok(text) => crate::model::text::is_private_key(text),
        Err(_) => false,
    }
}

fn one(name: &str, block: &str) -> Result<Key, KeyError> {
    let label = block.lines().next().and_then(|line| line.strip_prefix(BEGIN)?.strip_suffix("-----")).unwrap_or("");
    match label {
        "PUBLIC KEY" => Key::from_public_pem(name, block),
        "CERTIFICATE" => {
            let found = authorities(block).map_err(|cause| KeyError::Certificate(cause.to_string()))?;
            let authority = found.into_iter().next().ok_or(KeyError::NotAKey)?;
            Ok(Key::new(authority.subject, Material::Certificate(authority.der), None))
        }
        label if label.contains("PRIVATE KEY") => {
            Err(KeyError::Pem("this is a private key. Give the public one, and keep the private one to yourself".into()))
        }
        label => Err(KeyError::Pem(format!("“{}” is neither a public key nor a certificate", label.chars().take(60).collect::<String>()))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // Made with openssl genpkey -algorithm ed25519, openssl pkey -pubout.
    const KEY: &str =
        "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=\n-----END PUBLIC KEY-----\n";

    #[test]
    fn every_block_is_read() {
        assert_eq!(read("k", KEY).unwrap().len(), 1);
        assert_eq!(read("k", &format!("\u{feff}# mine\r\n{}\r\n\r\n{KEY}", KEY.replace('\n', "\r\n"))).unwrap().len(), 2);
        let line = |text: &str| read("k", text).unwrap_err().0;
        assert_eq!(line(&format!("{KEY}acme+00000000+AAAA\n")), 4);
        assert_eq!(line(&format!("{KEY}\n-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n")), 5);
        assert_eq!(line(&format!("{KEY}-----BEGIN PUBLIC KEY-----\nMCow")), 4);
        assert_eq!(line(&KEY.replace("MCow", "MCox")), 1);
        assert_eq!(line(&KEY.replace("PUBLIC KEY", "RSA PUBLIC KEY")), 1);
    }

    #[test]
    fn a_private_key_has_the_whole_form() {
        let key = "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIA==\n-----END PRIVATE KEY-----\n";
        assert!(is_private_key(key.as_bytes()) && is_private_key(format!("Name: a/b\n{key}").as_bytes()));
        assert!(is_private_key(key.replace("PRIVATE", "OPENSSH PRIVATE").as_bytes()));
        assert!(is_private_key(key.replace('\n', "\r\n").as_bytes()));
        for log in [
            r#"{"action":"key.leaked","text":"-----BEGIN PRIVATE KEY-----"}"#.to_owned(),
            "PRIVATE KEY-----\n".to_owned(),
            format!("{{\"a\":1}}\n{key}"),
            "-----BEGIN PRIVATE KEY-----\n{\"a\":1}\n-----END PRIVATE KEY-----\n".to_owned(),
            "-----BEGIN PRIVATE KEY-----\nMC4C\n".to_owned(),
        ] {
            assert!(!is_private_key(log.as_bytes()), "{log}");
        }
    }
}
