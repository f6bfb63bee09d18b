//! The one place where randomness enters.

use std::fmt::Write;

use aws_lc_rs::rand;

use crate::domain::secret::Secret;

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

/// Bytes in hex.
pub fn hex(bytes: &[u8]) -> String {
    bytes
        .iter()
        .fold(String::with_capacity(2 * bytes.len()), |mut text, byte| {
            // Writing to a string cannot fail.
            let _ = write!(text, "{byte:02x}");
            text
        })
}
