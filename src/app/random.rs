//! The one place where randomness enters.

use aws_lc_rs::rand;

use crate::domain::secret::Secret;
use crate::domain::text::hex;

/// The machine gives no randomness: nothing secret can be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the machine gives no randomness")]
pub struct NoRandomness;

/// `N` random bytes.
pub fn bytes<const N: usize>() -> Result<[u8; N], NoRandomness> {
    let mut bytes = [0; N];
    rand::fill(&mut bytes).map_err(|_| NoRandomness)?;
    Ok(bytes)
}

/// 256 random bits in hex.
pub fn secret() -> Result<Secret, NoRandomness> {
    bytes::<32>().map(|bytes| Secret::new(hex(&bytes)))
}
