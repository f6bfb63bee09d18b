//! One asks, another one decides.

use qiantang::app::answer::approval::ApprovalView;
use qiantang::app::exchange::Handle;
use qiantang::app::request::{IdempotencyKey, Request};
use qiantang::app::verb;
use qiantang::domain::id::{AcceleratorId, ApprovalId, UserId};
use qiantang::domain::money::Money;
use qiantang::domain::terms::Terms;
use qiantang::domain::user::Role;
use qiantang::engine::Command;
use qiantang::store::{Reader, approval};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::{
    ISSUER, ISSUERS, OPERATOR, OPERATORS, SECOND, SECOND_ISSUER, TRADER, activate, approve, cash, deposit, give, good,
    grant, grant_to, invalid, is_sound, noon, open, programme, propose, refusal, refused, reject, reopen, user,
};
use crate::harness::for_each_backend;

#[test]
fn what_one_person_asks_for_happens_when_another_agrees() {
    for_each_backend(|database| {
        let exchange = open(&database.url);
        let handle = exchange.handle();
        let written = serde_json::to_string(&deposit(12_050)).unwrap();
        let reply = give(&handle, propose(OPERATOR, deposit(12_050)));
        assert!(
            reply.answer.contains(&format!("\"command\":{written}")),
            "{}",
            reply.answer
        );
        let mut asked: Value = serde_json::from_str(&reply.answer).unwrap();
        assert_eq!(asked["receipt"]["seq"].take().as_i64().map(|seq| seq > 1), Some(true));
        let digest = Sha256::digest(written.as_bytes());
        let hash: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
        let mut approval = json!({"id": "apr_0000000000001", "state": "pending", "maker": "usr_0000000000001",
            "role": "operator", "kind": "deposit", "payload_hash": hash, "created_at": "2026-12-01T12:00:00Z",
            "command": {"deposit": {"org": "org_0000000000001", "amount": "120.50", "bank_ref": "line 12050"}}});
        assert_eq!(asked["approval"], approval);
        assert_eq!(cash(&handle), 0);
        exchange.shut_down();

        let exchange = reopen(&database.url);
        let handle = exchange.handle();
        is_sound(&database.url, &handle);
        let done = good(&handle, approve(SECOND, 1));
        approval["state"] = json!("approved");
        approval["checker"] = json!("usr_0000000000002");
        approval["decided_at"] = json!("2026-12-01T12:00:00Z");
        assert_eq!(done["approval"], approval);
        let result = json!({"movement": "mov_0000000000001", "transfers": ["trf_0000000000001"]});
        assert_eq!(done["result"], result);
        assert_eq!(cash(&handle), 12_050);
        assert_eq!(refused(&handle, approve(SECOND, 1)), refusal("approval_decided", 409));
        is_sound(&database.url, &handle);
    });
}

#[test]
fn what_two_people_agree_on_is_in_force_after_a_restart() {
    for_each_backend(|database| {
        let exchange = open(&database.url);
        let handle = exchange.handle();
        let card = json!({"code": "card", "vendor": "V", "model": "M", "domestic": true, "memory_gb": 64,
            "fp16_dense_gflops": 1000, "cards_per_node": 8});
        good(&handle, verb::command("accelerator", None, card).unwrap());
        let terms = Terms {
            dispute_hours: 77,
            ..Terms::default()
        };
        let price = "2.000000".parse().unwrap();
        let accelerator = "card".parse().unwrap();
        let asked = [
            (OPERATOR, SECOND, Command::SetTerms(terms)),
            (SECOND, OPERATOR, Command::SetReferencePrice { accelerator, price }),
            (ISSUER, SECOND_ISSUER, programme("100.00")),
        ];
        for (approval, (maker, checker, command)) in (1..).zip(asked) {
            good(&handle, propose(maker, command));
            assert_eq!(
                good(&handle, approve(checker, approval))["approval"]["state"],
                "approved"
            );
        }
        good(&handle, propose(SECOND_ISSUER, grant(60)));
        assert_eq!(good(&handle, approve(ISSUER, 4))["result"]["id"], "vch_0000000000001");
        is_sound(&database.url, &handle);
        exchange.shut_down();

        let exchange = reopen(&database.url);
        let known = exchange.handle().inspect(|state| {
            let price = state.catalogue.reference_price(AcceleratorId(0));
            (
                state.terms.dispute_hours,
                price,
                state.vouchers.len(),
                state.approvals.len(),
            )
        });
        assert_eq!(known, Ok((77, Some(price), 1, 0)));
    });
}

