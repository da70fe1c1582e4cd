//! The menu of a value: show only events with it, exclude them, go to its lane, copy it.

use eframe::egui::{Response, Ui};

use super::fonts::shown;
use crate::gui::command::{Command, Commands};
use crate::model::text::short;
use crate::query::with_condition;

/// A value of an event.
pub struct Value<'a> {
    /// The event's row.
    pub row: u32,
    /// The value as the evidence has it.
    pub text: &'a str,
    /// The conditions that show only events with it, and the others.
    pub conditions: Option<&'a (String, String)>,
    /// Whether it names an actor that has a lane.
    pub has_lane: bool,
    /// The filter as it is.
    pub filter: &'a str,
}

impl Value<'_> {
    /// The entries of the menu.
    pub fn entries(&self, ui: &mut Ui, commands: &mut Commands) {
        let mut item = |ui: &mut Ui, text: &str, command: Command| {
            if ui.button(text).clicked() {
                commands.push(command);
                ui.close();
            }
        };
        let name = shown(ui.ctx(), &format!("“{}”", short(self.text, 40))).into_owned();
        if let Some((only, except)) = self.conditions {
            // What no column holds is looked for in the stored records, wherever it stands there.
            let (filter, exclude) =
                if only.starts_with("raw:") { ("Records that hold", "Records that do not") } else { ("Filter by", "Exclude it") };
            item(ui, &format!("{filter} {name}"), Command::Filter(with_condition(self.filter, only)));
            item(ui, exclude, Command::Filter(with_condition(self.filter, except)));
            if !self.filter.trim().is_empty() {
                item(ui, "Show only it, whatever the filter was", Command::Filter(only.clone()));
            }
        }
        if self.has_lane {
            item(ui, "Go to its lane", Command::GoToLane(self.row));
        }
        if !self.text.is_empty() {
            item(ui, &format!("Copy {name}"), Command::Copy(self.text.to_owned()));
        }
    }

    /// The same as a menu that opens by a click of either button.
    pub fn menu(&self, response: &Response, commands: &mut Commands) {
        use eframe::egui::Popup;
        Popup::menu(response).show(|ui| self.entries(ui, commands));
        response.context_menu(|ui| self.entries(ui, commands));
    }
}
