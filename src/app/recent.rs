//! Idempotency keys: the recent ones in memory, the older ones in the database.

use std::collections::VecDeque;

use rustc_hash::FxHashMap;

use super::request::{IdempotencyKey, Reply};
use crate::domain::id::OrgId;
use crate::store::load::LoadError;
use crate::store::{Reader, command};

/// Keys kept in memory.
const RECENT_MAX: usize = 200_000;
/// And the bytes of their answers: 256 MiB. One answer to a batch of usage alone can be a megabyte.
const RECENT_BYTES_MAX: usize = 256 << 20;

/// Answers read at once.
const PAGE: i64 = 500;

/// What was answered to a key.
#[derive(Debug, Clone)]
pub(super) struct Stored {
    pub(super) body_hash: [u8; 32],
    pub(super) reply: Reply,
}

/// What is known of a key.
pub(super) enum Known {
    /// Nothing: the command is new.
    New,
    /// The same body came before; this was the answer.
    Same(Reply),
    /// Another body came before.
    OtherBody,
}

/// How much is kept in memory.
#[derive(Debug, Clone, Copy)]
struct Bounds {
    keys: usize,
    bytes: usize,
}

impl Default for Bounds {
    fn default() -> Bounds {
        Bounds {
            keys: RECENT_MAX,
            bytes: RECENT_BYTES_MAX,
        }
    }
}

/// The recent keys.
#[derive(Debug, Default)]
pub(super) struct Recent {
    bounds: Bounds,
    /// Bytes of the keys and answers that are kept.
    bytes: usize,
    answers: FxHashMap<(OrgId, String), Stored>,
    order: VecDeque<(OrgId, String)>,
    /// Whether there are keys that only the database knows.
    has_older: bool,
}

impl Recent {
    pub(super) fn load(reader: &mut Reader) -> Result<Recent, LoadError> {
        Recent::load_within(reader, Bounds::default())
    }

    /// The newest that are within `bounds`. They come in pages: all answers together might not fit into memory.
    fn load_within(reader: &mut Reader, bounds: Bounds) -> Result<Recent, LoadError> {
        let mut recent = Recent {
            bounds,
            ..Recent::default()
        };
        let mut newest = Vec::new();
        let (mut bytes, mut before) = (0, i64::MAX);
        while !recent.has_older {
            let rows = command::recent_keyed(reader, before, PAGE)?;
            let Some(last) = rows.last() else { break };
            before = last.seq;
            for (org, key, stored) in rows.into_iter().filter_map(stored) {
                bytes += weight(&key, &stored);
                if newest.len() >= bounds.keys || bytes > bounds.bytes {
                    recent.has_older = true;
                    break;
                }
                newest.push((org, key, stored));
            }
        }
        for (org, key, stored) in newest.into_iter().rev() {
            recent.remember(org, key, stored);
        }
        Ok(recent)
    }

    pub(super) fn remember(&mut self, org: OrgId, key: String, stored: Stored) {
        self.bytes += weight(&key, &stored);
        self.order.push_back((org, key.clone()));
        self.answers.insert((org, key), stored);
        while self.order.len() > self.bounds.keys || self.bytes > self.bounds.bytes {
            let Some(oldest) = self.order.pop_front() else { break };
            if let Some(dropped) = self.answers.remove(&oldest) {
                self.bytes -= weight(&oldest.1, &dropped);
            }
            self.has_older = true;
        }
    }

    pub(super) fn find(&self, reader: &mut Reader, org: OrgId, key: &IdempotencyKey) -> Result<Known, LoadError> {
        let wanted = (org, key.key.clone());
        if let Some(stored) = self.answers.get(&wanted) {
            return Ok(known(stored.clone(), key));
        }
        if !self.has_older {
            return Ok(Known::New);
        }
        let row = command::find(reader, org, &key.key)?;
        Ok(row
            .and_then(stored)
            .map_or(Known::New, |(_, _, stored)| known(stored, key)))
    }
}

