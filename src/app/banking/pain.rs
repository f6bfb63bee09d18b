//! A batch as a file for the bank: ISO 20022 pain.001.001.09, or a CSV for people. The same batch gives the same bytes.

use std::io;

use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesText, Event};

use crate::app::report::cell::guarded;
use crate::domain::banking::account::BankAccount;
use crate::domain::banking::payout::{Payout, PayoutBatch};
use crate::domain::money::{Money, Overflow};
use crate::domain::time::Timestamp;
use crate::engine::report::Cell;

/// What the message is called.
const NAMESPACE: &str = "urn:iso:std:iso:20022:tech:xsd:pain.001.001.09";
/// The national clearing system in the external code list of ISO 20022.
const CLEARING: &str = "CNAPS";

/// Why there is no file.
#[derive(Debug, thiserror::Error)]
pub enum PainError {
    /// It cannot be written, which would be a defect.
    #[error("the file cannot be written: {0}")]
    Unwritable(#[from] io::Error),
    /// The same of the CSV.
    #[error("the file cannot be written: {0}")]
    Csv(#[from] csv::Error),
    /// Sums left the range.
    #[error(transparent)]
    Overflow(#[from] Overflow),
}

type Xml = Writer<Vec<u8>>;

fn element(xml: &mut Xml, name: &str, inside: impl FnOnce(&mut Xml) -> io::Result<()>) -> io::Result<()> {
    xml.create_element(name).write_inner_content(inside)?;
    Ok(())
}

fn text(xml: &mut Xml, name: &str, text: &str) -> io::Result<()> {
    xml.create_element(name).write_text_content(BytesText::new(text))?;
    Ok(())
}

/// Payments of one batch out of one account, each named by its payout (`EndToEndId`).
///
/// # Errors
/// It cannot be written.
pub fn pain001(batch: &PayoutBatch, payouts: &[Payout], custody: &BankAccount) -> Result<Vec<u8>, PainError> {
    let sum = Money::sum(payouts.iter().map(|payout| payout.line.amount))?.to_string();
    let count = payouts.len().to_string();
    let made = batch.submitted_at.unwrap_or(batch.created_at).to_string();
    let id = batch.id.to_string();
    let mut xml = Writer::new_with_indent(Vec::new(), b' ', 1);
    xml.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    let document = xml.create_element("Document").with_attribute(("xmlns", NAMESPACE));
    document.write_inner_content(|xml| {
        element(xml, "CstmrCdtTrfInitn", |xml| {
            element(xml, "GrpHdr", |xml| {
                text(xml, "MsgId", &id)?;
                text(xml, "CreDtTm", &made)?;
                text(xml, "NbOfTxs", &count)?;
                text(xml, "CtrlSum", &sum)?;
                element(xml, "InitgPty", |xml| text(xml, "Nm", &custody.holder))
            })?;
            element(xml, "PmtInf", |xml| {
                text(xml, "PmtInfId", &id)?;
                text(xml, "PmtMtd", "TRF")?;
                text(xml, "NbOfTxs", &count)?;
                text(xml, "CtrlSum", &sum)?;
                element(xml, "ReqdExctnDt", |xml| {
                    text(xml, "Dt", made.get(..10).unwrap_or(&made))
                })?;
                element(xml, "Dbtr", |xml| text(xml, "Nm", &custody.holder))?;
                account(xml, "DbtrAcct", custody)?;
                agent(xml, "DbtrAgt", custody)?;
                payouts.iter().try_for_each(|payout| payment(xml, payout))
            })
        })
    })?;
    let mut bytes = xml.into_inner();
    bytes.push(b'\n');
    Ok(bytes)
}

fn account(xml: &mut Xml, name: &str, account: &BankAccount) -> io::Result<()> {
    element(xml, name, |xml| {
        element(xml, "Id", |xml| {
            element(xml, "Othr", |xml| text(xml, "Id", &account.number))
        })?;
        text(xml, "Ccy", "CNY")
    })
}

fn agent(xml: &mut Xml, name: &str, account: &BankAccount) -> io::Result<()> {
    element(xml, name, |xml| {
        element(xml, "FinInstnId", |xml| {
            element(xml, "ClrSysMmbId", |xml| {
                element(xml, "ClrSysId", |xml| text(xml, "Cd", CLEARING))?;
                text(xml, "MmbId", &account.cnaps)
            })?;
            text(xml, "Nm", &account.bank)
        })
    })
}

fn payment(xml: &mut Xml, payout: &Payout) -> io::Result<()> {
    let id = payout.id.to_string();
    let to = &payout.line.account;
    element(xml, "CdtTrfTxInf", |xml| {
        element(xml, "PmtId", |xml| {
            text(xml, "InstrId", &id)?;
            text(xml, "EndToEndId", &id)
        })?;
        element(xml, "Amt", |xml| {
            let amount = xml.create_element("InstdAmt").with_attribute(("Ccy", "CNY"));
            amount.write_text_content(BytesText::new(&payout.line.amount.to_string()))?;
            Ok(())
        })?;
        agent(xml, "CdtrAgt", to)?;
        element(xml, "Cdtr", |xml| text(xml, "Nm", &to.holder))?;
        account(xml, "CdtrAcct", to)?;
        element(xml, "RmtInf", |xml| text(xml, "Ustrd", &purpose(payout)))
    })
}

/// What the payee reads.
fn purpose(payout: &Payout) -> String {
    let of = match (payout.line.org, payout.line.withdrawal) {
        (None, _) => "refund",
        (Some(_), Some(_)) => "withdrawal",
        (Some(_), None) => "earnings",
    };
    format!("qiantang {of} {}", payout.id)
}

/// The same for people. Texts that a spreadsheet would take for a formula or a number are marked as texts.
pub fn csv(payouts: &[Payout]) -> Result<Vec<u8>, csv::Error> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record([
        "end_to_end_id",
        "holder",
        "account",
        "cnaps",
        "bank",
        "currency",
        "amount",
        "remittance",
    ])?;
    for payout in payouts {
        let to = &payout.line.account;
        let name = |text: &str| guarded(&Cell::from(text));
        // Spreadsheets round numbers of more than 15 digits, and drop leading zeros.
        let digits = |text: &str| format!("'{text}");
        writer.write_record([
            payout.id.to_string(),
            name(&to.holder),
            digits(&to.number),
            digits(&to.cnaps),
            name(&to.bank),
            "CNY".to_owned(),
            payout.line.amount.to_string(),
            purpose(payout),
        ])?;
    }
    writer.into_inner().map_err(|error| error.into_error().into())
}

/// What a file of the batch is called.
pub fn file_name(batch: &PayoutBatch, extension: &str) -> String {
    let at: Timestamp = batch.submitted_at.unwrap_or(batch.created_at);
    let day = at.to_string();
    let day = day.get(..10).unwrap_or_default();
    format!("payouts-{day}-{}.{extension}", batch.id)
}
