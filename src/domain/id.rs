//! Typed identifiers: a prefix and thirteen digits of a number that only grows, so that they sort by time.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::text::{DIGIT_COUNT, as_text, base32, base32_number};

/// Three letters and an underscore.
const PREFIX_LENGTH: usize = 4;

/// Why a text is no identifier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("is not an identifier such as {prefix}0000000000001")]
pub struct ParseIdError {
    prefix: &'static str,
}

/// Written as one piece: identifiers are the most frequent thing in the journal.
fn print(f: &mut fmt::Formatter<'_>, prefix: &str, number: u64) -> fmt::Result {
    let mut text = [b'0'; PREFIX_LENGTH + DIGIT_COUNT];
    text[..PREFIX_LENGTH].copy_from_slice(prefix.as_bytes());
    text[PREFIX_LENGTH..].copy_from_slice(&base32(number));
    f.write_str(std::str::from_utf8(&text).map_err(|_| fmt::Error)?)
}

fn parse(text: &str, prefix: &'static str) -> Result<u64, ParseIdError> {
    let number = text.strip_prefix(prefix).and_then(base32_number);
    number.ok_or(ParseIdError { prefix })
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident = $prefix:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
        pub struct $name(pub u64);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                print(f, $prefix, self.0)
            }
        }

        impl FromStr for $name {
            type Err = ParseIdError;

            fn from_str(text: &str) -> Result<Self, ParseIdError> {
                parse(text, $prefix).map($name)
            }
        }

        as_text!($name);

        impl From<$name> for u64 {
            fn from(id: $name) -> u64 {
                id.0
            }
        }
    )*};
}

ids! {
    /// An organisation: provider, tenant or authority.
    OrgId = "org_";
    /// A provider's offer of cards.
    ListingId = "lst_";
    /// A tenant's order for cards.
    BidId = "bid_";
    /// One part of a match; becomes one lease.
    FillId = "fil_";
    /// Cards let to a tenant for one contiguous interval.
    LeaseId = "lse_";
    /// A voucher programme.
    ProgrammeId = "prg_";
    /// An entitlement granted to an organisation under a programme.
    VoucherId = "vch_";
    /// An application for a voucher.
    ApplicationId = "app_";
    /// A claim for a subsidy of what was paid.
    ClaimId = "clm_";
    /// A subsidy that is taken back.
    RecoveryId = "rec_";
    /// Something that looks wrong and that somebody has to look into.
    FlagId = "flg_";
    /// A relation between two organisations.
    RelationId = "rel_";
    /// A request to a treasury to pay what it owes.
    TreasuryRequestId = "trq_";
    /// Money that an organisation wants out of its cash, or that goes back to its sender.
    WithdrawalId = "wdr_";
    /// Payouts that are sent to the bank as one.
    PayoutBatchId = "pbt_";
    /// Money on its way to a bank account; the bank's file and statements name it by this (EndToEndId).
    PayoutId = "pay_";
    /// A statement of the bank that was imported.
    StatementId = "stm_";
    /// Money on a statement that could not be matched to anything.
    SuspenseId = "sus_";
    /// Cards of a lease that were not there.
    OutageId = "out_";
    /// A ledger account.
    AccountId = "acc_";
    /// A ledger transfer.
    TransferId = "trf_";
    /// A list of transfers that commits or fails as one.
    MovementId = "mov_";
    /// A settlement.
    SettlementId = "stl_";
    /// A person who acts for an organisation.
    UserId = "usr_";
    /// Something that one person has asked for and another must approve.
    ApprovalId = "apr_";
    /// An API key, by which a machine acts for an organisation.
    KeyId = "key_";
    /// A dispute about what was reported of a lease.
    DisputeId = "dsp_";
    /// The public key of an agent that signs usage.
    UsageKeyId = "uky_";
    /// What a log-in opened: a family of refresh tokens.
    SessionId = "ses_";
    /// Where an organisation wants to be told of what happens to it.
    WebhookId = "whk_";
    /// What a webhook is told; whoever gets one twice knows it by this.
    MessageId = "msg_";
}

/// An accelerator model, by its place in the order of definition. Its public name is its code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct AcceleratorId(pub u16);

/// A site, by its place in the order of definition. Its public name is its code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct SiteId(pub u16);

/// A place in the market's order of precedence, shared by listings and bids: lower stood first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
pub struct Seq(pub u64);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_print_parse_and_sort() {
        for number in [0, 1, 31, 32, 12_345_678, u64::MAX] {
            let id = BidId(number);
            assert_eq!(id.to_string().parse(), Ok(id));
        }
        assert_eq!(BidId(33).to_string(), "bid_0000000000011");
        assert!(BidId(31).to_string() < BidId(32).to_string());
        for text in [
            "lst_0000000000011",
            "bid_11",
            "bid_000000000001u",
            "bid_zzzzzzzzzzzzz",
            "",
        ] {
            assert!(text.parse::<BidId>().is_err(), "{text}");
        }
    }
}
