//! The keyboard.

use eframe::egui::text_selection::LabelSelectionState;
use eframe::egui::{Context, Event, Id, Key, Modifiers, Popup};

use crate::gui::command::{Command, Commands, Dialog};
use crate::gui::state::CaseView;
use crate::gui::state::choice::SelectionKind;
use crate::gui::state::look::{LookChange, Switch};
use crate::gui::state::wish::Wish;

/// What the keys do, for the help.
pub const HELP: &[(&str, &str)] = &[
    ("Ctrl+O", "open files"),
    ("Ctrl+Shift+O", "open a folder"),
    ("Ctrl+V", "open pasted paths or file:// addresses"),
    ("Ctrl+E", "export evidence"),
    ("Ctrl+PgUp, Ctrl+PgDn", "previous, next case; Ctrl+W closes it"),
    ("Ctrl+F or /", "filter"),
    ("W, S", "zoom in, zoom out"),
    ("A, D", "earlier, later"),
    ("F", "zoom to selection"),
    ("0", "show everything"),
    ("← →", "previous, next event of the lane"),
    ("Shift+← →", "previous, next event with the same action"),
    ("Alt+← →", "back, forward through views and filters"),
    ("Z", "zoom to the chosen range"),
    ("[ ]", "fold the left, the right panel"),
    ("↑ ↓", "previous, next row of the table; PgUp, PgDn, Home, End"),
    ("Enter", "show the selected event in the timeline"),
    ("Space", "mark the selected event"),
    ("Ctrl+C", "copy the marked rows, or the selected one, as CSV"),
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

/// Keys that were pressed while a dialog was going, held back until it is gone.
///
/// egui takes a dialog for open until a frame has passed without it. On a busy machine several keys arrive in one frame: what is pressed right
/// after the Escape that closes a dialog would be lost, or typed into it.
#[derive(Default)]
pub struct Held(Vec<Event>);

impl Held {
    /// Gives back what was held, and holds back what came too early.
    pub fn update(&mut self, context: &Context, is_dialog_open: bool) {
        let is_leaving = !is_dialog_open && context.memory(|memory| memory.top_modal_layer().is_some());
        let mut held = std::mem::take(&mut self.0);
        context.input_mut(|input| {
            held.append(&mut input.events);
            input.events = held;
            let is_typed = |event: &Event| matches!(event, Event::Key { .. } | Event::Text(_) | Event::Copy | Event::Cut | Event::Paste(_));
            if is_leaving {
                let events = std::mem::take(&mut input.events);
                (self.0, input.events) = events.into_iter().partition(is_typed);
            } else if is_dialog_open {
                let escape = |event: &Event| matches!(event, Event::Key { key: Key::Escape, pressed: true, .. });
                if let Some(at) = input.events.iter().position(escape) {
                    let after = input.events.split_off(at + 1);
                    let (typed, rest): (Vec<Event>, Vec<Event>) = after.into_iter().partition(is_typed);
                    input.events.extend(rest);
                    self.0 = typed;
                }
            }
        });
        if !self.0.is_empty() {
            context.request_repaint();
        }
    }
}

/// A key that walks through the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TableKey {
    /// A row up.
    Up,
    /// A row down.
    Down,
    /// A page up.
    PageUp,
    /// A page down.
    PageDown,
    /// To the first row.
    Home,
    /// To the last row.
    End,
    /// Show what is selected.
    Enter,
}

/// The key for the table that was pressed, and how often since the last frame, unless something else has the keyboard.
pub fn table_key(context: &Context) -> Option<(TableKey, i64)> {
    if is_typing(context) || context.memory(|memory| memory.focused().is_some()) || Popup::is_any_open(context) {
        return None;
    }
    let keys = [
        (Key::ArrowUp, TableKey::Up),
        (Key::ArrowDown, TableKey::Down),
        (Key::PageUp, TableKey::PageUp),
        (Key::PageDown, TableKey::PageDown),
        (Key::Home, TableKey::Home),
        (Key::End, TableKey::End),
        (Key::Enter, TableKey::Enter),
    ];
    // On a slow machine a key that is held comes several times in a frame.
    let count = |key: Key| context.input_mut(|input| input.count_and_consume_key(Modifiers::NONE, key));
    keys.into_iter().map(|(key, what)| (what, count(key) as i64)).find(|(_, count)| *count > 0)
}

/// Whether what is selected is to be copied, and nobody else copies.
pub fn copies(context: &Context) -> bool {
    let free = !is_typing(context) && context.memory(|memory| memory.focused().is_none());
    // Text that is selected in a label is what is meant.
    let selects = context.with_plugin(|labels: &mut LabelSelectionState| labels.has_selection()).unwrap_or(false);
    free && !selects && context.input(|input| input.events.iter().any(|event| matches!(event, Event::Copy)))
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
    for (key, step) in [(Key::PageDown, 1), (Key::PageUp, -1)] {
        if pressed(Modifiers::COMMAND, key) {
            commands.push(Command::NextTab(step));
        }
    }
    if open.is_some() && pressed(Modifiers::COMMAND, Key::W) {
        commands.push(Command::Close);
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
        let range = open.is_some_and(|view| view.range.is_some());
        commands.push(match (busy, range) {
            (true, _) => Command::Cancel,
            (false, true) => Command::Wish(Wish::Range(None)),
            (false, false) => Command::Deselect,
        });
    }
    if pressed(Modifiers::SHIFT, Key::Questionmark) || pressed(Modifiers::NONE, Key::Questionmark) {
        commands.push(Command::Dialog(Dialog::Help));
    }
    if pressed(Modifiers::NONE, Key::K) {
        commands.push(Command::Dialog(Dialog::Keys));
    }
    let Some(open) = open else { return };
    let with: [(Modifiers, Key, Command); 4] = [
        (Modifiers::ALT, Key::ArrowLeft, Command::Wish(Wish::Back)),
        (Modifiers::ALT, Key::ArrowRight, Command::Wish(Wish::Forward)),
        (Modifiers::SHIFT, Key::ArrowLeft, Command::Wish(Wish::Alike(-1))),
        (Modifiers::SHIFT, Key::ArrowRight, Command::Wish(Wish::Alike(1))),
    ];
    commands.extend(with.into_iter().filter(|(modifiers, key, _)| pressed(*modifiers, *key)).map(|(_, _, command)| command));
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
    for (key, what) in [(Key::OpenBracket, Switch::Side), (Key::CloseBracket, Switch::Detail)] {
        if pressed(Modifiers::NONE, key) {
            commands.push(Command::Wish(Wish::Look(LookChange::Switch(what))));
        }
    }
    if let Some(range) = open.range
        && pressed(Modifiers::NONE, Key::Z)
    {
        commands.push(Command::Show(open.axis.over(range.from, range.to)));
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
