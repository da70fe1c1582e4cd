//! What assistive technology sees of the window, written to a file: only in debug builds, and only when asked for. Walks through a real
//! window find by it where to click and see what came of it.

use std::io::Write;
use std::path::{Path, PathBuf};

use eframe::egui::accesskit::Toggled;
use eframe::egui::{Context, FullOutput, Plugin};
use serde_json::{Value, json};

/// Names the file.
const FILE: &str = "SEALSCOPE_SHOWN";

/// Writes the tree of AccessKit after each frame in which it differs.
struct Shown {
    file: PathBuf,
    last: Vec<u8>,
}

/// Starts writing if the environment asks for it.
pub(super) fn install(context: &Context) {
    if let Some(file) = std::env::var_os(FILE) {
        context.enable_accesskit();
        context.add_plugin(Shown { file: file.into(), last: Vec::new() });
    }
}

/// Replaces the file at once, so that nobody reads half of it.
fn replace(file: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let mut temporary = tempfile::NamedTempFile::new_in(file.parent().unwrap_or(Path::new(".")))?;
    temporary.write_all(bytes)?;
    temporary.persist(file)?;
    Ok(())
}

impl Plugin for Shown {
    fn debug_name(&self) -> &'static str {
        "shown"
    }

    fn output_hook(&mut self, context: &Context, output: &mut FullOutput) {
        let Some(update) = &output.platform_output.accesskit_update else { return };
        let scale = f64::from(output.pixels_per_point);
        let nodes: Vec<Value> = (update.nodes.iter())
            .map(|(id, node)| {
                let bounds = node.bounds().map(|bounds| [bounds.x0, bounds.y0, bounds.x1, bounds.y1].map(|side| side * scale));
                json!({
                    "role": format!("{:?}", node.role()), "label": node.label(), "value": node.value(), "bounds": bounds,
                    "focused": *id == update.focus, "disabled": node.is_disabled(),
                    "toggled": node.toggled().is_some_and(|toggled| toggled == Toggled::True),
                })
            })
            .collect();
        let size = context.content_rect().size() * output.pixels_per_point;
        let dark = context.global_style().visuals.dark_mode;
        let shown = json!({"scale": scale, "size": [size.x, size.y], "dark": dark, "nodes": nodes}).to_string().into_bytes();
        if shown != self.last {
            match replace(&self.file, &shown) {
                Ok(()) => self.last = shown,
                Err(error) => eprintln!("{}: {error}", self.file.display()),
            }
        }
    }
}