#[test]
fn nobody_agrees_with_themselves_whatever_their_roles() {
    for_each_backend(|database| {
        let exchange = open(&database.url);
        let handle = exchange.handle();
        let mut asked = 0_u64;
        for (org, deciding) in [(OPERATORS, Role::Operator), (ISSUERS, Role::Issuer)] {
            for others in [
                &[][..],
                &[Role::Provider],
                &[Role::Tenant],
                &[Role::Provider, Role::Tenant],
            ] {
                let roles = [others, &[deciding]].concat();
                let id = good(&handle, user(org, &roles))["id"].clone();
                let maker: UserId = serde_json::from_value(id).unwrap();
                asked += 1;
                let command = if deciding == Role::Operator {
                    deposit(asked.cast_signed())
                } else {
                    programme("1.00")
                };
                good(&handle, propose(maker, command));
                assert_eq!(refused(&handle, approve(maker, asked)), refusal("same_person", 403));
                let reason = Some("a mistake of mine");
                assert_eq!(
                    refused(&handle, reject(maker, asked, reason)),
                    refusal("same_person", 403)
                );
            }
        }
        is_sound(&database.url, &handle);
    });
}

#[test]
fn a_line_of_the_banks_statement_is_booked_once() {
    for_each_backend(|database| {
        let exchange = open(&database.url);
        let handle = exchange.handle();
        let line = |bank_ref: &str| Command::Deposit {
            org: OPERATORS,
            amount: Money::from_fen(100),
            bank_ref: bank_ref.to_owned(),
        };
        for bank_ref in ["", " ", " a", "a ", "a\0"] {
            let told = refused(&handle, propose(OPERATOR, line(bank_ref)));
            assert!(told.2.iter().all(|at| at == "/bank_ref"), "{bank_ref:?}: {told:?}");
        }
        good(&handle, propose(OPERATOR, line("a")));
        let taken = |command| assert_eq!(refused(&handle, command), invalid("/bank_ref"));
        taken(propose(SECOND, line("a")));
        // What was rejected can be asked for again.
        good(&handle, reject(SECOND, 1, Some("another amount")));
        good(&handle, propose(SECOND, line("a")));
        good(&handle, approve(OPERATOR, 2));
        taken(propose(OPERATOR, line("a")));
        // A flow that books it meanwhile counts, too.
        good(&handle, propose(OPERATOR, line("b")));
        good(&handle, line("b"));
        taken(approve(SECOND, 3));
        good(&handle, reject(SECOND, 3, Some("is booked")));
        good(&handle, line("b"));
        assert_eq!(cash(&handle), 300);
        is_sound(&database.url, &handle);
        exchange.shut_down();

        let exchange = reopen(&database.url);
        let handle = exchange.handle();
        for bank_ref in ["a", "b"] {
            assert_eq!(
                refused(&handle, propose(OPERATOR, line(bank_ref))),
                invalid("/bank_ref")
            );
        }
        good(&handle, propose(OPERATOR, line("c")));
        is_sound(&database.url, &handle);
    });
}

#[test]
fn who_may_not_decide_is_told_why() {
    for_each_backend(|database| {
        let exchange = open(&database.url);
        let handle = exchange.handle();
        good(&handle, propose(OPERATOR, deposit(1)));
        let nobody = UserId(99);
        let long = "长".repeat(501);
        for (command, expected) in [
            (propose(TRADER, deposit(1)), refusal("role_missing", 403)),
            (propose(ISSUER, deposit(1)), refusal("role_missing", 403)),
            (propose(OPERATOR, programme("1.00")), refusal("role_missing", 403)),
            (propose(nobody, deposit(1)), refusal("user_not_found", 404)),
            (propose(OPERATOR, Command::Tick), refusal("not_for_approval", 422)),
            (
                propose(OPERATOR, propose(OPERATOR, deposit(1))),
                refusal("not_for_approval", 422),
            ),
            (propose(OPERATOR, deposit(0)), invalid("/amount")),
            (propose(ISSUER, programme("-1.00")), invalid("/pot")),
            (propose(ISSUER, grant(1)), invalid("/programme")),
            // An authority that rents cards too gets nothing by what its own people decide.
            (propose(ISSUER, grant_to(ISSUERS, 1)), refusal("person_concerned", 403)),
            (approve(ISSUER, 1), refusal("role_missing", 403)),
            (approve(TRADER, 1), refusal("role_missing", 403)),
            (approve(nobody, 1), refusal("user_not_found", 404)),
            (approve(SECOND, 0), refusal("approval_not_found", 404)),
            (approve(SECOND, 2), refusal("approval_not_found", 404)),
            (reject(SECOND, 1, None), invalid("/reason")),
            (reject(SECOND, 1, Some(" ")), invalid("/reason")),
            (reject(SECOND, 1, Some(&long)), invalid("/reason")),
            (reject(SECOND, 1, Some("a\0")), invalid("/reason")),
        ] {
            assert_eq!(refused(&handle, command.clone()), expected, "{command:?}");
        }
        good(&handle, activate(SECOND, false));
        assert_eq!(refused(&handle, approve(SECOND, 1)), refusal("user_inactive", 403));
        assert_eq!(
            refused(&handle, propose(SECOND, deposit(1))),
            refusal("user_inactive", 403)
        );
        // What somebody left behind who was stopped can be rejected only.
        good(&handle, activate(SECOND, true));
        good(&handle, activate(OPERATOR, false));
        assert_eq!(refused(&handle, approve(SECOND, 1)), refusal("user_inactive", 403));
        let told = good(&handle, reject(SECOND, 1, Some("two\nlines")));
        assert_eq!(
            (&told["approval"]["state"], &told["result"]),
            (&json!("rejected"), &Value::Null)
        );
        assert_eq!(told["approval"]["reason"], "two\nlines");
        assert_eq!(refused(&handle, approve(SECOND, 1)), refusal("approval_decided", 409));
        assert_eq!(cash(&handle), 0);
        is_sound(&database.url, &handle);
    });
}

