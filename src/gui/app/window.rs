//! The window's state and what is drawn of it.

use std::path::PathBuf;
use std::time::Duration;

use eframe::egui::{self, Context, Event, Frame, Margin, Panel, Stroke, Ui};

use super::arrival::Arrival;
use super::fonts::Fonts;
use super::recent::Recent;
use super::remembered::Remembered;
use super::start::Start;
use super::tab::Tabs;
use super::{recent, stored_keys};
use crate::gui::command::{Command, Commands};
use crate::gui::dialogs::activity_log::ActivityLog;
use crate::gui::dialogs::compare::Compare;
use crate::gui::dialogs::export::Export;
use crate::gui::dialogs::opening::Opening;
use crate::gui::dialogs::paths::{Paths, pasted_paths};
use crate::gui::dialogs::receive::Receive;
use crate::gui::dialogs::time_stamp::TimeStamp;
use crate::gui::jobs::{Jobs, Slot};
use crate::gui::panels::detail::DetailPanel;
use crate::gui::panels::keys::KeysPanel;
use crate::gui::panels::table::Table;
use crate::gui::panels::timeline::Timeline;
use crate::gui::panels::top_bar::TopBar;
use crate::gui::panels::welcome::{self, Waiting, Welcome};
use crate::gui::panels::{side, tabs, verdict};
use crate::gui::state::CaseView;
use crate::gui::state::look::LookChange;
use crate::gui::state::settings::Settings;
use crate::gui::state::wish::Wish;
use crate::gui::widgets::dialog::return_keyboard;
use crate::gui::widgets::shortcuts;
use crate::gui::widgets::tokens::{self, Palette};
use crate::trust::Store as Keys;
use crate::verify::Examination;

/// The window.
pub struct App {
    pub(super) jobs: Jobs<Arrival>,
    pub(super) keys: Keys,
    /// Why the stored keys are not used, or could not be changed.
    pub(super) store_error: Option<String>,
    /// What the demo's keys count for.
    pub(super) demo_case: Vec<PathBuf>,
    pub(super) view: Option<CaseView>,
    /// What the open case was opened from.
    pub(super) opened: Vec<PathBuf>,
    pub(super) settings: Settings,
    pub(super) remembered: Remembered,
    /// The other cases that are open.
    pub(super) tabs: Tabs,
    /// A filter for the case that is being opened anew.
    pub(super) filter_to_restore: Option<String>,
    held: shortcuts::Held,
    pub(super) panels: Panels,
    pub(super) dialogs: Dialogs,
    pub(super) fonts: Fonts,
    pub(super) message: Option<String>,
    pub(super) recent: Vec<Recent>,
    pub(super) commands: Commands,
    pub(super) forget: bool,
    no_drop: bool,
    shown_title: String,
}

/// The panels that hold something from frame to frame.
#[derive(Default)]
pub(super) struct Panels {
    pub(super) top_bar: TopBar,
    detail: DetailPanel,
    table: Table,
    timeline: Timeline,
}

/// The dialogs, each while it is open.
#[derive(Default)]
pub(super) struct Dialogs {
    pub(super) paths: Option<Paths>,
    pub(super) keys: Option<KeysPanel>,
    pub(super) export: Option<Export>,
    pub(super) receive: Option<Receive>,
    pub(super) compare: Option<Compare>,
    pub(super) time_stamp: Option<TimeStamp>,
    pub(super) activity_log: Option<ActivityLog>,
    pub(super) opening: Option<Opening>,
    pub(super) help: bool,
}

impl Dialogs {
    /// Whether one is open.
    fn any(&self) -> bool {
        let Self { paths, keys, export, receive, compare, time_stamp, activity_log, opening, help } = self;
        let work = export.is_some() || receive.is_some() || compare.is_some() || time_stamp.is_some() || activity_log.is_some();
        work || paths.is_some() || keys.is_some() || opening.is_some() || *help
    }
}

