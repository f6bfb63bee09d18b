//! Traces become flows: reproducible, in order, whole, and honest about what they cannot read.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use qiantang::app::verb;
use qiantang::cli::flow::body::{Bid, Deposit, Grant, Listing};
use qiantang::cli::flow::line::Line;
use qiantang::domain::id::OrgId;
use qiantang::domain::money::Money;
use qiantang::domain::programme::ProgrammeRules;
use serde_json::Value;
use tempfile::TempDir;

const NODES: &str = "\
sn,cpu_milli,memory_mib,gpu,model
openb-node-0000,64000,262144,2,P100
openb-node-0001,96000,786432,8,G2
openb-node-0002,96000,786432,8,G2
openb-node-0003,96000,786432,8,V100M32
openb-node-0004,32000,131072,4,T4
openb-node-0005,32000,131072,0,T4
";

const NODES_2026: &str = "\
gpu_model,gpu_capacity_num,cpu_num,node_name
GPU-series-1,4,192,0
A100-SXM4-80GB,8,128,3
H800,8,192,27
";

const PODS: &str = "\
name,cpu_milli,memory_mib,num_gpu,gpu_milli,gpu_spec,qos,pod_phase,creation_time,deletion_time,scheduled_time
openb-pod-0000,12000,16384,1,1000,,LS,Running,0,12537496,0
openb-pod-0001,6000,12288,1,460,,BE,Running,427061,430663,427061
openb-pod-0002,12000,24576,8,1000,G2|V100M32,Guaranteed,Running,1558381,1558500,1558382
openb-pod-0003,20000,65536,0,0,,LS,Running,1759674,1902960,1759676
openb-pod-0004,20000,65536,2,1000,,BE,Pending,1859674,1902960,
";

const JOBS: &str = "\
timestamp,duration,num_gpus,gpu_time,cluster
2017-09-04 10:30:41,2240194.0,8,17921552.0,7f04ca
2017-09-04 10:30:40,7201.0,1,3256045.0,6214e9
2017-09-07 09:57:50,0.0,16,0.0,6214e9
2017-09-07 10:14:53,3600.0,1,3600.0,ed69ec
";

/// A folder with small extracts.
fn extracts() -> TempDir {
    let folder = TempDir::new().unwrap();
    for (name, text) in [
        ("nodes.csv", NODES),
        ("nodes_2026.csv", NODES_2026),
        ("pods.csv", PODS),
        ("jobs.csv", JOBS),
    ] {
        fs::write(folder.path().join(name), text).unwrap();
    }
    folder
}

fn qiantang(folder: &Path, arguments: &str) -> Output {
    Command::new(env!("CARGO_BIN_EXE_qiantang"))
        .args(arguments.split_whitespace())
        .current_dir(folder)
        .env_remove("RUST_LOG")
        .output()
        .unwrap()
}

/// What the command prints, where it ends well.
fn printed(folder: &Path, arguments: &str) -> String {
    let output = qiantang(folder, arguments);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn lines(flow: &str) -> Vec<Line> {
    flow.lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}")))
        .collect()
}

fn of<'a>(flow: &'a [Line], verb: &'a str) -> impl Iterator<Item = &'a Line> {
    flow.iter().filter(move |line| line.verb == verb)
}

/// The bodies that hold none of the flow's own names.
const PLAIN: [&str; 9] = [
    "terms",
    "accelerator",
    "site",
    "reference",
    "deposit",
    "programme",
    "listing",
    "bid",
    "settle",
];

#[test]
fn the_exchange_understands_every_line() {
    let folder = extracts();
    for command in [OPENB, PHILLY, "demo"] {
        for line in lines(&printed(folder.path(), command)) {
            if PLAIN.contains(&&*line.verb) {
                let understood = verb::command(&line.verb, Some(OrgId(1)), line.body.clone());
                assert!(understood.is_ok(), "{command}: {line:?}: {understood:?}");
            }
        }
    }
}

fn bids(flow: &[Line]) -> Vec<Bid> {
    of(flow, "bid")
        .map(|line| serde_json::from_value(line.body.clone()).unwrap())
        .collect()
}

const OPENB: &str = "trace openb --nodes nodes.csv --pods pods.csv";
const PHILLY: &str = "trace philly --nodes nodes.csv --extra-nodes nodes_2026.csv --jobs jobs.csv";

