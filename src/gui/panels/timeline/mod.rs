//! The timeline: minimap, axis, integrity strips, lanes, legend.

mod drawing;
mod lanes;
mod minimap;
mod strips;

use drawing::{Drawing, Hit, LEFT, RIGHT, STRIPS};
use eframe::egui::{
    Align2, CursorIcon, PointerButton, Pos2, Rect, Response, Role, Sense, Stroke, Ui, UiBuilder, Vec2, WidgetInfo, pos2, vec2,
};

use crate::gui::command::{Command, Commands};
use crate::gui::state::CaseView;
use crate::gui::state::axis::Axis;
use crate::gui::state::detail::short_sentence;
use crate::gui::state::lanes::LaneOrder;
use crate::gui::widgets::buttons::quiet_button;
use crate::gui::widgets::icons;
use crate::gui::widgets::parts::section;
use crate::gui::widgets::tokens::{self, Palette};
use crate::model::text::plural;

/// The timeline.
#[derive(Default)]
pub struct Timeline {
    /// Where choosing a range was begun, as a time.
    brush: Option<i64>,
}

impl Timeline {
    /// Draws everything and reacts to the pointer.
    pub fn ui(&mut self, ui: &mut Ui, view: &CaseView, commands: &mut Commands) {
        let mut drawing = Drawing { view, axis: view.axis, palette: Palette::of(ui.ctx()) };
        drawing.show(ui, &mut self.brush, commands);
    }
}

