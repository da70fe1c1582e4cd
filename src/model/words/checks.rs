//! What the check of a bundle compared and saw, and the sentences made of it. How it came out stands beside it, as a state.

use serde::Serialize;

use super::clauses;
use super::code::Code;
use crate::model::State;
use crate::model::finding::Finding;
use crate::model::text::{count, plural, visible};
use crate::model::time::seconds;

/// Whether the examiner's own log met a signer before.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Met {
    /// Never.
    Never,
    /// First on this day, as `2026-03-07`.
    FirstOn(String),
}

clauses! {
    /// Who signed a bundle.
    Signer;
    /// A trusted examiner.
    Trusted { key: String } = format!("{key} (trusted)");
    /// A trusted key of another role.
    WrongRole { key: String, role: String } = format!("{key}, a key that you trust as a {role} key, which does not sign bundles");
    /// A trusted key that may not sign evidence.
    NotForEvidence { key: String } = format!("{key}, a key that you do not trust for evidence");
    /// A trusted key whose dates cannot be judged.
    DatesUnproven { key: String } =
        format!("{key}, whose dates cannot be judged: no time stamp of an authority that you trust shows when it signed");
    /// A trusted key that signed outside its dates.
    OutsideDates { key: String } = format!("{key}, which was not valid when it signed, by the dates that you gave it");
    /// A key that is not trusted.
    Unknown = "a key you do not trust";
}

clauses! {
    /// Why a statement's answers about a log are wrong.
    AnswerFault;
    /// An answer is missing, or is none.
    Missing = "an answer is missing, or is none";
    /// Other questions are answered.
    OtherQuestions = "the questions are others";
    /// *Proved*, though records are not sealed.
    NotAllSealed { question: String } = format!("“{question}” is called proved, and not all of its records are sealed");
    /// *Proved*, though no record is sealed.
    NoneSealed { question: String } = format!("“{question}” is called proved, and none of its records is sealed");
    /// *Proved*, though only the examiner speaks for records.
    NoSeal { question: String } = format!("“{question}” is called proved, and no seal speaks for some of its records");
    /// No answer fails, though something was found.
    NotSaid { title: String } = format!("they do not say what was found: {}", visible(&title));
    /// *Proved*, and it fails here.
    FailsHere { question: String, answer: String } = format!("“{question}” is called proved; here it fails: {}", visible(&answer));
}

