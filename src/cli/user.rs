//! `qiantang user`: people, as long as no server runs that one could ask.

use std::io::{self, BufRead, Read};

use clap::{Args, Subcommand};

use super::failure::Failure;
use super::output::{Summary, say};
use super::{Options, database};
use crate::app::clock::{Clock, system_now};
use crate::app::exchange::{Exchange, Handle};
use crate::app::identity::password::{Passwords, STANDARD};
use crate::app::identity::{AccessError, Authority, People, Registration, normal};
use crate::app::problem::Problem;
use crate::app::random;
use crate::app::request::{Reply, Request};
use crate::domain::id::{OrgId, UserId};
use crate::domain::secret::Secret;
use crate::domain::text::hex;
use crate::domain::user::Role;
use crate::engine::Command;
use crate::store::column::Named;

/// Longest line that is read as a password.
const LINE_BYTES_MAX: u64 = 1_024;

/// People who act for organisations.
#[derive(Debug, Subcommand)]
pub enum User {
    /// Registers a user and the person behind it.
    Add(Add),
    /// Sets a person's password and ends the person's sessions.
    Password(Password),
    /// Stops a user: sessions end at once, and nobody logs in again.
    Stop(Stop),
}

/// Who is added.
#[derive(Debug, Args)]
pub struct Add {
    /// The organisation: its identifier, name or unified social credit code.
    #[arg(long)]
    org: String,
    /// The e-mail address, by which the person logs in.
    #[arg(long)]
    email: String,
    /// The person's name.
    #[arg(long)]
    name: String,
    /// What the person acts as: provider, tenant, issuer, auditor or operator. May come several times.
    #[arg(long = "role", required = true, value_parser = role)]
    roles: Vec<Role>,
    #[command(flatten)]
    password: PasswordSource,
}

/// Whose password.
#[derive(Debug, Args)]
pub struct Password {
    /// The person's e-mail address.
    #[arg(long)]
    email: String,
    #[command(flatten)]
    password: PasswordSource,
}

/// Who is stopped.
#[derive(Debug, Args)]
pub struct Stop {
    /// The person's e-mail address or the user's identifier.
    #[arg(value_name = "EMAIL or ID")]
    who: String,
}

/// Where a password comes from.
#[derive(Debug, Args)]
struct PasswordSource {
    /// Reads the password from the first line of standard input, instead of making one and printing it once.
    #[arg(long)]
    password_stdin: bool,
}

/// Runs the command.
pub fn run(options: &Options, user: &User) -> Result<(), Failure> {
    let password = match user {
        User::Add(Add { password, .. }) | User::Password(Password { password, .. }) => Some(password.read()?),
        User::Stop(_) => None,
    };
    let exchange = database::exchange(options, Clock::System)?;
    let told = carry_out(&exchange, user, password);
    exchange.shut_down();
    say(&told?.rendered(options.format))
}

fn carry_out(exchange: &Exchange, user: &User, password: Option<Given>) -> Result<Summary, Failure> {
    let handle = exchange.handle();
    let mut told = Summary::default();
    let request = |command| Request::new("cli", command);
    match user {
        User::Add(add) => {
            let given = password.as_ref();
            let asked = Registration {
                org: org(&handle, &add.org)?,
                roles: add.roles.clone(),
                email: add.email.clone(),
                name: add.name.clone(),
                password: given.map(|given| given.password.clone()),
                dormant: false,
            };
            let reply = accepted(people(&handle)?.register(asked, request)?)?;
            told.push("user", answered_id(&reply));
        }
        User::Password(whose) => {
            let user = find(&handle, &whose.email)?;
            if let Some(given) = &password {
                people(&handle)?.reset_password(user, &given.password, Authority::Machine, system_now())?;
            }
            told.push("user", user);
        }
        User::Stop(stop) => {
            let user = find(&handle, &stop.who)?;
            let command = Command::AmendUser {
                user,
                roles: None,
                active: Some(false),
                if_match: None,
            };
            accepted(handle.call(request(command))?)?;
            told.push("user", user);
        }
    }
    if let Some(made) = password.filter(|given| given.is_made) {
        told.push("password", made.password.expose());
    }
    Ok(told)
}

/// A password, and whether it was made here, so that it must be shown.
struct Given {
    password: Secret,
    is_made: bool,
}

impl PasswordSource {
    fn read(&self) -> Result<Given, Failure> {
        if !self.password_stdin {
            let made = random::bytes::<12>().map_err(AccessError::from)?;
            return Ok(Given {
                password: Secret::new(hex(&made)),
                is_made: true,
            });
        }
        let mut line = String::new();
        let mut input = io::stdin().lock().take(LINE_BYTES_MAX);
        let failed = |error| Failure::Argument(format!("--password-stdin: {error}"));
        input.read_line(&mut line).map_err(failed)?;
        Ok(Given {
            password: Secret::new(line.trim_end_matches(['\r', '\n'])),
            is_made: false,
        })
    }
}

fn people(handle: &Handle) -> Result<People, Failure> {
    let passwords = Passwords::new(STANDARD).map_err(AccessError::from)?;
    Ok(People::new(handle.clone(), passwords))
}

fn role(word: &str) -> Result<Role, String> {
    let unknown = |_| "is none of provider, tenant, issuer, auditor, operator".to_owned();
    Named::parse(word).map(|Named(role)| role).map_err(unknown)
}

/// The one organisation that `text` names.
fn org(handle: &Handle, text: &str) -> Result<OrgId, Failure> {
    let wanted = text.to_owned();
    let found: Vec<OrgId> = handle.inspect(move |state| {
        let names = |(id, org): &(&OrgId, &crate::domain::organisation::Organisation)| {
            id.to_string() == wanted || org.profile.name == wanted || org.profile.uscc.to_string() == wanted
        };
        state.orgs.iter().filter(names).map(|(id, _)| *id).collect()
    })?;
    match found.as_slice() {
        [org] => Ok(*org),
        [] => Err(Failure::Argument(format!("--org {text:?} names no organisation"))),
        [_, _, ..] => Err(Failure::Argument(format!(
            "--org {text:?} names {} organisations; use an identifier",
            found.len()
        ))),
    }
}

/// The user with this identifier or e-mail address.
fn find(handle: &Handle, text: &str) -> Result<UserId, Failure> {
    let by_id = text.parse().ok();
    let found = by_id.or_else(|| handle.directory().user_of(&normal(text)));
    found.ok_or_else(|| Failure::Refused(format!("there is no user {text:?}")))
}

fn accepted(reply: Reply) -> Result<Reply, Failure> {
    if reply.accepted {
        return Ok(reply);
    }
    let problem: Option<Problem> = serde_json::from_str(&reply.answer).ok();
    Err(Failure::Refused(problem.map_or(reply.answer, |problem| problem.detail)))
}

fn answered_id(reply: &Reply) -> String {
    let answer: serde_json::Value = serde_json::from_str(&reply.answer).unwrap_or_default();
    answer["id"].as_str().unwrap_or_default().to_owned()
}
