//! What recoveries, credits, debts and bans come to.

use proptest::collection::vec;
use proptest::prelude::*;
use qiantang::domain::account::AccountKey;
use qiantang::domain::id::{OrgId, VoucherId};
use qiantang::domain::money::Money;
use qiantang::domain::programme::process::ClawbackReason;
use qiantang::domain::rate::BasisPoints;
use qiantang::domain::recovery::{NamedTarget, NewRecovery, Recovery};
use qiantang::domain::time::Timestamp;
use qiantang::domain::uscc::Uscc;
use qiantang::engine::office::recovery::{RecoveryCommand, is_banned};
use qiantang::engine::office::treasury::TreasuryCommand;
use qiantang::engine::{Command, Event, Rejection};
use serde_json::json;

use super::town::{ISSUER, PROGRAMME, PROVIDER, Setting, TENANT, Town, by_mistake, live};

fn made(events: &[Event]) -> Recovery {
    let found = events.iter().find_map(|event| match event {
        Event::RecoveryMade(recovery) => Some((**recovery).clone()),
        _ => None,
    });
    found.unwrap()
}

fn pointer(refused: Result<Vec<Event>, Rejection>) -> String {
    let Err(Rejection::Invalid(errors)) = refused else {
        panic!("must be refused: {refused:?}");
    };
    errors[0].pointer.clone()
}

/// Eight cards for a day at 3.34 cost 641.28, of which vouchers pay 33.33 %: 213.73, of the first one 200.00.
#[test]
fn what_was_burned_last_is_taken_back_first() {
    let mut town = Town::new(&Setting::default());
    let lease = town.finished();
    assert_eq!(town.receivables(), [12_826, 4_272, 4_275]);
    let part = made(&town.recover(by_mistake(&lease, Some(1_500))).unwrap());
    let of = |recovery: &Recovery| -> Vec<(u64, i64)> {
        recovery
            .parts
            .iter()
            .map(|part| (part.voucher.0, part.amount.fen()))
            .collect()
    };
    assert_eq!(of(&part), [(2, 1_373), (1, 127)]);
    assert_eq!(town.receivables().iter().sum::<i64>(), 21_373 - 1_500);
    assert_eq!(
        pointer(town.recover(by_mistake(&lease, Some(21_373 - 1_499)))),
        "/amount"
    );
    let rest = made(&town.recover(by_mistake(&lease, None)).unwrap());
    assert_eq!(of(&rest), [(1, 21_373 - 1_500)]);
    assert_eq!(town.receivables(), [0; 3]);
    assert_eq!(pointer(town.recover(by_mistake(&lease, None))), "/target");
    assert_eq!(town.fen(AccountKey::Recovered(PROGRAMME)), 21_373);
    assert_eq!(town.fen(AccountKey::Redeemed(PROGRAMME)), 0);
    assert_eq!(town.fen(AccountKey::VoucherReserved(VoucherId(1))), 0);
}

