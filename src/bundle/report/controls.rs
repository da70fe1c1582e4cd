//! What a bundle is relevant to, in the words of the frameworks: data in one versioned file, never a claim of compliance.

use serde::Deserialize;

const DATA: &str = include_str!("../../../assets/control-mappings.toml");

/// All mappings.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Controls {
    /// The date of the data.
    pub version: String,
    /// The mappings.
    pub control: Vec<Control>,
}

/// One control.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Control {
    /// The framework's name.
    pub framework: String,
    /// The control's identifier.
    pub id: String,
    /// Its official title.
    pub title: String,
    /// What this evidence is relevant to, in a sentence.
    pub relevant: String,
    /// What it does not show.
    pub not: String,
}

/// The mappings that are built in; `None` only if the file is damaged, which a test rules out.
pub fn built_in() -> Option<Controls> {
    match toml::from_str(DATA) {
        Ok(controls) => Some(controls),
        Err(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_claims_compliance() {
        let controls = built_in().unwrap();
        assert!(controls.control.len() >= 12 && controls.version.len() == 10);
        for control in &controls.control {
            for text in [&control.relevant, &control.not] {
                assert!(
                    text.ends_with('.') && !text.to_lowercase().contains("compl") || text.contains("completeness"),
                    "{}: {text}",
                    control.id
                );
            }
        }
    }
}
