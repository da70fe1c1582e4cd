//! Work on threads, one slot for each kind. Newer work of a kind stops the older, whose results are dropped. Results come by channel, so the
//! window never waits. A panic in the work is caught and comes as a failure.

use std::any::Any;
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use eframe::egui::Context;

use crate::model::stop;
use crate::verify::{Job, Progress};

/// A kind of work. At most one of each is of interest at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Slot {
    /// Reading and judging a case.
    Examine,
    /// Applying the filter.
    Filter,
    /// Sorting the table.
    Sort,
    /// Reading and proving the selected event.
    Detail,
    /// Reading records again for the table.
    Records,
    /// Writing rows for the clipboard.
    Copy,
    /// Writing the demo case.
    Demo,
    /// Letting the user choose what to open.
    Choose,
    /// Counting what an export would hold.
    Preview,
    /// Exporting.
    Export,
    /// Letting the user choose where the bundle goes.
    ExportPlace,
    /// Sealing on receipt.
    Receive,
    /// Letting the user choose where the sealed copy goes.
    ReceivePlace,
    /// Comparing.
    Compare,
    /// Letting the user choose the other copy.
    ComparePlace,
    /// Time-stamping.
    TimeStamp,
    /// Letting the user choose the bundle, or the authority's answer.
    TimeStampPlace,
    /// Sealing the examiner's own log.
    ActivityLog,
    /// Looking for fonts.
    Fonts,
}

/// Starts work and receives its results, which are of type `T`.
pub struct Jobs<T> {
    context: Context,
    sender: SyncSender<Message<T>>,
    receiver: Receiver<Message<T>>,
    running: BTreeMap<Slot, Running>,
    /// Work for which no thread could be had.
    refused: Vec<(Slot, String)>,
    serial: u64,
}

struct Running {
    number: u64,
    job: Arc<Job>,
}

struct Message<T> {
    slot: Slot,
    number: u64,
    content: Content<T>,
}

enum Content<T> {
    Result(T),
    Ended,
    Failed(String),
}

impl<T: Send + 'static> Jobs<T> {
    /// For the window of `context`, which is drawn again when something arrives.
    pub fn new(context: &Context) -> Self {
        let (sender, receiver) = sync_channel(64);
        Self { context: context.clone(), sender, receiver, running: BTreeMap::new(), refused: Vec::new(), serial: 0 }
    }

    /// Starts work, which may send any number of results, and stops older work in the same slot.
    pub fn start(&mut self, slot: Slot, work: impl FnOnce(&Job, &(dyn Fn(T) + Sync)) + Send + 'static) -> Arc<Job> {
        self.abandon(slot);
        self.serial += 1;
        let (number, job) = (self.serial, Arc::new(Job::default()));
        self.running.insert(slot, Running { number, job: Arc::clone(&job) });
        let (context, sender, shared) = (self.context.clone(), self.sender.clone(), Arc::clone(&job));
        let send = move |content| {
            // The window is gone when nobody receives.
            if sender.send(Message { slot, number, content }).is_ok() {
                context.request_repaint();
            }
        };
        let thread = std::thread::Builder::new().name(format!("{slot:?}").to_lowercase()).spawn(move || {
            let flag = shared.budget().stop_flag();
            let work = || stop::heeding(&flag, || work(&shared, &|result| send(Content::Result(result))));
            let result = catch_unwind(AssertUnwindSafe(work));
            send(match result {
                Ok(()) => Content::Ended,
                Err(panic) => Content::Failed(words(panic.as_ref())),
            });
        });
        if let Err(error) = thread {
            self.running.remove(&slot);
            self.refused.push((slot, format!("no thread could be started: {error}")));
            self.context.request_repaint();
        }
        job
    }

    /// Does something that nobody waits for and nothing stops, on a thread of its own.
    pub fn aside(&self, name: &str, work: impl FnOnce() + Send + 'static) {
        // If no thread can be had, it is not done; where its outcome matters, it is looked at there.
        std::thread::Builder::new().name(name.into()).spawn(move || drop(catch_unwind(AssertUnwindSafe(work)))).ok();
    }

    /// The next result that is still of interest, or why the work in a slot failed, if one has arrived.
    pub fn next(&mut self) -> Option<(Slot, Result<T, String>)> {
        if let Some((slot, why)) = self.refused.pop() {
            return Some((slot, Err(why)));
        }
        loop {
            let Message { slot, number, content } = self.receiver.try_recv().ok()?;
            if self.running.get(&slot).is_none_or(|running| running.number != number) {
                continue;
            }
            match content {
                Content::Result(result) => return Some((slot, Ok(result))),
                Content::Ended => drop(self.running.remove(&slot)),
                Content::Failed(why) => {
                    self.running.remove(&slot);
                    return Some((slot, Err(why)));
                }
            }
        }
    }

    /// Asks the work in a slot to stop. What it still sends is taken.
    pub fn cancel(&self, slot: Slot) {
        if let Some(running) = self.running.get(&slot) {
            running.job.cancel();
        }
    }

    /// Stops the work in a slot and drops what it still sends.
    pub fn abandon(&mut self, slot: Slot) {
        if let Some(running) = self.running.remove(&slot) {
            running.job.cancel();
        }
    }

    /// Whether work in a slot has not ended.
    pub fn is_running(&self, slot: Slot) -> bool {
        self.running.contains_key(&slot)
    }

    /// How far the work in a slot is; `None` if there is none.
    pub fn progress(&self, slot: Slot) -> Option<Progress> {
        self.running.get(&slot).map(|running| running.job.progress())
    }
}

