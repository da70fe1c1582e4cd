//! Lines of an `allowed_signers` file, read as ssh-keygen reads them (ALLOWED SIGNERS in ssh-keygen(1); `parse_principals_key_and_options` and
//! `sshsigopt_parse` in sshsig.c): principals, options, type, key, comment. What it refuses is refused, and more: every line is judged, not only
//! the one that is looked for.

use chrono::{Local, NaiveDate, NaiveDateTime, NaiveTime, TimeZone};
use ssh_key::PublicKey;

use super::key::{Key, KeyError};
use super::role::Role;
use super::ssh::{is_type, material};

/// Reads a line. A public key alone, as in `id_ed25519.pub`, is one too; its comment is its name.
pub(super) fn line(text: &str) -> Result<Key, KeyError> {
    let text = text.trim_matches(BLANK);
    if text.split(BLANK).next().is_some_and(is_type) {
        let (key, comment) = public(text)?;
        return Ok(named(if comment.is_empty() { "SSH key".to_owned() } else { comment }, key));
    }
    let (principals, rest) = first_word(text)?;
    if principals.is_empty() {
        return Err(option("the line names no principal"));
    }
    let starts_with_key = rest.split(BLANK).next().is_some_and(is_type);
    let (options, rest) = if starts_with_key { ("", rest) } else { split_options(rest)? };
    let (key, _comment) = public(rest)?;
    let mut key = named(principals, key);
    if read_options(options, &mut key)? {
        return Err(KeyError::Authority);
    }
    Ok(key)
}

const BLANK: [char; 2] = [' ', '\t'];

fn option(what: &str) -> KeyError {
    KeyError::Option(what.to_owned())
}

fn named(name: String, key: Key) -> Key {
    // A signer of documents does not seal logs.
    Key { name, role: Role::Examiner, ..key }
}

/// Type, key and comment.
fn public(text: &str) -> Result<(Key, String), KeyError> {
    let mut words = text.split(BLANK).filter(|word| !word.is_empty());
    let (Some(kind), Some(data)) = (words.next(), words.next()) else { return Err(KeyError::NotASshKey) };
    let comment = words.collect::<Vec<_>>().join(" ");
    let key = PublicKey::from_openssh(&format!("{kind} {data}")).map_err(|_error| KeyError::NotASshKey)?;
    let material = material(key.key_data()).ok_or(KeyError::BadBytes("Ed25519, ECDSA or RSA"))?;
    Ok((Key::new("", material, None), comment))
}

/// The first word, as OpenSSH cuts it: a quotation mark in it reaches to the next one.
fn first_word(text: &str) -> Result<(String, &str), KeyError> {
    let end = text.find([' ', '\t', '"']).ok_or(KeyError::NotAKey)?;
    if !text[end..].starts_with('"') {
        return Ok((text[..end].to_owned(), text[end..].trim_start_matches(BLANK)));
    }
    let quoted = &text[end + 1..];
    let close = quoted.find('"').ok_or_else(|| option("a quotation mark is not closed"))?;
    Ok((format!("{}{}", &text[..end], &quoted[..close]), quoted[close + 1..].trim_start_matches(BLANK)))
}

/// Cuts at the first blank outside quotation marks.
fn split_options(text: &str) -> Result<(&str, &str), KeyError> {
    let bytes = text.as_bytes();
    let (mut at, mut quoted) = (0, false);
    while let Some(byte) = bytes.get(at) {
        match byte {
            b' ' | b'\t' if !quoted => return Ok((&text[..at], text[at..].trim_start_matches(BLANK))),
            b'\\' if bytes.get(at + 1) == Some(&b'"') => at += 1,
            b'"' => quoted = !quoted,
            _ => {}
        }
        at += 1;
    }
    Err(if quoted { option("a quotation mark is not closed") } else { KeyError::NotAKey })
}

