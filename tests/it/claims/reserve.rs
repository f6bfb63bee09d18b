//! A programme that was paid in before (备用金): what vouchers pay at settlement comes out of its reserve.

use qiantang::app::clock::Clock;
use qiantang::app::exchange::{Exchange, Handle};
use qiantang::app::request::Request;
use qiantang::app::verb;
use qiantang::domain::account::AccountKey;
use qiantang::domain::id::{OrgId, ProgrammeId, VoucherId};
use qiantang::domain::money::Money;
use qiantang::domain::time::Timestamp;
use qiantang::domain::uscc::Uscc;
use qiantang::engine::Command;
use qiantang::engine::office::treasury::TreasuryCommand;
use serde_json::{Value, json};

use super::{is_sound, stored};
use crate::harness::for_each_backend;

const PROVIDER: OrgId = OrgId(1);
const TENANT: OrgId = OrgId(2);

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn must(handle: &Handle, when: &str, command: Command) {
    let reply = handle.call(Request::new("flow", command).at(at(when))).unwrap();
    assert!(reply.accepted, "{}", reply.answer);
}

fn say(handle: &Handle, when: &str, (verb, caller): (&str, Option<OrgId>), body: Value) {
    must(handle, when, verb::command(verb, caller, body).unwrap());
}

#[test]
fn vouchers_pay_out_of_what_was_paid_in_and_never_more() {
    for_each_backend(|database| {
        let exchange = Exchange::open(&database.url, "test", Clock::Given).unwrap();
        let handle = exchange.handle();
        let noon = "2026-12-01T12:00:00Z";
        let all = |verb: &str, body: Value| say(&handle, noon, (verb, None), body);
        all(
            "accelerator",
            json!({"code": "card", "vendor": "v", "model": "m", "domestic": true, "memory_gb": 64,
            "fp16_dense_gflops": 1, "cards_per_node": 8}),
        );
        all(
            "site",
            json!({"code": "chengdu", "name_zh": "成都", "region": "sichuan"}),
        );
        for (number, kind) in [(1, "provider"), (2, "tenant")] {
            let uscc = Uscc::from_stem(&format!("91000000MA{number:07}")).unwrap();
            all("org", json!({"name": kind, "uscc": uscc, "kinds": [kind]}));
        }
        all(
            "deposit",
            json!({"org": TENANT, "amount": "10000.00", "bank_ref": "D-1"}),
        );
        all(
            "programme",
            json!({"id": "chengdu", "pot": "5000.00", "rates": [{"rate_bps": 3000}], "pay_mode": "reserve",
            "valid_from": "2026-01-01T00:00:00Z", "valid_until": "2027-12-01T00:00:00Z"}),
        );
        all(
            "grant",
            json!({"programme": ProgrammeId(1), "org": TENANT, "amount": "5000.00"}),
        );
        let fund = TreasuryCommand::FundReserve {
            programme: ProgrammeId(1),
            amount: Money::from_fen(10_000),
            bank_ref: "R-1".to_owned(),
        };
        must(&handle, noon, Command::Treasury(fund));
        let (from, until) = ("2026-12-01T13:00:00Z", "2026-12-02T13:00:00Z");
        say(
            &handle,
            noon,
            ("listing", Some(PROVIDER)),
            json!({"site": "chengdu", "accelerator": "card",
            "cards_per_island": 8, "lot_cards": 1, "from": from, "until": until, "ask": "10.000000"}),
        );
        // 2 cards × 24 hours × 10.00 = 480.00, of which 30 % are 144.00; 100.00 were paid in.
        say(
            &handle,
            noon,
            ("bid", Some(TENANT)),
            json!({"alternatives": [{"accelerator": "card", "cards": 2, "hours": 24,
            "limit": "10.000000"}], "earliest": from, "latest": until}),
        );
        let balance = |key| handle.inspect(move |state| state.ledger.balance(key).fen()).unwrap();
        assert_eq!(balance(AccountKey::VoucherReserved(VoucherId(1))), 10_000);
        let later = "2026-12-02T14:00:00Z";
        let usage = json!([{"specversion": "1.0", "id": "1", "source": "/dc", "type": "qiantang.usage.v1",
            "data": {"lease": "lse_0000000000001", "from": from, "until": until, "cards_up": 2, "card_seconds": 2 * 24 * 3_600}}]);
        say(&handle, later, ("usage", Some(PROVIDER)), usage);
        say(&handle, later, ("settle", None), json!({"until": until}));
        let found = [
            AccountKey::Reserve(ProgrammeId(1)),
            AccountKey::TreasuryReceivable(ProgrammeId(1), 0),
            AccountKey::PendingProgramme(PROVIDER),
            AccountKey::PendingCash(PROVIDER),
            AccountKey::Redeemed(ProgrammeId(1)),
            AccountKey::VoucherAvailable(VoucherId(1)),
        ];
        assert_eq!(found.map(balance), [0, 0, 10_000, 38_000, 10_000, 490_000]);
        let memory = handle
            .inspect(|state| qiantang::engine::state_hash::state_hash(state).unwrap())
            .unwrap();
        exchange.shut_down();
        assert_eq!(stored(&database.url), memory);
        is_sound(&database.url);
    });
}
