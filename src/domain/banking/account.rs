//! Bank accounts: those that organisations are paid to, and the platform's own.

use serde::{Deserialize, Serialize};

use crate::domain::id::{OrgId, StatementId};
use crate::domain::money::Money;
use crate::domain::time::Timestamp;

/// How many characters of an account number may be seen by anybody.
const SHOWN: usize = 4;

/// A bank account in China. It is a legal entity's, so that the journal may have it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BankAccount {
    /// Whose it is, as the bank knows them; at most 140 characters (ISO 20022 Max140Text).
    pub holder: String,
    /// Its number: 6 to 34 digits and capital letters (ISO 20022 Max34Text).
    pub number: String,
    /// The bank's code in the national clearing system (CNAPS 行号): 12 digits.
    pub cnaps: String,
    /// What the bank is called; at most 140 characters.
    pub bank: String,
}

impl BankAccount {
    /// As it is shown to those whom the number is no business of: all but its last four characters hidden.
    pub fn masked(&self) -> BankAccount {
        let hidden = self.number.chars().count().saturating_sub(SHOWN);
        let shown = self.number.chars().skip(hidden);
        BankAccount {
            number: std::iter::repeat_n('*', hidden).chain(shown).collect(),
            ..self.clone()
        }
    }
}

/// The bank account that an organisation is paid to, as two people have agreed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct PayoutAccount {
    /// Whose.
    pub org: OrgId,
    /// The account.
    pub account: BankAccount,
    /// Since when it is on file.
    pub agreed_at: Timestamp,
    /// From when on something is paid to it: a changed account waits for a while, since that is how payments are stolen.
    pub usable_from: Timestamp,
    /// Whether a payout to it has come back: nothing more is paid until two people agree on an account again.
    #[serde(default)]
    pub bounced: bool,
}

/// An account of the platform's own, in which it keeps the money of others.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct CustodyAccount {
    /// The account.
    pub account: BankAccount,
    /// What was in it when it was opened here.
    pub opening: Money,
    /// What the ledger held as `bank` at that instant and no statement explains, less the opening balance: zero where both were
    /// right.
    pub unexplained: Money,
    /// What its last statement ends with; the opening balance before the first.
    pub closing: Money,
    /// When that statement ended.
    pub closed_at: Timestamp,
    /// That statement.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub statement: Option<StatementId>,
    /// When it was opened here.
    pub opened_at: Timestamp,
}

/// A movement of `bank` that was booked before a statement showed it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct AwaitedLine {
    /// Its number, in the order of booking.
    pub id: u64,
    /// What the bank calls it; empty where nobody has said that.
    pub reference: String,
    /// What `bank` has become more by; below zero where money went out.
    pub amount: Money,
    /// When it was booked.
    pub at: Timestamp,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_masked_number_ends_as_the_number_does() {
        let masked = |number: &str| {
            let account = BankAccount {
                holder: "甲".to_owned(),
                number: number.to_owned(),
                cnaps: "102331002017".to_owned(),
                bank: "工商银行".to_owned(),
            };
            account.masked().number
        };
        assert_eq!(masked("1202021009900123456"), "***************3456");
        assert_eq!(masked("123456"), "**3456");
        assert_eq!(masked("123"), "123");
    }
}
