//! People, keys and sessions.

use serde_json::{Value, json};

use super::super::stand::PASSWORD;
use super::{Day, text};

pub(super) fn people(day: &Day) {
    let user = json!({"org": "org_0000000000004", "roles": ["tenant"], "email": "new@example.cn", "name": "New",
        "password": "a password of somebody new"});
    let user = day.post("operator1", "/v1/users", user, 201);
    let path = format!("/v1/users/{}", text(&user["id"]));
    assert_eq!(day.get("tenant2", &path)["email"], "new@example.cn");
    assert!(day.get("operator1", "/v1/users")["items"].as_array().unwrap().len() > 10);
    day.patch("operator1", &path, json!({"roles": ["tenant"], "active": true}));
    day.post(
        "operator1",
        &format!("{path}/password"),
        json!({"password": "another password of the same"}),
        204,
    );
    day.stand.log_in("new", "another password of the same").must(200);
    day.post("operator1", &format!("{path}/end-sessions"), Value::Null, 204);
    day.post("operator1", &format!("{path}/erase"), Value::Null, 200);
    assert_eq!(day.get("operator1", &path)["email"], Value::Null);
    day.stand.log_in("new", "another password of the same").must(401);
    let key = day.post(
        "tenant2",
        "/v1/api-keys",
        json!({"name": "robot", "roles": ["tenant"]}),
        201,
    );
    assert_eq!(day.get("tenant2", "/v1/api-keys")["items"][0]["id"], key["id"]);
    let body = json!({"grant_type": "api_key", "api_key": key["api_key"]});
    assert_eq!(day.post("tenant2", "/v1/auth/token", body, 200)["token_type"], "Bearer");
    let revoke = format!("/v1/api-keys/{}/revoke", text(&key["id"]));
    assert!(day.post("tenant2", &revoke, Value::Null, 200)["revoked_at"].is_string());
}

pub(super) fn sessions(day: &Day) {
    let body = json!({"grant_type": "password", "email": "tenant2@example.cn", "password": PASSWORD});
    let tokens = day.post("tenant2", "/v1/auth/token", body, 200);
    let body = json!({"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]});
    day.post("tenant2", "/v1/auth/token", body, 200);
    assert_eq!(day.get("tenant2", "/v1/me")["org"], "org_0000000000004");
    let found = day.get("tenant2", "/v1/auth/sessions");
    let other = text(&found["items"].as_array().unwrap().last().unwrap()["id"]);
    let path = format!("/v1/auth/sessions/{other}");
    let ended = day.client("tenant2").ask("DELETE", &path).send();
    day.check("DELETE", &path, ended, 204);
    let body = json!({"old": PASSWORD, "new": "yet another password"});
    day.post("tenant2", "/v1/auth/password", body, 204);
    day.post("tenant2", "/v1/auth/logout", Value::Null, 204);
    day.client("tenant2").get("/v1/me").must(401);
}
