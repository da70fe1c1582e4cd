//! Excerpts as they are found: records with a pruned tree, salts and a seal, judged together.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::finding::{Code, Finding, Place, Severity};
use crate::model::text::hex;
use crate::model::words::Fact;
use crate::model::words::end::End;
use crate::model::words::excerpts::ExcerptFact;
use crate::model::words::keys::{KeyStanding, KeyUse, Keys as LogKeys};
use crate::model::words::reading::ReadingFact;
use crate::model::words::steps::{Meaning, ReadFrom, StepFact};
use crate::model::{Answer, Ladder, Limit, Reason, Remedy, State};
use crate::seal::claims::Claims;
use crate::seal::excerpt::pruned::HEADER;
use crate::seal::excerpt::read::{Excerpt, Files, Part, PrunedLog, Sum, Unfit, read};
use crate::seal::excerpt::{again, around};
use crate::seal::format::{Excerpt as Taken, Observed, Progress, Reread, SealedLog, SegmentPlan, Wanted, records};
use crate::seal::primitives::merkle::Hash;
use crate::seal::primitives::note;
use crate::seal::primitives::segment::Unit;
use crate::seal::verdict::{Conclusion, Proof, SegmentVerdict, Step, Withheld};
use crate::source::{File, Reading, SourceError};
use crate::trust::{Standing, Store as Keys};

/// Finds excerpts by the first line of their pruned trees. One that lacks a part, or cannot be read, is an excerpt all the same: its records
/// are never called unsealed.
pub(super) fn plan(claims: &mut Claims, keys: &Keys) -> Vec<Box<dyn SealedLog>> {
    let by_path: BTreeMap<String, usize> = claims.free().map(|(index, file)| (file.path.clone(), index)).collect();
    let found: Vec<(usize, File)> =
        claims.free().filter(|(_, file)| file.start.starts_with(HEADER.as_bytes())).map(|(index, file)| (index, file.clone())).collect();
    let mut logs: BTreeMap<String, PrunedLog> = BTreeMap::new();
    for (index, tree) in found {
        let (folder, name) = tree.path.rsplit_once('/').unwrap_or(("", &tree.path));
        let name = name.strip_suffix(".ptree").unwrap_or(name);
        let above = folder.strip_suffix("proofs").unwrap_or(folder);
        // Its parts differ only in folder and ending; they may have been put into one folder.
        let find = |kind: &str, ending: &str| {
            let beside = if folder.is_empty() { format!("{name}{ending}") } else { format!("{folder}/{name}{ending}") };
            let path = [format!("{above}{kind}/{name}{ending}"), beside];
            path.iter().find_map(|path| by_path.get(path).copied()).and_then(|index| Some((index, claims.files.get(index)?.clone()?)))
        };
        let (records, seal) = (find("records", ".ndjson"), find("seals", ".seal"));
        let (salts, before, heads) = (find("salts", ".salts"), find("seals", ".before"), find("seals", ".heads"));
        let file_of = |found: &Option<(usize, File)>| found.as_ref().map(|(_, file)| file.clone());
        let files = Files { seal: file_of(&seal), salts: file_of(&salts), before: file_of(&before), heads: file_of(&heads) };
        let shut = |kind: &str, ending: &str| {
            let beside = if folder.is_empty() { format!("{name}{ending}") } else { format!("{folder}/{name}{ending}") };
            [format!("{above}{kind}/{name}{ending}"), beside].into_iter().find(|path| claims.was_not_read(path))
        };
        let parts = [("seals", ".seal"), ("salts", ".salts"), ("seals", ".before"), ("seals", ".heads")];
        // What is here and was not looked at is not missing.
        let part = match parts.into_iter().find_map(|(kind, ending)| shut(kind, ending)) {
            Some(path) => Err(Unfit { why: format!("{path} was not read"), is_damaged: false }),
            None => read(&tree, files, keys),
        };
        let found = [&records, &seal, &salts, &before, &heads].into_iter().flatten().map(|(used, _)| *used);
        for used in std::iter::once(index).chain(found) {
            claims.take(used);
        }
        let Some((_, file)) = records else {
            let place = Place { path: tree.path.clone(), ..Place::default() };
            claims.findings.push(Finding::of(ExcerptFact::RecordsMissing, place));
            continue;
        };
        let origin = part.as_ref().map_or_else(|_| file.path.clone(), |part| part.seal.checkpoint.origin.clone());
        let log = logs.entry(origin.clone()).or_insert_with(|| PrunedLog { origin, plans: Vec::new(), excerpts: Vec::new() });
        log.plans.push(SegmentPlan { file, first: 0, expected: None, unit: Unit::Line });
        log.excerpts.push(Excerpt { proof_path: tree.path.clone(), part: part.map(Box::new) });
    }
    logs.into_values().map(|log| Box::new(log) as Box<dyn SealedLog>).collect()
}