/// What a panic said.
fn words(panic: &(dyn Any + Send)) -> String {
    let said = panic.downcast_ref::<&str>().map(|text| (*text).to_owned()).or_else(|| panic.downcast_ref::<String>().cloned());
    format!("an error in this program stopped it: {}", said.as_deref().unwrap_or("no reason given"))
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;
    use std::time::{Duration, Instant};

    use super::*;

    fn wait<T: Send + 'static>(jobs: &mut Jobs<T>) -> Option<(Slot, Result<T, String>)> {
        let start = Instant::now();
        while start.elapsed() < Duration::from_secs(20) {
            if let Some(arrival) = jobs.next() {
                return Some(arrival);
            }
            std::thread::sleep(Duration::from_millis(2));
        }
        None
    }

    #[test]
    fn newer_work_stops_the_older_and_its_results_are_dropped() {
        let mut jobs = Jobs::new(&Context::default());
        let (go, gate) = channel::<()>();
        let old = jobs.start(Slot::Filter, move |job, send| {
            gate.recv().unwrap();
            assert!(job.is_cancelled());
            send("old");
        });
        jobs.start(Slot::Filter, |_, send| send("new"));
        assert!(old.is_cancelled());
        go.send(()).unwrap();
        assert_eq!(wait(&mut jobs), Some((Slot::Filter, Ok("new"))));
        // The slots do not touch each other.
        jobs.start(Slot::Sort, |_, send| send("sorted"));
        assert_eq!(wait(&mut jobs), Some((Slot::Sort, Ok("sorted"))));
    }

    #[test]
    fn a_panic_is_a_failure_and_frees_the_slot() {
        let mut jobs: Jobs<u8> = Jobs::new(&Context::default());
        jobs.start(Slot::Export, |_, _| panic!("on purpose"));
        let (slot, result) = wait(&mut jobs).unwrap();
        assert_eq!(slot, Slot::Export);
        assert!(result.unwrap_err().contains("on purpose"));
        assert!(!jobs.is_running(Slot::Export));
    }

    #[test]
    fn cancelled_work_still_answers_and_abandoned_work_does_not() {
        let mut jobs = Jobs::new(&Context::default());
        let until_stopped = |job: &Job, send: &(dyn Fn(u8) + Sync)| {
            while !job.is_cancelled() {
                std::thread::sleep(Duration::from_millis(1));
            }
            send(1);
        };
        jobs.start(Slot::Examine, until_stopped);
        jobs.cancel(Slot::Examine);
        assert_eq!(wait(&mut jobs), Some((Slot::Examine, Ok(1))));
        jobs.start(Slot::Detail, until_stopped);
        jobs.abandon(Slot::Detail);
        assert!(!jobs.is_running(Slot::Detail) && jobs.progress(Slot::Detail).is_none());
        jobs.start(Slot::Sort, |_, send| send(2));
        assert_eq!(wait(&mut jobs), Some((Slot::Sort, Ok(2))));
    }
}
