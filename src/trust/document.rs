//! The TOML form of a trust file, which is also how trusted keys are stored. Nothing in it is passed over: an entry or a word that is not known,
//! or that cannot be read, is an error that names its line.

use base64::{Engine, engine::general_purpose::STANDARD as BASE64};
use serde::Deserialize;
use toml::Spanned;

use super::key::{Key, KeyError, Material, limit};
use super::policy::{Policy, PolicyError};
use super::role::Role;
use crate::model::time;

/// What stands at the top of a stored file.
const HEAD: &str = "\
# Keys that Sealscope trusts: one [[key]] each.
#   key = a public key in any form that fits one text, such as name+id+key; or type, name and base64
#   role = log, witness, examiner, time-stamping or secret
#   origins = the logs it speaks for, by default its own name and what lies under it
#   from, until = dates (a date alone is that whole day, UTC); namespaces = of an examiner; note, added = for you
# policy = the text of a C2SP policy; it counts witnesses, and the keys stand here nonetheless.
";

/// Why the text cannot be used.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum DocumentError {
    Key(usize, KeyError),
    Policy(usize, PolicyError),
}

/// What a file says.
#[derive(Debug, Default)]
pub(super) struct Read {
    pub(super) keys: Vec<Key>,
    pub(super) policy: Option<Policy>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    policy: Option<Spanned<String>>,
    #[serde(default)]
    key: Vec<Spanned<Entry>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    key: Option<Spanned<String>>,
    r#type: Option<Spanned<String>>,
    base64: Option<Spanned<String>>,
    secret: Option<Spanned<String>>,
    name: Option<Spanned<String>>,
    role: Option<Spanned<String>>,
    origins: Option<Spanned<Vec<Spanned<String>>>>,
    namespaces: Option<Spanned<Vec<String>>>,
    from: Option<Spanned<Moment>>,
    until: Option<Spanned<Moment>>,
    added: Option<Spanned<Moment>>,
    #[serde(default)]
    note: String,
}

/// A date or time of TOML, or one in quotation marks.
#[derive(Deserialize)]
#[serde(untagged)]
enum Moment {
    Toml(toml::value::Datetime),
    Text(String),
}

impl Moment {
    fn limit(&self, ends: bool) -> Result<i64, KeyError> {
        match self {
            Self::Toml(moment) => limit(&moment.to_string(), ends),
            Self::Text(text) => limit(text, ends),
        }
    }
}

/// Whether a text is of this form: its first line that says anything opens a table or sets a value.
pub(super) fn is_document(text: &str) -> bool {
    let mut lines = text.lines().map(|line| line.trim_matches(['\u{feff}', ' ', '\t'])).filter(|line| !line.is_empty());
    let Some(first) = lines.find(|line| !line.starts_with('#')) else { return false };
    let word =
        |text: &str| !text.is_empty() && text.chars().all(|character| character.is_ascii_alphanumeric() || "-_.".contains(character));
    first.starts_with('[')
        || first.split_once('=').is_some_and(|(name, value)| word(name.trim_end()) && value.starts_with([' ', '"', '\'']))
}

/// Reads the form.
pub(super) fn read(text: &str) -> Result<Read, DocumentError> {
    let text = text.trim_start_matches('\u{feff}');
    let line_at = |at: usize| text.bytes().take(at).filter(|byte| *byte == b'\n').count() + 1;
    let document: Document = toml::from_str(text).map_err(|error| {
        let at = error.span().map_or(1, |span| line_at(span.start));
        DocumentError::Key(at, KeyError::Entry(error.message().trim().replace('\n', " ")))
    })?;
    let mut read = Read::default();
    if let Some(policy) = document.policy {
        let at = line_at(policy.span().start);
        read.policy = Some(Policy::parse(policy.get_ref()).map_err(|(line, cause)| DocumentError::Policy(at + line - 1, cause))?);
    }
    for entry in &document.key {
        let key = one(entry.get_ref(), entry.span().start).map_err(|(at, error)| DocumentError::Key(line_at(at), error))?;
        read.keys.push(key);
    }
    Ok(read)
}

type At<T> = Result<T, (usize, KeyError)>;

