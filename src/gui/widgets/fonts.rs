//! The fonts: the program's own without ligatures, the desktop's for letters that those lack, and code points where there is no glyph at all.
//!
//! Evidence is shown as it is. A ligature would show `!=` as `≠`, and one box for every unknown letter would make different names look alike.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use eframe::egui::{Color32, Context, FontData, FontDefinitions, FontFamily, FontId, Galley, Id, Painter};
use skrifa::{FontRef, MetadataProvider};

use crate::gui::state::names::without_middle;

/// Larger font files are not read, in bytes.
const LARGEST: u64 = 64 << 20;
/// Files looked through at most.
const FILES: usize = 4_000;
/// Letters that are looked for at a time at most.
const LETTERS: usize = 4_096;

/// The heavier weight of the interface font.
pub fn medium() -> FontFamily {
    FontFamily::Name("medium".into())
}

/// The heaviest weight of the interface font.
pub fn semibold() -> FontFamily {
    FontFamily::Name("semibold".into())
}

/// A font of the desktop.
#[derive(Clone)]
pub struct Fallback {
    name: String,
    data: Arc<FontData>,
}

/// The fonts for every family, the program's own first.
pub fn definitions(fallbacks: &[Fallback]) -> FontDefinitions {
    let mut fonts = FontDefinitions::empty();
    let files: [(&str, &'static [u8]); 4] = [
        ("inter", include_bytes!("../../../assets/fonts/Inter-Regular.otf")),
        ("inter-medium", include_bytes!("../../../assets/fonts/Inter-Medium.otf")),
        ("inter-semibold", include_bytes!("../../../assets/fonts/Inter-SemiBold.otf")),
        ("mono", include_bytes!("../../../assets/fonts/JetBrainsMono-Regular.ttf")),
    ];
    for (name, bytes) in files {
        fonts.font_data.insert(name.into(), FontData::from_owned(without_ligatures(bytes)).into());
    }
    for fallback in fallbacks {
        fonts.font_data.insert(fallback.name.clone(), Arc::clone(&fallback.data));
    }
    let family = |first: &str| {
        let own = [first, "inter", "mono"].into_iter().map(str::to_owned);
        own.chain(fallbacks.iter().map(|fallback| fallback.name.clone())).collect()
    };
    fonts.families.insert(FontFamily::Proportional, family("inter"));
    fonts.families.insert(medium(), family("inter-medium"));
    fonts.families.insert(semibold(), family("inter-semibold"));
    fonts.families.insert(FontFamily::Monospace, family("mono"));
    fonts
}

/// The font with its table of substitutions (GSUB, OpenType 1.9) out of reach: each letter then has its own glyph, wherever it stands.
fn without_ligatures(font: &[u8]) -> Vec<u8> {
    let mut font = font.to_vec();
    let tables = font.get(4..6).map_or(0, |number| usize::from(number[0]) << 8 | usize::from(number[1]));
    // After a head of 12 bytes, 16 bytes for each table, of which the first 4 are its name, in order. The new name keeps that order.
    if let Some(list) = font.get_mut(12..12 + tables * 16) {
        list.chunks_exact_mut(16).filter(|entry| entry.starts_with(b"GSUB")).for_each(|entry| entry[..4].copy_from_slice(b"GSUA"));
    }
    font
}

/// Letters that were to be drawn and have no glyph.
#[derive(Clone, Default)]
struct Missing {
    /// Since they were last taken.
    new: BTreeSet<char>,
    /// Ever.
    known: BTreeSet<char>,
}

fn missing_id() -> Id {
    Id::unique("letters without a glyph")
}

/// The text with a code point, such as ⟨U+6F22⟩, in place of each letter that no font here has. Those letters are remembered.
pub fn shown<'a>(context: &Context, text: &'a str) -> Cow<'a, str> {
    if text.is_ascii() {
        return Cow::Borrowed(text);
    }
    let font = FontId::default();
    let lacking: BTreeSet<char> = context.fonts_mut(|fonts| {
        let drawn = |letter: &char| !letter.is_ascii() && !letter.is_whitespace() && !fonts.has_glyph(&font, *letter);
        text.chars().filter(drawn).collect()
    });
    if lacking.is_empty() {
        return Cow::Borrowed(text);
    }
    let any_new = context.data_mut(|data| {
        let missing = data.get_temp_mut_or_default::<Missing>(missing_id());
        lacking.iter().filter(|letter| missing.known.insert(**letter)).fold(false, |_, letter| missing.new.insert(*letter))
    });
    if any_new {
        context.request_repaint();
    }
    Cow::Owned(code_points(text, &lacking))
}

