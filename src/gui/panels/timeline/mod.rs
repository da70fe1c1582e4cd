//! The timeline: minimap, axis, integrity strips, lanes, legend.

mod drawing;
mod head;
mod lanes;
mod legend;
mod marks;
mod minimap;
mod range_box;
mod react;
mod strips;

use drawing::{BETWEEN, Drawing, LEFT, RIGHT, STRIPS};
use eframe::egui::{CursorIcon, Rect, Role, Sense, Stroke, Ui, WidgetInfo, pos2, vec2};
use head::HeadState;
use react::Pointer;

use crate::gui::command::{Command, Commands};
use crate::gui::state::CaseView;
use crate::gui::state::glide::Glide;
use crate::gui::state::look::LookChange;
use crate::gui::state::wish::Wish;
use crate::gui::widgets::tokens::{self, Palette};

/// Height of the head, the minimap and the scale, with the space between them.
const ABOVE: f32 = 100.0;
/// A view that stays this long is one to come back to, in seconds.
const RESTS: f64 = 0.6;

/// The timeline.
#[derive(Default)]
pub struct Timeline {
    head: HeadState,
    pointer: Pointer,
    /// How the view moves.
    glide: Glide,
    /// What of the minimap is held.
    grip: Option<minimap::Grip>,
    /// What was shown last, and since when, in seconds.
    resting: Option<((i64, f64, String), f64)>,
}

impl Timeline {
    /// Draws everything and reacts to the pointer.
    pub fn ui(&mut self, ui: &mut Ui, view: &CaseView, commands: &mut Commands) {
        self.rest(ui, view, commands);
        let is_wanted = view.settings.look.motion && ui.style().animation_time > 0.0;
        let (axis, glides) = self.glide.at(view.axis, ui.input(|input| input.time), is_wanted);
        if glides {
            ui.ctx().request_repaint();
        }
        let mut drawing = Drawing { view, axis, palette: Palette::of(ui.ctx()) };
        drawing.show(ui, self, commands);
    }

    /// The height in which every lane can be seen, so that no more is taken from the table.
    pub fn wanted_height(ui: &Ui, view: &CaseView, width: f32) -> f32 {
        let drawing = Drawing { view, axis: view.axis, palette: Palette::of(ui.ctx()) };
        let labels = view.settings.look.labels(width);
        let strips = view.case.logs.len().min(STRIPS) as f32 * drawing.density().strip();
        ABOVE + strips + drawing.lanes_height() + drawing.legend_height(ui, width - labels - LEFT - RIGHT) + 30.0
    }

    /// Remembers views that stay for a while, so that there is a way back to them.
    fn rest(&mut self, ui: &Ui, view: &CaseView, commands: &mut Commands) {
        // While a case grows, the view follows it: there is nothing to come back to.
        if !view.case.finished {
            return;
        }
        let shown = (view.axis.from, view.axis.span, view.filter_text.clone());
        let now = ui.input(|input| input.time);
        match &self.resting {
            Some((last, since)) if *last == shown => {
                if since.is_finite() && now - since > RESTS {
                    commands.push(Command::Wish(Wish::Rest));
                    self.resting = Some((shown, f64::INFINITY));
                }
            }
            _ => {
                self.resting = Some((shown, now));
                ui.ctx().request_repaint_after(std::time::Duration::from_secs_f64(RESTS + 0.1));
            }
        }
    }
}

