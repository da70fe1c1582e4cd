//! The left panel: what can be proven, what was found, what was opened.

use eframe::egui::{Color32, FontId, Frame, Label, Margin, RichText, Role, ScrollArea, Sense, Ui, WidgetInfo};

use crate::gui::command::{Command, Commands};
use crate::gui::state::CaseView;
use crate::gui::state::axis::Axis;
use crate::gui::widgets::parts::{divider, icon_row, section, small_row};
use crate::gui::widgets::tokens::{self, Palette, status_state};
use crate::model::finding::Severity;
use crate::model::text::{count, name_of, plural, short, visible};
use crate::model::{Reason, State, Status};
use crate::verify::{Examination, LogReport};

/// Findings beyond this are reached by filtering or the command line; a list of millions helps nobody.
const LISTED: usize = 2_000;

/// Draws the panel.
pub fn ui(ui: &mut Ui, view: &CaseView, commands: &mut Commands) {
    let (case, bundles, palette) = (view.case.as_ref(), view.bundles.as_slice(), &Palette::of(ui.ctx()));
    ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
        ui.add_space(4.0);
        // Two verdicts, side by side and never mixed: over the bundle here, over its records in the ladder.
        for bundle in bundles {
            section(ui, "The bundle", palette);
            ui.add_space(4.0);
            icon_row(ui, bundle.state, &visible(&bundle.sentence()), "", palette);
            for line in &bundle.lines {
                small_row(ui, line.state, &visible(&line.text()), palette);
            }
            if let Some(statement) = &bundle.statement {
                let case = if statement.case.is_empty() { String::new() } else { format!(" for “{}”", statement.case) };
                let by = format!("Exported {} by {}{case}: {}.", statement.exported, statement.examiner, statement.selection);
                ui.add(Label::new(RichText::new(visible(&by)).size(tokens::SMALL).color(palette.dim)).wrap());
            }
            divider(ui, palette);
        }
        section(ui, if bundles.is_empty() { "What can be proven" } else { "What can be proven of its records" }, palette);
        ui.add_space(4.0);
        ladder(ui, case, palette);
        divider(ui, palette);
        findings(ui, case, view.selection.finding, palette, commands);
        divider(ui, palette);
        sources(ui, case, palette, commands);
        skipped(ui, case, palette);
        ui.add_space(12.0);
    });
}

/// One ladder for the case: each rung is as good as the weakest sealed log's.
fn ladder(ui: &mut Ui, case: &Examination, palette: &Palette) {
    let judged: Vec<&LogReport> = case.logs.iter().filter(|log| log.judged).collect();
    if judged.is_empty() {
        ui.label(RichText::new(if case.finished { "No log was opened." } else { "Still reading …" }).color(palette.dim));
        return;
    }
    let sealed: Vec<&&LogReport> = judged.iter().filter(|log| log.is_sealed()).collect();
    let logs: Vec<&LogReport> = if sealed.is_empty() { judged.clone() } else { sealed.into_iter().copied().collect() };
    let rank = |status: Status| match status {
        Status::Proved => 0,
        Status::Conditional => 1,
        Status::Unprovable => 2,
        Status::Failed => 3,
    };
    for rung in 0..5 {
        let Some(worst) = logs.iter().max_by_key(|log| rank(log.ladder.0[rung].status)) else { continue };
        let shown = &worst.ladder.0[rung];
        let several = logs.len() > 1;
        let same = logs.iter().filter(|log| log.ladder.0[rung].status == shown.status).count();
        let who = if several && same < logs.len() { format!("{}: ", short(name_of(&worst.origin), 18)) } else { String::new() };
        // The first three ask whether something happened; the finding that is named says that it did.
        let yes = if rung < 3 && matches!(shown.answer.reason, Reason::Found { .. }) { "yes: " } else { "" };
        let text = format!("{who}{yes}{}", visible(&shown.text()));
        let response =
            ui.scope(|ui| icon_row(ui, status_state(shown.status), shown.question, &text, palette)).response.interact(Sense::hover());
        let mut tip = format!("{} — {}", shown.question, shown.status.word());
        for log in &logs {
            let rung = &log.ladder.0[rung];
            tip.push_str(&format!("\n{}: {}, {}", visible(&log.origin), rung.status.word(), visible(&rung.text())));
            if !rung.raise().is_empty() {
                tip.push_str(&format!("\n    to strengthen this: {}", visible(&rung.raise())));
            }
        }
        response.on_hover_text(tip);
        ui.add_space(5.0);
    }
}

fn severity_state(severity: Severity) -> State {
    match severity {
        Severity::Error => State::Broken,
        Severity::Warning => State::Suspect,
        Severity::Info => State::Unchecked,
    }
}

