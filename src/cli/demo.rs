//! `qiantang demo`: a made-up market of two weeks, from the reference data alone.

use clap::Args;

use super::Options;
use super::draw::Draw;
use super::failure::Failure;
use super::market::{self, Ingredients, Node, Request, Urgency};
use super::output::{self, Summary};
use super::seeds::Seeds;
use crate::domain::bid::Purpose;
use crate::domain::code::Code;
use crate::domain::organisation::OrgKind;
use crate::domain::time::Timestamp;

/// 2026-12-01T00:00:00Z, 08:00 in Hangzhou.
const START: Timestamp = Timestamp::from_micros(1_796_083_200_000_000);
const BIDS: u32 = 2_000;
const DAYS: u32 = 14;
const ROWS: u32 = 70;

/// What the demonstration market trades; the weights are made up, half of the cards are domestic.
const MODELS: [(u32, &str); 12] = [
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

/// Makes up a market: 30 providers, 40 tenants, two voucher programmes, 2,000 bids over two weeks.
#[derive(Debug, Args)]
pub struct Demo {
    #[command(flatten)]
    making: output::Making,
}

/// Runs the command.
pub fn run(options: &Options, demo: &Demo) -> Result<(), Failure> {
    let seeds = Seeds::load()?;
    let seed = demo.making.seed;
    let models = models(&seeds);
    let tenants = seeds.organisations_of(OrgKind::Tenant);
    let ingredients = Ingredients {
        seed,
        start: START,
        nodes: (0..ROWS).flat_map(|row| nodes(&models, seed, row)).collect(),
        providers: seeds.organisations_of(OrgKind::Provider),
        requests: (0..BIDS)
            .map(|index| request(&models, seed, tenants.len(), index))
            .collect(),
        tenants,
        programmes: vec![seeds.city_programme.clone(), seeds.demo_programme.clone()],
    };
    let (lines, figures) = market::flow(&seeds, &ingredients)?;
    output::write_flow(&demo.making, &lines)?;
    Summary::of(figures, lines.len()).print(options);
    Ok(())
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

fn request(models: &[Model], seed: u64, tenants: usize, index: u32) -> Request {
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
        at: arrival(&mut draw),
        tenant: draw.index(tenants).min(draw.index(tenants)),
        cards: draw.weighted([(20, 1), (12, 2), (14, 4), (28, 8), (14, 16), (8, 32), (4, 64)]),
        hours: draw.weighted([(15, 4), (20, 8), (15, 12), (25, 24), (15, 48), (8, 96), (2, 168)]),
        wishes,
        domestic_only,
        urgency,
        purpose,
    }
}

/// Any second of a day; office hours in Hangzhou (00:00–12:00 UTC) three times as likely as the night.
fn arrival(draw: &mut Draw) -> Timestamp {
    let day = draw.below(DAYS);
    let hour = if draw.chance(75) {
        draw.below(12)
    } else {
        draw.between(12, 23)
    };
    let second = day * 86_400 + hour * 3_600 + draw.below(3_600);
    Timestamp::from_micros(START.micros() + i64::from(second) * 1_000_000)
}
