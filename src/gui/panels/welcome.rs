//! The first sight, and what hovers over the window while files are dragged.

use std::path::PathBuf;

use eframe::egui::{self, Align2, FontId, Id, Label, Layout, Order, Rect, RichText, Spinner, Stroke, StrokeKind, Ui, vec2};

use crate::gui::command::{Command, Commands};
use crate::gui::widgets::buttons::{plain_button, primary_button};
use crate::gui::widgets::fonts::shown;
use crate::gui::widgets::icons;
use crate::gui::widgets::parts::section;
use crate::gui::widgets::tokens::{self, Palette};
use crate::model::State;
use crate::model::text::{bytes, plural, short};
use crate::verify::Progress;

/// What is being waited for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Waiting {
    /// The demo case is written.
    Demo,
    /// A case is opened, so far.
    Opening(Progress),
}

/// The window without a case.
pub struct Welcome<'a> {
    /// What is being waited for.
    pub waiting: Option<Waiting>,
    /// What is being opened.
    pub opened: &'a [PathBuf],
    /// What went wrong.
    pub message: Option<&'a str>,
    /// What was opened before, each with its last verdict.
    pub recent: &'a [(PathBuf, String)],
    /// Whether dropping cannot work on this desktop.
    pub no_drop: bool,
}

/// What is read, with what makes it known.
const FORMATS: [(&str, &str); 8] = [
    ("Sealed segments", "NAME.seal beside NAME, with .leaves"),
    ("AWS CloudTrail", "log files with their digest files"),
    ("Hash chains", "JSON lines, lists and SQLite; Agent Receipts and others"),
    ("Transparency logs", "C2SP tiles with a checkpoint"),
    ("Proofs of logging", "C2SP .tlog-proof, Sigstore, sigsum"),
    ("systemd journals", "with Forward Secure Sealing"),
    ("Evidence bundles", "a .zip that another examiner exported"),
    ("Logs without a seal", "JSON and JSON lines of some 20 products, and others like them"),
];

/// What to do first.
const FIRST: [(&str, &str); 3] = [
    (
        "Open the log with all that lies beside it",
        "Seals, digests and proofs are found by themselves. Evidence is only read, never changed.",
    ),
    ("Give the sealer's key", "K opens Keys. Without a key Sealscope can say that a log agrees with itself, not who vouches for it."),
    ("Read the verdict, then the events", "What can be proven stands on the left, with what would strengthen it."),
];

