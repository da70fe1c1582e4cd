//! C2SP tlog-policy files (c2sp.org/tlog-policy): logs, witnesses, and which witnesses are enough.

use std::collections::BTreeMap;

use super::key::{Key, KeyError};
use super::role::Role;

/// More names than this in one policy are refused.
const MOST_NAMES: usize = 1_000;

/// Why a line of a policy cannot be used.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum PolicyError {
    /// A key cannot be read.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The line is of no known kind.
    #[error("a policy line starts with log, witness, group or quorum")]
    Unknown,
    /// A name is used before it is defined.
    #[error("“{0}” is not defined above")]
    Undefined(String),
    /// A name is defined twice or may not be used.
    #[error("“{0}” cannot be defined here: it is taken or reserved")]
    Taken(String),
    /// A threshold makes no sense.
    #[error("“{0}” must be any, all, or a number between 1 and the number of members")]
    Threshold(String),
    /// There is not exactly one quorum.
    #[error("a policy has exactly one quorum line")]
    Quorum,
}

/// Which witnesses are enough.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Rule {
    /// The witness with this key.
    Witness(Box<Key>),
    /// So many of these.
    Group(usize, Vec<String>),
}

/// A policy: its keys, and the rule by which witnesses are counted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Policy {
    rules: BTreeMap<String, Rule>,
    quorum: String,
    /// The policy as it was given.
    pub text: String,
    /// Keys of the logs and witnesses.
    pub keys: Vec<Key>,
}

/// Whether a text is a policy: only policies have a quorum.
pub fn is_policy(text: &str) -> bool {
    text.lines().any(|line| line.split([' ', '\t']).find(|word| !word.is_empty()) == Some("quorum"))
}

impl Policy {
    /// Reads a policy; an error names the line, from 1.
    pub fn parse(text: &str) -> Result<Self, (usize, PolicyError)> {
        let mut policy = Self { text: text.to_owned(), ..Self::default() };
        for (index, line) in text.lines().enumerate() {
            let words: Vec<&str> = line.split([' ', '\t']).filter(|word| !word.is_empty()).collect();
            if words.first().is_some_and(|word| !word.starts_with('#')) {
                policy.line(&words).map_err(|error| (index + 1, error))?;
            }
        }
        if policy.quorum.is_empty() { Err((text.lines().count(), PolicyError::Quorum)) } else { Ok(policy) }
    }

    /// Whether two policies have the same lines, apart from remarks and blanks.
    pub fn is_same(&self, other: &Self) -> bool {
        let words = |policy: &Self| -> Vec<Vec<String>> {
            let lines = policy.text.lines().map(|line| line.split_whitespace().map(str::to_owned).collect::<Vec<_>>());
            lines.filter(|words| words.first().is_some_and(|word| !word.starts_with('#'))).collect()
        };
        words(self) == words(other)
    }

    fn line(&mut self, words: &[&str]) -> Result<(), PolicyError> {
        match words {
            ["log", key] | ["log", key, _] => {
                let mut key = Key::from_verifier_key(key)?;
                key.origins = vec![key.name.clone()];
                self.keys.push(key);
            }
            ["witness", name, key] | ["witness", name, key, _] => {
                let mut key = Key::from_verifier_key(key)?;
                key.role = Role::Witness;
                self.keys.push(key.clone());
                self.define(name, Rule::Witness(Box::new(key)))?;
            }
            ["group", name, threshold, members @ ..] if !members.is_empty() => {
                if let Some(missing) = members.iter().find(|member| !self.rules.contains_key(**member)) {
                    return Err(PolicyError::Undefined((*missing).to_owned()));
                }
                let needed = match *threshold {
                    "any" => 1,
                    "all" => members.len(),
                    number => number.parse().map_err(|_error| PolicyError::Threshold(number.to_owned()))?,
                };
                if needed < 1 || needed > members.len() {
                    return Err(PolicyError::Threshold((*threshold).to_owned()));
                }
                self.define(name, Rule::Group(needed, members.iter().map(|member| (*member).to_owned()).collect()))?;
            }
            ["quorum", name] => {
                if !self.quorum.is_empty() {
                    return Err(PolicyError::Quorum);
                }
                if *name != "none" && !self.rules.contains_key(*name) {
                    return Err(PolicyError::Undefined((*name).to_owned()));
                }
                (*name).clone_into(&mut self.quorum);
            }
            _ => return Err(PolicyError::Unknown),
        }
        Ok(())
    }

