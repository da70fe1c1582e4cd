//! Keys that can vouch for a log, in the forms people hand them over.

use base64::{Engine, engine::general_purpose::STANDARD as BASE64};
use sha2::{Digest, Sha256};

use super::role::Role;
use crate::model::text::hex;

/// Why a text is no key.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum KeyError {
    /// The text is not of the form `name+id+key`.
    #[error("this is not a verifier key of the form name+id+key")]
    NotAKey,
    /// The key's own id does not fit its bytes.
    #[error("the key id is {stated}, but the key's bytes give {computed}: the key is mistyped or damaged")]
    WrongId {
        /// The id in the text.
        stated: String,
        /// The id the bytes give.
        computed: String,
    },
    /// A type this version cannot verify.
    #[error("key type 0x{0:02x} is not known here")]
    UnknownType(u8),
    /// The bytes are not a key.
    #[error("the bytes are not a valid {0} public key")]
    BadBytes(&'static str),
    /// A certificate that is none.
    #[error("{0}")]
    Certificate(String),
    /// It is the key of a certificate authority.
    #[error(
        "this is a certificate authority's key, which signs other keys. Signatures by OpenSSH certificates are not verified here; leave the line out"
    )]
    Authority,
    /// A line of `allowed_signers` is none.
    #[error("this is not a line of an allowed_signers file: principals, options, type of key, key")]
    NotASshKey,
    /// An option of an `allowed_signers` line.
    #[error("{0}")]
    Option(String),
    /// A time in an `allowed_signers` line.
    #[error("“{0}” is not a time of an allowed_signers file. Write it as 20260131, 202601311200 or 20260131120000, with Z for UTC")]
    Moment(String),
    /// A date or time that cannot be read.
    #[error("“{0}” is not a date. Write it as 2026-01-31, or 2026-01-31T12:00:00Z")]
    Date(String),
    /// Something is said twice of one key.
    #[error("{0} is given twice")]
    Twice(&'static str),
    /// The key would end before it starts.
    #[error("the key would be valid until before it is valid from")]
    Backwards,
    /// An indented line that says nothing known.
    #[error("“{0}” is not known here. A line below a key starts with origin, role, note, from, until or added")]
    Attribute(String),
    /// No such role.
    #[error("“{0}” is not a role: log, witness, examiner, time-stamping or secret")]
    Role(String),
    /// The sort of key does not have that role.
    #[error("a key of type {0} cannot have the role {1}")]
    RoleOfSort(&'static str, &'static str),
    /// An origin that fits nothing.
    #[error("“{0}” is not an origin: give the name of a log, or a name followed by /* for all logs under it")]
    Origin(String),
    /// More on a line than a key.
    #[error("there is more on the line than a key: “{0}”. Put what belongs to a key on indented lines below it")]
    Trailing(String),
    /// An HMAC line that is not three words.
    #[error("write a secret as `hmac NAME SECRET`, without spaces in either. For one with spaces use the TOML form")]
    Secret,
    /// A block of PEM that is not a public key, or damaged.
    #[error("{0}")]
    Pem(String),
    /// An entry of the TOML form.
    #[error("{0}")]
    Entry(String),
    /// An entry of a list of CloudTrail's keys.
    #[error("key {number} of the list: its {part} cannot be read")]
    List {
        /// Which, from 1.
        number: usize,
        /// What of it.
        part: &'static str,
    },
}

/// Where a trusted key comes from, and so how long it is trusted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Kept {
    /// Given for this run of the program, as with `--trust`.
    #[default]
    Session,
    /// Among the user's stored keys.
    Stored,
    /// The demo case's own. It protects nothing, and counts only while that case is open.
    Demo,
}

/// Signature types of C2SP signed notes (c2sp.org/signed-note).
pub mod note_type {
    /// Ed25519 over the note's text.
    pub const ED25519: u8 = 0x01;
    /// ECDSA over the note's text.
    pub const ECDSA: u8 = 0x02;
    /// Timestamped Ed25519 cosignature (c2sp.org/tlog-cosignature).
    pub const COSIGNATURE: u8 = 0x04;
    /// Timestamped ML-DSA-44 cosignature.
    pub const ML_DSA_44: u8 = 0x06;
}

