//! Why a use case of webhooks failed.

use crate::app::random::NoRandomness;
use crate::app::readers::ReadError;
use crate::app::request::SubmitError;
use crate::engine::Rejection;

/// Why a use case of webhooks failed.
#[derive(Debug, thiserror::Error)]
pub enum WebhookError {
    /// No such webhook or message, or that of another organisation.
    #[error("there is no such webhook of this organisation")]
    NotFound,
    /// Fields break rules, it has changed, or a limit is reached.
    #[error(transparent)]
    Rejected(#[from] Rejection),
    /// No secret can be made.
    #[error(transparent)]
    NoRandomness(#[from] NoRandomness),
    /// The exchange gave no answer.
    #[error(transparent)]
    Submit(#[from] SubmitError),
    /// The database gave no answer.
    #[error(transparent)]
    Read(#[from] ReadError),
}
