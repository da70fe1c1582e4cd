//! Interned strings.

use std::collections::HashMap;
use std::sync::Arc;

use super::NONE;

const PIECE: usize = 1 << 12;

/// Strings by number. Cloning is cheap: the clone shares full pieces and can no longer be added to cheaply.
#[derive(Clone, Debug, Default)]
pub struct Names {
    full: Vec<Arc<Vec<Arc<str>>>>,
    last: Vec<Arc<str>>,
    numbers: Arc<HashMap<Arc<str>, u32, foldhash::fast::RandomState>>,
    text_bytes: usize,
}

impl Names {
    /// The text of a number; empty for [`NONE`].
    pub fn get(&self, number: u32) -> &str {
        let (piece, index) = (number as usize / PIECE, number as usize % PIECE);
        match self.full.get(piece) {
            Some(texts) => &texts[index],
            None if piece == self.full.len() => self.last.get(index).map_or("", |text| text),
            None => "",
        }
    }

    /// How many.
    pub fn len(&self) -> usize {
        self.full.len() * PIECE + self.last.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The number of a text, if it is known.
    pub fn find(&self, text: &str) -> Option<u32> {
        self.numbers.get(text).copied()
    }

    /// The number of a text, new if need be; [`NONE`] for the empty text.
    pub fn intern(&mut self, text: &str) -> u32 {
        if text.is_empty() {
            return NONE;
        }
        if let Some(number) = self.numbers.get(text) {
            return *number;
        }
        let number = u32::try_from(self.len()).unwrap_or(NONE - 1);
        let shared: Arc<str> = Arc::from(text);
        self.text_bytes += text.len();
        self.last.push(Arc::clone(&shared));
        if self.last.len() == PIECE {
            self.full.push(Arc::new(std::mem::take(&mut self.last)));
        }
        Arc::make_mut(&mut self.numbers).insert(shared, number);
        number
    }

    /// A copy for reading: without the table of numbers, which would have to be copied when the original grows.
    pub fn snapshot(&self) -> Self {
        Self { full: self.full.clone(), last: self.last.clone(), numbers: Arc::default(), text_bytes: self.text_bytes }
    }

    /// All texts with their numbers.
    pub fn iter(&self) -> impl Iterator<Item = (u32, &str)> {
        (0..self.len() as u32).map(|number| (number, self.get(number)))
    }

    /// Bytes of memory, about.
    pub fn bytes(&self) -> usize {
        // Each text: its bytes, two counters, two fat pointers, one table slot.
        self.text_bytes + self.len() * (16 + 16 + 16 + 8)
    }
}
