//! The table of the events in view.

use eframe::egui::{Align, FontId, Label, Layout, Rect, RichText, Role, Sense, Stroke, Ui, WidgetInfo, pos2};
use egui_extras::{Column as Width, TableBuilder};

use crate::gui::command::{Command, Commands, Dialog};
use crate::gui::state::CaseView;
use crate::gui::state::choice::SelectionKind;
use crate::gui::state::rows::Column;
use crate::gui::widgets::fonts::shown;
use crate::gui::widgets::icons;
use crate::gui::widgets::tokens::{self, Palette};
use crate::model::text::{abbreviate, count, short, visible};
use crate::model::{Field, Kind, Outcome};
use crate::store::NO_TIME;

const COLUMNS: [(Column, &str); 7] = [
    (Column::State, ""),
    (Column::Time, "Time"),
    (Column::Identity, "Identity"),
    (Column::Action, "Action"),
    (Column::Target, "Target"),
    (Column::Outcome, "Outcome"),
    (Column::From, "From"),
];

/// The table.
#[derive(Default)]
pub struct Table {
    /// Up to which wish to see the selected event it has scrolled.
    revealed: u64,
}

impl Table {
    /// Draws the table.
    pub fn ui(&mut self, ui: &mut Ui, view: &CaseView, commands: &mut Commands) {
        let reveal = std::mem::replace(&mut self.revealed, view.revealed) != view.revealed;
        Drawing { view, palette: Palette::of(ui.ctx()) }.show(ui, reveal, commands);
    }
}

struct Drawing<'a> {
    view: &'a CaseView,
    palette: Palette,
}

