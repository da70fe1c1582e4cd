//! The tabs of the cases that are open.

use eframe::egui::{Align, FontId, Frame, Layout, Margin, RichText, Role, ScrollArea, Sense, Stroke, Ui, WidgetInfo, vec2};

use crate::gui::command::{Command, Commands};
use crate::gui::widgets::buttons::quiet_button;
use crate::gui::widgets::fonts::shown;
use crate::gui::widgets::icons;
use crate::gui::widgets::tokens::{self, Palette};
use crate::model::Verdict;
use crate::model::text::short;

/// Height of the tabs, in points.
pub const HEIGHT: f32 = 32.0;

/// A tab.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    /// What the case is called.
    pub name: String,
    /// How it stands.
    pub verdict: Verdict,
    /// Whether it is in front.
    pub is_front: bool,
}

/// Draws the tabs.
pub fn ui(ui: &mut Ui, tabs: &[Shown], commands: &mut Commands) {
    let palette = &Palette::of(ui.ctx());
    ScrollArea::horizontal().id_salt("tabs").auto_shrink(false).show(ui, |ui| {
        ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
            ui.spacing_mut().item_spacing.x = 4.0;
            for (at, tab) in tabs.iter().enumerate() {
                let frame = Frame::new().inner_margin(Margin { left: 12, right: 4, top: 2, bottom: 2 });
                let fill = if tab.is_front { palette.background } else { palette.panel };
                let drawn = frame.fill(fill).show(ui, |ui| {
                    let (rect, _) = ui.allocate_exact_size(vec2(14.0, HEIGHT - 6.0), Sense::hover());
                    icons::state(ui.painter(), rect.center(), 11.0, tab.verdict.state(), palette);
                    let weight = if tab.is_front { tokens::medium() } else { eframe::egui::FontFamily::Proportional };
                    let colour = if tab.is_front { palette.text } else { palette.dim };
                    let name = short(&tab.name, 28);
                    let text = RichText::new(shown(ui.ctx(), &name)).font(FontId::new(tokens::BODY, weight)).color(colour);
                    ui.add_space(4.0);
                    let response = ui.add(eframe::egui::Label::new(text).sense(Sense::click()).selectable(false));
                    let spoken = format!("Case {name}, {}", tab.verdict.word());
                    response.widget_info(|| WidgetInfo::selected(Role::Tab, true, tab.is_front, &spoken));
                    if response.clicked() {
                        commands.push(Command::SwitchTab(at));
                    }
                    let close = ui.add(quiet_button("×", palette));
                    close.widget_info(|| WidgetInfo::labeled(Role::Button, true, format!("Close {name}")));
                    if close.on_hover_text("Close this case").clicked() {
                        commands.push(Command::CloseTab(at));
                    }
                });
                if tab.is_front {
                    let rect = drawn.response.rect;
                    ui.painter().hline(rect.x_range(), rect.top() + 1.0, Stroke::new(2.0, palette.accent));
                }
            }
        });
    });
}
