//! The bar over the table: how many events are in view, which columns are shown, what can be copied.

use eframe::egui::containers::menu::MenuButton;
use eframe::egui::{Align, Frame, Label, Layout, Margin, RichText, ScrollArea, Ui};

use crate::gui::command::{Command, Commands};
use crate::gui::state::CaseView;
use crate::gui::state::columns::Column;
use crate::gui::state::copy::{Form, Part};
use crate::gui::state::settings::ColumnChange;
use crate::gui::widgets::buttons::quiet_button;
use crate::gui::widgets::tokens::{self, Palette};
use crate::model::text::{count, plural};

/// Draws the bar.
pub(super) fn ui(ui: &mut Ui, view: &CaseView, palette: &Palette, commands: &mut Commands) {
    let marked = view.selection.marked.len() as u64;
    Frame::new().fill(palette.panel).inner_margin(Margin::symmetric(12, 1)).show(ui, |ui| {
        ui.allocate_ui_with_layout(eframe::egui::vec2(ui.available_width(), 24.0), Layout::right_to_left(Align::Center), |ui| {
            ui.spacing_mut().item_spacing.x = 4.0;
            MenuButton::from_button(quiet_button("Columns  ▾", palette)).ui(ui, |ui| columns(ui, view, commands));
            MenuButton::from_button(quiet_button("Copy  ▾", palette)).ui(ui, |ui| {
                let listed = plural(view.rows.total() as u64, "listed event");
                ui.menu_button(listed, |ui| forms(ui, Part::View, commands));
                if let Some(row) = view.selection.event {
                    ui.menu_button("The selected event", |ui| forms(ui, Part::Row(row), commands));
                }
                if marked > 0 {
                    ui.menu_button(plural(marked, "marked event"), |ui| forms(ui, Part::Marked, commands));
                }
            });
            if marked > 0 || view.only_marked {
                let button = quiet_button("Only marked", palette).selected(view.only_marked);
                if ui.add(button).on_hover_text("List the marked events alone, whatever the view and the filter").clicked() {
                    commands.push(Command::OnlyMarked(!view.only_marked));
                }
                if ui.add(quiet_button("Unmark all", palette)).clicked() {
                    commands.push(Command::Unmark);
                }
                ui.label(RichText::new(format!("{} marked", count(marked))).size(tokens::SMALL).color(palette.text));
                ui.label(RichText::new("·").size(tokens::SMALL).color(palette.dim));
            }
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                let words = RichText::new(counts(view)).size(tokens::SMALL).color(palette.dim);
                ui.add(Label::new(words).truncate());
            });
        });
    });
}

/// "412 in view · 1,204 pass the filter · 20,000 in all"
fn counts(view: &CaseView) -> String {
    let [seen, passing, whole] = view.event_counts();
    let mut said = vec![format!("{} in view", plural(seen, "event"))];
    if passing != whole {
        said.push(format!("{} {} the filter", count(passing), if passing == 1 { "passes" } else { "pass" }));
    }
    said.push(format!("{} in all", count(whole)));
    said.join(" · ")
}

fn columns(ui: &mut Ui, view: &CaseView, commands: &mut Commands) {
    let chosen = &view.settings.columns;
    let left_out = Column::ALL.into_iter().filter(|column| !chosen.contains(column));
    ui.set_width(220.0);
    ui.spacing_mut().interact_size.y = 20.0;
    ui.spacing_mut().item_spacing.y = 2.0;
    let height = (ui.ctx().content_rect().height() - 120.0).clamp(160.0, 24.0 * Column::ALL.len() as f32);
    ScrollArea::vertical().max_height(height).min_scrolled_height(height).show(ui, |ui| {
        for (at, column) in chosen.iter().copied().chain(left_out).enumerate() {
            let is_shown = at < chosen.len();
            if at == chosen.len() {
                ui.separator();
            }
            ui.horizontal(|ui| {
                let mut ticked = is_shown;
                let tick = ui.checkbox(&mut ticked, column.word());
                let tick = if column.is_from_record() {
                    tick.on_hover_text("Read from the records in sight; the table cannot be sorted by it")
                } else {
                    tick
                };
                if tick.changed() {
                    commands.push(Command::Columns(ColumnChange::Toggle(column)));
                }
                if is_shown {
                    ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                        for (sign, by, name) in [("↓", 1, "later"), ("↑", -1, "earlier")] {
                            let palette = Palette::of(ui.ctx());
                            let button = ui.add(quiet_button(sign, &palette)).on_hover_text(format!("Move {} {name}", column.word()));
                            let spoken = format!("Move {} {name}", column.word());
                            button.widget_info(|| eframe::egui::WidgetInfo::labeled(eframe::egui::Role::Button, true, &spoken));
                            if button.clicked() {
                                commands.push(Command::Columns(ColumnChange::Move(column, by)));
                            }
                        }
                    });
                }
            });
        }
    });
    ui.separator();
    if ui.button("As at first").clicked() {
        commands.push(Command::Columns(ColumnChange::Reset));
        ui.close();
    }
}

/// The forms in which rows are copied.
pub(super) fn forms(ui: &mut Ui, part: Part, commands: &mut Commands) {
    for (form, name) in Form::ALL {
        if ui.button(format!("as {name}")).clicked() {
            commands.push(Command::CopyRows(part, form));
            ui.close();
        }
    }
}
