//! Fonts of the desktop, looked for when evidence has letters that the program's own lack.

use std::collections::BTreeSet;

use eframe::egui::Context;

use super::arrival::Arrival;
use crate::gui::jobs::{Jobs, Slot};
use crate::gui::widgets::fonts::{Fallback, definitions, find, folders, take_missing};

/// The fonts of the desktop in use.
#[derive(Default)]
pub(super) struct Fonts {
    found: Vec<Fallback>,
    /// Letters still to be looked for.
    waiting: BTreeSet<char>,
    /// Whether more were found than are in use.
    changed: bool,
}

impl Fonts {
    /// Takes what was found.
    pub(super) fn take(&mut self, found: Vec<Fallback>) {
        self.changed |= !found.is_empty();
        self.found.extend(found);
    }

    /// Puts found fonts to use, and looks for the letters that were missing in the last frame.
    pub(super) fn update(&mut self, context: &Context, jobs: &mut Jobs<Arrival>) {
        if std::mem::take(&mut self.changed) {
            context.set_fonts(definitions(&self.found));
        }
        self.waiting.extend(take_missing(context));
        if !self.waiting.is_empty() && !jobs.is_running(Slot::Fonts) {
            let letters = std::mem::take(&mut self.waiting);
            jobs.start(Slot::Fonts, move |job, send| send(Arrival::Fonts(find(&letters, &folders(), &|| job.is_cancelled()))));
        }
    }
}
