//! The report as PDF, where this build can write one: all that the rest of the program knows of PDF.

use crate::bundle::report::document::Document;

/// Said where a PDF is wanted of a build without the feature `pdf`.
pub const NOT_IN_THIS_BUILD: &str = "this build of the program cannot write PDF (it was made without the feature `pdf`)";

/// Why there is no PDF, in a build that can write one.
#[cfg(feature = "pdf")]
pub use crate::bundle::report::pdf::PdfError as PrintError;

/// Why there is no PDF. A build that cannot write one cannot fail at it either.
#[cfg(not(feature = "pdf"))]
#[derive(Debug, thiserror::Error)]
pub enum PrintError {}

/// The report as PDF/A-3b, with the statement inside; always the same bytes for the same report. `None`: this build cannot write PDF.
#[cfg(feature = "pdf")]
pub fn print(document: &Document, statement: &[u8]) -> Result<Option<Vec<u8>>, PrintError> {
    let description = "The statement of this bundle";
    let attached = crate::bundle::report::pdf::Attached { name: "report.json", mime: "application/json", description, content: statement };
    crate::bundle::report::pdf::pdf(document, &[attached]).map(Some)
}

/// Nothing: this build cannot write PDF.
#[cfg(not(feature = "pdf"))]
pub fn print(_document: &Document, _statement: &[u8]) -> Result<Option<Vec<u8>>, PrintError> {
    Ok(None)
}
