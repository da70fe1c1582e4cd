//! The reports for people, made again and compared with those in the bundle.

use crate::bundle::check::checking::{Checking, Stop};
use crate::bundle::check::particulars::otherwise;
use crate::bundle::report::html;
use crate::bundle::report::model as report;
use crate::bundle::report::patience::{Stopped, patiently};
use crate::bundle::report::printed::{NOT_IN_THIS_BUILD, print};
use crate::bundle::report::summary::Summary;
use crate::bundle::statement::Statement;
use crate::model::State;
use crate::model::words::checks::CheckFact;
use crate::seal::bag::{MAX_TEXT, STATEMENT, read};

/// Whether the instructions for checking are this program's. Only the hash of the published checker may differ.
fn instructions(checking: &mut Checking<'_>, statement: &Statement, verify: &str) {
    let is_hash = |line: &&str| line.len() == 64 && line.bytes().all(|byte| byte.is_ascii_hexdigit());
    let hash = verify.lines().map(str::trim).find(is_hash).unwrap_or("");
    let own = report::verify_text(hash);
    // Words may change from version to version; the commands are what readers run.
    let commands = |text: &str| -> Vec<String> { text.lines().filter(|line| line.starts_with("    ")).map(str::to_owned).collect() };
    if commands(&own) != commands(verify) {
        checking.line(otherwise(statement), CheckFact::InstructionsDiffer);
    } else if own != verify {
        checking.line(State::Unsealed, CheckFact::InstructionsOfOtherVersion);
    }
}

/// How the report as PDF compares.
enum Paper {
    Missing,
    Same,
    Different,
    NotMade(String),
}

/// Whether the report for people says what the statement, the findings and the events say.
pub fn papers(checking: &mut Checking<'_>, statement: &Statement, summary: &Summary) -> Result<(), Stop> {
    const FILE: &str = "data/report.pdf";
    let Some(verify) = checking.text("data/VERIFY.txt", MAX_TEXT)? else { return Ok(()) };
    instructions(checking, statement, &verify);
    let Some(page) = checking.text("data/report.html", MAX_TEXT)? else { return Ok(()) };
    let Some(bytes) = checking.bag.files.get(STATEMENT).cloned() else { return Ok(()) };
    let Some(bytes) = checking.take(read(&bytes, MAX_TEXT))? else { return Ok(()) };
    let paper = match checking.bag.files.get(FILE).cloned() {
        None => None,
        Some(paper) => match checking.take(read(&paper, MAX_TEXT))? {
            Some(paper) => Some(paper),
            None => return Ok(()),
        },
    };
    let document = report::document(statement, summary, &verify);
    let made = patiently(checking.going, move || {
        if html::page(&document) != page {
            return Err((html::substance(&document), page));
        }
        let Some(paper) = paper else { return Ok(Paper::Missing) };
        Ok(match print(&document, &bytes) {
            Ok(Some(made)) if made == paper => Paper::Same,
            Ok(Some(_)) => Paper::Different,
            Ok(None) => Paper::NotMade(NOT_IN_THIS_BUILD.to_owned()),
            Err(why) => Paper::NotMade(format!("it cannot be written again: {why}")),
        })
    })
    .map_err(|Stopped| Stop)?;
    let (state, fact) = match made {
        None => (State::Unchecked, CheckFact::ReportsNotCompared),
        Some(Ok(Paper::Same)) => (State::Sealed, CheckFact::ReportsAgree),
        Some(Ok(Paper::Missing)) => (State::Sealed, CheckFact::PageAgrees),
        Some(Ok(Paper::Different)) => (State::Unchecked, CheckFact::PaperOfOtherVersion),
        Some(Ok(Paper::NotMade(cause))) => (State::Unchecked, CheckFact::PaperNotChecked { cause }),
        // Another version may word it otherwise; what it says must be there all the same, in its order.
        Some(Err((substance, page))) if in_order(&substance, &page) => (State::Unsealed, CheckFact::ReportsOfOtherVersion),
        Some(Err(_)) => (State::Broken, CheckFact::ReportDiffers),
    };
    checking.line(state, fact);
    Ok(())
}

/// Whether all texts stand in a page, one after the other.
fn in_order(texts: &[String], page: &str) -> bool {
    let mut rest = page;
    texts.iter().all(|text| match rest.split_once(text.as_str()) {
        Some((_, after)) => {
            rest = after;
            true
        }
        None => false,
    })
}
