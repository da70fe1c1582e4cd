//! The timeline by itself, for measuring how long a frame takes.

use std::sync::Arc;

use eframe::egui::Ui;

use crate::gui::panels::timeline::Timeline;
use crate::gui::state::CaseView;
use crate::gui::state::axis::Axis;
use crate::gui::state::settings::Settings;
use crate::model::time::SECOND;
use crate::model::{Category, Event, Kind, Outcome, State};
use crate::store::{Batch, Store};
use crate::verify::Examination;

/// A case of made-up events, one of them broken.
pub struct TimelineBench {
    view: CaseView,
    timeline: Timeline,
    broken: u32,
}

impl TimelineBench {
    /// `events` in `lanes`; the middle one is broken.
    pub fn new(events: usize, lanes: usize) -> Self {
        let mut store = Store::default();
        let names: Vec<String> = (0..lanes).map(|lane| format!("service-{lane:03}")).collect();
        let actions = ["GetObject", "PutObject", "AssumeRole", "GetSecretValue", "ListBuckets"];
        let categories = [Category::Read, Category::Write, Category::Authentication, Category::SecretAccess, Category::Read];
        let mut state = 0x2545_F491_4F6C_DD1D_u64;
        let mut made = 0;
        while made < events {
            let mut batch = Batch::default();
            for _ in 0..(events - made).min(50_000) {
                // xorshift64: even spread is all that is needed here.
                state ^= state << 13;
                state ^= state >> 7;
                state ^= state << 17;
                let kind = (state >> 20) as usize % actions.len();
                let event = Event {
                    schema: "bench",
                    time: Some(made as i64 * SECOND / 100 + (state >> 50) as i64),
                    identity: names[state as usize % lanes].as_str().into(),
                    kind: Kind::ServiceAccount,
                    action: actions[kind].into(),
                    category: categories[kind],
                    target: "thing".into(),
                    source_address: "10.0.0.1".into(),
                    outcome: if state >> 40 & 255 == 0 { Outcome::Denied } else { Outcome::Success },
                    ..Event::default()
                };
                batch.push(&event, 0);
                made += 1;
            }
            let first = store.len() as u64;
            if !store.append(batch, 0, first, false, 0) {
                break;
            }
        }
        let count = store.len() as u32;
        let broken = count / 2;
        store.set_state(0..count, State::Sealed, false);
        store.set_state(broken..broken + 1, State::Broken, false);
        let case = Examination::of_store(store, Vec::new());
        let (first, last) = case.index.span().unwrap_or((0, 1));
        let mut view = CaseView::new(Arc::new(case), Settings::default());
        view.axis = Axis::fit(first, last).at(196.0, 1384.0);
        Self { view, timeline: Timeline::default(), broken }
    }

    /// Memory of store and index for each event.
    pub fn bytes_per_event(&self) -> f64 {
        (self.view.case.store.bytes() + self.view.case.index.bytes()) as f64 / self.view.case.store.len().max(1) as f64
    }

    /// Shows this share of the whole, around the broken event.
    pub fn zoom(&mut self, share: f64) {
        let (first, last) = self.view.case.index.span().unwrap_or((0, 1));
        let span = (last - first) as f64 * share;
        let middle = self.view.case.store.time(self.broken);
        self.view.axis = if share >= 1.0 {
            Axis::fit(first, last).at(196.0, 1384.0)
        } else {
            Axis { from: middle - (span / 2.0) as i64, span, ..self.view.axis }
        };
    }

    /// Moves by points.
    pub fn pan(&mut self, points: f32) {
        self.view.axis = self.view.axis.panned(points);
    }

    /// Draws the timeline.
    pub fn show(&mut self, ui: &mut Ui) {
        self.timeline.ui(ui, &self.view, &mut Vec::new());
    }

    /// Whether the broken event is among what the lanes would draw now.
    pub fn broken_is_visible(&self) -> bool {
        let axis = self.view.axis.at(196.0, 1384.0);
        let mut seen = false;
        for lane in &self.view.case.index.lanes {
            lane.columns(&self.view.case.store, axis.from, axis.scale() * 3.0, 462, &mut |_, sum| {
                seen |= sum.worst_state() == State::Broken
            });
        }
        seen
    }
}
