//! Statements in ISO 20022 camt.053.001.08, and .02, which banks still send.

use super::xml::{Element, read};
use crate::domain::banking::statement::{Direction, NewStatement, StatementEntry, StatementFormat};
use crate::domain::fingerprint::Fingerprint;
use crate::domain::money::Money;
use crate::domain::time::Timestamp;
use crate::engine::limits::STATEMENT_ENTRIES_MAX;
use crate::engine::rejection::{FieldErrors, FieldRule, Rejection, invalid};

/// What messages of both versions are called.
const NAMESPACES: [&str; 2] = [
    "urn:iso:std:iso:20022:tech:xsd:camt.053.001.08",
    "urn:iso:std:iso:20022:tech:xsd:camt.053.001.02",
];
/// Where a statement is.
const STATEMENT: &str = "/Document/BkToCstmrStmt/Stmt";
/// What banks write where there is no reference.
const NOT_PROVIDED: &str = "NOTPROVIDED";

/// Reads a statement; errors name the path of the element.
///
/// # Errors
/// It is no such message, or one of its fields cannot be used.
pub fn statement(text: &str, file: Fingerprint) -> Result<NewStatement, Rejection> {
    let root = read(text).map_err(|error| invalid(&error.path, FieldRule::Malformed, error.why))?;
    let namespace = root
        .attributes
        .iter()
        .find(|(name, value)| (name == "xmlns" || name.starts_with("xmlns:")) && NAMESPACES.contains(&value.as_str()));
    if root.name != "Document" || namespace.is_none() {
        let detail = "must be a Document of camt.053.001.08 or camt.053.001.02";
        return Err(invalid("/Document", FieldRule::Malformed, detail));
    }
    let message = root.find("BkToCstmrStmt");
    let statements: Vec<&Element> = message.into_iter().flat_map(|message| message.all("Stmt")).collect();
    let [statement] = statements.as_slice() else {
        return Err(invalid(STATEMENT, FieldRule::Malformed, "must be there exactly once"));
    };
    let sent_at = message.and_then(|message| message.text_of("GrpHdr/CreDtTm"));
    let mut reading = Reading {
        errors: FieldErrors::default(),
    };
    let read = reading.statement(statement, sent_at, file);
    reading.errors.check()?;
    read.ok_or_else(|| invalid(STATEMENT, FieldRule::Malformed, "cannot be read"))
}

/// What was found wrong so far.
struct Reading {
    errors: FieldErrors,
}

impl Reading {
    fn wrong(&mut self, path: &str, detail: &str) {
        self.errors.add(path, FieldRule::Malformed, detail);
    }

