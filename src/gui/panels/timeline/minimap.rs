//! The whole case in one line: density, damage, and the part that is shown.

use eframe::egui::{Align2, CursorIcon, Mesh, Pos2, Rect, Role, Sense, Shape, Stroke, StrokeKind, Ui, WidgetInfo, pos2};

use super::drawing::Drawing;
use crate::gui::command::{Command, Commands};
use crate::gui::state::axis::Axis;
use crate::gui::widgets::tokens;
use crate::model::{Severity, State};

impl Drawing<'_> {
    pub fn minimap(&self, ui: &mut Ui, rect: Rect, grip: &mut Option<Grip>, commands: &mut Commands) {
        let palette = &self.palette;
        let painter = ui.painter().clone();
        painter.text(
            pos2(rect.left() - super::drawing::BETWEEN, rect.center().y),
            Align2::RIGHT_CENTER,
            "whole case",
            tokens::sans(tokens::HEAD),
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
        for x in [shown.left() + 1.0, shown.right() - 1.0] {
            painter.vline(x, shown.center().y - 6.0..=shown.center().y + 6.0, Stroke::new(3.0, palette.accent));
        }
        if let Some(range) = self.view.range {
            painter.hline(
                whole.x(range.from)..=whole.x(range.to).max(whole.x(range.from) + 2.0),
                rect.bottom() - 1.0,
                Stroke::new(3.0, palette.accent),
            );
        }

        let response = ui.interact(rect, ui.scope_id().with("minimap"), Sense::click_and_drag());
        response.widget_info(|| {
            WidgetInfo::labeled(
                Role::ScrollBar,
                true,
                "Whole case. Drag the frame to move the view, its edges to widen it, elsewhere to choose another.",
            )
        });
        let over = |pointer: Pos2| Grip::at(pointer.x, shown, rect, whole.time(pointer.x));
        if let Some(pointer) = response.hover_pos() {
            ui.ctx().set_cursor_icon(match grip.unwrap_or(over(pointer)) {
                Grip::Start | Grip::End => CursorIcon::ResizeHorizontal,
                Grip::Inside(_) => CursorIcon::Grab,
                Grip::Elsewhere(_) => CursorIcon::Crosshair,
            });
        }
        if response.drag_started() {
            *grip = ui.input(|input| input.pointer.press_origin()).map(over);
        }
        let Some(pointer) = response.interact_pointer_pos() else {
            *grip = None;
            return;
        };
        let time = whole.time(pointer.x.clamp(rect.left(), rect.right()));
        let span = (self.axis.span / 2.0) as i64;
        let (from, to) = match *grip {
            Some(Grip::Start) => (time, self.axis.to()),
            Some(Grip::End) => (self.axis.from, time),
            Some(Grip::Inside(before)) => {
                *grip = Some(Grip::Inside(time));
                let moved = time.saturating_sub(before);
                commands.push(Command::Show(Axis { from: self.axis.from.saturating_add(moved), ..self.axis }));
                return;
            }
            Some(Grip::Elsewhere(start)) => (start.min(time), start.max(time)),
            None if response.clicked() => {
                commands.push(Command::Show(Axis { from: time.saturating_sub(span), ..self.axis }));
                return;
            }
            None => return,
        };
        // A frame of no width shows nothing.
        let least = (whole.scale() * 3.0) as i64;
        commands.push(Command::Show(self.axis.over(from, to.max(from.saturating_add(least)))));
    }
}

/// What of the minimap's frame is held.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Grip {
    /// Its start.
    Start,
    /// Its end.
    End,
    /// The frame itself; the time where it was last.
    Inside(i64),
    /// Nothing of it: another part of time is chosen from here on.
    Elsewhere(i64),
}

impl Grip {
    fn at(x: f32, shown: Rect, map: Rect, time: i64) -> Self {
        const REACH: f32 = 5.0;
        let whole = shown.width() > map.width() - 2.0 * REACH;
        if (x - shown.left()).abs() <= REACH {
            Self::Start
        } else if (x - shown.right()).abs() <= REACH {
            Self::End
        } else if shown.x_range().contains(x) && !whole {
            Self::Inside(time)
        } else {
            Self::Elsewhere(time)
        }
    }
}
