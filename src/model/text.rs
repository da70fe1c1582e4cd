//! Showing text from untrusted logs so that it cannot deceive, and numbers so that they can be read.

use std::borrow::Cow;

/// Whether a character could hide or reorder text: controls, bidirectional marks, invisible and private characters.
pub fn is_deceptive(character: char) -> bool {
    character.is_control()
        || matches!(character,
            '\u{00AD}' | '\u{034F}' | '\u{061C}' | '\u{115F}' | '\u{1160}' | '\u{17B4}' | '\u{17B5}' | '\u{180B}'..='\u{180F}'
            | '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{3164}'
            | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}' | '\u{FFA0}' | '\u{FFF0}'..='\u{FFFC}'
            | '\u{E000}'..='\u{F8FF}' | '\u{1BCA0}'..='\u{1BCA3}' | '\u{1D173}'..='\u{1D17A}'
            | '\u{E0000}'..='\u{10FFFF}')
}

/// Makes control, bidirectional and invisible characters visible as `⟨U+202E⟩`, each on its own.
pub fn visible(text: &str) -> Cow<'_, str> {
    if text.bytes().all(|byte| (0x20..0x7f).contains(&byte)) || !text.chars().any(is_deceptive) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 16);
    for character in text.chars() {
        if is_deceptive(character) {
            shown.push_str(&format!("⟨U+{:04X}⟩", u32::from(character)));
        } else {
            shown.push(character);
        }
    }
    Cow::Owned(shown)
}

/// [`visible`], but line feeds and tabs stay, for text shown in several lines.
pub fn visible_lines(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for (index, line) in text.split('\n').enumerate() {
        if index > 0 {
            shown.push('\n');
        }
        for (part_index, part) in line.split('\t').enumerate() {
            if part_index > 0 {
                shown.push('\t');
            }
            shown.push_str(&visible(part));
        }
    }
    shown
}

/// [`visible`] text of at most `limit` characters, with `…` in place of what was left out.
pub fn short(text: &str, limit: usize) -> String {
    let shown = visible(text);
    if shown.chars().count() <= limit {
        return shown.into_owned();
    }
    let mut cut: String = shown.chars().take(limit.saturating_sub(1)).collect();
    cut.push('…');
    cut
}

/// A long identifier by its first and last characters: `AKIA…7QX`.
pub fn abbreviate(identifier: &str) -> String {
    let shown: Vec<char> = visible(identifier).chars().collect();
    if shown.len() <= 14 {
        return shown.into_iter().collect();
    }
    let head: String = shown[..4].iter().collect();
    let tail: String = shown[shown.len() - 3..].iter().collect();
    format!("{head}…{tail}")
}

/// Bytes in lower-case hexadecimal.
pub fn hex(bytes: &[u8]) -> String {
    hex::encode(bytes)
}

/// Bytes of hexadecimal text, in either case; `None` if it is none.
pub fn from_hex(text: &str) -> Option<Vec<u8>> {
    match hex::decode(text) {
        Ok(bytes) => Some(bytes),
        Err(hex::FromHexError::InvalidHexCharacter { .. } | hex::FromHexError::OddLength | hex::FromHexError::InvalidStringLength) => None,
    }
}

