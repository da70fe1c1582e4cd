//! The dialogs that can stand over the window. Each is a struct with its own phases, its own commands, which `App` carries out, and its own
//! results, which it takes.

pub mod activity_log;
pub mod compare;
pub mod examiner_key;
pub mod export;
pub mod help;
pub mod opening;
pub mod paths;
pub mod receive;
pub mod time_stamp;