impl Drawing<'_> {
    fn show(&mut self, ui: &mut Ui, state: &mut Timeline, commands: &mut Commands) {
        let area = ui.available_rect_before_wrap();
        ui.painter().rect_filled(area, 0.0, self.palette.background);
        let left = area.left() + LEFT + self.view.settings.look.labels(area.width());
        let width = (area.right() - RIGHT - left).max(60.0);
        self.axis = self.axis.at(left, width);
        let mut top = area.top() + 8.0;

        let bar = Rect::from_min_size(pos2(area.left() + LEFT, top), vec2(area.width() - LEFT - RIGHT, 26.0));
        self.head(ui, bar, &mut state.head, commands);
        top = bar.bottom() + 8.0;

        let map = Rect::from_min_size(pos2(left, top), vec2(width, 28.0));
        self.minimap(ui, map, &mut state.grip, commands);
        top = map.bottom() + 6.0;

        let scale = Rect::from_min_size(pos2(left, top), vec2(width, 18.0));
        top = scale.bottom() + 2.0;

        let strips_height = self.view.case.logs.len().min(STRIPS) as f32 * self.density().strip();
        let strips = Rect::from_min_size(pos2(area.left(), top), vec2(area.width(), strips_height));
        let legend_height = self.legend_height(ui, width);
        let legend =
            Rect::from_min_max(pos2(area.left() + LEFT, area.bottom() - legend_height), pos2(area.right() - RIGHT, area.bottom() - 4.0));
        let lanes = Rect::from_min_max(pos2(area.left(), strips.bottom() + 4.0), pos2(area.right(), legend.top() - 2.0));
        let plot = Rect::from_min_max(pos2(left, strips.top()), pos2(left + width, lanes.bottom()));

        self.grid(ui, scale, plot);
        self.range_ground(ui, plot);
        let response = ui.interact(plot, ui.scope_id().with("plot"), Sense::click_and_drag());
        response.widget_info(|| {
            WidgetInfo::labeled(
                Role::ScrollView,
                true,
                "Timeline. Drag to move, Ctrl and wheel to zoom, Shift and drag to choose a range, arrows to step through events.",
            )
        });

        self.strips(ui, strips, commands);
        let (hit, fits) = self.lanes(ui, lanes, response.hover_pos(), commands);
        self.breaks(ui, scale, plot);
        self.selection_line(ui, plot);
        self.react(ui, &response, plot, fits, hit, &mut state.pointer, commands);
        self.range_box(ui, plot, commands);
        self.legend(ui, legend);
        self.label_edge(ui, area, plot, commands);
    }

    /// The edge between labels and plot can be moved.
    fn label_edge(&self, ui: &Ui, area: Rect, plot: Rect, commands: &mut Commands) {
        let edge = Rect::from_x_y_ranges(plot.left() - BETWEEN + 2.0..=plot.left() - 2.0, plot.y_range());
        let response = ui.interact(edge, ui.scope_id().with("label edge"), Sense::drag());
        response.widget_info(|| WidgetInfo::labeled(Role::Splitter, true, "Width of the labels"));
        if response.hovered() || response.dragged() {
            ui.ctx().set_cursor_icon(CursorIcon::ResizeHorizontal);
            ui.painter().vline(plot.left() - BETWEEN / 2.0, plot.y_range(), Stroke::new(1.0, self.palette.accent));
        }
        if response.dragged()
            && let Some(pointer) = response.interact_pointer_pos()
        {
            commands.push(Command::Wish(Wish::Look(LookChange::Labels(pointer.x + BETWEEN / 2.0 - area.left() - LEFT))));
        }
    }

    fn grid(&self, ui: &Ui, scale: Rect, plot: Rect) {
        let painter = ui.painter();
        for tick in self.axis.ticks(self.view.settings.zone, 92.0) {
            let x = painter.round_to_pixel_center(self.axis.x(tick.time));
            let colour = if tick.major { self.palette.text } else { self.palette.dim };
            painter.vline(x, plot.y_range(), Stroke::new(1.0, self.palette.line.gamma_multiply(if tick.major { 1.0 } else { 0.65 })));
            // Labels at the edges stay inside.
            let galley = painter.layout_no_wrap(tick.label, tokens::sans(tokens::SMALL), colour);
            let place =
                (x - galley.size().x / 2.0).clamp(scale.left() - 16.0, (scale.right() + 16.0 - galley.size().x).max(scale.left() - 16.0));
            painter.galley(pos2(place, scale.center().y - galley.size().y / 2.0), galley, colour);
        }
    }

    /// Where time is folded: a band between two ragged edges, with how much is left out.
    fn breaks(&self, ui: &Ui, scale: Rect, plot: Rect) {
        for &(start, end) in self.axis.folds.stretches() {
            let (from, to) = (self.axis.x(start), self.axis.x(end));
            if to < plot.left() || from > plot.right() {
                continue;
            }
            let painter =
                ui.painter().with_clip_rect(Rect::from_x_y_ranges(plot.left() - 1.0..=plot.right() + 1.0, scale.top()..=plot.bottom()));
            let band = Rect::from_x_y_ranges(from..=to, plot.y_range());
            painter.rect_filled(band, 0.0, self.palette.panel);
            for x in [from, to] {
                let teeth = (0..=(plot.height() / 6.0) as usize)
                    .map(|tooth| pos2(x + if tooth % 2 == 0 { -2.0 } else { 2.0 }, plot.top() + tooth as f32 * 6.0));
                painter.add(eframe::egui::Shape::line(teeth.collect(), Stroke::new(1.0, self.palette.faint)));
            }
            let text = format!("{} folded", crate::gui::state::range::duration(end as i128 - start as i128));
            let galley = painter.layout_no_wrap(text, tokens::sans(10.0), self.palette.dim);
            if band.width() > galley.size().y + 4.0 && plot.height() > galley.size().x + 8.0 {
                // Written along the band, which is narrow.
                let at = pos2(band.center().x + galley.size().y / 2.0, plot.center().y - galley.size().x / 2.0);
                painter.add(eframe::egui::epaint::TextShape::new(at, galley, self.palette.dim).with_angle(std::f32::consts::FRAC_PI_2));
            }
        }
    }

    fn selection_line(&self, ui: &Ui, plot: Rect) {
        let Some(time) = self.view.selection.event.map(|row| self.view.case.store.time(row)).filter(|time| *time != crate::store::NO_TIME)
        else {
            return;
        };
        let x = self.axis.x(time);
        if plot.x_range().contains(x) {
            let dashes = eframe::egui::Shape::dashed_line(
                &[pos2(x, plot.top()), pos2(x, plot.bottom())],
                Stroke::new(1.2, self.palette.accent),
                4.0,
                3.0,
            );
            ui.painter().extend(dashes);
        }
    }
}
