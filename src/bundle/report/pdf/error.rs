//! Why there is no paper.

/// Why there is no paper.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PdfError {
    /// A font that is part of the program was refused.
    #[error("a font of the report can't be used")]
    Font,
    /// A font that is part of the program can't be read.
    #[error("a font of the report can't be read: {0}")]
    Tables(#[from] skrifa::raw::ReadError),
    /// The size of a page was refused.
    #[error("the page size can't be used")]
    Page,
    /// The date can't be written into a PDF.
    #[error("the date of the report, {0} seconds since 1970, is not in the years 0 to 9999")]
    Date(i64),
    /// A name that not every reader would show as it is, or that an earlier file has.
    #[error("a file can't be attached under the name {0:?}")]
    Name(String),
    /// Not a kind of file.
    #[error("{0:?} is not a media type")]
    Kind(String),
    /// Longer than a PDF can say.
    #[error("{0:?} is too large to be attached")]
    Large(String),
    /// The rules of PDF/A or of PDF don't allow it.
    #[error("the PDF can't be written: {0}")]
    Write(String),
}
