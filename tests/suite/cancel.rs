//! Cancel stops soon and leaves an honest partial case.

use std::fs;
use std::time::{Duration, Instant};

use sealscope::model::{Code, State, Verdict};
use sealscope::verify::{Job, examine};

use super::builder::*;

#[test]
fn cancel_stops_soon_and_says_so() {
    let log = Log::new(1, 50, true, false);
    let line = record(1, 5) + "\n";
    fs::write(log.folder.path().join("zz-large.jsonl"), line.repeat(400_000)).unwrap();
    let job = Job::default();
    let (examination, after) = std::thread::scope(|scope| {
        let running = scope.spawn(|| {
            let examination = examine(&[log.folder.path().to_owned()], log.keys.clone(), &job, None);
            (examination, Instant::now())
        });
        while job.progress().done == 0 {
            std::thread::sleep(Duration::from_millis(1));
        }
        std::thread::sleep(Duration::from_millis(20));
        let asked = Instant::now();
        job.cancel();
        let (examination, ended) = running.join().unwrap();
        (examination, ended.saturating_duration_since(asked))
    });
    println!("stopped after {after:?}");
    // Generous, for a busy machine: the aim is a tenth of a second.
    assert!(after < Duration::from_secs(3));
    if examination.cancelled {
        assert_eq!(of(&examination, Code::Cancelled).len(), 1);
        assert!(examination.counts().of(State::Unchecked) > 0 || examination.counts().total() < 400_050);
        assert_ne!(examination.verdict(), Verdict::Sealed);
    }
}

#[test]
fn cancelled_before_the_start() {
    let log = Log::new(2, 5, true, false);
    let job = Job::default();
    job.cancel();
    let examination = examine(&[log.folder.path().to_owned()], log.keys.clone(), &job, None);
    assert!(examination.cancelled);
    assert_eq!(examination.verdict(), Verdict::Unchecked);
}
