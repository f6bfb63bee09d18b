//! Whom an event concerns, and what they may know of it: little, and never who the other side is or how it pays. Whoever wants to
//! know more asks for the thing by its identifier.

use serde::Serialize;
use serde_json::{Value, json};

use super::banking;
use crate::app::view::fill::{FillView, SoldView};
use crate::domain::application::Application;
use crate::domain::approval::ApprovalState;
use crate::domain::bid::BidState;
use crate::domain::claim::Claim;
use crate::domain::id::{LeaseId, OrgId, ProgrammeId};
use crate::domain::lease::{Lease, LeaseState};
use crate::domain::life::StepKind;
use crate::domain::life::change::ChangeImage;
use crate::domain::transfer::{BusinessRef, Movement, MovementKind};
use crate::domain::voucher::Voucher;
use crate::domain::webhook::EventType;
use crate::engine::approval::Approval;
use crate::engine::event::{BidImage, LeaseSettlement, ListingImage};
use crate::engine::{Event, State};

/// Tells one organisation; the content is made only where somebody listens.
pub type Say<'a> = &'a mut dyn FnMut(OrgId, EventType, &dyn Fn() -> Value);

/// Tells whoever an event concerns, given the state after its command.
pub fn tell(state: &State, event: &Event, say: Say<'_>) {
    match event {
        Event::BidPlaced(image) => tell_bid(EventType::BidPlaced, image, say),
        Event::BidChanged(image) => tell_bid(bid_event(image.state), image, say),
        Event::Filled(fill) => {
            let bought = || json!({"id": fill.bid, "fill": shown(&FillView::of(fill))});
            say(fill.tenant, EventType::BidFilled, &bought);
            let sold = || json!({"id": fill.listing, "fill": shown(&SoldView::of(fill))});
            say(fill.provider, EventType::ListingFilled, &sold);
        }
        Event::ListingOpened(image) => tell_listing(EventType::ListingOpened, image, say),
        Event::ListingChanged(image) => tell_listing(EventType::ListingChanged, image, say),
        Event::LeaseChanged(lease) => tell_lease(lease, say),
        Event::LeaseChangeSet(image) => tell_change(state, image, say),
        Event::LeaseSettled(settlement) => tell_settlement(settlement, say),
        Event::UsageAccepted(usage) => tell_usage(state, (usage.report.lease, usage.place), say),
        Event::UsageTaken(batch) => {
            for (place, row) in (batch.first..).zip(&batch.rows) {
                if let Some(event) = batch.events.get(row.place) {
                    tell_usage(state, (event.lease, place), say);
                }
            }
        }
        Event::DisputeChanged(dispute) => {
            let data = || json!({"id": dispute.id, "lease": dispute.lease, "state": dispute.state});
            say(dispute.tenant, EventType::DisputeChanged, &data);
            say(dispute.provider, EventType::DisputeChanged, &data);
        }
        Event::Posted(posted) => tell_movement(&posted.movement, say),
        Event::EarningsPending {
            org,
            release_at,
            cash,
            programme,
        } => {
            let data = || json!({"id": org, "release_at": release_at, "cash": cash, "programme": programme});
            say(*org, EventType::EarningsPending, &data);
        }
        Event::VoucherGranted(voucher) => tell_voucher(EventType::VoucherGranted, voucher, say),
        Event::VoucherChanged(voucher) => tell_voucher(EventType::VoucherChanged, voucher, say),
        Event::VoucherExpiring(alert) => {
            let data = || json!({"id": alert.voucher, "days": alert.days, "left": alert.left, "valid_until": alert.valid_until});
            say(alert.org, EventType::VoucherExpiring, &data);
        }
        Event::VoucherExpired { voucher, amount } => {
            if let Some(found) = state.vouchers.get(voucher) {
                let data = || json!({"id": voucher, "amount": amount});
                say(found.org, EventType::VoucherExpired, &data);
            }
        }
        Event::ApplicationChanged(application) => tell_application(state, application, say),
        Event::ClaimChanged(claim) => tell_claim(state, claim, say),
        Event::RecoveryMade(recovery) => {
            let data = || json!({"id": recovery.id, "state": recovery.state, "target": recovery.target, "amount": recovery.amount});
            say(recovery.org, EventType::RecoveryMade, &data);
        }
        Event::ProgrammeOpened(programme) | Event::ProgrammeChanged(programme) => {
            let data = || json!({"id": programme.id, "state": programme.state, "version": programme.rules.version});
            if let Some(issuer) = programme.issuer {
                say(issuer, EventType::ProgrammeChanged, &data);
            }
        }
        Event::TreasuryRequestChanged(request) => {
            let data = || json!({"id": request.id, "state": request.state, "amount": request.amount, "received": request.received});
            say(request.org, EventType::TreasuryRequestChanged, &data);
        }
        Event::Proposed(approval) => {
            tell_approval(
                state,
                (EventType::ApprovalRequested, ApprovalState::Pending),
                approval,
                say,
            );
        }
        Event::ApprovalDecided(decision) => {
            let decided = (EventType::ApprovalDecided, decision.verdict.state());
            tell_approval(state, decided, &decision.approval, say);
        }
        Event::Banking(event) => banking::tell(event, say),
        // What follows from events above, what the giver of the command was answered, and what is for those who watch over the
        // market alone.
        Event::OrgRegistered(_)
        | Event::UsageRefused { .. }
        | Event::UsageStepped(_)
        | Event::UsageKeyChanged(_)
        | Event::EntityDrawn { .. }
        | Event::CapLifted { .. }
        | Event::CalendarSet(_)
        | Event::Evaluated { .. }
        | Event::EntitySpent { .. }
        | Event::FactsAttested { .. }
        | Event::ProviderListed { .. }
        | Event::PowerReported(_)
        | Event::RelationChanged(_)
        | Event::FlagChanged(_)
        | Event::UserRegistered(_)
        | Event::UserChanged(_)
        | Event::SettlementChanged(_)
        | Event::PeriodClosed { .. }
        | Event::UsageCorrected(_)
        | Event::FeesSet(_)
        | Event::VatSet(_)
        | Event::LeaseProbed { .. }
        | Event::AccessKeySet(_) => {}
        Event::OutageChanged(outage) => {
            if let Some(lease) = state.leases.get(&outage.lease) {
                let data =
                    || json!({"id": outage.id, "lease": outage.lease, "from": outage.from, "until": outage.until});
                say(lease.fill.tenant, EventType::OutageChanged, &data);
                say(lease.fill.provider, EventType::OutageChanged, &data);
            }
        }
    }
}

