//! The report and the tables of a bundle: what they say, and how it is written as HTML and as PDF.

pub mod controls;
pub mod document;
pub mod html;
pub mod model;
pub mod patience;
#[cfg(feature = "pdf")]
mod pdf;
pub mod printed;
pub mod summary;
