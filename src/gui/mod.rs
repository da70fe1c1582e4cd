//! The window. It draws, and holds no rule about evidence. Panels push [`command::Command`]s; only `App` changes state.

mod app;
pub mod axis;
#[doc(hidden)]
pub mod bench;
mod choice;
mod command;
mod comparing;
mod detail;
mod detail_data;
mod dialogs;
mod exporting;
mod icons;
mod keys;
mod keys_panel;
mod lanes;
mod navigate;
mod own_log;
mod parts;
mod receiving;
mod side;
mod stamping;
mod start;
mod table;
mod timeline;
pub mod tokens;
mod top;
mod trusting;
mod welcome;
mod work;

pub use app::App;
pub use start::{Start, run};
