//! The house rules that no compiler checks, as plain tests over the source tree.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Each layer names only those before it.
const LAYERS: [&str; 6] = ["domain", "engine", "store", "app", "api", "cli"];
const LINES_MAX: usize = 500;

/// Licences that may be linked into the binary: permissive ones only.
const LICENCES: [&str; 14] = [
    "0BSD",
    "Apache-2.0",
    "Apache-2.0 WITH LLVM-exception",
    "BSD-1-Clause",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BSL-1.0",
    "CC0-1.0",
    "ISC",
    "MIT",
    "Unicode-3.0",
    "Unlicense",
    "Zlib",
    "blessing",
];

/// Crates that come in more than one version, because their users do not agree yet. Anything else that doubles is looked
/// at before it lands here.
const DOUBLED: [&str; 32] = [
    "base16ct",
    "base64",
    "block-buffer",
    "chacha20",
    "const-oid",
    "cpufeatures",
    "crypto-bigint",
    "crypto-common",
    "der",
    "digest",
    "elliptic-curve",
    "ff",
    "getrandom",
    "group",
    "hashbrown",
    "hmac",
    "http",
    "hybrid-array",
    "primeorder",
    "rand",
    "rand_chacha",
    "rand_core",
    "sec1",
    "sha2",
    "signature",
    "syn",
    "thiserror",
    "thiserror-impl",
    "toml",
    "toml_datetime",
    "untrusted",
    "winnow",
];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Every Rust file under the folders, with its text.
fn sources(folders: &[&str]) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    let mut folders: Vec<PathBuf> = folders.iter().map(|folder| root().join(folder)).collect();
    while let Some(folder) = folders.pop() {
        let Ok(entries) = fs::read_dir(&folder) else { continue };
        for entry in entries {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = fs::read_to_string(&path).unwrap();
                found.push((path.strip_prefix(root()).unwrap().to_owned(), text));
            }
        }
    }
    found.sort();
    found
}

/// Where `word` stands by itself.
fn stands_in(text: &str, word: &str) -> bool {
    let part = |letter: Option<char>| letter.is_some_and(|letter| letter.is_alphanumeric() || letter == '_');
    text.match_indices(word)
        .any(|(at, _)| !part(text[..at].chars().next_back()) && !part(text[at + word.len()..].chars().next()))
}

fn none(complaints: &[String]) {
    assert!(complaints.is_empty(), "\n{}", complaints.join("\n"));
}

#[test]
fn a_layer_names_only_the_layers_before_it() {
    let mut complaints = Vec::new();
    for (place, layer) in LAYERS.iter().enumerate() {
        for (path, text) in sources(&[&format!("src/{layer}")]) {
            if text.contains("crate::{") {
                complaints.push(format!(
                    "{}: name the layer in each use, not crate::{{…}}",
                    path.display()
                ));
            }
            for later in &LAYERS[place + 1..] {
                if stands_in(&text, &format!("crate::{later}")) {
                    complaints.push(format!("{}: {layer} names crate::{later}", path.display()));
                }
            }
        }
    }
    none(&complaints);
}

#[test]
fn files_are_short() {
    let mut complaints = Vec::new();
    for (path, text) in sources(&["src", "tests", "benches"]) {
        let lines = text.lines().count();
        if lines > LINES_MAX {
            complaints.push(format!("{}: {lines} lines; make it a folder", path.display()));
        }
    }
    none(&complaints);
}

#[test]
fn money_knows_no_floating_point() {
    let mut complaints = Vec::new();
    for (path, text) in sources(&["src/domain", "src/engine"]) {
        for float in ["f32", "f64"] {
            if stands_in(&text, float) {
                complaints.push(format!("{}: {float}", path.display()));
            }
        }
    }
    none(&complaints);
}

#[test]
fn nothing_is_left_open() {
    // Taken apart, so that this file does not find itself.
    let open = [
        concat!("todo", "!("),
        concat!("unimplemented", "!("),
        concat!("#[", "ignore"),
        concat!("should", "_panic"),
        concat!("#[", "allow"),
        concat!("#![", "allow"),
    ];
    let mut complaints = Vec::new();
    for (path, text) in sources(&["src", "tests", "benches"]) {
        for (number, line) in (1..).zip(text.lines()) {
            for left in open.iter().filter(|left| line.contains(**left)) {
                complaints.push(format!("{}:{number}: {left}", path.display()));
            }
        }
    }
    none(&complaints);
}

/// The files that the `mod` lines of `text` in `file` lead to.
fn modules(file: &Path, text: &str) -> Vec<PathBuf> {
    let folder = file.parent().unwrap();
    let stem = file.file_stem().unwrap().to_str().unwrap();
    let home = if matches!(stem, "lib" | "main" | "mod") {
        folder.to_owned()
    } else {
        folder.join(stem)
    };
    let mut found = Vec::new();
    let mut path_attribute = None;
    for line in text.lines().map(str::trim) {
        if let Some(path) = line
            .strip_prefix("#[path = \"")
            .and_then(|rest| rest.strip_suffix("\"]"))
        {
            path_attribute = Some(folder.join(path));
            continue;
        }
        let name = line
            .strip_suffix(';')
            .and_then(|line| line.rsplit_once("mod "))
            .map(|(_, name)| name);
        let Some(name) = name.filter(|_| line.starts_with("mod ") || line.starts_with("pub")) else {
            continue;
        };
        match path_attribute.take() {
            Some(path) => found.push(path),
            None => found.extend([home.join(format!("{name}.rs")), home.join(name).join("mod.rs")]),
        }
    }
    found
}

