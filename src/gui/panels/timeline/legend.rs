//! What the marks mean, and how many events there are.

use eframe::egui::{Painter, Pos2, Rect, Role, Sense, Ui, WidgetInfo, pos2, vec2};

use super::drawing::Drawing;
use super::marks::{one_mark, refused_mark};
use crate::gui::widgets::fonts::fitted;
use crate::gui::widgets::icons;
use crate::gui::widgets::tokens;
use crate::model::category::Group;
use crate::model::text::{count, plural};
use crate::model::{Severity, State};

/// Height of a line of the legend.
const LINE: f32 = 20.0;

/// One sign with its word.
type Sign<'a> = (Box<dyn Fn(&Painter, Pos2) + 'a>, String);

impl Drawing<'_> {
    fn signs(&self) -> Vec<Sign<'_>> {
        let palette = &self.palette;
        let mut signs: Vec<Sign<'_>> = Vec::new();
        let area = |at: Pos2| Rect::from_center_size(at, vec2(8.0, 12.0));
        let present = Group::bits(self.view.case.index.all.total.categories);
        for group in Group::ALL.into_iter().rev().filter(|group| present >> *group as u8 & 1 == 1) {
            signs.push((Box::new(move |painter, at| one_mark(painter, at.x - 1.0, area(at), group, palette)), group.word().to_owned()));
        }
        if self.view.case.index.all.total.refused() {
            signs.push((Box::new(move |painter, at| refused_mark(painter, at.x - 1.0, area(at), palette)), "denied or failed".to_owned()));
        }
        let counts = self.view.case.counts();
        for state in State::ALL.into_iter().filter(|state| counts.of(*state) > 0) {
            signs.push((Box::new(move |painter, at| icons::state(painter, at, 10.0, state, palette)), state.word().to_owned()));
        }
        if self.view.case.findings.iter().any(|finding| finding.severity == Severity::Warning) {
            signs.push((Box::new(move |painter, at| icons::warning(painter, at, palette.state(State::Suspect))), "warning".to_owned()));
        }
        signs
    }

    /// Where each sign goes, in lines that are not wider than there is room.
    fn places(&self, ui: &Ui, width: f32) -> (Vec<(Pos2, Sign<'_>)>, usize) {
        let (mut x, mut line) = (0.0, 0);
        let mut places = Vec::new();
        for sign in self.signs() {
            let word = ui.painter().layout_no_wrap(sign.1.clone(), tokens::sans(tokens::HEAD), self.palette.dim).size().x;
            if x > 0.0 && x + word + 16.0 > width {
                (x, line) = (0.0, line + 1);
            }
            places.push((pos2(x, line as f32 * LINE), sign));
            x += word + 30.0;
        }
        (places, line + 1)
    }

    /// How high the legend is beside this width of labels.
    pub fn legend_height(&self, ui: &Ui, width: f32) -> f32 {
        self.places(ui, width).1 as f32 * LINE + 6.0
    }

    /// Draws the legend under the plot, and the counts beside it.
    pub fn legend(&self, ui: &Ui, rect: Rect) {
        let painter = ui.painter();
        for (at, (mark, word)) in self.places(ui, rect.right() - self.axis.left).0 {
            let middle = pos2(self.axis.left + at.x + 5.0, rect.top() + at.y + LINE / 2.0);
            mark(painter, middle);
            let galley = painter.layout_no_wrap(word, tokens::sans(tokens::HEAD), self.palette.dim);
            painter.galley(pos2(middle.x + 10.0, middle.y - galley.size().y / 2.0), galley, self.palette.dim);
        }
        let words = self.counts();
        let counted = Rect::from_min_max(rect.min, pos2(self.axis.left - 10.0, rect.top() + LINE));
        let response = ui.interact(counted, ui.scope_id().with("counts"), Sense::hover());
        response.widget_info(|| WidgetInfo::labeled(Role::Label, true, words.clone()));
        response.on_hover_text(&words);
        let galley = fitted(painter, &words, tokens::sans(tokens::HEAD), self.palette.dim, self.axis.left - rect.left() - 10.0);
        painter.galley(pos2(rect.left(), rect.top() + LINE / 2.0 - galley.size().y / 2.0), galley, self.palette.dim);
    }

    /// What is in view, beside what passes the filter and the whole.
    fn counts(&self) -> String {
        let view = self.view;
        let lane = &view.shown.all;
        let from = lane.position(&view.case.store, self.axis.from);
        let in_view = lane.position(&view.case.store, self.axis.to().saturating_add(1)).saturating_sub(from) as u64;
        let (passing, all) = (view.shown.len() as u64, view.case.index.len() as u64);
        match (in_view == passing, passing == all) {
            (true, true) => plural(all, "event"),
            (false, true) => format!("{} of {} in view", count(in_view), plural(all, "event")),
            (true, false) => format!("{} of {} pass", count(passing), plural(all, "event")),
            (false, false) => format!("{} in view, {} of {} pass", count(in_view), count(passing), count(all)),
        }
    }
}
