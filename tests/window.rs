//! A real window on a real X server that receives a real drag-and-drop (XDND, freedesktop.org, version 5) of a folder.
//!
//! Needs a display, so it runs only when asked for: `xvfb-run cargo test --test window -- --ignored --test-threads=1`, with openbox, xdotool and xclip.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::process::{Child, Command};
use std::time::{Duration, Instant};

use sealscope::demo::{Options, write};
use x11rb::connection::Connection;
use x11rb::protocol::Event;
use x11rb::protocol::xproto::*;
use x11rb::rust_connection::RustConnection;
use x11rb::wrapper::ConnectionExt as _;

struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.kill().ok();
        self.0.wait().ok();
    }
}

fn atom(connection: &RustConnection, name: &str) -> Atom {
    connection.intern_atom(false, name.as_bytes()).unwrap().reply().unwrap().atom
}

fn title(connection: &RustConnection, window: Window) -> String {
    let name = atom(connection, "_NET_WM_NAME");
    connection
        .get_property(false, window, name, AtomEnum::ANY, 0, 1024)
        .unwrap()
        .reply()
        .map(|reply| String::from_utf8_lossy(&reply.value).into_owned())
        .unwrap_or_default()
}

/// The window that takes drops and whose title starts with the program's name.
fn find(connection: &RustConnection, window: Window) -> Option<Window> {
    let aware = atom(connection, "XdndAware");
    let takes = connection.get_property(false, window, aware, AtomEnum::ANY, 0, 1).unwrap().reply().is_ok_and(|reply| reply.value_len > 0);
    if takes && title(connection, window).starts_with("Sealscope") {
        return Some(window);
    }
    let children = connection.query_tree(window).unwrap().reply().ok()?.children;
    children.into_iter().find_map(|child| find(connection, child))
}

fn wait<T>(what: &str, mut ready: impl FnMut() -> Option<T>) -> T {
    let start = Instant::now();
    loop {
        if let Some(value) = ready() {
            return value;
        }
        assert!(start.elapsed() < Duration::from_secs(60), "{what} does not come");
        std::thread::sleep(Duration::from_millis(50));
    }
}

fn message(connection: &RustConnection, target: Window, kind: &str, data: [u32; 5]) {
    let event = ClientMessageEvent::new(32, target, atom(connection, kind), data);
    connection.send_event(false, target, EventMask::NO_EVENT, event).unwrap();
    connection.flush().unwrap();
}

/// Drags `uris` onto the window and lets go.
fn drop_onto(connection: &RustConnection, root: Window, target: Window, uris: &str) {
    let source = connection.generate_id().unwrap();
    connection.create_window(0, source, root, 0, 0, 1, 1, 0, WindowClass::INPUT_ONLY, 0, &CreateWindowAux::new()).unwrap();
    let selection = atom(connection, "XdndSelection");
    let list = atom(connection, "text/uri-list");
    let copy = atom(connection, "XdndActionCopy");
    connection.set_selection_owner(source, selection, x11rb::CURRENT_TIME).unwrap();
    message(connection, target, "XdndEnter", [source, 5 << 24, list, 0, 0]);
    message(connection, target, "XdndPosition", [source, 0, 400 << 16 | 300, 0, copy]);
    let status = atom(connection, "XdndStatus");
    let finished = atom(connection, "XdndFinished");
    let mut dropped = false;
    wait("the end of the drop", || {
        while let Some(event) = connection.poll_for_event().unwrap() {
            match event {
                Event::SelectionRequest(request) => {
                    connection.change_property8(PropMode::REPLACE, request.requestor, request.property, list, uris.as_bytes()).unwrap();
                    let notify = SelectionNotifyEvent {
                        response_type: SELECTION_NOTIFY_EVENT,
                        sequence: 0,
                        time: request.time,
                        requestor: request.requestor,
                        selection: request.selection,
                        target: request.target,
                        property: request.property,
                    };
                    connection.send_event(false, request.requestor, EventMask::NO_EVENT, notify).unwrap();
                    connection.flush().unwrap();
                }
                Event::ClientMessage(answer) if answer.type_ == status => {
                    assert_eq!(answer.data.as_data32()[1] & 1, 1, "the window refuses the drop");
                    if !dropped {
                        dropped = true;
                        message(connection, target, "XdndDrop", [source, 0, x11rb::CURRENT_TIME, 0, 0]);
                    }
                }
                Event::ClientMessage(answer) if answer.type_ == finished => return Some(()),
                _ => {}
            }
        }
        None
    });
}

