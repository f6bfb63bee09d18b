//! The unified social credit code of Chinese organisations, GB 32100-2015.

use std::fmt;
use std::str::FromStr;

use serde::{Serialize, Serializer};

use super::text::read_as_text;

/// The standard's 31 characters: no I, O, S, V, Z.
const ALPHABET: &[u8; 31] = b"0123456789ABCDEFGHJKLMNPQRTUWXY";
const LENGTH: usize = 18;

/// Eighteen characters whose last one checks the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Uscc([u8; LENGTH]);

/// Why a text is no unified social credit code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ParseUsccError {
    /// Not eighteen characters.
    #[error("does not have 18 characters")]
    Length,
    /// A character outside of the standard's alphabet.
    #[error("has a character outside of 0-9 and A-Z without I, O, S, V, Z")]
    Alphabet,
    /// The check character is wrong.
    #[error("has a wrong check character: GB 32100-2015 gives {0}")]
    Check(char),
}

impl Uscc {
    /// The eighteen characters.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }

    /// The code whose first seventeen characters are `stem`.
    pub fn from_stem(stem: &str) -> Result<Uscc, ParseUsccError> {
        let check = check_character(stem.as_bytes())?;
        format!("{stem}{check}").parse()
    }
}

/// alphabet[(31 − Σ value × 3^(i−1) mod 31) mod 31] of the first seventeen characters.
fn check_character(stem: &[u8]) -> Result<char, ParseUsccError> {
    if stem.len() != LENGTH - 1 {
        return Err(ParseUsccError::Length);
    }
    let mut sum = 0_usize;
    let mut weight = 1_usize;
    for byte in stem {
        let value = ALPHABET
            .iter()
            .position(|known| known == byte)
            .ok_or(ParseUsccError::Alphabet)?;
        sum = (sum + value * weight) % 31;
        weight = weight * 3 % 31;
    }
    Ok(char::from(ALPHABET[(31 - sum) % 31]))
}

impl FromStr for Uscc {
    type Err = ParseUsccError;

    fn from_str(text: &str) -> Result<Uscc, ParseUsccError> {
        let code: [u8; LENGTH] = text.as_bytes().try_into().map_err(|_| ParseUsccError::Length)?;
        let check = check_character(&code[..LENGTH - 1])?;
        if char::from(code[LENGTH - 1]) == check {
            Ok(Uscc(code))
        } else {
            Err(ParseUsccError::Check(check))
        }
    }
}

impl fmt::Display for Uscc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for Uscc {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

read_as_text!(Uscc);

#[cfg(test)]
mod tests {
    use super::*;

    /// Published codes of existing organisations.
    const REAL: [&str; 4] = [
        "914403001922038216",
        "9144030071526726XG",
        "91330100799655058B",
        "91110000802100433B",
    ];

    #[test]
    fn published_codes_are_valid() {
        for text in REAL {
            assert_eq!(text.parse::<Uscc>().map(|code| code.to_string()), Ok(text.to_owned()));
            assert_eq!(
                Uscc::from_stem(&text[..17]).map(|code| code.to_string()),
                Ok(text.to_owned())
            );
        }
    }

    #[test]
    fn every_single_wrong_character_is_found() {
        for text in REAL {
            for place in 0..LENGTH {
                for &other in ALPHABET {
                    let mut bytes = text.as_bytes().to_vec();
                    if bytes[place] != other {
                        bytes[place] = other;
                        let wrong = String::from_utf8(bytes).unwrap();
                        assert!(wrong.parse::<Uscc>().is_err(), "{wrong}");
                    }
                }
            }
        }
        assert_eq!("9133010079965505".parse::<Uscc>(), Err(ParseUsccError::Length));
        assert_eq!("91330100799655058I".parse::<Uscc>(), Err(ParseUsccError::Check('B')));
        assert_eq!("9133010079965505OB".parse::<Uscc>(), Err(ParseUsccError::Alphabet));
    }
}
