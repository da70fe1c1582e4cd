//! Exporting an evidence bundle.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use eframe::egui::{ComboBox, Grid, Label, RichText, Role, ScrollArea, TextEdit, Ui, WidgetInfo};

use crate::bundle::{ExportJob, Exported, MaskKind, Options, Preview, export, make_key, of_agent, read_key};
use crate::case::examiner_log::ExaminerLog;
use crate::gui::command::{Command as Common, Commands, Dialog};
use crate::gui::state::CaseView;
use crate::gui::state::choice::{Choice, SelectionKind};
use crate::gui::widgets::buttons::{plain_button, quiet_button};
use crate::gui::widgets::dialog::{Controls, dialog};
use crate::gui::widgets::parts::{code_box, divider, error, icon_row, progress, section};
use crate::gui::widgets::tokens::{self, Palette};
use crate::model::State;
use crate::model::text::{bytes, count, plural, visible};
use crate::trust::Store as Keys;
use crate::verify::Job;

/// What the dialog asks for.
pub enum Command {
    /// Count what an export of this choice would hold.
    Preview(Choice),
    /// Let the user choose where the bundle goes.
    ChoosePlace,
    /// Sign and export.
    Export(Box<Order>),
    /// Close the dialog.
    Close,
}

/// What comes back.
pub enum Outcome {
    /// What a bundle would hold.
    Preview(Preview),
    /// Where the bundle shall go; `None` if nothing was chosen.
    PlaceChosen(Option<PathBuf>),
    /// What was exported, or why nothing was.
    Exported(Box<Result<Exported, String>>),
}

/// All that an export needs besides the trusted keys.
pub struct Order {
    choice: Choice,
    options: Options,
    reference: String,
    examiner: String,
    key: PathBuf,
    make_key: bool,
    passphrase: String,
    out: PathBuf,
}

#[derive(Default)]
enum Phase {
    #[default]
    Filling,
    Running(Arc<Job>),
    Done(Box<Exported>),
}

/// The dialog.
#[derive(Default)]
pub struct Export {
    kind: SelectionKind,
    options: Options,
    words: String,
    reference: String,
    examiner: String,
    key: String,
    /// Whether a key may be made where there is none.
    make_key: bool,
    passphrase: String,
    out: String,
    /// For which choice the preview was asked.
    asked: Option<Choice>,
    preview: Option<Preview>,
    error: Option<String>,
    phase: Phase,
}

impl Export {
    /// For the case in view, with these records chosen.
    pub fn new(view: &CaseView, kind: SelectionKind) -> Self {
        let user = directories::UserDirs::new();
        let home = user.as_ref().map(|user| user.home_dir().to_owned()).unwrap_or_default();
        let documents = user.as_ref().and_then(|user| user.document_dir()).unwrap_or(&home).join("Sealscope");
        let stamp = chrono::Utc::now().format("%Y%m%dT%H%M%SZ");
        let name: String = view.name.chars().filter(|character| character.is_ascii_alphanumeric() || "-_".contains(*character)).collect();
        // What was marked is what was meant.
        let marked = kind == SelectionKind::Shown && !view.selection.marked.is_empty();
        Self {
            kind: if marked { SelectionKind::Marked } else { kind },
            examiner: std::env::var("USER").unwrap_or_default(),
            key: home.join(".ssh/id_ed25519").display().to_string(),
            out: documents.join(format!("evidence-{name}-{stamp}.zip")).display().to_string(),
            ..Self::default()
        }
    }

