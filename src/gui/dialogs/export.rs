//! Exporting an evidence bundle: the dialog, and the work behind it.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use eframe::egui::{ComboBox, Grid, Label, RichText, Role, ScrollArea, TextEdit, Ui, WidgetInfo};

use crate::bundle::{Exported, Exporting, Options, Sort, export, make_key, of_agent, read_key};
use crate::case::examiner_log::ExaminerLog;
use crate::gui::app::{App, Open};
use crate::gui::command::Command;
use crate::gui::state::selection::{Choice, Summary, What};
use crate::gui::widgets::buttons::{divider, icon_row, mistake, modal, plain_button, primary_button, progress, section};
use crate::gui::widgets::tokens::{self, Palette};
use crate::model::State;
use crate::model::text::{bytes, count, plural, visible};
use crate::verify::Job;

/// What the user fills in, and what came of it.
#[derive(Clone, Default)]
pub struct Form {
    /// Which records.
    pub what: What,
    options: Options,
    words: String,
    reference: String,
    examiner: String,
    key: String,
    /// Whether a key may be made where there is none.
    make_key: bool,
    passphrase: String,
    /// Where the bundle goes.
    pub out: String,
    /// For which choice the summary was asked, and the number it will carry.
    asked: Option<(What, bool, u64)>,
    summary: Option<Summary>,
    mistake: Option<String>,
    job: Option<Arc<Job>>,
    done: Option<Exported>,
}

impl Form {
    /// The first state of the form.
    pub fn new(name: &str, what: What) -> Self {
        let user = directories::UserDirs::new();
        let home = user.as_ref().map(|user| user.home_dir().to_owned()).unwrap_or_default();
        let documents = user.as_ref().and_then(|user| user.document_dir()).unwrap_or(&home).join("Sealscope");
        let stamp = chrono::Utc::now().format("%Y%m%dT%H%M%SZ");
        let name: String = name.chars().filter(|character| character.is_ascii_alphanumeric() || "-_".contains(*character)).collect();
        Self {
            what,
            examiner: std::env::var("USER").unwrap_or_default(),
            key: home.join(".ssh/id_ed25519").display().to_string(),
            out: documents.join(format!("evidence-{name}-{stamp}.zip")).display().to_string(),
            ..Self::default()
        }
    }
}

/// Draws the dialog.
pub fn show(ui: &Ui, form: &mut Form, open: &Open, palette: &Palette, commands: &mut Vec<Command>) {
    let text =
        "Makes a bundle that an auditor can check with ssh-keygen, sha256sum and a browser, without this program and without a network.";
    let modal = modal(ui, "Export evidence", text, 620.0, palette, |ui| {
        if let Some(done) = &form.done {
            finished(ui, done, palette, commands);
            return;
        }
        let running = form.job.is_some();
        // What stands below the fields must stay in view on a small screen too.
        let height = (ui.ctx().content_rect().height() - 330.0).max(160.0);
        ScrollArea::vertical().max_height(height).show(ui, |ui| {
            ui.add_enabled_ui(!running, |ui| fields(ui, form, open, palette, commands));
        });
        divider(ui, palette);
        if form.asked.is_none_or(|(what, whole, _)| (what, whole) != (form.what, form.options.whole)) {
            commands.push(Command::Summarise);
        }
        section(ui, "What will be in it", palette);
        match &form.summary {
            None => drop(ui.label(RichText::new("Counting …").color(palette.dim))),
            Some(summary) => {
                let (records, segments, logs) = (summary.records, summary.segments, summary.logs);
                let from =
                    format!("{} selected, from {} of {}", plural(records, "record"), plural(segments, "segment"), plural(logs, "log"));
                ui.label(format!("{from}; their files are {}", bytes(summary.size)));
                ui.add_space(4.0);
                summary.prove.iter().for_each(|(state, text)| icon_row(ui, *state, text, "", palette));
            }
        }
        mistake(ui, form.mistake.as_deref(), palette);
        ui.add_space(10.0);
        let any = form.summary.as_ref().is_some_and(|summary| summary.records > 0);
        buttons(ui, form, any, palette, commands);
    });
    if modal.should_close() && form.job.is_none() {
        commands.push(Command::Exporting(None));
    }
}

