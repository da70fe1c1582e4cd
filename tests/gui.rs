//! The whole window without a screen: from the drop to the proof.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use eframe::egui::{DroppedFile, Event, Key, Modifiers, Theme, Vec2};
use egui_kittest::kittest::{NodeT, Queryable};
use egui_kittest::{Harness, SnapshotOptions};
use sealscope::demo::{Options, write};
use sealscope::gui::{App, Start};
use sealscope::model::Verdict;
use sealscope::trust::Store as Keys;

#[path = "gui_parts/timeline.rs"]
mod timeline;

#[derive(Debug)]
struct Dropped(PathBuf);

impl DroppedFile for Dropped {
    fn path(&self) -> &Path {
        &self.0
    }

    fn bytes(&self) -> Result<Vec<u8>, String> {
        Err("a folder".into())
    }
}

fn window<'a>(theme: Theme, scale: f32, size: [f32; 2], start: Start) -> Harness<'a, App> {
    let mut harness =
        Harness::builder().with_size(Vec2::from(size)).with_pixels_per_point(scale).with_theme(theme).with_max_steps(40).build_eframe(
            |creation| {
                let app = App::new(&creation.egui_ctx, Start { forget: true, ..start });
                // A cursor that comes and goes is another picture each time.
                creation.egui_ctx.all_styles_mut(|style| style.visuals.text_cursor.blink = false);
                app
            },
        );
    // The theme is followed from the first frame on.
    harness.run_steps(2);
    harness
}

/// Waits until all work is done and shown.
fn settle(harness: &mut Harness<'_, App>) {
    let start = Instant::now();
    harness.run_steps(2);
    while harness.state().is_busy() {
        assert!(start.elapsed() < Duration::from_secs(60), "the work does not end");
        std::thread::sleep(Duration::from_millis(10));
        harness.run_steps(1);
    }
    // Results of the last threads.
    for _ in 0..30 {
        std::thread::sleep(Duration::from_millis(10));
        harness.run_steps(1);
    }
}

/// That a text is shown somewhere.
fn shows(harness: &Harness<'_, App>, text: &str) {
    assert!(harness.query_all_by_label_contains(text).next().is_some(), "“{text}” is not shown");
}

fn demo(records: u64) -> (tempfile::TempDir, PathBuf, Keys) {
    let folder = tempfile::tempdir().unwrap();
    let case = write(folder.path(), Options { records, seed: 7 }).unwrap();
    let mut keys = Keys::default();
    keys.add_file(&case.trust_file).unwrap();
    (folder, case.folder, keys)
}

/// Room for versions of the renderer, but less than the smallest badge takes: one that is missing must be noticed.
fn tolerance() -> SnapshotOptions {
    SnapshotOptions::new().threshold(2.0).max_failed_pixels(6)
}

/// Pictures are compared where there is a software renderer, with some room for its versions.
fn picture(harness: &mut Harness<'_, App>, name: &str) {
    picture_within(harness, name, tolerance());
}

fn picture_within(harness: &mut Harness<'_, App>, name: &str, options: SnapshotOptions) {
    // Without any graphics driver, not even a software one, the renderer panics when it is first asked.
    let drawn = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| harness.render()));
    match drawn {
        Ok(Ok(_)) => harness.snapshot_options(name, &options),
        _ if std::env::var_os("SEALSCOPE_PICTURES").is_some() => panic!("the picture {name} could not be drawn"),
        _ => println!("skipped: no graphics driver to draw the picture {name}"),
    }
}

fn welcome(theme: Theme, name: &str) {
    let mut harness = window(theme, 1.0, [1280.0, 800.0], Start::default());
    for button in ["Open files…", "Open folder…", "Open the demo"] {
        harness.get_by_label(button);
    }
    harness.run_steps(3);
    picture(&mut harness, name);
}

#[test]
fn welcome_dark() {
    welcome(Theme::Dark, "welcome-dark");
}

#[test]
fn welcome_light() {
    welcome(Theme::Light, "welcome-light");
}

#[test]
fn from_the_drop_to_the_proof_dark() {
    from_the_drop_to_the_proof(Theme::Dark, "dark");
}

#[test]
fn from_the_drop_to_the_proof_light() {
    from_the_drop_to_the_proof(Theme::Light, "light");
}

