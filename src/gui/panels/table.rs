//! The table of the events in view.

use eframe::egui::scroll_area::ScrollBarVisibility;
use eframe::egui::{Align, CursorIcon, FontId, Label, Layout, Rect, RichText, Role, ScrollArea, Sense, Stroke, Ui, UiBuilder, WidgetInfo};
use eframe::egui::{pos2, vec2};
use egui_extras::{Column as Width, TableBuilder};

use crate::gui::command::{Command, Commands, Dialog};
use crate::gui::panels::table_bar::{self, forms};
use crate::gui::state::choice::SelectionKind;
use crate::gui::state::columns::{Column, TimeForm};
use crate::gui::state::copy::{Form, Part};
use crate::gui::state::settings::ColumnChange;
use crate::gui::state::{CaseView, Walk};
use crate::gui::widgets::buttons::plain_button;
use crate::gui::widgets::fonts::shown;
use crate::gui::widgets::icons;
use crate::gui::widgets::shortcuts;
use crate::gui::widgets::tokens::{self, Palette};
use crate::gui::widgets::value_menu::Value;
use crate::model::text::{abbreviate, count, plural, short, visible};
use crate::model::{Kind, Outcome, State};

/// Between two columns, in points.
const GAP: f32 = 12.0;

/// The table.
#[derive(Default)]
pub struct Table {
    /// Up to which wish to see the selected event it has scrolled.
    revealed: u64,
    /// The records that were asked for last.
    asked: Vec<u32>,
}

impl Table {
    /// Draws the table.
    pub fn ui(&mut self, ui: &mut Ui, view: &CaseView, commands: &mut Commands) {
        let palette = Palette::of(ui.ctx());
        table_bar::ui(ui, view, &palette, commands);
        let height = ui.available_height();
        // A page is what is in sight, less one row to keep one's place by.
        let row_height = view.settings.look.density.row();
        let page = ((height - row_height) / row_height).floor().max(2.0) as i64 - 1;
        if let Some((key, times)) = shortcuts::table_key(ui.ctx()) {
            let step = |by| Command::Walk(Walk::By(by));
            commands.push(match key {
                shortcuts::TableKey::Up => step(-times),
                shortcuts::TableKey::Down => step(times),
                shortcuts::TableKey::PageUp => step(-page * times),
                shortcuts::TableKey::PageDown => step(page * times),
                shortcuts::TableKey::Home => Command::Walk(Walk::First),
                shortcuts::TableKey::End => Command::Walk(Walk::Last),
                shortcuts::TableKey::Enter => Command::ShowSelection,
            });
        }
        if shortcuts::copies(ui.ctx()) {
            match view.selection.event {
                _ if !view.selection.marked.is_empty() => commands.push(Command::CopyRows(Part::Marked, Form::Csv)),
                Some(row) => commands.push(Command::CopyRows(Part::Row(row), Form::Csv)),
                None => {}
            }
        }
        let reveal = std::mem::replace(&mut self.revealed, view.revealed) != view.revealed;
        let span = view.case.index.span();
        let time = TimeForm::of(span, view.settings.zone);
        let mut drawing = Drawing { view, palette, time, unread: Vec::new() };
        if view.rows.total() == 0 {
            drawing.nothing(ui, commands);
            return;
        }
        drawing.show(ui, reveal, commands);
        // Only what is in sight is read again, once.
        if !drawing.unread.is_empty() && drawing.unread != self.asked {
            self.asked.clone_from(&drawing.unread);
            commands.push(Command::ReadRecords(drawing.unread));
        }
    }
}

struct Drawing<'a> {
    view: &'a CaseView,
    palette: Palette,
    time: TimeForm,
    /// Rows in sight whose records have to be read for some column.
    unread: Vec<u32>,
}

