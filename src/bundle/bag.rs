//! BagIt bags (RFC 8493): names, manifests, and writing one as a folder or a zip.

use std::collections::BTreeMap;
use std::io::{BufWriter, Read, Write};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use crate::model::text::hex;
use crate::seal::bag::SIGNED;

/// Bytes read or written at once.
const PIECE: usize = 1 << 20;

/// A payload file that is being written.
pub struct Payload {
    name: String,
    out: BufWriter<Hashing>,
}

impl Write for Payload {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.out.write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.out.flush()
    }
}

/// A file that is hashed and measured as it is written.
struct Hashing {
    file: std::fs::File,
    hasher: Sha256,
    size: u64,
}

impl Write for Hashing {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let written = self.file.write(bytes)?;
        self.hasher.update(&bytes[..written]);
        self.size += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.file.flush()
    }
}

/// A bag being put together in a folder.
pub struct Bag {
    root: PathBuf,
    payload: BTreeMap<String, (String, u64)>,
}

impl Bag {
    /// An empty bag in `root`.
    pub fn new(root: PathBuf) -> Self {
        Self { root, payload: BTreeMap::new() }
    }

    /// Adds a payload file; `name` is relative to `data/`.
    pub fn add(&mut self, name: &str, content: &[u8]) -> std::io::Result<()> {
        let mut payload = self.begin(name)?;
        payload.write_all(content)?;
        self.end(payload)
    }

    /// Adds a payload file from a reader. Each piece is counted by `going`; where that gives `false`, the work ends with `false`.
    pub fn add_from(&mut self, name: &str, content: &mut dyn std::io::Read, going: &dyn Fn(u64) -> bool) -> std::io::Result<bool> {
        let mut payload = self.begin(name)?;
        let mut piece = vec![0; PIECE];
        loop {
            match content.read(&mut piece) {
                Ok(0) => break,
                Ok(read) => {
                    payload.write_all(&piece[..read])?;
                    if !going(read as u64) {
                        return Ok(false);
                    }
                }
                Err(cause) if cause.kind() == std::io::ErrorKind::Interrupted => {}
                Err(cause) => return Err(cause),
            }
        }
        self.end(payload).map(|()| true)
    }

    /// Begins a payload file, which is written as it is made.
    pub fn begin(&self, name: &str) -> std::io::Result<Payload> {
        let name = format!("data/{name}");
        let path = self.root.join(&name);
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)?;
        }
        let file = std::fs::OpenOptions::new().write(true).create_new(true).open(path)?;
        Ok(Payload { name, out: BufWriter::with_capacity(PIECE, Hashing { file, hasher: Sha256::new(), size: 0 }) })
    }

    /// Ends a payload file.
    pub fn end(&mut self, payload: Payload) -> std::io::Result<()> {
        let written = payload.out.into_inner().map_err(std::io::IntoInnerError::into_error)?;
        self.payload.insert(payload.name, (hex(&written.hasher.finalize()), written.size));
        Ok(())
    }

    /// Writes the tag files; gives the text that is to be signed.
    pub fn finish(&self, info: &[(&str, String)]) -> std::io::Result<String> {
        let bytes: u64 = self.payload.values().map(|(_, size)| size).sum();
        let mut text: String = info.iter().map(|(name, value)| format!("{name}: {}\n", one_line(value))).collect();
        text.push_str(&format!("Payload-Oxum: {bytes}.{}\n", self.payload.len()));
        let manifest: String = self.payload.iter().map(|(name, (hash, _))| format!("{hash}  {name}\n")).collect();
        let files = [
            ("bag-info.txt", text),
            ("bagit.txt", "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n".to_owned()),
            ("manifest-sha256.txt", manifest),
        ];
        let mut signed = String::new();
        for (name, content) in files {
            std::fs::write(self.root.join(name), &content)?;
            signed.push_str(&format!("{}  {name}\n", hex(&Sha256::digest(content))));
        }
        std::fs::write(self.root.join(SIGNED), &signed)?;
        Ok(signed)
    }
}

fn one_line(text: &str) -> String {
    text.chars().map(|character| if character.is_control() { ' ' } else { character }).collect()
}

/// A name for a file in a bag: ASCII letters, digits and a few signs, so that every tool on every system reads it.
pub fn safe(name: &str) -> String {
    let good = |character: char| character.is_ascii_alphanumeric() || "._-".contains(character);
    let name: String = name.chars().map(|character| if good(character) { character } else { '_' }).take(120).collect();
    let name = name.trim_start_matches('.');
    if name.is_empty() { "_".into() } else { name.to_owned() }
}

/// How files stand in a zip: nothing of the day or the machine shows.
pub fn entry_options() -> zip::write::SimpleFileOptions {
    zip::write::SimpleFileOptions::default()
        .compression_method(zip::CompressionMethod::Deflated)
        .last_modified_time(zip::DateTime::default())
        .unix_permissions(0o644)
        .large_file(true)
}

/// Packs the folder `root` as a zip whose entries start with `name/`; equal content gives equal bytes. `going` is asked for each piece; where it
/// says no, the work ends with `false`.
pub fn pack(root: &Path, name: &str, out: &mut (impl Write + std::io::Seek), going: &dyn Fn() -> bool) -> std::io::Result<bool> {
    let mut files = Vec::new();
    collect(root, &mut files)?;
    files.sort();
    let mut zip = zip::ZipWriter::new(out);
    let options = entry_options();
    for path in files {
        let relative = path.strip_prefix(root).map_err(std::io::Error::other)?;
        zip.start_file(format!("{name}/{}", relative.display()), options).map_err(std::io::Error::other)?;
        let file = std::fs::File::open(&path)?;
        while std::io::copy(&mut (&file).take(PIECE as u64), &mut zip)? > 0 {
            if !going() {
                return Ok(false);
            }
        }
    }
    zip.finish().map_err(std::io::Error::other)?;
    Ok(true)
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> std::io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() { collect(&path, files)? } else { files.push(path) }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_plain() {
        for (name, plain) in [("a b/c", "a_b_c"), ("../x", "_x"), ("naïve\u{202e}.log", "na_ve_.log"), ("", "_")] {
            assert_eq!(safe(name), plain);
        }
    }
}