    /// Draws the dialog.
    pub fn ui(&mut self, ui: &Ui, view: &CaseView, commands: &mut Commands) -> Vec<Command> {
        let palette = &Palette::of(ui.ctx());
        let text = "Makes a bundle that an auditor can check with ssh-keygen, sha256sum and a browser, without this program or a network.";
        let mut wanted = Vec::new();
        let shown = dialog(ui, "Export evidence", text, 620.0, |ui, controls| {
            if let Phase::Done(done) = &self.phase {
                finished(ui, controls, done, palette, commands);
                return;
            }
            let running = matches!(self.phase, Phase::Running(_));
            // What stands below the fields must stay in view on a small screen too.
            let height = (ui.ctx().content_rect().height() - 330.0).max(160.0);
            ScrollArea::vertical().max_height(height).show(ui, |ui| {
                ui.add_enabled_ui(!running, |ui| self.fields(ui, controls, view, palette, &mut wanted));
            });
            divider(ui, palette);
            // What is shown behind the dialog may still change: a filter is applied, a case is read on.
            let choice = Choice::new(self.kind, self.options.whole, view);
            if !running && view.is_filtered() && !self.asked.as_ref().is_some_and(|asked| asked.is_same(&choice)) {
                (self.asked, self.preview) = (Some(choice.clone()), None);
                wanted.push(Command::Preview(choice));
            }
            section(ui, "Contents of the bundle", palette);
            match &self.preview {
                None => drop(ui.label(RichText::new("Counting …").color(palette.dim))),
                Some(preview) => {
                    let (records, segments, logs) = (preview.records, preview.segments, preview.logs);
                    let from =
                        format!("{} selected, from {} of {}", plural(records, "record"), plural(segments, "segment"), plural(logs, "log"));
                    ui.label(format!("{from}; their files are {}", bytes(preview.size)));
                    ui.add_space(4.0);
                    preview.prove.iter().for_each(|(state, text)| icon_row(ui, *state, text, "", palette));
                }
            }
            error(ui, self.error.as_deref(), palette);
            ui.add_space(10.0);
            ui.horizontal(|ui| self.buttons(ui, controls, view, palette, &mut wanted));
        });
        match &self.phase {
            Phase::Running(job) if shown.escaped => job.cancel(),
            Phase::Filling | Phase::Done(_) if shown.closed => wanted.push(Command::Close),
            _ => {}
        }
        wanted
    }

