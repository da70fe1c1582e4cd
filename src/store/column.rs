//! A growing column in shared pieces: appending copies nothing that is full, and a snapshot shares all that is full.

use std::sync::Arc;

const PIECE: usize = 1 << 16;

/// Values by row.
#[derive(Clone, Debug)]
pub struct Column<T> {
    full: Vec<Arc<Vec<T>>>,
    last: Vec<T>,
}

impl<T> Default for Column<T> {
    fn default() -> Self {
        Self { full: Vec::new(), last: Vec::new() }
    }
}

impl<T: Copy + Default> Column<T> {
    /// How many values.
    pub fn len(&self) -> usize {
        self.full.len() * PIECE + self.last.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The value of a row; the default beyond the end.
    pub fn get(&self, row: u32) -> T {
        let (piece, index) = (row as usize / PIECE, row as usize % PIECE);
        match self.full.get(piece) {
            Some(values) => values[index],
            None if piece == self.full.len() => self.last.get(index).copied().unwrap_or_default(),
            None => T::default(),
        }
    }

    /// Appends values.
    pub fn extend(&mut self, mut values: &[T]) {
        while !values.is_empty() {
            let room = PIECE - self.last.len();
            let (now, later) = values.split_at(room.min(values.len()));
            self.last.extend_from_slice(now);
            values = later;
            if self.last.len() == PIECE {
                self.full.push(Arc::new(std::mem::take(&mut self.last)));
            }
        }
    }

    /// Sets all rows of a range to one value.
    pub fn fill(&mut self, rows: std::ops::Range<u32>, value: T) {
        let (mut row, end) = (rows.start as usize, (rows.end as usize).min(self.len()));
        while row < end {
            let (piece, from) = (row / PIECE, row % PIECE);
            let to = (from + end - row).min(PIECE);
            match self.full.get_mut(piece) {
                Some(values) => Arc::make_mut(values)[from..to].fill(value),
                None => self.last[from..to].fill(value),
            }
            row += to - from;
        }
    }

    /// The values, piece by piece.
    pub fn pieces(&self) -> impl Iterator<Item = &[T]> {
        self.full.iter().map(|values| values.as_slice()).chain(std::iter::once(self.last.as_slice()))
    }

    /// Bytes of memory.
    pub fn bytes(&self) -> usize {
        (self.full.len() * PIECE + self.last.capacity()) * size_of::<T>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_join() {
        let mut column = Column::default();
        let values: Vec<u32> = (0..200_000).collect();
        values.chunks(777).for_each(|chunk| column.extend(chunk));
        assert_eq!(column.len(), values.len());
        let snapshot = column.clone();
        column.fill(65_000..140_000, 7);
        assert!(values.iter().all(|&value| snapshot.get(value) == value));
        assert_eq!((column.get(64_999), column.get(65_000), column.get(139_999), column.get(140_000)), (64_999, 7, 7, 140_000));
        assert_eq!(column.get(200_000), 0);
    }
}
