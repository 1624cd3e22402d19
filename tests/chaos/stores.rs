//! The stores as seen from a SQL prompt, without the services.

use pingyi::roles::Role;
use platform::database::Location;
use publication::verify::{self, Counts};
use sea_orm::{
    ConnectOptions, ConnectionTrait as _, Database, DatabaseConnection, DbBackend, QueryResult,
    Statement,
};

/// A separate connection to each service's store.
pub(crate) struct Stores(Vec<(Role, DatabaseConnection)>);

impl Stores {
    pub(crate) async fn at(location: &Location) -> Self {
        let mut stores = Vec::new();
        for role in Role::ALL {
            let mut options = match location {
                Location::Postgres(url) => {
                    let mut options = ConnectOptions::new(url);
                    options.set_schema_search_path(role.name());
                    options
                }
                Location::Sqlite(folder) => {
                    let file = folder.join(format!("{role}.sqlite"));
                    ConnectOptions::new(format!("sqlite://{}?mode=ro", file.display()))
                }
            };
            // Each is tested before use: the server may be another one than before.
            options.max_connections(1).min_connections(0).sqlx_logging(false);
            let connection = Database::connect(options).await.expect("the store is there");
            stores.push((role, connection));
        }
        Self(stores)
    }

    /// The first column of a query against a service's store, as text.
    pub(crate) async fn column(&self, role: Role, sql: &str) -> Result<Vec<String>, String> {
        let rows = self.rows(role, sql).await?;
        rows.iter().map(|row| text(row).ok_or_else(|| format!("{role}: {sql}: no text"))).collect()
    }

    async fn rows(&self, role: Role, sql: &str) -> Result<Vec<QueryResult>, String> {
        let (_, store) = self.0.iter().find(|(known, _)| *known == role).expect("every role");
        let statement = Statement::from_string(store.get_database_backend(), sql);
        let rows = store.query_all_raw(statement).await;
        rows.map_err(|error| format!("{role}: {sql}: {error}"))
    }

    /// The columns of a table.
    pub(crate) async fn column_names(
        &self,
        role: Role,
        table: &str,
    ) -> Result<Vec<String>, String> {
        let sqlite =
            self.0.iter().any(|(_, store)| store.get_database_backend() == DbBackend::Sqlite);
        let sql = match sqlite {
            true => format!("SELECT name FROM pragma_table_info('{table}')"),
            false => format!(
                "SELECT CAST(column_name AS text) FROM information_schema.columns \
                 WHERE table_schema = current_schema() AND table_name = '{table}'"
            ),
        };
        self.column(role, &sql).await
    }

    /// The tables of a service's store.
    pub(crate) async fn tables(&self, role: Role) -> Result<Vec<String>, String> {
        let sqlite =
            self.0.iter().any(|(_, store)| store.get_database_backend() == DbBackend::Sqlite);
        let sql = match sqlite {
            true => "SELECT name FROM sqlite_master WHERE type = 'table'",
            false => {
                "SELECT CAST(table_name AS text) FROM information_schema.tables \
                 WHERE table_schema = current_schema()"
            }
        };
        // A name of sixteen letters is no UUID.
        let tables = self.rows(role, sql).await?;
        Ok(tables.iter().filter_map(|table| table.try_get_by_index(0).ok()).collect())
    }

    /// Runs a query on the connection to a service's store, which is always the same one.
    pub(crate) async fn run(&self, role: Role, sql: &str) -> Result<(), String> {
        let (_, store) = self.0.iter().find(|(known, _)| *known == role).expect("every role");
        let ran = store.execute_unprepared(sql).await;
        ran.map(drop).map_err(|error| format!("{role}: {sql}: {error}"))
    }

    /// Every count that publication has.
    pub(crate) async fn counts(&self) -> Result<Counts, String> {
        let publication = self.0.iter().find(|(role, _)| *role == Role::Publication);
        let (_, store) = publication.expect("every role");
        verify::counted(store).await.map_err(|error| format!("the figures: {error}"))
    }

    /// The one number that a query against a service's store returns.
    pub(crate) async fn number(&self, role: Role, sql: &str) -> Result<i64, String> {
        let column = self.column(role, sql).await?;
        let number = column.first().and_then(|number| number.parse().ok());
        number.ok_or_else(|| format!("{role}: {sql}: no number but {column:?}"))
    }
}

fn text(row: &QueryResult) -> Option<String> {
    if let Ok(uuid) = row.try_get_by_index::<sea_orm::prelude::Uuid>(0) {
        return Some(uuid.to_string());
    }
    if let Ok(number) = row.try_get_by_index::<i64>(0) {
        return Some(number.to_string());
    }
    row.try_get_by_index::<String>(0).ok()
}