fn from_the_drop_to_the_proof(theme: Theme, name: &str) {
    let (_folder, evidence, keys) = demo(3_000);
    {
        let mut harness = window(theme, 1.0, [1600.0, 1000.0], Start { keys: keys.clone(), ..Start::default() });
        harness.input_mut().dropped_files.push(Arc::new(Dropped(evidence.clone())));
        settle(&mut harness);
        let case = harness.state().case().expect("a case is open");
        assert!(case.finished);
        assert_eq!(case.verdict(), Verdict::Broken);
        let sentence = case.sentence();
        shows(&harness, &sentence);
        shows(&harness, "Was a record edited?");
        picture(&mut harness, &format!("case-{name}"));

        // A finding leads to its record, and the record to its proof.
        harness.get_by_label_contains("record-altered: ").click();
        settle(&mut harness);
        shows(&harness, "read secret prod/db/password (GetSecretValue) with key AKIA…7QX");
        shows(&harness, "Leaf hash differs");
        shows(&harness, "Key is trusted");
        shows(&harness, "Check it by hand");
        picture(&mut harness, &format!("proof-{name}"));
        harness.get_by_label("Raw").click();
        settle(&mut harness);
        shows(&harness, "\"eventName\": \"GetSecretValue\"");
    }
}

#[test]
fn filters_and_keys() {
    let (_folder, evidence, keys) = demo(3_000);
    let mut harness = window(Theme::Dark, 1.0, [1600.0, 1000.0], Start { keys, paths: vec![evidence], ..Start::default() });
    settle(&mut harness);
    let all = harness.state().case().unwrap().index.len();
    shows(&harness, &format!("{} events", sealscope::model::text::count(all as u64)));
    harness.get_by_label("Filter").click();
    harness.run_steps(2);
    harness.get_by_label("Filter").type_text("kind:agent category:secret");
    settle(&mut harness);
    shows(&harness, "2 of ");
    // Esc leaves the field; then the arrows step through what is left.
    harness.key_press(Key::Escape);
    harness.run_steps(2);
    harness.key_press(Key::ArrowRight);
    settle(&mut harness);
    shows(&harness, "ticket-triage (AI agent), for support,");
    harness.key_press(Key::N);
    settle(&mut harness);
    shows(&harness, "What to do next");
    harness.key_press_modifiers(Modifiers::NONE, Key::F1);
    harness.run_steps(3);
    shows(&harness, "previous, next event of the lane");
}

#[test]
fn every_control_has_a_name() {
    let (_folder, evidence, keys) = demo(1_000);
    let mut harness = window(Theme::Dark, 1.0, [1600.0, 1000.0], Start { keys, paths: vec![evidence], ..Start::default() });
    settle(&mut harness);
    assert_eq!(harness.unnamed_widgets(), Vec::<String>::new());
}

#[test]
fn large_letters_and_a_small_window() {
    let (_folder, evidence, keys) = demo(1_000);
    let mut harness = window(Theme::Dark, 2.0, [1000.0, 700.0], Start { keys, paths: vec![evidence], ..Start::default() });
    settle(&mut harness);
    picture(&mut harness, "case-twice-as-large");
}

#[test]
fn what_is_no_log_is_said() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("notes.txt"), "hello").unwrap();
    let mut harness = window(Theme::Light, 1.0, [1280.0, 800.0], Start { paths: vec![folder.path().to_owned()], ..Start::default() });
    settle(&mut harness);
    shows(&harness, "Nothing that was opened is a log.");
    shows(&harness, "1 file left out");
}

#[test]
fn a_thousand_identities_and_deceiving_names() {
    let folder = tempfile::tempdir().unwrap();
    let lines: String = (0..3_000u32)
        .map(|number| format!("{{\"time\":\"2026-03-07T{:02}:{:02}:00Z\",\"actor\":\"robot-{}\u{202e}x\",\"actor_type\":\"service\",\"action\":\"read\",\"target\":\"<b>=cmd()\"}}\n", number / 60 % 24, number % 60, number % 1_000))
        .collect();
    std::fs::write(folder.path().join("many.jsonl"), lines).unwrap();
    let mut harness =
        window(Theme::Dark, 1.0, [1600.0, 1000.0], Start { paths: vec![folder.path().join("many.jsonl")], ..Start::default() });
    settle(&mut harness);
    assert_eq!(harness.state().case().unwrap().index.lanes.len(), 1_000);
    harness.get_all_by_label_contains("robot-1").next().unwrap();
    picture(&mut harness, "thousand-identities");
}

