//! The bar at the top: the case, the filter, the menus.

use eframe::egui::text::{LayoutJob, TextFormat};
use eframe::egui::{
    Align, Area, Button, FontId, Frame, Id, Label, Layout, Margin, Order, Rect, RichText, Role, Stroke, TextBuffer, TextEdit, Ui,
};
use eframe::egui::{WidgetInfo, vec2};

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
use crate::model::text::{count, visible};
use crate::query::Mistake;

/// The bar.
#[derive(Default)]
pub struct TopBar {
    /// The text in the filter field.
    pub filter: String,
    /// What of it is not understood.
    pub mistake: Option<Mistake>,
    /// What was done, or could not be done, last.
    pub notice: Option<String>,
    /// Which notice is shown since when, in seconds.
    noticed: Option<(String, f64)>,
}

/// How long a notice is shown, in seconds.
const NOTICE: f64 = 5.0;

impl TopBar {
    /// Draws the bar.
    pub fn ui(&mut self, ui: &mut Ui, view: Option<&CaseView>, settings: &Settings, is_searching: bool, commands: &mut Commands) {
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
                menus(ui, settings.zone, view.is_some(), &palette, commands);
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
                let edge = if self.mistake.is_some() { palette.state(State::Suspect) } else { palette.line };
                let shown = frame.stroke(Stroke::new(1.0, edge)).show(ui, |ui| {
                    ui.allocate_ui_with_layout(vec2(width - 24.0, 24.0), Layout::right_to_left(Align::Center), |ui| {
                        self.field(ui, view, is_searching, &palette, commands);
                    });
                });
                self.below(ui, shown.response.rect, &view.filter_text, &palette);
            });
        });
    }

    fn field(&mut self, ui: &mut Ui, view: &CaseView, is_searching: bool, palette: &Palette, commands: &mut Commands) {
        let total = view.case.index.len() as u64;
        let counts = if is_searching {
            "searching …".to_owned()
        } else if view.shown.len() as u64 == total {
            crate::model::text::plural(total, "event")
        } else {
            format!("{} of {}", count(view.shown.len() as u64), count(total))
        };
        ui.label(RichText::new(counts).size(tokens::SMALL).color(palette.dim));
        if !self.filter.is_empty() && ui.add(quiet_button("×", palette)).on_hover_text("Clear the filter").clicked() {
            commands.push(Command::Filter(String::new()));
        }
        let wrong = self.mistake.as_ref().map(|mistake| mistake.at.clone());
        let (text, underlined) = (palette.text, palette.state(State::Suspect));
        // What is not understood is underlined at its place.
        let mut layouter = |ui: &Ui, typed: &dyn TextBuffer, _width: f32| {
            let typed = typed.as_str();
            let wrong = wrong.clone().filter(|wrong| typed.get(wrong.clone()).is_some());
            let wrong = wrong.unwrap_or(typed.len()..typed.len());
            let plain = TextFormat { font_id: tokens::mono(tokens::SMALL), color: text, ..TextFormat::default() };
            let marked = TextFormat { color: underlined, underline: Stroke::new(1.5, underlined), ..plain.clone() };
            let mut job = LayoutJob::default();
            for (part, format) in [(0..wrong.start, &plain), (wrong.clone(), &marked), (wrong.end..typed.len(), &plain)] {
                job.append(typed.get(part).unwrap_or(""), 0.0, format.clone());
            }
            ui.fonts_mut(|fonts| fonts.layout_job(job))
        };
        let edit = TextEdit::singleline(&mut self.filter)
            // A name of its own: a counted one would pass to the × that appears after the first letter, and the keyboard with it.
            .id(filter_id())
            .align(eframe::egui::Align2::LEFT_CENTER)
            .frame(Frame::NONE)
            .font(tokens::mono(tokens::SMALL))
            .layouter(&mut layouter)
            .hint_text("Filter: kind:agent category:secret outcome:denied, or any text")
            .desired_width(f32::INFINITY);
        let response = ui.add(edit);
        response.widget_info(|| WidgetInfo::labeled(Role::SearchInput, true, "Filter"));
        if response.changed() {
            commands.push(Command::Filter(self.filter.clone()));
        }
        if self.mistake.is_none() {
            response.on_hover_text(filter_help());
        }
    }

    /// What is wrong with the filter, or what was done last, right below the field.
    fn below(&mut self, ui: &Ui, field: Rect, in_force: &str, palette: &Palette) {
        self.noticed = self.notice.clone().map(|notice| match self.noticed.take() {
            Some((shown, since)) if shown == notice => (shown, since),
            _ => (notice, ui.input(|input| input.time)),
        });
        if let Some((_, since)) = &self.noticed {
            let left = since + NOTICE - ui.input(|input| input.time);
            if left <= 0.0 {
                self.notice = None;
            } else {
                ui.ctx().request_repaint_after(std::time::Duration::from_secs_f64(left));
            }
        }
        let (text, colour) = match (&self.mistake, &self.notice) {
            (Some(mistake), _) => {
                let still = match in_force.trim() {
                    "" => "Until then every event passes.".to_owned(),
                    filter => format!("Until then the filter is still: {filter}"),
                };
                (format!("{} {still}", sentence(&mistake.error.to_string())), palette.state(State::Suspect))
            }
            (None, Some(notice)) => (notice.clone(), palette.text),
            (None, None) => return,
        };
        let area = Area::new(Id::unique("below the filter")).order(Order::Middle).interactable(false);
        area.fixed_pos(field.left_bottom() + vec2(0.0, 4.0)).show(ui.ctx(), |ui| {
            let frame = Frame::new().fill(palette.raised).stroke(Stroke::new(1.0, palette.line)).corner_radius(6.0);
            frame.inner_margin(Margin::symmetric(12, 8)).show(ui, |ui| {
                ui.set_max_width((field.width() - 26.0).max(240.0));
                ui.add(Label::new(RichText::new(shown(ui.ctx(), &visible(&text))).size(tokens::SMALL).color(colour)).wrap());
            });
        });
    }
}

