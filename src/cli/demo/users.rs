//! The users of a made-up market. Their passwords are printed, so that they exist in made-up markets only.

use std::collections::BTreeMap;

use comfy_table::Table;
use comfy_table::presets::UTF8_FULL_CONDENSED;

use crate::app::exchange::Handle;
use crate::app::identity::identity_hash;
use crate::app::identity::password::{Cost, Passwords};
use crate::app::problem::Problem;
use crate::app::request::Request;
use crate::cli::Options;
use crate::cli::failure::Failure;
use crate::cli::seeds::{DemoUser, Seeds};
use crate::domain::credential::NewPerson;
use crate::domain::id::OrgId;
use crate::domain::organisation::Organisation;
use crate::domain::secret::Secret;
use crate::domain::time::Timestamp;
use crate::domain::user::NewUser;
use crate::engine::Command;

/// Everybody knows the passwords, so that nothing is gained by hashing them dearly.
const CHEAP: Cost = Cost {
    memory_kib: 8,
    passes: 1,
};
/// Digits 3 to 8 of a credit code name an administrative division; no division has these.
const NO_DIVISION: &str = "000000";

fn is_made_up(org: &Organisation) -> bool {
    org.profile.uscc.as_str().get(2..8) == Some(NO_DIVISION)
}

/// Registers those who are not there yet; how many that were.
///
/// # Errors
/// [`Failure::Refused`] where an organisation is not made up, or one that a user belongs to is missing.
pub fn add(handle: &Handle, seeds: &Seeds, at: Timestamp) -> Result<usize, Failure> {
    let (real, orgs) = handle.inspect(|state| {
        let real = state.orgs.values().find(|org| !is_made_up(org));
        let codes: BTreeMap<_, OrgId> = state.org_by_uscc.iter().map(|(code, id)| (*code, *id)).collect();
        (real.map(|org| org.profile.name.clone()), codes)
    })?;
    if let Some(name) = real {
        return Err(Failure::Refused(format!(
            "this is no demo's database: {name} is not made up. Passwords that everybody knows are not put here; \
             `qiantang serve` serves it as it is"
        )));
    }
    let passwords = Passwords::new(CHEAP).map_err(|error| Failure::Argument(error.to_string()))?;
    let mut added = 0;
    for user in &seeds.users {
        if handle.directory().user_of(&user.email).is_some() {
            continue;
        }
        let code = seeds.organisations.iter().find(|(name, _)| *name == user.org);
        let org = code.and_then(|(_, org)| orgs.get(&org.uscc)).copied();
        let org = org.ok_or_else(|| {
            Failure::Refused(format!(
                "this is no demo's database: the organisation of {} is not here",
                user.email
            ))
        })?;
        register(handle, &passwords, (user, org), at)?;
        added += 1;
    }
    Ok(added)
}

fn register(
    handle: &Handle,
    passwords: &Passwords,
    (user, org): (&DemoUser, OrgId),
    at: Timestamp,
) -> Result<(), Failure> {
    let password = passwords
        .hash(&Secret::new(user.password.clone()))
        .map_err(|error| Failure::Argument(error.to_string()))?;
    // Nobody is behind it who could be found out by it, and the journal is the same for the same start and seed.
    let salt = Secret::new(format!("demo {}", user.email));
    let command = Command::RegisterUser(NewUser {
        org,
        roles: vec![user.role],
        identity: identity_hash(&salt, &user.email, &user.name),
        dormant: false,
    });
    let person = NewPerson {
        email: user.email.clone(),
        name: user.name.clone(),
        salt,
        password: Some(password),
    };
    let reply = handle.call_person(Request::new("seed", command).at(at), person)?;
    if reply.accepted {
        return Ok(());
    }
    let problem: Option<Problem> = serde_json::from_str(&reply.answer).ok();
    Err(Failure::Refused(problem.map_or(reply.answer, |problem| problem.detail)))
}

/// Who there is, with their passwords.
pub fn table(options: &Options, seeds: &Seeds) -> String {
    let name = |user: &DemoUser| {
        let org = seeds.organisations.iter().find(|(name, _)| *name == user.org);
        org.map(|(_, org)| org.name.clone()).unwrap_or_default()
    };
    let rows = seeds.users.iter().map(|user| {
        [
            user.role.to_string(),
            user.email.clone(),
            user.password.clone(),
            name(user),
        ]
    });
    let head = ["role", "e-mail", "password", "organisation"];
    match options.format {
        crate::cli::Format::Table => {
            let mut table = Table::new();
            table.load_style(UTF8_FULL_CONDENSED);
            table.set_header(head);
            table.add_rows(rows);
            table.to_string()
        }
        crate::cli::Format::Csv => {
            let lines = std::iter::once(head.join(",")).chain(rows.map(|row| row.join(",")));
            lines.collect::<Vec<String>>().join("\n")
        }
        crate::cli::Format::Json => {
            let users = rows.map(|[role, email, password, org]| {
                serde_json::json!({"role": role, "email": email, "password": password, "organisation": org})
            });
            serde_json::Value::Array(users.collect()).to_string()
        }
    }
}
