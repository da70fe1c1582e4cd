//! One strict reading of a JSON text (RFC 8259), and what would let two readers see two different things in it.
//!
//! A single pass without recursion: it follows the grammar, and looks out for what RFC 8259 leaves open and readers settle differently —
//! a member that occurs twice, half of a surrogate pair, a number with more digits than a double keeps, bytes that are no UTF-8.
//! Its cost is linear in the text (times the logarithm of the members of one object), its memory a few words for each open member.
//!
//! Written here, not taken from a library, because a library gives one reading and does not say that there is another. Values are read by
//! `serde_json`.

mod doubt;
mod lexical;

use std::hash::BuildHasher;

pub use doubt::{DEEPEST, Doubt, MOST_VALUES, NotJson};
use doubt::{clipped, note};
pub use lexical::Quoted;
use lexical::{number_end, quoted, rounded, unescape};

use crate::model::stop;

/// What a strict look at some bytes gives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Look {
    /// JSON that every reader reads alike.
    Exact,
    /// JSON that readers may read differently.
    Doubtful(Doubt),
    /// No JSON.
    NotJson(NotJson),
}

/// What a reading consists of, in the order of the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Token<'a> {
    /// An object begins.
    Object,
    /// A list begins.
    List,
    /// The name of the member whose value follows.
    Name(Quoted<'a>),
    /// A text.
    Text(Quoted<'a>),
    /// A number, `true`, `false` or `null`, by its own characters.
    Literal(&'a str),
    /// The innermost object or list ends; the characters of the whole of it.
    End(&'a str),
}

/// Room for a reading, kept from text to text.
#[derive(Debug, Default)]
pub struct Reader {
    keys: Vec<Key>,
    open: Vec<Open>,
    /// Names that had escapes, without them.
    names: Vec<String>,
}

#[derive(Clone, Copy, Debug)]
struct Key {
    hash: u64,
    /// The span in the text, or the index in `names` if `end` is 0.
    start: usize,
    end: usize,
}

#[derive(Clone, Copy, Debug)]
struct Open {
    start: usize,
    is_object: bool,
    /// Where its keys start.
    keys: usize,
    /// A bit for each key's hash.
    seen: u64,
}

/// Up to so many members are compared as they come; more are sorted at the end, and of very many the hashes are gathered.
const FEW: usize = 32;
const MANY: usize = 4096;
/// Steps of a reading between two looks at the wish to stop.
const BETWEEN_LOOKS: usize = 1024;

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Value,
    /// After `{`: a name or `}`.
    FirstName,
    /// After `,` in an object.
    Name,
    /// After `[`: a value or `]`.
    FirstItem,
    /// After a value.
    After,
}

impl Reader {
    /// Looks at a text without keeping anything of it.
    pub fn look(&mut self, bytes: &[u8]) -> Look {
        let Ok(text) = std::str::from_utf8(bytes) else {
            let opens = bytes.iter().find(|byte| !byte.is_ascii_whitespace());
            return if matches!(opens, Some(b'{' | b'[')) { Look::Doubtful(Doubt::NotUtf8) } else { Look::NotJson(NotJson::Grammar(0)) };
        };
        match self.read(text, |_| ()) {
            Ok(None) => Look::Exact,
            Ok(Some(doubt)) => Look::Doubtful(doubt),
            Err(cause) => Look::NotJson(cause),
        }
    }

    /// Reads a text, token by token. Gives the gravest doubt about it, if there is one.
    ///
    /// # Errors
    /// It is no JSON; what was taken until then counts for nothing.
    pub fn read<'a>(&mut self, text: &'a str, mut take: impl FnMut(Token<'a>)) -> Result<Option<Doubt>, NotJson> {
        self.keys.clear();
        self.open.clear();
        self.names.clear();
        let bytes = text.as_bytes();
        let mut doubt: Option<Doubt> = None;
        let mut state = State::Value;
        let mut at = 0;
        let mut steps = 0_usize;
        loop {
            steps += 1;
            if steps.is_multiple_of(BETWEEN_LOOKS) && stop::is_wished() {
                return Err(NotJson::Stopped);
            }
            while let Some(b' ' | b'\t' | b'\n' | b'\r') = bytes.get(at) {
                at += 1;
            }
            let Some(&byte) = bytes.get(at) else {
                return if state == State::After && self.open.is_empty() { Ok(doubt) } else { Err(NotJson::Grammar(at)) };
            };
            match (state, byte) {
                (State::FirstName | State::Name, b'"') => {
                    let (quoted, end) = quoted(text, at + 1, &mut doubt)?;
                    self.name(text, quoted, at + 1, &mut doubt);
                    take(Token::Name(quoted));
                    at = end;
                    while let Some(b' ' | b'\t' | b'\n' | b'\r') = bytes.get(at) {
                        at += 1;
                    }
                    if bytes.get(at) != Some(&b':') {
                        return Err(NotJson::Grammar(at));
                    }
                    at += 1;
                    state = State::Value;
                }
                (State::Value | State::FirstItem, b'{' | b'[') => {
                    if self.open.len() >= DEEPEST {
                        return Err(NotJson::Deep);
                    }
                    let is_object = byte == b'{';
                    self.open.push(Open { start: at, is_object, keys: self.keys.len(), seen: 0 });
                    take(if is_object { Token::Object } else { Token::List });
                    state = if is_object { State::FirstName } else { State::FirstItem };
                    at += 1;
                }
                (State::Value | State::FirstItem, b'"') => {
                    let (quoted, end) = quoted(text, at + 1, &mut doubt)?;
                    take(Token::Text(quoted));
                    (at, state) = (end, State::After);
                }
                (State::Value | State::FirstItem, b'-' | b'0'..=b'9') => {
                    let end = number_end(bytes, at)?;
                    let literal = &text[at..end];
                    if let Some(found) = rounded(literal) {
                        note(&mut doubt, found);
                    }
                    take(Token::Literal(literal));
                    (at, state) = (end, State::After);
                }
                (State::Value | State::FirstItem, b't' | b'f' | b'n') => {
                    let word = ["true", "false", "null"].into_iter().find(|word| bytes[at..].starts_with(word.as_bytes()));
                    let end = at + word.ok_or(NotJson::Grammar(at))?.len();
                    take(Token::Literal(&text[at..end]));
                    (at, state) = (end, State::After);
                }
                (State::FirstName | State::After, b'}') | (State::FirstItem | State::After, b']') => {
                    let open = self.open.pop().filter(|open| open.is_object == (byte == b'}')).ok_or(NotJson::Grammar(at))?;
                    if open.is_object {
                        self.close(text, open, &mut doubt);
                    }
                    at += 1;
                    take(Token::End(&text[open.start..at]));
                    state = State::After;
                }
                (State::After, b',') => {
                    state = match self.open.last() {
                        Some(open) if open.is_object => State::Name,
                        Some(_) => State::Value,
                        None => return Err(NotJson::Grammar(at)),
                    };
                    at += 1;
                }
                _ => return Err(NotJson::Grammar(at)),
            }
        }
    }

    fn key<'s>(names: &'s [String], text: &'s str, key: Key) -> &'s str {
        if key.end == 0 { names.get(key.start).map_or("", String::as_str) } else { &text[key.start..key.end] }
    }

    /// Remembers a member's name.
    fn name(&mut self, text: &str, quoted: Quoted<'_>, start: usize, doubt: &mut Option<Doubt>) {
        let key = if quoted.escaped {
            let name = unescape(quoted.raw);
            let hash = hash(name.as_bytes());
            self.names.push(name);
            Key { hash, start: self.names.len() - 1, end: 0 }
        } else {
            Key { hash: hash(quoted.raw.as_bytes()), start, end: start + quoted.raw.len() }
        };
        let Some(open) = self.open.last_mut() else { return };
        let bit = 1 << (key.hash >> 58);
        let earlier = &self.keys[open.keys..];
        if open.seen & bit != 0 && earlier.len() <= FEW {
            let name = Self::key(&self.names, text, key);
            if earlier.iter().any(|other| other.hash == key.hash && Self::key(&self.names, text, *other) == name) {
                note(doubt, Doubt::Twice(clipped(name)));
            }
        }
        open.seen |= bit;
        self.keys.push(key);
    }

    /// Ends an object: many names are compared at once.
    fn close(&mut self, text: &str, open: Open, doubt: &mut Option<Doubt>) {
        let names = &self.names;
        let keys = &mut self.keys[open.keys..];
        if keys.len() > MANY {
            if let Some(name) = twice(keys, |key| Self::key(names, text, key)) {
                note(doubt, Doubt::Twice(clipped(name)));
            }
        } else if keys.len() > FEW {
            keys.sort_unstable_by(|left, right| {
                let by_hash = left.hash.cmp(&right.hash);
                by_hash.then_with(|| Self::key(names, text, *left).cmp(Self::key(names, text, *right)))
            });
            for pair in keys.windows(2) {
                if let [left, right] = pair
                    && left.hash == right.hash
                    && Self::key(names, text, *left) == Self::key(names, text, *right)
                {
                    note(doubt, Doubt::Twice(clipped(Self::key(names, text, *left))));
                    break;
                }
            }
        }
        self.keys.truncate(open.keys);
    }
}

/// A name that occurs twice among very many. They are hashed in full and with a secret, so that no choice of names makes many of one hash.
fn twice<'s>(keys: &[Key], name: impl Fn(Key) -> &'s str) -> Option<&'s str> {
    let secret = std::hash::RandomState::new();
    let mut seen = std::collections::HashSet::with_capacity(keys.len());
    for (index, key) in keys.iter().enumerate() {
        if index.is_multiple_of(BETWEEN_LOOKS) && stop::is_wished() {
            return None;
        }
        let own = name(*key);
        if !seen.insert(secret.hash_one(own)) && keys[..index].iter().any(|other| name(*other) == own) {
            return Some(own);
        }
    }
    None
}

