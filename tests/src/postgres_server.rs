//! A PostgreSQL of a test's own, on a free port, that can be killed, frozen, and put back to what it
//! was: the lagging standby that takes over.

use std::{
    fs::{self, OpenOptions},
    os::unix::fs::{MetadataExt as _, PermissionsExt as _},
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
    time::Duration,
};

use sea_orm::{ConnectOptions, ConnectionTrait as _, Database, DbErr};
use tempfile::TempDir;

use crate::{
    LOOK, PATIENCE,
    process::{free_port, signal},
    stretched, until,
};

/// A running PostgreSQL with `fsync` on; gone when dropped.
pub struct PostgresServer {
    programs: PathBuf,
    folder: TempDir,
    port: u16,
    child: Option<Child>,
    copies: usize,
}

impl PostgresServer {
    /// Starts one with nothing in it but the database `pingyi`.
    ///
    /// # Panics
    /// If there is none to be had; `tests/run` installs it.
    pub async fn start() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o711)).expect("a mode");
        let programs = programs();
        let mut server = Self { programs, folder, port: free_port(), child: None, copies: 0 };
        let home = server.home();
        fs::create_dir(&home).expect("a folder");
        if is_root() {
            assert!(ran("chown", &["postgres:", &home.display().to_string()]));
        }
        let data = format!("--pgdata={}", server.data().display());
        let settings = ["--username=postgres", "--auth=trust", "--encoding=UTF8", "--no-sync"];
        let made =
            server.run("initdb", &[&[data.as_str(), "--locale=C.UTF-8"], &settings[..]].concat());
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        server.begin().await;
        server.execute("postgres", "CREATE DATABASE pingyi").await.expect("a database");
        server
    }

    fn home(&self) -> PathBuf {
        self.folder.path().join("home")
    }

    fn data(&self) -> PathBuf {
        self.home().join("data")
    }

    fn log_file(&self) -> PathBuf {
        self.folder.path().join("postgres.log")
    }

    /// The port it listens on.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Where its database `pingyi` is.
    #[must_use]
    pub fn url(&self) -> String {
        self.url_of("pingyi")
    }

    fn url_of(&self, database: &str) -> String {
        format!("postgres://postgres@127.0.0.1:{}/{database}", self.port)
    }

    /// A program of PostgreSQL's, as the user whose server it is.
    fn program(&self, name: &str) -> Command {
        let program = self.programs.join(name);
        let mut command = Command::new("setpriv");
        if is_root() {
            command.args(["--reuid=postgres", "--regid=postgres", "--init-groups"]);
        }
        // It dies with the test, whatever becomes of that.
        command.args(["--pdeathsig", "KILL"]).arg(program);
        command.current_dir(self.home()).stdin(Stdio::null());
        command
    }

    /// Runs a program of PostgreSQL's to its end.
    ///
    /// # Panics
    /// If it does not start.
    #[must_use]
    pub fn run(&self, name: &str, arguments: &[&str]) -> Output {
        self.program(name).args(arguments).output().expect("the program runs")
    }

    /// Starts it, where it was before, and waits until it answers.
    ///
    /// # Panics
    /// If it does not start.
    pub async fn begin(&mut self) {
        assert!(self.child.is_none(), "it runs already");
        let begun = async {
            loop {
                let mut child = self.spawn();
                // Until it answers or ends: another one's last processes may still be there, or a port
                // that was free is not any more.
                while child.try_wait().is_ok_and(|ended| ended.is_none()) {
                    if self.answers().await {
                        self.child = Some(child);
                        return;
                    }
                    tokio::time::sleep(LOOK).await;
                }
                tokio::time::sleep(LOOK).await;
            }
        };
        if tokio::time::timeout(stretched(PATIENCE), begun).await.is_err() {
            panic!("PostgreSQL does not start: {}", self.log());
        }
    }

    fn spawn(&self) -> Child {
        let log = OpenOptions::new().create(true).append(true).open(self.log_file());
        let log = log.expect("a log file");
        let mut command = self.program("postgres");
        command.arg("-D").arg(self.data()).arg("-k").arg(self.home());
        command.args(["-p", &self.port.to_string()]);
        for setting in [
            "listen_addresses=127.0.0.1",
            "max_connections=200",
            "shared_buffers=64MB",
            "fsync=on",
            "synchronous_commit=on",
            "deadlock_timeout=200ms",
            "log_line_prefix=%m [%p] %a ",
        ] {
            command.args(["-c", setting]);
        }
        command.stdout(log.try_clone().expect("a log file")).stderr(log);
        command.spawn().expect("setpriv runs")
    }

    async fn answers(&self) -> bool {
        self.execute("postgres", "SELECT 1").await.is_ok()
    }

    /// Has it run a statement, on a connection of its own.
    ///
    /// # Errors
    /// If it is away or refuses.
    pub async fn execute(&self, database: &str, sql: &str) -> Result<u64, DbErr> {
        let mut options = ConnectOptions::new(self.url_of(database));
        options.max_connections(1).acquire_timeout(Duration::from_secs(5)).sqlx_logging(false);
        let connection = Database::connect(options).await?;
        let done = connection.execute_unprepared(sql).await;
        // It is of no more use, whatever happened.
        let _ = connection.close().await;
        done.map(|done| done.rows_affected())
    }

    /// Stops it as a crash does (`immediate`): what was committed is there when it begins again.
    pub async fn stop_at_once(&mut self) {
        self.stop("QUIT").await;
    }

    async fn stop(&mut self, how: &str) {
        let Some(child) = &mut self.child else { return };
        signal(child.id(), how);
        until("PostgreSQL ends", async || child.try_wait().is_ok_and(|ended| ended.is_some()))
            .await;
        self.child = None;
    }

    /// Kills it where it stands, its sessions with it.
    pub fn kill(&mut self) {
        let Some(mut child) = self.child.take() else { return };
        let sessions = children(child.id());
        // What is gone already is as good as killed.
        let _ = child.kill();
        let _ = child.wait();
        for session in sessions {
            let _ = Command::new("kill").args(["-KILL", &session.to_string()]).output();
        }
    }

    /// Freezes it, its sessions with it, until [`Self::thaw`].
    ///
    /// # Panics
    /// If it is not running.
    pub fn freeze(&self) {
        self.signal_all("STOP");
    }

    /// Lets it go on.
    ///
    /// # Panics
    /// If it is not running.
    pub fn thaw(&self) {
        self.signal_all("CONT");
    }

    fn signal_all(&self, name: &str) {
        let id = self.child.as_ref().expect("it runs").id();
        signal(id, name);
        for session in children(id) {
            // One that has ended meanwhile needs no signal.
            let _ = Command::new("kill").args([&format!("-{name}"), &session.to_string()]).output();
        }
    }

    /// Copies all of its data as of this instant; it is away for a moment.
    ///
    /// # Panics
    /// If it cannot be copied.
    pub async fn copy(&mut self) -> PathBuf {
        self.copies += 1;
        let copy = self.home().join(format!("copy-{}", self.copies));
        self.stop("INT").await;
        copy_folder(&self.data(), &copy);
        self.begin().await;
        copy
    }

    /// Puts an earlier copy in the place of its data, as a failover to a standby does that had not
    /// heard of everything.
    ///
    /// # Panics
    /// If it does not start with it.
    pub async fn fail_over_to(&mut self, copy: &Path) {
        self.stop_at_once().await;
        fs::remove_dir_all(self.data()).expect("the data is removed");
        copy_folder(copy, &self.data());
        self.begin().await;
    }

    /// What it has logged so far.
    ///
    /// # Panics
    /// If that cannot be read.
    #[must_use]
    pub fn log(&self) -> String {
        fs::read_to_string(self.log_file()).expect("a log file")
    }
}