/// The public bytes of a key.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Material {
    /// 32 bytes, RFC 8032.
    Ed25519([u8; 32]),
    /// A DER SubjectPublicKeyInfo of an elliptic-curve key.
    Ecdsa(Vec<u8>),
    /// A DER PKCS#1 RSAPublicKey.
    Rsa(Vec<u8>),
    /// 1312 bytes, FIPS 204.
    MlDsa44(Vec<u8>),
    /// A shared secret for an HMAC. Its holder can forge.
    Hmac(Vec<u8>),
    /// A systemd journal verification key. Its holder can forge.
    JournalSeal(String),
    /// A DER X.509 certificate of an authority that stamps times (RFC 3161).
    Certificate(Vec<u8>),
}

impl Material {
    /// The algorithm's usual name.
    pub fn algorithm(&self) -> &'static str {
        match self {
            Self::Ed25519(_) => "Ed25519",
            Self::Ecdsa(_) => "ECDSA",
            Self::Rsa(_) => "RSA",
            Self::MlDsa44(_) => "ML-DSA-44",
            Self::Hmac(_) => "HMAC",
            Self::JournalSeal(_) => "journal verification key",
            Self::Certificate(_) => "time-stamping authority",
        }
    }

    /// Whether a signature over `message` holds: Ed25519 (RFC 8032), ECDSA on P-256 with SHA-256 (ASN.1 or `r ‖ s`), ML-DSA-44 (FIPS 204, no
    /// context). Other sorts of key hold for nothing.
    pub fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        match self {
            Self::Ed25519(public) => {
                let key = ed25519_dalek::VerifyingKey::from_bytes(public);
                let (Ok(key), Ok(signature)) = (key, ed25519_dalek::Signature::from_slice(signature)) else { return false };
                key.verify_strict(message, &signature).is_ok()
            }
            Self::Ecdsa(public) => {
                use p256::ecdsa::signature::Verifier;
                use pkcs8::DecodePublicKey;
                let Ok(key) = p256::ecdsa::VerifyingKey::from_public_key_der(public) else { return false };
                let signature = p256::ecdsa::Signature::from_slice(signature).or_else(|_error| p256::ecdsa::Signature::from_der(signature));
                let Ok(signature) = signature else { return false };
                key.verify(message, &signature).is_ok()
            }
            Self::MlDsa44(public) => {
                let Ok(public) = public.as_slice().try_into() else { return false };
                let key = ml_dsa::VerifyingKey::<ml_dsa::MlDsa44>::decode(&public);
                let Ok(signature) = ml_dsa::Signature::<ml_dsa::MlDsa44>::try_from(signature) else { return false };
                key.verify_with_context(message, &[], &signature)
            }
            Self::Rsa(_) | Self::Hmac(_) | Self::JournalSeal(_) | Self::Certificate(_) => false,
        }
    }

    /// Whether a key of this sort can have a role: a shared secret vouches only as one, and an authority's certificate only stamps times.
    pub fn can_be(&self, role: Role) -> bool {
        match self {
            Self::Hmac(_) | Self::JournalSeal(_) => role == Role::Secret,
            Self::Certificate(_) => role == Role::TimeStamping,
            Self::Ed25519(_) | Self::Ecdsa(_) | Self::Rsa(_) | Self::MlDsa44(_) => {
                matches!(role, Role::Log | Role::Witness | Role::Examiner)
            }
        }
    }

    /// The bytes that are fingerprinted.
    pub fn bytes(&self) -> &[u8] {
        match self {
            Self::Ed25519(bytes) => bytes,
            Self::Ecdsa(bytes) | Self::Rsa(bytes) | Self::MlDsa44(bytes) | Self::Hmac(bytes) | Self::Certificate(bytes) => bytes,
            Self::JournalSeal(text) => text.as_bytes(),
        }
    }
}

/// A key with its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key {
    /// Who holds the private key, as the user or the key itself says.
    pub name: String,
    /// The public bytes.
    pub material: Material,
    /// The signed-note type, if the key signs notes.
    pub note_type: Option<u8>,
    /// Origins of logs it may speak for; `name/*` is all under that name. Empty means its own name and what lies under it.
    pub origins: Vec<String>,
    /// The user's remark.
    pub note: String,
    /// Valid from, nanoseconds since 1970; `None` is unlimited.
    pub not_before: Option<i64>,
    /// Valid until, nanoseconds since 1970; `None` is unlimited.
    pub not_after: Option<i64>,
    /// When the user added it, nanoseconds since 1970.
    pub added: Option<i64>,
    /// What it may be used for.
    pub role: Role,
    /// Namespaces of OpenSSH signatures it may sign in, as patterns; empty means any.
    pub namespaces: Vec<String>,
    /// Where it comes from.
    pub kept: Kept,
}