/// Reads the options into `key`. Gives whether the key is a certificate authority's.
fn read_options(options: &str, key: &mut Key) -> Result<bool, KeyError> {
    let (mut rest, mut authority, mut namespaces) = (options, false, false);
    while !rest.is_empty() {
        if let Some(after) = strip_word(rest, "cert-authority") {
            (rest, authority) = (after, true);
        } else if let Some(after) = strip_word(rest, "namespaces=") {
            let (value, after) = quoted(after)?;
            if std::mem::replace(&mut namespaces, true) {
                return Err(KeyError::Twice("namespaces"));
            }
            key.namespaces = value.split(',').map(str::to_owned).collect();
            rest = after;
        } else if let Some(after) = strip_word(rest, "valid-after=") {
            let (value, after) = quoted(after)?;
            if key.not_before.replace(moment(&value, &Local, false)?).is_some() {
                return Err(KeyError::Twice("valid-after"));
            }
            rest = after;
        } else if let Some(after) = strip_word(rest, "valid-before=") {
            let (value, after) = quoted(after)?;
            if key.not_after.replace(moment(&value, &Local, true)?).is_some() {
                return Err(KeyError::Twice("valid-before"));
            }
            rest = after;
        } else if !rest.starts_with(',') {
            let word: String = rest.chars().take_while(|character| !",= ".contains(*character)).take(40).collect();
            return Err(KeyError::Option(format!("“{word}” is not an option of a signer")));
        }
        // Between two commas there may be nothing.
        rest = match rest.strip_prefix(',') {
            Some("") => return Err(option("the options end with a comma")),
            Some(more) => more,
            None if rest.is_empty() => rest,
            None => return Err(option("a comma is missing between two options")),
        };
    }
    if key.not_before.zip(key.not_after).is_some_and(|(after, before)| before <= after) {
        return Err(KeyError::Backwards);
    }
    Ok(authority)
}

/// Options may be written in capitals.
fn strip_word<'a>(text: &'a str, word: &str) -> Option<&'a str> {
    text.get(..word.len()).filter(|start| start.eq_ignore_ascii_case(word)).map(|_| &text[word.len()..])
}

/// A value between quotation marks, with `\"` for one of its own, and what follows.
fn quoted(text: &str) -> Result<(String, &str), KeyError> {
    let inner = text.strip_prefix('"').ok_or_else(|| option("the value of an option must be in quotation marks"))?;
    let mut value = String::new();
    let mut characters = inner.char_indices().peekable();
    while let Some((at, character)) = characters.next() {
        match character {
            '"' => return Ok((value, &inner[at + 1..])),
            '\\' if characters.next_if(|(_, next)| *next == '"').is_some() => value.push('"'),
            other => value.push(other),
        }
    }
    Err(option("a quotation mark is not closed"))
}