impl App {
    /// The window's first state.
    pub fn new(context: &Context, start: Start) -> Self {
        tokens::install(context);
        let mut commands = Vec::new();
        let remembered = if start.forget { Remembered::default() } else { Remembered::load() };
        let mut settings = Settings::default();
        remembered.apply(&mut settings);
        if let Some(theme) = remembered.theme() {
            context.set_theme(theme);
        }
        let (keys, store_error) = stored_keys::with_stored(start.keys, start.forget);
        let demo_case = start.paths.clone();
        if start.demo {
            commands.push(Command::OpenDemo);
        } else if !start.paths.is_empty() {
            commands.push(Command::Open(start.paths));
        }
        Self {
            jobs: Jobs::new(context),
            keys,
            message: store_error.clone(),
            store_error,
            demo_case,
            view: None,
            opened: Vec::new(),
            settings,
            remembered,
            tabs: Tabs::default(),
            filter_to_restore: None,
            held: shortcuts::Held::default(),
            panels: Panels::default(),
            dialogs: Dialogs::default(),
            fonts: Fonts::default(),
            recent: if start.forget { Vec::new() } else { recent::recent() },
            forget: start.forget,
            shown_title: String::new(),
            commands,
            no_drop: start.no_drop,
        }
    }

    /// Whether work is going on.
    pub fn is_busy(&self) -> bool {
        self.is_checking() || self.jobs.is_running(Slot::Demo) || !self.commands.is_empty()
    }

    /// Whether a case is being read.
    pub(super) fn is_checking(&self) -> bool {
        self.jobs.is_running(Slot::Examine)
    }

    /// The case that is open.
    pub fn case(&self) -> Option<&Examination> {
        self.view.as_ref().map(|view| view.case.as_ref())
    }

    /// The window's title: the case and its verdict, for a list of windows.
    fn title(&self) -> String {
        match &self.view {
            Some(view) if self.is_checking() => format!("Sealscope — {}: checking", view.name),
            Some(view) => format!("Sealscope — {}: {}", view.name, view.case.verdict().word()),
            None => "Sealscope".into(),
        }
    }

    fn collect_input(&mut self, context: &Context) {
        let typing = shortcuts::is_typing(context);
        let (dropped, pasted) = context.input(|input| {
            let dropped: Vec<PathBuf> = input.raw.dropped_files.iter().map(|file| file.path().to_owned()).collect();
            let pasted = input.events.iter().find_map(|event| match event {
                Event::Paste(text) => Some(text.clone()),
                _ => None,
            });
            (dropped, pasted)
        });
        if let (false, Some(panel)) = (dropped.is_empty(), &mut self.dialogs.keys) {
            let changes = panel.dropped(&dropped);
            let error = panel.error.clone();
            if !changes.is_empty() {
                self.change_trust(&changes);
            }
            if let Some(panel) = &mut self.dialogs.keys {
                panel.error = panel.error.take().or(error);
            }
        } else if !dropped.is_empty() {
            self.dropped(dropped);
        }
        if let Some(paths) = pasted.filter(|_| !typing).map(|text| pasted_paths(&text)).filter(|paths| !paths.is_empty()) {
            self.commands.push(Command::Open(paths));
        }
        shortcuts::read(context, self.view.as_ref(), self.jobs.is_running(Slot::Examine), &mut self.commands);
    }

    fn welcome(&self, ui: &mut Ui, commands: &mut Commands) {
        let waiting = match (self.jobs.is_running(Slot::Demo), self.jobs.progress(Slot::Examine)) {
            (true, _) => Some(Waiting::Demo),
            (false, Some(progress)) => Some(Waiting::Opening(progress)),
            (false, None) => None,
        };
        Welcome { waiting, opened: &self.opened, message: self.message.as_deref(), recent: &self.recent, no_drop: self.no_drop }
            .ui(ui, commands);
    }

    /// Remembers how cases are shown, and where the window is.
    pub(super) fn remember(&mut self, theme: egui::ThemePreference) {
        if !self.forget {
            self.remembered.take(&self.settings, theme);
            let remembered = self.remembered.clone();
            self.jobs.aside("remember", move || remembered.store());
        }
    }

