//! Organisations, reference data and terms as the API shows them.

use serde::Deserialize;
use serde_json::Value;

use super::body;
use crate::domain::code::Code;
use crate::domain::id::OrgId;
use crate::domain::money::Price;
use crate::domain::organisation::{NewOrganisation, OrgKind};
use crate::domain::uscc::Uscc;
use crate::engine::{Command, Rejection};

/// Registers an organisation: `{"name", "uscc", "kinds", "owner"}`.
pub fn org(body: Value) -> Result<Command, Rejection> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Body {
        name: String,
        uscc: Uscc,
        kinds: Vec<OrgKind>,
        owner: Option<OrgId>,
    }
    let Body {
        name,
        uscc,
        kinds,
        owner,
    } = body::parse(body)?;
    Ok(Command::RegisterOrg(NewOrganisation {
        name,
        uscc,
        kinds,
        owner,
    }))
}

/// Declares two organisations related: `{"a", "b"}`.
pub fn related(body: Value) -> Result<Command, Rejection> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Body {
        a: OrgId,
        b: OrgId,
    }
    let Body { a, b } = body::parse(body)?;
    Ok(Command::RelateOrgs { a, b })
}

/// Publishes a reference price: `{"accelerator", "price"}`.
pub fn reference(body: Value) -> Result<Command, Rejection> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Body {
        accelerator: Code,
        price: Price,
    }
    let Body { accelerator, price } = body::parse(body)?;
    Ok(Command::SetReferencePrice { accelerator, price })
}

/// Puts terms into force.
pub fn terms(body: Value) -> Result<Command, Rejection> {
    body::parse(body).map(Command::SetTerms)
}

/// Adds an accelerator model.
pub fn accelerator(body: Value) -> Result<Command, Rejection> {
    body::parse(body).map(Command::DefineAccelerator)
}

/// Adds a site.
pub fn site(body: Value) -> Result<Command, Rejection> {
    body::parse(body).map(Command::DefineSite)
}
