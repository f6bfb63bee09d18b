//! Everything that goes wrong becomes `application/problem+json` (RFC 9457) here, in one exhaustive match.

use std::fmt;
use std::io;

use actix_web::http::StatusCode;
use actix_web::http::header::{ALLOW, CONTENT_TYPE, HeaderValue, RETRY_AFTER, WWW_AUTHENTICATE};
use actix_web::{HttpResponse, HttpResponseBuilder, ResponseError};

use crate::app::documents;
use crate::app::identity::AccessError;
use crate::app::identity::password::PasswordError;
use crate::app::log::sealer::SealError as LogError;
use crate::app::permission::Denied;
use crate::app::problem::Problem;
use crate::app::readers::ReadError;
use crate::app::replica::Unwell;
use crate::app::report::document::DocumentError;
use crate::app::report::xlsx::WorkbookError;
use crate::app::request::SubmitError;
use crate::app::sealed::SealError;
use crate::app::settlement::SettleError;
use crate::app::turns::Busy;
use crate::app::webhook::WebhookError;
use crate::engine::Rejection;
use crate::engine::rejection::{FieldError, FieldRule};

/// The media type of problems.
pub const PROBLEM_JSON: &str = "application/problem+json";

/// Why a request is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// A rule of the exchange says no.
    Rejected(Box<Problem>),
    /// Who asks is not let in, or may not change who is.
    Access(Box<AccessError>),
    /// The body is not JSON.
    Unreadable(String),
    /// A parameter of the path or the query, or a header, cannot be used.
    Parameter(Vec<FieldError>),
    /// The request creates or moves something and brings no idempotency key.
    KeyMissing,
    /// There is no token, or it is not good; the reason in words.
    Unauthenticated(&'static str),
    /// The caller's roles do not suffice.
    Forbidden(Denied),
    /// There is nothing here, or it belongs to another.
    NotFound,
    /// The path knows other methods.
    MethodNotAllowed {
        /// Which, separated by commas.
        allow: String,
    },
    /// The request did not arrive in time.
    TooSlow,
    /// A change says not what it changes.
    IfMatchMissing,
    /// The body is too large.
    TooLarge {
        /// The largest, in bytes.
        max: usize,
    },
    /// The headers are too large.
    HeadersTooLarge {
        /// The largest, in bytes.
        max: usize,
    },
    /// The body is of another media type.
    UnsupportedMediaType {
        /// The right one.
        expected: &'static str,
    },
    /// Too many requests.
    TooMany {
        /// When to come again.
        retry_after_seconds: u64,
    },
    /// Not now.
    Unavailable {
        /// Why, in words for everybody.
        reason: &'static str,
        /// When to come again.
        retry_after_seconds: u64,
    },
    /// Nobody knows yet whether it was done.
    TimedOut,
    /// A defect; what it is stands in the log.
    Internal,
}

/// Code, title, status.
type Kind = (&'static str, &'static str, u16);

impl Refusal {
    /// The refusal for one parameter or header.
    pub fn parameter(name: &str, code: FieldRule, detail: impl Into<String>) -> Refusal {
        Refusal::Parameter(vec![FieldError {
            pointer: format!("/{name}"),
            code,
            detail: detail.into(),
        }])
    }

    fn kind(&self) -> Kind {
        match self {
            Self::Rejected(_) | Self::Access(_) | Self::Internal => ("internal", "Internal error", 500),
            Self::Unreadable(_) => ("unreadable", "The body cannot be read", 400),
            Self::Parameter(_) => ("invalid_parameter", "A parameter cannot be used", 400),
            Self::KeyMissing => ("idempotency_key_missing", "An idempotency key is needed", 400),
            Self::Unauthenticated(_) => ("unauthenticated", "A good token is needed", 401),
            Self::Forbidden(_) => ("forbidden", "Not with these roles", 403),
            Self::NotFound => ("not_found", "Nothing here", 404),
            Self::MethodNotAllowed { .. } => ("method_not_allowed", "Not with this method", 405),
            Self::TooSlow => ("request_timeout", "The request came too slowly", 408),
            Self::TooLarge { .. } => ("body_too_large", "The body is too large", 413),
            Self::UnsupportedMediaType { .. } => ("unsupported_media_type", "Not this media type", 415),
            Self::IfMatchMissing => ("if_match_missing", "If-Match is needed", 428),
            Self::TooMany { .. } => ("too_many_requests", "Too many requests", 429),
            Self::HeadersTooLarge { .. } => ("headers_too_large", "The headers are too large", 431),
            Self::Unavailable { .. } => ("unavailable", "Not now", 503),
            Self::TimedOut => ("timed_out", "No answer in time", 503),
        }
    }

