//! What payers write so that their money finds its way.

use std::collections::BTreeSet;

use crate::domain::id::{OrgId, TreasuryRequestId};

/// What a deposit's reference begins with; the organisation follows.
pub const DEPOSIT_PREFIX: &str = "QT-";
/// Digits of an identifier.
const DIGITS: usize = 13;

/// What an organisation writes so that its payment is booked as its deposit, such as `QT-org_0000000000001`.
pub fn of_deposit(org: OrgId) -> String {
    format!("{DEPOSIT_PREFIX}{org}")
}

/// The organisations that a text names as payees. Banks write in capital letters and drop what is no letter or digit, so that
/// `QT-org_…`, `QT ORG-…` and `QTORG…` are the same.
pub fn orgs(text: &str) -> BTreeSet<OrgId> {
    found(text, "qtorg")
        .into_iter()
        .filter_map(|digits| format!("org_{digits}").parse().ok())
        .collect()
}

/// The requests to treasuries that a text names, written as freely.
pub fn requests(text: &str) -> BTreeSet<TreasuryRequestId> {
    found(text, "trq")
        .into_iter()
        .filter_map(|digits| format!("trq_{digits}").parse().ok())
        .collect()
}

/// The digits that follow a word.
fn found(text: &str, word: &str) -> Vec<String> {
    let plain = text.chars().filter(char::is_ascii_alphanumeric);
    let plain: String = plain.map(|letter| letter.to_ascii_lowercase()).collect();
    let places = plain.match_indices(word).map(|(place, _)| place + word.len());
    places
        .filter_map(|from| plain.get(from..from + DIGITS).map(str::to_owned))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_found_however_banks_write_them() {
        for text in [
            "QT-org_000000000000a",
            "预付款 QT-org_000000000000a 算力",
            "/ROC/QT-ORG_000000000000A//",
            "qt org 000000000000a",
            "QTORG000000000000A",
        ] {
            assert_eq!(orgs(text).into_iter().collect::<Vec<_>>(), [OrgId(10)], "{text}");
        }
        assert_eq!(of_deposit(OrgId(10)), "QT-org_000000000000a");
        assert_eq!(orgs(&of_deposit(OrgId(7))), BTreeSet::from([OrgId(7)]));
        for text in [
            "",
            "QT-org_",
            "QT-org_00000000000",
            "org_000000000000a",
            "QT-orgzzzzzzzzzzzzz",
        ] {
            assert!(orgs(text).is_empty(), "{text}");
        }
        assert_eq!(orgs("QT-org_0000000000001 QT-org_0000000000002").len(), 2);
        let named = requests("拨款 TRQ_0000000000003");
        assert_eq!(named, BTreeSet::from([TreasuryRequestId(3)]));
    }
}
