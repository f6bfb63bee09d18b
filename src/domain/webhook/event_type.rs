//! The catalogue of what webhooks can be told of: one table.

use std::fmt;
use std::str::FromStr;

use crate::domain::text::as_text;
use crate::domain::user::Role;

/// A line of the catalogue.
#[derive(Debug, Clone, Copy)]
pub struct EventTypeEntry {
    /// What happened.
    pub event: EventType,
    /// Its name.
    pub name: &'static str,
    /// Whoever wants to be told of it must be one of these.
    pub roles: &'static [Role],
    /// What it means.
    pub meaning: &'static str,
}

/// A text names nothing that webhooks can be told of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("is none of the types of GET /v1/webhook-event-types")]
pub struct ParseEventTypeError;

macro_rules! event_types {
    ($($event:ident = $name:literal: $($role:ident),+; $meaning:literal)*) => {
        /// What a webhook can be told of.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum EventType {
            $(#[doc = $meaning] $event,)*
        }

        /// Everything that webhooks can be told of.
        pub const EVENT_TYPES: &[EventTypeEntry] = &[$(EventTypeEntry {
            event: EventType::$event,
            name: $name,
            roles: &[$(Role::$role),+],
            meaning: $meaning,
        }),*];

        impl EventType {
            /// Its name.
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$event => $name,)*
                }
            }

            /// Whoever wants to be told of it must be one of these.
            pub fn roles(self) -> &'static [Role] {
                match self {
                    $(Self::$event => &[$(Role::$role),+],)*
                }
            }
        }
    };
}

event_types! {
    Ping = "webhook.ping": Provider, Tenant, Issuer, Operator; "Somebody tries the webhook; every webhook is told of it"
    BidPlaced = "bid.placed": Tenant; "A bid was placed"
    BidAmended = "bid.amended": Tenant; "A bid was amended, or filled in part, and stands"
    BidFilled = "bid.filled": Tenant; "A bid got cards: one fill and the lease that it opens"
    BidCompleted = "bid.completed": Tenant; "A bid is filled in full"
    BidCancelled = "bid.cancelled": Tenant; "A bid was taken back, or its time in force has ended it"
    BidExpired = "bid.expired": Tenant; "A bid's time has passed"
    ListingOpened = "listing.opened": Provider; "A listing was opened"
    ListingChanged = "listing.changed": Provider; "A listing was amended, withdrawn, or has ended"
    ListingFilled = "listing.filled": Provider; "A listing gave cards: one fill and the lease that it opens"
    LeaseProvisioned = "lease.provisioned": Tenant, Provider; "A lease was handed over, or its access material was replaced"
    LeaseAccepted = "lease.accepted": Tenant, Provider; "What was handed over was accepted"
    LeaseRefused = "lease.refused": Tenant, Provider; "What was handed over was refused"
    LeaseStarted = "lease.started": Tenant, Provider; "A lease's first hour has come"
    LeaseDegraded = "lease.degraded": Tenant, Provider; "Less of a lease works than was promised"
    LeaseRestored = "lease.restored": Tenant, Provider; "A lease works again as promised"
    LeaseSuspended = "lease.suspended": Tenant, Provider; "A lease was suspended"
    LeaseResumed = "lease.resumed": Tenant, Provider; "A lease goes on"
    LeaseTerminated = "lease.terminated": Tenant, Provider; "A lease's end was set earlier"
    LeaseEnded = "lease.ended": Tenant, Provider; "A lease's last hour is over"
    LeaseClosed = "lease.closed": Tenant, Provider; "A lease was closed without a settlement of its own"
    LeaseChanged = "lease.changed": Tenant, Provider; "A lease has changed in another way: maintenance was announced, or a change was asked for or answered"
    LeaseChangeSet = "lease_change.changed": Tenant, Provider; "A change of a lease was asked for, answered, or has lapsed; whoever shall become its tenant is told too"
    LeaseSettled = "lease.settled": Tenant, Provider; "Usage of a lease was settled"
    OutageChanged = "outage.changed": Tenant, Provider; "An outage was claimed, answered, decided or is over"
    DisputeChanged = "dispute.changed": Tenant, Provider; "Usage was disputed, or a dispute is over"
    UsageAccepted = "usage.accepted": Tenant; "A usage report on a lease was accepted"
    DepositBooked = "deposit.booked": Tenant, Provider; "Money that arrived was booked"
    EarningsPending = "earnings.pending": Provider; "Earnings will become payable"
    EarningsReleased = "earnings.released": Provider; "Earnings have become payable"
    WithdrawalChanged = "withdrawal.changed": Tenant, Provider; "A withdrawal was asked for, or has moved on"
    PayoutSent = "payout.sent": Tenant, Provider; "A payout was sent to the bank: earnings, or a withdrawal"
    PayoutPaid = "payout.paid": Tenant, Provider; "The bank's statement shows that a payout was paid"
    PayoutReturned = "payout.returned": Tenant, Provider; "A payout has come back, or the bank has refused it: the money is where it was before"
    BankAccountChanged = "bank_account.changed": Tenant, Provider; "The bank account that the organisation is paid to was set, or a payout to it has come back"
    DebtCollected = "debt.collected": Tenant, Provider; "Money that came in has paid a debt"
    VoucherGranted = "voucher.granted": Tenant; "A voucher was granted"
    VoucherChanged = "voucher.changed": Tenant; "A voucher was revoked or extended"
    VoucherExpiring = "voucher.expiring": Tenant; "A voucher expires soon and has something left"
    VoucherExpired = "voucher.expired": Tenant; "A voucher has expired with something left"
    ApplicationChanged = "application.changed": Tenant, Issuer; "An application was made, or has moved on"
    ClaimChanged = "claim.changed": Tenant, Issuer; "A claim was made, or has moved on"
    RecoveryMade = "recovery.made": Tenant, Provider; "A subsidy was taken back, a credit given, or a ban lifted"
    ProgrammeChanged = "programme.changed": Issuer; "A programme's life or rules have changed"
    TreasuryRequestChanged = "treasury_request.changed": Operator, Issuer; "A treasury was asked to pay, or has paid"
    ApprovalRequested = "approval.requested": Issuer, Operator; "Something waits for a second person"
    ApprovalDecided = "approval.decided": Issuer, Operator; "A second person has decided"
}

impl fmt::Display for EventType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for EventType {
    type Err = ParseEventTypeError;

    fn from_str(text: &str) -> Result<EventType, ParseEventTypeError> {
        let found = EVENT_TYPES.iter().find(|entry| entry.name == text);
        found.map(|entry| entry.event).ok_or(ParseEventTypeError)
    }
}

as_text!(EventType);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_as_they_are_written_and_stand_once() {
        for entry in EVENT_TYPES {
            assert_eq!(entry.name.parse(), Ok(entry.event));
            assert_eq!(EVENT_TYPES.iter().filter(|other| other.name == entry.name).count(), 1);
        }
        assert_eq!("bid".parse::<EventType>(), Err(ParseEventTypeError));
    }
}
