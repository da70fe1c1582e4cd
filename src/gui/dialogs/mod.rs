//! The dialogs that can stand over a case.

pub mod activity_log;
pub mod compare;
pub mod export;
pub mod receive;
pub mod time_stamp;

use eframe::egui::Ui;

use crate::gui::app::App;
use crate::gui::command::Command;
use crate::gui::widgets::tokens::Palette;
use crate::trust::Key;

use crate::gui::dialogs::activity_log as own_log;
use crate::gui::dialogs::compare as comparing;
use crate::gui::dialogs::export as exporting;
use crate::gui::dialogs::receive as receiving;
use crate::gui::dialogs::time_stamp as stamping;
use crate::gui::panels::keys as keys_panel;

/// What each dialog holds while it is open.
#[derive(Default)]
pub struct Dialogs {
    /// Trusted keys.
    pub keys_panel: Option<keys_panel::Form>,
    /// Sealing on receipt.
    pub receiving: Option<receiving::Form>,
    /// Exporting evidence.
    pub exporting: Option<exporting::Form>,
    /// Time-stamping a bundle.
    pub stamping: Option<stamping::Form>,
    /// Comparing with another copy.
    pub comparing: Option<comparing::Form>,
    /// The examiner's own log.
    pub own_log: Option<own_log::Form>,
}

impl App {
    /// Draws those that are open.
    pub(crate) fn dialogs(&mut self, ui: &Ui, palette: &Palette, commands: &mut Vec<Command>) {
        if let Some(form) = &mut self.dialogs.keys_panel {
            let mut found: Vec<Key> = self.bundles.iter().filter_map(|bundle| bundle.unknown.clone()).collect();
            found.extend(self.open.iter().flat_map(|open| open.case.found_keys.iter().cloned()));
            keys_panel::show(ui, form, &self.keys, &found, palette, commands);
        }
        if let Some(form) = &mut self.dialogs.receiving {
            receiving::show(ui, form, &self.opened, palette, commands);
        }
        if let (Some(form), Some(open)) = (&mut self.dialogs.exporting, &self.open) {
            exporting::show(ui, form, open, palette, commands);
        }
        if let Some(form) = &mut self.dialogs.stamping {
            stamping::show(ui, form, palette, commands);
        }
        if let Some(form) = &mut self.dialogs.comparing {
            comparing::show(ui, form, palette, commands);
        }
        if let Some(form) = &mut self.dialogs.own_log {
            own_log::show(ui, form, palette, commands);
        }
    }
}
