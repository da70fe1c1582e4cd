//! The right panel: one event and its proof.

use eframe::egui::{Button, Color32, CursorIcon, FontId, Label, RichText, ScrollArea, Sense, Spinner, Stroke, Ui, pos2, vec2};

use crate::gui::command::{Command, Commands};
use crate::gui::panels::detail_raw::RawView;
use crate::gui::state::CaseView;
use crate::gui::state::detail::{Detail, Known, NOT_COVERED, WHEN};
use crate::gui::widgets::buttons::quiet_button;
use crate::gui::widgets::fonts::shown;
use crate::gui::widgets::icons;
use crate::gui::widgets::parts::{code_box, divider, section};
use crate::gui::widgets::tokens::{self, Palette};
use crate::gui::widgets::value_menu::Value;
use crate::model::text::{visible, visible_lines};
use crate::model::{Finding, State};
use crate::seal::Proof;

/// Width of the labels, in points; the second is for a narrow panel.
const LABELS: [f32; 2] = [92.0, 74.0];
/// Fields that are listed at once; more parameters than that are opened by a click.
const LISTED: usize = 32;

/// A tab of the panel.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Tab {
    /// The steps of the proof.
    #[default]
    Proof,
    /// The stored bytes.
    Raw,
}

/// The panel.
#[derive(Default)]
pub struct DetailPanel {
    tab: Tab,
    raw: RawView,
    /// The event of which all fields are listed.
    all_of: Option<u32>,
}

impl DetailPanel {
    /// Draws the panel.
    pub fn ui(&mut self, ui: &mut Ui, view: &CaseView, commands: &mut Commands) {
        let palette = Palette::of(ui.ctx());
        ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
            ui.add_space(4.0);
            if let Some(finding) = view.chosen_finding() {
                finding_ui(ui, finding, &palette);
            }
            match view.selection.event {
                Some(row) => self.event(ui, view, row, &palette, commands),
                None if view.selection.finding.is_none() => {
                    section(ui, "Event", &palette);
                    ui.add_space(6.0);
                    let text = "Select an event in the timeline or the table to see who did what, and how it is proven.";
                    ui.add(Label::new(RichText::new(text).color(palette.dim)).wrap());
                }
                None => {}
            }
            ui.add_space(16.0);
        });
    }

    fn event(&mut self, ui: &mut Ui, view: &CaseView, row: u32, palette: &Palette, commands: &mut Commands) {
        let state = view.case.store.state(row);
        headline(ui, state, Detail::headline(state), palette);
        ui.add_space(2.0);
        let Some(detail) = view.detail.as_ref().filter(|detail| detail.row == row) else {
            ui.add(Spinner::new());
            return;
        };
        let sentence = RichText::new(shown(ui.ctx(), &detail.sentence)).font(FontId::new(tokens::BODY, tokens::medium()));
        ui.add(Label::new(sentence).wrap());
        ui.add_space(6.0);
        let listed = if self.all_of == Some(row) { detail.fields.len() } else { LISTED };
        for known in detail.fields.iter().take(listed) {
            field(ui, view, row, known, palette, commands);
        }
        if detail.fields.len() > listed {
            let text = format!("{} more fields", detail.fields.len() - listed);
            if ui.add(quiet_button(&text, palette)).clicked() {
                self.all_of = Some(row);
            }
        }
        divider(ui, palette);
        self.tabs(ui, palette);
        ui.add_space(8.0);
        match self.tab {
            Tab::Raw => self.raw.ui(ui, detail, palette, commands),
            Tab::Proof => match &detail.proof {
                None => {
                    ui.horizontal(|ui| {
                        ui.add(Spinner::new().size(14.0));
                        ui.label(RichText::new("Recomputing the proof …").color(palette.dim));
                    });
                }
                Some(Err(error)) => {
                    ui.add(Label::new(RichText::new(visible(&error.to_string())).color(palette.state(State::Suspect))).wrap());
                }
                Some(Ok(proof)) => proof_ui(ui, proof, &detail.commands(), palette, commands),
            },
        }
    }

    fn tabs(&mut self, ui: &mut Ui, palette: &Palette) {
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = 16.0;
            for (tab, word) in [(Tab::Proof, "Proof"), (Tab::Raw, "Raw")] {
                let chosen = self.tab == tab;
                let text = RichText::new(word)
                    .font(FontId::new(tokens::BODY, if chosen { tokens::semibold() } else { tokens::medium() }))
                    .color(if chosen { palette.text } else { palette.dim });
                let response = ui.add(Button::selectable(false, text).fill(Color32::TRANSPARENT).stroke(Stroke::NONE));
                if chosen {
                    let rect = response.rect;
                    ui.painter().hline(rect.left() + 8.0..=rect.right() - 8.0, rect.bottom(), Stroke::new(2.0, palette.accent));
                }
                if response.clicked() {
                    self.tab = tab;
                }
            }
        });
    }
}

fn finding_ui(ui: &mut Ui, finding: &Finding, palette: &Palette) {
    let state = match finding.severity {
        crate::model::Severity::Error => State::Broken,
        crate::model::Severity::Warning => State::Suspect,
        crate::model::Severity::Info => State::Unchecked,
    };
    section(ui, "Finding", palette);
    ui.add_space(4.0);
    headline(ui, state, &visible(&finding.title()), palette);
    let say = |ui: &mut Ui, text: &str| {
        ui.add(Label::new(RichText::new(shown(ui.ctx(), &visible(text)))).wrap().selectable(true));
    };
    say(ui, &finding.text());
    for (head, text) in [("What this means", finding.meaning()), ("What to do next", finding.next_step())] {
        ui.add_space(4.0);
        ui.label(RichText::new(head).size(tokens::SMALL).color(palette.dim));
        say(ui, text);
    }
    divider(ui, palette);
}

