//! Asks witnesses to sign our checkpoints, and keeps what they sign.

use std::fmt;
use std::io::Read;
use std::path::Path;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use ureq::Agent;

use super::checkpoint::number;
use super::key::{KeyKind, Verifier};
use super::note::{Note, Signature};
use crate::app::exchange::Handle;
use crate::app::readers::{ReadError, Readers};
use crate::app::request::SubmitError;
use crate::app::tls;
use crate::domain::log::{Hash, Suite, consistency};
use crate::domain::text::base64;
use crate::domain::time::Timestamp;
use crate::store::log::{self, CheckpointRow, CosignatureRow, LogRows, LogTree};

/// How long a witness may take to answer.
const TIMEOUT: Duration = Duration::from_secs(10);
/// How much of an answer is read.
const ANSWER_BYTES_MAX: u64 = 16_384;

/// A witness, as it is configured: `<key> <url>`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WitnessAddress {
    /// Its public key.
    pub key: Verifier,
    /// Where it is asked; `/add-checkpoint` is added.
    pub url: String,
}

impl FromStr for WitnessAddress {
    type Err = String;

    fn from_str(text: &str) -> Result<WitnessAddress, String> {
        let (key, url) = text
            .trim()
            .split_once(' ')
            .ok_or("must be a witness's key, a space, and its URL")?;
        let key: Verifier = key.parse().map_err(|error| format!("has a key that {error}"))?;
        if key.kind() != KeyKind::Cosignature {
            return Err("has a key that is none of a witness".to_owned());
        }
        let url = url.trim().trim_end_matches('/').to_owned();
        if !url.starts_with("https://") && !url.starts_with("http://") {
            return Err("must name an http or https URL".to_owned());
        }
        Ok(WitnessAddress { key, url })
    }
}

impl fmt::Display for WitnessAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.key, self.url)
    }
}

/// Why a witness has not signed.
#[derive(Debug, thiserror::Error)]
pub enum WitnessError {
    /// It gave no answer, or none that can be read.
    #[error("{0}")]
    NoAnswer(String),
    /// It has signed a larger tree than ours: ours was put back, or there are two of us.
    #[error("it has signed {0} leaves already, more than there are: the log was put back, or forked")]
    Ahead(u64),
    /// It has signed another tree.
    #[error("it refuses: what it has signed before is no part of this log (status {0})")]
    Forked(u16),
    /// What it sent is not its signature of this checkpoint.
    #[error("it sent no good signature of its own")]
    WrongSignature,
    /// The database cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The signature was not recorded.
    #[error(transparent)]
    Submit(#[from] SubmitError),
}

/// What is known of a checkpoint and a witness.
struct Letter {
    row: CheckpointRow,
    proof: Vec<Hash>,
    old: u64,
}

/// Asks one witness.
pub struct WitnessClient {
    address: WitnessAddress,
    handle: Handle,
    readers: Arc<Readers>,
    agent: Agent,
}

impl WitnessClient {
    /// Asks a witness to sign what the exchange behind `handle` has sealed, trusting the certificate authorities in a file.
    pub fn new(address: WitnessAddress, handle: Handle, readers: Arc<Readers>, authorities: &Path) -> WitnessClient {
        let config = Agent::config_builder()
            .tls_config(tls::client(authorities))
            .proxy(None)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .http_status_as_error(false)
            .timeout_global(Some(TIMEOUT))
            .user_agent(concat!("qiantang/", env!("CARGO_PKG_VERSION")))
            .build();
        WitnessClient {
            address,
            handle,
            readers,
            agent: config.into(),
        }
    }

    /// Who is asked.
    pub fn address(&self) -> &WitnessAddress {
        &self.address
    }

