//! Which members of a record its hash covers.

/// What of a record is hashed. A path is the list of member names that lead to a value, from the outermost; lists are covered as a whole.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Coverage {
    /// Every byte, or nothing was ever hashed, so that no part of the record is better than another.
    #[default]
    All,
    /// Some members. What two lists name at different depths is decided by the deeper one; what neither names is not covered.
    Members {
        /// Covered with all that is in them. The empty path is the whole record.
        covered: Vec<Vec<String>>,
        /// Not covered.
        left_out: Vec<Vec<String>>,
    },
}

/// How a hash treats a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cover {
    /// The value and all that is in it is covered.
    Whole,
    /// Some of what is in it is covered.
    Part,
    /// Nothing of it is covered.
    None,
}

impl Coverage {
    /// Coverage by paths whose names are joined by `/`; an empty text is the whole record.
    pub fn of_paths<'p>(covered: impl IntoIterator<Item = &'p str>, left_out: impl IntoIterator<Item = &'p str>) -> Self {
        let split = |path: &str| path.split('/').filter(|name| !name.is_empty()).map(str::to_owned).collect();
        Self::Members { covered: covered.into_iter().map(split).collect(), left_out: left_out.into_iter().map(split).collect() }
    }

    /// How the value at a path is covered.
    pub fn of(&self, path: &[&str]) -> Cover {
        let Self::Members { covered, left_out } = self else { return Cover::Whole };
        let leads = |own: &Vec<String>| own.len() <= path.len() && own.iter().zip(path).all(|(own, name)| own == name);
        let inside = |own: &Vec<String>| own.len() > path.len() && own.iter().zip(path).all(|(own, name)| own == name);
        let deepest = |paths: &[Vec<String>]| paths.iter().filter(|own| leads(own)).map(Vec::len).max();
        let is_covered = match (deepest(covered), deepest(left_out)) {
            (Some(covered), Some(left_out)) => covered > left_out,
            (covered, _) => covered.is_some(),
        };
        match (is_covered, covered.iter().any(inside), left_out.iter().any(inside)) {
            (true, _, false) => Cover::Whole,
            (false, false, _) => Cover::None,
            _ => Cover::Part,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_deeper_path_decides() {
        let coverage = Coverage::of_paths(["", "b/c/d"], ["hash", "b/c"]);
        assert_eq!(coverage.of(&["a"]), Cover::Whole);
        assert_eq!(coverage.of(&["Hash"]), Cover::Whole);
        assert_eq!(coverage.of(&["hash"]), Cover::None);
        assert_eq!(coverage.of(&["hash", "x"]), Cover::None);
        assert_eq!(coverage.of(&["b"]), Cover::Part);
        assert_eq!(coverage.of(&["b", "c"]), Cover::Part);
        assert_eq!(coverage.of(&["b", "c", "d"]), Cover::Whole);
        assert_eq!(coverage.of(&["b", "c", "e"]), Cover::None);
        let some = Coverage::of_paths(["agent_did", "action/name"], []);
        assert_eq!((some.of(&["agent_did"]), some.of(&["Agent_DID"]), some.of(&["action"])), (Cover::Whole, Cover::None, Cover::Part));
        assert_eq!((some.of(&[]), Coverage::All.of(&["x"])), (Cover::Part, Cover::Whole));
    }
}