#[test]
fn keys_found_in_the_evidence_become_trusted_only_by_the_user() {
    let (folder, evidence, keys) = demo(1_000);
    let public = std::fs::read_to_string(folder.path().join("trust.txt")).unwrap();
    for (number, line) in public.lines().filter(|line| !line.starts_with('#')).enumerate() {
        std::fs::write(evidence.join(format!("key-{number}.pub")), line).unwrap();
    }
    drop(keys);
    let mut harness = window(Theme::Dark, 1.0, [1600.0, 1000.0], Start { paths: vec![evidence], ..Start::default() });
    settle(&mut harness);
    let counts = harness.state().case().unwrap().counts();
    assert_eq!(counts.of(sealscope::model::State::Sealed), 0);
    harness.key_press(Key::K);
    settle(&mut harness);
    shows(&harness, "In the evidence, not trusted".to_uppercase().as_str());
    picture(&mut harness, "keys");
    for _ in 0..3 {
        harness.query_all_by_label("Trust").next().unwrap().click();
        settle(&mut harness);
    }
    let counts = harness.state().case().unwrap().counts();
    assert!(counts.of(sealscope::model::State::Sealed) > 900, "{counts:?}");
    assert_eq!(harness.unnamed_widgets(), Vec::<String>::new());
    harness.query_all_by_label("Remove").next().unwrap().click();
    settle(&mut harness);
    assert!(harness.state().case().unwrap().counts().of(sealscope::model::State::Consistent) > 0);
}

/// The comparison itself: a picture without one badge, 13 points wide, is another picture.
#[test]
fn a_missing_badge_is_noticed() {
    // Where pictures are being renewed, nothing is compared.
    if std::env::var_os("UPDATE_SNAPSHOTS").is_some() {
        return;
    }
    let evidence = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/formats/segments/001.jsonl");
    let mut harness = window(Theme::Dark, 1.0, [1600.0, 1000.0], Start { paths: vec![evidence], ..Start::default() });
    settle(&mut harness);
    harness.key_press(Key::ArrowRight);
    settle(&mut harness);
    let drawn = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| harness.render()));
    let Ok(Ok(mut image)) = drawn else {
        assert!(std::env::var_os("SEALSCOPE_PICTURES").is_none(), "the picture could not be drawn");
        return println!("skipped: no graphics driver");
    };
    egui_kittest::try_image_snapshot_options(&image, "proof-unsealed", &tolerance()).unwrap();
    // The badge before the title of the proof's first step.
    let title = harness.query_all_by_label_contains("Read ").next().unwrap().rect();
    let (middle, left) = (title.center().y as u32, title.left() as u32);
    let ground = *image.get_pixel(left - 30, middle);
    let mut erased = 0;
    for y in middle - 7..middle + 7 {
        for x in left - 28..left - 2 {
            let pixel = image.get_pixel_mut(x, y);
            erased += u32::from(*pixel != ground);
            *pixel = ground;
        }
    }
    assert!(erased > 40, "there was no badge where it was looked for");
    assert!(egui_kittest::try_image_snapshot_options(&image, "proof-unsealed", &tolerance()).is_err());
}

