//! From events to rows.

use super::account::AccountRow;
use super::application::{ApplicationRow, CalendarRow, CapLiftRow, VoucherAlertRow};
use super::approval::ApprovalRow;
use super::bank_ref::BankRefRow;
use super::banking::UnfundedRow;
use super::counter::CounterRow;
use super::dispute::{DisputeRow, UsageKeyRow};
use super::earnings::EarningsRow;
use super::integrity::{EntityFactsRow, PowerReadingRow, ProviderListRow, RelationRow};
use super::lease::LeaseRow;
use super::life::{AccessKeyRow, LeaseChangeRow};
use super::office::{ClaimRow, FlagRow, RecoveryRow, TreasuryRequestRow};
use super::organisation::OrganisationRow;
use super::programme::{EntityUseRow, ProgrammeRow};
use super::reference::{AcceleratorRow, ReferencePriceRow, SiteRow, TermsRow};
use super::settlement::{FeeScheduleRow, PeriodRow, SettlementRow, UsageCorrectionRow, VatChangeRow};
use super::sla::{LeaseProbeRow, OutageRow};
use super::subsidy::EntitySpendingRow;
use super::usage::UsageReportRow;
use super::user::UserRow;
use super::voucher::VoucherRow;
use super::writer::Batch;
use crate::domain::approval::Verdict;
use crate::domain::id::{AcceleratorId, SiteId};
use crate::domain::lease::{Lease, LeaseState};
use crate::domain::time::Timestamp;
use crate::engine::approval::Decision;
use crate::engine::{Command, Event, State};

/// Where a command stands.
#[derive(Debug, Clone, Copy)]
pub struct Place {
    /// Its place in the order of commands.
    pub command_seq: i64,
    /// When it was applied.
    pub at: Timestamp,
    /// The place of its own leaf in the journal; those of its events follow.
    pub leaf_seq: i64,
}

impl Batch {
    /// Adds the rows of an accepted command, given the state after it.
    pub fn add(&mut self, state: &State, place: Place, (command, events): (&Command, &[Event])) {
        self.add_reference(state, place, command);
        if let Command::Settle { until, most: None } = command {
            self.add_whole_settlement(state, place, *until, events);
        }
        for (leaf_seq, event) in (place.leaf_seq + 1..).zip(events) {
            if let Event::SettlementChanged(run) = event {
                self.settlements.push(SettlementRow::new(run, place, events.len()));
            }
            self.add_event(Place { leaf_seq, ..place }, event);
            if let Event::ApprovalDecided(decision) = event {
                self.add_decided(state, place, decision);
            }
        }
        if let Command::AmendBid { bid, .. } = command {
            let amended = events.iter().find_map(|event| match event {
                Event::BidChanged(image) if image.bid.id == *bid => Some(&image.bid),
                _ => None,
            });
            if let Some(bid) = amended {
                self.amend_alternatives(bid);
            }
        }
    }

    /// What only the command says.
    fn add_reference(&mut self, state: &State, place: Place, command: &Command) {
        let last = |length: usize| u16::try_from(length.saturating_sub(1)).unwrap_or(u16::MAX);
        match command {
            Command::DefineAccelerator(accelerator) => {
                let id = AcceleratorId(last(state.catalogue.accelerators().len()));
                self.accelerators.push(AcceleratorRow::new(id, accelerator));
            }
            Command::DefineSite(site) => {
                self.sites
                    .push(SiteRow::new(SiteId(last(state.catalogue.sites().len())), site));
            }
            Command::SetTerms(terms) => self.terms.push(TermsRow::new(place.command_seq, terms, place.at)),
            Command::SetReferencePrice { accelerator, price } => {
                let id = state.catalogue.accelerator_id(accelerator);
                self.reference_prices.extend(id.map(|id| ReferencePriceRow {
                    seq: place.command_seq,
                    accelerator: i64::from(id.0),
                    price: price.micros(),
                    since: place.at.micros(),
                }));
            }
            Command::Deposit { .. } | Command::Treasury(_) => {
                // Flows may leave it empty.
                let bank_ref = command.bank_ref().filter(|bank_ref| !bank_ref.is_empty());
                self.bank_refs.extend(bank_ref.map(|bank_ref| BankRefRow {
                    reference: bank_ref.to_owned(),
                    command: place.command_seq,
                }));
            }
            Command::Tick
            | Command::RegisterOrg(_)
            | Command::RelateOrgs { .. }
            | Command::Post { .. }
            | Command::OpenListing { .. }
            | Command::WithdrawListing { .. }
            | Command::AmendListing { .. }
            | Command::PlaceBid { .. }
            | Command::CancelBid { .. }
            | Command::AmendBid { .. }
            | Command::OpenProgramme(_)
            | Command::Grant { .. }
            | Command::ReportUsage { .. }
            | Command::Settle { .. }
            | Command::EndLease { .. }
            | Command::RegisterUser(_)
            | Command::AmendUser { .. }
            | Command::Propose { .. }
            | Command::Decide { .. }
            | Command::Programme(_)
            | Command::Application(_)
            | Command::Voucher(_)
            | Command::Claim(_)
            | Command::Recovery(_)
            | Command::Lease(_)
            | Command::Integrity(_)
            | Command::Usage(_)
            | Command::Dispute(_)
            | Command::Settlement(_)
            | Command::Sla(_)
            | Command::Banking(_) => {}
        }
    }

