//! `qiantang access`: the way into a lease, encrypted by its provider to its tenant on their own machines. The exchange has no part in
//! it: no key and no plain text leaves the machine on which this runs.

use std::fs::{self, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use age::secrecy::ExposeSecret;
use age::x25519::Identity;
use clap::{Args, Subcommand};

use super::failure::Failure;
use super::output;
use crate::domain::life::access::{ACCESS_BYTES_MAX, Recipient};

/// The way into a lease, encrypted by its provider to its tenant.
#[derive(Debug, Subcommand)]
pub enum Access {
    /// Makes a pair of keys: the file opens what is sealed for the recipient that is printed.
    Key(Key),
    /// Encrypts a file, or standard input where it is `-`, to a recipient. What is printed goes into `POST /v1/leases/{id}/provision`.
    Seal(Seal),
    /// Decrypts a file, or standard input where it is `-`, that was sealed.
    Open(Open),
}

/// Makes a pair of keys.
#[derive(Debug, Args)]
pub struct Key {
    /// Where the secret half goes: a new file that nobody else may read.
    #[arg(value_name = "KEYFILE")]
    out: PathBuf,
}

/// Encrypts.
#[derive(Debug, Args)]
pub struct Seal {
    /// To whom: the recipient of the lease's tenant.
    #[arg(long, value_name = "age1…")]
    recipient: Recipient,
    /// What.
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

/// Decrypts.
#[derive(Debug, Args)]
pub struct Open {
    /// The file that `qiantang access key` or `age-keygen` has made.
    #[arg(long, value_name = "KEYFILE")]
    identity: PathBuf,
    /// What.
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

/// Runs the command.
pub fn run(access: &Access) -> Result<(), Failure> {
    match access {
        Access::Key(key) => make(&key.out),
        Access::Seal(Seal { recipient, file }) => {
            let recipient: age::x25519::Recipient = recipient.to_string().parse().map_err(unusable)?;
            let sealed = age::encrypt_and_armor(&recipient, &read(file)?).map_err(unusable)?;
            if sealed.len() > ACCESS_BYTES_MAX {
                let much = "it comes to more than 64 KiB: hand in what fetches it instead";
                return Err(Failure::Argument(much.to_owned()));
            }
            output::say(sealed.trim_end())
        }
        Access::Open(Open { identity, file }) => {
            let opened = age::decrypt(&identity_of(identity)?, &read(file)?).map_err(unusable)?;
            io::stdout().lock().write_all(&opened).map_err(|source| Failure::Write {
                place: "standard output".to_owned(),
                source,
            })
        }
    }
}

fn make(out: &Path) -> Result<(), Failure> {
    let identity = Identity::generate();
    let public = identity.to_public();
    let written = |source| Failure::Write {
        place: out.display().to_string(),
        source,
    };
    let mut options = OpenOptions::new();
    let file = options.write(true).create_new(true).mode(0o600).open(out);
    let secret = identity.to_string();
    let text = format!("# public key: {public}\n{}\n", secret.expose_secret());
    file.and_then(|mut file| file.write_all(text.as_bytes()))
        .map_err(written)?;
    output::say(&public.to_string())
}

/// The first identity of a file; lines that begin with `#` are comments.
fn identity_of(place: &Path) -> Result<Identity, Failure> {
    let text = fs::read_to_string(place).map_err(|error| unreadable(place, &error))?;
    let mut lines = text.lines().map(str::trim);
    let line = lines.find(|line| !line.is_empty() && !line.starts_with('#'));
    let line = line.ok_or_else(|| Failure::Argument(format!("{}: has no key", place.display())))?;
    line.parse().map_err(unusable)
}

fn read(place: &Path) -> Result<Vec<u8>, Failure> {
    if place != Path::new("-") {
        return fs::read(place).map_err(|error| unreadable(place, &error));
    }
    let mut bytes = Vec::new();
    let read = io::stdin().lock().read_to_end(&mut bytes);
    read.map(|_| bytes).map_err(|error| unreadable(place, &error))
}

fn unreadable(place: &Path, error: &io::Error) -> Failure {
    Failure::Argument(format!("{}: {error}", place.display()))
}

fn unusable(error: impl std::fmt::Display) -> Failure {
    Failure::Argument(error.to_string())
}
