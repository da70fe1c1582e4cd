//! Colours, sizes and type. No other module of the window holds a literal colour.

use eframe::egui::{self, Color32, Context, CornerRadius, FontId, Margin, Stroke, TextStyle, Theme, Vec2};

use super::fonts;
pub use super::fonts::{medium, semibold};
use crate::model::{Category, State, Status};

/// Height of a table row and of list rows, in points.
pub const ROW: f32 = 31.0;
/// Height of a lane.
pub const LANE: f32 = 34.0;
/// Height of an integrity strip.
pub const STRIP: f32 = 22.0;
/// Width of the lanes' labels.
pub const LABELS: f32 = 176.0;
/// Width of the left panel.
pub const SIDE: f32 = 300.0;
/// Width of the detail panel.
pub const DETAIL: f32 = 336.0;

/// Body text.
pub const BODY: f32 = 13.0;
/// Secondary text.
pub const SMALL: f32 = 12.0;
/// Section heads.
pub const HEAD: f32 = 11.0;
/// The verdict.
pub const VERDICT: f32 = 15.0;

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
    states: [Color32; 6],
    categories: [Color32; 8],
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
    categories: [hex(0x7C8AA5), hex(0xB48EF0), hex(0x58B7D6), hex(0xE3B341), hex(0x6FCF97), hex(0xF08CA0), hex(0x8BD5CA), hex(0x667085)],
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
    categories: [hex(0x6B7A95), hex(0x7A4FD0), hex(0x1F7FA3), hex(0x9A6B00), hex(0x238A55), hex(0xB83A5C), hex(0x1B8578), hex(0x8A93A3)],
};

/// The categories that the legend shows, with a word for each.
pub const LEGEND: [(Category, &str); 8] = [
    (Category::Read, "read"),
    (Category::Write, "write"),
    (Category::Authentication, "sign-in"),
    (Category::SecretAccess, "secret"),
    (Category::CredentialCreated, "credential"),
    (Category::PrivilegeChange, "privilege"),
    (Category::ToolCall, "tool call"),
    (Category::Other, "other"),
];

impl Palette {
    /// The palette of the theme in use.
    pub fn of(context: &Context) -> Self {
        if context.theme() == Theme::Dark { DARK } else { LIGHT }
    }

    /// The colour of a state.
    pub fn state(&self, state: State) -> Color32 {
        self.states[state as usize]
    }

    /// The colour of a category.
    pub fn category(&self, category: Category) -> Color32 {
        let index = match category {
            Category::Read => 0,
            Category::Write | Category::Deployment => 1,
            Category::Authentication => 2,
            Category::SecretAccess => 3,
            Category::CredentialCreated | Category::CredentialRotated | Category::CredentialSuspended | Category::CredentialRevoked => 4,
            Category::PrivilegeChange | Category::Approval => 5,
            Category::ToolCall => 6,
            Category::Other => 7,
        };
        self.categories[index]
    }

    /// The colour of the most telling category among those of a bit set.
    pub fn categories(&self, bits: u16) -> Color32 {
        const TELLING: [Category; 13] = [
            Category::PrivilegeChange,
            Category::CredentialRevoked,
            Category::CredentialCreated,
            Category::CredentialRotated,
            Category::CredentialSuspended,
            Category::SecretAccess,
            Category::Approval,
            Category::Deployment,
            Category::Authentication,
            Category::ToolCall,
            Category::Write,
            Category::Read,
            Category::Other,
        ];
        TELLING.iter().find(|category| bits >> **category as u16 & 1 == 1).map_or(self.faint, |category| self.category(*category))
    }

    /// The colour of what was refused.
    pub fn refused(&self) -> Color32 {
        self.state(State::Broken)
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

#[cfg(test)]
mod tests {
    use super::*;

    fn luminance(colour: Color32) -> f64 {
        let channel = |value: u8| {
            let value = f64::from(value) / 255.0;
            if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
        };
        0.2126 * channel(colour.r()) + 0.7152 * channel(colour.g()) + 0.0722 * channel(colour.b())
    }

    fn contrast(one: Color32, other: Color32) -> f64 {
        let (one, other) = (luminance(one), luminance(other));
        (one.max(other) + 0.05) / (one.min(other) + 0.05)
    }

    #[test]
    fn text_can_be_read() {
        for palette in [DARK, LIGHT] {
            for ground in [palette.background, palette.panel, palette.raised] {
                assert!(contrast(palette.text, ground) > 7.0);
                assert!(contrast(palette.dim, ground) > 4.5, "{:?} on {ground:?}", palette.dim);
                assert!(contrast(palette.faint, ground) > 3.0, "{:?} on {ground:?}", palette.faint);
                assert!(contrast(palette.state(State::Broken), ground) > 4.5, "{:?} on {ground:?}", palette.state(State::Broken));
            }
            assert!(contrast(palette.on_accent, palette.accent) > 4.5);
        }
    }
}
