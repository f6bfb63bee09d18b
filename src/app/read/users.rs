//! Users, as far as the journal knows them.

use super::whose;
use crate::app::answer::user::UserView;
use crate::app::page::{Page, query};
use crate::app::permission::Reach;
use crate::app::readers::{PooledReader, ReadError};
use crate::domain::id::{OrgId, UserId};
use crate::domain::version::Version;
use crate::store::read::user;

query! {
    /// Which users; the newest first.
    pub struct UserQuery {
        /// Those of this organisation.
        pub org: Option<OrgId>,
    }
}

/// One user and the version that changes must name; own: of the same organisation.
///
/// # Errors
/// Those of the database.
pub fn find(pooled: &mut PooledReader, reach: Reach, id: UserId) -> Result<Option<(UserView, Version)>, ReadError> {
    let found = user::find(&mut pooled.reader, id)?;
    let seen = found.filter(|user| reach.covers(user.profile.org));
    Ok(seen.map(|user| (UserView::from(&user), user.version())))
}

/// A page of users.
///
/// # Errors
/// Those of the database.
pub fn page(pooled: &mut PooledReader, reach: Reach, query: &UserQuery) -> Result<Page<UserView>, ReadError> {
    let Some(org) = whose(reach, query.org).limit() else {
        return Ok(Page::empty());
    };
    let found = user::page(&mut pooled.reader, org, query.page().newest_first())?;
    Page::of(found, |user| Ok(UserView::from(&user)))
}
