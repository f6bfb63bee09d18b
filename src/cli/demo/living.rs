//! `qiantang seed --demo`: a market with a past, which goes on from now.

use clap::Args;

use super::made_up;
use super::office;
use super::users;
use crate::app::clock::{Clock, system_now};
use crate::app::exchange::Handle;
use crate::app::request::Request;
use crate::cli::failure::Failure;
use crate::cli::flow::body::{Body, Deposit};
use crate::cli::flow::line::Line;
use crate::cli::output::{self, Summary};
use crate::cli::seeds::Seeds;
use crate::cli::{Format, Options, database, market, replay, seed};
use crate::domain::lease::LeaseState;
use crate::domain::money::Money;
use crate::domain::organisation::OrgKind;
use crate::domain::time::Timestamp;
use crate::store;

/// Markets begin on a whole minute.
const MINUTE_MICROS: i64 = 60_000_000;
/// What each tenant with a user has paid in: enough for days of trying.
const TO_TRY_WITH: Money = Money::from_fen(500_000_000);
/// What the example bids for: cards that lie ready in many places.
const EXAMPLE: &str = "ascend-910b";
/// Its limit, in percent of the reference price.
const EXAMPLE_LIMIT_PERCENT: u32 = 125;

/// How a living market is made.
#[derive(Debug, Args)]
pub struct Living {
    /// What the market is drawn from.
    #[arg(long, requires = "demo", default_value_t = 1)]
    seed: u64,
    /// About how many bids there have been; there is a listing for about twenty of them.
    #[arg(long, requires = "demo", default_value_t = 3_600, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    bids: u32,
    /// The market's first instant. Ten days later is its present [default: ten days ago].
    #[arg(long, requires = "demo", value_name = "INSTANT")]
    start: Option<Timestamp>,
    /// Empties the database first. A database of another product is refused.
    #[arg(long, requires = "demo")]
    fresh: bool,
    /// Where the service will be, for the printed examples.
    #[arg(long, requires = "demo", default_value = "http://127.0.0.1:8080")]
    url: String,
}

/// Fills an empty database; in any case prints who can log in.
pub fn run(options: &Options, seeds: &Seeds, living: &Living) -> Result<(), Failure> {
    let now = system_now();
    let minute = Timestamp::from_micros(now.micros() - now.micros().rem_euclid(MINUTE_MICROS));
    let market = made_up::Living {
        seed: living.seed,
        start: living.start.unwrap_or(made_up::Living::start_before(minute)),
        bids: living.bids,
    };
    if market.present() > now {
        let detail = format!(
            "--start: the present of that market, {}, is still to come",
            market.present()
        );
        return Err(Failure::Argument(detail));
    }
    let place = database::url(options)?;
    if living.fresh {
        store::wipe(&place)?;
    }
    let exchange = database::exchange(options, Clock::Given)?;
    let handle = exchange.handle();
    let (orgs, reached) = handle.inspect(|state| (state.orgs.len(), state.now))?;
    let is_new = orgs == 0;
    let at = if is_new {
        let end = replay::play_made(handle.clone(), lines(seeds, market)?)?;
        replay::print_end(options, &end);
        for command in seed::calendars(seeds) {
            handle.call(Request::new("seed", command).at(market.present()))?;
        }
        market.present()
    } else {
        say(options, &format!("{place} has a market already: it is left as it is."))?;
        now.max(reached)
    };
    users::add(&handle, seeds, at)?;
    if is_new {
        office::open(&handle, seeds, (&place, market.start), at)?;
    }
    let standing = standing(&handle)?;
    exchange.shut_down();
    standing.print(options);
    say(options, "")?;
    output::say(&users::table(options, seeds))?;
    say(options, &examples(seeds, living, now))
}