fn tell_usage(state: &State, (lease, report): (LeaseId, u64), say: Say<'_>) {
    if let Some(lease) = state.leases.get(&lease) {
        let data = || json!({"id": lease.id(), "report": report});
        say(lease.fill.tenant, EventType::UsageAccepted, &data);
    }
}

fn bid_event(state: BidState) -> EventType {
    match state {
        BidState::Open | BidState::PartlyFilled => EventType::BidAmended,
        BidState::Filled => EventType::BidCompleted,
        BidState::Cancelled => EventType::BidCancelled,
        BidState::Expired => EventType::BidExpired,
    }
}

fn tell_bid(event: EventType, image: &BidImage, say: Say<'_>) {
    let bid = &image.bid;
    let data = || json!({"id": bid.id, "state": image.state, "filled_cards": bid.filled_cards, "held": bid.held});
    say(bid.tenant, event, &data);
}

fn tell_listing(event: EventType, image: &ListingImage, say: Say<'_>) {
    let listing = &image.listing;
    let until = listing.window.until();
    let data = || json!({"id": listing.id, "state": image.state, "islands": listing.islands, "until": until});
    say(listing.provider, event, &data);
}

fn tell_lease(lease: &Lease, say: Say<'_>) {
    let last = lease.life().last.as_ref();
    let event = last.map_or_else(|| plain_step(lease.state), |step| lease_event(step.kind));
    let data = || json!({"id": lease.id(), "state": lease.state, "ends": lease.ends});
    say(lease.fill.tenant, event, &data);
    say(lease.fill.provider, event, &data);
}

fn lease_event(step: StepKind) -> EventType {
    match step {
        StepKind::Provision | StepKind::Rekey => EventType::LeaseProvisioned,
        StepKind::Accept => EventType::LeaseAccepted,
        StepKind::Refuse => EventType::LeaseRefused,
        StepKind::Start => EventType::LeaseStarted,
        StepKind::Degrade => EventType::LeaseDegraded,
        StepKind::Restore => EventType::LeaseRestored,
        StepKind::Suspend => EventType::LeaseSuspended,
        StepKind::Resume => EventType::LeaseResumed,
        StepKind::Terminate => EventType::LeaseTerminated,
        StepKind::End => EventType::LeaseEnded,
        StepKind::Close => EventType::LeaseClosed,
        StepKind::Open | StepKind::Announce | StepKind::Change => EventType::LeaseChanged,
    }
}

/// Of a lease that has nothing but its hours no steps are kept: its state says which one it was.
fn plain_step(state: LeaseState) -> EventType {
    match state {
        LeaseState::Active => EventType::LeaseStarted,
        LeaseState::Ended => EventType::LeaseEnded,
        LeaseState::Closed => EventType::LeaseClosed,
        LeaseState::Pending | LeaseState::Provisioned | LeaseState::Degraded | LeaseState::Suspended => {
            EventType::LeaseChanged
        }
    }
}

/// The sides of the lease, and whoever shall become its tenant, who must be asked.
fn tell_change(state: &State, image: &ChangeImage, say: Say<'_>) {
    let data = || {
        json!({
            "id": image.lease,
            "number": image.request.number,
            "change": image.request.change.name(),
            "state": image.state,
            "successor": image.successor,
        })
    };
    let sides = state.leases.get(&image.lease);
    let sides = sides.map(|lease| [lease.fill.tenant, lease.fill.provider]);
    for org in sides.into_iter().flatten().chain(image.request.new_tenant()) {
        say(org, EventType::LeaseChangeSet, &data);
    }
}

