//! The smallest parts of JSON: quoted texts and numbers.

use std::borrow::Cow;

use super::doubt::{Doubt, NotJson, clipped, note};

/// A quoted text as it stands between its quotation marks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quoted<'a> {
    /// Without the quotation marks, escapes as they were written.
    pub raw: &'a str,
    /// Whether there are escapes in it.
    pub escaped: bool,
}

impl<'a> Quoted<'a> {
    /// The text without escapes. Half of a surrogate pair becomes U+FFFD; the reading is doubtful then.
    pub fn text(self) -> Cow<'a, str> {
        if self.escaped { unescape(self.raw).into() } else { self.raw.into() }
    }
}

/// Steps over a quoted text that starts at `start`; gives it and where the text continues behind it.
pub(super) fn quoted<'a>(text: &'a str, start: usize, doubt: &mut Option<Doubt>) -> Result<(Quoted<'a>, usize), NotJson> {
    let bytes = text.as_bytes();
    let mut at = start;
    let mut escaped = false;
    loop {
        at = plain_end(bytes, at);
        match bytes.get(at) {
            Some(b'"') => return Ok((Quoted { raw: &text[start..at], escaped }, at + 1)),
            Some(b'\\') => {
                escaped = true;
                at = match bytes.get(at + 1) {
                    Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => at + 2,
                    Some(b'u') => {
                        let unit = unit(bytes, at).ok_or(NotJson::Grammar(at))?;
                        let pair = matches!(unit, 0xd800..=0xdbff) && unit_at_low(bytes, at + 6);
                        if !pair && matches!(unit, 0xd800..=0xdfff) {
                            note(doubt, Doubt::Surrogate);
                        }
                        at + if pair { 12 } else { 6 }
                    }
                    _ => return Err(NotJson::Grammar(at)),
                };
            }
            _ => return Err(NotJson::Grammar(at)),
        }
    }
}

/// Where the first quotation mark, backslash or control character stands, from `at` on.
fn plain_end(bytes: &[u8], mut at: usize) -> usize {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const HIGH: u64 = 0x8080_8080_8080_8080;
    let below = |word: u64, limit: u64| word.wrapping_sub(ONES * limit) & !word & HIGH;
    while let Some(chunk) = bytes.get(at..).and_then(|rest| rest.first_chunk()) {
        let word = u64::from_le_bytes(*chunk);
        let found = below(word ^ (ONES * u64::from(b'"')), 1) | below(word ^ (ONES * u64::from(b'\\')), 1) | below(word, 0x20);
        if found != 0 {
            return at + found.trailing_zeros() as usize / 8;
        }
        at += 8;
    }
    while bytes.get(at).is_some_and(|byte| !matches!(byte, b'"' | b'\\' | 0..0x20)) {
        at += 1;
    }
    at
}

/// The UTF-16 unit that `\uXXXX` at `at` names.
fn unit(bytes: &[u8], at: usize) -> Option<u32> {
    let digits = bytes.get(at + 2..at + 6)?;
    digits.iter().try_fold(0, |sum, digit| Some(sum << 4 | char::from(*digit).to_digit(16)?))
}

fn unit_at_low(bytes: &[u8], at: usize) -> bool {
    bytes.get(at) == Some(&b'\\') && bytes.get(at + 1) == Some(&b'u') && matches!(unit(bytes, at), Some(0xdc00..=0xdfff))
}

/// The text that escapes stand for. `raw` has been stepped over before, so its escapes are well formed.
pub(super) fn unescape(raw: &str) -> String {
    let bytes = raw.as_bytes();
    let mut out = String::with_capacity(raw.len());
    let mut at = 0;
    while at < raw.len() {
        let end = memchr::memchr(b'\\', &bytes[at..]).map_or(raw.len(), |found| at + found);
        out.push_str(&raw[at..end]);
        at = end;
        let Some(letter) = bytes.get(at + 1) else { break };
        let (character, length) = match letter {
            b'u' => match unit(bytes, at) {
                Some(high @ 0xd800..=0xdbff) if unit_at_low(bytes, at + 6) => {
                    let low = unit(bytes, at + 6).unwrap_or(0xdc00);
                    (char::from_u32(0x1_0000 + ((high - 0xd800) << 10) + (low - 0xdc00)), 12)
                }
                unit => (unit.and_then(char::from_u32), 6),
            },
            b'b' => (Some('\u{8}'), 2),
            b'f' => (Some('\u{c}'), 2),
            b'n' => (Some('\n'), 2),
            b'r' => (Some('\r'), 2),
            b't' => (Some('\t'), 2),
            other => (Some(char::from(*other)), 2),
        };
        out.push(character.unwrap_or(char::REPLACEMENT_CHARACTER));
        at += length;
    }
    out
}

/// Where a number that starts at `start` ends.
pub(super) fn number_end(bytes: &[u8], start: usize) -> Result<usize, NotJson> {
    let digits = |mut at: usize| {
        while bytes.get(at).is_some_and(u8::is_ascii_digit) {
            at += 1;
        }
        at
    };
    let some_digits = |at: usize| Some(digits(at)).filter(|end| *end > at).ok_or(NotJson::Grammar(at));
    let whole = start + usize::from(bytes.get(start) == Some(&b'-'));
    let mut at = if bytes.get(whole) == Some(&b'0') { whole + 1 } else { some_digits(whole)? };
    if bytes.get(at) == Some(&b'.') {
        at = some_digits(at + 1)?;
    }
    if let Some(b'e' | b'E') = bytes.get(at) {
        let sign = usize::from(matches!(bytes.get(at + 1), Some(b'+' | b'-')));
        at = some_digits(at + 1 + sign)?;
    }
    Ok(at)
}

/// Whether a reader would round a number: the double next to it, written with as many digits, is another one.
pub(super) fn rounded(literal: &str) -> Option<Doubt> {
    // Fifteen digits are always kept, and so few characters hold no large exponent.
    if literal.len() <= 15 && !literal.contains(['e', 'E']) {
        return None;
    }
    let found = if literal.parse::<i64>().is_ok() || literal.parse::<u64>().is_ok() { Doubt::Wide } else { Doubt::Rounded };
    let (mantissa, exponent) = literal.split_once(['e', 'E']).unwrap_or((literal, "0"));
    let (whole, fraction) = mantissa.trim_start_matches('-').split_once('.').unwrap_or((mantissa.trim_start_matches('-'), ""));
    let zeros = |text: &str| text.bytes().take_while(|byte| *byte == b'0').count();
    let leading = if whole.trim_start_matches('0').is_empty() { whole.len() + zeros(fraction) } else { zeros(whole) };
    let digits: String = whole.chars().chain(fraction.chars()).skip(leading).collect();
    let significant = digits.trim_end_matches('0');
    if significant.is_empty() {
        return None;
    }
    let kept = (|| {
        // Doubles have at most 767 digits that differ from nothing.
        let (number, exponent) = (literal.parse::<f64>().ok()?.abs(), exponent.parse::<i64>().ok()?);
        if significant.len() > 800 || !number.is_finite() || number == 0.0 {
            return None;
        }
        let highest = exponent.checked_add(i64::try_from(whole.len()).ok()?)?.checked_sub(i64::try_from(leading).ok()?)? - 1;
        let own = format!("{:.*e}", significant.len() - 1, number);
        let (own_digits, own_exponent) = own.split_once('e')?;
        (own_exponent.parse() == Ok(highest) && own_digits.bytes().filter(u8::is_ascii_digit).eq(significant.bytes())).then_some(())
    })();
    kept.is_none().then(|| found(clipped(literal)))
}
