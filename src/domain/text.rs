//! How values are written as text: what several kinds of them have in common.

/// Crockford's base 32: no I, L, O, U, and the digits sort like the numbers.
const DIGITS: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
/// Digits of every number of 64 bits.
pub const DIGIT_COUNT: usize = 13;

/// A number in Crockford's base 32, with leading zeros.
pub fn base32(number: u64) -> [u8; DIGIT_COUNT] {
    let mut digits = [b'0'; DIGIT_COUNT];
    let mut left = number;
    for digit in digits.iter_mut().rev() {
        *digit = usize::try_from(left & 31).map_or(b'0', |value| DIGITS[value]);
        left >>= 5;
    }
    digits
}

/// The number that [`base32`] writes so; none of any other text.
pub fn base32_number(text: &str) -> Option<u64> {
    if text.len() != DIGIT_COUNT {
        return None;
    }
    text.bytes().try_fold(0_u64, |number, byte| {
        let value = DIGITS.iter().position(|&digit| digit == byte)?;
        number.checked_mul(32)?.checked_add(u64::try_from(value).ok()?)
    })
}

/// Bytes in lower-case hex.
pub fn hex(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(2 * bytes.len());
    for byte in bytes {
        for digit in [byte >> 4, byte & 15] {
            text.push(char::from_digit(u32::from(digit), 16).unwrap_or_default());
        }
    }
    text
}

/// Bytes in base 64 with padding (RFC 4648, section 4).
pub fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let group = (0..3).fold(0_u32, |group, place| {
            group << 8 | u32::from(chunk.get(place).copied().unwrap_or(0))
        });
        for place in 0..4 {
            let letter = usize::try_from(group >> (18 - 6 * place) & 63).unwrap_or(0);
            text.push(if place <= chunk.len() {
                char::from(LETTERS[letter])
            } else {
                '='
            });
        }
    }
    text
}

/// What base 64 with padding (RFC 4648, section 4) stands for; none of any other text.
pub fn base64_bytes(text: &str) -> Option<Vec<u8>> {
    let value = |byte: u8| match byte {
        b'A'..=b'Z' => Some(u32::from(byte - b'A')),
        b'a'..=b'z' => Some(u32::from(byte - b'a') + 26),
        b'0'..=b'9' => Some(u32::from(byte - b'0') + 52),
        b'+' => Some(62),
        b'/' => Some(63),
        _ => None,
    };
    let (groups, []) = text.as_bytes().as_chunks::<4>() else {
        return None;
    };
    let mut bytes = Vec::with_capacity(groups.len() * 3);
    for (index, group) in groups.iter().enumerate() {
        let padding = group.iter().rev().take_while(|byte| **byte == b'=').count();
        if padding > 2 || padding > 0 && index + 1 < groups.len() {
            return None;
        }
        let digits = &group[..4 - padding];
        let number = digits
            .iter()
            .try_fold(0, |number, byte| Some(number << 6 | value(*byte)?))?;
        let [_, all @ ..] = (number << (6 * padding)).to_be_bytes();
        bytes.extend_from_slice(&all[..3 - padding]);
    }
    Some(bytes)
}

/// Lets serde write a type by its `Display` and read it by its `FromStr`.
macro_rules! as_text {
    ($type:ty) => {
        impl serde::Serialize for $type {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        $crate::domain::text::read_as_text!($type);
    };
}

/// The half of [`as_text`] that reads.
macro_rules! read_as_text {
    ($type:ty) => {
        impl<'de> serde::Deserialize<'de> for $type {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = <std::borrow::Cow<'de, str> as serde::Deserialize>::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}

pub(crate) use {as_text, read_as_text};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base_64_is_read_as_it_is_written_elsewhere() {
        // RFC 4648, section 10.
        for (text, bytes) in [
            ("", ""),
            ("Zg==", "f"),
            ("Zm8=", "fo"),
            ("Zm9v", "foo"),
            ("Zm9vYmE=", "fooba"),
            ("Zm9vYmFy", "foobar"),
        ] {
            assert_eq!(base64_bytes(text), Some(bytes.into()), "{text}");
            assert_eq!(base64(bytes.as_bytes()), text);
        }
        assert_eq!(base64_bytes("+/8A"), Some(vec![0xfb, 0xff, 0x00]));
        for wrong in ["Z", "Zg=", "Z===", "Zg==Zg==", "Zm9-", "Zm\n9v"] {
            assert_eq!(base64_bytes(wrong), None, "{wrong}");
        }
    }
}
