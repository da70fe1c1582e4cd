//! The bar at the top: the case, the filter, the menus.

use eframe::egui::{Align, FontId, Frame, Label, Layout, Margin, RichText, Role, TextEdit, Ui, WidgetInfo, vec2};

use crate::gui::command::{Command, Commands, Dialog};
use crate::gui::state::CaseView;
use crate::gui::state::axis::Zone;
use crate::gui::state::choice::SelectionKind;
use crate::gui::state::settings::Settings;
use crate::gui::widgets::buttons::{plain_button, quiet_button};
use crate::gui::widgets::fonts::shown;
use crate::gui::widgets::shortcuts::filter_id;
use crate::gui::widgets::tokens::{self, Palette};
use crate::model::State;
use crate::model::text::count;

/// The bar.
#[derive(Default)]
pub struct TopBar {
    /// The text in the filter field.
    pub filter: String,
    /// Why it is not understood.
    pub error: Option<String>,
}

impl TopBar {
    /// Draws the bar.
    pub fn ui(&mut self, ui: &mut Ui, view: Option<&CaseView>, settings: &Settings, commands: &mut Commands) {
        let palette = Palette::of(ui.ctx());
        ui.horizontal_centered(|ui| {
            ui.add_space(4.0);
            ui.label(RichText::new("Sealscope").font(FontId::new(tokens::BODY + 1.0, tokens::semibold())));
            ui.add_space(8.0);
            if let Some(name) = view.map(|view| view.name.as_str()) {
                ui.add(Label::new(RichText::new(shown(ui.ctx(), &format!("case: {name}"))).color(palette.dim)).truncate());
            }
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                ui.add_space(4.0);
                menus(ui, settings.zone, &palette, commands);
                if ui
                    .add(plain_button("Open…", &palette))
                    .on_hover_text("Open files (Ctrl+O), a folder (Ctrl+Shift+O), or drop them anywhere")
                    .clicked()
                {
                    commands.push(Command::ChooseFiles);
                }
                let Some(view) = view else { return };
                let case = &view.case;
                if case.finished
                    && !case.store.is_empty()
                    && ui
                        .add(plain_button("Export…", &palette))
                        .on_hover_text("Export what is shown as a signed bundle for an auditor (Ctrl+E)")
                        .clicked()
                {
                    commands.push(Command::Dialog(Dialog::Export(SelectionKind::Shown)));
                }
                // Where something is unsealed, sealing it is the next thing to do.
                if case.finished
                    && case.counts().of(State::Unsealed) > 0
                    && ui
                        .add(plain_button("Acquire and seal…", &palette))
                        .on_hover_text("Copy what is open into a new folder and seal the copy, so that every later change shows")
                        .clicked()
                {
                    commands.push(Command::Dialog(Dialog::Receive));
                }
                ui.add_space(12.0);
                let width = (ui.available_width() - 24.0).clamp(120.0, 560.0);
                let spare = ui.available_width() - width;
                ui.add_space((spare / 2.0).max(0.0));
                let frame = Frame::new().fill(palette.raised).corner_radius(6.0).inner_margin(Margin::symmetric(12, 4));
                let frame = frame
                    .stroke(eframe::egui::Stroke::new(1.0, if self.error.is_some() { palette.state(State::Broken) } else { palette.line }));
                frame.show(ui, |ui| {
                    ui.allocate_ui_with_layout(vec2(width - 24.0, 24.0), Layout::right_to_left(Align::Center), |ui| {
                        let total = case.index.len() as u64;
                        let counts = if view.shown.len() as u64 == total {
                            crate::model::text::plural(total, "event")
                        } else {
                            format!("{} of {}", count(view.shown.len() as u64), count(total))
                        };
                        ui.label(RichText::new(counts).size(tokens::SMALL).color(palette.dim));
                        if !self.filter.is_empty() && ui.add(quiet_button("×", &palette)).on_hover_text("Clear the filter").clicked() {
                            commands.push(Command::Filter(String::new()));
                        }
                        let edit = TextEdit::singleline(&mut self.filter)
                            // A name of its own: a counted one would pass to the × that appears after the first letter, and the keyboard with it.
                            .id(filter_id())
                            .align(eframe::egui::Align2::LEFT_CENTER)
                            .frame(Frame::NONE)
                            .font(tokens::mono(tokens::SMALL))
                            .hint_text("Filter: kind:agent category:secret outcome:denied, or any text")
                            .desired_width(f32::INFINITY);
                        let response = ui.add(edit);
                        response.widget_info(|| WidgetInfo::labeled(Role::SearchInput, true, "Filter"));
                        if response.changed() {
                            commands.push(Command::Filter(self.filter.clone()));
                        }
                        let help = self.error.clone().unwrap_or_else(filter_help);
                        response.on_hover_text(help);
                    });
                });
            });
        });
    }
}

fn filter_help() -> String {
    let examples: Vec<&str> = crate::query::FIELDS.iter().map(|(_, example)| *example).collect();
    format!(
        "Words are searched in identity, key, action, target and address.\nConditions: {}\nAll of them must hold. Prefix with – (minus) to exclude.",
        examples.join("   ")
    )
}

fn menus(ui: &mut Ui, zone: Zone, palette: &Palette, commands: &mut Commands) {
    use eframe::egui::containers::menu::MenuButton;
    MenuButton::from_button(quiet_button("Menu  ▾", palette)).ui(ui, |ui| {
        let mut item = |ui: &mut Ui, text: &str, command: Command| {
            if ui.button(text).clicked() {
                commands.push(command);
                ui.close();
            }
        };
        item(ui, "Open files…", Command::ChooseFiles);
        item(ui, "Open folder…", Command::ChooseFolder);
        item(ui, "Open paths…", Command::Dialog(Dialog::Paths));
        item(ui, "Open the demo", Command::OpenDemo);
        item(ui, "Close the case", Command::Close);
        ui.separator();
        item(ui, "Use the desktop's theme", Command::Theme(eframe::egui::ThemePreference::System));
        item(ui, "Light", Command::Theme(eframe::egui::ThemePreference::Light));
        item(ui, "Dark", Command::Theme(eframe::egui::ThemePreference::Dark));
        ui.separator();
        item(ui, "Export evidence…", Command::Dialog(Dialog::Export(SelectionKind::Shown)));
        item(ui, "Compare with another copy…", Command::Dialog(Dialog::Compare));
        item(ui, "Time-stamp a bundle…", Command::Dialog(Dialog::TimeStamp(String::new())));
        item(ui, "Acquire and seal…", Command::Dialog(Dialog::Receive));
        item(ui, "Keys…", Command::Dialog(Dialog::Keys));
        item(ui, "Activity log…", Command::Dialog(Dialog::ActivityLog));
        item(ui, "Keyboard and mouse…", Command::Dialog(Dialog::Help));
    });
    let label = match zone {
        Zone::Utc => "UTC  ▾",
        Zone::Local => "Local time  ▾",
    };
    MenuButton::from_button(quiet_button(label, palette)).ui(ui, |ui| {
        for (choice, text) in [(Zone::Utc, "UTC".to_owned()), (Zone::Local, format!("This computer's time ({})", Zone::Local.label(0)))] {
            if ui.selectable_label(zone == choice, text).clicked() {
                commands.push(Command::Zone(choice));
                ui.close();
            }
        }
    });
}
