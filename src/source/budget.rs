//! What the reading of one case may cost, so that small hostile evidence cannot take the machine. Also carries the wish to stop.
//!
//! A [`Budget`] is a handle; copies share their meters. [`Budget::part`] makes one for a part of the case, an archive or a log: what the part
//! uses, the whole uses too, and a part that has used up its own share leaves the rest of the case alone. Every [`super::File`] carries the
//! budget under which it is read, so that all reading stops at once, and each limit that is hit is stated in a sentence ([`Exceeded`]).

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use crate::model::stop;
use crate::model::text::{bytes, count};

/// What is metered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cost {
    /// Bytes that unpacking gives, counted at each reading.
    Unpacked,
    /// Lines, as records of logs are, counted once for each file.
    Records,
    /// Files: in folders and in archives.
    Members,
    /// Steps of work that a format counts itself: pages, objects, comparisons.
    Steps,
    /// Bytes read from files and archives as they are stored. Counted, but without a limit.
    Read,
}

const COSTS: usize = 5;

/// What may be used before the stored size of the evidence is looked at, and what each stored byte adds. Honest logs are packed less than a
/// hundredfold and are read a few times over.
const UNPACKED: (u64, u64) = (2 << 30, 150);
const MEMBERS: (u64, u64) = (1_000_000, 0);
const RECORDS: (u64, u64) = (2_000_000, 0);
const STEPS: (u64, u64) = (500_000_000, 100);
/// Time that is always there, and the least speed that is expected on top of it, in bytes a second.
const TIME: Duration = Duration::from_secs(300);
const SPEED: u64 = 250_000;

/// Why work must end.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Exceeded {
    /// The user stopped.
    #[error("reading was stopped")]
    Stopped,
    /// It would unpack to more than evidence of this size does.
    #[error("{whole} unpacks to more than {}, out of proportion to its size; the rest was not read", bytes(*limit))]
    Unpacked {
        /// Of what: "the case", or the name of a part of it.
        whole: String,
        /// The limit in bytes.
        limit: u64,
    },
    /// Its lines are more than can be kept.
    #[error("{whole} has more than {} lines, out of proportion to its size; the rest was not read", count(*limit))]
    Records {
        /// Of what.
        whole: String,
        /// The limit.
        limit: u64,
    },
    /// There are too many files.
    #[error("{whole} has more than {} files, the most that are opened at once", count(*limit))]
    Members {
        /// Of what.
        whole: String,
        /// The limit.
        limit: u64,
    },
    /// Its structure takes too much work.
    #[error("{whole} takes more than {} steps to examine; the rest was not examined", count(*limit))]
    Steps {
        /// Of what.
        whole: String,
        /// The limit.
        limit: u64,
    },
    /// It takes too long.
    #[error("{whole} takes more than {seconds} seconds to examine, out of proportion to its size; the rest was not examined")]
    Time {
        /// Of what.
        whole: String,
        /// The limit in seconds.
        seconds: u64,
    },
}

#[derive(Debug, Default)]
struct Meter {
    used: AtomicU64,
    limit: AtomicU64,
}

#[derive(Debug)]
struct Ledger {
    whole: String,
    parent: Option<Budget>,
    meters: [Meter; COSTS],
    started: Instant,
    /// Milliseconds since the start.
    time: AtomicU64,
    stopped: Arc<AtomicBool>,
    /// The work is over: what is read from now on is read for someone who looks at one thing, and only the limits of single files hold.
    over: AtomicBool,
    /// At which reading of which meter to stop, set at most once.
    appointed: OnceLock<(Cost, u64)>,
}

/// A share of what work may cost. Cheap to clone; safe to use from all threads.
#[derive(Clone, Debug)]
pub struct Budget(Arc<Ledger>);

impl Default for Budget {
    fn default() -> Self {
        Self::new()
    }
}

impl Budget {
    /// A budget for a whole case.
    pub fn new() -> Self {
        Self::with("the case".into(), None)
    }

