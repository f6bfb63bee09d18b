//! What tenants, providers, operators and issuers do to each other.

use qiantang::app::recovery;
use qiantang::app::settlement::{LEASES_AT_ONCE, begin_at};
use qiantang::domain::dispute::Dispute;
use qiantang::domain::id::{LeaseId, OrgId};
use qiantang::domain::lease::LeaseState;
use qiantang::domain::life::Because;
use qiantang::domain::outage::{OutageState, ProbeResult};
use qiantang::engine::lease::{Giver, LeaseCommand};
use qiantang::engine::settlement::SettlementCommand;
use qiantang::engine::sla::SlaCommand;
use qiantang::engine::{Command, State};
use serde_json::json;

use super::play::Month;

#[derive(Clone, Copy)]
enum Side {
    Tenant,
    Provider,
    Operator,
}

/// How leases end early, in turn: suspended for something until that ends them, or by a side with a code of each range.
const WAYS: [(Option<Because>, Side, Option<&str>); 12] = [
    (None, Side::Tenant, None),
    (Some(Because::Funds), Side::Operator, None),
    (None, Side::Operator, Some("300")),
    (None, Side::Provider, None),
    (None, Side::Operator, Some("401")),
    (None, Side::Operator, Some("101")),
    (None, Side::Operator, Some("204")),
    (Some(Because::Provider), Side::Operator, None),
    (None, Side::Tenant, Some("100")),
    (None, Side::Operator, Some("203")),
    (None, Side::Operator, Some("400")),
    (None, Side::Operator, Some("301")),
];

#[derive(Clone, Copy)]
struct Running {
    lease: LeaseId,
    tenant: OrgId,
    provider: OrgId,
    cards: u32,
    hours_gone: u32,
    hours_left: u32,
    suspended: bool,
}

impl Month {
    pub fn trouble(&mut self) {
        self.disputes();
        self.outages();
        if !self.calm {
            self.ends();
            self.take_back();
        }
    }

    fn disputes(&mut self) {
        let sent = if self.calm {
            Vec::new()
        } else {
            self.meters.sent.clone()
        };
        for sent in sent {
            if !self.chance.percent(4) || sent.card_seconds == 0 {
                continue;
            }
            let says = sent.card_seconds * self.chance.between(0, 95) / 100;
            let body = json!({"lease": sent.lease, "from": sent.from, "until": sent.until, "card_seconds": says,
                "reason": "jobs stood still"});
            self.verb(Some(sent.tenant), "dispute", body);
        }
        let now = self.now;
        let open: Vec<Dispute> = self.look(|state| {
            state
                .disputes
                .values()
                .filter(|dispute| dispute.is_open())
                .cloned()
                .collect()
        });
        for dispute in open {
            let id = dispute.id;
            let is_old = self.calm || now.seconds_since(dispute.created_at) > 3 * 86_400;
            match self.chance.between(0, if is_old { 2 } else { 7 }) {
                0 => self.verb(Some(dispute.provider), "concede", json!({"dispute": id})),
                1 => self.verb(Some(dispute.tenant), "withdraw_dispute", json!({"dispute": id})),
                2 => {
                    let counts = self.chance.between(dispute.card_seconds, dispute.reported);
                    let body = json!({"dispute": id, "card_seconds": counts, "reason": "the logs say so"});
                    self.verb(None, "resolve", body)
                }
                _ => None,
            };
        }
    }

    fn running(&self) -> Vec<Running> {
        let now = self.now;
        self.look(move |state| {
            let there = state
                .leases
                .values()
                .filter(|lease| !lease.state.is_over() && lease.fill.window.from().timestamp() < now);
            there
                .map(|lease| Running {
                    lease: lease.id(),
                    tenant: lease.fill.tenant,
                    provider: lease.fill.provider,
                    cards: lease.fill.cards,
                    hours_gone: now.hour_floor().since(lease.fill.window.from()),
                    hours_left: lease.ends.since(now.hour_ceil()),
                    suspended: lease.state == LeaseState::Suspended,
                })
                .collect()
        })
    }

    fn outages(&mut self) {
        let running = if self.calm { Vec::new() } else { self.running() };
        let mut probed = Vec::new();
        for one in running {
            if one.hours_gone >= 4 && self.chance.percent(3) {
                let from = self.now.hour_floor().timestamp().micros() - 3_600_000_000 * self.chance.between(3, 4);
                let from = qiantang::domain::time::Timestamp::from_micros(from);
                let hours = u32::try_from(self.chance.between(1, 3)).unwrap();
                let down = self.chance.between(1, i64::from(one.cards));
                let org = if self.chance.percent(70) {
                    one.tenant
                } else {
                    one.provider
                };
                let cause = if self.chance.percent(70) {
                    "provider"
                } else {
                    "force_majeure"
                };
                let body = json!({"lease": one.lease, "from": from, "until": from.plus_hours(hours), "cards_down": down,
                    "cause": cause});
                self.verb(Some(org), "outage", body);
            }
            if one.lease.0 % 40 == 0 {
                let (lease, at) = (one.lease, self.now);
                let cards_down = u32::from(self.chance.percent(60));
                probed.push(ProbeResult { lease, at, cards_down });
            }
        }
        if !probed.is_empty() {
            self.say(Command::Sla(SlaCommand::Probe { results: probed }));
        }
        let pending: Vec<_> = self.look(|state| {
            let pending = state.sla.all().filter(|outage| outage.state.is_pending());
            pending.cloned().collect()
        });
        for outage in pending {
            let id = outage.id;
            if outage.state == OutageState::Contested {
                let upheld = self.chance.percent(60);
                let body = json!({"outage": id, "upheld": upheld, "reason": "the logs say so"});
                self.verb(None, "decide_outage", body);
                continue;
            }
            let other = outage.answers();
            match self.chance.between(0, 5) {
                0 => self.verb(Some(other), "confirm_outage", json!({"outage": id})),
                1 => self.verb(
                    Some(other),
                    "contest_outage",
                    json!({"outage": id, "reason": "it was there"}),
                ),
                _ => None,
            };
        }
    }

