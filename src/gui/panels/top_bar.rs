//! The bar at the top and the verdict below it.

use eframe::egui::{
    Align, FontId, Frame, Id, Label, Layout, Margin, ProgressBar, Rect, RichText, Role, Sense, TextEdit, Ui, WidgetInfo, vec2,
};

use eframe::egui::text::LayoutJob;

use crate::gui::command::Command;
use crate::gui::state::axis::Zone;
use crate::gui::widgets::buttons as parts;
use crate::gui::widgets::icons;
use crate::gui::widgets::tokens::{self, Palette};
use crate::model::State;
use crate::model::text::{bytes, count};
use crate::verify::{Examination, Progress};

/// What the bar shows.
pub struct Bar<'a> {
    /// The case, if one is open.
    pub case: Option<&'a Examination>,
    /// Its name.
    pub name: &'a str,
    /// The text in the filter field.
    pub filter: &'a mut String,
    /// Why the filter is not understood.
    pub mistake: Option<&'a str>,
    /// Events that pass the filter.
    pub passing: usize,
    /// The zone of times.
    pub zone: Zone,
    /// Colours.
    pub palette: Palette,
}

impl Bar<'_> {
    /// Draws the bar.
    pub fn show(self, ui: &mut Ui, commands: &mut Vec<Command>) {
        let palette = self.palette;
        ui.horizontal_centered(|ui| {
            ui.add_space(4.0);
            ui.label(RichText::new("Sealscope").font(FontId::new(tokens::BODY + 1.0, tokens::semibold())));
            ui.add_space(8.0);
            if self.case.is_some() {
                ui.add(Label::new(RichText::new(format!("case: {}", self.name)).color(palette.dim)).truncate());
            }
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                ui.add_space(4.0);
                menus(ui, self.zone, &palette, commands);
                if ui
                    .add(parts::plain_button("Open…", &palette))
                    .on_hover_text("Open files (Ctrl+O), a folder (Ctrl+Shift+O), or drop them anywhere")
                    .clicked()
                {
                    commands.push(Command::ChooseFiles);
                }
                let Some(case) = self.case else { return };
                if case.finished
                    && !case.store.is_empty()
                    && ui
                        .add(parts::plain_button("Export…", &palette))
                        .on_hover_text("Make a signed bundle of what is shown, for an auditor (Ctrl+E)")
                        .clicked()
                {
                    commands.push(Command::Exporting(Some(crate::gui::state::selection::What::Shown)));
                }
                // Where something is unsealed, sealing it is the next thing to do.
                if case.finished
                    && case.counts().of(State::Unsealed) > 0
                    && ui
                        .add(parts::plain_button("Seal…", &palette))
                        .on_hover_text("Copy what is open into a folder of yours and seal it there, so that from now on every change shows")
                        .clicked()
                {
                    commands.push(Command::Receiving(true));
                }
                ui.add_space(12.0);
                let width = (ui.available_width() - 24.0).clamp(120.0, 560.0);
                let spare = ui.available_width() - width;
                ui.add_space((spare / 2.0).max(0.0));
                let frame = Frame::new().fill(palette.raised).corner_radius(6.0).inner_margin(Margin::symmetric(12, 4));
                let frame = frame.stroke(eframe::egui::Stroke::new(
                    1.0,
                    if self.mistake.is_some() { palette.state(State::Broken) } else { palette.line },
                ));
                frame.show(ui, |ui| {
                    ui.allocate_ui_with_layout(vec2(width - 24.0, 24.0), Layout::right_to_left(Align::Center), |ui| {
                        let total = case.index.len() as u64;
                        let counts = if self.passing as u64 == total {
                            crate::model::text::plural(total, "event")
                        } else {
                            format!("{} of {}", count(self.passing as u64), count(total))
                        };
                        ui.label(RichText::new(counts).size(tokens::SMALL).color(palette.dim));
                        if !self.filter.is_empty() && ui.add(parts::quiet_button("×", &palette)).on_hover_text("Clear the filter").clicked()
                        {
                            commands.push(Command::Filter(String::new()));
                        }
                        let edit = TextEdit::singleline(self.filter)
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
                        let help = self.mistake.map_or_else(filter_help, str::to_owned);
                        response.on_hover_text(help);
                    });
                });
            });
        });
    }
}

/// The filter field's name, by which it can be given the keyboard before it is drawn.
pub(crate) fn filter_id() -> Id {
    Id::unique("filter")
}

fn filter_help() -> String {
    let examples: Vec<&str> = crate::query::FIELDS.iter().map(|(_, example)| *example).collect();
    format!(
        "Words are looked for in identity, key, action, target and address.\nConditions: {}\nSeveral must all hold; a leading – (minus) turns one round.",
        examples.join("   ")
    )
}