impl Welcome<'_> {
    /// Draws it.
    pub fn ui(self, ui: &mut Ui, commands: &mut Commands) {
        let palette = Palette::of(ui.ctx());
        let area = ui.available_rect_before_wrap();
        icons::dashed(ui.painter(), area.shrink(24.0), palette.line);
        let rect = area.shrink2(vec2(56.0, 40.0));
        let two = rect.width() > 820.0 && self.waiting.is_none();
        let wide = rect.width().min(if two { 1_080.0 } else { 620.0 });
        let tall = rect.height().min(560.0);
        let rect = Rect::from_center_size(rect.center(), vec2(wide, tall));
        let mut child = ui.new_child(egui::UiBuilder::new().max_rect(rect).layout(Layout::top_down(egui::Align::Min)));
        egui::ScrollArea::vertical().auto_shrink(false).show(&mut child, |ui| {
            ui.horizontal(|ui| {
                let (mark, _) = ui.allocate_exact_size(vec2(48.0, 48.0), egui::Sense::hover());
                logo(ui.painter(), mark, &palette);
                ui.add_space(8.0);
                ui.vertical(|ui| {
                    ui.label(RichText::new("Can this log be believed?").font(FontId::new(22.0, tokens::semibold())));
                    let text = "Sealscope verifies sealed audit logs and shows who did what, when, from where and under which credential.";
                    ui.add(Label::new(RichText::new(text).size(14.0).color(palette.dim)).wrap());
                });
            });
            ui.add_space(24.0);
            if let Some(waiting) = self.waiting {
                return self.waiting(ui, waiting, &palette, commands);
            }
            if two {
                ui.columns(2, |columns| {
                    if let [left, right] = columns {
                        left.set_max_width(wide / 2.0 - 24.0);
                        self.open(left, &palette, commands);
                        right.add_space(2.0);
                        first(right, &palette);
                        right.add_space(16.0);
                        formats(right, &palette);
                    }
                });
            } else {
                self.open(ui, &palette, commands);
                ui.add_space(20.0);
                first(ui, &palette);
                ui.add_space(16.0);
                formats(ui, &palette);
            }
        });
    }

    fn waiting(&self, ui: &mut Ui, waiting: Waiting, palette: &Palette, commands: &mut Commands) {
        let Waiting::Opening(progress) = waiting else {
            ui.horizontal(|ui| {
                ui.add(Spinner::new());
                ui.label(RichText::new("Writing the demo case …").color(palette.dim));
            });
            return;
        };
        let name = match self.opened {
            [path] => short(&path.file_name().unwrap_or(path.as_os_str()).to_string_lossy(), 60),
            paths => plural(paths.len() as u64, "path"),
        };
        ui.label(RichText::new(shown(ui.ctx(), &format!("Opening {name}"))).font(FontId::new(14.0, tokens::medium())));
        ui.add_space(6.0);
        let seconds = progress.elapsed.as_secs();
        let text = if progress.total == 0 {
            format!("Looking for logs among the files · {seconds} s")
        } else {
            let left = progress.remaining_seconds().map_or_else(String::new, |left| format!(" · about {} s left", left.ceil() as u64));
            let rate = bytes(progress.rate() as u64);
            format!(
                "{} of {} · {rate} each second · {} · {seconds} s{left}",
                bytes(progress.done),
                bytes(progress.total),
                plural(progress.records, "record")
            )
        };
        let bar = egui::ProgressBar::new(progress.fraction()).desired_width(420.0).desired_height(6.0).fill(palette.accent);
        ui.add(bar.animate(progress.total == 0)).widget_info(|| egui::WidgetInfo::labeled(egui::Role::ProgressIndicator, true, "Progress"));
        ui.add_space(4.0);
        ui.label(RichText::new(text).color(palette.dim));
        ui.add_space(10.0);
        if ui.add(plain_button("Cancel", palette)).on_hover_text("Stop; what was read so far is shown (Esc)").clicked() {
            commands.push(Command::Cancel);
        }
        ui.ctx().request_repaint_after(std::time::Duration::from_millis(100));
    }

    fn open(&self, ui: &mut Ui, palette: &Palette, commands: &mut Commands) {
        ui.horizontal(|ui| {
            ui.spacing_mut().button_padding = vec2(16.0, 9.0);
            if ui.add(primary_button("Open files…", palette)).on_hover_text("Ctrl+O").clicked() {
                commands.push(Command::ChooseFiles);
            }
            if ui.add(plain_button("Open folder…", palette)).on_hover_text("Ctrl+Shift+O").clicked() {
                commands.push(Command::ChooseFolder);
            }
            if ui
                .add(plain_button("Open the demo", palette))
                .on_hover_text("An invented incident: a leaked key, a misled agent, a cover-up")
                .clicked()
            {
                commands.push(Command::OpenDemo);
            }
        });
        ui.add_space(8.0);
        let drop = if self.no_drop {
            "Dropping files does not work on this desktop. Paste paths with Ctrl+V instead."
        } else {
            "Or drop logs, folders or archives anywhere. Ctrl+V opens pasted paths."
        };
        ui.add(Label::new(RichText::new(drop).color(palette.dim)).wrap());
        if let Some(message) = self.message {
            ui.add_space(8.0);
            ui.add(Label::new(RichText::new(crate::model::text::visible(message)).color(palette.state(State::Broken))).wrap());
        }
        ui.add_space(20.0);
        section(ui, "Recent", palette);
        ui.add_space(4.0);
        if self.recent.is_empty() {
            ui.label(RichText::new("What you open is listed here, with its last verdict.").color(palette.dim));
        }
        for (path, verdict) in self.recent {
            self.entry(ui, path, verdict, palette, commands);
        }
    }

    fn entry(&self, ui: &mut Ui, path: &PathBuf, verdict: &str, palette: &Palette, commands: &mut Commands) {
        let name = path.file_name().map_or_else(|| path.to_string_lossy(), |name| name.to_string_lossy());
        let folder = path.parent().map_or_else(String::new, |folder| folder.to_string_lossy().into_owned());
        let state = State::ALL.into_iter().find(|state| state.word() == verdict);
        let drawn = ui.horizontal(|ui| {
            let (rect, _) = ui.allocate_exact_size(vec2(16.0, 30.0), egui::Sense::hover());
            if let Some(state) = state {
                icons::state(ui.painter(), rect.center(), 12.0, state, palette);
            }
            ui.vertical(|ui| {
                ui.spacing_mut().item_spacing.y = 0.0;
                let title = RichText::new(shown(ui.ctx(), &short(&name, 60))).font(FontId::new(tokens::BODY, tokens::medium()));
                ui.add(Label::new(title).truncate());
                let last = if verdict.is_empty() { String::new() } else { format!("{verdict} · ") };
                let below = RichText::new(shown(ui.ctx(), &format!("{last}{}", short(&folder, 80)))).size(tokens::SMALL).color(palette.dim);
                ui.add(Label::new(below).truncate());
            });
        });
        let response = ui.interact(drawn.response.rect, ui.scope_id().with(path), egui::Sense::click());
        let spoken = format!("Open {}, last verdict {}", short(&name, 60), if verdict.is_empty() { "none" } else { verdict });
        response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, true, &spoken));
        if response.hovered() || response.has_focus() {
            let line = Stroke::new(1.0, palette.line);
            ui.painter().rect_stroke(drawn.response.rect.expand2(vec2(6.0, 2.0)), 6.0, line, StrokeKind::Inside);
        }
        if response.on_hover_cursor(egui::CursorIcon::PointingHand).clicked() {
            commands.push(Command::Open(vec![path.clone()]));
        }
    }
}

