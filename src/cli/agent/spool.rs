//! What is to be sent: a file to which events are appended, and how far of it was acknowledged. What is in the file survives a power
//! failure; what was acknowledged may be sent again after one, which does no harm.

use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use super::watch::Memory;

/// Most events of one request.
pub const BATCH_MAX: usize = 1_000;
/// Most bytes that wait; what is seen then is not kept.
const WAITING_BYTES_MAX: u64 = 1 << 30;
/// From how many bytes on a file that was sent whole is begun anew.
const KEPT_BYTES: u64 = 1 << 20;

/// A folder of what is to be sent. One process has it at a time.
#[derive(Debug)]
pub struct Spool {
    folder: PathBuf,
    events: File,
    /// How much of the file is whole lines.
    length: u64,
    /// How much of it was acknowledged.
    sent: u64,
    _lock: File,
}

/// Events to send: whole lines, and where they end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    /// One event a line, in JSON.
    pub lines: Vec<String>,
    end: u64,
}

impl Spool {
    /// Opens the folder, or makes it. A line that was cut off by a crash is dropped.
    ///
    /// # Errors
    /// It cannot be used, or another agent uses it.
    pub fn open(folder: &Path) -> io::Result<Spool> {
        fs::create_dir_all(folder)?;
        let lock = File::create(folder.join("lock"))?;
        let taken = |_| io::Error::other("another agent uses this folder");
        lock.try_lock().map_err(taken)?;
        let mut events = File::options()
            .read(true)
            .append(true)
            .create(true)
            .open(folder.join("events.jsonl"))?;
        let mut text = Vec::new();
        events.read_to_end(&mut text)?;
        let whole = text
            .iter()
            .rposition(|byte| *byte == b'\n')
            .map_or(0, |place| place + 1);
        let length = u64::try_from(whole).unwrap_or(0);
        events.set_len(length)?;
        let sent = fs::read_to_string(folder.join("sent")).unwrap_or_default();
        // More than there is: the file was begun anew, and then the process was killed.
        let sent = sent.trim().parse().ok().filter(|sent| *sent <= length).unwrap_or(0);
        Ok(Spool {
            folder: folder.to_owned(),
            events,
            length,
            sent,
            _lock: lock,
        })
    }

    /// Appends events, one line each, and waits until they are safe.
    ///
    /// # Errors
    /// They cannot be written, or too much waits.
    pub fn append(&mut self, lines: &[String]) -> io::Result<()> {
        if lines.is_empty() {
            return Ok(());
        }
        let text = lines.iter().fold(String::new(), |text, line| text + line + "\n");
        let more = u64::try_from(text.len()).unwrap_or(u64::MAX);
        if (self.length - self.sent).saturating_add(more) > WAITING_BYTES_MAX {
            return Err(io::Error::other("too much waits to be sent"));
        }
        let written = self
            .events
            .write_all(text.as_bytes())
            .and_then(|()| self.events.sync_all());
        if let Err(error) = written {
            // Half a line must not stay before the next one.
            self.events.set_len(self.length)?;
            return Err(error);
        }
        self.length += more;
        Ok(())
    }

    /// The next events to send, so many at most; none: everything was sent.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn next(&mut self) -> io::Result<Option<Waiting>> {
        let lines: Vec<String> = self.after_sent()?.take(BATCH_MAX).collect::<io::Result<_>>()?;
        if lines.is_empty() {
            return Ok(None);
        }
        let bytes: usize = lines.iter().map(|line| line.len() + 1).sum();
        let end = self.sent + u64::try_from(bytes).unwrap_or(0);
        Ok(Some(Waiting { lines, end }))
    }

    /// All lines that wait.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn waiting(&mut self) -> io::Result<Vec<String>> {
        self.after_sent()?.collect()
    }

    fn after_sent(&mut self) -> io::Result<impl Iterator<Item = io::Result<String>> + '_> {
        self.events.seek(SeekFrom::Start(self.sent))?;
        let left = (&self.events).take(self.length - self.sent);
        Ok(BufReader::new(left).lines())
    }

    /// Notes that events were acknowledged.
    ///
    /// # Errors
    /// That cannot be written; they are sent again then.
    pub fn acknowledge(&mut self, waiting: &Waiting) -> io::Result<()> {
        self.sent = waiting.end;
        if self.sent == self.length && self.length > KEPT_BYTES {
            self.events.set_len(0)?;
            self.events.sync_all()?;
            (self.length, self.sent) = (0, 0);
        }
        self.replace("sent", self.sent.to_string().as_bytes())
    }

    /// Keeps events that the exchange refused, with why.
    ///
    /// # Errors
    /// They cannot be written.
    pub fn keep_refused(&self, lines: &[String]) -> io::Result<()> {
        let place = self.folder.join("refused.jsonl");
        let mut file = File::options().append(true).create(true).open(place)?;
        for line in lines {
            writeln!(file, "{line}")?;
        }
        file.sync_all()
    }

    /// What was remembered; nothing where there is none or it cannot be read.
    pub fn memory(&self) -> Memory {
        let text = fs::read(self.folder.join("memory.json")).unwrap_or_default();
        serde_json::from_slice(&text).unwrap_or_default()
    }

    /// Remembers.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn remember(&self, memory: &Memory) -> io::Result<()> {
        self.replace("memory.json", &serde_json::to_vec(memory)?)
    }

    /// Writes a small file whole or not at all.
    fn replace(&self, name: &str, content: &[u8]) -> io::Result<()> {
        let (place, new) = (self.folder.join(name), self.folder.join(format!("{name}.new")));
        let mut file = File::create(&new)?;
        file.write_all(content)?;
        file.sync_all()?;
        fs::rename(new, place)?;
        File::open(&self.folder)?.sync_all()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(range: std::ops::Range<u32>) -> Vec<String> {
        range.map(|number| format!("{{\"id\":\"{number}\"}}")).collect()
    }

    #[test]
    fn what_was_not_acknowledged_is_there_after_a_restart() {
        let folder = tempfile::tempdir().unwrap();
        let mut spool = Spool::open(folder.path()).unwrap();
        assert!(Spool::open(folder.path()).is_err(), "one at a time");
        spool.append(&lines(0..1_500)).unwrap();
        let first = spool.next().unwrap().unwrap();
        assert_eq!(first.lines, lines(0..1_000));
        spool.acknowledge(&first).unwrap();
        drop(spool);
        // A crash in the middle of a line.
        let mut file = File::options()
            .append(true)
            .open(folder.path().join("events.jsonl"))
            .unwrap();
        file.write_all(b"{\"id\":").unwrap();
        let mut spool = Spool::open(folder.path()).unwrap();
        spool.append(&lines(1_500..1_501)).unwrap();
        let second = spool.next().unwrap().unwrap();
        assert_eq!(second.lines, lines(1_000..1_501));
        spool.acknowledge(&second).unwrap();
        assert_eq!(spool.next().unwrap(), None);
    }

    #[test]
    fn a_file_that_was_sent_is_begun_anew() {
        let folder = tempfile::tempdir().unwrap();
        let mut spool = Spool::open(folder.path()).unwrap();
        let long = vec!["x".repeat(2_000); 600];
        spool.append(&long).unwrap();
        let all = spool.next().unwrap().unwrap();
        spool.acknowledge(&all).unwrap();
        assert_eq!(fs::metadata(folder.path().join("events.jsonl")).unwrap().len(), 0);
        spool.append(&lines(0..2)).unwrap();
        assert_eq!(spool.next().unwrap().unwrap().lines, lines(0..2));
    }
}