    fn detail(&self) -> String {
        match self {
            Self::Rejected(problem) => problem.detail.clone(),
            Self::Access(error) => Problem::from(&**error).detail,
            Self::Unreadable(reason) => reason.clone(),
            Self::Parameter(errors) => {
                let words: Vec<String> = errors
                    .iter()
                    .map(|error| format!("{} {}", error.pointer, error.detail))
                    .collect();
                words.join("; ")
            }
            Self::KeyMissing => "the header Idempotency-Key is needed: 1 to 255 visible ASCII characters".to_owned(),
            Self::Unauthenticated(reason) => (*reason).to_owned(),
            Self::Forbidden(denied) => denied.to_string(),
            Self::NotFound => "there is nothing at this path, or it belongs to another organisation".to_owned(),
            Self::MethodNotAllowed { allow } => format!("this path takes {allow}"),
            Self::TooSlow => "the request did not arrive in time".to_owned(),
            Self::IfMatchMissing => "the header If-Match is needed, with the ETag of what is to be changed".to_owned(),
            Self::TooLarge { max } => format!("the body may have {max} bytes at most"),
            Self::HeadersTooLarge { max } => format!("the headers may have {max} bytes at most"),
            Self::UnsupportedMediaType { expected } => format!("the body must be {expected}"),
            Self::TooMany { retry_after_seconds } => format!("come again in {retry_after_seconds} s"),
            Self::Unavailable { reason, .. } => (*reason).to_owned(),
            Self::TimedOut => {
                "there was no answer in time; what changes something may have been done: ask again with the same idempotency key".to_owned()
            }
            Self::Internal => "the exchange could not do this".to_owned(),
        }
    }

    /// The problem, as it is sent.
    pub fn problem(&self) -> Problem {
        if let Self::Rejected(problem) = self {
            return (**problem).clone();
        }
        if let Self::Access(error) = self {
            return Problem::from(&**error);
        }
        let (code, title, status) = self.kind();
        let mut problem = Problem::new(code, title, status, self.detail());
        if let Self::Parameter(errors) = self {
            problem.errors.clone_from(errors);
        }
        problem
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.detail())
    }
}

