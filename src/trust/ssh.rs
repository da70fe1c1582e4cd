//! Public keys of OpenSSH, and lines of an `allowed_signers` file, as ssh-keygen(1) describes them: principals, options, type, key, comment.

use pkcs8::der::asn1::{BitStringRef, UintRef};
use pkcs8::der::oid::ObjectIdentifier;
use pkcs8::der::{AnyRef, Encode};
use pkcs8::spki::{AlgorithmIdentifier, SubjectPublicKeyInfo};
use ssh_key::public::{EcdsaPublicKey, KeyData};
use ssh_key::{EcdsaCurve, PublicKey};

use super::gate::Role;
use super::key::{Key, KeyError, Material};
use crate::model::time;

/// The type of an elliptic-curve key and its curves (RFC 5480 section 2.1.1).
const EC_PUBLIC_KEY: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");
const P_256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.3.1.7");
const P_384: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.132.0.34");
const P_521: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.132.0.35");

/// The bytes of a public key of OpenSSH; of a hardware key those of the key in it. `None` for DSA and what is unknown.
pub fn material(key: &KeyData) -> Option<Material> {
    match key {
        KeyData::Ed25519(public) => Some(Material::Ed25519(public.0)),
        KeyData::SkEd25519(public) => Some(Material::Ed25519(public.public_key().0)),
        KeyData::Ecdsa(public) => elliptic(public),
        KeyData::SkEcdsaSha2NistP256(public) => elliptic(&EcdsaPublicKey::NistP256(*public.ec_point())),
        KeyData::Rsa(public) => {
            let numbers = [public.n.as_positive_bytes()?, public.e.as_positive_bytes()?];
            let numbers: Vec<UintRef<'_>> = numbers.iter().map(|number| UintRef::new(number)).collect::<Result<_, _>>().ok()?;
            Some(Material::Rsa(numbers.to_der().ok()?))
        }
        _ => None,
    }
}

fn elliptic(public: &EcdsaPublicKey) -> Option<Material> {
    let curve = match public.curve() {
        EcdsaCurve::NistP256 => P_256,
        EcdsaCurve::NistP384 => P_384,
        EcdsaCurve::NistP521 => P_521,
    };
    let algorithm = AlgorithmIdentifier { oid: EC_PUBLIC_KEY, parameters: Some(AnyRef::from(&curve)) };
    let info = SubjectPublicKeyInfo { algorithm, subject_public_key: BitStringRef::from_bytes(public.as_sec1_bytes()).ok()? };
    Some(Material::Ecdsa(info.to_der().ok()?))
}

/// Whether a word names a type of key.
pub(super) fn is_type(word: &str) -> bool {
    ["ssh-", "ecdsa-sha2-", "sk-ssh-", "sk-ecdsa-"].iter().any(|start| word.starts_with(start))
}

/// Reads a line, cut into words. The principals become the key's name, its validity the key's.
pub(super) fn line(words: &[&str]) -> Result<Key, KeyError> {
    let start = words.iter().position(|word| is_type(word)).ok_or(KeyError::NotAKey)?;
    let (before, key) = words.split_at(start);
    let key = PublicKey::from_openssh(&key.join(" ")).map_err(|_error| KeyError::NotAKey)?;
    let material = material(key.key_data()).ok_or(KeyError::BadBytes("Ed25519, ECDSA or RSA"))?;
    let (name, options) = before.split_first().unwrap_or((&"", &[]));
    let name = if name.is_empty() { key.comment() } else { name };
    let mut trusted = Key::new(if name.is_empty() { "SSH key" } else { name }, material, None);
    // Whoever signs documents does not seal logs.
    trusted.role = Role::Examiner;
    for option in options.join(" ").split(',') {
        let (word, value) = option.split_once('=').unwrap_or((option, ""));
        let value = value.trim_matches('"');
        match word.trim() {
            // A certificate authority vouches for other keys, not for logs.
            "cert-authority" => return Err(KeyError::Authority),
            "valid-after" => trusted.not_before = Some(moment(value).ok_or(KeyError::NotAKey)?),
            "valid-before" => trusted.not_after = Some(moment(value).ok_or(KeyError::NotAKey)?),
            "namespaces" => trusted.namespaces = value.split(',').map(str::to_owned).collect(),
            _ => {}
        }
    }
    Ok(trusted)
}

/// Whether a name fits a pattern of OpenSSH (PATTERNS in ssh_config(5)): `*` is any run of characters, `?` any one.
pub(super) fn matches(pattern: &str, name: &str) -> bool {
    // The place after the last star, to go back to.
    let (pattern, name): (Vec<char>, Vec<char>) = (pattern.chars().collect(), name.chars().collect());
    let (mut at, mut here, mut star) = (0, 0, None);
    while here < name.len() {
        match pattern.get(at) {
            Some('*') => {
                star = Some((at, here));
                at += 1;
            }
            Some(wanted) if *wanted == '?' || *wanted == name[here] => {
                at += 1;
                here += 1;
            }
            _ => match star {
                Some((back, from)) => {
                    star = Some((back, from + 1));
                    at = back + 1;
                    here = from + 1;
                }
                None => return false,
            },
        }
    }
    pattern[at..].iter().all(|rest| *rest == '*')
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
