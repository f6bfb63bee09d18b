//! The shipped programmes: that they are sound, that each field says where it comes from, and what they pay.

mod cases;
mod command;
mod sources;

use std::fs;
use std::path::{Path, PathBuf};

use qiantang::app::programme;
use qiantang::domain::programme::ProgrammeRules;
use serde_json::Value;

/// All shipped rule files, in the order of their names.
fn shipped() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("seeds/programmes");
    let paths = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<PathBuf> = paths
        .filter(|path| path.extension().is_some_and(|extension| extension == "json"))
        .collect();
    files.sort();
    assert!(files.len() >= 14, "{files:?}");
    files
}

fn file(path: &Path) -> Value {
    serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}

fn rules(path: &Path) -> ProgrammeRules {
    programme::read(file(path)).unwrap_or_else(|refused| panic!("{}: {refused}", path.display()))
}
