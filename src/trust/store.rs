//! The set of keys the user trusts.

use std::io::Read;
use std::path::{Path, PathBuf};

use super::document::DocumentError;
use super::handover::Handover;
use super::key::{Key, KeyError, Material};
use super::policy::{Policy, PolicyError};
use super::role::Role;
use super::time_stamp::Authority;

/// What stands before the lines of a policy among keys that were stored as lines.
const POLICY: &str = "policy: ";
/// A larger file, in bytes, is no list of keys.
const LARGEST: u64 = 16 << 20;

/// Why a trust file could not be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
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
    /// Another policy is in force already.
    #[error(
        "{}: another policy was already given, and only one can apply. Give one of the two, or join them into one file",
        path.display()
    )]
    TwoPolicies {
        /// The file.
        path: PathBuf,
    },
    /// There is no key in the file.
    #[error("{}: contains no key", path.display())]
    Empty {
        /// The file.
        path: PathBuf,
    },
}

/// Trusted keys. Keys that came with the evidence are kept apart: they prove only that the evidence agrees with itself.
///
/// ```
/// use sealscope::TrustStore;
///
/// let mut trust = TrustStore::default();
/// let added = trust.add_file("tests/vectors/harmless/trust-two-segments/trust".as_ref())?;
/// assert_eq!(added, trust.trusted().len());
/// # Ok::<(), sealscope::StoreError>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Store {
    trusted: Vec<Key>,
    found: Vec<Key>,
    profiles: Vec<String>,
    policy: Option<Policy>,
    handovers: Vec<Handover>,
}

impl Store {
    /// What keys gave up by their own signed word.
    pub fn handovers(&self) -> &[Handover] {
        &self.handovers
    }

    /// Takes a key's signed word that another one took over. It takes trust away, and gives none.
    pub fn hand_over(&mut self, handover: Handover) {
        self.handovers.push(handover);
    }

    /// The policy by which witnesses are counted, if the user gave one.
    pub fn policy(&self) -> Option<&Policy> {
        self.policy.as_ref()
    }

    /// Counts witnesses by this policy from now on, in place of any other.
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

    /// Adds a key the user trusts. What was said before of the same key by the same name is replaced.
    pub fn trust(&mut self, key: Key) {
        self.trusted.retain(|other| other.name != key.name || other.material != key.material || other.note_type != key.note_type);
        self.trusted.push(key);
    }

    /// Adds a key the user trusts beside what was said of it before: each statement holds for itself, as lines of `allowed_signers` do.
    pub fn add(&mut self, key: Key) {
        if !self.trusted.iter().any(|other| other.is_same_trust(&key)) {
            self.trusted.push(key);
        }
    }

