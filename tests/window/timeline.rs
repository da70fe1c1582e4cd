//! The timeline as it is used: a lane is looked for, a range is chosen with the mouse, and the way back is taken.

use crate::session::{Session, tool};

/// Drags with a button of the mouse over the timeline, from one share of its width to another.
fn drag(session: &Session, from: f64, to: f64, button: &str) {
    let plot = session.node("Timeline. Drag to move…");
    let [left, _, right, bottom] = plot.bounds;
    let at = |share: f64| [left + (right - left) * share, bottom - 70.0].map(|at| at.round().to_string());
    let move_to = |share: f64| {
        let [x, y] = at(share);
        tool("xdotool", &["mousemove", "--sync", "--window", &session.window_id(), &x, &y]);
        std::thread::sleep(std::time::Duration::from_millis(250));
    };
    move_to(from);
    tool("xdotool", &["mousedown", button]);
    for step in 1..=4 {
        move_to(from + (to - from) * f64::from(step) / 4.0);
    }
    tool("xdotool", &["mouseup", button]);
}

#[test]
#[ignore = "needs a display; see main.rs"]
fn a_range_is_chosen_zoomed_to_filtered_by_and_left() {
    let session = Session::new();
    drag(&session, 0.35, 0.65, "3");
    session.says("refused");
    session.click("Zoom to it");
    // Alt and the arrow lead back to the whole case, and forward again.
    std::thread::sleep(std::time::Duration::from_secs(1));
    session.keys(&["alt+Left"]);
    session.wait_for("the way forward", |shown| shown.find("→").filter(|node| !node.disabled).map(|_node| ()));
    session.keys(&["alt+Right"]);
    session.click("Filter by it");
    session.wait_for("the filter", |shown| shown.nodes.iter().find(|node| node.value.starts_with("since:2026-03-07T")).map(|_node| ()));
    session.keys(&["Escape"]);
    session.gone("Zoom to it");
}

#[test]
#[ignore = "needs a display; see main.rs"]
fn a_lane_is_looked_for_and_its_event_is_opened() {
    let session = Session::new();
    session.click("Find a lane");
    session.has_keyboard("Find a lane");
    // Letters that are shortcuts elsewhere.
    session.type_text("akiaqx");
    session.gone("monitoring, service account…");
    session.click("AKIAQX4DEMO5WKEY07QX, API key…");
    session.says("with key AKIA");
    session.keys(&["bracketleft"]);
    session.gone("INTEGRITY FINDINGS");
    session.keys(&["bracketleft"]);
    session.node("INTEGRITY FINDINGS");
}
