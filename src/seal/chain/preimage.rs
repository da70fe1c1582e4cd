//! The bytes that a record's hash is taken over, and what they leave out.

use base64::{Engine, engine::general_purpose::STANDARD as BASE64, engine::general_purpose::URL_SAFE_NO_PAD as BASE64URL};
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest as _, Sha256};

use super::json::{Form, Tree};
use super::profile::{Digest, Encoding, Hashed, Part, Profile, TimeForm};
use crate::model::text::{from_hex, hex};
use crate::model::{Cover, Coverage};

/// The bytes of a preimage; `None` if the record has no such form.
pub fn bytes(parts: &[Part], delimiter: &str, digest: Digest, record: &Tree<'_>) -> Option<Vec<u8>> {
    joined(parts, delimiter, |part| {
        let content = one(part, record)?;
        match part.hashed {
            None => Some(content),
            Some(Hashed::Hex) => Some(hex(&hash(digest, &content)?).into_bytes()),
            Some(Hashed::Raw) => hash(digest, &content),
        }
    })
}

/// The hash of a part that stands in its place.
pub fn inner_hash(part: &Part, profile: &Profile, record: &Tree<'_>) -> Option<Vec<u8>> {
    hash(profile.digest, &one(part, record)?)
}

/// The contents of parts with what stands between and before them.
pub fn joined(parts: &[Part], delimiter: &str, content: impl Fn(&Part) -> Option<Vec<u8>>) -> Option<Vec<u8>> {
    let mut out = Vec::new();
    for (index, part) in parts.iter().enumerate() {
        if index > 0 {
            out.extend_from_slice(delimiter.as_bytes());
        }
        let content = content(part)?;
        if part.length_first {
            let Ok(length) = u32::try_from(content.len()) else { return None };
            out.extend_from_slice(&length.to_be_bytes());
        }
        out.extend_from_slice(&content);
    }
    Some(out)
}

fn one(part: &Part, record: &Tree<'_>) -> Option<Vec<u8>> {
    if let Some(path) = &part.text {
        let text = match record.at(path) {
            None => String::new(),
            Some(tree @ (Tree::Object(..) | Tree::Array(_))) => tree.canonical(Form::AsWritten)?,
            Some(tree) => in_form(tree.plain()?, part.time),
        };
        return Some(text.into_bytes());
    }
    if let Some(bytes) = &part.hex {
        return from_hex(bytes);
    }
    let form = part.json?;
    let value = match &part.at {
        None => record,
        // An absent value is hashed as null, as the writers do that always write it.
        Some(path) => record.at(path).unwrap_or(&Tree::Literal("null")),
    };
    if part.members.is_empty() && part.without.is_empty() && !part.omit_nulls {
        return value.canonical(form).map(String::into_bytes);
    }
    let mut value = if part.members.is_empty() { value.without(&part.without) } else { chosen(part, value) };
    if part.omit_nulls {
        value = value.without_nulls(part.keep_null.as_deref());
    }
    value.canonical(form).map(String::into_bytes)
}

fn chosen<'a>(part: &Part, value: &Tree<'a>) -> Tree<'a> {
    let member = |member: &super::profile::Member| {
        let (path, name, time) = member.parts();
        let own = value.at(path).cloned().unwrap_or(Tree::Literal("null"));
        let own = match (own, time) {
            (Tree::Text(text), Some(_)) => Tree::Text(in_form(text.into_owned(), time).into()),
            (own, _) => own,
        };
        (name.to_owned().into(), own)
    };
    Tree::Object(part.members.iter().map(member).collect(), "")
}

fn in_form(text: String, time: Option<TimeForm>) -> String {
    let Some(form) = time else { return text };
    let (moment, zone) = match text.strip_suffix('Z') {
        Some(moment) => (moment, "+00:00"),
        // The date has dashes too, so a zone is looked for after the T.
        None => match text.find('T').and_then(|start| text[start..].rfind(['+', '-']).map(|at| text.split_at(start + at))) {
            Some(parts) => parts,
            None => (text.as_str(), ""),
        },
    };
    match form {
        TimeForm::PythonIsoformat => format!("{moment}{zone}"),
        TimeForm::DotnetRoundTrip => {
            let (whole, fraction) = moment.split_once('.').unwrap_or((moment, ""));
            format!("{whole}.{fraction:0<7}{zone}")
        }
    }
}

/// The hash of a preimage as the profile writes it. `secret` is for keyed hashes; `None` if there is no key.
pub fn digest(profile: &Profile, preimage: &[u8], secret: Option<&[u8]>) -> Option<String> {
    let hash = match profile.digest {
        Digest::HmacSha256 => mac(secret?, preimage)?,
        digest => hash(digest, preimage)?,
    };
    Some(format!("{}{}", profile.prefix, encode(profile.encoding, &hash)))
}

/// The hash of bytes; `None` where it would need a key.
pub fn hash(digest: Digest, bytes: &[u8]) -> Option<Vec<u8>> {
    match digest {
        Digest::Sha256 => Some(sha2::Sha256::digest(bytes).to_vec()),
        Digest::Sha384 => Some(sha2::Sha384::digest(bytes).to_vec()),
        Digest::Sha512 => Some(sha2::Sha512::digest(bytes).to_vec()),
        Digest::HmacSha256 => None,
    }
}

