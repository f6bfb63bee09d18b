//! A storm: thousands of commands of all kinds by chance, under which no limit gives way.

mod books;
mod chance;
mod claims;
mod defects;
mod dice;
mod integrity;
mod market;
mod office;
pub mod play;
mod setting;
mod stored;

use proptest::prelude::*;
use qiantang::domain::account::AccountKey;
use qiantang::domain::id::ClaimId;
use qiantang::domain::time::Timestamp;
use qiantang::engine::Command;
use qiantang::engine::office::claim::ClaimCommand;

use self::play::Storm;

/// Every kind of command that reaches the engine, but reference data, and what is told apart of some.
const KINDS: &str = "tick set_terms set_reference_price register_org relate_orgs deposit post open_listing withdraw_listing
    amend_listing place_bid cancel_bid amend_bid open_programme grant report_usage settle end_lease register_user amend_user
    propose decide draft_programme approve_programme reject_programme open_programme_draft close_programme
    reconcile_programme revise_programme submit_application amend_application withdraw_application review_application
    publish_application object_to_application resolve_objection reject_application grant_application allocate
    set_calendar revoke_voucher extend_voucher lift_cap submit_claim withdraw_claim reject_claim approve_claim assess recover
    credit lift_ban fund_reserve return_reserve request_treasury cancel_treasury_request receive_treasury attest list_provider
    delist_provider raise_flags resolve_flag report_power relate end_relation invite approve_of_pot assess_as_bound
    allocate_as_bound";

#[test]
fn no_limit_gives_way_in_ten_thousand_commands() {
    let mut storm = Storm::new(20_261_123, 50);
    storm.blow(10_000);
    let told = &storm.kinds;
    let rare: Vec<_> = KINDS
        .split_whitespace()
        .filter(|kind| told.get(kind).is_none_or(|(accepted, _)| *accepted < 3))
        .collect();
    assert!(rare.is_empty(), "hardly ever accepted: {rare:?} of {told:#?}");
    calm_down(storm);
}

/// All is delivered or given up: claims are refused, leases end, vouchers expire; nothing stays on hold.
fn calm_down(mut storm: Storm) {
    let user = setting::ISSUERS[0];
    for claim in storm.state.claims.keys().copied().collect::<Vec<_>>() {
        let reason = "the storm is over".to_owned();
        storm.say(Command::Claim(ClaimCommand::RejectClaim { user, claim, reason }));
    }
    let open: Vec<_> = storm.state.book.bids().map(|bid| (bid.tenant, bid.id)).collect();
    for (tenant, bid) in open {
        storm.say(Command::CancelBid { tenant, bid });
    }
    for hours in [400, 6_000] {
        storm.now = Timestamp::from_micros(storm.now.micros() + hours * 3_600_000_000);
        storm.say(Command::Tick);
        let until = storm.now;
        storm.say(Command::Settle { until, most: None });
    }
    storm.look();
    assert_eq!(storm.books.nothing_is_left_open(), Ok(()));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 6, failure_persistence: None, max_shrink_iters: 0, ..ProptestConfig::default() })]

    #[test]
    fn no_limit_gives_way_whatever_the_seed(seed in any::<u64>()) {
        let mut storm = Storm::new(seed, 10);
        storm.blow(500);
        calm_down(storm);
    }

    #[test]
    fn a_claim_that_ends_leaves_nothing_whatever_the_seed(seed in any::<u64>()) {
        claims_that_end(seed);
    }
}

/// All balances that are not zero, and what owner groups have drawn.
fn money(storm: &Storm) -> (Vec<(AccountKey, i64)>, Vec<i64>) {
    let accounts = storm.state.ledger.accounts().into_iter();
    let moved = accounts.filter(|account| account.balance.fen() != 0);
    let mut balances: Vec<_> = moved.map(|account| (account.key, account.balance.fen())).collect();
    balances.sort_unstable();
    let drawn = storm.state.drawn.values().map(|drawn| drawn.fen());
    (balances, drawn.filter(|drawn| *drawn != 0).collect())
}

/// Makes claims after a storm, each of which is refused or taken back at once and leaves everybody's money as it was; how many.
fn claims_that_end(seed: u64) -> usize {
    let mut storm = Storm::new(seed, 50);
    storm.blow(250);
    let mut made = 0;
    for _ in 0..150 {
        let claim = ClaimId(storm.state.counters.claim);
        let command = storm.of_claims();
        let Command::Claim(ClaimCommand::SubmitClaim { org, .. }) = command else {
            continue;
        };
        let before = money(&storm);
        if !storm.say(command) {
            continue;
        }
        made += 1;
        let (user, reason) = (setting::ISSUERS[0], "unreadable".to_owned());
        let end = if storm.dice.once_in(2) {
            ClaimCommand::WithdrawClaim { org, claim }
        } else {
            ClaimCommand::RejectClaim { user, claim, reason }
        };
        assert!(storm.say(Command::Claim(end.clone())), "{end:?}");
        assert_eq!(before, money(&storm), "{end:?}");
    }
    made
}

#[test]
fn a_claim_that_ends_leaves_nothing() {
    let made: usize = (0..4).map(claims_that_end).sum();
    assert!(made > 20, "{made} claims were made");
}
