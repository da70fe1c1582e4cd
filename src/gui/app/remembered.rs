//! What the window remembers from one run to the next: how cases are shown, theme, and its own place. Nothing of any evidence.

use std::collections::BTreeMap;
use std::path::PathBuf;

use eframe::egui::{Pos2, Rect, ThemePreference, Vec2, ViewportBuilder, pos2, vec2};
use serde::{Deserialize, Serialize};

use crate::gui::state::axis::Zone;
use crate::gui::state::columns::Column;
use crate::gui::state::look::Look;
use crate::gui::state::settings::Settings;

/// Themes and their names in the file.
const THEMES: [(ThemePreference, &str); 3] =
    [(ThemePreference::System, "system"), (ThemePreference::Light, "light"), (ThemePreference::Dark, "dark")];

/// What is remembered. What a newer or older program wrote and this one does not know is left out.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Remembered {
    theme: String,
    local_time: bool,
    columns: Vec<serde_json::Value>,
    widths: BTreeMap<String, f32>,
    look: Look,
    /// Place and inner size, in points.
    window: Option<[f32; 4]>,
    maximized: bool,
}

fn file() -> Option<PathBuf> {
    Some(directories::ProjectDirs::from("dev", "sealscope", "sealscope")?.data_local_dir().join("window.json"))
}

fn column(name: &serde_json::Value) -> Option<Column> {
    match serde_json::from_value(name.clone()) {
        Ok(column) => Some(column),
        // A column of another version.
        Err(_) => None,
    }
}

impl Remembered {
    /// What was remembered last; a file that cannot be read is none.
    pub(super) fn load() -> Self {
        let text = file().and_then(|file| std::fs::read_to_string(file).ok()).unwrap_or_default();
        serde_json::from_str(&text).unwrap_or_default()
    }

    /// Remembers it. That it cannot be written is no reason to stop anyone.
    pub(super) fn store(&self) {
        if let (Some(file), Ok(text)) = (file(), serde_json::to_string_pretty(self)) {
            let folder = file.parent().map_or(Ok(()), std::fs::create_dir_all);
            folder.and_then(|()| crate::case::write_whole(&file, text.as_bytes(), true, 0o600)).ok();
        }
    }

    /// The theme that was chosen.
    pub(super) fn theme(&self) -> Option<ThemePreference> {
        THEMES.iter().find(|(_, name)| *name == self.theme).map(|(theme, _)| *theme)
    }

    /// Sets what is remembered of the window.
    pub(super) fn apply(&self, settings: &mut Settings) {
        settings.look = self.look;
        settings.zone = if self.local_time { Zone::Local } else { Zone::Utc };
        let mut columns: Vec<Column> = Vec::new();
        for column in self.columns.iter().filter_map(column) {
            if !columns.contains(&column) {
                columns.push(column);
            }
        }
        if !columns.is_empty() {
            settings.columns = columns;
        }
        let width = |(name, width): (&String, &f32)| Some((column(&serde_json::Value::from(name.as_str()))?, *width));
        settings.widths = self.widths.iter().filter_map(width).filter(|(_, width)| (30.0..=1_200.0).contains(width)).collect();
    }

    /// Takes what is set now.
    pub(super) fn take(&mut self, settings: &Settings, theme: ThemePreference) {
        let name = |column: &Column| serde_json::to_value(column).unwrap_or_default();
        self.theme = THEMES.iter().find(|(other, _)| *other == theme).map_or("", |(_, name)| name).to_owned();
        self.look = settings.look;
        self.local_time = settings.zone == Zone::Local;
        self.columns = settings.columns.iter().map(name).collect();
        let width = |(column, width): (&Column, &f32)| Some((name(column).as_str()?.to_owned(), *width));
        self.widths = settings.widths.iter().filter_map(width).collect();
    }

    /// Takes how lanes and panels look now.
    pub(super) fn take_look(&mut self, look: Look) {
        self.look = look;
    }

    /// Takes where the window is.
    pub(super) fn take_window(&mut self, place: Option<Pos2>, size: Option<Rect>, maximized: bool) {
        self.maximized = maximized;
        if let (Some(place), Some(size), false) = (place, size, maximized) {
            self.window = Some([place.x, place.y, size.width(), size.height()]);
        }
    }

    /// The window where it was, as far as that makes sense.
    pub(super) fn window(&self, builder: ViewportBuilder) -> ViewportBuilder {
        let builder = builder.with_maximized(self.maximized);
        let Some([x, y, width, height]) = self.window.filter(|numbers| numbers.iter().all(|number| number.is_finite())) else {
            return builder;
        };
        let size: Vec2 = vec2(width.clamp(900.0, 8_000.0), height.clamp(600.0, 8_000.0));
        let builder = builder.with_inner_size(size);
        // A window left of or above every screen could not be taken hold of.
        if x >= 0.0 && y >= 0.0 { builder.with_position(pos2(x, y)) } else { builder }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_set_comes_back_and_nonsense_does_not() {
        let mut settings = Settings { zone: Zone::Local, columns: vec![Column::UserAgent, Column::Time], ..Settings::default() };
        settings.widths.insert(Column::Time, 140.0);
        let mut remembered = Remembered::default();
        remembered.take(&settings, ThemePreference::Light);
        let text = serde_json::to_string(&remembered).unwrap();
        let mut again = Settings::default();
        let back: Remembered = serde_json::from_str(&text).unwrap();
        back.apply(&mut again);
        assert_eq!((again, back.theme()), (settings, Some(ThemePreference::Light)));
        let strange = r#"{"columns":["no-such","time","time",7],"widths":{"time":1e30,"x":5},"unknown":1}"#;
        let mut plain = Settings::default();
        serde_json::from_str::<Remembered>(strange).unwrap().apply(&mut plain);
        assert_eq!((plain.columns.as_slice(), plain.widths.len()), (&[Column::Time][..], 0));
    }
}