fn one(entry: &Entry, start: usize) -> At<Key> {
    let mut key = bare(entry, start)?;
    let at = |part: &Spanned<String>| part.span().start;
    if let Some(role) = &entry.role {
        let known = Role::ALL.into_iter().find(|known| known.word() == role.get_ref());
        let known = known.ok_or_else(|| (at(role), KeyError::Role(role.get_ref().clone())))?;
        key.set_role(known).map_err(|error| (at(role), error))?;
    }
    if let Some(empty) = entry.origins.as_ref().filter(|origins| origins.get_ref().is_empty()) {
        // It could mean none, or any.
        return Err((empty.span().start, KeyError::Entry("origins is empty: name a log, or leave the word out".into())));
    }
    for origin in entry.origins.iter().flat_map(Spanned::get_ref) {
        key.add_origin(origin.get_ref()).map_err(|error| (at(origin), error))?;
    }
    if let Some(namespaces) = &entry.namespaces {
        if key.role != Role::Examiner || namespaces.get_ref().is_empty() {
            return Err((namespaces.span().start, KeyError::Entry("namespaces are named for an examiner's key, one at least".into())));
        }
        namespaces.get_ref().clone_into(&mut key.namespaces);
    }
    let moment = |part: &Option<Spanned<Moment>>, ends| {
        part.as_ref().map(|moment| moment.get_ref().limit(ends).map_err(|error| (moment.span().start, error))).transpose()
    };
    (key.not_before, key.not_after, key.added) = (moment(&entry.from, false)?, moment(&entry.until, true)?, moment(&entry.added, false)?);
    if key.not_before.zip(key.not_after).is_some_and(|(from, until)| from > until) {
        return Err((entry.until.as_ref().map_or(start, |until| until.span().start), KeyError::Backwards));
    }
    entry.note.clone_into(&mut key.note);
    Ok(key)
}

/// The key with its name, before what is said of it.
fn bare(entry: &Entry, start: usize) -> At<Key> {
    let wrong = |what: &str| (start, KeyError::Entry(what.to_owned()));
    let name = entry.name.as_ref().map(|name| (name.get_ref().trim(), name.span().start));
    if let Some((_, at)) = name.filter(|(name, _)| name.is_empty() || name.chars().any(char::is_control)) {
        return Err((at, KeyError::Entry("the name is empty or not one line".into())));
    }
    let needed = || name.map(|(name, _)| name).ok_or_else(|| wrong("the entry has no name"));
    match (&entry.key, &entry.r#type, &entry.base64, &entry.secret) {
        (Some(text), None, None, None) => {
            let mut key = form(text.get_ref()).map_err(|error| (text.span().start, error))?;
            match name {
                Some((name, _)) if key.note_type.is_none() => name.clone_into(&mut key.name),
                Some((name, at)) if name != key.name => {
                    return Err((at, KeyError::Entry(format!("the key's own name is {}, which signatures carry", key.name))));
                }
                Some(_) => {}
                None if key.name.is_empty() => return Err(wrong("the entry has no name")),
                None => {}
            }
            Ok(key)
        }
        (None, None, None, Some(secret)) => Ok(Key::new(needed()?, Material::Hmac(secret.get_ref().clone().into_bytes()), None)),
        (None, Some(kind), Some(data), None) => {
            let bytes =
                BASE64.decode(data.get_ref()).map_err(|_error| (data.span().start, KeyError::Entry("this is not base64".into())))?;
            let material = material(kind.get_ref(), bytes).map_err(|error| (kind.span().start, error))?;
            Ok(Key::new(needed()?, material, None))
        }
        _ => Err(wrong("an entry has either key, or secret, or type and base64")),
    }
}

/// A public key in one text.
fn form(text: &str) -> Result<Key, KeyError> {
    let text = text.trim();
    if super::pem::is_pem(text) {
        let mut keys = super::pem::read("", text).map_err(|(_, error)| error)?;
        return match (keys.pop(), keys.is_empty()) {
            (Some(key), true) => Ok(key),
            _ => Err(KeyError::Entry("one entry holds one key".into())),
        };
    }
    if text.split_whitespace().next().is_some_and(super::ssh::is_type) {
        return super::allowed::line(text);
    }
    if text.starts_with("did:key:") { Key::from_did_key(text) } else { Key::from_verifier_key(text) }
}

