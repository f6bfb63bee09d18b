//! The public keys of providers' agents. They stand in the journal: they are no secrets, and who audits verifies signatures with them.

use super::check::Refused;
use crate::domain::id::{OrgId, UsageKeyId};
use crate::domain::text::base64_bytes;
use crate::domain::time::Timestamp;
use crate::domain::usage::{Signed, UsageKey};
use crate::engine::event::Event;
use crate::engine::limits;
use crate::engine::rejection::{FieldErrors, FieldRule, Rejection};
use crate::engine::state::State;

/// Bytes of an Ed25519 public key.
const PUBLIC_KEY_BYTES: usize = 32;
/// Bytes of an Ed25519 signature.
const SIGNATURE_BYTES: usize = 64;

/// The keys with which a provider's events may be signed, and whether they must be.
pub(super) struct Signing {
    live: Vec<UsageKeyId>,
    required: bool,
}

impl Signing {
    pub(super) fn of(state: &State, provider: OrgId) -> Signing {
        let live = || keys_of(state, provider).filter(|key| key.revoked_at.is_none());
        Signing {
            live: live().map(|key| key.id).collect(),
            required: live().any(|key| key.required),
        }
    }

    /// Whether an event that was signed so is taken. The signature was verified before, but the key may be revoked by now.
    pub(super) fn check(&self, signed: Option<&Signed>) -> Result<(), Refused> {
        match signed {
            None if self.required => Err(Refused::Rule(
                "signature_required",
                "the provider has its agents sign, and nobody has signed this",
            )),
            None => Ok(()),
            Some(signed) if self.live.contains(&signed.key) && is_signature(&signed.signature) => Ok(()),
            Some(_) => Err(Refused::Rule(
                "bad_signature",
                "agentkey must name a key of the provider that is not revoked, and signature must be its own over the event",
            )),
        }
    }
}

fn is_signature(text: &str) -> bool {
    base64_bytes(text).is_some_and(|bytes| bytes.len() == SIGNATURE_BYTES)
}

/// The keys of a provider, the revoked ones too, in the order of registration.
pub fn keys_of(state: &State, provider: OrgId) -> impl Iterator<Item = &UsageKey> {
    let all = (provider, UsageKeyId(0))..=(provider, UsageKeyId(u64::MAX));
    state.usage_keys.range(all).map(|(_, key)| key)
}

/// Registers a key.
pub(super) fn add(
    state: &mut State,
    events: &mut Vec<Event>,
    (provider, name, public_key, required): (OrgId, String, String, bool),
    at: Timestamp,
) -> Result<(), Rejection> {
    let mut errors = FieldErrors::default();
    limits::name(&mut errors, "/name", &name);
    let is_key = base64_bytes(&public_key).is_some_and(|bytes| bytes.len() == PUBLIC_KEY_BYTES);
    errors.require(
        is_key,
        "/public_key",
        FieldRule::Malformed,
        "must be an Ed25519 public key: 32 bytes in base64",
    );
    let live = || keys_of(state, provider).filter(|key| key.revoked_at.is_none());
    let taken = live().any(|key| key.public_key == public_key);
    errors.require(!taken, "/public_key", FieldRule::Taken, "is registered already");
    errors.check()?;
    if live().count() >= limits::USAGE_KEYS_MAX {
        return Err(Rejection::Limit("at most 1000 keys of a provider that are not revoked"));
    }
    let id = UsageKeyId(state.counters.usage_key);
    state.counters.usage_key += 1;
    let key = UsageKey {
        id,
        provider,
        name,
        public_key,
        required,
        created_at: at,
        revoked_at: None,
    };
    events.push(Event::UsageKeyChanged(Box::new(key.clone())));
    state.usage_keys.insert((provider, id), key);
    Ok(())
}

/// Revokes a key.
pub(super) fn revoke(
    state: &mut State,
    events: &mut Vec<Event>,
    (provider, id): (OrgId, UsageKeyId),
    at: Timestamp,
) -> Result<(), Rejection> {
    let key = state
        .usage_keys
        .get_mut(&(provider, id))
        .ok_or(Rejection::UsageKeyNotFound(id))?;
    if key.revoked_at.is_some() {
        return Err(Rejection::UsageKeyRevoked(id));
    }
    key.revoked_at = Some(at);
    events.push(Event::UsageKeyChanged(Box::new(key.clone())));
    Ok(())
}
