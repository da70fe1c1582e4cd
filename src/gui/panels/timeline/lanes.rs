//! Lanes: one for each identity and key, drawn from counts for each column of pixels.

use eframe::egui::{
    Align2, Color32, Mesh, Painter, Pos2, Rect, Role, ScrollArea, Sense, Shape, Stroke, Ui, UiBuilder, Vec2, WidgetInfo, pos2, vec2,
};

use super::drawing::{Drawing, Hit, LEFT};
use crate::gui::command::{Command, Commands, Dialog};
use crate::gui::state::choice::SelectionKind;
use crate::gui::state::lanes::{Label, Life, Line};
use crate::gui::widgets::fonts::shown;
use crate::gui::widgets::icons;
use crate::gui::widgets::tokens;
use crate::model::State;
use crate::store::{Lane, Summary};

/// Points for each column of marks.
const PITCH: f32 = 3.0;
/// Height of a group's head.
const GROUP: f32 = 30.0;

impl Drawing<'_> {
    fn height(line: &Line) -> f32 {
        match line {
            Line::Group(..) => GROUP,
            Line::Lane(_) => tokens::LANE,
        }
    }

    /// Draws the lanes in view. Gives the event under the pointer and whether all lanes fit without scrolling.
    pub fn lanes(&self, ui: &mut Ui, area: Rect, pointer: Option<Pos2>, commands: &mut Commands) -> (Option<Hit>, bool) {
        let total: f32 = self.view.lines.iter().map(Self::height).sum();
        let mut hit = None;
        let mut child = ui.new_child(UiBuilder::new().max_rect(area).id_salt("lanes"));
        child.set_clip_rect(area.intersect(ui.clip_rect()));
        if self.view.lines.is_empty() {
            let text = if self.view.case.store.is_empty() { "No events yet." } else { "No event matches the filter." };
            child.painter().text(area.center(), Align2::CENTER_CENTER, text, tokens::sans(tokens::BODY), self.palette.dim);
        }
        ScrollArea::vertical().id_salt("lanes").auto_shrink(false).show_viewport(&mut child, |ui, viewport| {
            ui.set_height(total);
            ui.spacing_mut().item_spacing = Vec2::ZERO;
            let origin = ui.max_rect().min;
            let mut top = 0.0;
            for line in &self.view.lines {
                let height = Self::height(line);
                let rect = Rect::from_min_size(origin + vec2(0.0, top), vec2(area.width(), height));
                top += height;
                if top < viewport.min.y || top - height > viewport.max.y {
                    continue;
                }
                match line {
                    Line::Group(kind, members) => self.group(ui, rect, *kind, *members, commands),
                    Line::Lane(label) => {
                        let found = self.lane(ui, rect, label, pointer.filter(|pointer| rect.contains(*pointer)), commands);
                        hit = found.or(hit.take());
                    }
                }
            }
        });
        (hit, total <= area.height())
    }

    fn group(&self, ui: &mut Ui, rect: Rect, kind: crate::model::Kind, members: usize, commands: &mut Commands) {
        let head = Rect::from_min_max(pos2(rect.left() + LEFT - 4.0, rect.top() + 4.0), pos2(self.axis.left - 8.0, rect.bottom()));
        let response = ui.interact(head, ui.scope_id().with(("group", kind)), Sense::click());
        let open = self.view.lines.iter().any(|line| matches!(line, Line::Lane(label) if self.view.shown.lanes[label.lane].kind == kind));
        let spoken = format!("{}, {members}, {}", kind.plural(), if open { "unfolded" } else { "folded" });
        response.widget_info(|| WidgetInfo::selected(Role::DisclosureTriangle, true, open, spoken.clone()));
        let colour = if response.hovered() || response.has_focus() { self.palette.text } else { self.palette.dim };
        icons::chevron(ui.painter(), pos2(head.left() + 8.0, head.center().y), open, colour);
        let text = format!("{}   {members}", kind.plural().to_uppercase());
        ui.painter().text(
            pos2(head.left() + 20.0, head.center().y),
            Align2::LEFT_CENTER,
            text,
            eframe::egui::FontId::new(tokens::HEAD, tokens::medium()),
            colour,
        );
        if response.clicked() {
            commands.push(Command::Fold(kind));
        }
    }

    fn lane(&self, ui: &mut Ui, rect: Rect, label: &Label, pointer: Option<Pos2>, commands: &mut Commands) -> Option<Hit> {
        let palette = &self.palette;
        let lane = &self.view.shown.lanes[label.lane];
        let selected = self.view.selection.lane == Some(label.lane);
        let plot = Rect::from_min_max(pos2(self.axis.left, rect.top()), pos2(self.axis.left + self.axis.width, rect.bottom()));
        let painter = ui.painter().with_clip_rect(
            Rect::from_min_max(pos2(plot.left() - 6.0, rect.top()), pos2(plot.right() + 8.0, rect.bottom())).intersect(ui.clip_rect()),
        );
        if selected {
            ui.painter().rect_filled(
                Rect::from_min_max(pos2(rect.left() + 8.0, rect.top() + 1.0), pos2(rect.right() - 8.0, rect.bottom() - 1.0)),
                4.0,
                palette.panel,
            );
        }
        ui.painter().hline(plot.x_range(), rect.bottom() - 0.5, Stroke::new(1.0, palette.line.gamma_multiply(0.7)));

        let name = Rect::from_min_max(pos2(rect.left() + LEFT, rect.top()), pos2(plot.left() - 10.0, rect.bottom()));
        let response = ui.interact(name, ui.scope_id().with(("lane", lane.subject)), Sense::click());
        response.widget_info(|| WidgetInfo::labeled(Role::Button, true, label.spoken.clone()));
        let colour = if response.hovered() || response.has_focus() { palette.accent } else { palette.text };
        let middle = if label.below.is_empty() { rect.center().y } else { rect.center().y - 6.0 };
        let font = eframe::egui::FontId::new(
            tokens::BODY,
            if lane.kind == crate::model::Kind::ApiKey { tokens::medium() } else { eframe::egui::FontFamily::Proportional },
        );
        let clipped = ui.painter().with_clip_rect(name.intersect(ui.clip_rect()));
        clipped.text(pos2(name.right(), middle), Align2::RIGHT_CENTER, shown(ui.ctx(), &label.name), font, colour);
        if !label.below.is_empty() {
            clipped.text(
                pos2(name.right(), rect.center().y + 8.0),
                Align2::RIGHT_CENTER,
                shown(ui.ctx(), &label.below),
                tokens::sans(tokens::HEAD),
                palette.dim,
            );
        }
        if response.clicked()
            && let Some(row) = self.first_in_view(lane)
        {
            commands.push(Command::Select(row));
        }
        response.context_menu(|ui| {
            let name = crate::model::text::short(&label.name, 32);
            if ui.button(format!("Export everything of {name}…")).clicked() {
                // The identity is that of the selected event.
                commands.extend(lane.rows.first().map(|row| Command::Select(*row)));
                commands.push(Command::Dialog(Dialog::Export(SelectionKind::Identity)));
                ui.close();
            }
        });
        response.on_hover_text(&label.spoken);

        let center = if label.life.is_some() { rect.center().y - 3.0 } else { rect.center().y };
        self.marks_of(&painter, lane, plot, center);
        if let Some(life) = &label.life {
            self.life(&painter, plot, life, center);
        }
        let pointer = pointer?;
        self.event_at(lane, pointer.x).map(|row| Hit { row })
    }

    fn marks_of(&self, painter: &Painter, lane: &Lane, plot: Rect, center: f32) {
        // Columns keep to a grid in time, so that marks do not flicker while the view moves.
        let step = self.axis.scale() * f64::from(PITCH);
        let start = ((self.axis.from as f64 / step).floor() * step) as i64;
        let shift = self.axis.x(start);
        let columns = (plot.width() / PITCH) as usize + 3;
        let palette = &self.palette;
        let mut mesh = Mesh::default();
        let mut broken: Vec<f32> = Vec::new();
        let mut suspect: Vec<f32> = Vec::new();
        lane.columns(&self.view.case.store, start, step, columns, &mut |column, sum: Summary| {
            let x = shift + column as f32 * PITCH;
            if x < plot.left() - PITCH || x > plot.right() {
                return;
            }
            let height = 13.0 + (sum.count as f32).log2().min(7.0);
            if sum.refused() {
                refused_quads(&mut mesh, x, center, height + 3.0, palette.refused());
            } else {
                quad(&mut mesh, x, center - height / 2.0, center + height / 2.0, palette.categories(sum.categories));
            }
            match sum.worst_state() {
                State::Broken => broken.push(x + 1.0),
                State::Suspect => suspect.push(x + 1.0),
                _ => {}
            }
        });
        painter.add(Shape::mesh(mesh));
        for x in suspect {
            painter.hline(x - 1.5..=x + 1.5, center + 10.0, Stroke::new(2.0, palette.state(State::Suspect)));
        }
        let colour = palette.state(State::Broken);
        let mut last = f32::MIN;
        for x in broken {
            painter.vline(x, center - 8.0..=center + 11.0, Stroke::new(2.0, colour));
            if x - last > 7.0 {
                icons::damage(painter, pos2(x, center - 15.0), colour);
                last = x;
            }
        }
    }

    fn life(&self, painter: &Painter, plot: Rect, life: &Life, center: f32) {
        let palette = &self.palette;
        let colour = palette.category(crate::model::Category::CredentialCreated);
        let bottom = center + 14.0;
        let from = life.from.map_or(plot.left(), |time| self.axis.x(time)).max(plot.left() - 4.0);
        let to = life.revoked.map_or(plot.right(), |time| self.axis.x(time)).min(plot.right() + 4.0);
        if to > from {
            painter.hline(from..=to, bottom, Stroke::new(2.0, colour));
        }
        let Some(revoked) = life.revoked else { return };
        let x = self.axis.x(revoked);
        painter.vline(x, bottom - 4.0..=bottom + 3.0, Stroke::new(2.0, colour));
        painter.text(pos2(x + 5.0, bottom - 1.0), Align2::LEFT_CENTER, "revoked", tokens::sans(10.5), colour);
        if let Some(used) = life.used_after {
            let at = self.axis.x(used);
            let colour = palette.refused();
            painter.vline(at, center - 9.0..=center + 9.0, Stroke::new(2.5, colour));
            painter.text(
                pos2(at + 6.0, center),
                Align2::LEFT_CENTER,
                "used after revocation",
                eframe::egui::FontId::new(tokens::HEAD, tokens::medium()),
                colour,
            );
        }
    }

    /// The event nearest to a place, damage first.
    fn event_at(&self, lane: &Lane, x: f32) -> Option<u32> {
        const REACH: f32 = 4.0;
        const LOOKED_AT: usize = 5_000;
        let store = &self.view.case.store;
        let from = lane.position(store, self.axis.time(x - REACH));
        let end = self.axis.time(x + REACH);
        let candidates = lane.rows[from..].iter().copied().take_while(|&row| store.time(row) <= end).take(LOOKED_AT);
        candidates.min_by_key(|&row| {
            let distance = (self.axis.x(store.time(row)) - x).abs();
            (std::cmp::Reverse(if store.state(row) >= State::Suspect { store.state(row) as u8 } else { 0 }), (distance * 100.0) as i64)
        })
    }

    fn first_in_view(&self, lane: &Lane) -> Option<u32> {
        let position = lane.position(&self.view.case.store, self.axis.from);
        lane.rows.get(position).or_else(|| lane.rows.last()).copied()
    }
}

fn quad(mesh: &mut Mesh, x: f32, top: f32, bottom: f32, colour: Color32) {
    mesh.add_colored_rect(Rect::from_min_max(pos2(x, top), pos2(x + PITCH - 1.0, bottom)), colour);
}

/// What was refused is drawn in two pieces: it did not go through.
fn refused_quads(mesh: &mut Mesh, x: f32, center: f32, height: f32, colour: Color32) {
    quad(mesh, x, center - height / 2.0, center - 2.0, colour);
    quad(mesh, x, center + 2.0, center + height / 2.0, colour);
}

/// The mark of a refused action, for the legend.
pub fn refused_mark(painter: &Painter, x: f32, center: f32, height: f32, colour: Color32) {
    let mut mesh = Mesh::default();
    refused_quads(&mut mesh, x, center, height, colour);
    painter.add(Shape::mesh(mesh));
}
