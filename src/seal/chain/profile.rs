//! How each program builds its chain: which fields, in which form, link one record to the next. A profile is a text that anyone can write.

use serde::{Deserialize, Serialize};

use super::json::Form;
use crate::model::text::name_of;

/// Why a profile cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ProfileError {
    /// It is no TOML, or a field is not known or of the wrong type.
    #[error("{0}")]
    Text(String),
    /// A part of the preimage names none or several of `text`, `json` and `hex`.
    #[error("part {0} of the preimage must have exactly one of text, json and hex")]
    Part(usize),
    /// The bytes of a part are no hexadecimal text.
    #[error("part {0} of the preimage: hex must hold pairs of hexadecimal digits")]
    Hex(usize),
    /// There is nothing to recognise a record by.
    #[error("signs must name at least one path that every record has")]
    NoSigns,
    /// Nothing would be hashed.
    #[error("the preimage must have at least one part")]
    NoPreimage,
    /// What is to be believed is not under the signature.
    #[error("{0} states when or by whom it was signed, but is neither signed nor hashed")]
    Unsigned(String),
}

/// One way of chaining. Paths are member names joined by `/`.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Profile {
    /// Its name as the user reads it.
    pub name: String,
    /// Who writes such chains, in a sentence.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub about: String,
    /// Paths that every record of the kind has.
    pub signs: Vec<String>,
    /// JSON pointer (RFC 6901) to the list of records, where they are part of a larger document.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub records: Option<String>,
    /// The table of an SQLite database that holds the records.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub table: Option<Table>,
    /// Where in each record the chain's own object is; for chains inside another one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at: Option<String>,
    /// Path of the chain's name, where several are interleaved.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub chain: Option<String>,
    /// Path of the sequence number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sequence: Option<String>,
    /// Path of the previous record's hash.
    pub previous: String,
    /// Path of the record's own hash; without one, only the next record states it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub own: Option<String>,
    /// What the first record states as its predecessor.
    #[serde(default)]
    pub genesis: Vec<String>,
    /// Whether a new file continues the chain or starts again.
    #[serde(default)]
    pub rotation: Rotation,
    /// The hash function.
    #[serde(default)]
    pub digest: Digest,
    /// How the hash is written.
    #[serde(default)]
    pub encoding: Encoding,
    /// What stands before the hash.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub prefix: String,
    /// What is hashed, in this order.
    pub preimage: Vec<Part>,
    /// What stands between the parts.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub delimiter: String,
    /// Other preimages that some records of the same log have, such as those of an older version.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub otherwise: Vec<Vec<Part>>,
    /// What authenticates a record beyond its hash.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub authentication: Option<Authentication>,
    /// A chain inside the records of this one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub inner: Option<Box<Self>>,
    /// Path that is `true` in the last record of a chain that was closed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub terminal: Option<String>,
    /// Path whose value should not occur twice, such as an idempotency key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub once: Option<String>,
    /// Paths by which a record names its parent in another chain: the parent's chain and the parent's identifier.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parent: Option<Parent>,
    /// Path of a key that takes over from the next record on: `u` and base64url of an Ed25519 key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_key: Option<String>,
    /// Path of the time in the record. It counts as a signed time only where the signature covers it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time: Option<String>,
    /// Path of the name of who signs, such as the issuer. It counts only where the signature covers it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub signer: Option<String>,
    /// What paths must hold, word for word; a record with anything else there is malformed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub must_be: Vec<(String, String)>,
}

/// How a record names its parent.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Parent {
    /// Path of the name of the parent's chain.
    pub chain: String,
    /// Path of the parent's identifier.
    pub record: String,
    /// Path of a record's own identifier.
    pub own: String,
}

/// A table of records.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Table {
    /// Its name.
    pub name: String,
    /// The column that gives the order of the records.
    pub order: String,
    /// A column that holds the record as JSON. Without it the columns themselves are the record.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub record: Option<String>,
    /// Columns that hold JSON rather than text.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub json: Vec<String>,
    /// Names that columns have in the record, where they differ: `[column, name]`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub named: Vec<(String, String)>,
}

