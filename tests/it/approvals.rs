//! Users, what two of them decide on, and versions: on both back ends, through the exchange.

use qiantang::app::answer::approval::ApprovalView;
use qiantang::app::clock::Clock;
use qiantang::app::exchange::{Exchange, Handle};
use qiantang::app::request::{IdempotencyKey, Reply, Request};
use qiantang::app::verb;
use qiantang::app::verify::verify;
use qiantang::domain::account::AccountKey;
use qiantang::domain::approval::Verdict;
use qiantang::domain::bid::BidState;
use qiantang::domain::id::{AcceleratorId, ApprovalId, BidId, ListingId, OrgId, ProgrammeId, UserId};
use qiantang::domain::listing::ListingState;
use qiantang::domain::money::Money;
use qiantang::domain::terms::Terms;
use qiantang::domain::time::Timestamp;
use qiantang::domain::uscc::Uscc;
use qiantang::domain::user::{NewUser, Role};
use qiantang::domain::version::Version;
use qiantang::engine::state_hash::{StateHash, state_hash};
use qiantang::engine::{self, Command, State};
use qiantang::store::{self, Batch, Place, Reader, Url, Writer, approval};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::harness::for_each_backend;
use crate::store::writing::execute;

/// Everything but an issuer and an auditor.
const OPERATORS: OrgId = OrgId(1);
/// Everything but an operator and an auditor.
const ISSUERS: OrgId = OrgId(2);
const OPERATOR: UserId = UserId(1);
const SECOND: UserId = UserId(2);
const ISSUER: UserId = UserId(3);
const SECOND_ISSUER: UserId = UserId(4);
/// Of the operators, but only trades.
const TRADER: UserId = UserId(5);

fn noon() -> Timestamp {
    "2026-12-01T12:00:00Z".parse().unwrap()
}

fn reopen(url: &Url) -> Exchange {
    Exchange::open(url, "a test", Clock::Given).unwrap()
}

fn give(handle: &Handle, command: Command) -> Reply {
    handle.call(Request::new("a test", command).at(noon())).unwrap()
}

/// The answer to a command that must be accepted.
fn good(handle: &Handle, command: Command) -> Value {
    let reply = give(handle, command);
    assert!(reply.accepted, "{}", reply.answer);
    serde_json::from_str(&reply.answer).unwrap()
}

/// The code of a refusal and the pointers of its fields; it has changed nothing.
fn refused(handle: &Handle, command: Command) -> (String, u64, Vec<String>) {
    let before = memory(handle);
    let reply = give(handle, command);
    assert!(!reply.accepted, "{}", reply.answer);
    assert_eq!(memory(handle), before, "a refusal changed something: {}", reply.answer);
    let problem: Value = serde_json::from_str(&reply.answer).unwrap();
    let errors = problem["errors"].as_array().cloned().unwrap_or_default();
    let pointers = errors.iter().map(|error| error["pointer"].as_str().unwrap().to_owned());
    (
        problem["code"].as_str().unwrap().to_owned(),
        problem["status"].as_u64().unwrap(),
        pointers.collect(),
    )
}

/// A refusal that names no field.
fn refusal(code: &str, status: u64) -> (String, u64, Vec<String>) {
    (code.to_owned(), status, Vec::new())
}

fn invalid(pointer: &str) -> (String, u64, Vec<String>) {
    ("invalid".to_owned(), 422, vec![pointer.to_owned()])
}

fn memory(handle: &Handle) -> StateHash {
    handle.inspect(|state| state_hash(state).unwrap()).unwrap()
}

/// The tables hold what memory does, and the journal leads there.
fn is_sound(url: &Url, handle: &Handle) {
    let mut reader = Reader::open(url).unwrap();
    let stored = store::state::load(&mut reader).unwrap();
    assert_eq!(state_hash(&stored).unwrap(), memory(handle));
    let verdict = verify(&mut reader, &mut |_, _| {}).unwrap();
    assert!(verdict.violations.is_empty(), "{:?}", verdict.violations);
}