/// A time as `YYYYMMDD[HHMM[SS]][Z]`, also with `UTC` for `Z`. Without a zone it is a time of this computer's zone, as in ssh-keygen. Where
/// clocks are set back, the narrower reading holds: the earlier time ends a validity, the later one starts it.
fn moment<Z: TimeZone>(text: &str, zone: &Z, ends: bool) -> Result<i64, KeyError> {
    let bad = || KeyError::Moment(text.chars().take(40).collect());
    let tail = |end: &str| text.len().checked_sub(end.len()).and_then(|at| Some((text.get(..at)?, text.get(at..)?)));
    let utc = ["Z", "UTC"].iter().find_map(|end| tail(end).filter(|(rest, tail)| !rest.is_empty() && tail.eq_ignore_ascii_case(end)));
    let digits = utc.map_or(text, |(rest, _)| rest);
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(bad());
    }
    let time = match digits.len() {
        8 => NaiveDate::parse_from_str(digits, "%Y%m%d").map(|date| date.and_time(NaiveTime::MIN)),
        12 => NaiveDateTime::parse_from_str(&format!("{digits}00"), "%Y%m%d%H%M%S"),
        14 => NaiveDateTime::parse_from_str(digits, "%Y%m%d%H%M%S"),
        _ => return Err(bad()),
    };
    let time = time.map_err(|_error| bad())?;
    let nanoseconds = if utc.is_some() {
        time.and_utc().timestamp_nanos_opt()
    } else {
        let local = zone.from_local_datetime(&time);
        let moment = if ends { local.earliest() } else { local.latest() };
        moment.and_then(|moment| moment.timestamp_nanos_opt())
    };
    // ssh-keygen takes no time at or before 1970.
    nanoseconds.filter(|nanoseconds| *nanoseconds > 0).ok_or_else(bad)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::time;

    // Made with ssh-keygen -t ed25519.
    const KEY: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIMZ6UTJIdTuiYG+ciR1zsnkVC5cb/55EYNMkUgFP3Ebx auditor";

    fn read(before: &str) -> Result<Key, KeyError> {
        line(&format!("{before} {KEY}"))
    }

    #[test]
    fn lines_are_read() {
        let key = read(r#"maria@acme.example namespaces="file,evidence",valid-before="20270101Z""#).unwrap();
        assert_eq!((key.name.as_str(), key.not_after), ("maria@acme.example", time::parse("2027-01-01T00:00:00Z")));
        assert_eq!((key.role, key.namespaces), (Role::Examiner, vec!["file".to_owned(), "evidence".to_owned()]));
        assert_eq!(line(KEY).unwrap().name, "auditor");
        assert_eq!(read(r#""maria x,joe" Valid-After="20260101Z""#).unwrap().name, "maria x,joe");
        assert_eq!(read("ssh-admins").unwrap().name, "ssh-admins");
        assert_eq!(line(&KEY.replace(' ', "\t  ")).unwrap().name, "auditor");
    }

    #[test]
    fn what_ssh_keygen_refuses_is_refused() {
        assert_eq!(read("*.example cert-authority"), Err(KeyError::Authority));
        assert_eq!(read(r#"*.example CERT-AUTHORITY,namespaces="file""#), Err(KeyError::Authority));
        for options in [
            "no-touch-required",
            "cert-authority,",
            "cert-authorityx",
            r#"namespaces="file",valid-befor="20270101""#,
            "valid-before=20270101",
            r#"valid-before="20270101"#,
            r#"valid-before="soon""#,
            r#"valid-before="20270230""#,
            r#"valid-before="2027""#,
            r#"namespaces="a",namespaces="b""#,
            r#"valid-after="20260101Z",valid-after="20250101Z""#,
            r#"valid-after="20270101Z",valid-before="20260101Z""#,
            r#"valid-after="20260101Z"valid-before="20270101Z""#,
            r#"valid-after="19700101Z""#,
            r#"namespaces="file" valid-before="20270101Z""#,
        ] {
            assert!(read(&format!("maria {options}")).is_err(), "{options}");
        }
        assert!(line("maria ssh-ed25519 AAAA").is_err() && line("maria").is_err() && line("\"maria ssh-ed25519").is_err());
    }

    #[test]
    fn times_without_a_zone_are_local() {
        let tokyo = chrono::FixedOffset::east_opt(9 * 3600).unwrap();
        let at = |text: &str| moment(text, &tokyo, false).ok();
        assert_eq!(at("202603071530"), time::parse("2026-03-07T06:30:00Z"));
        assert_eq!(at("20260307153007"), time::parse("2026-03-07T06:30:07Z"));
        for utc in ["202603071530Z", "202603071530z", "202603071530UTC"] {
            assert_eq!(at(utc), time::parse("2026-03-07T15:30:00Z"), "{utc}");
        }
        for none in ["soon", "", "Z", "UTC", "2026-0307", "20260307ZZ", "202603", "é0260307", "99999999Z"] {
            assert_eq!(at(none), None, "{none}");
        }
    }
}
