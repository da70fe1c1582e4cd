//! The mapping of time to points. Knows nothing of drawing.
//!
//! Written here, not taken from a library, because its labels are times in a chosen zone, over spans from nanoseconds to centuries.

use chrono::{DateTime, Datelike, Local, Offset, TimeZone, Timelike, Utc};

use super::folds::Folds;
use crate::model::time::SECOND;

/// The narrowest and widest spans that can be shown, in nanoseconds.
const NARROWEST: f64 = 100.0;
const WIDEST: f64 = 9.0e18;

/// In which zone times are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Zone {
    /// Coordinated universal time.
    Utc,
    /// The time of this computer.
    Local,
}

impl Zone {
    /// Seconds east of UTC at a moment.
    pub fn offset_seconds(self, time: i64) -> i64 {
        match self {
            Self::Utc => 0,
            Self::Local => i64::from(Local.timestamp_nanos(time).offset().fix().local_minus_utc()),
        }
    }

    /// The zone's name, with its offset where it is not UTC.
    pub fn label(self, time: i64) -> String {
        match self {
            Self::Utc => "UTC".into(),
            Self::Local => {
                let minutes = self.offset_seconds(time) / 60;
                let sign = if minutes < 0 { '−' } else { '+' };
                format!("local, UTC{sign}{:02}:{:02}", minutes.abs() / 60, minutes.abs() % 60)
            }
        }
    }

    /// Date and time in this zone; the result is marked as UTC but shows the zone's clock.
    pub fn clock(self, time: i64) -> DateTime<Utc> {
        Utc.timestamp_nanos(time.saturating_add(self.offset_seconds(time).saturating_mul(SECOND)))
    }

    /// `2026-03-07 03:14:22.018 UTC`
    pub fn full(self, time: i64) -> String {
        format!("{} {}", self.clock(time).format("%Y-%m-%d %H:%M:%S%.3f"), self.label(time))
    }

    /// `2026-03-07`
    pub fn date(self, time: i64) -> String {
        self.clock(time).format("%Y-%m-%d").to_string()
    }
}

/// A mark on the axis.
#[derive(Clone, Debug, PartialEq)]
pub struct Tick {
    /// Nanoseconds since 1970.
    pub time: i64,
    /// What is written there.
    pub label: String,
    /// Whether a new day or larger unit begins.
    pub major: bool,
}

/// What part of time is shown, and where.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Axis {
    /// Start, nanoseconds since 1970.
    pub from: i64,
    /// Nanoseconds shown.
    pub span: f64,
    /// Left edge in points.
    pub left: f32,
    /// Width in points.
    pub width: f32,
    /// Stretches that are drawn shorter than they are; `span` counts them as they are drawn.
    pub folds: Folds,
}

impl Axis {
    /// Shows `first..=last` with a small margin.
    pub fn fit(first: i64, last: i64) -> Self {
        let span = ((last as i128 - first as i128) as f64).max(SECOND as f64);
        let margin = span * 0.01;
        let from = (first as i128 - margin as i128).clamp(i64::MIN as i128 + 1, i64::MAX as i128) as i64;
        Self { from, span: (span + 2.0 * margin).min(WIDEST), left: 0.0, width: 1.0, folds: Folds::default() }
    }

    /// Shows `first..=last` with a small margin, and some stretches folded.
    pub fn fit_folded(first: i64, last: i64, folds: Folds) -> Self {
        let plain = Self::fit(first, last);
        if folds.stretches().is_empty() {
            return plain;
        }
        let margin = (folds.fold(last) - folds.fold(first)) / 100;
        Self { folds, ..plain }.over(folds.unfold(folds.fold(first) - margin), folds.unfold(folds.fold(last) + margin))
    }

    /// The parts of what is shown that are drawn as long as they are.
    pub fn pieces(&self) -> Vec<(i64, i64)> {
        let (mut from, to) = (self.from, self.to());
        let mut pieces = Vec::new();
        for &(start, end) in self.folds.stretches() {
            if end <= from || start >= to {
                continue;
            }
            if start > from {
                pieces.push((from, start));
            }
            from = end;
        }
        if from < to {
            pieces.push((from, to));
        }
        pieces
    }

