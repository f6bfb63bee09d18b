//! Tokens whose signature was found right: checking one costs fifty microseconds, and clients send the same for minutes.

use std::sync::Arc;

use rustc_hash::FxHashMap;
use sha2::{Digest as _, Sha256};

use super::Claims;
use crate::domain::credential::Digest;
use crate::domain::time::Timestamp;

/// Tokens of one generation; two are kept.
pub(super) const GENERATION_MAX: usize = 32_768;

/// What is known of a token.
#[derive(Debug, Clone)]
pub(super) struct Known {
    pub(super) claims: Arc<Claims>,
    /// When its key retires.
    pub(super) retires_at: Option<Timestamp>,
}

/// Those used of late. What was not used while a whole generation came is forgotten.
#[derive(Debug, Default)]
pub(super) struct Cache {
    young: FxHashMap<Digest, Known>,
    old: FxHashMap<Digest, Known>,
}

/// The name of a token in the cache.
pub(super) fn digest(token: &str) -> Digest {
    Sha256::digest(token.as_bytes()).into()
}

impl Cache {
    pub(super) fn find(&mut self, digest: &Digest) -> Option<Known> {
        if let Some(known) = self.young.get(digest) {
            return Some(known.clone());
        }
        let known = self.old.remove(digest)?;
        self.add(*digest, known.clone());
        Some(known)
    }

    pub(super) fn add(&mut self, digest: Digest, known: Known) {
        if self.young.len() >= GENERATION_MAX {
            self.old = std::mem::take(&mut self.young);
        }
        self.young.insert(digest, known);
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.young.len() + self.old.len()
    }

    pub(super) fn clear(&mut self) {
        *self = Cache::default();
    }
}