/// The text in one line of at most this width, without its middle where it is longer.
pub fn fitted(painter: &Painter, text: &str, font: FontId, colour: Color32, width: f32) -> Arc<Galley> {
    let whole = painter.layout_no_wrap(text.to_owned(), font.clone(), colour);
    if whole.size().x <= width {
        return whole;
    }
    let letters = text.chars().count();
    // The first guess is by the average width of its letters; a few steps down are enough for uneven ones.
    let mut kept = ((width / whole.size().x) * letters as f32) as usize;
    loop {
        let galley = painter.layout_no_wrap(without_middle(text, kept.max(1)), font.clone(), colour);
        if galley.size().x <= width || kept <= 1 {
            return galley;
        }
        kept -= 1;
    }
}

fn code_points(text: &str, lacking: &BTreeSet<char>) -> String {
    let mut out = String::with_capacity(text.len() * 2);
    for letter in text.chars() {
        if lacking.contains(&letter) {
            out.push_str(&format!("⟨U+{:04X}⟩", u32::from(letter)));
        } else {
            out.push(letter);
        }
    }
    out
}

/// Takes the letters without a glyph that were met since the last call; none is given twice.
pub fn take_missing(context: &Context) -> BTreeSet<char> {
    context.data_mut(|data| std::mem::take(&mut data.get_temp_mut_or_default::<Missing>(missing_id()).new))
}

/// The desktop's folders of fonts.
pub fn folders() -> Vec<PathBuf> {
    let fixed = if cfg!(target_os = "windows") {
        &["C:\\Windows\\Fonts"][..]
    } else if cfg!(target_os = "macos") {
        &["/System/Library/Fonts", "/Library/Fonts"]
    } else {
        &["/usr/share/fonts", "/usr/local/share/fonts"]
    };
    let mut folders: Vec<PathBuf> = fixed.iter().map(PathBuf::from).collect();
    if let Some(user) = directories::UserDirs::new() {
        folders.extend(user.font_dir().map(Path::to_owned));
        folders.push(user.home_dir().join(".fonts"));
    }
    folders
}

/// Fonts of these folders that have the letters, as few as possible and upright regular ones first. What none has is left out.
pub fn find(letters: &BTreeSet<char>, folders: &[PathBuf], stop: &dyn Fn() -> bool) -> Vec<Fallback> {
    let mut left: BTreeSet<char> = letters.iter().copied().take(LETTERS).collect();
    let mut files = Vec::new();
    folders.iter().for_each(|folder| collect(folder, 0, &mut files));
    files.sort_by_cached_key(|path| (plainness(path), path.clone()));
    let mut found = Vec::new();
    for path in files.into_iter().take(FILES) {
        if left.is_empty() || stop() {
            break;
        }
        // A font that cannot be read is one that this desktop does not have.
        let Ok(bytes) = fs::read(&path) else { continue };
        let Some((index, has)) = best(&bytes, &left) else { continue };
        left.retain(|letter| !has.contains(letter));
        let mut data = FontData::from_owned(bytes);
        data.index = index;
        found.push(Fallback { name: path.display().to_string(), data: Arc::new(data) });
    }
    found
}

/// The face of a file that has most of the letters, with those.
fn best(bytes: &[u8], letters: &BTreeSet<char>) -> Option<(u32, BTreeSet<char>)> {
    let faces = (0..16).map_while(|index| Some((index, FontRef::from_index(bytes, index).ok()?)));
    let has = |font: &FontRef<'_>| -> BTreeSet<char> {
        let (map, outlines) = (font.charmap(), font.outline_glyphs());
        // A picture, as of an emoji, cannot be drawn here and would leave a gap.
        letters.iter().copied().filter(|letter| map.map(*letter).is_some_and(|glyph| outlines.get(glyph).is_some())).collect()
    };
    let faces = faces.map(|(index, font)| (index, has(&font))).filter(|(_, has)| !has.is_empty());
    faces.reduce(|best, next| if next.1.len() > best.1.len() { next } else { best })
}

fn collect(folder: &Path, depth: usize, files: &mut Vec<PathBuf>) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let (path, Ok(kind)) = (entry.path(), entry.file_type()) else { continue };
        if kind.is_dir() && depth < 6 {
            collect(&path, depth + 1, files);
        } else if kind.is_file() && is_font(&path) && entry.metadata().is_ok_and(|data| data.len() <= LARGEST) {
            files.push(path);
        }
        if files.len() >= FILES {
            return;
        }
    }
}

