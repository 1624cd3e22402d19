//! The real binary as a process, to be killed, doubled and asked to stop.

use std::{
    fs::{self, OpenOptions},
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Output, Stdio},
};

use crate::until;

/// A running process; killed when dropped.
pub struct Process {
    child: Child,
    log: PathBuf,
    /// Where it listens.
    pub address: String,
}

/// A port nobody listens on.
///
/// # Panics
/// If there is none.
#[must_use]
pub fn free_port() -> u16 {
    let free = TcpListener::bind("127.0.0.1:0").expect("a free port");
    free.local_addr().expect("an address").port()
}

/// Sends a process a signal.
///
/// # Panics
/// If there is no such process.
pub fn signal(process: u32, name: &str) {
    let sent = Command::new("kill").args([&format!("-{name}"), &process.to_string()]).status();
    assert!(sent.expect("kill runs").success(), "no process {process}");
}

/// Runs a program to its end.
///
/// # Panics
/// If it does not start.
#[must_use]
pub fn run(program: &str, folder: &Path, arguments: &[&str], variables: &[(&str, &str)]) -> Output {
    let mut command = Command::new(program);
    command.args(arguments).current_dir(folder).envs(variables.iter().copied());
    command.stdin(Stdio::null()).output().expect("the program runs")
}

impl Process {
    /// Starts `serve` with these settings and waits until it answers.
    ///
    /// # Panics
    /// If it does not.
    pub async fn serve(
        program: &str,
        folder: &Path,
        arguments: &[&str],
        variables: &[(&str, &str)],
    ) -> Self {
        Self::serve_at(free_port(), program, folder, arguments, variables).await
    }

    /// The same where another process was before.
    ///
    /// # Panics
    /// If it does not.
    pub async fn serve_at(
        port: u16,
        program: &str,
        folder: &Path,
        arguments: &[&str],
        variables: &[(&str, &str)],
    ) -> Self {
        let process = Self::begin_at(port, program, folder, arguments, variables);
        process.answers(program, folder).await;
        process
    }

    async fn answers(&self, program: &str, folder: &Path) {
        let check = ["healthcheck", "--address", &self.address];
        until("the process serves", async || run(program, folder, &check, &[]).status.success())
            .await;
    }

    /// The same without waiting until it answers, or whether it ever does.
    ///
    /// # Panics
    /// If the program does not start.
    #[must_use]
    pub fn begin_at(
        port: u16,
        program: &str,
        folder: &Path,
        arguments: &[&str],
        variables: &[(&str, &str)],
    ) -> Self {
        Self::begin(port, program, folder, &[&["serve"], arguments].concat(), variables)
    }

    /// Starts `demo` with these settings and waits until it answers.
    ///
    /// # Panics
    /// If it does not.
    pub async fn demo(program: &str, folder: &Path, variables: &[(&str, &str)]) -> Self {
        let process = Self::begin(free_port(), program, folder, &["demo"], variables);
        process.answers(program, folder).await;
        process
    }

    fn begin(
        port: u16,
        program: &str,
        folder: &Path,
        arguments: &[&str],
        variables: &[(&str, &str)],
    ) -> Self {
        let (address, log) = (format!("127.0.0.1:{port}"), folder.join(format!("{port}.log")));
        // What a process before it logged stays.
        let file = OpenOptions::new().create(true).append(true).open(&log).expect("a log file");
        let mut command = Command::new(program);
        command
            .args(arguments)
            .current_dir(folder)
            .env("PINGYI__LISTEN__ADDRESS", &address)
            .envs(variables.iter().copied())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(file);
        Self { child: command.spawn().expect("the program starts"), log, address }
    }

    /// How it ended, if it has.
    pub fn ended(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().ok().flatten()
    }

    /// Sends it a signal: `STOP` freezes it, `CONT` lets it go on.
    ///
    /// # Panics
    /// If it has ended.
    pub fn signal(&self, name: &str) {
        signal(self.child.id(), name);
    }

    /// The processor time it has taken so far, in hundredths of a second.
    ///
    /// # Panics
    /// If it has ended.
    #[must_use]
    pub fn cpu_ticks(&self) -> u64 {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.child.id()));
        let stat = stat.expect("it runs");
        let after_name = stat.rsplit(") ").next().unwrap_or_default();
        let fields = after_name.split(' ').skip(11).take(2);
        fields.map(|ticks| ticks.parse::<u64>().expect("a number")).sum()
    }

    /// How many descriptors it has.
    ///
    /// # Panics
    /// If it has ended.
    #[must_use]
    pub fn descriptors(&self) -> usize {
        fs::read_dir(format!("/proc/{}/fd", self.child.id())).expect("it runs").count()
    }

    /// Lets it have so many descriptors and no more.
    ///
    /// # Panics
    /// If it has ended.
    pub fn allow_descriptors(&self, most: usize) {
        let (process, most) = (self.child.id().to_string(), format!("--nofile={most}:"));
        let limited = Command::new("prlimit").args(["--pid", &process, &most]).status();
        assert!(limited.expect("prlimit runs").success(), "no process {process}");
    }

    /// The most memory it has held so far, in KiB.
    ///
    /// # Panics
    /// If it has ended.
    #[must_use]
    pub fn peak_memory(&self) -> u64 {
        self.status("VmHWM:")
    }

    /// The memory it holds now, in KiB.
    ///
    /// # Panics
    /// If it has ended.
    #[must_use]
    pub fn memory(&self) -> u64 {
        self.status("VmRSS:")
    }

    fn status(&self, what: &str) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id()));
        let status = status.expect("it runs");
        let size = status.lines().find_map(|line| line.strip_prefix(what));
        let size = size.and_then(|size| size.trim().strip_suffix(" kB")).expect("a size");
        size.trim().parse().expect("a number")
    }

    /// Where it logs.
    #[must_use]
    pub fn log_file(&self) -> PathBuf {
        self.log.clone()
    }

    /// What it has logged so far.
    ///
    /// # Panics
    /// If that cannot be read.
    #[must_use]
    pub fn log(&self) -> String {
        fs::read_to_string(&self.log).expect("a log file")
    }

    /// Kills it where it stands.
    ///
    /// # Panics
    /// If it cannot be.
    pub fn kill(mut self) {
        self.child.kill().expect("killed");
        self.child.wait().expect("gone");
    }

    /// Asks it to stop and waits until it has; true if it ended orderly.
    ///
    /// # Panics
    /// If it never ends.
    pub async fn stop(mut self) -> bool {
        self.signal("TERM");
        let mut orderly = false;
        until("the process ends", async || match self.child.try_wait() {
            Ok(Some(status)) => {
                orderly = status.success();
                true
            }
            _ => false,
        })
        .await;
        orderly
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // Already gone is as good as killed.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
