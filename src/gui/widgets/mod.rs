//! Colours, shapes and small pieces that panels and dialogs share, and the keyboard.

pub mod buttons;
pub mod icons;
pub mod shortcuts;
pub mod tokens;