/// The bytes of a key of a sort that is named.
pub(super) fn material(kind: &str, bytes: Vec<u8>) -> Result<Material, KeyError> {
    use pkcs8::der::{Decode, asn1::UintRef};
    let bad = |kind| KeyError::BadBytes(kind);
    Ok(match kind {
        "ed25519" => {
            let public: [u8; 32] = bytes.try_into().map_err(|_bytes| bad("Ed25519"))?;
            ed25519_dalek::VerifyingKey::from_bytes(&public).map_err(|_error| bad("Ed25519"))?;
            Material::Ed25519(public)
        }
        "ecdsa" if pkcs8::spki::SubjectPublicKeyInfoRef::from_der(&bytes).is_ok() => Material::Ecdsa(bytes),
        "rsa" if Vec::<UintRef<'_>>::from_der(&bytes).map_or(0, |numbers| numbers.len()) == 2 => Material::Rsa(bytes),
        "ml-dsa-44" if bytes.len() == 1312 => Material::MlDsa44(bytes),
        "certificate" if x509_cert::der::Decode::from_der(&bytes).map(|_: x509_cert::Certificate| ()).is_ok() => {
            Material::Certificate(bytes)
        }
        "hmac" => Material::Hmac(bytes),
        "journal" => {
            let text = String::from_utf8(bytes).map_err(|_error| bad("journal verification"))?;
            if !super::key::is_journal_key(&text) {
                return Err(bad("journal verification"));
            }
            Material::JournalSeal(text)
        }
        "ecdsa" => return Err(bad("ECDSA")),
        "rsa" => return Err(bad("RSA")),
        "ml-dsa-44" => return Err(bad("ML-DSA-44")),
        "certificate" => return Err(KeyError::Certificate("it is not a certificate".into())),
        other => return Err(KeyError::Entry(format!("“{other}” is not a type of key"))),
    })
}

fn kind(material: &Material) -> &'static str {
    match material {
        Material::Ed25519(_) => "ed25519",
        Material::Ecdsa(_) => "ecdsa",
        Material::Rsa(_) => "rsa",
        Material::MlDsa44(_) => "ml-dsa-44",
        Material::Hmac(_) => "hmac",
        Material::JournalSeal(_) => "journal",
        Material::Certificate(_) => "certificate",
    }
}

