//! How the values that are written as text look in the description of the API.

use std::borrow::Cow;

use utoipa::openapi::schema::{ObjectBuilder, SchemaType, Type};
use utoipa::openapi::{KnownFormat, RefOr, Schema, SchemaFormat};
use utoipa::{PartialSchema, ToSchema};

use super::report::Name;
use super::report::document::Document;
use crate::domain::code::Code;
use crate::domain::fingerprint::Fingerprint;
use crate::domain::id::{
    AccountId, ApplicationId, ApprovalId, BidId, ClaimId, DisputeId, FillId, FlagId, KeyId, LeaseId, ListingId,
    MessageId, MovementId, OrgId, OutageId, PayoutBatchId, PayoutId, ProgrammeId, RecoveryId, RelationId, Seq,
    SessionId, SettlementId, StatementId, SuspenseId, TransferId, TreasuryRequestId, UsageKeyId, UserId, VoucherId,
    WebhookId, WithdrawalId,
};
use crate::domain::life::access::Recipient;
use crate::domain::life::change::ChangeNumber;
use crate::domain::life::close_code::CloseCode;
use crate::domain::money::{Money, Price};
use crate::domain::month::Month;
use crate::domain::power::Energy;
use crate::domain::rate::{BasisPoints, Fraction};
use crate::domain::time::Timestamp;
use crate::domain::uscc::Uscc;
use crate::domain::version::Version;

fn text(pattern: &str, meaning: &str, example: &str) -> RefOr<Schema> {
    ObjectBuilder::new()
        .schema_type(SchemaType::Type(Type::String))
        .pattern(Some(pattern))
        .description(Some(meaning))
        .examples([example])
        .into()
}

macro_rules! texts {
    ($($type:ty, $name:literal = $pattern:literal, $meaning:literal, $example:literal;)*) => {$(
        impl PartialSchema for $type {
            fn schema() -> RefOr<Schema> {
                text($pattern, $meaning, $example)
            }
        }

        impl ToSchema for $type {
            fn name() -> Cow<'static, str> {
                Cow::Borrowed($name)
            }
        }
    )*};
}