/// The folder of fixtures under a name that is the same on every computer: commands in pictures name it.
fn fixtures_anywhere() -> PathBuf {
    let fixtures = PathBuf::from("/tmp/sealscope-fixtures");
    let fresh = tempfile::tempdir_in("/tmp").unwrap();
    let link = fresh.path().join("link");
    std::os::unix::fs::symlink(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures"), &link).unwrap();
    // Several runs at once replace each other's link, never leaving none.
    std::fs::rename(link, &fixtures).unwrap();
    fixtures
}

/// The proof panel of every format, on the fixtures of the suite.
#[test]
fn the_proof_of_every_format() {
    let fixtures = fixtures_anywhere();
    let mut pictures = egui_kittest::SnapshotResults::new();
    for (format, evidence, trust, step) in [
        ("cloudtrail", "formats/cloudtrail", "formats/cloudtrail.trust", "signature holds"),
        ("chain", "formats/chain", "formats/chain.trust", "The chain inside"),
        ("tiles", "formats/tiles", "formats/tiles.trust", "Checkpoint signed, key trusted"),
        ("logged", "formats/proof", "formats/proof.trust", "Leads to the root"),
        ("journal", "journals/compact.journal.gz", "journals/compact.key", "Its tag holds"),
        ("table", "chains/openfang.db", "", "Its hash, recomputed"),
        ("unsealed", "formats/segments/001.jsonl", "", "No seal"),
    ] {
        let mut keys = Keys::default();
        if !trust.is_empty() {
            keys.add_file(&fixtures.join(trust)).unwrap();
        }
        let start = Start { keys, paths: vec![fixtures.join(evidence)], ..Start::default() };
        let mut harness = window(Theme::Dark, 1.0, [1600.0, 1000.0], start);
        settle(&mut harness);
        assert!(harness.state().case().is_some_and(|case| case.finished), "{format}");
        harness.key_press(Key::ArrowRight);
        settle(&mut harness);
        picture(&mut harness, &format!("proof-{format}"));
        pictures.extend(harness.take_snapshot_results());
        assert!(harness.query_all_by_label_contains(step).next().is_some(), "{format}: “{step}” is not shown");
        assert_eq!(harness.unnamed_widgets(), Vec::<String>::new());
    }
}

#[test]
fn sealing_on_receipt_is_offered_where_something_is_unsealed() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("plain.jsonl"), "{\"time\":\"2026-03-07T00:00:00Z\",\"actor\":\"a\",\"action\":\"read\"}\n").unwrap();
    let mut harness = window(Theme::Dark, 1.0, [1280.0, 800.0], Start { paths: vec![folder.path().to_owned()], ..Start::default() });
    settle(&mut harness);
    harness.get_by_label("Acquire and seal…").click();
    settle(&mut harness);
    for name in ["Folder for the sealed copy", "Received by"] {
        shows(&harness, name);
    }
    assert_eq!(harness.unnamed_widgets(), Vec::<String>::new());
    harness.get_by_label("Close").click();
    settle(&mut harness);
    assert!(harness.query_by_label("Received by").is_none());
}

#[test]
fn exporting_says_what_it_will_prove_and_a_bundle_shows_two_verdicts() {
    let (folder, evidence, keys) = demo(1_000);
    let start = || Start { keys: keys.clone(), ..Start::default() };
    let mut harness = window(Theme::Dark, 1.0, [1600.0, 1000.0], Start { paths: vec![evidence.clone()], ..start() });
    settle(&mut harness);
    harness.get_by_label("Export…").click();
    settle(&mut harness);
    shows(&harness, &"Contents of the bundle".to_uppercase());
    shows(&harness, "not proven: when you exported");
    assert_eq!(harness.unnamed_widgets(), Vec::<String>::new());
    drop(harness);
    // A bundle made from the same case.
    let key_path = folder.path().join("examiner");
    sealscope::bundle::make_key(&key_path, Some("correct horse"), "maria").unwrap();
    let key = sealscope::bundle::read_key(&key_path, Some("correct horse")).unwrap();
    let case = sealscope::verify::examine(&[evidence], keys.clone(), &sealscope::verify::Job::default(), None);
    let out = folder.path().join("evidence.zip");
    let export_job = sealscope::bundle::ExportJob {
        case: &case,
        // Of a log without damage: which rows come first depends on which thread was faster.
        rows: &(0..case.store.len() as u32)
            .filter(|row| case.log_of(*row).is_some_and(|log| log.origin.ends_with("agents")))
            .take(100)
            .collect::<Vec<_>>(),
        options: &sealscope::bundle::Options::default(),
        selection: "for the test".into(),
        reference: "CASE-7".into(),
        examiner: "maria".into(),
        key: &key,
        keys: &keys,
        now: 1_772_900_000_000_000_000,
        out: &out,
    };
    sealscope::bundle::export(&export_job, &sealscope::verify::Job::default()).unwrap();
    let mut harness = window(Theme::Dark, 1.0, [1600.0, 1000.0], Start { paths: vec![out], ..start() });
    settle(&mut harness);
    shows(&harness, "The bundle is as it was signed, but by a key you do not trust");
    shows(&harness, &"What can be proven of its records".to_uppercase());
    assert_eq!(harness.unnamed_widgets(), Vec::<String>::new());
}

/// Chooses an entry of the menu.
fn menu(harness: &mut Harness<'_, App>, entry: &str) {
    harness.get_by_label("Menu  ▾").click();
    harness.run_steps(3);
    harness.get_by_label(entry).click();
    settle(harness);
}

fn fill(harness: &mut Harness<'_, App>, field: &str, text: &str) {
    harness.get_by_label(field).focus();
    harness.run_steps(2);
    harness.get_by_label(field).type_text(text);
    harness.run_steps(2);
}

