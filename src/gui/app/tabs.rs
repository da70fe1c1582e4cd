//! Several cases, each in a tab of its own; and opening something while a case is open.

use std::path::PathBuf;

use super::tab::Tab;
use super::window::App;
use crate::gui::command::{Command, Way};
use crate::gui::dialogs::opening::Opening;
use crate::gui::jobs::Slot;
use crate::gui::panels::tabs::Shown;
use crate::gui::state::CaseView;
use crate::trust::Kept;

impl App {
    /// Opens paths: at once if nothing is open, or else as the user answers.
    pub(super) fn open(&mut self, paths: Vec<PathBuf>) {
        if self.view.is_none() && !self.is_checking() {
            return self.open_paths(paths);
        }
        let name = self.view.as_ref().map_or_else(|| "the case".to_owned(), |view| format!("“{}”", view.name));
        self.dialogs.opening = Some(Opening::new(paths, name, self.is_checking()));
    }

    /// Opens paths in the way that the user chose.
    pub(super) fn open_as(&mut self, way: Way, paths: Vec<PathBuf>) {
        match way {
            Way::Replace => self.open_paths(paths),
            Way::Add => {
                let mut all = self.opened.clone();
                all.extend(paths.into_iter().filter(|path| !self.opened.contains(path)));
                self.reopen(all);
            }
            Way::Tab => {
                if let Some(tab) = self.park() {
                    self.tabs.others.insert(self.tabs.place, tab);
                    self.tabs.place += 1;
                }
                self.open_paths(paths);
            }
        }
    }

    /// Opens what is open once more, with the filter as it is.
    pub(super) fn reopen(&mut self, paths: Vec<PathBuf>) {
        let filter = self.panels.top_bar.filter.clone();
        self.open_paths(paths);
        self.filter_to_restore = Some(filter).filter(|filter| !filter.is_empty());
    }

    /// Takes the case in front away, to be put back later. `None` while nothing is open, or it is still being checked.
    fn park(&mut self) -> Option<Tab> {
        if self.is_checking() {
            return None;
        }
        let mut view = self.view.take()?;
        view.detail = None;
        [Slot::Filter, Slot::Sort, Slot::Detail, Slot::Records, Slot::Preview].into_iter().for_each(|slot| self.jobs.abandon(slot));
        let bar = &mut self.panels.top_bar;
        // The keys of a demo that is only about to be opened stay for it.
        let (mut demo_case, mut demo_keys) = (Vec::new(), Vec::new());
        if self.opened == self.demo_case {
            demo_case = std::mem::take(&mut self.demo_case);
            demo_keys = self.keys.trusted().iter().filter(|key| key.kept == Kept::Demo).cloned().collect();
            self.keys.retain(|key| key.kept != Kept::Demo);
        }
        bar.notice = None;
        Some(Tab {
            view,
            opened: std::mem::take(&mut self.opened),
            demo_case,
            demo_keys,
            filter: std::mem::take(&mut bar.filter),
            mistake: bar.mistake.take(),
            is_stale: false,
        })
    }

    /// Puts a case in front.
    fn unpark(&mut self, tab: Tab) {
        self.opened = tab.opened;
        self.demo_case = tab.demo_case;
        tab.demo_keys.into_iter().for_each(|key| self.keys.add(key));
        let bar = &mut self.panels.top_bar;
        (bar.filter, bar.mistake) = (tab.filter, tab.mistake);
        let mut view = tab.view;
        view.settings = self.settings.clone();
        view.arrange();
        if let Some(row) = view.selection.event {
            view.select(row);
        }
        self.view = Some(view);
        self.apply_filter();
        if tab.is_stale {
            self.reopen(self.opened.clone());
        }
    }

