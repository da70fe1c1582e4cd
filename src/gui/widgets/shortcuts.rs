//! The keyboard.

use eframe::egui::{Context, Event, Id, Key, Modifiers};

use crate::gui::command::{Command, Commands, Dialog};
use crate::gui::state::CaseView;
use crate::gui::state::choice::SelectionKind;

/// What the keys do, for the help.
pub const HELP: &[(&str, &str)] = &[
    ("Ctrl+O", "open files"),
    ("Ctrl+Shift+O", "open a folder"),
    ("Ctrl+V", "open pasted paths or file:// addresses"),
    ("Ctrl+E", "export evidence"),
    ("Ctrl+F or /", "filter"),
    ("W, S", "zoom in, zoom out"),
    ("A, D", "earlier, later"),
    ("F", "zoom to selection"),
    ("0", "show everything"),
    ("← →", "previous, next event of the lane"),
    ("Space", "mark the selected event for export"),
    ("N, P", "next, previous finding"),
    ("Tab", "next control"),
    ("Esc", "stop the check, or select nothing"),
    ("Ctrl + wheel", "zoom at the pointer"),
    ("Drag, wheel", "move; Shift + drag chooses a range"),
    ("K", "keys"),
    ("F1 or ?", "this help"),
];

/// The filter field's name, by which it can be given the keyboard before it is drawn.
pub fn filter_id() -> Id {
    Id::unique("filter")
}

/// Whether what is typed belongs to a field or a dialog, and is no shortcut.
pub fn is_typing(context: &Context) -> bool {
    context.egui_wants_keyboard_input() || context.memory(|memory| memory.top_modal_layer().is_some())
}

/// Reads keys into commands. While a dialog is open none is a shortcut; while something has the keyboard, only those with Ctrl and F1 are.
pub fn read(context: &Context, open: Option<&CaseView>, busy: bool, commands: &mut Commands) {
    if context.memory(|memory| memory.top_modal_layer().is_some()) {
        return;
    }
    let typing = is_typing(context);
    let pressed = |modifiers: Modifiers, key: Key| context.input_mut(|input| input.consume_key(modifiers, key));
    if pressed(Modifiers::COMMAND | Modifiers::SHIFT, Key::O) {
        commands.push(Command::ChooseFolder);
    } else if pressed(Modifiers::COMMAND, Key::O) {
        commands.push(Command::ChooseFiles);
    }
    if open.is_some() && pressed(Modifiers::COMMAND, Key::E) {
        commands.push(Command::Dialog(Dialog::Export(SelectionKind::Shown)));
    }
    if pressed(Modifiers::NONE, Key::F1) {
        commands.push(Command::Dialog(Dialog::Help));
    }
    if open.is_some() && (pressed(Modifiers::COMMAND, Key::F) || !typing && pressed(Modifiers::NONE, Key::Slash)) {
        // Whatever was typed after it, perhaps before the next frame, belongs into the field and is no shortcut.
        context.input_mut(|input| input.events.retain(|event| !matches!(event, Event::Text(text) if text == "/")));
        context.memory_mut(|memory| memory.request_focus(filter_id()));
        return;
    }
    if typing {
        return;
    }
    if pressed(Modifiers::NONE, Key::Escape) {
        commands.push(if busy { Command::Cancel } else { Command::Deselect });
    }
    if pressed(Modifiers::SHIFT, Key::Questionmark) || pressed(Modifiers::NONE, Key::Questionmark) {
        commands.push(Command::Dialog(Dialog::Help));
    }
    if pressed(Modifiers::NONE, Key::K) {
        commands.push(Command::Dialog(Dialog::Keys));
    }
    let Some(open) = open else { return };
    let middle = open.axis.left + open.axis.width / 2.0;
    let simple: [(Key, Command); 8] = [
        (Key::W, Command::Show(open.axis.zoomed(middle, 1.6))),
        (Key::S, Command::Show(open.axis.zoomed(middle, 1.0 / 1.6))),
        (Key::A, Command::Show(open.axis.panned(-open.axis.width * 0.2))),
        (Key::D, Command::Show(open.axis.panned(open.axis.width * 0.2))),
        (Key::F, Command::ShowSelection),
        (Key::Num0, Command::ShowAll),
        (Key::ArrowRight, Command::Step(1)),
        (Key::ArrowLeft, Command::Step(-1)),
    ];
    for (key, command) in simple {
        // The arrows move the focus while something has it.
        let arrow = matches!(key, Key::ArrowLeft | Key::ArrowRight);
        if !(arrow && context.memory(|memory| memory.focused().is_some())) && pressed(Modifiers::NONE, key) {
            commands.push(command);
        }
    }
    if let Some(row) = open.selection.event.filter(|_| context.memory(|memory| memory.focused().is_none()))
        && pressed(Modifiers::NONE, Key::Space)
    {
        commands.push(Command::Mark(row));
    }
    let count = open.case.findings.len();
    for (key, step) in [(Key::N, 1), (Key::P, count.saturating_sub(1))] {
        if count > 0 && pressed(Modifiers::NONE, key) {
            let next = open.selection.finding.map_or(if step == 1 { 0 } else { count - 1 }, |current| (current + step) % count);
            commands.push(Command::Finding(next));
        }
    }
}
