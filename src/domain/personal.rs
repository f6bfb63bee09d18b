//! Numbers that name a person, such as must not stand where nothing can be erased.

use std::ops::Range;

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
    let plain: Vec<char> = text.chars().map(narrow).collect();
    found(&plain).first().map(|(_, what)| *what)
}

/// A text with an asterisk for each character of the numbers in it that name a person.
pub fn masked(text: &str) -> String {
    let plain: Vec<char> = text.chars().map(narrow).collect();
    let found = found(&plain);
    let hides = |place: usize| found.iter().any(|(span, _)| span.contains(&place));
    let letters = text.chars().enumerate();
    letters
        .map(|(place, letter)| if hides(place) { '*' } else { letter })
        .collect()
}

/// Where in a text numbers name a person: whole words first, then groups.
fn found(plain: &[char]) -> Vec<(Range<usize>, PersonalNumber)> {
    let words = words(plain);
    let text = |span: &Range<usize>| -> String { plain.iter().take(span.end).skip(span.start).collect() };
    let single = words.iter().filter_map(|span| {
        let what = of_word(&text(span))?;
        Some((span.clone(), what))
    });
    let grouped = words.windows(3).filter_map(|groups| {
        let [first, second, third] = groups else { return None };
        let joined = [(first, second), (second, third)].iter().all(|(one, next)| {
            let between = plain.get(one.end..next.start);
            matches!(between, Some([' ' | '-']))
        });
        let lengths = [first.len(), second.len(), third.len()];
        let is_one = joined && lengths == [3, 4, 4] && is_mobile(&(text(first) + &text(second) + &text(third)));
        is_one.then_some((first.start..third.end, PersonalNumber::Mobile))
    });
    single.chain(grouped).collect()
}

/// The words of letters and digits in a text.
fn words(plain: &[char]) -> Vec<Range<usize>> {
    let mut words: Vec<Range<usize>> = Vec::new();
    for (place, letter) in plain.iter().enumerate() {
        if !letter.is_ascii_alphanumeric() {
            continue;
        }
        match words.last_mut() {
            Some(word) if word.end == place => word.end += 1,
            Some(_) | None => words.push(place..place + 1),
        }
    }
    words
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

    #[test]
    fn such_numbers_are_masked_and_nothing_else() {
        for (text, expected) in [
            ("call 13812345678 or 0571-88157777", "call *********** or 0571-88157777"),
            ("联系人：１３８１２３４５６７８。", "联系人：***********。"),
            ("+86 138-1234-5678 and 13912345678", "+86 ************* and ***********"),
            ("电话:138-1234-5678", "电话:*************"),
            (
                "身份证11010519491231002x, trq_0000000000001",
                "身份证******************, trq_0000000000001",
            ),
            (
                "QT-org_0000000000002 914403001922038216",
                "QT-org_0000000000002 914403001922038216",
            ),
            ("", ""),
        ] {
            let found = masked(text);
            assert_eq!(found, expected);
            assert_eq!(personal_number(&found), None, "{found}");
        }
    }
}