clauses! {
    /// One thing that the check of a bundle compared. Files are named as the bundle names them.
    CheckFact;
    /// Nothing here is a bundle.
    NoBundle = "there is no evidence bundle here";
    /// The check failed.
    CheckFailed { cause: String } = format!("{}: {}", Code::CheckFailed.name(), cause.trim_end_matches('.'));
    /// The user stopped the check.
    Stopped = "the check was stopped";
    /// A limit ended the check.
    LimitReached { limit: String } = limit;
    /// A file is damaged.
    Damaged { cause: String } = cause;
    /// A file could not be read.
    Unreadable { cause: String } = cause;
    /// A file is not text.
    NotText { file: String } = format!("{file} is not text");
    /// A file that must be there is missing.
    PartMissing { file: String, is_signature: bool } = format!(
        "parts of an evidence bundle are here, but {file} is missing{}",
        if is_signature { ", so nobody signed it" } else { "" }
    );
    /// Two files of an archive have one name.
    Twice { file: String } = format!("{file} occurs twice in the archive");
    /// A file is a link.
    Link { path: String } = format!("{path} is a link, or is reached through one");
    /// Something that could not be opened lies in the bundle.
    Unopened { path: String, reason: String } = format!("{path} was added or cannot be opened: {reason}");
    /// Something lies beside the bundle in its archive.
    AddedToArchive { path: String } = format!("{path} was added to the archive");
    /// The same, and it cannot be read.
    AddedUnreadable { path: String } = format!("{path} was added to the archive and cannot be read");

    /// The signature fails.
    SignatureFails { cause: String } = format!("the examiner's signature fails: {cause}");
    /// The signature holds. The key's fingerprint as OpenSSH prints it, and whether it was met before, where that was asked.
    Signed { signer: Signer, fingerprint: String, met: Option<Met> } = {
        let met = match met {
            None => String::new(),
            Some(Met::Never) => ", never seen here before".to_owned(),
            Some(Met::FirstOn(day)) => format!(", seen here first on {day}"),
        };
        format!("signed by {}, {fingerprint}{met}", signer.words())
    };
    /// The time stamp cannot be used.
    StampUnusable { cause: String } = format!("the time stamp over the signature cannot be used: {cause}");
    /// A trusted authority stamped it.
    Stamped { time: i64, authority: String } = format!("signed no later than {}, as {authority} (trusted) stamped it", seconds(time));
    /// An authority stamped it that is not trusted; why.
    StampedByUnknown { time: i64, authority: String, cause: String } = format!("stamped {} by {authority}, but {cause}", seconds(time));
    /// A list of hashes cannot be read.
    ListUnreadable { file: String } = format!("{file} cannot be read");
    /// The signed list does not list the tag files.
    TagFilesNotListed { file: String } = format!("{file} does not list exactly the tag files");
    /// The list of the payload names a file outside of it.
    ListsOutside { list: String, file: String } = format!("{list} lists {file}, which is outside data/");
    /// A listed file is missing.
    FileMissing { file: String } = format!("{file} is missing");
    /// A listed file has another hash.
    FileChanged { file: String } = format!("{file} was changed");
    /// A file is in no list.
    FileAdded { file: String } = format!("{file} was added");
    /// A file of the operating system is in no list; what it is.
    HarmlessAdded { file: String, reason: String } = format!("{file} was added: {reason}");
    /// All files are as listed.
    FilesAsListed { count: u64 } = format!("{} as listed, and none was added", super::are(count, "file"));

    /// The statement cannot be read.
    StatementUnreadable { file: String, cause: String } = format!("{file} cannot be read: {cause}");
    /// The statement is of a version that is not known.
    UnknownVersion { version: String } =
        format!("the statement is of the unknown version “{}”, so it was not compared with the records", visible(&version));
    /// All that the statement says is so.
    RecordsAgree { included: u64, parts: u64, withheld: u64 } = format!(
        "{} in {}, {} withheld: the records and their seals say so too",
        plural(included, "record"),
        plural(parts, "part"),
        count(withheld)
    );
    /// The statement names another key than the one that signed.
    KeyDiffers { stated: String } = format!("the statement names another key, {}, than the one that signed", visible(&stated));
    /// The statement's verdict is none.
    VerdictUnknown { verdict: String } = format!("the statement's verdict is no verdict: “{}”", visible(&verdict));
    /// The statement's verdict is better than that of its parts.
    VerdictTooGood { verdict: String } = format!("the statement's verdict is “{verdict}”, and what it says of its parts is worse");
    /// The verdict does not fit the list of findings.
    VerdictDespiteErrors { verdict: String, errors: u64 } =
        format!("the statement's verdict is “{verdict}”, and its own list has {}", plural(errors, "error"));
    /// The verdict is *broken*, and no finding says why.
    BrokenWithoutError = "the statement's verdict is “broken”, and its own list has no error";
    /// The verdict does not fit the records.
    VerdictDespiteDamage { verdict: String } = format!("the statement's verdict is “{verdict}”, and records here are broken");
    /// A file of a name that no bundle has.
    ForeignFile { file: String } = format!("{file} does not belong in a bundle");
    /// A part is named twice.
    NamedTwice { file: String } = format!("the statement names {} twice", visible(&file));
    /// A part's records are not here.
    RecordsMissing { file: String } = format!("{} is named in the statement, but its records are not here", visible(&file));
    /// Records are in no part.
    RecordsUnnamed { file: String } = format!("{file} holds records that the statement does not name");
    /// A part is of another log.
    LogDiffers { file: String, here: String, stated: String } =
        format!("{file} is of the log {}; the statement says {}", visible(&here), visible(&stated));
    /// A part has another number of records.
    CountDiffers { file: String, here: u64, stated: u64 } =
        format!("{file} holds {}; the statement counts {}", plural(here, "record"), count(stated));
    /// Another number of records is withheld, by what is signed.
    WithheldDiffers { file: String, signed: u64, stated: u64 } = format!(
        "the statement says that {} withheld from {file}; what is signed says {}",
        super::are(stated, "record"),
        count(signed)
    );
    /// A part is less complete than stated: both levels, and what the stated one means.
    LevelTooHigh { file: String, stated: String, meaning: String, proven: String } =
        format!("the statement says {stated} of {file}, {meaning}; what is here shows {proven} only");
    /// The states of a part do not add up to its events.
    StatesDiffer { file: String } = format!("the statement counts other numbers of events for {file} than are in it");
    /// More records are damaged than stated.
    DamageDiffers { file: String, here: u64, stated: u64 } =
        format!("the statement says that {} damaged in {file}; here {}", super::are(stated, "record"), count(here));
    /// Fewer records hold than stated.
    FewerHold { file: String, here: u64, stated: u64 } =
        format!("the statement says that {} of {file} {}; here {}", plural(stated, "record"), if stated == 1 { "holds" } else { "hold" }, count(here));
    /// A part could not be read to its end.
    NotReadToEnd { file: String } = format!("{file} could not be read to its end");
    /// The statement's sums are not those of its parts.
    SumsDiffer = "the statement's counts do not add up";
    /// A file of one record belongs to no part.
    RepeatsNothing { file: String } = format!("{file} repeats no record of this bundle");
    /// A file of one record is not in the part that it names.
    NotARecordOf { file: String, records: String } = format!("{file} is not a record of {records}");

    /// Not all files could be read, so the statement says nothing that can be compared.
    NotCompared = "the statement was not compared with the records, since not all files could be read";
    /// The examiner's line is of another key.
    OtherSigner { file: String } = format!("{file} is not of the key that signed");
    /// The identifier is not the statement's.
    IdentifierDiffers { stated: String, own: String } =
        format!("the bundle's identifier is {}; that of its statement is {own}", visible(&stated));
    /// The identifier cannot be computed.
    IdentifierNotComputed { cause: String } = format!("the bundle's identifier cannot be computed: {cause}");
    /// The time of export is none.
    ExportTimeUnknown = "the statement's time of export is no time in UTC";
    /// The bag says something else of the bundle.
    BagInfoDiffers { field: String } = format!("bag-info.txt and the statement do not agree on {field}");
    /// A source without a hash, or one named twice.
    SourceUnclear { path: String } = format!("the source {} has no hash, or occurs twice in the statement", visible(&path));
    /// A source is said to come from where no record of acquisition says so.
    SourceFromNowhere { path: String } = format!("no record of acquisition says where {} came from", visible(&path));
    /// A whole file is none of the sources.
    NoSource { file: String } = format!("{file} is none of the sources: no hash in the statement is its own");
    /// A part was taken from no source.
    PartWithoutSource { file: String, source: String } =
        format!("{} was taken from {}, which is no source", visible(&file), visible(&source));
    /// A whole file is not the source that it is said to be.
    SourceDiffers { file: String, source: String } =
        format!("{} is not the source {}: their hashes differ", visible(&file), visible(&source));
    /// A part is sealed in another way.
    SealDiffers { file: String, here: String, stated: String } =
        format!("{} is called “{}” in the statement; here it is “{here}”", visible(&file), visible(&stated));
    /// More was selected than there was.
    SelectionTooLarge { selected: u64, population: u64, events: u64 } = format!(
        "the statement says that {} of {} were selected; its parts hold {}",
        count(selected),
        count(population),
        count(events)
    );
    /// The verdict in words is none.
    SentenceUnknown { sentence: String } = format!("the statement's verdict in words is none that can be: {}", visible(&sentence));
    /// The verdict in words is another one.
    SentenceDiffers { verdict: String, sentence: String } =
        format!("the statement's verdict is “{verdict}”, and its words say otherwise: {}", visible(&sentence));
    /// The verdict in words leaves no room for the parts.
    SentenceOfOthers { sentence: String } =
        format!("the statement's words and the states of its parts do not agree: {}", visible(&sentence));
    /// The line about the coverage cannot be read.
    CoverageUnknown = "the statement's line about its coverage cannot be read";
    /// The line about the coverage counts something else.
    CoverageDiffers { coverage: String } =
        format!("the statement's line about its coverage does not count its records: {}", visible(&coverage));
    /// What the bundle cannot show is not named.
    LimitsDiffer = "the statement does not name what the bundle cannot show as its parts have it";
    /// The same in other words.
    LimitsOfOtherVersion = "what the bundle cannot show was worded by another version";
    /// The logs that are answered about are not those of the parts.
    AnswersOfOthers = "the statement does not answer the five questions for exactly the logs of its parts";
    /// The answers about a log are wrong.
    AnswersWrong { log: String, fault: AnswerFault } =
        format!("of {} the statement's answers are wrong: {}", visible(&log), fault.words());
    /// The instructions hold other commands.
    InstructionsDiffer = "data/VERIFY.txt holds other commands than this program writes";
    /// The instructions are worded otherwise.
    InstructionsOfOtherVersion = "data/VERIFY.txt was worded by another version";

    /// The list of findings cannot be read.
    FindingsUnreadable { cause: String } = format!("data/findings.json cannot be read: {cause}");
    /// An entry of the list does not fit its own code.
    FindingContradicts { title: String } = format!("data/findings.json contradicts itself about “{}”", visible(&title));
    /// A gap that nothing shows to have held records.
    GapNotShown { finding: Box<Finding> } = format!("{}: nothing here shows that they were there", visible(&finding.title()));
    /// What is found here is not in the list.
    NotInFindings { finding: Box<Finding> } = format!("data/findings.json leaves out what is found here: {}", visible(&finding.title()));

    /// A table of events is missing.
    TableMissing = "a table of events is missing";
    /// A line is too long.
    LineTooLong { path: String } = format!("{path} has a line that is too long to be compared");
    /// A mask of a kind that is not known.
    MaskUnknown = "the statement names a mask that is not known";
    /// A line of the table is no event.
    NoEvent = "data/events.jsonl has a line that is no event";
    /// A masked word stands for two values.
    MaskAmbiguous = "a masked word of data/events.jsonl stands for two values";
    /// The two tables differ.
    TablesDiffer = "data/events.csv and data/events.jsonl do not say the same";
    /// An event that cannot be compared. Events are counted from 1.
    EventMasked { event: u64 } = format!("event {} of data/events.jsonl is masked so that it cannot be compared", count(event));
    /// An event whose state cannot be judged here.
    EventNotJudged { event: u64, stated: State } =
        format!("event {} is said to be {}; that cannot be judged here", count(event), stated.word());
    /// An event in another state than its record.
    EventStateDiffers { event: u64, stated: State } =
        format!("event {} of data/events.jsonl is said to be {}, which its record is not", count(event), stated.word());
    /// An event of no record.
    EventUnknown { event: u64 } = format!("event {} of data/events.jsonl is in no record of this bundle", count(event));
    /// Another number of events was selected.
    SelectionDiffers { here: u64, stated: u64 } =
        format!("the statement says that {} selected; the tables hold {}", was(stated), count(here));

    /// The reports could not be made again.
    ReportsNotCompared = "the reports could not be made again, so they were not compared";
    /// Page and paper say what the statement says.
    ReportsAgree = "the reports say what the statement and the events say";
    /// The page does; there is no paper.
    PageAgrees = "data/report.html says what the statement and the events say; there is no data/report.pdf";
    /// This program would write the paper otherwise.
    PaperOfOtherVersion = "data/report.pdf was not compared with the statement: this program would write it otherwise";
    /// The paper was not checked.
    PaperNotChecked { cause: String } = format!("data/report.pdf was not checked: {cause}");
    /// Another version wrote the reports.
    ReportsOfOtherVersion = "the reports were written by another version; what they add to the statement was not compared";
    /// The page says something else.
    ReportDiffers = "data/report.html does not say what the statement, the findings and the events say";
}

/// `1 event was`, `2 events were`.
fn was(number: u64) -> String {
    format!("{} {}", plural(number, "event"), if number == 1 { "was" } else { "were" })
}
