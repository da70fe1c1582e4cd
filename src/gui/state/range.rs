//! A range of time that was chosen, and stays until it is let go.

use crate::model::time::{SECOND, rfc3339};
use crate::trust::key::limit;

/// A part of time, nanoseconds since 1970.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Range {
    /// Where it starts.
    pub from: i64,
    /// Where it ends.
    pub to: i64,
}

impl Range {
    /// Between two times, in either order.
    pub fn between(one: i64, other: i64) -> Self {
        Self { from: one.min(other), to: one.max(other) }
    }

    /// How long it is, in words of two units at most.
    pub fn duration(self) -> String {
        duration(self.to as i128 - self.from as i128)
    }

    /// A filter with this range in place of any other.
    pub fn filter(self, filter: &str) -> String {
        let is_time = |word: &str| ["since:", "until:", "after:", "before:"].iter().any(|field| word.starts_with(field));
        // What stands in quotation marks is left as it is; all conditions must hold, so another range beside this one does no harm.
        let mut words: Vec<String> = if filter.contains('"') {
            vec![filter.trim().to_owned()]
        } else {
            filter.split_whitespace().filter(|word| !is_time(word)).map(str::to_owned).collect()
        };
        words.push(format!("since:{}", rfc3339(self.from)));
        words.push(format!("until:{}", rfc3339(self.to)));
        words.join(" ")
    }
}

/// The moment that was typed: a date, a date with hours and minutes, or a whole time; UTC unless it says otherwise.
pub fn moment(text: &str) -> Result<i64, String> {
    let text = text.trim();
    let read = |text: &str| limit(text, false).ok();
    read(text).or_else(|| read(&format!("{text}:00"))).ok_or_else(|| "Not a time. Write 2026-03-07 or 2026-03-07T03:14".to_owned())
}

/// `6 min 02 s`, `3 d 4 h`, `250 ms`.
pub fn duration(nanoseconds: i128) -> String {
    let second = i128::from(SECOND);
    let seconds = nanoseconds / second;
    match seconds {
        ..1 if nanoseconds < 1_000_000 => format!("{} µs", nanoseconds / 1_000),
        ..1 => format!("{} ms", nanoseconds / 1_000_000),
        1..60 => format!("{}.{} s", seconds, nanoseconds % second / (second / 10)),
        60..3_600 => format!("{} min {:02} s", seconds / 60, seconds % 60),
        3_600..86_400 => format!("{} h {:02} min", seconds / 3_600, seconds / 60 % 60),
        _ => format!("{} d {} h", seconds / 86_400, seconds / 3_600 % 24),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::query::Filter;

    #[test]
    fn durations_are_short() {
        let say = |seconds: f64| duration((seconds * 1e9) as i128);
        assert_eq!([say(0.0005), say(0.25), say(3.13), say(362.0)], ["500 µs", "250 ms", "3.1 s", "6 min 02 s"]);
        assert_eq!([say(7_380.0), say(273_600.0)], ["2 h 03 min", "3 d 4 h"]);
    }

    #[test]
    fn times_are_typed_as_far_as_needed() {
        let at = |text: &str| moment(text).map(rfc3339);
        assert_eq!(at(" 2026-03-07 "), Ok("2026-03-07T00:00:00Z".to_owned()));
        assert_eq!(at("2026-03-07T03:14"), Ok("2026-03-07T03:14:00Z".to_owned()));
        assert_eq!(at("2026-03-07 03:14:15"), Ok("2026-03-07T03:14:15Z".to_owned()));
        assert!(at("yesterday").is_err() && at("").is_err());
    }

    #[test]
    fn a_range_becomes_a_filter_in_place_of_another() {
        let range = Range::between(1_772_853_000 * SECOND + 18_000_000, 1_772_850_000 * SECOND);
        let text = range.filter("kind:agent since:2026-01-01 secret");
        assert_eq!(text, "kind:agent secret since:2026-03-07T02:20:00Z until:2026-03-07T03:10:00.018Z");
        assert!(Filter::parse(&text).is_ok(), "{text}");
        assert!(range.filter("\"two  words\"").starts_with("\"two  words\" since:"));
    }
}
