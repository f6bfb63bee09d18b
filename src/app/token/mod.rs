//! Access tokens: JWTs that our own Ed25519 keys sign, for ten minutes.
//!
//! A token says who was let in; the session that it names says whether that still holds, at every request.

mod cache;
mod claims;
pub mod key_ring;

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{Algorithm, Header, Validation};

pub use claims::Claims;
use key_ring::{KeyRing, KeyRingError};

use self::cache::{Cache, Known};
use super::permission::Caller;
use super::random::{self, NoRandomness};
use crate::domain::secret::Secret;
use crate::domain::text::hex;
use crate::domain::time::Timestamp;

/// Longest token that is looked at, in bytes.
pub const TOKEN_BYTES_MAX: usize = 4_096;
/// Longest life of a token, in seconds.
pub const LIFETIME_SECONDS_MAX: u32 = 900;
/// The usual life of a token, in seconds.
pub const LIFETIME_SECONDS: u32 = 600;
/// How far the clocks of two machines may be apart, in seconds.
pub const LEEWAY_SECONDS: i64 = 5;
/// What the header must say the token is (RFC 9068).
const TYPE: &str = "at+jwt";

/// How tokens are made.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Where the keys are.
    pub folder: PathBuf,
    /// Who issues tokens.
    pub issuer: String,
    /// For whom they are.
    pub audience: String,
    /// How long they are good, in seconds; at most [`LIFETIME_SECONDS_MAX`].
    pub lifetime_seconds: u32,
}

/// Why a token is not good.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// Longer than any of ours.
    #[error("the token is too long")]
    TooLong,
    /// Not three parts, or the header is not one that we write.
    #[error("the token is none of ours")]
    Foreign,
    /// No key of ours, or one that is retired.
    #[error("the token's key is unknown")]
    UnknownKey,
    /// The signature or a claim is wrong.
    #[error("the token's signature or a claim is wrong")]
    Wrong,
    /// Not good yet.
    #[error("the token is not good yet")]
    NotYet,
    /// Not good any more.
    #[error("the token has expired")]
    Expired,
}

/// A token cannot be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IssueError {
    /// No randomness.
    #[error(transparent)]
    NoRandomness(#[from] NoRandomness),
    /// No key, or one that does not sign.
    #[error("no key signs: {0}")]
    NoKey(String),
}

/// Makes tokens and checks them. Shared by all threads.
#[derive(Debug)]
pub struct Tokens {
    settings: Settings,
    validation: Validation,
    ring: RwLock<Arc<KeyRing>>,
    cache: Mutex<Cache>,
}

impl Tokens {
    /// Opens the keys, making the first one at `at` where there is none.
    ///
    /// # Errors
    /// The folder cannot be used, others may read it, or a file in it is no key.
    pub fn open(settings: Settings, at: Timestamp) -> Result<Tokens, KeyRingError> {
        let ring = KeyRing::open(&settings.folder, at)?;
        let mut validation = Validation::new(Algorithm::EdDSA);
        // Time is checked here, against an instant that is an argument.
        validation.validate_exp = false;
        validation.validate_nbf = false;
        validation.leeway = 0;
        validation.set_issuer(&[&settings.issuer]);
        validation.set_audience(&[&settings.audience]);
        validation.required_spec_claims = BTreeSet::from(["exp", "nbf", "iss", "aud", "sub"])
            .into_iter()
            .map(str::to_owned)
            .collect();
        Ok(Tokens {
            settings,
            validation,
            ring: RwLock::new(Arc::new(ring)),
            cache: Mutex::default(),
        })
    }

    /// How long new tokens are good, in seconds.
    pub fn lifetime_seconds(&self) -> u32 {
        self.settings.lifetime_seconds.min(LIFETIME_SECONDS_MAX)
    }