impl Drop for PostgresServer {
    fn drop(&mut self) {
        self.kill();
    }
}

/// The folder of its programs, the newest version's.
///
/// # Panics
/// If it is not installed; `tests/run` installs it.
#[must_use]
pub fn programs() -> PathBuf {
    let versions = fs::read_dir("/usr/lib/postgresql").expect("PostgreSQL is installed");
    let mut versions: Vec<PathBuf> =
        versions.flatten().map(|entry| entry.path().join("bin")).collect();
    versions.retain(|programs| programs.join("initdb").exists());
    versions.sort();
    versions.pop().expect("PostgreSQL is installed")
}

fn is_root() -> bool {
    fs::metadata("/proc/self").is_ok_and(|own| own.uid() == 0)
}

fn ran(program: &str, arguments: &[&str]) -> bool {
    Command::new(program).args(arguments).status().is_ok_and(|status| status.success())
}

fn copy_folder(from: &Path, to: &Path) {
    let (from, to) = (from.display().to_string(), to.display().to_string());
    assert!(ran("cp", &["--archive", &from, &to]), "{from} is copied");
}

/// The processes a process has started.
fn children(process: u32) -> Vec<u32> {
    let listed = fs::read_to_string(format!("/proc/{process}/task/{process}/children"));
    let listed = listed.unwrap_or_default();
    listed.split_whitespace().filter_map(|id| id.parse().ok()).collect()
}