    /// From one time to another, at the same place.
    pub fn over(&self, from: i64, to: i64) -> Self {
        let span = (self.folds.fold(to) - self.folds.fold(from)) as f64;
        Self { from, span: span.clamp(NARROWEST, WIDEST), ..*self }
    }

    /// The same part of time with other stretches folded.
    #[must_use]
    pub fn folded(self, folds: Folds) -> Self {
        if folds == self.folds {
            return self;
        }
        let to = self.to();
        Self { folds, ..self }.over(self.from, to)
    }

    /// The same part of time at another place.
    pub fn at(self, left: f32, width: f32) -> Self {
        Self { left, width: width.max(1.0), ..self }
    }

    /// End, nanoseconds since 1970.
    pub fn to(&self) -> i64 {
        self.moved(self.span as i128)
    }

    /// The time that stands so many nanoseconds after the start, as they are drawn.
    fn moved(&self, by: i128) -> i64 {
        self.folds.unfold(self.folds.fold(self.from) + by)
    }

    /// Nanoseconds for each point.
    pub fn scale(&self) -> f64 {
        self.span / f64::from(self.width)
    }

    /// The place of a time, clamped so that far ones stay drawable.
    pub fn x(&self, time: i64) -> f32 {
        let offset = (self.folds.fold(time) - self.folds.fold(self.from)) as f64 / self.scale();
        self.left + offset.clamp(-100_000.0, 100_000.0) as f32
    }

    /// The time at a place.
    pub fn time(&self, x: f32) -> i64 {
        let offset = f64::from(x - self.left) * self.scale();
        self.moved(offset as i128)
    }

    /// Zooms so that the time under `x` stays there. A factor above 1 shows less.
    pub fn zoomed(self, x: f32, factor: f64) -> Self {
        let span = (self.span / factor).clamp(NARROWEST, WIDEST);
        let share = f64::from((x - self.left) / self.width);
        Self { from: self.moved((share * (self.span - span)) as i128), span, ..self }
    }

    /// Moves by points; to the right for positive ones.
    pub fn panned(self, points: f32) -> Self {
        Self { from: self.moved((f64::from(points) * self.scale()) as i128), ..self }
    }

    /// Moves as little as needed so that `first..=last` is not left altogether.
    pub fn kept_near(self, first: i64, last: i64) -> Self {
        let (first, last) = (self.folds.fold(first), self.folds.fold(last));
        let from = self.folds.fold(self.from).clamp(first - (self.span * 0.9) as i128, last - (self.span * 0.1) as i128);
        Self { from: self.folds.unfold(from), ..self }
    }

    /// Ticks at least `apart` points from each other; none in what is folded.
    pub fn ticks(&self, zone: Zone, apart: f32) -> Vec<Tick> {
        if self.folds.stretches().is_empty() {
            return self.plain_ticks(zone, apart);
        }
        let mut ticks: Vec<Tick> = Vec::new();
        for (from, to) in self.pieces() {
            let (left, right) = (self.x(from), self.x(to));
            let piece = Self { from, span: (to as i128 - from as i128) as f64, left, width: right - left, folds: Folds::default() };
            for tick in if piece.width < 2.0 { Vec::new() } else { piece.plain_ticks(zone, apart) } {
                if ticks.last().is_none_or(|last| self.x(tick.time) - self.x(last.time) > apart * 0.7) {
                    ticks.push(tick);
                }
            }
        }
        ticks
    }

    fn plain_ticks(&self, zone: Zone, apart: f32) -> Vec<Tick> {
        const MINUTE: i64 = 60 * SECOND;
        const HOUR: i64 = 60 * MINUTE;
        const DAY: i64 = 24 * HOUR;
        const STEPS: [i64; 34] = [
            100,
            1_000,
            10_000,
            100_000,
            1_000_000,
            2_000_000,
            5_000_000,
            10_000_000,
            20_000_000,
            50_000_000,
            100_000_000,
            200_000_000,
            500_000_000,
            SECOND,
            2 * SECOND,
            5 * SECOND,
            10 * SECOND,
            15 * SECOND,
            30 * SECOND,
            MINUTE,
            2 * MINUTE,
            5 * MINUTE,
            10 * MINUTE,
            15 * MINUTE,
            30 * MINUTE,
            HOUR,
            2 * HOUR,
            3 * HOUR,
            6 * HOUR,
            12 * HOUR,
            DAY,
            2 * DAY,
            7 * DAY,
            14 * DAY,
        ];
        let least = self.scale() * f64::from(apart);
        match STEPS.iter().find(|step| **step as f64 >= least) {
            Some(step) => self.even_ticks(zone, *step),
            None => self.calendar_ticks(zone, least / DAY as f64),
        }
    }

