//! The way to exporters and to the exchange.

use std::path::Path;
use std::time::Duration;

use serde::Deserialize;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use ureq::Agent;

use crate::app::problem::Problem;
use crate::app::tls;
use crate::domain::secret::Secret;
use crate::domain::text::hex;

/// How long an answer may take.
const TIMEOUT: Duration = Duration::from_secs(20);
/// Most bytes that an exporter may tell.
const METRICS_BYTES_MAX: u64 = 16 << 20;

/// What came of a batch of events.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// Each was looked at by itself.
    Taken(Taken),
    /// The batch as a whole breaks a rule: to send it again would change nothing.
    Refused(String),
}

/// What came of each event of a batch.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Taken {
    /// How many count.
    pub accepted: usize,
    /// How many were known already.
    pub duplicates: usize,
    /// Those that were refused.
    pub rejected: Vec<Rejected>,
}

/// Why one event was refused.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Rejected {
    /// Its place in the batch.
    pub index: usize,
    /// The rule.
    pub code: String,
    /// The rule in words.
    pub detail: String,
}

/// There is no answer, or none that says what came of it: to be asked again later.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Later(pub String);

impl From<ureq::Error> for Later {
    fn from(error: ureq::Error) -> Later {
        Later(error.to_string())
    }
}

/// Talks to exporters and to the exchange.
#[derive(Debug)]
pub struct Lines {
    agent: Agent,
    exchange: String,
    api_key: Secret,
    token: Option<Secret>,
}

impl Lines {
    /// To the exchange at a URL, with an API key.
    pub fn new(exchange: &str, api_key: Secret, authorities: &Path) -> Lines {
        let config = Agent::config_builder()
            .tls_config(tls::client(authorities))
            .http_status_as_error(false)
            .timeout_global(Some(TIMEOUT))
            .user_agent(concat!("qiantang-agent/", env!("CARGO_PKG_VERSION")))
            .build();
        Lines {
            agent: config.into(),
            exchange: exchange.trim_end_matches('/').to_owned(),
            api_key,
            token: None,
        }
    }

    /// What an exporter tells.
    ///
    /// # Errors
    /// It tells nothing.
    pub fn metrics(&self, url: &str) -> Result<String, Later> {
        let mut answer = self.agent.get(url).call()?;
        if !answer.status().is_success() {
            return Err(Later(format!("it answers {}", answer.status().as_u16())));
        }
        let body = answer.body_mut().with_config().limit(METRICS_BYTES_MAX);
        Ok(body.read_to_string()?)
    }

    /// Sends events, one a line. The same events have the same idempotency key.
    ///
    /// # Errors
    /// [`Later`]: nobody knows whether they count. They are to be sent again.
    pub fn send(&mut self, events: &[String]) -> Result<Answer, Later> {
        let body = format!("[{}]", events.join(","));
        let (status, text) = match self.try_send(&body)? {
            // The session has ended.
            (401, _) => {
                self.token = None;
                self.try_send(&body)?
            }
            answered => answered,
        };
        let detail = || {
            let problem: Option<Problem> = serde_json::from_str(&text).ok();
            problem.map_or_else(|| format!("it answers {status}"), |problem| problem.detail)
        };
        match status {
            200..=299 => {
                let taken: Result<Taken, _> = serde_json::from_str(&text);
                taken.map(Answer::Taken).map_err(|error| Later(error.to_string()))
            }
            400 | 413 | 415 | 422 => Ok(Answer::Refused(detail())),
            _ => Err(Later(detail())),
        }
    }

    fn try_send(&mut self, body: &str) -> Result<(u16, String), Later> {
        let token = match self.token.take() {
            Some(token) => token,
            None => self.log_in()?,
        };
        let key = hex(&Sha256::digest(body));
        let request = self
            .agent
            .post(format!("{}/v1/usage", self.exchange))
            .header("authorization", format!("Bearer {}", token.expose()))
            .header("content-type", "application/cloudevents-batch+json")
            .header("idempotency-key", key);
        let mut answer = request.send(body)?;
        let text = answer.body_mut().read_to_string()?;
        self.token = Some(token);
        Ok((answer.status().as_u16(), text))
    }

    fn log_in(&self) -> Result<Secret, Later> {
        let body = json!({"grant_type": "api_key", "api_key": self.api_key.expose()});
        let mut answer = self
            .agent
            .post(format!("{}/v1/auth/token", self.exchange))
            .send_json(body)?;
        let text = answer.body_mut().read_to_string()?;
        let tokens: Value = serde_json::from_str(&text).unwrap_or_default();
        let token = tokens["access_token"].as_str().map(Secret::new);
        token.ok_or_else(|| {
            Later(format!(
                "the API key opens nothing: it answers {}",
                answer.status().as_u16()
            ))
        })
    }
}
