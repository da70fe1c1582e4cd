//! The tests of everything but the window.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod allowed_signers;
mod anchors;
mod archives;
mod builder;
mod bundle_vectors;
mod bundles;
mod cancel;
mod chains;
mod cli;
mod cloudtrail;
mod commands;
mod demo;
mod exporting;
mod findings;
mod fixtures;
mod harmless;
mod hostile;
mod imports;
mod journals;
mod lints;
mod manipulations;
mod moves;
mod profiles;
mod properties;
mod reading;
mod real;
mod receipts;
mod receive;
mod segment_vectors;
mod segments;
mod signers;
mod tiles;
mod time_stamps;
mod vectors;
mod vocabularies;
