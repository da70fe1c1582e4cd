//! Sealscope opens sealed audit logs, verifies them, and shows who did what under which credential — and whether the record can be believed.
//!
//! The direction of imports is fixed: `gui`, `cli` → `bundle` → `case`, `query` → `store`, `verify` → `seal`, `schema` → `source`,
//! `trust` → `model`.

pub mod bundle;
pub mod case;
#[doc(hidden)]
pub mod demo;
#[cfg(feature = "gui")]
#[doc(hidden)]
pub mod gui;
pub mod model;
pub mod query;
pub mod schema;
pub mod seal;
pub mod source;
pub mod store;
pub mod trust;
pub mod verify;
