//! Files of the bank: read as they should be, and refused where they should be, with the place.

use qiantang::app::banking::camt;
use qiantang::app::banking::{FileKind, import};
use qiantang::domain::banking::statement::{Direction, NewStatement};
use qiantang::domain::fingerprint::Fingerprint;
use qiantang::domain::money::Money;
use qiantang::engine::banking::BankingCommand;
use qiantang::engine::{Command, Rejection};

const NAMESPACE: &str = "urn:iso:std:iso:20022:tech:xsd:camt.053.001.08";

/// A statement of these entries, from 100.00 to `closing`.
pub fn camt053(closing: &str, entries: &str) -> String {
    message(NAMESPACE, ("STMT-1", "100.00", closing), entries)
}

/// The same of any name and opening balance.
pub fn message(namespace: &str, (name, opening, closing): (&str, &str, &str), entries: &str) -> String {
    let balance = |code: &str, amount: &str| {
        format!(
            "<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp><Amt Ccy=\"CNY\">{amount}</Amt>\
             <CdtDbtInd>CRDT</CdtDbtInd><Dt><Dt>2026-12-01</Dt></Dt></Bal>"
        )
    };
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><Document xmlns=\"{namespace}\"><BkToCstmrStmt><GrpHdr><MsgId>M</MsgId>\
         <CreDtTm>2026-11-01T08:00:00</CreDtTm></GrpHdr><Stmt><Id>{name}</Id><CreDtTm>2026-11-01T08:00:00</CreDtTm>\
         <Acct><Id><Othr><Id>1202021009900000001</Id></Othr></Id><Ccy>CNY</Ccy></Acct>{}{}{entries}</Stmt></BkToCstmrStmt></Document>",
        balance("OPBD", opening),
        balance("CLBD", closing),
    )
}

/// An entry, with what its details say.
pub fn entry((reference, amount, sign): (&str, &str, &str), details: &str) -> String {
    format!(
        "<Ntry><Amt Ccy=\"CNY\">{amount}</Amt><CdtDbtInd>{sign}</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts>\
         <BookgDt><Dt>2026-11-01</Dt></BookgDt><AcctSvcrRef>{reference}</AcctSvcrRef>\
         <NtryDtls><TxDtls>{details}</TxDtls></NtryDtls></Ntry>"
    )
}

fn read(text: &str) -> Result<NewStatement, Rejection> {
    camt::statement(text, Fingerprint::default())
}

