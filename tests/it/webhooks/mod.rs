//! Webhooks: what an organisation is told, and that nothing is lost on the way.

mod outbox;
mod over_http;
mod receiver;

use qiantang::domain::webhook::EVENT_TYPES;

#[test]
fn the_document_has_the_catalogue() {
    let api = include_str!("../../../docs/API.md");
    let (_, table) = api.split_once("| type | told to | when |\n|---|---|---|\n").unwrap();
    let told: Vec<&str> = table.lines().take_while(|line| line.starts_with('|')).collect();
    let catalogue = EVENT_TYPES.iter().map(|entry| {
        let roles: Vec<String> = entry.roles.iter().map(|role| role.to_string()).collect();
        format!("| `{}` | {} | {} |", entry.name, roles.join(" "), entry.meaning)
    });
    assert_eq!(told, catalogue.collect::<Vec<String>>());
}
