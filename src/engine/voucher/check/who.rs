//! Contradictions in names, and in whom a programme is for and from whom may be bought.

use super::{Rule, list, some_of};
use crate::domain::programme::ProgrammeRules;
use crate::domain::programme::limit::CapRow;
use crate::domain::rate::BasisPoints;
use crate::engine::limits;
use crate::engine::rejection::{FieldErrors, FieldRule};

/// The characters of GB 32100-2015: no I, O, S, V, Z.
const USCC_ALPHABET: &str = "0123456789ABCDEFGHJKLMNPQRTUWXY";
/// Most authorities: a stage of a review names one by a small number.
const AUTHORITIES_MAX: usize = 16;
/// Older than any entity: 200 years.
const AGE_MONTHS_MAX: u32 = 2_400;
/// Longest clean record that is asked for.
const CLEAN_YEARS_MAX: u32 = 100;

pub(super) const RULES: &[Rule] = &[
    Rule { of: &[], check: names },
    Rule {
        of: &[],
        check: entities,
    },
    Rule {
        of: &["eligible_entity"],
        check: ages,
    },
    Rule {
        of: &["provider_rule", "included_items"],
        check: providers,
    },
    Rule {
        of: &["included_items"],
        check: items,
    },
    Rule {
        of: &["related_party"],
        check: related,
    },
    Rule {
        of: &["cap_rows", "eligible_entity"],
        check: cap_rows,
    },
];

fn names(rules: &ProgrammeRules, errors: &mut FieldErrors) {
    if let Some(names) = &rules.name {
        limits::name(errors, "/name/zh", &names.zh);
        limits::name(errors, "/name/en", &names.en);
    }
    if let Some(digits) = &rules.jurisdiction {
        area(errors, "/jurisdiction", digits);
    }
    errors.require(
        rules.authorities.len() <= AUTHORITIES_MAX,
        "/authorities",
        FieldRule::TooMany,
        "must have at most 16 authorities",
    );
    for (index, authority) in rules.authorities.iter().enumerate() {
        limits::name(errors, &format!("/authorities/{index}/name"), &authority.name);
    }
    let names: Vec<&str> = rules
        .authorities
        .iter()
        .map(|authority| authority.name.as_str())
        .collect();
    some_of(errors, "/authorities", &names);
}

/// The beginning of a code of GB/T 2260: province, city or county.
fn area(errors: &mut FieldErrors, pointer: &str, digits: &str) {
    errors.require(
        matches!(digits.len(), 2 | 4 | 6) && digits.bytes().all(|byte| byte.is_ascii_digit()),
        pointer,
        FieldRule::Malformed,
        "must be 2, 4 or 6 digits of GB/T 2260: a province, a city or a county",
    );
}

fn entities(rules: &ProgrammeRules, errors: &mut FieldErrors) {
    list(errors, "/eligible_kinds", &rules.eligible_kinds);
    let entity = &rules.eligible_entity;
    if let Some(kinds) = &entity.kinds {
        list(errors, "/eligible_entity/kinds", kinds);
    }
    if let Some(sizes) = &entity.sizes {
        list(errors, "/eligible_entity/sizes", sizes);
    }
    if let Some(industries) = &entity.industries {
        list(errors, "/eligible_entity/industries", industries);
    }
    if let Some(prefixes) = &entity.uscc_prefixes {
        list(errors, "/eligible_entity/uscc_prefixes", prefixes);
        for (index, prefix) in prefixes.iter().enumerate() {
            errors.require(
                (1..=17).contains(&prefix.len()) && prefix.chars().all(|letter| USCC_ALPHABET.contains(letter)),
                &format!("/eligible_entity/uscc_prefixes/{index}"),
                FieldRule::Malformed,
                "must be 1 to 17 characters of GB 32100-2015: digits and capitals without I, O, S, V, Z",
            );
        }
    }
    if let Some(areas) = &entity.areas {
        list(errors, "/eligible_entity/areas", areas);
        for (index, digits) in areas.iter().enumerate() {
            area(errors, &format!("/eligible_entity/areas/{index}"), digits);
        }
    }
}

