//! The stored record: laid out with folding, search and colour, or exactly as it is stored.

use std::collections::BTreeSet;

use eframe::egui::text::{LayoutJob, TextFormat};
use eframe::egui::{Align, CursorIcon, Key, Label, RichText, Role, Sense, TextEdit, Ui, WidgetInfo, vec2};

use crate::gui::command::{Command, Commands};
use crate::gui::state::detail::Detail;
use crate::gui::state::raw::{Ink, Layout, Line};
use crate::gui::widgets::buttons::{plain_button, quiet_button};
use crate::gui::widgets::fonts::shown;
use crate::gui::widgets::parts::code_box;
use crate::gui::widgets::tokens::{self, Palette};
use crate::model::State;
use crate::model::text::{bytes, plural};

/// Lines that are drawn at once.
const DRAWN: usize = 1_500;
/// Size of the letters, in points.
const SIZE: f32 = 11.0;

/// How the record is looked at.
#[derive(Default)]
pub(super) struct RawView {
    /// The event that the rest is about.
    row: u32,
    /// Lines that are folded.
    folded: BTreeSet<usize>,
    /// What is looked for.
    search: String,
    /// Which of the lines found is looked at.
    at: usize,
    /// Whether it is shown as it is stored.
    as_stored: bool,
}

impl RawView {
    /// Draws it.
    pub(super) fn ui(&mut self, ui: &mut Ui, detail: &Detail, palette: &Palette, commands: &mut Commands) {
        if self.row != detail.row {
            (self.row, self.at, self.folded) = (detail.row, 0, BTreeSet::new());
        }
        ui.horizontal_wrapped(|ui| {
            if ui.add(plain_button("Copy", palette)).on_hover_text("Copy the record exactly as it is stored").clicked() {
                commands.push(Command::Copy(detail.verbatim.clone()));
                commands.push(Command::Notice(format!("{} copied", bytes(detail.size))));
            }
            if detail.raw.is_some() {
                ui.checkbox(&mut self.as_stored, "As stored").on_hover_text("Every byte as it is in the file, nothing laid out");
            }
            ui.label(RichText::new(bytes(detail.size)).size(tokens::SMALL).color(palette.dim));
        });
        ui.add_space(4.0);
        match detail.raw.as_ref().filter(|_| !self.as_stored) {
            Some(layout) => self.laid_out(ui, layout, palette),
            None => code_box(ui, &detail.as_stored, palette),
        }
    }

    fn laid_out(&mut self, ui: &mut Ui, layout: &Layout, palette: &Palette) {
        let found = layout.found(&self.search);
        let mut jump = false;
        ui.horizontal(|ui| {
            let edit = TextEdit::singleline(&mut self.search).hint_text("Find in the record").desired_width(150.0);
            let response = ui.add(edit);
            response.widget_info(|| WidgetInfo::labeled(Role::SearchInput, true, "Find in the record"));
            if response.changed() {
                (self.at, jump) = (0, true);
            }
            if response.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter)) {
                (self.at, jump) = (self.at + 1, true);
                response.request_focus();
            }
            if !self.search.is_empty() {
                let text = match found.len() {
                    0 => "nothing found".to_owned(),
                    count => format!("{} of {count}", self.at % count + 1),
                };
                if ui.add(quiet_button(&text, palette)).on_hover_text("Enter goes to the next place").clicked() {
                    (self.at, jump) = (self.at + 1, true);
                }
            }
            if ui.add(quiet_button("Fold", palette)).on_hover_text("Fold all but the outermost level").clicked() {
                let inner = |(_, line): &(usize, &Line)| line.depth == 1 && line.closed_by.is_some();
                self.folded = layout.lines.iter().enumerate().filter(inner).map(|(at, _)| at).collect();
            }
            if ui.add(quiet_button("Unfold", palette)).clicked() {
                self.folded.clear();
            }
        });
        let target = (!found.is_empty()).then(|| found[self.at % found.len()]);
        if let Some(target) = target {
            layout.reveal(target, &mut self.folded);
        }
        ui.add_space(4.0);
        let lines = layout.shown(&self.folded);
        ui.spacing_mut().item_spacing.y = 0.0;
        for &at in lines.iter().take(DRAWN) {
            let mark = found.binary_search(&at).is_ok();
            self.line(ui, layout, at, (mark, target == Some(at), jump), palette);
        }
        if lines.len() > DRAWN || layout.is_cut {
            let more = lines.len().saturating_sub(DRAWN) as u64;
            let text = if layout.is_cut {
                "More lines than are laid out; Copy has all of it.".to_owned()
            } else {
                format!("{} more; fold some, or copy", plural(more, "line"))
            };
            ui.label(RichText::new(text).size(tokens::SMALL).color(palette.state(State::Suspect)));
        }
    }

    fn line(&mut self, ui: &mut Ui, layout: &Layout, at: usize, (found, is_target, jump): (bool, bool, bool), palette: &Palette) {
        let Some(line) = layout.lines.get(at) else { return };
        let is_folded = self.folded.contains(&at);
        ui.horizontal_top(|ui| {
            ui.spacing_mut().item_spacing.x = 0.0;
            let (rect, fold) = ui.allocate_exact_size(vec2(14.0 + line.depth.min(24) as f32 * 10.0, 15.0), Sense::click());
            if line.closed_by.is_some() {
                let sign = if is_folded { "▸" } else { "▾" };
                let place = rect.right_center() - vec2(7.0, 0.0);
                ui.painter().text(place, eframe::egui::Align2::CENTER_CENTER, sign, tokens::sans(SIZE), palette.dim);
                let spoken = if is_folded { format!("Unfold line {}", at + 1) } else { format!("Fold line {}", at + 1) };
                fold.widget_info(|| WidgetInfo::labeled(Role::Button, true, &spoken));
                if fold.on_hover_cursor(CursorIcon::PointingHand).clicked() && !self.folded.remove(&at) {
                    self.folded.insert(at);
                }
            }
            let mut job = LayoutJob::default();
            let background =
                if found { palette.accent.gamma_multiply(if is_target { 0.45 } else { 0.2 }) } else { eframe::egui::Color32::TRANSPARENT };
            let mut add = |ink: Ink, text: &str| {
                let color = match ink {
                    Ink::Name => palette.accent,
                    Ink::Text => palette.text,
                    Ink::Literal => palette.state(State::Sealed),
                    Ink::Mark => palette.dim,
                };
                let format = TextFormat { font_id: tokens::mono(SIZE), color, background, ..TextFormat::default() };
                job.append(&shown(ui.ctx(), text), 0.0, format);
            };
            line.pieces.iter().for_each(|(ink, text)| add(*ink, text));
            if let Some(closing) = line.closed_by.filter(|_| is_folded).and_then(|closing| layout.lines.get(closing)) {
                add(Ink::Mark, " … ");
                closing.pieces.iter().for_each(|(ink, text)| add(*ink, text));
            }
            let response = ui.add(Label::new(job).wrap().selectable(true));
            if is_target && jump {
                response.scroll_to_me(Some(Align::Center));
            }
        });
    }
}
