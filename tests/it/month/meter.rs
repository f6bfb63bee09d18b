//! What the providers' meters report: late, twice, out of order, as counters that begin anew, corrected, withdrawn.

use std::collections::BTreeMap;

use qiantang::domain::id::{LeaseId, OrgId};
use qiantang::domain::lease::LeaseState;
use qiantang::domain::time::Timestamp;
use qiantang::domain::usage::{EventName, Said, UsageEvent};
use qiantang::engine::Command;
use qiantang::engine::usage::UsageCommand;

use super::play::Month;

/// Most events of a batch.
const BATCH: usize = 500;

/// A span that was reported and can be corrected, withdrawn or disputed.
#[derive(Clone)]
pub struct Sent {
    pub lease: LeaseId,
    pub tenant: OrgId,
    pub provider: OrgId,
    pub from: Timestamp,
    pub until: Timestamp,
    pub cards: u32,
    pub card_seconds: i64,
    name: EventName,
}

struct Meter {
    reported: Timestamp,
    /// Of a counter: when it began, what it shows.
    counter: Option<(Timestamp, i64)>,
    events: u64,
}

#[derive(Default)]
pub struct Meters {
    of: BTreeMap<LeaseId, Meter>,
    /// What is sent with the next round only.
    late: Vec<(OrgId, UsageEvent)>,
    /// Spans of the last rounds.
    pub sent: Vec<Sent>,
}

/// A lease of which something may be to report.
#[derive(Clone, Copy)]
struct Open {
    lease: LeaseId,
    tenant: OrgId,
    provider: OrgId,
    cards: u32,
    from: Timestamp,
    until: Timestamp,
}

impl Month {
    pub fn report_usage(&mut self) {
        let now = self.now;
        let open: Vec<Open> = self.look(move |state| {
            let there = state
                .leases
                .values()
                .filter(|lease| lease.state != LeaseState::Closed && lease.fill.window.from().timestamp() < now);
            there
                .map(|lease| Open {
                    lease: lease.id(),
                    tenant: lease.fill.tenant,
                    provider: lease.fill.provider,
                    cards: lease.fill.cards,
                    from: lease.fill.window.from().timestamp(),
                    until: lease.ends.min(now.hour_floor()).timestamp(),
                })
                .collect()
        });
        let known: std::collections::BTreeSet<LeaseId> = open.iter().map(|open| open.lease).collect();
        self.meters.of.retain(|lease, _| known.contains(lease));
        let mut events = std::mem::take(&mut self.meters.late);
        self.second_thoughts(&mut events);
        self.meters.sent.clear();
        for lease in open {
            self.meter(lease, &mut events);
        }
        self.send(events);
    }

    fn meter(&mut self, open: Open, events: &mut Vec<(OrgId, UsageEvent)>) {
        let counts = self.chance.percent(25);
        let meter = self.meters.of.entry(open.lease).or_insert_with(|| Meter {
            reported: open.from,
            counter: counts.then_some((open.from, 0)),
            events: 0,
        });
        let (from, until) = (meter.reported, open.until);
        if from >= until || (!self.calm && self.chance.percent(15)) {
            if from < until {
                self.count("usage a round late", 1);
            }
            return;
        }
        let meter = self.meters.of.get_mut(&open.lease).unwrap();
        meter.reported = until;
        let hours = until.seconds_since(from) / 3_600;
        let full = until.seconds_since(from) * i64::from(open.cards);
        let was_down = !self.calm && self.chance.percent(12);
        let lost = if was_down {
            full * self.chance.between(1, 200) / 1_000
        } else {
            0
        };
        self.count("spans with cards down", u64::from(lost > 0));
        let delivered = full - lost;
        let meter = self.meters.of.get_mut(&open.lease).unwrap();
        if let Some((started_at, total)) = meter.counter {
            let resets = self.chance.percent(20) && started_at < from;
            let (started_at, total) = if resets {
                (from, delivered)
            } else {
                (started_at, total + delivered)
            };
            self.meters.of.get_mut(&open.lease).unwrap().counter = Some((started_at, total));
            self.count("counters begun anew", u64::from(resets));
            let said = Said::Counter {
                started_at,
                at: until,
                cards_up: open.cards,
                card_seconds: total,
            };
            let event = self.event(open.lease, said);
            return self.push(events, (open.provider, event));
        }
        if !self.calm && hours >= 2 && self.chance.percent(10) {
            let middle = from.plus_hours(u32::try_from(hours / 2).unwrap());
            return self.second_half_first(open, [from, middle, until], events);
        }
        let event = self.span(open, (from, until), delivered);
        let name = EventName {
            source: event.source.clone(),
            id: event.id.clone(),
        };
        self.meters.sent.push(Sent {
            lease: open.lease,
            tenant: open.tenant,
            provider: open.provider,
            from,
            until,
            cards: open.cards,
            card_seconds: delivered,
            name,
        });
        self.push(events, (open.provider, event));
    }