    fn fields(&mut self, ui: &mut Ui, controls: &mut Controls, view: &CaseView, palette: &Palette, wanted: &mut Vec<Command>) {
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
            let combo = ComboBox::from_id_salt("what").width(430.0).selected_text(Choice::label(self.kind, view));
            let combo = combo.show_ui(ui, |ui| {
                for kind in SelectionKind::ALL {
                    ui.add_enabled_ui(Choice::is_possible(kind, view), |ui| {
                        ui.selectable_value(&mut self.kind, kind, Choice::label(kind, view))
                    });
                }
            });
            let spoken = format!("What is exported: {}", Choice::label(self.kind, view));
            combo.response.widget_info(|| WidgetInfo::labeled(Role::ComboBox, true, &spoken));
            controls.first(&combo.response);
            ui.end_row();
            word(ui, "");
            ui.vertical(|ui| self.checkboxes(ui));
            ui.end_row();
            word(ui, "Mask");
            ui.vertical(|ui| {
                ui.horizontal_wrapped(|ui| {
                    (ui.spacing_mut().item_spacing.y, ui.spacing_mut().interact_size.y) = (3.0, 20.0);
                    for kind in MaskKind::ALL {
                        let mut on = self.options.masks.contains(&kind);
                        if ui.checkbox(&mut on, kind.words()).changed() {
                            self.options.masks.retain(|other| *other != kind);
                            self.options.masks.extend(on.then_some(kind));
                        }
                    }
                });
                edit(ui, controls, &mut self.words, "other words, separated by commas", "Words to mask");
                if !self.options.masks.is_empty() || !self.words.trim().is_empty() {
                    let text =
                        "Masked in the report and the tables only: the records are included unchanged and still contain these values.";
                    ui.add(Label::new(RichText::new(text).size(tokens::SMALL).color(palette.state(State::Suspect))).wrap());
                }
            });
            ui.end_row();
            word(ui, "Case");
            edit(ui, controls, &mut self.reference, "reference of the case or request", "Case");
            ui.end_row();
            word(ui, "Exported by");
            edit(ui, controls, &mut self.examiner, "your name", "Exported by");
            ui.end_row();
            word(ui, "Signed with");
            ui.vertical(|ui| {
                edit(ui, controls, &mut self.key, "your OpenSSH private key (Ed25519), or agent", "Private key");
                if of_agent(self.key.trim()).is_some() {
                    ui.label(RichText::new("ssh-agent signs; this also works with hardware keys and cards").color(palette.dim));
                    return;
                }
                let known = Path::new(self.key.trim()).exists();
                if !known {
                    // Never because a path was mistyped.
                    ui.checkbox(&mut self.make_key, "no such key: make a new one there");
                }
                let hint = if known { "its passphrase, if it has one" } else { "a passphrase for a new key, or leave empty" };
                controls.secret(ui, TextEdit::singleline(&mut self.passphrase).desired_width(430.0).hint_text(hint), "Passphrase");
            });
            ui.end_row();
            word(ui, "Into");
            ui.horizontal(|ui| {
                edit(ui, controls, &mut self.out, "a new folder, or a file ending in .zip", "Bundle");
                if ui.add(plain_button("Choose…", palette)).clicked() {
                    wanted.push(Command::ChoosePlace);
                }
            });
            ui.end_row();
        });
    }

    fn checkboxes(&mut self, ui: &mut Ui) {
        (ui.spacing_mut().item_spacing.y, ui.spacing_mut().interact_size.y) = (3.0, 20.0);
        ui.checkbox(&mut self.options.whole, "whole files, whatever is selected in them");
        ui.checkbox(&mut self.options.accept_guessable, "also from unsalted logs, whose withheld records can be guessed");
        ui.checkbox(&mut self.options.single, "inclusion proofs: each record also in its own file (up to 200 per segment)");
        let mut with_log = self.options.log.is_some();
        if ui.checkbox(&mut with_log, "your activity log (see Menu)").changed() {
            self.options.log = ExaminerLog::own().ok().filter(|_| with_log).map(|log| log.folder().to_owned());
        }
        ui.checkbox(&mut self.options.controls, "control map: list relevant controls in the report");
    }

    /// Why it cannot be exported yet; `None` if it can.
    fn missing(&self) -> Option<&'static str> {
        let wanted =
            [(&self.examiner, "Enter your name to sign"), (&self.key, "Choose your key"), (&self.out, "Choose where to write the bundle")];
        let empty = wanted.into_iter().find(|(text, _)| text.trim().is_empty()).map(|(_, words)| words);
        let no_key = !self.make_key && of_agent(self.key.trim()).is_none() && !Path::new(self.key.trim()).exists();
        empty.or(no_key.then_some("No such key: correct its path, or make a new one")).or(self
            .preview
            .as_ref()
            .is_some_and(|preview| preview.records == 0)
            .then_some("Nothing is selected"))
    }

    fn buttons(&mut self, ui: &mut Ui, controls: &mut Controls, view: &CaseView, palette: &Palette, wanted: &mut Vec<Command>) {
        if let Phase::Running(job) = &self.phase {
            return progress(ui, job, palette);
        }
        let missing = self.missing();
        if controls.confirm(ui, "Sign and export", missing.is_none() && self.preview.is_some() && view.is_filtered()) {
            wanted.extend(self.order().map(|order| Command::Export(Box::new(order))));
        }
        controls.close(ui, "Close");
        if let Some(words) = missing {
            ui.label(RichText::new(words).size(tokens::SMALL).color(palette.dim));
        }
    }

    /// What the preview was made of, with all that was filled in.
    fn order(&mut self) -> Option<Order> {
        let choice = self.asked.clone()?;
        let words = self.words.split(',').map(|word| word.trim().to_owned()).filter(|word| !word.is_empty()).collect();
        Some(Order {
            options: Options { whole: choice.whole, range: choice.is_range(), words, ..self.options.clone() },
            choice,
            reference: self.reference.trim().to_owned(),
            examiner: self.examiner.trim().to_owned(),
            key: PathBuf::from(self.key.trim()),
            make_key: self.make_key,
            passphrase: std::mem::take(&mut self.passphrase),
            out: PathBuf::from(self.out.trim()),
        })
    }

    /// The work has been started.
    pub fn started(&mut self, job: Arc<Job>) {
        (self.phase, self.error) = (Phase::Running(job), None);
    }

    /// Takes what came back.
    pub fn take(&mut self, outcome: Outcome) {
        match outcome {
            Outcome::Preview(preview) => self.preview = Some(preview),
            Outcome::PlaceChosen(Some(path)) => self.out = path.display().to_string(),
            Outcome::PlaceChosen(None) => {}
            Outcome::Exported(result) => match *result {
                Ok(exported) => self.phase = Phase::Done(Box::new(exported)),
                Err(why) => (self.phase, self.error) = (Phase::Filling, Some(why)),
            },
        }
    }
}

