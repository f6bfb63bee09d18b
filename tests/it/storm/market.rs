//! What providers and tenants do.

use qiantang::app::verb;
use qiantang::domain::account::AccountKey;
use qiantang::domain::id::{BidId, LeaseId, ListingId, OrgId, ProgrammeId};
use qiantang::domain::lease::{Lease, LeaseState};
use qiantang::domain::money::{Money, Price};
use qiantang::domain::organisation::{NewOrganisation, OrgKind};
use qiantang::domain::usage::UsageReport;
use qiantang::engine::Command;
use qiantang::engine::command::BidChange;
use serde_json::{Value, json};

use super::play::Storm;
use super::setting::{ACCELERATORS, ISSUERS, OFFICE, OPERATORS, PROVIDERS, SITES, TENANTS, uscc, user};

fn say(verb: &str, org: Option<OrgId>, body: Value) -> Command {
    verb::command(verb, org, body).unwrap()
}

impl Storm {
    pub fn of_market(&mut self) -> Command {
        match self.dice.below(100) {
            0..=17 => self.listing(),
            18..=47 => self.bid(),
            48..=49 => {
                let (tenant, bid) = self.some_bid();
                Command::CancelBid { tenant, bid }
            }
            50..=52 => self.amended_bid(),
            53..=54 => self.changed_listing(),
            55..=76 => self.usage(),
            77..=86 => Command::Settle {
                until: self.now,
                most: None,
            },
            87..=89 => self.ended_lease(),
            90..=95 => {
                let org = self.dice.one(&TENANTS);
                let (amount, number) = (self.dice.fen(1, 60_000), self.number());
                Command::Deposit {
                    org,
                    amount,
                    bank_ref: format!("line {number}"),
                }
            }
            _ => self.rarely(),
        }
    }

    fn listing(&mut self) -> Command {
        let from = self.now.hour_floor().plus(self.dice.small(0, 3));
        let until = from.plus(self.dice.small(2, 60));
        let ask = self
            .dice
            .one(&["3.340000", "7.777777", "10.000000", "12.000001", "13.333333"]);
        let (site, accelerator) = (self.dice.one(&SITES), self.dice.one(&ACCELERATORS));
        let body = json!({"site": site, "accelerator": accelerator, "islands": self.dice.small(1, 3),
            "cards_per_island": self.dice.small(1, 4), "from": from.timestamp(), "until": until.timestamp(), "ask": ask});
        say("listing", Some(self.dice.one(&PROVIDERS)), body)
    }

    fn bid(&mut self) -> Command {
        let earliest = self.now.hour_floor().plus(self.dice.small(0, 2));
        let hours = self.dice.small(1, 7);
        let latest = earliest.plus(hours + self.dice.small(1, 8));
        let limit = self.dice.one(&["8.000000", "14.000000", "14.000000"]);
        let policy = if self.dice.once_in(12) { "none" } else { "auto" };
        let mut body = json!({"alternatives": [{"accelerator": self.dice.one(&ACCELERATORS), "cards": self.dice.small(1, 5),
            "hours": hours, "limit": limit}], "earliest": earliest.timestamp(), "latest": latest.timestamp(), "voucher": policy});
        if self.dice.once_in(4) {
            body["purpose"] = json!("finetune");
        }
        say("bid", Some(self.dice.one(&TENANTS)), body)
    }

    fn some_bid(&mut self) -> (OrgId, BidId) {
        let open: Vec<_> = self.state.book.bids().map(|bid| (bid.tenant, bid.id)).collect();
        self.dice.any(&open).unwrap_or((OrgId(4), BidId(1)))
    }

    fn amended_bid(&mut self) -> Command {
        let (tenant, bid) = self.some_bid();
        let (cards, hours) = (self.dice.small(1, 4), self.dice.small(1, 6));
        let change = BidChange {
            alternatives: Some(vec![(cards, hours, Price::from_micros(13_500_000))]),
            ..BidChange::default()
        };
        Command::AmendBid {
            tenant,
            bid,
            change,
            if_match: None,
        }
    }

    fn changed_listing(&mut self) -> Command {
        let open: Vec<_> = self
            .state
            .book
            .listings()
            .map(|listing| (listing.provider, listing.id))
            .collect();
        let (provider, listing) = self.dice.any(&open).unwrap_or((OrgId(1), ListingId(1)));
        if self.dice.once_in(2) {
            return Command::WithdrawListing { provider, listing };
        }
        let ask = Some(Price::from_micros(9_000_000));
        Command::AmendListing {
            provider,
            listing,
            ask,
            islands: None,
            until: None,
            if_match: None,
        }
    }

