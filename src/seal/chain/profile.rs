//! How each program builds its chain: which fields, in which form, link one record to the next.

use super::json::{Form, Tree};

/// What is hashed.
#[derive(Clone, Copy, Debug)]
pub enum Preimage {
    /// The record without some members.
    Without(Form, &'static [&'static str]),
    /// The record without some members and without members that are null, except the link.
    WithoutNulls(Form, &'static [&'static str], &'static str),
    /// An object of some members: where they are, and under which name they are hashed.
    Members(Form, &'static [(&'static str, &'static str)]),
    /// The previous hash, then an object of some members.
    PreviousThenMembers(Form, &'static [(&'static str, &'static str)]),
    /// Fields joined by a delimiter; absent ones are empty, objects are written in the form.
    Joined(&'static str, Form, &'static [&'static str]),
}

/// What authenticates a record beyond its hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Authentication {
    /// Nothing.
    None,
    /// HMAC-SHA-256 in hexadecimal over the ASCII of the hash, in this field.
    HmacOfHash(&'static str),
    /// Ed25519 over the canonical bytes: `u` and base64url at the first path, the key's name at the second.
    Ed25519OfPreimage(&'static str, &'static str),
}

/// One way of chaining.
#[derive(Clone, Copy, Debug)]
pub struct Profile {
    /// Its name as the user reads it.
    pub name: &'static str,
    /// Paths that every record of the kind has.
    pub signs: &'static [&'static str],
    /// Path of the chain's name, where several are interleaved.
    pub chain: Option<&'static str>,
    /// Path of the sequence number.
    pub sequence: Option<&'static str>,
    /// Path of the previous record's hash.
    pub previous: &'static str,
    /// Path of the record's own hash; without one, only the next record states it.
    pub own: Option<&'static str>,
    /// What is hashed.
    pub preimage: Preimage,
    /// What stands before the hexadecimal hash.
    pub prefix: &'static str,
    /// What the first record states as its predecessor.
    pub genesis: &'static [&'static str],
    /// What authenticates it.
    pub authentication: Authentication,
}

const ZEROS: &str = "0000000000000000000000000000000000000000000000000000000000000000";
const PREFIXED_ZEROS: &str = "sha256:0000000000000000000000000000000000000000000000000000000000000000";

/// The built-in profiles, the most specific first. One more is one more entry.
pub const PROFILES: &[Profile] = &[
    Profile {
        name: "Agent Receipts",
        signs: &["issuer/id", "credentialSubject/chain/chain_id", "proof/proofValue"],
        chain: Some("credentialSubject/chain/chain_id"),
        sequence: Some("credentialSubject/chain/sequence"),
        previous: "credentialSubject/chain/previous_receipt_hash",
        own: None,
        preimage: Preimage::WithoutNulls(Form::Jcs, &["proof"], "previous_receipt_hash"),
        prefix: "sha256:",
        genesis: &[""],
        authentication: Authentication::Ed25519OfPreimage("proof/proofValue", "proof/verificationMethod"),
    },
    Profile {
        name: "agent-governance file audit",
        signs: &["entry_id", "content_hash", "previous_hash", "agent_did"],
        chain: None,
        sequence: None,
        previous: "previous_hash",
        own: Some("content_hash"),
        preimage: Preimage::Members(
            Form::Python,
            &[
                ("entry_id", "entry_id"),
                ("timestamp", "timestamp"),
                ("event_type", "event_type"),
                ("agent_did", "agent_did"),
                ("action", "action"),
                ("resource", "resource"),
                ("data", "data"),
                ("outcome", "outcome"),
                ("previous_hash", "previous_hash"),
                ("target_did", "target_did"),
                ("policy_decision", "policy_decision"),
                ("matched_rule", "matched_rule"),
                ("trace_id", "trace_id"),
                ("session_id", "session_id"),
            ],
        ),
        prefix: "",
        genesis: &[""],
        authentication: Authentication::HmacOfHash("signature"),
    },
    Profile {
        name: "pipelock evidence",
        signs: &["v", "seq", "session_id", "prev_hash", "hash", "detail"],
        chain: Some("session_id"),
        sequence: Some("seq"),
        previous: "prev_hash",
        own: Some("hash"),
        preimage: Preimage::Joined(
            "\0",
            Form::AsWritten,
            &["v", "seq", "ts", "session_id", "trace_id", "type", "transport", "summary", "detail", "raw_ref", "prev_hash"],
        ),
        prefix: "",
        genesis: &["genesis"],
        authentication: Authentication::None,
    },
    Profile {
        name: "signet audit",
        signs: &["receipt", "prev_hash", "record_hash"],
        chain: None,
        sequence: None,
        previous: "prev_hash",
        own: Some("record_hash"),
        preimage: Preimage::Members(Form::Jcs, &[("prev_hash", "prev_hash"), ("receipt", "receipt")]),
        prefix: "sha256:",
        genesis: &[PREFIXED_ZEROS],
        authentication: Authentication::None,
    },
    Profile {
        name: "zeroclaw audit",
        signs: &["event_id", "event_type", "sequence", "prev_hash", "entry_hash"],
        chain: None,
        sequence: Some("sequence"),
        previous: "prev_hash",
        own: Some("entry_hash"),
        preimage: Preimage::PreviousThenMembers(
            Form::SortedCompact,
            &[
                ("timestamp", "timestamp"),
                ("event_id", "event_id"),
                ("event_type", "event_type"),
                ("actor", "actor"),
                ("action", "action"),
                ("result", "result"),
                ("security", "security"),
                ("sequence", "sequence"),
            ],
        ),
        prefix: "",
        genesis: &[ZEROS],
        authentication: Authentication::None,
    },
    Profile {
        name: "evidence-verify",
        signs: &["seq", "ts", "event", "prev_hash", "entry_hash"],
        chain: None,
        sequence: Some("seq"),
        previous: "prev_hash",
        own: Some("entry_hash"),
        preimage: Preimage::Joined("|", Form::PythonCompact, &["seq", "ts", "event", "prev_hash"]),
        prefix: "",
        genesis: &[ZEROS],
        authentication: Authentication::None,
    },
    Profile {
        name: "omega-audit",
        signs: &["seq", "ts", "action", "prevHash", "hash"],
        chain: None,
        sequence: Some("seq"),
        previous: "prevHash",
        own: Some("hash"),
        preimage: Preimage::Members(Form::SortedCompact, &[("seq", "seq"), ("ts", "ts"), ("action", "action"), ("prevHash", "prev_hash")]),
        prefix: "",
        genesis: &[ZEROS],
        authentication: Authentication::None,
    },
    Profile {
        name: "hash chain (canonical JSON)",
        signs: &["seq", "prev_hash", "hash"],
        chain: None,
        sequence: Some("seq"),
        previous: "prev_hash",
        own: Some("hash"),
        preimage: Preimage::Without(Form::Jcs, &["hash", "signature"]),
        prefix: "",
        genesis: &["", ZEROS, "genesis", "GENESIS"],
        authentication: Authentication::None,
    },
    Profile {
        name: "hash chain (Python JSON)",
        signs: &["seq", "prev_hash", "hash"],
        chain: None,
        sequence: Some("seq"),
        previous: "prev_hash",
        own: Some("hash"),
        preimage: Preimage::Without(Form::Python, &["hash", "signature"]),
        prefix: "",
        genesis: &["", ZEROS, "genesis", "GENESIS"],
        authentication: Authentication::None,
    },
];

impl Profile {
    /// Whether a record looks like one of this kind.
    pub fn fits(&self, record: &Tree<'_>) -> bool {
        self.signs.iter().all(|path| record.at(path).is_some())
    }

    /// The bytes that are hashed; `None` if the record has no such form.
    pub fn preimage(&self, record: &Tree<'_>) -> Option<String> {
        let members = |fields: &[(&'static str, &'static str)]| {
            // An absent member is hashed as null, as the writers do that always write all of them.
            let member =
                |(path, name): &(&'static str, &'static str)| ((*name).into(), record.at(path).cloned().unwrap_or(Tree::Literal("null")));
            Tree::Object(fields.iter().map(member).collect(), "")
        };
        match self.preimage {
            Preimage::Without(form, names) => record.without(names).canonical(form),
            Preimage::WithoutNulls(form, names, except) => record.without(names).without_nulls(except).canonical(form),
            Preimage::Members(form, fields) => members(fields).canonical(form),
            Preimage::PreviousThenMembers(form, fields) => {
                let previous = record.at(self.previous).and_then(Tree::plain).unwrap_or_default();
                Some(previous + &members(fields).canonical(form)?)
            }
            Preimage::Joined(delimiter, form, paths) => {
                let mut parts = Vec::with_capacity(paths.len());
                for path in paths {
                    parts.push(match record.at(path) {
                        None => String::new(),
                        Some(tree @ (Tree::Object(..) | Tree::Array(_))) => tree.canonical(form)?,
                        Some(tree) => tree.plain().unwrap_or_default(),
                    });
                }
                Some(parts.join(delimiter))
            }
        }
    }

    /// Members of a record that its hash does not cover.
    pub fn uncovered<'t>(&self, record: &'t Tree<'_>) -> Vec<&'t str> {
        let names = record.names();
        let own = self.own.unwrap_or("");
        let covered = |name: &str| match self.preimage {
            Preimage::Without(_, left) | Preimage::WithoutNulls(_, left, _) => !left.contains(&name),
            Preimage::Members(_, fields) | Preimage::PreviousThenMembers(_, fields) => {
                fields.iter().any(|(path, _)| *path == name) || name == self.previous
            }
            Preimage::Joined(_, _, paths) => paths.contains(&name),
        };
        names.into_iter().filter(|name| *name != own && *name != "proof" && *name != "signature" && !covered(name)).collect()
    }
}
