//! The key with which an agent signs events, so that a stolen API key alone reports nothing.

use std::fs::File;
use std::io::{self, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::Path;

use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use serde_json::{Value, json};

use crate::cli::failure::Failure;
use crate::domain::text::{base64, base64_bytes};
use crate::domain::usage::{SPAN_TYPE, UsageEvent, UsageReport};

const BEGIN: &str = "-----BEGIN PRIVATE KEY-----";
const END: &str = "-----END PRIVATE KEY-----";

/// A key, and under which identifier the exchange knows its public half.
#[derive(Debug)]
pub struct Signer {
    pair: Ed25519KeyPair,
    agent_key: String,
}

/// Makes a key in a file that nobody else may read (PKCS #8 in PEM), and gives its public half in base 64.
///
/// # Errors
/// The file exists already or cannot be written.
pub fn make(file: &Path) -> Result<String, Failure> {
    let place = file.display().to_string();
    let failed = |source| Failure::Write {
        place: place.clone(),
        source,
    };
    let unusable = |_| failed(io::Error::other("the machine makes no key"));
    let pair = Ed25519KeyPair::generate().map_err(unusable)?;
    let document = pair.to_pkcs8v1().map_err(unusable)?;
    let text = format!("{BEGIN}\n{}\n{END}\n", base64(document.as_ref()));
    let written = File::options().write(true).create_new(true).mode(0o600).open(file);
    written
        .and_then(|mut file| file.write_all(text.as_bytes()).and_then(|()| file.sync_all()))
        .map_err(failed)?;
    Ok(base64(pair.public_key().as_ref()))
}

impl Signer {
    /// Reads a key from a file.
    ///
    /// # Errors
    /// It cannot be read, others may read it too, or it holds no key.
    pub fn read(file: &Path, agent_key: String) -> Result<Signer, Failure> {
        let wrong = |reason: &str| Failure::Argument(format!("{}: {reason}", file.display()));
        let read = std::fs::read_to_string(file).and_then(|text| Ok((text, std::fs::metadata(file)?)));
        let (text, found) = read.map_err(|error| wrong(&error.to_string()))?;
        if found.permissions().mode() & 0o077 != 0 {
            return Err(wrong(
                "others than its owner may use it; forbid that first (chmod go-rwx)",
            ));
        }
        let lines = text.lines().map(str::trim).filter(|line| ![BEGIN, END].contains(line));
        let der = base64_bytes(&lines.collect::<String>());
        let pair = der.and_then(|der| Ed25519KeyPair::from_pkcs8(&der).ok());
        let pair = pair.ok_or_else(|| wrong("is no key that this program made"))?;
        Ok(Signer { pair, agent_key })
    }

    /// What signs a report: extensions of its event.
    fn sign(&self, report: &UsageReport, event: &mut Value) {
        let signature = self.pair.sign(signed_text(report).as_bytes());
        event["signature"] = json!(base64(signature.as_ref()));
        event["agentkey"] = json!(self.agent_key);
    }
}

fn signed_text(report: &UsageReport) -> String {
    UsageEvent::from(report.clone()).signed_text()
}

/// The event of a report, in one line.
pub fn event(report: &UsageReport, signer: Option<&Signer>) -> String {
    let mut event = json!({
        "specversion": "1.0",
        "type": SPAN_TYPE,
        "source": report.source,
        "id": report.id,
        "data": {
            "lease": report.lease,
            "from": report.from,
            "until": report.until,
            "cards_up": report.cards_up,
            "card_seconds": report.card_seconds,
        },
    });
    if let Some(signer) = signer {
        signer.sign(report, &mut event);
    }
    event.to_string()
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::signature::{ED25519, UnparsedPublicKey};

    use super::*;
    use crate::domain::id::LeaseId;
    use crate::domain::time::Timestamp;

    #[test]
    fn an_event_is_signed_with_the_key_in_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("agent.pem");
        let public = base64_bytes(&make(&file).unwrap()).unwrap();
        assert!(make(&file).is_err(), "a key is not overwritten");
        let signer = Signer::read(&file, "key".to_owned()).unwrap();
        let report = UsageReport {
            source: "agent".to_owned(),
            id: "1".to_owned(),
            lease: LeaseId(1),
            from: Timestamp::from_micros(0),
            until: Timestamp::from_micros(60_000_000),
            cards_up: 8,
            card_seconds: 480,
        };
        let event: Value = serde_json::from_str(&event(&report, Some(&signer))).unwrap();
        let signature = base64_bytes(event["signature"].as_str().unwrap()).unwrap();
        let verified = |text: &str| UnparsedPublicKey::new(&ED25519, &public).verify(text.as_bytes(), &signature);
        assert!(verified(&signed_text(&report)).is_ok());
        assert!(verified("something else").is_err());
        assert_eq!(event["agentkey"], "key");
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o644)).unwrap();
        assert!(Signer::read(&file, "key".to_owned()).is_err(), "others may read it");
    }
}