fn cash(handle: &Handle) -> i64 {
    let look = |state: &State| state.ledger.balance(AccountKey::Cash(OPERATORS)).fen();
    handle.inspect(look).unwrap()
}

fn user(org: OrgId, roles: &[Role]) -> Command {
    Command::RegisterUser(NewUser {
        org,
        roles: roles.to_vec(),
        identity: "0123456789abcdef".repeat(4),
    })
}

/// Two organisations and five users.
fn open(url: &Url) -> Exchange {
    let exchange = reopen(url);
    let handle = exchange.handle();
    for (stem, kinds) in [
        ("91330100MA0000001", ["provider", "tenant", "operator"]),
        ("91330100MA0000002", ["provider", "tenant", "issuer"]),
    ] {
        let uscc = Uscc::from_stem(stem).unwrap();
        let body = json!({"name": stem, "uscc": uscc, "kinds": kinds});
        good(&handle, verb::command("org", None, body).unwrap());
    }
    good(&handle, user(OPERATORS, &[Role::Operator]));
    good(
        &handle,
        user(OPERATORS, &[Role::Tenant, Role::Operator, Role::Provider]),
    );
    good(&handle, user(ISSUERS, &[Role::Issuer, Role::Tenant]));
    good(&handle, user(ISSUERS, &[Role::Issuer]));
    let trader = good(&handle, user(OPERATORS, &[Role::Provider, Role::Tenant]));
    assert_eq!(trader["id"], json!(TRADER));
    exchange
}

fn deposit(fen: i64) -> Command {
    Command::Deposit {
        org: OPERATORS,
        amount: Money::from_fen(fen),
        bank_ref: "line 1".to_owned(),
    }
}

fn programme(pot: &str) -> Command {
    let rules = json!({"id": "city", "pot": pot, "rates": [{"rate_bps": 3000}], "valid_from": "2026-01-01T00:00:00Z",
        "valid_until": "2027-01-01T00:00:00Z"});
    Command::OpenProgramme(serde_json::from_value(rules).unwrap())
}

fn grant(yuan: i64) -> Command {
    Command::Grant {
        programme: ProgrammeId(1),
        org: ISSUERS,
        amount: Money::from_fen(yuan * 100),
    }
}

fn propose(maker: UserId, command: Command) -> Command {
    let command = Box::new(command);
    Command::Propose { maker, command }
}

fn approve(checker: UserId, approval: u64) -> Command {
    Command::Decide {
        checker,
        approval: ApprovalId(approval),
        verdict: Verdict::Approve,
        reason: None,
    }
}

fn reject(checker: UserId, approval: u64, reason: Option<&str>) -> Command {
    Command::Decide {
        checker,
        approval: ApprovalId(approval),
        verdict: Verdict::Reject,
        reason: reason.map(str::to_owned),
    }
}