    /// What only the command says that two people agreed on.
    fn add_decided(&mut self, state: &State, place: Place, decision: &Decision) {
        match decision.verdict {
            Verdict::Approve => self.add_reference(state, place, &decision.approval.command),
            Verdict::Reject => {}
        }
    }

    fn add_event(&mut self, place: Place, event: &Event) {
        match event {
            Event::OrgRegistered(org) => self.organisations.push(OrganisationRow::from(&**org)),
            Event::ListingOpened(image) => self.add_listing(&image.listing, place.at),
            Event::ListingChanged(image) => self.change_listing(&image.listing, image.state),
            Event::BidPlaced(image) => self.add_bid(&image.bid, image.state, place.at),
            Event::BidChanged(image) => self.change_bid(&image.bid, image.state),
            Event::Filled(fill) => {
                self.add_fill(fill);
                if let Some(row) = self.fills.last_mut() {
                    row.leaf = Some(place.leaf_seq);
                }
                self.new_leases.push(LeaseRow::from(&Lease::new((**fill).clone())));
            }
            Event::LeaseChanged(lease) => {
                self.leases.push(LeaseRow::from(&**lease));
                self.add_step(place, lease);
            }
            Event::LeaseSettled(settlement) => {
                self.leases.push(LeaseRow::from(&*settlement.image));
                if settlement.state == LeaseState::Closed {
                    self.add_step(place, &settlement.image);
                }
            }
            Event::LeaseChangeSet(image) => self.lease_changes.push(LeaseChangeRow::from(&**image)),
            Event::AccessKeySet(key) => self.access_keys.push(AccessKeyRow::from(&**key)),
            Event::UsageAccepted(usage) => self.usage_reports.push(UsageReportRow::new(usage, place.command_seq)),
            Event::UsageRefused { .. } => {}
            Event::UsageTaken(batch) => self
                .usage_reports
                .extend(UsageReportRow::of_batch(batch, place.command_seq)),
            Event::UsageStepped(step) => self
                .usage_reports
                .push(UsageReportRow::of_step(step, place.command_seq)),
            Event::UsageKeyChanged(key) => self.usage_keys.push(UsageKeyRow::from(&**key)),
            Event::DisputeChanged(dispute) => self.disputes.push(DisputeRow::from(&**dispute)),
            Event::Posted(posted) => {
                self.add_movement(&posted.movement, place.command_seq, place.at);
                for account in &posted.accounts {
                    let opened = posted.movement.opened.iter().any(|(id, _)| *id == account.id);
                    let rows = if opened {
                        &mut self.new_accounts
                    } else {
                        &mut self.accounts
                    };
                    rows.push(AccountRow::from(account));
                }
                self.unfunded.extend(posted.unfunded.iter().map(UnfundedRow::from));
            }
            Event::ProgrammeOpened(programme) => self.programmes.push(ProgrammeRow::new(programme, place.at)),
            Event::VoucherGranted(voucher) => self.vouchers.push(VoucherRow::new(voucher)),
            Event::VoucherExpired { .. } => {}
            Event::EntityDrawn {
                programme,
                org,
                period,
                drawn,
            } => self.entity_uses.push(EntityUseRow {
                programme: programme.0.cast_signed(),
                org: org.0.cast_signed(),
                period: i64::from(*period),
                amount: drawn.fen(),
            }),
            Event::EarningsPending {
                org,
                release_at,
                cash,
                programme,
            } => self.earnings.push(EarningsRow {
                release_at: release_at.micros(),
                org: org.0.cast_signed(),
                cash: cash.fen(),
                programme: programme.fen(),
            }),
            Event::ProgrammeChanged(programme) => self.changed_programmes.push(ProgrammeRow::new(programme, place.at)),
            Event::VoucherChanged(voucher) => self.vouchers.push(VoucherRow::new(voucher)),
            Event::VoucherExpiring(alert) => self.voucher_alerts.push(VoucherAlertRow::from(alert)),
            Event::CapLifted { programme, group, cap } => self.cap_lifts.push(CapLiftRow {
                programme: programme.0.cast_signed(),
                owner_group: group.0.cast_signed(),
                cap: cap.fen(),
            }),
            Event::CalendarSet(calendar) => self.calendars.push(CalendarRow::from(&**calendar)),
            Event::ApplicationChanged(application) => self.applications.push(ApplicationRow::from(&**application)),
            Event::ClaimChanged(claim) => self.claims.push(ClaimRow::from(&**claim)),
            // It comes with its fill.
            Event::Evaluated { fill, .. } => {
                let id = fill.0.cast_signed();
                if let Some(row) = self.fills.iter_mut().rfind(|row| row.id == id) {
                    row.evaluation_leaf = Some(place.leaf_seq);
                }
            }
            Event::EntitySpent { org, year, spending } => {
                self.entity_spending
                    .push(EntitySpendingRow::new(*org, *year, *spending));
            }
            Event::RecoveryMade(recovery) => self.recoveries.push(RecoveryRow::from(&**recovery)),
            Event::FactsAttested { org, facts } => {
                self.entity_facts
                    .push(EntityFactsRow::new((*org, facts), place.command_seq, place.at));
            }
            Event::ProviderListed { programme, org, places } => {
                self.provider_lists
                    .push(ProviderListRow::new((*programme, *org), places));
            }
            Event::PowerReported(reading) => self
                .power_readings
                .push(PowerReadingRow::new(reading, place.command_seq)),
            Event::RelationChanged(relation) => self.relations.push(RelationRow::from(&**relation)),
            Event::FlagChanged(flag) => self.flags.push(FlagRow::from(&**flag)),
            Event::TreasuryRequestChanged(request) => {
                self.treasury_requests.push(TreasuryRequestRow::from(&**request));
            }
            Event::Banking(event) => self.add_banking(event, place.command_seq),
            // Its row says which leaves are its own: see above.
            Event::SettlementChanged(_) => {}
            Event::PeriodClosed { until } => self.periods.push(PeriodRow {
                until_at: until.micros(),
                closed_at: place.at.micros(),
            }),
            Event::UsageCorrected(correction) => self.usage_corrections.push(UsageCorrectionRow::from(&**correction)),
            Event::FeesSet(schedule) => self.fee_schedules.push(FeeScheduleRow::from(&**schedule)),
            Event::VatSet(change) => self.vat_changes.push(VatChangeRow::from(*change)),
            Event::OutageChanged(outage) => self.outages.push(OutageRow::from(&**outage)),
            Event::LeaseProbed { lease, probed } => self.lease_probes.push(LeaseProbeRow::new(*lease, probed)),
            Event::UserRegistered(user) => self.users.push(UserRow::new(user, place.at)),
            Event::UserChanged(user) => self.change_user(user),
            Event::Proposed(approval) => self.approvals.push(ApprovalRow::from(&**approval)),
            Event::ApprovalDecided(decision) => self.approvals.push(ApprovalRow::from(&**decision)),
        }
    }