#[test]
fn what_cannot_happen_any_more_goes_on_waiting() {
    for_each_backend(|database| {
        let exchange = open(&database.url);
        let handle = exchange.handle();
        for (approval, command) in (1..).zip([programme("100.00"), programme("100.00")]) {
            good(&handle, propose(ISSUER, command));
            if approval == 2 {
                // Both were possible when they were asked for.
                good(&handle, approve(SECOND_ISSUER, 1));
                assert_eq!(refused(&handle, approve(SECOND_ISSUER, 2)), invalid("/id"));
            }
        }
        for yuan in [80, 80, 20] {
            good(&handle, propose(ISSUER, grant(yuan)));
        }
        good(&handle, approve(SECOND_ISSUER, 3));
        assert_eq!(refused(&handle, approve(SECOND_ISSUER, 4)), invalid("/amount"));
        exchange.shut_down();

        let exchange = reopen(&database.url);
        let handle = exchange.handle();
        assert_eq!(refused(&handle, approve(SECOND_ISSUER, 4)), invalid("/amount"));
        good(&handle, approve(SECOND_ISSUER, 5));
        good(&handle, reject(SECOND_ISSUER, 4, Some("the pot is empty")));
        let rest = handle.inspect(|state| state.approvals.keys().copied().collect::<Vec<_>>());
        assert_eq!(rest, Ok(vec![ApprovalId(2)]));
        is_sound(&database.url, &handle);
    });
}

#[test]
fn a_retry_gets_the_same_answer_to_the_byte() {
    for_each_backend(|database| {
        let exchange = open(&database.url);
        let keyed = |key: &str, command: Command| Request {
            org: Some(OPERATORS),
            key: Some(IdempotencyKey {
                key: key.to_owned(),
                body_hash: Sha256::digest(serde_json::to_vec(&command).unwrap()).into(),
            }),
            ..Request::new("usr_0000000000001", command).at(noon())
        };
        let steps = [("a", propose(OPERATOR, deposit(7))), ("b", approve(SECOND, 1))];
        let play = |handle: &Handle| {
            let replies = steps
                .clone()
                .map(|(key, command)| handle.call(keyed(key, command)).unwrap());
            replies.map(|reply| (reply.answer, reply.accepted, reply.replayed))
        };
        let first = play(&exchange.handle());
        assert!(
            first.iter().all(|(_, accepted, replayed)| *accepted && !replayed),
            "{first:?}"
        );
        let second = play(&exchange.handle());
        exchange.shut_down();
        let exchange = reopen(&database.url);
        let third = play(&exchange.handle());
        for again in [second, third] {
            assert!(again.iter().all(|(_, _, replayed)| *replayed));
            assert_eq!(again.map(|reply| reply.0), first.clone().map(|reply| reply.0));
        }
        assert_eq!(cash(&exchange.handle()), 7);
    });
}

#[test]
fn the_table_shows_what_the_answers_said() {
    for_each_backend(|database| {
        let exchange = open(&database.url);
        let handle = exchange.handle();
        let mut said = vec![good(&handle, propose(OPERATOR, deposit(1)))["approval"].clone()];
        good(&handle, propose(OPERATOR, deposit(2)));
        said.push(good(&handle, reject(SECOND, 2, Some("no such line")))["approval"].clone());
        good(&handle, propose(ISSUER, programme("1.00")));
        said.push(good(&handle, approve(SECOND_ISSUER, 3))["approval"].clone());
        let rows = approval::load_all(&mut Reader::open(&database.url).unwrap()).unwrap();
        let shown: Vec<Value> = rows
            .into_iter()
            .map(|row| serde_json::to_value(ApprovalView::try_from(row).unwrap()).unwrap())
            .collect();
        assert_eq!(shown, said);
    });
}