fn findings(ui: &mut Ui, case: &Examination, chosen: Option<usize>, palette: &Palette, commands: &mut Commands) {
    ui.horizontal(|ui| {
        section(ui, "Findings", palette);
        ui.with_layout(eframe::egui::Layout::right_to_left(eframe::egui::Align::Center), |ui| {
            ui.label(RichText::new(count(case.findings.len() as u64)).size(tokens::HEAD).color(palette.dim));
        });
    });
    if case.findings.is_empty() {
        ui.label(RichText::new(if case.finished { "Nothing to report." } else { "Nothing so far." }).color(palette.dim));
    }
    for (number, finding) in case.findings.iter().enumerate().take(LISTED) {
        let log = finding.place.log.as_deref().map(|log| short(name_of(log), 20));
        let file = finding.place.path.rsplit('/').next().filter(|name| !name.is_empty()).map(|name| short(name, 26));
        let below: Vec<String> = [log, file].into_iter().flatten().collect();
        let selected = chosen == Some(number);
        let frame = Frame::new()
            .inner_margin(Margin::symmetric(8, 6))
            .outer_margin(Margin { left: -8, right: 0, top: 0, bottom: 0 })
            .corner_radius(6.0);
        let fill = if selected { palette.raised } else { Color32::TRANSPARENT };
        let inner = frame.fill(fill).show(ui, |ui| {
            ui.set_width(ui.available_width() - 8.0);
            icon_row(ui, severity_state(finding.severity), &visible(&finding.title()), &below.join(" · "), palette);
        });
        let response = ui.interact(inner.response.rect, ui.scope_id().with(("finding", number)), Sense::click());
        let spoken = format!("{}: {}. {}", finding.code.name(), visible(&finding.title()), below.join(", "));
        response.widget_info(|| WidgetInfo::selected(Role::ListBoxOption, true, selected, spoken.clone()));
        if response.hovered() && !selected || response.has_focus() {
            ui.painter().rect_stroke(
                inner.response.rect,
                6.0,
                eframe::egui::Stroke::new(1.0, palette.line),
                eframe::egui::StrokeKind::Inside,
            );
        }
        if response.clicked() {
            commands.push(Command::Finding(number));
        }
        response.on_hover_text(visible(&finding.text()));
    }
    if case.findings.len() > LISTED {
        let more = format!("and {} more; `sealscope verify --json` lists them all", count((case.findings.len() - LISTED) as u64));
        ui.label(RichText::new(more).size(tokens::SMALL).color(palette.dim));
    }
}

fn sources(ui: &mut Ui, case: &Examination, palette: &Palette, commands: &mut Commands) {
    section(ui, "Sources", palette);
    ui.add_space(4.0);
    for (number, log) in case.logs.iter().enumerate() {
        let state = if log.judged { log.verdict.state() } else { State::Unchecked };
        let files = log.segments.len() as u64;
        let below =
            format!("{} · {}", plural(files, if log.is_sealed() { "segment" } else { "file" }), plural(log.counts.total(), "record"));
        let inner = ui.scope(|ui| icon_row(ui, state, &short(name_of(&log.origin), 30), &below, palette));
        let response = ui.interact(inner.response.rect, ui.scope_id().with(("source", number)), Sense::click());
        let spoken = format!("{}, {}, {below}", visible(&log.origin), log.verdict.word());
        response.widget_info(|| WidgetInfo::labeled(Role::Button, true, spoken.clone()));
        if response.clicked() {
            let times = log.segments.iter().filter_map(|index| case.segments.get(*index as usize)?.times);
            if let Some((first, last)) = times.reduce(|one, other| (one.0.min(other.0), one.1.max(other.1))) {
                commands.push(Command::Show(Axis::fit(first, last)));
            }
        }
        response.on_hover_text(format!(
            "{}\n{}\n{} · {}",
            visible(&log.origin),
            log.verdict.word(),
            visible(&log.keys.words()),
            visible(&log.end.words())
        ));
        ui.add_space(4.0);
    }
}

fn skipped(ui: &mut Ui, case: &Examination, palette: &Palette) {
    if case.skipped.is_empty() {
        return;
    }
    ui.add_space(4.0);
    let failed = case.skipped.iter().filter(|skipped| skipped.failed).count();
    let title = if failed > 0 {
        format!("{} left out, {failed} unreadable", case.skipped.len())
    } else {
        format!("{} left out", plural(case.skipped.len() as u64, "file"))
    };
    let head = RichText::new(title).font(FontId::new(tokens::SMALL, tokens::medium())).color(if failed > 0 {
        palette.state(State::Suspect)
    } else {
        palette.dim
    });
    eframe::egui::CollapsingHeader::new(head).id_salt("skipped").default_open(failed > 0).show(ui, |ui| {
        for skipped in case.skipped.iter().take(500) {
            ui.add(Label::new(RichText::new(visible(&skipped.path)).size(tokens::SMALL).color(palette.text)).wrap());
            ui.add(Label::new(RichText::new(visible(&skipped.reason)).size(tokens::SMALL).color(palette.dim)).wrap());
            ui.add_space(4.0);
        }
    });
}