impl Drawing<'_> {
    fn show(&mut self, ui: &mut Ui, brush: &mut Option<i64>, commands: &mut Commands) {
        let area = ui.available_rect_before_wrap();
        ui.painter().rect_filled(area, 0.0, self.palette.background);
        let left = area.left() + LEFT + tokens::LABELS;
        let width = (area.right() - RIGHT - left).max(60.0);
        self.axis = self.axis.at(left, width);
        let mut top = area.top() + 12.0;

        let head = Rect::from_min_size(pos2(area.left() + LEFT, top), vec2(area.width() - LEFT - RIGHT, 24.0));
        self.head(ui, head, commands);
        top = head.bottom() + 8.0;

        let map = Rect::from_min_size(pos2(left, top), vec2(width, 28.0));
        self.minimap(ui, map, commands);
        top = map.bottom() + 6.0;

        let scale = Rect::from_min_size(pos2(left, top), vec2(width, 20.0));
        top = scale.bottom() + 2.0;

        let strips_height = self.view.case.logs.len().min(STRIPS) as f32 * tokens::STRIP;
        let strips = Rect::from_min_size(pos2(area.left(), top), vec2(area.width(), strips_height));
        let legend = Rect::from_min_max(pos2(area.left() + LEFT, area.bottom() - 30.0), pos2(area.right() - RIGHT, area.bottom() - 6.0));
        let lanes = Rect::from_min_max(pos2(area.left(), strips.bottom() + 6.0), pos2(area.right(), legend.top() - 4.0));
        let plot = Rect::from_min_max(pos2(left, strips.top()), pos2(left + width, lanes.bottom()));

        self.grid(ui, scale, plot);
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
        self.selection_line(ui, plot);
        self.react(ui, &response, plot, fits, hit, brush, commands);
        self.legend(ui, legend);
    }

    fn head(&self, ui: &mut Ui, rect: Rect, commands: &mut Commands) {
        let mut child =
            ui.new_child(UiBuilder::new().max_rect(rect).layout(eframe::egui::Layout::left_to_right(eframe::egui::Align::Center)));
        section(&mut child, "Timeline", &self.palette);
        child.add_space(8.0);
        // In a narrow window the range is left to the axis.
        let wide = rect.width() > 640.0;
        let menu = eframe::egui::containers::menu::MenuButton::from_button(quiet_button(
            &if wide { format!("Lanes: {}  ▾", self.view.settings.lane_order.word()) } else { "Lanes  ▾".to_owned() },
            &self.palette,
        ));
        menu.ui(&mut child, |ui| {
            for (order, word) in LaneOrder::ALL {
                if ui.selectable_label(order == self.view.settings.lane_order, word).clicked() {
                    commands.push(Command::SortLanes(order));
                    ui.close();
                }
            }
        });
        child.with_layout(eframe::egui::Layout::right_to_left(eframe::egui::Align::Center), |ui| {
            let (from, to) = (self.view.settings.zone.date(self.axis.from), self.view.settings.zone.date(self.axis.to()));
            let span = if from == to || !wide { from } else { format!("{from} – {to}") };
            ui.label(
                eframe::egui::RichText::new(format!("{span} · {}", self.view.settings.zone.label(self.axis.from)))
                    .color(self.palette.dim)
                    .size(tokens::SMALL),
            );
            ui.add_space(8.0);
            let middle = self.axis.left + self.axis.width / 2.0;
            if ui.add(quiet_button("+", &self.palette)).on_hover_text("Zoom in (W)").clicked() {
                commands.push(Command::Show(self.axis.zoomed(middle, 1.6)));
            }
            if ui.add(quiet_button("–", &self.palette)).on_hover_text("Zoom out (S)").clicked() {
                commands.push(Command::Show(self.axis.zoomed(middle, 1.0 / 1.6)));
            }
            if ui.add(quiet_button("Everything", &self.palette)).on_hover_text("Show the whole case (0)").clicked() {
                commands.push(Command::ShowAll);
            }
        });
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

    #[allow(clippy::too_many_arguments)]
    fn react(
        &self,
        ui: &Ui,
        response: &Response,
        plot: Rect,
        fits: bool,
        hit: Option<Hit>,
        brush: &mut Option<i64>,
        commands: &mut Commands,
    ) {
        let (zoom, scroll, shift) = ui.input(|input| (input.zoom_delta(), input.smooth_scroll_delta(), input.modifiers.shift));
        if let Some(pointer) = response.hover_pos() {
            if (zoom - 1.0).abs() > 1e-3 {
                commands.push(Command::Show(self.axis.zoomed(pointer.x, f64::from(zoom))));
            }
            let sideways = scroll.x + if fits { scroll.y } else { 0.0 };
            if sideways != 0.0 {
                commands.push(Command::Show(self.axis.panned(-sideways)));
            }
        }
        let brushing = shift && response.drag_started_by(PointerButton::Primary) || response.drag_started_by(PointerButton::Secondary);
        if brushing && let Some(pointer) = response.interact_pointer_pos() {
            *brush = Some(self.axis.time(pointer.x));
        }
        match (*brush, response.interact_pointer_pos()) {
            (Some(start), Some(pointer)) => {
                let (one, other) = (self.axis.x(start), pointer.x.clamp(plot.left(), plot.right()));
                let rect = Rect::from_x_y_ranges(one.min(other)..=one.max(other), plot.y_range());
                ui.painter().rect_filled(rect, 0.0, self.palette.accent.gamma_multiply(0.18));
                if response.drag_stopped() {
                    *brush = None;
                    if rect.width() > 3.0 {
                        let (from, to) = (self.axis.time(rect.left()), self.axis.time(rect.right()));
                        commands.push(Command::Show(Axis { from, span: ((to - from) as f64).max(100.0), ..self.axis }));
                    }
                }
            }
            (Some(_), None) => *brush = None,
            (None, _) if response.dragged_by(PointerButton::Primary) => {
                ui.ctx().set_cursor_icon(CursorIcon::Grabbing);
                commands.push(Command::Show(self.axis.panned(-response.drag_delta().x)));
            }
            _ => {}
        }
        if response.double_clicked()
            && let Some(pointer) = response.interact_pointer_pos()
        {
            commands.push(Command::Show(self.axis.zoomed(pointer.x, 4.0)));
        }
        if let Some(hit) = hit {
            ui.ctx().set_cursor_icon(CursorIcon::PointingHand);
            if response.clicked() {
                commands.push(Command::Select(hit.row));
            } else if !response.dragged() {
                let time = self.view.case.store.time(hit.row);
                let text = format!(
                    "{}\n{} · {}",
                    short_sentence(&self.view.case, hit.row),
                    self.view.settings.zone.full(time),
                    self.view.case.store.state(hit.row).word()
                );
                response.clone().on_hover_text_at_pointer(text);
            }
        }
    }

    fn legend(&self, ui: &Ui, rect: Rect) {
        let painter = ui.painter();
        let mut x = rect.left() + tokens::LABELS;
        let mut item = |mark: &dyn Fn(Pos2), word: &str| {
            let galley = painter.layout_no_wrap(word.to_owned(), tokens::sans(tokens::SMALL), self.palette.dim);
            let width = galley.size().x;
            if x + width + 12.0 > rect.right() {
                return;
            }
            mark(pos2(x, rect.center().y));
            painter.galley(pos2(x + 8.0, rect.center().y - galley.size().y / 2.0), galley, self.palette.dim);
            x += width + 28.0;
        };
        for (category, word) in tokens::LEGEND {
            let colour = self.palette.category(category);
            item(
                &|at| {
                    painter.rect_filled(Rect::from_center_size(at, vec2(2.5, 11.0)), 0.0, colour);
                },
                word,
            );
        }
        item(&|at| lanes::refused_mark(painter, at.x - 1.0, at.y, 14.0, self.palette.refused()), "denied or failed");
        item(&|at| icons::damage(painter, at + Vec2::new(0.0, -5.0), self.palette.state(crate::model::State::Broken)), "broken");
        let total = format!("{} shown", plural(self.view.shown.len() as u64, "event"));
        painter.text(rect.left_center(), Align2::LEFT_CENTER, total, tokens::sans(tokens::SMALL), self.palette.dim);
    }
}
