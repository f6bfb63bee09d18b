//! What holds whatever comes in whatever order.

use proptest::prelude::*;
use serde_json::json;

use super::desk::{DAUGHTER, Desk, STRANGER, TENANT, fen, paid};
use crate::domain::account::AccountKey;
use crate::domain::claim::ClaimState;
use crate::domain::id::{ClaimId, OrgId, ProgrammeId};
use crate::domain::money::Money;
use crate::domain::programme::ProgrammeRules;
use crate::engine::{Command, settlement};

/// One step of a random life: what, by whom, of how much.
fn steps() -> impl Strategy<Value = Vec<(u8, u8, u32, i64)>> {
    prop::collection::vec((0_u8..8, 0_u8..6, 0_u32..12, 1_i64..2_000_000), 1..60)
}

fn rules(shares: &[u32]) -> ProgrammeRules {
    let funders: Vec<_> = shares
        .iter()
        .map(|bps| json!({"payer": "x", "share_bps": bps}))
        .collect();
    let rules = json!({
        "id": "p", "pot": "1.00", "rates": [], "co_funding": funders,
        "valid_from": "2026-01-01T00:00:00Z", "valid_until": "2028-01-01T00:00:00Z",
    });
    serde_json::from_value(rules).unwrap()
}

proptest! {
    #[test]
    fn what_funders_owe_adds_up_for_any_amounts_and_shares(
        cuts in prop::collection::btree_set(1_u32..10_000, 0..5),
        amounts in prop::collection::vec(0_i64..1_000_000_000_000, 1..20),
    ) {
        let cuts: Vec<u32> = [0].into_iter().chain(cuts).chain([10_000]).collect();
        let shares: Vec<u32> = cuts.windows(2).map(|pair| pair[1] - pair[0]).collect();
        let rules = rules(&shares);
        let mut redeemed = Money::ZERO;
        let mut owed = vec![Money::ZERO; shares.len()];
        for amount in amounts {
            let now = redeemed.plus(fen(amount))?;
            let parts = settlement::payer_parts(&rules, (redeemed, now))?;
            prop_assert_eq!(Money::sum(parts.iter().copied())?, fen(amount));
            for (owed, part) in owed.iter_mut().zip(parts) {
                *owed = owed.plus(part)?;
            }
            redeemed = now;
        }
        // After all of it, nobody owes a fen more or less than the share of the whole.
        prop_assert_eq!(owed, settlement::by_payer(&rules, redeemed)?);
    }

    #[test]
    fn no_order_of_things_breaks_a_limit(steps in steps()) {
        let mut desk = Desk::new();
        desk.watches = false;
        let ceiling = json!([{"ceilings": [{"rate_bps": 5000}]}]);
        let programmes = [
            desk.programme(json!({"cap_per_entity": "4000.00", "pot": "9000.00"})),
            desk.programme(json!({"stacking": ceiling, "cap_per_contract": "2500.00"})),
            desk.programme(json!({"rates": [{"rate_bps": 4000}], "pot": "3000.00"})),
        ];
        for (what, who, which, amount) in steps {
            let org = [TENANT, DAUGHTER, STRANGER][usize::from(who % 3)];
            let programme = programmes[usize::try_from(which % 3).unwrap()];
            let claim = ClaimId(u64::from(which) + 1);
            // A refusal is fine here: `say` checks all invariants after each of them.
            match what {
                0..=3 => drop(desk.claim(org, paid(programme, u32::from(who) + 1, 1_000_000 + i64::from(who)))),
                4 => drop(desk.approve(claim)),
                5 => drop(desk.reject(claim)),
                6 => drop(desk.withdraw(org, claim)),
                _ => drop(desk.say(Command::Grant { programme: programmes[0], org, amount: fen(amount) })),
            }
            check(&desk, programmes)?;
        }
    }
}

fn check(desk: &Desk, [capped, stacked, _]: [ProgrammeId; 3]) -> Result<(), TestCaseError> {
    let live = || desk.state.claims.values().filter(|claim| claim.state.is_live());
    for group in [TENANT, STRANGER] {
        let of_group = live().filter(|claim| claim.programme == capped && desk.state.group_of(claim.org) == group);
        prop_assert!(Money::sum(of_group.map(|claim| claim.amount))? <= fen(400_000));
    }
    for claim in live().filter(|claim| claim.programme == stacked) {
        prop_assert!(claim.amount <= fen(250_000));
        let key = claim.contract.key();
        let together = live().filter(|other| other.contract.key() == key);
        prop_assert!(Money::sum(together.map(|other| other.amount))?.fen() * 2 <= claim.base.fen());
    }
    let paid = |org: OrgId| {
        let claims = desk.state.claims.values();
        let paid = claims.filter(|claim| claim.org == org && claim.state == ClaimState::Approved);
        Money::sum(paid.map(|claim| claim.amount)).map(Money::fen)
    };
    for org in [TENANT, DAUGHTER, STRANGER] {
        prop_assert_eq!(paid(org)?, desk.balance(AccountKey::Cash(org)));
    }
    Ok(())
}