impl ResponseError for Refusal {
    fn status_code(&self) -> StatusCode {
        StatusCode::from_u16(self.problem().status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    fn error_response(&self) -> HttpResponse {
        let problem = self.problem();
        let mut response = HttpResponseBuilder::new(self.status_code());
        response.insert_header((CONTENT_TYPE, PROBLEM_JSON));
        if problem.status == 401 {
            response.insert_header((WWW_AUTHENTICATE, HeaderValue::from_static("Bearer")));
        }
        match self {
            Self::Access(error) => {
                if let Some(seconds) = error.retry_after_seconds() {
                    response.insert_header((RETRY_AFTER, seconds.to_string()));
                }
            }
            Self::MethodNotAllowed { allow } => {
                response.insert_header((ALLOW, allow.as_str()));
            }
            Self::TooMany { retry_after_seconds }
            | Self::Unavailable {
                retry_after_seconds, ..
            } => {
                response.insert_header((RETRY_AFTER, retry_after_seconds.to_string()));
            }
            Self::TimedOut => {
                response.insert_header((RETRY_AFTER, "1"));
            }
            Self::Rejected(_)
            | Self::Unauthenticated(_)
            | Self::Unreadable(_)
            | Self::Parameter(_)
            | Self::KeyMissing
            | Self::Forbidden(_)
            | Self::NotFound
            | Self::TooSlow
            | Self::IfMatchMissing
            | Self::TooLarge { .. }
            | Self::HeadersTooLarge { .. }
            | Self::UnsupportedMediaType { .. }
            | Self::Internal => {}
        }
        match serde_json::to_vec(&problem) {
            Ok(body) => response.body(body),
            Err(_) => response.finish(),
        }
    }
}

impl From<&Rejection> for Refusal {
    fn from(rejection: &Rejection) -> Refusal {
        Refusal::Rejected(Box::new(Problem::from(rejection)))
    }
}

impl From<Rejection> for Refusal {
    fn from(rejection: Rejection) -> Refusal {
        Refusal::from(&rejection)
    }
}

impl From<SealError> for Refusal {
    fn from(error: SealError) -> Refusal {
        Refusal::Rejected(Box::new(Problem::from(&error)))
    }
}

impl From<Denied> for Refusal {
    fn from(denied: Denied) -> Refusal {
        Refusal::Forbidden(denied)
    }
}

impl From<ReadError> for Refusal {
    fn from(error: ReadError) -> Refusal {
        match error {
            ReadError::Busy => Refusal::Unavailable {
                reason: "too many questions at once",
                retry_after_seconds: 1,
            },
            ReadError::Unavailable(reason) => {
                tracing::error!(reason, "the database cannot be read");
                Refusal::Unavailable {
                    reason: "the database cannot be read now",
                    retry_after_seconds: 5,
                }
            }
            ReadError::Invalid(error) => Refusal::Parameter(vec![error]),
        }
    }
}

impl From<LogError> for Refusal {
    fn from(error: LogError) -> Refusal {
        match error {
            LogError::Read(error) => error.into(),
            LogError::Submit(error) => error.into(),
            LogError::Keys(_) | LogError::OtherOrigin { .. } | LogError::Changed(_) => {
                tracing::error!(%error, "no checkpoint can be made");
                Refusal::Unavailable {
                    reason: "no checkpoint can be made now",
                    retry_after_seconds: 60,
                }
            }
        }
    }
}

impl From<Busy> for Refusal {
    fn from(busy: Busy) -> Refusal {
        ReadError::from(busy).into()
    }
}

impl From<Unwell> for Refusal {
    fn from(_: Unwell) -> Refusal {
        Refusal::Unavailable {
            reason: "the market is being read again",
            retry_after_seconds: 1,
        }
    }
}

impl From<DocumentError> for Refusal {
    fn from(error: DocumentError) -> Refusal {
        match error {
            DocumentError::Workbook(WorkbookError::TooManyRows { .. }) | DocumentError::Page(_) => {
                Refusal::parameter("format", FieldRule::TooMany, error.to_string())
            }
            DocumentError::Workbook(WorkbookError::Unwritable(_)) | DocumentError::Json(_) => {
                tracing::error!(%error, "a report cannot be written");
                Refusal::Internal
            }
        }
    }
}

impl From<documents::DocumentError> for Refusal {
    fn from(error: documents::DocumentError) -> Refusal {
        use documents::DocumentError as E;
        let detail = error.to_string();
        match error {
            E::TooLarge { max } => Refusal::TooLarge {
                max: usize::try_from(max).unwrap_or(usize::MAX),
            },
            E::OrgFull { .. } => {
                Rejection::Limit("the documents of this organisation are as many bytes as it may have").into()
            }
            E::Empty => Refusal::Unreadable(detail),
            E::NotOfType(_) => Refusal::parameter("Content-Type", FieldRule::Malformed, detail),
            E::OtherDigest => Refusal::parameter("Content-Digest", FieldRule::Malformed, detail),
            E::Busy => Refusal::Unavailable {
                reason: "too many documents come at once",
                retry_after_seconds: 1,
            },
            E::Damaged(_) | E::Folder(_) => {
                tracing::error!(%error, "documents cannot be kept");
                Refusal::Internal
            }
        }
    }
}

impl From<io::Error> for Refusal {
    fn from(error: io::Error) -> Refusal {
        documents::DocumentError::from(error).into()
    }
}

impl From<AccessError> for Refusal {
    fn from(error: AccessError) -> Refusal {
        match error {
            AccessError::Submit(error) => error.into(),
            AccessError::Rejected(rejection) => rejection.into(),
            AccessError::Password(PasswordError::Busy) => Refusal::Unavailable {
                reason: "too many log in at once",
                retry_after_seconds: 1,
            },
            error @ (AccessError::Password(PasswordError::Unusable) | AccessError::Issue(_)) => {
                tracing::error!(%error, "nobody can be let in");
                Refusal::Internal
            }
            error => Refusal::Access(Box::new(error)),
        }
    }
}

impl From<SettleError> for Refusal {
    fn from(error: SettleError) -> Refusal {
        match error {
            SettleError::Submit(error) => error.into(),
            SettleError::Refused(reason) => {
                tracing::error!(reason, "a settlement does not go on");
                Refusal::Internal
            }
        }
    }
}

impl From<WebhookError> for Refusal {
    fn from(error: WebhookError) -> Refusal {
        match error {
            WebhookError::NotFound => Refusal::NotFound,
            WebhookError::Rejected(rejection) => rejection.into(),
            WebhookError::Submit(error) => error.into(),
            WebhookError::Read(error) => error.into(),
            WebhookError::NoRandomness(error) => {
                tracing::error!(%error, "no secret can be made");
                Refusal::Internal
            }
        }
    }
}

impl From<SubmitError> for Refusal {
    fn from(error: SubmitError) -> Refusal {
        match error {
            SubmitError::Busy => Refusal::Unavailable {
                reason: "the exchange is busy",
                retry_after_seconds: 1,
            },
            SubmitError::KeyReused => Refusal::Rejected(Box::new(Problem::key_reused())),
            SubmitError::NotRecorded(reason) => {
                tracing::error!(reason, "a command was not recorded");
                Refusal::Unavailable {
                    reason: "the command was not recorded; ask again with the same idempotency key",
                    retry_after_seconds: 1,
                }
            }
            SubmitError::Stopped(reason) => {
                tracing::warn!(reason, "the exchange takes no commands");
                Refusal::Unavailable {
                    reason: "the exchange takes no commands now",
                    retry_after_seconds: 5,
                }
            }
        }
    }
}
