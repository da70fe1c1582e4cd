//! Work on threads: opening, filtering, sorting, proving, choosing files. Results come by channel; the window never waits.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::time::{Duration, Instant};

use eframe::egui::Context;

use crate::bundle::{Checked, Compared, Exported, check_all};
use crate::case::examiner_log::{Entry, ExaminerLog};
use crate::case::receive::Received;
use crate::gui::command::Column;
use crate::gui::state::detail::Detail;
use crate::query::Filter;
use crate::store::Index;
use crate::trust::{Key, Store as Keys};
use crate::verify::{Examination, Job, examine};

/// A result that arrived.
pub enum Arrival {
    /// Part of a case, or all of it.
    Case(u64, Box<Examination>),
    /// The index of what a filter lets through.
    Filtered(u64, Arc<Index>),
    /// The rows of the table in another order.
    Sorted(u64, Arc<Vec<u32>>),
    /// What is known of the selected event.
    Detail(u64, Box<Detail>),
    /// Chosen paths; `None` if nothing was chosen, with the time the dialog was open.
    Chosen(Option<Vec<PathBuf>>, Duration),
    /// How the bundles among what is opened stand.
    Bundles(u64, Vec<Checked>),
    /// What a bundle would hold.
    Summary(u64, crate::gui::state::selection::Summary),
    /// Where the bundle shall go; `None` if nothing was chosen.
    ExportChosen(Option<PathBuf>),
    /// What was exported.
    Exported(Box<Result<Exported, String>>),
    /// Where the sealed copy shall go; `None` if nothing was chosen.
    Destination(Option<PathBuf>),
    /// What was sealed on receipt, and with which key.
    Received(Box<Result<(Received, Key), String>>),
    /// How two copies compare.
    Compared(Result<Vec<Compared>, String>),
    /// The other copy that was chosen, if one was.
    OtherChosen(Option<PathBuf>),
    /// What came of time-stamping, in a sentence.
    Stamped(Result<String, String>),
    /// The chosen bundle (true) or answer; `None` if nothing was chosen.
    StampChosen(bool, Option<PathBuf>),
    /// The examiner's own log, sealed if that was asked for, and the key that sealed it.
    OwnLog(Box<Result<(PathBuf, Option<Key>), String>>),
    /// The demo case is written here, with its trusted keys.
    Demo(Result<(PathBuf, Keys), String>),
}

/// Starts work and receives results.
pub struct Work {
    context: Context,
    sender: SyncSender<Arrival>,
    receiver: Receiver<Arrival>,
    serial: AtomicU64,
}

impl Work {
    /// Work for the window of `context`.
    pub fn new(context: &Context) -> Self {
        let (sender, receiver) = sync_channel(64);
        Self { context: context.clone(), sender, receiver, serial: AtomicU64::new(0) }
    }

    /// The next result, if one is there.
    pub fn next(&self) -> Option<Arrival> {
        self.receiver.try_recv().ok()
    }

    fn serial(&self) -> u64 {
        self.serial.fetch_add(1, Ordering::Relaxed) + 1
    }

    fn spawn(&self, name: &str, work: impl FnOnce(&dyn Fn(Arrival)) + Send + 'static) {
        let (sender, context) = (self.sender.clone(), self.context.clone());
        let send = move |arrival| {
            // The window is gone when nobody receives.
            if sender.send(arrival).is_ok() {
                context.request_repaint();
            }
        };
        // If no thread can be had, nothing arrives and the window stays as it is.
        std::thread::Builder::new().name(name.into()).spawn(move || work(&send)).ok();
    }

    /// Opens and examines `paths`. Results carry the returned number.
    pub fn open(&self, paths: Vec<PathBuf>, keys: Keys, log: Option<ExaminerLog>) -> (u64, Arc<Job>) {
        let number = self.serial();
        let job = Arc::new(Job::default());
        let running = Arc::clone(&job);
        let (sender, context) = (self.sender.clone(), self.context.clone());
        std::thread::Builder::new()
            .name("examine".into())
            .spawn(move || {
                let send = |examination: Examination| {
                    if sender.send(Arrival::Case(number, Box::new(examination))).is_ok() {
                        context.request_repaint();
                    }
                };
                let result = examine(&paths, keys.clone(), &running, Some(&send));
                // Whether a bundle is as it was signed is a verdict of its own.
                let checked = check_all(&result, &keys, &|| !running.is_cancelled());
                let mut bundles: Vec<Checked> = checked.into_iter().map(|(_, checked)| checked).collect();
                log.iter().for_each(|log| bundles.iter_mut().for_each(|bundle| bundle.recognise(log)));
                if !bundles.is_empty() {
                    sender.send(Arrival::Bundles(number, bundles)).ok();
                }
                send(result);
            })
            .ok();
        (number, job)
    }

    /// Applies a filter.
    pub fn filter(&self, case: Arc<Examination>, filter: Filter) -> u64 {
        let number = self.serial();
        self.spawn("filter", move |send| {
            let rows = crate::query::rows(&case.store, &case.index, &filter, &|| false);
            send(Arrival::Filtered(number, Arc::new(Index::of_rows(&case.store, rows))));
        });
        number
    }

