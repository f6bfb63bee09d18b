//! Personal data beside the journal, which has a salted hash of it only.

use serde::{Deserialize, Serialize};

use super::fingerprint::Fingerprint;
use super::id::OrgId;
use super::secret::Secret;

/// Whom to ask about an application, a claim and the like.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Contact {
    /// The name, 1 to 100 characters.
    pub name: String,
    /// The telephone number: 5 to 20 digits, with `+`, `-` and blanks.
    pub phone: String,
    /// The e-mail address.
    pub email: String,
}

impl std::fmt::Debug for Contact {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Contact")
    }
}

/// Content that can be erased, and what the journal keeps of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sealed {
    /// SHA-256 of the salt and the content, one after the other.
    pub hash: Fingerprint,
    /// Whose it is.
    pub org: OrgId,
    /// 256 random bits in hex: without them nobody can try contents until one has the hash.
    pub salt: Secret,
    /// The content, as JSON.
    pub content: Secret,
}
