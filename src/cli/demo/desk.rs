//! One user's way to the public API: logs in when it must, and posts.

use std::time::Duration;

use serde::Deserialize;
use serde_json::{Value, json};
use ureq::Agent;

use crate::app::clock::system_now;
use crate::app::problem::Problem;
use crate::domain::secret::Secret;
use crate::domain::time::Timestamp;

/// Longest wait for an answer.
const ANSWER_SECONDS: u64 = 15;
/// A token is renewed so long before it ends.
const SPARE_SECONDS: i64 = 30;
const UNAUTHENTICATED: u16 = 401;
/// Too many wrong passwords, too many requests, and a service that ends: later it may be otherwise.
const LATER: [u16; 2] = [429, 503];

/// What the service says.
#[derive(Debug)]
pub enum Answer {
    /// It did what it was asked.
    Accepted(Value),
    /// It did not.
    Refused {
        /// The HTTP status.
        status: u16,
        /// The stable name of the reason.
        code: String,
        /// The reason in words.
        detail: String,
    },
}

/// Why the service says nothing, or does not let in.
#[derive(Debug, thiserror::Error)]
pub enum DeskError {
    /// No answer came.
    #[error("no answer: {0}")]
    Silent(String),
    /// The user is not let in.
    #[error("{email} is not let in: {detail}")]
    Outside {
        /// Who.
        email: String,
        /// Why not.
        detail: String,
    },
}

#[derive(Debug, Deserialize)]
struct Tokens {
    access_token: String,
    expires_in: i64,
    refresh_token: String,
}

#[derive(Debug)]
struct Session {
    access: Secret,
    refresh: Secret,
    renewed_at: Timestamp,
}

/// Where one user sits.
#[derive(Debug)]
pub struct Desk {
    agent: Agent,
    url: String,
    email: String,
    password: Secret,
    session: Option<Session>,
}

/// Whether the service answers, and is ready.
pub fn is_ready(url: &str) -> bool {
    let answer = agent().get(format!("{url}/readyz")).call();
    answer.is_ok_and(|answer| answer.status().is_success())
}

fn agent() -> Agent {
    let config = Agent::config_builder()
        .http_status_as_error(false)
        .timeout_global(Some(Duration::from_secs(ANSWER_SECONDS)))
        .user_agent("qiantang-demo-trade");
    config.build().into()
}

impl Desk {
    /// A desk at the service there; nobody has logged in yet.
    pub fn new(url: &str, email: &str, password: &str) -> Desk {
        Desk {
            agent: agent(),
            url: url.to_owned(),
            email: email.to_owned(),
            password: Secret::new(password),
            session: None,
        }
    }

    /// The user's name before the `@`.
    pub fn name(&self) -> &str {
        self.email.split('@').next().unwrap_or_default()
    }

    /// Posts, after logging in where that is needed.
    ///
    /// # Errors
    /// See [`DeskError`].
    pub fn post(&mut self, path: &str, body: &Value, key: &str) -> Result<Answer, DeskError> {
        let answer = self.post_in_session(path, body, key)?;
        // The session may have been ended by somebody: once more, in a new one.
        if let Answer::Refused {
            status: UNAUTHENTICATED,
            ..
        } = answer
        {
            self.session = None;
            return self.post_in_session(path, body, key);
        }
        Ok(answer)
    }

    /// Ends the session, if the service is still there.
    pub fn leave(&mut self) {
        if let Some(session) = self.session.take() {
            // A session that is not ended ends by itself.
            let _ = self.send("/v1/auth/logout", &json!({}), &[("authorization", bearer(&session))]);
        }
    }

    fn post_in_session(&mut self, path: &str, body: &Value, key: &str) -> Result<Answer, DeskError> {
        let session = self.session()?;
        let headers = [("authorization", bearer(session)), ("idempotency-key", key.to_owned())];
        self.send(path, body, &headers)
    }

    fn session(&mut self) -> Result<&Session, DeskError> {
        let now = system_now();
        let session = match self.session.take() {
            Some(session) if now < session.renewed_at => session,
            Some(session) => match self.renew(&session)? {
                Some(session) => session,
                None => self.log_in()?,
            },
            None => self.log_in()?,
        };
        Ok(self.session.insert(session))
    }

    fn log_in(&self) -> Result<Session, DeskError> {
        let body = json!({"grant_type": "password", "email": self.email, "password": self.password.expose()});
        let outside = |detail: String| DeskError::Outside {
            email: self.email.clone(),
            detail,
        };
        match self.send("/v1/auth/token", &body, &[])? {
            Answer::Accepted(tokens) => session(tokens).ok_or_else(|| outside("no tokens came".to_owned())),
            Answer::Refused { status, detail, .. } if LATER.contains(&status) => Err(DeskError::Silent(detail)),
            Answer::Refused { detail, .. } => Err(outside(detail)),
        }
    }

    /// None where the session is over.
    fn renew(&self, session: &Session) -> Result<Option<Session>, DeskError> {
        let body = json!({"grant_type": "refresh_token", "refresh_token": session.refresh.expose()});
        match self.send("/v1/auth/token", &body, &[])? {
            Answer::Accepted(tokens) => Ok(self::session(tokens)),
            Answer::Refused { .. } => Ok(None),
        }
    }

    fn send(&self, path: &str, body: &Value, headers: &[(&str, String)]) -> Result<Answer, DeskError> {
        let silent = |error: ureq::Error| DeskError::Silent(error.to_string());
        let request = self.agent.post(format!("{}{path}", self.url));
        let request = headers
            .iter()
            .fold(request, |request, (name, value)| request.header(*name, value));
        let mut answer = request.send_json(body).map_err(silent)?;
        let status = answer.status();
        let text = answer.body_mut().read_to_string().map_err(silent)?;
        if status.is_success() {
            return Ok(Answer::Accepted(serde_json::from_str(&text).unwrap_or(Value::Null)));
        }
        let problem: Option<Problem> = serde_json::from_str(&text).ok();
        let (code, detail) = problem.map_or_else(
            || (status.as_str().to_owned(), text),
            |problem| {
                let fields = problem
                    .errors
                    .iter()
                    .map(|field| format!("{} {}", field.pointer, field.detail));
                let detail = if problem.errors.is_empty() {
                    problem.detail
                } else {
                    fields.collect::<Vec<String>>().join("; ")
                };
                (problem.code, detail)
            },
        );
        Ok(Answer::Refused {
            status: status.as_u16(),
            code,
            detail,
        })
    }
}

fn bearer(session: &Session) -> String {
    format!("Bearer {}", session.access.expose())
}

fn session(tokens: Value) -> Option<Session> {
    let tokens: Tokens = serde_json::from_value(tokens).ok()?;
    let seconds = (tokens.expires_in - SPARE_SECONDS).max(1);
    Some(Session {
        access: Secret::new(tokens.access_token),
        refresh: Secret::new(tokens.refresh_token),
        renewed_at: Timestamp::from_micros(system_now().micros() + seconds * 1_000_000),
    })
}
