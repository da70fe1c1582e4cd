//! Names of files, as people see them and as programs might mistake them for one another.

use std::borrow::Cow;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;

use unicode_normalization::UnicodeNormalization;

/// How a byte that is no text starts when it is shown.
const BYTE: &str = "⟨byte ";

/// A name as it is shown. Bytes that are no UTF-8 are written as `⟨byte FF⟩`, so that no two names look alike for them.
pub fn shown_name(name: &OsStr) -> String {
    shown_bytes(name.as_bytes())
}

/// [`shown_name`] of the bytes of a name.
pub(super) fn shown_bytes(name: &[u8]) -> String {
    let byte = |byte: &u8| format!("{BYTE}{byte:02X}⟩");
    let mut shown = String::with_capacity(name.len());
    for chunk in name.utf8_chunks() {
        // A name that itself contains what a byte would be written as must not look like that byte.
        for (index, text) in chunk.valid().split(BYTE).enumerate() {
            if index > 0 {
                shown.extend("⟨".as_bytes().iter().map(byte));
                shown.push_str("byte ");
            }
            shown.push_str(text);
        }
        shown.extend(chunk.invalid().iter().map(byte));
    }
    shown
}

/// The name of an archive's member without the parts that mean nothing: `./`, and a second `/`.
pub(super) fn plain_path(name: &[u8]) -> Vec<u8> {
    let parts: Vec<&[u8]> = name.split(|byte| *byte == b'/').filter(|part| !matches!(*part, b"" | b".")).collect();
    parts.join(&b'/')
}

/// What two names have in common that some file system or unpacker takes for one: letters in either case, composed or not, either slash.
pub(super) fn folded(name: &[u8]) -> String {
    let text: Cow<'_, str> = shown_bytes(name).into();
    let folded: String = text.replace('\\', "/").nfd().flat_map(char::to_lowercase).nfd().collect();
    let parts: Vec<&str> =
        folded.split('/').filter(|part| !matches!(*part, "" | ".")).map(|part| part.trim_end_matches(['.', ' '])).collect();
    parts.join("/")
}

/// Whether a member's name would leave the archive's folder.
pub(super) fn climbs(name: &str) -> bool {
    name.starts_with(['/', '\\'])
        || name.contains(':') && name.chars().nth(1) == Some(':')
        || name.split(['/', '\\']).any(|part| part == "..")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_that_are_no_text_are_shown_each_on_its_own() {
        assert_eq!(shown_bytes(b"a\xff.jsonl"), "a⟨byte FF⟩.jsonl");
        assert_ne!(shown_bytes(b"a\xff"), shown_bytes(b"a\xfe"));
        assert_ne!(shown_bytes(b"a\xff"), shown_bytes("a⟨byte FF⟩".as_bytes()));
        assert_eq!(shown_bytes("ä⟨x⟩".as_bytes()), "ä⟨x⟩");
    }

    #[test]
    fn names_that_some_reader_takes_for_one() {
        for (one, other) in [("a/b", "./A//b"), ("\u{e4}", "a\u{308}"), ("a\\b", "a/b"), ("a.", "a"), ("\u{212b}", "\u{e5}")] {
            assert_eq!(folded(one.as_bytes()), folded(other.as_bytes()), "{one} {other}");
        }
        assert_ne!(folded(b"a\xff"), folded(b"a\xfe"));
        assert_eq!(plain_path(b"./a//b/."), b"a/b");
    }
}
