//! Which files are still to be recognised, and what was said of them on the way.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::model::Finding;
use crate::model::words::reading::Claim;
use crate::source::{Budget, File, Skipped};

/// Whether a file is judged by another format too. Known once every format has planned.
#[derive(Clone, Debug, Default)]
pub struct Lent(Arc<AtomicBool>);

impl Lent {
    /// Whether another format took it.
    pub fn is_judged_elsewhere(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

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
    pub stated: Vec<(String, Finding)>,
    index: HashMap<String, usize>,
    /// What here says that a file was sealed, by its path.
    said: BTreeMap<String, Claim>,
    /// Files that a format judges and others may take too, by path.
    lent: BTreeMap<String, Lent>,
    /// Paths of lent files that were taken back: they have their format and are not free again.
    kept: BTreeSet<String>,
    /// What planning may cost.
    pub budget: Budget,
    /// Whether some vocabulary understands an entry of a JSON document. Formats know nothing of events, so they are told how to ask.
    pub holds_events: Option<fn(&[u8]) -> bool>,
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

    /// Asks by this whether a document holds events.
    pub fn asking(mut self, holds_events: fn(&[u8]) -> bool) -> Self {
        self.holds_events = Some(holds_events);
        self
    }

    /// Whether planning must end: the user stopped, or the time is used up. Loops over many files ask now and then; what is not
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
            self.skipped.push(Skipped { path: file.path, reason: reason.into(), failed: false, unread: false });
        }
    }

    /// Sets a file aside as one that cannot be read: nobody can say whether it is evidence.
    pub fn fail(&mut self, index: usize, reason: impl Into<String>) {
        if let Some(file) = self.take(index) {
            // What is damaged was read.
            let unread = file.unreadable_start().is_some_and(|error| !error.is_damage());
            self.skipped.push(Skipped { path: file.path, reason: reason.into(), failed: true, unread });
        }
    }

    /// Gives a file back that turned out to be something else, so that the formats after this one are tried.
    pub fn put_back(&mut self, file: File) {
        match self.index.get(&file.path).and_then(|index| self.files.get_mut(*index)).filter(|place| place.is_none()) {
            Some(place) => *place = Some(file),
            None => self.files.push(Some(file)),
        }
    }

    /// Leaves a file free for the formats after this one although this one judges it too: nothing trusted says that it is of this format, so
    /// the claim must not hide what another one finds.
    pub fn lend(&mut self, file: File) -> Lent {
        let lent = Lent::default();
        self.lent.insert(file.path.clone(), lent.clone());
        self.put_back(file);
        lent
    }

    /// Takes back the lent files that no format took, but for those that `stay` free.
    pub fn call_in(&mut self, stay: impl Fn(&File) -> bool) {
        for (path, lent) in std::mem::take(&mut self.lent) {
            let index = self.index.get(&path).copied();
            let free = index.and_then(|index| self.files.get(index)?.as_ref().map(|file| (index, file)));
            match free {
                Some((index, file)) if !self.said.contains_key(&path) && !stay(file) => {
                    self.take(index);
                    self.kept.insert(path);
                }
                _ => lent.0.store(true, Ordering::Relaxed),
            }
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

    /// Whether something at this path was found and not looked at.
    pub fn was_not_read(&self, path: &str) -> bool {
        self.skipped.iter().any(|skipped| skipped.unread && skipped.path == path)
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
                && !self.kept.contains(&file.path)
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
    fn a_lent_file_is_called_in_if_nobody_took_it() {
        let mut claims = Claims::new(vec![file("a"), file("b"), file("c")]);
        let lent: Vec<Lent> =
            (0..3).filter_map(|index| claims.take(index)).collect::<Vec<_>>().into_iter().map(|file| claims.lend(file)).collect();
        claims.take(1);
        claims.claim("c", Claim::UnknownForm);
        claims.call_in(|_| false);
        assert_eq!(lent.iter().map(Lent::is_judged_elsewhere).collect::<Vec<_>>(), [false, true, true]);
        assert_eq!(claims.free().map(|(index, _)| index).collect::<Vec<_>>(), [2]);
    }

    #[test]
    fn nothing_is_free_once_stopped() {
        let claims = Claims::new(vec![file("a")]);
        assert_eq!(claims.free().count(), 1);
        claims.budget.stop();
        assert_eq!(claims.free().count(), 0);
    }
}
