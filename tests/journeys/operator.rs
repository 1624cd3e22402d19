//! What must not surprise an operator: modes of files, secrets in messages, hints.

use std::{fs, os::unix::fs::PermissionsExt as _, path::Path};

use e2e::process::{Process, free_port, run};

use crate::binary::PINGYI;

fn said(output: &std::process::Output) -> String {
    let (out, err) = (&output.stdout, &output.stderr);
    format!("{}{}", String::from_utf8_lossy(out), String::from_utf8_lossy(err))
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[test]
fn s01_a_wrong_database_address_is_never_repeated() {
    let folder = tempfile::tempdir().unwrap();
    for wrong in [
        "postgres://pingyi:geheim@db:port/pingyi",
        "postgres://pingyi:ge/heim@db/pingyi",
        "postgres://pingyi:12/geheim@db/pingyi",
        "postgres://pingyi:12?geheim@db/pingyi",
        "postgres://pingyi:geheim#@db/pingyi",
        "postgres://pingyi:geheim@/pingyi?port=geheim",
        "postgres://127.0.0.1:9/pingyi?pasword=geheim",
        "postgres://127.0.0.1:9/pingyi?sslmode=geheim",
        "mysql://pingyi:geheim@db/pingyi",
    ] {
        let file = folder.path().join("pingyi.toml");
        fs::write(&file, format!("[database]\nurl = \"{wrong}\"\n")).unwrap();
        let variables = [("PINGYI__DATABASE__URL", wrong)];
        for command in ["migrate", "verify-audit", "print-config"] {
            for told in [
                run(PINGYI, folder.path(), &[command], &variables),
                run(PINGYI, folder.path(), &[command, "--config", "pingyi.toml"], &[]),
            ] {
                let said = said(&told);
                assert!(!told.status.success(), "{command} takes {wrong}: {said}");
                assert!(!said.contains("geheim") && !said.contains("heim@"), "{said}");
                assert!(said.contains("URL"), "and says which value it is: {said}");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn s01_stores_are_their_owners_alone_and_an_open_address_is_refused_or_warned_of() {
    let folder = tempfile::tempdir().unwrap();
    // As an earlier version has left them.
    let stores = folder.path().join(".pingyi/data");
    fs::create_dir_all(&stores).unwrap();
    for name in ["intake.sqlite", "intake.sqlite-wal"] {
        fs::write(stores.join(name), "").unwrap();
        fs::set_permissions(stores.join(name), fs::Permissions::from_mode(0o644)).unwrap();
    }
    let process = Process::serve(PINGYI, folder.path(), &["all", "--dev"], &[]).await;
    let files: Vec<_> = fs::read_dir(&stores).unwrap().map(|file| file.unwrap().path()).collect();
    assert!(files.len() >= 4, "{files:?}");
    for file in files {
        // The store of documents is a folder.
        let alone = if file.is_dir() { 0o700 } else { 0o600 };
        assert_eq!(mode(&file), alone, "{}", file.display());
    }
    assert!(!process.log().contains("in the clear"), "nobody else reaches it");
    let taken = [("PINGYI__LISTEN__ADDRESS", process.address.as_str())];
    let refused = said(&run(PINGYI, folder.path(), &["demo", "--exit"], &taken));
    assert!(refused.contains("another `cargo run` or `pingyi serve` may be up"), "{refused}");
    assert!(process.stop().await, "an orderly end");

    let port = free_port();
    let address = format!("0.0.0.0:{port}");
    let open =
        [("PINGYI__LISTEN__ADDRESS", address.as_str()), ("PINGYI__TLS__PLAINTEXT", "allowed")];
    let refused = said(&run(PINGYI, folder.path(), &["serve", "--dev"], &open[..1]));
    assert!(
        refused.contains("listen.address 0.0.0.0:") && refused.contains("in the clear"),
        "{refused}"
    );
    let process = Process::serve_at(port, PINGYI, folder.path(), &["all", "--dev"], &open).await;
    assert!(process.log().contains("listen.address 0.0.0.0:"), "it warns");
    assert!(process.stop().await, "an orderly end");
}

#[tokio::test(flavor = "multi_thread")]
async fn s01_beside_the_demonstration_its_audit_is_verified_and_its_names_are_exported_for_one() {
    let folder = tempfile::tempdir().unwrap();
    let variables = [("PINGYI__LISTEN__ADDRESS", "127.0.0.1:0")];
    let told = run(PINGYI, folder.path(), &["demo", "--exit"], &variables);
    assert!(told.status.success(), "{}", said(&told));
    let told = said(&run(PINGYI, folder.path(), &["verify-audit"], &[]));
    assert!(
        told.contains("the audit chain is whole: ") && told.contains(".pingyi/stores"),
        "{told}"
    );
    assert!(!folder.path().join(".pingyi/data").exists(), "looking for a store makes none");
    for name in ["kiosk", "authority", "agency", "citizen", "system", "messenger", "peer"] {
        assert_eq!(mode(&folder.path().join(format!(".pingyi/tokens/{name}.token"))), 0o600);
    }

    let stores = format!("sqlite:{}", folder.path().join(".pingyi/stores").display());
    let variables = [("PINGYI__DATABASE__URL", stores.as_str())];
    let process = Process::serve(PINGYI, folder.path(), &["all", "--dev"], &variables).await;
    let endpoint = format!("http://{}", process.address);
    let names = folder.path().join("staff.csv");
    let arguments = [
        "export",
        "staff",
        "--region",
        "652301",
        "--endpoint",
        &endpoint,
        "--token",
        ".pingyi/tokens/authority.token",
        "--output",
        "staff.csv",
    ];
    let told = run(PINGYI, folder.path(), &arguments, &[]);
    assert!(told.status.success(), "{}", said(&told));
    assert_eq!(mode(&names), 0o600);
    assert!(process.stop().await, "an orderly end");
}
