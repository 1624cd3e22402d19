//! A store beside a service's own, with the same tables, filled while the other serves. Then its
//! tables take the place of the other's, in one transaction: nobody reads some of both.

use sea_orm::{ConnectionTrait as _, DbBackend, DbErr, Statement};
use sea_orm_migration::MigratorTrait;

use super::{Location, OpenError, Store, Txn, connect, sqlite_file};

/// The schema that tables go to when others take their place; it is gone with the transaction.
const PAST: &str = "pingyi_past";

/// Where such a store is: another schema, or another file.
#[derive(Clone, Debug)]
pub struct Beside {
    location: Location,
    name: &'static str,
}

impl Beside {
    /// The one with a name, which is no service's.
    #[must_use]
    pub fn new(location: &Location, name: &'static str) -> Self {
        Self { location: location.clone(), name }
    }

    /// Opens it; makes it if it is not there.
    ///
    /// # Errors
    /// [`OpenError`].
    pub async fn open<M: MigratorTrait>(&self) -> Result<Store, OpenError> {
        Store::migrate::<M>(&self.location, self.name).await?;
        Store::open::<M>(&self.location, self.name).await
    }

    /// Puts these tables in the place of those that serve. PostgreSQL moves them; SQLite copies the
    /// rows, while readers still see what was there before.
    ///
    /// # Errors
    /// If the store fails; [`crate::status::is_lock_refused`] if others read a table for too long.
    pub async fn change_places(&self, txn: &Txn, own: &str, tables: &[&str]) -> Result<(), DbErr> {
        let name = self.name;
        if txn.get_database_backend() == DbBackend::Postgres {
            // Whoever reads next waits behind a lock that waits for a reader: so it does not wait long.
            txn.execute_unprepared("SET LOCAL lock_timeout = '1s'").await?;
            txn.execute_unprepared(&format!("CREATE SCHEMA {PAST}")).await?;
            for table in tables {
                let gone = format!("ALTER TABLE {own}.{table} SET SCHEMA {PAST}");
                txn.execute_unprepared(&gone).await?;
                let come = format!("ALTER TABLE {name}.{table} SET SCHEMA {own}");
                txn.execute_unprepared(&come).await?;
            }
            // With the rest of the store beside: a half one would be taken for one to go on with.
            let drop = format!("DROP SCHEMA {PAST} CASCADE; DROP SCHEMA {name} CASCADE");
            return txn.execute_unprepared(&drop).await.map(|_| ());
        }
        // Only now: a transaction that begins with the file attached holds that one, too, and nobody
        // could fold the last facts into it.
        if let Location::Sqlite(folder) = &self.location {
            let file = sqlite_file(folder, name).display().to_string().replace('\'', "''");
            txn.execute_unprepared(&format!("ATTACH DATABASE '{file}' AS {name}")).await?;
        }
        for table in tables {
            let columns = "SELECT group_concat(name, ', ') AS names FROM pragma_table_info(?)";
            let backend = txn.get_database_backend();
            let columns =
                Statement::from_sql_and_values(backend, columns, [(*table).to_owned().into()]);
            let columns = txn.query_one_raw(columns).await?;
            let columns: String = columns.map_or_else(
                || Err(DbErr::RecordNotFound(format!("the table {table}"))),
                |row| row.try_get("", "names"),
            )?;
            txn.execute_unprepared(&format!("DELETE FROM main.{table}")).await?;
            let copy = format!(
                "INSERT INTO main.{table} ({columns}) SELECT {columns} FROM {name}.{table}"
            );
            txn.execute_unprepared(&copy).await?;
        }
        Ok(())
    }

    /// Lets go of what [`Self::change_places`] attached, after its transaction.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn let_go(&self, serving: &Store) -> Result<(), DbErr> {
        if serving.backend() == DbBackend::Postgres {
            return Ok(());
        }
        // One connection writes, so it is the one that the transaction had.
        let attached = "SELECT name FROM pragma_database_list WHERE name = ?";
        let attached =
            Statement::from_sql_and_values(serving.backend(), attached, [self.name.into()]);
        if serving.write().query_one_raw(attached).await?.is_some() {
            let detach = format!("DETACH DATABASE {}", self.name);
            serving.write().execute_unprepared(&detach).await?;
        }
        Ok(())
    }

    /// Removes it, if it is there. It must not be open.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn remove(&self) -> Result<(), OpenError> {
        match &self.location {
            Location::Sqlite(folder) => {
                let file = sqlite_file(folder, self.name);
                for end in ["", "-wal", "-shm"] {
                    match std::fs::remove_file(format!("{}{end}", file.display())) {
                        Err(source) if source.kind() != std::io::ErrorKind::NotFound => {
                            let folder = folder.display().to_string();
                            return Err(OpenError::Folder { folder, source });
                        }
                        _ => {}
                    }
                }
                Ok(())
            }
            Location::Postgres(url) => {
                let error = |source| OpenError::Database { service: self.name, source };
                let options = connect::postgres_to_migrate(url, self.name);
                let connection = sea_orm::Database::connect(options).await.map_err(error)?;
                let drop = format!("DROP SCHEMA IF EXISTS {} CASCADE", self.name);
                let dropped = connection.execute_unprepared(&drop).await.map_err(error);
                connection.close().await.map_err(error)?;
                dropped.map(|_| ())
            }
        }
    }
}