/// What a new file means.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Rotation {
    /// The chain continues from file to file; a new beginning is reported.
    #[default]
    Continue,
    /// Every file has a chain of its own.
    Reset,
}

/// A hash function.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Digest {
    /// FIPS 180-4.
    #[default]
    Sha256,
    /// FIPS 180-4.
    Sha384,
    /// FIPS 180-4.
    Sha512,
    /// RFC 2104 with SHA-256 and a key that the user gives.
    HmacSha256,
}

/// How bytes are written as text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Encoding {
    /// Hexadecimal, lower case.
    #[default]
    Hex,
    /// RFC 4648 section 4.
    Base64,
    /// RFC 4648 section 5, without padding.
    Base64url,
}

/// A part of what is hashed: exactly one of `text`, `json` and `hex`.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Part {
    /// Path of a value that is hashed as plain text; objects in it as the record writes them. Empty if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// A form in which a value is hashed as JSON.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub json: Option<Form>,
    /// These very bytes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hex: Option<String>,
    /// For `json`: path of the value; the whole record if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at: Option<String>,
    /// For `json`: an object of these members only.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub members: Vec<Member>,
    /// For `json`: members to leave out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub without: Vec<String>,
    /// For `json`: leave out members that are null, at any depth.
    #[serde(default, skip_serializing_if = "is_false")]
    pub omit_nulls: bool,
    /// A member that stays even if it is null.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub keep_null: Option<String>,
    /// Length of the part before it, as four bytes, the highest first.
    #[serde(default, skip_serializing_if = "is_false")]
    pub length_first: bool,
    /// How a time is written before it is hashed, where that differs from the record.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time: Option<TimeForm>,
    /// Its hash stands in its place, so that records can be withheld without breaking the chain.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hashed: Option<Hashed>,
}

/// How the hash of a part stands in what is hashed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Hashed {
    /// As hexadecimal text, lower case.
    Hex,
    /// As bytes.
    Raw,
}

/// How a program writes a time when it hashes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum TimeForm {
    /// Python's `isoformat()`: `+00:00` instead of `Z`.
    PythonIsoformat,
    /// .NET's `O`: seven digits after the point, `+00:00` instead of `Z`.
    DotnetRoundTrip,
}

/// A member of an object that is hashed.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(untagged)]
pub enum Member {
    /// Path and name are the same.
    Named(String),
    /// The value at one path under another name, or a time in another form.
    From {
        /// Path in the record.
        from: String,
        /// Name in the hashed object.
        name: String,
        /// How a time is written.
        time: Option<TimeForm>,
    },
}

impl Member {
    /// Path in the record, name in the hashed object, form of a time.
    pub fn parts(&self) -> (&str, &str, Option<TimeForm>) {
        match self {
            Self::Named(name) => (name, name_of(name), None),
            Self::From { from, name, time } => (from, name, *time),
        }
    }
}

/// What authenticates a record.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Authentication {
    /// The algorithm.
    pub scheme: Scheme,
    /// What it is computed over.
    #[serde(default)]
    pub over: Over,
    /// What is signed, where it is not what is hashed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub preimage: Vec<Part>,
    /// Path of the signature.
    pub signature: String,
    /// How the signature is written.
    #[serde(default)]
    pub encoding: Encoding,
    /// What stands before the signature.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub prefix: String,
    /// Path of the name of the key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// Path of the public key itself, hexadecimal or base64. It counts only if the user trusts the same key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub public_key: Option<String>,
}

/// A signature algorithm.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Scheme {
    /// RFC 8032.
    Ed25519,
    /// ECDSA on P-256 with SHA-256; the signature is `r ‖ s`.
    Es256,
    /// RFC 2104 with SHA-256.
    HmacSha256,
}

/// What is signed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Over {
    /// The bytes that are hashed.
    #[default]
    Preimage,
    /// Their SHA-256.
    Digest,
    /// The text of the hash, without its prefix.
    Hash,
}

fn is_false(value: &bool) -> bool {
    !value
}
