//! Cancel stops soon and leaves an honest partial case.

use std::cell::Cell;
use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use sealscope::bundle::{CompareError, check_all, compare};
use sealscope::case::keys;
use sealscope::case::receive::{Receiving, ReceivingError, receive};
use sealscope::model::{Code, State, Verdict, json, stop};
use sealscope::seal::locate::locate;
use sealscope::trust::Store as Keys;
use sealscope::verify::{Job, examine};
use sealscope::{ExportError, ExportJob, ExportOptions, export_bundle};

use super::builder::*;
use super::cost::KINDS;
use super::growing;

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

/// Does work on one thread alone, which stops by itself when it has asked so often whether to go on. Gives how often it asked in all.
fn asked<T: Send>(stop_at: u64, job: &Job, work: impl FnOnce() -> T + Send) -> (T, u64) {
    let alone = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
    alone.install(|| {
        let before = stop::looks();
        stop::appoint(stop_at);
        let made = stop::heeding(&job.budget().stop_flag(), work);
        let asked = stop::looks() - before;
        stop::appoint(u64::MAX);
        (made, asked)
    })
}

/// Moments of work that asks `all` times.
fn moments(all: u64) -> impl Iterator<Item = u64> {
    [2, 20, 40, 60, 80, 95].into_iter().map(move |part| (all * part / 100).max(1))
}

#[test]
fn soon_after_a_stop_nothing_more_is_done_anywhere() {
    const FILES: usize = 40;
    for (name, make) in KINDS {
        let folder = tempfile::tempdir().unwrap();
        make(folder.path(), FILES);
        let paths = [folder.path().to_owned()];
        let (_, all) = asked(u64::MAX, &Job::default(), || examine(&paths, Keys::default(), &Job::default(), None));
        for at in moments(all) {
            let job = Job::default();
            let (examination, asked) = asked(at, &job, || examine(&paths, Keys::default(), &job, None));
            assert!(examination.cancelled && examination.verdict() >= Verdict::Unchecked, "{name} at {at} of {all}");
            // A few times for each file that is still to come, and not once for each of its records.
            assert!(asked < at + 4 * FILES as u64 + 100, "{name}: {asked} looks, stopped at {at} of {all}");
        }
    }
}

#[test]
fn a_record_of_many_members_is_broken_off_in_its_middle() {
    const MEMBERS: u64 = 100_000;
    let members: Vec<String> = (0..MEMBERS).map(|number| format!("\"aaaaaaaa{number:06}bbbbbbbb\":{number}")).collect();
    let text = format!("{{{}}}", members.join(","));
    let flag = Arc::new(AtomicBool::new(false));
    let (mut tokens, mut after) = (0, 0);
    let read = stop::heeding(&flag, || {
        json::Reader::default().read(&text, |_| {
            tokens += 1;
            after += u64::from(flag.load(Ordering::Relaxed));
            flag.store(tokens >= 50_000, Ordering::Relaxed);
        })
    });
    assert_eq!(read, Err(json::NotJson::Stopped));
    assert!(after <= 1_100, "{after}");
    // Also while its names are compared with each other, when the last of them is read.
    let (mut last, mut end) = (0, 0);
    let read = json::Reader::default().read(&text, |token| match token {
        json::Token::Name(_) => last = stop::looks(),
        json::Token::End(_) => end = stop::looks(),
        _ => {}
    });
    assert_eq!(read, Ok(None));
    assert!(end - last >= MEMBERS / 1024, "{} looks", end - last);
}

#[test]
fn comparisons_are_broken_off() {
    let flag = Arc::new(AtomicBool::new(false));
    // All alike, all different, every second one different: each in another part of the comparison.
    let alike: [fn(usize, usize) -> bool; 3] = [|one, other| one == other, |_, _| false, |one, other| one == other && one % 2 == 0];
    for alike in alike {
        for at in [100, 10_000, 30_000] {
            flag.store(false, Ordering::Relaxed);
            let (questions, after) = (Cell::new(0), Cell::new(0));
            let same = |one: usize, other: usize| {
                questions.set(questions.get() + 1);
                after.set(after.get() + u64::from(flag.load(Ordering::Relaxed)));
                flag.store(questions.get() >= at, Ordering::Relaxed);
                alike(one, other)
            };
            stop::heeding(&flag, || locate(40_000, 40_001, 1_000_000, &same));
            assert!(questions.get() >= at && after.get() <= 300, "{} questions after the stop at {at}", after.get());
        }
    }
}

