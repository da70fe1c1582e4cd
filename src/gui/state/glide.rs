//! Gliding from one part of time to another, so that the eye can follow a jump.

use super::axis::Axis;

/// How long a glide takes, in seconds.
const TAKES: f64 = 0.16;

/// A glide that is under way.
#[derive(Clone, Copy, Debug, Default)]
pub struct Glide {
    /// Where the view was, where it goes, and since when, in seconds.
    way: Option<(Axis, Axis, f64)>,
    /// What was drawn last.
    drawn: Option<Axis>,
}

impl Glide {
    /// What is to be drawn at `now`, in seconds, of a view that is at `target`; and whether it still glides.
    ///
    /// What follows the pointer does not glide: only jumps do.
    pub fn at(&mut self, target: Axis, now: f64, wanted: bool) -> (Axis, bool) {
        let before = self.drawn.unwrap_or(target);
        let heading = self.way.map_or(before, |(_, to, _)| to);
        if (heading.from, heading.span) != (target.from, target.span) {
            let moved = (target.from as f64 - heading.from as f64).abs() / heading.span.max(1.0);
            let zoomed = (target.span / heading.span.max(1.0)).ln().abs();
            let same_line = target.folds == heading.folds;
            let jumps = same_line && (zoomed > 0.4 || moved > 0.15 && zoomed < 0.01 || moved > 1.0);
            self.way = (wanted && jumps && self.drawn.is_some()).then_some((before, target, now));
        }
        let (drawn, glides) = match self.way {
            Some((from, to, since)) if wanted && now - since < TAKES => (between(from, to, (now - since) / TAKES), true),
            _ => (target, false),
        };
        if !glides {
            self.way = None;
        }
        self.drawn = Some(drawn);
        (Axis { left: target.left, width: target.width, ..drawn }, glides)
    }
}

/// A view between two others: fast at first, with even steps of zoom.
fn between(from: Axis, to: Axis, share: f64) -> Axis {
    let eased = 1.0 - (1.0 - share.clamp(0.0, 1.0)).powi(3);
    let span = (from.span.ln() + (to.span.ln() - from.span.ln()) * eased).exp();
    // The middle keeps its pace relative to the span, so that the goal does not swing past.
    let pace = if (to.span - from.span).abs() < 1.0 { eased } else { (span - from.span) / (to.span - from.span) };
    let start = |axis: Axis| axis.folds.fold(axis.from);
    // As offsets from where it began, so that nothing is lost in rounding.
    let goal = (start(to) - start(from)) as f64 + (to.span - from.span) / 2.0;
    let centre = from.span / 2.0 + goal * pace;
    Axis { from: to.folds.unfold(start(from) + (centre - span / 2.0) as i128), span, ..to }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_jump_glides_and_arrives() {
        let (whole, part) = (Axis::fit(0, 1_000_000_000_000), Axis::fit(400_000_000_000, 410_000_000_000));
        let mut glide = Glide::default();
        assert_eq!(glide.at(whole, 0.0, true), (whole, false), "the first view is there at once");
        let (_, glides) = glide.at(part, 1.0, true);
        assert!(glides);
        let (drawn, glides) = glide.at(part, 1.05, true);
        assert!(glides && drawn.span < whole.span && drawn.span > part.span && drawn.from > whole.from && drawn.to() < whole.to());
        assert_eq!(glide.at(part, 1.1 + TAKES, true), (part, false));
        // Small steps, as of a wheel or a drag, and all steps where motion is not wanted, are there at once.
        let near = part.panned(0.05 * part.width);
        assert_eq!(glide.at(near, 2.0, true), (near, false));
        assert_eq!(glide.at(whole, 3.0, false), (whole, false));
    }
}