    fn with(whole: String, parent: Option<Self>) -> Self {
        let meter = |(base, _): (u64, u64)| Meter { used: AtomicU64::new(0), limit: AtomicU64::new(base) };
        Self(Arc::new(Ledger {
            whole,
            parent,
            meters: [meter(UNPACKED), meter(RECORDS), meter(MEMBERS), meter(STEPS), meter((u64::MAX, 0))],
            started: Instant::now(),
            time: AtomicU64::new(u64::try_from(TIME.as_millis()).unwrap_or(u64::MAX)),
            stopped: Arc::default(),
            over: AtomicBool::new(false),
            appointed: OnceLock::new(),
        }))
    }

    /// A budget for a part of the work, named as people know it. `stored` is the part's size in stored bytes: more evidence may cost more.
    pub fn part(&self, whole: impl Into<String>, stored: u64) -> Self {
        let part = Self::with(whole.into(), Some(self.clone()));
        part.allow_for(stored);
        part
    }

    /// Sets a limit lower (or higher) than the usual one.
    #[must_use]
    pub fn limited(self, cost: Cost, limit: u64) -> Self {
        self.0.meters[cost as usize].limit.store(limit, Ordering::Relaxed);
        self
    }

    /// Sets the time that may be used, from the making of this budget on.
    #[must_use]
    pub fn within(self, time: Duration) -> Self {
        self.0.time.store(u64::try_from(time.as_millis()).unwrap_or(u64::MAX), Ordering::Relaxed);
        self
    }

    /// Raises the limits by what evidence of `stored` more bytes may cost.
    pub fn allow_for(&self, stored: u64) {
        let more = |cost: Cost, amount: u64| add(&self.0.meters[cost as usize].limit, amount);
        more(Cost::Unpacked, stored.saturating_mul(UNPACKED.1));
        more(Cost::Steps, stored.saturating_mul(STEPS.1));
        add(&self.0.time, (stored / SPEED).saturating_mul(1000));
    }

    /// Raises a limit, here alone.
    pub(super) fn allow(&self, cost: Cost, amount: u64) {
        add(&self.0.meters[cost as usize].limit, amount);
    }

    /// Raises the limit of lines, here and in the whole.
    pub(super) fn allow_lines(&self, lines: u64) {
        self.allow(Cost::Records, lines);
        if let Some(parent) = &self.0.parent {
            parent.allow_lines(lines);
        }
    }

    /// Uses some, here and in the whole. An error means that the work must end: it was stopped, or a limit is passed.
    pub fn take(&self, cost: Cost, amount: u64) -> Result<(), Exceeded> {
        self.go_on()?;
        let mut budget = Some(self);
        while let Some(Self(ledger)) = budget {
            let meter = &ledger.meters[cost as usize];
            let used = add(&meter.used, amount);
            if ledger.appointed.get().is_some_and(|(which, at)| *which == cost && used >= *at) {
                ledger.stopped.store(true, Ordering::Relaxed);
            }
            let limit = meter.limit.load(Ordering::Relaxed);
            if used > limit && !self.is_over() {
                let whole = ledger.whole.clone();
                return Err(match cost {
                    Cost::Unpacked => Exceeded::Unpacked { whole, limit },
                    Cost::Records => Exceeded::Records { whole, limit },
                    Cost::Members => Exceeded::Members { whole, limit },
                    // The last has no limit that could be passed.
                    Cost::Steps | Cost::Read => Exceeded::Steps { whole, limit },
                });
            }
            budget = ledger.parent.as_ref();
        }
        Ok(())
    }