    fn define(&mut self, name: &str, rule: Rule) -> Result<(), PolicyError> {
        if name == "none" || self.rules.len() >= MOST_NAMES || self.rules.contains_key(name) {
            return Err(PolicyError::Taken(name.to_owned()));
        }
        self.rules.insert(name.to_owned(), rule);
        Ok(())
    }

    /// Whether the witnesses among `signers` are enough. A member counts once, whatever its depth; groups name only what stands above them.
    pub fn is_met(&self, signers: &[&Key]) -> bool {
        let mut met: BTreeMap<&str, bool> = BTreeMap::new();
        self.quorum == "none" || self.holds(&self.quorum, signers, &mut met)
    }

    fn holds<'a>(&'a self, name: &'a str, signers: &[&Key], met: &mut BTreeMap<&'a str, bool>) -> bool {
        if let Some(known) = met.get(name) {
            return *known;
        }
        let holds = match self.rules.get(name) {
            None => false,
            Some(Rule::Witness(key)) => signers.iter().any(|signer| signer.material == key.material && signer.name == key.name),
            Some(Rule::Group(needed, members)) => members.iter().filter(|member| self.holds(member, signers, met)).count() >= *needed,
        };
        met.insert(name, holds);
        holds
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trust::Material;

    fn key(name: &str, seed: u8) -> Key {
        let public = ed25519_dalek::SigningKey::from_bytes(&[seed; 32]).verifying_key().to_bytes();
        Key::new(name, Material::Ed25519(public), Some(4))
    }

    fn text() -> String {
        let witness = |seed: u8| format!("witness W{seed} {}\n", key(&format!("w{seed}.example"), seed).verifier_key().unwrap());
        let log = Key { note_type: Some(1), ..key("log.example", 9) };
        format!(
            "# two of three, and one of two\nlog {}\n{}{}{}{}\ngroup A 2 W1 W2 W3\n\tgroup B any W4\ngroup C all A B\nquorum C\n",
            log.verifier_key().unwrap(),
            witness(1),
            witness(2),
            witness(3),
            witness(4)
        )
    }

    #[test]
    fn groups_are_counted() {
        let policy = Policy::parse(&text()).unwrap();
        let (one, two, four) = (key("w1.example", 1), key("w2.example", 2), key("w4.example", 4));
        assert!(policy.is_met(&[&one, &two, &four]));
        assert!(!policy.is_met(&[&one, &one, &four]));
        assert!(!policy.is_met(&[&one, &two]));
        assert!(!policy.is_met(&[]));
        assert_eq!(policy.keys.iter().filter(|key| key.role == Role::Witness).count(), 4);
        assert!(is_policy(&text()) && !is_policy("log x"));
    }

    #[test]
    fn mistakes_name_their_line() {
        let mistake = |line: &str| Policy::parse(&format!("{line}\nquorum none\n")).unwrap_err();
        assert_eq!(mistake("group A 1 B"), (1, PolicyError::Undefined("B".into())));
        assert_eq!(mistake("hello"), (1, PolicyError::Unknown));
        assert_eq!(mistake("log x"), (1, PolicyError::Key(KeyError::NotAKey)));
        assert_eq!(Policy::parse("quorum none\nquorum none\n").unwrap_err(), (2, PolicyError::Quorum));
        assert_eq!(Policy::parse("quorum A\n").unwrap_err(), (1, PolicyError::Undefined("A".into())));
        let text = text();
        assert_eq!(Policy::parse(&text.replace("2 W1", "4 W1")).unwrap_err().1, PolicyError::Threshold("4".into()));
        assert_eq!(Policy::parse(&text.replace("group B", "group A")).unwrap_err().1, PolicyError::Taken("A".into()));
        assert_eq!(Policy::parse(&text.replace("quorum C", "")).unwrap_err().1, PolicyError::Quorum);
    }
}