#[test]
fn marked_events_and_masks_in_the_export() {
    let (_folder, evidence, keys) = demo(1_000);
    let mut harness = window(Theme::Light, 1.0, [1280.0, 800.0], Start { keys, paths: vec![evidence], ..Start::default() });
    settle(&mut harness);
    for _ in 0..2 {
        harness.key_press(Key::N);
        settle(&mut harness);
        harness.key_press(Key::Space);
        settle(&mut harness);
    }
    harness.key_press_modifiers(Modifiers::COMMAND, Key::E);
    settle(&mut harness);
    shows(&harness, "events marked");
    shows(&harness, "records selected");
    harness.get_by_label("network addresses").click();
    settle(&mut harness);
    shows(&harness, "the records are included unchanged");
    assert_eq!(harness.unnamed_widgets(), Vec::<String>::new());
    // Without a name there is nobody who exports, and it says so.
    if std::env::var("USER").is_err() {
        shows(&harness, "Enter your name to sign");
    }
}

#[test]
fn copies_are_compared_in_the_window() {
    let (folder, evidence, keys) = demo(1_000);
    let other = folder.path().join("other");
    std::fs::create_dir_all(&other).unwrap();
    for name in ["001.jsonl", "001.jsonl.seal"] {
        std::fs::copy(evidence.join("agents").join(name), other.join(name)).unwrap();
    }
    let mut harness = window(Theme::Dark, 1.0, [1280.0, 800.0], Start { keys, paths: vec![evidence.join("agents")], ..Start::default() });
    settle(&mut harness);
    menu(&mut harness, "Compare with another copy…");
    fill(&mut harness, "The other copy", other.to_str().unwrap());
    harness.get_by_label("Compare").click();
    settle(&mut harness);
    shows(&harness, "the second is shorter");
    assert_eq!(harness.unnamed_widgets(), Vec::<String>::new());
    // The picture holds the name of the temporary folder, which is another one each time.
    picture_within(&mut harness, "comparing-dark", tolerance().max_failed_pixels(600));
}

#[test]
fn the_window_time_stamps_bundles_and_shows_the_own_log() {
    let (folder, evidence, keys) = demo(1_000);
    let bundle = folder.path().join("evidence.zip");
    let key_path = folder.path().join("examiner");
    sealscope::bundle::make_key(&key_path, None, "maria").unwrap();
    let export_job = sealscope::bundle::ExportJob {
        case: &sealscope::verify::examine(&[evidence.join("agents")], keys.clone(), &sealscope::verify::Job::default(), None),
        rows: &[0, 1],
        options: &sealscope::bundle::Options::default(),
        selection: "for the test".into(),
        reference: String::new(),
        examiner: "maria".into(),
        key: &sealscope::bundle::read_key(&key_path, None).unwrap(),
        keys: &keys,
        now: 1_772_900_000_000_000_000,
        out: &bundle,
    };
    sealscope::bundle::export(&export_job, &sealscope::verify::Job::default()).unwrap();
    let mut harness = window(Theme::Dark, 1.0, [1280.0, 800.0], Start::default());
    menu(&mut harness, "Time-stamp a bundle…");
    fill(&mut harness, "Bundle to stamp", bundle.to_str().unwrap());
    harness.get_by_label("Write the request").click();
    settle(&mut harness);
    shows(&harness, "Send it as application/timestamp-query");
    assert!(folder.path().join("evidence.zip.tsq").is_file());
    assert_eq!(harness.unnamed_widgets(), Vec::<String>::new());
    fill(&mut harness, "Answer of the authority", folder.path().join("evidence.zip.tsq").to_str().unwrap());
    harness.get_by_label("Add the answer").click();
    settle(&mut harness);
    shows(&harness, "it is not a time-stamp token");
    harness.get_by_label("Close").click();
    settle(&mut harness);
    menu(&mut harness, "Activity log…");
    shows(&harness, "not yet sealed");
    assert_eq!(harness.unnamed_widgets(), Vec::<String>::new());
}

/// Presses the keys of a text as a keyboard does: each with its letter.
fn type_keys(harness: &mut Harness<'_, App>, text: &str) {
    for letter in text.chars() {
        let key = Key::from_name(&letter.to_uppercase().to_string());
        let press = |pressed| key.map(|key| Event::Key { key, physical_key: None, pressed, repeat: false, modifiers: Modifiers::NONE });
        press(true).into_iter().for_each(|event| harness.event(event));
        harness.event(Event::Text(letter.to_string()));
        press(false).into_iter().for_each(|event| harness.event(event));
        harness.run_steps(2);
    }
}