texts! {
    Money, "Money" = r"^-?[0-9]+(\.[0-9]{1,2})?$", "CNY; answers have two decimals", "120.50";
    Price, "Price" = r"^[0-9]+(\.[0-9]{1,6})?$", "CNY per card-hour; answers have six decimals", "13.700000";
    Fraction, "Fraction" = r"^[0-9]+(\.[0-9]{1,6})?$", "A part of a whole, in steps of a millionth", "0.001";
    Code, "Code" = r"^[a-z0-9-]{1,40}$", "The public name of a piece of reference data", "ascend-910b";
    Uscc, "Uscc" = r"^[0-9A-HJ-NPQRTUWXY]{18}$", "Unified social credit code (GB 32100-2015), with its check digit", "91330100MA2CFHQ94L";
    Version, "Version" = r"^[0-9a-f]{16}$", "Changes whenever the thing does", "0123456789abcdef";
    Fingerprint, "Fingerprint" = r"^[0-9a-f]{64}$", "SHA-256 in hex", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    Month, "Month" = r"^[0-9]{4}-(0[1-9]|1[0-2])$", "A calendar month in Asia/Shanghai", "2026-12";
    CloseCode, "CloseCode" = r"^[0-9]{1,3}$", "A close code; GET /v1/close-codes lists them", "100";
    Recipient, "Recipient" = r"^age1[02-9ac-hj-np-z]{58}$", "An age recipient: an X25519 public key", "age1zvkyg2lqzraa2lnjvqej32nkuu0ues2s82hzrye869xeexvn73equnujwj";
    ChangeNumber, "ChangeNumber" = r"^[0-9]{1,9}$", "The place of a change among those of its lease, from 1", "1";
    OrgId, "OrgId" = r"^org_[0-9a-f][0-9a-hjkmnp-tv-z]{12}$", "An organisation", "org_0000000000001";
    UserId, "UserId" = r"^usr_[0-9a-f][0-9a-hjkmnp-tv-z]{12}$", "A user", "usr_0000000000001";
    KeyId, "KeyId" = r"^key_[0-9a-f][0-9a-hjkmnp-tv-z]{12}$", "An API key", "key_0000000000001";
    SettlementId, "SettlementId" = r"^stl_[0-9a-f][0-9a-hjkmnp-tv-z]{12}$", "A settlement", "stl_0000000000001";
    SessionId, "SessionId" = r"^ses_[0-9a-f][0-9a-hjkmnp-tv-z]{12}$", "A session", "ses_0000000000001";
    WebhookId, "WebhookId" = r"^whk_[0-9a-f][0-9a-hjkmnp-tv-z]{12}$", "A webhook", "whk_0000000000001";
    MessageId, "MessageId" = r"^msg_[0-9a-f][0-9a-hjkmnp-tv-z]{12}$", "What a webhook is told", "msg_0000000000001";
    ApplicationId, "ApplicationId" = r"^app_[0-9a-f][0-9a-hjkmnp-tv-z]{12}$", "An application for a voucher", "app_0000000000001";
    ClaimId, "ClaimId" = r"^clm_[0-9a-f][0-9a-hjkmnp-tv-z]{12}$", "A claim for a subsidy of what was paid", "clm_0000000000001";
    DisputeId, "DisputeId" = r"^dsp_[0-9a-f][0-9a-hjkmnp-tv-z]{12}$", "A dispute about usage", "dsp_0000000000001";
    UsageKeyId, "UsageKeyId" = r"^uky_[0-9a-f][0-9a-hjkmnp-tv-z]{12}$", "The key of an agent that signs usage", "uky_0000000000001";
    OutageId, "OutageId" = r"^out_[0-9a-f][0-9a-hjkmnp-tv-z]{12}$", "Cards of a lease that were not there", "out_0000000000001";
    RecoveryId, "RecoveryId" = r"^rec_[0-9a-f][0-9a-hjkmnp-tv-z]{12}$", "A subsidy that was taken back", "rec_0000000000001";
    Energy, "Energy" = r"^[0-9]+(\.[0-9]{1,3})?$", "kWh; answers have three decimals", "1234.500";
    RelationId, "RelationId" = r"^rel_[0-9a-f][0-9a-hjkmnp-tv-z]{12}$", "A relation between two organisations", "rel_0000000000001";
    FlagId, "FlagId" = r"^flg_[0-9a-f][0-9a-hjkmnp-tv-z]{12}$", "Something that looks wrong", "flg_0000000000001";
    TreasuryRequestId, "TreasuryRequestId" = r"^trq_[0-9a-f][0-9a-hjkmnp-tv-z]{12}$", "A request to a treasury", "trq_0000000000001";
    WithdrawalId, "WithdrawalId" = r"^wdr_[0-9a-f][0-9a-hjkmnp-tv-z]{12}$", "Money that is to leave the exchange", "wdr_0000000000001";
    PayoutBatchId, "PayoutBatchId" = r"^pbt_[0-9a-f][0-9a-hjkmnp-tv-z]{12}$", "Payouts that are sent to the bank as one", "pbt_0000000000001";
    PayoutId, "PayoutId" = r"^pay_[0-9a-f][0-9a-hjkmnp-tv-z]{12}$", "Money on its way to a bank account", "pay_0000000000001";
    StatementId, "StatementId" = r"^stm_[0-9a-f][0-9a-hjkmnp-tv-z]{12}$", "A bank statement", "stm_0000000000001";
    SuspenseId, "SuspenseId" = r"^sus_[0-9a-f][0-9a-hjkmnp-tv-z]{12}$", "Money that could not be matched", "sus_0000000000001";
    ApprovalId, "ApprovalId" = r"^apr_[0-9a-f][0-9a-hjkmnp-tv-z]{12}$", "Something that waits for a second person", "apr_0000000000001";
    ListingId, "ListingId" = r"^lst_[0-9a-f][0-9a-hjkmnp-tv-z]{12}$", "A listing", "lst_0000000000001";
    BidId, "BidId" = r"^bid_[0-9a-f][0-9a-hjkmnp-tv-z]{12}$", "A bid", "bid_0000000000001";
    FillId, "FillId" = r"^fil_[0-9a-f][0-9a-hjkmnp-tv-z]{12}$", "A fill", "fil_0000000000001";
    LeaseId, "LeaseId" = r"^lse_[0-9a-f][0-9a-hjkmnp-tv-z]{12}$", "A lease", "lse_0000000000001";
    ProgrammeId, "ProgrammeId" = r"^prg_[0-9a-f][0-9a-hjkmnp-tv-z]{12}$", "A voucher programme", "prg_0000000000001";
    VoucherId, "VoucherId" = r"^vch_[0-9a-f][0-9a-hjkmnp-tv-z]{12}$", "A voucher", "vch_0000000000001";
    AccountId, "AccountId" = r"^acc_[0-9a-f][0-9a-hjkmnp-tv-z]{12}$", "A ledger account", "acc_0000000000001";
    TransferId, "TransferId" = r"^trf_[0-9a-f][0-9a-hjkmnp-tv-z]{12}$", "A ledger transfer", "trf_0000000000001";
    MovementId, "MovementId" = r"^mov_[0-9a-f][0-9a-hjkmnp-tv-z]{12}$", "A movement of the ledger", "mov_0000000000001";
}

impl PartialSchema for Name {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(SchemaType::Type(Type::String))
            .enum_values(Some(Name::ALL.map(Name::as_str)))
            .description(Some("The name of a report"))
            .examples(["trial-balance"])
            .into()
    }
}

impl ToSchema for Name {
    fn name() -> Cow<'static, str> {
        Cow::Borrowed("ReportName")
    }
}

impl PartialSchema for Document {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(SchemaType::Type(Type::String))
            .format(Some(SchemaFormat::KnownFormat(KnownFormat::Binary)))
            .description(Some("A file"))
            .into()
    }
}

impl ToSchema for Document {
    fn name() -> Cow<'static, str> {
        Cow::Borrowed("ReportDocument")
    }
}

impl PartialSchema for Timestamp {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(SchemaType::Type(Type::String))
            .format(Some(SchemaFormat::KnownFormat(KnownFormat::DateTime)))
            .pattern(Some("^(19[7-9][0-9]|[2-9][0-9]{3})-"))
            .description(Some("RFC 3339, from 1970 on; answers are in UTC with Z"))
            .examples(["2026-12-01T00:00:00Z"])
            .into()
    }
}

impl ToSchema for Timestamp {
    fn name() -> Cow<'static, str> {
        Cow::Borrowed("Timestamp")
    }
}

impl PartialSchema for BasisPoints {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(SchemaType::Type(Type::Integer))
            .minimum(Some(0))
            .maximum(Some(10_000))
            .description(Some("Hundredths of a percent"))
            .examples([600])
            .into()
    }
}

impl ToSchema for BasisPoints {
    fn name() -> Cow<'static, str> {
        Cow::Borrowed("BasisPoints")
    }
}

impl PartialSchema for Seq {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(SchemaType::Type(Type::Integer))
            .minimum(Some(0))
            .description(Some("A place in the market's order of precedence: lower stood first"))
            .into()
    }
}

impl ToSchema for Seq {
    fn name() -> Cow<'static, str> {
        Cow::Borrowed("Seq")
    }
}
