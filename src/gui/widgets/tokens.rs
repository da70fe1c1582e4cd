//! Colours, sizes and type. No other module of the window holds a literal colour.

use eframe::egui::{self, Color32, Context, CornerRadius, FontId, Margin, Stroke, TextStyle, Theme, Vec2};

use super::fonts;
pub use super::fonts::{medium, semibold};
use crate::model::category::{GROUPS, Group};
use crate::model::{State, Status};

/// Width of the left panel.
pub const SIDE: f32 = 276.0;
/// Width of the detail panel, the widest side: the event under study stands there.
pub const DETAIL: f32 = 430.0;

/// Body text.
pub const BODY: f32 = 13.0;
/// Secondary text.
pub const SMALL: f32 = 12.0;
/// Section heads.
pub const HEAD: f32 = 11.0;
/// What the verdict is titled in dialogs.
pub const VERDICT: f32 = 15.0;
/// The verdict's sentence.
pub const HERO: f32 = 19.0;

/// The colours of one theme.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Palette {
    /// Behind everything.
    pub background: Color32,
    /// Side panels and bars.
    pub panel: Color32,
    /// Fields, selected rows.
    pub raised: Color32,
    /// Dividers.
    pub line: Color32,
    /// Main text.
    pub text: Color32,
    /// Secondary text.
    pub dim: Color32,
    /// Text that may be missed.
    pub faint: Color32,
    /// Selection and the primary action.
    pub accent: Color32,
    /// Text on the accent.
    pub on_accent: Color32,
    /// What was denied or failed.
    pub refused: Color32,
    states: [Color32; 6],
    groups: [Color32; GROUPS],
}

const fn hex(value: u32) -> Color32 {
    Color32::from_rgb((value >> 16) as u8, (value >> 8) as u8, value as u8)
}

/// Dark theme.
pub const DARK: Palette = Palette {
    background: hex(0x14171C),
    panel: hex(0x1A1E25),
    raised: hex(0x222731),
    line: hex(0x2C323D),
    text: hex(0xE6E9EF),
    dim: hex(0x9AA3B2),
    faint: hex(0x7A8496),
    accent: hex(0x7AA2F7),
    on_accent: hex(0x10141C),
    states: [hex(0x3FB6A8), hex(0x6C9BEF), hex(0x7C8595), hex(0x8B93A3), hex(0xE0A83E), hex(0xFF6B4A)],
    refused: hex(0xF577FB),
    // Chosen by computing: the test below holds what it was chosen for.
    groups: [hex(0x717374), hex(0x9CA7B3), hex(0x5778BE), hex(0xE1EAB6), hex(0x8FDBE7), hex(0x5EBA7D), hex(0xF4D504), hex(0xE2347E)],
};

/// Light theme.
pub const LIGHT: Palette = Palette {
    background: hex(0xF7F8FA),
    panel: hex(0xFFFFFF),
    raised: hex(0xF0F2F5),
    line: hex(0xDFE3E8),
    text: hex(0x1B2330),
    dim: hex(0x586174),
    faint: hex(0x727C8E),
    accent: hex(0x2F62D9),
    on_accent: hex(0xFFFFFF),
    states: [hex(0x0F8A7C), hex(0x2F62D9), hex(0x7D8695), hex(0x6B7280), hex(0xA86E00), hex(0xC7351A)],
    refused: hex(0x6843CA),
    groups: [hex(0x515151), hex(0x838B98), hex(0x2B7DDA), hex(0x64744A), hex(0x2F7382), hex(0x004D28), hex(0xA08927), hex(0xAB3D74)],
};

impl Palette {
    /// The palette of the theme in use.
    pub fn of(context: &Context) -> Self {
        if context.theme() == Theme::Dark { DARK } else { LIGHT }
    }

    /// The colour of a state.
    pub fn state(&self, state: State) -> Color32 {
        self.states[state as usize]
    }

    /// The colour of a group of categories.
    pub fn group(&self, group: Group) -> Color32 {
        self.groups[group as usize]
    }

    /// The colour of what was refused.
    pub fn refused(&self) -> Color32 {
        self.refused
    }
}

/// The state that looks like a ladder's answer.
pub fn status_state(status: Status) -> State {
    match status {
        Status::Proved => State::Sealed,
        Status::Conditional => State::Consistent,
        Status::Unprovable => State::Unchecked,
        Status::Failed => State::Broken,
    }
}

/// Interface text of a size.
pub fn sans(size: f32) -> FontId {
    FontId::proportional(size)
}

/// Times, hashes and addresses of a size.
pub fn mono(size: f32) -> FontId {
    FontId::monospace(size)
}

/// Installs fonts and both themes.
pub fn install(context: &Context) {
    context.set_fonts(fonts::definitions(&[]));
    for (theme, palette) in [(Theme::Dark, DARK), (Theme::Light, LIGHT)] {
        context.style_mut_of(theme, |style| apply(style, &palette));
    }
}

fn apply(style: &mut egui::Style, palette: &Palette) {
    style.text_styles = [
        (TextStyle::Heading, FontId::new(VERDICT, semibold())),
        (TextStyle::Body, sans(BODY)),
        (TextStyle::Button, sans(BODY)),
        (TextStyle::Small, sans(SMALL)),
        (TextStyle::Monospace, mono(SMALL)),
    ]
    .into();
    let spacing = &mut style.spacing;
    spacing.item_spacing = Vec2::new(8.0, 4.0);
    spacing.button_padding = Vec2::new(12.0, 6.0);
    spacing.interact_size = Vec2::new(24.0, 28.0);
    spacing.menu_margin = Margin::same(6);
    style.interaction.tooltip_delay = 0.25;
    style.interaction.selectable_labels = false;
    let visuals = &mut style.visuals;
    visuals.override_text_color = Some(palette.text);
    visuals.weak_text_color = Some(palette.dim);
    visuals.panel_fill = palette.panel;
    visuals.window_fill = palette.raised;
    visuals.window_stroke = Stroke::new(1.0, palette.line);
    visuals.window_corner_radius = CornerRadius::same(8);
    visuals.menu_corner_radius = CornerRadius::same(6);
    visuals.extreme_bg_color = palette.background;
    visuals.faint_bg_color = palette.raised;
    visuals.code_bg_color = palette.raised;
    visuals.hyperlink_color = palette.accent;
    visuals.selection.bg_fill = palette.accent.gamma_multiply(0.35);
    visuals.selection.stroke = Stroke::new(1.5, palette.accent);
    visuals.text_edit_bg_color = Some(palette.raised);
    let radius = CornerRadius::same(5);
    let widgets = &mut visuals.widgets;
    for (widget, fill, line) in [
        (&mut widgets.noninteractive, palette.panel, palette.line),
        (&mut widgets.inactive, palette.raised, palette.line),
        (&mut widgets.hovered, palette.raised, palette.dim),
        (&mut widgets.active, palette.line, palette.accent),
        (&mut widgets.open, palette.raised, palette.accent),
    ] {
        widget.bg_fill = fill;
        widget.weak_bg_fill = fill;
        widget.bg_stroke = Stroke::new(1.0, line);
        widget.fg_stroke = Stroke::new(1.0, palette.text);
        widget.corner_radius = radius;
        widget.expansion = 0.0;
    }
}