    /// Keeps only the trusted keys of which `wanted` says so.
    pub fn retain(&mut self, wanted: impl FnMut(&Key) -> bool) {
        self.trusted.retain(wanted);
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

    /// The authorities whose time stamps count.
    pub fn authorities(&self) -> Vec<Authority> {
        let authority = |key: &Key| match &key.material {
            Material::Certificate(der) if key.role == Role::TimeStamping => Some(Authority {
                der: der.clone(),
                subject: key.name.clone(),
                fingerprint: key.fingerprint(),
                limits: (key.not_before, key.not_after),
            }),
            _ => None,
        };
        self.trusted.iter().filter_map(authority).collect()
    }

    /// Trusted keys of one sort, such as every HMAC secret.
    pub fn materials(&self) -> impl Iterator<Item = (&Key, &Material)> {
        self.trusted.iter().map(|key| (key, &key.material))
    }

    /// Adds the keys in the text of a file: the TOML form, verifier keys one a line, a C2SP policy, lines of `allowed_signers`, public keys or
    /// certificates of time-stamping authorities in PEM form, or what `aws cloudtrail list-public-keys` prints. Gives their number. If anything
    /// in it cannot be used, nothing is added.
    pub fn add_text(&mut self, path: &Path, text: &str) -> Result<usize, StoreError> {
        let of_line = |(line, cause)| StoreError::Line { path: path.to_owned(), line, cause };
        let of_policy = |(line, cause)| StoreError::Policy { path: path.to_owned(), line, cause };
        let (keys, policy) = if let Some(list) = super::key::public_key_list(text) {
            (list.map_err(|cause| of_line((1, cause)))?, None)
        } else if super::document::is_document(text) {
            let read = super::document::read(text).map_err(|error| match error {
                DocumentError::Key(line, cause) => of_line((line, cause)),
                DocumentError::Policy(line, cause) => of_policy((line, cause)),
            })?;
            (read.keys, read.policy)
        } else if super::pem::is_pem(text) {
            let name = path.file_stem().map_or_else(|| "key".into(), |stem| stem.to_string_lossy().into_owned());
            (super::pem::read(&name, text).map_err(of_line)?, None)
        } else if super::policy::is_policy(text) {
            let policy = Policy::parse(text).map_err(of_policy)?;
            (policy.keys.clone(), Some(policy))
        } else {
            // A policy stored among lines keeps the numbers of its lines, for the errors.
            let (mut policy, mut lines) = (String::new(), String::new());
            for line in text.lines() {
                let (of_policy, other) = line.strip_prefix(POLICY).map_or(("", line), |of_policy| (of_policy, ""));
                policy.push_str(&format!("{of_policy}\n"));
                lines.push_str(&format!("{other}\n"));
            }
            let policy = if policy.trim().is_empty() { None } else { Some(Policy::parse(&policy).map_err(of_policy)?) };
            (super::text::read(&lines).map_err(of_line)?, policy)
        };
        if keys.is_empty() && policy.is_none() {
            return Err(StoreError::Empty { path: path.to_owned() });
        }
        if let Some(policy) = policy {
            if self.policy.as_ref().is_some_and(|other| !other.is_same(&policy)) {
                return Err(StoreError::TwoPolicies { path: path.to_owned() });
            }
            self.policy = Some(policy);
        }
        let count = keys.len();
        keys.into_iter().for_each(|key| self.add(key));
        Ok(count)
    }

    /// The trusted keys and the policy as TOML, which [`Store::add_text`] reads.
    pub fn to_text(&self) -> String {
        super::document::write(&self.trusted, self.policy.as_ref())
    }

    /// Reads keys from a file given with `--trust`.
    pub fn add_file(&mut self, path: &Path) -> Result<usize, StoreError> {
        let text = read_text(path).map_err(|cause| StoreError::Read { path: path.to_owned(), cause })?;
        self.add_text(path, &text)
    }
}

/// The text of a file of keys.
pub fn read_text(path: &Path) -> std::io::Result<String> {
    let mut text = String::new();
    std::fs::File::open(path)?.take(LARGEST + 1).read_to_string(&mut text)?;
    if text.len() as u64 > LARGEST {
        return Err(std::io::Error::other("it is larger than any list of keys"));
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: &str = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";

    fn add(keys: &mut Store, text: &str) -> Result<usize, StoreError> {
        keys.add_text(Path::new("given"), text)
    }

    #[test]
    fn two_policies_do_not_replace_each_other() {
        let mut keys = Store::default();
        let policy = format!("log {ONE}\nquorum none\n");
        add(&mut keys, &policy).unwrap();
        add(&mut keys, &format!("# the same\n{policy}")).unwrap();
        let error = add(&mut keys, &format!("witness W {ONE}\nquorum W\n")).unwrap_err();
        assert!(matches!(error, StoreError::TwoPolicies { .. }));
        assert_eq!(keys.trusted().len(), 1);
        // What is stored comes back, the policy too.
        let mut again = Store::default();
        add(&mut again, &keys.to_text()).unwrap();
        assert_eq!((again.trusted(), again.policy().is_some()), (keys.trusted(), true));
    }

    #[test]
    fn nothing_is_taken_from_a_file_that_is_wrong_somewhere() {
        let mut keys = Store::default();
        for text in [
            format!("{ONE}\nrubbish\n"),
            format!("{ONE}\npolicy: log x\npolicy: quorum none\n"),
            format!("{ONE}\npolicy: quorun none\n"),
            r#"{"PublicKeyList":[{"Fingerprint":"a","Value":"MAYCAQUCAQM=","ValidityStartTime":"soon"}]}"#.to_owned(),
            r#"{"PublicKeyList":[{"Fingerprint":"a","Value":"AAAA"}]}"#.to_owned(),
            r#"{"PublicKeyList":[{"Fingerprint":"a","Value":"MAYCAQUCAQM=","ValidityEndTime":null}]}"#.to_owned(),
            String::new(),
        ] {
            assert!(add(&mut keys, &text).is_err(), "{text}");
        }
        assert!(keys.trusted().is_empty() && keys.policy().is_none());
        add(&mut keys, r#"{"PublicKeyList":[{"Fingerprint":"a","Value":"MAYCAQUCAQM=","ValidityEndTime":1772841600.0}]}"#).unwrap();
        assert_eq!(keys.trusted()[0].not_after, crate::model::time::parse("2026-03-07T00:00:00Z"));
    }

    #[test]
    fn each_statement_about_a_key_holds_for_itself() {
        let line =
            |options: &str| format!("maria {options} ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIMZ6UTJIdTuiYG+ciR1zsnkVC5cb/55EYNMkUgFP3Ebx\n");
        let mut keys = Store::default();
        assert_eq!(add(&mut keys, &[line(r#"namespaces="file""#), line(r#"namespaces="evidence""#)].concat()).unwrap(), 2);
        assert_eq!(keys.trusted().len(), 2);
        add(&mut keys, &line(r#"namespaces="file""#)).unwrap();
        assert_eq!(keys.trusted().len(), 2);
    }
}
