//! The service in a process of its own.

use std::fs;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::process::{Child, ChildStdout, Command, Stdio};

use super::{Failure, Options};

/// A service that was started for the measurement; it ends with it.
pub(super) struct Process {
    child: Child,
    /// Open as long as it may write there.
    _stdout: BufReader<ChildStdout>,
    pub(super) address: SocketAddr,
}

/// What must not be what is measured.
const UNLIMITED: &str = "10000000";

impl Process {
    /// Starts this very binary on the database of the measurement.
    pub(super) fn start(options: &Options) -> Result<Process, Failure> {
        let failed = |reason: String| Failure::Argument(format!("the service does not start: {reason}"));
        let binary = std::env::current_exe().map_err(|error| failed(error.to_string()))?;
        let keys = std::env::temp_dir().join(format!("qiantang-bench-keys-{}", std::process::id()));
        let mut command = Command::new(binary);
        command
            .args([
                "--quiet",
                "--database",
                &options.database,
                "serve",
                "--listen",
                "127.0.0.1:0",
            ])
            .arg("--keys")
            .arg(&keys)
            .stdout(Stdio::piped());
        for limit in [
            "login-per-minute",
            "principal-per-second",
            "principal-burst",
            "address-per-second",
            "address-burst",
        ] {
            command.arg(format!("--{limit}")).arg(UNLIMITED);
        }
        // All readers of the stream come from this machine.
        command.args(["--stream-readers-per-address", "1000000"]);
        let mut child = command.spawn().map_err(|error| failed(error.to_string()))?;
        let stdout = child
            .stdout
            .take()
            .ok_or_else(|| failed("it has no output".to_owned()))?;
        let (mut line, mut stdout) = (String::new(), BufReader::new(stdout));
        let read = stdout.read_line(&mut line);
        read.map_err(|error| failed(error.to_string()))?;
        let address = line
            .trim()
            .rsplit("http://")
            .next()
            .and_then(|address| address.parse().ok());
        let address = address.ok_or_else(|| failed(format!("it says {line:?}")))?;
        Ok(Process {
            child,
            _stdout: stdout,
            address,
        })
    }

    /// Resident memory.
    pub(super) fn memory_kib(&self) -> Result<u64, Failure> {
        let path = format!("/proc/{}/status", self.child.id());
        let text = fs::read_to_string(&path).map_err(|error| Failure::Argument(format!("{path}: {error}")))?;
        let line = text.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let number = line
            .and_then(|line| line.split_whitespace().next())
            .and_then(|number| number.parse().ok());
        number.ok_or_else(|| Failure::Argument(format!("{path} says nothing of memory")))
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // Its database is made anew each time: there is nothing to end well.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
