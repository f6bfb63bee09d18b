//! A PostgreSQL server that lives as long as the test process.

use std::fs;
use std::os::unix::fs::chown;
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection;
use diesel::{Connection, PgConnection};

/// Runs the server, and stops it and removes its files as soon as standard input closes: when the test process ends, in
/// whatever way, even killed.
const GUARD: &str = r#"
"$0/postgres" -D "$1/data" -k "$1" -c listen_addresses='' $2 >"$1/log" 2>&1 &
server=$!
cat >/dev/null
kill -QUIT $server
wait $server
rm -rf "$1"
"#;

/// A server of our own on a Unix socket, without TCP.
pub struct TempPostgres {
    folder: PathBuf,
    databases: AtomicU32,
    /// Closed by the operating system when this process ends.
    _leash: ChildStdin,
    _guard: Child,
}

impl TempPostgres {
    /// A server with `settings`, as `postgres` takes them.
    pub fn start(settings: &str) -> TempPostgres {
        let programs = programs();
        let folder = tempfile::Builder::new()
            .prefix("qiantang-pg-")
            .tempdir()
            .expect("a temporary PostgreSQL starts")
            .keep();
        let (user, group) = unprivileged();
        chown(&folder, Some(user), Some(group)).expect("a temporary PostgreSQL starts");
        let made = Command::new(programs.join("initdb"))
            .args([
                "-A",
                "trust",
                "-U",
                "postgres",
                "-E",
                "UTF8",
                "--locale=C",
                "--no-sync",
                "-D",
            ])
            .arg(folder.join("data"))
            .uid(user)
            .gid(group)
            .current_dir(&folder)
            .output()
            .expect("a temporary PostgreSQL starts");
        assert!(
            made.status.success(),
            "initdb: {}",
            String::from_utf8_lossy(&made.stderr)
        );
        let mut guard = Command::new("sh")
            .args(["-c", GUARD])
            .arg(&programs)
            .arg(&folder)
            .arg(settings)
            .uid(user)
            .gid(group)
            .current_dir(&folder)
            .stdin(Stdio::piped())
            .process_group(0)
            .spawn()
            .expect("a temporary PostgreSQL starts");
        let leash = guard.stdin.take().expect("standard input is piped");
        let server = TempPostgres {
            folder,
            databases: AtomicU32::new(0),
            _leash: leash,
            _guard: guard,
        };
        server.wait_until_ready();
        server
    }

    /// A new, empty database; its URL.
    pub fn create_database(&self) -> String {
        let name = format!("test_{}", self.databases.fetch_add(1, Ordering::Relaxed));
        let mut connection = PgConnection::establish(&self.url("postgres")).expect("a temporary PostgreSQL starts");
        connection
            .batch_execute(&format!("CREATE DATABASE {name}"))
            .expect("a temporary PostgreSQL starts");
        self.url(&name)
    }

    fn url(&self, database: &str) -> String {
        format!("postgres:///{database}?host={}&user=postgres", self.folder.display())
    }

    fn wait_until_ready(&self) {
        let start = Instant::now();
        while let Err(error) = PgConnection::establish(&self.url("postgres")) {
            let log = fs::read_to_string(self.folder.join("log")).unwrap_or_default();
            assert!(
                start.elapsed() < Duration::from_secs(30),
                "PostgreSQL does not start: {error}\n{log}"
            );
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

/// Where initdb and postgres are: the newest version that Debian has installed.
fn programs() -> PathBuf {
    let versions = fs::read_dir("/usr/lib/postgresql").expect("PostgreSQL is installed");
    let folders = versions.map(|version| version.expect("a folder can be listed").path().join("bin"));
    folders
        .filter(|folder| folder.join("initdb").exists())
        .max()
        .expect("PostgreSQL's server is installed")
}

/// The user `postgres`, because PostgreSQL refuses to run as root; ourselves where we are not root.
fn unprivileged() -> (u32, u32) {
    use std::os::unix::fs::MetadataExt;
    let ourselves = fs::metadata("/proc/self").expect("a temporary PostgreSQL starts");
    if ourselves.uid() != 0 {
        return (ourselves.uid(), ourselves.gid());
    }
    let users = fs::read_to_string("/etc/passwd").expect("a temporary PostgreSQL starts");
    let user = users
        .lines()
        .find(|line| line.starts_with("postgres:"))
        .expect("there is a user postgres");
    let mut fields = user
        .split(':')
        .skip(2)
        .map(|field| field.parse().expect("user and group are numbers"));
    (
        fields.next().expect("a temporary PostgreSQL starts"),
        fields.next().expect("a temporary PostgreSQL starts"),
    )
}
