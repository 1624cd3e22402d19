//! PostgreSQL and Redis of a test's own that take nobody without TLS.

use std::{
    fs,
    net::TcpListener,
    os::unix::fs::{MetadataExt as _, PermissionsExt as _},
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
};

use sea_orm_migration::prelude::{MigrationTrait, MigratorTrait, async_trait};
use tempfile::TempDir;

use crate::{
    bus::Bus,
    database::{Location, Store},
    facts,
    keys::Keys,
    testing::{certificates::Authority, wait::until},
};

/// A server that ends with its test.
struct Server {
    child: Child,
    port: u16,
    folder: TempDir,
    ca: PathBuf,
}

impl Drop for Server {
    fn drop(&mut self) {
        // Already gone is as good as killed.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// A folder with an authority and the certificate of `localhost`.
fn house() -> (TempDir, PathBuf) {
    let (folder, authority) = (tempfile::tempdir().unwrap(), Authority::new());
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o711)).unwrap();
    let ca = authority.write(folder.path(), "ca.crt");
    let _ = authority.server(folder.path(), "server", &["localhost"]);
    (folder, ca)
}

/// A program as the user that PostgreSQL runs as; it dies with the test.
fn unprivileged(program: &Path) -> Command {
    let mut command = Command::new("setpriv");
    if fs::metadata("/proc/self").unwrap().uid() == 0 {
        command.args(["--reuid=postgres", "--regid=postgres", "--init-groups"]);
    }
    command.args(["--pdeathsig", "KILL"]).arg(program).stdin(Stdio::null());
    command
}