    /// Sorts rows by a column.
    pub fn sort(&self, case: Arc<Examination>, rows: Vec<u32>, column: Column, descending: bool) -> u64 {
        let number = self.serial();
        self.spawn("sort", move |send| {
            let mut rows = rows;
            crate::gui::panels::table::sort(&case.store, &mut rows, column, descending);
            send(Arrival::Sorted(number, Arc::new(rows)));
        });
        number
    }

    /// Reads, understands and proves an event.
    pub fn detail(&self, case: Arc<Examination>, row: u32) -> u64 {
        let number = self.serial();
        self.spawn("detail", move |send| {
            let first = Detail::read(&case, row);
            send(Arrival::Detail(number, Box::new(first.clone())));
            send(Arrival::Detail(number, Box::new(first.proved(&case))));
        });
        number
    }

    /// Writes the demo case.
    pub fn demo(&self) {
        self.spawn("demo", move |send| send(Arrival::Demo(crate::gui::app::start::write_demo())));
    }

    /// Seals on receipt.
    pub fn receive(&self, work: impl FnOnce() -> Result<(Received, Key), String> + Send + 'static) {
        self.spawn("receive", move |send| send(Arrival::Received(Box::new(work()))));
    }

    /// Compares.
    pub fn compare(&self, work: impl FnOnce() -> Result<Vec<Compared>, String> + Send + 'static) {
        self.spawn("compare", move |send| send(Arrival::Compared(work())));
    }

    /// Lets the user choose the other copy.
    pub fn choose_other(&self) {
        let future = rfd::AsyncFileDialog::new().set_title("The other copy").pick_file();
        self.spawn("choose", move |send| send(Arrival::OtherChosen(pollster::block_on(future).map(|handle| handle.path().to_owned()))));
    }

    /// Makes a request for a time stamp, or takes the answer.
    pub fn stamp(&self, work: impl FnOnce() -> Result<String, String> + Send + 'static) {
        self.spawn("stamp", move |send| send(Arrival::Stamped(work())));
    }

    /// Lets the user choose the bundle (true) or the authority's answer.
    pub fn choose_stamped(&self, bundle: bool) {
        let title = if bundle { "The bundle" } else { "The authority's answer" };
        let future = rfd::AsyncFileDialog::new().set_title(title).pick_file();
        self.spawn("choose", move |send| {
            send(Arrival::StampChosen(bundle, pollster::block_on(future).map(|handle| handle.path().to_owned())))
        });
    }

    /// Does something with the examiner's own log.
    pub fn own_log(&self, work: impl FnOnce() -> Result<(PathBuf, Option<Key>), String> + Send + 'static) {
        self.spawn("own log", move |send| send(Arrival::OwnLog(Box::new(work()))));
    }

    /// Notes something in the examiner's own log. That it cannot be written is told where the log is shown.
    pub fn note(&self, log: ExaminerLog, examiner: String, entry: Entry) {
        let Some(now) = crate::model::time::now() else { return };
        self.spawn("note", move |_send| drop(log.note(entry, &examiner, now)));
    }

    /// Exports.
    pub fn export(&self, work: impl FnOnce() -> Result<Exported, String> + Send + 'static) {
        self.spawn("export", move |send| send(Arrival::Exported(Box::new(work()))));
    }

    /// Counts what a bundle would hold.
    pub fn summarise(&self, choice: crate::gui::state::selection::Choice) -> u64 {
        let number = self.serial();
        self.spawn("summarise", move |send| send(Arrival::Summary(number, choice.summary())));
        number
    }

    /// Lets the user choose where the bundle goes.
    pub fn choose_export(&self) {
        let dialog =
            rfd::AsyncFileDialog::new().set_title("Export evidence").set_file_name("evidence.zip").add_filter("Evidence bundle", &["zip"]);
        let future = dialog.save_file();
        self.spawn("choose", move |send| send(Arrival::ExportChosen(pollster::block_on(future).map(|handle| handle.path().to_owned()))));
    }

    /// Lets the user choose the folder for a sealed copy.
    pub fn choose_destination(&self) {
        let future = rfd::AsyncFileDialog::new().set_title("A folder for the sealed copy").pick_folder();
        self.spawn("choose", move |send| send(Arrival::Destination(pollster::block_on(future).map(|handle| handle.path().to_owned()))));
    }

    /// Lets the user choose files or a folder. The dialog is made here, on the main thread, and awaited elsewhere.
    pub fn choose(&self, folder: bool) {
        let dialog = rfd::AsyncFileDialog::new().set_title(if folder { "Open a folder of logs" } else { "Open logs" });
        let started = Instant::now();
        if folder {
            let future = dialog.pick_folder();
            self.spawn("choose", move |send| {
                let chosen = pollster::block_on(future).map(|handle| vec![handle.path().to_owned()]);
                send(Arrival::Chosen(chosen, started.elapsed()));
            });
        } else {
            let future = dialog.pick_files();
            self.spawn("choose", move |send| {
                let chosen = pollster::block_on(future).map(|handles| handles.iter().map(|handle| handle.path().to_owned()).collect());
                send(Arrival::Chosen(chosen, started.elapsed()));
            });
        }
    }
}
