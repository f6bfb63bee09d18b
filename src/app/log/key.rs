//! Keys that sign notes, written as the specification signed-note does: `<name>+<id>+<base64 of type and key>`.

use std::fmt;
use std::str::FromStr;

use aws_lc_rs::signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey};
use sha2::{Digest, Sha256};
use sm2::dsa::signature::{Signer as _, Verifier as _};
use sm2::dsa::{Signature as Sm2Signature, SigningKey as Sm2SigningKey, VerifyingKey as Sm2VerifyingKey};

use crate::app::random;
use crate::domain::log::Suite;
use crate::domain::secret::Secret;
use crate::domain::text::{base64, base64_bytes, hex};

/// What a private key begins with.
const PRIVATE: &str = "PRIVATE+KEY+";
/// Who signs, where GB/T 32918 asks for it and nobody says (GM/T 0009, section 10).
const SM2_IDENTITY: &str = "1234567812345678";
/// The type of our SM2 signatures: no byte is assigned to them, so that the specification asks for 0xff and a name.
const SM2_TYPE: &[u8] = b"\xffqiantang/sm2-sm3";
/// Longest name of a key, in bytes.
pub const NAME_BYTES_MAX: usize = 255;

/// What a key signs, and how.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyKind {
    /// Notes, with Ed25519.
    Ed25519,
    /// Notes, with SM2 over SM3.
    Sm2,
    /// Checkpoints of others, with the time and Ed25519: cosignature/v1.
    Cosignature,
}

impl KeyKind {
    /// The type before the key, where it is written, and before the key's hash.
    fn prefix(self) -> &'static [u8] {
        match self {
            KeyKind::Ed25519 => &[1],
            KeyKind::Sm2 => SM2_TYPE,
            KeyKind::Cosignature => &[4],
        }
    }

    fn split(typed: &[u8]) -> Option<(KeyKind, &[u8])> {
        [KeyKind::Ed25519, KeyKind::Sm2, KeyKind::Cosignature]
            .into_iter()
            .find_map(|kind| Some((kind, typed.strip_prefix(kind.prefix())?)))
    }
}

impl From<Suite> for KeyKind {
    fn from(suite: Suite) -> KeyKind {
        match suite {
            Suite::Sha256Ed25519 => KeyKind::Ed25519,
            Suite::Sm3Sm2 => KeyKind::Sm2,
        }
    }
}

/// A text is no key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// It has another form.
    #[error("is no key: must be <name>+<8 hex digits>+<base64>")]
    Malformed,
    /// The name cannot be that of a key.
    #[error("a key's name must have 1 to {NAME_BYTES_MAX} bytes, without spaces, + and control characters")]
    Name,
    /// It is of a kind that is not known here.
    #[error("the key is of a kind that is not known here")]
    Kind,
    /// The identifier does not fit the key.
    #[error("the key's identifier does not fit: it was changed or cut")]
    Id,
    /// It is a private key, where a public one belongs, or the other way round.
    #[error("a private key stands where a public one belongs, or the other way round")]
    Side,
    /// No key can be made.
    #[error("no key can be made")]
    NotMade,
}

/// The public half of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verifier {
    name: String,
    id: u32,
    kind: KeyKind,
    public: Vec<u8>,
}

/// The identifier of a key: with its name it says which key has signed.
fn id(name: &str, kind: KeyKind, public: &[u8]) -> u32 {
    let hash = Sha256::new()
        .chain_update(name)
        .chain_update(b"\n")
        .chain_update(kind.prefix())
        .chain_update(public)
        .finalize();
    hash.iter().take(4).fold(0, |id, byte| id << 8 | u32::from(*byte))
}

impl Verifier {
    fn new(name: &str, kind: KeyKind, public: Vec<u8>) -> Result<Verifier, KeyError> {
        let is_letter = |letter: char| !letter.is_whitespace() && !letter.is_control() && letter != '+';
        if name.is_empty() || name.len() > NAME_BYTES_MAX || !name.chars().all(is_letter) {
            return Err(KeyError::Name);
        }
        let fits = match kind {
            KeyKind::Ed25519 | KeyKind::Cosignature => public.len() == 32,
            KeyKind::Sm2 => Sm2VerifyingKey::from_sec1_bytes(SM2_IDENTITY, &public).is_ok(),
        };
        if !fits {
            return Err(KeyError::Malformed);
        }
        Ok(Verifier {
            id: id(name, kind, &public),
            name: name.to_owned(),
            kind,
            public,
        })
    }

    /// Whose key it is: of a log, its origin.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The first four bytes of the hash of name, type and key.
    pub fn id(&self) -> u32 {
        self.id
    }

    /// What it signs.
    pub fn kind(&self) -> KeyKind {
        self.kind
    }

    /// The algorithms of a log that signs with it; none of a witness's key.
    pub fn suite(&self) -> Option<Suite> {
        match self.kind {
            KeyKind::Ed25519 => Some(Suite::Sha256Ed25519),
            KeyKind::Sm2 => Some(Suite::Sm3Sm2),
            KeyKind::Cosignature => None,
        }
    }