impl Key {
    /// A key without restrictions, in the usual role of its sort.
    pub fn new(name: impl Into<String>, material: Material, note_type: Option<u8>) -> Self {
        let role = match &material {
            Material::Hmac(_) | Material::JournalSeal(_) => Role::Secret,
            Material::Certificate(_) => Role::TimeStamping,
            Material::Ed25519(_) | Material::Ecdsa(_) | Material::Rsa(_) | Material::MlDsa44(_) => Role::Log,
        };
        Self {
            name: name.into(),
            material,
            note_type,
            origins: Vec::new(),
            note: String::new(),
            not_before: None,
            not_after: None,
            added: None,
            role,
            namespaces: Vec::new(),
            kept: Kept::Session,
        }
    }

    /// Reads a C2SP verifier key, `name+hex id+base64(type ‖ key)` (c2sp.org/signed-note).
    pub fn from_verifier_key(text: &str) -> Result<Self, KeyError> {
        // Names may not hold a plus sign, base64 may: split at the first two.
        let mut parts = text.trim().splitn(3, '+');
        let (Some(name), Some(id), Some(encoded)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(KeyError::NotAKey);
        };
        if name.is_empty() || name.chars().any(|character| character.is_whitespace() || character.is_control()) || id.len() != 8 {
            return Err(KeyError::NotAKey);
        }
        let stated = u32::from_str_radix(id, 16).map_err(|_error| KeyError::NotAKey)?;
        let bytes = BASE64.decode(encoded).map_err(|_error| KeyError::NotAKey)?;
        let (kind, public) = bytes.split_first().ok_or(KeyError::NotAKey)?;
        let material = match *kind {
            note_type::ED25519 | note_type::COSIGNATURE => {
                let public: [u8; 32] = public.try_into().map_err(|_error| KeyError::BadBytes("Ed25519"))?;
                ed25519_dalek::VerifyingKey::from_bytes(&public).map_err(|_error| KeyError::BadBytes("Ed25519"))?;
                Material::Ed25519(public)
            }
            note_type::ECDSA => {
                use pkcs8::DecodePublicKey;
                p256::PublicKey::from_public_key_der(public).map_err(|_error| KeyError::BadBytes("P-256"))?;
                Material::Ecdsa(public.to_vec())
            }
            note_type::ML_DSA_44 if public.len() == 1312 => Material::MlDsa44(public.to_vec()),
            note_type::ML_DSA_44 => return Err(KeyError::BadBytes("ML-DSA-44")),
            other => return Err(KeyError::UnknownType(other)),
        };
        let key = Self::new(name, material, Some(*kind));
        let computed = key.note_id();
        if computed != stated {
            return Err(KeyError::WrongId { stated: id.to_owned(), computed: format!("{computed:08x}") });
        }
        Ok(key)
    }

    /// Reads a public key in PEM form: Ed25519 (RFC 8410) or P-256 (RFC 5480).
    pub fn from_public_pem(name: &str, text: &str) -> Result<Self, KeyError> {
        use pkcs8::{DecodePublicKey, EncodePublicKey};
        let pem = text.find("-----BEGIN").map_or(text, |start| &text[start..]).trim();
        if let Ok(key) = ed25519_dalek::VerifyingKey::from_public_key_pem(pem) {
            return Ok(Self::new(name, Material::Ed25519(key.to_bytes()), None));
        }
        let bad = KeyError::BadBytes("Ed25519 or P-256");
        let Ok(key) = p256::PublicKey::from_public_key_pem(pem) else { return Err(bad) };
        let Ok(document) = key.to_public_key_der() else { return Err(bad) };
        Ok(Self::new(name, Material::Ecdsa(document.into_vec()), None))
    }

