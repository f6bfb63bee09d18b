//! The one thread that writes: it takes whatever commands wait, applies each to the state in memory, and hands the rows to
//! the persister, which commits them as one and then replies. While one batch is being committed the next one fills.

use std::thread::JoinHandle;

use crossbeam_channel::{Receiver, Sender, TryRecvError, bounded, select};

use super::answer::{self, Receipt};
use super::identity::Identity;
use super::leaf;
use super::memory::{Memory, Settings, load, load_again};
use super::message::{Ask, Message, refuse_all};
use super::persister::{self, Done, Mark, Respond, Told, Waiting, Work};
use super::problem::Problem;
use super::recent::{Known, Stored};
use super::replica::Committed;
use super::request::{Reply, Request, SubmitError};
use super::webhook::Hooks;
use crate::domain::credential::NewPerson;
use crate::domain::time::Timestamp;
use crate::engine::{self, Command, Event, Rejection};
use crate::store::command::CommandRow;
use crate::store::journal::JournalRow;
use crate::store::log::LogRows;
use crate::store::sealed::SealedRow;
use crate::store::{Batch, CommitError, OpenError, Place, Writer};

/// Most commands of one commit.
pub const BATCH_COMMANDS_MAX: usize = 8_192;
/// Most commands that wait; a further one is told that the exchange is busy.
pub const QUEUE_COMMANDS_MAX: usize = 16_384;

pub(super) struct Sequencer {
    settings: Settings,
    memory: Memory,
    batch: Batch,
    accepted: Vec<Committed>,
    replies: Vec<Waiting>,
    work: Sender<Work>,
    done: Receiver<Done>,
    persister: Option<JoinHandle<()>>,
    in_flight: bool,
}

impl Sequencer {
    /// Becomes the writer and reads the state.
    pub(super) fn open(settings: Settings) -> Result<Sequencer, OpenError> {
        let (memory, writer) = load(&settings)?;
        let (work, done, persister) = start(writer, &settings)?;
        Ok(Sequencer {
            settings,
            memory,
            batch: Batch::default(),
            accepted: Vec::new(),
            replies: Vec::new(),
            work,
            done,
            persister: Some(persister),
            in_flight: false,
        })
    }

    /// Works until told to stop, or until it can work no more; what waits then is told why.
    pub(super) fn run(mut self, requests: &Receiver<Message>) {
        let ended = self.serve(requests);
        let reason = match ended {
            Ok(()) => "it was shut down".to_owned(),
            Err(error) => {
                tracing::error!(%error, "the exchange stops");
                error.to_string()
            }
        };
        self.close();
        refuse_all(requests, &reason);
    }

    fn serve(&mut self, requests: &Receiver<Message>) -> Result<(), OpenError> {
        loop {
            if !self.in_flight && !self.is_empty() {
                self.count(requests.len());
                self.flush()?;
            }
            if self.in_flight && self.is_full() {
                let done = self.done.recv();
                self.committed(done.ok())?;
                continue;
            }
            let message = self.next(requests)?;
            match message {
                None => {}
                Some(Message::Stop) => return self.drain(),
                Some(message) => {
                    self.take(message)?;
                    // Whatever waits belongs to this batch: all that comes until the commit under way has ended, or what is
                    // there now where there is none.
                    let mut more = if self.in_flight { usize::MAX } else { requests.len() };
                    while more > 0 && !self.is_full() && self.done.is_empty() {
                        more -= 1;
                        match requests.try_recv() {
                            Ok(Message::Stop) => return self.drain(),
                            Ok(message) => self.take(message)?,
                            Err(TryRecvError::Empty) => break,
                            Err(TryRecvError::Disconnected) => return self.drain(),
                        }
                    }
                }
            }
        }
    }

    /// The next message; none after a commit has ended or something has become due.
    fn next(&mut self, requests: &Receiver<Message>) -> Result<Option<Message>, OpenError> {
        let wake = self.settings.clock.until(self.memory.state.timers.next());
        let timer = wake.map_or_else(crossbeam_channel::never, crossbeam_channel::after);
        select! {
            recv(self.done) -> done => self.committed(done.ok()).map(|()| None),
            recv(requests) -> message => Ok(Some(message.unwrap_or(Message::Stop))),
            recv(timer) -> _ => {
                if let Some(now) = self.settings.clock.instant(None) {
                    self.tick(now)?;
                }
                Ok(None)
            }
        }
    }