    /// Some leases end early: by their tenants, their providers, the operator; and because nobody lifts a suspension.
    fn ends(&mut self) {
        for one in self.running() {
            if one.suspended && self.chance.percent(40) {
                self.say(Command::Lease(LeaseCommand::ResumeLease { lease: one.lease }));
            }
            if one.hours_left < 2 || !self.chance.percent(4) {
                continue;
            }
            let (lease, at, reason) = (one.lease, None, "as it was agreed".to_owned());
            let (because, by, code) = WAYS[usize::try_from(self.done("leases cut short") % 12).unwrap()];
            self.count("leases cut short", 1);
            if let Some(because) = because {
                self.say(Command::Lease(LeaseCommand::SuspendLease { lease, because, reason }));
                continue;
            }
            let by = match by {
                Side::Tenant => Giver::Org(one.tenant),
                Side::Provider => Giver::Org(one.provider),
                Side::Operator => Giver::Operator,
            };
            let shown = code.unwrap_or("of the side itself");
            let code = code.map(|code| code.parse().unwrap());
            if self
                .say(Command::Lease(LeaseCommand::TerminateLease {
                    by,
                    lease,
                    code,
                    at,
                    reason,
                }))
                .is_some()
            {
                self.count(&format!("early ends, code {shown}"), 1);
            }
        }
    }

    /// Issuers take subsidies back, the operator gives money back: of leases that run, and of closed ones.
    fn take_back(&mut self) {
        let seen: Vec<(LeaseId, bool)> = self.look(|state| {
            let settled = state.leases.values().filter(|lease| lease.settled.charge.is_positive());
            settled
                .map(|lease| (lease.id(), lease.settled.voucher.is_positive()))
                .collect()
        });
        let known: std::collections::BTreeSet<LeaseId> = self.subsidised.iter().copied().collect();
        self.subsidised.extend(
            seen.iter()
                .filter(|(id, paid)| *paid && !known.contains(id))
                .map(|(id, _)| *id),
        );
        if self.chance.percent(40) && !self.subsidised.is_empty() {
            let last = i64::try_from(self.subsidised.len()).unwrap() - 1;
            let lease = self.subsidised[usize::try_from(self.chance.between(0, last)).unwrap()];
            let mut body = json!({"target": {"lease": lease}, "reason": "error", "evidence": "paid twice by mistake"});
            if self.chance.percent(60) {
                body["amount"] = json!(format!("0.{:02}", self.chance.between(1, 99)));
            }
            let asked = recovery::read(body).unwrap();
            let command = self.readers.read(|pooled| recovery::recover(pooled, asked)).unwrap();
            self.say(command);
        }
        if self.chance.percent(60) && !seen.is_empty() {
            let last = i64::try_from(seen.len()).unwrap() - 1;
            let lease = seen[usize::try_from(self.chance.between(0, last)).unwrap()].0;
            let amount = format!("{}.{:02}", self.chance.between(0, 1), self.chance.between(1, 99));
            let asked = recovery::read_credit(json!({"amount": amount, "reason": "it was slow"})).unwrap();
            let command = self
                .readers
                .read(|pooled| recovery::credit(pooled, lease, asked))
                .unwrap();
            self.say(command);
        }
    }

    pub fn settle(&mut self) {
        let until = self.now;
        self.say(begin_at(until)).unwrap();
        let place = |state: &State| {
            let run = state.run.as_ref()?;
            Some((run.id, run.next?))
        };
        while let Some((run, from)) = self.look(place) {
            let most = LEASES_AT_ONCE;
            let command = SettlementCommand::ContinueSettlement { run, from, most };
            self.say(Command::Settlement(command)).unwrap();
        }
    }

    /// From the fourth day of a month on the last one is closed, as soon as nothing of it is open.
    pub fn close_months(&mut self) {
        let until = self.now.month_start();
        let is_closed = self.look(move |state| until <= state.closed_until);
        if is_closed || self.now.seconds_since(until) < 3 * 86_400 {
            return;
        }
        self.say(Command::Settlement(SettlementCommand::ClosePeriod { until }));
    }
}
