//! Settings of the service: one table, which the command line, the environment and the file all fill, and the docs show.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use crate::app::documents::DocumentLimits;
use crate::app::log::client::WitnessAddress;
use crate::app::log::ring::KeySource;
use crate::app::log::sealer::SealSettings;
use crate::app::webhook::Targets;
use crate::domain::log::{ParseSuiteError, Suite};
use crate::store::Url;

/// A row of the table.
#[derive(Debug, Clone, Copy)]
pub struct Setting {
    /// Its name in the file; the flag is the same with hyphens, the variable the same in capitals after `QIANTANG_`.
    pub name: &'static str,
    /// What it is if nobody says.
    pub default: &'static str,
    /// What it means.
    pub meaning: &'static str,
}

/// A setting that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SettingError {
    /// No setting has this name.
    #[error("{name:?} is no setting")]
    Unknown {
        /// What was found.
        name: String,
    },
    /// The value is not of the right form.
    #[error("{name}: {value:?} {reason}")]
    Malformed {
        /// The setting.
        name: &'static str,
        /// What was found.
        value: String,
        /// The rule.
        reason: String,
    },
    /// The file is not TOML, or holds more than single values.
    #[error("{0}")]
    File(String),
}

macro_rules! settings {
    ($($name:ident: $type:ty = $default:literal, $meaning:literal;)*) => {
        /// The settings, checked.
        #[derive(Debug, Clone)]
        pub struct Settings {
            $(#[doc = $meaning] pub $name: $type,)*
        }

        /// Every setting.
        pub const SETTINGS: &[Setting] = &[$(Setting {
            name: stringify!($name),
            default: $default,
            meaning: $meaning,
        }),*];

        impl Settings {
            /// What is given, by name; the defaults for the rest.
            ///
            /// # Errors
            /// A name that is no setting, or the first value that breaks its rule.
            pub fn new(given: &BTreeMap<String, String>) -> Result<Settings, SettingError> {
                let known = |name: &String| SETTINGS.iter().any(|setting| setting.name == name);
                if let Some(name) = given.keys().find(|name| !known(name)) {
                    return Err(SettingError::Unknown { name: name.clone() });
                }
                let text = |name: &str, default: &str| given.get(name).map_or(default, String::as_str).to_owned();
                Settings {
                    $($name: {
                        let value = text(stringify!($name), $default);
                        Value::read(&value).map_err(|reason| SettingError::Malformed {
                            name: stringify!($name),
                            value,
                            reason,
                        })?
                    },)*
                }
                .check()
            }
        }
    };
}

settings! {
    listen: SocketAddr = "127.0.0.1:8080", "Address and port to listen on. TLS is a reverse proxy's work";
    keys: PathBuf = "var/keys", "Folder of the keys that sign tokens; the first one is made there";
    issuer: Text = "http://127.0.0.1:8080", "Public URL of the service, and issuer of its tokens (`iss`)";
    audience: Text = "qiantang", "Whom its tokens are for (`aud`)";
    access_seconds: Count<60, 900> = "600", "Life of an access token";
    workers: Count<1, 256> = "2", "Threads that answer requests";
    readers: Count<1, 256> = "8", "Connections that read the database";
    body_max_bytes: Count<1_024, 67_108_864> = "4194304", "Largest body of a request";
    header_max_bytes: Count<1_024, 65_536> = "16384", "Largest sum of a request's headers";
    header_seconds: Count<1, 600> = "10", "Time for the headers of a request to arrive";
    request_seconds: Count<1, 600> = "30", "Time for a request to be answered, its body included";
    idle_seconds: Count<1, 3_600> = "75", "Time that an idle connection is kept";
    connections_max: Count<1, 1_000_000> = "25000", "Open connections, of each worker";
    stream_readers_max: Count<1, 1_000_000> = "20000", "Readers of the market stream";
    stream_readers_per_address: Count<1, 1_000_000> = "2000", "Readers of the market stream at one address";
    principal_per_second: Count<1, 10_000_000> = "2000", "Requests a second of one user or key, on average";
    principal_burst: Count<1, 10_000_000> = "4000", "Requests of one user or key at once";
    address_per_second: Count<1, 10_000_000> = "20000", "Requests a second from one address, on average";
    address_burst: Count<1, 10_000_000> = "40000", "Requests from one address at once";
    login_per_minute: Count<1, 10_000_000> = "60", "Requests for tokens a minute from one address, on average; as many at once";
    trusted_proxies: List<IpAddr> = "", "Addresses whose `X-Forwarded-For` is believed, separated by commas";
    cors_origins: List<Text> = "", "Origins that browsers may call from, separated by commas; none: the service's own only";
    shutdown_seconds: Count<0, 600> = "30", "Time for open requests to end after a signal to stop";
    documents: Option<PathBuf> = "", "Folder of the documents that are handed in; none: `<database>.documents` beside an SQLite file, `var/documents` for PostgreSQL";
    document_max_bytes: Count<1_024, 1_073_741_824> = "26214400", "Largest document";
    document_org_max_mib: Count<1, 16_777_216> = "10240", "All documents of one organisation, in MiB";
    settle_every_hours: Count<0, 744> = "0", "Hours between settlements, by the clock in UTC; 0: only on demand";
    webhook_targets: Targets = "public", "Where webhooks may go: `public`, https to public addresses; `any`, http and private addresses too, for tests and development";
    webhook_senders: Count<1, 256> = "16", "Threads that send to webhooks";
    webhook_authorities: PathBuf = "/etc/ssl/certs/ca-certificates.crt", "File of the certificate authorities (PEM) by which webhooks are known";
    log_origin: Text = "qiantang.local/log", "What the audit log is called in its checkpoints, for ever: a name without `+`, spaces or a scheme";
    log_suite: Option<Suite> = "", "Algorithms of the audit log of a new database, `sha256-ed25519` or `sm3-sm2`; none: the first. Another log than this one is refused";
    log_keys: Option<PathBuf> = "", "Folder of the keys that sign checkpoints; none: `log-keys` beside the folder of `keys`. `QIANTANG_LOG_SIGNING_KEYS` may hold the keys themselves";
    log_key_overlap_hours: Count<0, 8_760> = "168", "Hours that a key goes on to sign checkpoints beside the one that follows it";
    log_checkpoint_seconds: Count<0, 86_400> = "60", "Seconds between checkpoints, where something has happened; 0: only on demand";
    log_witnesses: List<WitnessAddress> = "", "Witnesses of checkpoints, separated by commas: the public key, a space, and the URL";
    log: LogFormat = "text", "How the log is written: `text` or `json`, to standard error";
}

impl Settings {
    fn check(self) -> Result<Settings, SettingError> {
        if !self.listen.ip().is_loopback() && !self.issuer.0.starts_with("https://") {
            return Err(SettingError::Malformed {
                name: "issuer",
                value: self.issuer.0,
                reason: "must be https where the service listens to more than this machine".to_owned(),
            });
        }
        Ok(self)
    }

    /// Where documents are kept beside a database.
    pub fn documents_folder(&self, database: &Url) -> PathBuf {
        match (&self.documents, database) {
            (Some(folder), _) => folder.clone(),
            (None, Url::Sqlite(file)) => {
                let mut name = file.clone().into_os_string();
                name.push(".documents");
                PathBuf::from(name)
            }
            (None, Url::Postgresql(_)) => PathBuf::from("var/documents"),
        }
    }

    /// How checkpoints are made.
    pub fn sealing(&self) -> SealSettings {
        let folder = self
            .log_keys
            .clone()
            .unwrap_or_else(|| self.keys.with_file_name("log-keys"));
        SealSettings {
            origin: self.log_origin.0.clone(),
            keys: KeySource::from_environment(folder),
            overlap_seconds: self.log_key_overlap_hours.get() * 3_600,
        }
    }

    /// How much of them.
    pub fn document_limits(&self) -> DocumentLimits {
        DocumentLimits {
            document_bytes: u64::from(self.document_max_bytes.get()),
            org_bytes: u64::from(self.document_org_max_mib.get()) << 20,
        }
    }

    /// The values of a settings file by name, as text.
    ///
    /// # Errors
    /// It is not TOML, or holds tables.
    pub fn file(text: &str) -> Result<BTreeMap<String, String>, SettingError> {
        let table: toml::Table = text
            .parse()
            .map_err(|error: toml::de::Error| SettingError::File(error.to_string()))?;
        let value = |name: String, value: toml::Value| {
            let text = match value {
                toml::Value::String(text) => text,
                toml::Value::Integer(number) => number.to_string(),
                toml::Value::Boolean(_)
                | toml::Value::Float(_)
                | toml::Value::Datetime(_)
                | toml::Value::Array(_)
                | toml::Value::Table(_) => {
                    return Err(SettingError::File(format!("{name}: must be a text or a whole number")));
                }
            };
            Ok((name, text))
        };
        table.into_iter().map(|(name, found)| value(name, found)).collect()
    }
}

/// How a value is read from its text.
trait Value: Sized {
    fn read(text: &str) -> Result<Self, String>;
}

impl Value for SocketAddr {
    fn read(text: &str) -> Result<Self, String> {
        text.parse().map_err(|_| "is not an address with a port".to_owned())
    }
}

impl Value for IpAddr {
    fn read(text: &str) -> Result<Self, String> {
        text.parse().map_err(|_| "is not an address".to_owned())
    }
}

impl Value for PathBuf {
    fn read(text: &str) -> Result<Self, String> {
        Text::read(text).map(|text| PathBuf::from(text.0))
    }
}

/// A place; none where nothing is said.
impl Value for Option<PathBuf> {
    fn read(text: &str) -> Result<Self, String> {
        Ok((!text.is_empty()).then(|| PathBuf::from(text)))
    }
}

impl Value for Option<Suite> {
    fn read(text: &str) -> Result<Self, String> {
        let suite = (!text.is_empty()).then(|| text.parse());
        suite.transpose().map_err(|error: ParseSuiteError| error.to_string())
    }
}

impl Value for WitnessAddress {
    fn read(text: &str) -> Result<Self, String> {
        text.parse()
    }
}

/// A text that is not empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text(pub String);

impl Value for Text {
    fn read(text: &str) -> Result<Self, String> {
        let held = !text.is_empty();
        held.then(|| Text(text.to_owned()))
            .ok_or_else(|| "must not be empty".to_owned())
    }
}

/// A whole number from `MIN` to `MAX`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Count<const MIN: u32, const MAX: u32>(u32);

impl<const MIN: u32, const MAX: u32> Count<MIN, MAX> {
    /// The number.
    pub fn get(self) -> u32 {
        self.0
    }

    /// The number as a size.
    pub fn size(self) -> usize {
        usize::try_from(self.0).unwrap_or(usize::MAX)
    }

    /// So many seconds.
    pub fn seconds(self) -> Duration {
        Duration::from_secs(u64::from(self.0))
    }
}

impl<const MIN: u32, const MAX: u32> Value for Count<MIN, MAX> {
    fn read(text: &str) -> Result<Self, String> {
        let number = u32::from_str(text).ok().filter(|number| (MIN..=MAX).contains(number));
        number
            .map(Count)
            .ok_or_else(|| format!("must be a whole number from {MIN} to {MAX}"))
    }
}

impl Value for Targets {
    fn read(text: &str) -> Result<Self, String> {
        text.parse()
    }
}

/// Several values, separated by commas.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct List<T>(pub Vec<T>);

impl<T: Value> Value for List<T> {
    fn read(text: &str) -> Result<Self, String> {
        let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
        parts.map(T::read).collect::<Result<Vec<T>, String>>().map(List)
    }
}

/// How the log is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    Text,
    /// For programs: one object a line.
    Json,
}

