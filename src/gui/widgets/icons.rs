//! Shapes: each integrity state has its own, so that it is recognised without colour.

use eframe::egui::{Color32, Painter, Pos2, Rect, Sense, Shape, Stroke, StrokeKind, Ui, Vec2, epaint::PathShape, pos2, vec2};

use super::tokens::Palette;
use crate::model::{Severity, State};

/// Draws the icon of a state around `center`; `size` is its diameter.
pub fn state(painter: &Painter, center: Pos2, size: f32, state: State, palette: &Palette) {
    let colour = palette.state(state);
    let inside = palette.panel;
    let radius = size / 2.0;
    let thin = Stroke::new((size / 9.0).max(1.2), colour);
    match state {
        State::Sealed => {
            painter.circle_filled(center, radius, colour);
            tick(painter, center, radius, inside);
        }
        State::Consistent => {
            painter.circle_stroke(center, radius - 0.8, thin);
            // The left half is filled.
            let arc: Vec<Pos2> = (0..=16)
                .map(|step| std::f32::consts::FRAC_PI_2 + step as f32 * std::f32::consts::PI / 16.0)
                .map(|angle| center + (radius - 0.8) * vec2(angle.cos(), angle.sin()))
                .collect();
            painter.add(Shape::convex_polygon(arc, colour, Stroke::NONE));
        }
        State::Unsealed => dotted_ring(painter, center, radius - 0.8, thin),
        State::Unchecked => {
            painter.circle_stroke(center, radius - 0.8, thin);
            question(painter, center, radius, colour);
        }
        State::Suspect => {
            let r = radius + 0.5;
            let corners = vec![center + vec2(0.0, -r), center + vec2(r, 0.0), center + vec2(0.0, r), center + vec2(-r, 0.0)];
            painter.add(PathShape::closed_line(corners, thin));
            for shift in [-0.42f32, 0.0, 0.42] {
                let middle = center + vec2(shift * radius, shift * radius * 0.2);
                let half = (0.55 - shift.abs() * 0.5) * radius;
                painter.line_segment([middle + vec2(-half * 0.6, half), middle + vec2(half * 0.6, -half)], Stroke::new(1.0, colour));
            }
        }
        State::Broken => {
            let r = radius + 0.5;
            let corners = vec![center + vec2(0.0, -r), center + vec2(r, r * 0.8), center + vec2(-r, r * 0.8)];
            painter.add(Shape::convex_polygon(corners, colour, Stroke::new(1.0, colour)));
            painter.line_segment([center + vec2(0.0, -r * 0.35), center + vec2(0.0, r * 0.22)], Stroke::new((size / 9.0).max(1.2), inside));
            painter.circle_filled(center + vec2(0.0, r * 0.52), (size / 16.0).max(0.8), inside);
        }
    }
}

fn tick(painter: &Painter, center: Pos2, radius: f32, colour: Color32) {
    let points = vec![center + radius * vec2(-0.45, 0.02), center + radius * vec2(-0.12, 0.36), center + radius * vec2(0.46, -0.32)];
    painter.add(Shape::line(points, Stroke::new((radius / 4.0).max(1.2), colour)));
}

fn dotted_ring(painter: &Painter, center: Pos2, radius: f32, stroke: Stroke) {
    let parts = 8;
    for part in 0..parts {
        let start = part as f32 * std::f32::consts::TAU / parts as f32;
        let arc: Vec<Pos2> = (0..=3)
            .map(|step| start + step as f32 * std::f32::consts::TAU / parts as f32 / 6.0)
            .map(|angle| center + radius * vec2(angle.cos(), angle.sin()))
            .collect();
        painter.add(Shape::line(arc, stroke));
    }
}

fn question(painter: &Painter, center: Pos2, radius: f32, colour: Color32) {
    let stroke = Stroke::new((radius / 5.0).max(1.0), colour);
    let curve: Vec<Pos2> = (0..=8)
        .map(|step| std::f32::consts::PI * (1.0 + step as f32 / 6.0))
        .map(|angle| center + vec2(0.0, -radius * 0.18) + radius * 0.3 * vec2(angle.cos(), angle.sin()))
        .collect();
    let last = curve.last().copied().unwrap_or(center);
    painter.add(Shape::line(curve, stroke));
    painter.line_segment([last, center + vec2(0.0, radius * 0.24)], stroke);
    painter.circle_filled(center + vec2(0.0, radius * 0.54), (radius / 7.0).max(0.7), colour);
}

/// Puts a state's icon into the flow of a panel.
pub fn show_state(ui: &mut Ui, shown: State, size: f32, palette: &Palette) {
    let (rect, _) = ui.allocate_exact_size(Vec2::splat(size), Sense::hover());
    state(ui.painter(), rect.center(), size, shown, palette);
}