impl PrunedLog {
    fn judge(&self, sum: &mut Sum, segment: usize, bounds: &BTreeSet<u64>, observed: &Observed, reread: &dyn Reread) -> Standing {
        let (plan, excerpt) = (&self.plans[segment], &self.excerpts[segment]);
        let place = Place { log: Some(self.origin.clone()), path: plan.file.path.clone(), count: observed.count, ..Place::default() };
        let part = match &excerpt.part {
            Ok(part) => part,
            Err(unfit) => {
                let cause = unfit.why.clone();
                let fact = match unfit.is_damaged {
                    true => ExcerptFact::ProofDamaged { cause },
                    false => ExcerptFact::ProofUnread { cause },
                };
                sum.findings.push(Finding::of(fact, place));
                sum.holds &= !unfit.is_damaged;
                sum.complete &= unfit.is_damaged;
                return if unfit.is_damaged { Standing::BROKEN } else { Standing::UNCHECKED };
            }
        };
        match &part.signatures {
            Err(error) => {
                sum.findings.push(Finding::of(ExcerptFact::SealForged { cause: error.to_string() }, place.clone()));
            }
            Ok(signatures) => {
                if let Some(why) = note::not_vouched(&part.seal.note, signatures, &self.origin).map(Fact::from)
                    && !sum.findings.iter().any(|finding| finding.fact == why)
                {
                    sum.findings.push(Finding::of(why, place.clone()));
                }
            }
        }
        let mut roots = Vec::new();
        let mut at = |size: u64, root: Hash| {
            if bounds.contains(&size) {
                roots.push((size, root));
            }
        };
        // What could not be read is unchecked; what cannot be unpacked is not what was sealed.
        let good = match observed.content(segment, reread) {
            Reading::Done(content) => part.holds(&records(Unit::Line, &content), &mut at),
            Reading::Damaged(_) => false,
            Reading::Stopped => {
                sum.complete = false;
                return Standing::UNCHECKED;
            }
            Reading::Unreadable(why) | Reading::TooLarge(why) => {
                sum.complete = false;
                sum.findings.push(Finding::of(ReadingFact::Unreadable { cause: why }, place));
                return Standing::UNCHECKED;
            }
        };
        if !good {
            sum.holds = false;
            sum.findings.push(Finding::of(ExcerptFact::NotSealed { proof: excerpt.proof_path.clone() }, place));
            return Standing::BROKEN;
        }
        if part.is_signed() {
            for (size, root) in roots {
                sum.roots.entry(size).or_default().push((root, segment));
            }
            sum.good.push(segment);
        }
        part.standing()
    }

    /// An excerpt all of whose records another one holds too, with the same tree under them, is counted there.
    fn contained(&self, sum: &mut Sum) {
        let numbers = |index: usize| match self.excerpts.get(index).map(|excerpt| &excerpt.part) {
            Some(Ok(part)) => part.numbers.as_slice(),
            _ => &[],
        };
        let size = |index: usize| match self.excerpts.get(index).map(|excerpt| &excerpt.part) {
            Some(Ok(part)) => part.seal.checkpoint.size,
            _ => 0,
        };
        for (at, roots) in &sum.roots {
            let Some(&(_, largest)) = roots.iter().max_by_key(|(_, index)| size(*index)) else { continue };
            let all: BTreeSet<u64> = numbers(largest).iter().copied().collect();
            for &(_, index) in roots.iter().filter(|(_, index)| size(*index) == *at && size(largest) > *at) {
                let inside = !numbers(index).is_empty() && numbers(index).iter().all(|number| all.contains(number));
                let same = roots.iter().all(|(root, _)| Some(root) == roots.first().map(|(first, _)| first));
                if let (true, true, Some(verdict)) = (inside, same, sum.segments.get_mut(index)) {
                    verdict.duplicate = true;
                }
            }
        }
    }
}

impl SealedLog for PrunedLog {
    fn origin(&self) -> &str {
        &self.origin
    }