#[test]
fn fines_keep_within_the_rules_and_bans_end() {
    let mut town = Town::new(&Setting::default());
    let lease = town.finished();
    let because = |reason, fine_bps| NewRecovery {
        reason,
        fine_bps: BasisPoints(fine_bps),
        ..by_mistake(&lease, Some(10_001))
    };
    assert_eq!(pointer(town.recover(because(ClawbackReason::Error, 1))), "/fine_bps");
    assert_eq!(pointer(town.recover(because(ClawbackReason::Fraud, 999))), "/fine_bps");
    assert_eq!(
        pointer(town.recover(because(ClawbackReason::Fraud, 5_001))),
        "/fine_bps"
    );
    assert_eq!(
        pointer(town.recover(because(ClawbackReason::RelatedParty, 2_000))),
        "/reason"
    );
    let cash = town.fen(AccountKey::Cash(TENANT));
    let recovery = made(&town.recover(because(ClawbackReason::Fraud, 1_005)).unwrap());
    // 10.05 % of 100.01 is 10.051005.
    assert_eq!(town.fen(AccountKey::TreasuryFine(PROGRAMME)), 1_005);
    assert_eq!(town.fen(AccountKey::Cash(TENANT)), cash - 10_001 - 1_005);
    let to_its_treasury = TreasuryCommand::RemitTreasury {
        org: ISSUER,
        programme: PROGRAMME,
        payer: 0,
        fines: true,
        amount: Money::from_fen(1_000),
        bank_ref: "fines".to_owned(),
    };
    town.say(Command::Treasury(to_its_treasury)).unwrap();
    assert_eq!(town.fen(AccountKey::TreasuryFine(PROGRAMME)), 5);
    let until = recovery.ban().unwrap().until;
    assert_eq!(until, town.now.plus_months(12).unwrap());
    let banned = |town: &Town, at| is_banned(&town.state, TENANT, None, at).is_some();
    assert!(banned(&town, Timestamp::from_micros(until.micros() - 1)));
    assert!(!banned(&town, until));
    assert!(is_banned(&town.state, TENANT, Some(ISSUER), town.now).is_none());
    let grant = || Command::Grant {
        programme: PROGRAMME,
        org: TENANT,
        amount: Money::from_fen(100),
    };
    assert!(matches!(town.say(grant()), Err(Rejection::Banned { .. })));
    let drawn = town.drawn();
    let lease = town.rent(24);
    assert_eq!(
        town.state.leases[&lease].fill.voucher,
        Money::ZERO,
        "vouchers pay nothing while it is banned"
    );
    assert_eq!(town.drawn(), drawn);
    let lift = |reason: &str| {
        let reason = reason.to_owned();
        let recovery = recovery.id;
        Command::Recovery(RecoveryCommand::LiftBan { recovery, reason })
    };
    assert_eq!(pointer(town.say(lift(" "))), "/reason");
    town.say(lift("won on appeal")).unwrap();
    assert_eq!(pointer(town.say(lift("again"))), "/recovery");
    town.say(grant()).unwrap();
    assert!(!banned(&town, town.now));
}

#[test]
fn what_cash_does_not_cover_is_owed_and_paid_by_the_next_deposit() {
    let mut town = Town::new(&Setting::default());
    let lease = town.finished();
    let all = town.fen(AccountKey::Cash(TENANT));
    let gone = [(
        AccountKey::Cash(TENANT),
        AccountKey::Suspense,
        Money::from_fen(all - 5_000),
    )];
    town.say(Command::Post {
        transfers: gone.to_vec(),
    })
    .unwrap();
    town.recover(by_mistake(&lease, None)).unwrap();
    assert_eq!(town.receivables(), [0; 3]);
    assert_eq!(town.fen(AccountKey::Cash(TENANT)), 0);
    assert_eq!(town.fen(AccountKey::Debt(TENANT)), 21_373 - 5_000);
    let mut deposit = |amount: &str| {
        town.verb(Some(TENANT), "deposit", json!({"amount": amount, "bank_ref": "later"}));
        (town.fen(AccountKey::Debt(TENANT)), town.fen(AccountKey::Cash(TENANT)))
    };
    assert_eq!(deposit("100.00"), (6_373, 0));
    assert_eq!(deposit("100.00"), (0, 3_627));
    assert_eq!(deposit("1.00"), (0, 3_727));
}

#[test]
fn a_voucher_is_taken_back_of_all_its_leases_the_last_first() {
    let mut town = Town::new(&Setting::default());
    let leases: Vec<_> = (0..3).map(|_| town.finished()).collect();
    let of_second = |leases: &[_], fen| NewRecovery {
        target: NamedTarget::Voucher {
            voucher: VoucherId(2),
            leases: leases.to_vec(),
        },
        ..by_mistake(&leases[0], fen)
    };
    // The second voucher has paid 13.73, 213.73 and 213.73.
    let taken = made(&town.recover(of_second(&leases, Some(30_000))).unwrap());
    let parts: Vec<i64> = taken.parts.iter().map(|part| part.amount.fen()).collect();
    assert_eq!(parts, [21_373, 8_627]);
    let swapped = [leases[1].clone(), leases[0].clone()];
    assert_eq!(pointer(town.recover(of_second(&swapped, None))), "/target");
    let rest = made(&town.recover(of_second(&leases, None)).unwrap());
    assert_eq!(rest.amount.fen(), 1_373 + 2 * 21_373 - 30_000);
    assert_eq!(town.drawn(), 20_000, "what the first voucher has paid");
}

