//! What stands before anybody trades: terms, reference data, organisations, programmes, vouchers.

use super::super::flow::body::{Body, Grant, Org, Reference, Related};
use super::super::flow::line::Line;
use super::super::seeds::Seeds;
use super::Ingredients;
use crate::domain::organisation::OrgKind;

/// The programme with this index, as the flow names it.
pub(super) fn programme_name(index: usize) -> String {
    format!("g{}", index + 1)
}

/// The lines that open a market.
pub(super) fn lines(seeds: &Seeds, ingredients: &Ingredients, grants: Vec<Grant>) -> Vec<Line<Body>> {
    let at = |body| Line::new(ingredients.start, body);
    let issuers = seeds.organisations_of(OrgKind::Issuer);
    let issuer = issuers.first().map(|(name, _)| name.clone()).unwrap_or_default();
    let programmes = ingredients.programmes.iter().cloned().enumerate();

    let mut lines = vec![at(Body::Terms(super::terms()))];
    lines.extend(
        seeds
            .accelerators
            .iter()
            .cloned()
            .map(|accelerator| at(Body::Accelerator(accelerator))),
    );
    lines.extend(seeds.sites.iter().cloned().map(|site| at(Body::Site(site))));
    lines.extend(seeds.prices.iter().map(|(accelerator, &price)| {
        at(Body::Reference(Reference {
            accelerator: accelerator.clone(),
            price,
        }))
    }));
    lines.extend(issuers.into_iter().map(|(name, org)| at(Body::Org(org)).named(name)));
    lines.extend(
        ingredients
            .providers
            .iter()
            .cloned()
            .map(|(name, org)| at(Body::Org(org)).named(name)),
    );
    lines.extend(owned_tenants(ingredients).map(|(name, org)| at(Body::Org(org)).named(name)));
    lines.extend(related_pair(ingredients).map(|related| at(Body::Related(related))));
    lines.extend(programmes.map(|(index, rules)| {
        at(Body::Programme(Box::new(rules)))
            .named(programme_name(index))
            .said_by(issuer.clone())
    }));
    lines.extend(grants.into_iter().enumerate().map(|(index, grant)| {
        at(Body::Grant(grant))
            .named(format!("v{}", index + 1))
            .said_by(issuer.clone())
    }));
    lines
}

/// The tenants; the last one belongs to the last provider, so the two never trade with each other.
fn owned_tenants(ingredients: &Ingredients) -> impl Iterator<Item = (String, Org)> {
    let owner = ingredients.providers.last().map(|(name, _)| name.clone());
    let last = ingredients.tenants.len().saturating_sub(1);
    ingredients
        .tenants
        .iter()
        .cloned()
        .enumerate()
        .map(move |(index, (name, org))| {
            let owner = owner.clone().filter(|_| index == last && index > 0);
            (name, Org { owner, ..org })
        })
}

/// The first provider and the first tenant are related: they may trade, without a subsidy.
fn related_pair(ingredients: &Ingredients) -> Option<Related> {
    let (provider, tenant) = (ingredients.providers.first()?, ingredients.tenants.first()?);
    Some(Related {
        a: provider.0.clone(),
        b: tenant.0.clone(),
    })
}
