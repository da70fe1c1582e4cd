//! The marks of a lane: each event with its own shape where there is room, shares of their sorts where many lie in one column.
//!
//! Colour alone tells nothing: sorts differ in height and in what stands on them, and shares always stand in the same order.

use eframe::egui::{Align2, Color32, Mesh, Painter, Pos2, Rect, Shape, Stroke, StrokeKind, pos2, vec2};

use super::drawing::Drawing;
use crate::gui::widgets::fonts::{fitted, shown};
use crate::gui::widgets::icons;
use crate::gui::widgets::tokens::{self, Palette};
use crate::model::State;
use crate::model::category::Group;
use crate::store::{Lane, Summary};

/// Points for each column of marks.
pub const PITCH: f32 = 3.0;
/// Room around a mark in which it has a head of its own.
const ROOM: f32 = 7.0;
/// Room in which it has a name as well.
const NAMED: f32 = 64.0;

/// What stands on a mark.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Head {
    /// Nothing.
    None,
    /// A cross-bar.
    Bar,
    /// A dot.
    Dot,
    /// An open square.
    Square,
    /// A triangle.
    Triangle,
    /// A cross-bar at the foot.
    Foot,
}

/// How high a mark of a group is, as a share, and what stands on it.
pub fn shape_of(group: Group) -> (f32, Head) {
    match group {
        Group::Other => (0.35, Head::None),
        Group::Read => (0.6, Head::None),
        Group::Write => (1.0, Head::None),
        Group::ToolCall => (0.8, Head::Foot),
        Group::SignIn => (0.9, Head::Bar),
        Group::Credential => (1.0, Head::Square),
        Group::Secret => (1.0, Head::Dot),
        Group::Privilege => (1.0, Head::Triangle),
    }
}

/// The part of a lane in which marks stand: above the line of refusals and the life of a key.
pub fn marks_area(lane: Rect) -> Rect {
    Rect::from_min_max(pos2(lane.left(), lane.top() + 3.0), pos2(lane.right(), lane.bottom() - 6.0))
}

/// A mark by itself, as in the legend.
pub fn one_mark(painter: &Painter, x: f32, area: Rect, group: Group, palette: &Palette) {
    let mut mesh = Mesh::default();
    stem(&mut mesh, x, area, shape_of(group).0, palette.group(group));
    painter.add(Shape::mesh(mesh));
    head(painter, x, area, group, palette);
}

/// What was refused, as in the legend.
pub fn refused_mark(painter: &Painter, x: f32, area: Rect, palette: &Palette) {
    let mut mesh = Mesh::default();
    split(&mut mesh, x, area, palette.refused());
    painter.add(Shape::mesh(mesh));
}

fn quad(mesh: &mut Mesh, x: f32, top: f32, bottom: f32, colour: Color32) {
    mesh.add_colored_rect(Rect::from_min_max(pos2(x, top), pos2(x + PITCH - 1.0, bottom)), colour);
}

fn stem(mesh: &mut Mesh, x: f32, area: Rect, share: f32, colour: Color32) {
    quad(mesh, x, area.bottom() - area.height() * share, area.bottom(), colour);
}

/// What was refused stands in two pieces: it did not go through.
fn split(mesh: &mut Mesh, x: f32, area: Rect, colour: Color32) {
    quad(mesh, x, area.top(), area.center().y - 2.0, colour);
    quad(mesh, x, area.center().y + 2.0, area.bottom(), colour);
}

fn head(painter: &Painter, x: f32, area: Rect, group: Group, palette: &Palette) {
    let (share, head) = shape_of(group);
    let colour = palette.group(group);
    let at = pos2(x + 1.0, area.bottom() - area.height() * share);
    match head {
        Head::None => {}
        Head::Bar => {
            painter.rect_filled(Rect::from_center_size(at, vec2(6.0, 2.0)), 0.0, colour);
        }
        Head::Foot => {
            painter.rect_filled(Rect::from_center_size(pos2(at.x, area.bottom() - 1.0), vec2(6.0, 2.0)), 0.0, colour);
        }
        Head::Dot => {
            painter.circle_filled(at + vec2(0.0, 2.0), 2.8, colour);
        }
        Head::Square => {
            let square = Rect::from_center_size(at + vec2(0.0, 2.0), vec2(5.5, 5.5));
            painter.rect_filled(square, 0.0, palette.background);
            painter.rect_stroke(square, 0.0, Stroke::new(1.2, colour), StrokeKind::Inside);
        }
        Head::Triangle => {
            let corners = vec![at + vec2(0.0, -1.5), at + vec2(3.6, 4.5), at + vec2(-3.6, 4.5)];
            painter.add(Shape::convex_polygon(corners, colour, Stroke::NONE));
        }
    }
}

