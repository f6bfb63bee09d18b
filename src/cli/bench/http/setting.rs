//! The market that is measured, made before the service starts.

use std::net::SocketAddr;

use serde::Deserialize;

use super::connection::{Connection, request};
use super::{Failure, Http, Options};
use crate::app::bid::place;
use crate::app::clock::system_now;
use crate::app::exchange::Handle;
use crate::app::identity::{ApiKeyText, KeyOrder};
use crate::app::permission::Caller;
use crate::app::request::Request;
use crate::cli::bench::stock::Stock;
use crate::cli::bench::{empty_exchange, funded_orgs, must_all};
use crate::cli::draw::Draw;
use crate::domain::code::Code;
use crate::domain::id::{BidId, OrgId, SessionId, UserId};
use crate::domain::money::{Money, Price};
use crate::domain::organisation::OrgKind;
use crate::domain::secret::Secret;
use crate::domain::time::Hour;
use crate::domain::user::{NewUser, Role};
use crate::engine::Command;

/// Accelerators that are traded.
const TRADED: usize = 12;
/// Bids of each tenant that stand before the service starts.
const BIDS_BEFORE: u64 = 32;

/// What the load generator knows of the market.
#[derive(Clone)]
pub(super) struct Setting {
    accelerators: Vec<Code>,
    start: Hour,
    keys: Vec<Secret>,
    /// Bids that stand already, each with its tenant's place.
    pub(super) bids: Vec<(usize, BidId)>,
}

impl Setting {
    /// Makes the market on an empty database.
    pub(super) fn make(options: &Options, bench: &Http) -> Result<Setting, Failure> {
        let exchange = empty_exchange(options)?;
        let handle = exchange.handle();
        let stock = Stock::open(&handle, TRADED, system_now().hour_ceil())?;
        let providers = funded_orgs(&handle, 50, &[OrgKind::Provider], Money::ZERO)?;
        let cash = Money::from_fen(100_000_000_000_000);
        let tenants = funded_orgs(&handle, bench.tenants, &[OrgKind::Tenant], cash)?;
        let mut draw = Draw::of(1, "bench", "http market");
        let listings = (0..bench.listings).map(|_| {
            let ask = Price::from_micros(i64::from(draw.between(800, 1_200)) * 10_000);
            let islands = draw.between(1, 8);
            stock.listing(&mut draw, &providers, (islands, ask))
        });
        must_all(&handle, listings.collect::<Vec<_>>())?;
        let mut setting = Setting {
            accelerators: (0..TRADED * 8).map(|_| stock.accelerator(&mut draw)).collect(),
            start: stock.start,
            keys: tenants
                .iter()
                .map(|org| key(&handle, *org))
                .collect::<Result<_, Failure>>()?,
            bids: Vec::new(),
        };
        for number in 0..BIDS_BEFORE * bench.tenants {
            let tenant = draw.index(tenants.len());
            let body = serde_json::from_str(&setting.bid(&mut draw)).map_err(defect)?;
            let command = place(tenants[tenant], body).map_err(defect)?;
            must_all(&handle, [command])?;
            setting.bids.push((tenant, BidId(number + 1)));
        }
        exchange.shut_down();
        Ok(setting)
    }

    /// An access token for each tenant.
    pub(super) fn log_in(&self, address: SocketAddr) -> Result<Vec<String>, Failure> {
        #[derive(Deserialize)]
        struct Tokens {
            access_token: String,
        }
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        runtime.map_err(defect)?.block_on(async {
            let mut connection = Connection::open(address).await.map_err(defect)?;
            let mut tokens = Vec::new();
            for key in &self.keys {
                let body = format!("{{\"grant_type\":\"api_key\",\"api_key\":\"{}\"}}", key.expose());
                let asked = connection.ask(&request("POST", "/v1/auth/token", &[], &body)).await;
                let answered: Tokens = serde_json::from_slice(&asked.map_err(defect)?.body).map_err(defect)?;
                tokens.push(answered.access_token);
            }
            Ok(tokens)
        })
    }

    pub(super) fn accelerator(&self, draw: &mut Draw) -> &Code {
        &self.accelerators[draw.index(self.accelerators.len())]
    }

    /// A bid of 1 to 4 cards for 1 to 24 hours with up to three days of play.
    pub(super) fn bid(&self, draw: &mut Draw) -> String {
        let hours = draw.between(1, 24);
        let earliest = self.start.plus(draw.below(60 * 24));
        let latest = earliest.plus(hours + draw.below(3 * 24));
        let (accelerator, cards) = (self.accelerator(draw), draw.between(1, 4));
        format!(
            "{{\"alternatives\":[{{\"accelerator\":\"{accelerator}\",\"cards\":{cards},\"hours\":{hours},\"limit\":\"13.000000\"}}],\
             \"earliest\":\"{}\",\"latest\":\"{}\"}}",
            earliest.timestamp(),
            latest.timestamp()
        )
    }
}

/// A machine of a tenant, by the key that it logs in with.
fn key(handle: &Handle, org: OrgId) -> Result<Secret, Failure> {
    let first = handle.inspect(|state| state.users.len())?;
    let user = UserId(u64::try_from(first).unwrap_or(u64::MAX).saturating_add(1));
    let profile = NewUser {
        org,
        roles: vec![Role::Tenant],
        identity: "0".repeat(64),
        dormant: false,
    };
    let reply = handle.call(Request::new("bench", Command::RegisterUser(profile)))?;
    if !reply.accepted {
        return Err(Failure::Refused(reply.answer));
    }
    let secret = ApiKeyText::new().map_err(defect)?;
    let order = KeyOrder {
        name: "bench".to_owned(),
        roles: vec![Role::Tenant],
        expires_at: None,
        hash: secret.hash(),
    };
    let maker = Caller {
        user,
        org,
        roles: vec![Role::Tenant],
        session: SessionId(0),
        key: None,
    };
    let made = handle.identify(None, move |identity, at| identity.make_key(&maker, order, at))?;
    Ok(secret.text(made.map_err(defect)?.id))
}

fn defect(error: impl std::fmt::Display) -> Failure {
    Failure::Argument(format!("the measurement: {error}"))
}