/// The last part of a path or of an origin.
pub fn name_of(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// A count with thousands separated by commas.
pub fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut grouped = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// `1 record`, `2,000 records`, `2 entries`, `2 witnesses`.
pub fn plural(number: u64, one: &str) -> String {
    if number == 1 { format!("1 {one}") } else { format!("{} {}", count(number), many(one)) }
}

/// The plural of a noun: `records`, `entries`, `witnesses`.
pub fn many(one: &str) -> String {
    match one.strip_suffix('y') {
        Some(stem) if !stem.ends_with(['a', 'e', 'i', 'o', 'u']) => format!("{stem}ies"),
        _ if one.ends_with(['s', 'x']) || one.ends_with("ch") || one.ends_with("sh") => format!("{one}es"),
        _ => format!("{one}s"),
    }
}

/// A text as one word of a POSIX shell's command line.
pub fn shell_word(text: &str) -> String {
    let plain = |character: char| character.is_ascii_alphanumeric() || "/._-:@+=,".contains(character);
    if !text.is_empty() && !text.starts_with('-') && text.chars().all(plain) {
        return text.to_owned();
    }
    format!("'{}'", text.replace('\'', "'\\''"))
}

/// A size in bytes with a binary unit.
pub fn bytes(number: u64) -> String {
    const UNITS: [&str; 5] = ["bytes", "KiB", "MiB", "GiB", "TiB"];
    let mut value = number as f64;
    let mut unit = 0;
    while value >= 1024.0 && unit < UNITS.len() - 1 {
        value /= 1024.0;
        unit += 1;
    }
    if unit == 0 {
        format!("{} {}", count(number), if number == 1 { "byte" } else { "bytes" })
    } else {
        format!("{value:.1} {}", UNITS[unit])
    }
}

/// Whether a whole text is a private key: blocks of PEM (RFC 7468), one of them a private key, and nothing around them that could be a record.
///
/// A log whose records talk about keys, or even hold one, is a log.
pub fn is_private_key(text: &str) -> bool {
    let (mut inside, mut private): (Option<&str>, bool) = (None, false);
    for line in text.lines().map(str::trim) {
        let marker = |start: &str| line.strip_prefix(start).and_then(|rest| rest.strip_suffix("-----"));
        match (inside, marker("-----BEGIN "), marker("-----END ")) {
            (None, Some(label), _) => inside = Some(label),
            (Some(label), _, Some(end)) if label == end => {
                private |= label.ends_with("PRIVATE KEY");
                inside = None;
            }
            // The body is base64; older forms have headers before it.
            (Some(_), None, None) if !line.starts_with(['{', '[']) => {}
            // What stands around the blocks is for people, and never a record.
            (None, None, None) if !line.contains('{') => {}
            _ => return false,
        }
    }
    private && inside.is_none()
}

/// Bytes as text; `None` if they are no UTF-8, so that they are no text of any form that is known here.
pub fn utf8(bytes: &[u8]) -> Option<&str> {
    match std::str::from_utf8(bytes) {
        Ok(text) => Some(text),
        Err(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn deceptive_characters_become_visible() {
        assert_eq!(visible("user\u{202E}nimda"), "user⟨U+202E⟩nimda");
        assert_eq!(visible("a\u{0}b\u{1b}[31m"), "a⟨U+0000⟩b⟨U+001B⟩[31m");
        assert_eq!(visible("plain ü 漢"), "plain ü 漢");
        assert_eq!(visible_lines("a\n\tb\u{200b}"), "a\n\tb⟨U+200B⟩");
    }

    #[test]
    fn numbers_are_grouped() {
        assert_eq!(count(0), "0");
        assert_eq!(count(999), "999");
        assert_eq!(count(1_000), "1,000");
        assert_eq!(count(12_345_678), "12,345,678");
        assert_eq!(plural(1, "record"), "1 record");
        assert_eq!(plural(2, "record"), "2 records");
        assert_eq!(
            (plural(0, "entry"), plural(2, "witness"), plural(3, "day")),
            ("0 entries".into(), "2 witnesses".into(), "3 days".into())
        );
    }

    #[test]
    fn long_identifiers_keep_both_ends() {
        assert_eq!(abbreviate("AKIAIOSFODNN7EXAMPLE"), "AKIA…PLE");
        assert_eq!(abbreviate("short-key"), "short-key");
    }

    #[test]
    fn only_a_whole_key_is_a_key() {
        let key = "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIA==\n-----END PRIVATE KEY-----\n";
        let certificate = key.replace("PRIVATE KEY", "CERTIFICATE");
        for text in
            [key.to_owned(), key.replace('\n', "\r\n"), format!("# old\n{certificate}\n{key}"), key.replace("PRIVATE", "OPENSSH PRIVATE")]
        {
            assert!(is_private_key(&text), "{text}");
        }
        let record = r#"{"user":"maria","action":"found -----BEGIN PRIVATE KEY-----"}"#;
        let quoted = format!("{{\"key\":{:?}}}", key);
        for text in [
            record,
            &quoted,
            &certificate,
            "",
            "-----BEGIN PRIVATE KEY-----",
            &format!("{key}{record}\n"),
            &format!("{record}\n{key}"),
            &key.replace("MC4", "{\"a\":1}\nMC4"),
        ] {
            assert!(!is_private_key(text), "{text}");
        }
    }
}