    /// Whether the key has signed these bytes.
    pub(super) fn has_signed(&self, message: &[u8], signature: &[u8]) -> bool {
        match self.kind {
            KeyKind::Ed25519 | KeyKind::Cosignature => UnparsedPublicKey::new(&ED25519, &self.public)
                .verify(message, signature)
                .is_ok(),
            KeyKind::Sm2 => {
                let key = Sm2VerifyingKey::from_sec1_bytes(SM2_IDENTITY, &self.public);
                let signature = Sm2Signature::from_slice(signature);
                key.ok()
                    .zip(signature.ok())
                    .is_some_and(|(key, signature)| key.verify(message, &signature).is_ok())
            }
        }
    }
}

impl fmt::Display for Verifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", written(self, &self.public))
    }
}

fn written(verifier: &Verifier, key: &[u8]) -> String {
    let typed = [verifier.kind.prefix(), key].concat();
    let id = hex(&verifier.id.to_be_bytes());
    format!("{}+{id}+{}", verifier.name, base64(&typed))
}

/// Name, identifier, kind and key of a written key.
fn parts(text: &str) -> Result<(&str, u32, KeyKind, Vec<u8>), KeyError> {
    let mut parts = text.trim().splitn(3, '+');
    let (name, id, key) = match (parts.next(), parts.next(), parts.next()) {
        (Some(name), Some(id), Some(key)) => (name, id, key),
        _ => return Err(KeyError::Malformed),
    };
    let is_hex = id.len() == 8 && id.bytes().all(|byte| byte.is_ascii_hexdigit());
    let id = u32::from_str_radix(id, 16).ok().filter(|_| is_hex);
    let typed = base64_bytes(key).ok_or(KeyError::Malformed)?;
    let (kind, key) = KeyKind::split(&typed).ok_or(KeyError::Kind)?;
    Ok((name, id.ok_or(KeyError::Malformed)?, kind, key.to_vec()))
}

impl FromStr for Verifier {
    type Err = KeyError;

    fn from_str(text: &str) -> Result<Verifier, KeyError> {
        if text.trim().starts_with(PRIVATE) {
            return Err(KeyError::Side);
        }
        let (name, id, kind, public) = parts(text)?;
        let verifier = Verifier::new(name, kind, public)?;
        if verifier.id == id {
            Ok(verifier)
        } else {
            Err(KeyError::Id)
        }
    }
}

enum Private {
    Ed25519(Ed25519KeyPair),
    Sm2(Box<Sm2SigningKey>),
}

/// A key that signs.
pub struct Signer {
    verifier: Verifier,
    private: Private,
    seed: Secret,
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Signer").field(&self.verifier.to_string()).finish()
    }
}

impl Signer {
    /// A new key of this name.
    ///
    /// # Errors
    /// The name cannot be that of a key, or the machine gives no randomness.
    pub fn generate(name: &str, kind: KeyKind) -> Result<Signer, KeyError> {
        // Of SM2, a number that is 0 or not below the group's order is no key; that is as likely as a stroke of lightning.
        let seed = random::bytes::<32>().map_err(|_| KeyError::NotMade)?;
        Signer::of(name, kind, &seed)
    }

    /// The key in a private key's text.
    ///
    /// # Errors
    /// It is none.
    pub fn parse(text: &Secret) -> Result<Signer, KeyError> {
        let text = text.expose().trim().strip_prefix(PRIVATE).ok_or(KeyError::Side)?;
        let (name, id, kind, seed) = parts(text)?;
        let signer = Signer::of(name, kind, &seed)?;
        if signer.verifier.id == id {
            Ok(signer)
        } else {
            Err(KeyError::Id)
        }
    }

    fn of(name: &str, kind: KeyKind, seed: &[u8]) -> Result<Signer, KeyError> {
        let (private, public) = match kind {
            KeyKind::Ed25519 | KeyKind::Cosignature => {
                let pair = Ed25519KeyPair::from_seed_unchecked(seed).map_err(|_| KeyError::Malformed)?;
                let public = pair.public_key().as_ref().to_vec();
                (Private::Ed25519(pair), public)
            }
            KeyKind::Sm2 => {
                let key = Sm2SigningKey::from_slice(SM2_IDENTITY, seed).map_err(|_| KeyError::Malformed)?;
                let public = key.verifying_key().to_sec1_bytes().to_vec();
                (Private::Sm2(Box::new(key)), public)
            }
        };
        let verifier = Verifier::new(name, kind, public)?;
        let seed = Secret::new(format!("{PRIVATE}{}", written(&verifier, seed)));
        Ok(Signer {
            verifier,
            private,
            seed,
        })
    }

    /// The public half.
    pub fn verifier(&self) -> &Verifier {
        &self.verifier
    }

    /// The private key's text, for the file that it is kept in.
    pub fn text(&self) -> &Secret {
        &self.seed
    }

    pub(super) fn sign(&self, message: &[u8]) -> Vec<u8> {
        match &self.private {
            Private::Ed25519(pair) => pair.sign(message).as_ref().to_vec(),
            Private::Sm2(key) => key.sign(message).to_bytes().to_vec(),
        }
    }
}