#[test]
#[ignore = "needs a display; see the head of this file"]
fn a_folder_dropped_on_the_window_is_verified() {
    let folder = tempfile::tempdir().unwrap();
    // A space in the name, so that the address needs a percent sign.
    let case = write(&folder.path().join("a case"), Options { records: 2_000, seed: 1 }).unwrap();
    let _running = Running(Command::new(env!("CARGO_BIN_EXE_sealscope")).arg("--trust").arg(&case.trust_file).spawn().unwrap());
    let (connection, screen) = x11rb::connect(None).unwrap();
    let root = connection.setup().roots[screen].root;
    let target = wait("the window", || find(&connection, root));
    std::thread::sleep(Duration::from_millis(500));
    let address = format!("file://{}\r\n", case.folder.display().to_string().replace(' ', "%20"));
    drop_onto(&connection, root, target, &address);
    let shown = wait("the verdict", || Some(title(&connection, target)).filter(|title| title.ends_with(": broken")));
    assert_eq!(shown, "Sealscope — evidence: broken");
}

/// Runs one of X's small tools and gives what it printed.
fn tool(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).output().unwrap_or_else(|error| panic!("{program}: {error}"));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn keys(arguments: &[&str]) {
    tool("xdotool", &[&["key", "--delay", "60"], arguments].concat());
    // What is drawn in software may take a while on a busy machine; a dialog needs two frames to be gone.
    std::thread::sleep(Duration::from_millis(if arguments.contains(&"Escape") { 1_000 } else { 300 }));
}

fn clipboard() -> String {
    tool("timeout", &["5", "xclip", "-selection", "clipboard", "-o"])
}

/// Selects all in the field, copies it, and waits until any other program would paste `expected`.
fn copies(expected: &str) {
    let start = Instant::now();
    loop {
        keys(&["ctrl+a", "ctrl+c"]);
        let copied = clipboard();
        if copied == expected {
            return;
        }
        assert!(start.elapsed() < Duration::from_secs(30), "copied {copied:?}, not {expected:?}");
    }
}

/// A window with the demo case, a window manager around it, and the keyboard in it.
struct Session {
    _folder: tempfile::TempDir,
    _manager: Running,
    _program: Running,
}

impl Session {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let case = write(&folder.path().join("case"), Options { records: 2_000, seed: 1 }).unwrap();
        let manager = Running(Command::new("openbox").spawn().unwrap());
        std::thread::sleep(Duration::from_secs(1));
        // Nothing of whoever runs the tests is read or written.
        let mut program = Command::new(env!("CARGO_BIN_EXE_sealscope"));
        program.env("XDG_CONFIG_HOME", folder.path().join("config")).env("XDG_DATA_HOME", folder.path().join("data"));
        let program = Running(program.arg("--trust").arg(&case.trust_file).arg(&case.folder).spawn().unwrap());
        let (connection, screen) = x11rb::connect(None).unwrap();
        let root = connection.setup().roots[screen].root;
        let target = wait("the window", || find(&connection, root));
        wait("the verdict", || Some(title(&connection, target)).filter(|title| title.ends_with(": broken")));
        tool("xdotool", &["windowfocus", "--sync", &target.to_string()]);
        std::thread::sleep(Duration::from_millis(500));
        Self { _folder: folder, _manager: manager, _program: program }
    }
}

fn type_text(text: &str) {
    tool("xdotool", &["type", "--delay", "80", text]);
    std::thread::sleep(Duration::from_millis(500));
}

#[test]
#[ignore = "needs a display; see the head of this file"]
fn what_is_typed_in_a_dialog_stays_there() {
    let _session = Session::new();
    keys(&["ctrl+f"]);
    type_text("kind:agent");
    copies("kind:agent");
    keys(&["Escape"]);
    // Keys opens with the keyboard in its first field; its letters are shortcuts elsewhere.
    keys(&["k"]);
    std::thread::sleep(Duration::from_millis(500));
    type_text("secret /kwsn0?");
    copies("secret /kwsn0?");
    keys(&["Escape"]);
    keys(&["ctrl+f"]);
    copies("kind:agent");
    // Opened from the field, the dialog gives the keyboard back to it.
    keys(&["ctrl+e"]);
    std::thread::sleep(Duration::from_millis(500));
    type_text("ws");
    keys(&["Escape", "End"]);
    type_text("s");
    copies("kind:agents");
}

#[test]
#[ignore = "needs a display; see the head of this file"]
fn a_filter_is_typed_pasted_and_copied() {
    let _session = Session::new();
    keys(&["ctrl+f"]);
    // Letter by letter, with the space that once cleared the field.
    type_text("kind:agent secret");
    copies("kind:agent secret");
    // Pasted in from another program, typed on, and copied out again.
    let mut other = Command::new("xclip").args(["-selection", "clipboard", "-i"]).stdin(std::process::Stdio::piped()).spawn().unwrap();
    std::io::Write::write_all(&mut other.stdin.take().unwrap(), b"outcome:denied").unwrap();
    other.wait().unwrap();
    wait("the other program's text", || (clipboard() == "outcome:denied").then_some(()));
    keys(&["ctrl+a", "ctrl+v"]);
    type_text(" key");
    copies("outcome:denied key");
}
