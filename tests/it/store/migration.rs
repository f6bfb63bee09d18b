//! Databases of earlier versions go on: they are brought to this version's schema, and nothing that they recorded comes out otherwise.

use qiantang::app::verify::verify;
use qiantang::domain::id::FillId;
use qiantang::store::{Reader, Url, migrate, state, subsidy};

use super::writing::execute;

const SCHEMA_3: &str = include_str!("old/schema-3.sql");

#[test]
fn a_database_of_schema_3_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let url = Url::Sqlite(folder.path().join("old.db"));
    execute(&url, SCHEMA_3).unwrap();
    migrate(&url).unwrap();
    let reader = &mut Reader::open(&url).unwrap();
    let verdict = verify(reader, &mut |_, _| {}).unwrap();
    let found: Vec<String> = verdict.violations.iter().map(|found| format!("{found:?}")).collect();
    assert_eq!(found, Vec::<String>::new());
    assert_eq!((verdict.commands, &verdict.state_hash), (26, &verdict.replayed_hash));
    let reader = &mut Reader::open(&url).unwrap();
    let state = state::load(reader).unwrap();
    let counted: Vec<_> = state
        .leases
        .values()
        .map(|lease| (lease.settled.card_seconds, lease.metering.is_counted()))
        .collect();
    assert_eq!(counted, [(86_400, false), (0, true)]);
    let told = subsidy::evaluations(reader, &[1, 2, 3].map(FillId)).unwrap();
    let paid = |id: u64| told[&FillId(id)].steps.len();
    assert!([1, 2, 3].into_iter().all(|id| paid(id) > 2), "{told:?}");
}