    fn seal(&self) -> &'static str {
        "excerpt of sealed segments"
    }

    fn segments(&self) -> &[SegmentPlan] {
        &self.plans
    }

    fn wanted(&self, _segment: usize) -> Wanted {
        Wanted::default()
    }

    fn conclude(&self, observed: &[Observed], reread: &dyn Reread) -> Conclusion {
        let mut sum = Sum {
            findings: Vec::new(),
            segments: Vec::new(),
            holds: true,
            complete: true,
            roots: BTreeMap::new(),
            good: Vec::new(),
            seen: BTreeSet::new(),
        };
        let parts: Vec<&Part> =
            self.excerpts.iter().filter_map(|excerpt| if let Ok(part) = &excerpt.part { Some(&**part) } else { None }).collect();
        let mut bounds: BTreeSet<u64> = parts.iter().flat_map(|part| [part.seal.first, part.seal.checkpoint.size]).collect();
        bounds.extend(parts.iter().flat_map(|part| &part.heads).map(|head| head.checkpoint.size));
        let mut first = 0;
        for (segment, observed) in observed.iter().enumerate().take(self.plans.len()) {
            let state = self.judge(&mut sum, segment, &bounds, observed, reread);
            let mut verdict = SegmentVerdict::uniform(state, first);
            if let Some(Ok(part)) = self.excerpts.get(segment).map(|excerpt| &excerpt.part) {
                if let Ok(signatures) = &part.signatures {
                    verdict.sealed_at = signatures.time();
                }
                let good = matches!(state.state(), State::Sealed | State::Consistent);
                verdict.duplicate = good && !sum.seen.insert((part.seal.checkpoint.root, part.numbers.clone()));
            }
            if verdict.duplicate {
                let plan = &self.plans[segment];
                let place = Place { log: Some(self.origin.clone()), path: plan.file.path.clone(), ..Place::default() };
                sum.findings.push(Finding::of(ExcerptFact::Copy, place));
            }
            sum.segments.push(verdict);
            first += observed.count;
        }
        let newest = around::judge(self, &mut sum);
        self.contained(&mut sum);
        let trusted = parts.len() == self.excerpts.len() && parts.iter().all(|part| part.voucher().is_some());
        // Counted from the signed sizes alone: all records of the log up to the newest seal here that are not disclosed.
        let size = parts.iter().map(|part| part.seal.checkpoint.size).max().unwrap_or(0);
        let disclosed = parts.iter().flat_map(|part| part.numbers.iter()).collect::<BTreeSet<_>>().len() as u64;
        let withheld = size.saturating_sub(disclosed);
        let key = match parts.iter().find_map(|part| part.voucher()) {
            Some(vouched) if trusted => KeyUse::new(vouched.key().name.clone(), KeyStanding::Trusted),
            _ => KeyUse::of_log(self.origin.clone(), KeyStanding::Unknown),
        };
        let keys = LogKeys::these([key]);
        let ladder = ladder(&sum, &parts, trusted, &keys, withheld, (size, newest));
        let end = End::Excerpt { disclosed, withheld };
        Conclusion { segments: sum.segments, findings: sum.findings, ladder, keys, end }
    }

    fn files_stand_alone(&self) -> bool {
        true
    }

    fn withheld(&self, segment: usize) -> Option<Withheld> {
        // Of an excerpt whose proof cannot be read, nothing is counted.
        let Ok(part) = &self.excerpts.get(segment)?.part else { return None };
        let since = if part.is_start_proven() { part.seal.first } else { 0 };
        let contiguous =
            part.numbers.windows(2).all(|pair| pair.first().zip(pair.last()).is_some_and(|(one, next)| one.checked_add(1) == Some(*next)));
        let records = part.seal.checkpoint.size.saturating_sub(since).saturating_sub(part.numbers.len() as u64);
        Some(Withheld { records, since, contiguous })
    }

    fn excerpt(&self, segment: usize, file: &File, chosen: &[u64], going: Progress<'_>) -> Result<Option<Taken>, SourceError> {
        let Some(Excerpt { part: Ok(part), .. }) = self.excerpts.get(segment) else { return Ok(None) };
        let content = file.read_all(File::MAX_DOCUMENT)?;
        if !going(content.len() as u64) {
            return Ok(None);
        }
        Ok(again::cut(part, &records(Unit::Line, &content), chosen))
    }

    fn can_excerpt(&self, segment: usize) -> bool {
        self.excerpts.get(segment).is_some_and(|excerpt| excerpt.part.is_ok())
    }

    fn span(&self, segment: usize) -> Option<(u64, u64)> {
        let Ok(part) = &self.excerpts.get(segment)?.part else { return None };
        Some((part.seal.first, part.seal.checkpoint.size))
    }

    fn prove(&self, segment: usize, index: u64, content: &[u8]) -> Proof {
        let Some(Excerpt { proof_path, part: Ok(part) }) = self.excerpts.get(segment) else { return Proof::default() };
        let here = records(Unit::Line, content);
        let place = usize::try_from(index).ok();
        let (Some(record), Some(&number)) = (place.and_then(|place| here.get(place)), place.and_then(|place| part.numbers.get(place)))
        else {
            return Proof::default();
        };
        let holds = part.holds(&here, &mut |_, _| {});
        let standing = part.standing();
        let (proof, root, origin) = (proof_path.clone(), hex(&part.seal.checkpoint.root), self.origin.clone());
        let vouched = part.voucher().is_some();
        let steps = vec![
            Step::read(record.len(), ReadFrom::RecordOf { origin: origin.clone(), record: number }),
            Step::new(Standing::UNSEALED, StepFact::LeafHash { hash: hex(&part.leaf(number).hash(record)) }),
            match holds {
                true => Step::new(standing, StepFact::LeadsToSignedRoot { proof, root }),
                false => Step::new(Standing::BROKEN, StepFact::NotToSignedRoot { proof, root }),
            },
            Step::new(standing, if vouched { StepFact::RootVouched { origin } } else { StepFact::RootNotVouched { origin } }),
        ];
        let meaning = match (holds, vouched) {
            (true, true) => Meaning::AsSealed,
            (true, false) => Meaning::AgreesWithSealBeside,
            (false, _) => Meaning::ExcerptAltered,
        };
        Proof { steps, command: String::new(), meaning }
    }
}

