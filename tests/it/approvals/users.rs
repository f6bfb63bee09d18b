//! Who may be what.

use qiantang::app::verb;
use qiantang::domain::id::{OrgId, UserId};
use qiantang::domain::uscc::Uscc;
use qiantang::domain::user::{NewUser, Role};
use qiantang::domain::version::Version;
use qiantang::engine::{self, Command, State};
use qiantang::store::{self, Batch, Place, Reader, Writer};
use serde_json::json;

use super::{OPERATORS, activate, good, invalid, is_sound, noon, open, refusal, refused, user};
use crate::harness::for_each_backend;

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
            let new = Command::RegisterUser(NewUser {
                org,
                roles,
                identity,
                dormant: false,
            });
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
                leaf_seq: 0,
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
