//! The lists of providers from which programmes let buy.

use serde::Serialize;
use utoipa::ToSchema;

use crate::app::readers::{PooledReader, ReadError};
use crate::domain::id::{OrgId, ProgrammeId};
use crate::domain::provider_list::ListedProvider;
use crate::store::integrity;
use crate::store::read::programme;

/// A provider in a programme's list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ProviderView {
    /// The provider.
    pub org: OrgId,
    /// Its places, in the order in which they were noted.
    pub places: Vec<ListedProvider>,
}

/// The list of a programme, by provider; none if there is no such programme.
///
/// # Errors
/// Those of the database.
pub fn of(pooled: &mut PooledReader, id: ProgrammeId) -> Result<Option<Vec<ProviderView>>, ReadError> {
    if programme::find(&mut pooled.reader, id)?.is_none() {
        return Ok(None);
    }
    let listed = integrity::providers_of(&mut pooled.reader, id)?.into_iter();
    Ok(Some(listed.map(|(org, places)| ProviderView { org, places }).collect()))
}