fn fields(ui: &mut Ui, form: &mut Form, open: &Open, palette: &Palette, commands: &mut Vec<Command>) {
    let edit = |ui: &mut Ui, text: &mut String, hint: &str, name: &'static str| {
        let edit = ui.add(TextEdit::singleline(text).desired_width(430.0).hint_text(hint));
        edit.widget_info(|| WidgetInfo::labeled(Role::TextInput, true, name));
    };
    // At the top of its row, also beside several lines.
    let word = |ui: &mut Ui, text: &str| {
        ui.vertical(|ui| {
            ui.set_min_width(82.0);
            ui.add_space(4.0);
            ui.add(Label::new(RichText::new(text).color(palette.dim)).extend());
        });
    };
    Grid::new("exporting").num_columns(2).spacing([16.0, 8.0]).show(ui, |ui| {
        word(ui, "What");
        let combo = ComboBox::from_id_salt("what").width(430.0).selected_text(Choice::label(form.what, open));
        let combo = combo.show_ui(ui, |ui| {
            for what in What::ALL {
                ui.add_enabled_ui(Choice::is_possible(what, open), |ui| {
                    ui.selectable_value(&mut form.what, what, Choice::label(what, open))
                });
            }
        });
        let spoken = format!("What is exported: {}", Choice::label(form.what, open));
        combo.response.widget_info(|| WidgetInfo::labeled(Role::ComboBox, true, &spoken));
        ui.end_row();
        word(ui, "");
        ui.vertical(|ui| {
            (ui.spacing_mut().item_spacing.y, ui.spacing_mut().interact_size.y) = (3.0, 20.0);
            ui.checkbox(&mut form.options.whole, "whole segments, whatever is selected in them");
            ui.checkbox(&mut form.options.accept_guessable, "also from unsalted logs, where withheld records can be guessed");
            ui.checkbox(&mut form.options.single, "each record also as a file of its own, with its proof (up to 200 of a segment)");
            let mut with_log = form.options.log.is_some();
            if ui.checkbox(&mut with_log, "your own log, as it stands (see Menu)").changed() {
                form.options.log = ExaminerLog::own().ok().filter(|_| with_log).map(|log| log.folder().to_owned());
            }
            ui.checkbox(&mut form.options.controls, "name the controls that it is relevant to, in the report");
        });
        ui.end_row();
        word(ui, "Mask");
        ui.vertical(|ui| {
            ui.horizontal_wrapped(|ui| {
                (ui.spacing_mut().item_spacing.y, ui.spacing_mut().interact_size.y) = (3.0, 20.0);
                for sort in Sort::ALL {
                    let mut on = form.options.masks.contains(&sort);
                    if ui.checkbox(&mut on, sort.words()).changed() {
                        form.options.masks.retain(|other| *other != sort);
                        form.options.masks.extend(on.then_some(sort));
                    }
                }
            });
            edit(ui, &mut form.words, "other words, with commas between them", "Words to mask");
            if !form.options.masks.is_empty() || !form.words.trim().is_empty() {
                let text =
                    "Masked in the report and the tables only: the records themselves travel as they are, and still hold these values.";
                ui.add(Label::new(RichText::new(text).size(tokens::SMALL).color(palette.state(State::Suspect))).wrap());
            }
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
                ui.label(RichText::new("ssh-agent signs; hardware keys and cards work so").color(palette.dim));
                return;
            }
            let known = Path::new(form.key.trim()).exists();
            if !known {
                // Never because a path was mistyped.
                ui.checkbox(&mut form.make_key, "there is no such key: make a new one there");
            }
            let hint = if known { "its passphrase, if it has one" } else { "a passphrase for a new key, or leave empty" };
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
            progress(ui, job, palette);
        }
        None => {
            let wanted = [(&form.examiner, "say who exports"), (&form.key, "name your key"), (&form.out, "say where the bundle goes")];
            let missing = wanted.into_iter().find(|(text, _)| text.trim().is_empty()).map(|(_, words)| words);
            let no_key = !form.make_key && of_agent(form.key.trim()).is_none() && !Path::new(form.key.trim()).exists();
            let missing = missing.or(no_key.then_some("there is no such key; correct its path, or have a new one made"));
            if ui.add_enabled(any && missing.is_none(), primary_button("Sign and export", palette)).clicked() {
                commands.push(Command::Export);
            }
            if ui.add(plain_button("Close", palette)).clicked() {
                commands.push(Command::Exporting(None));
            }
            let empty = form.summary.as_ref().is_some_and(|summary| summary.records == 0).then_some("nothing is selected");
            if let Some(words) = missing.or(empty) {
                ui.label(RichText::new(words).size(tokens::SMALL).color(palette.dim));
            }
        }
    });
}

