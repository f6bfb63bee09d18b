//! `qiantang witness`: signs checkpoints of logs that go on from what it has signed before.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::Args;

use super::failure::Failure;
use super::output;
use crate::api::witness::WitnessServer;
use crate::app::log::key::{KeyKind, Verifier};
use crate::app::log::ring;
use crate::app::log::witness::Witness;

/// Witnesses logs (C2SP tlog-witness): signs their checkpoints where these go on from the last ones that it has signed. Run it on a
/// machine and under a key that the log's operator has no hand on.
#[derive(Debug, Args)]
pub struct WitnessArguments {
    /// Address and port to listen on.
    #[arg(long, default_value = "127.0.0.1:8090", value_name = "ADDRESS")]
    listen: SocketAddr,
    /// The file of its key, which is made where there is none; nobody else may be allowed to read it.
    #[arg(long, env = "QIANTANG_WITNESS_KEY", value_name = "FILE")]
    key: PathBuf,
    /// What it is called, where its key is made now: a name without a scheme, spaces or `+`.
    #[arg(long, default_value = "witness.local", value_name = "NAME")]
    name: String,
    /// The file of what it has signed last. Whoever loses it must take another key and name.
    #[arg(long, value_name = "FILE")]
    state: PathBuf,
    /// The public key of a log; several times for several keys or logs.
    #[arg(long = "log", required = true, value_name = "KEY", value_parser = key)]
    logs: Vec<Verifier>,
}

/// Reads a public key.
pub(super) fn key(text: &str) -> Result<Verifier, String> {
    text.parse()
        .map_err(|error: crate::app::log::key::KeyError| error.to_string())
}

/// Runs the command.
pub fn run(arguments: &WitnessArguments) -> Result<(), Failure> {
    if let Some(log) = arguments.logs.iter().find(|log| log.suite().is_none()) {
        return Err(Failure::Argument(format!("--log {log}: is no key of a log")));
    }
    if !arguments.key.exists() {
        ring::write_new(&arguments.key, &arguments.name, KeyKind::Cosignature)?;
    }
    let signer = ring::read_key(&arguments.key)?;
    if signer.verifier().kind() != KeyKind::Cosignature {
        let place = arguments.key.display();
        return Err(Failure::Argument(format!("{place}: is no key of a witness")));
    }
    let vkey = signer.verifier().to_string();
    let witness = Witness::open(signer, arguments.logs.clone(), &arguments.state)
        .map_err(|error| Failure::Argument(error.to_string()))?;
    let machine = |source| Failure::Write {
        place: format!("listening on {}", arguments.listen),
        source,
    };
    let server = WitnessServer::start(witness, arguments.listen, true).map_err(machine)?;
    output::say(&format!("{vkey} http://{}", server.address()))?;
    server.wait().map_err(machine)
}
