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
    let path = log.folder.path().join("zz-large.jsonl");
    // A job that was finished first shows nothing: then it gets more to do.
    for lines in [400_000, 1_600_000, 6_400_000] {
        fs::write(&path, line.repeat(lines)).unwrap();
        let job = Job::default();
        let (examination, after) = std::thread::scope(|scope| {
            let running = scope.spawn(|| {
                let examination = examine(&[log.folder.path().to_owned()], log.keys.clone(), &job, None);
                (examination, Instant::now())
            });
            // In the middle of the work, as it says itself.
            while job.progress().records == 0 && !running.is_finished() {
                std::thread::yield_now();
            }
            let asked = Instant::now();
            job.cancel();
            let (examination, ended) = running.join().unwrap();
            (examination, ended.saturating_duration_since(asked))
        });
        if !examination.cancelled {
            continue;
        }
        println!("stopped after {after:?}");
        // Generous, for a busy machine: the aim is a tenth of a second.
        assert!(after < Duration::from_secs(3));
        assert_eq!(of(&examination, Code::Cancelled).len(), 1);
        assert!(examination.counts().of(State::Unchecked) > 0 || examination.counts().total() < lines as u64);
        assert_eq!(examination.verdict(), Verdict::Unchecked);
        assert!(["All ", "Both "].iter().all(|word| !examination.sentence().contains(word)), "{}", examination.sentence());
        return;
    }
    panic!("every job was finished before it could be stopped");
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
