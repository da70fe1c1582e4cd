//! The window's state and the only place where it changes.

#[doc(hidden)]
pub mod bench;
mod navigate;
pub mod start;
pub mod trust;

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use eframe::egui::{self, Context, Event, Frame, Margin, Panel, Stroke, Ui};

use crate::bundle::Checked;
use crate::gui::command::{Column, Command, LaneOrder, Tab};
use crate::gui::dialogs::Dialogs;
use crate::gui::jobs::{Arrival, Work};
use crate::gui::panels::detail;
use crate::gui::panels::side;
use crate::gui::panels::table::{Rows, Table};
use crate::gui::panels::timeline::Timeline;
use crate::gui::panels::top_bar as top;
use crate::gui::panels::welcome;
use crate::gui::state::axis::{Axis, Zone};
use crate::gui::state::detail::Detail;
use crate::gui::state::lanes::{self, Line};
use crate::gui::widgets::shortcuts as keys;
use crate::gui::widgets::tokens::{self, Palette};
use crate::model::{Kind, Severity};
use crate::query::Filter;
use crate::store::Index;
use crate::trust::{Kept, Store as Keys};
use crate::verify::{Examination, Job};
use start::pasted_paths;

pub use start::{Start, run};

/// A dialog that returns sooner was never shown.
const NO_DIALOG: Duration = Duration::from_millis(400);

/// An open case with what is shown of it.
pub(crate) struct Open {
    pub(crate) case: Arc<Examination>,
    pub(crate) name: String,
    /// The index of the events that the filter lets through.
    pub(crate) shown: Arc<Index>,
    pub(crate) axis: Axis,
    /// Whether the user has moved the view; until then it follows what arrives.
    pub(crate) moved: bool,
    pub(crate) lines: Vec<Line>,
    pub(crate) marks: Vec<Vec<usize>>,
    pub(crate) rows: Rows,
    /// For which span and order the rows were made.
    pub(crate) rows_for: Option<(i64, i64, usize, Column, bool)>,
    pub(crate) selected: Option<u32>,
    /// Events marked for exporting.
    pub(crate) marked: BTreeSet<u32>,
    pub(crate) selected_lane: Option<usize>,
    pub(crate) finding: Option<usize>,
    pub(crate) detail: Option<Detail>,
    pub(crate) reveal: bool,
}

/// The window.
pub struct App {
    pub(crate) work: Work,
    pub(crate) keys: Keys,
    pub(crate) open: Option<Open>,
    pub(crate) job: Option<(u64, Arc<Job>)>,
    pub(crate) expected: Expected,
    pub(crate) filter_text: String,
    pub(crate) filter: Filter,
    pub(crate) mistake: Option<String>,
    pub(crate) zone: Zone,
    pub(crate) order: LaneOrder,
    pub(crate) folded: BTreeSet<Kind>,
    pub(crate) sorted: (Column, bool),
    pub(crate) tab: Tab,
    pub(crate) brush: Option<i64>,
    pub(crate) paths_field: Option<String>,
    pub(crate) help: bool,
    pub(crate) waiting: Option<&'static str>,
    pub(crate) message: Option<String>,
    /// Why the stored keys are not used, or could not be changed.
    pub(crate) store_mistake: Option<String>,
    /// What the demo's keys count for.
    pub(crate) demo_case: Vec<PathBuf>,
    pub(crate) recent: Vec<PathBuf>,
    pub(crate) commands: Vec<Command>,
    pub(crate) no_drop: bool,
    pub(crate) forget: bool,
    pub(crate) dialogs: Dialogs,
    pub(crate) bundles: Vec<Checked>,
    pub(crate) opened: Vec<PathBuf>,
    pub(crate) shown_title: String,
}

/// The numbers of the results that are still wanted.
#[derive(Default)]
pub(crate) struct Expected {
    pub(crate) filter: u64,
    pub(crate) sort: u64,
    pub(crate) detail: u64,
}

