//! The reference data that the binary carries: `seeds/`.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use super::flow::body::Org;
use crate::domain::accelerator::Accelerator;
use crate::domain::calendar::{Calendar, Day};
use crate::domain::code::Code;
use crate::domain::money::Price;
use crate::domain::organisation::OrgKind;
use crate::domain::programme::ProgrammeRules;
use crate::domain::site::Site;
use crate::domain::user::Role;

/// A line of the reference data cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("seeds/{file}, line {line}: {reason}")]
pub struct SeedError {
    file: &'static str,
    line: u64,
    reason: String,
}

/// All of it.
#[derive(Debug, Clone)]
pub struct Seeds {
    /// The accelerators, in the order of the file.
    pub accelerators: Vec<Accelerator>,
    /// The sites, in the order of the file.
    pub sites: Vec<Site>,
    /// Calendars of working days, by year.
    pub calendars: Vec<Calendar>,
    /// Reference prices by accelerator.
    pub prices: BTreeMap<Code, Price>,
    /// What public traces call the accelerators.
    pub trace_models: BTreeMap<String, Code>,
    /// The made-up organisations, with their names in flows.
    pub organisations: Vec<(String, Org)>,
    /// The made-up users.
    pub users: Vec<DemoUser>,
    /// Hangzhou's programme.
    pub city_programme: ProgrammeRules,
    /// The made-up second programme.
    pub demo_programme: ProgrammeRules,
    /// A made-up programme with the rates, the startups and the least spending of Shenzhen's.
    pub shenzhen_like_programme: ProgrammeRules,
    /// A made-up programme that is applied for.
    pub training_programme: ProgrammeRules,
    /// A made-up programme that pays after payment.
    pub reimburse_programme: ProgrammeRules,
}

impl Seeds {
    /// Reads what the binary carries.
    pub fn load() -> Result<Seeds, SeedError> {
        Ok(Seeds {
            accelerators: rows(
                "accelerators.csv",
                include_str!("../../seeds/accelerators.csv"),
                accelerator,
            )?,
            sites: rows("sites.csv", include_str!("../../seeds/sites.csv"), site)?,
            calendars: calendars(rows(
                "holidays.csv",
                include_str!("../../seeds/holidays.csv"),
                special_day,
            )?),
            prices: rows("prices.csv", include_str!("../../seeds/prices.csv"), |row| {
                Ok((parsed(row, "accelerator")?, parsed(row, "price")?))
            })?
            .into_iter()
            .collect(),
            trace_models: rows(
                "trace_models.csv",
                include_str!("../../seeds/trace_models.csv"),
                |row| Ok((row.field("name").to_owned(), parsed(row, "accelerator")?)),
            )?
            .into_iter()
            .collect(),
            organisations: rows(
                "demo/organisations.csv",
                include_str!("../../seeds/demo/organisations.csv"),
                organisation,
            )?,
            users: rows("demo/users.csv", include_str!("../../seeds/demo/users.csv"), user)?,
            city_programme: programme(
                "programmes/hangzhou-2025.json",
                include_str!("../../seeds/programmes/hangzhou-2025.json"),
            )?,
            demo_programme: programme(
                "demo/programme-district.json",
                include_str!("../../seeds/demo/programme-district.json"),
            )?,
            shenzhen_like_programme: programme(
                "demo/programme-shenzhen-like.json",
                include_str!("../../seeds/demo/programme-shenzhen-like.json"),
            )?,
            training_programme: programme(
                "demo/programme-training.json",
                include_str!("../../seeds/demo/programme-training.json"),
            )?,
            reimburse_programme: programme(
                "demo/programme-reimburse.json",
                include_str!("../../seeds/demo/programme-reimburse.json"),
            )?,
        })
    }

    /// The made-up organisations of a kind, with their names in flows.
    pub fn organisations_of(&self, kind: OrgKind) -> Vec<(String, Org)> {
        let of_kind = |(_, org): &&(String, Org)| org.kinds.contains(&kind);
        self.organisations.iter().filter(of_kind).cloned().collect()
    }
}

/// A made-up user, whose password everybody knows.
#[derive(Debug, Clone)]
pub struct DemoUser {
    /// The e-mail address.
    pub email: String,
    /// The name.
    pub name: String,
    /// The organisation, by its name in flows.
    pub org: String,
    /// As what.
    pub role: Role,
    /// The password.
    pub password: String,
}

/// A line, by the names of its columns.
struct Row<'a>(BTreeMap<&'a str, &'a str>);