fn ladder(sum: &Sum, parts: &[&Part], trusted: bool, keys: &LogKeys, withheld: u64, (size, newest): (u64, u64)) -> Ladder {
    let holds = |reason: Reason| match trusted {
        true => Answer::proved(reason),
        false => Answer::conditional(reason, Remedy::TrustSealer),
    };
    let unfinished = || Answer::unprovable(Reason::NotAllChecked, Remedy::LetCheckFinish);
    // Of a log of which a part is withheld, nothing is proved: the answers say what they are about.
    let edited = match (sum.holds, sum.complete, withheld) {
        (false, ..) => Answer::failed(Reason::ProofFails, Remedy::GetBundleAgain),
        (true, false, _) => unfinished(),
        (true, true, 0) => holds(Reason::MembersOfLog),
        (true, true, withheld) => Answer::conditional(Reason::PartIsSealed { withheld }, Remedy::WholeSegments),
    };
    let gaps = sum.findings.iter().filter(|finding| finding.code == Code::Gap && finding.severity == Severity::Error);
    let missing = gaps.fold(0u64, |sum, gap| sum.saturating_add(gap.place.count));
    let moved = match (sum.holds, sum.complete, withheld) {
        (false, ..) => Answer::failed(Reason::ProofFails, None),
        _ if missing > 0 => Answer::failed(Reason::MissingBetween { count: missing }, Remedy::WholeLog),
        (true, false, _) => unfinished(),
        (true, true, 0) => holds(Reason::WholeToNewestSeal),
        (true, true, before) if parts.iter().all(|part| part.is_whole()) => {
            Answer::conditional(Reason::SegmentsWhole { before }, Remedy::WholeLog)
        }
        (true, true, count) => Answer::conditional(Reason::Withheld { to: size.saturating_sub(1), count }, Remedy::WholeSegments),
    };
    let tail = match newest.checked_sub(size) {
        Some(after) if after > 0 => Answer::conditional(Reason::LogWasLonger { size: newest, after }, Remedy::WholeLog),
        _ => Answer::unprovable(Reason::NoLaterCheckpoint { size }, Remedy::WholeLog),
    };
    let signed = Reason::Signed { keys: keys.clone() };
    let key = match (trusted, withheld) {
        (true, 0) => Answer::proved(signed),
        (true, _) => Answer::conditional(signed, None),
        (false, _) => Answer::conditional(signed, Remedy::TrustSealer),
    };
    let clock = match sum.segments.iter().filter_map(|segment| segment.sealed_at).max() {
        Some(time) => Answer::conditional(Reason::SealedBy { time }, None).but(Limit::SealersClock),
        None => Answer::unprovable(Reason::NoSignedTime, None),
    };
    Ladder::new([edited, moved, tail, key, clock])
}
