//! Access material: how a tenant gets into what it has leased, encrypted by the provider to the tenant's own key as an age file
//! (<https://age-encryption.org/v1>, the C2SP specification `age.md`). The exchange sees that it is such a file, and nothing of what is
//! in it.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::domain::id::OrgId;
use crate::domain::text::{as_text, base64_bytes};
use crate::domain::time::Timestamp;

/// Most bytes of access material, as text: 64 KiB.
pub const ACCESS_BYTES_MAX: usize = 64 << 10;

/// An age recipient: an X25519 public key in Bech32 under `age`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recipient(Box<str>);

/// Why a text is no recipient.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("is not an age recipient such as age1… with 58 characters after it (an X25519 public key)")]
pub struct ParseRecipientError;

/// To whom access material of an organisation is encrypted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct AccessKey {
    /// Whose it is.
    pub org: OrgId,
    /// To whom.
    pub recipient: Recipient,
    /// Since when.
    pub since: Timestamp,
}

/// What a Bech32 text of an age recipient begins with.
const START: &str = "age1";
/// Digits of 32 bytes in base 32, and of the checksum.
const DIGITS: usize = 52 + CHECKSUM_DIGITS;
const CHECKSUM_DIGITS: usize = 6;
/// The digits of Bech32 (BIP 173).
const ALPHABET: &[u8; 32] = b"qpzry9x8gf2tvdw0s3jn54khce6mua7l";

impl fmt::Display for Recipient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for Recipient {
    type Err = ParseRecipientError;

    fn from_str(text: &str) -> Result<Recipient, ParseRecipientError> {
        let digits = text.strip_prefix(START).ok_or(ParseRecipientError)?;
        let value = |byte: u8| {
            ALPHABET
                .iter()
                .position(|known| *known == byte)
                .and_then(|at| u8::try_from(at).ok())
        };
        let values: Option<Vec<u8>> = digits.bytes().map(value).collect();
        let values = values
            .filter(|values| values.len() == DIGITS)
            .ok_or(ParseRecipientError)?;
        // 260 bits of digits for 256 of key: the last four are padding.
        let padded = values[DIGITS - CHECKSUM_DIGITS - 1] & 0b1111 == 0;
        if padded && polymod(&values) == 1 {
            Ok(Recipient(text.into()))
        } else {
            Err(ParseRecipientError)
        }
    }
}

as_text!(Recipient);

/// The checksum of BIP 173 over `age` and the digits.
fn polymod(values: &[u8]) -> u32 {
    const GENERATORS: [u32; 5] = [0x3b6a_57b2, 0x2650_8e6d, 0x1ea1_19fa, 0x3d42_33dd, 0x2a14_62b3];
    let name = b"age";
    let expanded = name.iter().map(|byte| byte >> 5).chain([0]);
    let expanded = expanded.chain(name.iter().map(|byte| byte & 31));
    expanded.chain(values.iter().copied()).fold(1, |sum: u32, value| {
        let top = sum >> 25;
        let shifted = (sum & 0x01ff_ffff) << 5 ^ u32::from(value);
        let bits = (0..).zip(GENERATORS).filter(|(bit, _)| top >> bit & 1 == 1);
        bits.fold(shifted, |sum, (_, generator)| sum ^ generator)
    })
}

/// Why something is no access material.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AgeError {
    /// Too many bytes.
    #[error("must be at most 65536 bytes")]
    TooLarge,
    /// Not in age's armour.
    #[error("must be an age file in its armour: BEGIN AGE ENCRYPTED FILE, base 64 in lines of 64, END")]
    Armour,
    /// Not an age file of version 1.
    #[error("must be an age file of version 1: its version, stanzas and the line of its MAC")]
    Header,
    /// Not for exactly one X25519 recipient.
    #[error("must be encrypted to exactly one X25519 recipient and to nobody else")]
    Recipients,
    /// Nothing comes after the header.
    #[error("must have something encrypted after its header")]
    Empty,
}

/// Requires armoured access material: an age file of version 1 for exactly one X25519 recipient. A stanza of another type would let
/// somebody else read it, but for grease, which opens nothing.
///
/// # Errors
/// It is none.
pub fn check(armoured: &str) -> Result<(), AgeError> {
    if armoured.len() > ACCESS_BYTES_MAX {
        return Err(AgeError::TooLarge);
    }
    let bytes = unarmoured(armoured).ok_or(AgeError::Armour)?;
    let mut rest = bytes.as_slice();
    if line(&mut rest) != Some("age-encryption.org/v1") {
        return Err(AgeError::Header);
    }
    let mut recipients = 0_usize;
    loop {
        let head = line(&mut rest).ok_or(AgeError::Header)?;
        if let Some(mac) = head.strip_prefix("--- ") {
            // 32 bytes in base 64 without padding.
            if mac.len() != 43 || unpadded(mac).is_none() {
                return Err(AgeError::Header);
            }
            break;
        }
        let mut words = head.strip_prefix("-> ").ok_or(AgeError::Header)?.split(' ');
        let body = stanza_body(&mut rest).ok_or(AgeError::Header)?;
        match words.next() {
            Some("X25519") => {
                let share = words.next().and_then(unpadded).filter(|share| share.len() == 32);
                // The file key with its tag.
                if share.is_none() || words.next().is_some() || body.len() != 32 {
                    return Err(AgeError::Header);
                }
                recipients += 1;
            }
            Some(kind) if kind.ends_with("-grease") => {}
            Some(_) | None => return Err(AgeError::Recipients),
        }
    }
    if recipients != 1 {
        return Err(AgeError::Recipients);
    }
    // A nonce, and the tag of the last chunk.
    if rest.len() < 16 + 16 {
        Err(AgeError::Empty)
    } else {
        Ok(())
    }
}

