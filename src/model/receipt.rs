//! The names of logs that were sealed on receipt. They say by whom and since when, so that nobody takes the seal for the writer's.

use chrono::NaiveDateTime;

use super::time;

/// Stands between the sealer's name and the moment.
const BETWEEN: &str = "/received/";
/// The moment's form in a name, UTC.
const FORM: &str = "%Y%m%dT%H%M%SZ";

/// Who sealed a copy on receipt, and when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// The name of the sealer's key.
    pub by: String,
    /// Nanoseconds since 1970.
    pub at: i64,
}

/// The name of a log that `by` seals on receipt at `now`; `random` keeps two receipts of one second apart.
pub fn origin(by: &str, now: i64, random: &str) -> String {
    format!("{by}{BETWEEN}{}", stamp(now, random))
}

/// The part of the name that tells one receipt from another.
pub fn stamp(now: i64, random: &str) -> String {
    format!("{}-{random}", time::utc(now).format(FORM))
}

/// What a log's name says of its receipt; `None` if it is not one's.
///
/// A name promises less than the seal of a log that was written under it, never more, so that it may be believed without a signature.
pub fn read(origin: &str) -> Option<Receipt> {
    let (by, stamp) = origin.rsplit_once(BETWEEN)?;
    let (moment, random) = stamp.split_once('-')?;
    let is_ours = !by.is_empty() && random.len() == 8 && random.bytes().all(|byte| byte.is_ascii_hexdigit());
    let at = match NaiveDateTime::parse_from_str(moment, FORM) {
        Ok(moment) => moment.and_utc().timestamp_nanos_opt()?,
        Err(_) => return None,
    };
    is_ours.then(|| Receipt { by: by.to_owned(), at })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_says_who_received_and_when() {
        let at = 1_772_850_000 * time::SECOND;
        let name = origin("examiner/maria", at, "0a1b2c3d");
        assert_eq!(name, "examiner/maria/received/20260307T022000Z-0a1b2c3d");
        assert_eq!(read(&name), Some(Receipt { by: "examiner/maria".into(), at }));
        for other in
            ["acme/received", "acme/received/today-0a1b2c3d", "/received/20260307T022000Z-0a1b2c3d", "acme/received/20260307T022000Z-x"]
        {
            assert_eq!(read(other), None, "{other}");
        }
    }
}