/// A quick hash of a name from its ends and length. Names of one hash are compared in full, and never more than [`FEW`] with each other.
fn hash(name: &[u8]) -> u64 {
    let word = |bytes: &[u8; 8]| u64::from_le_bytes(*bytes);
    let (first, last) = match (name.first_chunk(), name.last_chunk()) {
        (Some(first), Some(last)) => (word(first), word(last)),
        _ => (name.iter().fold(0, |sum, byte| sum << 8 | u64::from(*byte)), 0),
    };
    let mixed =
        (first ^ last.rotate_left(29) ^ (name.len() as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15)).wrapping_mul(0xff51_afd7_ed55_8ccd);
    mixed ^ mixed >> 32
}

#[cfg(test)]
mod tests {
    use super::*;

    fn look(text: &str) -> Look {
        Reader::default().look(text.as_bytes())
    }

    #[test]
    fn exact_texts() {
        let texts = [
            r#"{"a":1,"b":{"a":2},"c":[{"a":1},{"a":2}]}"#,
            r#" {"\u0061b":"\ud83d\ude00 \n","AB":"","":0.1,"x":[[],{}]} "#,
            r#"{"t":1772853262018000000,"f":0.10000000000000001,"p":1e300,"z":0e999,"n":-0,"m":1.7976931348623157e308}"#,
            r#"{"big":"9007199254740993","half":"\\ud800"}"#,
            "[9007199254740992,18446744073709551616,0.1000000000000000055511151231257827]",
            "\"text\"",
            "-0.5e-3",
            "null",
            "{}\r\n",
        ];
        for text in texts {
            assert_eq!(look(text), Look::Exact, "{text}");
        }
    }