    fn needed<'a>(&mut self, element: &'a Element, (path, at): (&str, &str)) -> Option<&'a str> {
        let found = element.text_of(path);
        if found.is_none() {
            self.wrong(&format!("{at}/{path}"), "is needed");
        }
        found
    }

    fn statement(&mut self, statement: &Element, sent_at: Option<&str>, file: Fingerprint) -> Option<NewStatement> {
        let account = statement
            .text_of("Acct/Id/Othr/Id")
            .or_else(|| statement.text_of("Acct/Id/IBAN"));
        if account.is_none() {
            self.wrong(&format!("{STATEMENT}/Acct/Id"), "is needed");
        }
        if let Some(currency) = statement.text_of("Acct/Ccy") {
            self.currency(currency, &format!("{STATEMENT}/Acct/Ccy"));
        }
        let name = self.needed(statement, ("Id", STATEMENT));
        let opening = self.balance(statement, &["OPBD", "PRCD"]);
        let closing = self.balance(statement, &["CLBD"]);
        let closed_at = self.closed_at(statement, sent_at);
        let entries = self.entries(statement);
        Some(NewStatement {
            account: account?.to_owned(),
            statement: name?.to_owned(),
            opening: opening?,
            closing: closing?,
            closed_at: closed_at?,
            format: StatementFormat::Camt053,
            file,
            entries,
        })
    }

    /// The end of the time that it covers, or when it was made if that was earlier.
    fn closed_at(&mut self, statement: &Element, sent_at: Option<&str>) -> Option<Timestamp> {
        let made = statement.text_of("CreDtTm").or(sent_at);
        let until = statement.text_of("FrToDt/ToDtTm");
        let at = format!("{STATEMENT}/CreDtTm");
        let made = made.and_then(|text| self.instant(text, &at));
        let at = format!("{STATEMENT}/FrToDt/ToDtTm");
        let until = until.and_then(|text| self.instant(text, &at));
        let found = match (made, until) {
            (Some(made), Some(until)) => Some(made.min(until)),
            (made, until) => made.or(until),
        };
        if found.is_none() {
            self.wrong(&format!("{STATEMENT}/CreDtTm"), "is needed");
        }
        found
    }

    /// Dates and times without an offset are those of China.
    fn instant(&mut self, text: &str, path: &str) -> Option<Timestamp> {
        let found = text
            .parse()
            .or_else(|_| format!("{text}+08:00").parse())
            .or_else(|_| format!("{text}T00:00:00+08:00").parse());
        if found.is_err() {
            self.wrong(path, "is no date or time of ISO 8601");
        }
        found.ok()
    }

    fn currency(&mut self, currency: &str, path: &str) {
        if currency != "CNY" {
            let detail = format!("must be CNY, not {currency}");
            self.errors.add(path, FieldRule::NotEligible, detail);
        }
    }

    fn amount(&mut self, element: Option<&Element>, path: &str) -> Option<Money> {
        let Some(element) = element else {
            self.wrong(path, "is needed");
            return None;
        };
        match element.attribute("Ccy") {
            Some(currency) => self.currency(currency, &format!("{path}/@Ccy")),
            None => self.wrong(&format!("{path}/@Ccy"), "is needed"),
        }
        match element.text.parse::<Money>() {
            Ok(amount) if amount >= Money::ZERO => Some(amount),
            Ok(_) => {
                self.wrong(path, "must not be below zero");
                None
            }
            Err(error) => {
                self.wrong(path, &error.to_string());
                None
            }
        }
    }

    fn direction(&mut self, element: &Element, at: &str) -> Option<Direction> {
        match element.text_of("CdtDbtInd") {
            Some("CRDT") => Some(Direction::Credit),
            Some("DBIT") => Some(Direction::Debit),
            Some(_) | None => {
                self.wrong(&format!("{at}/CdtDbtInd"), "must be CRDT or DBIT");
                None
            }
        }
    }

    fn balance(&mut self, statement: &Element, codes: &[&str]) -> Option<Money> {
        let balances: Vec<(usize, &Element)> = (1..).zip(statement.all("Bal")).collect();
        for code in codes {
            let same = |balance: &&(usize, &Element)| balance.1.text_of("Tp/CdOrPrtry/Cd") == Some(code);
            let mut found = balances.iter().filter(same);
            let Some((place, balance)) = found.next() else { continue };
            let at = format!("{STATEMENT}/Bal[{place}]");
            if found.next().is_some() {
                self.wrong(&at, &format!("is not the only {code}"));
            }
            let amount = self.amount(balance.find("Amt"), &format!("{at}/Amt"));
            let direction = self.direction(balance, &at)?;
            return match direction {
                Direction::Credit => amount,
                Direction::Debit => Money::ZERO.minus(amount?).ok(),
            };
        }
        self.wrong(&format!("{STATEMENT}/Bal"), &format!("has no {}", codes.join(" or ")));
        None
    }

    fn entries(&mut self, statement: &Element) -> Vec<StatementEntry> {
        let mut entries = Vec::new();
        for (place, entry) in (1..).zip(statement.all("Ntry")) {
            let at = format!("{STATEMENT}/Ntry[{place}]");
            if entries.len() >= STATEMENT_ENTRIES_MAX {
                self.errors
                    .add(at, FieldRule::TooMany, "is one of more than 10000 entries");
                break;
            }
            let status = entry.text_of("Sts/Cd").or_else(|| entry.text_of("Sts"));
            if status != Some("BOOK") {
                self.wrong(
                    &format!("{at}/Sts"),
                    "must be BOOK: a statement has booked entries only",
                );
            }
            let found = self.entry(entry, (place, &at));
            entries.extend(found.into_iter().flatten());
        }
        entries
    }

    /// An entry; one that the bank has booked for several payments is as many entries, which must add up to it.
    fn entry(&mut self, entry: &Element, (place, at): (u64, &str)) -> Option<Vec<StatementEntry>> {
        let amount = self.amount(entry.find("Amt"), &format!("{at}/Amt"));
        let direction = self.direction(entry, at);
        let booked = entry.find("BookgDt").or_else(|| entry.find("ValDt"));
        let booked = booked.and_then(|date| date.text_of("DtTm").or_else(|| date.text_of("Dt")));
        let date_path = format!("{at}/BookgDt");
        if booked.is_none() {
            self.wrong(&date_path, "is needed");
        }
        let booked_at = booked.and_then(|text| self.instant(text, &date_path));
        let details: Vec<&Element> = entry
            .all("NtryDtls")
            .flat_map(|details| details.all("TxDtls"))
            .collect();
        let nothing = Element::default();
        let whole = StatementEntry {
            reference: entry
                .text_of("AcctSvcrRef")
                .or_else(|| entry.text_of("NtryRef"))
                .map_or_else(|| format!("#{place}"), str::to_owned),
            direction: direction?,
            amount: amount?,
            booked_at: booked_at?,
            end_to_end: String::new(),
            remittance: String::new(),
            counterparty: String::new(),
            counterparty_account: String::new(),
            return_reason: String::new(),
        };
        if details.len() <= 1 {
            let details = details.first().copied().unwrap_or(&nothing);
            return Some(vec![described(whole, (entry, details))]);
        }
        self.several(&whole, (entry, &details), at)
    }

    fn several(
        &mut self,
        whole: &StatementEntry,
        (entry, details): (&Element, &[&Element]),
        at: &str,
    ) -> Option<Vec<StatementEntry>> {
        let mut parts = Vec::with_capacity(details.len());
        for (number, details) in (1..).zip(details) {
            let at = format!("{at}/NtryDtls/TxDtls[{number}]");
            let amount = details.find("Amt").or_else(|| details.find("AmtDtls/TxAmt/Amt"));
            let amount = self.amount(amount, &format!("{at}/Amt"))?;
            let reference = match details.text_of("Refs/AcctSvcrRef") {
                Some(own) if own != whole.reference => own.to_owned(),
                Some(_) | None => format!("{}/{number}", whole.reference),
            };
            let part = StatementEntry {
                amount,
                reference,
                ..whole.clone()
            };
            parts.push(described(part, (entry, details)));
        }
        let sum = Money::sum(parts.iter().map(|part| part.amount));
        if sum != Ok(whole.amount) {
            self.wrong(&format!("{at}/Amt"), "is not what its TxDtls add up to");
            return None;
        }
        Some(parts)
    }
}

