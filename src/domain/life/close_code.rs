//! Close codes: why a lease came to its end, in ranges by whose fault it was.

use std::fmt;
use std::str::FromStr;

use serde::Serialize;

use crate::domain::text::as_text;

/// A code of [`CLOSE_CODES`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CloseCode(u16);

/// Whose fault an end is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Fault {
    /// Nobody's: 0–99.
    Nobody,
    /// The tenant's: 100–199.
    Tenant,
    /// The provider's: 200–299.
    Provider,
    /// The money did not suffice: 300–399.
    Funds,
    /// Neither side could help it: 400–499.
    ForceMajeure,
}

/// Who may give a code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum GivenBy {
    /// Time alone, or a change that was agreed.
    Exchange,
    /// The tenant.
    Tenant,
    /// The provider.
    Provider,
    /// The operator, who has looked into it.
    Operator,
}

/// Who pays a penalty, as a share of the charge of what remains.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PenaltyRule {
    /// Nobody.
    Nobody,
    /// The tenant, out of escrow, to the provider: `tenant_penalty_bps` of its own share of what remains.
    TenantPays,
    /// The provider, to the tenant: `provider_penalty_bps` of what remains.
    ProviderPays,
}

/// What goes back of what was not delivered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RefundRule {
    /// All of it: money to the tenant, vouchers as their programme says.
    All,
    /// All of it but the penalty.
    AllButPenalty,
}

/// A code and what follows from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct CloseRule {
    /// The code.
    #[schema(value_type = String)]
    pub code: CloseCode,
    /// What it means.
    pub meaning: &'static str,
    /// The same in Chinese.
    pub meaning_zh: &'static str,
    /// Whose fault it is.
    pub fault: Fault,
    /// Who may give it.
    pub given_by: GivenBy,
    /// Who pays a penalty.
    pub penalty: PenaltyRule,
    /// What goes back.
    pub refund: RefundRule,
}

const fn rule(code: u16, given_by: GivenBy, meaning: &'static str, meaning_zh: &'static str) -> CloseRule {
    let (fault, penalty, refund) = match code / 100 {
        1 => (Fault::Tenant, PenaltyRule::TenantPays, RefundRule::AllButPenalty),
        2 => (Fault::Provider, PenaltyRule::ProviderPays, RefundRule::All),
        3 => (Fault::Funds, PenaltyRule::TenantPays, RefundRule::AllButPenalty),
        4 => (Fault::ForceMajeure, PenaltyRule::Nobody, RefundRule::All),
        _ => (Fault::Nobody, PenaltyRule::Nobody, RefundRule::All),
    };
    CloseRule {
        code: CloseCode(code),
        meaning,
        meaning_zh,
        fault,
        given_by,
        penalty,
        refund,
    }
}

use GivenBy::{Exchange, Operator, Provider, Tenant};

/// All codes, in their order.
pub const CLOSE_CODES: [CloseRule; 19] = [
    rule(0, Exchange, "it has expired", "到期"),
    rule(1, Exchange, "both sides have agreed to end it", "双方协商终止"),
    rule(2, Exchange, "another lease goes on in its place", "变更后由新租约承接"),
    rule(100, Tenant, "the tenant ends it early", "租户提前退租"),
    rule(101, Operator, "the tenant breaks the terms of use", "租户违反使用条款"),
    rule(102, Operator, "the tenant cannot be reached", "租户失联"),
    rule(103, Operator, "unlawful use", "租户违法使用"),
    rule(200, Provider, "the provider ends it early", "供方提前终止"),
    rule(201, Exchange, "it was not handed over in time", "供方逾期未交付"),
    rule(202, Exchange, "the provider has reclaimed its cards", "供方依约收回"),
    rule(
        203,
        Operator,
        "what was delivered is not what was agreed",
        "交付与约定不符",
    ),
    rule(204, Operator, "it was down for too long", "长时间不可用"),
    rule(205, Operator, "the provider cannot be reached", "供方失联"),
    rule(300, Operator, "the tenant's money does not suffice", "租户资金不足"),
    rule(
        301,
        Operator,
        "the tenant's money was frozen by a court or an authority",
        "租户资金被依法冻结",
    ),
    rule(400, Operator, "natural disaster", "自然灾害"),
    rule(
        401,
        Operator,
        "failure of public power or network",
        "公共电力或网络中断",
    ),
    rule(402, Operator, "order of an authority", "政府行为"),
    rule(403, Operator, "public emergency", "社会突发事件"),
];

impl CloseCode {
    /// It has expired.
    pub const EXPIRED: CloseCode = CloseCode(0);
    /// Both sides have agreed.
    pub const AGREED: CloseCode = CloseCode(1);
    /// Another lease goes on in its place.
    pub const CHANGED: CloseCode = CloseCode(2);
    /// The tenant ends it early.
    pub const TENANT_EARLY: CloseCode = CloseCode(100);
    /// The tenant breaks the terms of use.
    pub const TENANT_BREACH: CloseCode = CloseCode(101);
    /// The provider ends it early.
    pub const PROVIDER_EARLY: CloseCode = CloseCode(200);
    /// It was not handed over in time.
    pub const NOT_HANDED_OVER: CloseCode = CloseCode(201);
    /// The provider has reclaimed its cards.
    pub const RECLAIMED: CloseCode = CloseCode(202);
    /// It was down for too long.
    pub const TOO_LONG_DOWN: CloseCode = CloseCode(204);
    /// The tenant's money does not suffice.
    pub const NO_FUNDS: CloseCode = CloseCode(300);
    /// Public power or network failed.
    pub const PUBLIC_FAILURE: CloseCode = CloseCode(401);

    /// What follows from it; none of a code that is not in the table, which cannot be made.
    pub fn rule(self) -> Option<&'static CloseRule> {
        CLOSE_CODES.iter().find(|rule| rule.code == self)
    }

    /// Who pays a penalty.
    pub fn penalty(self) -> PenaltyRule {
        self.rule().map_or(PenaltyRule::Nobody, |rule| rule.penalty)
    }
}

impl fmt::Display for CloseCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Why a text is no close code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("is no close code; GET /v1/close-codes lists them")]
pub struct ParseCloseCodeError;

impl FromStr for CloseCode {
    type Err = ParseCloseCodeError;

    fn from_str(text: &str) -> Result<CloseCode, ParseCloseCodeError> {
        let found = CLOSE_CODES.iter().find(|rule| rule.code.to_string() == text);
        found.map(|rule| rule.code).ok_or(ParseCloseCodeError)
    }
}

as_text!(CloseCode);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_in_order_and_in_the_range_of_their_fault() {
        for pair in CLOSE_CODES.windows(2) {
            assert!(pair[0].code < pair[1].code, "{} and {}", pair[0].code, pair[1].code);
        }
        for rule in CLOSE_CODES {
            let range = match rule.fault {
                Fault::Nobody => 0..100,
                Fault::Tenant => 100..200,
                Fault::Provider => 200..300,
                Fault::Funds => 300..400,
                Fault::ForceMajeure => 400..500,
            };
            assert!(range.contains(&rule.code.0), "{}", rule.code);
            assert_eq!(rule.code.to_string().parse(), Ok(rule.code));
        }
        assert_eq!("104".parse::<CloseCode>(), Err(ParseCloseCodeError));
        assert_eq!("0100".parse::<CloseCode>(), Err(ParseCloseCodeError));
    }
}