/// Bytes as text.
pub fn encode(encoding: Encoding, bytes: &[u8]) -> String {
    match encoding {
        Encoding::Hex => hex(bytes),
        Encoding::Base64 => BASE64.encode(bytes),
        Encoding::Base64url => BASE64URL.encode(bytes),
    }
}

/// Text as bytes.
pub fn decode(encoding: Encoding, text: &str) -> Option<Vec<u8>> {
    match encoding {
        Encoding::Hex => from_hex(text),
        Encoding::Base64 => decoded(&BASE64, text),
        Encoding::Base64url => decoded(&BASE64URL, text.trim_end_matches('=')),
    }
}

fn decoded(engine: &impl Engine, text: &str) -> Option<Vec<u8>> {
    match engine.decode(text) {
        Ok(bytes) => Some(bytes),
        Err(_) => None,
    }
}

/// Members of a record that its hash does not cover, by name.
pub fn uncovered<'t>(profile: &Profile, record: &'t Tree<'_>) -> Vec<&'t str> {
    let coverage = coverage(profile, &profile.preimage, false);
    let silent = seals(profile);
    let is_silent = |name: &str| silent.iter().any(|path| path.split('/').next() == Some(name));
    record.names().into_iter().filter(|name| !is_silent(name) && coverage.of(&[name]) == Cover::None).collect()
}

/// The members that are the seal itself.
fn seals(profile: &Profile) -> Vec<&str> {
    let authentication = profile.authentication.iter().map(|authentication| authentication.signature.as_str());
    profile.own.as_deref().into_iter().chain(authentication).collect()
}

/// What of a record these parts cover. Without the `shiftable` ones: texts between which characters can be shifted unnoticed.
pub fn coverage(profile: &Profile, parts: &[Part], without_shiftable: bool) -> Coverage {
    let mut covered: Vec<String> = seals(profile).into_iter().map(str::to_owned).collect();
    let mut left_out: Vec<String> = Vec::new();
    for part in parts {
        if let Some(path) = &part.text {
            let list = if without_shiftable && shiftable(profile, part) { &mut left_out } else { &mut covered };
            list.push(path.clone());
        } else if part.json.is_some() {
            let at = part.at.as_deref().unwrap_or("");
            let below = |name: &str| if at.is_empty() { name.to_owned() } else { format!("{at}/{name}") };
            if part.members.is_empty() {
                covered.push(at.to_owned());
                left_out.extend(part.without.iter().map(|name| below(name)));
            } else {
                covered.extend(part.members.iter().map(|member| below(member.parts().0)));
            }
        }
    }
    // The seal itself is not what it leaves out.
    left_out.retain(|path| !seals(profile).contains(&path.as_str()));
    Coverage::of_paths(covered.iter().map(String::as_str), left_out.iter().map(String::as_str))
}

/// Whether what is signed covers the value at a path.
pub fn signature_covers(profile: &Profile, path: &str) -> bool {
    let own = profile.authentication.as_ref().map(|authentication| &authentication.preimage).filter(|parts| !parts.is_empty());
    let names: Vec<&str> = path.split('/').collect();
    coverage(profile, own.unwrap_or(&profile.preimage), true).of(&names) == Cover::Whole
}

/// Whether the end of a part is not fixed by its own form, so that its last characters could stand in the next part instead.
fn shiftable(profile: &Profile, part: &Part) -> bool {
    part.text.as_ref().is_some_and(|path| *path != profile.previous) && !part.length_first && part.hashed.is_none()
}

/// Whether characters of this record could be shifted from one hashed member to the next without changing the hash.
pub fn is_ambiguous(profile: &Profile, parts: &[Part], record: &Tree<'_>) -> bool {
    let free = |part: &Part| shiftable(profile, part);
    if profile.delimiter.is_empty() {
        return parts.windows(2).any(|pair| free(&pair[0]) && free(&pair[1]));
    }
    let holds = |part: &&Part| one(part, record).is_some_and(|bytes| memchr::memmem::find(&bytes, profile.delimiter.as_bytes()).is_some());
    parts.iter().filter(|part| free(part)).count() > 1 && parts.iter().filter(|part| free(part)).any(|part| holds(&part))
}

/// HMAC-SHA-256.
pub fn mac(secret: &[u8], message: &[u8]) -> Option<Vec<u8>> {
    // HMAC takes keys of any length, so this never fails.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret) else { return None };
    mac.update(message);
    Some(mac.finalize().into_bytes().to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_as_their_programs_do() {
        let python = |text: &str| in_form(text.into(), Some(TimeForm::PythonIsoformat));
        let dotnet = |text: &str| in_form(text.into(), Some(TimeForm::DotnetRoundTrip));
        assert_eq!(python("2026-03-07T03:14:22.5Z"), "2026-03-07T03:14:22.5+00:00");
        assert_eq!(python("2026-03-07T03:14:22+01:00"), "2026-03-07T03:14:22+01:00");
        assert_eq!(dotnet("2026-03-07T03:14:22.12+00:00"), "2026-03-07T03:14:22.1200000+00:00");
        assert_eq!(dotnet("2026-03-07T03:14:22-05:00"), "2026-03-07T03:14:22.0000000-05:00");
        assert_eq!(dotnet("later"), "later.0000000");
    }
}