/// The market's past, and money for those who are going to try it.
fn lines(seeds: &Seeds, market: made_up::Living) -> Result<Vec<Line<Body>>, Failure> {
    let ingredients = market.ingredients(seeds);
    let (mut lines, _) = market::flow(seeds, &ingredients)?;
    let tenants = seeds.users.iter().filter(|user| user.role == OrgKind::Tenant);
    lines.extend(tenants.map(|user| {
        let deposit = Deposit {
            amount: TO_TRY_WITH,
            bank_ref: format!("SYN-DEMO-{}", user.org),
        };
        Line::new(market.present(), Body::Deposit(deposit)).said_by(&user.org)
    }));
    let governed = seeds.organisations_of(OrgKind::Operator).into_iter();
    let governed = governed.chain(seeds.organisations_of(OrgKind::Auditor));
    // They trade nothing, so that the market's own lines leave them out.
    let registered = governed.map(|(name, org)| Line::new(market.start, Body::Org(org)).named(name));
    lines.splice(0..0, registered);
    Ok(lines)
}

/// What there is now.
fn standing(handle: &Handle) -> Result<Summary, Failure> {
    let summary = handle.inspect(|state| {
        let mut summary = Summary::default();
        let running = |lease: &&crate::domain::lease::Lease| lease.state == LeaseState::Active;
        summary.push("the market at", state.now);
        summary.push("organisations", state.orgs.len());
        summary.push("open listings", state.book.listings().count());
        summary.push("bids that wait", state.book.bids().count());
        summary.push("leases running", state.leases.values().filter(running).count());
        summary.push("vouchers", state.vouchers.len());
        summary.push("programmes", state.programmes.len());
        summary.push("applications in hand", state.applications.len());
        summary.push("claims", state.claims.len());
        summary.push("flags", state.flags.len());
        summary
    })?;
    Ok(summary)
}

/// Says something to people, who read tables.
fn say(options: &Options, text: &str) -> Result<(), Failure> {
    if options.quiet || options.format != Format::Table {
        return Ok(());
    }
    output::say(text)
}

/// Lines for a shell: who logs in, and bids.
fn examples(seeds: &Seeds, living: &Living, now: Timestamp) -> String {
    let url = &living.url;
    let tenant = seeds.users.iter().find(|user| user.role == OrgKind::Tenant);
    let tenant = tenant.map(|user| (user.email.as_str(), user.password.as_str()));
    let (email, password) = tenant.unwrap_or_default();
    let issuer = seeds.users.iter().find(|user| user.role == OrgKind::Issuer);
    let issuer = issuer.map(|user| (user.email.as_str(), user.password.as_str()));
    let (issuer, issuer_password) = issuer.unwrap_or_default();
    let price = seeds.prices.iter().find(|(code, _)| code.as_str() == EXAMPLE);
    let price = price.map(|(_, price)| market::scaled(*price, EXAMPLE_LIMIT_PERCENT));
    let limit = price.map(|price| price.to_string()).unwrap_or_default();
    let earliest = now.hour_ceil().plus(1);
    let latest = earliest.plus(72);
    format!(
        "\
These users are made up and their passwords are known to everybody: they are for this demonstration only.

See what is on offer, and what happens:
  curl -s '{url}/v1/market/depth?accelerator={EXAMPLE}'
  curl -sN {url}/v1/market/stream
Log in:
  TOKEN=$(curl -s {url}/v1/auth/token -H 'Content-Type: application/json' \\
    -d '{{\"grant_type\": \"password\", \"email\": \"{email}\", \"password\": \"{password}\"}}' \\
    | sed 's/.*\"access_token\":\"\\([^\"]*\\)\".*/\\1/')
Bid for 8 cards for a day:
  curl -s {url}/v1/bids -H \"Authorization: Bearer $TOKEN\" -H \"Idempotency-Key: bid-$(date +%s)\" \\
    -H 'Content-Type: application/json' \\
    -d '{{\"alternatives\": [{{\"accelerator\": \"{EXAMPLE}\", \"cards\": 8, \"hours\": 24, \"limit\": \"{limit}\"}}],
         \"earliest\": \"{earliest}\", \"latest\": \"{latest}\"}}'
See the applications for vouchers that are in review, as who issues them:
  curl -s '{url}/v1/applications?state=in_review' -H \"Authorization: Bearer $(curl -s {url}/v1/auth/token \\
    -H 'Content-Type: application/json' \\
    -d '{{\"grant_type\": \"password\", \"email\": \"{issuer}\", \"password\": \"{issuer_password}\"}}' \\
    | sed 's/.*\"access_token\":\"\\([^\"]*\\)\".*/\\1/')\""
    )
}
