//! The window: what it holds, what happens when work ends, how commands are carried out, and how it starts.

mod arrival;
mod arrivals;
#[doc(hidden)]
pub mod bench;
mod dialogs;
mod fonts;
mod recent;
mod remembered;
mod run;
mod run_command;
#[cfg(debug_assertions)]
mod shown;
mod start;
mod stored_keys;
mod tab;
mod tabs;
mod trust;
mod window;

pub use run::run;
pub use start::Start;
pub use window::App;
