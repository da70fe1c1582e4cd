//! The way back: which parts of time and which filters were looked at.

use super::axis::Axis;

/// As many are remembered.
const KEPT: usize = 200;

/// What was looked at.
#[derive(Clone, Debug, PartialEq)]
pub struct Stop {
    /// The part of time.
    pub axis: Axis,
    /// The filter as it was typed.
    pub filter: String,
}

impl Stop {
    /// Whether both show the same, wherever it is drawn.
    fn is_same(&self, other: &Self) -> bool {
        (self.axis.from, self.axis.span) == (other.axis.from, other.axis.span) && self.filter == other.filter
    }
}

/// Where the view has been.
#[derive(Clone, Debug, Default)]
pub struct History {
    back: Vec<Stop>,
    /// Where it rests.
    here: Option<Stop>,
    forward: Vec<Stop>,
}

impl History {
    /// The view rests: what was left becomes a stop on the way back.
    pub fn rest(&mut self, stop: Stop) {
        match &mut self.here {
            Some(here) if here.is_same(&stop) => *here = stop,
            here => {
                if let Some(left) = here.replace(stop) {
                    self.back.push(left);
                    self.forward.clear();
                    let surplus = self.back.len().saturating_sub(KEPT);
                    self.back.drain(..surplus);
                }
            }
        }
    }

    /// Whether there is a way back, and one forward.
    pub fn ways(&self) -> (bool, bool) {
        (!self.back.is_empty(), !self.forward.is_empty())
    }

    /// Goes back from where the view is now.
    pub fn back(&mut self, now: Stop) -> Option<Stop> {
        self.rest(now);
        let stop = self.back.pop()?;
        self.forward.extend(self.here.replace(stop.clone()));
        Some(stop)
    }

    /// Goes forward again.
    pub fn forward(&mut self) -> Option<Stop> {
        let stop = self.forward.pop()?;
        self.back.extend(self.here.replace(stop.clone()));
        Some(stop)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stop(from: i64, filter: &str) -> Stop {
        Stop { axis: Axis::fit(from, from + 10), filter: filter.into() }
    }

    #[test]
    fn back_and_forward_lead_through_the_same_views() {
        let mut history = History::default();
        [stop(0, ""), stop(100, ""), stop(100, ""), stop(100, "key")].into_iter().for_each(|stop| history.rest(stop));
        // What was moved since the last rest is kept as well.
        assert_eq!(history.back(stop(200, "key")), Some(stop(100, "key")));
        assert_eq!(history.back(stop(100, "key")), Some(stop(100, "")));
        assert_eq!(history.back(stop(100, "")), Some(stop(0, "")));
        assert_eq!(history.back(stop(0, "")), None);
        assert_eq!((history.ways(), history.forward()), ((false, true), Some(stop(100, ""))));
        history.forward();
        assert_eq!(history.forward(), Some(stop(200, "key")));
        assert_eq!(history.forward(), None);
        history.back(stop(200, "key"));
        history.rest(stop(900, ""));
        assert_eq!(history.ways(), (true, false), "a new way ends the old one");
    }

    #[test]
    fn memory_is_bounded() {
        let mut history = History::default();
        (0..1_000).for_each(|from| history.rest(stop(from * 100, "")));
        assert_eq!(history.back.len(), KEPT);
    }
}