    /// Adds where the counters stand after a batch.
    pub fn add_counters(&mut self, state: &State) {
        let ledger = state.ledger.counters();
        let counters = [
            ("now", state.now.micros()),
            ("settled_until", state.settled_until.micros()),
            ("seq", state.counters.seq.cast_signed()),
            ("org", state.counters.org.cast_signed()),
            ("listing", state.counters.listing.cast_signed()),
            ("bid", state.counters.bid.cast_signed()),
            ("fill", state.counters.fill.cast_signed()),
            ("programme", state.counters.programme.cast_signed()),
            ("voucher", state.counters.voucher.cast_signed()),
            ("settlement", state.counters.settlement.cast_signed()),
            ("report", state.counters.report.cast_signed()),
            ("user", state.counters.user.cast_signed()),
            ("approval", state.counters.approval.cast_signed()),
            ("application", state.counters.application.cast_signed()),
            ("claim", state.counters.claim.cast_signed()),
            ("recovery", state.counters.recovery.cast_signed()),
            ("flag", state.counters.flag.cast_signed()),
            ("treasury_request", state.counters.treasury_request.cast_signed()),
            ("dispute", state.counters.dispute.cast_signed()),
            ("usage_key", state.counters.usage_key.cast_signed()),
            ("outage", state.counters.outage.cast_signed()),
            ("withdrawal", state.banking.counters.withdrawal.cast_signed()),
            ("payout_batch", state.banking.counters.payout_batch.cast_signed()),
            ("payout", state.banking.counters.payout.cast_signed()),
            ("statement", state.banking.counters.statement.cast_signed()),
            ("suspense", state.banking.counters.suspense.cast_signed()),
            ("awaited", state.banking.counters.awaited.cast_signed()),
            ("account", ledger.account.cast_signed()),
            ("transfer", ledger.transfer.cast_signed()),
            ("movement", ledger.movement.cast_signed()),
        ];
        self.counters.extend(counters.map(|(name, value)| CounterRow {
            name: name.to_owned(),
            value,
        }));
    }
}