/// Each side hears of the charge; how the tenant pays it is the tenant's affair.
fn tell_settlement(settlement: &LeaseSettlement, say: Say<'_>) {
    let fill = &settlement.image.fill;
    let common = || {
        json!({
            "id": settlement.lease,
            "state": settlement.state,
            "charge": settlement.charge,
            "sla_credit": settlement.sla_credit,
        })
    };
    let paid = || {
        let mut data = common();
        data["voucher"] = json!(settlement.voucher);
        data["cash"] = json!(settlement.cash);
        data["fee"] = json!(settlement.fee);
        data
    };
    say(fill.tenant, EventType::LeaseSettled, &paid);
    say(fill.provider, EventType::LeaseSettled, &common);
}

/// Money that came in or became free. Movements that belong to another event are told with that.
fn tell_movement(movement: &Movement, say: Say<'_>) {
    let event = match movement.kind {
        MovementKind::Deposit => EventType::DepositBooked,
        MovementKind::Release => EventType::EarningsReleased,
        MovementKind::Collect => EventType::DebtCollected,
        MovementKind::HoldBid
        | MovementKind::ReleaseBid
        | MovementKind::Fill
        | MovementKind::Settle
        | MovementKind::Correct
        | MovementKind::CloseLease
        | MovementKind::Appropriate
        | MovementKind::Grant
        | MovementKind::ExpireVoucher
        | MovementKind::Recover
        | MovementKind::Credit
        | MovementKind::ReserveClaim
        | MovementKind::ReleaseClaim
        | MovementKind::PayClaim
        | MovementKind::Assess
        | MovementKind::FundReserve
        | MovementKind::ReturnReserve
        | MovementKind::ReceiveTreasury
        | MovementKind::RemitTreasury
        | MovementKind::RevokeVoucher
        | MovementKind::TakeBackPot
        | MovementKind::LapsePot
        | MovementKind::Payout
        | MovementKind::Withdraw
        | MovementKind::Refund
        | MovementKind::SettlePayout
        | MovementKind::ReturnPayout
        | MovementKind::Suspend
        | MovementKind::ResolveSuspense
        | MovementKind::Succeed
        | MovementKind::ReleaseEscrow
        | MovementKind::Penalty
        | MovementKind::Manual => return,
    };
    if let BusinessRef::Org(org) = movement.about {
        let amounts = || {
            movement
                .transfers
                .iter()
                .map(|transfer| transfer.amount)
                .collect::<Vec<_>>()
        };
        let data = || json!({"id": movement.id, "booked_at": movement.booked_at, "amounts": amounts()});
        say(org, event, &data);
    }
}

fn tell_voucher(event: EventType, voucher: &Voucher, say: Say<'_>) {
    let data = || {
        json!({
            "id": voucher.id,
            "programme": voucher.programme,
            "amount": voucher.amount,
            "valid_until": voucher.valid_until,
            "ended": voucher.ended,
        })
    };
    say(voucher.org, event, &data);
}

fn tell_application(state: &State, application: &Application, say: Say<'_>) {
    let data = || {
        json!({
            "id": application.id,
            "programme": application.programme,
            "state": application.state.status(),
            "round": application.round,
        })
    };
    say(application.org, EventType::ApplicationChanged, &data);
    if let Some(issuer) = issuer(state, application.programme) {
        say(issuer, EventType::ApplicationChanged, &data);
    }
}

fn tell_claim(state: &State, claim: &Claim, say: Say<'_>) {
    let data = || json!({"id": claim.id, "programme": claim.programme, "state": claim.state, "amount": claim.amount});
    say(claim.org, EventType::ClaimChanged, &data);
    if let Some(issuer) = issuer(state, claim.programme) {
        say(issuer, EventType::ClaimChanged, &data);
    }
}

/// The authority whose programme it is about, else the organisation that asks: its people can look at it.
fn tell_approval(state: &State, (event, stands): (EventType, ApprovalState), approval: &Approval, say: Say<'_>) {
    let maker = || state.users.get(&approval.maker).map(|user| user.profile.org);
    let data = || {
        json!({
            "id": approval.id,
            "state": stands,
            "command": approval.command.kind(),
            "decided_by": approval.role,
        })
    };
    if let Some(org) = approval.issuer.or_else(maker) {
        say(org, event, &data);
    }
}

fn issuer(state: &State, programme: ProgrammeId) -> Option<OrgId> {
    state.programmes.get(&programme).and_then(|programme| programme.issuer)
}

fn shown(view: &impl Serialize) -> Value {
    // Strings, integers and lists of them always have a JSON form.
    serde_json::to_value(view).unwrap_or_default()
}
