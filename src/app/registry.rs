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

/// The body of `POST /v1/organisations`.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OrgBody {
    name: String,
    uscc: Uscc,
    kinds: Vec<OrgKind>,
    owner: Option<OrgId>,
}

/// Registers an organisation: `{"name", "uscc", "kinds", "owner"}`.
pub fn org(body: Value) -> Result<Command, Rejection> {
    let OrgBody {
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

/// The body of `POST /v1/reference-prices`.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReferencePriceBody {
    accelerator: Code,
    price: Price,
}

/// Publishes a reference price: `{"accelerator", "price"}`.
pub fn reference(body: Value) -> Result<Command, Rejection> {
    let ReferencePriceBody { accelerator, price } = body::parse(body)?;
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
