//! Why somebody is not let in, or may not change who is.

use super::key::KeyError;
use super::password::PasswordError;
use super::session::{LogInError, RefreshError};
use crate::app::problem::Problem;
use crate::app::random::NoRandomness;
use crate::app::request::SubmitError;
use crate::app::token::{IssueError, TokenError};
use crate::domain::id::{SessionId, UserId};
use crate::engine::Rejection;

/// Why a use case of identity failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AccessError {
    /// The address, the password or the key is wrong.
    #[error(transparent)]
    LogIn(#[from] LogInError),
    /// The refresh token is not good.
    #[error(transparent)]
    Refresh(#[from] RefreshError),
    /// The access token is not good.
    #[error(transparent)]
    Token(#[from] TokenError),
    /// The session has ended, or nobody may act in it any more.
    #[error("the session has ended")]
    SessionEnded,
    /// The old password is wrong.
    #[error("the old password is wrong")]
    WrongPassword,
    /// Who can move money becomes able to act by two people only.
    #[error("user {0} can move money: stop the user, set the password, and have two people activate the user again")]
    TwoPeopleNeeded(UserId),
    /// No such session of this person.
    #[error("there is no session {0} of this person")]
    SessionNotFound(SessionId),
    /// No such user.
    #[error("there is no user {0}")]
    UserNotFound(UserId),
    /// A key is not made or revoked.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// Fields break rules.
    #[error(transparent)]
    Rejected(#[from] Rejection),
    /// A password was not looked at.
    #[error(transparent)]
    Password(#[from] PasswordError),
    /// No token can be made.
    #[error(transparent)]
    Issue(#[from] IssueError),
    /// The exchange gave no answer.
    #[error(transparent)]
    Submit(#[from] SubmitError),
}

impl From<NoRandomness> for AccessError {
    fn from(error: NoRandomness) -> AccessError {
        AccessError::Issue(IssueError::NoRandomness(error))
    }
}

impl AccessError {
    /// After how many seconds another try makes sense.
    pub fn retry_after_seconds(&self) -> Option<u32> {
        match self {
            Self::LogIn(LogInError::Locked { seconds }) => Some(*seconds),
            Self::Password(PasswordError::Busy) | Self::Submit(SubmitError::Busy) => Some(1),
            Self::LogIn(LogInError::InvalidCredentials)
            | Self::Refresh(_)
            | Self::Token(_)
            | Self::SessionEnded
            | Self::WrongPassword
            | Self::TwoPeopleNeeded(_)
            | Self::SessionNotFound(_)
            | Self::UserNotFound(_)
            | Self::Key(_)
            | Self::Rejected(_)
            | Self::Password(PasswordError::Unusable)
            | Self::Issue(_)
            | Self::Submit(SubmitError::KeyReused | SubmitError::NotRecorded(_) | SubmitError::Stopped(_)) => None,
        }
    }
}

impl From<&AccessError> for Problem {
    fn from(error: &AccessError) -> Problem {
        let (code, title, status) = match error {
            AccessError::LogIn(LogInError::InvalidCredentials) => ("invalid_credentials", "Wrong credentials", 401),
            AccessError::LogIn(LogInError::Locked { .. }) => ("locked", "Too many wrong passwords", 429),
            AccessError::Refresh(RefreshError::Invalid) => {
                ("invalid_refresh_token", "The refresh token is not good", 401)
            }
            AccessError::Refresh(RefreshError::Reused { .. }) => {
                ("refresh_token_reused", "The refresh token was used before", 401)
            }
            AccessError::Token(TokenError::Expired) => ("token_expired", "The token has expired", 401),
            AccessError::Token(
                TokenError::TooLong
                | TokenError::Foreign
                | TokenError::UnknownKey
                | TokenError::Wrong
                | TokenError::NotYet,
            ) => ("invalid_token", "The token is not good", 401),
            AccessError::SessionEnded => ("session_ended", "The session has ended", 401),
            AccessError::WrongPassword => ("wrong_password", "The old password is wrong", 403),
            AccessError::TwoPeopleNeeded(_) => ("two_people_needed", "Two people must do this", 403),
            AccessError::SessionNotFound(_) => ("session_not_found", "No such session", 404),
            AccessError::UserNotFound(_) => ("user_not_found", "No such user", 404),
            AccessError::Key(KeyError::NotFound(_)) => ("key_not_found", "No such API key", 404),
            AccessError::Key(KeyError::PeopleOnly) => ("person_needed", "Only people may do this", 403),
            AccessError::Key(KeyError::Rejected(rejection)) | AccessError::Rejected(rejection) => {
                return Problem::from(rejection);
            }
            AccessError::Submit(SubmitError::KeyReused) => return Problem::key_reused(),
            AccessError::Password(PasswordError::Busy)
            | AccessError::Submit(SubmitError::Busy | SubmitError::NotRecorded(_) | SubmitError::Stopped(_)) => {
                ("unavailable", "Not now", 503)
            }
            AccessError::Password(PasswordError::Unusable) | AccessError::Issue(_) => {
                ("internal", "Internal error", 500)
            }
        };
        // What is wrong inside goes to the log; why a token is not good helps only those who forge one.
        let detail = match status {
            500 | 503 => title.to_owned(),
            _ if code == "invalid_token" => "the token is not good".to_owned(),
            _ => error.to_string(),
        };
        Problem::new(code, title, status, detail)
    }
}
