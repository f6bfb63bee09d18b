//! What stands in the journal for something that does not: its SHA-256.

use std::fmt;
use std::str::FromStr;

use super::text::{as_text, hex};

/// SHA-256 of a document, or of sealed content with its salt; written as 64 lower-case hex digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Fingerprint(pub [u8; 32]);

/// Why a text is no fingerprint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("is not a SHA-256 in 64 lower-case hex digits")]
pub struct ParseFingerprintError;

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex(&self.0))
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Fingerprint {
    type Err = ParseFingerprintError;

    fn from_str(text: &str) -> Result<Fingerprint, ParseFingerprintError> {
        let digit = |byte: u8| match byte {
            b'0'..=b'9' => Ok(byte - b'0'),
            b'a'..=b'f' => Ok(byte - b'a' + 10),
            _ => Err(ParseFingerprintError),
        };
        let mut bytes = [0; 32];
        let (pairs, []) = text.as_bytes().as_chunks::<2>() else {
            return Err(ParseFingerprintError);
        };
        if pairs.len() != bytes.len() {
            return Err(ParseFingerprintError);
        }
        for (byte, [high, low]) in bytes.iter_mut().zip(pairs) {
            *byte = digit(*high)? << 4 | digit(*low)?;
        }
        Ok(Fingerprint(bytes))
    }
}

as_text!(Fingerprint);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fingerprints_print_and_parse() {
        let mut bytes = [0; 32];
        (bytes[0], bytes[31]) = (0xa7, 0x0f);
        let text = Fingerprint(bytes).to_string();
        assert!(text.starts_with("a700") && text.ends_with("000f"), "{text}");
        assert_eq!(text.parse(), Ok(Fingerprint(bytes)));
        for wrong in [
            "",
            "a7",
            &text.to_uppercase(),
            &format!("{text}0"),
            &format!("{}g", &text[..63]),
        ] {
            assert_eq!(wrong.parse::<Fingerprint>(), Err(ParseFingerprintError), "{wrong}");
        }
    }
}
