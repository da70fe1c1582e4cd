//! A window as a person has it: keys, mouse and clipboard go in through the X server, and what is shown comes back.

use std::fs;
use std::io::Write;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use sealscope::demo::{DemoCase, Options, write};
use serde_json::Value;
use x11rb::connection::Connection;
use x11rb::protocol::xproto::Window;
use x11rb::rust_connection::RustConnection;

use crate::drop::{drop_onto, find, title};

/// How long anything may take on a busy machine that draws in software.
const PATIENCE: Duration = Duration::from_secs(60);

/// A program that ends with the test.
pub struct Running(pub Child);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.kill().ok();
        self.0.wait().ok();
    }
}

/// Asks again and again until there is an answer.
pub fn wait<T>(what: &str, mut ready: impl FnMut() -> Option<T>) -> T {
    let start = Instant::now();
    loop {
        if let Some(value) = ready() {
            return value;
        }
        assert!(start.elapsed() < PATIENCE, "{what} does not come");
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// Runs one of X's small tools and returns what it printed.
pub fn tool(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).output().unwrap_or_else(|error| panic!("{program}: {error}"));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// Starts a window manager; again where the one before is not quite gone.
fn window_manager() -> Running {
    let start = || Running(Command::new("openbox").stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap());
    let mut manager = start();
    let mut seen = 0;
    wait("the window manager", || {
        if manager.0.try_wait().unwrap().is_some() {
            (manager, seen) = (start(), 0);
        }
        seen += usize::from(tool("xprop", &["-root", "_NET_SUPPORTING_WM_CHECK"]).contains("window id"));
        // One that finds another in its place ends at once.
        (seen > 10).then_some(())
    });
    manager
}

/// What another program would paste.
pub fn clipboard() -> String {
    tool("timeout", &["5", "xclip", "-selection", "clipboard", "-o"])
}

/// Copies in another program.
pub fn set_clipboard(text: &str) {
    let mut other = Command::new("xclip").args(["-selection", "clipboard", "-i"]).stdin(Stdio::piped()).spawn().unwrap();
    other.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    other.wait().unwrap();
    wait("the other program's text", || (clipboard() == text).then_some(()));
}

/// A control or text in the window.
#[derive(Clone, Debug)]
pub struct Node {
    pub role: String,
    pub label: String,
    pub value: String,
    /// Left, top, right, bottom, in pixels of the window.
    pub bounds: [f64; 4],
    pub focused: bool,
    pub disabled: bool,
    pub toggled: bool,
}

/// Everything the window shows.
#[derive(Clone, Debug, Default)]
pub struct Shown {
    pub size: [f64; 2],
    pub dark: bool,
    pub nodes: Vec<Node>,
}

impl Shown {
    fn read(text: &str) -> Option<Self> {
        let value: Value = serde_json::from_str(text).ok()?;
        let number = |value: &Value| value.as_f64().unwrap_or_default();
        let words = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let nodes = value["nodes"].as_array()?.iter().map(|node| Node {
            role: words(&node["role"]),
            label: words(&node["label"]),
            value: words(&node["value"]),
            bounds: [0, 1, 2, 3].map(|side| number(&node["bounds"][side])),
            focused: node["focused"].as_bool().unwrap_or_default(),
            disabled: node["disabled"].as_bool().unwrap_or_default(),
            toggled: node["toggled"].as_bool().unwrap_or_default(),
        });
        let size = [number(&value["size"][0]), number(&value["size"][1])];
        Some(Self { size, dark: value["dark"].as_bool()?, nodes: nodes.collect() })
    }

    /// The first control of this name; a name that ends in `…` stands for all that start with the rest.
    pub fn find(&self, name: &str) -> Option<&Node> {
        self.nodes.iter().find(|node| match name.strip_suffix('…') {
            Some(start) => node.label.starts_with(start) || node.value.starts_with(start),
            None => node.label == name || node.value == name,
        })
    }

    /// Whether a text stands anywhere.
    pub fn says(&self, text: &str) -> bool {
        self.nodes.iter().any(|node| node.label.contains(text) || node.value.contains(text))
    }

    /// The control that has the keyboard.
    pub fn focused(&self) -> Option<&Node> {
        self.nodes.iter().find(|node| node.focused)
    }
}

/// A window with a case, a window manager around it, and the keyboard in it.
pub struct Session {
    pub folder: tempfile::TempDir,
    pub case: DemoCase,
    connection: RustConnection,
    root: Window,
    window: Window,
    _manager: Running,
    _program: Running,
}

impl Session {
    /// A window with the demo case, checked.
    pub fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let case = write(&folder.path().join("case"), Options { records: 2_000, seed: 1 }).unwrap();
        let arguments = ["--trust".into(), case.trust_file.clone().into_os_string(), case.folder.clone().into_os_string()];
        let session = Self::with(folder, case, &arguments);
        session.wait_for_title(": broken");
        session
    }

    /// A window without a case.
    pub fn empty() -> Self {
        let folder = tempfile::tempdir().unwrap();
        // A space in the name, so that an address needs a percent sign.
        let case = write(&folder.path().join("a case"), Options { records: 2_000, seed: 1 }).unwrap();
        Self::with(folder, case, &[])
    }

    fn with(folder: tempfile::TempDir, case: DemoCase, arguments: &[std::ffi::OsString]) -> Self {
        let manager = window_manager();
        // Nothing of whoever runs the tests is read or written.
        let mut program = Command::new(env!("CARGO_BIN_EXE_sealscope"));
        program.env("XDG_CONFIG_HOME", folder.path().join("config")).env("XDG_DATA_HOME", folder.path().join("data"));
        program.env("SEALSCOPE_SHOWN", folder.path().join("shown.json"));
        let program = Running(program.args(arguments).spawn().unwrap());
        let (connection, screen) = x11rb::connect(None).unwrap();
        let root = connection.setup().roots[screen].root;
        let window = wait("the window", || find(&connection, root));
        let session = Self { folder, case, connection, root, window, _manager: manager, _program: program };
        session.wait_for("the first picture", |shown| (shown.size[0] > 0.0).then_some(()));
        // The window manager gives the keyboard to a new window when it likes.
        let id = window.to_string();
        for _ in 0..3 {
            tool("xdotool", &["windowfocus", &id]);
            std::thread::sleep(Duration::from_millis(300));
        }
        wait("the keyboard in the window", || (tool("xdotool", &["getwindowfocus"]).trim() == id).then_some(()));
        session
    }

    /// Waits until the title ends so.
    pub fn wait_for_title(&self, end: &str) -> String {
        wait(end, || Some(title(&self.connection, self.window)).filter(|title| title.ends_with(end)))
    }

    /// What is shown now.
    pub fn shown(&self) -> Shown {
        wait("what is shown", || Shown::read(&fs::read_to_string(self.folder.path().join("shown.json")).ok()?))
    }

    /// Waits until what is shown has an answer.
    pub fn wait_for<T>(&self, what: &str, mut ready: impl FnMut(&Shown) -> Option<T>) -> T {
        let start = Instant::now();
        loop {
            let shown = self.shown();
            if let Some(value) = ready(&shown) {
                return value;
            }
            if start.elapsed() > PATIENCE {
                self.fail(&format!("{what} does not come"));
            }
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// Fails with all that is shown, and with a picture.
    fn fail(&self, why: &str) -> ! {
        let file = std::env::temp_dir().join("sealscope-walk.png");
        // Where ImageMagick is not installed, the names alone must do.
        Command::new("import").args(["-window", "root"]).arg(&file).status().ok();
        let shown = self.shown();
        let nodes = shown.nodes.iter().filter(|node| !(node.label.is_empty() && node.value.is_empty() || node.role == "GenericContainer"));
        let names: Vec<_> = nodes
            .map(|node| format!("{} “{}” {}{}", node.role, node.label, node.value, if node.disabled { " (disabled)" } else { "" }))
            .collect();
        panic!("{why}; a picture is in {}. Shown:\n{}", file.display(), names.join("\n"));
    }

    /// Waits for a control or text of this name.
    pub fn node(&self, name: &str) -> Node {
        self.wait_for(name, |shown| shown.find(name).cloned())
    }

    /// Waits until a text stands somewhere.
    pub fn says(&self, text: &str) {
        self.wait_for(text, |shown| shown.says(text).then_some(()));
    }

    /// Waits until no control has this name.
    pub fn gone(&self, name: &str) {
        self.wait_for(&format!("the end of {name}"), |shown| shown.find(name).is_none().then_some(()));
    }

    /// Waits until the control of this name has the keyboard.
    pub fn has_keyboard(&self, name: &str) {
        self.wait_for(&format!("the keyboard in {name}"), |shown| {
            shown.focused().filter(|node| node.label == name || node.value == name).map(|_node| ())
        });
    }

    /// Clicks the middle of the control of this name with the real mouse.
    pub fn click(&self, name: &str) {
        self.click_at(&self.node(name), "1");
    }

    /// Clicks the middle of a control with a button of the mouse.
    pub fn click_at(&self, node: &Node, button: &str) {
        let [left, top, right, bottom] = node.bounds;
        let at = [f64::midpoint(left, right), f64::midpoint(top, bottom)].map(|at| at.round().to_string());
        let window = self.window.to_string();
        tool("xdotool", &["mousemove", "--sync", "--window", &window, &at[0], &at[1]]);
        std::thread::sleep(Duration::from_millis(150));
        tool("xdotool", &["click", button]);
        std::thread::sleep(Duration::from_millis(150));
    }

    /// The window's number, as X's tools want it.
    pub fn window_id(&self) -> String {
        self.window.to_string()
    }

    /// Presses keys, one after the other.
    pub fn keys(&self, names: &[&str]) {
        tool("xdotool", &[&["key", "--delay", "80"], names].concat());
        std::thread::sleep(Duration::from_millis(250));
    }

    /// Types letters.
    pub fn type_text(&self, text: &str) {
        tool("xdotool", &["type", "--delay", "80", text]);
        std::thread::sleep(Duration::from_millis(250));
    }

    /// Selects all in the field, copies it, and waits until any other program would paste `expected`.
    pub fn copies(&self, expected: &str) {
        let start = Instant::now();
        loop {
            self.keys(&["ctrl+a", "ctrl+c"]);
            let copied = clipboard();
            if copied == expected {
                return;
            }
            assert!(start.elapsed() < PATIENCE, "copied {copied:?}, not {expected:?}");
        }
    }

    /// Drops files or folders on the window.
    pub fn drop_files(&self, paths: &[PathBuf]) {
        let uris: String = paths.iter().map(|path| format!("file://{}\r\n", path.display().to_string().replace(' ', "%20"))).collect();
        drop_onto(&self.connection, self.root, self.window, &uris);
    }

    /// Resizes the window and waits until it is drawn so.
    pub fn resize(&self, width: u32, height: u32) {
        tool("xdotool", &["windowsize", &self.window.to_string(), &width.to_string(), &height.to_string()]);
        let wanted = [f64::from(width), f64::from(height)];
        self.wait_for(&format!("the size {width}×{height}"), |shown| (shown.size.map(f64::round) == wanted).then_some(()));
    }
}

/// Walking with the keyboard.
impl Session {
    /// Presses Tab until the control of this name has the keyboard.
    pub fn tab_to(&self, name: &str) {
        for _ in 0..80 {
            let shown = self.shown();
            let before = shown.focused().cloned();
            if before.as_ref().is_some_and(|node| node.label == name) {
                return;
            }
            self.keys(&["Tab"]);
            // The next picture shows where the keyboard went.
            let start = Instant::now();
            while start.elapsed() < Duration::from_secs(5) {
                let now = self.shown();
                if now.focused().map(|node| (&node.label, node.bounds)) != before.as_ref().map(|node| (&node.label, node.bounds)) {
                    break;
                }
                std::thread::sleep(Duration::from_millis(30));
            }
        }
        self.fail(&format!("Tab never reaches {name}"));
    }

    /// Goes to a field by Tab and types over what stands in it.
    pub fn fill(&self, field: &str, text: &str) {
        self.tab_to(field);
        self.keys(&["ctrl+a"]);
        self.type_text(text);
        self.wait_for(&format!("{text} in {field}"), |shown| {
            shown.nodes.iter().find(|node| node.label == field && node.value == text).map(|_node| ())
        });
    }

    /// Goes to a box by Tab and checks it with the space bar.
    pub fn check(&self, name: &str) {
        self.tab_to(name);
        self.keys(&["space"]);
        self.wait_for(&format!("the tick of {name}"), |shown| shown.find(name).filter(|node| node.toggled).map(|_node| ()));
    }

    /// Opens an entry of the menu by keyboard.
    pub fn menu(&self, entry: &str) {
        self.tab_to("Menu  ▾");
        self.keys(&["Return"]);
        self.node(entry);
        self.tab_to(entry);
        self.keys(&["Return"]);
        self.gone(entry);
    }
}