impl App {
    /// The window's first state.
    pub fn new(context: &Context, start: Start) -> Self {
        tokens::install(context);
        let mut commands = Vec::new();
        let (keys, store_mistake) = crate::gui::app::trust::with_stored(start.keys, start.forget);
        let demo_case = start.paths.clone();
        if start.demo {
            commands.push(Command::OpenDemo);
        } else if !start.paths.is_empty() {
            commands.push(Command::Open(start.paths));
        }
        Self {
            work: Work::new(context),
            keys,
            message: store_mistake.clone(),
            store_mistake,
            demo_case,
            open: None,
            job: None,
            expected: Expected::default(),
            filter_text: String::new(),
            filter: Filter::default(),
            mistake: None,
            zone: Zone::Utc,
            order: LaneOrder::Damage,
            folded: BTreeSet::new(),
            sorted: (Column::Time, false),
            tab: Tab::Proof,
            brush: None,
            paths_field: None,
            help: false,
            waiting: None,
            recent: if start.forget { Vec::new() } else { crate::gui::app::start::recent() },
            forget: start.forget,
            dialogs: Dialogs::default(),
            bundles: Vec::new(),
            opened: Vec::new(),
            shown_title: String::new(),
            commands,
            no_drop: start.no_drop,
        }
    }

    /// Whether work is going on.
    pub fn is_busy(&self) -> bool {
        self.job.is_some() || self.waiting.is_some() || !self.commands.is_empty()
    }

    /// The window's title: the case and its verdict, for whoever looks at a list of windows.
    fn title(&self) -> String {
        match &self.open {
            Some(open) if self.job.is_none() => format!("Sealscope — {}: {}", open.name, open.case.verdict().word()),
            Some(open) => format!("Sealscope — {}: checking", open.name),
            None => "Sealscope".into(),
        }
    }

    /// The case that is open.
    pub fn case(&self) -> Option<&Examination> {
        self.open.as_ref().map(|open| open.case.as_ref())
    }

    fn arrive(&mut self, arrival: Arrival) {
        match arrival {
            Arrival::Case(number, case) if self.job.as_ref().is_some_and(|(wanted, _)| *wanted == number) => self.case_arrived(*case),
            Arrival::Filtered(number, index) if number == self.expected.filter => {
                if let Some(open) = &mut self.open {
                    open.shown = index;
                    open.rows_for = None;
                }
                self.arrange();
            }
            Arrival::Sorted(number, rows) if number == self.expected.sort => {
                if let Some(open) = &mut self.open {
                    open.rows = Rows::Sorted(rows);
                }
            }
            Arrival::Detail(number, detail) if number == self.expected.detail => {
                if let Some(open) = &mut self.open {
                    open.detail = Some(*detail);
                }
            }
            Arrival::Chosen(Some(paths), _) if !paths.is_empty() => self.commands.push(Command::Open(paths)),
            Arrival::Chosen(_, shown) if shown < NO_DIALOG => self.commands.push(Command::TypePaths),
            Arrival::Destination(folder) => {
                if let (Some(form), Some(folder)) = (&mut self.dialogs.receiving, folder) {
                    form.into = folder.display().to_string();
                }
            }
            Arrival::Bundles(number, bundles) if self.job.as_ref().is_some_and(|(wanted, _)| *wanted == number) => self.bundles = bundles,
            Arrival::Summary(number, summary) => self.summarised(number, summary),
            Arrival::ExportChosen(path) => self.export_chosen(path),
            Arrival::Exported(result) => self.exported(*result),
            Arrival::Received(result) => self.received(*result),
            Arrival::Compared(result) => self.compared(result),
            Arrival::OtherChosen(path) => self.other_chosen(path),
            Arrival::Stamped(result) => self.stamped(result),
            Arrival::StampChosen(bundle, path) => self.stamp_chosen(bundle, path),
            Arrival::OwnLog(result) => self.own_log_sealed(*result),
            Arrival::Demo(result) => {
                self.waiting = None;
                match result {
                    Ok((path, keys)) => {
                        keys.trusted().iter().for_each(|key| self.keys.add(key.clone()));
                        self.demo_case = vec![path.clone()];
                        self.commands.push(Command::Open(vec![path]));
                    }
                    Err(error) => self.message = Some(error),
                }
            }
            _ => {}
        }
    }