#[test]
fn damage_is_looked_for_with_a_look_at_each_record() {
    const RECORDS: usize = 3_000;
    for leaves in [false, true] {
        let log = Log::new(1, RECORDS, true, leaves);
        let looks =
            || asked(u64::MAX, &Job::default(), || examine(&[log.folder.path().to_owned()], log.keys.clone(), &Job::default(), None)).1;
        let whole = looks();
        log.edit(0, |lines| lines[1_500] = record(9, 9));
        let altered = looks();
        assert!(altered >= whole + RECORDS as u64, "{whole} looks at a whole one, {altered} at an altered one");
        for at in moments(altered) {
            let job = Job::default();
            let (examination, _) = asked(at, &job, || examine(&[log.folder.path().to_owned()], log.keys.clone(), &job, None));
            // What was compared while the user stopped is no verdict.
            assert_eq!(examination.verdict(), Verdict::Unchecked, "at {at} of {altered}: {}", examination.sentence());
        }
    }
}

#[test]
fn receiving_sealing_and_comparing_stop_anywhere() {
    let place = tempfile::tempdir().unwrap();
    let made = |name: &str| {
        let folder = place.path().join(name);
        fs::create_dir_all(&folder).unwrap();
        growing::overlapping_packed(&folder, 300);
        fs::write(folder.join("three.jsonl"), (record(1, 5) + "\n").repeat(300)).unwrap();
        folder
    };
    keys::generate("examiner/maria", &place.path().join("key"), None).unwrap();
    let key = keys::read(&place.path().join("key"), None).unwrap();
    let evidence = made("evidence");
    let into = place.path().join("into");
    let receive = |at: u64| {
        let job = Job::default();
        let sources = [evidence.clone()];
        let receiving = Receiving { sources: &sources, into: &into, key: &key, examiner: "maria", now: 1_772_850_000_000_000_000 };
        asked(at, &job, || receive(&receiving, &job))
    };
    let (received, all) = receive(u64::MAX);
    fs::remove_dir_all(received.unwrap().folder).unwrap();
    for at in moments(all) {
        let (received, asked) = receive(at);
        assert!(matches!(received, Err(ReceivingError::Cancelled)), "at {at} of {all}: {received:?}");
        assert!(asked < at + 200, "{asked} looks, stopped at {at} of {all}");
        assert_eq!(fs::read_dir(&into).unwrap().count(), 0, "at {at} of {all}");
    }
    let (one, other) = (open(&evidence, Keys::default()), open(&made("other"), Keys::default()));
    let compared = |at: u64| {
        let job = Job::default();
        asked(at, &job, || compare(&one, &other, &job))
    };
    let (result, all) = compared(u64::MAX);
    assert!(result.unwrap().iter().all(|log| log.equal));
    for at in moments(all) {
        let (result, asked) = compared(at);
        assert!(matches!(result, Err(CompareError::Cancelled)), "at {at} of {all}: {result:?}");
        assert!(asked < at + 100, "{asked} looks, stopped at {at} of {all}");
    }
}

#[test]
fn exporting_and_checking_stop_anywhere() {
    let folder = tempfile::tempdir().unwrap();
    sealscope::make_examiner_key(&folder.path().join("key"), None, "maria").unwrap();
    let key = sealscope::read_examiner_key(&folder.path().join("key"), None).unwrap();
    let log = Log::new(3, 200, true, false);
    let case = log.examine();
    let rows: Vec<u32> = (0..case.store.len() as u32).filter(|row| row % 3 == 1).collect();
    let into = folder.path().join("into");
    let export = |at: u64| {
        let job = Job::default();
        let export_job = ExportJob {
            case: &case,
            rows: &rows,
            options: &ExportOptions::default(),
            selection: String::new(),
            reference: String::new(),
            examiner: "maria".into(),
            key: &key,
            keys: &log.keys,
            now: 1_772_900_000_000_000_000,
            out: &into.join("out.zip"),
        };
        asked(at, &job, || export_bundle(&export_job, &job))
    };
    let (exported, all) = export(u64::MAX);
    exported.unwrap();
    let bundle = examine(&[into.join("out.zip")], log.keys.clone(), &Job::default(), None);
    fs::remove_file(into.join("out.zip")).unwrap();
    for at in moments(all) {
        let (exported, asked) = export(at);
        assert!(matches!(exported, Err(ExportError::Cancelled)), "at {at} of {all}: {exported:?}");
        assert!(asked < at + 300, "{asked} looks, stopped at {at} of {all}");
        assert_eq!(fs::read_dir(&into).unwrap().count(), 0, "at {at} of {all}");
    }
    let check = |most: u64| {
        let questions = Cell::new(0);
        let going = || {
            questions.set(questions.get() + 1);
            questions.get() <= most
        };
        let checked = check_all(&bundle, &log.keys, &going);
        (checked.into_iter().map(|(_, checked)| checked.state).max().unwrap(), questions.get())
    };
    let (state, all) = check(u64::MAX);
    assert!(state <= State::Consistent && all > rows.len() as u64, "{state:?}, asked {all} times");
    for at in moments(all) {
        let (state, questions) = check(at);
        assert!(state == State::Unchecked && questions <= at + 3, "{state:?}, asked {questions} times, stopped at {at} of {all}");
    }
}