#[test]
fn the_same_files_and_seed_give_the_same_flow() {
    let folder = extracts();
    for command in [OPENB, PHILLY, "demo"] {
        let first = printed(folder.path(), command);
        assert_eq!(
            first,
            printed(folder.path(), &format!("{command} --seed 1")),
            "{command}"
        );
        assert_ne!(
            first,
            printed(folder.path(), &format!("{command} --seed 2")),
            "{command}"
        );
        printed(folder.path(), &format!("{command} --out flow.jsonl"));
        assert_eq!(
            first,
            fs::read_to_string(folder.path().join("flow.jsonl")).unwrap(),
            "{command}"
        );
    }
}

#[test]
fn flows_are_in_order_and_name_only_what_stands_before() {
    let folder = extracts();
    for command in [OPENB, PHILLY, "demo"] {
        let flow = lines(&printed(folder.path(), command));
        let mut named = BTreeSet::new();
        for (number, pair) in (2..).zip(flow.windows(2)) {
            assert!(pair[0].at <= pair[1].at, "{command}, line {number}: time goes back");
        }
        for line in &flow {
            let mentions = ["a", "b", "owner", "programme", "org", "bid"];
            let mentioned = mentions
                .iter()
                .filter_map(|key| line.body.get(key).and_then(Value::as_str));
            for name in mentioned.chain(line.actor.as_deref()) {
                assert!(named.contains(name), "{command}: {name} is not known yet: {line:?}");
            }
            if let Some(name) = &line.name {
                assert!(named.insert(name.clone()), "{command}: {name} is named twice");
            }
        }
        let end: Vec<&str> = flow.iter().rev().take(2).map(|line| &*line.verb).collect();
        assert_eq!(end, ["settle", "meter"], "{command}");
    }
}

#[test]
fn bids_can_be_met_and_windows_hold_them() {
    let folder = extracts();
    for command in [OPENB, PHILLY, "demo"] {
        let flow = lines(&printed(folder.path(), command));
        let listings: Vec<Listing> = of(&flow, "listing")
            .map(|line| serde_json::from_value(line.body.clone()).unwrap())
            .collect();
        for line in of(&flow, "bid") {
            let bid: Bid = serde_json::from_value(line.body.clone()).unwrap();
            assert!(bid.earliest.timestamp() >= line.at, "{command}: {line:?}");
            for alternative in &bid.alternatives {
                assert!(
                    bid.earliest.plus(alternative.hours) <= bid.latest,
                    "{command}: {line:?}"
                );
                let offered = listings.iter().any(|listing| {
                    listing.accelerator == alternative.accelerator
                        && listing.max_hours >= alternative.hours
                        && listing.until >= bid.latest
                });
                assert!(offered, "{command}: nobody offers {alternative:?}");
            }
        }
    }
}

#[test]
fn vouchers_stay_inside_pots_and_caps() {
    let folder = extracts();
    let flow = lines(&printed(folder.path(), "demo"));
    for programme in of(&flow, "programme") {
        let rules: ProgrammeRules = serde_json::from_value(programme.body.clone()).unwrap();
        let grants: Vec<Grant> = of(&flow, "grant")
            .map(|line| serde_json::from_value(line.body.clone()).unwrap())
            .filter(|grant: &Grant| Some(&grant.programme) == programme.name.as_ref())
            .collect();
        assert!(grants.len() > 10);
        let cap = rules.cap_per_entity.unwrap();
        assert!(
            grants
                .iter()
                .all(|grant| grant.amount.is_positive() && grant.amount <= cap)
        );
        assert!(Money::sum(grants.iter().map(|grant| grant.amount)).unwrap() <= rules.pot);
    }
    let deposits = of(&flow, "deposit").map(|line| serde_json::from_value::<Deposit>(line.body.clone()).unwrap());
    assert!(deposits.map(|deposit| deposit.amount).all(Money::is_positive));
}

#[test]
fn pods_become_bids() {
    let folder = extracts();
    let output = qiantang(folder.path(), &format!("{OPENB} --format csv"));
    let summary = String::from_utf8(output.stderr).unwrap();
    for figure in [
        "trace_lines_read,5",
        "skipped_no_cards_wanted,1",
        "part_of_a_card_made_one_card,1",
    ] {
        assert!(summary.contains(figure), "{figure}: {summary}");
    }
    let bids = bids(&lines(&String::from_utf8(output.stdout).unwrap()));
    let cards_and_hours: Vec<(u32, u32)> = bids
        .iter()
        .map(|bid| (bid.alternatives[0].cards, bid.alternatives[0].hours))
        .collect();
    // 3,482 hours are cut to 720; 3,602 seconds are two hours; a pod that never ran gets one.
    assert_eq!(cards_and_hours, [(1, 720), (1, 2), (8, 1), (2, 1)]);
    let models: Vec<&str> = bids[2]
        .alternatives
        .iter()
        .map(|alternative| alternative.accelerator.as_str())
        .collect();
    assert_eq!(models, ["undisclosed-g2", "nvidia-v100-32g"], "gpu_spec");
}