    fn is_empty(&self) -> bool {
        self.replies.is_empty() && self.batch.is_empty()
    }

    fn is_full(&self) -> bool {
        self.replies.len() >= BATCH_COMMANDS_MAX
    }

    /// Figures for whoever watches.
    fn count(&self, waiting: usize) {
        let number = |count: usize| f64::from(u32::try_from(count).unwrap_or(u32::MAX));
        let state = &self.memory.state;
        metrics::gauge!("queue_commands").set(number(waiting));
        metrics::histogram!("batch_commands").record(number(self.replies.len()));
        metrics::gauge!("open_bids").set(number(state.book.bid_count()));
        metrics::counter!("fills_total").absolute(state.counters.fill.saturating_sub(1));
        metrics::counter!("commands_total").absolute(self.memory.command_seq.saturating_sub(1).cast_unsigned());
    }

    /// Hands the batch to the persister.
    fn flush(&mut self) -> Result<(), OpenError> {
        if !self.batch.is_empty() {
            self.batch.add_counters(&self.memory.state);
        }
        let batch = std::mem::take(&mut self.batch);
        let replies = std::mem::take(&mut self.replies);
        let accepted = std::mem::take(&mut self.accepted);
        let mark = Mark {
            command: self.memory.command_seq - 1,
            change: self.settings.directory.given().change,
            hooks: self.settings.hooks.given().change,
        };
        self.in_flight = true;
        let lost = |_| OpenError::Unusable("the persister has ended".to_owned());
        self.work
            .send(Work {
                batch,
                replies,
                mark,
                accepted,
            })
            .map_err(lost)
    }

    /// Commits everything that was taken.
    fn drain(&mut self) -> Result<(), OpenError> {
        loop {
            if self.in_flight {
                let done = self.done.recv();
                self.committed(done.ok())?;
            }
            if self.is_empty() {
                return Ok(());
            }
            self.flush()?;
        }
    }

    fn take(&mut self, message: Message) -> Result<(), OpenError> {
        match message {
            Message::Submit(request, respond) => self.submit(*request, None, respond),
            Message::Register(request, person, respond) => self.submit(*request, Some(person), respond),
            Message::Identify(at, ask) => {
                self.identify(at, ask);
                Ok(())
            }
            Message::Arrange(at, ask) => {
                self.arrange(at, ask);
                Ok(())
            }
            Message::Keep(rows, told) => {
                self.keep(*rows, told);
                Ok(())
            }
            Message::Inspect(look) => {
                look(&self.memory.state);
                Ok(())
            }
            Message::Stop => Ok(()),
        }
    }

    fn submit(&mut self, request: Request, person: Option<NewPerson>, respond: Respond) -> Result<(), OpenError> {
        let Some(at) = self.settings.clock.instant(request.at) else {
            respond(Err(SubmitError::NotRecorded(
                "the command brings no instant".to_owned(),
            )));
            return Ok(());
        };
        if let (Some(org), Some(key)) = (request.org, &request.key) {
            let memory = &mut self.memory;
            match memory.recent.find(&mut memory.reader, org, key) {
                Ok(Known::New) => {}
                Ok(Known::Same(reply)) => {
                    self.replies.push(Waiting::Command(respond, reply));
                    return Ok(());
                }
                Ok(Known::OtherBody) => {
                    respond(Err(SubmitError::KeyReused));
                    return Ok(());
                }
                Err(error) => {
                    respond(Err(SubmitError::NotRecorded(error.to_string())));
                    return Ok(());
                }
            }
        }
        let at = self.settings.clock.forward(at, self.memory.state.now);
        if engine::is_due(&self.memory.state, at) && !matches!(request.command, Command::Tick) {
            self.tick(at)?;
        }
        match self.apply(request, person, at) {
            Ok(reply) => self.replies.push(Waiting::Command(respond, reply)),
            Err(Broken(reason)) => {
                respond(Err(SubmitError::NotRecorded(
                    "the exchange could not do this".to_owned(),
                )));
                self.reload_after(&reason)?;
            }
        }
        Ok(())
    }

    /// Changes who is who.
    fn identify(&mut self, at: Option<Timestamp>, ask: Box<dyn Ask<Identity>>) {
        let Some(at) = self.settings.clock.instant(at) else {
            ask.refuse(SubmitError::NotRecorded("the change brings no instant".to_owned()));
            return;
        };
        let at = self.settings.clock.forward(at, self.memory.state.now);
        let told = self
            .settings
            .directory
            .change(&mut self.batch, |identity| ask.apply(identity, at));
        self.replies.push(Waiting::Other(told));
    }

