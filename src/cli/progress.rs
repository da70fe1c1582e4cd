//! Work that takes long: a bar on the terminal, and Ctrl+C that stops it cleanly.

use std::io::IsTerminal;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, Once};
use std::time::Duration;

use sealscope::model::stop;
use sealscope::model::text::bytes;
use sealscope::verify::Job;

/// What Ctrl+C stops.
static RUNNING: Mutex<Option<Arc<Job>>> = Mutex::new(None);
static HANDLER: Once = Once::new();
/// Whether the user pressed Ctrl+C at all: what would be done after the work that it stopped is not begun.
static INTERRUPTED: AtomicBool = AtomicBool::new(false);
/// Whether the user asked that links out of what is opened be followed.
static FOLLOW: AtomicBool = AtomicBool::new(false);

/// Says how all that follows treats links that lead out of what is opened.
pub(super) fn follow_links(follow: bool) {
    FOLLOW.store(follow, Ordering::Relaxed);
}

fn set_running(job: Option<Arc<Job>>) {
    *RUNNING.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = job;
}

/// The first Ctrl+C stops the work, which then tidies up; the second ends the program.
fn interrupted() {
    INTERRUPTED.store(true, Ordering::SeqCst);
    let running = RUNNING.lock().unwrap_or_else(std::sync::PoisonError::into_inner).take();
    match running {
        Some(job) => job.cancel(),
        None => std::process::exit(130),
    }
}

/// Does long work with a bar on the terminal, if there is one.
pub(super) fn shown<T>(work: impl FnOnce(&Job) -> T) -> T {
    let job = Arc::new(Job::default().following_links(FOLLOW.load(Ordering::Relaxed)));
    // Without a handler Ctrl+C ends the program at once, as usual.
    HANDLER.call_once(|| drop(ctrlc::set_handler(interrupted)));
    set_running(Some(Arc::clone(&job)));
    if INTERRUPTED.load(Ordering::SeqCst) {
        job.cancel();
    }
    let finished = AtomicBool::new(false);
    let result = std::thread::scope(|scope| {
        if std::io::stderr().is_terminal() {
            scope.spawn(|| show(&job, &finished));
        }
        let result = stop::heeding(&job.budget().stop_flag(), || work(&job));
        finished.store(true, Ordering::Release);
        result
    });
    set_running(None);
    result
}

fn show(job: &Job, finished: &AtomicBool) {
    const WIDTH: usize = 28;
    // Quick work shows nothing.
    std::thread::sleep(Duration::from_millis(250));
    let mut shown = false;
    while !finished.load(Ordering::Acquire) {
        let progress = job.progress();
        let filled = (progress.fraction() * WIDTH as f32) as usize;
        let remaining = progress.remaining_seconds().map_or_else(String::new, |seconds| format!(", {seconds:.0} s left"));
        eprint!(
            "\r\x1b[K[{}{}] {} of {}, {}/s{remaining}",
            "█".repeat(filled),
            "░".repeat(WIDTH - filled),
            bytes(progress.done),
            bytes(progress.total),
            bytes(progress.rate() as u64)
        );
        shown = true;
        for _ in 0..10 {
            if finished.load(Ordering::Acquire) {
                break;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
    }
    if shown {
        eprint!("\r\x1b[K");
    }
}