    /// A token that says who `caller` is.
    ///
    /// # Errors
    /// No randomness, or no key.
    pub fn issue(&self, caller: &Caller, at: Timestamp) -> Result<Secret, IssueError> {
        let ring = self.ring();
        let key = ring
            .signing(at)
            .ok_or_else(|| IssueError::NoKey("there is none".to_owned()))?;
        let issued_at = at.micros().div_euclid(1_000_000);
        let claims = Claims {
            iss: self.settings.issuer.clone(),
            aud: self.settings.audience.clone(),
            sub: caller.actor(),
            org: caller.org,
            roles: caller.roles.clone(),
            sid: caller.session,
            exp: issued_at + i64::from(self.lifetime_seconds()),
            nbf: issued_at,
            iat: issued_at,
            jti: hex(&random::bytes::<16>()?),
        };
        let token = jsonwebtoken::encode(&header(key.kid()), &claims, key.private())
            .map_err(|error| IssueError::NoKey(error.to_string()))?;
        Ok(Secret::new(token))
    }

    /// What a token says, if it is one of ours and good at `at`. Whether its session still stands is another question.
    ///
    /// # Errors
    /// See [`TokenError`].
    pub fn verify(&self, token: &str, at: Timestamp) -> Result<Arc<Claims>, TokenError> {
        if token.len() > TOKEN_BYTES_MAX {
            return Err(TokenError::TooLong);
        }
        let digest = cache::digest(token);
        let known = self.cache().find(&digest);
        let known = match known {
            Some(known) => known,
            None => {
                let ring = self.ring();
                let known = self.decode(&ring, token, at)?;
                let mut cache = self.cache();
                // What other keys have checked would outlive the clearing of the cache.
                if Arc::ptr_eq(&ring, &self.ring()) {
                    cache.add(digest, known.clone());
                }
                known
            }
        };
        if known.retires_at.is_some_and(|end| at >= end) {
            return Err(TokenError::UnknownKey);
        }
        known.claims.check_times(at)?;
        Ok(known.claims)
    }

    /// The public keys, for whoever checks our tokens.
    pub fn jwks(&self, at: Timestamp) -> JwkSet {
        self.ring().jwks(at)
    }

    /// Adds a key; it signs once everybody has had the time to fetch it.
    ///
    /// # Errors
    /// The folder cannot be used.
    pub fn rotate(&self, at: Timestamp) -> Result<(), KeyRingError> {
        KeyRing::rotate(&self.settings.folder, at)?;
        self.reload(at)
    }

    /// Reads the keys again, in case somebody has changed the folder. Cheap where nobody has.
    ///
    /// # Errors
    /// The folder cannot be used; the keys are those of before.
    pub fn reload(&self, at: Timestamp) -> Result<(), KeyRingError> {
        let ring = KeyRing::open(&self.settings.folder, at)?;
        if ring.kids().eq(self.ring().kids()) {
            return Ok(());
        }
        *self.ring.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(ring);
        self.cache().clear();
        Ok(())
    }

    fn ring(&self) -> Arc<KeyRing> {
        Arc::clone(&self.ring.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn cache(&self) -> std::sync::MutexGuard<'_, Cache> {
        self.cache.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn decode(&self, ring: &KeyRing, token: &str, at: Timestamp) -> Result<Known, TokenError> {
        if token.bytes().filter(|byte| *byte == b'.').count() != 2 {
            return Err(TokenError::Foreign);
        }
        let found = jsonwebtoken::decode_header(token).map_err(|_| TokenError::Foreign)?;
        let kid = found.kid.as_deref().ok_or(TokenError::Foreign)?;
        // Whatever else the header may name (jku, jwk, x5u, x5c, crit, …), we never write it.
        if found != header(kid) {
            return Err(TokenError::Foreign);
        }
        let key = ring.verifying(kid, at).ok_or(TokenError::UnknownKey)?;
        let decoded = jsonwebtoken::decode::<Claims>(token, key.public(), &self.validation);
        let claims = decoded.map_err(|_| TokenError::Wrong)?.claims;
        Ok(Known {
            claims: Arc::new(claims),
            retires_at: ring.retires_at(kid),
        })
    }
}

fn header(kid: &str) -> Header {
    let mut header = Header::new(Algorithm::EdDSA);
    header.typ = Some(TYPE.to_owned());
    header.kid = Some(kid.to_owned());
    header
}

#[cfg(test)]
mod tests;