    /// Reads the key inside a `did:key` (W3C did:key method): Ed25519 or P-256. The name is the identifier without its fragment.
    pub fn from_did_key(text: &str) -> Result<Self, KeyError> {
        use pkcs8::EncodePublicKey;
        let identifier = text.trim().split('#').next().unwrap_or("");
        let encoded = identifier.strip_prefix("did:key:z").ok_or(KeyError::NotAKey)?;
        let bytes = bs58::decode(encoded).into_vec().map_err(|_error| KeyError::NotAKey)?;
        match bytes.as_slice() {
            // Multicodec ed25519-pub and p256-pub, as unsigned varints.
            [0xed, 0x01, public @ ..] => {
                let public: [u8; 32] = public.try_into().map_err(|_error| KeyError::BadBytes("Ed25519"))?;
                ed25519_dalek::VerifyingKey::from_bytes(&public).map_err(|_error| KeyError::BadBytes("Ed25519"))?;
                Ok(Self::new(identifier, Material::Ed25519(public), None))
            }
            [0x80, 0x24, public @ ..] => {
                let bad = KeyError::BadBytes("P-256");
                let Ok(key) = p256::PublicKey::from_sec1_bytes(public) else { return Err(bad) };
                let Ok(document) = key.to_public_key_der() else { return Err(bad) };
                Ok(Self::new(identifier, Material::Ecdsa(document.into_vec()), None))
            }
            _ => Err(KeyError::UnknownType(bytes.first().copied().unwrap_or(0))),
        }
    }

    /// The C2SP verifier key, if the key signs notes.
    pub fn verifier_key(&self) -> Option<String> {
        let kind = self.note_type?;
        let bytes = [&[kind], self.material.bytes()].concat();
        Some(format!("{}+{:08x}+{}", self.name, self.note_id(), BASE64.encode(bytes)))
    }

    /// The four-byte key id of signed notes: `SHA-256(name ‖ 0x0A ‖ type ‖ key)[..4]`; for ECDSA `SHA-256(key)[..4]`.
    pub fn note_id(&self) -> u32 {
        let digest = if self.note_type == Some(note_type::ECDSA) {
            Sha256::digest(self.material.bytes())
        } else {
            let mut hasher = Sha256::new();
            hasher.update(self.name.as_bytes());
            hasher.update([0x0A, self.note_type.unwrap_or(note_type::ED25519)]);
            hasher.update(self.material.bytes());
            hasher.finalize()
        };
        u32::from_be_bytes([digest[0], digest[1], digest[2], digest[3]])
    }

    /// SHA-256 of the public bytes in hexadecimal, to compare by eye or telephone.
    pub fn fingerprint(&self) -> String {
        hex(&Sha256::digest(self.material.bytes()))
    }

    /// Gives the key a role, if its sort can have it.
    pub fn set_role(&mut self, role: Role) -> Result<(), KeyError> {
        if !self.material.can_be(role) {
            return Err(KeyError::RoleOfSort(self.material.algorithm(), role.word()));
        }
        self.role = role;
        Ok(())
    }

    /// Allows the key to sign for an origin: the exact name of a log, or `name/*`.
    pub fn add_origin(&mut self, origin: &str) -> Result<(), KeyError> {
        let name = origin.strip_suffix("/*").unwrap_or(origin);
        if name.is_empty() || name.contains('*') || origin.chars().any(char::is_control) || origin.trim() != origin {
            return Err(KeyError::Origin(origin.to_owned()));
        }
        self.origins.push(origin.to_owned());
        Ok(())
    }

    /// Whether an examiner's key may sign as `identity`: its name is a list of patterns, as in an `allowed_signers` file.
    pub fn signs_as(&self, identity: &str) -> bool {
        self.role == Role::Examiner && super::patterns::matches_list(self.name.split(','), identity)
    }

    /// Whether two keys say the same, apart from the user's remark and when it was added.
    pub(super) fn is_same_trust(&self, other: &Self) -> bool {
        let bare = |key: &Self| Self { note: String::new(), added: None, kept: Kept::Session, ..key.clone() };
        bare(self) == bare(other)
    }

    /// Whether the key was valid at `time` (nanoseconds since 1970), as far as the user limited it.
    pub fn valid_at(&self, time: i64) -> bool {
        self.not_before.is_none_or(|start| time >= start) && self.not_after.is_none_or(|end| time <= end)
    }
}

