//! Alibaba cluster-trace-gpu-v2023: pods as requests.

use std::path::Path;

use super::super::draw::Draw;
use super::super::market::{LEASE_HOURS_MAX, Request, Urgency};
use super::super::seeds::Seeds;
use super::nodes::accelerator;
use super::table::{Row, Table, TraceError};
use super::{START, TraceNotes};
use crate::domain::bid::Purpose;
use crate::domain::code::Code;
use crate::domain::time::Timestamp;

const SECONDS_PER_HOUR: u64 = 3_600;
/// A whole card in thousandths.
const WHOLE_CARD_MILLI: u32 = 1_000;

struct Pod {
    name: String,
    cards: u32,
    fractional: bool,
    models: Vec<Code>,
    qos: String,
    created_at: u64,
    run_seconds: Option<u64>,
}

/// The pods that want cards, as requests of `tenants` tenants.
pub fn read(seeds: &Seeds, path: &Path, seed: u64, tenants: usize) -> Result<(Vec<Request>, TraceNotes), TraceError> {
    let pods = Table::open(path)?.rows(|row| pod(seeds, row))?;
    let mut notes = TraceNotes {
        read: pods.len(),
        ..TraceNotes::default()
    };
    let mut requests = Vec::new();
    for pod in pods {
        if pod.cards == 0 {
            notes.without_cards += 1;
            continue;
        }
        let hours = pod.run_seconds.map(|seconds| seconds.div_ceil(SECONDS_PER_HOUR).max(1));
        notes.fractional += usize::from(pod.fractional);
        notes.never_ran += usize::from(hours.is_none());
        notes.capped += usize::from(hours.is_some_and(|hours| hours > u64::from(LEASE_HOURS_MAX)));
        requests.push(request(pod, hours.unwrap_or(1), seed, tenants));
    }
    if requests.is_empty() {
        return Err(TraceError::Empty {
            path: path.to_owned(),
            lack: "no pod that wants cards",
        });
    }
    Ok((requests, notes))
}

fn pod(seeds: &Seeds, row: &Row<'_>) -> Result<Pod, TraceError> {
    let created_at: u64 = row.parsed("creation_time")?;
    let deleted_at: u64 = row.parsed("deletion_time")?;
    let scheduled_at: Option<u64> = row.optional("scheduled_time")?;
    let run_seconds = scheduled_at
        .map(|scheduled_at| {
            let earlier = || {
                row.wrong(
                    "deletion_time",
                    &deleted_at.to_string(),
                    "is earlier than scheduled_time",
                )
            };
            deleted_at.checked_sub(scheduled_at).ok_or_else(earlier)
        })
        .transpose()?;
    let spec = row.text("gpu_spec")?;
    let models = spec.split('|').filter(|name| !name.is_empty());
    Ok(Pod {
        name: row.text("name")?.to_owned(),
        cards: row.parsed("num_gpu")?,
        fractional: (1..WHOLE_CARD_MILLI).contains(&row.parsed("gpu_milli")?),
        models: models
            .map(|name| accelerator(seeds, row, "gpu_spec", name))
            .collect::<Result<_, _>>()?,
        qos: row.text("qos")?.to_owned(),
        created_at: within_years(row, "creation_time", created_at)?,
        run_seconds,
    })
}

/// Traces count seconds from their own zero; a few years of them at most.
fn within_years(row: &Row<'_>, field: &'static str, seconds: u64) -> Result<u64, TraceError> {
    const SECONDS_MAX: u64 = 5 * 366 * 24 * SECONDS_PER_HOUR;
    if seconds > SECONDS_MAX {
        return Err(row.wrong(
            field,
            &seconds.to_string(),
            "is more than five years after the trace's zero",
        ));
    }
    Ok(seconds)
}

fn request(pod: Pod, hours: u64, seed: u64, tenants: usize) -> Request {
    let mut draw = Draw::of(seed, "pod", &pod.name);
    let (urgency, purpose) = match pod.qos.as_str() {
        "BE" => (
            Urgency::Loose,
            draw.weighted([(2, Purpose::Finetune), (1, Purpose::Research)]),
        ),
        "LS" => (Urgency::Tight, Purpose::Inference),
        _ => (
            Urgency::Usual,
            draw.weighted([(1, Purpose::Pretrain), (2, Purpose::Finetune)]),
        ),
    };
    // Best effort comes from the second half of the tenants, everything else from the first.
    let half = tenants.div_ceil(2);
    let tenant = match urgency {
        Urgency::Loose | Urgency::Bargain => tenants.saturating_sub(1).min(half + draw.index(tenants - half)),
        Urgency::Tight | Urgency::Usual => draw.index(half),
    };
    let seconds = i64::try_from(pod.created_at).unwrap_or(0);
    Request {
        at: Timestamp::from_micros(START.micros() + seconds * 1_000_000),
        lead_hours: 0,
        key: pod.name,
        tenant,
        cards: pod.cards,
        hours: u32::try_from(hours).unwrap_or(LEASE_HOURS_MAX).min(LEASE_HOURS_MAX),
        wishes: pod.models,
        domestic_only: false,
        urgency,
        purpose,
    }
}