    fn case_arrived(&mut self, case: Examination) {
        let finished = case.finished;
        let case = Arc::new(case);
        let marks = case
            .logs
            .iter()
            .map(|log| {
                let mine = |finding: &&crate::model::Finding| {
                    finding.severity != Severity::Info && finding.place.log.as_deref() == Some(&log.origin)
                };
                case.findings
                    .iter()
                    .enumerate()
                    .filter(|(_, finding)| mine(finding) && finding.place.time.is_some())
                    .map(|(number, _)| number)
                    .collect()
            })
            .collect();
        let name =
            case.segments.first().map_or_else(String::new, |segment| segment.plan.file.path.split('/').next().unwrap_or("").to_owned());
        let fitted = case.index.span().map(|(first, last)| Axis::fit(first, last));
        match &mut self.open {
            Some(open) => {
                // Rows keep their numbers while a case grows, so a selection stays valid.
                open.shown = Arc::clone(&case.index);
                open.case = case;
                open.marks = marks;
                open.rows_for = None;
                if let Some(fitted) = fitted.filter(|_| !open.moved) {
                    open.axis = fitted;
                }
                if finished && let Some(row) = open.selected {
                    self.commands.push(Command::Select(row));
                }
            }
            None => {
                self.open = Some(Open {
                    shown: Arc::clone(&case.index),
                    case,
                    name: crate::model::text::short(&name, 40),
                    axis: fitted.unwrap_or(Axis::fit(0, 1)),
                    moved: false,
                    lines: Vec::new(),
                    marks,
                    rows: Rows::Span(0..0),
                    rows_for: None,
                    selected: None,
                    marked: BTreeSet::new(),
                    selected_lane: None,
                    finding: None,
                    detail: None,
                    reveal: false,
                });
            }
        }
        if finished {
            self.job = None;
            self.note_opened();
        }
        self.apply_filter();
        self.arrange();
    }

    fn arrange(&mut self) {
        if let Some(open) = &mut self.open {
            open.lines = lanes::arrange(&open.case, &open.shown, self.order, &self.folded);
        }
    }

    fn apply_filter(&mut self) {
        let Some(open) = &mut self.open else { return };
        if self.filter.is_empty() {
            self.expected.filter = 0;
            open.shown = Arc::clone(&open.case.index);
            open.rows_for = None;
        } else {
            self.expected.filter = self.work.filter(Arc::clone(&open.case), self.filter.clone());
        }
    }

    fn carry_out(&mut self, context: &Context, command: Command) {
        match command {
            Command::Open(paths) => self.open_paths(paths),
            Command::ChooseFiles => self.work.choose(false),
            Command::ChooseFolder => self.work.choose(true),
            Command::TypePaths => self.paths_field = Some(String::new()),
            Command::OpenDemo => {
                self.waiting = Some("Writing the demo case …");
                self.work.demo();
            }
            Command::Cancel => {
                if let Some((_, job)) = &self.job {
                    job.cancel();
                }
            }
            Command::Close => {
                self.carry_out(context, Command::Cancel);
                self.open = None;
                self.job = None;
                self.filter_text.clear();
                self.filter = Filter::default();
            }
            Command::Filter(text) => {
                self.filter_text = text;
                match Filter::parse(&self.filter_text) {
                    Ok(filter) => {
                        self.mistake = None;
                        self.filter = filter;
                        self.apply_filter();
                        self.arrange();
                    }
                    Err(error) => self.mistake = Some(error.to_string()),
                }
            }
            Command::Fold(kind) => {
                if !self.folded.remove(&kind) {
                    self.folded.insert(kind);
                }
                self.arrange();
            }
            Command::SortLanes(order) => {
                self.order = order;
                self.arrange();
            }
            Command::SortTable(column) => {
                self.sorted = (column, self.sorted.0 == column && !self.sorted.1);
            }
            Command::Zone(zone) => self.zone = zone,
            Command::Theme(theme) => context.set_theme(theme),
            Command::Tab(tab) => self.tab = tab,
            Command::Copy(text) => context.copy_text(text),
            Command::Help(shown) => self.help = shown,
            Command::Exporting(_) | Command::Summarise | Command::ChooseExport | Command::Export => self.exporting(command),
            Command::Receiving(_) | Command::ChooseDestination | Command::Receive => self.receiving(command),
            Command::Comparing(_) | Command::ChooseOther | Command::Compare => self.comparing(command),
            Command::Stamping(_) | Command::StampRequest | Command::StampAnswer | Command::ChooseStamped(_) => self.stamping(command),
            Command::OwnLog(_) | Command::OpenOwnLog { .. } => self.own_log(command),
            Command::Keys(_) | Command::AddKeys | Command::Trust(_) | Command::Keep(..) | Command::Distrust(..) => {
                self.change_trust(command)
            }
            Command::Show(_)
            | Command::ShowAll
            | Command::ShowSelection
            | Command::Select(_)
            | Command::Step(_)
            | Command::Mark(_)
            | Command::MarkTo(_)
            | Command::Unmark
            | Command::Deselect
            | Command::Finding(_) => {
                self.move_about(command);
            }
        }
    }

