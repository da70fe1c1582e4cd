//! The frame of every dialog: its title, its first field, Enter and Escape, and where the keyboard goes.
//!
//! When a dialog opens, its first field has the keyboard. Enter confirms, Escape cancels; in a field of several lines Enter makes a line and
//! Ctrl+Enter confirms. The keyboard stays inside until the dialog closes, and then returns to where it was.

use eframe::egui::{
    Context, FontId, Frame, Id, Key, Label, Margin, Modal, Modifiers, Response, RichText, Role, Stroke, TextEdit, Ui, WidgetInfo,
};

use super::buttons::{plain_button, primary_button};
use super::tokens::{self, Palette};

/// What a dialog's frame says after it was drawn.
pub struct Shown {
    /// Whether Escape was pressed.
    pub escaped: bool,
    /// Whether it is to be closed: by Escape, by its Close button, or by a click beside it.
    pub closed: bool,
}

/// What is remembered of a dialog between two frames.
#[derive(Clone, Copy, Default)]
struct Memory {
    /// In which pass it was drawn last.
    pass: u64,
    /// What had the keyboard before it opened.
    before: Option<Id>,
    /// What had it inside.
    inside: Option<Id>,
}

/// The controls that a dialog's frame knows of.
pub struct Controls {
    palette: Palette,
    /// The first control has still to be given the keyboard.
    opening: bool,
    /// Nothing had the keyboard when the frame began.
    unfocused: bool,
    in_field: bool,
    in_lines: bool,
    closed: bool,
}

/// Draws a dialog over everything else, with its title and a few words on what it is for.
pub fn dialog(ui: &Ui, title: &str, text: &str, width: f32, content: impl FnOnce(&mut Ui, &mut Controls)) -> Shown {
    let (context, palette) = (ui.ctx().clone(), Palette::of(ui.ctx()));
    let id = Id::unique(("dialog", title));
    let pass = context.cumulative_pass_nr();
    let mut memory = context.data(|data| data.get_temp::<Memory>(id)).unwrap_or_default();
    let opening = memory.pass == 0 || memory.pass + 1 < pass;
    if opening {
        memory = Memory { before: context.memory(|memory| memory.focused()), ..Memory::default() };
    } else {
        keep_inside(&context, &mut memory);
    }
    memory.pass = pass;
    let unfocused = context.memory(|memory| memory.focused()).is_none();
    let mut controls = Controls { palette, opening, unfocused, in_field: false, in_lines: false, closed: false };
    let frame = Frame::new().fill(palette.panel).stroke(Stroke::new(1.0, palette.line)).corner_radius(10.0).inner_margin(Margin::same(20));
    let modal = Modal::new(Id::unique(title)).frame(frame).show(&context, |ui| {
        ui.set_width(width);
        ui.label(RichText::new(title).font(FontId::new(16.0, tokens::semibold())));
        if !text.is_empty() {
            ui.add(Label::new(RichText::new(text).color(palette.dim)).wrap());
        }
        ui.add_space(10.0);
        content(ui, &mut controls);
    });
    let escaped = modal.is_top_modal && !modal.any_popup_open && context.input(|input| input.key_pressed(Key::Escape));
    let closed = modal.should_close() || controls.closed;
    if closed {
        // Without one more frame the next key would still be taken for the dialog's.
        context.request_repaint();
        if let Some(before) = memory.before {
            context.data_mut(|data| data.insert_temp(returning(), before));
        }
    }
    context.data_mut(|data| data.insert_temp(id, memory));
    Shown { escaped, closed }
}

/// What gets the keyboard back, as soon as no dialog is open.
fn returning() -> Id {
    Id::unique("returning keyboard")
}

/// Gives the keyboard back to what had it before a dialog opened. A frame has to pass after the dialog's last one: until then what is behind
/// it may not have the keyboard.
pub fn return_keyboard(context: &Context) {
    let Some(before) = context.data(|data| data.get_temp::<Id>(returning())) else { return };
    if context.memory(|memory| memory.top_modal_layer().is_some()) {
        context.request_repaint();
        return;
    }
    context.data_mut(|data| data.remove::<Id>(returning()));
    context.memory_mut(|memory| memory.request_focus(before));
}

/// The arrows look for the next control in the whole window; the keyboard must not leave by them.
fn keep_inside(context: &Context, memory: &mut Memory) {
    let Some(focused) = context.memory(|memory| memory.focused()) else { return };
    let Some(layer) = context.read_response(focused).map(|response| response.layer_id) else { return };
    if context.memory(|memory| memory.is_above_modal_layer(layer)) {
        memory.inside = Some(focused);
        return;
    }
    context.memory_mut(|now| match memory.inside {
        Some(inside) => now.request_focus(inside),
        None => now.surrender_focus(focused),
    });
}

impl Controls {
    /// Gives the keyboard to this control if it is the first one and the dialog has just opened.
    pub fn first(&mut self, response: &Response) {
        if std::mem::take(&mut self.opening) {
            response.request_focus();
        }
    }

    /// A field of one line, with the name that a screen reader says.
    pub fn field(&mut self, ui: &mut Ui, edit: TextEdit<'_>, name: &'static str) -> Response {
        self.named(ui, edit, name, Role::TextInput)
    }

    /// A field for a secret.
    pub fn secret(&mut self, ui: &mut Ui, edit: TextEdit<'_>, name: &'static str) -> Response {
        self.named(ui, edit.password(true), name, Role::PasswordInput)
    }

    fn named(&mut self, ui: &mut Ui, edit: TextEdit<'_>, name: &'static str, role: Role) -> Response {
        let enabled = ui.is_enabled();
        let response = ui.add(edit);
        response.widget_info(|| WidgetInfo::labeled(role, enabled, name));
        let entered = response.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter));
        if entered {
            // What is confirmed may fail, and then is corrected.
            response.request_focus();
        }
        self.in_field |= entered || response.has_focus();
        self.first(&response);
        response
    }

    /// A field of several lines.
    pub fn lines(&mut self, ui: &mut Ui, edit: TextEdit<'_>, name: &'static str) -> Response {
        let response = ui.add(edit);
        response.widget_info(|| WidgetInfo::labeled(Role::MultilineTextInput, true, name));
        self.in_lines |= response.has_focus();
        self.first(&response);
        response
    }

    /// The button for what the dialog is there for. Whether it was pressed, or Enter in its place.
    pub fn confirm(&mut self, ui: &mut Ui, text: &str, enabled: bool) -> bool {
        let response = ui.add_enabled(enabled, primary_button(text, &self.palette));
        if enabled {
            self.first(&response);
        }
        let (enter, with_control) = ui.input(|input| {
            let pressed = input.key_pressed(Key::Enter);
            (pressed && input.modifiers == Modifiers::NONE, pressed && input.modifiers.command)
        });
        let entered = enter && (self.in_field || self.unfocused && !self.in_lines) || with_control && (self.in_field || self.in_lines);
        response.clicked() || enabled && entered
    }

    /// The button that closes the dialog.
    pub fn close(&mut self, ui: &mut Ui, text: &str) {
        let response = ui.add(plain_button(text, &self.palette));
        self.first(&response);
        self.closed |= response.clicked();
    }

    /// Closes the dialog after this frame.
    pub fn done(&mut self) {
        self.closed = true;
    }
}
