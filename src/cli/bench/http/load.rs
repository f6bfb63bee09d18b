//! The load: many connections that each wait for their answer before they ask again.

use std::cell::RefCell;
use std::io;
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::{Duration, Instant};

use tokio::task::LocalSet;

use super::connection::{Answered, Connection, request};

/// What came of a load.
#[derive(Debug, Default)]
pub(super) struct Outcome {
    /// How long each answer with an expected status took.
    pub(super) times: Vec<Duration>,
    /// Answers with another status.
    pub(super) others: u64,
    /// The first of these.
    pub(super) other: Option<Answered>,
    /// How long all of it took.
    pub(super) took: Duration,
}

/// One stream of requests at the same time as others.
pub(super) struct Stream {
    pub(super) connections: usize,
    /// What is expected.
    pub(super) status: u16,
    /// The next request.
    pub(super) next: Box<dyn FnMut() -> Vec<u8>>,
}

/// Runs streams side by side for a while, on this thread.
pub(super) fn run(address: SocketAddr, time: Duration, streams: Vec<Stream>) -> io::Result<Vec<Outcome>> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    LocalSet::new().block_on(&runtime, async move {
        let mut running = Vec::new();
        let started = Instant::now();
        for stream in streams {
            let outcome = Rc::new(RefCell::new(Outcome::default()));
            let next = Rc::new(RefCell::new(stream.next));
            let clients: Vec<_> = (0..stream.connections)
                .map(|_| {
                    let (next, outcome) = (Rc::clone(&next), Rc::clone(&outcome));
                    tokio::task::spawn_local(client(address, (started, time), stream.status, (next, outcome)))
                })
                .collect();
            running.push((clients, outcome));
        }
        let mut outcomes = Vec::new();
        for (clients, outcome) in running {
            for client in clients {
                client.await.map_err(io::Error::other)??;
            }
            let mut outcome = outcome.take();
            outcome.took = started.elapsed();
            outcomes.push(outcome);
        }
        Ok(outcomes)
    })
}

type Shared = (Rc<RefCell<Box<dyn FnMut() -> Vec<u8>>>>, Rc<RefCell<Outcome>>);

async fn client(
    address: SocketAddr,
    (started, time): (Instant, Duration),
    status: u16,
    (next, outcome): Shared,
) -> io::Result<()> {
    let mut connection = Connection::open(address).await?;
    while started.elapsed() < time {
        let request = (next.borrow_mut())();
        let asked = Instant::now();
        let answered = connection.ask(&request).await?;
        let mut outcome = outcome.borrow_mut();
        if answered.status == status {
            outcome.times.push(asked.elapsed());
        } else {
            outcome.others += 1;
            outcome.other.get_or_insert(answered);
        }
    }
    Ok(())
}

/// Connections that only wait.
pub(super) struct Held {
    _runtime: tokio::runtime::Runtime,
    connections: Vec<Connection>,
}

impl Held {
    /// How many there are.
    pub(super) fn count(&self) -> usize {
        self.connections.len()
    }
}

/// Opens so many readers of the stream and leaves them alone.
pub(super) fn hold(address: SocketAddr, count: usize) -> io::Result<Held> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let connections = runtime.block_on(async {
        let mut connections = Vec::with_capacity(count);
        for _ in 0..count {
            let mut connection = Connection::open(address).await?;
            let status = connection.listen(&request("GET", "/v1/market/stream", &[], "")).await?;
            if status != 200 {
                return Err(io::Error::other(format!("the stream answers {status}")));
            }
            connections.push(connection);
        }
        Ok::<_, io::Error>(connections)
    })?;
    Ok(Held {
        _runtime: runtime,
        connections,
    })
}
