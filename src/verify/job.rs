//! Progress and cancellation of a long piece of work.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, TryLockError};
use std::time::{Duration, Instant};

use crate::source::{Budget, Opening};

/// Shared between the work and its observers.
#[derive(Debug)]
pub struct Job {
    opening: Opening,
    done: Arc<AtomicU64>,
    total: AtomicU64,
    records: AtomicU64,
    started: Instant,
    /// Held by whoever holds a large document in memory.
    large: Mutex<()>,
}

/// A moment of the work.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct Progress {
    /// Stored bytes read.
    pub done: u64,
    /// Stored bytes to read; 0 while it is not known.
    pub total: u64,
    /// Records read.
    pub records: u64,
    /// Time since the start.
    pub elapsed: Duration,
}

impl Progress {
    /// Bytes in a second.
    pub fn rate(&self) -> f64 {
        self.done as f64 / self.elapsed.as_secs_f64().max(0.001)
    }

    /// Seconds still needed at this rate, if that is known.
    pub fn remaining_seconds(&self) -> Option<f64> {
        (self.done > 0 && self.total >= self.done).then(|| (self.total - self.done) as f64 / self.rate())
    }

    /// Part done, from 0 to 1.
    pub fn fraction(&self) -> f32 {
        if self.total == 0 { 0.0 } else { (self.done as f64 / self.total as f64).min(1.0) as f32 }
    }
}

impl Default for Job {
    fn default() -> Self {
        Self {
            opening: Opening::default(),
            done: Arc::default(),
            total: AtomicU64::new(0),
            records: AtomicU64::new(0),
            started: Instant::now(),
            large: Mutex::default(),
        }
    }
}

impl Job {
    /// Follows links that lead out of what was opened, instead of listing them.
    #[must_use]
    pub fn following_links(mut self, follow: bool) -> Self {
        self.opening.follow_links = follow;
        self
    }

    /// Works under a budget that was set elsewhere.
    #[must_use]
    pub fn under(mut self, budget: Budget) -> Self {
        self.opening.budget = budget;
        self
    }

    /// How evidence is opened for it.
    pub fn opening(&self) -> &Opening {
        &self.opening
    }

    /// What it may cost. To be asked in every loop that evidence can make long; [`Budget::part`] gives one log's share.
    pub fn budget(&self) -> &Budget {
        &self.opening.budget
    }

    /// Asks the work to stop.
    pub fn cancel(&self) {
        self.opening.budget.stop();
    }

    /// Whether it was asked to.
    pub fn is_cancelled(&self) -> bool {
        self.opening.budget.is_stopped()
    }

    /// How far it is.
    pub fn progress(&self) -> Progress {
        Progress {
            done: self.done.load(Ordering::Relaxed),
            total: self.total.load(Ordering::Relaxed),
            records: self.records.load(Ordering::Relaxed),
            elapsed: self.started.elapsed(),
        }
    }

    /// Says how many bytes there are to read.
    pub fn set_total(&self, bytes: u64) {
        self.total.store(bytes, Ordering::Relaxed);
    }

    /// The count of bytes read.
    pub fn counter(&self) -> Arc<AtomicU64> {
        Arc::clone(&self.done)
    }

    /// Waits for the turn to hold a large document in memory. `None` if the user stopped.
    pub(super) fn turn(&self) -> Option<MutexGuard<'_, ()>> {
        while !self.is_cancelled() {
            match self.large.try_lock() {
                Ok(turn) => return Some(turn),
                // Whoever panicked has let go of what it held.
                Err(TryLockError::Poisoned(turn)) => return Some(turn.into_inner()),
                Err(TryLockError::WouldBlock) => std::thread::sleep(Duration::from_millis(5)),
            }
        }
        None
    }

    pub(super) fn add_records(&self, count: u64) {
        self.records.fetch_add(count, Ordering::Relaxed);
    }
}
