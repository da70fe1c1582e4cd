//! What people do in the window.

use crate::session::{Session, set_clipboard, wait};

#[test]
#[ignore = "needs a display; see main.rs"]
fn what_is_typed_in_a_dialog_stays_there() {
    let session = Session::new();
    session.keys(&["ctrl+f"]);
    session.type_text("kind:agent");
    session.copies("kind:agent");
    session.keys(&["Escape"]);
    // Keys opens with the keyboard in its first field; its letters are shortcuts elsewhere.
    session.keys(&["k"]);
    session.has_keyboard("Key to add");
    session.type_text("secret /kwsn0?");
    session.copies("secret /kwsn0?");
    session.keys(&["Escape"]);
    session.gone("Key to add");
    session.keys(&["ctrl+f"]);
    session.copies("kind:agent");
    // Opened from the field, the dialog gives the keyboard back to it.
    session.keys(&["ctrl+e"]);
    session.node("Sign and export");
    session.type_text("ws");
    session.keys(&["Escape"]);
    session.gone("Sign and export");
    session.has_keyboard("Filter");
    session.keys(&["End"]);
    session.type_text("s");
    session.copies("kind:agents");
}

#[test]
#[ignore = "needs a display; see main.rs"]
fn a_filter_is_typed_pasted_and_copied() {
    let session = Session::new();
    session.keys(&["ctrl+f"]);
    // Letter by letter, with the space that once cleared the field.
    session.type_text("kind:agent secret");
    session.copies("kind:agent secret");
    // Pasted in from another program, typed on, and copied out again.
    set_clipboard("outcome:denied");
    session.keys(&["ctrl+a", "ctrl+v"]);
    session.type_text(" key");
    session.copies("outcome:denied key");
}

#[test]
#[ignore = "needs a display; see main.rs"]
fn a_folder_dropped_on_the_window_is_verified() {
    let session = Session::empty();
    session.node("Open files…");
    session.drop_files(std::slice::from_ref(&session.case.folder));
    assert_eq!(session.wait_for_title(": broken"), "Sealscope — evidence: broken");
}

#[test]
#[ignore = "needs a display; see main.rs"]
fn a_pasted_path_is_opened() {
    let session = Session::empty();
    session.node("Open files…");
    set_clipboard(&session.case.folder.to_string_lossy());
    session.keys(&["ctrl+v"]);
    session.wait_for_title(": broken");
}

#[test]
#[ignore = "needs a display; see main.rs"]
fn a_bundle_is_exported_by_keyboard_alone_and_dropped_on_the_window() {
    let session = Session::new();
    session.keys(&["ctrl+f"]);
    session.type_text("identity:ticket-triage");
    session.keys(&["Escape", "ctrl+e"]);
    session.node("Sign and export");
    let own = tempfile::tempdir().unwrap();
    let folder = own.path().canonicalize().unwrap();
    let (key, bundle) = (folder.join("key"), folder.join("handed over.zip"));
    session.fill("Case", "INC-7");
    session.fill("Exported by", "Robin Vale");
    session.fill("Private key", &key.to_string_lossy());
    session.check("no such key: make a new one there");
    session.fill("Bundle", &bundle.to_string_lossy());
    session.tab_to("Sign and export");
    session.keys(&["Return"]);
    wait("the bundle", || bundle.exists().then_some(()));
    session.keys(&["Escape"]);
    session.gone("Sign and export");
    drop(session);
    // An auditor gets it.
    let auditor = Session::empty();
    auditor.drop_files(&[bundle]);
    auditor.says("Robin Vale");
}

#[test]
#[ignore = "needs a display; see main.rs"]
fn every_dialog_is_opened_and_left_by_keyboard_alone() {
    let session = Session::new();
    for (entry, inside) in [
        ("Open paths…", "Paths"),
        ("Export evidence…", "Sign and export"),
        ("Compare with another copy…", "The other copy"),
        ("Time-stamp a bundle…", "Bundle to stamp"),
        ("Acquire and seal…", "Received by"),
        ("Keys…", "Key to add"),
        ("Activity log…", "Close"),
        ("Keyboard and mouse…", "Close"),
    ] {
        session.menu(entry);
        session.node(inside);
        session.keys(&["Escape"]);
        session.gone(inside);
    }
    // The window behind has the keyboard again.
    session.keys(&["ctrl+f"]);
    session.has_keyboard("Filter");
}

#[test]
#[ignore = "needs a display; see main.rs"]
fn a_dropped_key_is_offered() {
    let session = Session::new();
    session.keys(&["k"]);
    session.has_keyboard("Key to add");
    let file = session.folder.path().join("other.pub");
    std::fs::write(&file, "acme.example/audit/test+738089b1+BIqI4910CfGV/VLbLTy6XXLKZwm/HZQSG/N0iAG0D29c\n").unwrap();
    session.drop_files(&[file]);
    session.says("acme.example/audit/test");
}

#[test]
#[ignore = "needs a display; see main.rs"]
fn the_theme_is_chosen_in_the_menu() {
    let session = Session::new();
    for (entry, dark) in [("Light", false), ("Dark", true)] {
        session.click("Menu  ▾");
        session.click(entry);
        session.wait_for(entry, |shown| (shown.dark == dark).then_some(()));
    }
}

/// Fails if a control of the top bar is cut off or lies under another.
fn top_bar_fits(session: &Session) {
    let shown = session.shown();
    let controls = ["Filter", "Export…", "Open…", "Menu  ▾"].map(|name| (name, session.node(name).bounds));
    for (name, [left, top, right, bottom]) in controls {
        assert!(left >= 0.0 && top >= 0.0 && right <= shown.size[0] && bottom <= shown.size[1], "{name} is cut off in {:?}", shown.size);
    }
    for pair in controls.windows(2) {
        assert!(pair[0].1[2] <= pair[1].1[0], "{} lies under {} in {:?}", pair[0].0, pair[1].0, shown.size);
    }
}

#[test]
#[ignore = "needs a display; see main.rs"]
fn the_window_is_resized() {
    let session = Session::new();
    for (width, height) in [(2560, 1380), (900, 600), (1024, 700), (2560, 1380)] {
        session.resize(width, height);
        top_bar_fits(&session);
    }
}
