//! Walks through a real window on a real X server, with a window manager, real keys, a real mouse, the real clipboard, and real drops.
//!
//! They need a display, so they run only when asked for: `xvfb-run -s "-screen 0 2560x1440x24" cargo test --test window -- --ignored
//! --test-threads=1`, with openbox, xdotool and xclip. What the window shows is read back from the tree that assistive technology gets.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod drop;
mod session;
mod table;
mod timeline;
mod walks;
