//! Journal entries of every movement of the ledger, to the fen: `cases.md` says what an accountant expects, the cases here bring it
//! about. A movement that no case shows fails the test, so that none is forgotten.

mod bank;
mod leases;
mod office;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use qiantang::domain::account::{AccountKey, Owner, Unit};
use qiantang::domain::id::AccountId;
use qiantang::domain::transfer::Movement;
use serde_json::json;

use crate::recovery::town::{ISSUER, PROVIDER, TENANT, Town};

/// A case, by its heading.
type Case = (&'static str, fn() -> Played);

/// What a case has come to: its town, and how many movements stood there before the ones that are told.
struct Played {
    town: Town,
    from: usize,
}

/// All that is booked from here on is told.
fn after(town: &Town) -> usize {
    town.movements.len()
}

fn read(path: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap()
}

/// The name that the table gives to an account.
fn name(key: AccountKey) -> String {
    let org = |org| match org {
        PROVIDER => "provider".to_owned(),
        TENANT => "tenant".to_owned(),
        ISSUER => "issuer".to_owned(),
        other => other.to_string(),
    };
    let kind = key.kind();
    if let AccountKey::TreasuryReceivable(_, payer) = key {
        return format!("{} {kind}", ["city", "district", "zone"][usize::from(payer)]);
    }
    match key.owner() {
        Owner::Platform => kind.to_owned(),
        Owner::Org(id) => format!("{} {kind}", org(id)),
        Owner::Lease(id) => format!("lease {} {kind}", id.0),
        Owner::Programme(id) => format!("programme {} {kind}", id.0),
        Owner::Voucher(id) => format!("voucher {} {}", id.0, kind.trim_start_matches("voucher_")),
    }
}

fn word(value: impl serde::Serialize) -> String {
    json!(value).as_str().unwrap().to_owned()
}

/// The rows of the movements: the kind stands with the first leg of each.
fn rows(played: &Played) -> Vec<String> {
    let movements = &played.town.movements;
    let opened = movements.iter().flat_map(|movement: &Movement| movement.opened.iter());
    let keys: BTreeMap<AccountId, AccountKey> = opened.copied().collect();
    let mut rows = Vec::new();
    for movement in &movements[played.from..] {
        for (place, transfer) in movement.transfers.iter().enumerate() {
            let kind = if place == 0 { word(movement.kind) } else { String::new() };
            let (debit, credit) = (keys[&transfer.debit], keys[&transfer.credit]);
            let unit = if debit.unit() == Unit::Cny { "CNY" } else { "CNYV" };
            let amount = transfer.amount;
            rows.push(format!(
                "| {kind} | {} | {} | {amount} | {unit} |",
                name(debit),
                name(credit)
            ));
        }
    }
    rows
}

/// The tables of the file, by heading.
fn tables(text: &str) -> BTreeMap<&str, Vec<String>> {
    let sections = text.split("\n## ").skip(1);
    sections
        .map(|section| {
            let (heading, body) = section.split_once('\n').unwrap();
            let rows = body.lines().filter(|line| line.starts_with('|')).skip(2);
            (heading, rows.map(str::to_owned).collect())
        })
        .collect()
}

fn cases() -> Vec<Case> {
    [leases::CASES, office::CASES, bank::CASES].concat()
}

#[test]
fn every_case_books_what_its_table_says() {
    let text = read("tests/it/ledger_rows/cases.md");
    let mut told = tables(&text);
    let mut failures = Vec::new();
    for (heading, play) in cases() {
        let played = std::panic::catch_unwind(play);
        let Ok(played) = played else {
            failures.push(format!("## {heading}\n\nit did not come to its end\n"));
            continue;
        };
        let found = rows(&played);
        let expected = told.remove(heading).unwrap_or_default();
        if found != expected {
            failures.push(format!("## {heading}\n\n{}\n", found.join("\n")));
        }
    }
    assert!(failures.is_empty(), "booked otherwise:\n{}", failures.join("\n"));
    assert!(told.is_empty(), "nobody plays {:?}", told.keys());
}

#[test]
fn every_kind_of_movement_has_a_case_and_a_row_in_the_book() {
    let code = read("src/domain/transfer.rs");
    let (_, list) = code.split_once("pub enum MovementKind {").unwrap();
    let (list, _) = list.split_once("\n}").unwrap();
    let variants = list.lines().map(str::trim).filter(|line| !line.starts_with("//"));
    let snake = |variant: &str| {
        let mut word = String::new();
        for letter in variant.trim_end_matches(',').chars() {
            if letter.is_ascii_uppercase() && !word.is_empty() {
                word.push('_');
            }
            word.push(letter.to_ascii_lowercase());
        }
        word
    };
    let kinds: BTreeSet<String> = variants.filter(|line| !line.is_empty()).map(snake).collect();
    assert!(kinds.len() > 30, "{kinds:?}");
    let first = |line: &str| line.split('|').nth(1).unwrap_or_default().trim().to_owned();
    let text = read("tests/it/ledger_rows/cases.md");
    let shown: BTreeSet<String> = tables(&text).values().flatten().map(|row| first(row)).collect();
    let shown: BTreeSet<String> = shown.into_iter().filter(|kind| !kind.is_empty()).collect();
    assert_eq!(shown, kinds, "cases.md shows on the left what there is on the right");
    let book = read("docs/LEDGER.md");
    let (_, table) = book.split_once("| movement | file |").unwrap();
    let (table, _) = table.split_once("\n\n").unwrap();
    let booked: BTreeSet<String> = table.lines().skip(2).map(first).collect();
    assert_eq!(booked, kinds, "docs/LEDGER.md");
}