/// Writes keys so that [`read`] gives them back.
pub(super) fn write(keys: &[Key], policy: Option<&Policy>) -> String {
    let quoted = |text: &str| toml::Value::from(text).to_string();
    let list = |texts: &[String]| format!("[{}]", texts.iter().map(|text| quoted(text)).collect::<Vec<_>>().join(", "));
    let mut text = HEAD.to_owned();
    if let Some(policy) = policy {
        text.push_str(&format!("policy = {}\n", quoted(&policy.text)));
    }
    for key in keys {
        let mut lines = vec![String::new(), "[[key]]".into()];
        match key.verifier_key() {
            Some(verifier_key) => lines.push(format!("key = {}", quoted(&verifier_key))),
            None => {
                lines.push(format!("name = {}", quoted(&key.name)));
                lines.push(format!("type = \"{}\"\nbase64 = \"{}\"", kind(&key.material), BASE64.encode(key.material.bytes())));
            }
        }
        lines.push(format!("role = \"{}\"", key.role.word()));
        if !key.origins.is_empty() {
            lines.push(format!("origins = {}", list(&key.origins)));
        }
        if !key.namespaces.is_empty() {
            lines.push(format!("namespaces = {}", list(&key.namespaces)));
        }
        for (word, moment) in [("from", key.not_before), ("until", key.not_after), ("added", key.added)] {
            lines.extend(moment.map(|moment| format!("{word} = {}", time::rfc3339(moment))));
        }
        if !key.note.is_empty() {
            lines.push(format!("note = {}", quoted(&key.note)));
        }
        text.push_str(&(lines.join("\n") + "\n"));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    const VERIFIER_KEY: &str = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";

    fn entry(more: &str) -> Result<Vec<Key>, (usize, KeyError)> {
        match read(&format!("# mine\n[[key]]\nkey = \"{VERIFIER_KEY}\"\n{more}\n")) {
            Ok(read) => Ok(read.keys),
            Err(DocumentError::Key(line, error)) => Err((line, error)),
            Err(DocumentError::Policy(..)) => unreachable!(),
        }
    }

    #[test]
    fn what_is_written_is_read_again() {
        let public = ed25519_dalek::SigningKey::from_bytes(&[1; 32]).verifying_key().to_bytes();
        let mut sealer = Key::new("acme.example/audit", Material::Ed25519(public), Some(4));
        sealer.origins = vec!["acme.example/audit/a".into(), "acme.example/audit/*".into()];
        sealer.note = "read \"over\" the\ntelephone \\ 'twice'".into();
        sealer.not_before = time::parse("2026-01-01T00:00:00Z");
        sealer.not_after = limit("2026-03-07", true).ok();
        sealer.role = Role::Witness;
        sealer.added = time::parse("2026-03-07T03:14:22.018Z");
        let mut examiner = Key::new("*, !joe \u{1f511}", Material::Ed25519(public), None);
        (examiner.role, examiner.namespaces) = (Role::Examiner, vec!["file".into(), "!git*".into()]);
        let journal = "fa1b10-8258e8-6ea103-ba9a36/1b7e6c-35a4e900".to_owned();
        let keys = vec![
            sealer,
            examiner,
            Key::new("toolkit", Material::Hmac(b"two words \xff\x00".to_vec()), None),
            Key::new("host", Material::JournalSeal(journal), None),
            Key::new("CloudTrail key 00ff", Material::Rsa(vec![0x30, 6, 2, 1, 5, 2, 1, 3]), None),
        ];
        let text = write(&keys, None);
        assert!(is_document(&text), "{text}");
        assert_eq!(read(&text).unwrap().keys, keys, "{text}");
        assert!(read(&write(&[], None)).unwrap().keys.is_empty());
    }

    #[test]
    fn a_date_alone_is_the_whole_day() {
        for value in ["2026-03-07", "\"2026-03-07\""] {
            let key = entry(&format!("from = {value}\nuntil = {value}")).unwrap().remove(0);
            assert_eq!(key.not_before, time::parse("2026-03-07T00:00:00Z"));
            assert_eq!(key.not_after, time::parse("2026-03-07T23:59:59.999999999Z"));
        }
        let key = entry("until = 2026-03-07T12:00:00+02:00").unwrap().remove(0);
        assert_eq!(key.not_after, time::parse("2026-03-07T10:00:00Z"));
        assert_eq!(entry("until = 2026-03-07T12:00:00").unwrap()[0].not_after, time::parse("2026-03-07T12:00:00Z"));
    }

    #[test]
    fn what_cannot_be_read_is_refused_with_its_line() {
        for (more, line) in [
            ("orign = \"x\"", 4),
            ("until = 2026-02-30", 4),
            ("\nuntil = \"soon\"", 5),
            ("until = 12:00:00", 4),
            ("until = 2026", 4),
            ("until = \"2026-3-7\"", 4),
            ("from = 2026-03-08\nuntil = 2026-03-07", 5),
            ("role = \"Log\"", 4),
            ("role = \"secret\"", 4),
            ("role = \"time-stamping\"", 4),
            ("origins = [\"*\"]", 4),
            ("origins = [\"a\", \"a*\"]", 4),
            ("origins = \"a\"", 4),
            ("origins = []", 4),
            ("namespaces = [\"file\"]", 4),
            ("name = \"other\"", 4),
            ("secret = \"x\"", 2),
            ("key = \"again\"", 4),
            ("[[keys]]", 4),
            ("[[key]]\nname = \"x\"", 4),
            ("[[key]]\nname = \"x\"\ntype = \"ed25519\"\nbase64 = \"AAAA\"", 6),
            ("[[key]]\nname = \"x\"\ntype = \"dsa\"\nbase64 = \"AAAA\"", 6),
            ("[[key]]\nsecret = \"x\"", 4),
            ("[[key]]\nname = \"x\"\nsecret = \"x\"\nrole = \"log\"", 7),
        ] {
            let error = entry(more).unwrap_err();
            assert_eq!(error.0, line, "{more}: {error:?}");
        }
        let policy = read("policy = \"\"\"log x\nquorum none\n\"\"\"\n").unwrap_err();
        assert!(matches!(policy, DocumentError::Policy(1, PolicyError::Key(_))), "{policy:?}");
    }

    #[test]
    fn other_forms_are_not_taken_for_it() {
        for text in
            [VERIFIER_KEY, "hmac a b=", "maria namespaces=\"file\" ssh-ed25519 AAAA", "# x\n\nlog a+b+c=\nquorum none", "", "# only"]
        {
            assert!(!is_document(text), "{text}");
        }
        assert!(is_document("\u{feff}# x\n key='a'") && is_document("[[kye]]") && is_document("policy = 1"));
    }
}
