//! Lines of an `allowed_signers` file, as ssh-keygen(1) describes them: principals, options, type, key, comment.

use pkcs8::EncodePublicKey;
use ssh_key::PublicKey;
use ssh_key::public::KeyData;

use super::key::{Key, KeyError, Material};
use crate::model::time;

/// Reads a line, cut into words. The principals become the key's name, its validity the key's.
pub(super) fn line(words: &[&str]) -> Result<Key, KeyError> {
    let start = words.iter().position(|word| word.starts_with("ssh-") || word.starts_with("ecdsa-sha2-")).ok_or(KeyError::NotAKey)?;
    let (before, key) = words.split_at(start);
    let key = PublicKey::from_openssh(&key.join(" ")).map_err(|_error| KeyError::NotAKey)?;
    let material = match key.key_data() {
        KeyData::Ed25519(public) => Material::Ed25519(public.0),
        KeyData::Ecdsa(public) => {
            let bad = KeyError::BadBytes("P-256");
            let Ok(public) = p256::PublicKey::from_sec1_bytes(public.as_sec1_bytes()) else { return Err(bad) };
            let Ok(document) = public.to_public_key_der() else { return Err(bad) };
            Material::Ecdsa(document.into_vec())
        }
        _ => return Err(KeyError::BadBytes("Ed25519 or P-256")),
    };
    let (name, options) = before.split_first().unwrap_or((&"", &[]));
    let name = if name.is_empty() { key.comment() } else { name };
    let mut trusted = Key::new(if name.is_empty() { "SSH key" } else { name }, material, None);
    for option in options.join(" ").split(',') {
        let (word, value) = option.split_once('=').unwrap_or((option, ""));
        let value = value.trim_matches('"');
        match word.trim() {
            // A certificate authority vouches for other keys, not for logs.
            "cert-authority" => return Err(KeyError::Authority),
            "valid-after" => trusted.not_before = Some(moment(value).ok_or(KeyError::NotAKey)?),
            "valid-before" => trusted.not_after = Some(moment(value).ok_or(KeyError::NotAKey)?),
            _ => {}
        }
    }
    Ok(trusted)
}

/// A time as `YYYYMMDD[HHMM[SS]][Z]`; without a zone it is read as UTC.
fn moment(text: &str) -> Option<i64> {
    let digits = text.trim_end_matches('Z');
    let (date, clock) = (digits.get(..8)?, digits.get(8..)?);
    let clock = format!("{clock:0<6}");
    time::parse(&format!(
        "{}-{}-{}T{}:{}:{}Z",
        date.get(..4)?,
        date.get(4..6)?,
        date.get(6..)?,
        clock.get(..2)?,
        clock.get(2..4)?,
        clock.get(4..)?
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    // Made with ssh-keygen -t ed25519.
    const KEY: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIMZ6UTJIdTuiYG+ciR1zsnkVC5cb/55EYNMkUgFP3Ebx auditor";

    #[test]
    fn lines_are_read() {
        let read = |text: &str| line(&text.split_whitespace().collect::<Vec<_>>());
        let key = read(&format!(r#"maria@acme.example namespaces="file,evidence",valid-before="20270101Z" {KEY}"#)).unwrap();
        assert_eq!((key.name.as_str(), key.not_after), ("maria@acme.example", time::parse("2027-01-01T00:00:00Z")));
        assert_eq!(read(KEY).unwrap().name, "auditor");
        assert_eq!(read(&format!("*.example cert-authority {KEY}")), Err(KeyError::Authority));
        assert_eq!(moment("202603071530Z"), time::parse("2026-03-07T15:30:00Z"));
        assert_eq!(moment("soon"), None);
    }
}
