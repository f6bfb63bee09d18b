//! A made-up market, from the reference data alone.

use crate::cli::draw::Draw;
use crate::cli::market::{Ingredients, Node, Present, Request, Urgency};
use crate::cli::seeds::Seeds;
use crate::domain::bid::Purpose;
use crate::domain::code::Code;
use crate::domain::organisation::OrgKind;
use crate::domain::programme::ProgrammeRules;
use crate::domain::time::{Hour, Timestamp};

/// 2026-12-01T00:00:00Z, 08:00 in Hangzhou.
pub const START: Timestamp = Timestamp::from_micros(1_796_083_200_000_000);
const BIDS: u32 = 2_000;
const DAYS: u32 = 14;
const ROWS: u32 = 70;

/// Days of a living market that are past.
const PAST_DAYS: u32 = 10;
/// Days from its present to the end of the last listing.
const OFFERED_DAYS: u32 = 42;
/// Bids for each row of cards: so many that more than half of the cards are let.
const BIDS_PER_ROW: u32 = 18;
/// Programmes are in force for so many days at least.
const PROGRAMME_DAYS: u32 = 180;
/// Fewer rows would leave a provider or a model out.
const ROWS_MIN: u32 = 30;
const HOUR_MICROS: i64 = 3_600_000_000;

/// What the demonstration market trades; the weights are made up, half of the cards are domestic.
pub const MODELS: [(u32, &str); 12] = [
    (18, "ascend-910b"),
    (10, "ascend-910c"),
    (6, "hygon-bw1000"),
    (5, "kunlun-p800"),
    (5, "metax-c500"),
    (4, "cambricon-mlu590"),
    (12, "nvidia-a100-80g"),
    (10, "nvidia-a800-80g"),
    (8, "nvidia-h800"),
    (12, "nvidia-h20"),
    (6, "nvidia-rtx-4090"),
    (4, "nvidia-l20"),
];

/// The market of two weeks: 30 providers, 40 tenants, two voucher programmes, 2,000 bids.
pub fn two_weeks(seeds: &Seeds, seed: u64, start: Timestamp) -> Ingredients {
    let models = models(seeds);
    let tenants = seeds.organisations_of(OrgKind::Tenant);
    let request = |index| request(&models, (seed, start), tenants.len(), index);
    Ingredients {
        seed,
        start,
        nodes: (0..ROWS).flat_map(|row| nodes(&models, seed, row)).collect(),
        providers: seeds.organisations_of(OrgKind::Provider),
        requests: (0..BIDS).map(request).collect(),
        tenants,
        programmes: programmes(seeds, start),
        present: None,
    }
}

/// The programmes, in force at `start` and for a while after it.
fn programmes(seeds: &Seeds, start: Timestamp) -> Vec<ProgrammeRules> {
    [
        &seeds.city_programme,
        &seeds.demo_programme,
        &seeds.shenzhen_like_programme,
    ]
    .map(|rules| in_force(rules, start))
    .into()
}

/// The rules, in force at `start` and for a while after it.
pub fn in_force(rules: &ProgrammeRules, start: Timestamp) -> ProgrammeRules {
    ProgrammeRules {
        valid_from: rules.valid_from.min(start),
        valid_until: rules.valid_until.max(start.plus_hours(PROGRAMME_DAYS * 24)),
        ..rules.clone()
    }
}

/// What a living market is made from.
#[derive(Debug, Clone, Copy)]
pub struct Living {
    /// What everything is drawn from.
    pub seed: u64,
    /// The first instant; the present is [`Living::present`].
    pub start: Timestamp,
    /// About how many bids there have been.
    pub bids: u32,
}

impl Living {
    /// The last instant of the market's past.
    pub fn present(self) -> Timestamp {
        self.start.plus_hours(PAST_DAYS * 24)
    }

    /// The start of the market whose present is `present`.
    pub fn start_before(present: Timestamp) -> Timestamp {
        Timestamp::from_micros(present.micros() - i64::from(PAST_DAYS) * 24 * HOUR_MICROS)
    }

    /// The market: ten days are past, it goes on for six weeks.
    pub fn ingredients(self, seeds: &Seeds) -> Ingredients {
        let Living { seed, start, bids } = self;
        let models = models(seeds);
        let tenants = seeds.organisations_of(OrgKind::Tenant);
        let requests = (0..bids).map(|index| booked_ahead(&models, self, tenants.len(), index));
        let present = Present {
            at: self.present(),
            offered_until: self.present().hour_floor().plus(OFFERED_DAYS * 24),
        };
        let rows = (bids / BIDS_PER_ROW).max(ROWS_MIN);
        Ingredients {
            seed,
            start,
            nodes: (0..rows).flat_map(|row| nodes(&models, seed, row)).collect(),
            providers: seeds.organisations_of(OrgKind::Provider),
            requests: requests
                .filter(|request| (start..present.at).contains(&request.at))
                .collect(),
            tenants,
            programmes: programmes(seeds, start),
            present: Some(present),
        }
    }
}