/// A column of marks.
struct Column {
    x: f32,
    at: i64,
    sum: Summary,
    groups: u8,
}

impl Column {
    /// The only group, if there is one only.
    fn group(&self) -> Group {
        Group::ALL[(7 - self.groups.leading_zeros().min(7)) as usize]
    }
}

impl Drawing<'_> {
    /// Draws the events of a lane.
    pub fn marks_of(&self, painter: &Painter, lane: &Lane, plot: Rect) {
        // Columns keep to a grid in time, so that marks do not flicker while the view moves.
        let step = self.axis.scale() * f64::from(PITCH);
        let mut columns: Vec<Column> = Vec::with_capacity((plot.width() / PITCH) as usize + 3);
        let mut most = 1;
        for (from, to) in self.axis.pieces() {
            let start = ((from as f64 / step).floor() * step) as i64;
            let shift = self.axis.x(from) - ((from as i128 - start as i128) as f64 / self.axis.scale()) as f32;
            let number = ((to as i128 - start as i128) as f64 / step) as usize + 2;
            lane.columns(&self.view.case.store, start, step, number, &mut |column, sum| {
                let x = shift + column as f32 * PITCH;
                let at = start.saturating_add((column as f64 * step) as i64);
                if x >= plot.left() - PITCH && x <= plot.right() && at <= to {
                    most = most.max(sum.count);
                    columns.push(Column { x, at, sum, groups: Group::bits(sum.categories) });
                }
            });
        }
        let area = marks_area(plot);
        let mut mesh = Mesh::default();
        for (place, column) in columns.iter().enumerate() {
            if column.sum.count == 1 {
                self.single(painter, &mut mesh, lane, column, &columns, place, area);
            } else {
                self.shares(&mut mesh, lane, column, most, step, area);
            }
        }
        painter.add(Shape::mesh(mesh));
        self.damage_of(painter, &columns, plot);
    }

    #[allow(clippy::too_many_arguments)]
    fn single(&self, painter: &Painter, mesh: &mut Mesh, lane: &Lane, column: &Column, columns: &[Column], place: usize, area: Rect) {
        let group = column.group();
        let before = place.checked_sub(1).map_or(f32::INFINITY, |place| column.x - columns[place].x);
        let after = columns.get(place + 1).map_or(area.right() - column.x, |next| next.x - column.x);
        if column.sum.refused() {
            split(mesh, column.x, area, self.palette.refused());
        } else {
            stem(mesh, column.x, area, shape_of(group).0, self.palette.group(group));
            if before >= ROOM && after >= ROOM {
                head(painter, column.x, area, group, &self.palette);
            }
        }
        if after >= NAMED && area.height() >= 12.0 {
            let position = lane.position(&self.view.case.store, column.at);
            if let Some(&row) = lane.rows.get(position) {
                let colour = if column.sum.refused() { self.palette.refused() } else { self.palette.dim };
                let text = shown(painter.ctx(), self.view.case.store.action(row)).into_owned();
                let name = fitted(painter, &text, tokens::sans(10.5), colour, after - 14.0);
                painter.galley(pos2(column.x + 7.0, area.center().y - name.size().y / 2.0 + 1.0), name, colour);
            }
        }
    }

    /// Many events in one column: as high as they are many, in the shares of their sorts, and below them how many were refused.
    fn shares(&self, mesh: &mut Mesh, lane: &Lane, column: &Column, most: u32, step: f64, area: Rect) {
        let (x, sum) = (column.x, &column.sum);
        // Logarithmic, so that a few events beside a burst are seen.
        let height = area.height() * (0.45 + 0.55 * f32::ln(sum.count as f32) / f32::ln(most.max(2) as f32));
        let mixed = column.groups.count_ones() > 1;
        let mix = if mixed || sum.refused() { lane.mix(column.at, column.at.saturating_add(step as i64)) } else { Default::default() };
        if mixed {
            let present = |group: &&Group| column.groups >> **group as u8 & 1 == 1;
            // Counts come from a coarser part of time; what is here has a share, and what is not has none.
            let weight = |group: &Group| mix.of(*group).max(1) as f32;
            let total: f32 = Group::ALL.iter().filter(present).map(weight).sum();
            let least = (height / 8.0).min(1.5);
            let free = height - least * column.groups.count_ones() as f32;
            let mut bottom = area.bottom();
            for group in Group::ALL.iter().filter(present) {
                let part = least + free * weight(group) / total;
                quad(mesh, x, bottom - part, bottom, self.palette.group(*group));
                bottom -= part;
            }
        } else {
            quad(mesh, x, area.bottom() - height, area.bottom(), self.palette.group(column.group()));
        }
        if sum.refused() {
            let share = (mix.refused.max(1) as f32 / mix.total().max(1) as f32).min(1.0);
            let colour = self.palette.refused().gamma_multiply(0.4 + 0.6 * share.sqrt());
            mesh.add_colored_rect(Rect::from_min_max(pos2(x, area.bottom() + 1.0), pos2(x + PITCH, area.bottom() + 3.0)), colour);
        }
    }

    fn damage_of(&self, painter: &Painter, columns: &[Column], plot: Rect) {
        let (suspect, broken) = (self.palette.state(State::Suspect), self.palette.state(State::Broken));
        let mut last = f32::MIN;
        for column in columns.iter().filter(|column| column.sum.worst_state() >= State::Suspect) {
            let x = column.x + 1.0;
            if column.sum.worst_state() == State::Suspect {
                painter.hline(x - 1.5..=x + 1.5, plot.bottom() - 2.0, Stroke::new(2.0, suspect));
                continue;
            }
            painter.vline(x, plot.top() + 1.0..=plot.bottom() - 3.0, Stroke::new(2.0, broken));
            if x - last > 9.0 {
                icons::damage(painter, pos2(x, plot.top()), broken);
                last = x;
            }
        }
    }

    /// What a key's life looks like, below its marks.
    pub fn life(&self, painter: &Painter, plot: Rect, life: &crate::gui::state::lanes::Life) {
        let colour = self.palette.group(Group::Credential);
        let bottom = plot.bottom() - 2.0;
        let from = life.from.map_or(plot.left(), |time| self.axis.x(time)).max(plot.left() - 4.0);
        let to = life.revoked.map_or(plot.right(), |time| self.axis.x(time)).min(plot.right() + 4.0);
        if to > from {
            painter.hline(from..=to, bottom, Stroke::new(1.5, colour));
        }
        let Some(revoked) = life.revoked else { return };
        let x = self.axis.x(revoked);
        painter.vline(x, bottom - 5.0..=bottom + 1.5, Stroke::new(2.0, colour));
        let used = life.used_after.map(|time| self.axis.x(time));
        // The word has its own place: over marks it could not be read.
        let word = painter.layout_no_wrap("revoked".into(), tokens::sans(10.0), colour);
        if used.is_none_or(|used| used - x > word.size().x + 10.0) {
            self.word(painter, pos2(x + 5.0, plot.center().y), word, colour);
        }
        if let Some(at) = used {
            let colour = self.palette.state(State::Suspect);
            icons::warning(painter, pos2(at, plot.top() + 5.0), colour);
            let word = painter.layout_no_wrap("used after revocation".into(), tokens::sans(10.5), colour);
            self.word(painter, pos2(at + 8.0, plot.center().y), word, colour);
        }
    }

    /// A word over whatever lies there.
    fn word(&self, painter: &Painter, left: Pos2, word: std::sync::Arc<eframe::egui::Galley>, colour: Color32) {
        let rect = Align2::LEFT_CENTER.anchor_size(left, word.size());
        painter.rect_filled(rect.expand2(vec2(2.0, 0.0)), 2.0, self.palette.background.gamma_multiply(0.85));
        painter.galley(rect.min, word, colour);
    }
}