impl Value for LogFormat {
    fn read(text: &str) -> Result<Self, String> {
        match text {
            "text" => Ok(LogFormat::Text),
            "json" => Ok(LogFormat::Json),
            _ => Err("must be text or json".to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn given(pairs: &[(&str, &str)]) -> Result<Settings, String> {
        let given = pairs
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Settings::new(&given.collect()).map_err(|error| error.to_string())
    }

    #[test]
    fn every_default_is_right() {
        assert_eq!(given(&[]).unwrap().access_seconds.get(), 600);
    }

    #[test]
    fn what_breaks_a_rule_is_named() {
        for (pairs, expected) in [
            (&[("colour", "red")][..], "\"colour\" is no setting"),
            (
                &[("workers", "0")],
                "workers: \"0\" must be a whole number from 1 to 256",
            ),
            (
                &[("access_seconds", "901")],
                "access_seconds: \"901\" must be a whole number from 60 to 900",
            ),
            (&[("listen", "here")], "listen: \"here\" is not an address with a port"),
            (&[("log", "xml")], "log: \"xml\" must be text or json"),
            (
                &[("trusted_proxies", "10.0.0.1, me")],
                "trusted_proxies: \"10.0.0.1, me\" is not an address",
            ),
            (
                &[("listen", "0.0.0.0:80")],
                "issuer: \"http://127.0.0.1:8080\" must be https where the service listens to more than this machine",
            ),
        ] {
            assert_eq!(given(pairs).unwrap_err(), expected);
        }
    }

    #[test]
    fn a_file_holds_single_values() {
        let file = Settings::file("workers = 4\nlisten = \"127.0.0.1:80\"\n").unwrap();
        assert_eq!(file.get("workers").map(String::as_str), Some("4"));
        assert!(Settings::file("[workers]\na = 1\n").is_err());
        assert!(Settings::file("workers = ").is_err());
    }
}
