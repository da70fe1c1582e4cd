//! The set of keys the user trusts.

use std::path::{Path, PathBuf};

use super::key::{Key, KeyError, Material};
use super::policy::{Policy, PolicyError};
use super::time_stamp::{Authority, TimeStampError, authorities};

/// What stands before the lines of a policy among stored keys.
const POLICY: &str = "policy: ";

/// Why a trust file could not be used.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The file could not be read.
    #[error("{}: cannot be read: {cause}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        cause: std::io::Error,
    },
    /// A line is no key.
    #[error("{}, line {line}: {cause}", path.display())]
    Line {
        /// The file.
        path: PathBuf,
        /// Line number, from 1.
        line: usize,
        /// Why.
        cause: KeyError,
    },
    /// A line of a policy cannot be used.
    #[error("{}, line {line}: {cause}", path.display())]
    Policy {
        /// The file.
        path: PathBuf,
        /// Line number, from 1.
        line: usize,
        /// Why.
        cause: PolicyError,
    },
    /// There is no key in the file.
    #[error("{}: holds no key", path.display())]
    Empty {
        /// The file.
        path: PathBuf,
    },
}

/// Trusted keys. Keys that came with the evidence are kept apart: they prove only that the evidence agrees with itself.
#[derive(Clone, Debug, Default)]
pub struct Store {
    trusted: Vec<Key>,
    found: Vec<Key>,
    profiles: Vec<String>,
    policy: Option<Policy>,
}

impl Store {
    /// The policy by which witnesses are counted, if the user gave one.
    pub fn policy(&self) -> Option<&Policy> {
        self.policy.as_ref()
    }

    /// Counts witnesses by this policy from now on.
    pub fn set_policy(&mut self, policy: Policy) {
        self.policy = Some(policy);
    }

    /// Adds the text of a profile of hash chains that the user vouches for.
    pub fn add_profile(&mut self, text: String) {
        self.profiles.push(text);
    }

    /// The texts of the user's own profiles.
    pub fn profiles(&self) -> &[String] {
        &self.profiles
    }

    /// Adds a key the user trusts. One with the same bytes and name is replaced.
    pub fn trust(&mut self, key: Key) {
        self.trusted.retain(|other| other.name != key.name || other.material != key.material || other.note_type != key.note_type);
        self.trusted.push(key);
    }

    /// Takes note of a key that lay in the evidence. It is never trusted by itself.
    pub fn found(&mut self, key: Key) {
        if !self.found.contains(&key) {
            self.found.push(key);
        }
    }

    /// The trusted keys.
    pub fn trusted(&self) -> &[Key] {
        &self.trusted
    }

    /// The keys that lay in the evidence.
    pub fn found_keys(&self) -> &[Key] {
        &self.found
    }

    /// Removes a trusted key by its fingerprint and name.
    pub fn distrust(&mut self, name: &str, fingerprint: &str) {
        self.trusted.retain(|key| key.name != name || key.fingerprint() != fingerprint);
    }

    /// The trusted key that a note signature names.
    pub fn by_note_id(&self, name: &str, id: u32) -> Option<&Key> {
        Self::pick(&self.trusted, name, id)
    }

    /// The key in the evidence that a note signature names.
    pub fn found_by_note_id(&self, name: &str, id: u32) -> Option<&Key> {
        Self::pick(&self.found, name, id)
    }

    fn pick<'a>(keys: &'a [Key], name: &str, id: u32) -> Option<&'a Key> {
        keys.iter().find(|key| key.note_type.is_some() && key.name == name && key.note_id() == id)
    }

    /// The authorities whose time stamps count.
    pub fn authorities(&self) -> Vec<Authority> {
        let authority = |key: &Key| match &key.material {
            Material::Certificate(der) => Some(Authority { der: der.clone(), subject: key.name.clone(), fingerprint: key.fingerprint() }),
            _ => None,
        };
        self.trusted.iter().filter_map(authority).collect()
    }

    /// Trusted keys of one sort, such as every HMAC secret.
    pub fn materials(&self) -> impl Iterator<Item = (&Key, &Material)> {
        self.trusted.iter().map(|key| (key, &key.material))
    }

    /// Adds the keys in the text of a file: verifier keys one a line, a C2SP policy, what this program stores, a PEM public key,
    /// certificates of time-stamping authorities, or what
    /// `aws cloudtrail list-public-keys` prints. Gives their number.
    pub fn add_text(&mut self, path: &Path, text: &str) -> Result<usize, StoreError> {
        let keys = if let Some(list) = super::key::public_key_list(text) {
            list
        } else if text.contains("-----BEGIN PUBLIC KEY-----") {
            let name = path.file_stem().map_or_else(|| "key".into(), |stem| stem.to_string_lossy().into_owned());
            vec![Key::from_public_pem(&name, text).map_err(|cause| StoreError::Line { path: path.to_owned(), line: 1, cause })?]
        } else if text.contains("-----BEGIN CERTIFICATE-----") {
            let line = |cause: TimeStampError| KeyError::Certificate(cause.to_string());
            let authorities = authorities(text).map_err(|cause| StoreError::Line { path: path.to_owned(), line: 1, cause: line(cause) })?;
            authorities.into_iter().map(|authority| Key::new(authority.subject, Material::Certificate(authority.der), None)).collect()
        } else if super::policy::is_policy(text) {
            let policy = Policy::parse(text).map_err(|(line, cause)| StoreError::Policy { path: path.to_owned(), line, cause })?;
            let keys = policy.keys.clone();
            self.policy = Some(policy);
            keys
        } else {
            let policy: String = text.lines().filter_map(|line| line.strip_prefix(POLICY)).map(|line| format!("{line}\n")).collect();
            self.policy = Policy::parse(&policy).ok().or(self.policy.take());
            let text: String = text.lines().map(|line| if line.starts_with(POLICY) { "\n".into() } else { format!("{line}\n") }).collect();
            super::text::read(&text).map_err(|(line, cause)| StoreError::Line { path: path.to_owned(), line, cause })?
        };
        if keys.is_empty() {
            return Err(StoreError::Empty { path: path.to_owned() });
        }
        let count = keys.len();
        keys.into_iter().for_each(|key| self.trust(key));
        Ok(count)
    }

    /// The trusted keys as text that [`Store::add_text`] reads.
    pub fn to_text(&self) -> String {
        let policy = self.policy.iter().flat_map(|policy| policy.text.lines()).map(|line| format!("{POLICY}{line}\n"));
        super::text::write(&self.trusted) + &policy.collect::<String>()
    }

    /// Reads keys from a file given with `--trust`.
    pub fn add_file(&mut self, path: &Path) -> Result<usize, StoreError> {
        let text = std::fs::read_to_string(path).map_err(|cause| StoreError::Read { path: path.to_owned(), cause })?;
        self.add_text(path, &text)
    }
}