    fn even_ticks(&self, zone: Zone, step: i64) -> Vec<Tick> {
        // Ticks fall on round values of the clock that is shown, so the offset is taken out and put back.
        let offset = zone.offset_seconds(self.from).saturating_mul(SECOND);
        let first = (self.from as i128 + offset as i128).div_euclid(step as i128) * step as i128;
        (0..200)
            .map(|number| first + i128::from(number) * step as i128 - offset as i128)
            .filter_map(|time| i64::try_from(time).ok())
            .skip_while(|time| *time < self.from)
            .take_while(|time| *time <= self.to())
            .map(|time| {
                let clock = zone.clock(time);
                let midnight = clock.num_seconds_from_midnight() == 0 && clock.nanosecond() == 0;
                let label = if midnight {
                    clock.format("%d %b").to_string()
                } else if step >= 60 * SECOND {
                    clock.format("%H:%M").to_string()
                } else if step >= SECOND {
                    clock.format("%H:%M:%S").to_string()
                } else if step >= 1_000_000 {
                    clock.format("%H:%M:%S%.3f").to_string()
                } else {
                    clock.format("%S%.9f").to_string()
                };
                Tick { time, label, major: midnight }
            })
            .collect()
    }

    fn calendar_ticks(&self, zone: Zone, days: f64) -> Vec<Tick> {
        let months: i32 =
            [1, 2, 3, 6, 12, 24, 60, 120, 240, 600].into_iter().find(|months| f64::from(*months) * 28.0 >= days).unwrap_or(1200);
        let start = zone.clock(self.from);
        let mut month = (start.year() * 12 + start.month0() as i32).div_euclid(months) * months;
        let mut ticks = Vec::new();
        for _ in 0..200 {
            let (year, month0) = (month.div_euclid(12), month.rem_euclid(12) as u32);
            let Some(clock) = Utc.with_ymd_and_hms(year, month0 + 1, 1, 0, 0, 0).single().and_then(|clock| clock.timestamp_nanos_opt())
            else {
                break;
            };
            let time = clock.saturating_sub(zone.offset_seconds(clock).saturating_mul(SECOND));
            if time > self.to() {
                break;
            }
            if time >= self.from {
                let clock = zone.clock(time);
                let january = month0 == 0;
                let label = if january { clock.format("%Y").to_string() } else { clock.format("%b %Y").to_string() };
                ticks.push(Tick { time, label, major: january });
            }
            month += months;
        }
        ticks
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zooming_keeps_the_time_under_the_pointer() {
        let axis = Axis::fit(0, 86_400 * SECOND).at(100.0, 800.0);
        let time = axis.time(340.0);
        let zoomed = axis.zoomed(340.0, 3.0);
        assert!((zoomed.x(time) - 340.0).abs() < 0.01);
        assert!(zoomed.span < axis.span);
    }

    #[test]
    fn ticks_stay_apart_at_every_zoom() {
        let mut axis = Axis::fit(0, 1_700_000_000 * SECOND).at(0.0, 900.0);
        for _ in 0..160 {
            let ticks = axis.ticks(Zone::Utc, 90.0);
            assert!(ticks.len() <= 11, "{axis:?}: {}", ticks.len());
            for pair in ticks.windows(2) {
                assert!(axis.x(pair[1].time) - axis.x(pair[0].time) > 70.0, "{axis:?} {pair:?}");
            }
            axis = axis.zoomed(450.0, 1.25);
        }
    }

    #[test]
    fn extreme_times_do_not_overflow() {
        let axis = Axis::fit(i64::MIN + 1, i64::MAX).at(0.0, 1000.0);
        assert!(axis.x(0).is_finite());
        let _ = axis.panned(1e6).zoomed(0.0, 0.001).ticks(Zone::Utc, 80.0);
        let _ = axis.kept_near(i64::MIN + 1, i64::MAX);
    }
}
