//! The left panel: what can be proven, what was found, what was opened.

use eframe::egui::{Align2, Color32, FontId, Frame, Label, Margin, Rect, RichText, Role, ScrollArea, Sense, Ui, WidgetInfo, pos2, vec2};

use crate::gui::command::{Command, Commands};
use crate::gui::state::CaseView;
use crate::gui::state::axis::Axis;
use crate::gui::widgets::fonts::{fitted, shown};
use crate::gui::widgets::parts::{divider, finding_row, icon_row, section, small_row};
use crate::gui::widgets::tokens::{self, Palette, status_state};
use crate::model::finding::Severity;
use crate::model::text::{count, plural, short, visible};
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
        let proven = if bundles.is_empty() { "What can be proven" } else { "What can be proven of its records" };
        let nothing_sealed = !case.logs.is_empty() && case.logs.iter().all(|log| log.judged && !log.is_sealed());
        if nothing_sealed {
            // Five times the same answer would hide what there is to see.
            section(ui, proven, palette);
            ui.add_space(4.0);
            let text = "No log here is sealed, so none of the five questions about edits, gaps, the end, keys and times can be answered. Sealing it now protects it from now on.";
            icon_row(ui, State::Unsealed, "Nothing", text, palette);
            divider(ui, palette);
        }
        // What is wrong is said first, and here alone; the answers below only name it.
        let alarming = case.findings.iter().any(|finding| finding.severity != Severity::Info);
        if alarming {
            findings(ui, view, palette, commands);
            divider(ui, palette);
        }
        if !nothing_sealed {
            section(ui, proven, palette);
            ui.add_space(4.0);
            ladder(ui, view, palette);
            divider(ui, palette);
        }
        if !(alarming || nothing_sealed && case.findings.is_empty()) {
            findings(ui, view, palette, commands);
            divider(ui, palette);
        }
        values(ui, view, palette, commands);
        sources(ui, view, palette, commands);
        skipped(ui, case, palette);
        ui.add_space(12.0);
    });
}

