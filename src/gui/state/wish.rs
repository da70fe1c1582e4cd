//! What the timeline asks for: other lanes, another look, a range.

use super::CaseView;
use super::axis::Axis;
use super::folds::Folds;
use super::history::Stop;
use super::look::LookChange;
use super::range::Range;
use crate::store::index::Subject;

/// A wish of the timeline.
#[derive(Clone, Debug, PartialEq)]
pub enum Wish {
    /// Let lanes and panels look otherwise.
    Look(LookChange),
    /// Only lanes whose label holds this.
    Find(String),
    /// Only lanes with an event in view, or all.
    InView(bool),
    /// Keep a lane at the top, or let it go.
    Pin(Subject),
    /// Show a lane no more.
    Hide(Subject),
    /// Show hidden lanes again.
    Unhide,
    /// Choose a range, or none.
    Range(Option<Range>),
    /// Fold empty stretches of time, or unfold them.
    FoldTime(bool),
    /// The view stays for a while.
    Rest,
    /// Show what was shown before.
    Back,
    /// Show what was shown after.
    Forward,
    /// Show this moment, in nanoseconds since 1970.
    GoTo(i64),
    /// Select the next (1) or previous (-1) event with the action of the selected one.
    Alike(i64),
}

impl CaseView {
    /// Does what the timeline asks for. What concerns all cases is not done here.
    pub fn grant(&mut self, wish: Wish) {
        match wish {
            Wish::Look(_) => return,
            Wish::Find(text) => self.wanted.find = text,
            Wish::InView(only) => {
                self.wanted.in_view = only;
                return;
            }
            Wish::Range(range) => {
                self.range = range;
                return;
            }
            Wish::FoldTime(fold) => {
                let folds = if fold { Folds::of(&self.case.store, &self.case.index.all) } else { Folds::default() };
                self.axis = match self.case.index.span() {
                    // Margins around the whole would be as wide as what is folded.
                    Some((first, last)) if self.axis.from <= first && self.axis.to() >= last => Axis::fit_folded(first, last, folds),
                    _ => self.axis.folded(folds),
                };
                return;
            }
            Wish::Rest => {
                self.history.rest(self.stop());
                return;
            }
            Wish::GoTo(time) => {
                let from = time.saturating_sub((self.axis.span / 2.0) as i64);
                self.show(Axis { from, ..self.axis });
                return;
            }
            Wish::Alike(step) => {
                self.step_alike(step);
                return;
            }
            Wish::Back | Wish::Forward => return,
            Wish::Pin(subject) => self.wanted.pin(subject),
            Wish::Hide(subject) => self.wanted.hide(subject),
            Wish::Unhide => self.wanted.hidden.clear(),
        }
        self.arrange();
    }

    fn stop(&self) -> Stop {
        Stop { axis: self.axis, filter: self.filter_text.clone() }
    }

    /// Shows what was shown before or after, and gives the filter that was there if it is another one.
    pub fn go(&mut self, wish: &Wish) -> Option<String> {
        let now = self.stop();
        let stop = if *wish == Wish::Back { self.history.back(now) } else { self.history.forward() }?;
        self.axis = Axis { left: self.axis.left, width: self.axis.width, ..stop.axis.folded(self.axis.folds) };
        self.moved = true;
        Some(stop.filter).filter(|filter| *filter != self.filter_text)
    }

    /// Selects the next event that passes the filter and has the action of the selected one.
    fn step_alike(&mut self, step: i64) {
        let store = &self.case.store;
        let Some(row) = self.selection.event else { return };
        let (action, all) = (store.action_index(row), &self.shown.all);
        let start = all.position(store, store.time(row));
        let Some(here) = all.rows[start..].iter().position(|other| *other == row).map(|offset| start + offset) else { return };
        let alike = |other: &&u32| store.action_index(**other) == action;
        let next = if step > 0 { all.rows[here + 1..].iter().find(alike) } else { all.rows[..here].iter().rev().find(alike) };
        if let Some(&next) = next {
            self.select(next);
        }
    }

    /// How many events that pass the filter lie in a range, and how many of them were denied or failed. Of very many the latter are not counted.
    pub fn in_range(&self, range: Range) -> (u64, Option<u64>) {
        const COUNTED: usize = 50_000;
        let (store, lane) = (&self.case.store, &self.shown.all);
        let from = lane.position(store, range.from);
        let rows = &lane.rows[from..lane.position(store, range.to.saturating_add(1)).max(from)];
        let refused = |row: &&u32| matches!(store.outcome(**row), crate::model::Outcome::Denied | crate::model::Outcome::Failure);
        (rows.len() as u64, (rows.len() <= COUNTED).then(|| rows.iter().filter(refused).count() as u64))
    }
}