fn done(output: &Output) {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// Where PostgreSQL's programs are: of the newest version there is.
fn programs() -> PathBuf {
    let versions = fs::read_dir("/usr/lib/postgresql").unwrap();
    let versions = versions.map(|version| version.unwrap().path().join("bin"));
    versions.filter(|bin| bin.join("initdb").exists()).max().unwrap()
}

impl Server {
    async fn postgres() -> Self {
        let ((folder, ca), port, programs) = (house(), free_port(), programs());
        let home = folder.path().join("home");
        fs::create_dir(&home).unwrap();
        for name in ["server.crt", "server.key"] {
            fs::copy(folder.path().join(name), home.join(name)).unwrap();
        }
        fs::set_permissions(home.join("server.key"), fs::Permissions::from_mode(0o600)).unwrap();
        if fs::metadata(&home).unwrap().uid() == 0 {
            done(&Command::new("chown").args(["-R", "postgres:"]).arg(&home).output().unwrap());
        }
        let data = home.join("data");
        let initdb = unprivileged(&programs.join("initdb"))
            .args(["--username=postgres", "--auth=trust", "--no-sync", "--locale=C.UTF-8", "-D"])
            .arg(&data)
            .current_dir(&home)
            .output();
        done(&initdb.unwrap());
        fs::write(data.join("pg_hba.conf"), "hostssl all all all trust\n").unwrap();
        let mut postgres = unprivileged(&programs.join("postgres"));
        postgres.arg("-D").arg(&data).arg("-k").arg(&home).current_dir(&home);
        postgres.args([
            "-p",
            &port.to_string(),
            "-c",
            "listen_addresses=localhost",
            "-c",
            "ssl=on",
        ]);
        for (setting, name) in [("ssl_cert_file", "server.crt"), ("ssl_key_file", "server.key")] {
            postgres.arg("-c").arg(format!("{setting}={}", home.join(name).display()));
        }
        postgres.stdout(Stdio::null()).stderr(Stdio::null());
        let server = Self { child: postgres.spawn().unwrap(), port, folder, ca };
        until("PostgreSQL answers", async || {
            server.opens("localhost", "verify-full").await.is_ok()
        })
        .await;
        server
    }

    /// Opens a store there, by this name of the server, believing its authority.
    async fn opens(&self, host: &str, mode: &str) -> Result<Store, String> {
        self.opens_by(host, mode, &self.ca).await
    }

    async fn opens_by(&self, host: &str, mode: &str, ca: &Path) -> Result<Store, String> {
        let (port, ca) = (self.port, ca.display());
        let url =
            format!("postgres://postgres@{host}:{port}/postgres?sslmode={mode}&sslrootcert={ca}");
        let location = Location::parse(&url).unwrap();
        let migrated = Store::migrate::<House>(&location, "intake").await;
        migrated.map_err(|error| crate::status::causes(&error))?;
        Ok(Store::open::<House>(&location, "intake").await.unwrap())
    }

    /// Redis with one user, who may touch the streams of facts only.
    async fn redis() -> Self {
        let ((folder, ca), port) = (house(), free_port());
        #[expect(clippy::disallowed_methods, reason = "tests/run says where the server is")]
        let program = std::env::var("PINGYI_TEST_REDIS_SERVER");
        let mut redis = Command::new("setpriv");
        redis.args(["--pdeathsig", "KILL"]);
        redis.arg(program.unwrap_or_else(|_| "redis-server".to_owned()));
        redis.args(["--port", "0", "--tls-port", &port.to_string(), "--bind", "127.0.0.1"]);
        redis.args(["--tls-auth-clients", "no", "--save", "", "--appendonly", "no"]);
        redis.args(["--user", "default", "off"]);
        redis.args(["--user", "pingyi", "on", ">geheim", "~facts:*", "+@all", "-@admin"]);
        for (setting, name) in [
            ("--tls-cert-file", "server.crt"),
            ("--tls-key-file", "server.key"),
            ("--tls-ca-cert-file", "ca.crt"),
        ] {
            redis.arg(setting).arg(folder.path().join(name));
        }
        redis.current_dir(folder.path()).stdout(Stdio::null()).stderr(Stdio::null());
        let server = Self { child: redis.spawn().unwrap(), port, folder, ca };
        let ca = server.ca.clone();
        until("Redis answers", async || server.asked("pingyi:geheim", &ca).await.is_ok()).await;
        server
    }

    async fn asked(&self, user: &str, ca: &Path) -> Result<(), String> {
        let url = format!("rediss://{user}@localhost:{}", self.port);
        let bus = Bus::redis(&url, &Keys::make()).unwrap().with_authorities(Some(ca)).unwrap();
        let told = |error: redis::RedisError| crate::status::causes(&error);
        let connection = bus.connect(None).await.map_err(told)?;
        let mut connection = connection.unwrap();
        let added = redis::cmd("XADD").arg("facts:intake").arg("*").arg("a").arg("b").to_owned();
        added.query_async::<String>(&mut connection).await.map(drop).map_err(told)
    }
}

struct House;

#[async_trait::async_trait]
impl MigratorTrait for House {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![Box::new(facts::migration::Migration), Box::new(facts::identity::Migration)]
    }
}

#[tokio::test]
async fn s04_postgresql_is_known_by_its_certificate_and_its_name() {
    let server = Server::postgres().await;
    let store = server.opens("localhost", "verify-full").await.unwrap();
    assert!(store.durability().await.is_ok());
    let other_name = server.opens("127.0.0.1", "verify-full").await.map(drop).unwrap_err();
    assert!(other_name.contains("not valid for name"), "{other_name}");
    let stranger = Authority::new().write(server.folder.path(), "stranger.crt");
    let refused = server.opens_by("localhost", "verify-full", &stranger).await;
    let refused = refused.map(drop).unwrap_err();
    assert!(refused.contains("BadSignature"), "{refused}");
    let clear = server.opens("localhost", "disable").await.map(drop).unwrap_err();
    assert!(clear.contains("no encryption"), "{clear}");
}

#[tokio::test]
async fn s04_redis_is_known_by_its_certificate_and_knows_its_user() {
    let server = Server::redis().await;
    server.asked("pingyi:geheim", &server.ca).await.unwrap();
    let refused = server.asked("pingyi:falsch", &server.ca).await.unwrap_err();
    assert!(refused.to_lowercase().contains("auth") || refused.contains("WRONGPASS"), "{refused}");
    let stranger = Authority::new().write(server.folder.path(), "stranger.crt");
    let refused = server.asked("pingyi:geheim", &stranger).await.unwrap_err();
    assert!(refused.contains("BadSignature"), "{refused}");
}
