//! The whole case in one line: density, damage, and the part that is shown.

use eframe::egui::{Align2, Mesh, Rect, Role, Sense, Shape, Stroke, StrokeKind, Ui, WidgetInfo, pos2};

use super::drawing::Drawing;
use crate::gui::command::{Command, Commands};
use crate::gui::state::axis::Axis;
use crate::gui::widgets::tokens;
use crate::model::{Severity, State};

impl Drawing<'_> {
    pub fn minimap(&self, ui: &mut Ui, rect: Rect, commands: &mut Commands) {
        let palette = &self.palette;
        let painter = ui.painter().clone();
        painter.text(
            pos2(rect.left() - tokens::LABELS, rect.center().y),
            Align2::LEFT_CENTER,
            "whole case",
            tokens::sans(tokens::SMALL),
            palette.dim,
        );
        painter.rect_filled(rect, 4.0, palette.panel);
        painter.rect_stroke(rect, 4.0, Stroke::new(1.0, palette.line), StrokeKind::Inside);
        let Some((first, last)) = self.view.case.index.span() else { return };
        let whole = Axis::fit(first, last).at(rect.left(), rect.width());
        let pitch = 4.0;
        let columns = (rect.width() / pitch) as usize;
        let mut sums = Vec::new();
        let mut most = 1;
        self.view.shown.all.columns(&self.view.case.store, whole.from, whole.scale() * f64::from(pitch), columns, &mut |column, sum| {
            most = most.max(sum.count);
            sums.push((column, sum));
        });
        let mut mesh = Mesh::default();
        for (column, sum) in &sums {
            // Logarithmic, so that a few events beside a burst are seen.
            let height = 3.0 + (rect.height() - 9.0) * (f32::ln(1.0 + sum.count as f32) / f32::ln(1.0 + most as f32));
            let x = rect.left() + *column as f32 * pitch;
            let colour = if sum.worst_state() == State::Broken { palette.state(State::Broken) } else { palette.faint };
            mesh.add_colored_rect(
                Rect::from_min_max(pos2(x, rect.bottom() - 2.0 - height), pos2(x + pitch - 1.0, rect.bottom() - 2.0)),
                colour,
            );
        }
        painter.add(Shape::mesh(mesh));
        for finding in self.view.case.findings.iter().filter(|finding| finding.severity == Severity::Error).take(2_000) {
            if let Some(time) = finding.place.time {
                let x = whole.x(time).clamp(rect.left(), rect.right());
                let tip = pos2(x, rect.top() - 1.0);
                painter.add(Shape::convex_polygon(
                    vec![tip, tip + eframe::egui::vec2(-4.0, -6.0), tip + eframe::egui::vec2(4.0, -6.0)],
                    palette.state(State::Broken),
                    Stroke::NONE,
                ));
            }
        }
        let (from, to) = (whole.x(self.axis.from).max(rect.left()), whole.x(self.axis.to()).min(rect.right()));
        let shown = Rect::from_x_y_ranges(from..=to.max(from + 4.0), rect.top()..=rect.bottom());
        painter.rect_filled(shown, 4.0, palette.accent.gamma_multiply(0.12));
        painter.rect_stroke(shown, 4.0, Stroke::new(1.5, palette.accent), StrokeKind::Inside);

        let response = ui.interact(rect, ui.scope_id().with("minimap"), Sense::click_and_drag());
        response.widget_info(|| WidgetInfo::labeled(Role::ScrollBar, true, "Whole case. Click or drag to move the view."));
        if (response.clicked() || response.dragged())
            && let Some(pointer) = response.interact_pointer_pos()
        {
            let middle = whole.time(pointer.x);
            commands.push(Command::Show(Axis { from: middle.saturating_sub((self.axis.span / 2.0) as i64), ..self.axis }));
        }
    }
}