    /// Puts the tab at a place in front.
    pub(super) fn switch_tab(&mut self, at: usize) {
        let front = self.tabs.place;
        if at == front || at > self.tabs.others.len() {
            return;
        }
        let index = if at > front { at - 1 } else { at };
        match self.park() {
            Some(parked) => {
                // The one that was in front goes back to its place.
                self.tabs.others.insert(front.min(self.tabs.others.len()), parked);
                let tab = self.tabs.others.remove(at);
                self.tabs.place = at;
                self.unpark(tab);
            }
            None if self.is_checking() => {
                self.panels.top_bar.notice =
                    Some("The case in front is still being checked. Stop the check first, or wait for its end.".into());
            }
            None => {
                let tab = self.tabs.others.remove(index);
                self.tabs.place = index;
                self.unpark(tab);
            }
        }
    }

    /// Puts the tab beside the one in front there, round and round.
    pub(super) fn next_tab(&mut self, step: isize) {
        let count = self.tabs.others.len() as isize + 1;
        self.switch_tab((self.tabs.place as isize + step).rem_euclid(count) as usize);
    }

    /// Closes the tab at a place.
    pub(super) fn close_tab(&mut self, at: usize) {
        let front = self.tabs.place;
        if at == front {
            return self.close_front();
        }
        let index = if at > front { at - 1 } else { at };
        if index < self.tabs.others.len() {
            drop(self.tabs.others.remove(index));
            self.tabs.place -= usize::from(index < front);
        }
    }

    /// Closes the case in front; the one beside it comes there.
    pub(super) fn close_front(&mut self) {
        self.close();
        self.opened.clear();
        self.filter_to_restore = None;
        if !self.tabs.others.is_empty() {
            let index = self.tabs.place.min(self.tabs.others.len() - 1);
            let tab = self.tabs.others.remove(index);
            self.tabs.place = index;
            self.unpark(tab);
        }
    }

    /// Other keys are trusted now: what is not in front is judged again when it comes there.
    pub(super) fn others_are_stale(&mut self) {
        self.tabs.others.iter_mut().for_each(|tab| tab.is_stale = true);
    }

    /// The tabs as they are drawn; none while there is one case at most.
    pub(super) fn shown_tabs(&self) -> Vec<Shown> {
        if self.tabs.others.is_empty() {
            return Vec::new();
        }
        let of = |view: &CaseView, is_front| Shown { name: view.name.clone(), verdict: view.case.verdict(), is_front };
        let mut shown: Vec<Shown> = self.tabs.others.iter().map(|tab| of(&tab.view, false)).collect();
        let front = match &self.view {
            Some(view) => of(view, true),
            None => Shown { name: "opening …".into(), verdict: crate::model::Verdict::Unchecked, is_front: true },
        };
        shown.insert(self.tabs.place.min(shown.len()), front);
        shown
    }

    /// Opens dropped files; keys among them are offered as keys.
    pub(super) fn dropped(&mut self, paths: Vec<PathBuf>) {
        let (keys, evidence): (Vec<PathBuf>, Vec<PathBuf>) = paths.into_iter().partition(|path| holds_keys(path));
        if !evidence.is_empty() {
            self.commands.push(Command::Open(evidence));
        } else if let Some(path) = keys.first() {
            self.dialogs.keys = Some(crate::gui::panels::keys::KeysPanel::offering(path));
            return;
        }
        if !keys.is_empty() {
            self.panels.top_bar.notice =
                Some("Keys among what was dropped were not opened as evidence. Drop them alone to trust them.".into());
        }
    }
}

/// Whether a file holds keys to be trusted and nothing else.
fn holds_keys(path: &std::path::Path) -> bool {
    const LARGEST: u64 = 256 << 10;
    if !std::fs::metadata(path).is_ok_and(|file| file.is_file() && file.len() <= LARGEST) {
        return false;
    }
    let Ok(text) = crate::trust::read_text(path) else { return false };
    let mut keys = crate::trust::Store::default();
    keys.add_text(path, &text).is_ok() && !keys.trusted().is_empty()
}
