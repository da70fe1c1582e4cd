//! Exporting an evidence bundle: the dialog, and the work behind it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use eframe::egui::{self, FontId, Grid, Id, Label, ProgressBar, RichText, Role, ScrollArea, TextEdit, Ui, WidgetInfo};

use super::app::{App, Open};
use super::command::Command;
use super::parts::{divider, icon_row, plain_button, primary_button, section};
use super::tokens::{self, Palette};
use super::welcome::dialog;
use crate::bundle::{Exported, Exporting, NAMESPACE, export, make_key, of_agent, read_key};
use crate::model::State;
use crate::model::text::{bytes, count, plural, visible};
use crate::verify::Job;

/// Which records are exported.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum What {
    /// What the filter lets through.
    #[default]
    Shown,
    /// The identity of the selected event.
    Identity,
    /// The part of time in view.
    View,
    /// Everything.
    All,
}

/// What the user fills in, and what came of it.
#[derive(Clone, Default)]
pub struct Form {
    what: What,
    whole: bool,
    accept_guessable: bool,
    controls: bool,
    reference: String,
    examiner: String,
    key: String,
    passphrase: String,
    out: String,
    /// For which choice the summary was made, and the summary.
    summary: Option<(What, bool, Summary)>,
    mistake: Option<String>,
    job: Option<Arc<Job>>,
    done: Option<Exported>,
}

/// What would be in the bundle.
#[derive(Clone, Default)]
struct Summary {
    records: u64,
    segments: usize,
    logs: usize,
    size: u64,
    prove: Vec<(State, String)>,
}

impl Form {
    /// The first state of the form.
    pub fn new(name: &str) -> Self {
        let user = directories::UserDirs::new();
        let home = user.as_ref().map(|user| user.home_dir().to_owned()).unwrap_or_default();
        let documents = user.as_ref().and_then(|user| user.document_dir()).unwrap_or(&home).join("Sealscope");
        let stamp = chrono::Utc::now().format("%Y%m%dT%H%M%SZ");
        let name: String = name.chars().filter(|character| character.is_ascii_alphanumeric() || "-_".contains(*character)).collect();
        Self {
            examiner: std::env::var("USER").unwrap_or_default(),
            key: home.join(".ssh/id_ed25519").display().to_string(),
            out: documents.join(format!("evidence-{name}-{stamp}.zip")).display().to_string(),
            ..Self::default()
        }
    }
}

/// The rows that a choice means.
fn rows(open: &Open, what: What) -> Vec<u32> {
    let store = &open.case.store;
    match what {
        What::Shown => open.shown.rows().collect(),
        What::All => (0..store.len() as u32).collect(),
        What::View => {
            let (first, last) = (open.axis.from, open.axis.to());
            open.shown.rows().filter(|row| (first..=last).contains(&store.time(*row))).collect()
        }
        What::Identity => {
            let Some(identity) = open.selected.map(|row| store.identity_index(row)) else { return Vec::new() };
            (0..store.len() as u32).filter(|row| store.identity_index(*row) == identity).collect()
        }
    }
}

fn summary(open: &Open, what: What, whole: bool) -> Summary {
    let case = &open.case;
    let rows = rows(open, what);
    let mut segments: BTreeMap<u32, u64> = BTreeMap::new();
    rows.iter().filter_map(|row| case.store.origin(*row)).for_each(|origin| *segments.entry(origin.segment).or_default() += 1);
    let reports = || segments.iter().filter_map(|(segment, rows)| Some((case.segments.get(*segment as usize)?, *rows)));
    let logs: BTreeSet<u32> = reports().map(|(segment, _)| segment.log).collect();
    let kind = |segment: &crate::verify::SegmentReport| case.logs.get(segment.log as usize).map_or("", |log| log.seal);
    let (mut cut, mut entire, mut asserted) = (0, 0, 0);
    for (segment, rows) in reports() {
        match kind(segment) {
            "not sealed" => asserted += 1,
            "sealed segments" if !whole && rows < segment.entries => cut += 1,
            _ => entire += 1,
        }
    }
    let mut prove = Vec::new();
    let mut say = |number: u64, state: State, text: &str| {
        if number > 0 {
            prove.push((state, format!("{}: {text}", plural(number, "segment"))));
        }
    };
    say(cut, State::Sealed, "each record is a proven member; how many are withheld, and where, is proven, but not why");
    say(entire, State::Sealed, "whole, with all that the seal needs");
    say(asserted, State::Unsealed, "not sealed: you alone vouch for these records");
    prove.push((State::Unchecked, "not proven: when you exported, and that no other segment exists".into()));
    let size = reports().map(|(segment, _)| segment.plan.file.size).sum();
    Summary { records: rows.len() as u64, segments: segments.len(), logs: logs.len(), size, prove }
}