fn edit(ui: &mut Ui, controls: &mut Controls, text: &mut String, hint: &str, name: &'static str) {
    controls.field(ui, TextEdit::singleline(text).desired_width(430.0).hint_text(hint), name);
}

fn finished(ui: &mut Ui, controls: &mut Controls, done: &Exported, palette: &Palette, commands: &mut Commands) {
    let title = format!("{} exported, {} withheld", plural(done.included, "record"), count(done.withheld));
    icon_row(ui, State::Sealed, &title, &visible(&done.path.display().to_string()), palette);
    ui.add_space(6.0);
    let text = "Send this line to the auditor by another channel than the bundle, for their allowed_signers file:";
    ui.add(Label::new(RichText::new(text).color(palette.dim)).wrap());
    ui.add_space(4.0);
    code_box(ui, &visible(&done.signer), palette);
    if ui.add(quiet_button("Copy the line", palette)).clicked() {
        commands.push(Common::Copy(done.signer.clone()));
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
        if controls.confirm(ui, "Open the bundle", true) {
            commands.push(Common::Open(vec![done.path.clone()]));
            controls.done();
        }
        if ui.add(plain_button("Time stamp…", palette)).on_hover_text("Have an outside authority confirm when it was signed").clicked() {
            commands.push(Common::Dialog(Dialog::TimeStamp(done.path.display().to_string())));
            controls.done();
        }
        controls.close(ui, "Close");
    });
}

/// Signs and exports, and notes it in the examiner's own log, if one is kept.
pub fn work(order: &Order, keys: &Keys, log: Option<&ExaminerLog>, job: &Job) -> Result<Exported, String> {
    let passphrase = Some(order.passphrase.as_str()).filter(|text| !text.is_empty());
    if order.make_key && !order.key.exists() && order.key.to_str().is_none_or(|text| of_agent(text).is_none()) {
        make_key(&order.key, passphrase, &order.examiner).map_err(|error| error.to_string())?;
    }
    let key = read_key(&order.key, passphrase).map_err(|error| error.to_string())?;
    let now = crate::model::time::now().ok_or(crate::model::time::BAD_CLOCK)?;
    let exporting = ExportJob {
        case: &order.choice.case,
        rows: &order.choice.rows(),
        options: &order.options,
        selection: order.choice.words(),
        reference: order.reference.clone(),
        examiner: order.examiner.clone(),
        key: &key,
        keys,
        now,
        out: &order.out,
    };
    let exported = export(&exporting, job).map_err(|error| error.to_string())?;
    if let Some(log) = log {
        log.note(exporting.entry(&exported), &exporting.examiner, now).map_err(|error| error.to_string())?;
    }
    Ok(exported)
}