#[test]
fn jobs_become_bids() {
    let folder = extracts();
    let flow = lines(&printed(folder.path(), PHILLY));
    let tenants = of(&flow, "org").filter(|line| line.body["kinds"] == serde_json::json!(["tenant"]));
    assert_eq!(tenants.count(), 3);
    let first = of(&flow, "bid").next().unwrap();
    assert_eq!(
        first.at.to_string(),
        "2026-12-01T00:00:00Z",
        "the earliest job, though not the first line"
    );
    let cards_and_hours: Vec<(u32, u32)> = bids(&flow)
        .iter()
        .map(|bid| (bid.alternatives[0].cards, bid.alternatives[0].hours))
        .collect();
    assert_eq!(cards_and_hours, [(1, 3), (8, 623), (16, 1), (1, 1)]);
}

#[test]
fn only_a_share_of_the_nodes_may_be_on_offer() {
    let folder = extracts();
    let cards = |arguments: &str| -> u32 {
        let flow = lines(&printed(folder.path(), arguments));
        let listings = of(&flow, "listing");
        listings
            .map(|line| serde_json::from_value::<Listing>(line.body.clone()).unwrap())
            .map(|l| l.islands)
            .sum()
    };
    assert_eq!((cards(PHILLY), cards(&format!("{PHILLY} --offered 50"))), (8, 4));
}

#[test]
fn what_cannot_be_read_is_named_by_file_line_and_field() {
    let folder = extracts();
    for (file, from, to, command, complaint) in [
        (
            "pods.csv",
            ",427061,430663,",
            ",soon,430663,",
            OPENB,
            r#"pods.csv, line 3, field creation_time: "soon""#,
        ),
        (
            "pods.csv",
            ",1558500,",
            ",1,",
            OPENB,
            r#"pods.csv, line 4, field deletion_time: "1" is earlier"#,
        ),
        (
            "pods.csv",
            "G2|V100M32",
            "G2|H999",
            OPENB,
            r#"pods.csv, line 4, field gpu_spec: "H999" is no model"#,
        ),
        (
            "pods.csv",
            "num_gpu,",
            "gpus,",
            OPENB,
            r#"pods.csv, line 1: no column "num_gpu""#,
        ),
        (
            "pods.csv",
            "0,0,,LS,Running,1759674",
            "0",
            OPENB,
            "pods.csv, line 5: CSV error",
        ),
        (
            "nodes.csv",
            "4,T4",
            "many,T4",
            OPENB,
            r#"nodes.csv, line 6, field gpu: "many""#,
        ),
        (
            "nodes.csv",
            "P100",
            "P1000",
            OPENB,
            r#"nodes.csv, line 2, field model: "P1000""#,
        ),
        (
            "nodes.csv",
            NODES,
            "sn,gpu,model\n",
            OPENB,
            "nodes.csv: no node with cards",
        ),
        (
            "jobs.csv",
            "2017-09-04 10:30:41",
            "2017-09-31 10:30:41",
            PHILLY,
            "jobs.csv, line 2, field timestamp",
        ),
        (
            "jobs.csv",
            "7201.0",
            "-7201.0",
            PHILLY,
            r#"jobs.csv, line 3, field duration: "-7201.0" is negative"#,
        ),
        (
            "jobs.csv",
            "7201.0",
            "long",
            PHILLY,
            r#"jobs.csv, line 3, field duration: "long""#,
        ),
    ] {
        let path = folder.path().join(file);
        let right = fs::read_to_string(&path).unwrap();
        assert!(right.contains(from), "{file}: {from}");
        fs::write(&path, right.replacen(from, to, 1)).unwrap();
        let output = qiantang(folder.path(), command);
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(3), "{complaint}: {said}");
        assert!(said.contains(complaint), "{complaint}: {said}");
        assert!(output.stdout.is_empty(), "{complaint}: half a flow");
        fs::write(&path, right).unwrap();
    }
}

#[test]
fn wrong_arguments_are_unusable_input() {
    let folder = extracts();
    for arguments in [
        "trace openb --nodes nodes.csv",
        "demo --seed x",
        "trace openb --nodes no.csv --pods pods.csv",
    ] {
        assert_eq!(qiantang(folder.path(), arguments).status.code(), Some(3), "{arguments}");
    }
    for arguments in ["--help", "trace philly --help", "--version", "completions bash"] {
        assert_eq!(qiantang(folder.path(), arguments).status.code(), Some(0), "{arguments}");
    }
}