/// What a key costs: it is kept twice, for its answer and for its place.
fn weight(key: &str, stored: &Stored) -> usize {
    2 * key.len() + stored.reply.answer.len()
}

fn known(stored: Stored, key: &IdempotencyKey) -> Known {
    if stored.body_hash == key.body_hash {
        Known::Same(Reply {
            replayed: true,
            ..stored.reply
        })
    } else {
        Known::OtherBody
    }
}

fn stored(row: command::CommandRow) -> Option<(OrgId, String, Stored)> {
    let org = OrgId(row.org?.cast_unsigned());
    let body_hash = row.body_hash?.try_into().ok()?;
    let reply = Reply {
        seq: row.seq,
        accepted: row.accepted,
        answer: row.answer,
        replayed: false,
    };
    Some((org, row.key?, Stored { body_hash, reply }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::time::Timestamp;
    use crate::store::{self, Batch, Url, Writer};
    use command::CommandRow;

    fn answered(length: usize) -> Stored {
        let reply = Reply {
            seq: 1,
            accepted: true,
            answer: "x".repeat(length),
            replayed: false,
        };
        Stored {
            body_hash: [0; 32],
            reply,
        }
    }

    fn kept(recent: &Recent) -> Vec<&str> {
        recent.order.iter().map(|(_, key)| key.as_str()).collect()
    }

    #[test]
    fn the_oldest_go_where_there_are_too_many_or_they_are_too_long() {
        let mut recent = Recent {
            bounds: Bounds { keys: 3, bytes: 100 },
            ..Recent::default()
        };
        for (key, length, left) in [
            ("a", 10, vec!["a"]),
            ("b", 10, vec!["a", "b"]),
            ("c", 60, vec!["a", "b", "c"]),
            ("d", 10, vec!["b", "c", "d"]),
            ("e", 40, vec!["d", "e"]),
            ("f", 99, vec![]),
            ("g", 98, vec!["g"]),
        ] {
            recent.remember(OrgId(1), key.to_owned(), answered(length));
            assert_eq!(kept(&recent), left, "{key}");
            assert_eq!(recent.answers.len(), left.len(), "{key}");
            assert_eq!(recent.has_older, key >= "d", "{key}");
        }
        assert_eq!(recent.bytes, 100);
    }

    #[test]
    fn a_restart_reads_the_newest_in_pages() {
        let folder = tempfile::tempdir().unwrap();
        let url: Url = folder.path().join("q.db").display().to_string().parse().unwrap();
        store::migrate(&url).unwrap();
        let last = 2 * PAGE + 7;
        let commands = (1..=last).map(|seq| CommandRow {
            seq,
            org: Some(1),
            key: Some(format!("{seq:06}")),
            body_hash: Some(vec![0; 32]),
            actor: String::new(),
            kind: String::new(),
            at: 0,
            accepted: true,
            answer: "x".repeat(8),
        });
        let batch = Batch {
            commands: commands.collect(),
            ..Batch::default()
        };
        let mut writer = Writer::open(&url, "test", Timestamp::from_micros(0)).unwrap();
        writer.commit(&batch).unwrap();
        let mut reader = Reader::open(&url).unwrap();
        let all = usize::try_from(last).unwrap();
        // A key weighs 20 bytes here.
        for (keys, bytes, expected) in [
            (all, 20 * all, all),
            (all - 1, 20 * all, all - 1),
            (all, 20 * all - 1, all - 1),
            (3, 20 * all, 3),
            (all, 65, 3),
        ] {
            let recent = Recent::load_within(&mut reader, Bounds { keys, bytes }).unwrap();
            let kept = kept(&recent);
            assert_eq!((kept.len(), recent.has_older), (expected, expected < all));
            assert_eq!(kept.last().copied(), Some(format!("{last:06}").as_str()));
        }
    }
}