/// A label with its value, which opens a menu.
fn field(ui: &mut Ui, view: &CaseView, row: u32, known: &Known, palette: &Palette, commands: &mut Commands) {
    let time = view.case.store.time(row);
    let text = if known.label == WHEN && time != crate::store::NO_TIME { view.settings.zone.full(time) } else { known.shown.clone() };
    let width = LABELS[usize::from(ui.available_width() < 300.0)];
    ui.horizontal_top(|ui| {
        ui.allocate_ui(vec2(width, 18.0), |ui| {
            ui.set_width(width);
            let label = RichText::new(shown(ui.ctx(), &known.label)).color(palette.dim);
            ui.add(Label::new(label).truncate());
        });
        ui.vertical(|ui| {
            ui.spacing_mut().item_spacing.y = 0.0;
            // Identifiers and addresses are compared letter by letter.
            let is_mono = matches!(known.label.as_str(), "Identifier" | "Credential" | "From" | "Account" | "Session" | "Event ID" | WHEN);
            let font = if is_mono { tokens::mono(tokens::SMALL) } else { tokens::sans(tokens::BODY) };
            let is_link = known.conditions.is_some();
            let colour = match (is_link, known.value.is_empty()) {
                (true, _) => palette.accent,
                (false, true) => palette.dim,
                (false, false) => palette.text,
            };
            let label = Label::new(RichText::new(shown(ui.ctx(), &text)).font(font).color(colour)).wrap().sense(Sense::click());
            let response = ui.add(label).on_hover_cursor(CursorIcon::PointingHand);
            if response.hovered() {
                let under = response.rect;
                ui.painter().hline(under.x_range(), under.bottom(), Stroke::new(1.0, colour));
            }
            if !known.value.is_empty() {
                let value = Value {
                    row,
                    text: if known.label == WHEN { &text } else { &known.value },
                    conditions: known.conditions.as_ref(),
                    has_lane: known.has_lane,
                    filter: &view.filter_text,
                };
                value.menu(&response, commands);
            }
            if !known.is_covered {
                let note = RichText::new(NOT_COVERED).size(tokens::SMALL).color(palette.state(State::Suspect));
                ui.add(Label::new(note).wrap());
            }
        });
    });
}

fn proof_ui(ui: &mut Ui, proof: &Proof, command: &str, palette: &Palette, commands: &mut Commands) {
    let mut previous: Option<f32> = None;
    for step in &proof.steps {
        let top = ui.cursor().top();
        ui.horizontal_top(|ui| {
            let (rect, _) = ui.allocate_exact_size(vec2(16.0, 18.0), Sense::hover());
            if let Some(previous) = previous {
                ui.painter().vline(rect.center().x, previous..=rect.center().y - 7.0, Stroke::new(1.0, palette.line));
            }
            icons::state(ui.painter(), pos2(rect.center().x, rect.center().y), 12.0, step.state.state(), palette);
            ui.vertical(|ui| {
                ui.spacing_mut().item_spacing.y = 2.0;
                let title = RichText::new(shown(ui.ctx(), &visible(&step.title()))).font(FontId::new(tokens::BODY, tokens::medium()));
                ui.add(Label::new(title).wrap());
                step.detail().lines().for_each(|line| step_line(ui, line, palette, commands));
            });
        });
        previous = Some(top + 17.0);
        ui.add_space(7.0);
    }
    ui.add_space(4.0);
    ui.label(RichText::new("What this means").size(tokens::SMALL).color(palette.dim));
    ui.add(Label::new(shown(ui.ctx(), &visible(&proof.meaning.words())).into_owned()).wrap());
    if !command.is_empty() {
        ui.add_space(8.0);
        ui.horizontal(|ui| {
            ui.label(RichText::new("Check it by hand").size(tokens::SMALL).color(palette.dim));
            if ui.add(quiet_button("Copy", palette)).on_hover_text("Copy the commands, from going to the folder on").clicked() {
                commands.push(Command::Copy(command.to_owned()));
            }
        });
        code_box(ui, &visible_lines(command), palette);
    }
}

/// A line of a step. A hash stands there whole, and is copied by a click.
fn step_line(ui: &mut Ui, line: &str, palette: &Palette, commands: &mut Commands) {
    let word = line.split_whitespace().max_by_key(|word| word.len()).unwrap_or("");
    let is_hash = word.len() >= 40 && word.chars().all(|letter| letter.is_ascii_alphanumeric() || "+/=:_-".contains(letter));
    let font = if is_hash { tokens::mono(10.5) } else { tokens::sans(tokens::SMALL) };
    let text = RichText::new(shown(ui.ctx(), &visible(line.trim()))).font(font).color(palette.dim);
    if !is_hash {
        ui.add(Label::new(text).wrap().selectable(true));
        return;
    }
    let response = ui.add(Label::new(text).wrap().sense(Sense::click())).on_hover_cursor(CursorIcon::PointingHand);
    if response.on_hover_text("Click to copy it").clicked() {
        commands.push(Command::Copy(word.to_owned()));
        commands.push(Command::Notice("Copied".into()));
    }
}

fn headline(ui: &mut Ui, state: State, text: &str, palette: &Palette) {
    ui.horizontal_top(|ui| {
        let (rect, _) = ui.allocate_exact_size(vec2(16.0, 20.0), Sense::hover());
        icons::state(ui.painter(), rect.center(), 13.0, state, palette);
        ui.add(
            Label::new(RichText::new(shown(ui.ctx(), text)).font(FontId::new(14.0, tokens::semibold())).color(palette.state(state))).wrap(),
        );
    });
}