    /// Changes who is told of what, or notes what came of it.
    fn arrange(&mut self, at: Option<Timestamp>, ask: Box<dyn Ask<Hooks>>) {
        let Some(at) = self.settings.clock.instant(at) else {
            ask.refuse(SubmitError::NotRecorded("the change brings no instant".to_owned()));
            return;
        };
        let at = self.settings.clock.forward(at, self.memory.state.now);
        let hooks = &self.settings.hooks;
        let told = hooks.change(&mut self.batch, |hooks| ask.apply(hooks, at));
        self.replies.push(Waiting::Other(told));
    }

    /// Writes what was signed of the log.
    fn keep(&mut self, rows: LogRows, told: Told) {
        self.batch.logs.extend(rows.logs);
        self.batch.log_checkpoints.extend(rows.checkpoints);
        self.batch.log_cosignatures.extend(rows.cosignatures);
        self.batch.log_keys.extend(rows.keys);
        self.replies.push(Waiting::Other(told));
    }

    /// Lets happen what is due.
    fn tick(&mut self, at: Timestamp) -> Result<(), OpenError> {
        let request = Request::new("clock", Command::Tick).at(at);
        match self.apply(request, None, at) {
            Ok(_) => Ok(()),
            Err(Broken(reason)) => self.reload_after(&reason),
        }
    }

    /// Applies a command and adds its rows to the batch.
    fn apply(&mut self, request: Request, person: Option<NewPerson>, at: Timestamp) -> Result<Reply, Broken> {
        let seq = self.memory.command_seq;
        let directory = &self.settings.directory;
        let checked = person.as_ref().map_or(Ok(()), |person| directory.check_person(person));
        let applied = checked.and_then(|()| engine::apply(&mut self.memory.state, request.command.clone(), at));
        let (accepted, answer) = match applied {
            Ok(events) => {
                let receipt = self.journal(&request, (seq, at), &events)?;
                let place = Place {
                    command_seq: seq,
                    at,
                    leaf_seq: receipt.seq,
                };
                self.batch.add(&self.memory.state, place, (&request.command, &events));
                self.settings.directory.follow(&mut self.batch, (&events, person), at);
                self.seal(&request, at);
                let happened = (events.as_slice(), receipt.seq + 1);
                let hooks = &self.settings.hooks;
                let told = hooks.follow(&mut self.batch, &self.memory.state, happened, at);
                self.replies.extend(told.map(Waiting::Other));
                if self.settings.follower.is_there() {
                    let leaves = receipt.seq..=self.memory.leaf_seq - 1;
                    let command = request.command.clone();
                    self.accepted.push(Committed { leaves, at, command });
                }
                (true, answer::render(&request.command, &events, &receipt)?)
            }
            Err(Rejection::Fault(reason)) => return Err(Broken(reason.to_owned())),
            Err(rejection) => (false, serde_json::to_string(&Problem::from(&rejection))?),
        };
        self.memory.command_seq += 1;
        let reply = Reply {
            seq,
            accepted,
            answer,
            replayed: false,
        };
        self.record(request, &reply, at);
        Ok(reply)
    }

    /// Adds the leaves of an accepted command to the journal: its own, then those of its events.
    fn journal(
        &mut self,
        request: &Request,
        (command_seq, at): (i64, Timestamp),
        events: &[Event],
    ) -> Result<Receipt, Broken> {
        let seq = self.memory.leaf_seq;
        let body = leaf::of_command(command_seq, at, &request.actor, &request.command)?;
        let leaf = leaf::hash(self.memory.suite, &body);
        let kind = leaf::COMMAND.to_owned();
        self.batch.journal.push(JournalRow {
            seq,
            command_seq,
            kind,
            body,
        });
        for (seq, event) in (seq + 1..).zip(events) {
            let (kind, body) = (event.kind().to_owned(), leaf::of_event(event)?);
            self.batch.journal.push(JournalRow {
                seq,
                command_seq,
                kind,
                body,
            });
        }
        self.memory.leaf_seq = self.batch.journal.last().map_or(seq, |row| row.seq) + 1;
        Ok(Receipt { seq, leaf })
    }