fn menus(ui: &mut Ui, zone: Zone, palette: &Palette, commands: &mut Vec<Command>) {
    use eframe::egui::containers::menu::MenuButton;
    MenuButton::from_button(parts::quiet_button("Menu  ▾", palette)).ui(ui, |ui| {
        let mut item = |ui: &mut Ui, text: &str, command: Command| {
            if ui.button(text).clicked() {
                commands.push(command);
                ui.close();
            }
        };
        item(ui, "Open files…", Command::ChooseFiles);
        item(ui, "Open folder…", Command::ChooseFolder);
        item(ui, "Open paths…", Command::TypePaths);
        item(ui, "Open the demo", Command::OpenDemo);
        item(ui, "Close the case", Command::Close);
        ui.separator();
        item(ui, "Follow the desktop's theme", Command::Theme(eframe::egui::ThemePreference::System));
        item(ui, "Light", Command::Theme(eframe::egui::ThemePreference::Light));
        item(ui, "Dark", Command::Theme(eframe::egui::ThemePreference::Dark));
        ui.separator();
        item(ui, "Export evidence…", Command::Exporting(Some(crate::gui::state::selection::What::Shown)));
        item(ui, "Compare with another copy…", Command::Comparing(true));
        item(ui, "Time-stamp a bundle…", Command::Stamping(Some(String::new())));
        item(ui, "Seal on receipt…", Command::Receiving(true));
        item(ui, "Keys…", Command::Keys(true));
        item(ui, "Your own log…", Command::OwnLog(true));
        item(ui, "Keyboard and mouse…", Command::Help(true));
    });
    let label = match zone {
        Zone::Utc => "UTC  ▾",
        Zone::Local => "Local time  ▾",
    };
    MenuButton::from_button(parts::quiet_button(label, palette)).ui(ui, |ui| {
        for (choice, text) in [(Zone::Utc, "UTC".to_owned()), (Zone::Local, format!("This computer's time ({})", Zone::Local.label(0)))] {
            if ui.selectable_label(zone == choice, text).clicked() {
                commands.push(Command::Zone(choice));
                ui.close();
            }
        }
    });
}

/// Draws the verdict, or the progress while there is none.
pub fn verdict(ui: &mut Ui, case: &Examination, progress: Option<Progress>, palette: &Palette, commands: &mut Vec<Command>) {
    let area = ui.max_rect();
    let state = if progress.is_some() { State::Unchecked } else { case.verdict().state() };
    let edge = Rect::from_min_size(area.left_top(), vec2(3.0, area.height()));
    ui.painter().rect_filled(edge, 0.0, palette.state(state));
    ui.horizontal_centered(|ui| {
        ui.add_space(20.0);
        icons::show_state(ui, state, 20.0, palette);
        ui.add_space(6.0);
        let counts_width = 330.0f32.min(ui.available_width() * 0.36);
        let text_width = (ui.available_width() - counts_width - 16.0).max(200.0);
        ui.allocate_ui_with_layout(vec2(text_width, 48.0), Layout::top_down(Align::Min).with_main_align(Align::Center), |ui| {
            ui.spacing_mut().item_spacing.y = 4.0;
            match progress {
                Some(progress) => running(ui, case, progress, palette, commands),
                None => {
                    let sentence = case.sentence();
                    // Two lines at most; the rest is in the tip and in the findings.
                    let mut job = LayoutJob::simple(
                        sentence.clone(),
                        FontId::new(tokens::VERDICT, tokens::semibold()),
                        palette.text,
                        ui.available_width(),
                    );
                    job.wrap.max_rows = 2;
                    ui.add(Label::new(job)).on_hover_text(&sentence);
                    let line = crate::model::text::visible(&case.coverage().line()).into_owned();
                    ui.add(Label::new(RichText::new(&line).size(tokens::SMALL).color(palette.dim)).truncate()).on_hover_text(&line);
                }
            }
        });
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            ui.add_space(16.0);
            let counts = case.counts();
            for state in State::ALL.into_iter().rev() {
                let number = counts.of(state);
                if number == 0 && matches!(state, State::Unchecked | State::Unsealed) {
                    continue;
                }
                let text = RichText::new(count(number)).font(FontId::new(tokens::BODY, tokens::medium())).color(if number == 0 {
                    palette.dim
                } else {
                    palette.text
                });
                ui.add(Label::new(text).sense(Sense::hover())).on_hover_text(format!(
                    "{} records {}. {}",
                    count(number),
                    state.word(),
                    state.meaning()
                ));
                icons::show_state(ui, state, 13.0, palette);
                ui.add_space(10.0);
            }
        });
    });
}

fn running(ui: &mut Ui, case: &Examination, progress: Progress, palette: &Palette, commands: &mut Vec<Command>) {
    ui.horizontal(|ui| {
        let text = format!("Checking {} …", crate::model::text::plural(case.segments.len() as u64, "segment"));
        ui.label(RichText::new(text).font(FontId::new(tokens::VERDICT, tokens::semibold())));
        if ui.add(parts::plain_button("Cancel", palette)).on_hover_text("Stop here (Esc); what was read stays").clicked() {
            commands.push(Command::Cancel);
        }
    });
    ui.horizontal(|ui| {
        ui.add(ProgressBar::new(progress.fraction()).desired_width(220.0).desired_height(6.0).fill(palette.accent))
            .widget_info(|| WidgetInfo::labeled(Role::ProgressIndicator, true, "Progress"));
        let remaining = progress.remaining_seconds().map_or_else(String::new, |seconds| format!(" · {} left", duration(seconds)));
        let text = format!("{} of {} · {}/s{remaining}", bytes(progress.done), bytes(progress.total), bytes(progress.rate() as u64));
        ui.label(RichText::new(text).size(tokens::SMALL).color(palette.dim));
    });
}

fn duration(seconds: f64) -> String {
    match seconds as u64 {
        0..=1 => "a moment".into(),
        seconds @ 2..=99 => format!("{seconds} s"),
        seconds => format!("{} min", seconds / 60 + 1),
    }
}
