//! A small market in two months, and its papers as an accountant reads them. `market.jsonl` says what happened:
//!
//! | lease | cards × hours × price | in November (Shanghai) | in December |
//! |---|---|---|---|
//! | 1 | 8 × 24 × 9.51 | 160 card-hours = 1,521.60 | 32 late ones = 304.32 |
//! | 2 | 64 × 48 × 9.51 | 768 card-hours = 7,303.68 | 8,164,799 card-seconds more: 28,872.36 − 7,303.68 = 21,568.68 |
//! | 3 | 3 × 100 × 15.333333, ended after 13 hours | | 39 card-hours = 598.00 |
//!
//! The tenant pays 0.5 % on top, the provider 1 % of it, VAT of 6 % contained; vouchers pay 15 % of leases 1 and 2.

use std::fs;
use std::path::{Path, PathBuf};

use crate::harness::binary::run_well;
use crate::harness::for_each_empty;

/// Report, whose, month, file.
const PAPERS: [(&str, &str, &str, &str); 13] = [
    ("statement", "桃李大模型有限公司", "2026-11", "statement-t1-2026-11.csv"),
    ("statement", "桃李大模型有限公司", "2026-12", "statement-t1-2026-12.csv"),
    (
        "statement",
        "桃李大模型有限公司",
        "2026-12",
        "statement-t1-2026-12.html",
    ),
    (
        "statement",
        "91000000QTTAA00028",
        "2026-12",
        "statement-t2-2026-12.html",
    ),
    (
        "statement",
        "望潮智算中心有限公司",
        "2026-12",
        "statement-p1-2026-12.csv",
    ),
    ("statement", "", "2026-12", "statement-platform-2026-12.csv"),
    ("statement", "", "2026-12", "statement-platform-2026-12.json"),
    ("invoices", "望潮智算中心有限公司", "2026-11", "invoices-p1-2026-11.csv"),
    (
        "invoices",
        "望潮智算中心有限公司",
        "2026-12",
        "invoices-p1-2026-12.html",
    ),
    ("invoices", "91000000QTTAA00028", "2026-12", "invoices-t2-2026-12.csv"),
    ("invoices", "", "2026-12", "invoices-platform-2026-12.csv"),
    ("focus", "桃李大模型有限公司", "2026-12", "focus-t1-2026-12.csv"),
    ("focus", "91000000QTTAA00028", "2026-12", "focus-t2-2026-12.json"),
];

pub fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/papers")
}

/// Lets happen what `market.jsonl` says.
pub fn market(place: &str) {
    let flow = folder().join("market.jsonl");
    let flow = flow.to_str().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    run_well(&[
        "replay",
        flow,
        "--database",
        place,
        "--out",
        &file("out"),
        "--report",
        &file("report"),
        "--quiet",
    ]);
    let answers = fs::read_to_string(folder.path().join("out")).unwrap();
    assert!(!answers.contains("\"problem\""), "{answers}");
}

/// `QIANTANG_BLESS=1 cargo test --test it papers::golden` writes them anew; read them afterwards.
#[test]
fn papers_are_as_they_were_read_by_a_person() {
    for_each_empty(|database| {
        let place = database.place();
        market(&place);
        let written = tempfile::tempdir().unwrap();
        for (report, org, month, name) in PAPERS {
            let out = written.path().join(name);
            let mut asked = vec!["report", report, "--database", &place, "--period", month];
            asked.extend(["--out", out.to_str().unwrap()]);
            if !org.is_empty() {
                asked.extend(["--org", org]);
            }
            run_well(&asked);
            let (made, kept) = (fs::read_to_string(&out).unwrap(), folder().join("golden").join(name));
            if std::env::var_os("QIANTANG_BLESS").is_some() {
                fs::create_dir_all(folder().join("golden")).unwrap();
                fs::write(&kept, &made).unwrap();
            }
            assert_eq!(made, fs::read_to_string(&kept).unwrap(), "{name}");
        }
    });
}

#[test]
fn a_page_and_a_workbook_hold_one_report_and_a_month_is_no_period() {
    let database = crate::harness::TestDatabase::sqlite();
    let place = database.place();
    market(&place);
    let folder = tempfile::tempdir().unwrap();
    let (page, book) = (folder.path().join("a.html"), folder.path().join("a.xlsx"));
    let (page, book) = (page.to_str().unwrap(), book.to_str().unwrap());
    let report = |rest: &[&str]| {
        let asked = [&["report", "--database", &place][..], rest].concat();
        crate::harness::binary::run(&asked)
    };
    for (rest, code, complaint) in [
        (&["--out", page][..], 3, "holds one report: name it"),
        (&["invoices"], 3, "give --period"),
        (&["focus", "--period", "2026-12"], 3, "give --org"),
        (&["statement", "--period", "2026-13"], 3, "is not a month"),
        (
            &["statement", "--period", "2026-12", "--from", "2026-12-01T00:00:00Z"],
            3,
            "cannot be used with",
        ),
        (&["market", "--out", page], 0, ""),
        (&["statement", "--out", book], 0, ""),
    ] {
        let ended = report(rest);
        assert_eq!(ended.code, Some(code), "{rest:?}: {}", ended.complained);
        assert!(ended.complained.contains(complaint), "{rest:?}: {}", ended.complained);
    }
    assert!(fs::read_to_string(page).unwrap().starts_with("<!DOCTYPE html>"));
    assert!(fs::read(book).unwrap().starts_with(b"PK"));
}
