//! Colours, shapes and small pieces that panels and dialogs share, and the keyboard.

pub mod buttons;
pub mod dialog;
pub mod fonts;
pub mod icons;
pub mod parts;
pub mod shortcuts;
pub mod tokens;
pub mod value_menu;

#[cfg(test)]
mod tokens_test;
