//! Versions: what changes whenever a thing does, so that nobody overwrites what they have not seen.

use std::fmt;
use std::str::FromStr;

use serde::Serialize;
use sha2::{Digest, Sha256};

use super::text::as_text;

const DIGIT_COUNT: usize = 16;

/// The version of a thing: the first 64 bits of the SHA-256 of what can change of it, printed as 16 digits in hex.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Version(pub u64);

/// Why a text is no version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("is not a version of 16 digits in lower-case hex")]
pub struct ParseVersionError;

impl Version {
    /// The version of what can change. The same values have the same version on every machine and in every release that
    /// names their fields alike.
    pub fn of(content: &impl Serialize) -> Version {
        // Content is strings, integers and lists of them: it always has a JSON form.
        Version::of_bytes(&serde_json::to_vec(content).unwrap_or_default())
    }

    /// The version of what is written already.
    pub fn of_bytes(content: &[u8]) -> Version {
        let hash = Sha256::digest(content);
        let first = hash.iter().take(size_of::<u64>());
        Version(first.fold(0, |number, byte| number << 8 | u64::from(*byte)))
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:0DIGIT_COUNT$x}", self.0)
    }
}

impl FromStr for Version {
    type Err = ParseVersionError;

    /// Only the form in which versions are printed is read: one version has one text.
    fn from_str(text: &str) -> Result<Version, ParseVersionError> {
        let is_digit = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
        if text.len() != DIGIT_COUNT || !text.bytes().all(is_digit) {
            return Err(ParseVersionError);
        }
        u64::from_str_radix(text, 16)
            .map(Version)
            .map_err(|_| ParseVersionError)
    }
}

as_text!(Version);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_the_head_of_a_hash() {
        // printf '[1,"a"]' | sha256sum | head -c 16
        assert_eq!(Version::of(&(1, "a")).to_string(), "2010945388e2de98");
        assert_ne!(Version::of(&(1, "a")), Version::of(&(1, "b")));
    }

    #[test]
    fn versions_print_and_parse() {
        for number in [0, 1, 0x0123_4567_89ab_cdef, u64::MAX] {
            assert_eq!(Version(number).to_string().parse(), Ok(Version(number)));
        }
        for text in [
            "",
            "1",
            "00000000000000001",
            "+000000000000001",
            "000000000000000A",
            "\"0000000000000001",
        ] {
            assert_eq!(text.parse::<Version>(), Err(ParseVersionError), "{text}");
        }
    }
}