#[test]
fn what_is_said_of_a_closed_lease_must_fit_the_books() {
    let mut town = Town::new(&Setting::default());
    let lease = town.finished();
    let refused = |town: &mut Town, change: &dyn Fn(&mut qiantang::domain::recovery::ClosedLease)| {
        let mut other = lease.clone();
        change(other.closed.as_mut().unwrap());
        pointer(town.recover(by_mistake(&other, None)))
    };
    assert_eq!(
        refused(&mut town, &|closed| closed.voucher = Money::from_fen(1_000_000)),
        "/target"
    );
    assert_eq!(refused(&mut town, &|closed| closed.tenant = PROVIDER), "/target");
    assert_eq!(
        refused(&mut town, &|closed| closed.draws[0].voucher = VoucherId(9)),
        "/target"
    );
    assert_eq!(refused(&mut town, &|closed| closed.draws.clear()), "/target");
    assert_eq!(pointer(town.recover(by_mistake(&live(lease.lease), None))), "/target");
    let unknown = qiantang::domain::id::LeaseId(99);
    assert_eq!(
        town.recover(by_mistake(&live(unknown), None)),
        Err(Rejection::LeaseNotFound(unknown))
    );
}

/// 641.28 was settled, 213.73 of it by vouchers. 64.13 are credited: 21.37 of it were the treasuries'.
#[test]
fn a_credit_goes_back_to_those_who_paid() {
    let mut town = Town::new(&Setting::default());
    let lease = town.finished();
    let cash = town.fen(AccountKey::Cash(TENANT));
    let pending = town.fen(AccountKey::PendingCash(PROVIDER)) + town.fen(AccountKey::PendingProgramme(PROVIDER));
    let available = town.fen(AccountKey::VoucherAvailable(VoucherId(2)));
    town.credit(&lease, 6_413).unwrap();
    assert_eq!(town.fen(AccountKey::Cash(TENANT)), cash + 6_413 - 2_137);
    assert_eq!(town.receivables().iter().sum::<i64>(), 21_373 - 2_137);
    assert_eq!(town.fen(AccountKey::VoucherAvailable(VoucherId(2))), available + 1_373);
    assert_eq!(town.fen(AccountKey::VoucherAvailable(VoucherId(1))), 2_137 - 1_373);
    assert_eq!(town.drawn(), 21_373 - 2_137);
    let left = town.fen(AccountKey::PendingCash(PROVIDER)) + town.fen(AccountKey::PendingProgramme(PROVIDER));
    assert_eq!(left, pending - 6_413);
    assert_eq!(pointer(town.credit(&lease, 64_128 - 6_412)), "/amount");
    town.recover(by_mistake(&lease, None)).unwrap();
    assert_eq!(
        pointer(town.credit(&lease, 64_128 - 6_413 - 21_373 + 2_137 + 1)),
        "/amount"
    );
    // Only what the tenant has paid is left now, and the provider has no more of the programme's money than it was paid.
    town.credit(&lease, 64_128 - 6_413 - 21_373 + 2_137).unwrap();
    assert_eq!(
        town.fen(AccountKey::Cash(TENANT)),
        cash + 64_128 - 21_373 - (21_373 - 2_137)
    );
    assert_eq!(town.receivables(), [0; 3]);
}