    /// Adds what stands beside an accepted command, and takes away what is to be erased with it.
    fn seal(&mut self, request: &Request, at: Timestamp) {
        let seals = request.seals.iter().map(|sealed| SealedRow::new(sealed, at));
        self.batch.sealed.extend(seals);
        let erases = request.erases.iter().map(|&named| SealedRow::erased(named, at));
        self.batch.sealed.extend(erases);
    }

    /// Adds the command's own row, refused or not, and remembers the answer for a retry.
    fn record(&mut self, request: Request, reply: &Reply, at: Timestamp) {
        if let (Some(org), Some(key)) = (request.org, &request.key) {
            let stored = Stored {
                body_hash: key.body_hash,
                reply: reply.clone(),
            };
            self.memory.recent.remember(org, key.key.clone(), stored);
        }
        let (key, body_hash) = match request.key {
            Some(key) => (Some(key.key), Some(key.body_hash.to_vec())),
            None => (None, None),
        };
        self.batch.commands.push(CommandRow {
            seq: reply.seq,
            org: request.org.map(|org| org.0.cast_signed()),
            key,
            body_hash,
            actor: request.actor,
            kind: request.command.kind().to_owned(),
            at: at.micros(),
            accepted: reply.accepted,
            answer: reply.answer.clone(),
        });
    }

    /// A commit has ended. After a failure memory is dropped, with the batch that was filling, and read again.
    fn committed(&mut self, done: Option<Done>) -> Result<(), OpenError> {
        self.in_flight = false;
        match done {
            Some(Done::Committed) => Ok(()),
            Some(Done::Failed {
                error: CommitError::Fenced,
                replies,
                ..
            }) => {
                answer_all(
                    replies,
                    &Err(SubmitError::Stopped("another writer has taken over".to_owned())),
                );
                Err(OpenError::Taken {
                    holder: "a writer that took over".to_owned(),
                })
            }
            Some(Done::Failed {
                error,
                replies,
                mark,
                accepted,
            }) => {
                if let Err(unusable) = self.reload_after(&error.to_string()) {
                    answer_all(replies, &Err(SubmitError::Stopped(unusable.to_string())));
                    return Err(unusable);
                }
                // One transaction: either all of it is there or nothing.
                let given = self.settings.directory.given().change;
                let hooks = self.settings.hooks.given().change;
                let is_there = self.memory.command_seq > mark.command && given >= mark.change && hooks >= mark.hooks;
                if is_there {
                    self.settings.follower.tell(accepted);
                }
                let failed = SubmitError::NotRecorded(error.to_string());
                answer_all(replies, &if is_there { Ok(()) } else { Err(failed) });
                Ok(())
            }
            None => Err(OpenError::Unusable("the persister has ended".to_owned())),
        }
    }

    fn reload_after(&mut self, reason: &str) -> Result<(), OpenError> {
        if self.in_flight {
            // The commit under way ends first: whoever waits for it must be told how.
            let done = self.done.recv();
            self.committed(done.ok())?;
        }
        tracing::error!(reason, "memory is dropped and read again from the database");
        let failed = SubmitError::NotRecorded(reason.to_owned());
        answer_all(std::mem::take(&mut self.replies), &Err(failed));
        self.batch = Batch::default();
        self.accepted = Vec::new();
        self.close();
        let (memory, writer) = load_again(&self.settings)?;
        self.memory = memory;
        (self.work, self.done, self.persister) = {
            let (work, done, persister) = start(writer, &self.settings)?;
            (work, done, Some(persister))
        };
        self.in_flight = false;
        Ok(())
    }

    /// Ends the persister, which lets go of the database.
    fn close(&mut self) {
        let (work, _) = bounded(0);
        self.work = work;
        if let Some(persister) = self.persister.take() {
            // What it answered until now is known; a panic there is a lost commit, which is read again.
            let _ = persister.join();
        }
    }
}

/// The engine's memory contradicts itself or cannot be written down.
struct Broken(String);

impl From<serde_json::Error> for Broken {
    fn from(error: serde_json::Error) -> Broken {
        Broken(error.to_string())
    }
}

fn start(writer: Writer, settings: &Settings) -> Result<persister::Persister, OpenError> {
    persister::start(writer, settings.follower.clone()).map_err(|error| OpenError::Unusable(error.to_string()))
}

fn answer_all(replies: Vec<Waiting>, ended: &Result<(), SubmitError>) {
    for waiting in replies {
        waiting.tell(ended.clone());
    }
}