/// Reads the limit of a key's validity. A date alone is that whole day in UTC: its first moment as a start, its last as an end. A time without
/// a zone is UTC.
pub fn limit(text: &str, ends: bool) -> Result<i64, KeyError> {
    use chrono::{Days, NaiveDate};
    let bad = || KeyError::Date(text.chars().take(60).collect());
    if text.len() == 10
        && let Ok(date) = NaiveDate::parse_from_str(text, "%Y-%m-%d")
    {
        let midnight = |date: NaiveDate| date.and_hms_opt(0, 0, 0)?.and_utc().timestamp_nanos_opt();
        let moment = if ends { date.checked_add_days(Days::new(1)).and_then(midnight).map(|next| next - 1) } else { midnight(date) };
        return moment.ok_or_else(bad);
    }
    crate::model::time::parse(text).ok_or_else(bad)
}

/// Reads what `aws cloudtrail list-public-keys` prints. `None` if it is something else. Dates that cannot be read are an error.
pub fn public_key_list(text: &str) -> Option<Result<Vec<Key>, KeyError>> {
    #[derive(serde::Deserialize)]
    // The whole form: a text with anything else in it is something else, whatever it lists.
    #[serde(rename_all = "PascalCase", deny_unknown_fields)]
    struct List {
        public_key_list: Vec<serde_json::Value>,
    }
    let Ok(list) = serde_json::from_str::<List>(text.trim_start_matches('\u{feff}')) else { return None };
    Some(list.public_key_list.iter().enumerate().map(|(index, entry)| listed(entry, index + 1)).collect())
}

fn listed(entry: &serde_json::Value, number: usize) -> Result<Key, KeyError> {
    use pkcs8::der::{Decode, asn1::UintRef};
    let bad = |part| KeyError::List { number, part };
    let text = |part| entry.get(part).and_then(serde_json::Value::as_str).ok_or_else(|| bad(part));
    let moment = |part| {
        let moment = match entry.get(part) {
            None => return Ok(None),
            Some(serde_json::Value::String(text)) => crate::model::time::parse(text),
            Some(serde_json::Value::Number(number)) => number.as_f64().and_then(crate::model::time::from_number),
            Some(_) => None,
        };
        moment.map(Some).ok_or_else(|| bad(part))
    };
    let der = BASE64.decode(text("Value")?).map_err(|_error| bad("Value"))?;
    if Vec::<UintRef<'_>>::from_der(&der).map_or(0, |numbers| numbers.len()) != 2 {
        return Err(bad("Value"));
    }
    let mut key = Key::new(format!("CloudTrail key {}", text("Fingerprint")?), Material::Rsa(der), None);
    key.not_before = moment("ValidityStartTime")?;
    key.not_after = moment("ValidityEndTime")?;
    if key.not_before.zip(key.not_after).is_some_and(|(from, until)| from > until) {
        return Err(KeyError::Backwards);
    }
    Ok(key)
}

/// The form of a systemd journal verification key: four groups of six hexadecimal digits, a slash, start and interval.
pub(super) fn is_journal_key(text: &str) -> bool {
    let hexadecimal = |text: &str| !text.is_empty() && text.chars().all(|digit| digit.is_ascii_hexdigit());
    text.split_once('/').is_some_and(|(seed, times)| {
        let groups: Vec<&str> = seed.split('-').collect();
        groups.len() == 4
            && groups.iter().all(|group| group.len() == 6 && hexadecimal(group))
            && times.split_once('-').is_some_and(|(start, interval)| hexadecimal(start) && hexadecimal(interval))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    // The example key of c2sp.org/signed-note's Go implementation.
    const EXAMPLE: &str = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";

    #[test]
    fn verifier_keys_are_read_and_written() {
        let key = Key::from_verifier_key(EXAMPLE).unwrap();
        assert_eq!(key.name, "PeterNeumann");
        assert_eq!(key.verifier_key().unwrap(), EXAMPLE);
    }

    #[test]
    fn a_mistyped_key_is_refused() {
        let wrong = EXAMPLE.replace("c74f20a3", "c74f20a4");
        assert!(matches!(Key::from_verifier_key(&wrong), Err(KeyError::WrongId { .. })));
        assert_eq!(Key::from_verifier_key("hello"), Err(KeyError::NotAKey));
        assert_eq!(Key::from_verifier_key("a+00000000+"), Err(KeyError::NotAKey));
    }
}