fn wrong(text: &str) -> Vec<(String, String)> {
    match read(text).unwrap_err() {
        Rejection::Invalid(errors) => errors.into_iter().map(|error| (error.pointer, error.detail)).collect(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_message_of_version_eight_is_read() {
    let details = "<Refs><EndToEndId>pay_0000000000001</EndToEndId></Refs><RltdPties><Dbtr><Pty><Nm>ＡＢＣ（杭州）有限公司</Nm></Pty></Dbtr>\
                   <DbtrAcct><Id><Othr><Id>6222</Id></Othr></Id></DbtrAcct></RltdPties>\
                   <RmtInf><Ustrd>预付 &amp; 款</Ustrd><Ustrd>QT-org_0000000000002</Ustrd></RmtInf>\
                   <RtrInf><Rsn><Cd>AC04</Cd></Rsn><AddtlInf>销户</AddtlInf></RtrInf>";
    let text = camt053("112.30", &entry(("R1", "12.3", "CRDT"), details));
    let found = read(&text).unwrap();
    assert_eq!(
        (found.account.as_str(), found.statement.as_str()),
        ("1202021009900000001", "STMT-1")
    );
    assert_eq!((found.opening.fen(), found.closing.fen()), (10_000, 11_230));
    assert_eq!(
        found.closed_at.to_string(),
        "2026-11-01T00:00:00Z",
        "China is eight hours ahead"
    );
    let entry = &found.entries[0];
    assert_eq!(
        (entry.direction, entry.amount),
        (Direction::Credit, Money::from_fen(1_230))
    );
    assert_eq!(entry.remittance, "预付 & 款 QT-org_0000000000002");
    assert_eq!(entry.counterparty, "ＡＢＣ（杭州）有限公司");
    assert_eq!(
        (entry.counterparty_account.as_str(), entry.return_reason.as_str()),
        ("6222", "AC04 销户")
    );
    assert_eq!(entry.end_to_end, "pay_0000000000001");
}

#[test]
fn a_message_of_version_two_is_read() {
    let entry = "<Ntry><Amt Ccy=\"CNY\">1.00</Amt><CdtDbtInd>DBIT</CdtDbtInd><Sts>BOOK</Sts>\
                 <BookgDt><DtTm>2026-11-01T09:00:00+08:00</DtTm></BookgDt><AcctSvcrRef>R</AcctSvcrRef><NtryDtls><TxDtls>\
                 <Refs><EndToEndId>NOTPROVIDED</EndToEndId></Refs><RltdPties><Cdtr><Nm>甲</Nm></Cdtr></RltdPties></TxDtls></NtryDtls></Ntry>";
    let namespace = "urn:iso:std:iso:20022:tech:xsd:camt.053.001.02";
    let found = read(&message(namespace, ("2", "100.00", "99.00"), entry)).unwrap();
    let entry = &found.entries[0];
    assert_eq!((entry.end_to_end.as_str(), entry.counterparty.as_str()), ("", "甲"));
    assert_eq!(entry.booked_at.to_string(), "2026-11-01T01:00:00Z");
}

#[test]
fn payments_that_were_booked_as_one_are_read_one_by_one() {
    let part = |id: &str, amount: &str| {
        format!("<TxDtls><Refs><EndToEndId>{id}</EndToEndId></Refs><Amt Ccy=\"CNY\">{amount}</Amt></TxDtls>")
    };
    let parts = format!("{}{}", part("a", "1.00"), part("b", "2.50"));
    let whole = |amount: &str| entry(("R", amount, "DBIT"), "").replace("<TxDtls></TxDtls>", &parts);
    let found = read(&camt053("96.50", &whole("3.50"))).unwrap();
    let seen: Vec<_> = found
        .entries
        .iter()
        .map(|entry| (entry.reference.as_str(), entry.end_to_end.as_str(), entry.amount.fen()))
        .collect();
    assert_eq!(seen, [("R/1", "a", 100), ("R/2", "b", 250)]);
    let errors = wrong(&camt053("96.49", &whole("3.51")));
    assert_eq!(errors[0].0, "/Document/BkToCstmrStmt/Stmt/Ntry[1]/Amt");
}

#[test]
fn what_is_wrong_is_named_by_its_path() {
    let good = entry(("R", "1.00", "CRDT"), "");
    let with = |from: &str, to: &str| wrong(&camt053("101.00", &good.replace(from, to)));
    let stmt = "/Document/BkToCstmrStmt/Stmt";
    for (from, to, path, words) in [
        (
            "<Amt Ccy=\"CNY\">1.00",
            "<Amt Ccy=\"USD\">1.00",
            "Ntry[1]/Amt/@Ccy",
            "must be CNY, not USD",
        ),
        ("<Amt Ccy=\"CNY\">1.00", "<Amt>1.00", "Ntry[1]/Amt/@Ccy", "is needed"),
        ("1.00", "1.005", "Ntry[1]/Amt", "has more than 2 decimals"),
        ("1.00", "-1.00", "Ntry[1]/Amt", "must not be below zero"),
        (
            "1.00",
            "1e2",
            "Ntry[1]/Amt",
            "is not a plain decimal number such as 120.50",
        ),
        ("CRDT", "CR", "Ntry[1]/CdtDbtInd", "must be CRDT or DBIT"),
        (
            "BOOK",
            "PDNG",
            "Ntry[1]/Sts",
            "must be BOOK: a statement has booked entries only",
        ),
        (
            "2026-11-01",
            "2026-11-31",
            "Ntry[1]/BookgDt",
            "is no date or time of ISO 8601",
        ),
    ] {
        let errors = with(from, to);
        assert_eq!(errors, [(format!("{stmt}/{path}"), words.to_owned())], "{to}");
    }
    let whole = camt053("101.00", &good);
    for (from, to, path) in [
        ("camt.053.001.08", "camt.052.001.08", "/Document"),
        ("<Cd>OPBD</Cd>", "<Cd>ITBD</Cd>", "/Document/BkToCstmrStmt/Stmt/Bal"),
        (
            "<Ccy>CNY</Ccy>",
            "<Ccy>EUR</Ccy>",
            "/Document/BkToCstmrStmt/Stmt/Acct/Ccy",
        ),
        (
            "<Othr><Id>1202021009900000001</Id></Othr>",
            "",
            "/Document/BkToCstmrStmt/Stmt/Acct/Id",
        ),
        ("</Stmt>", "</Stmt><Stmt/>", "/Document/BkToCstmrStmt/Stmt"),
        ("</BkToCstmrStmt>", "", "/Document"),
    ] {
        let errors = wrong(&whole.replace(from, to));
        assert!(errors[0].0.starts_with(path), "{to}: {errors:?}");
    }
}

#[test]
fn bombs_are_refused_before_they_go_off() {
    let bomb = "<!DOCTYPE d [<!ENTITY a \"ha\"><!ENTITY b \"&a;&a;&a;&a;&a;&a;&a;&a;\"><!ENTITY c \"&b;&b;&b;&b;&b;&b;&b;&b;\">]>";
    let text = camt053("100.00", "").replace("<Document", &format!("{bomb}<Document"));
    assert!(wrong(&text)[0].1.contains("document type"));
    let outside = camt053("100.00", "").replace("STMT-1", "&xxe;");
    assert_eq!(wrong(&outside)[0].0, "/Document/BkToCstmrStmt/Stmt/Id");
    let deep = format!("{}{}", "<A>".repeat(100_000), "</A>".repeat(100_000));
    assert!(wrong(&deep)[0].1.contains("deep"));
    let many = camt053("100.00", &entry(("R", "1.00", "CRDT"), "").repeat(10_001));
    assert!(wrong(&many)[0].1.contains("more than 10000 entries"));
}

fn csv(text: &str) -> Result<NewStatement, Rejection> {
    match import(FileKind::of_content(text.as_bytes()), text.as_bytes())? {
        Command::Banking(BankingCommand::ImportStatement(statement)) => Ok(*statement),
        other => panic!("{other:?}"),
    }
}

#[test]
fn our_csv_is_read_and_refused_by_line_and_field() {
    let good = "\u{feff}statement,1202021009900000001,S1,CNY,0.00,5.00,2026-11-01T00:00:00Z\n\
                entry,R1,credit,CNY,7.00,2026-11-01T00:00:00Z,,\"QT-org_0000000000002, 预付\",甲,6222\n\
                entry,R2,debit,CNY,2.00,2026-11-01T00:00:00Z,pay_0000000000001\n";
    let found = csv(good).unwrap();
    assert_eq!(found.entries[0].remittance, "QT-org_0000000000002, 预付");
    assert_eq!(found.entries[1].end_to_end, "pay_0000000000001");
    assert_ne!(found.file, Fingerprint::default());
    for (from, to, place) in [
        ("CNY,7.00", "USD,7.00", "/line/2/4"),
        ("CNY,7.00", "CNY,seven", "/line/2/5"),
        ("R2,debit", "R2,out", "/line/3/3"),
        ("CNY,0.00", "CNY,", "/line/1/5"),
        ("entry,R2", "entri,R2", "/line/3"),
        ("statement,", "entry,", "/line/1"),
    ] {
        match csv(&good.replace(from, to)).unwrap_err() {
            Rejection::Invalid(errors) => assert_eq!(errors[0].pointer, place, "{to}"),
            other => panic!("{other:?}"),
        }
    }
    let chinese = import(FileKind::Csv, b"statement,\xb9\xa4\xc9\xcc").unwrap_err();
    assert!(
        chinese.to_string().contains("is not in UTF-8 from byte 10 on"),
        "{chinese}"
    );
}
