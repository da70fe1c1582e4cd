//! The reports for people, made again and compared with those in the bundle.

use std::sync::mpsc::RecvTimeoutError;
use std::time::Duration;

use crate::bundle::check::checking::{Checking, Stop};
use crate::bundle::report::html;
use crate::bundle::report::model as report;
use crate::bundle::report::printed::{NOT_IN_THIS_BUILD, print};
use crate::bundle::report::summary::Summary;
use crate::bundle::statement::Statement;
use crate::model::State;
use crate::model::words::checks::CheckFact;
use crate::seal::bag::{MAX_TEXT, STATEMENT, read};

/// Does work that cannot be interrupted while it listens for the wish to stop; what is not waited for ends by itself. `None`: it failed.
fn patiently<T: Send + 'static>(going: &dyn Fn() -> bool, work: impl FnOnce() -> T + Send + 'static) -> Result<Option<T>, Stop> {
    const PATIENCE: Duration = Duration::from_millis(20);
    let (send, receive) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        // Nobody listens any more if the user stopped.
        let _unheard = send.send(work());
    });
    loop {
        match receive.recv_timeout(PATIENCE) {
            Ok(value) => return Ok(Some(value)),
            Err(RecvTimeoutError::Timeout) if !going() => return Err(Stop),
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return Ok(None),
        }
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
    })?;
    let (state, fact) = match made {
        None => (State::Unchecked, CheckFact::ReportsNotCompared),
        Some(Ok(Paper::Same)) => (State::Sealed, CheckFact::ReportsAgree),
        Some(Ok(Paper::Missing)) => (State::Sealed, CheckFact::PageAgrees),
        Some(Ok(Paper::Different)) => (State::Unsealed, CheckFact::PaperOfOtherVersion),
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

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Instant;

    #[test]
    fn a_stop_is_heeded_while_the_report_is_made() {
        let started = Instant::now();
        let going = || started.elapsed() < Duration::from_millis(50);
        let slow = || std::thread::sleep(Duration::from_secs(20));
        assert!(patiently(&going, slow).is_err());
        assert!(started.elapsed() < Duration::from_secs(10), "{:?}", started.elapsed());
        assert!(matches!(patiently(&|| true, || 7), Ok(Some(7))));
    }
}
