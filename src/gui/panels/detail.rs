//! The right panel: one event and its proof.

use eframe::egui::{FontId, Label, RichText, ScrollArea, Sense, Spinner, Stroke, Ui, pos2, vec2};

use crate::gui::command::{Command, Commands};
use crate::gui::state::CaseView;
use crate::gui::state::detail::Detail;
use crate::gui::widgets::buttons::{plain_button, quiet_button};
use crate::gui::widgets::fonts::shown;
use crate::gui::widgets::icons;
use crate::gui::widgets::parts::{code_box, divider, section};
use crate::gui::widgets::tokens::{self, Palette};
use crate::model::text::visible;
use crate::model::{Finding, State};
use crate::seal::Proof;

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
}

impl DetailPanel {
    /// Draws the panel.
    pub fn ui(&mut self, ui: &mut Ui, view: &CaseView, commands: &mut Commands) {
        let chosen = Drawing { view, tab: self.tab, palette: Palette::of(ui.ctx()) }.show(ui, commands);
        self.tab = chosen.unwrap_or(self.tab);
    }
}

struct Drawing<'a> {
    view: &'a CaseView,
    tab: Tab,
    palette: Palette,
}

impl Drawing<'_> {
    /// Draws it and gives the tab that was chosen, if one was.
    fn show(&self, ui: &mut Ui, commands: &mut Commands) -> Option<Tab> {
        let mut chosen = None;
        ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
            ui.add_space(4.0);
            if let Some(finding) = self.view.chosen_finding() {
                self.finding(ui, finding);
            }
            match self.view.selection.event {
                Some(row) => chosen = self.event(ui, row, commands),
                None if self.view.selection.finding.is_none() => {
                    section(ui, "Event", &self.palette);
                    ui.add_space(6.0);
                    ui.add(
                        Label::new(
                            RichText::new("Select an event in the timeline or the table to see who did what, and how it is proven.")
                                .color(self.palette.dim),
                        )
                        .wrap(),
                    );
                }
                None => {}
            }
            ui.add_space(16.0);
        });
        chosen
    }

    fn finding(&self, ui: &mut Ui, finding: &Finding) {
        let palette = &self.palette;
        let state = match finding.severity {
            crate::model::Severity::Error => State::Broken,
            crate::model::Severity::Warning => State::Suspect,
            crate::model::Severity::Info => State::Unchecked,
        };
        section(ui, "Finding", palette);
        ui.add_space(4.0);
        headline(ui, state, &visible(&finding.title()), palette);
        let small = |ui: &mut Ui, head: &str, text: &str| {
            ui.add_space(4.0);
            ui.label(RichText::new(head).size(tokens::SMALL).color(palette.dim));
            ui.add(Label::new(RichText::new(visible(text))).wrap());
        };
        ui.add(Label::new(visible(&finding.text()).into_owned()).wrap());
        small(ui, "It can mean", finding.meaning());
        small(ui, "Next", finding.next_step());
        divider(ui, palette);
    }

    fn event(&self, ui: &mut Ui, row: u32, commands: &mut Commands) -> Option<Tab> {
        let mut clicked = None;
        let palette = &self.palette;
        let state = self.view.case.store.state(row);
        headline(ui, state, Detail::headline(state), palette);
        ui.add_space(2.0);
        let Some(detail) = self.view.detail.as_ref().filter(|detail| detail.row == row) else {
            ui.add(Spinner::new());
            return None;
        };
        ui.add(Label::new(RichText::new(shown(ui.ctx(), &detail.sentence)).font(FontId::new(tokens::BODY, tokens::medium()))).wrap());
        ui.add_space(6.0);
        let mut fields: Vec<(&str, String)> = detail.fields.clone();
        let time = self.view.case.store.time(row);
        let when = if time == crate::store::NO_TIME { "the record states no time".into() } else { self.view.settings.zone.full(time) };
        let unproven = self.view.case.store.uncovered(row).has(crate::model::Field::Time);
        let when = if unproven { format!("{when}\n† not covered by the record's hash") } else { when };
        fields.insert(fields.len().min(6), ("When", when));
        if let Some(origin) = self.view.case.store.origin(row)
            && let Some(segment) = self.view.case.segments.get(origin.segment as usize)
        {
            let number = crate::model::text::count(segment.first + origin.record);
            fields.push(("Record", format!("number {number} of {}", visible(self.view.case.log_of(row).map_or("", |log| &log.origin)))));
        }
        for (label, value) in &fields {
            ui.horizontal_top(|ui| {
                ui.allocate_ui(vec2(62.0, 18.0), |ui| {
                    ui.set_width(62.0);
                    ui.label(RichText::new(*label).color(palette.dim));
                });
                ui.add(Label::new(RichText::new(shown(ui.ctx(), value))).wrap().selectable(true));
            });
        }
        divider(ui, palette);
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = 16.0;
            for (tab, word) in [(Tab::Proof, "Proof"), (Tab::Raw, "Raw")] {
                let chosen = self.tab == tab;
                let text = RichText::new(word)
                    .font(FontId::new(tokens::BODY, if chosen { tokens::semibold() } else { tokens::medium() }))
                    .color(if chosen { palette.text } else { palette.dim });
                let response =
                    ui.add(eframe::egui::Button::selectable(false, text).fill(eframe::egui::Color32::TRANSPARENT).stroke(Stroke::NONE));
                if chosen {
                    let rect = response.rect;
                    ui.painter().hline(rect.left() + 8.0..=rect.right() - 8.0, rect.bottom(), Stroke::new(2.0, palette.accent));
                }
                if response.clicked() {
                    clicked = Some(tab);
                }
            }
        });
        ui.add_space(8.0);
        match self.tab {
            Tab::Raw => self.raw(ui, detail, commands),
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
                Some(Ok(proof)) => self.proof(ui, proof, commands),
            },
        }
        clicked
    }

    fn raw(&self, ui: &mut Ui, detail: &Detail, commands: &mut Commands) {
        if ui.add(plain_button("Copy", &self.palette)).on_hover_text("Copy the record exactly as it is stored").clicked() {
            commands.push(Command::Copy(detail.verbatim.clone()));
        }
        ui.add_space(4.0);
        code_box(ui, &detail.raw, &self.palette);
    }

    fn proof(&self, ui: &mut Ui, proof: &Proof, commands: &mut Commands) {
        let palette = &self.palette;
        let mut previous: Option<f32> = None;
        for step in &proof.steps {
            let top = ui.cursor().top();
            let response = ui.horizontal_top(|ui| {
                let (rect, _) = ui.allocate_exact_size(vec2(16.0, 18.0), Sense::hover());
                if let Some(previous) = previous {
                    ui.painter().vline(rect.center().x, previous..=rect.center().y - 7.0, Stroke::new(1.0, palette.line));
                }
                icons::state(ui.painter(), pos2(rect.center().x, rect.center().y), 12.0, step.state.state(), palette);
                ui.vertical(|ui| {
                    ui.spacing_mut().item_spacing.y = 2.0;
                    ui.add(Label::new(RichText::new(visible(&step.title())).font(FontId::new(tokens::BODY, tokens::medium()))).wrap());
                    for line in step.detail().lines() {
                        let is_hash = line.len() >= 40 && !line.contains(' ') || line.starts_with("here") || line.starts_with("sealed");
                        let font = if is_hash { tokens::mono(10.5) } else { tokens::sans(tokens::SMALL) };
                        let (head, hash) =
                            if is_hash { line.rsplit_once(' ').map_or(("", line), |(head, hash)| (head, hash)) } else { ("", line) };
                        let shown = if is_hash && hash.len() > 36 {
                            format!("{head} {}…{}", &hash.get(..14).unwrap_or(hash), &hash.get(hash.len() - 8..).unwrap_or(""))
                        } else {
                            line.to_owned()
                        };
                        ui.add(
                            Label::new(RichText::new(visible(shown.trim_start())).font(font).color(palette.dim)).wrap().selectable(true),
                        )
                        .on_hover_text(line);
                    }
                });
            });
            previous = Some(top + 17.0);
            let _ = response;
            ui.add_space(7.0);
        }
        ui.add_space(4.0);
        ui.label(RichText::new("It can mean").size(tokens::SMALL).color(palette.dim));
        ui.add(Label::new(visible(&proof.meaning.words()).into_owned()).wrap());
        if !proof.command.is_empty() {
            ui.add_space(8.0);
            ui.horizontal(|ui| {
                ui.label(RichText::new("Check it by hand").size(tokens::SMALL).color(palette.dim));
                if ui.add(quiet_button("Copy", palette)).on_hover_text("Copy the command").clicked() {
                    commands.push(Command::Copy(proof.command.clone()));
                }
            });
            code_box(ui, &visible_command(&proof.command), palette);
        }
    }
}

fn visible_command(command: &str) -> String {
    crate::model::text::visible_lines(command)
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
