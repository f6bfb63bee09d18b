//! What a person may be called, and which passwords are good enough (NIST SP 800-63B: length and a list, no composition).

use sha2::{Digest as _, Sha256};

use crate::domain::secret::Secret;
use crate::domain::text::hex;
use crate::engine::rejection::{FieldErrors, FieldRule};

/// Longest name of a person or a key, in characters.
pub const NAME_CHARS_MAX: usize = 100;
/// Shortest password, in characters.
pub const PASSWORD_CHARS_MIN: usize = 12;
/// Longest password, in characters.
pub const PASSWORD_CHARS_MAX: usize = 128;
/// Longest e-mail address that mail can carry, in bytes.
const EMAIL_BYTES_MAX: usize = 254;
/// Longest part before the `@`, in bytes.
const LOCAL_BYTES_MAX: usize = 64;

/// What many people take where twelve characters are asked for.
const COMMONEST: [&str; 24] = [
    "123456123456",
    "123456789012",
    "1234567890123",
    "1234567890ab",
    "12345678910a",
    "123456789abc",
    "012345678910",
    "1q2w3e4r5t6y",
    "abc123456789",
    "abcdefghijkl",
    "administrator",
    "asdfghjkl123",
    "changeme1234",
    "hangzhou2026",
    "letmein12345",
    "p@ssw0rd1234",
    "password1234",
    "password12345",
    "passwordpassword",
    "q1w2e3r4t5y6",
    "qiantang1234",
    "qwerty123456",
    "qwertyuiop12",
    "woaini1314520",
];

/// What the journal keeps of who a user is: SHA-256 in hex of salt, address and name, with a zero byte between them.
pub fn identity_hash(salt: &Secret, email: &str, name: &str) -> String {
    let mut hasher = Sha256::new();
    hasher.update(salt.expose());
    hasher.update([0]);
    hasher.update(email);
    hasher.update([0]);
    hasher.update(name);
    hex(&hasher.finalize())
}

/// An address as it is compared and kept.
pub fn normal(email: &str) -> String {
    email.trim().to_lowercase()
}

/// Whether an address looks like one.
pub(in crate::app) fn check_email(errors: &mut FieldErrors, email: &str) {
    errors.require(
        is_email(email),
        "/email",
        FieldRule::Malformed,
        "is no e-mail address such as name@example.com",
    );
}

/// Whether a person can be called so.
pub(in crate::app) fn check_name(errors: &mut FieldErrors, name: &str) {
    errors.require(!name.trim().is_empty(), "/name", FieldRule::Empty, "must not be empty");
    let is_short = name.chars().count() <= NAME_CHARS_MAX;
    errors.require(
        is_short,
        "/name",
        FieldRule::TooMany,
        "must have at most 100 characters",
    );
    let is_plain = !name.chars().any(char::is_control);
    errors.require(
        is_plain,
        "/name",
        FieldRule::Malformed,
        "must not have control characters",
    );
}

pub(super) fn check_password(errors: &mut FieldErrors, pointer: &str, (password, email): (&Secret, &str)) {
    let text = password.expose();
    let chars = text.chars().count();
    let long_enough = chars >= PASSWORD_CHARS_MIN;
    errors.require(
        long_enough,
        pointer,
        FieldRule::TooSmall,
        "must have at least 12 characters",
    );
    let short_enough = chars <= PASSWORD_CHARS_MAX;
    errors.require(
        short_enough,
        pointer,
        FieldRule::TooMany,
        "must have at most 128 characters",
    );
    let lower = text.to_lowercase();
    errors.require(
        lower != email,
        pointer,
        FieldRule::Taken,
        "must not be the e-mail address",
    );
    let mut letters = lower.chars();
    let first = letters.next();
    let is_common = COMMONEST.contains(&lower.as_str()) || letters.all(|letter| Some(letter) == first);
    errors.require(!is_common, pointer, FieldRule::Taken, "is one that many people take");
}

fn is_email(text: &str) -> bool {
    let Some((local, domain)) = text.split_once('@') else {
        return false;
    };
    let plain = |byte: u8| byte.is_ascii_graphic() && !matches!(byte, b'@' | b'"' | b'<' | b'>' | b',' | b';' | b'\\');
    let label = |label: &str| {
        let inside = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
        !label.is_empty() && label.len() <= 63 && label.bytes().all(inside)
    };
    text.len() <= EMAIL_BYTES_MAX
        && (1..=LOCAL_BYTES_MAX).contains(&local.len())
        && local.bytes().all(plain)
        && domain.contains('.')
        && domain.split('.').all(label)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_have_a_form() {
        for (text, good) in [
            ("a@b.cn", true),
            ("li.lei+q@hz.example.cn", true),
            ("a@b", false),
            ("@b.cn", false),
            ("a@@b.cn", false),
            ("a b@b.cn", false),
            ("a@b..cn", false),
            ("a@b.cn\n", false),
            ("李@b.cn", false),
            ("", false),
        ] {
            assert_eq!(is_email(text), good, "{text:?}");
        }
        assert!(!is_email(&format!("{}@b.cn", "a".repeat(65))));
        assert!(!is_email(&format!("a@{}.cn", "b.".repeat(130))));
    }

    #[test]
    fn passwords_are_long_and_uncommon() {
        for (text, good) in [
            ("correct horse", true),
            ("一二三四五六七八九十甲乙", true),
            ("elevenchars", false),
            ("Password1234", false),
            ("zzzzzzzzzzzzzzz", false),
            ("Lilei@example.cn", false),
            ("", false),
        ] {
            let mut errors = FieldErrors::default();
            check_password(&mut errors, "/password", (&Secret::new(text), "lilei@example.cn"));
            assert_eq!(errors.check().is_ok(), good, "{text:?}");
        }
        for (length, good) in [(12, true), (128, true), (129, false)] {
            let mut errors = FieldErrors::default();
            let password: String = "ab".chars().cycle().take(length).collect();
            check_password(&mut errors, "/password", (&Secret::new(password), "lilei@example.cn"));
            assert_eq!(errors.check().is_ok(), good, "{length}");
        }
    }

    #[test]
    fn the_journal_keeps_a_hash_of_salt_address_and_name() {
        let hash = identity_hash(&Secret::new("00"), "a@b.cn", "李雷");
        let expected: [u8; 32] = Sha256::digest("00\0a@b.cn\0李雷".as_bytes()).into();
        assert_eq!(hash, hex(&expected));
    }
}
