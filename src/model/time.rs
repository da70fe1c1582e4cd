//! Times as nanoseconds since 1970-01-01 UTC.

use chrono::{DateTime, NaiveDateTime, SecondsFormat, TimeZone, Utc};

/// Nanoseconds in a second.
pub const SECOND: i64 = 1_000_000_000;

/// What this computer's clock says, nanoseconds since 1970. `None` where it stands before 1970 or after 2262: what happens then cannot be dated.
pub fn now() -> Option<i64> {
    Utc::now().timestamp_nanos_opt().filter(|now| *now > 0)
}

/// What to say where [`now`] gives nothing.
pub const BAD_CLOCK: &str = "this computer's clock is before 1970 or after 2262. Set the clock first";

/// Parses an RFC 3339 time; one without a zone is taken as UTC. `None` if it is no time or outside 1678–2262.
pub fn parse(text: &str) -> Option<i64> {
    if let Ok(time) = DateTime::parse_from_rfc3339(text) {
        return time.timestamp_nanos_opt();
    }
    ["%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%dT%H:%M:%S%.f%z", "%Y-%m-%d %H:%M:%S%.f%z"].iter().find_map(|format| {
        if format.ends_with("%z") {
            DateTime::parse_from_str(text, format).ok()?.timestamp_nanos_opt()
        } else {
            NaiveDateTime::parse_from_str(text, format).ok()?.and_utc().timestamp_nanos_opt()
        }
    })
}

/// Reads a number since 1970 whose unit (s, ms, µs or ns) follows from its size. `None` for values that fit no unit.
pub fn from_number(number: f64) -> Option<i64> {
    let magnitude = number.abs();
    let scale = if magnitude < 1e11 {
        1e9
    } else if magnitude < 1e14 {
        1e6
    } else if magnitude < 1e17 {
        1e3
    } else {
        1.0
    };
    let nanoseconds = number * scale;
    (nanoseconds.is_finite() && nanoseconds.abs() < 9.2e18).then_some(nanoseconds as i64)
}

/// Like [`from_number`], from the number's text: whole numbers keep every digit.
pub fn from_digits(text: &str) -> Option<i64> {
    let Ok(whole) = text.parse::<i64>() else { return from_number(text.parse().ok()?) };
    let scale = match whole.unsigned_abs() {
        0..100_000_000_000 => SECOND,
        100_000_000_000..100_000_000_000_000 => 1_000_000,
        100_000_000_000_000..100_000_000_000_000_000 => 1_000,
        _ => 1,
    };
    whole.checked_mul(scale)
}

/// The UTC date and time of `nanoseconds`.
pub fn utc(nanoseconds: i64) -> DateTime<Utc> {
    Utc.timestamp_nanos(nanoseconds)
}

/// `2026-03-07 03:14:22 UTC`.
pub fn seconds(nanoseconds: i64) -> String {
    utc(nanoseconds).format("%Y-%m-%d %H:%M:%S UTC").to_string()
}

/// `2026-03-07 03:14:22.018 UTC`.
pub fn milliseconds(nanoseconds: i64) -> String {
    utc(nanoseconds).format("%Y-%m-%d %H:%M:%S%.3f UTC").to_string()
}

/// RFC 3339 with as many digits as needed.
pub fn rfc3339(nanoseconds: i64) -> String {
    utc(nanoseconds).to_rfc3339_opts(SecondsFormat::AutoSi, true)
}
