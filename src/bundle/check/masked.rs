//! Events of masked tables, compared with the records: what is not masked must be the same, and what is masked must have the form of a mask, of a
//! kind that the statement names, and stand for one value only.

use std::collections::HashMap;
use std::ops::Range;

use crate::bundle::mask::{MaskKind, Masked};
use crate::bundle::report::summary::Row;

/// Cells that are compared: all but time and outcome, by which a record is found, the actor's kind, which is concluded from all records at
/// hand, and the marks.
const COMPARED: [usize; 5] = [1, 3, 4, 6, 7];
/// More ways of reading a masked text are not tried.
const MOST_TRIES: u32 = 2_000;

/// A masked value: its kind and number.
pub type Token = (Option<MaskKind>, u64);

/// What the masked words of an event stand for, if it describes a certain record.
pub type Meant = Vec<(Token, String)>;

/// What masked words stand for, as far as it is known for certain.
pub struct Masks {
    /// How many values of each kind the statement says are masked.
    allowed: Vec<(Option<MaskKind>, u64)>,
    values: HashMap<Token, String>,
}

/// How a row fits a record.
#[derive(Debug, PartialEq, Eq)]
pub enum Match {
    /// Not at all.
    No,
    /// It does, with what the masked words in it then stand for.
    Yes(Meant),
    /// There are too many ways of reading it.
    Unknown,
}

impl Masks {
    /// The masks that a statement names. `None` if it names one that is not known.
    pub fn new(masked: &[Masked]) -> Option<Self> {
        let kind = |one: &Masked| match MaskKind::ALL.into_iter().find(|kind| kind.words() == one.what) {
            Some(kind) => Some((Some(kind), one.values)),
            None => (one.what == crate::bundle::mask::WORDS).then_some((None, one.values)),
        };
        Some(Self { allowed: masked.iter().map(kind).collect::<Option<_>>()?, values: HashMap::new() })
    }

    /// Compares a row of the tables with a record.
    pub fn compare(&self, row: &Row, record: &Row) -> Match {
        let mut found = Meant::new();
        let mut tries = 0;
        for at in COMPARED {
            let (Some(text), Some(value)) = (row.cells.get(at), record.cells.get(at)) else { return Match::No };
            let pieces = pieces(text);
            if !self.fits(text, &pieces, 0, value, &mut found, &mut tries) {
                return if tries > MOST_TRIES { Match::Unknown } else { Match::No };
            }
        }
        Match::Yes(found)
    }

    /// Keeps what masked words stand for. Gives `false` if one would stand for two values.
    pub fn learn(&mut self, found: Meant) -> bool {
        found.into_iter().all(|(token, value)| self.values.entry(token).or_insert_with(|| value.clone()) == &value)
    }

    fn fits(&self, text: &str, pieces: &[Piece], at: usize, value: &str, found: &mut Meant, tries: &mut u32) -> bool {
        *tries += 1;
        if *tries > MOST_TRIES {
            return false;
        }
        let Some(piece) = pieces.get(at) else { return value.is_empty() };
        let Some(literal) = text.get(piece.place.clone()) else { return false };
        // What looks like a mask may stand in the record itself.
        if let Some(rest) = value.strip_prefix(literal)
            && self.fits(text, pieces, at + 1, rest, found, tries)
        {
            return true;
        }
        let Some(token) = piece.token.filter(|token| self.allows(*token)) else { return false };
        let known =
            found.iter().find(|(other, _)| *other == token).map(|(_, value)| value.clone()).or_else(|| self.values.get(&token).cloned());
        let ends: Vec<usize> = match &known {
            Some(known) => value.starts_with(known.as_str()).then_some(known.len()).into_iter().collect(),
            None if at + 1 == pieces.len() => vec![value.len()],
            None => value.char_indices().map(|(index, character)| index + character.len_utf8()).collect(),
        };
        for end in ends.into_iter().filter(|end| *end > 0) {
            let (Some(own), Some(rest)) = (value.get(..end), value.get(end..)) else { continue };
            let before = found.len();
            if known.is_none() {
                found.push((token, own.to_owned()));
            }
            if self.fits(text, pieces, at + 1, rest, found, tries) {
                return true;
            }
            found.truncate(before);
        }
        false
    }

