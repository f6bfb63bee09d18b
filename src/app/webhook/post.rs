//! Sends one message over HTTP.

use std::io::{self, Read};
use std::path::Path;
use std::time::{Duration, Instant};

use ureq::Agent;
use ureq::config::Config;
use ureq::http::Uri;
use ureq::unversioned::resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::{DefaultConnector, NextTimeout};

use super::target::Targets;
use crate::app::tls;

/// How long the answer to a message may take, looking the name up included.
const TIMEOUT: Duration = Duration::from_secs(15);
/// How much of an answer is read: enough for the connection to be used again where the receiver says little.
const ANSWER_BYTES_MAX: u64 = 1_024;
/// Longest text that is kept of why a message was not sent, in characters.
const FAILURE_CHARS_MAX: usize = 200;

/// What is sent.
#[derive(Debug, Clone)]
pub struct Letter {
    /// Where.
    pub url: String,
    /// The headers, by name.
    pub headers: [(&'static str, String); 3],
    /// The body, to the byte.
    pub body: String,
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sent {
    /// The status of the answer, or why there was none.
    pub answer: Result<u16, String>,
    /// How long it took, in milliseconds.
    pub millis: u32,
}

/// Sends messages. Cheap to share; connections are kept for a while.
#[derive(Debug)]
pub struct Poster {
    agent: Agent,
    targets: Targets,
}

/// Finds the addresses of a name, and leaves out those that nothing may be sent to. The connection is made to one of the addresses
/// that it gives, so that a name cannot mean another one by then.
#[derive(Debug)]
struct Guard {
    targets: Targets,
    names: DefaultResolver,
}

impl Resolver for Guard {
    fn resolve(&self, uri: &Uri, config: &Config, timeout: NextTimeout) -> Result<ResolvedSocketAddrs, ureq::Error> {
        let found = self.names.resolve(uri, config, timeout)?;
        let mut allowed = self.empty();
        for address in found.iter().filter(|address| self.targets.allow(address.ip())) {
            allowed.push(*address);
        }
        if allowed.is_empty() {
            return Err(io::Error::other("the name leads to private addresses only").into());
        }
        Ok(allowed)
    }
}

impl Poster {
    /// Trusts the certificate authorities in a file (PEM); without the file nobody is reached over https.
    pub fn new(targets: Targets, authorities: &Path) -> Poster {
        let config = Agent::config_builder()
            .tls_config(tls::client(authorities))
            .https_only(targets == Targets::Public)
            // A proxy would connect for us to where we may not.
            .proxy(None)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .http_status_as_error(false)
            .timeout_global(Some(TIMEOUT))
            .user_agent(concat!("qiantang/", env!("CARGO_PKG_VERSION")))
            .build();
        let names = DefaultResolver::default();
        Poster {
            agent: Agent::with_parts(config, DefaultConnector::default(), Guard { targets, names }),
            targets,
        }
    }

    /// Sends a message and waits for the answer.
    pub fn send(&self, letter: &Letter) -> Sent {
        let started = Instant::now();
        let answer = self.ask(letter);
        let millis = u32::try_from(started.elapsed().as_millis()).unwrap_or(u32::MAX);
        Sent { answer, millis }
    }

    fn ask(&self, letter: &Letter) -> Result<u16, String> {
        // The settings may be stricter than when the webhook was made.
        self.targets.check(&letter.url).map_err(str::to_owned)?;
        let mut request = self.agent.post(&letter.url).header("content-type", "application/json");
        for (name, value) in &letter.headers {
            request = request.header(*name, value);
        }
        let mut response = request
            .send(letter.body.as_bytes())
            .map_err(|error| short(&error.to_string()))?;
        let status = response.status().as_u16();
        let mut said = Vec::new();
        // The status is what counts; what else is said is nobody's to keep.
        let _ = response
            .body_mut()
            .as_reader()
            .take(ANSWER_BYTES_MAX)
            .read_to_end(&mut said);
        Ok(status)
    }
}

fn short(text: &str) -> String {
    text.chars().take(FAILURE_CHARS_MAX).collect()
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::*;

    fn letter(url: String) -> Letter {
        let headers = ["webhook-id", "webhook-timestamp", "webhook-signature"];
        Letter {
            url,
            headers: headers.map(|name| (name, String::new())),
            body: "{}".to_owned(),
        }
    }

    #[test]
    fn a_name_that_means_this_machine_is_not_connected_to() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let port = listener.local_addr().unwrap().port();
        let poster = Poster::new(Targets::Public, Path::new("/nowhere"));
        let sent = poster.send(&letter(format!("https://localhost:{port}/")));
        assert_eq!(
            sent.answer,
            Err("io: the name leads to private addresses only".to_owned())
        );
        assert!(listener.accept().is_err(), "nobody has connected");
        let sent = poster.send(&letter(format!("http://localhost:{port}/")));
        assert_eq!(sent.answer, Err("must begin with https://".to_owned()));
    }
}
