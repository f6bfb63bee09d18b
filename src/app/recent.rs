//! Idempotency keys: the recent ones in memory, the older ones in the database.

use std::collections::VecDeque;

use rustc_hash::FxHashMap;

use super::request::{IdempotencyKey, Reply};
use crate::domain::id::OrgId;
use crate::store::load::LoadError;
use crate::store::{Reader, command};

/// Keys kept in memory.
const RECENT_MAX: usize = 200_000;

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

/// The recent keys.
#[derive(Debug, Default)]
pub(super) struct Recent {
    answers: FxHashMap<(OrgId, String), Stored>,
    order: VecDeque<(OrgId, String)>,
    /// Whether there are keys that only the database knows.
    has_older: bool,
}

impl Recent {
    pub(super) fn load(reader: &mut Reader) -> Result<Recent, LoadError> {
        let limit = i64::try_from(RECENT_MAX).unwrap_or(i64::MAX);
        let rows = command::recent_keyed(reader, limit)?;
        let mut recent = Recent {
            has_older: rows.len() >= RECENT_MAX,
            ..Recent::default()
        };
        for row in rows.into_iter().rev() {
            if let Some((org, key, stored)) = stored(row) {
                recent.remember(org, key, stored);
            }
        }
        Ok(recent)
    }

    pub(super) fn remember(&mut self, org: OrgId, key: String, stored: Stored) {
        if self.order.len() >= RECENT_MAX
            && let Some(oldest) = self.order.pop_front()
        {
            self.answers.remove(&oldest);
            self.has_older = true;
        }
        self.order.push_back((org, key.clone()));
        self.answers.insert((org, key), stored);
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