impl Drawing<'_> {
    fn show(&self, ui: &mut Ui, reveal: bool, commands: &mut Commands) {
        let (view, palette) = (self.view, self.palette);
        let area = ui.available_rect_before_wrap();
        ui.painter().rect_filled(area, 0.0, palette.background);
        ui.painter().rect_filled(Rect::from_min_max(area.min, pos2(area.right(), area.top() + tokens::ROW)), 0.0, palette.panel);
        let (total, full) = (view.rows.listed(), view.rows.total());
        ui.spacing_mut().item_spacing = eframe::egui::vec2(12.0, 0.0);
        // The dividers between columns show themselves only when they are pointed at.
        ui.visuals_mut().widgets.noninteractive.bg_stroke = Stroke::NONE;
        let wide = ui.available_width();
        let compact = wide < 700.0;
        let mut builder = TableBuilder::new(ui)
            .id_salt("events")
            .striped(false)
            .resizable(true)
            .sense(Sense::click())
            .cell_layout(Layout::left_to_right(Align::Center))
            .auto_shrink(false)
            .column(Width::exact(28.0))
            .column(Width::initial(if compact { 92.0 } else { 150.0 }).at_least(60.0).clip(true))
            .column(Width::initial(wide * 0.16).at_least(50.0).clip(true))
            .column(Width::initial(wide * 0.16).at_least(50.0).clip(true))
            .column(Width::remainder().at_least(40.0).clip(true))
            .column(Width::initial(if compact { 62.0 } else { 78.0 }).at_least(40.0).clip(true))
            .column(Width::initial(if compact { 84.0 } else { 112.0 }).at_least(40.0).clip(true));
        if reveal && let Some(position) = view.selection.event.and_then(|row| view.rows.position_of(&view.case.store, &view.shown, row)) {
            builder = builder.scroll_to_row(position, Some(Align::Center));
        }
        let zone = view.settings.zone;
        builder
            .header(tokens::ROW, |mut header| {
                for (column, word) in COLUMNS {
                    header.col(|ui| {
                        let mut text = if column == Column::Time {
                            format!("{word} ({})", zone.label(0).split(',').next().unwrap_or("UTC"))
                        } else {
                            word.to_owned()
                        };
                        if view.sorted.0 == column {
                            text.push_str(if view.sorted.1 { "  ↓" } else { "  ↑" });
                        }
                        if column == Column::State {
                            ui.add_space(10.0);
                        }
                        let label = Label::new(RichText::new(text).font(FontId::new(tokens::SMALL, tokens::medium())).color(palette.dim))
                            .sense(Sense::click())
                            .selectable(false);
                        let response = ui.add(label);
                        let name = if word.is_empty() { "Integrity" } else { word };
                        response.widget_info(|| WidgetInfo::labeled(Role::ColumnHeader, true, format!("Sort by {name}")));
                        if response.on_hover_text(format!("Sort by {}", name.to_lowercase())).clicked() {
                            commands.push(Command::SortTable(column));
                        }
                    });
                }
            })
            .body(|body| {
                body.rows(tokens::ROW, total, |mut line| {
                    let Some(row) = view.rows.row(&view.shown, line.index()) else { return };
                    let selected = view.selection.event == Some(row);
                    line.set_selected(selected);
                    self.cells(&mut line, row, selected, compact);
                    let response = line.response();
                    let modifiers = response.ctx.input(|input| input.modifiers);
                    if response.clicked() {
                        commands.push(match (modifiers.command, modifiers.shift) {
                            (true, _) => Command::Mark(row),
                            (false, true) => Command::MarkTo(row),
                            (false, false) => Command::Select(row),
                        });
                    }
                    // What the menu speaks of is what is selected.
                    if response.secondary_clicked() && !selected {
                        commands.push(Command::Select(row));
                    }
                    response.context_menu(|ui| self.menu(ui, row, commands));
                });
            });
        if full > total {
            let text = format!("showing the first {} of {}; zoom in or filter", count(total as u64), count(full as u64));
            ui.painter().text(
                area.right_bottom() - eframe::egui::vec2(16.0, 8.0),
                eframe::egui::Align2::RIGHT_BOTTOM,
                text,
                tokens::sans(tokens::SMALL),
                palette.state(crate::model::State::Suspect),
            );
        }
    }

    fn menu(&self, ui: &mut Ui, row: u32, commands: &mut Commands) {
        let mut item = |ui: &mut Ui, text: String, command: Command| {
            if ui.button(text).clicked() {
                commands.push(command);
                ui.close();
            }
        };
        let is_marked = self.view.selection.marked.contains(&row);
        item(ui, if is_marked { "Unmark" } else { "Mark" }.into(), Command::Mark(row));
        if !self.view.selection.marked.is_empty() {
            item(ui, "Unmark all".into(), Command::Unmark);
        }
        ui.separator();
        item(ui, "Export this event…".into(), Command::Dialog(Dialog::Export(SelectionKind::Event)));
        if !self.view.selection.marked.is_empty() {
            let text = format!("Export {} marked…", crate::model::text::plural(self.view.selection.marked.len() as u64, "event"));
            item(ui, text, Command::Dialog(Dialog::Export(SelectionKind::Marked)));
        }
        let name = self.view.case.store.identity_name(row);
        item(ui, format!("Export everything of {}…", short(name, 32)), Command::Dialog(Dialog::Export(SelectionKind::Identity)));
        item(ui, "Export its whole log…".into(), Command::Dialog(Dialog::Export(SelectionKind::Log)));
        ui.separator();
        item(ui, format!("Show only {}", short(name, 32)), Command::Filter(crate::query::only_identity(&self.view.case.store, row)));
        item(ui, "Copy the identity's name".into(), Command::Copy(visible(name).into_owned()));
    }

    fn cells(&self, line: &mut egui_extras::TableRow<'_, '_>, row: u32, selected: bool, compact: bool) {
        let (store, palette) = (&self.view.case.store, &self.palette);
        let uncovered = store.uncovered(row);
        let plain = |ui: &mut Ui, text: String, mono: bool, colour, parts: &[Field]| {
            let font = if mono { tokens::mono(tokens::SMALL) } else { tokens::sans(tokens::BODY) };
            let marked = parts.iter().any(|part| uncovered.has(*part));
            let text = if marked { format!("† {text}") } else { text };
            let response = ui.add(Label::new(RichText::new(shown(ui.ctx(), &text)).font(font).color(colour)).truncate().selectable(false));
            if marked {
                response.on_hover_text("Not covered by the record's hash: anyone could have changed it");
            }
        };
        line.col(|ui| {
            let rect = ui.max_rect();
            if selected {
                ui.painter().vline(rect.left() + 1.0, rect.y_range(), Stroke::new(2.0, palette.accent));
            }
            ui.painter().hline(rect.left()..=rect.left() + 4000.0, rect.bottom(), Stroke::new(1.0, palette.line.gamma_multiply(0.5)));
            let state = store.state(row);
            if self.view.selection.marked.contains(&row) {
                ui.painter().rect_filled(Rect::from_min_size(rect.left_top(), eframe::egui::vec2(6.0, rect.height())), 0.0, palette.accent);
            }
            icons::state(ui.painter(), pos2(rect.left() + 18.0, rect.center().y), 12.0, state, palette);
            if store.is_ambiguous(row) {
                let colour = palette.state(crate::model::State::Suspect);
                let place = pos2(rect.left() + 8.0, rect.center().y);
                ui.painter().text(place, eframe::egui::Align2::CENTER_CENTER, "?", tokens::sans(tokens::SMALL), colour);
                ui.interact(rect, ui.scope_id().with("ambiguous"), Sense::hover())
                    .on_hover_text("Ambiguous: other programs may read this record differently");
            }
        });
        line.col(|ui| {
            let time = store.time(row);
            let text = if time == NO_TIME {
                "no time".into()
            } else {
                self.view.settings.zone.clock(time).format(if compact { "%H:%M:%S%.3f" } else { "%m-%d %H:%M:%S%.3f" }).to_string()
            };
            plain(ui, text, true, palette.text, &[Field::Time]);
        });
        line.col(|ui| {
            let key = store.credential(row).filter(|credential| credential.is_key);
            let name = match key {
                Some(key) if store.identity(row).is_some_and(|identity| identity.kind == Kind::ApiKey) => {
                    abbreviate(store.names.get(key.name))
                }
                _ => short(store.identity_name(row), 60),
            };
            plain(ui, name, false, palette.text, &[Field::Identity, Field::Kind]);
        });
        line.col(|ui| plain(ui, short(store.action(row), 80), false, palette.text, &[Field::Action]));
        line.col(|ui| plain(ui, short(store.target(row), 120), false, palette.text, &[Field::Target]));
        line.col(|ui| {
            let outcome = store.outcome(row);
            let colour = match outcome {
                Outcome::Denied | Outcome::Failure => palette.refused(),
                Outcome::Success => palette.text,
                Outcome::Unknown => palette.dim,
            };
            plain(ui, outcome.word().into(), false, colour, &[Field::Outcome]);
        });
        line.col(|ui| plain(ui, visible(store.address(row)).into_owned(), true, palette.dim, &[Field::From]));
    }
}