    fn second_half_first(&mut self, open: Open, parts: [Timestamp; 3], events: &mut Vec<(OrgId, UsageEvent)>) {
        let [from, middle, until] = parts;
        let first = self.span(open, (from, middle), middle.seconds_since(from) * i64::from(open.cards));
        let second = self.span(
            open,
            (middle, until),
            until.seconds_since(middle) * i64::from(open.cards),
        );
        self.count("usage out of order", 1);
        self.meters.late.push((open.provider, first));
        self.push(events, (open.provider, second));
    }

    fn span(&mut self, open: Open, (from, until): (Timestamp, Timestamp), card_seconds: i64) -> UsageEvent {
        let cards_up = open.cards;
        let said = Said::Span {
            from,
            until,
            cards_up,
            card_seconds,
        };
        self.event(open.lease, said)
    }

    fn event(&mut self, lease: LeaseId, said: Said) -> UsageEvent {
        let number = self.meters.of.get_mut(&lease).map_or(u64::MAX, |meter| {
            meter.events += 1;
            meter.events
        });
        UsageEvent {
            source: "month/meter".to_owned(),
            id: format!("{lease}-{number}"),
            lease,
            said,
            signed: None,
        }
    }

    fn push(&mut self, events: &mut Vec<(OrgId, UsageEvent)>, event: (OrgId, UsageEvent)) {
        if !self.calm && self.chance.percent(8) {
            // It comes again, at once or with the next round.
            let again = event.clone();
            if self.chance.percent(50) {
                self.meters.late.push(again);
            } else {
                events.push(again);
            }
            self.count("usage sent twice", 1);
        }
        events.push(event);
    }

    /// Of what was reported last: some is corrected, some withdrawn and reported anew.
    fn second_thoughts(&mut self, events: &mut Vec<(OrgId, UsageEvent)>) {
        if self.calm {
            return;
        }
        for sent in std::mem::take(&mut self.meters.sent) {
            if !self.meters.of.contains_key(&sent.lease) {
                continue;
            }
            let reason = "the meter was read wrongly".to_owned();
            let name = sent.name.clone();
            if self.chance.percent(5) {
                let full = sent.until.seconds_since(sent.from) * i64::from(sent.cards);
                let said = Said::Correction {
                    corrects: name,
                    cards_up: sent.cards,
                    card_seconds: full * self.chance.between(850, 1_000) / 1_000,
                    reason,
                };
                let event = self.event(sent.lease, said);
                self.count("usage corrected", 1);
                events.push((sent.provider, event));
            } else if self.chance.percent(3) {
                let event = self.event(
                    sent.lease,
                    Said::Withdrawal {
                        withdraws: name,
                        reason,
                    },
                );
                events.push((sent.provider, event));
                let anew = Said::Span {
                    from: sent.from,
                    until: sent.until,
                    cards_up: sent.cards,
                    card_seconds: sent.card_seconds,
                };
                let anew = self.event(sent.lease, anew);
                self.count("usage withdrawn", 1);
                self.meters.late.push((sent.provider, anew));
            }
        }
    }

    fn send(&mut self, events: Vec<(OrgId, UsageEvent)>) {
        let mut by_provider: BTreeMap<OrgId, Vec<UsageEvent>> = BTreeMap::new();
        for (provider, event) in events {
            by_provider.entry(provider).or_default().push(event);
        }
        for (provider, events) in by_provider {
            for some in events.chunks(BATCH) {
                let command = Command::Usage(UsageCommand::Report {
                    provider,
                    events: some.to_vec().into(),
                    refused: Vec::new(),
                });
                let answer = self.say(command).unwrap();
                let [taken, known] = ["accepted", "duplicates"].map(|field| answer[field].as_u64().unwrap());
                let refused = answer["rejected"].as_array().unwrap();
                let told = taken + known + u64::try_from(refused.len()).unwrap();
                assert_eq!(
                    told,
                    u64::try_from(some.len()).unwrap(),
                    "each event is answered: {answer}"
                );
                self.count("usage taken", taken);
                self.count("usage known already", known);
                for one in refused {
                    self.count(&format!("usage: {}", one["code"].as_str().unwrap()), 1);
                }
            }
        }
    }
}
