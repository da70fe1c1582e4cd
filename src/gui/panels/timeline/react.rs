//! What the pointer does in the plot.

use eframe::egui::{CursorIcon, PointerButton, Rect, Response, Ui};

use super::drawing::{Drawing, Hit};
use crate::gui::command::{Command, Commands};
use crate::gui::state::axis::Axis;
use crate::gui::state::detail::short_sentence;
use crate::gui::state::range::Range;
use crate::gui::state::wish::Wish;

/// What is under way.
#[derive(Default)]
pub struct Pointer {
    /// Where choosing a range was begun, as a time.
    brush: Option<i64>,
}

impl Pointer {
    /// Whether a range is being chosen.
    pub fn is_brushing(&self) -> bool {
        self.brush.is_some()
    }
}

impl Drawing<'_> {
    /// Reacts to the pointer over the plot. `fits`: the wheel is free, since all lanes are in view.
    #[allow(clippy::too_many_arguments)]
    pub fn react(
        &self,
        ui: &Ui,
        response: &Response,
        plot: Rect,
        fits: bool,
        hit: Option<Hit>,
        state: &mut Pointer,
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
        if brushing && let Some(origin) = ui.input(|input| input.pointer.press_origin()) {
            state.brush = Some(self.axis.time(origin.x));
        }
        match (state.brush, response.interact_pointer_pos()) {
            (Some(start), Some(pointer)) => {
                let x = pointer.x.clamp(plot.left(), plot.right());
                if (self.axis.x(start) - x).abs() > 3.0 {
                    commands.push(Command::Wish(Wish::Range(Some(Range::between(start, self.axis.time(x))))));
                }
                if response.drag_stopped() {
                    state.brush = None;
                }
            }
            (Some(_), None) => state.brush = None,
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
        if let Some(hit) = hit.filter(|_| !state.is_brushing()) {
            self.pointed(ui, response, hit, commands);
        }
    }

    fn pointed(&self, ui: &Ui, response: &Response, hit: Hit, commands: &mut Commands) {
        ui.ctx().set_cursor_icon(CursorIcon::PointingHand);
        let zone = self.view.settings.zone;
        let text = match &hit {
            Hit::Event(row) => {
                let store = &self.view.case.store;
                format!("{}\n{} · {}", short_sentence(&self.view.case, *row), zone.full(store.time(*row)), store.state(*row).word())
            }
            Hit::Many(many) => format!("{}; click to zoom\n{}", many.words, zone.full(many.from)),
        };
        if response.clicked() {
            commands.push(match hit {
                Hit::Event(row) => Command::Select(row),
                Hit::Many(many) => {
                    let wide = Axis::fit(many.from, many.to).at(self.axis.left, self.axis.width);
                    // What lay under one mark fills a third, so that its neighbours are still seen.
                    let middle = wide.x(many.from / 2 + many.to / 2);
                    let zoomed = wide.zoomed(middle, 1.0 / 3.0);
                    // Never further out than it was.
                    Command::Show(if zoomed.span < self.axis.span { zoomed } else { self.axis.zoomed(self.axis.x(many.from), 8.0) })
                }
            });
        } else if !response.dragged() {
            response.clone().on_hover_text_at_pointer(text);
        }
    }
}