fn value(harness: &Harness<'_, App>, field: &str) -> String {
    harness.get_by_label(field).value().unwrap_or_default()
}

/// A text full of letters that are shortcuts elsewhere.
const SECRET: &str = "kwsn0f?p/ad";

#[test]
fn dialogs_are_opened_filled_and_left_by_keyboard_alone() {
    let (_folder, evidence, keys) = demo(1_000);
    let mut harness = window(Theme::Dark, 1.0, [1600.0, 1000.0], Start { keys, paths: vec![evidence], ..Start::default() });
    settle(&mut harness);
    // The keyboard is in the filter, to which it has to return.
    harness.key_press(Key::Slash);
    harness.run_steps(3);
    type_keys(&mut harness, "robot");
    assert_eq!(value(&harness, "Filter"), "robot");
    harness.key_press_modifiers(Modifiers::COMMAND, Key::E);
    settle(&mut harness);
    shows(&harness, "Export evidence");
    assert!(!harness.get_by_label("Filter").is_focused(), "the filter behind the dialog has lost the keyboard");
    type_keys(&mut harness, SECRET);
    assert_eq!(value(&harness, "Filter"), "robot", "what is typed does not reach the filter behind");
    for _ in 0..60 {
        harness.key_press(Key::Tab);
        harness.run_steps(2);
        assert!(!harness.get_by_label("Filter").is_focused(), "the keyboard stays in the dialog");
    }
    harness.key_press(Key::Escape);
    harness.run_steps(3);
    assert!(harness.query_by_label("Sign and export").is_none(), "Escape closes it");
    assert!(harness.get_by_label("Filter").is_focused(), "and the keyboard returns");
    harness.key_press(Key::Escape);
    harness.run_steps(3);

    // Every dialog of the menu: its first field has the keyboard, and typing runs no shortcut.
    for (entry, title, first) in [
        ("Open paths…", "Open paths", Some("Paths")),
        ("Compare with another copy…", "Compare with another copy", Some("The other copy")),
        ("Time-stamp a bundle…", "Time-stamp a bundle", Some("Bundle to stamp")),
        ("Acquire and seal…", "Acquire and seal", Some("Folder for the sealed copy")),
        ("Keys…", "Keys", Some("Key to add")),
        ("Activity log…", "Activity log", None),
        ("Keyboard and mouse…", "Keyboard and mouse", None),
    ] {
        let before = harness.state().case().is_some();
        menu(&mut harness, entry);
        shows(&harness, title);
        if let Some(first) = first {
            assert!(harness.get_by_label(first).is_focused(), "{entry}: {first} has the keyboard");
            let was = value(&harness, first);
            type_keys(&mut harness, SECRET);
            assert_eq!(value(&harness, first), format!("{was}{SECRET}"), "{entry}");
        } else {
            type_keys(&mut harness, SECRET);
        }
        assert_eq!(value(&harness, "Filter"), "robot", "{entry}: nothing reaches the filter");
        for _ in 0..12 {
            harness.key_press(Key::ArrowUp);
            harness.run_steps(1);
            assert!(!harness.get_by_label("Filter").is_focused(), "{entry}: the arrows stay inside too");
        }
        harness.key_press(Key::Escape);
        harness.run_steps(4);
        let heading = harness.query_all_by_label(title).count();
        assert_eq!(heading, 0, "{entry}: Escape closes it, and nothing else opened");
        assert_eq!(harness.state().case().is_some(), before, "{entry}");
    }
}

#[test]
fn enter_confirms_and_a_path_is_opened_by_keyboard() {
    let (_folder, evidence, keys) = demo(1_000);
    let mut harness = window(Theme::Light, 1.0, [1280.0, 800.0], Start { keys, ..Start::default() });
    menu(&mut harness, "Open paths…");
    type_keys(&mut harness, "/nowhere");
    harness.key_press(Key::Enter);
    harness.run_steps(3);
    shows(&harness, "No such file or directory");
    for _ in 0..8 {
        harness.key_press(Key::Backspace);
        harness.run_steps(1);
    }
    harness.get_by_label("Paths").type_text(evidence.to_str().unwrap());
    harness.run_steps(2);
    harness.key_press(Key::Enter);
    settle(&mut harness);
    assert!(harness.query_by_label("Paths").is_none(), "the dialog is closed");
    assert_eq!(harness.state().case().map(|case| case.verdict()), Some(Verdict::Broken));
    // The comparison runs by Enter as well, and says what is wrong without closing.
    menu(&mut harness, "Compare with another copy…");
    type_keys(&mut harness, "/nowhere");
    harness.key_press(Key::Enter);
    settle(&mut harness);
    shows(&harness, "the other copy contains no log");
}

