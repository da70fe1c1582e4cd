//! Could not be read is not removed. Where a log shows that something existed which is not here, and a file of its folder could not be read,
//! nobody knows whether that file holds it: the gap is told, and not evaluated.

use crate::model::Severity;
use crate::model::finding::Finding;
use crate::model::words::{Fact, MetaFact};
use crate::seal::format::{Reread, SegmentPlan};

/// Whether a folder is another one or lies inside it. The folder of no name holds all others.
fn is_inside(inner: &str, outer: &str) -> bool {
    outer.is_empty() || inner.strip_prefix(outer).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

fn folder(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// Whether what could not be read at `unread` may belong to a log whose files lie in `place` or below: it lies there too, or in a folder above.
pub fn may_belong(unread: &str, place: &str) -> bool {
    is_inside(folder(unread), place) || is_inside(place, folder(unread))
}

/// The folder that holds all of the paths.
pub fn common_folder<'a>(paths: impl IntoIterator<Item = &'a str>) -> String {
    let mut paths = paths.into_iter().map(folder);
    let Some(first) = paths.next() else { return String::new() };
    let mut common: Vec<&str> = first.split('/').collect();
    for other in paths {
        let same = common.iter().zip(other.split('/')).take_while(|(one, other)| *one == other).count();
        common.truncate(same);
    }
    common.join("/")
}

/// What could not be read and may belong to a log of these files; the path of the first.
pub fn beside(plans: &[SegmentPlan], more: &[Finding], reread: &dyn Reread) -> Option<String> {
    let paths = plans.iter().map(|plan| plan.file.path.as_str());
    let paths = paths.chain(more.iter().map(|finding| finding.place.path.as_str()).filter(|path| !path.is_empty()));
    reread.unread(&common_folder(paths))
}

/// The same fact, not evaluated because of a file that could not be read.
pub fn not_evaluated(fact: Fact, unread: &str) -> Fact {
    MetaFact::MissingOrUnread { fact: Box::new(fact), unread: unread.to_owned() }.into()
}

/// Takes back, of the findings of a log, that something is missing which may be in a file that could not be read. Whether there was any.
pub fn weigh(plans: &[SegmentPlan], findings: &mut [Finding], reread: &dyn Reread) -> bool {
    let is_meant = |finding: &Finding| finding.severity == Severity::Error && finding.fact.is_explained_by_unread_files();
    if !findings.iter().any(is_meant) {
        return false;
    }
    // What is looked for by its content may lie anywhere.
    let anywhere = findings.iter().any(|finding| is_meant(finding) && finding.fact.is_searched_by_content());
    let unread = if anywhere { reread.unread("") } else { beside(plans, findings, reread) };
    let Some(unread) = unread else { return false };
    for finding in findings.iter_mut().filter(|finding| is_meant(finding)) {
        *finding = Finding::of(not_evaluated(finding.fact.clone(), &unread), finding.place.clone());
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_lies_in_the_folder_or_around_it_may_belong_to_the_log() {
        for (unread, place, belongs) in [
            ("case/logs/b.jsonl", "case/logs", true),
            ("case/logs/old/b.jsonl", "case/logs", true),
            ("case/logs.tar", "case/logs", true),
            ("case/other/b.jsonl", "case/logs", false),
            ("case/logs-old/b.jsonl", "case/logs", false),
            ("b.jsonl", "", true),
            ("case", "case/logs", true),
        ] {
            assert_eq!(may_belong(unread, place), belongs, "{unread} {place}");
        }
        assert_eq!(common_folder(["a/b/c", "a/b/d/e", "a/b/f"]), "a/b");
        assert_eq!(common_folder(["a/c", "b/c"]), "");
        assert_eq!(common_folder([]), "");
    }
}
