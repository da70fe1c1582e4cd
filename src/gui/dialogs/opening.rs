//! What becomes of the open case when something else is opened.

use std::path::PathBuf;

use eframe::egui::{Label, RichText, Ui};

use crate::gui::command::{Command, Commands, Way};
use crate::gui::widgets::buttons::plain_button;
use crate::gui::widgets::dialog::dialog;
use crate::gui::widgets::fonts::shown;
use crate::gui::widgets::tokens::{self, Palette};
use crate::model::text::{plural, visible};

/// How many paths are listed.
const LISTED: usize = 6;

/// The dialog.
#[derive(Clone, Debug)]
pub struct Opening {
    paths: Vec<PathBuf>,
    /// What the open case is called.
    open: String,
    /// Whether it is still being checked, so that it cannot be put aside.
    is_checking: bool,
}

impl Opening {
    /// Asks about these paths.
    pub fn new(paths: Vec<PathBuf>, open: String, is_checking: bool) -> Self {
        Self { paths, open, is_checking }
    }

    /// Draws the dialog. Whether it is to be closed.
    pub fn ui(&mut self, ui: &Ui, commands: &mut Commands) -> bool {
        let palette = Palette::of(ui.ctx());
        let text =
            format!("{} is open. Its marks and its view are lost if it is replaced; evidence is never changed.", visible(&self.open));
        dialog(ui, "Open", &text, 560.0, |ui, controls| {
            for path in self.paths.iter().take(LISTED) {
                let line = RichText::new(shown(ui.ctx(), &visible(&path.to_string_lossy())).into_owned()).font(tokens::mono(tokens::SMALL));
                ui.add(Label::new(line).wrap());
            }
            if self.paths.len() > LISTED {
                let more = format!("and {} more", plural((self.paths.len() - LISTED) as u64, "path"));
                ui.label(RichText::new(more).color(palette.dim));
            }
            ui.add_space(10.0);
            let mut chosen = None;
            ui.horizontal(|ui| {
                if self.is_checking {
                    ui.add_enabled(false, plain_button("In a tab of its own", &palette))
                        .on_disabled_hover_text("Possible once the open case has been checked");
                } else if controls.confirm(ui, "In a tab of its own", true) {
                    chosen = Some(Way::Tab);
                }
                for (way, name, tip) in [
                    (Way::Add, "Add to the case", "Both are checked together, as one case"),
                    (Way::Replace, "Replace the case", "The open case is closed"),
                ] {
                    let button = ui.add(plain_button(name, &palette)).on_hover_text(tip);
                    controls.first(&button);
                    if button.clicked() {
                        chosen = Some(way);
                    }
                }
                controls.close(ui, "Cancel");
            });
            if let Some(way) = chosen {
                commands.push(Command::OpenAs(way, self.paths.clone()));
                controls.done();
            }
        })
        .closed
    }
}