    /// Has the last checkpoint signed, unless it is. How many leaves the witness has signed; none where there is no checkpoint.
    ///
    /// # Errors
    /// See [`WitnessError`].
    pub fn bring(&self, at: Timestamp) -> Result<Option<u64>, WitnessError> {
        let vkey = self.address.key.to_string();
        let known = self.readers.read(|pooled| {
            let reader = &mut pooled.reader;
            let Some(latest) = log::latest_checkpoint(reader)? else {
                return Ok(None);
            };
            let signed = log::cosigners(reader, &[latest.id])?;
            let is_signed = signed.iter().any(|row| row.witness == vkey);
            Ok(Some((latest, is_signed, log::cosigned_size(reader, &vkey)?)))
        })?;
        let Some((row, is_signed, old)) = known else {
            return Ok(None);
        };
        let size = row.size.cast_unsigned();
        if is_signed {
            return Ok(Some(size));
        }
        let line = match self.ask(&self.letter(&row, old.unwrap_or(0))?)? {
            Asked::Signed(line) => line,
            Asked::Other(seen) if seen > size => return Err(WitnessError::Ahead(seen)),
            Asked::Other(seen) => match self.ask(&self.letter(&row, seen)?)? {
                Asked::Signed(line) => line,
                Asked::Other(_) => return Err(WitnessError::Forked(409)),
            },
        };
        let cosignature = CosignatureRow {
            checkpoint: row.id,
            witness: vkey,
            size: row.size,
            at: at.micros(),
            line,
        };
        self.handle.keep(LogRows {
            cosignatures: vec![cosignature],
            ..LogRows::default()
        })?;
        Ok(Some(size))
    }

    fn letter(&self, row: &CheckpointRow, old: u64) -> Result<Letter, WitnessError> {
        let size = row.size.cast_unsigned();
        if old > size {
            return Err(WitnessError::Ahead(old));
        }
        let proof = self.readers.read(|pooled| {
            let reader = &mut pooled.reader;
            let suite: Suite = log::suite(reader)?;
            let mut tree = LogTree::new(reader, suite, size);
            Ok(consistency(suite, &mut tree, old, size)?)
        })?;
        Ok(Letter {
            row: row.clone(),
            proof: proof.unwrap_or_default(),
            old,
        })
    }

    fn ask(&self, letter: &Letter) -> Result<Asked, WitnessError> {
        let no_answer = |error: &dyn fmt::Display| WitnessError::NoAnswer(error.to_string());
        let mut body = format!("old {}\n", letter.old);
        for hash in &letter.proof {
            body.push_str(&base64(hash));
            body.push('\n');
        }
        body.push('\n');
        body.push_str(&letter.row.note);
        let url = format!("{}/add-checkpoint", self.address.url);
        let mut response = self
            .agent
            .post(&url)
            .header("content-type", "text/plain; charset=utf-8")
            .send(body.as_bytes())
            .map_err(|error| no_answer(&error))?;
        let mut said = String::new();
        let mut reader = response.body_mut().as_reader().take(ANSWER_BYTES_MAX);
        reader.read_to_string(&mut said).map_err(|error| no_answer(&error))?;
        match response.status().as_u16() {
            200 => self.signed(&letter.row.note, &said),
            409 => {
                let size = said.strip_suffix('\n').and_then(number);
                size.map(Asked::Other)
                    .ok_or_else(|| no_answer(&"it answers 409 without a size"))
            }
            422 => Err(WitnessError::Forked(422)),
            status => Err(WitnessError::NoAnswer(format!("it answers {status}"))),
        }
    }

    fn signed(&self, note: &str, said: &str) -> Result<Asked, WitnessError> {
        let note = Note::parse(note).map_err(|_| WitnessError::WrongSignature)?;
        let lines = said.lines().filter_map(|line| Signature::parse(line).ok());
        let mut own = lines.filter(|signature| signature.names(&self.address.key));
        let signature = own.next().ok_or(WitnessError::WrongSignature)?;
        signature
            .check(&self.address.key, &note.text)
            .map_err(|_| WitnessError::WrongSignature)?;
        Ok(Asked::Signed(signature.line()))
    }
}

enum Asked {
    Signed(String),
    /// It has signed so many leaves last.
    Other(u64),
}
