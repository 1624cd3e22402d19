//! A Redis of a test's own, on a free port, that can be killed and started again.

use std::{
    net::TcpListener,
    process::{Child, Command, Stdio},
};

use tempfile::TempDir;

use crate::until;

/// A running Redis without persistence; gone when dropped.
pub struct RedisServer {
    port: u16,
    folder: TempDir,
    child: Option<Child>,
}

impl RedisServer {
    /// Starts one.
    ///
    /// # Panics
    /// If there is none to be had; `tests/run` installs it.
    pub async fn start() -> Self {
        let free = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let port = free.local_addr().expect("an address").port();
        drop(free);
        let folder = tempfile::tempdir().expect("a temporary folder");
        let mut server = Self { port, folder, child: None };
        server.restart().await;
        server
    }

    /// The port it listens on.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Its address.
    #[must_use]
    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    /// Kills it and starts an empty one in its place.
    ///
    /// # Panics
    /// If it does not start.
    pub async fn restart(&mut self) {
        self.kill();
        #[expect(clippy::disallowed_methods, reason = "tests/run says where the server is")]
        let program = std::env::var("PINGYI_TEST_REDIS_SERVER");
        let mut command = Command::new(program.unwrap_or_else(|_| "redis-server".to_owned()));
        command
            .args(["--port", &self.port.to_string(), "--bind", "127.0.0.1"])
            .args(["--save", "", "--appendonly", "no"])
            .arg("--dir")
            .arg(self.folder.path())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        self.child = Some(command.spawn().expect("redis-server starts"));
        until("redis answers", async || self.command("PING").await.is_ok()).await;
    }

    /// Stops it without a word.
    pub fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            // Already gone is as good as killed.
            let _ = child.kill();
            let _ = child.wait();
        }
    }

    /// Lets it accept connections and answer nothing any more.
    ///
    /// # Panics
    /// If it is not running.
    pub fn hang(&self) {
        let id = self.child.as_ref().expect("it runs").id().to_string();
        let stopped = Command::new("kill").args(["-STOP", &id]).status();
        assert!(stopped.expect("kill runs").success());
    }

    /// Gives it one command.
    ///
    /// # Errors
    /// If it is away.
    pub async fn command(&self, words: &str) -> redis::RedisResult<redis::Value> {
        let client = redis::Client::open(self.url())?;
        let mut connection = client.get_multiplexed_async_connection().await?;
        let mut words = words.split(' ');
        let mut command = redis::cmd(words.next().unwrap_or_default());
        for word in words {
            command.arg(word);
        }
        command.query_async(&mut connection).await
    }
}

impl Drop for RedisServer {
    fn drop(&mut self) {
        self.kill();
    }
}
