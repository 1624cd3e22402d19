//! Who may call what: the line `Called by:` of each RPC's comment in the contract is the one table.

use std::{collections::BTreeMap, fmt::Write as _, fs, path::Path};

/// A caller without identity.
pub const NOBODY: &str = "nobody";
/// Every kind of caller, as claims name it (`kind`), and nobody.
pub const KINDS: [&str; 13] = [
    NOBODY,
    "terminal",
    "citizen",
    "system",
    "handler",
    "authority",
    "publisher",
    "auditor",
    "system_administrator",
    "security_administrator",
    "messenger",
    "deployment",
    "peer",
];
const EVERYONE: &str = "everyone";
const CALLED_BY: &str = "// Called by: ";

/// The kinds of caller that each RPC admits, by its full name, `package.Service/Method`.
///
/// # Panics
/// If an RPC does not say it, or in words that are none.
#[must_use]
pub fn admitted() -> BTreeMap<String, Vec<&'static str>> {
    let contract = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().join("proto/pingyi");
    let (mut folders, mut admitted) = (vec![contract], BTreeMap::new());
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|ending| ending == "proto") {
                read(&fs::read_to_string(&path).unwrap(), &mut admitted);
            }
        }
    }
    admitted
}

fn read(contract: &str, admitted: &mut BTreeMap<String, Vec<&'static str>>) {
    let (mut package, mut service, mut called_by) = ("", "", None);
    for line in contract.lines().map(str::trim) {
        let name = |keyword: &str, end: char| line.strip_prefix(keyword)?.split(end).next();
        if let Some(told) = line.strip_prefix(CALLED_BY) {
            called_by = Some(told);
        } else if let Some(named) = name("package ", ';') {
            package = named;
        } else if let Some(named) = name("service ", ' ') {
            service = named;
        } else if let Some(method) = name("rpc ", '(') {
            let rpc = format!("{package}.{service}/{method}");
            let told = called_by.take().unwrap_or_else(|| panic!("{rpc}: who calls it?"));
            let kinds = kinds(told).unwrap_or_else(|word| panic!("{rpc}: {word} is no caller"));
            admitted.insert(rpc, kinds);
        }
    }
}

fn kinds(told: &str) -> Result<Vec<&'static str>, &str> {
    let told = told.trim_end_matches('.');
    if told == EVERYONE {
        return Ok(KINDS.to_vec());
    }
    let kind = |word| KINDS.into_iter().find(|kind| *kind == word).ok_or(word);
    told.split(", ").map(kind).collect()
}

/// The same as a table for the manual: a line for each service and each set of callers.
#[must_use]
pub fn table() -> String {
    let mut lines: BTreeMap<(String, String), Vec<String>> = BTreeMap::new();
    for (rpc, kinds) in admitted() {
        let (service, method) = rpc.split_once('/').unwrap();
        let service = service.rsplit('.').next().unwrap();
        let who = match kinds.len() == KINDS.len() {
            true => EVERYONE.to_owned(),
            false => kinds.iter().map(|kind| format!("`{kind}`")).collect::<Vec<_>>().join(", "),
        };
        lines.entry((service.to_owned(), who)).or_default().push(method.to_owned());
    }
    let mut table = "| service | RPCs | called by |\n|---|---|---|\n".to_owned();
    for ((service, who), rpcs) in lines {
        writeln!(table, "| {service} | {} | {who} |", rpcs.join(", ")).unwrap();
    }
    table
}