/// An age between two limits must be possible.
fn ages(rules: &ProgrammeRules, errors: &mut FieldErrors) {
    let entity = &rules.eligible_entity;
    if let Some(below) = entity.age_below_months {
        limits::count(errors, "/eligible_entity/age_below_months", below, AGE_MONTHS_MAX);
    }
    if let (Some(least), Some(below)) = (entity.age_min_months, entity.age_below_months) {
        errors.require(
            least < below,
            "/eligible_entity/age_below_months",
            FieldRule::Reversed,
            "must be more than age_min_months: nobody is older and younger",
        );
    }
    if let Some(years) = entity.clean_years {
        limits::count(errors, "/eligible_entity/clean_years", years, CLEAN_YEARS_MAX);
    }
}

/// A list says for which item and capacity a provider stands in it: without a list nobody says so. What providers must be
/// listed for must be something that counts.
fn providers(rules: &ProgrammeRules, errors: &mut FieldErrors) {
    let provider = &rules.provider_rule;
    let asked = [
        ("/provider_rule/item", provider.item.is_some()),
        ("/provider_rule/capacity_min_p", provider.capacity_min_p.is_some()),
    ];
    for (pointer, asked) in asked {
        errors.require(
            provider.listed || !asked,
            pointer,
            FieldRule::Contradicts,
            "stands in the list of providers, which nobody needs to be in: listed is false",
        );
    }
    errors.require(
        provider.capacity_min_p != Some(0),
        "/provider_rule/capacity_min_p",
        FieldRule::TooSmall,
        "must be at least 1, or be left out",
    );
    errors.require(
        provider.item.is_none_or(|item| rules.included_items.contains(&item)),
        "/provider_rule/item",
        FieldRule::Contradicts,
        "is none of the included_items, so that nothing of it is paid",
    );
}

fn items(rules: &ProgrammeRules, errors: &mut FieldErrors) {
    list(errors, "/included_items", &rules.included_items);
}

fn related(rules: &ProgrammeRules, errors: &mut FieldErrors) {
    let pointer = "/related_party/ownership_bps";
    limits::count(
        errors,
        pointer,
        rules.related_party.ownership_bps.0,
        BasisPoints::WHOLE.0,
    );
}

/// Whether everybody whom `later` is for is one of those whom `earlier` is for.
fn covered(later: &CapRow, earlier: &CapRow) -> bool {
    fn within<T: PartialEq>(later: Option<&Vec<T>>, earlier: Option<&Vec<T>>) -> bool {
        earlier.is_none_or(|earlier| later.is_some_and(|later| later.iter().all(|one| earlier.contains(one))))
    }
    within(later.projects.as_ref(), earlier.projects.as_ref())
        && within(later.entity_kinds.as_ref(), earlier.entity_kinds.as_ref())
}

/// The first row that fits counts: one whose entities all fit an earlier row never does.
fn cap_rows(rules: &ProgrammeRules, errors: &mut FieldErrors) {
    if rules.cap_rows.len() > super::LIST_MAX {
        errors.add("/cap_rows", FieldRule::TooMany, "must have at most 64 rows");
        return;
    }
    for (index, row) in rules.cap_rows.iter().enumerate() {
        if let Some(projects) = &row.projects {
            list(errors, &format!("/cap_rows/{index}/projects"), projects);
        }
        if let Some(kinds) = &row.entity_kinds {
            list(errors, &format!("/cap_rows/{index}/entity_kinds"), kinds);
            let eligible = rules.eligible_entity.kinds.as_ref();
            errors.require(
                eligible.is_none_or(|eligible| kinds.iter().any(|kind| eligible.contains(kind))),
                &format!("/cap_rows/{index}/entity_kinds"),
                FieldRule::Unreachable,
                "are all kinds for which the programme is not",
            );
        }
        if let Some(earlier) = rules.cap_rows[..index].iter().position(|earlier| covered(row, earlier)) {
            errors.add(
                format!("/cap_rows/{index}"),
                FieldRule::Unreachable,
                format!("never counts: whoever it is for, row {earlier} fits first"),
            );
        }
    }
}
