//! How refresh tokens and API keys are written. Of their random parts only the SHA-256 is kept.

use sha2::{Digest as _, Sha256};

use super::session::Opening;
use crate::app::random::{self, NoRandomness};
use crate::domain::credential::Digest;
use crate::domain::id::{KeyId, SessionId};
use crate::domain::secret::Secret;

const REFRESH: &str = "qtr_";
const API_KEY: &str = "qtk_";
const SECRET_CHARS: usize = 64;

/// A refresh token: `qtr_SESSION_FAMILY_SECRET`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefreshText {
    /// Whoever shows it had a token of the session.
    pub family: Secret,
    /// Whoever shows it has the latest one.
    pub refresh: Secret,
}

impl RefreshText {
    /// The first one of a session.
    ///
    /// # Errors
    /// No randomness.
    pub fn first() -> Result<RefreshText, NoRandomness> {
        let (family, refresh) = (random::secret()?, random::secret()?);
        Ok(RefreshText { family, refresh })
    }

    /// The next one of the same session.
    ///
    /// # Errors
    /// No randomness.
    pub fn next(&self) -> Result<RefreshText, NoRandomness> {
        let refresh = random::secret()?;
        Ok(RefreshText {
            family: self.family.clone(),
            refresh,
        })
    }

    /// Reads a token.
    pub fn parse(text: &str) -> Option<(SessionId, RefreshText)> {
        let (session, secrets) = text.strip_prefix(REFRESH)?.split_once('_')?;
        let (family, refresh) = secrets.split_once('_')?;
        let session = format!("ses_{session}").parse().ok()?;
        let (family, refresh) = (read(family)?, read(refresh)?);
        Some((session, RefreshText { family, refresh }))
    }

    /// Writes it for a session.
    pub fn text(&self, session: SessionId) -> Secret {
        let session = session.to_string();
        let digits = digits(&session);
        Secret::new(format!(
            "{REFRESH}{digits}_{}_{}",
            self.family.expose(),
            self.refresh.expose()
        ))
    }

    /// What is kept of it.
    pub fn hashes(&self) -> Opening {
        Opening {
            family: hash(&self.family),
            refresh: hash(&self.refresh),
        }
    }
}

/// An API key: `qtk_KEY_SECRET`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiKeyText(Secret);

impl ApiKeyText {
    /// A new one.
    ///
    /// # Errors
    /// No randomness.
    pub fn new() -> Result<ApiKeyText, NoRandomness> {
        random::secret().map(ApiKeyText)
    }

    /// Reads a key.
    pub fn parse(text: &str) -> Option<(KeyId, ApiKeyText)> {
        let (key, secret) = text.strip_prefix(API_KEY)?.split_once('_')?;
        let key = format!("key_{key}").parse().ok()?;
        Some((key, ApiKeyText(read(secret)?)))
    }

    /// Writes it.
    pub fn text(&self, key: KeyId) -> Secret {
        Secret::new(format!("{API_KEY}{}_{}", digits(&key.to_string()), self.0.expose()))
    }

    /// What is kept of it.
    pub fn hash(&self) -> Digest {
        hash(&self.0)
    }
}

/// An identifier without its prefix.
fn digits(id: &str) -> &str {
    id.split_once('_').map_or(id, |(_, digits)| digits)
}

fn read(secret: &str) -> Option<Secret> {
    let hex = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    (secret.len() == SECRET_CHARS && secret.bytes().all(hex)).then(|| Secret::new(secret))
}

fn hash(secret: &Secret) -> Digest {
    Sha256::digest(secret.expose()).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_and_keys_are_read_as_they_are_written() {
        let first = RefreshText::first().unwrap();
        let text = first.text(SessionId(33));
        assert!(text.expose().starts_with("qtr_0000000000011_"), "{}", text.expose());
        assert_eq!(RefreshText::parse(text.expose()), Some((SessionId(33), first.clone())));
        let next = first.next().unwrap();
        assert_eq!(next.hashes().family, first.hashes().family);
        assert_ne!(next.hashes().refresh, first.hashes().refresh);
        let key = ApiKeyText::new().unwrap();
        let text = key.text(KeyId(5));
        assert_eq!(ApiKeyText::parse(text.expose()), Some((KeyId(5), key)));
        for bad in [
            "",
            "qtk_",
            "qtk_0000000000005_ab",
            "qtr_0000000000005_ab",
            text.expose().trim_end_matches(char::is_alphanumeric),
        ] {
            assert_eq!(ApiKeyText::parse(bad), None, "{bad}");
            assert_eq!(RefreshText::parse(bad), None, "{bad}");
        }
    }
}