    fn case_ui(&mut self, ui: &mut Ui, palette: Palette, commands: &mut Commands) {
        let Some(view) = &self.view else { return };
        let panels = &mut self.panels;
        let frame = |fill| Frame::new().fill(fill).stroke(Stroke::NONE);
        let bar = Panel::top("verdict").exact_size(verdict::height(view)).resizable(false).frame(frame(palette.panel));
        bar.show(ui, |ui| verdict::ui(ui, view, commands));
        let narrow = ui.available_width() < 1100.0;
        let inner = Margin { left: 20, right: 12, top: 10, bottom: 0 };
        let look = view.settings.look;
        let mut widths = (look.side_width, look.detail_width);
        if look.side {
            let panel = Panel::left("side").default_size(look.side_width.unwrap_or(if narrow { 200.0 } else { tokens::SIDE }));
            let panel = panel.size_range(160.0..=460.0).frame(frame(palette.panel).inner_margin(inner));
            widths.0 = Some(panel.show(ui, |ui| side::ui(ui, view, commands)).response.rect.width());
        }
        if look.detail {
            let panel = Panel::right("detail").default_size(look.detail_width.unwrap_or(if narrow { 300.0 } else { tokens::DETAIL }));
            let panel = panel.size_range(220.0..=760.0).frame(frame(palette.panel).inner_margin(inner));
            widths.1 = Some(panel.show(ui, |ui| panels.detail.ui(ui, view, commands)).response.rect.width());
        }
        // Only what was dragged is remembered: other widths follow the window.
        if ui.input(|input| input.pointer.is_decidedly_dragging()) && widths != (look.side_width, look.detail_width) {
            commands.push(Command::Wish(Wish::Look(LookChange::Panels(widths.0, widths.1))));
        }
        let height = ui.available_height();
        // What the lanes leave empty goes to the table.
        let spare = height - Timeline::wanted_height(ui, view, ui.available_width());
        let usual = (height * 0.34).max(120.0);
        // A panel of its own, so that the usual one keeps the height that it was given.
        let table = if view.case.finished && spare > usual {
            Panel::bottom("table below few lanes").exact_size(spare).resizable(false)
        } else {
            Panel::bottom("table").default_size(usual).size_range(80.0..=(height - 160.0).max(90.0)).resizable(true)
        };
        table.frame(frame(palette.background)).show(ui, |ui| panels.table.ui(ui, view, commands));
        egui::CentralPanel::no_frame().show(ui, |ui| panels.timeline.ui(ui, view, commands));
    }
}

impl eframe::App for App {
    fn logic(&mut self, context: &Context, _frame: &mut eframe::Frame) {
        while let Some((slot, arrival)) = self.jobs.next() {
            match arrival {
                Ok(arrival) => self.arrive(arrival),
                Err(why) => self.failed(slot, why),
            }
        }
        return_keyboard(context);
        self.held.update(context, self.dialogs.any());
        let (place, size, maximized) = context.input(|input| {
            let window = input.viewport();
            (window.outer_rect.map(|rect| rect.min), window.inner_rect, window.maximized.unwrap_or(false))
        });
        self.remembered.take_window(place, size, maximized);
        self.fonts.update(context, &mut self.jobs);
        self.collect_input(context);
        // Commands may ask for further ones; a few rounds are enough for all of them.
        for _ in 0..4 {
            for command in std::mem::take(&mut self.commands) {
                self.run(context, command);
            }
        }
        let progress = self.jobs.progress(Slot::Examine);
        if let Some(view) = &mut self.view {
            view.progress = progress;
        }
        self.update_rows(context);
        let title = self.title();
        if self.shown_title != title {
            context.send_viewport_cmd(egui::ViewportCommand::Title(title.clone()));
            self.shown_title = title;
        }
        if self.is_checking() {
            context.request_repaint_after(Duration::from_millis(100));
        }
    }

    fn ui(&mut self, ui: &mut Ui, _frame: &mut eframe::Frame) {
        let palette = Palette::of(ui.ctx());
        let mut commands = std::mem::take(&mut self.commands);
        ui.painter().rect_filled(ui.max_rect(), 0.0, palette.background);
        let bar = Frame::new().fill(palette.panel).inner_margin(Margin::symmetric(16, 0));
        Panel::top("bar").exact_size(48.0).resizable(false).frame(bar).show(ui, |ui| {
            let is_searching = self.jobs.is_running(Slot::Filter);
            self.panels.top_bar.ui(ui, self.view.as_ref(), &self.settings, is_searching, &mut commands);
        });
        let tabs = self.shown_tabs();
        if !tabs.is_empty() {
            let frame = Frame::new().fill(palette.panel);
            Panel::top("tabs").exact_size(tabs::HEIGHT).resizable(false).frame(frame).show(ui, |ui| tabs::ui(ui, &tabs, &mut commands));
        }
        if self.view.is_some() {
            self.case_ui(ui, palette, &mut commands);
        } else {
            self.welcome(ui, &mut commands);
        }
        welcome::overlay(ui, self.view.is_some());
        self.dialogs_ui(ui, &mut commands);
        self.commands.append(&mut commands);
        if !self.commands.is_empty() {
            ui.ctx().request_repaint();
        }
    }

    fn on_exit(&mut self, _gl: Option<&eframe::glow::Context>) {
        if !self.forget {
            self.remembered.store();
        }
    }
}