impl Drawing<'_> {
    /// Says why there are no rows, and what can be done.
    fn nothing(&self, ui: &mut Ui, commands: &mut Commands) {
        let (view, palette) = (self.view, &self.palette);
        ui.painter().rect_filled(ui.available_rect_before_wrap(), 0.0, palette.background);
        let [_, passing, whole] = view.event_counts();
        ScrollArea::vertical().id_salt("nothing").auto_shrink(false).show(ui, |ui| {
            ui.add_space(12.0);
            ui.horizontal_top(|ui| {
                ui.add_space(18.0);
                ui.vertical(|ui| {
                    let title = |ui: &mut Ui, text: &str| {
                        ui.label(RichText::new(text).font(FontId::new(tokens::BODY, tokens::semibold())));
                    };
                    let say = |ui: &mut Ui, text: &str| {
                        ui.add(Label::new(RichText::new(shown(ui.ctx(), text)).color(palette.dim)).wrap());
                    };
                    let mut button = |ui: &mut Ui, text: &str, command: Command| {
                        if ui.add(plain_button(text, palette)).clicked() {
                            commands.push(command);
                        }
                    };
                    if view.only_marked {
                        title(ui, "No event is marked.");
                        say(ui, "Space marks the selected event; Ctrl + click marks any row.");
                        button(ui, "List all events in view", Command::OnlyMarked(false));
                    } else if whole == 0 {
                        title(ui, if view.case.finished { "No event was read." } else { "No event was read yet." });
                    } else if passing == 0 {
                        title(ui, "No event passes the filter.");
                        for sentence in view.nothing.iter().flat_map(crate::query::Nothing::sentences) {
                            say(ui, &sentence);
                        }
                        ui.add_space(4.0);
                        ui.horizontal(|ui| {
                            for (with_raw, text) in self.raw_filters() {
                                button(ui, &format!("Look for {} in the stored records", short(&text, 40)), Command::Filter(with_raw));
                            }
                            for (without, typed) in self.shorter_filters() {
                                button(ui, &format!("Leave out {}", short(&typed, 40)), Command::Filter(without));
                            }
                            button(ui, "Clear the filter", Command::Filter(String::new()));
                        });
                    } else {
                        title(ui, "No event is in this part of time.");
                        say(ui, &format!("{} outside of it.", plural(passing, "event")));
                        button(ui, "Show everything", Command::ShowAll);
                    }
                });
            });
        });
    }

    /// The filter that looks for a word in the stored records, for each word that no column holds.
    fn raw_filters(&self) -> Vec<(String, String)> {
        let Some(nothing) = &self.view.nothing else { return Vec::new() };
        let missing = nothing.conditions.iter().enumerate().filter(|(_, alone)| alone.rows == 0);
        let raw = missing.filter_map(|(at, alone)| Some((at, alone.text.clone()?))).map(|(at, text)| {
            let typed = nothing.conditions.iter().enumerate().map(|(other, alone)| match other == at {
                true => format!("raw:{}", crate::query::quoted(&text)),
                false => alone.typed.clone(),
            });
            (typed.collect::<Vec<_>>().join(" "), text)
        });
        raw.take(2).collect()
    }

    /// The filter without each condition that alone lets nothing through, as far as something else is left.
    fn shorter_filters(&self) -> Vec<(String, String)> {
        let Some(nothing) = self.view.nothing.as_ref().filter(|nothing| nothing.conditions.len() > 1) else { return Vec::new() };
        let without = |skipped: usize| {
            let kept = nothing.conditions.iter().enumerate().filter(|(at, _)| *at != skipped);
            kept.map(|(_, alone)| alone.typed.as_str()).collect::<Vec<_>>().join(" ")
        };
        let empty = nothing.conditions.iter().enumerate().filter(|(_, alone)| alone.rows == 0);
        empty.map(|(at, alone)| (without(at), alone.typed.clone())).take(3).collect()
    }

    fn show(&mut self, ui: &mut Ui, reveal: bool, commands: &mut Commands) {
        let (view, palette) = (self.view, self.palette);
        let area = ui.available_rect_before_wrap();
        ui.painter().rect_filled(area, 0.0, palette.background);
        ui.painter().rect_filled(
            Rect::from_min_max(area.min, pos2(area.right(), area.top() + view.settings.look.density.row())),
            0.0,
            palette.panel,
        );
        ui.spacing_mut().item_spacing = vec2(GAP, 0.0);
        ui.visuals_mut().selection.bg_fill = palette.accent.gamma_multiply(0.18);
        let bar = ui.spacing().scroll.bar_width + ui.spacing().scroll.bar_inner_margin;
        let widths = view.settings.column_widths(area.width() - bar, GAP, self.time.width());
        let wide = widths.iter().sum::<f32>() + GAP * widths.len().saturating_sub(1) as f32 + bar;
        let bars = if wide > area.width() + 1.0 { ScrollBarVisibility::AlwaysVisible } else { ScrollBarVisibility::AlwaysHidden };
        ScrollArea::horizontal().id_salt("across").auto_shrink(false).scroll_bar_visibility(bars).show(ui, |ui| {
            let place = Rect::from_min_size(ui.cursor().min, vec2(wide.max(area.width()), ui.available_height()));
            ui.scope_builder(UiBuilder::new().max_rect(place), |ui| self.table(ui, &widths, reveal, commands));
        });
        let (listed, total) = (view.rows.listed(), view.rows.total());
        if total > listed {
            let text = format!("listing the first {} of {}; zoom in or filter", count(listed as u64), count(total as u64));
            let place = area.right_bottom() - vec2(16.0, 8.0);
            let colour = palette.state(State::Suspect);
            ui.painter().text(place, eframe::egui::Align2::RIGHT_BOTTOM, text, tokens::sans(tokens::SMALL), colour);
        }
    }

    fn table(&mut self, ui: &mut Ui, widths: &[f32], reveal: bool, commands: &mut Commands) {
        let view = self.view;
        let mut builder = TableBuilder::new(ui)
            .id_salt("events")
            .striped(false)
            .sense(Sense::click())
            .cell_layout(Layout::left_to_right(Align::Center))
            .min_scrolled_height(0.0)
            .auto_shrink(false);
        for width in widths {
            builder = builder.column(Width::exact(*width).clip(true));
        }
        if reveal && let Some(position) = view.selection.event.and_then(|row| view.rows.position_of(&view.case.store, &view.shown, row)) {
            // Just as far as needed: what is in sight already stays where it is.
            builder = builder.scroll_to_row(position, None);
        }
        builder
            .header(view.settings.look.density.row(), |mut header| {
                for column in &view.settings.columns {
                    header.col(|ui| self.head(ui, *column, commands));
                }
            })
            .body(|body| {
                body.rows(view.settings.look.density.row(), view.rows.listed(), |mut line| {
                    if let Some(row) = view.rows.row(&view.shown, line.index()) {
                        self.row(&mut line, row, commands);
                    }
                });
            });
    }

    fn head(&self, ui: &mut Ui, column: Column, commands: &mut Commands) {
        let (view, palette) = (self.view, &self.palette);
        let word = column.word();
        let mut text = match column {
            Column::State => String::new(),
            Column::Time => format!("{word} ({})", self.time.head(view.case.index.span(), view.settings.zone)),
            _ => word.to_owned(),
        };
        if view.sorted.0 == column {
            text.push_str(if view.sorted.1 { "  ↓" } else { "  ↑" });
        }
        if column == Column::State {
            ui.add_space(10.0);
        }
        let rect = ui.max_rect();
        let label = RichText::new(text).font(FontId::new(tokens::SMALL, tokens::medium())).color(palette.dim);
        let response = ui.add(Label::new(label).sense(Sense::click()).selectable(false).truncate());
        let sorts = !column.is_from_record();
        let spoken = if sorts { format!("Sort by {word}") } else { word.to_owned() };
        response.widget_info(|| WidgetInfo::labeled(Role::ColumnHeader, true, &spoken));
        let tip = if sorts {
            format!("Sort by {}", word.to_lowercase())
        } else {
            format!("{word} is read from the records in sight, and cannot be sorted by")
        };
        let response = response.on_hover_text(tip);
        if response.clicked() {
            commands.push(Command::SortTable(column));
        }
        response.context_menu(|ui| {
            for (text, change) in [
                ("Move left", ColumnChange::Move(column, -1)),
                ("Move right", ColumnChange::Move(column, 1)),
                ("Hide", ColumnChange::Toggle(column)),
            ] {
                if ui.button(text).clicked() {
                    commands.push(Command::Columns(change));
                    ui.close();
                }
            }
        });
        if column != Column::State {
            let edge = Rect::from_min_max(pos2(rect.right() - 2.0, rect.top()), pos2(rect.right() + GAP - 2.0, rect.bottom()));
            let handle =
                ui.interact(edge, ui.scope_id().with(("width", column)), Sense::drag()).on_hover_cursor(CursorIcon::ResizeHorizontal);
            if handle.hovered() || handle.dragged() {
                ui.painter().vline(edge.center().x, edge.y_range(), Stroke::new(1.0, palette.dim));
            }
            if let Some(pointer) = handle.interact_pointer_pos().filter(|_| handle.dragged()) {
                commands.push(Command::Columns(ColumnChange::Width(column, pointer.x - rect.left())));
            }
        }
    }

    fn row(&mut self, line: &mut egui_extras::TableRow<'_, '_>, row: u32, commands: &mut Commands) {
        let view = self.view;
        let selected = view.selection.event == Some(row);
        line.set_selected(selected);
        if view.settings.columns.iter().any(|column| column.is_from_record()) && !view.records.contains_key(&row) {
            self.unread.push(row);
        }
        for (at, column) in view.settings.columns.iter().enumerate() {
            let (_, response) = line.col(|ui| {
                if at == 0 {
                    self.ground(ui, row, selected);
                }
                self.cell(ui, row, *column);
            });
            // What the menu speaks of is what is selected.
            if response.secondary_clicked() && !selected {
                commands.push(Command::SelectInPlace(row));
            }
            response.context_menu(|ui| self.menu(ui, row, *column, commands));
        }
        let response = line.response();
        let modifiers = response.ctx.input(|input| input.modifiers);
        if response.double_clicked() {
            commands.push(Command::ShowSelection);
        } else if response.clicked() {
            commands.push(match (modifiers.command, modifiers.shift) {
                (true, _) => Command::Mark(row),
                (false, true) => Command::MarkTo(row),
                (false, false) => Command::SelectInPlace(row),
            });
        }
    }

    /// What lies behind a whole row.
    fn ground(&self, ui: &Ui, row: u32, selected: bool) {
        let rect = ui.max_rect();
        if selected {
            ui.painter().vline(rect.left() + 1.0, rect.y_range(), Stroke::new(2.0, self.palette.accent));
        }
        ui.painter().hline(rect.left()..=rect.left() + 8_000.0, rect.bottom(), Stroke::new(1.0, self.palette.line.gamma_multiply(0.5)));
        if self.view.selection.marked.contains(&row) {
            ui.painter().rect_filled(Rect::from_min_size(rect.left_top(), vec2(6.0, rect.height())), 0.0, self.palette.accent);
        }
    }

    fn state(&self, ui: &Ui, row: u32) {
        let (store, palette, rect) = (&self.view.case.store, &self.palette, ui.max_rect());
        icons::state(ui.painter(), pos2(rect.left() + 18.0, rect.center().y), 12.0, store.state(row), palette);
        if store.is_ambiguous(row) {
            let colour = palette.state(State::Suspect);
            let place = pos2(rect.left() + 8.0, rect.center().y);
            ui.painter().text(place, eframe::egui::Align2::CENTER_CENTER, "?", tokens::sans(tokens::SMALL), colour);
            ui.interact(rect, ui.scope_id().with("ambiguous"), Sense::hover())
                .on_hover_text("Ambiguous: other programs may read this record differently");
        }
    }

    fn cell(&self, ui: &mut Ui, row: u32, column: Column) {
        let (view, palette) = (self.view, &self.palette);
        let store = &view.case.store;
        let record = view.records.get(&row);
        if column == Column::State {
            return self.state(ui, row);
        }
        let value = if column == Column::Time { String::new() } else { column.value(&view.case, row, view.settings.zone, record) };
        let text = match column {
            Column::Time if store.time(row) == crate::store::NO_TIME => "no time".to_owned(),
            Column::Time => self.time.text(store.time(row), view.settings.zone),
            Column::Credential => abbreviate(&value),
            Column::Identity if store.identity(row).is_some_and(|identity| identity.kind == Kind::ApiKey) => abbreviate(&value),
            _ if column.is_from_record() && record.is_none() => "…".to_owned(),
            _ => short(&value, 240),
        };
        let colour = match (column, store.outcome(row)) {
            (Column::Outcome, Outcome::Denied | Outcome::Failure) => palette.refused(),
            (Column::Outcome, Outcome::Unknown) => palette.dim,
            (Column::Time | Column::Identity | Column::Action | Column::Target | Column::Outcome, _) => palette.text,
            _ => palette.dim,
        };
        let font = if column.is_mono() { tokens::mono(tokens::SMALL) } else { tokens::sans(tokens::BODY) };
        let uncovered = match (column.is_from_record(), record) {
            (true, Some(record)) => {
                column.parts().iter().any(|part| record.uncovered.has(*part))
                    || matches!(column, Column::Region | Column::Account) && !record.place_is_covered
            }
            (true, None) => false,
            (false, _) => column.parts().iter().any(|part| store.uncovered(row).has(*part)),
        };
        let marked = if uncovered && !text.is_empty() { format!("† {text}") } else { text };
        let label = Label::new(RichText::new(shown(ui.ctx(), &marked)).font(font).color(colour)).truncate().selectable(false);
        let response = ui.add(label);
        if uncovered {
            response.on_hover_text("Not covered by the record's hash: anyone could have changed it");
        } else if column == Column::Credential && !value.is_empty() {
            response.on_hover_text(shown(ui.ctx(), &visible(&value)).into_owned());
        }
    }

    fn menu(&self, ui: &mut Ui, row: u32, column: Column, commands: &mut Commands) {
        let view = self.view;
        let value = column.value(&view.case, row, view.settings.zone, view.records.get(&row));
        let conditions = if column == Column::Identity {
            let only = crate::query::only_identity(&view.case.store, row);
            column.condition(&view.case, row).map(|exact| (only, format!("-{exact}")))
        } else {
            column.condition(&view.case, row).map(|only| (only.clone(), format!("-{only}")))
        };
        let has_lane = column == Column::Identity;
        Value { row, text: &value, conditions: conditions.as_ref(), has_lane, filter: &view.filter_text }.entries(ui, commands);
        ui.separator();
        ui.menu_button("Copy the row", |ui| forms(ui, Part::Row(row), commands));
        let marked = view.selection.marked.len() as u64;
        if marked > 0 {
            ui.menu_button(format!("Copy {} marked", plural(marked, "event")), |ui| forms(ui, Part::Marked, commands));
        }
        ui.separator();
        let mut item = |ui: &mut Ui, text: String, command: Command| {
            if ui.button(text).clicked() {
                commands.push(command);
                ui.close();
            }
        };
        item(ui, if view.selection.marked.contains(&row) { "Unmark" } else { "Mark" }.into(), Command::Mark(row));
        if marked > 0 {
            item(ui, "Unmark all".into(), Command::Unmark);
        }
        ui.separator();
        item(ui, "Export this event…".into(), Command::Dialog(Dialog::Export(SelectionKind::Event)));
        if marked > 0 {
            let text = format!("Export {} marked…", plural(marked, "event"));
            item(ui, text, Command::Dialog(Dialog::Export(SelectionKind::Marked)));
        }
        let name = short(view.case.store.identity_name(row), 32);
        item(ui, format!("Export everything of {name}…"), Command::Dialog(Dialog::Export(SelectionKind::Identity)));
        item(ui, "Export its whole log…".into(), Command::Dialog(Dialog::Export(SelectionKind::Log)));
    }
}
