//! How two copies of a log differ, and the sentences made of it.

use super::clauses;
use crate::model::text::{count, plural};

clauses! {
    /// How two copies of a log differ. Records are numbered from 0, each in its own copy.
    Difference;
    /// Only the first case has the log.
    OnlyFirst { records: u64 } = format!("is only in the first, with {}", plural(records, "record"));
    /// Only the second case has it.
    OnlySecond { records: u64 } = format!("is only in the second, with {}", plural(records, "record"));
    /// There is none.
    Same { records: u64 } = format!("the same {}", plural(records, "record"));
    /// The first ends where the second has more.
    FirstShorter { missing: u64 } = shorter("first", "second", missing);
    /// The second ends where the first has more.
    SecondShorter { missing: u64 } = shorter("second", "first", missing);
    /// They are the same up to a record.
    Diverge { record: u64 } = format!("the same up to record {}, where they diverge", count(record));
    /// A record was altered.
    Altered { first: u64, second: u64 } = format!("record {} differs from record {} of the second", count(first), count(second));
    /// A record is not in the second.
    Removed { first: u64 } = format!("record {} is only in the first", count(first));
    /// A record is not in the first.
    Inserted { second: u64 } = format!("record {} of the second is only there", count(second));
    /// A record stands elsewhere.
    Moved { first: u64, second: u64 } = format!("record {} is at {} in the second", count(first), count(second));
    /// More differences than are listed.
    More { count: u64 } = plural(count, "more difference");
    /// Too many differences to be placed.
    TooMany = "from there on they differ too much to be placed one by one";
}

fn shorter(one: &str, other: &str, missing: u64) -> String {
    format!("the {one} is shorter: it ends where the {other} has {} more; up to there they are the same", plural(missing, "record"))
}