fn is_font(path: &Path) -> bool {
    let end = path.extension().map(|end| end.to_ascii_lowercase());
    end.is_some_and(|end| ["ttf", "otf", "ttc", "otc"].iter().any(|known| end == *known))
}

/// Lower for plainer fonts, by their names.
fn plainness(path: &Path) -> usize {
    let name = path.file_name().map_or_else(String::new, |name| name.to_string_lossy().to_lowercase());
    let odd = ["bold", "italic", "oblique", "light", "thin", "black", "condensed", "narrow", "medium", "serif", "mono", "math", "symbol"];
    odd.iter().filter(|word| name.contains(**word)).count() * 2 + usize::from(!name.contains("sans"))
}

#[cfg(test)]
mod tests {
    use eframe::egui::{Color32, RawInput};

    use super::super::tokens;
    use super::*;

    fn own_fonts() -> Vec<PathBuf> {
        vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/fonts")]
    }

    /// Draws with the program's fonts.
    fn with_fonts(draw: impl FnMut(&Context)) {
        let context = Context::default();
        tokens::install(&context);
        let mut draw = draw;
        // Nothing is drawn on a screen, so what should go there is dropped.
        context.run_ui(RawInput::default(), |_| {}).textures_delta.clear();
        context.run_ui(RawInput::default(), |ui| draw(ui.ctx())).textures_delta.clear();
    }

    #[test]
    fn no_letters_are_drawn_together() {
        with_fonts(|context| {
            for font in [tokens::mono(12.0), tokens::sans(13.0)] {
                // A letter may lie elsewhere in the texture for a fraction of a pixel; its form does not change by that.
                let glyphs = |text: &str| {
                    let galley = context.fonts_mut(|fonts| fonts.layout_no_wrap(text.into(), font.clone(), Color32::WHITE));
                    let form = |rect: [[u16; 2]; 2]| [0, 1].map(|axis| i32::from(rect[1][axis]) - i32::from(rect[0][axis]));
                    let forms = galley.rows[0].glyphs.iter().map(|glyph| (glyph.chr, form([glyph.uv_rect.min, glyph.uv_rect.max])));
                    forms.collect::<Vec<_>>()
                };
                for pair in ["!=", "->", "=>", "<=", "==", "www", "fi", "1x2", "12:30", "***", "//", "::"] {
                    let alone: Vec<_> = pair.chars().flat_map(|letter| glyphs(&letter.to_string())).collect();
                    let together = glyphs(pair);
                    assert_eq!(together.len(), alone.len(), "{pair} in {font:?}");
                    for ((letter, form), (expected, own)) in together.into_iter().zip(alone) {
                        let alike = form.iter().zip(own).all(|(here, there)| here.abs_diff(there) <= 1);
                        assert!(letter == expected && alike, "{letter} of {pair} in {font:?}: {form:?}, alone {own:?}");
                    }
                }
            }
        });
    }

    #[test]
    fn what_has_no_glyph_is_shown_by_its_code_point_and_remembered() {
        with_fonts(|context| {
            assert!(matches!(shown(context, "admin"), Cow::Borrowed("admin")));
            assert!(matches!(shown(context, "Zoë · Łukasz · Ольга"), Cow::Borrowed(_)));
            assert_eq!(shown(context, "管理 x"), "⟨U+7BA1⟩⟨U+7406⟩ x");
            assert_ne!(shown(context, "管"), shown(context, "理"), "two letters never look alike");
            assert_eq!(shown(context, "🦀"), "⟨U+1F980⟩");
            assert_eq!(take_missing(context), BTreeSet::from(['管', '理', '🦀']));
            assert!(take_missing(context).is_empty());
        });
    }

    #[test]
    fn a_font_is_found_for_the_letters_that_it_has() {
        let found = find(&BTreeSet::from(['ж', '管']), &own_fonts(), &|| false);
        assert_eq!(found.len(), 1);
        assert!(found[0].name.contains("Inter-Regular"), "the plain one first: {}", found[0].name);
        assert!(find(&BTreeSet::from(['管']), &own_fonts(), &|| false).is_empty());
        assert!(find(&BTreeSet::from(['ж']), &own_fonts(), &|| true).is_empty(), "it can be stopped");
        assert!(find(&BTreeSet::from(['ж']), &["/nowhere/at/all".into()], &|| false).is_empty());
        // A file that is no font is passed over.
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("broken.ttf"), b"\0\x01\0\0no font").unwrap();
        assert!(find(&BTreeSet::from(['ж']), &[folder.path().into()], &|| false).is_empty());
        // And one that is found is used.
        assert_eq!(definitions(&found).families[&FontFamily::Monospace].len(), 4);
    }
}
