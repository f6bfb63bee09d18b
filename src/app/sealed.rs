//! Personal data of applications and the like: sealed for the journal, kept beside it, read with leave, erased for good.

use sha2::{Digest, Sha256};

use super::identity::person::{check_email, check_name};
use super::problem::Problem;
use super::random::{self, NoRandomness};
use super::readers::{PooledReader, ReadError};
use crate::domain::fingerprint::Fingerprint;
use crate::domain::id::OrgId;
use crate::domain::sealed::{Contact, Sealed};
use crate::domain::secret::Secret;
use crate::engine::Rejection;
use crate::engine::rejection::{FieldErrors, FieldRule};
use crate::store::sealed;

/// Fewest and most characters of a telephone number (ITU-T E.164 has 15 digits at most; people write blanks and hyphens).
const PHONE_CHARS: std::ops::RangeInclusive<usize> = 5..=20;

/// Why something cannot be sealed.
#[derive(Debug, thiserror::Error)]
pub enum SealError {
    /// Fields break rules.
    #[error(transparent)]
    Rejected(#[from] Rejection),
    /// The machine gives no randomness.
    #[error(transparent)]
    NoRandomness(#[from] NoRandomness),
    /// It has no JSON form, which would be a defect.
    #[error("it cannot be written as JSON")]
    Unwritable,
}

impl From<&SealError> for Problem {
    fn from(error: &SealError) -> Problem {
        match error {
            SealError::Rejected(rejection) => Problem::from(rejection),
            SealError::NoRandomness(_) | SealError::Unwritable => {
                Problem::from(&Rejection::Fault("nothing can be sealed"))
            }
        }
    }
}

/// Seals a contact of an organisation: the fingerprint goes into the command, the rest beside it (`Request::seals`). `pointer` is
/// where the contact stands in the body.
///
/// # Errors
/// Its fields break rules; the machine gives no randomness.
pub fn seal(org: OrgId, contact: &Contact, pointer: &str) -> Result<(Fingerprint, Sealed), SealError> {
    check(contact, pointer)?;
    let salt = random::secret()?;
    let content = Secret::new(serde_json::to_string(contact).map_err(|_| SealError::Unwritable)?);
    let hash = fingerprint(&salt, &content);
    let sealed = Sealed {
        hash,
        org,
        salt,
        content,
    };
    Ok((hash, sealed))
}

/// Seals a text that is encrypted already, so that it can be erased.
///
/// # Errors
/// The machine gives no randomness.
pub fn seal_text(org: OrgId, text: String) -> Result<Sealed, SealError> {
    let salt = random::secret()?;
    let content = Secret::new(text);
    let hash = fingerprint(&salt, &content);
    Ok(Sealed {
        hash,
        org,
        salt,
        content,
    })
}

/// SHA-256 of the salt and the content, one after the other.
pub fn fingerprint(salt: &Secret, content: &Secret) -> Fingerprint {
    let hasher = Sha256::new().chain_update(salt.expose()).chain_update(content.expose());
    Fingerprint(hasher.finalize().into())
}

/// The contact with a fingerprint; none: it was erased, or there never was such a one. Whoever calls this has asked for leave, and
/// writes to the log who reads what.
///
/// # Errors
/// The database cannot be read; what it has is not what was sealed.
pub fn contact(reader: &mut PooledReader, hash: Fingerprint) -> Result<Option<Contact>, ReadError> {
    let Some(found) = sealed::find(&mut reader.reader, hash)? else {
        return Ok(None);
    };
    if fingerprint(&found.salt, &found.content) != hash {
        return Err(ReadError::Unavailable(format!("what is sealed as {hash} was altered")));
    }
    let contact = serde_json::from_str(found.content.expose());
    contact
        .map(Some)
        .map_err(|error| ReadError::Unavailable(format!("what is sealed as {hash} cannot be read: {error}")))
}

/// The salt and the text with a fingerprint; none: it was erased, or there never was such a one.
///
/// # Errors
/// The database cannot be read; what it has is not what was sealed.
pub fn text(reader: &mut PooledReader, hash: Fingerprint) -> Result<Option<(Secret, Secret)>, ReadError> {
    let Some(found) = sealed::find(&mut reader.reader, hash)? else {
        return Ok(None);
    };
    if fingerprint(&found.salt, &found.content) != hash {
        return Err(ReadError::Unavailable(format!("what is sealed as {hash} was altered")));
    }
    Ok(Some((found.salt, found.content)))
}

fn check(contact: &Contact, pointer: &str) -> Result<(), Rejection> {
    let mut errors = FieldErrors::default();
    check_name(&mut errors, &contact.name);
    check_email(&mut errors, &contact.email);
    let plain = |letter: char| letter.is_ascii_digit() || matches!(letter, '+' | '-' | ' ');
    let is_phone = PHONE_CHARS.contains(&contact.phone.len()) && contact.phone.chars().all(plain);
    errors.require(
        is_phone,
        "/phone",
        FieldRule::Malformed,
        "must be 5 to 20 digits, with +, - and blanks",
    );
    match errors.check() {
        Err(Rejection::Invalid(mut found)) => {
            for error in &mut found {
                error.pointer = format!("{pointer}{}", error.pointer);
            }
            Err(Rejection::Invalid(found))
        }
        checked => checked,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn li_lei() -> Contact {
        Contact {
            name: "李雷".to_owned(),
            phone: "+86 571 0000 0000".to_owned(),
            email: "lilei@example.cn".to_owned(),
        }
    }

    #[test]
    fn the_same_contact_never_has_the_same_hash() {
        let seal = || seal(OrgId(1), &li_lei(), "/contact").unwrap();
        let (one, other) = (seal(), seal());
        assert_ne!(one.0, other.0);
        assert_eq!(one.0, fingerprint(&one.1.salt, &one.1.content));
        assert_ne!(one.0, fingerprint(&other.1.salt, &one.1.content));
        assert!(!format!("{:?} {:?}", li_lei(), one.1).contains("lilei"));
    }

    #[test]
    fn what_is_wrong_with_a_contact_is_named_where_it_stands() {
        let mut contact = li_lei();
        (contact.phone, contact.email) = ("call me".to_owned(), "lilei".to_owned());
        let Err(SealError::Rejected(Rejection::Invalid(errors))) = seal(OrgId(1), &contact, "/contact") else {
            panic!("must refuse");
        };
        let pointers: Vec<&str> = errors.iter().map(|error| error.pointer.as_str()).collect();
        assert_eq!(pointers, ["/contact/email", "/contact/phone"]);
    }
}