/// A triangle that points down (open) or right (closed).
pub fn chevron(painter: &Painter, center: Pos2, open: bool, colour: Color32) {
    let points = if open {
        vec![center + vec2(-4.0, -2.0), center + vec2(0.0, 2.0), center + vec2(4.0, -2.0)]
    } else {
        vec![center + vec2(-2.0, -4.0), center + vec2(2.0, 0.0), center + vec2(-2.0, 4.0)]
    };
    painter.add(Shape::line(points, Stroke::new(1.5, colour)));
}

/// A mark over a place of damage.
pub fn damage(painter: &Painter, tip: Pos2, colour: Color32) {
    let corners = vec![tip, tip + vec2(6.0, 10.0), tip + vec2(-6.0, 10.0)];
    painter.add(Shape::convex_polygon(corners, colour, Stroke::NONE));
}

/// A mark of a finding that is no proof of damage: a framed exclamation mark, unlike the diamond of what is suspect.
pub fn warning(painter: &Painter, center: Pos2, colour: Color32) {
    let frame = Rect::from_center_size(center, vec2(9.0, 10.0));
    painter.rect_stroke(frame, 2.0, Stroke::new(1.3, colour), StrokeKind::Inside);
    painter.line_segment([center + vec2(0.0, -2.8), center + vec2(0.0, 0.6)], Stroke::new(1.4, colour));
    painter.circle_filled(center + vec2(0.0, 2.6), 0.8, colour);
}

/// A finding's mark, by how much it matters.
pub fn finding(painter: &Painter, center: Pos2, severity: Severity, palette: &Palette) {
    match severity {
        Severity::Error => state(painter, center, 12.0, State::Broken, palette),
        Severity::Warning => warning(painter, center, palette.state(State::Suspect)),
        Severity::Info => {
            let colour = palette.dim;
            painter.circle_filled(center, 2.0, colour);
        }
    }
}

/// A window with one side filled: a panel that is shown, or empty: one that is folded.
pub fn side_panel(painter: &Painter, center: Pos2, at_left: bool, is_shown: bool, colour: Color32) {
    let frame = Rect::from_center_size(center, vec2(14.0, 11.0));
    let side = if at_left {
        Rect::from_min_max(frame.min, pos2(frame.left() + 5.0, frame.bottom()))
    } else {
        Rect::from_min_max(pos2(frame.right() - 5.0, frame.top()), frame.max)
    };
    if is_shown {
        painter.rect_filled(side, 1.0, colour.gamma_multiply(0.5));
    }
    painter.rect_stroke(frame, 2.0, Stroke::new(1.2, colour), StrokeKind::Inside);
    let x = if at_left { side.right() } else { side.left() };
    painter.vline(x, frame.y_range(), Stroke::new(1.0, colour));
}

/// What is kept in place.
pub fn pin(painter: &Painter, center: Pos2, colour: Color32) {
    painter.circle_filled(center + vec2(0.0, -2.0), 2.4, colour);
    painter.line_segment([center, center + vec2(0.0, 5.0)], Stroke::new(1.2, colour));
}

/// Slanted lines over a rectangle.
pub fn hatch(painter: &Painter, rect: Rect, colour: Color32, pitch: f32) {
    let clip = rect.intersect(painter.clip_rect());
    if clip.width() <= 0.0 {
        return;
    }
    let painter = painter.with_clip_rect(clip);
    // Lines keep their place while the view moves over them, and only visible ones are drawn.
    let mut x = rect.left() + ((clip.left() - rect.left()) / pitch).floor() * pitch - rect.height();
    while x < clip.right() {
        painter.line_segment([pos2(x, rect.bottom()), pos2(x + rect.height(), rect.top())], Stroke::new(1.2, colour));
        x += pitch;
    }
}

/// A rectangle outlined in dashes.
pub fn dashed(painter: &Painter, rect: Rect, colour: Color32) {
    let clip = painter.clip_rect().expand(8.0);
    let rect = Rect::from_min_max(pos2(rect.left().max(clip.left()), rect.top()), pos2(rect.right().min(clip.right()), rect.bottom()));
    if rect.width() <= 0.0 {
        return;
    }
    let corners = [rect.left_top(), rect.right_top(), rect.right_bottom(), rect.left_bottom(), rect.left_top()];
    painter.extend(Shape::dashed_line(&corners, Stroke::new(1.0, colour), 3.0, 3.0));
}

/// A rectangle with a plain outline.
pub fn outlined(painter: &Painter, rect: Rect, colour: Color32) {
    painter.rect_stroke(rect, 2.0, Stroke::new(1.2, colour), StrokeKind::Inside);
}
