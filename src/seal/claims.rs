//! Which files are still to be recognised, and what was said of them on the way.

use std::collections::{BTreeMap, HashMap};

use crate::model::Finding;
use crate::model::words::reading::Claim;
use crate::source::{Budget, File, Skipped};

/// The files not yet taken by a format.
#[derive(Debug, Default)]
pub struct Claims {
    /// Files by their index in the inventory; `None` once taken.
    pub files: Vec<Option<File>>,
    /// What turned out to be no evidence, with the reason.
    pub skipped: Vec<Skipped>,
    /// Findings that belong to no log.
    pub findings: Vec<Finding>,
    /// All files, taken or not, in which proofs may find what they prove.
    pub all: Vec<File>,
    /// What bundles say was found in the originals, with the place of each bundle.
    pub told: Vec<(String, Finding)>,
    index: HashMap<String, usize>,
    /// What at hand says that a file was sealed, by its path.
    said: BTreeMap<String, Claim>,
    /// What planning may cost.
    pub budget: Budget,
}

impl Claims {
    /// Starts with all files free.
    pub fn new(files: Vec<File>) -> Self {
        let index = files.iter().enumerate().map(|(index, file)| (file.path.clone(), index)).collect();
        Self { all: files.clone(), files: files.into_iter().map(Some).collect(), index, ..Self::default() }
    }

    /// Plans under a budget.
    pub fn under(mut self, budget: Budget) -> Self {
        self.budget = budget;
        self
    }

    /// Whether planning must end: the user stopped, or the time is used up. Whoever loops over many files asks now and then; what is not
    /// planned by then is left out.
    pub fn stopped(&self) -> bool {
        self.budget.go_on().is_err()
    }

    /// The free files with their indices; none more once the user stops.
    pub fn free(&self) -> impl Iterator<Item = (usize, &File)> {
        let free = self.files.iter().enumerate().filter_map(|(index, file)| Some((index, file.as_ref()?)));
        free.take_while(|_| !self.stopped())
    }

    /// Takes a file.
    pub fn take(&mut self, index: usize) -> Option<File> {
        self.files.get_mut(index)?.take()
    }

    /// Sets a file aside as no evidence.
    pub fn skip(&mut self, index: usize, reason: impl Into<String>) {
        if let Some(file) = self.take(index) {
            self.skipped.push(Skipped { path: file.path, reason: reason.into(), failed: false });
        }
    }

    /// Sets a file aside as one that cannot be read: nobody can say whether it is evidence.
    pub fn fail(&mut self, index: usize, reason: impl Into<String>) {
        if let Some(file) = self.take(index) {
            self.skipped.push(Skipped { path: file.path, reason: reason.into(), failed: true });
        }
    }

    /// Gives a file back that turned out to be something else, so that the formats after this one are tried.
    pub fn put_back(&mut self, file: File) {
        match self.index.get(&file.path).and_then(|index| self.files.get_mut(*index)).filter(|place| place.is_none()) {
            Some(place) => *place = Some(file),
            None => self.files.push(Some(file)),
        }
    }

    /// Remembers that something shows that the file at `path` was sealed. If no format can check that, its records are *unchecked*, and it is
    /// never said that nothing was claimed for them.
    pub fn claim(&mut self, path: &str, claim: Claim) {
        self.said.entry(path.to_owned()).or_insert(claim);
    }

    /// What shows that the file at `path` was sealed.
    pub fn claimed(&self, path: &str) -> Option<&Claim> {
        self.said.get(path)
    }

    /// Which files are free.
    pub fn mask(&self) -> Vec<bool> {
        self.files.iter().map(Option::is_some).collect()
    }

    /// Makes files free again that were free by `mask` and have been taken since. Gives their paths.
    pub fn restore(&mut self, mask: &[bool], which: impl Fn(&File) -> bool) -> Vec<String> {
        let mut restored = Vec::new();
        for (index, file) in self.all.iter().enumerate() {
            if mask.get(index) == Some(&true)
                && let Some(place) = self.files.get_mut(index)
                && place.is_none()
                && which(file)
            {
                restored.push(file.path.clone());
                *place = Some(file.clone());
            }
        }
        restored
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(path: &str) -> File {
        File::without_bytes(path)
    }

    #[test]
    fn nothing_is_free_once_stopped() {
        let claims = Claims::new(vec![file("a")]);
        assert_eq!(claims.free().count(), 1);
        claims.budget.stop();
        assert_eq!(claims.free().count(), 0);
    }
}