    /// Whether the work may continue: nobody stopped it, and there is time left. To be asked in every loop that evidence can make long.
    pub fn go_on(&self) -> Result<(), Exceeded> {
        // Every look counts as one.
        stop::is_wished();
        if self.is_over() {
            return Ok(());
        }
        let mut budget = Some(self);
        while let Some(Self(ledger)) = budget {
            if ledger.stopped.load(Ordering::Relaxed) {
                return Err(Exceeded::Stopped);
            }
            let limit = ledger.time.load(Ordering::Relaxed);
            if ledger.started.elapsed() > Duration::from_millis(limit) {
                return Err(Exceeded::Time { whole: ledger.whole.clone(), seconds: limit / 1000 });
            }
            budget = ledger.parent.as_ref();
        }
        Ok(())
    }

    /// How much was used so far, in the units of `cost`.
    pub fn used(&self, cost: Cost) -> u64 {
        self.0.meters[cost as usize].used.load(Ordering::Relaxed)
    }

    /// Stops by itself once so much is used, as a user stops in the middle of the work. What is appointed first holds.
    #[must_use]
    pub fn stopping_at(self, cost: Cost, amount: u64) -> Self {
        self.0.appointed.get_or_init(|| (cost, amount));
        self
    }

    /// Stops all work under this budget.
    pub fn stop(&self) {
        self.0.stopped.store(true, Ordering::Relaxed);
    }

    /// The flag that [`Budget::stop`] sets for the whole: what [`crate::model::stop`] asks where no budget can be handed down.
    pub fn stop_flag(&self) -> Arc<AtomicBool> {
        self.0.parent.as_ref().map_or_else(|| Arc::clone(&self.0.stopped), Self::stop_flag)
    }

    /// Whether it was stopped, here or in the whole.
    pub fn is_stopped(&self) -> bool {
        stop::is_wished();
        let mut budget = Some(self);
        while let Some(Self(ledger)) = budget {
            if ledger.stopped.load(Ordering::Relaxed) {
                return true;
            }
            budget = ledger.parent.as_ref();
        }
        false
    }

    /// Says that the work is over: what is read of its files from now on, to show one record, is neither stopped nor metered by it.
    pub fn finish(&self) {
        self.0.over.store(true, Ordering::Relaxed);
    }

    fn is_over(&self) -> bool {
        self.0.over.load(Ordering::Relaxed) || self.0.parent.as_ref().is_some_and(Self::is_over)
    }
}

/// Adds without overflow and gives the sum.
fn add(to: &AtomicU64, amount: u64) -> u64 {
    match to.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |value| Some(value.saturating_add(amount))) {
        Ok(before) | Err(before) => before.saturating_add(amount),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_uses_up_its_own_share_and_the_whole_is_told() {
        let case = Budget::new().limited(Cost::Members, 10);
        let archive = case.part("a.zip", 0).limited(Cost::Members, 6);
        assert_eq!(archive.take(Cost::Members, 6), Ok(()));
        assert_eq!(archive.take(Cost::Members, 1), Err(Exceeded::Members { whole: "a.zip".into(), limit: 6 }));
        let other = case.part("b.zip", 0);
        assert_eq!(other.take(Cost::Members, 4), Ok(()));
        assert_eq!(other.take(Cost::Members, 1), Err(Exceeded::Members { whole: "the case".into(), limit: 10 }));
        case.finish();
        assert_eq!(other.take(Cost::Members, 1), Ok(()));
    }

    #[test]
    fn stopping_the_whole_stops_its_parts() {
        let case = Budget::new();
        let part = case.part("a", u64::MAX);
        assert_eq!(part.take(Cost::Steps, u64::MAX), Err(Exceeded::Steps { whole: "the case".into(), limit: STEPS.0 }));
        case.stop();
        assert!(part.is_stopped() && part.go_on() == Err(Exceeded::Stopped));
    }

    #[test]
    fn time_passes() {
        let part = Budget::new().part("a", 0).within(Duration::ZERO);
        std::thread::sleep(Duration::from_millis(2));
        assert_eq!(part.go_on(), Err(Exceeded::Time { whole: "a".into(), seconds: 0 }));
    }
}
