//! A format that fails at every turn ends its own log, and nothing else.

use std::borrow::Cow;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::engine::examine_as;
use super::{Examination, Job, LookError};
use crate::model::{Code, Ladder, State, Verdict};
use crate::seal::{
    Claims, Conclusion, FORMATS, Format, Link, Observed, Proof, Reread, SealedLog, SegmentPlan, SegmentVerdict, Unit, Wanted,
};
use crate::trust::{Standing, Store as Keys};

/// Where it fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum At {
    Plan,
    Wanted,
    Entries,
    Link,
    Gather,
    Conclude,
    Prove,
}

struct Falls(At);

struct Fallen {
    at: At,
    plans: Vec<SegmentPlan>,
}

/// What a careless format might do.
fn fall() -> usize {
    "key aaaaaaaaaaaaaaa\u{e9}"[..20].len()
}

impl Format for Falls {
    fn plan(&self, claims: &mut Claims, _keys: &mut Keys) -> Vec<Box<dyn SealedLog>> {
        let indices: Vec<usize> = claims.free().filter(|(_, file)| file.name().starts_with("bad")).map(|(index, _)| index).collect();
        let files: Vec<_> = indices.into_iter().filter_map(|index| claims.take(index)).collect();
        if self.0 == At::Plan {
            fall();
        }
        let unit = if self.0 == At::Entries { Unit::Container } else { Unit::Line };
        let plans: Vec<SegmentPlan> = files.into_iter().map(|file| SegmentPlan { file, first: 0, expected: None, unit }).collect();
        vec![Box::new(Fallen { at: self.0, plans })]
    }
}

impl SealedLog for Fallen {
    fn origin(&self) -> &str {
        "fallen"
    }
    fn seal(&self) -> &'static str {
        "a test"
    }
    fn segments(&self) -> &[SegmentPlan] {
        &self.plans
    }
    fn wanted(&self, _segment: usize) -> Wanted {
        if self.at == At::Wanted {
            fall();
        }
        Wanted { links: true, ..Wanted::default() }
    }
    fn entries<'a>(&self, _segment: usize, _content: &'a [u8]) -> Option<Result<Vec<Cow<'a, [u8]>>, String>> {
        if self.at == At::Entries { Some(Ok(vec![vec![0; fall()].into()])) } else { None }
    }
    fn link(&self, _segment: usize, _record: &[u8]) -> Option<Link> {
        if self.at == At::Link {
            fall();
        }
        None
    }
    fn gather(&self, _segment: usize) -> Box<dyn crate::seal::Gathered> {
        if self.at == At::Gather {
            fall();
        }
        Box::new(Vec::<Option<Link>>::new())
    }
    fn conclude(&self, observed: &[Observed], _reread: &dyn Reread) -> Conclusion {
        if self.at == At::Conclude {
            fall();
        }
        let state = |observed: &Observed| if observed.failure.is_some() { Standing::UNCHECKED } else { Standing::CONSISTENT };
        Conclusion {
            segments: observed.iter().map(|observed| SegmentVerdict::uniform(state(observed), 0)).collect(),
            findings: Vec::new(),
            ladder: Ladder::unsealed(),
            keys: crate::model::words::keys::Keys::None,
            end: crate::model::words::end::End::Unknown,
        }
    }
    fn prove(&self, _segment: usize, _index: u64, _content: &[u8]) -> Proof {
        fall();
        Proof::default()
    }
}

fn open(at: At) -> Result<Examination, Box<dyn std::error::Error>> {
    let folder = tempfile::tempdir()?;
    let lines = |count: usize| "{\"time\":\"2026-03-07T00:00:00Z\",\"action\":\"a\",\"actor\":\"x\"}\n".repeat(count);
    std::fs::write(folder.path().join("bad.jsonl"), lines(3))?;
    std::fs::write(folder.path().join("good.jsonl"), lines(5))?;
    let falls = Falls(at);
    let formats: Vec<&dyn Format> = std::iter::once(&falls as &dyn Format).chain(FORMATS.iter().copied()).collect();
    let published = AtomicUsize::new(0);
    let publish = |_: Examination| {
        published.fetch_add(1, Ordering::Relaxed);
    };
    let examination = examine_as(&formats, &[folder.path().to_owned()], Keys::default(), &Job::default(), Some(&publish));
    if at == At::Prove {
        let row = examination.segments.iter().position(|segment| segment.plan.file.name() == "bad.jsonl");
        let row = row.and_then(|segment| examination.store.row_of(segment as u32, 0)).ok_or("it was not read")?;
        assert!(matches!(examination.prove(row), Err(LookError::Failed { why, .. }) if why.contains("mistake")));
    }
    Ok(examination)
}

#[test]
fn one_logs_misfortune_is_not_anothers() -> Result<(), Box<dyn std::error::Error>> {
    for at in [At::Plan, At::Wanted, At::Entries, At::Link, At::Gather, At::Conclude] {
        let examination = open(at)?;
        assert!(examination.finished, "{at:?}");
        let found = examination.findings.iter().filter(|finding| finding.code == Code::CheckFailed).count();
        assert!(found >= 1, "{at:?} {:?}", examination.findings);
        assert_eq!(examination.verdict(), Verdict::Unchecked, "{at:?}");
        assert_eq!(examination.counts().of(State::Unsealed), 5, "{at:?}: the other log is as it was");
        // The files of a plan that failed are given to the rest, but nobody says that nothing was claimed for them.
        let bad = examination.segments.iter().find(|segment| segment.plan.file.name() == "bad.jsonl").ok_or("it is not accounted for")?;
        assert_eq!(bad.state, State::Unchecked, "{at:?}");
    }
    Ok(())
}

#[test]
fn a_proof_that_fails_is_an_error() -> Result<(), Box<dyn std::error::Error>> {
    // What was read and judged before stands.
    assert_eq!(open(At::Prove)?.verdict(), Verdict::Consistent.max(Verdict::Unsealed));
    Ok(())
}
