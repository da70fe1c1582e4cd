//! The window. It draws, and holds no rule about evidence. Panels push `command::Command`s; only `App` changes state.
//!
//! Its rooms: `state` (what is shown of a case), `panels`, `dialogs`, `widgets`, `jobs` (work on threads) and `app`, which alone knows all others.

mod app;
mod command;
mod dialogs;
mod jobs;
mod panels;
mod state;
mod widgets;

pub use app::{App, Start, bench, run};
pub use widgets::tokens;