#[test]
fn every_file_is_part_of_the_crate() {
    let mut complaints = Vec::new();
    for (folder, roots) in [
        ("src", &["src/lib.rs", "src/main.rs"][..]),
        ("tests/it", &["tests/it/main.rs"]),
    ] {
        let texts: BTreeMap<PathBuf, String> = sources(&[folder]).into_iter().collect();
        let mut reached: BTreeSet<PathBuf> = BTreeSet::new();
        let mut open: Vec<PathBuf> = roots.iter().map(PathBuf::from).collect();
        while let Some(file) = open.pop() {
            if let Some(text) = texts.get(&file)
                && reached.insert(file.clone())
            {
                open.extend(modules(&file, text));
            }
        }
        let dead = texts.keys().filter(|path| !reached.contains(*path));
        complaints.extend(dead.map(|path| format!("{}: no mod line leads to it", path.display())));
    }
    none(&complaints);
}

/// Whether a licence expression can be met by [`LICENCES`] alone.
fn acceptable(expression: &str) -> bool {
    // The older crates' way to write OR.
    let spaced = expression.replace('/', " OR ").replace('(', " ( ").replace(')', " ) ");
    let tokens: Vec<&str> = spaced.split_whitespace().collect();
    let mut place = 0;
    let met = any_of(&tokens, &mut place);
    met && place == tokens.len()
}

fn any_of(tokens: &[&str], place: &mut usize) -> bool {
    let mut met = all_of(tokens, place);
    while tokens.get(*place) == Some(&"OR") {
        *place += 1;
        met |= all_of(tokens, place);
    }
    met
}

fn all_of(tokens: &[&str], place: &mut usize) -> bool {
    let mut met = single(tokens, place);
    while tokens.get(*place) == Some(&"AND") {
        *place += 1;
        met &= single(tokens, place);
    }
    met
}

fn single(tokens: &[&str], place: &mut usize) -> bool {
    let Some(&token) = tokens.get(*place) else { return false };
    *place += 1;
    if token == "(" {
        let met = any_of(tokens, place);
        *place += 1;
        return met;
    }
    if tokens.get(*place) == Some(&"WITH") {
        let whole = tokens
            .get(*place + 1)
            .map(|exception| format!("{token} WITH {exception}"));
        *place += 2;
        return whole.is_some_and(|whole| LICENCES.contains(&whole.as_str()));
    }
    LICENCES.contains(&token)
}

#[test]
fn licence_expressions_are_understood() {
    for (expression, expected) in [
        ("MIT", true),
        ("GPL-3.0", false),
        ("MIT OR GPL-3.0", true),
        ("MIT AND GPL-3.0", false),
        ("Unlicense/MIT", true),
        ("(MIT OR GPL-3.0) AND Unicode-3.0", true),
        ("(MIT OR Apache-2.0) AND LGPL-2.1", false),
        ("Apache-2.0 WITH LLVM-exception OR GPL-2.0", true),
        ("GPL-2.0 WITH Classpath-exception-2.0", false),
        ("", false),
    ] {
        assert_eq!(acceptable(expression), expected, "{expression:?}");
    }
}

/// Every package that is built for this machine.
fn packages() -> Vec<serde_json::Value> {
    let rustc = Command::new("rustc").arg("-vV").output().unwrap();
    let version = String::from_utf8(rustc.stdout).unwrap();
    let host = version.lines().find_map(|line| line.strip_prefix("host: ")).unwrap();
    let metadata = Command::new(env!("CARGO"))
        .args([
            "metadata",
            "--format-version",
            "1",
            "--locked",
            "--filter-platform",
            host,
        ])
        .current_dir(root())
        .output()
        .unwrap();
    assert!(
        metadata.status.success(),
        "{}",
        String::from_utf8_lossy(&metadata.stderr)
    );
    let mut metadata: serde_json::Value = serde_json::from_slice(&metadata.stdout).unwrap();
    match metadata["packages"].take() {
        serde_json::Value::Array(packages) => packages,
        other => panic!("no packages: {other}"),
    }
}

#[test]
fn dependencies_are_permissive_and_come_once() {
    let mut complaints = Vec::new();
    let mut versions: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for package in packages() {
        let name = package["name"].as_str().unwrap().to_owned();
        let licence = package["license"].as_str().unwrap_or_default();
        if !acceptable(licence) {
            complaints.push(format!("{name}: licence {licence:?} is not on the list"));
        }
        let from_registry = package["source"]
            .as_str()
            .is_none_or(|source| source.starts_with("registry+"));
        if !from_registry {
            complaints.push(format!("{name}: comes from {}", package["source"]));
        }
        versions
            .entry(name)
            .or_default()
            .insert(package["version"].as_str().unwrap().to_owned());
    }
    for (name, versions) in versions.iter().filter(|(_, versions)| versions.len() > 1) {
        if !DOUBLED.contains(&name.as_str()) {
            complaints.push(format!(
                "{name}: comes in versions {versions:?}; agree on one or put it on the list"
            ));
        }
    }
    none(&complaints);
}