    /// Hours of a lease that nobody has reported yet.
    fn usage(&mut self) -> Command {
        let now = self.now;
        let running: Vec<LeaseId> = self
            .state
            .leases
            .values()
            .filter(|lease| lease.state != LeaseState::Pending && !lease.is_fully_reported())
            .map(|lease| lease.id())
            .collect();
        let Some(lease) = self.dice.any(&running).and_then(|id| self.state.leases.get(&id)) else {
            return Command::Settle { until: now, most: None };
        };
        let provider = lease.fill.provider;
        let from = lease
            .metering
            .covered()
            .last()
            .map_or(lease.fill.window.from().timestamp(), |span| span.1);
        let until = from
            .plus_hours(self.dice.small(1, 6))
            .min(lease.ends.timestamp())
            .min(now);
        let all = until.seconds_since(from).max(0) * i64::from(lease.fill.cards);
        let card_seconds = if self.dice.once_in(3) {
            all * i64::from(self.dice.small(0, 999)) / 1_000
        } else {
            all
        };
        let (lease, cards_up) = (lease.id(), lease.fill.cards);
        let id = self.number().to_string();
        let source = "meter".to_owned();
        let report = UsageReport {
            source,
            id,
            lease,
            from,
            until,
            cards_up,
            card_seconds,
        };
        Command::ReportUsage {
            provider,
            reports: vec![report],
        }
    }

    /// A lease with a subsidy that was delivered in full and is closed.
    pub fn finished_lease(&mut self) -> Lease {
        let (tenant, from) = (OrgId(6), self.now.hour_ceil());
        let (programme, amount) = (ProgrammeId(1), Money::from_fen(10_000));
        let (begin, end) = (from.timestamp(), from.plus(10).timestamp());
        for command in [
            Command::Grant {
                programme,
                org: tenant,
                amount,
            },
            say(
                "listing",
                Some(OrgId(2)),
                json!({"site": "hangzhou", "accelerator": "ascend", "cards_per_island": 4,
                "from": begin, "until": end, "ask": "10.000000"}),
            ),
            say(
                "bid",
                Some(tenant),
                json!({"alternatives": [{"accelerator": "ascend", "cards": 4, "hours": 10,
                "limit": "10.000000"}], "earliest": begin, "latest": end}),
            ),
        ] {
            assert!(self.say(command));
        }
        self.now = end;
        assert!(self.say(Command::Tick));
        let report = self.usage();
        let Command::ReportUsage { provider, mut reports } = report else {
            panic!("{report:?}")
        };
        (reports[0].from, reports[0].until, reports[0].card_seconds) = (begin, end, 4 * 36_000);
        assert!(self.say(Command::ReportUsage { provider, reports }));
        assert!(self.say(Command::Settle { until: end, most: None }));
        let closed = self.books.leases.values().last().unwrap().clone();
        assert!(closed.state == LeaseState::Closed && closed.settled.voucher.is_positive());
        closed
    }

    fn ended_lease(&mut self) -> Command {
        let live: Vec<_> = self
            .state
            .leases
            .values()
            .map(|lease| (lease.fill.tenant, lease.fill.provider, lease.id()))
            .collect();
        let (tenant, provider, lease) = self.dice.any(&live).unwrap_or((OrgId(4), OrgId(1), LeaseId(1)));
        let org = if self.dice.once_in(2) { tenant } else { provider };
        Command::EndLease { org, lease }
    }

    fn rarely(&mut self) -> Command {
        match self.dice.below(9) {
            0 => say(
                "terms",
                None,
                json!({"tenant_fee_bps": self.dice.small(0, 300), "provider_fee_bps": self.dice.small(0, 500),
                "usage_grace_hours": self.dice.small(2, 20), "dispute_hours": self.dice.small(0, 40)}),
            ),
            1 | 2 => say(
                "reference",
                None,
                json!({"accelerator": self.dice.one(&ACCELERATORS), "price": self.dice.one(&["9.000000", "10.500000"])}),
            ),
            3 => Command::Post {
                transfers: vec![(
                    AccountKey::Cash(OrgId(4)),
                    AccountKey::Cash(OrgId(6)),
                    Money::from_fen(137),
                )],
            },
            4 => {
                let number = 100 + self.number();
                let (name, uscc, kinds) = (format!("org {number}"), uscc(number), vec![OrgKind::Tenant]);
                Command::RegisterOrg(NewOrganisation {
                    name,
                    uscc,
                    kinds,
                    owner: Some(OrgId(4)),
                })
            }
            5 => user(OFFICE, OrgKind::Operator),
            6 | 7 => {
                let user = self.dice.one(&[ISSUERS[2], OPERATORS[1]]);
                let active = Some(self.state.users.get(&user).is_some_and(|user| !user.active) || self.dice.once_in(3));
                Command::AmendUser {
                    user,
                    roles: None,
                    active,
                    if_match: None,
                }
            }
            // Of one owner group already: it costs nobody a subsidy.
            _ => Command::RelateOrgs {
                a: OrgId(7),
                b: OrgId(1),
            },
        }
    }
}