    fn open_paths(&mut self, paths: Vec<PathBuf>) {
        if let Some((_, job)) = self.job.take() {
            job.cancel();
        }
        if !self.forget {
            self.recent = crate::gui::app::start::remember(&paths);
        }
        if paths != self.demo_case {
            self.keys.retain(|key| key.kept != Kept::Demo);
        }
        self.open = None;
        self.dialogs.exporting = None;
        self.bundles.clear();
        self.message = None;
        self.filter_text.clear();
        self.filter = Filter::default();
        self.mistake = None;
        self.sorted = (Column::Time, false);
        self.opened.clone_from(&paths);
        self.job = Some(self.work.open(paths, self.keys.clone(), self.examiner_log()));
    }

    fn collect_input(&mut self, context: &Context) {
        let typing = context.egui_wants_keyboard_input();
        let (dropped, pasted) = context.input(|input| {
            let dropped: Vec<PathBuf> = input.raw.dropped_files.iter().map(|file| file.path().to_owned()).collect();
            let pasted = input.events.iter().find_map(|event| match event {
                Event::Paste(text) => Some(text.clone()),
                _ => None,
            });
            (dropped, pasted)
        });
        if !dropped.is_empty() && self.dialogs.keys_panel.is_some() {
            self.drop_keys(&dropped);
        } else if !dropped.is_empty() {
            self.commands.push(Command::Open(dropped));
        }
        if let Some(paths) = pasted.filter(|_| !typing).map(|text| pasted_paths(&text)).filter(|paths| !paths.is_empty()) {
            self.commands.push(Command::Open(paths));
        }
        keys::read(context, typing, self.open.as_ref(), self.job.is_some(), &mut self.commands);
    }
}

impl eframe::App for App {
    fn logic(&mut self, context: &Context, _frame: &mut eframe::Frame) {
        while let Some(arrival) = self.work.next() {
            self.arrive(arrival);
        }
        self.collect_input(context);
        // Commands may ask for further ones; a few rounds are enough for all of them.
        for _ in 0..4 {
            for command in std::mem::take(&mut self.commands) {
                self.carry_out(context, command);
            }
        }
        self.update_rows();
        let title = self.title();
        if self.shown_title != title {
            context.send_viewport_cmd(egui::ViewportCommand::Title(title.clone()));
            self.shown_title = title;
        }
        if self.job.is_some() {
            context.request_repaint_after(Duration::from_millis(100));
        }
    }

