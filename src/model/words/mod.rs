//! The one place where findings become sentences: what was seen, as facts with typed arguments, and their titles and texts in plain English.
//!
//! There is a family of facts for each format, so that a sentence speaks of what the format has: lines, entries, tags, digests. The same
//! argument has the same name everywhere:
//!
//! - `record`, `from`, `to`, `after`, `first`: numbers of records in the log, counted from 0; `from..=to` includes both ends;
//! - `line`: a line of the file, counted from 1; `tag`: the number that a journal's tag states;
//! - `count`, `here`, `sealed`, `stated`: how many, here or by what is signed or stated;
//! - `time`, `sealed_at`, `before`, `not_before`, `not_after`: nanoseconds since 1970, UTC;
//! - `cause`: the words of the reader or verifier that failed; `key`: the name of a key; paths and origins as the user knows them.
//!
//! Where a fact is, is the finding's [`Place`](crate::model::Place); its path is not repeated among the arguments.

pub mod advice;
pub mod chains;
pub mod checks;
pub mod cloudtrail;
pub mod code;
pub mod differences;
pub mod end;
pub mod excerpts;
pub mod fact;
pub mod journals;
pub mod keys;
pub mod ladder;
pub mod proofs;
pub mod reading;
pub mod segments;
pub mod steps;
pub mod tiles;

use super::text::{count, plural};
use code::Code;

/// Defines a family of facts. For each: its arguments, its code, its title and its text.
macro_rules! facts {
    ($(#[$about:meta])* $family:ident, $place:ident, $name:ident;
     $($(#[$doc:meta])* $variant:ident $({ $($field:ident: $type:ty),* $(,)? })? = $code:ident, $title:expr, $text:expr;)*) => {
        $(#[$about])*
        #[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
        #[serde(tag = "what", rename_all = "kebab-case")]
        #[non_exhaustive]
        #[allow(missing_docs, reason = "arguments are named alike in all families; the module above says what the names mean")]
        pub enum $family { $($(#[$doc])* $variant $({ $($field: $type),* })?,)* }

        impl $family {
            /// The code under which it is found.
            pub fn code(&self) -> $crate::model::words::code::Code {
                match self { $(Self::$variant { .. } => $crate::model::words::code::Code::$code,)* }
            }

            /// A short headline.
            #[allow(unused_variables, reason = "not every title needs every argument")]
            pub(super) fn title(&self, $place: &$crate::model::place::Place) -> String {
                let $name = $crate::model::text::name_of(&$place.path);
                match self.clone() { $(Self::$variant $({ $($field),* })? => String::from($title),)* }
            }

            /// What was checked and seen.
            #[allow(unused_variables, reason = "not every text needs every argument")]
            pub(super) fn text(&self, $place: &$crate::model::place::Place) -> String {
                let $name = $crate::model::text::name_of(&$place.path);
                match self.clone() { $(Self::$variant $({ $($field),* })? => String::from($text),)* }
            }
        }

    };
}
/// Defines parts of sentences with their arguments.
macro_rules! clauses {
    ($(#[$about:meta])* $name:ident;
     $($(#[$doc:meta])* $variant:ident $({ $($field:ident: $type:ty),* $(,)? })? = $text:expr;)*) => {
        $(#[$about])*
        #[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
        #[serde(tag = "what", rename_all = "kebab-case")]
        #[non_exhaustive]
        #[allow(missing_docs, reason = "arguments are named as those of facts are")]
        pub enum $name { $($(#[$doc])* $variant $({ $($field: $type),* })?,)* }

        impl $name {
            /// It in words, without a full stop.
            pub fn words(&self) -> String {
                match self.clone() { $(Self::$variant $({ $($field),* })? => String::from($text),)* }
            }
        }
    };
}

use clauses;
pub use fact::{Fact, MetaFact};
pub(crate) use facts;

/// `Record 5`, `Records 5 and 6`, `Records 5 to 9`.
fn span(one: &str, from: u64, to: u64) -> String {
    match to.saturating_sub(from) {
        0 => format!("{one} {}", count(from)),
        1 => format!("{} {} and {}", many(one), count(from), count(to)),
        _ => format!("{} {} to {}", many(one), count(from), count(to)),
    }
}

fn many(one: &str) -> String {
    super::text::many(one)
}

fn were(from: u64, to: u64) -> &'static str {
    if from == to { "was" } else { "were" }
}

/// `1 record is`, `2 records are`.
fn are(number: u64, one: &str) -> String {
    format!("{} {}", plural(number, one), if number == 1 { "is" } else { "are" })
}

/// The page of all codes, as it stands in `docs/findings.md`.
pub fn page() -> String {
    let mut page = String::from(
        "# Findings\n\n\
         <!-- Made from src/model/words/code.rs by `UPDATE_DOCS=1 cargo test --test suite the_page_of_findings`. Do not edit. -->\n\n\
         Every finding has a code. The code is an interface: scripts may rely on it. With `--json` each finding also carries `arguments`: what was\n\
         seen, as data (`format`, `what`, and numbers, times in nanoseconds since 1970, paths and names). Title and text are made from the\n\
         arguments for people to read, and may change.\n\n\
         - **error**: something is not as it was sealed, or is missing though a seal shows that it existed;\n\
         - **warning**: needs a look; not proof of tampering;\n\
         - **info**: worth knowing; harmless.\n\n\
         Where a format needs other advice than its code has, the program gives it.\n\n\
         | Code | Severity | What it is |\n|---|---|---|\n",
    );
    for code in Code::ALL {
        page.push_str(&format!("| [`{0}`](#{0}) | {1} | {2} |\n", code.name(), code.severity().word(), code.summary()));
    }
    for code in Code::ALL {
        page.push_str(&format!(
            "\n## {}\n\n{} ({})\n\n**It can mean:** {}\n\n**What to do:** {}\n",
            code.name(),
            code.summary(),
            code.severity().word(),
            code.meaning(),
            code.next_step()
        ));
    }
    page
}