fn first(ui: &mut Ui, palette: &Palette) {
    section(ui, "What to do first", palette);
    for (number, (title, text)) in FIRST.iter().enumerate() {
        ui.add_space(6.0);
        ui.horizontal_top(|ui| {
            ui.add_sized(vec2(18.0, 18.0), Label::new(RichText::new(format!("{}", number + 1)).color(palette.dim)));
            ui.vertical(|ui| {
                ui.spacing_mut().item_spacing.y = 1.0;
                ui.add(Label::new(RichText::new(*title).font(FontId::new(tokens::BODY, tokens::medium()))).wrap());
                ui.add(Label::new(RichText::new(*text).size(tokens::SMALL).color(palette.dim)).wrap());
            });
        });
    }
}

fn formats(ui: &mut Ui, palette: &Palette) {
    section(ui, "What it reads", palette);
    ui.add_space(6.0);
    egui::Grid::new("formats").num_columns(2).spacing(vec2(20.0, 5.0)).show(ui, |ui| {
        for (name, what) in FORMATS {
            ui.label(RichText::new(name).color(palette.text));
            ui.add(Label::new(RichText::new(what).size(tokens::SMALL).color(palette.dim)).wrap());
            ui.end_row();
        }
    });
    ui.add_space(4.0);
    let packed = "Also in folders, .tar and .zip, and packed with gzip, Zstandard, xz or bzip2.";
    ui.add(Label::new(RichText::new(packed).size(tokens::SMALL).color(palette.dim)).wrap());
}

/// Two rings and a tick: a seal.
fn logo(painter: &egui::Painter, rect: Rect, palette: &Palette) {
    let colour = palette.state(State::Sealed);
    painter.circle_stroke(rect.center(), rect.width() / 2.0 - 2.0, Stroke::new(2.0, colour.gamma_multiply(0.5)));
    icons::state(painter, rect.center(), rect.width() * 0.68, State::Sealed, palette);
}

/// Says what letting go will do, while files hover over the window.
pub fn overlay(ui: &Ui, is_open: bool) {
    let palette = Palette::of(ui.ctx());
    let hovered = ui.ctx().input(|input| input.raw.hovered_files.clone());
    if hovered.is_empty() {
        return;
    }
    let area = ui.ctx().content_rect();
    let painter = ui.ctx().layer_painter(egui::LayerId::new(Order::Foreground, Id::unique("drop overlay")));
    painter.rect_filled(area, 0.0, palette.background.gamma_multiply(0.92));
    painter.rect_stroke(area.shrink(20.0), 12.0, Stroke::new(2.0, palette.accent), StrokeKind::Inside);
    let names: Vec<String> =
        hovered.iter().filter_map(|file| Some(short(&file.path.as_ref()?.file_name()?.to_string_lossy(), 50))).take(4).collect();
    let what = match hovered.len() {
        1 => names.first().cloned().unwrap_or_else(|| "this file".into()),
        count => format!("{count} items"),
    };
    painter.text(
        area.center() - vec2(0.0, 12.0),
        Align2::CENTER_CENTER,
        format!("Drop to open and verify {what}"),
        FontId::new(20.0, tokens::semibold()),
        palette.text,
    );
    painter.text(
        area.center() + vec2(0.0, 18.0),
        Align2::CENTER_CENTER,
        if is_open {
            "Evidence is only read, never changed. You are asked what becomes of the open case."
        } else {
            "Evidence is only read, never changed. A key is offered as a key."
        },
        tokens::sans(13.0),
        palette.dim,
    );
}
