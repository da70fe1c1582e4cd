//! The table by keyboard and mouse, and opening one thing beside another.

use std::time::Instant;

use crate::session::{Node, Session, clipboard, tool, wait};

/// Presses Ctrl+C until any other program would paste something that fits.
fn copied(session: &Session, what: &str, fits: impl Fn(&str) -> bool) -> String {
    let start = Instant::now();
    loop {
        session.keys(&["ctrl+c"]);
        let copied = clipboard();
        if fits(&copied) {
            return copied;
        }
        assert!(start.elapsed().as_secs() < 60, "{what}: copied {copied:?}");
    }
}

/// The second line of a copied row: the first is the head.
fn row(text: &str) -> String {
    text.lines().nth(1).map(str::to_owned).unwrap_or_default()
}

#[test]
#[ignore = "needs a display; see main.rs"]
fn the_table_is_walked_and_its_rows_are_copied() {
    let session = Session::new();
    let is_row = |text: &str| text.starts_with("Integrity,Time,Identity,") && text.lines().count() == 2;
    session.keys(&["Down"]);
    let first = row(&copied(&session, "the first row", is_row));
    session.keys(&["Down"]);
    let second = row(&copied(&session, "the second row", |text| is_row(text) && row(text) != first));
    session.keys(&["Up"]);
    copied(&session, "the first row again", |text| row(text) == first);
    session.keys(&["Next"]);
    let far = row(&copied(&session, "a page on", |text| is_row(text) && row(text) != first));
    assert_ne!(far, second, "a page is more than a row");
    session.keys(&["End"]);
    let last = row(&copied(&session, "the last row", |text| is_row(text) && row(text) != far));
    assert_ne!(last, first);
    session.keys(&["Home"]);
    copied(&session, "the first row at last", |text| row(text) == first);
    // Marked rows are copied together.
    session.keys(&["space"]);
    session.says("1 marked");
    session.keys(&["Down"]);
    // Its actor, as the detail panel names it.
    session.says(&format!("{} (", second.split(',').nth(2).unwrap_or_default()));
    session.keys(&["space"]);
    session.says("2 marked");
    let marked = copied(&session, "the marked rows", |text| text.lines().count() == 3);
    assert!(marked.contains(&first) && marked.contains(&second), "{marked}");
    session.click("Only marked");
    session.keys(&["Home"]);
    copied(&session, "the marked rows once more", |text| *text == marked);
}

#[test]
#[ignore = "needs a display; see main.rs"]
fn a_clicked_row_stays_where_it_is() {
    let session = Session::new();
    session.keys(&["Down", "Next", "Next"]);
    // A cell that has come into sight; clicking it may not move it.
    let text = |node: &Node| if node.label.is_empty() { node.value.clone() } else { node.label.clone() };
    let cell = session.wait_for("an action in the table", |shown| {
        let head = shown.find("Sort by Action")?.bounds;
        let below = |node: &&Node| node.bounds[1] > head[1] + 60.0 && node.bounds[3] < shown.size[1] - 40.0;
        let in_column = |node: &&Node| (node.bounds[0] - head[0]).abs() < 4.0 && !text(node).is_empty();
        shown.nodes.iter().filter(below).filter(in_column).min_by(|one, other| one.bounds[1].total_cmp(&other.bounds[1])).cloned()
    });
    session.click_at(&cell, "1");
    session.says("What this means");
    std::thread::sleep(std::time::Duration::from_millis(800));
    let same = |node: &Node| {
        text(node) == text(&cell) && (node.bounds[1] - cell.bounds[1]).abs() < 1.0 && (node.bounds[0] - cell.bounds[0]).abs() < 1.0
    };
    let still = session.shown().nodes.iter().any(same);
    assert!(still, "the row under the pointer has moved");
}

#[test]
#[ignore = "needs a display; see main.rs"]
fn what_the_filter_does_not_know_is_said_and_nothing_is_a_silent_zero() {
    let session = Session::new();
    session.keys(&["ctrl+f"]);
    session.type_text("kind:agent OR secret");
    session.says("“OR” is not supported");
    session.keys(&["ctrl+a"]);
    session.type_text("aws-sdk-rust");
    session.says("“aws-sdk-rust” was looked for in identities");
    session.click("Look for aws-sdk-rust in the stored records");
    session.wait_for("events", |shown| (!shown.says("No event passes the filter") && shown.says("pass the filter")).then_some(()));
}

#[test]
#[ignore = "needs a display; see main.rs"]
fn what_is_typed_right_after_a_dialog_is_not_lost() {
    let session = Session::new();
    for round in 0..5 {
        session.keys(&["k"]);
        session.has_keyboard("Key to add");
        // Without any pause, as a fast hand on a slow machine does it.
        tool("xdotool", &["key", "--delay", "1", "Escape", "slash"]);
        session.type_text(&format!("round{round}"));
        session.copies(&format!("round{round}"));
        // Escape takes the keyboard away from the field before anything else of the same frame is read.
        session.keys(&["BackSpace"]);
        session.wait_for("an empty filter", |shown| shown.find("Filter").filter(|field| field.value.is_empty()).map(|_field| ()));
        session.keys(&["Escape"]);
    }
}

#[test]
#[ignore = "needs a display; see main.rs"]
fn what_is_dropped_on_a_case_is_asked_about() {
    let session = Session::new();
    session.drop_files(&[session.case.folder.join("agents")]);
    session.node("Replace the case");
    session.keys(&["Escape"]);
    session.gone("Replace the case");
    session.wait_for_title("evidence: broken");
    session.drop_files(&[session.case.folder.join("agents")]);
    session.node("Replace the case");
    session.keys(&["Return"]);
    wait("the second case", || session.wait_for_title("").contains("agents: ").then_some(()));
    session.click("Case evidence…");
    session.wait_for_title("evidence: broken");
    // A key alone is offered as a key.
    session.drop_files(std::slice::from_ref(&session.case.trust_file));
    session.says("was dropped. It holds:");
}
