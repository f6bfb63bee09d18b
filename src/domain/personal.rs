//! Numbers that name a person, such as must not stand where nothing can be erased.

use super::uscc::Uscc;

/// What a text gives away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PersonalNumber {
    /// The number of a resident's identity card, GB 11643-1999.
    ResidentId,
    /// The number of a Chinese mobile telephone: eleven digits, the first two 13 to 19.
    Mobile,
}

/// Digits of a resident's identity number.
const RESIDENT_ID_DIGITS: usize = 18;
/// What each of its first seventeen digits counts, GB 11643-1999.
const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
/// What its last character is, by the sum modulo 11.
const CHECKS: &[u8; 11] = b"10X98765432";

/// The first number in a text that names a person, if any. Only whole words of letters and digits count, so that hashes and references
/// in which such digits happen to stand are none; digits may be full-width, and a mobile number may come in groups.
pub fn personal_number(text: &str) -> Option<PersonalNumber> {
    let plain: String = text.chars().map(narrow).collect();
    let words: Vec<&str> = plain
        .split(|letter: char| !letter.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty())
        .collect();
    let single = words.iter().find_map(|word| of_word(word));
    let grouped = || {
        let groups = plain.split([' ', '-']).collect::<Vec<&str>>();
        groups.windows(3).any(|group| {
            let lengths: Vec<usize> = group.iter().map(|digits| digits.len()).collect();
            lengths == [3, 4, 4] && is_mobile(&group.concat())
        })
    };
    single.or_else(|| grouped().then_some(PersonalNumber::Mobile))
}

/// A full-width digit or letter as a plain one.
fn narrow(letter: char) -> char {
    let code = u32::from(letter);
    if (0xff01..=0xff5e).contains(&code) {
        char::from_u32(code - 0xfee0).unwrap_or(letter)
    } else {
        letter
    }
}

fn of_word(word: &str) -> Option<PersonalNumber> {
    let national = word.strip_prefix("86").or_else(|| word.strip_prefix("0086"));
    if is_mobile(word) || national.is_some_and(is_mobile) {
        Some(PersonalNumber::Mobile)
    } else if is_resident_id(word) {
        Some(PersonalNumber::ResidentId)
    } else {
        None
    }
}

fn is_mobile(digits: &str) -> bool {
    let bytes = digits.as_bytes();
    bytes.len() == 11 && bytes.iter().all(u8::is_ascii_digit) && matches!(bytes, [b'1', b'3'..=b'9', ..])
}

/// Eighteen digits, the last of which may be an X and checks the others, with a date of birth in the middle; a unified social credit
/// code is none.
fn is_resident_id(word: &str) -> bool {
    let bytes = word.as_bytes();
    if bytes.len() != RESIDENT_ID_DIGITS || word.parse::<Uscc>().is_ok() {
        return false;
    }
    let (Some(digits), Some(last)) = (bytes.get(..17), bytes.last()) else {
        return false;
    };
    if !digits.iter().all(u8::is_ascii_digit) {
        return false;
    }
    let value = |from: usize, until: usize| word.get(from..until).and_then(|part| part.parse::<u32>().ok());
    let born = value(6, 10).is_some_and(|year| (1_850..=2_150).contains(&year))
        && value(10, 12).is_some_and(|month| (1..=12).contains(&month))
        && value(12, 14).is_some_and(|day| (1..=31).contains(&day));
    let sum: u32 = digits
        .iter()
        .zip(WEIGHTS)
        .map(|(digit, weight)| u32::from(digit - b'0') * weight)
        .sum();
    let check = usize::try_from(sum % 11).ok().and_then(|place| CHECKS.get(place));
    born && check == Some(&last.to_ascii_uppercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_names_a_person_is_found() {
        for (text, expected) in [
            ("call 13812345678", Some(PersonalNumber::Mobile)),
            ("联系人：１３８１２３４５６７８", Some(PersonalNumber::Mobile)),
            ("+86 138-1234-5678", Some(PersonalNumber::Mobile)),
            ("tel. 8613812345678", Some(PersonalNumber::Mobile)),
            // The example of GB 11643-1999.
            ("id 11010519491231002X", Some(PersonalNumber::ResidentId)),
            ("身份证11010519491231002x。", Some(PersonalNumber::ResidentId)),
            ("id 110105194912310021", None),
            ("invoice 12345678901 of 2026-11-23", None),
            ("914403001922038216", None),
            ("0571-88157777", None),
            ("sha256 13812345678ab", None),
            ("138123456789", None),
            ("training of a model", None),
        ] {
            assert_eq!(personal_number(text), expected, "{text}");
        }
    }
}