/// Draws the dialog.
pub fn show(ui: &Ui, form: &mut Form, open: &Open, palette: &Palette, commands: &mut Vec<Command>) {
    let modal = egui::Modal::new(Id::unique("export")).frame(dialog(palette)).show(ui.ctx(), |ui| {
        ui.set_width(620.0);
        ui.label(RichText::new("Export evidence").font(FontId::new(16.0, tokens::semibold())));
        let text = "Makes a bundle that an auditor can check with ssh-keygen, sha256sum and a browser, without this program and without a network.";
        ui.add(Label::new(RichText::new(text).color(palette.dim)).wrap());
        ui.add_space(10.0);
        if let Some(done) = &form.done {
            finished(ui, done, palette, commands);
            return;
        }
        let running = form.job.is_some();
        ui.add_enabled_ui(!running, |ui| fields(ui, form, open, palette, commands));
        divider(ui, palette);
        let stale = form.summary.as_ref().is_none_or(|(what, whole, _)| (*what, *whole) != (form.what, form.whole));
        if stale {
            form.summary = Some((form.what, form.whole, summary(open, form.what, form.whole)));
        }
        let summary = form.summary.as_ref().map(|(_, _, summary)| summary.clone()).unwrap_or_default();
        section(ui, "What will be in it", palette);
        let from = format!("{} selected, from {} of {}", plural(summary.records, "record"), plural(summary.segments as u64, "segment"), plural(summary.logs as u64, "log"));
        ui.label(format!("{from}; their files are {}", bytes(summary.size)));
        ui.add_space(4.0);
        for (state, text) in &summary.prove {
            icon_row(ui, *state, text, "", palette);
        }
        if let Some(mistake) = &form.mistake {
            ui.add_space(6.0);
            ui.add(Label::new(RichText::new(visible(mistake)).color(palette.state(State::Broken))).wrap());
        }
        ui.add_space(10.0);
        buttons(ui, form, summary.records > 0, palette, commands);
    });
    if modal.should_close() && form.job.is_none() {
        commands.push(Command::Exporting(false));
    }
}

fn fields(ui: &mut Ui, form: &mut Form, open: &Open, palette: &Palette, commands: &mut Vec<Command>) {
    let edit = |ui: &mut Ui, text: &mut String, hint: &str, name: &'static str| {
        let edit = ui.add(TextEdit::singleline(text).desired_width(430.0).hint_text(hint));
        edit.widget_info(|| WidgetInfo::labeled(Role::TextInput, true, name));
    };
    let word = |ui: &mut Ui, text: &str| ui.label(RichText::new(text).color(palette.dim));
    Grid::new("exporting").num_columns(2).spacing([16.0, 8.0]).show(ui, |ui| {
        word(ui, "What");
        ui.horizontal_wrapped(|ui| {
            ui.radio_value(&mut form.what, What::Shown, "what is shown");
            ui.radio_value(&mut form.what, What::View, "the time in view");
            ui.add_enabled_ui(open.selected.is_some(), |ui| ui.radio_value(&mut form.what, What::Identity, "the selected identity"));
            ui.radio_value(&mut form.what, What::All, "everything");
        });
        ui.end_row();
        word(ui, "");
        ui.vertical(|ui| {
            ui.checkbox(&mut form.whole, "whole segments, whatever is selected in them");
            ui.checkbox(&mut form.accept_guessable, "also from unsalted logs, where withheld records can be guessed");
            ui.checkbox(&mut form.controls, "name the controls that it is relevant to, in the report");
        });
        ui.end_row();
        word(ui, "Case");
        edit(ui, &mut form.reference, "the case or request that this answers", "Case");
        ui.end_row();
        word(ui, "Exported by");
        edit(ui, &mut form.examiner, "your name", "Exported by");
        ui.end_row();
        word(ui, "Signed with");
        ui.vertical(|ui| {
            edit(ui, &mut form.key, "your private key of OpenSSH (Ed25519), or agent", "Private key");
            if of_agent(form.key.trim()).is_some() {
                word(ui, "ssh-agent signs; hardware keys and cards work so");
                return;
            }
            let known = Path::new(form.key.trim()).exists();
            let hint =
                if known { "its passphrase, if it has one" } else { "no such key yet: one is made; choose a passphrase, or leave empty" };
            let field = ui.add(TextEdit::singleline(&mut form.passphrase).password(true).desired_width(430.0).hint_text(hint));
            field.widget_info(|| WidgetInfo::labeled(Role::PasswordInput, true, "Passphrase"));
        });
        ui.end_row();
        word(ui, "Into");
        ui.horizontal(|ui| {
            edit(ui, &mut form.out, "a new folder, or a file ending in .zip", "Bundle");
            if ui.add(plain_button("Choose…", palette)).clicked() {
                commands.push(Command::ChooseExport);
            }
        });
        ui.end_row();
    });
}

fn buttons(ui: &mut Ui, form: &Form, any: bool, palette: &Palette, commands: &mut Vec<Command>) {
    ui.horizontal(|ui| match &form.job {
        Some(job) => {
            let progress = job.progress();
            ui.add(ProgressBar::new(progress.fraction()).desired_width(240.0).desired_height(6.0).fill(palette.accent))
                .widget_info(|| WidgetInfo::labeled(Role::ProgressIndicator, true, "Progress"));
            if ui.add(plain_button("Cancel", palette)).clicked() {
                job.cancel();
            }
            ui.ctx().request_repaint_after(std::time::Duration::from_millis(100));
        }
        None => {
            let filled = [&form.examiner, &form.key, &form.out].iter().all(|text| !text.trim().is_empty());
            if ui.add_enabled(any && filled, primary_button("Sign and export", palette)).clicked() {
                commands.push(Command::Export);
            }
            if ui.add(plain_button("Close", palette)).clicked() {
                commands.push(Command::Exporting(false));
            }
        }
    });
}

