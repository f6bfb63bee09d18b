//! The documents against the code: tables of codes, verbs, commands and fields, and every path that is named.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use qiantang::api::server::describe;
use qiantang::api::settings::SETTINGS;
use qiantang::app::programme;
use qiantang::domain::usage::{CORRECTION_TYPE, COUNTER_TYPE, SPAN_TYPE, WITHDRAWAL_TYPE};
use serde_json::Value;

use super::harness::binary::run_well;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap()
}

/// The rows of the tables whose header begins with `head`, as cells.
fn rows(text: &str, head: &str) -> Vec<Vec<String>> {
    let mut rows = Vec::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        if line.starts_with(&format!("| {head} |")) {
            let table = lines.by_ref().skip(1).take_while(|line| line.starts_with('|'));
            rows.extend(table.map(|row| {
                let cells = row.trim_matches('|').split('|');
                cells.map(|cell| cell.trim().trim_matches('`').to_owned()).collect()
            }));
        }
    }
    assert!(!rows.is_empty(), "there is no table {head:?}");
    rows
}

/// The texts between `before` and `after`.
fn between<'a>(text: &'a str, before: &'a str, after: char) -> impl Iterator<Item = &'a str> {
    let parts = text.split(before).skip(1);
    parts.filter_map(move |part| part.split_once(after).map(|(found, _)| found))
}

/// The texts in quotation marks.
fn quoted(text: &str) -> impl Iterator<Item = &str> {
    text.split('"').skip(1).step_by(2)
}

fn set<'a>(words: impl IntoIterator<Item = &'a str>) -> BTreeSet<String> {
    words.into_iter().map(str::to_owned).collect()
}

fn column(rows: &[Vec<String>], place: usize) -> BTreeSet<String> {
    rows.iter().map(|row| row[place].clone()).collect()
}

/// What stands in front of a file's tests.
fn code(path: &str) -> String {
    let text = read(path);
    text.split("#[cfg(test)]").next().unwrap_or_default().to_owned()
}

#[test]
fn every_problem_is_in_the_table_and_nothing_else() {
    // `("code", "Title", status)` of a rejection; `Problem::new("code", "Title", status, …)` of anything else.
    let text = code("src/app/problem.rs") + &code("src/app/identity/error.rs") + &code("src/api/problem.rs");
    let mut found = BTreeSet::new();
    for tuple in between(&text, "(\"", ')') {
        let parts: Vec<&str> = tuple.split(", ").collect();
        let status = parts.get(2).filter(|status| status.parse::<u16>().is_ok());
        if let (Some(status), Some(code)) = (status, parts[0].strip_suffix('"')) {
            found.insert((code.to_owned(), (*status).to_owned()));
        }
    }
    assert!(found.len() > 10, "{found:?}");
    let api = read("docs/API.md");
    let told = rows(&api, "code").into_iter();
    let told: BTreeSet<(String, String)> = told.map(|row| (row[0].clone(), row[1].clone())).collect();
    assert_eq!(told, found);
}

#[test]
fn every_field_code_is_in_the_table_and_nothing_else() {
    let text = code("src/engine/rejection/field.rs");
    let variants = between(&text, "pub enum FieldRule {", '}').next().unwrap();
    let names = variants
        .lines()
        .map(str::trim)
        .filter_map(|line| line.strip_suffix(','));
    let found: BTreeSet<String> = names.map(snake_case).collect();
    assert!(found.len() > 10, "{found:?}");
    assert_eq!(column(&rows(&read("docs/API.md"), "field code"), 0), found);
}

fn snake_case(name: &str) -> String {
    let mut snake = String::new();
    for letter in name.chars() {
        if letter.is_uppercase() && !snake.is_empty() {
            snake.push('_');
        }
        snake.extend(letter.to_lowercase());
    }
    snake
}

