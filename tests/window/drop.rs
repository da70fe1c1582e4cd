//! Drag-and-drop as other programs do it: XDND, freedesktop.org, version 5.

use x11rb::connection::Connection;
use x11rb::protocol::Event;
use x11rb::protocol::xproto::*;
use x11rb::rust_connection::RustConnection;
use x11rb::wrapper::ConnectionExt as _;

use crate::session::wait;

/// The atom of a name.
pub fn atom(connection: &RustConnection, name: &str) -> Atom {
    connection.intern_atom(false, name.as_bytes()).unwrap().reply().unwrap().atom
}

/// A window's title.
pub fn title(connection: &RustConnection, window: Window) -> String {
    let name = atom(connection, "_NET_WM_NAME");
    let reply = connection.get_property(false, window, name, AtomEnum::ANY, 0, 1024).unwrap().reply();
    reply.map(|reply| String::from_utf8_lossy(&reply.value).into_owned()).unwrap_or_default()
}

/// The window that takes drops and whose title starts with the program's name.
pub fn find(connection: &RustConnection, window: Window) -> Option<Window> {
    let aware = atom(connection, "XdndAware");
    let takes = connection.get_property(false, window, aware, AtomEnum::ANY, 0, 1).unwrap().reply().is_ok_and(|reply| reply.value_len > 0);
    if takes && title(connection, window).starts_with("Sealscope") {
        return Some(window);
    }
    let children = connection.query_tree(window).unwrap().reply().ok()?.children;
    children.into_iter().find_map(|child| find(connection, child))
}

fn message(connection: &RustConnection, target: Window, kind: &str, data: [u32; 5]) {
    let event = ClientMessageEvent::new(32, target, atom(connection, kind), data);
    connection.send_event(false, target, EventMask::NO_EVENT, event).unwrap();
    connection.flush().unwrap();
}

/// Drags `uris` onto the window and drops them.
pub fn drop_onto(connection: &RustConnection, root: Window, target: Window, uris: &str) {
    let source = connection.generate_id().unwrap();
    connection.create_window(0, source, root, 0, 0, 1, 1, 0, WindowClass::INPUT_ONLY, 0, &CreateWindowAux::new()).unwrap();
    let selection = atom(connection, "XdndSelection");
    let list = atom(connection, "text/uri-list");
    let copy = atom(connection, "XdndActionCopy");
    connection.set_selection_owner(source, selection, x11rb::CURRENT_TIME).unwrap();
    message(connection, target, "XdndEnter", [source, 5 << 24, list, 0, 0]);
    message(connection, target, "XdndPosition", [source, 0, 400 << 16 | 300, 0, copy]);
    let status = atom(connection, "XdndStatus");
    let finished = atom(connection, "XdndFinished");
    let mut dropped = false;
    wait("the end of the drop", || {
        while let Some(event) = connection.poll_for_event().unwrap() {
            match event {
                Event::SelectionRequest(request) => {
                    connection.change_property8(PropMode::REPLACE, request.requestor, request.property, list, uris.as_bytes()).unwrap();
                    let notify = SelectionNotifyEvent {
                        response_type: SELECTION_NOTIFY_EVENT,
                        sequence: 0,
                        time: request.time,
                        requestor: request.requestor,
                        selection: request.selection,
                        target: request.target,
                        property: request.property,
                    };
                    connection.send_event(false, request.requestor, EventMask::NO_EVENT, notify).unwrap();
                    connection.flush().unwrap();
                }
                Event::ClientMessage(answer) if answer.type_ == status => {
                    assert_eq!(answer.data.as_data32()[1] & 1, 1, "the window refuses the drop");
                    if !dropped {
                        dropped = true;
                        message(connection, target, "XdndDrop", [source, 0, x11rb::CURRENT_TIME, 0, 0]);
                    }
                }
                Event::ClientMessage(answer) if answer.type_ == finished => return Some(()),
                _ => {}
            }
        }
        None
    });
}