#[test]
fn keys_that_do_not_last_say_so() {
    let (_folder, evidence, keys) = demo(1_000);
    let mut harness = window(Theme::Dark, 1.0, [1280.0, 800.0], Start { keys, paths: vec![evidence], ..Start::default() });
    settle(&mut harness);
    harness.key_press(Key::K);
    settle(&mut harness);
    assert_eq!(harness.query_all_by_label("this session").count(), 3);
    assert_eq!(harness.query_all_by_label("Keep").count(), 3);
    drop(harness);
    // The demo's keys cannot be kept.
    let mut harness = window(Theme::Dark, 1.0, [1280.0, 800.0], Start { demo: true, ..Start::default() });
    settle(&mut harness);
    harness.key_press(Key::K);
    settle(&mut harness);
    assert_eq!(harness.query_all_by_label("demo").count(), 3);
    assert_eq!(harness.query_all_by_label("this session").count(), 0);
    assert!(harness.query_all_by_label("Keep").all(|button| button.accesskit_node().is_disabled()));
}

#[test]
fn evidence_is_shown_letter_by_letter() {
    let folder = tempfile::tempdir().unwrap();
    // A letter of a private area, which no font has.
    let line = "{\"time\":\"2026-03-07T00:00:00Z\",\"actor\":\"a\u{f8f0}\u{f8f1}\",\"action\":\"x!=y->z\"}\n";
    std::fs::write(folder.path().join("plain.jsonl"), line).unwrap();
    let mut harness = window(Theme::Dark, 1.0, [1280.0, 800.0], Start { paths: vec![folder.path().to_owned()], ..Start::default() });
    settle(&mut harness);
    shows(&harness, "a⟨U+F8F0⟩⟨U+F8F1⟩");
    shows(&harness, "x!=y->z");
}

fn drop_onto(harness: &mut Harness<'_, App>, path: PathBuf) {
    harness.input_mut().dropped_files.push(Arc::new(Dropped(path)));
    settle(harness);
}

#[test]
fn opening_something_never_closes_a_case_in_silence() {
    let (_folder, evidence, keys) = demo(1_000);
    let start = Start { keys, paths: vec![evidence.join("agents")], ..Start::default() };
    let mut harness = window(Theme::Dark, 1.0, [1600.0, 1000.0], start);
    settle(&mut harness);
    let logs = |harness: &Harness<'_, App>| harness.state().case().map(|case| case.logs.len());
    assert_eq!(logs(&harness), Some(1));
    // The picture names the path, so it is the same on every computer.
    drop_onto(&mut harness, fixtures_anywhere().join("formats/segments"));
    assert_eq!(logs(&harness), Some(1), "the case is still open");
    shows(&harness, "Replace the case");
    assert_eq!(harness.unnamed_widgets(), Vec::<String>::new());
    picture(&mut harness, "opening-dark");
    // Escape leaves all as it was.
    harness.key_press(Key::Escape);
    settle(&mut harness);
    assert_eq!(logs(&harness), Some(1));
    drop_onto(&mut harness, evidence.join("cloud"));
    harness.get_by_label("Add to the case").click();
    settle(&mut harness);
    assert_eq!(logs(&harness), Some(2), "both are one case");
    // In a tab of its own, which Enter confirms.
    harness.key_press(Key::Slash);
    harness.run_steps(3);
    type_keys(&mut harness, "robot");
    harness.key_press(Key::Escape);
    harness.run_steps(3);
    drop_onto(&mut harness, evidence.join("cluster"));
    harness.key_press(Key::Enter);
    settle(&mut harness);
    assert_eq!(logs(&harness), Some(1));
    assert_eq!(value(&harness, "Filter"), "", "a case has its own filter");
    picture(&mut harness, "tabs-dark");
    assert_eq!(harness.unnamed_widgets(), Vec::<String>::new());
    harness.get_by_label_contains("Case agents").click();
    settle(&mut harness);
    assert_eq!((logs(&harness), value(&harness, "Filter")), (Some(2), "robot".to_owned()));
    harness.key_press_modifiers(Modifiers::COMMAND, Key::PageDown);
    settle(&mut harness);
    assert_eq!(logs(&harness), Some(1));
    // The last tab closes into the other one, and that into the welcome.
    menu(&mut harness, "Close the case");
    assert_eq!(logs(&harness), Some(2));
    // The demo's keys count for the demo, in a tab too.
    menu(&mut harness, "Open the demo");
    harness.get_by_label("In a tab of its own").click();
    settle(&mut harness);
    let sealed = harness.state().case().map(|case| case.counts().of(sealscope::model::State::Sealed));
    assert!(sealed > Some(10_000), "{sealed:?}");
    harness.key_press_modifiers(Modifiers::COMMAND, Key::W);
    settle(&mut harness);
    assert_eq!(logs(&harness), Some(2));
    menu(&mut harness, "Close the case");
    assert_eq!(logs(&harness), None);
    shows(&harness, "Can this log be believed?");
}