impl Row<'_> {
    /// The field; empty where there is none.
    fn field(&self, column: &str) -> &str {
        self.0.get(column).copied().unwrap_or_default()
    }
}

fn rows<T>(file: &'static str, text: &str, read: impl Fn(&Row<'_>) -> Result<T, String>) -> Result<Vec<T>, SeedError> {
    let fail = |line: u64, reason: String| SeedError { file, line, reason };
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let columns = reader.headers().map_err(|error| fail(1, error.to_string()))?.clone();
    let mut things = Vec::new();
    for record in reader.records() {
        let record = record.map_err(|error| fail(0, error.to_string()))?;
        let line = record.position().map_or(0, csv::Position::line);
        let row = Row(columns.iter().zip(record.iter()).collect());
        things.push(read(&row).map_err(|reason| fail(line, reason))?);
    }
    Ok(things)
}

fn parsed<T: std::str::FromStr<Err: std::fmt::Display>>(row: &Row<'_>, column: &str) -> Result<T, String> {
    let text = row.field(column);
    text.parse().map_err(|error| format!("{column}: {text:?} {error}"))
}

fn accelerator(row: &Row<'_>) -> Result<Accelerator, String> {
    Ok(Accelerator {
        code: parsed(row, "id")?,
        vendor: row.field("vendor").to_owned(),
        model: row.field("model").to_owned(),
        domestic: parsed(row, "domestic")?,
        memory_gb: match row.field("memory_gb") {
            "" => 0,
            _ => parsed(row, "memory_gb")?,
        },
        fp16_dense_gflops: match row.field("fp16_dense_tflops") {
            "" => None,
            text => Some(thousandths(text).ok_or(format!("fp16_dense_tflops: {text:?} is no figure"))?),
        },
        cards_per_node: parsed(row, "cards_per_node")?,
    })
}

fn thousandths(text: &str) -> Option<u32> {
    let value = Decimal::from_str_exact(text)
        .ok()?
        .checked_mul(Decimal::from(1_000))?
        .normalize();
    if value.scale() > 0 {
        return None;
    }
    u32::try_from(value.mantissa()).ok()
}

fn site(row: &Row<'_>) -> Result<Site, String> {
    Ok(Site {
        code: parsed(row, "id")?,
        name_zh: row.field("name_zh").to_owned(),
        region: row.field("region").to_owned(),
    })
}

/// A day that is not as the days of the week say: whether people work then.
fn special_day(row: &Row<'_>) -> Result<(Day, bool), String> {
    let is_worked = match row.field("kind") {
        "holiday" => false,
        "workday" => true,
        other => return Err(format!("kind: {other:?} is neither holiday nor workday")),
    };
    Ok((parsed(row, "date")?, is_worked))
}

/// The whole country's calendars of the years that have special days.
fn calendars(days: Vec<(Day, bool)>) -> Vec<Calendar> {
    let mut years: BTreeMap<i32, Calendar> = BTreeMap::new();
    for (day, is_worked) in days {
        let calendar = years.entry(day.year()).or_insert_with(|| Calendar {
            jurisdiction: String::new(),
            year: day.year(),
            holidays: Vec::new(),
            workdays: Vec::new(),
        });
        if is_worked {
            calendar.workdays.push(day);
        } else {
            calendar.holidays.push(day);
        }
    }
    years.into_values().collect()
}

fn kind(text: &str) -> Result<OrgKind, String> {
    serde_json::from_value(text.into()).map_err(|error| format!("kind: {error}"))
}

fn user(row: &Row<'_>) -> Result<DemoUser, String> {
    Ok(DemoUser {
        email: row.field("email").to_owned(),
        name: row.field("name").to_owned(),
        org: row.field("org").to_owned(),
        role: kind(row.field("role"))?,
        password: row.field("password").to_owned(),
    })
}

fn organisation(row: &Row<'_>) -> Result<(String, Org), String> {
    let org = Org {
        name: row.field("name").to_owned(),
        uscc: parsed(row, "uscc")?,
        kinds: row.field("kinds").split('|').map(kind).collect::<Result<_, _>>()?,
        owner: None,
    };
    Ok((row.field("ref").to_owned(), org))
}