/// One ladder for the case: each rung is as good as the weakest sealed log's.
fn ladder(ui: &mut Ui, view: &CaseView, palette: &Palette) {
    let case = view.case.as_ref();
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
        let who = if several && same < logs.len() { format!("{}: ", short(view.name_of(&worst.origin), 24)) } else { String::new() };
        // What failed stands among the findings.
        let named = matches!(shown.answer.reason, Reason::Found { .. });
        let text = if named { String::new() } else { format!("{who}{}", visible(&shown.text())) };
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

fn findings(ui: &mut Ui, view: &CaseView, palette: &Palette, commands: &mut Commands) {
    let (case, chosen) = (view.case.as_ref(), view.selection.finding);
    ui.horizontal(|ui| {
        section(ui, "Integrity findings", palette);
        ui.with_layout(eframe::egui::Layout::right_to_left(eframe::egui::Align::Center), |ui| {
            // Beside the scroll bar, not under it.
            ui.add_space(12.0);
            ui.label(RichText::new(count(case.findings.len() as u64)).size(tokens::HEAD).color(palette.dim));
        });
    });
    if case.findings.is_empty() {
        // About an attack by someone with valid credentials no seal says anything.
        let text = if case.finished { "None. This says nothing about what was done with valid credentials." } else { "None so far." };
        ui.add(Label::new(RichText::new(text).size(tokens::SMALL).color(palette.dim)).wrap());
    }
    for (number, finding) in case.findings.iter().enumerate().take(LISTED) {
        let log = finding.place.log.as_deref().map(|log| short(view.name_of(log), 24));
        let file = finding.place.path.rsplit('/').next().filter(|name| !name.is_empty()).map(|name| short(name, 26));
        let below: Vec<String> = [log, file].into_iter().flatten().collect();
        let selected = chosen == Some(number);
        let frame = Frame::new()
            .inner_margin(Margin::symmetric(8, 4))
            .outer_margin(Margin { left: -8, right: 0, top: 0, bottom: 0 })
            .corner_radius(6.0);
        let fill = if selected { palette.raised } else { Color32::TRANSPARENT };
        let inner = frame.fill(fill).show(ui, |ui| {
            ui.set_width(ui.available_width() - 8.0);
            finding_row(ui, finding.severity, &visible(&finding.title()), &below.join(" · "), palette);
        });
        let response = ui.interact(inner.response.rect, ui.scope_id().with(("finding", number)), Sense::click());
        let spoken = format!("{}: {}. {}", finding.code.name(), visible(&finding.title()), below.join(", "));
        response.widget_info(|| WidgetInfo::selected(Role::ListBoxOption, true, selected, spoken.clone()));
        if response.hovered() && !selected || response.has_focus() {
            let line = eframe::egui::Stroke::new(1.0, palette.line);
            ui.painter().rect_stroke(inner.response.rect, 6.0, line, eframe::egui::StrokeKind::Inside);
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

/// The most frequent values, with a bar for each; a click lets only it pass the filter.
fn values(ui: &mut Ui, view: &CaseView, palette: &Palette, commands: &mut Commands) {
    if view.values.is_empty() {
        return;
    }
    let head = if view.filter.is_empty() { "Values" } else { "Values that pass the filter" };
    section(ui, head, palette);
    for values in &view.values {
        ui.add_space(4.0);
        ui.label(RichText::new(values.field).size(tokens::HEAD).color(palette.dim));
        let most = values.listed.first().map_or(1, |value| value.count).max(1);
        for value in &values.listed {
            let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width() - 10.0, 20.0), Sense::click());
            let number = count(value.count);
            let spoken = format!("{} {}, {number}", values.field, visible(&value.text));
            response.widget_info(|| WidgetInfo::labeled(Role::Button, true, spoken.clone()));
            let pointed = response.hovered() || response.has_focus();
            let room = rect.width() - 56.0;
            let bar = Rect::from_min_size(rect.min, vec2((room * value.count as f32 / most as f32).max(2.0), rect.height() - 3.0));
            ui.painter().rect_filled(bar, 3.0, if pointed { palette.line } else { palette.raised });
            let font = if values.field == "identity" { tokens::sans(tokens::SMALL) } else { tokens::mono(11.0) };
            let text = shown(ui.ctx(), &visible(&value.text)).into_owned();
            let colour = if pointed { palette.accent } else { palette.text };
            let galley = fitted(ui.painter(), &text, font, colour, room - 8.0);
            ui.painter().galley(pos2(rect.left() + 6.0, bar.center().y - galley.size().y / 2.0), galley, colour);
            ui.painter().text(pos2(rect.right(), bar.center().y), Align2::RIGHT_CENTER, number, tokens::sans(tokens::HEAD), palette.dim);
            if response.clicked() {
                let before = view.filter_text.trim();
                commands.push(Command::Filter(if before.is_empty() { value.filter.clone() } else { format!("{before} {}", value.filter) }));
            }
            response.on_hover_text(format!("{}\nClick to filter by it", visible(&value.text)));
        }
        if values.others > 0 {
            ui.label(RichText::new(format!("and {} others", count(values.others as u64))).size(tokens::HEAD).color(palette.dim));
        }
    }
    divider(ui, palette);
}

/// What was opened. Its states are in the strips.
fn sources(ui: &mut Ui, view: &CaseView, palette: &Palette, commands: &mut Commands) {
    let case = view.case.as_ref();
    section(ui, "Sources", palette);
    for (number, log) in case.logs.iter().enumerate() {
        ui.add_space(4.0);
        let files = log.segments.len() as u64;
        let unit = if log.is_sealed() { "segment" } else { "file" };
        let below = format!("{} · {}", plural(files, unit), plural(log.counts.total(), "record"));
        let inner = ui.scope(|ui| {
            ui.spacing_mut().item_spacing.y = 1.0;
            let name = visible(view.name_of(&log.origin)).into_owned();
            let galley =
                fitted(ui.painter(), &shown(ui.ctx(), &name), tokens::sans(tokens::BODY), palette.text, ui.available_width() - 8.0);
            ui.add(Label::new(galley));
            ui.label(RichText::new(&below).size(tokens::HEAD).color(palette.dim));
        });
        let response = ui.interact(inner.response.rect, ui.scope_id().with(("source", number)), Sense::click());
        let spoken = format!("{}, {}, {below}", visible(&log.origin), log.verdict.word());
        response.widget_info(|| WidgetInfo::labeled(Role::Button, true, spoken.clone()));
        if response.clicked() {
            let times = log.segments.iter().filter_map(|index| case.segments.get(*index as usize)?.times);
            if let Some((first, last)) = times.reduce(|one, other| (one.0.min(other.0), one.1.max(other.1))) {
                commands.push(Command::Show(Axis::fit(first, last)));
            }
        }
        let (keys, end) = (log.keys.words(), log.end.words());
        response.on_hover_text(format!("{}\n{}\n{} · {}", visible(&log.origin), log.verdict.word(), visible(&keys), visible(&end)));
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
