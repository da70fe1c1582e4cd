//! The timeline in the window: ranges, lanes, the way back, and pictures of cases with one and with very many identities.

use super::*;
use eframe::egui::{PointerButton, pos2};

fn case(size: [f32; 2], records: u64) -> (tempfile::TempDir, Harness<'static, App>) {
    let (folder, evidence, keys) = demo(records);
    let mut harness = window(Theme::Dark, 1.0, size, Start { keys, paths: vec![evidence], ..Start::default() });
    settle(&mut harness);
    (folder, harness)
}

/// Drags over the timeline, from one share of its width to another.
fn drag(harness: &mut Harness<'_, App>, from: f32, to: f32, modifiers: Modifiers) {
    let plot = harness.get_by_label_contains("Timeline. Drag to move").rect();
    let at = |share: f32| pos2(plot.left() + plot.width() * share, plot.bottom() - 60.0);
    harness.event(Event::PointerMoved(at(from)));
    harness.run_steps(2);
    for (share, pressed) in [(from, true), (to, false)] {
        harness.event(Event::PointerMoved(at(share)));
        harness.run_steps(2);
        harness.event(Event::PointerButton { pos: at(share), button: PointerButton::Secondary, pressed, modifiers });
        harness.run_steps(2);
    }
}

#[test]
fn a_range_stays_until_it_is_let_go() {
    let (_folder, mut harness) = case([1600.0, 1000.0], 1_000);
    drag(&mut harness, 0.3, 0.6, Modifiers::NONE);
    settle(&mut harness);
    let shown = |harness: &Harness<'_, App>, word: &str| harness.query_by_label(word).is_some();
    assert!(shown(&harness, "Let go"), "the range offers what can be done with it");
    harness.key_press(Key::S);
    settle(&mut harness);
    assert!(shown(&harness, "Let go"), "it stays while the view moves");
    harness.get_by_label("Zoom to it").click();
    settle(&mut harness);
    shows(&harness, " in view");
    harness.key_press(Key::Escape);
    settle(&mut harness);
    assert!(!shown(&harness, "Let go"));
    // The way back leads to the whole case.
    harness.run_steps(60);
    harness.key_press_modifiers(Modifiers::ALT, Key::ArrowLeft);
    settle(&mut harness);
    assert_eq!(harness.unnamed_widgets(), Vec::<String>::new());
}

#[test]
fn a_range_becomes_a_filter() {
    let (_folder, mut harness) = case([1600.0, 1000.0], 1_000);
    drag(&mut harness, 0.3, 0.6, Modifiers::NONE);
    settle(&mut harness);
    harness.get_by_label("Filter by it").click();
    settle(&mut harness);
    let filter = value(&harness, "Filter");
    assert!(filter.contains("since:2026-03-07T") && filter.contains("until:2026-03-07T"), "{filter}");
}

#[test]
fn a_lane_is_found_by_typing() {
    let (_folder, mut harness) = case([1600.0, 1000.0], 1_000);
    harness.get_by_label("Find a lane").focus();
    harness.run_steps(2);
    harness.get_by_label("Find a lane").type_text("ci-deployer");
    settle(&mut harness);
    // The identity's two keys stand for it.
    let lanes = |harness: &Harness<'_, App>, word: &str| {
        harness.query_all_by_label_contains(word).filter(|node| node.rect().left() < 560.0).count()
    };
    assert!(lanes(&harness, "AKIAQX4DEMO5WKEY07QX, API key") == 1, "the leaked key's lane");
    assert_eq!(harness.query_all_by_label_contains("monitoring, service account").count(), 0);
    picture(&mut harness, "lanes-found");
}

#[test]
fn compact_lanes_and_lanes_in_view() {
    let (_folder, mut harness) = case([1024.0, 700.0], 3_000);
    harness.get_by_label_contains("Lanes").click();
    harness.run_steps(3);
    harness.get_by_label("compact").click();
    settle(&mut harness);
    picture(&mut harness, "case-compact-small");
    assert_eq!(harness.unnamed_widgets(), Vec::<String>::new());
}

#[test]
fn findings_and_sentences_count_records() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("plain.jsonl"), "{\"time\":\"2026-03-07T00:00:00Z\",\"actor\":\"a\",\"action\":\"read\"}\n").unwrap();
    let mut harness = window(Theme::Light, 1.0, [1280.0, 800.0], Start { paths: vec![folder.path().to_owned()], ..Start::default() });
    settle(&mut harness);
    // Without a seal the answer is given once, and values follow.
    shows(&harness, "none of the five questions");
    assert!(harness.query_by_label_contains("Was a record edited?").is_none());
    shows(&harness, "action read, 1");
}