/// An entry with what its details say.
fn described(plain: StatementEntry, (entry, details): (&Element, &Element)) -> StatementEntry {
    let (party, account) = match plain.direction {
        Direction::Credit => ("Dbtr", "DbtrAcct"),
        Direction::Debit => ("Cdtr", "CdtrAcct"),
    };
    let first = |paths: &[String]| {
        let found = paths.iter().find_map(|path| details.text_of(path));
        found.unwrap_or_default().to_owned()
    };
    let reason = |path: &str| details.text_of(path);
    let returned = reason("RtrInf/Rsn/Cd").or_else(|| reason("RtrInf/Rsn/Prtry"));
    let words = reason("RtrInf/AddtlInf");
    let end_to_end = details
        .text_of("Refs/EndToEndId")
        .filter(|reference| *reference != NOT_PROVIDED);
    StatementEntry {
        end_to_end: end_to_end.unwrap_or_default().to_owned(),
        remittance: remittance(entry, details),
        counterparty: first(&[format!("RltdPties/{party}/Pty/Nm"), format!("RltdPties/{party}/Nm")]),
        counterparty_account: first(&[
            format!("RltdPties/{account}/Id/Othr/Id"),
            format!("RltdPties/{account}/Id/IBAN"),
        ]),
        return_reason: [returned, words].into_iter().flatten().collect::<Vec<_>>().join(" "),
        ..plain
    }
}

/// All that a payer may have written, in one line.
fn remittance(entry: &Element, details: &Element) -> String {
    let mut texts: Vec<&str> = Vec::new();
    if let Some(written) = details.find("RmtInf") {
        texts.extend(written.all("Ustrd").map(|text| text.text.as_str()));
        for structured in written.all("Strd") {
            texts.extend(structured.text_of("CdtrRefInf/Ref"));
            texts.extend(structured.all("AddtlRmtInf").map(|text| text.text.as_str()));
        }
    }
    texts.extend(details.text_of("AddtlTxInf"));
    texts.extend(entry.text_of("AddtlNtryInf"));
    let joined = texts.join(" ");
    joined.split_whitespace().collect::<Vec<_>>().join(" ")
}
