//! The chosen range: how long it is, what lies in it, and what can be done with it.

use eframe::egui::{Align, Frame, Layout, Margin, Rect, RichText, Stroke, StrokeKind, Ui, UiBuilder, pos2, vec2};

use super::drawing::Drawing;
use crate::gui::command::{Command, Commands, Dialog};
use crate::gui::state::choice::SelectionKind;
use crate::gui::state::range::Range;
use crate::gui::state::wish::Wish;
use crate::gui::widgets::buttons::quiet_button;
use crate::gui::widgets::tokens;
use crate::model::text::{count, plural};

impl Drawing<'_> {
    /// The range's ground, behind the lanes.
    pub fn range_ground(&self, ui: &Ui, plot: Rect) {
        let Some(rect) = self.view.range.and_then(|range| self.range_rect(range, plot)) else { return };
        ui.painter().rect_filled(rect, 0.0, self.palette.accent.gamma_multiply(0.14));
        ui.painter().rect_stroke(rect, 0.0, Stroke::new(1.0, self.palette.accent.gamma_multiply(0.7)), StrokeKind::Inside);
    }

    fn range_rect(&self, range: Range, plot: Rect) -> Option<Rect> {
        let (from, to) = (self.axis.x(range.from).max(plot.left()), self.axis.x(range.to).min(plot.right()));
        (to >= from).then(|| Rect::from_x_y_ranges(from..=to.max(from + 1.0), plot.y_range()))
    }

    /// What is in the range, and what can be done with it, at the foot of the plot.
    pub fn range_box(&self, ui: &mut Ui, plot: Rect, commands: &mut Commands) {
        let Some(range) = self.view.range else { return };
        let Some(rect) = self.range_rect(range, plot) else { return };
        let (events, refused) = self.view.in_range(range);
        let refused = refused.filter(|refused| *refused > 0).map_or_else(String::new, |refused| format!(", {} refused", count(refused)));
        let width = 344.0f32.min(plot.width());
        let left = (rect.center().x - width / 2.0).clamp(plot.left(), (plot.right() - width).max(plot.left()));
        let place = Rect::from_min_size(pos2(left, plot.bottom() - 52.0), vec2(width, 50.0));
        let mut child = ui.new_child(UiBuilder::new().max_rect(place).id_salt("range"));
        let frame = Frame::new().fill(self.palette.panel).stroke(Stroke::new(1.0, self.palette.accent)).corner_radius(5.0);
        frame.inner_margin(Margin::symmetric(8, 3)).show(&mut child, |ui| {
            ui.spacing_mut().item_spacing = vec2(2.0, 0.0);
            let text = format!("{} · {}{refused}", range.duration(), plural(events, "event"));
            ui.label(RichText::new(text).size(tokens::SMALL).color(self.palette.text));
            ui.allocate_ui_with_layout(vec2(ui.available_width(), 22.0), Layout::left_to_right(Align::Center), |ui| {
                let mut action = |ui: &mut Ui, word: &str, hint: &str, wanted: &[Command]| {
                    if ui.add(quiet_button(word, &self.palette)).on_hover_text(hint).clicked() {
                        commands.extend_from_slice(wanted);
                    }
                };
                let axis = Command::Show(self.axis.over(range.from, range.to));
                action(ui, "Zoom to it", "Show this range alone (Z)", std::slice::from_ref(&axis));
                action(ui, "Filter by it", "Let only this range pass the filter", &[Command::Filter(range.filter(&self.view.filter_text))]);
                let export = [axis.clone(), Command::Dialog(Dialog::Export(SelectionKind::View))];
                action(ui, "Export…", "Export the records of this range", &export);
                action(ui, "Let go", "Choose no range (Esc)", &[Command::Wish(Wish::Range(None))]);
            });
        });
    }
}
