//! Integrity strips: one for each log, its segments as blocks, damage where it is.

use eframe::egui::{Align2, FontId, Painter, Rect, Role, ScrollArea, Sense, Stroke, Ui, UiBuilder, Vec2, WidgetInfo, pos2, vec2};

use super::drawing::{BETWEEN, Drawing, LEFT};
use crate::gui::command::{Command, Commands};
use crate::gui::state::axis::Axis;
use crate::gui::state::strips::Strip;
use crate::gui::widgets::fonts::{fitted, shown};
use crate::gui::widgets::icons;
use crate::gui::widgets::tokens;
use crate::model::finding::{Code, Finding, Severity};
use crate::model::text::{plural, short, visible};
use crate::model::{State, Verdict};
use crate::verify::{LogReport, SegmentReport};

impl Drawing<'_> {
    pub fn strips(&self, ui: &mut Ui, rect: Rect, commands: &mut Commands) {
        let mut child = ui.new_child(UiBuilder::new().max_rect(rect).id_salt("strips"));
        child.set_clip_rect(rect.intersect(ui.clip_rect()));
        ScrollArea::vertical().id_salt("strips").auto_shrink(false).show(&mut child, |ui| {
            ui.spacing_mut().item_spacing = Vec2::ZERO;
            for (number, (log, strip)) in self.view.case.logs.iter().zip(&self.view.strips).enumerate() {
                let (row, _) = ui.allocate_exact_size(vec2(ui.available_width(), self.density().strip()), Sense::hover());
                if ui.is_rect_visible(row) {
                    self.strip(ui, row, number, log, strip, commands);
                }
            }
        });
    }

    fn strip(&self, ui: &mut Ui, row: Rect, number: usize, log: &LogReport, strip: &Strip, commands: &mut Commands) {
        let palette = &self.palette;
        let plot = Rect::from_min_max(pos2(self.axis.left, row.top() + 3.0), pos2(self.axis.left + self.axis.width, row.bottom() - 3.0));
        let painter = ui.painter().with_clip_rect(plot.expand2(vec2(6.0, 6.0)).intersect(ui.clip_rect()));
        let label = Rect::from_min_max(pos2(row.left() + LEFT, row.top()), pos2(plot.left() - BETWEEN, row.bottom()));
        let response = ui.interact(label, ui.scope_id().with(("log", number)), Sense::click());
        let spoken = format!(
            "Log {}, {}, {}, {}",
            short(&log.origin, 80),
            log.verdict.word(),
            plural(log.segments.len() as u64, "segment"),
            plural(log.counts.total(), "entry")
        );
        response.widget_info(|| WidgetInfo::labeled(Role::Button, true, spoken.clone()));
        let colour = if response.hovered() || response.has_focus() { palette.accent } else { palette.dim };
        let name = visible(&strip.name);
        let galley = fitted(ui.painter(), &shown(ui.ctx(), &name), tokens::sans(tokens::HEAD), colour, label.width());
        let size = galley.size();
        ui.painter().galley(pos2(label.right() - size.x, label.center().y - size.y / 2.0), galley, colour);
        if response.clicked() {
            self.show_log(log, commands);
        }
        response.on_hover_text(format!("{}\n{}", visible(&log.origin), spoken));

        if log.verdict == Verdict::Unsealed {
            self.unsealed(&painter, plot, log);
        } else {
            for block in &strip.blocks {
                if let Some(segment) = self.view.case.segments.get(block.segment as usize) {
                    self.segment(&painter, plot, segment, block.from, block.to);
                }
            }
        }
        self.extents(&painter, plot, strip);
        self.marks(ui, &painter, plot, strip, commands);
    }

    /// What is damaged, or stands next to damage, as wide as it is.
    fn extents(&self, painter: &Painter, plot: Rect, strip: &Strip) {
        let mut end = f32::MIN;
        for extent in &strip.extents {
            let (from, to) = (self.axis.x(extent.from), self.axis.x(extent.to));
            if to < plot.left() - 4.0 || from > plot.right() + 4.0 || to < end {
                continue;
            }
            // A single record is no wider than can be seen.
            let rect = Rect::from_x_y_ranges(from - 1.0..=to.max(from + 1.0) + 1.0, plot.y_range());
            end = rect.right();
            let colour = self.palette.state(extent.state);
            painter.rect_filled(rect, 0.0, self.palette.background);
            painter.rect_filled(rect, 0.0, colour.gamma_multiply(0.25));
            icons::hatch(painter, rect, colour, 5.0);
        }
    }

    fn show_log(&self, log: &LogReport, commands: &mut Commands) {
        let times = log.segments.iter().filter_map(|index| self.view.case.segments.get(*index as usize)?.times);
        if let Some((first, last)) = times.reduce(|one, other| (one.0.min(other.0), one.1.max(other.1))) {
            commands.push(Command::Show(Axis::fit(first, last)));
        }
    }

    /// Files without a seal have no order of their own: they are one dotted block.
    fn unsealed(&self, painter: &Painter, plot: Rect, log: &LogReport) {
        let times = log.segments.iter().filter_map(|index| self.view.case.segments.get(*index as usize)?.times);
        if let Some((first, last)) = times.reduce(|one, other| (one.0.min(other.0), one.1.max(other.1))) {
            let rect = self.block(plot, first, last);
            icons::dashed(painter, rect, self.palette.state(State::Unsealed));
        }
    }

    fn block(&self, plot: Rect, first: i64, last: i64) -> Rect {
        let (from, to) = (self.axis.x(first), self.axis.x(last));
        Rect::from_x_y_ranges(from..=to.max(from + 3.0) - if to - from > 5.0 { 1.5 } else { 0.0 }, plot.y_range())
    }

    fn segment(&self, painter: &Painter, plot: Rect, segment: &SegmentReport, first: i64, last: i64) {
        let rect = self.block(plot, first, last);
        if rect.right() < plot.left() || rect.left() > plot.right() {
            return;
        }
        let palette = &self.palette;
        // A broken segment looks like what most of its records are; the damage is drawn where it is.
        let most = State::ALL.into_iter().max_by_key(|state| segment.counts.of(*state)).unwrap_or(segment.state);
        let shown = if segment.counts.total() == 0 { segment.state } else { most };
        let colour = palette.state(shown);
        match shown {
            State::Sealed => {
                painter.rect_filled(rect, 2.0, colour);
            }
            State::Consistent => {
                let half = Rect::from_min_max(pos2(rect.left(), rect.center().y), rect.max);
                painter.rect_filled(half, 0.0, colour.gamma_multiply(0.55));
                icons::outlined(painter, rect, colour);
            }
            State::Unsealed => icons::dashed(painter, rect, colour),
            State::Unchecked => {
                icons::outlined(painter, rect, colour);
                if rect.width() > 14.0 {
                    let middle = rect.intersect(plot).center();
                    painter.text(middle, Align2::CENTER_CENTER, "?", FontId::proportional(11.0), colour);
                }
            }
            State::Suspect => {
                painter.rect_filled(rect, 2.0, colour.gamma_multiply(0.18));
                icons::hatch(painter, rect, colour, 6.0);
                icons::outlined(painter, rect, colour);
            }
            State::Broken => {
                painter.rect_filled(rect, 2.0, colour.gamma_multiply(0.25));
                icons::hatch(painter, rect, colour, 6.0);
                icons::outlined(painter, rect, colour);
            }
        }
    }

    fn marks(&self, ui: &Ui, painter: &Painter, plot: Rect, strip: &Strip, commands: &mut Commands) {
        let covered = ui.ctx().memory(|memory| memory.top_modal_layer().is_some());
        let pointer = ui.input(|input| input.pointer.hover_pos()).filter(|pointer| plot.expand(4.0).contains(*pointer) && !covered);
        let mut near: Option<(f32, usize)> = None;
        let mut last_x = f32::MIN;
        for mark in &strip.marks {
            let Some(finding) = self.view.case.findings.get(mark.finding) else { continue };
            let (x, end) = (self.axis.x(mark.from), self.axis.x(mark.to));
            if end < plot.left() - 8.0 || x > plot.right() + 8.0 {
                continue;
            }
            self.mark(painter, plot, finding, x, end, x - last_x < 9.0);
            last_x = x;
            if let Some(pointer) = pointer {
                let distance = if (x..=end).contains(&pointer.x) { 0.0 } else { (pointer.x - x).abs().min((pointer.x - end).abs()) };
                if distance < 9.0 && near.is_none_or(|(best, _)| distance < best) {
                    near = Some((distance, mark.finding));
                }
            }
        }
        if let (Some((_, number)), Some(pointer)) = (near, pointer) {
            let finding = &self.view.case.findings[number];
            let galley = painter.layout_no_wrap(
                crate::model::text::visible(&finding.title()).into_owned(),
                tokens::sans(tokens::SMALL),
                self.palette.text,
            );
            let place = pos2((pointer.x + 12.0).min(plot.right() - galley.size().x - 8.0), plot.bottom() + 6.0);
            let tip = ui.ctx().layer_painter(eframe::egui::LayerId::new(eframe::egui::Order::Tooltip, ui.scope_id().with("strip tip")));
            let ground = Rect::from_min_size(place, galley.size()).expand2(vec2(8.0, 5.0));
            tip.rect(ground, 4.0, self.palette.raised, Stroke::new(1.0, self.palette.line), eframe::egui::StrokeKind::Inside);
            tip.galley(place, galley, self.palette.text);
            if ui.input(|input| input.pointer.primary_clicked()) {
                commands.push(Command::Finding(number));
            }
        }
    }

    fn mark(&self, painter: &Painter, plot: Rect, finding: &Finding, x: f32, end: f32, crowded: bool) {
        let palette = &self.palette;
        match (finding.code, finding.severity) {
            (Code::Gap, _) => {
                let colour = palette.state(State::Broken);
                let hole = Rect::from_x_y_ranges(x..=end.max(x + 6.0), plot.y_range());
                painter.rect_filled(hole, 0.0, palette.background);
                icons::dashed(painter, hole, colour);
                let visible = hole.intersect(plot);
                if visible.width() > 52.0 {
                    painter.text(visible.center(), Align2::CENTER_CENTER, "missing", tokens::sans(tokens::SMALL), colour);
                }
            }
            (_, Severity::Error) => {
                if !crowded {
                    icons::damage(painter, pos2(x, plot.center().y - 5.5), palette.state(State::Broken));
                }
            }
            (_, Severity::Warning) => {
                let center = pos2(x, plot.center().y);
                painter.rect_filled(Rect::from_center_size(center, vec2(12.0, 13.0)), 2.0, palette.background);
                icons::warning(painter, center, palette.state(State::Suspect));
            }
            (_, Severity::Info) => {}
        }
    }
}