#[test]
fn a_provider_gives_credits_out_of_what_it_has_and_owes_the_rest() {
    let mut town = Town::new(&Setting {
        rules: json!({"on_expiry": "lapse", "validity_days": 3}),
        ..Setting::default()
    });
    let lease = town.finished();
    town.now = town.now.plus_hours(24 * 40);
    town.say(Command::Tick).unwrap();
    assert_eq!(
        town.fen(AccountKey::PendingCash(PROVIDER)),
        0,
        "the dispute window has ended"
    );
    let payable = town.fen(AccountKey::PayableCash(PROVIDER));
    let gone = [(
        AccountKey::PayableCash(PROVIDER),
        AccountKey::PayoutInFlight,
        Money::from_fen(payable - 100),
    )];
    town.say(Command::Post {
        transfers: gone.to_vec(),
    })
    .unwrap();
    let lapsed = town.fen(AccountKey::Lapsed(PROGRAMME));
    town.credit(&lease, 64_128).unwrap();
    assert_eq!(town.fen(AccountKey::PayableCash(PROVIDER)), 0);
    assert_eq!(
        town.fen(AccountKey::Lapsed(PROGRAMME)),
        lapsed + 21_373,
        "the vouchers have expired"
    );
    let fees = 21_373 - town.fen(AccountKey::PayableProgramme(PROVIDER)) - 21_373;
    assert!(fees <= 0);
    assert!(town.fen(AccountKey::Debt(PROVIDER)) >= 64_128 - 21_373 - 100);
}

/// What somebody does to one of the leases.
#[derive(Debug, Clone, Copy)]
enum Act {
    Recover(Option<i64>),
    Credit(i64),
    Rent,
}

fn acts() -> impl Strategy<Value = Vec<(usize, Act)>> {
    let act = prop_oneof![
        3 => (1_i64..30_000).prop_map(|fen| Act::Recover(Some(fen))),
        1 => Just(Act::Recover(None)),
        2 => (1_i64..70_000).prop_map(Act::Credit),
        1 => Just(Act::Rent),
    ];
    vec((0_usize..4, act), 1..24)
}

fn shares() -> impl Strategy<Value = [u32; 3]> {
    (1_u32..=4_999, 1_u32..=4_999).prop_map(|(a, b)| [a, b, 10_000 - a - b])
}

proptest! {
    #![proptest_config(ProptestConfig { cases: ProptestConfig::default().cases.div_ceil(8), failure_persistence: None, ..ProptestConfig::default() })]

    /// recover(redeem(x)) = x: in whatever parts a subsidy is taken back, everybody stands as if no voucher had ever paid.
    #[test]
    fn taking_back_is_as_if_nothing_had_been_given(
        shares in shares(),
        first in 1_i64..40_000,
        parts in vec(1_i64..25_000, 0..6),
        half in any::<bool>(),
    ) {
        let setting = Setting { shares, vouchers: [first, 500_000], ..Setting::default() };
        let play = |uses_vouchers: bool| {
            let mut town = Town::new(&Setting { uses_vouchers, ..setting.clone() });
            let lease = town.rent(24);
            town.deliver(lease, (0, 12), 977);
            town.settle();
            if half && uses_vouchers {
                town.recover(by_mistake(&live(lease), None)).unwrap();
            }
            town.deliver(lease, (12, 20), 1_000);
            town.settle();
            (town, live(lease))
        };
        let ((mut with, lease), (without, _)) = (play(true), play(false));
        let redeemed = with.state.leases[&lease.lease].settled.voucher.fen();
        let mut left = with.fen(AccountKey::Redeemed(PROGRAMME));
        for part in parts {
            let taken = with.recover(by_mistake(&lease, Some(part)));
            prop_assert_eq!(taken.is_ok(), part <= left);
            left -= if taken.is_ok() { part } else { 0 };
            prop_assert_eq!(with.receivables().iter().sum::<i64>(), left);
        }
        if left > 0 {
            with.recover(by_mistake(&lease, None)).unwrap();
        }
        let of = |town: &Town| {
            let provider = town.fen(AccountKey::PendingCash(PROVIDER)) + town.fen(AccountKey::PendingProgramme(PROVIDER));
            (town.receivables(), town.fen(AccountKey::Redeemed(PROGRAMME)), provider, town.fen(AccountKey::FeeRevenue))
        };
        prop_assert_eq!(of(&with), of(&without));
        // What is still bound by the lease comes back when it is closed.
        let open = |town: &Town| {
            let lease = &town.state.leases[&lease.lease];
            (town.fen(AccountKey::Escrow(lease.id())), lease.fill.voucher.fen() - lease.settled.voucher.fen())
        };
        let ((escrow, bound), (plain, _)) = (open(&with), open(&without));
        let cash = |town: &Town| town.fen(AccountKey::Cash(TENANT)) + town.fen(AccountKey::Held(TENANT));
        prop_assert_eq!(cash(&with) + escrow, cash(&without) + plain);
        prop_assert_eq!(with.drawn(), bound);
        prop_assert_eq!(with.fen(AccountKey::Recovered(PROGRAMME)), redeemed);
    }

    /// No interleaving takes back more than was redeemed, and what goes back adds up among treasuries, vouchers and tenant.
    #[test]
    fn nothing_is_taken_back_twice(shares in shares(), acts in acts()) {
        let mut town = Town::new(&Setting { shares, ..Setting::default() });
        let mut leases = vec![town.finished(), town.finished()];
        let (mut recovered, mut credited) = (vec![0; 8], vec![0; 8]);
        for (place, act) in acts {
            let place = place % leases.len();
            let lease = leases[place].clone();
            let closed = lease.closed.clone().unwrap();
            match act {
                Act::Recover(fen) => if let Ok(events) = town.recover(by_mistake(&lease, fen)) {
                    recovered[place] += made(&events).amount.fen();
                },
                Act::Credit(fen) => if let Ok(events) = town.credit(&lease, fen) {
                    credited[place] += fen;
                    let recovery = made(&events);
                    prop_assert!(recovery.amount.fen() <= fen);
                },
                Act::Rent if leases.len() < 6 => leases.push(town.finished()),
                Act::Rent => {}
            }
            prop_assert!(recovered[place] <= closed.voucher.fen());
            prop_assert!(recovered[place] + credited[place] <= closed.charge.fen());
            let net = town.fen(AccountKey::Redeemed(PROGRAMME));
            prop_assert_eq!(town.receivables().iter().sum::<i64>(), net);
            prop_assert_eq!(town.drawn(), net);
            prop_assert!(net >= 0);
        }
    }
}