fn finished(ui: &mut Ui, done: &Exported, palette: &Palette, commands: &mut Vec<Command>) {
    let title = format!("{} exported, {} withheld", plural(done.included, "record"), count(done.withheld));
    icon_row(ui, State::Sealed, &title, &visible(&done.path.display().to_string()), palette);
    ui.add_space(6.0);
    let text = format!("Send your public key to the auditor by another way, as a line of allowed_signers with namespaces=\"{NAMESPACE}\".");
    ui.add(Label::new(RichText::new(text).color(palette.dim)).wrap());
    ui.add_space(8.0);
    section(ui, "What it cannot show", palette);
    ScrollArea::vertical().max_height(160.0).show(ui, |ui| {
        for limit in &done.limits {
            ui.add(Label::new(RichText::new(visible(limit)).size(tokens::SMALL).color(palette.dim)).wrap());
        }
    });
    ui.add_space(10.0);
    ui.horizontal(|ui| {
        if ui.add(primary_button("Open the bundle", palette)).clicked() {
            commands.push(Command::Exporting(false));
            commands.push(Command::Open(vec![done.path.clone()]));
        }
        if ui.add(plain_button("Close", palette)).clicked() {
            commands.push(Command::Exporting(false));
        }
    });
}

impl App {
    /// Carries out what the dialog asks for.
    pub(super) fn exporting(&mut self, command: Command) {
        match command {
            Command::Exporting(false) => self.exporting = None,
            Command::Exporting(true) => {
                if let Some(open) = self.open.as_ref().filter(|open| open.case.finished) {
                    self.exporting = Some(Form::new(&open.name));
                }
            }
            Command::ChooseExport => self.work.choose_export(),
            Command::Export => self.start_export(),
            _ => {}
        }
    }

    fn start_export(&mut self) {
        let (Some(form), Some(open)) = (&mut self.exporting, &self.open) else { return };
        let job = Arc::new(Job::default());
        form.job = Some(Arc::clone(&job));
        form.mistake = None;
        let chosen = rows(open, form.what);
        let filter = self.filter_text.trim();
        let selection = match form.what {
            What::Shown if filter.is_empty() => "everything".to_owned(),
            What::Shown => format!("filter: {filter}"),
            What::View => {
                let (first, last) = (open.axis.from, open.axis.to());
                let shown = format!("{} to {}", crate::model::time::seconds(first), crate::model::time::seconds(last));
                if filter.is_empty() { shown } else { format!("{shown}, filter: {filter}") }
            }
            What::Identity => {
                let name = open.selected.map_or("", |row| open.case.store.identity_name(row));
                format!("identity is “{name}”")
            }
            What::All => "everything".to_owned(),
        };
        let (case, keys) = (Arc::clone(&open.case), self.keys.clone());
        let range = form.what == What::View && filter.is_empty();
        let passphrase = std::mem::take(&mut form.passphrase);
        let Form { whole, accept_guessable, controls, reference, examiner, key, out, .. } = form.clone();
        self.work.export(move || {
            let (key, out) = (PathBuf::from(key.trim()), PathBuf::from(out.trim()));
            let passphrase = Some(passphrase).filter(|text| !text.is_empty());
            if !key.exists() && key.to_str().is_none_or(|text| of_agent(text).is_none()) {
                make_key(&key, passphrase.as_deref(), examiner.trim()).map_err(|error| error.to_string())?;
            }
            let key = read_key(&key, passphrase.as_deref()).map_err(|error| error.to_string())?;
            let now = chrono::Utc::now().timestamp_nanos_opt().unwrap_or_default();
            let selection = if whole { format!("{selection}; whole segments") } else { selection };
            let exporting = Exporting {
                case: &case,
                rows: &chosen,
                whole,
                range,
                accept_guessable,
                controls,
                single: false,
                selection,
                reference: reference.trim().to_owned(),
                examiner: examiner.trim().to_owned(),
                key: &key,
                keys: &keys,
                now,
                out: &out,
            };
            export(&exporting, &job).map_err(|error| error.to_string())
        });
    }

    /// Takes what came of exporting.
    pub(super) fn exported(&mut self, result: Result<Exported, String>) {
        if let Some(form) = &mut self.exporting {
            form.job = None;
            match result {
                Ok(exported) => form.done = Some(exported),
                Err(mistake) => form.mistake = Some(mistake),
            }
        }
    }

    /// Takes the place that the user chose for the bundle.
    pub(super) fn export_chosen(&mut self, path: Option<PathBuf>) {
        if let (Some(form), Some(path)) = (&mut self.exporting, path) {
            form.out = path.display().to_string();
        }
    }
}
