//! The words of a filter, and forms of other search languages, which are named instead of being taken for text to find.

use std::net::IpAddr;
use std::ops::Range;

use super::error::{FilterError, Mistake};

/// A word of a filter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Word {
    /// Without quotation marks and without the minus sign before it.
    pub text: String,
    /// Its bytes in the filter.
    pub at: Range<usize>,
    /// Whether a minus sign stands before it.
    pub is_negated: bool,
    /// Whether some of it is in quotation marks.
    pub is_quoted: bool,
    /// Whether it starts with a quotation mark, so that no field is meant.
    pub is_text: bool,
}

/// Splits at spaces outside of quotation marks; the marks are left out. Within them, a backslash stands before a mark or a backslash that is
/// meant as such.
pub(super) fn words(text: &str) -> Result<Vec<Word>, Mistake> {
    let mut words = Vec::new();
    let mut word: Option<Word> = None;
    let mut open = None;
    let mut characters = text.char_indices().peekable();
    while let Some((at, character)) = characters.next() {
        if character.is_whitespace() && open.is_none() {
            words.extend(word.take());
            continue;
        }
        let fresh = Word { text: String::new(), at: at..at, is_negated: false, is_quoted: false, is_text: false };
        let current = word.get_or_insert(fresh);
        match character {
            '\\' if open.is_some() => {
                let escaped = characters.next_if(|(_, next)| matches!(next, '"' | '\\')).map_or('\\', |(_, next)| next);
                current.text.push(escaped);
            }
            '"' => {
                current.is_text |= current.text.is_empty() && !current.is_quoted;
                current.is_quoted = true;
                open = if open.is_some() { None } else { Some(at) };
            }
            '-' if at == current.at.start && characters.peek().is_some_and(|(_, next)| !next.is_whitespace()) => current.is_negated = true,
            character => current.text.push(character),
        }
        current.at.end = characters.peek().map_or(text.len(), |(next, _)| *next);
    }
    if let Some(start) = open {
        return Err(Mistake { at: start..text.len(), error: FilterError::OpenQuote });
    }
    words.extend(word);
    words.retain(|word| !word.text.is_empty());
    Ok(words)
}

/// Fields in which a text occurs, so that a list of values would be looked for with its commas.
const TEXT_FIELDS: [&str; 10] = ["identity", "who", "key", "credential", "action", "target", "ip", "from", "address", "via"];

/// A form of another search language that stands outside of quotation marks, with what can be written here.
pub(super) fn unsupported(word: &Word, known: &dyn Fn(&str) -> bool) -> Option<FilterError> {
    if word.is_quoted {
        return None;
    }
    let text = word.text.as_str();
    let quoted = format!("to find the text itself, write \"{text}\"");
    let told = |form: &str, instead: String| Some(FilterError::Unsupported { form: form.to_owned(), instead });
    match text.to_lowercase().as_str() {
        "or" | "||" | "|" => {
            return told(
                &format!("“{text}”"),
                format!("all conditions must hold. Kind, category, outcome and state take lists, as kind:agent,key; {quoted}"),
            );
        }
        "and" | "&&" | "&" => return told(&format!("“{text}”"), format!("leave it out, as all conditions must hold; {quoted}")),
        "not" => return told(&format!("“{text}”"), format!("write -word to exclude a word; {quoted}")),
        _ => {}
    }
    if text.starts_with('(') || text.ends_with(')') && !text.contains('(') {
        return told("a bracket", format!("leave it out, as all conditions must hold; {quoted}"));
    }
    if let Some(rest) = text.strip_prefix('!').filter(|rest| !rest.is_empty() && !rest.starts_with('=')) {
        return told("“!”", format!("write -{rest} to exclude; {quoted}"));
    }
    if let Some((field, value)) = text.split_once('=').map(|(field, value)| (field.trim_end_matches(['!', '=', ':']), value)) {
        let field = field.to_lowercase();
        if known(&field) && !text[..field.len() + 1].ends_with(':') {
            let sign = if text.contains("!=") { "-" } else { "" };
            return told("“=”", format!("write {sign}{field}:{}; {quoted}", value.trim_start_matches('=')));
        }
    }
    let (field, value) = text.split_once(':').filter(|(field, _)| known(&field.to_lowercase())).unwrap_or(("", text));
    let field = field.to_lowercase();
    if field.ends_with("-is") || field.ends_with("-id") {
        return None;
    }
    if value.contains('*') {
        let plain = value.trim_matches('*');
        let instead = match (plain.is_empty(), plain.contains('*')) {
            (true, _) => format!("leave the condition out to see everything; {quoted}"),
            (false, true) => format!("write the parts as words of their own, as {}; {quoted}", plain.replace('*', " ")),
            (false, false) if field.is_empty() => format!("a word is found anywhere in a value, so write {plain}; {quoted}"),
            (false, false) => format!("a value is found by any part of it, so write {field}:{plain}; {quoted}"),
        };
        return told("“*”", instead);
    }
    if let Some((address, bits)) = value.split_once('/')
        && address
            .parse::<IpAddr>()
            .is_ok_and(|address| bits.parse::<u8>().is_ok_and(|bits| bits <= if address.is_ipv4() { 32 } else { 128 }))
    {
        let begin = address.rsplit_once(['.', ':']).map_or(address, |(begin, _)| begin);
        return told("a network such as 10.0.0.0/8", format!("write a part of the address, as ip:{begin}; {quoted}"));
    }
    if value.contains(',') && TEXT_FIELDS.contains(&field.as_str()) {
        let first = value.split(',').find(|value| !value.is_empty()).unwrap_or("NAME");
        return told(
            &format!("a list for “{field}:”"),
            format!(
                "write one value, as {field}:{first}, or {field}:\"{value}\" if the comma belongs to it; lists are for kind, category, outcome and state"
            ),
        );
    }
    None
}
