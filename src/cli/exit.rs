//! What the program's exit codes mean.

/// Nothing is broken.
pub(crate) const FINE: u8 = 0;

/// Something is provably broken.
pub(crate) const BROKEN: u8 = 1;

/// Something was not evaluated, or less was reached than required.
pub(crate) const INCOMPLETE: u8 = 2;

/// Something could not be read, or the command is wrong.
pub(crate) const UNUSABLE: u8 = 3;