fn finished(ui: &mut Ui, done: &Exported, palette: &Palette, commands: &mut Vec<Command>) {
    let title = format!("{} exported, {} withheld", plural(done.included, "record"), count(done.withheld));
    icon_row(ui, State::Sealed, &title, &visible(&done.path.display().to_string()), palette);
    ui.add_space(6.0);
    let text = "Send this line to the auditor by another way than the bundle, for his file of allowed signers:";
    ui.add(Label::new(RichText::new(text).color(palette.dim)).wrap());
    ui.add_space(4.0);
    crate::gui::widgets::buttons::code_box(ui, &visible(&done.signer), palette);
    if ui.add(crate::gui::widgets::buttons::quiet_button("Copy the line", palette)).clicked() {
        commands.push(Command::Copy(done.signer.clone()));
    }
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
            commands.push(Command::Exporting(None));
            commands.push(Command::Open(vec![done.path.clone()]));
        }
        if ui.add(plain_button("Time stamp…", palette)).on_hover_text("Have an outside authority state when it was signed").clicked() {
            commands.push(Command::Exporting(None));
            commands.push(Command::Stamping(Some(done.path.display().to_string())));
        }
        if ui.add(plain_button("Close", palette)).clicked() {
            commands.push(Command::Exporting(None));
        }
    });
}

impl App {
    /// Carries out what the dialog asks for.
    pub(crate) fn exporting(&mut self, command: Command) {
        match command {
            Command::Exporting(None) => self.dialogs.exporting = None,
            Command::Exporting(Some(what)) => {
                if let Some(open) = self.open.as_ref().filter(|open| open.case.finished) {
                    let marked = what == What::Shown && !open.marked.is_empty();
                    self.dialogs.exporting = Some(Form::new(&open.name, if marked { What::Marked } else { what }));
                }
            }
            Command::Summarise => {
                let (Some(form), Some(open)) = (&mut self.dialogs.exporting, &self.open) else { return };
                let choice = Choice::new(form.what, form.options.whole, open, &self.filter_text);
                form.summary = None;
                form.asked = Some((form.what, form.options.whole, self.work.summarise(choice)));
            }
            Command::ChooseExport => self.work.choose_export(),
            Command::Export => self.start_export(),
            _ => {}
        }
    }

    fn start_export(&mut self) {
        let (Some(form), Some(open)) = (&mut self.dialogs.exporting, &self.open) else { return };
        let job = Arc::new(Job::default());
        form.job = Some(Arc::clone(&job));
        form.mistake = None;
        let choice = Choice::new(form.what, form.options.whole, open, &self.filter_text);
        let keys = self.keys.clone();
        let passphrase = std::mem::take(&mut form.passphrase);
        let Form { options, words, reference, examiner, key, make_key: may_make, out, .. } = form.clone();
        let log = self.examiner_log();
        self.work.export(move || {
            let (key, out) = (PathBuf::from(key.trim()), PathBuf::from(out.trim()));
            let passphrase = Some(passphrase).filter(|text| !text.is_empty());
            if may_make && !key.exists() && key.to_str().is_none_or(|text| of_agent(text).is_none()) {
                make_key(&key, passphrase.as_deref(), examiner.trim()).map_err(|error| error.to_string())?;
            }
            let key = read_key(&key, passphrase.as_deref()).map_err(|error| error.to_string())?;
            let now = crate::model::time::now().ok_or(crate::model::time::BAD_CLOCK)?;
            let chosen = choice.rows();
            let words: Vec<String> = words.split(',').map(|word| word.trim().to_owned()).filter(|word| !word.is_empty()).collect();
            let options = Options { whole: choice.whole, range: choice.is_range(), words, ..options };
            let exporting = Exporting {
                case: &choice.case,
                rows: &chosen,
                options: &options,
                selection: choice.words(),
                reference: reference.trim().to_owned(),
                examiner: examiner.trim().to_owned(),
                key: &key,
                keys: &keys,
                now,
                out: &out,
            };
            let exported = export(&exporting, &job).map_err(|error| error.to_string())?;
            if let Some(log) = log {
                log.note(exporting.entry(&exported), &exporting.examiner, now).map_err(|error| error.to_string())?;
            }
            Ok(exported)
        });
    }

    /// Takes what a bundle would hold, if it is still the one that was asked for.
    pub(crate) fn summarised(&mut self, number: u64, summary: Summary) {
        if let Some(form) = self.dialogs.exporting.as_mut().filter(|form| form.asked.is_some_and(|(_, _, wanted)| wanted == number)) {
            form.summary = Some(summary);
        }
    }

    /// Takes what came of exporting.
    pub(crate) fn exported(&mut self, result: Result<Exported, String>) {
        if let Some(form) = &mut self.dialogs.exporting {
            form.job = None;
            match result {
                Ok(exported) => form.done = Some(exported),
                Err(mistake) => form.mistake = Some(mistake),
            }
        }
    }

    /// Takes the place that the user chose for the bundle.
    pub(crate) fn export_chosen(&mut self, path: Option<PathBuf>) {
        if let (Some(form), Some(path)) = (&mut self.dialogs.exporting, path) {
            form.out = path.display().to_string();
        }
    }
}
