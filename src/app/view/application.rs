//! Applications as the API shows them.

use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::application::{
    Application, ApplicationRequest, ApplicationState, ApplicationStatus, Objection, Resolution, Review,
};
use crate::domain::code::Code;
use crate::domain::id::{ApplicationId, OrgId, ProgrammeId, UserId};
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
    /// Who objected, in order. Applicants learn why, not who.
    pub objections: Vec<ObjectionView>,
    /// When it was made.
    pub created_at: Timestamp,
    /// Whom to call. It is shown of one application, to who applied, to the authority whose programme it is, and to auditors,
    /// until it is erased.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub contact: Option<Contact>,
}

/// Whether it is shown who has objected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Objectors {
    /// To the office and to auditors.
    Named,
    /// Not to who applied: whoever objects should not have to fear them.
    Unnamed,
}

/// An objection.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ObjectionView {
    /// Which organisation; who applied does not learn it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub org: Option<OrgId>,
    /// By whom it spoke; the same.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user: Option<UserId>,
    /// Why.
    pub reason: String,
    /// When.
    pub at: Timestamp,
    /// What came of it; none: it is not resolved.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resolution: Option<Resolution>,
}

impl ObjectionView {
    fn of(objection: &Objection, objectors: Objectors) -> ObjectionView {
        let (org, user) = match objectors {
            Objectors::Named => (Some(objection.org), Some(objection.user)),
            Objectors::Unnamed => (None, None),
        };
        ObjectionView {
            org,
            user,
            reason: objection.reason.clone(),
            at: objection.at,
            resolution: objection.resolution.clone(),
        }
    }
}

impl ApplicationView {
    /// An application, without whom to call.
    pub fn of(application: &Application, objectors: Objectors) -> ApplicationView {
        let objections = application.objections.iter();
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
            objections: objections
                .map(|objection| ObjectionView::of(objection, objectors))
                .collect(),
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