fn activate(user: UserId, active: bool) -> Command {
    Command::AmendUser {
        user,
        roles: None,
        active: Some(active),
        if_match: None,
    }
}

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
            "command": {"deposit": {"org": "org_0000000000001", "amount": "120.50", "bank_ref": "line 1"}}});
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
        let mut asked = 0;
        for (org, deciding, command) in [
            (OPERATORS, Role::Operator, deposit(1)),
            (ISSUERS, Role::Issuer, programme("1.00")),
        ] {
            for others in [
                &[][..],
                &[Role::Provider],
                &[Role::Tenant],
                &[Role::Provider, Role::Tenant],
            ] {
                let roles = [others, &[deciding]].concat();
                let id = good(&handle, user(org, &roles))["id"].clone();
                let maker: UserId = serde_json::from_value(id).unwrap();
                good(&handle, propose(maker, command.clone()));
                asked += 1;
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
            actor: "usr_0000000000001".to_owned(),
            org: Some(OPERATORS),
            key: Some(IdempotencyKey {
                key: key.to_owned(),
                body_hash: Sha256::digest(serde_json::to_vec(&command).unwrap()).into(),
            }),
            at: Some(noon()),
            command,
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

#[test]
fn what_was_decided_cannot_be_rewritten_unnoticed() {
    for_each_backend(|database| {
        let exchange = open(&database.url);
        let handle = exchange.handle();
        good(&handle, propose(OPERATOR, deposit(1)));
        good(&handle, approve(SECOND, 1));
        exchange.shut_down();
        for forgery in [
            "UPDATE approval SET checker = 5",
            "UPDATE approval SET command = '{\"deposit\":{}}'",
            "UPDATE app_user SET roles = 'tenant' WHERE id = 2",
            "DELETE FROM approval",
        ] {
            execute(&database.url, forgery).unwrap();
            let verdict = verify(&mut Reader::open(&database.url).unwrap(), &mut |_, _| {}).unwrap();
            assert!(!verdict.violations.is_empty(), "{forgery}");
        }
    });
}

#[test]
fn users_have_roles_of_their_organisation_that_go_together() {
    for_each_backend(|database| {
        let exchange = open(&database.url);
        let handle = exchange.handle();
        let body = json!({"name": "everything", "uscc": Uscc::from_stem("91330100MA0000003").unwrap(),
            "kinds": ["provider", "tenant", "issuer", "auditor", "operator"]});
        let org: OrgId =
            serde_json::from_value(good(&handle, verb::command("org", None, body).unwrap())["id"].clone()).unwrap();
        let (auditor, issuer, operator, tenant) = (Role::Auditor, Role::Issuer, Role::Operator, Role::Tenant);
        for (org, roles, pointer) in [
            (OrgId(9), vec![tenant], "/org"),
            (org, vec![], "/roles"),
            (org, vec![tenant, tenant], "/roles/1"),
            (org, vec![operator, tenant, issuer], "/roles/2"),
            (org, vec![issuer, operator], "/roles/1"),
            (org, vec![auditor, tenant], "/roles/1"),
            (org, vec![Role::Provider, auditor], "/roles/1"),
            (org, vec![auditor, operator], "/roles/1"),
            (org, vec![issuer, auditor], "/roles/1"),
            (OPERATORS, vec![issuer], "/roles/0"),
        ] {
            assert_eq!(refused(&handle, user(org, &roles)), invalid(pointer), "{roles:?}");
        }
        for identity in ["", "0123", &"g".repeat(64), &"0".repeat(65)] {
            let (roles, identity) = (vec![tenant], identity.to_owned());
            let new = Command::RegisterUser(NewUser { org, roles, identity });
            assert_eq!(refused(&handle, new), invalid("/identity"));
        }
        let told = good(&handle, user(org, &[auditor]));
        assert_eq!(told["roles"], json!(["auditor"]));
        let amend = |user: UserId, roles: &[Role], if_match: Option<Version>| Command::AmendUser {
            user,
            roles: Some(roles.to_vec()),
            active: None,
            if_match,
        };
        let version = || handle.inspect(|state| state.users[&UserId(6)].version()).unwrap();
        let before = version();
        assert_eq!(refused(&handle, amend(UserId(6), &[], None)), invalid("/roles"));
        assert_eq!(
            refused(&handle, amend(UserId(7), &[tenant], None)),
            refusal("user_not_found", 404)
        );
        let mut told = good(&handle, amend(UserId(6), &[tenant, issuer], Some(before)));
        told["receipt"].take();
        let expected = json!({"id": "usr_0000000000006", "org": org, "roles": ["tenant", "issuer"], "active": true,
            "receipt": null});
        assert_eq!(told, expected);
        assert_ne!(version(), before);
        let stale = amend(UserId(6), &[tenant], Some(before));
        assert_eq!(refused(&handle, stale), refusal("version_mismatch", 412));
        assert_eq!(good(&handle, activate(UserId(6), false))["active"], false);
        is_sound(&database.url, &handle);
    });
}

/// Whether they come in one commit or in two.
#[test]
fn a_user_was_registered_when_that_was_and_not_when_they_were_changed() {
    for_each_backend(|database| {
        let mut state = State::default();
        let org = json!({"name": "o", "uscc": Uscc::from_stem("91330100MA0000001").unwrap(), "kinds": ["tenant"]});
        let commands = [
            verb::command("org", None, org).unwrap(),
            user(OrgId(1), &[Role::Tenant]),
            activate(UserId(1), false),
            activate(UserId(1), true),
        ];
        let mut writer = Writer::open(&database.url, "a test", noon()).unwrap();
        let mut batch = Batch::default();
        for (hours, command) in (0..).zip(commands) {
            let place = Place {
                command_seq: i64::from(hours) + 1,
                at: noon().plus_hours(hours),
            };
            let events = engine::apply(&mut state, command.clone(), place.at).unwrap();
            batch.add(&state, place, (&command, &events));
            if hours == 2 {
                writer.commit(&batch).unwrap();
                batch.clear();
            }
        }
        writer.commit(&batch).unwrap();
        let rows = store::user::load_rows(&mut Reader::open(&database.url).unwrap()).unwrap();
        let told: Vec<_> = rows.iter().map(|row| (row.active, row.created_at)).collect();
        assert_eq!(told, [(true, noon().plus_hours(1).micros())]);
    });
}

/// A listing and a bid that rests because it pays too little.
fn market(handle: &Handle) {
    for (verb, body) in [
        (
            "accelerator",
            json!({"code": "card", "vendor": "V", "model": "M", "domestic": true, "memory_gb": 64,
                "fp16_dense_gflops": 1000, "cards_per_node": 8}),
        ),
        ("site", json!({"code": "here", "name_zh": "此", "region": "Z"})),
    ] {
        good(handle, verb::command(verb, None, body).unwrap());
    }
    good(handle, deposit(1_000_000));
    let listing = json!({"site": "here", "accelerator": "card", "islands": 1, "cards_per_island": 8,
        "from": "2026-12-02T00:00:00Z", "until": "2026-12-03T00:00:00Z", "ask": "2.000000"});
    good(handle, verb::command("listing", Some(ISSUERS), listing).unwrap());
    let bid = json!({"alternatives": [{"accelerator": "card", "cards": 4, "hours": 2, "limit": "1.000000"}],
        "earliest": "2026-12-02T00:00:00Z", "latest": "2026-12-03T00:00:00Z"});
    good(handle, verb::command("bid", Some(OPERATORS), bid).unwrap());
}

fn amended(mut command: Command, version: Version) -> Command {
    if let Command::AmendBid { if_match, .. } | Command::AmendListing { if_match, .. } = &mut command {
        *if_match = Some(version);
    }
    command
}

#[test]
fn nobody_overwrites_what_they_have_not_seen() {
    for_each_backend(|database| {
        let exchange = open(&database.url);
        let handle = exchange.handle();
        market(&handle);
        let versions = || {
            let look = |state: &State| {
                let bid = state.book.bid(BidId(1)).unwrap().version(BidState::Open);
                let listing = state.book.listing(ListingId(1)).unwrap();
                (bid, listing.version(ListingState::Open))
            };
            let known = handle.inspect(look).unwrap();
            let stored = store::state::load(&mut Reader::open(&database.url).unwrap()).unwrap();
            assert_eq!(look(&stored), known, "rows have the same versions");
            known
        };
        let limit = json!({"bid": BidId(1), "alternatives": [{"cards": 4, "hours": 2, "limit": "1.100000"}]});
        let limit = verb::command("amend", Some(OPERATORS), limit).unwrap();
        let ask = json!({"listing": ListingId(1), "ask": "2.100000"});
        let ask = verb::command("amend_listing", Some(ISSUERS), ask).unwrap();
        let before = versions();
        good(&handle, amended(limit.clone(), before.0));
        let between = versions();
        assert!(between.0 != before.0 && between.1 == before.1);
        good(&handle, amended(ask.clone(), before.1));
        let after = versions();
        assert!(after.1 != before.1 && after.0 == between.0);
        for stale in [amended(limit.clone(), before.0), amended(ask.clone(), before.1)] {
            assert_eq!(refused(&handle, stale), refusal("version_mismatch", 412));
        }
        good(&handle, limit);
        good(&handle, ask);
        is_sound(&database.url, &handle);
    });
}