/// With a capital letter and a full stop.
fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(|letter| letter.to_uppercase().to_string()).unwrap_or_default();
    format!("{first}{}.", letters.as_str())
}

fn filter_help() -> String {
    let examples: Vec<&str> = crate::query::FIELDS.iter().map(|(_, example)| *example).collect();
    format!(
        "Words are looked for in {}.\nConditions: {}\nAll of them must hold. A minus sign before a word excludes it; quotation marks keep words together.",
        crate::query::SEARCHED,
        examples.join("   ")
    )
}

fn menus(ui: &mut Ui, zone: Zone, is_open: bool, palette: &Palette, commands: &mut Commands) {
    use eframe::egui::ThemePreference;
    use eframe::egui::containers::menu::MenuButton;
    MenuButton::from_button(quiet_button("Menu  ▾", palette)).ui(ui, |ui| {
        ui.set_min_width(250.0);
        let mut entry = |ui: &mut Ui, text: &str, keys: &str, ticked: bool, enabled: bool, command: Command| {
            // Room for a tick before every entry.
            let button = Button::new(format!("     {text}")).shortcut_text(keys);
            let response = ui.add_enabled(enabled, button);
            if ticked {
                let at = response.rect.left_center() + vec2(14.0, 0.0);
                let points = [at + vec2(-4.0, 0.0), at + vec2(-1.0, 3.5), at + vec2(5.0, -4.0)];
                ui.painter().line(points.to_vec(), Stroke::new(1.5, palette.text));
            }
            response.widget_info(|| WidgetInfo::selected(Role::MenuItem, enabled, ticked, text));
            if response.clicked() {
                commands.push(command);
                ui.close();
            }
        };
        entry(ui, "Open files…", "Ctrl+O", false, true, Command::ChooseFiles);
        entry(ui, "Open folder…", "Ctrl+Shift+O", false, true, Command::ChooseFolder);
        entry(ui, "Open paths…", "", false, true, Command::Dialog(Dialog::Paths));
        entry(ui, "Open the demo", "", false, true, Command::OpenDemo);
        entry(ui, "Close the case", "Ctrl+W", false, is_open, Command::Close);
        ui.separator();
        let theme = ui.ctx().options(|options| options.theme_preference);
        for (choice, text) in
            [(ThemePreference::System, "Use the desktop's theme"), (ThemePreference::Light, "Light"), (ThemePreference::Dark, "Dark")]
        {
            entry(ui, text, "", theme == choice, true, Command::Theme(choice));
        }
        ui.separator();
        entry(ui, "Export evidence…", "Ctrl+E", false, is_open, Command::Dialog(Dialog::Export(SelectionKind::Shown)));
        entry(ui, "Compare with another copy…", "", false, is_open, Command::Dialog(Dialog::Compare));
        entry(ui, "Time-stamp a bundle…", "", false, true, Command::Dialog(Dialog::TimeStamp(String::new())));
        entry(ui, "Acquire and seal…", "", false, true, Command::Dialog(Dialog::Receive));
        entry(ui, "Keys…", "K", false, true, Command::Dialog(Dialog::Keys));
        entry(ui, "Activity log…", "", false, true, Command::Dialog(Dialog::ActivityLog));
        entry(ui, "Keyboard and mouse…", "F1", false, true, Command::Dialog(Dialog::Help));
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
