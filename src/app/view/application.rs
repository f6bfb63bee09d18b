//! Applications as the API shows them.

use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::application::{
    Application, ApplicationRequest, ApplicationState, ApplicationStatus, Objection, Review,
};
use crate::domain::code::Code;
use crate::domain::id::{ApplicationId, OrgId, ProgrammeId};
use crate::domain::money::Money;
use crate::domain::programme::process::Names;
use crate::domain::sealed::Contact;
use crate::domain::time::Timestamp;

/// An application.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ApplicationView {
    /// The application.
    pub id: ApplicationId,
    /// Under which programme.
    pub programme: ProgrammeId,
    /// The version of its rules when it was made.
    pub version: u32,
    /// Of which organisation.
    pub org: OrgId,
    /// Where it stands.
    pub state: ApplicationStatus,
    /// What belongs to that state.
    #[schema(value_type = Object)]
    pub standing: ApplicationState,
    /// What is asked for.
    pub request: ApplicationRequest,
    /// How often it was sent back.
    pub round: u8,
    /// What reviewers found, in order.
    pub reviews: Vec<Review>,
    /// Who objected, in order.
    pub objections: Vec<Objection>,
    /// When it was made.
    pub created_at: Timestamp,
    /// Whom to call. It is shown of one application, to who applied, to the authority whose programme it is, and to auditors,
    /// until it is erased.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub contact: Option<Contact>,
}

impl From<&Application> for ApplicationView {
    fn from(application: &Application) -> ApplicationView {
        ApplicationView {
            id: application.id,
            programme: application.programme,
            version: application.version,
            org: application.org,
            state: application.state.status(),
            standing: application.state.clone(),
            request: application.request.clone(),
            round: application.round,
            reviews: application.reviews.clone(),
            objections: application.objections.clone(),
            created_at: application.created_at,
            contact: None,
        }
    }
}

/// An application under public notice: nothing personal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct NoticeView {
    /// The application.
    pub application: ApplicationId,
    /// Under which programme.
    pub programme: ProgrammeId,
    /// The programme's public name.
    pub code: Code,
    /// What the programme is called.
    pub name: Option<Names>,
    /// The name of who applied.
    pub org_name: String,
    /// What is to be granted at most.
    pub amount: Money,
    /// When the notice ends.
    pub until: Timestamp,
    /// Whether somebody has objected.
    pub objected: bool,
}
