//! The address of a place in the program: `stride?stride=4&image=zone plate`, `dropout?p=0.3#150`.

use std::fmt;
use std::str::FromStr;

use super::line::{Settings, SettingsError};

/// A page, its settings and, where networks train, a step.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Address {
    /// Name of the page.
    pub page: String,
    /// Settings that differ from those that the page begins with.
    pub settings: Settings,
    /// The step that is looked at.
    pub step: Option<u64>,
}

/// Why an address cannot be read; one sentence.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    /// Its settings.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// What follows `#` is no number.
    #[error("\"{0}\" is no step: write a whole number behind #")]
    Step(String),
}

impl Address {
    /// A page as it begins.
    pub fn of(page: &str) -> Self {
        Self { page: page.to_owned(), ..Self::default() }
    }
}

impl FromStr for Address {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, AddressError> {
        let (text, step) = match text.rsplit_once('#') {
            Some((text, step)) => {
                (text, Some(step.trim().parse().map_err(|_| AddressError::Step(step.to_owned()))?))
            }
            None => (text, None),
        };
        let (page, settings) = text.split_once('?').unwrap_or((text, ""));
        Ok(Self { page: page.trim().to_owned(), settings: settings.parse()?, step })
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.page)?;
        if !self.settings.is_empty() {
            write!(f, "?{}", self.settings)?;
        }
        match self.step {
            Some(step) => write!(f, "#{step}"),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_come_back_from_their_text() {
        for text in
            ["stride", "stride?stride=4&image=zone plate", "dropout?p=0.3#150", "x#0", "a?b=what?%23&c=1"]
        {
            let address: Address = text.parse().unwrap();
            assert_eq!(address.to_string(), text);
            assert_eq!(address.to_string().parse(), Ok(address));
        }
        let says = "dropout#soon".parse::<Address>().unwrap_err().to_string();
        assert_eq!(says, "\"soon\" is no step: write a whole number behind #");
    }
}