#[test]
fn every_reason_to_refuse_usage_is_in_the_table_and_nothing_else() {
    let text = code("src/engine/usage/check.rs") + &code("src/engine/usage/key.rs");
    let words = quoted(&text)
        .filter(|word| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_'));
    // What is refused before it is a command (src/app/usage.rs).
    let words = words.chain(["malformed", "unknown_type", "bad_signature"]);
    let told = column(&rows(&read("docs/API.md"), "code of a rejected event"), 0);
    assert_eq!(told, set(words));
    for kind in [SPAN_TYPE, COUNTER_TYPE, CORRECTION_TYPE, WITHDRAWAL_TYPE] {
        assert!(read("docs/API.md").contains(kind), "{kind}");
    }
}

#[test]
fn every_verb_is_in_the_table_and_nothing_else() {
    let text = code("src/app/verb.rs");
    let mut found: BTreeSet<String> = BTreeSet::new();
    for line in text.lines().map(str::trim).filter(|line| line.contains("\" => ")) {
        found.extend(quoted(line).take(1).map(str::to_owned));
    }
    found.insert("meter".to_owned());
    assert!(found.len() > 10, "{found:?}");
    let rows = rows(&read("docs/API.md"), "verb");
    assert_eq!(column(&rows, 0), found);
    for row in rows {
        let own = text.contains(&format!("own(\"{}\")", row[0]));
        assert_eq!(row[1] == "as", own, "{}", row[0]);
    }
}

#[test]
fn every_command_is_in_the_table_and_nothing_else() {
    let help = run_well(&["--help"]);
    let commands = help.split("Commands:\n").nth(1).unwrap().split("\n\n").next().unwrap();
    let named = commands.lines().filter(|line| !line.starts_with("   "));
    let mut found = set(named.filter_map(|line| line.split_whitespace().next()));
    found.remove("help");
    let told = rows(&read("docs/OPERATING.md"), "command").into_iter();
    let told: BTreeSet<String> = told
        .filter_map(|row| row[0].split_whitespace().nth(1).map(str::to_owned))
        .collect();
    assert_eq!(told, found);
}

#[test]
fn every_setting_is_in_the_table_and_nothing_else() {
    let told = rows(&read("docs/OPERATING.md"), "setting");
    let found: Vec<Vec<String>> = SETTINGS
        .iter()
        .map(|setting| {
            vec![
                setting.name.to_owned(),
                setting.default.to_owned(),
                setting.meaning.to_owned(),
            ]
        })
        .collect();
    assert_eq!(told, found);
}

/// `QIANTANG_BLESS=1 cargo test --test it docs` writes it anew.
#[test]
fn the_description_of_the_api_is_the_servers_own() {
    let (document, _) = describe().unwrap();
    let own = serde_json::to_string_pretty(&document).unwrap() + "\n";
    if std::env::var_os("QIANTANG_BLESS").is_some() {
        fs::write(root().join("docs/openapi.json"), &own).unwrap();
    }
    assert!(
        read("docs/openapi.json") == own,
        "docs/openapi.json is not what the server says"
    );
}

/// Method and path, who may, and what it does, of each endpoint in the description.
fn endpoints() -> Vec<String> {
    let (document, _) = describe().unwrap();
    let mut rows = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let who = operation["x-roles"]
                .as_object()
                .map_or_else(|| "everybody".to_owned(), who);
            let does = operation["summary"].as_str().unwrap().trim_end_matches('.');
            rows.push(format!("| `{} {path}` | {who} | {does} |", method.to_uppercase()));
        }
    }
    rows
}

fn who(roles: &serde_json::Map<String, Value>) -> String {
    let named = |(role, scope): (&String, &Value)| format!("{role}{}", if scope == "all" { "*" } else { "" });
    let named: Vec<String> = roles.iter().map(named).collect();
    let all = |mark: &str| ["auditor", "issuer", "operator", "provider", "tenant"].map(|role| format!("{role}{mark}"));
    match named {
        named if named == all("*") => "all*".to_owned(),
        named if named == all("") => "all".to_owned(),
        named => named.join(" "),
    }
}

/// `QIANTANG_BLESS=1 cargo test --test it docs` writes it anew.
#[test]
fn every_endpoint_is_in_the_table_and_nothing_else() {
    let head = "| endpoint | who | does |\n|---|---|---|\n";
    let text = read("docs/API.md");
    let (before, rest) = text.split_once(head).unwrap();
    let (told, after) = rest.split_once("\n\n").unwrap_or(rest.split_once('\n').unwrap());
    let own = endpoints().join("\n");
    if std::env::var_os("QIANTANG_BLESS").is_some() {
        let after = after.trim_start();
        fs::write(root().join("docs/API.md"), format!("{before}{head}{own}\n\n{after}")).unwrap();
    } else {
        assert_eq!(told, own);
    }
}

#[test]
fn every_exit_code_is_in_the_table() {
    let told = column(&rows(&read("docs/OPERATING.md"), "exit code"), 0);
    assert_eq!(told, set(["0", "1", "2", "3", "4"]));
}