#[test]
fn lists_of_providers_are_asked_for_at_each_fill() {
    let here = |org: OrgId, from| json!({"programme": PROGRAMME, "org": org, "batch": "1", "items": ["compute"], "from": from});
    let voucher = |town: &Town, lease| town.state.leases[&lease].fill.voucher.fen();
    // A sister of the tenant is listed, and the programme lets no provider receive.
    let rules = json!({"role_conflict": "provider_cannot_claim"});
    let mut town = Town::new(&Setting {
        rules,
        ..Setting::default()
    });
    let before = town.rent(24);
    assert!(voucher(&town, before) > 0);
    let uscc = Uscc::from_stem("91330100000000009").unwrap();
    let sister = json!({"name": "sister", "uscc": uscc, "kinds": ["provider"], "owner": TENANT});
    town.verb(None, "org", sister);
    let now = town.now;
    town.verb(None, "list_provider", here(OrgId(4), now));
    let after = town.rent(24);
    assert_eq!(voucher(&town, after), 0);
    // What was agreed before is paid as agreed.
    let agreed = voucher(&town, before);
    town.deliver(before, (0, 24), 1_000);
    town.settle();
    assert_eq!(town.fen(AccountKey::Redeemed(PROGRAMME)), agreed);

    // The provider itself is listed, and then is not.
    let rules = json!({"provider_rule": {"listed": true}});
    let mut town = Town::new(&Setting {
        rules,
        ..Setting::default()
    });
    let now = town.now;
    let unlisted = town.rent(24);
    town.verb(None, "list_provider", here(PROVIDER, now));
    let listed = town.rent(24);
    town.now = town.now.plus_hours(1);
    let gone = json!({"programme": PROGRAMME, "org": PROVIDER, "at": town.now});
    town.verb(None, "delist_provider", gone);
    let delisted = town.rent(24);
    assert_eq!(
        [unlisted, listed, delisted].map(|lease| voucher(&town, lease) > 0),
        [false, true, false]
    );
}