    fn ui(&mut self, ui: &mut Ui, _frame: &mut eframe::Frame) {
        let palette = Palette::of(ui.ctx());
        let mut commands = std::mem::take(&mut self.commands);
        let bar = |fill| Frame::new().fill(fill).inner_margin(Margin::symmetric(16, 0));
        ui.painter().rect_filled(ui.max_rect(), 0.0, palette.background);
        Panel::top("bar").exact_size(48.0).resizable(false).frame(bar(palette.panel)).show(ui, |ui| {
            let bar = top::Bar {
                case: self.open.as_ref().map(|open| open.case.as_ref()),
                name: self.open.as_ref().map_or("", |open| &open.name),
                filter: &mut self.filter_text,
                mistake: self.mistake.as_deref(),
                passing: self.open.as_ref().map_or(0, |open| open.shown.len()),
                zone: self.zone,
                palette,
            };
            bar.show(ui, &mut commands);
        });
        if self.open.is_some() {
            self.case_ui(ui, palette, &mut commands);
        } else {
            let waiting = self.waiting.or(self.job.as_ref().map(|_| "Opening …"));
            let welcome =
                welcome::Welcome { palette, waiting, message: self.message.as_deref(), recent: &self.recent, no_drop: self.no_drop };
            welcome.show(ui, &mut commands);
        }
        welcome::overlay(ui, &palette);
        welcome::paths_field(ui, &mut self.paths_field, &palette, &mut commands);
        self.dialogs(ui, &palette, &mut commands);
        if self.help {
            welcome::help(ui, &palette, &mut commands);
        }
        self.commands.append(&mut commands);
        if !self.commands.is_empty() {
            ui.ctx().request_repaint();
        }
    }
}

impl App {
    fn case_ui(&mut self, ui: &mut Ui, palette: Palette, commands: &mut Vec<Command>) {
        let Some(open) = &mut self.open else { return };
        let progress = self.job.as_ref().map(|(_, job)| job.progress());
        let frame = |fill| Frame::new().fill(fill).stroke(Stroke::NONE);
        Panel::top("verdict")
            .exact_size(72.0)
            .resizable(false)
            .frame(frame(palette.panel))
            .show(ui, |ui| top::verdict(ui, &open.case, progress, &palette, commands));
        let narrow = ui.available_width() < 1100.0;
        let inner = Margin { left: 20, right: 12, top: 10, bottom: 0 };
        Panel::left("side")
            .default_size(if narrow { 230.0 } else { tokens::SIDE })
            .size_range(180.0..=460.0)
            .frame(frame(palette.panel).inner_margin(inner))
            .show(ui, |ui| {
                side::show(ui, &open.case, &self.bundles, open.finding, &palette, commands);
            });
        Panel::right("detail")
            .default_size(if narrow { 260.0 } else { tokens::DETAIL })
            .size_range(220.0..=640.0)
            .frame(frame(palette.panel).inner_margin(inner))
            .show(ui, |ui| {
                let panel = detail::Panel {
                    case: &open.case,
                    row: open.selected,
                    detail: open.detail.as_ref(),
                    finding: open.finding,
                    tab: self.tab,
                    zone: self.zone,
                    palette,
                };
                panel.show(ui, commands);
            });
        let height = ui.available_height();
        Panel::bottom("table")
            .default_size((height * 0.32).max(120.0))
            .size_range(80.0..=(height - 160.0).max(90.0))
            .resizable(true)
            .frame(frame(palette.background))
            .show(ui, |ui| {
                let table = Table {
                    case: &open.case,
                    index: &open.shown,
                    rows: open.rows.clone(),
                    sorted: self.sorted,
                    selected: open.selected,
                    marked: &open.marked,
                    reveal: std::mem::take(&mut open.reveal),
                    zone: self.zone,
                    palette,
                };
                table.show(ui, commands);
            });
        egui::CentralPanel::no_frame().show(ui, |ui| {
            let timeline = Timeline {
                case: &open.case,
                index: &open.shown,
                lines: &open.lines,
                marks: &open.marks,
                axis: open.axis,
                zone: self.zone,
                selected: open.selected,
                selected_lane: open.selected_lane,
                order: self.order,
                brush: &mut self.brush,
                palette,
            };
            timeline.show(ui, commands);
        });
    }
}