#[test]
fn every_field_of_a_programme_is_explained() {
    let text = read("docs/PROGRAMMES.md");
    let example = between(&text, "```json\n", '`').next().unwrap();
    let example = serde_json::from_str(example).unwrap();
    programme::read(example).unwrap_or_else(|refused| panic!("the example is refused: {refused}"));
    let (document, _) = describe().unwrap();
    let mut names = BTreeSet::new();
    let rules = &document["components"]["schemas"]["ProgrammeRules"];
    each_field(&document, rules, &mut names, &mut BTreeSet::new());
    assert!(names.len() > 80, "{names:?}");
    let explained = column(&rows(&text, "field"), 0);
    let explained = explained.iter().map(String::as_str).collect::<Vec<&str>>().join(" ");
    let words = set(explained.split(|letter: char| !letter.is_alphanumeric() && letter != '_'));
    let missing: Vec<&String> = names.difference(&words).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

/// The names of the fields of a schema, and of all that it leads to.
fn each_field(document: &Value, schema: &Value, names: &mut BTreeSet<String>, seen: &mut BTreeSet<String>) {
    match schema {
        Value::Object(parts) => {
            for name in parts
                .get("properties")
                .and_then(Value::as_object)
                .into_iter()
                .flat_map(|fields| fields.keys())
            {
                names.insert(name.clone());
            }
            let named = parts.get("$ref").and_then(Value::as_str);
            if let Some(name) = named.and_then(|path| path.rsplit('/').next())
                && seen.insert(name.to_owned())
            {
                each_field(document, &document["components"]["schemas"][name], names, seen);
            }
            parts.values().for_each(|part| each_field(document, part, names, seen));
        }
        Value::Array(parts) => parts.iter().for_each(|part| each_field(document, part, names, seen)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// All documents.
fn documents() -> Vec<PathBuf> {
    let mut found = vec![root().join("README.md"), root().join("seeds/README.md")];
    for folder in ["docs", "docs/decisions"] {
        for entry in fs::read_dir(root().join(folder)).unwrap() {
            found.push(entry.unwrap().path());
        }
    }
    found.retain(|path| path.extension().is_some_and(|extension| extension == "md"));
    found
}

#[test]
fn what_the_documents_point_to_exists() {
    let mut complaints = Vec::new();
    for document in documents() {
        let text = fs::read_to_string(&document).unwrap();
        let folder = document.parent().unwrap();
        for link in between(&text, "](", ')').filter(|link| !link.contains("://")) {
            let file = link.split('#').next().unwrap_or_default();
            if !file.is_empty() && !folder.join(file).exists() {
                complaints.push(format!("{}: {link}", document.display()));
            }
        }
        let folders = ["src/", "tests/", "seeds/", "migrations/", "docs/", "benches/", ".ci/"];
        for word in text.split('`').skip(1).step_by(2) {
            let path = word.split([':', ' ']).next().unwrap_or_default();
            let named = folders.iter().any(|folder| path.starts_with(folder)) && !path.contains(['*', '<', '…', '{']);
            if named && !root().join(path).exists() {
                complaints.push(format!("{}: {path}", document.display()));
            }
        }
    }
    assert!(complaints.is_empty(), "\n{}", complaints.join("\n"));
}

#[test]
fn decisions_are_numbered_and_all_listed() {
    let index = read("docs/ARCHITECTURE.md");
    let mut numbers = BTreeSet::new();
    for entry in fs::read_dir(root().join("docs/decisions")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        assert!(index.contains(&format!("decisions/{name}")), "{name} is not listed");
        numbers.insert(name[..4].parse::<usize>().unwrap());
    }
    assert!(numbers.iter().copied().eq(1..=numbers.len()), "{numbers:?}");
}

/// All files with code in a folder.
fn sources(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let each = entries.map(|path| if path.is_dir() { sources(&path) } else { vec![path] });
    each.flatten()
        .filter(|path| path.extension().is_some_and(|extension| extension == "rs"))
        .collect()
}

/// The names that schemas of a text have in the description of the API.
fn schemas(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut lines = text.lines().map(str::trim);
    while let Some(line) = lines.next() {
        if !(line.starts_with("#[derive(") && line.contains("ToSchema")) {
            continue;
        }
        let mut name = None;
        for line in lines.by_ref() {
            if let Some((_, renamed)) = line.split_once("#[schema(as = ") {
                name = renamed.split([',', ')']).next().map(str::to_owned);
            }
            if !line.starts_with('#') && !line.starts_with("//") {
                let kind = line.split_once("struct ").or_else(|| line.split_once("enum "));
                let declared = kind.and_then(|(_, rest)| rest.split(|letter: char| !letter.is_alphanumeric()).next());
                found.extend(name.or(declared.map(str::to_owned)));
                break;
            }
        }
    }
    found
}

#[test]
fn no_two_schemas_have_one_name() {
    let two = "#[derive(Debug, utoipa::ToSchema)]\n#[schema(as = B)]\npub struct A {\n#[derive(ToSchema)]\npub(crate) enum B {";
    assert_eq!(schemas(two), ["B", "B"]);
    let mut places: std::collections::BTreeMap<String, Vec<PathBuf>> = Default::default();
    for path in sources(&root().join("src")) {
        for name in schemas(&fs::read_to_string(&path).unwrap()) {
            places.entry(name).or_default().push(path.clone());
        }
    }
    assert!(places.len() > 100, "{}", places.len());
    let twice: Vec<_> = places.iter().filter(|(_, places)| places.len() > 1).collect();
    assert!(
        twice.is_empty(),
        "one would overwrite the other in docs/openapi.json: {twice:#?}"
    );
}
