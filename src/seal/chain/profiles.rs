//! Profiles read from text, with the rules that each must keep; the built-in ones.

use super::preimage;
use super::profile::{Profile, ProfileError};
use crate::trust::Store as Keys;

/// The built-in profiles, the most specific first. One more is one more file and one more line.
const BUILT_IN: &[&str] = &[
    include_str!("../../../assets/profiles/agent-receipts.toml"),
    include_str!("../../../assets/profiles/toolkit-file-audit.toml"),
    include_str!("../../../assets/profiles/toolkit-audit-entries.toml"),
    include_str!("../../../assets/profiles/toolkit-rust.toml"),
    include_str!("../../../assets/profiles/toolkit-dotnet.toml"),
    include_str!("../../../assets/profiles/toolkit-go.toml"),
    include_str!("../../../assets/profiles/toolkit-plug-in.toml"),
    include_str!("../../../assets/profiles/toolkit-receipts.toml"),
    include_str!("../../../assets/profiles/pipelock.toml"),
    include_str!("../../../assets/profiles/pipelock-receipts.toml"),
    include_str!("../../../assets/profiles/signet.toml"),
    include_str!("../../../assets/profiles/zeroclaw.toml"),
    include_str!("../../../assets/profiles/bernstein.toml"),
    include_str!("../../../assets/profiles/openfang.toml"),
    include_str!("../../../assets/profiles/vaara.toml"),
    include_str!("../../../assets/profiles/agent-audit-trail.toml"),
    include_str!("../../../assets/profiles/acta-flat.toml"),
    include_str!("../../../assets/profiles/acta-envelope.toml"),
    include_str!("../../../assets/profiles/evidence-verify.toml"),
    include_str!("../../../assets/profiles/omega-audit.toml"),
    include_str!("../../../assets/profiles/canonical-json.toml"),
    include_str!("../../../assets/profiles/python-json.toml"),
];

impl Profile {
    /// Reads a profile.
    pub fn parse(text: &str) -> Result<Self, ProfileError> {
        let profile: Self = toml::from_str(text).map_err(|error| ProfileError::Text(error.to_string()))?;
        profile.check()?;
        Ok(profile)
    }

    fn check(&self) -> Result<(), ProfileError> {
        if self.signs.is_empty() {
            return Err(ProfileError::NoSigns);
        }
        if self.preimage.is_empty() {
            return Err(ProfileError::NoPreimage);
        }
        let signed = self.authentication.iter().flat_map(|authentication| &authentication.preimage);
        for (index, part) in self.preimage.iter().chain(self.otherwise.iter().flatten()).chain(signed).enumerate() {
            if [part.text.is_some(), part.json.is_some(), part.hex.is_some()].iter().filter(|given| **given).count() != 1 {
                return Err(ProfileError::Part(index + 1));
            }
            if part.hex.as_ref().is_some_and(|text| crate::model::text::from_hex(text).is_none()) {
                return Err(ProfileError::Hex(index + 1));
            }
        }
        if let Some(path) = self.time.iter().chain(&self.signer).find(|path| !preimage::signature_covers(self, path)) {
            return Err(ProfileError::Unsigned(path.clone()));
        }
        self.inner.as_ref().map_or(Ok(()), |inner| inner.check())
    }

    /// The profile as text that [`Profile::parse`] reads.
    pub fn to_text(&self) -> String {
        // A profile is plain tables of texts, which TOML can always hold; a test writes and reads all that are built in.
        match toml::to_string(self) {
            Ok(text) => text,
            Err(error) => format!("# This profile cannot be written: {error}\n"),
        }
    }

    /// The built-in profiles.
    pub fn built_in() -> Vec<Self> {
        // A test reads all of them.
        BUILT_IN.iter().map(|text| Self::parse(text)).filter_map(Self::or_none).collect()
    }

    /// The user's own profiles. Each was read when it was given, and an error in it was reported then.
    pub fn of_user(keys: &Keys) -> impl Iterator<Item = Self> {
        keys.profiles().iter().map(|text| Self::parse(text)).filter_map(Self::or_none)
    }

    fn or_none(read: Result<Self, ProfileError>) -> Option<Self> {
        match read {
            Ok(profile) => Some(profile),
            Err(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_built_in_profile_is_read_and_written() {
        for text in BUILT_IN {
            let profile = Profile::parse(text).unwrap_or_else(|error| panic!("{error}\n{text}"));
            assert!(!profile.about.is_empty(), "{} says nothing of itself", profile.name);
            let again = Profile::parse(&profile.to_text()).unwrap();
            assert_eq!(format!("{profile:?}"), format!("{again:?}"));
        }
        assert_eq!(Profile::built_in().len(), BUILT_IN.len());
    }

    #[test]
    fn mistakes_are_named() {
        let mistake = |text: &str| Profile::parse(text).unwrap_err().to_string();
        let good = "name = \"x\"\nsigns = [\"a\"]\nprevious = \"p\"\n";
        assert!(mistake("name = 3").contains("string"));
        assert!(mistake(&format!("{good}preimage = []")).contains("at least one part"));
        assert!(mistake(&format!("{good}preimage = [{{ }}]")).contains("exactly one of"));
        assert!(mistake(&format!("{good}preimage = [{{ hex = \"0g\" }}]")).contains("hexadecimal"));
        assert!(mistake(&format!("{good}preimage = [{{ text = \"a\" }}]\nnonsense = 1")).contains("nonsense"));
        assert!(mistake(&format!("{good}preimage = [{{ json = \"jcs\", without = [\"at\"] }}]\ntime = \"at\"")).contains("at states when"));
    }
}
