//! A client over real HTTP.

use std::fmt;
use std::io::Write;
use std::net::{SocketAddr, TcpStream};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use serde_json::Value;
use ureq::Agent;
use ureq::http::Request;

/// An answer, as it came.
#[derive(Clone)]
pub struct Answer {
    /// The status.
    pub status: u16,
    headers: Vec<(String, String)>,
    /// The body, as far as it is text.
    pub text: String,
    /// The body.
    pub bytes: Vec<u8>,
}

impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Answer")
            .field("status", &self.status)
            .field("headers", &self.headers)
            .field("text", &self.text)
            .finish()
    }
}

impl Answer {
    /// The body as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// A header.
    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str())
    }

    /// The code of a problem, which must look like one.
    pub fn code(&self) -> String {
        let problem = self.json();
        assert_eq!(
            self.header("content-type"),
            Some("application/problem+json"),
            "{self:?}"
        );
        assert_eq!(problem["status"], self.status, "{self:?}");
        assert_eq!(
            problem["type"],
            format!("/problems/{}", problem["code"].as_str().unwrap())
        );
        for field in ["title", "detail"] {
            assert!(problem[field].is_string(), "{self:?}");
        }
        problem["code"].as_str().unwrap().to_owned()
    }

    /// The answer, which must have this status.
    pub fn must(self, status: u16) -> Answer {
        assert_eq!(self.status, status, "{self:?}");
        self
    }
}

/// Somebody at the other end of the wire.
#[derive(Clone)]
pub struct Client {
    agent: Agent,
    address: SocketAddr,
    token: Option<String>,
}

/// A request to be sent.
pub struct Ask<'a> {
    client: &'a Client,
    method: &'a str,
    path: &'a str,
    headers: Vec<(String, String)>,
    body: Option<Vec<u8>>,
}

impl Client {
    /// Nobody yet.
    pub fn new(address: SocketAddr) -> Client {
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .allow_non_standard_methods(true)
            .max_redirects(0)
            .timeout_global(Some(Duration::from_secs(60)))
            .build();
        Client {
            agent: config.into(),
            address,
            token: None,
        }
    }

    /// Somebody with this token.
    pub fn with_token(&self, token: &str) -> Client {
        Client {
            token: Some(token.to_owned()),
            ..self.clone()
        }
    }

    /// Whom it talks to.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The token.
    pub fn token(&self) -> &str {
        self.token.as_deref().unwrap()
    }

    /// A request of any kind.
    pub fn ask<'a>(&'a self, method: &'a str, path: &'a str) -> Ask<'a> {
        Ask {
            client: self,
            method,
            path,
            headers: Vec::new(),
            body: None,
        }
    }

    /// Begins a bid whose body is still on its way: its first `sent` bytes have gone.
    pub fn begin_bid(&self, key: &str, body: &str, sent: usize) -> TcpStream {
        let mut stream = TcpStream::connect(self.address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        let head = format!(
            "POST /v1/bids HTTP/1.1\r\nhost: here\r\nauthorization: Bearer {}\r\nidempotency-key: {key}\r\n\
             content-type: application/json\r\ncontent-length: {}\r\n\r\n",
            self.token(),
            body.len()
        );
        stream.write_all(head.as_bytes()).unwrap();
        stream.write_all(&body.as_bytes()[..sent]).unwrap();
        stream
    }

    /// Looks.
    pub fn get(&self, path: &str) -> Answer {
        self.ask("GET", path).send()
    }

    /// Changes something, under a key of its own.
    pub fn post(&self, path: &str, body: &Value) -> Answer {
        self.ask("POST", path).key(&fresh_key()).json(body).send()
    }
}

/// A key that was never used.
pub fn fresh_key() -> String {
    static KEYS: AtomicU64 = AtomicU64::new(0);
    format!("key {}", KEYS.fetch_add(1, Ordering::Relaxed))
}

impl Ask<'_> {
    /// With a header.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Under an idempotency key.
    pub fn key(self, key: &str) -> Self {
        self.header("idempotency-key", key)
    }

    /// With a body.
    pub fn json(self, body: &Value) -> Self {
        self.bytes("application/json", body.to_string().as_bytes())
    }

    /// With any body.
    pub fn bytes(mut self, media_type: &str, body: &[u8]) -> Self {
        self.body = Some(body.to_owned());
        self.header("content-type", media_type)
    }

    /// What is answered.
    pub fn send(self) -> Answer {
        let mut request = Request::builder()
            .method(self.method)
            .uri(format!("http://{}{}", self.client.address, self.path));
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        if let Some(token) = &self.client.token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        let request = request.body(self.body.unwrap_or_default()).unwrap();
        let mut response = self.client.agent.run(request).unwrap();
        let headers = response.headers().iter();
        let headers = headers.map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()));
        let headers = headers.collect();
        let bytes = response.body_mut().read_to_vec().unwrap();
        Answer {
            status: response.status().as_u16(),
            headers,
            text: String::from_utf8_lossy(&bytes).into_owned(),
            bytes,
        }
    }
}
