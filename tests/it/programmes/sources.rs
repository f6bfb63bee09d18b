//! Every field of a shipped file says where it comes from, and no assumption is passed off as law.

use std::collections::BTreeSet;

use qiantang::domain::programme::ProgrammeRules;

use super::{file, rules, shipped};

#[test]
fn no_shipped_programme_is_refused_and_each_is_named_like_its_file() {
    let mut names = BTreeSet::new();
    for path in shipped() {
        let rules = rules(&path);
        assert_eq!(path.file_stem().unwrap().to_str(), Some(rules.id.as_str()));
        names.insert(rules.id.as_str().split('-').next().unwrap().to_owned());
    }
    let places = [
        "beijing", "chengdu", "guizhou", "hangzhou", "henan", "langfang", "qingdao", "qingyang", "shanghai",
        "shenzhen", "yangzhou",
    ];
    assert!(names.iter().eq(places), "{names:?}");
}

#[test]
fn every_field_says_where_it_comes_from() {
    for path in shipped() {
        let file = file(&path);
        let provenance = rules(&path).provenance;
        for (field, value) in file
            .as_object()
            .unwrap()
            .iter()
            .filter(|(field, _)| *field != "provenance")
        {
            let whole = provenance.contains_key(&format!("/{field}"));
            let each = value.as_array().is_some_and(|items| {
                let said = |index: usize| provenance.contains_key(&format!("/{field}/{index}"));
                !items.is_empty() && (0..items.len()).all(said)
            });
            assert!(
                whole || each,
                "{}: /{field} says not where it comes from",
                path.display()
            );
        }
    }
}

#[test]
fn what_was_not_read_is_called_an_assumption() {
    for path in shipped() {
        let ProgrammeRules { provenance, .. } = rules(&path);
        for (pointer, said) in &provenance {
            let assumed = said.source.starts_with("assumption: ");
            assert_eq!(
                assumed,
                !said.verified,
                "{}: {pointer}: {}",
                path.display(),
                said.source
            );
        }
        assert!(provenance.values().any(|said| said.verified), "{}", path.display());
        assert!(provenance.values().any(|said| !said.verified), "{}", path.display());
    }
}