fn unarmoured(text: &str) -> Option<Vec<u8>> {
    let mut lines = text.trim().lines();
    if lines.next()? != "-----BEGIN AGE ENCRYPTED FILE-----" {
        return None;
    }
    let mut digits = String::with_capacity(text.len());
    let mut full = true;
    for line in lines.by_ref() {
        if line == "-----END AGE ENCRYPTED FILE-----" {
            return lines.next().is_none().then(|| base64_bytes(&digits)).flatten();
        }
        // All lines but the last are full.
        if !full || line.is_empty() || line.len() > 64 {
            return None;
        }
        full = line.len() == 64;
        digits.push_str(line);
    }
    None
}

/// The next line, without its end.
fn line<'a>(rest: &mut &'a [u8]) -> Option<&'a str> {
    let end = rest.iter().position(|byte| *byte == b'\n')?;
    let (line, after) = rest.split_at(end);
    *rest = &after[1..];
    std::str::from_utf8(line).ok()
}

/// The body of a stanza: full lines of 64 digits and one that is shorter.
fn stanza_body(rest: &mut &[u8]) -> Option<Vec<u8>> {
    let mut digits = String::new();
    loop {
        let line = line(rest)?;
        digits.push_str(line);
        match line.len() {
            64 => {}
            0..64 => return unpadded(&digits),
            _ => return None,
        }
    }
}

/// Base 64 without padding.
fn unpadded(text: &str) -> Option<Vec<u8>> {
    if text.contains('=') {
        return None;
    }
    let padding = (4 - text.len() % 4) % 4;
    base64_bytes(&format!("{text}{}", &"==="[..padding]))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Of the specification's own example.
    const RECIPIENT: &str = "age1zvkyg2lqzraa2lnjvqej32nkuu0ues2s82hzrye869xeexvn73equnujwj";

    #[test]
    fn recipients_are_checked_to_the_last_digit() {
        assert_eq!(RECIPIENT.parse::<Recipient>().unwrap().to_string(), RECIPIENT);
        let changed = RECIPIENT.replace('0', "p");
        let upper = RECIPIENT.to_uppercase();
        for wrong in [&changed, &upper, &RECIPIENT[..61], "age1", "ssh-ed25519 AAAA"] {
            assert_eq!(wrong.parse::<Recipient>(), Err(ParseRecipientError), "{wrong}");
        }
    }

    fn base64(bytes: &[u8]) -> String {
        const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        let mut text = String::new();
        for group in bytes.chunks(3) {
            let number =
                group.iter().fold(0_u32, |number, byte| number << 8 | u32::from(*byte)) << (8 * (3 - group.len()));
            for place in 0..=group.len() {
                text.push(char::from(
                    DIGITS[usize::try_from(number >> (18 - 6 * place) & 63).unwrap()],
                ));
            }
        }
        text
    }

    /// An age file with these stanzas and something after its header.
    fn file(stanzas: &str, after: &[u8]) -> String {
        let header = format!("age-encryption.org/v1\n{stanzas}--- {}\n", base64(&[3; 32]));
        let bytes = [header.as_bytes(), after].concat();
        let mut digits = base64(&bytes);
        while !digits.len().is_multiple_of(4) {
            digits.push('=');
        }
        let lines: Vec<String> = digits
            .as_bytes()
            .chunks(64)
            .map(|line| String::from_utf8(line.to_vec()).unwrap())
            .collect();
        let lines = lines.join("\n");
        format!("-----BEGIN AGE ENCRYPTED FILE-----\n{lines}\n-----END AGE ENCRYPTED FILE-----\n")
    }

    #[test]
    fn exactly_one_recipient_may_read() {
        let own = format!("-> X25519 {}\n{}\n", base64(&[1; 32]), base64(&[2; 32]));
        let grease = "-> q}-grease 1 x\n\n";
        let scrypt = format!("-> scrypt {} 18\n{}\n", base64(&[1; 16]), base64(&[2; 32]));
        let some = [7; 40];
        assert_eq!(check(&file(&own, &some)), Ok(()));
        assert_eq!(check(&file(&format!("{grease}{own}{grease}"), &some)), Ok(()));
        assert_eq!(check(&file(&format!("{own}{own}"), &some)), Err(AgeError::Recipients));
        assert_eq!(
            check(&file(&format!("{own}{scrypt}"), &some)),
            Err(AgeError::Recipients)
        );
        assert_eq!(check(&file(grease, &some)), Err(AgeError::Recipients));
        assert_eq!(check(&file(&own, &some[..31])), Err(AgeError::Empty));
        assert_eq!(
            check(&file(&own.replace("X25519 ", "X25519 A"), &some)),
            Err(AgeError::Header)
        );
        assert_eq!(check("ssh-rsa AAAA"), Err(AgeError::Armour));
        let whole = file(&own, &some);
        assert_eq!(check(&whole.replace("-----END", "----END")), Err(AgeError::Armour));
        assert_eq!(check(&"x".repeat(ACCESS_BYTES_MAX + 1)), Err(AgeError::TooLarge));
    }
}
