//! Signed notes (C2SP signed-note): a text, an empty line, and the signatures.

use super::key::{KeyError, KeyKind, Signer, Verifier};
use crate::domain::text::{base64, base64_bytes};
use crate::domain::time::Timestamp;

/// Longest note, in bytes: a checkpoint has some hundreds.
pub const NOTE_BYTES_MAX: usize = 65_536;
/// Most signatures of a note.
pub const SIGNATURES_MAX: usize = 100;
/// What a signature line begins with: an em dash and a space.
const DASH: &str = "\u{2014} ";

/// Why a note counts for nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoteError {
    /// It has not the form of one.
    #[error("is no signed note: {0}")]
    Malformed(&'static str),
    /// A key that is known has not signed this text.
    #[error("the signature of {0} is wrong: the text or the signature was changed")]
    WrongSignature(String),
    /// No key that is known has signed it.
    #[error("no key that is trusted here has signed it")]
    Unsigned,
    /// A key of the right name and identifier cannot be used.
    #[error(transparent)]
    Key(#[from] KeyError),
}

/// A text and who has signed it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// What is signed; it ends with a line end.
    pub text: String,
    /// The signatures, in their order.
    pub signatures: Vec<Signature>,
}

/// A signature: whose, and the bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signature {
    /// The key's name.
    pub name: String,
    /// The key's identifier.
    pub id: u32,
    /// What the key has made of the text.
    pub bytes: Vec<u8>,
}

/// A signature that was checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signed<'a> {
    /// By whom.
    pub by: &'a Verifier,
    /// When, in seconds since 1970, where the signature says it.
    pub at_seconds: Option<u64>,
}

impl Signature {
    /// What a key makes of a text; a witness's key says when.
    pub fn of(signer: &Signer, text: &str, at: Timestamp) -> Signature {
        let verifier = signer.verifier();
        let bytes = match verifier.kind() {
            KeyKind::Ed25519 | KeyKind::Sm2 => signer.sign(text.as_bytes()),
            KeyKind::Cosignature => {
                let seconds = u64::try_from(at.micros().div_euclid(1_000_000)).unwrap_or(0);
                let signature = signer.sign(cosigned(text, seconds).as_bytes());
                [&seconds.to_be_bytes()[..], &signature].concat()
            }
        };
        Signature {
            name: verifier.name().to_owned(),
            id: verifier.id(),
            bytes,
        }
    }

    /// Reads a signature line, with or without its line end.
    ///
    /// # Errors
    /// It is none.
    pub fn parse(line: &str) -> Result<Signature, NoteError> {
        let malformed = || NoteError::Malformed("a signature line must be a dash, a name and base64");
        let rest = line.strip_suffix('\n').unwrap_or(line).strip_prefix(DASH);
        let (name, encoded) = rest.and_then(|rest| rest.split_once(' ')).ok_or_else(malformed)?;
        let bytes = base64_bytes(encoded).ok_or_else(malformed)?;
        let (id, bytes) = bytes.split_first_chunk::<4>().ok_or_else(malformed)?;
        let is_name = !name.is_empty() && !name.chars().any(|letter| letter.is_whitespace() || letter == '+');
        if !is_name || bytes.is_empty() {
            return Err(malformed());
        }
        Ok(Signature {
            name: name.to_owned(),
            id: u32::from_be_bytes(*id),
            bytes: bytes.to_vec(),
        })
    }

    /// The line, with its line end.
    pub fn line(&self) -> String {
        let bytes = [&self.id.to_be_bytes()[..], &self.bytes].concat();
        format!("{DASH}{} {}\n", self.name, base64(&bytes))
    }

    /// Whether it claims to be made with this key.
    pub fn names(&self, key: &Verifier) -> bool {
        self.name == key.name() && self.id == key.id()
    }

    /// Checks that a key has signed `text`.
    ///
    /// # Errors
    /// It has not.
    pub fn check<'a>(&self, key: &'a Verifier, text: &str) -> Result<Signed<'a>, NoteError> {
        let wrong = || NoteError::WrongSignature(key.name().to_owned());
        let (at_seconds, holds) = match key.kind() {
            KeyKind::Ed25519 | KeyKind::Sm2 => (None, key.has_signed(text.as_bytes(), &self.bytes)),
            KeyKind::Cosignature => {
                let (seconds, signature) = self.bytes.split_first_chunk::<8>().ok_or_else(wrong)?;
                let seconds = u64::from_be_bytes(*seconds);
                let holds = key.has_signed(cosigned(text, seconds).as_bytes(), signature);
                (Some(seconds), holds && seconds <= i64::MAX.unsigned_abs())
            }
        };
        if holds && self.names(key) {
            Ok(Signed { by: key, at_seconds })
        } else {
            Err(wrong())
        }
    }
}

/// What a witness signs (C2SP tlog-cosignature).
fn cosigned(text: &str, seconds: u64) -> String {
    format!("cosignature/v1\ntime {seconds}\n{text}")
}

impl Note {
    /// Signs a text, which must end with a line end and have no control characters.
    pub fn sign<'a>(text: String, signers: impl IntoIterator<Item = &'a Signer>, at: Timestamp) -> Note {
        let signatures = signers
            .into_iter()
            .map(|signer| Signature::of(signer, &text, at))
            .collect();
        Note { text, signatures }
    }

    /// Reads a note. Nothing in it counts before [`Note::check`].
    ///
    /// # Errors
    /// It has not the form of one.
    pub fn parse(note: &str) -> Result<Note, NoteError> {
        let malformed = |reason| Err(NoteError::Malformed(reason));
        if note.len() > NOTE_BYTES_MAX {
            return malformed("it is too long");
        }
        if note.bytes().any(|byte| byte < 0x20 && byte != b'\n') {
            return malformed("it has control characters");
        }
        let Some(end) = note.rfind("\n\n") else {
            return malformed("it has no empty line before the signatures");
        };
        let (text, lines) = (&note[..=end], &note[end + 2..]);
        if lines.is_empty() || !lines.ends_with('\n') {
            return malformed("a signature line is cut");
        }
        if lines.lines().count() > SIGNATURES_MAX {
            return malformed("it has too many signatures");
        }
        Ok(Note {
            text: text.to_owned(),
            signatures: lines.lines().map(Signature::parse).collect::<Result<_, _>>()?,
        })
    }

    /// Checks the signatures of the keys that are trusted; others count for nothing, whatever they say.
    ///
    /// # Errors
    /// One of them is wrong, or there is none.
    pub fn check<'a>(&self, trusted: &'a [Verifier]) -> Result<Vec<Signed<'a>>, NoteError> {
        let mut signed = Vec::new();
        for signature in &self.signatures {
            if let Some(key) = trusted.iter().find(|key| signature.names(key)) {
                signed.push(signature.check(key, &self.text)?);
            }
        }
        if signed.is_empty() {
            return Err(NoteError::Unsigned);
        }
        Ok(signed)
    }

    /// The note as it is stored and sent.
    pub fn written(&self) -> String {
        let mut note = format!("{}\n", self.text);
        self.signatures
            .iter()
            .for_each(|signature| note.push_str(&signature.line()));
        note
    }
}

#[cfg(test)]
#[path = "note_tests.rs"]
mod tests;
