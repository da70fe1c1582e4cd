//! What stands above the timeline: which lanes, and which part of time.

use eframe::egui::containers::menu::MenuButton;
use eframe::egui::{Align, Align2, Layout, Margin, Rect, RichText, Role, Sense, TextEdit, Ui, UiBuilder, WidgetInfo, vec2};

use super::drawing::Drawing;
use crate::gui::command::{Command, Commands};
use crate::gui::state::lanes::LaneOrder;
use crate::gui::state::look::{Density, LookChange, Switch};
use crate::gui::state::range::moment;
use crate::gui::state::wish::Wish;
use crate::gui::widgets::buttons::quiet_button;
use crate::gui::widgets::icons;
use crate::gui::widgets::tokens;

/// What is typed above the timeline.
#[derive(Default)]
pub struct HeadState {
    /// The time to go to.
    go_to: String,
    /// Why it is not understood.
    error: Option<String>,
}

impl Drawing<'_> {
    pub fn head(&self, ui: &mut Ui, rect: Rect, state: &mut HeadState, commands: &mut Commands) {
        let mut child = ui.new_child(UiBuilder::new().max_rect(rect).layout(Layout::left_to_right(Align::Center)));
        child.set_clip_rect(rect.expand(4.0).intersect(ui.clip_rect()));
        child.spacing_mut().item_spacing.x = 4.0;
        // In a narrow window words give way.
        let (wide, narrow) = (rect.width() > 700.0, rect.width() < 600.0);
        self.fold_button(&mut child, true, commands);
        self.find(&mut child, if wide { 150.0 } else { 92.0 }, commands);
        self.lane_menu(&mut child, wide, commands);
        child.with_layout(Layout::right_to_left(Align::Center), |ui| {
            self.fold_button(ui, false, commands);
            self.go_to(ui, wide, narrow, state, commands);
            if rect.width() < 400.0 {
                return;
            }
            let middle = self.axis.left + self.axis.width / 2.0;
            let mut button = |ui: &mut Ui, word: &str, hint: &str, enabled: bool, command: Command| {
                if ui.add_enabled(enabled, quiet_button(word, &self.palette)).on_hover_text(hint).clicked() {
                    commands.push(command);
                }
            };
            // Keys and wheel do the same.
            if narrow {
                button(ui, "Fit all", "Show the whole case (0)", true, Command::ShowAll);
                return;
            }
            button(ui, "+", "Zoom in (W)", true, Command::Show(self.axis.zoomed(middle, 1.6)));
            button(ui, "–", "Zoom out (S)", true, Command::Show(self.axis.zoomed(middle, 1.0 / 1.6)));
            button(ui, "Fit all", "Show the whole case (0)", true, Command::ShowAll);
            let (back, forward) = self.view.history.ways();
            button(ui, "→", "Forward to the next view (Alt+→)", forward, Command::Wish(Wish::Forward));
            button(ui, "←", "Back to the view before (Alt+←)", back, Command::Wish(Wish::Back));
        });
    }

    /// Folds or unfolds the panel at one side.
    fn fold_button(&self, ui: &mut Ui, at_left: bool, commands: &mut Commands) {
        let look = &self.view.settings.look;
        let (what, is_shown, name, key) =
            if at_left { (Switch::Side, look.side, "Findings and answers", "[") } else { (Switch::Detail, look.detail, "Event", "]") };
        let (rect, response) = ui.allocate_exact_size(vec2(22.0, 22.0), Sense::click());
        let word = if is_shown { "Fold" } else { "Unfold" };
        response.widget_info(|| WidgetInfo::labeled(Role::Button, true, format!("{word} panel: {name}")));
        let colour = if response.hovered() || response.has_focus() { self.palette.text } else { self.palette.dim };
        icons::side_panel(ui.painter(), rect.center(), at_left, is_shown, colour);
        if response.on_hover_text(format!("{word} the panel ({key})")).clicked() {
            commands.push(Command::Wish(Wish::Look(LookChange::Switch(what))));
        }
    }

    fn find(&self, ui: &mut Ui, width: f32, commands: &mut Commands) {
        let mut text = self.view.wanted.find.clone();
        let edit = TextEdit::singleline(&mut text)
            .hint_text("Find a lane")
            .font(tokens::sans(tokens::SMALL))
            .margin(Margin::symmetric(8, 2))
            .align(Align2::LEFT_CENTER);
        let response = ui.scope(|ui| {
            ui.spacing_mut().interact_size.y = 22.0;
            ui.add(edit.id_salt("find a lane").desired_width(width).min_size(vec2(width, 22.0)))
        });
        let response = response.inner;
        response.widget_info(|| WidgetInfo::labeled(Role::SearchInput, true, "Find a lane"));
        if response.changed() {
            commands.push(Command::Wish(Wish::Find(text)));
        }
    }

    fn lane_menu(&self, ui: &mut Ui, wide: bool, commands: &mut Commands) {
        let hidden = self.view.wanted.hidden.len();
        let order = if wide { format!("Lanes: {}", self.view.settings.lane_order.word()) } else { "Lanes".to_owned() };
        let missing = match (hidden, self.view.wanted.in_view) {
            (0, false) => String::new(),
            (0, true) => ", in view".to_owned(),
            (hidden, _) => format!(", {hidden} hidden"),
        };
        MenuButton::from_button(quiet_button(&format!("{order}{missing}  ▾"), &self.palette)).ui(ui, |ui| {
            let mut item = |ui: &mut Ui, on: bool, word: &str, command: Command| {
                if ui.selectable_label(on, word).clicked() {
                    commands.push(command);
                    ui.close();
                }
            };
            for (order, word) in LaneOrder::ALL {
                item(ui, order == self.view.settings.lane_order, word, Command::SortLanes(order));
            }
            ui.separator();
            let in_view = self.view.wanted.in_view;
            item(ui, in_view, "only lanes in view", Command::Wish(Wish::InView(!in_view)));
            if hidden > 0 {
                item(ui, false, &format!("show {hidden} hidden"), Command::Wish(Wish::Unhide));
            }
            ui.separator();
            for (density, word) in Density::ALL {
                item(ui, density == self.view.settings.look.density, word, Command::Wish(Wish::Look(LookChange::Density(density))));
            }
            ui.separator();
            let folded = !self.view.axis.folds.stretches().is_empty();
            item(ui, folded, "fold empty stretches of time", Command::Wish(Wish::FoldTime(!folded)));
            item(ui, self.view.settings.look.motion, "glide between views", Command::Wish(Wish::Look(LookChange::Switch(Switch::Motion))));
        });
    }

    /// The part of time in view; from here another moment can be gone to.
    fn go_to(&self, ui: &mut Ui, wide: bool, narrow: bool, state: &mut HeadState, commands: &mut Commands) {
        let zone = self.view.settings.zone;
        let (from, to) = (zone.date(self.axis.from), zone.date(self.axis.to()));
        let span = if from == to || !wide { from } else { format!("{from} – {to}") };
        let text = if narrow { format!("{span}  ▾") } else { format!("{span} · {}  ▾", zone.label(self.axis.from)) };
        MenuButton::from_button(quiet_button(&text, &self.palette)).ui(ui, |ui| {
            ui.set_width(220.0);
            ui.label("Go to a time (UTC)");
            let edit = TextEdit::singleline(&mut state.go_to).hint_text("2026-03-07T03:14").desired_width(200.0);
            let response = ui.add(edit.font(tokens::mono(tokens::SMALL)));
            response.widget_info(|| WidgetInfo::labeled(Role::TextInput, true, "Go to a time"));
            if let Some(error) = &state.error {
                ui.label(RichText::new(error).size(tokens::SMALL).color(self.palette.state(crate::model::State::Broken)));
            }
            let asked = response.lost_focus() && ui.input(|input| input.key_pressed(eframe::egui::Key::Enter));
            if ui.add_sized(vec2(60.0, 26.0), eframe::egui::Button::new("Go")).clicked() || asked {
                match moment(&state.go_to) {
                    Ok(time) => {
                        state.error = None;
                        commands.push(Command::Wish(Wish::GoTo(time)));
                        ui.close();
                    }
                    Err(error) => state.error = Some(error),
                }
            }
        });
    }
}