    fn allows(&self, (kind, number): Token) -> bool {
        self.allowed.iter().any(|(allowed, values)| *allowed == kind && number <= *values)
    }
}

/// A piece of a masked text: a masked word, or what stands between two.
struct Piece {
    place: Range<usize>,
    token: Option<Token>,
}

fn pieces(text: &str) -> Vec<Piece> {
    const START: &str = "[masked ";
    let mut pieces = Vec::new();
    let (mut done, mut from) = (0, 0);
    while let Some(start) = text.get(from..).and_then(|rest| rest.find(START)).map(|at| from + at) {
        from = start + START.len();
        let Some(end) = text.get(from..).and_then(|rest| rest.find(']')).map(|at| from + at) else { break };
        let Some(token) = text.get(from..end).and_then(token) else { continue };
        if start > done {
            pieces.push(Piece { place: done..start, token: None });
        }
        pieces.push(Piece { place: start..end + 1, token: Some(token) });
        (done, from) = (end + 1, end + 1);
    }
    if done < text.len() {
        pieces.push(Piece { place: done..text.len(), token: None });
    }
    pieces
}

fn token(words: &str) -> Option<Token> {
    let (word, number) = words.rsplit_once(' ')?;
    let kind = match word {
        "word" => None,
        word => Some(MaskKind::ALL.into_iter().find(|kind| kind.word() == word)?),
    };
    let value: u64 = match number.parse() {
        Ok(value) => value,
        Err(_not_a_number) => return None,
    };
    (value > 0 && value.to_string() == number).then_some((kind, value))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::State;

    fn row(identity: &str, action: &str, target: &str, from: &str) -> Row {
        let cells = ["t", identity, "human", action, target, "success", from, identity, "", ""].map(str::to_owned);
        Row { state: State::Sealed, cells }
    }

    #[test]
    fn what_is_not_masked_is_compared() {
        let masked = [("names of identities", 2), ("network addresses", 1), ("chosen words", 1)]
            .map(|(what, values)| Masked { what: what.to_owned(), values });
        let mut masks = Masks::new(&masked).unwrap();
        let record = row("maria", "read", "maria's file at 10.0.0.1", "10.0.0.1");
        let good = row("[masked identity 1]", "read", "[masked identity 1]'s file at [masked address 1]", "[masked address 1]");
        let Match::Yes(found) = masks.compare(&good, &record) else { panic!("it fits") };
        assert_eq!(found.len(), 2);
        assert!(masks.learn(found));
        for (wrong, why) in [
            (
                row("[masked identity 1]", "wrote", "[masked identity 1]'s file at [masked address 1]", "[masked address 1]"),
                "another action",
            ),
            (row("[masked identity 1]", "read", "[masked identity 2]'s file at [masked address 1]", "[masked address 1]"), "two words"),
            (
                row("[masked identity 3]", "read", "[masked identity 3]'s file at [masked address 1]", "[masked address 1]"),
                "more than stated",
            ),
            (row("[masked e-mail 1]", "read", "[masked e-mail 1]'s file at [masked address 1]", "[masked address 1]"), "a kind not stated"),
            (row("anna", "read", "anna's file at [masked address 1]", "[masked address 1]"), "another name"),
        ] {
            // Two words for one value may stem from a name inside another one, so they are only compared with each other.
            if why != "two words" {
                assert_eq!(masks.compare(&wrong, &record), Match::No, "{why}");
            }
        }
        let other = row("anna", "read", "anna's file at 10.0.0.1", "10.0.0.1");
        assert_eq!(masks.compare(&good, &other), Match::No);
        assert!(Masks::new(&[Masked { what: "everything".into(), values: 1 }]).is_none());
    }

    #[test]
    fn texts_that_could_be_read_in_many_ways_end_soon() {
        let masks = Masks::new(&[Masked { what: "chosen words".into(), values: 50 }]).unwrap();
        let text: String = (1..=40).map(|number| format!("[masked word {number}]a")).collect();
        let record = row("x", &"a".repeat(5_000), "", "");
        assert_eq!(masks.compare(&row("x", &format!("{text}b"), "", ""), &record), Match::Unknown);
    }
}