/// A request of a living market: any second of its days, some for later, some only if it becomes cheap.
fn booked_ahead(models: &[Model], living: Living, tenants: usize, index: u32) -> Request {
    let midnight = Hour(living.start.hour_floor().0.div_euclid(24) * 24).timestamp();
    let mut draw = Draw::of(living.seed, "demo lead", &index.to_string());
    let request = request(models, (living.seed, midnight), tenants, index);
    Request {
        at: arrival(&mut draw, midnight, PAST_DAYS + 1),
        lead_hours: if draw.chance(30) { draw.between(6, 240) } else { 0 },
        urgency: if draw.chance(8) {
            Urgency::Bargain
        } else {
            request.urgency
        },
        ..request
    }
}

/// A model of the demonstration market.
struct Model {
    accelerator: Code,
    domestic: bool,
    weight: u32,
    cards_per_node: u32,
}

fn models(seeds: &Seeds) -> Vec<Model> {
    let known = |(weight, code): &(u32, &str)| {
        let accelerator = seeds
            .accelerators
            .iter()
            .find(|accelerator| accelerator.code.as_str() == *code)?;
        Some(Model {
            accelerator: accelerator.code.clone(),
            domestic: accelerator.domestic,
            weight: *weight,
            cards_per_node: accelerator.cards_per_node,
        })
    };
    MODELS.iter().filter_map(known).collect()
}

/// The model at `place` along the weights of those that `wanted` names.
fn drawn<'a>(draw: &mut Draw, models: &'a [Model], wanted: impl Fn(&Model) -> bool + Copy) -> Option<&'a Model> {
    let mut place = draw.below(
        models
            .iter()
            .filter(|model| wanted(model))
            .map(|model| model.weight)
            .sum(),
    );
    models.iter().filter(|model| wanted(model)).find(|model| {
        let here = place < model.weight;
        place = place.saturating_sub(model.weight);
        here
    })
}

/// The nodes of a row: two to eight of one model.
fn nodes(models: &[Model], seed: u64, row: u32) -> Vec<Node> {
    let mut draw = Draw::of(seed, "demo row", &row.to_string());
    // The first rows make sure that there is something of every model.
    let place = usize::try_from(row).unwrap_or(usize::MAX);
    let model = models.get(place).or_else(|| drawn(&mut draw, models, |_| true));
    let node = model.map(|model| Node {
        accelerator: model.accelerator.clone(),
        cards: model.cards_per_node,
        row,
    });
    let wanted = draw.weighted([(4, 2), (4, 4), (2, 8)]);
    node.into_iter().flat_map(|node| vec![node; wanted]).collect()
}

fn request(models: &[Model], (seed, start): (u64, Timestamp), tenants: usize, index: u32) -> Request {
    let mut draw = Draw::of(seed, "demo bid", &index.to_string());
    let domestic_only = draw.chance(12);
    let wanted = draw.between(1, 3);
    let mut wishes: Vec<Code> = (0..wanted)
        .filter_map(|_| drawn(&mut draw, models, |model| model.domestic || !domestic_only))
        .map(|model| model.accelerator.clone())
        .collect();
    wishes.sort_unstable();
    wishes.dedup();
    let (urgency, purpose) = draw.weighted([
        (3, (Urgency::Tight, Purpose::Inference)),
        (2, (Urgency::Usual, Purpose::Pretrain)),
        (3, (Urgency::Usual, Purpose::Finetune)),
        (2, (Urgency::Loose, Purpose::Research)),
    ]);
    Request {
        key: index.to_string(),
        at: arrival(&mut draw, start, DAYS),
        lead_hours: 0,
        tenant: draw.index(tenants).min(draw.index(tenants)),
        cards: draw.weighted([(20, 1), (12, 2), (14, 4), (28, 8), (14, 16), (8, 32), (4, 64)]),
        hours: draw.weighted([(15, 4), (20, 8), (15, 12), (25, 24), (15, 48), (8, 96), (2, 168)]),
        wishes,
        domestic_only,
        urgency,
        purpose,
    }
}

/// Any second of some days; office hours in Hangzhou (00:00–12:00 UTC) three times as likely as the night.
fn arrival(draw: &mut Draw, start: Timestamp, days: u32) -> Timestamp {
    let day = draw.below(days);
    let hour = if draw.chance(75) {
        draw.below(12)
    } else {
        draw.between(12, 23)
    };
    let second = day * 86_400 + hour * 3_600 + draw.below(3_600);
    Timestamp::from_micros(start.micros() + i64::from(second) * 1_000_000)
}
