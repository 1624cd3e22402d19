//! Whether an acknowledged write survives a crash, and the loss of its machine.

use sea_orm::{ConnectionTrait as _, DbBackend, DbErr, Statement};

use super::Store;

/// How safe a store's commits are, by the settings of its database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Durability {
    /// Whether an acknowledged write survives a crash of database or machine.
    pub crash: bool,
    /// Whether it survives the loss of the machine too, since a standby confirms each commit.
    pub failover: bool,
    /// Whether there are standbys to fail over to.
    pub standbys: bool,
    /// The settings that prevent it, as `name = value`.
    pub against: Vec<String>,
}

impl Store {
    /// Reads it from the database. SQLite always runs with `synchronous=FULL` here, and has no
    /// standby.
    ///
    /// # Errors
    /// If the store is away.
    pub async fn durability(&self) -> Result<Durability, DbErr> {
        let mut durable =
            Durability { crash: true, failover: false, standbys: false, against: Vec::new() };
        if self.backend() == DbBackend::Sqlite {
            return Ok(durable);
        }
        // A user who is no superuser sees how many standbys there are, and nothing more.
        let sql = "SELECT current_setting('fsync') AS fsync, \
                   current_setting('full_page_writes') AS full_page_writes, \
                   current_setting('synchronous_commit') AS synchronous_commit, \
                   current_setting('synchronous_standby_names') AS names, \
                   (SELECT count(*) FROM pg_stat_replication) AS standbys";
        let statement = Statement::from_string(self.backend(), sql);
        let row = self.read().query_one_raw(statement).await?;
        let row = row.ok_or_else(|| DbErr::RecordNotFound("no settings".to_owned()))?;
        for name in ["fsync", "full_page_writes", "synchronous_commit"] {
            let value: String = row.try_get("", name)?;
            if value == "off" {
                durable.crash = false;
                durable.against.push(format!("{name} = {value}"));
            }
        }
        let names: String = row.try_get("", "names")?;
        let commit: String = row.try_get("", "synchronous_commit")?;
        durable.standbys = row.try_get::<i64>("", "standbys")? > 0;
        durable.failover = durable.crash && !names.is_empty() && commit != "local";
        if durable.standbys && !durable.failover {
            durable.against.push(match names.is_empty() {
                true => "synchronous_standby_names = ''".to_owned(),
                false => format!("synchronous_commit = {commit}"),
            });
        }
        Ok(durable)
    }
}
