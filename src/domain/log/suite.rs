//! Which algorithms a log uses.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use sm3::Sm3;

/// A hash of the tree.
pub type Hash = [u8; 32];

/// The algorithms of a log, fixed when it is born: what its tree is hashed with and what its checkpoints are signed with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Suite {
    /// SHA-256 (FIPS 180-4) and Ed25519 (RFC 8032).
    #[default]
    #[serde(rename = "sha256-ed25519")]
    Sha256Ed25519,
    /// SM3 (GB/T 32905) and SM2 (GB/T 32918), as Chinese rules may ask for.
    #[serde(rename = "sm3-sm2")]
    Sm3Sm2,
}

/// A text names no suite.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be sha256-ed25519 or sm3-sm2")]
pub struct ParseSuiteError;

/// What comes before a leaf, so that no leaf is taken for a node (RFC 6962, section 2.1).
const LEAF: u8 = 0;
/// What comes before the two halves of a node.
const NODE: u8 = 1;

impl Suite {
    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Suite::Sha256Ed25519 => "sha256-ed25519",
            Suite::Sm3Sm2 => "sm3-sm2",
        }
    }

    /// The hash of a leaf: of a zero byte and the leaf's bytes.
    pub fn leaf(self, body: &[u8]) -> Hash {
        self.digest(&[&[LEAF], body])
    }

    /// The hash of a node: of a byte of one and the hashes of its halves.
    pub fn node(self, left: &Hash, right: &Hash) -> Hash {
        // The halves in one piece: a hash function takes two blocks faster than three bits.
        let mut both = [NODE; 65];
        let (_, halves) = both.split_at_mut(1);
        let (one, other) = halves.split_at_mut(32);
        one.copy_from_slice(left);
        other.copy_from_slice(right);
        self.digest(&[&both])
    }

    /// The root of the tree without leaves: the hash of nothing.
    pub fn empty(self) -> Hash {
        self.digest(&[])
    }

    fn digest(self, parts: &[&[u8]]) -> Hash {
        fn of<D: Digest>(parts: &[&[u8]]) -> D {
            let mut hasher = D::new();
            parts.iter().for_each(|part| hasher.update(part));
            hasher
        }
        match self {
            Suite::Sha256Ed25519 => of::<Sha256>(parts).finalize().into(),
            Suite::Sm3Sm2 => of::<Sm3>(parts).finalize().into(),
        }
    }
}

impl fmt::Display for Suite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Suite {
    type Err = ParseSuiteError;

    fn from_str(text: &str) -> Result<Suite, ParseSuiteError> {
        [Suite::Sha256Ed25519, Suite::Sm3Sm2]
            .into_iter()
            .find(|suite| suite.name() == text)
            .ok_or(ParseSuiteError)
    }
}