#[test]
fn a_dropped_key_is_offered_as_a_key() {
    let (folder, evidence, _keys) = demo(1_000);
    let mut harness = window(Theme::Light, 1.0, [1280.0, 800.0], Start { paths: vec![evidence], ..Start::default() });
    settle(&mut harness);
    let sealed = |harness: &Harness<'_, App>| harness.state().case().map(|case| case.counts().of(sealscope::model::State::Sealed));
    assert_eq!(sealed(&harness), Some(0));
    drop_onto(&mut harness, folder.path().join("trust.txt"));
    shows(&harness, "trust.txt was dropped. It holds:");
    assert_eq!(sealed(&harness), Some(0), "it is not trusted before the user says so");
    harness.get_by_label("Trust this key").click();
    settle(&mut harness);
    assert!(sealed(&harness) > Some(900), "{:?}", sealed(&harness));
}

#[test]
fn the_filter_names_what_it_does_not_know_and_where_it_looked() {
    let (_folder, evidence, keys) = demo(1_000);
    let mut harness = window(Theme::Dark, 1.0, [1600.0, 1000.0], Start { keys, paths: vec![evidence], ..Start::default() });
    settle(&mut harness);
    let typed = |harness: &mut Harness<'_, App>, text: &str| {
        harness.get_by_label("Filter").focus();
        harness.run_steps(2);
        harness.key_press_modifiers(Modifiers::COMMAND, Key::A);
        harness.run_steps(1);
        harness.get_by_label("Filter").type_text(text);
        settle(harness);
    };
    typed(&mut harness, "kind:agent");
    typed(&mut harness, "kind:agent OR secret");
    shows(&harness, "“OR” is not supported");
    shows(&harness, "Until then the filter is still: kind:agent");
    typed(&mut harness, "kind:robot");
    shows(&harness, "Unknown kind “robot”; use one of");
    typed(&mut harness, "Terraform kind:agent");
    shows(&harness, "No event passes the filter.");
    shows(&harness, "“Terraform” was looked for in identities");
    assert_eq!(harness.unnamed_widgets(), Vec::<String>::new());
    picture(&mut harness, "nothing-dark");
    harness.get_by_label("Leave out Terraform").click();
    settle(&mut harness);
    assert_eq!(value(&harness, "Filter"), "kind:agent");
}

#[test]
fn columns_are_chosen_and_values_have_menus() {
    let (_folder, evidence, keys) = demo(1_000);
    let start = Start { keys, paths: vec![evidence.join("cloud")], ..Start::default() };
    let mut harness = window(Theme::Light, 1.0, [1600.0, 1000.0], start);
    settle(&mut harness);
    for column in ["Region", "User agent"] {
        harness.get_by_label("Columns  ▾").click();
        harness.run_steps(3);
        harness.get_by_label(column).click();
        harness.run_steps(3);
        harness.key_press(Key::Escape);
        settle(&mut harness);
    }
    // Read from the records in sight.
    assert!(harness.query_all_by_label("eu-central-1").count() > 3, "one in each row");
    for _ in 0..3 {
        harness.key_press(Key::ArrowDown);
        settle(&mut harness);
    }
    for label in ["Event ID", "Region", "On behalf of", "Format", "What this means"] {
        shows(&harness, label);
    }
    assert_eq!(harness.unnamed_widgets(), Vec::<String>::new());
    picture(&mut harness, "columns-light");
    harness.get_by_label("Raw").click();
    settle(&mut harness);
    harness.get_by_label("Find in the record").focus();
    harness.run_steps(2);
    harness.get_by_label("Find in the record").type_text("eventname");
    settle(&mut harness);
    shows(&harness, "1 of 1");
    assert_eq!(harness.unnamed_widgets(), Vec::<String>::new());
    picture(&mut harness, "raw-light");
}