fn programme(file: &'static str, text: &str) -> Result<ProgrammeRules, SeedError> {
    serde_json::from_str(text).map_err(|error| SeedError {
        file,
        line: u64::try_from(error.line()).unwrap_or(0),
        reason: error.to_string(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::rate::BasisPoints;

    #[test]
    fn the_years_that_are_published_have_so_many_working_days() {
        let seeds = Seeds::load().unwrap();
        let count = |calendar: &Calendar| {
            let first: Day = format!("{}-01-01", calendar.year).parse().unwrap();
            let days = std::iter::successors(Some(first), |day| day.next());
            let of_year = days.take_while(|day| day.year() == calendar.year);
            (calendar.year, of_year.filter(|day| calendar.is_working(*day)).count())
        };
        // 365 days less 104 Saturdays and Sundays and 13 days of festivals, whatever is worked instead.
        let found: Vec<(i32, usize)> = seeds.calendars.iter().map(count).collect();
        assert_eq!(found, [(2025, 248), (2026, 248)]);
        for calendar in &seeds.calendars {
            assert_eq!(crate::engine::office::calendar::check(calendar), Ok(()));
        }
    }

    #[test]
    fn every_accelerator_has_a_price_and_every_price_an_accelerator() {
        let seeds = Seeds::load().unwrap();
        let mut codes: Vec<&Code> = seeds.accelerators.iter().map(|accelerator| &accelerator.code).collect();
        codes.sort_unstable();
        assert_eq!(codes, seeds.prices.keys().collect::<Vec<_>>());
        assert!(seeds.trace_models.values().all(|code| seeds.prices.contains_key(code)));
    }

    /// The rule of seeds/README.md, in hundredths of a yuan, so that no price drifts from its stated basis.
    #[test]
    fn synthesised_prices_follow_their_rule() {
        let seeds = Seeds::load().unwrap();
        let text = include_str!("../../seeds/prices.csv");
        for accelerator in &seeds.accelerators {
            let line = text
                .lines()
                .find(|line| line.starts_with(&format!("{},", accelerator.code)))
                .unwrap();
            if let (Some(gflops), true) = (accelerator.fp16_dense_gflops, line.contains("from dense FP16")) {
                let gflops = i64::from(gflops);
                let micros = if gflops <= 312_000 {
                    6_000_000 * gflops / 312_000
                } else {
                    6_000_000 + 6_000_000 * (gflops - 312_000) / (989_000 - 312_000)
                };
                let off = (seeds.prices[&accelerator.code].micros() - micros).abs();
                assert!(off <= 5_000, "{line}: the rule gives {micros}");
            }
        }
    }

    #[test]
    fn programmes_state_who_pays_the_whole() {
        let seeds = Seeds::load().unwrap();
        for rules in [
            &seeds.city_programme,
            &seeds.demo_programme,
            &seeds.shenzhen_like_programme,
            &seeds.training_programme,
            &seeds.reimburse_programme,
        ] {
            let shares: u32 = rules.co_funding.iter().map(|funder| funder.share_bps.0).sum();
            assert_eq!(shares, BasisPoints::WHOLE.0, "{}", rules.id);
            assert!(rules.valid_from < rules.valid_until);
        }
    }

    #[test]
    fn made_up_users_belong_to_what_they_say() {
        let seeds = Seeds::load().unwrap();
        for user in &seeds.users {
            let (_, org) = seeds.organisations.iter().find(|(name, _)| *name == user.org).unwrap();
            assert!(org.kinds.contains(&user.role), "{}", user.email);
            assert!(
                user.email.ends_with(".test"),
                "nobody ever has such an address: {}",
                user.email
            );
            assert!(
                user.name.ends_with("（虚构）") && user.password.len() >= 12,
                "{}",
                user.email
            );
        }
        let of = |role| seeds.users.iter().filter(|user| user.role == role).count();
        for (role, least) in [
            (OrgKind::Operator, 2),
            (OrgKind::Issuer, 2),
            (OrgKind::Auditor, 1),
            (OrgKind::Provider, 1),
            (OrgKind::Tenant, 2),
        ] {
            assert!(of(role) >= least, "{role}");
        }
    }

    #[test]
    fn made_up_organisations_are_recognisable_as_such() {
        let seeds = Seeds::load().unwrap();
        assert_eq!(seeds.organisations_of(OrgKind::Provider).len(), 30);
        assert_eq!(seeds.organisations_of(OrgKind::Tenant).len(), 40);
        for (_, org) in &seeds.organisations {
            assert_eq!(&org.uscc.as_str()[2..8], "000000", "{}", org.name);
            assert!(org.name.ends_with("（虚构）"), "{}", org.name);
        }
    }
}
