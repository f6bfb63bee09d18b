//! Microsoft Philly: jobs as requests, virtual clusters as tenants.

use std::collections::BTreeMap;
use std::path::Path;

use chrono::NaiveDateTime;
use rust_decimal::Decimal;

use super::super::draw::Draw;
use super::super::flow::body::Org;
use super::super::market::{LEASE_HOURS_MAX, Request, Urgency};
use super::table::{Row, Table, TraceError};
use super::{START, TraceNotes};
use crate::domain::bid::Purpose;
use crate::domain::organisation::OrgKind;
use crate::domain::time::Timestamp;
use crate::domain::uscc::Uscc;

struct Job {
    submitted_at: NaiveDateTime,
    hours: u32,
    capped: bool,
    cards: u32,
    cluster: String,
}

/// The jobs as requests, with the tenants that they name.
pub struct Philly {
    /// One a virtual cluster, in the order of their names, with their names in the flow.
    pub tenants: Vec<(String, Org)>,
    /// The jobs.
    pub requests: Vec<Request>,
    /// What was met on the way.
    pub notes: TraceNotes,
}

/// Reads the jobs.
pub fn read(path: &Path, seed: u64) -> Result<Philly, TraceError> {
    let jobs = Table::open(path)?.rows(job)?;
    let empty = || TraceError::Empty {
        path: path.to_owned(),
        lack: "no job that wants cards",
    };
    let zero = jobs.iter().map(|job| job.submitted_at).min().ok_or_else(empty)?;
    let mut notes = TraceNotes {
        read: jobs.len(),
        ..TraceNotes::default()
    };
    let mut clusters: BTreeMap<String, usize> = jobs.iter().map(|job| (job.cluster.clone(), 0)).collect();
    for (index, place) in clusters.values_mut().enumerate() {
        *place = index;
    }
    let mut requests = Vec::with_capacity(jobs.len());
    for (index, job) in jobs.into_iter().enumerate() {
        if job.cards == 0 {
            notes.without_cards += 1;
            continue;
        }
        notes.capped += usize::from(job.capped);
        let key = format!("{}/{index}", job.cluster);
        let mut draw = Draw::of(seed, "job", &key);
        let seconds = (job.submitted_at - zero).num_seconds();
        requests.push(Request {
            key,
            at: Timestamp::from_micros(START.micros() + seconds * 1_000_000),
            lead_hours: 0,
            tenant: clusters[&job.cluster],
            cards: job.cards,
            hours: job.hours,
            wishes: Vec::new(),
            domestic_only: false,
            urgency: draw.weighted([(2, Urgency::Tight), (5, Urgency::Usual), (3, Urgency::Loose)]),
            purpose: draw.weighted([(3, Purpose::Pretrain), (3, Purpose::Finetune), (4, Purpose::Research)]),
        });
    }
    if requests.is_empty() {
        return Err(empty());
    }
    let tenants = clusters
        .into_keys()
        .enumerate()
        .filter_map(|(index, cluster)| tenant(index, &cluster))
        .collect();
    Ok(Philly {
        tenants,
        requests,
        notes,
    })
}

fn job(row: &Row<'_>) -> Result<Job, TraceError> {
    let submitted = row.text("timestamp")?;
    let submitted_at = NaiveDateTime::parse_from_str(submitted, "%Y-%m-%d %H:%M:%S")
        .map_err(|_| row.wrong("timestamp", submitted, "is not an instant such as 2017-09-04 10:30:41"))?;
    let duration = row.text("duration")?;
    let seconds: Decimal = row.parsed("duration")?;
    if seconds.is_sign_negative() && !seconds.is_zero() {
        return Err(row.wrong("duration", duration, "is negative"));
    }
    let hours = seconds
        .checked_div(Decimal::from(3_600))
        .and_then(|hours| u32::try_from(hours.ceil()).ok())
        .ok_or_else(|| row.wrong("duration", duration, "is longer than can be counted"))?;
    Ok(Job {
        submitted_at,
        hours: hours.clamp(1, LEASE_HOURS_MAX),
        capped: hours > LEASE_HOURS_MAX,
        cards: row.parsed("num_gpus")?,
        cluster: row.text("cluster")?.to_owned(),
    })
}

/// A made-up organisation for a virtual cluster: division digits 000000, the rest drawn from its name.
fn tenant(index: usize, cluster: &str) -> Option<(String, Org)> {
    let code = Draw::of(0, "cluster", cluster).bits() % 0x10_0000_0000;
    let org = Org {
        name: format!("Philly {cluster}（虚构）"),
        uscc: Uscc::from_stem(&format!("91000000{code:09X}")).ok()?,
        kinds: vec![OrgKind::Tenant],
        owner: None,
    };
    Some((format!("t{}", index + 1), org))
}
