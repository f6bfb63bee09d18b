//! Opening the database that a command names.

use super::Options;
use super::failure::Failure;
use crate::app::clock::Clock;
use crate::app::exchange::Exchange;
use crate::store::{self, Reader, Url};

/// The database's place.
pub fn url(options: &Options) -> Result<Url, Failure> {
    options
        .database
        .parse()
        .map_err(|error| Failure::Argument(format!("--database {:?} {error}", options.database)))
}

/// A connection that reads.
pub fn reader(options: &Options) -> Result<Reader, Failure> {
    Ok(Reader::open(&url(options)?)?)
}

/// Makes the database or brings it to this binary's schema, and says where it is.
pub fn migrate(options: &Options) -> Result<Url, Failure> {
    let url = url(options)?;
    if let Url::Sqlite(path) = &url {
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
        if let Some(folder) = folder {
            let place = folder.display().to_string();
            std::fs::create_dir_all(folder).map_err(|source| Failure::Write { place, source })?;
        }
    }
    store::migrate(&url)?;
    Ok(url)
}

/// The exchange itself, after bringing the database to this binary's schema.
pub fn exchange(options: &Options, clock: Clock) -> Result<Exchange, Failure> {
    let url = migrate(options)?;
    let holder = format!("qiantang, process {}", std::process::id());
    Ok(Exchange::open(&url, &holder, clock)?)
}
