//! Lanes: their groups and labels, and what is under the pointer.

use eframe::egui::{Align2, FontId, Pos2, Rect, Role, ScrollArea, Sense, Stroke, Ui, UiBuilder, Vec2, WidgetInfo, pos2, vec2};

use super::drawing::{BETWEEN, Drawing, Hit, LEFT, Many};
use super::marks::PITCH;
use crate::gui::command::{Command, Commands, Dialog};
use crate::gui::state::choice::SelectionKind;
use crate::gui::state::lanes::{Group, Label, Line};
use crate::gui::state::look::Density;
use crate::gui::state::wish::Wish;
use crate::gui::widgets::fonts::{fitted, shown};
use crate::gui::widgets::icons;
use crate::gui::widgets::tokens;
use crate::model::category::Group as Sort;
use crate::model::text::{count, plural};
use crate::model::{Outcome, State};
use crate::store::mix::Mix;
use crate::store::{Lane, Store};

/// Events counted one by one under the pointer; of more, parts of time are counted.
const COUNTED: usize = 100_000;

impl Drawing<'_> {
    fn height(&self, line: &Line) -> f32 {
        match line {
            Line::Group(..) => self.density().group(),
            Line::Lane(_) => self.density().lane(),
        }
    }

    /// The lines to be drawn: all, or those with an event in view.
    pub fn lines(&self) -> Vec<&Line> {
        if !self.view.wanted.in_view {
            return self.view.lines.iter().collect();
        }
        let store = &self.view.case.store;
        let (from, to) = (self.axis.from, self.axis.to());
        let acts = |line: &&Line| match line {
            Line::Group(..) => true,
            Line::Lane(label) => self
                .view
                .shown
                .lanes
                .get(label.lane)
                .is_some_and(|lane| lane.rows.get(lane.position(store, from)).is_some_and(|&row| store.time(row) <= to)),
        };
        self.view.lines.iter().filter(acts).collect()
    }

    /// How high all lanes are together.
    pub fn lanes_height(&self) -> f32 {
        self.lines().into_iter().map(|line| self.height(line)).sum()
    }

    /// Draws the lanes in view. Gives what is under the pointer, and whether all lanes fit without scrolling.
    pub fn lanes(&self, ui: &mut Ui, area: Rect, pointer: Option<Pos2>, commands: &mut Commands) -> (Option<Hit>, bool) {
        let lines = self.lines();
        let total: f32 = lines.iter().map(|line| self.height(line)).sum();
        let mut hit = None;
        let mut child = ui.new_child(UiBuilder::new().max_rect(area).id_salt("lanes"));
        child.set_clip_rect(area.intersect(ui.clip_rect()));
        if lines.is_empty() {
            let text = if self.view.case.store.is_empty() {
                "No events yet."
            } else if self.view.wanted.find.is_empty() {
                "No event matches the filter."
            } else {
                "No lane of this name."
            };
            child.painter().text(area.center(), Align2::CENTER_CENTER, text, tokens::sans(tokens::BODY), self.palette.dim);
        }
        ScrollArea::vertical().id_salt("lanes").auto_shrink(false).show_viewport(&mut child, |ui, viewport| {
            ui.set_height(total);
            ui.spacing_mut().item_spacing = Vec2::ZERO;
            let origin = ui.max_rect().min;
            let mut top = 0.0;
            for line in lines {
                let height = self.height(line);
                let rect = Rect::from_min_size(origin + vec2(0.0, top), vec2(area.width(), height));
                top += height;
                if top < viewport.min.y || top - height > viewport.max.y {
                    continue;
                }
                match line {
                    Line::Group(group, members, open) => self.group(ui, rect, *group, *members, *open, commands),
                    Line::Lane(label) => {
                        let found = self.lane(ui, rect, label, pointer.filter(|pointer| rect.contains(*pointer)), commands);
                        hit = found.or(hit.take());
                    }
                }
            }
        });
        (hit, total <= area.height())
    }

    fn group(&self, ui: &mut Ui, rect: Rect, group: Group, members: usize, open: bool, commands: &mut Commands) {
        let head = Rect::from_min_max(pos2(rect.left() + LEFT - 4.0, rect.top()), pos2(self.axis.left - 8.0, rect.bottom()));
        let response = ui.interact(head, ui.scope_id().with(("group", group.heading())), Sense::click());
        let spoken = format!("{}, {members}, {}", group.heading(), if open { "unfolded" } else { "folded" });
        response.widget_info(|| WidgetInfo::selected(Role::DisclosureTriangle, true, open, spoken.clone()));
        let colour = if response.hovered() || response.has_focus() { self.palette.text } else { self.palette.dim };
        let middle = head.center().y + 2.0;
        if matches!(group, Group::Kind(_)) {
            icons::chevron(ui.painter(), pos2(head.left() + 8.0, middle), open, colour);
        }
        let text = format!("{}   {}", group.heading().to_uppercase(), count(members as u64));
        let font = FontId::new(10.5, tokens::medium());
        ui.painter().with_clip_rect(head.intersect(ui.clip_rect())).text(
            pos2(head.left() + 20.0, middle),
            Align2::LEFT_CENTER,
            text,
            font,
            colour,
        );
        if let (true, Group::Kind(kind)) = (response.clicked(), group) {
            commands.push(Command::Fold(kind));
        }
    }

    fn lane(&self, ui: &mut Ui, rect: Rect, label: &Label, pointer: Option<Pos2>, commands: &mut Commands) -> Option<Hit> {
        let palette = &self.palette;
        let lane = self.view.shown.lanes.get(label.lane)?;
        let selected = self.view.selection.lane == Some(label.lane);
        let plot = Rect::from_min_max(pos2(self.axis.left, rect.top()), pos2(self.axis.left + self.axis.width, rect.bottom()));
        let painter = ui.painter().with_clip_rect(
            Rect::from_min_max(pos2(plot.left() - 6.0, rect.top()), pos2(plot.right() + 8.0, rect.bottom())).intersect(ui.clip_rect()),
        );
        if selected {
            let ground = Rect::from_min_max(pos2(rect.left() + 6.0, rect.top()), pos2(rect.right() - 8.0, rect.bottom() - 1.0));
            ui.painter().rect_filled(ground, 4.0, palette.raised);
        }
        ui.painter().hline(plot.x_range(), rect.bottom() - 0.5, Stroke::new(1.0, palette.line.gamma_multiply(0.6)));
        self.label(ui, rect, label, lane, commands);
        self.marks_of(&painter, lane, plot);
        if let Some(life) = &label.life {
            self.life(&painter, plot, life);
        }
        self.hit(lane, pointer?.x)
    }

    fn label(&self, ui: &mut Ui, rect: Rect, label: &Label, lane: &Lane, commands: &mut Commands) {
        let palette = &self.palette;
        let name = Rect::from_min_max(pos2(rect.left() + LEFT, rect.top()), pos2(self.axis.left - BETWEEN, rect.bottom()));
        let response = ui.interact(name, ui.scope_id().with(("lane", lane.subject)), Sense::click());
        response.widget_info(|| WidgetInfo::labeled(Role::Button, true, label.spoken.clone()));
        let colour = if response.hovered() || response.has_focus() { palette.accent } else { palette.text };
        let two_lines = self.density() == Density::Comfortable && !label.below.is_empty();
        let font = if label.is_key { tokens::mono(tokens::SMALL) } else { tokens::sans(12.5) };
        let clipped = ui.painter().with_clip_rect(name.intersect(ui.clip_rect()));
        let mut room = name.width();
        if label.pinned {
            icons::pin(&clipped, pos2(name.left() + 4.0, name.center().y), palette.dim);
            room -= 14.0;
        }
        let text = shown(ui.ctx(), &label.name);
        let galley = fitted(&clipped, &text, font, colour, room);
        let middle = if two_lines { rect.center().y - 5.5 } else { rect.center().y };
        let size = galley.size();
        clipped.galley(pos2(name.right() - size.x, middle - size.y / 2.0), galley, colour);
        if two_lines {
            let text = shown(ui.ctx(), &label.below);
            let galley = fitted(&clipped, &text, tokens::sans(10.5), palette.dim, room);
            let size = galley.size();
            clipped.galley(pos2(name.right() - size.x, rect.center().y + 7.0 - size.y / 2.0), galley, palette.dim);
        }
        if response.clicked()
            && let Some(row) = self.first_in_view(lane)
        {
            commands.push(Command::Select(row));
        }
        response.context_menu(|ui| self.menu(ui, label, lane, commands));
        let below = if label.below.is_empty() { String::new() } else { format!("\n{}", label.below) };
        response.on_hover_text(format!("{}{below}\n{}", label.full, plural(u64::from(lane.total.count), "event")));
    }

    fn menu(&self, ui: &mut Ui, label: &Label, lane: &Lane, commands: &mut Commands) {
        let mut item = |ui: &mut Ui, text: &str, wanted: Vec<Command>| {
            if ui.button(text).clicked() {
                commands.extend(wanted);
                ui.close();
            }
        };
        let pin = if label.pinned { "Unpin" } else { "Keep at the top" };
        item(ui, pin, vec![Command::Wish(Wish::Pin(label.subject))]);
        item(ui, "Hide this lane", vec![Command::Wish(Wish::Hide(label.subject))]);
        item(ui, "Copy the name", vec![Command::Copy(label.full.clone())]);
        ui.separator();
        // The identity is that of the selected event.
        let select = lane.rows.first().map(|row| Command::Select(*row));
        let export = select.into_iter().chain([Command::Dialog(Dialog::Export(SelectionKind::Identity))]).collect();
        item(ui, &format!("Export everything of {}…", crate::model::text::short(&label.name, 32)), export);
    }

    /// What lies at a place of a lane: damage first, then one event, or all that cannot be told apart.
    fn hit(&self, lane: &Lane, x: f32) -> Option<Hit> {
        const REACH: f32 = 4.0;
        /// As many can be chosen among by the pointer.
        const FEW: usize = 3;
        let store = &self.view.case.store;
        let position = |time: i64| lane.position(store, time);
        let (from, to) = (position(self.axis.time(x - REACH)), position(self.axis.time(x + REACH).saturating_add(1)));
        let rows = lane.rows.get(from..to).filter(|rows| !rows.is_empty())?;
        let looked_at = &rows[..rows.len().min(COUNTED)];
        let nearest =
            |rows: &mut dyn Iterator<Item = u32>| rows.min_by_key(|&row| ((self.axis.x(store.time(row)) - x).abs() * 100.0) as i64);
        let damaged = nearest(&mut looked_at.iter().copied().filter(|&row| store.state(row) >= State::Suspect));
        if let Some(row) = damaged {
            return Some(Hit::Event(row));
        }
        // Marks are drawn in columns: of several in one column none can be pointed at.
        let (first, last) = (store.time(rows[0]), store.time(rows[rows.len() - 1]));
        if rows.len() <= FEW || first == last || self.axis.x(last) - self.axis.x(first) > PITCH * rows.len() as f32 {
            return nearest(&mut looked_at.iter().copied()).map(Hit::Event);
        }
        Some(Hit::Many(Many { words: self.words_of(lane, rows, first, last), from: first, to: last }))
    }

    /// "412 events, 3 denied, 1 secret"
    fn words_of(&self, lane: &Lane, rows: &[u32], first: i64, last: i64) -> String {
        let store = &self.view.case.store;
        let mut mix = Mix::default();
        if rows.len() <= COUNTED {
            rows.iter().for_each(|&row| mix.add(store, row));
        } else {
            mix = lane.mix(first, last);
        }
        let about = if rows.len() <= COUNTED { "" } else { "about " };
        let denied = if rows.len() <= COUNTED { refusals(store, rows) } else { (0, u64::from(mix.refused)) };
        let mut parts = vec![plural(rows.len() as u64, "event")];
        parts.extend((denied.0 > 0).then(|| format!("{} denied", count(denied.0))));
        parts.extend((denied.1 > 0).then(|| format!("{about}{} failed", count(denied.1))));
        for sort in Sort::ALL.into_iter().rev() {
            let number = u64::from(mix.of(sort));
            if number > 0 {
                parts.push(format!("{about}{} {}", count(number), sort.word()));
            }
        }
        parts.join(", ")
    }

    fn first_in_view(&self, lane: &Lane) -> Option<u32> {
        let position = lane.position(&self.view.case.store, self.axis.from);
        lane.rows.get(position).or_else(|| lane.rows.last()).copied()
    }
}

/// How many were denied, and how many failed.
fn refusals(store: &Store, rows: &[u32]) -> (u64, u64) {
    rows.iter().fold((0, 0), |(denied, failed), &row| match store.outcome(row) {
        Outcome::Denied => (denied + 1, failed),
        Outcome::Failure => (denied, failed + 1),
        _ => (denied, failed),
    })
}
