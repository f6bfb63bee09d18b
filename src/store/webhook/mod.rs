//! Webhooks and the outbox: tables beside the journal, written in the same transactions.

mod row;

pub use row::{AttemptRow, MessageRow, WebhookRow};

use diesel::dsl::count_star;
use diesel::prelude::*;

use super::column::Named;
use super::connection::Reader;
use super::load::LoadError;
use super::read::{Found, Slice};
use super::schema::{webhook, webhook_attempt, webhook_message};
use crate::domain::id::{MessageId, WebhookId};
use crate::domain::time::Timestamp;
use crate::domain::webhook::{Attempt, Message, MessageState, Webhook, WebhookState};
use crate::on;

/// How long messages are kept: 30 days, in microseconds.
const KEPT_MICROS: i64 = 30 * 24 * 3_600_000_000;

/// Every webhook that was not deleted, in the order of their identifiers, each with how many of its messages are to be sent.
pub fn load(reader: &mut Reader) -> Result<Vec<(Webhook, u64)>, LoadError> {
    let query = webhook::table
        .filter(webhook::state.ne(Named(WebhookState::Deleted).word()))
        .order(webhook::id)
        .select(WebhookRow::columns());
    let rows: Vec<WebhookRow> = on!(&mut *reader, connection => query.load(connection))?;
    let waiting = webhook_message::table
        .filter(webhook_message::due_at.is_not_null())
        .group_by(webhook_message::webhook)
        .select((webhook_message::webhook, count_star()));
    let waiting: Vec<(i64, i64)> = on!(reader, connection => waiting.load(connection))?;
    let of = |id: i64| waiting.iter().find(|(webhook, _)| *webhook == id);
    rows.into_iter()
        .map(|row| {
            let count = of(row.id).map_or(0, |(_, count)| count.cast_unsigned());
            Ok((row.try_into()?, count))
        })
        .collect()
}

/// The first message of a webhook that is to be sent, however late.
pub fn head(reader: &mut Reader, id: WebhookId) -> Result<Option<Message>, LoadError> {
    let query = webhook_message::table
        .filter(webhook_message::webhook.eq(id.0.cast_signed()))
        .filter(webhook_message::due_at.is_not_null())
        .order(webhook_message::id)
        .select(MessageRow::columns());
    let row: Option<MessageRow> = on!(reader, connection => query.first(connection).optional())?;
    Ok(row.map(Message::try_from).transpose()?)
}

/// A message.
pub fn find(reader: &mut Reader, id: MessageId) -> Result<Option<Message>, LoadError> {
    let query = webhook_message::table
        .filter(webhook_message::id.eq(id.0.cast_signed()))
        .select(MessageRow::columns());
    let row: Option<MessageRow> = on!(reader, connection => query.first(connection).optional())?;
    Ok(row.map(Message::try_from).transpose()?)
}

/// The messages of a webhook that happened since an instant and are not to be sent any more, the oldest first, so many at most.
pub fn ended(reader: &mut Reader, id: WebhookId, since: Timestamp, limit: i64) -> Result<Vec<Message>, LoadError> {
    let query = webhook_message::table
        .filter(webhook_message::webhook.eq(id.0.cast_signed()))
        .filter(webhook_message::due_at.is_null())
        .filter(webhook_message::at.ge(since.micros()))
        .order(webhook_message::id)
        .limit(limit)
        .select(MessageRow::columns());
    let rows: Vec<MessageRow> = on!(reader, connection => query.load(connection))?;
    rows.into_iter().map(|row| Ok(row.try_into()?)).collect()
}

/// The messages of a webhook, the newest first.
pub fn page(
    reader: &mut Reader,
    (id, state): (WebhookId, Option<MessageState>),
    slice: Slice,
) -> Result<Found<Message>, LoadError> {
    let found: Found<MessageRow> = newest!(
        reader, slice, webhook_message by id as MessageRow,
        indexed query => query.filter(webhook_message::webhook.eq(id.0.cast_signed())),
        narrowed state.is_some() => match state {
            None => query,
            Some(state) => query.filter(webhook_message::state.eq(Named(state).word())),
        }
    );
    found.try_map(|row| Ok(Message::try_from(row)?))
}

/// Each time that some messages were sent, in order.
pub fn attempts(reader: &mut Reader, messages: &[MessageId]) -> Result<Vec<Attempt>, LoadError> {
    let ids: Vec<i64> = messages.iter().map(|id| id.0.cast_signed()).collect();
    let query = webhook_attempt::table
        .filter(webhook_attempt::message.eq_any(ids))
        .order((webhook_attempt::message, webhook_attempt::number))
        .select(AttemptRow::columns());
    let rows: Vec<AttemptRow> = on!(reader, connection => query.load(connection))?;
    rows.into_iter().map(|row| Ok(row.try_into()?)).collect()
}

/// What deletes old messages and the webhooks that were deleted a while before `at`.
pub(crate) fn purge(at: Timestamp) -> String {
    let until = at.micros().saturating_sub(KEPT_MICROS);
    format!(
        "DELETE FROM webhook_attempt WHERE message IN (SELECT id FROM webhook_message WHERE at < {until}); \
         DELETE FROM webhook_message WHERE at < {until}; \
         DELETE FROM webhook WHERE state = 'deleted' AND since < {until};"
    )
}