    #[test]
    fn doubts() {
        let twice = |name: &str| Look::Doubtful(Doubt::Twice(name.to_owned()));
        assert_eq!(look(r#"{"a":1,"a":1}"#), twice("a"));
        assert_eq!(look(r#"{"x":[{"agent":1,"b":2,"\u0061gent":3}]}"#), twice("agent"));
        assert_eq!(look(r#"{"":1,"":2}"#), twice(""));
        assert_eq!(look(r#"{"a":9007199254740993,"b":"\ud800","c":{"d":0,"d":0}}"#), twice("d"));
        for text in [r#"{"a":"\ud800"}"#, r#"{"\udc00":1}"#, r#"["\ud800\u0041"]"#, r#"["\ud800\ud800\udc00"]"#, r#"["\ude00\ud83d"]"#] {
            assert_eq!(look(text), Look::Doubtful(Doubt::Surrogate), "{text}");
        }
        for text in ["9007199254740993", "-9007199254740993", "1772853262018000123", "18446744073709551615", "-9223372036854775807"] {
            assert_eq!(look(text), Look::Doubtful(Doubt::Wide(text.to_owned())), "{text}");
        }
        for text in [
            "1e400",
            "-1e400",
            "1e-400",
            "1e99999999999999999999",
            "18446744073709551617",
            "0.12345678901234567891",
            "9007199254740993.0",
            "9007199254740993e0",
        ] {
            assert_eq!(look(text), Look::Doubtful(Doubt::Rounded(text.to_owned())), "{text}");
        }
        assert_eq!(Reader::default().look(b"{\"a\":\"\xff\"}"), Look::Doubtful(Doubt::NotUtf8));
        assert!(matches!(Reader::default().look(b"\xff\xfe{}"), Look::NotJson(_)));
    }

    #[test]
    fn no_json() {
        let texts = [
            "",
            " ",
            "{",
            "}",
            "[1,]",
            "{\"a\":1,}",
            "{a:1}",
            "{'a':1}",
            "01",
            "1.",
            ".5",
            "+1",
            "1e",
            "NaN",
            "Infinity",
            "tru",
            "\"a",
            "\"\t\"",
            "\"\\x41\"",
            "\"\\u12g4\"",
            "{} {}",
            "{}x",
            "[1 2]",
            "{\"a\" 1}",
            "{\"a\":1]",
            "[1}",
            "// a\n1",
            "{\"a\":1,\"a\":2",
            "\u{feff}{}",
            "\"\\",
            "\"\\u",
            "-",
        ];
        for text in texts {
            assert!(matches!(look(text), Look::NotJson(_)), "{text}");
        }
    }

    #[test]
    fn nesting_and_size_are_bounded() {
        let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        assert_eq!(look(&nested(DEEPEST)), Look::Exact);
        assert_eq!(look(&nested(DEEPEST + 1)), Look::NotJson(NotJson::Deep));
        assert_eq!(look(&"[".repeat(1_000_000)), Look::NotJson(NotJson::Deep));
        // Names of one length with equal ends have one hash: 100,000 of them must not be compared with each other.
        let members: Vec<String> = (0..100_000).map(|number| format!("\"aaaaaaaa{number:06}bbbbbbbb\":0")).collect();
        let started = std::time::Instant::now();
        assert_eq!(look(&format!("{{{}}}", members.join(","))), Look::Exact);
        assert!(matches!(look(&format!("{{{},{}}}", members.join(","), members[7])), Look::Doubtful(Doubt::Twice(_))));
        assert!(started.elapsed().as_secs() < 5, "{:?}", started.elapsed());
    }

    #[test]
    fn tokens_come_in_order() {
        let mut tokens = Vec::new();
        let text = r#"{"\u0061":[1,"x"]}"#;
        assert_eq!(Reader::default().read(text, |token| tokens.push(token)), Ok(None));
        let plain = |raw| Quoted { raw, escaped: false };
        assert_eq!(
            tokens,
            [
                Token::Object,
                Token::Name(Quoted { raw: r"\u0061", escaped: true }),
                Token::List,
                Token::Literal("1"),
                Token::Text(plain("x")),
                Token::End(r#"[1,"x"]"#),
                Token::End(text)
            ]
        );
        assert_eq!(Quoted { raw: r#"\u0061\ud83d\ude00\/\"\n\ud800"#, escaped: true }.text(), "a😀/\"\n\u{fffd}");
    }

    /// What this reads as exact, `serde_json` reads too, and what it refuses, `serde_json` refuses.
    #[test]
    fn agrees_with_another_reader() {
        use proptest::prelude::*;
        let pieces = prop::sample::select(vec![
            "{",
            "}",
            "[",
            "]",
            ",",
            ":",
            "\"a\"",
            "\"b\"",
            "\"\\u0061\"",
            "1",
            "-0.5",
            "1e5",
            "true",
            "null",
            " ",
            "\"\\ud83d\\ude00\"",
            "9007199254740993",
        ]);
        let mut runner = proptest::test_runner::TestRunner::new(ProptestConfig { cases: 20_000, ..ProptestConfig::default() });
        let ran = runner.run(&prop::collection::vec(pieces, 0..14), |pieces| {
            let text = pieces.concat();
            let other = serde_json::from_str::<serde::de::IgnoredAny>(&text).is_ok();
            prop_assert_eq!(!matches!(look(&text), Look::NotJson(_)), other, "{}", text);
            Ok(())
        });
        ran.unwrap();
    }
}
