//! Many rows in one statement whose text does not depend on their number, so that the database
//! parses it once: columns as arrays for PostgreSQL, one document for SQLite.

use sea_orm::{
    ConnectionTrait, DbBackend, DbErr, EntityTrait, IdenStatic as _, Iterable as _, Statement,
    Value, sea_query::ArrayType,
};
use serde_json::{Value as Json, json};
use uuid::Uuid;

/// The values of one column. There is no NULL among those sent: drivers disagree about them.
#[derive(Clone, Debug)]
pub enum Column {
    /// Ids; the nil one is written as NULL.
    Uuid(Vec<Uuid>),
    /// Ids, the nil one among them.
    Id(Vec<Uuid>),
    /// Small numbers.
    Small(Vec<i16>),
    /// Numbers.
    Int(Vec<i32>),
    /// Large numbers.
    Big(Vec<i64>),
    /// Large numbers; none is written as NULL, and the least one never occurs.
    MaybeBig(Vec<Option<i64>>),
    /// Yes or no.
    Bool(Vec<bool>),
    /// Text.
    Text(Vec<String>),
    /// Bytes.
    Bytes(Vec<Vec<u8>>),
}

impl Column {
    fn sql_type(&self) -> &'static str {
        match self {
            Self::Uuid(_) | Self::Id(_) => "uuid",
            Self::Small(_) => "smallint",
            Self::Int(_) => "int",
            Self::Big(_) | Self::MaybeBig(_) => "bigint",
            Self::Bool(_) => "boolean",
            Self::Text(_) => "text",
            Self::Bytes(_) => "bytea",
        }
    }

    fn len(&self) -> usize {
        match self {
            Self::Uuid(values) | Self::Id(values) => values.len(),
            Self::Small(values) => values.len(),
            Self::Int(values) => values.len(),
            Self::Big(values) => values.len(),
            Self::MaybeBig(values) => values.len(),
            Self::Bool(values) => values.len(),
            Self::Text(values) => values.len(),
            Self::Bytes(values) => values.len(),
        }
    }

    fn array(self) -> Value {
        fn of<T: Into<Value>>(kind: ArrayType, values: Vec<T>) -> Value {
            Value::Array(kind, Some(Box::new(values.into_iter().map(Into::into).collect())))
        }
        match self {
            Self::Uuid(values) | Self::Id(values) => of(ArrayType::Uuid, values),
            Self::Small(values) => of(ArrayType::SmallInt, values),
            Self::Int(values) => of(ArrayType::Int, values),
            Self::Big(values) => of(ArrayType::BigInt, values),
            Self::MaybeBig(values) => {
                let values = values.into_iter().map(|value| value.unwrap_or(i64::MIN));
                of(ArrayType::BigInt, values.collect())
            }
            Self::Bool(values) => of(ArrayType::Bool, values),
            Self::Text(values) => of(ArrayType::String, values),
            Self::Bytes(values) => of(ArrayType::Bytes, values),
        }
    }

    fn json(&self, n: usize) -> Json {
        match self {
            Self::Uuid(values) | Self::Id(values) => json!(hex(values[n].as_bytes())),
            Self::Small(values) => json!(values[n]),
            Self::Int(values) => json!(values[n]),
            Self::Big(values) => json!(values[n]),
            Self::MaybeBig(values) => json!(values[n]),
            Self::Bool(values) => json!(values[n]),
            Self::Text(values) => json!(values[n]),
            Self::Bytes(values) => json!(hex(&values[n])),
        }
    }
}

/// Writes rows into a table, given as columns of the same length; `conflict` states in SQL what to
/// do with an existing row.
///
/// # Errors
/// If the store fails.
pub async fn insert(
    connection: &impl ConnectionTrait,
    table: &str,
    columns: Vec<(&str, Column)>,
    conflict: &str,
) -> Result<(), DbErr> {
    let rows = columns.first().map_or(0, |(_, values)| values.len());
    if rows == 0 {
        return Ok(());
    }
    let names: Vec<&str> = columns.iter().map(|(name, _)| *name).collect();
    let names = names.join(", ");
    let statement = match connection.get_database_backend() {
        DbBackend::Postgres => {
            let read = columns.iter().map(|(name, values)| match values {
                Column::Uuid(_) => format!("NULLIF({name}, '{}'::uuid)", Uuid::nil()),
                Column::MaybeBig(_) => format!("NULLIF({name}, {})", i64::MIN),
                _ => (*name).to_owned(),
            });
            let read: Vec<String> = read.collect();
            let (read, arrays) = (read.join(", "), arrays(&columns));
            let sql = format!(
                "INSERT INTO {table} ({names}) SELECT {read} FROM UNNEST({arrays}) AS new({names}) \
                 {conflict}"
            );
            let values = columns.into_iter().map(|(_, values)| values.array());
            Statement::from_sql_and_values(DbBackend::Postgres, sql, values)
        }
        backend => {
            let nil = hex(Uuid::nil().as_bytes());
            let read = columns.iter().zip(0..).map(|((_, values), n)| match values {
                Column::Uuid(_) => format!("unhex(NULLIF(value ->> {n}, '{nil}'))"),
                Column::Id(_) | Column::Bytes(_) => format!("unhex(value ->> {n})"),
                _ => format!("value ->> {n}"),
            });
            let read: Vec<String> = read.collect();
            let sql = format!(
                "INSERT INTO {table} ({names}) SELECT {} FROM json_each(?) WHERE true {conflict}",
                read.join(", ")
            );
            Statement::from_sql_and_values(backend, sql, [document(&columns, rows)])
        }
    };
    connection.execute_raw(statement).await.map(drop)
}

/// The types of columns, for PostgreSQL to read them as arrays.
fn arrays(columns: &[(&str, Column)]) -> String {
    let arrays = columns.iter().zip(1..);
    let arrays = arrays.map(|((_, values), n)| format!("${n}::{}[]", values.sql_type()));
    arrays.collect::<Vec<_>>().join(", ")
}

/// The rows of columns, for SQLite to read them.
fn document(columns: &[(&str, Column)], rows: usize) -> Value {
    let row = |n| Json::from_iter(columns.iter().map(|(_, values)| values.json(n)));
    Json::from_iter((0..rows).map(row)).to_string().into()
}

/// The rows of a table whose key is one of some, given as its columns: texts and numbers, of the same
/// length.
///
/// # Errors
/// If the store fails.
pub async fn by_key<E: EntityTrait>(
    connection: &impl ConnectionTrait,
    key: Vec<(&str, Column)>,
) -> Result<Vec<E::Model>, DbErr> {
    let rows = key.first().map_or(0, |(_, values)| values.len());
    if rows == 0 {
        return Ok(Vec::new());
    }
    let names: Vec<&str> = key.iter().map(|(name, _)| *name).collect();
    let (names, columns, table) = (names.join(", "), columns::<E>(), E::default());
    let table = table.table_name();
    let statement = match connection.get_database_backend() {
        DbBackend::Postgres => {
            let sql = format!(
                "SELECT {columns} FROM UNNEST({}) AS wanted({names}) JOIN {table} USING ({names})",
                arrays(&key)
            );
            let values = key.into_iter().map(|(_, values)| values.array());
            Statement::from_sql_and_values(DbBackend::Postgres, sql, values)
        }
        backend => {
            let read = key.iter().zip(0..).map(|((name, _), n)| format!("value ->> {n} AS {name}"));
            let read: Vec<String> = read.collect();
            // A cross join is SQLite's word for the order of the two.
            let sql = format!(
                "SELECT {columns} FROM (SELECT {} FROM json_each(?)) CROSS JOIN {table} USING ({names})",
                read.join(", ")
            );
            Statement::from_sql_and_values(backend, sql, [document(&key, rows)])
        }
    };
    E::find().from_raw_sql(statement).all(connection).await
}

/// The rows of a table whose id is in a list.
///
/// # Errors
/// If the store fails.
pub async fn by_id<E: EntityTrait>(
    connection: &impl ConnectionTrait,
    ids: impl IntoIterator<Item = Uuid>,
) -> Result<Vec<E::Model>, DbErr> {
    by::<E>(connection, "id", ids).await
}

/// The rows of a table that name one of some ids in a column.
///
/// # Errors
/// If the store fails.
pub async fn by<E: EntityTrait>(
    connection: &impl ConnectionTrait,
    column: &str,
    ids: impl IntoIterator<Item = Uuid>,
) -> Result<Vec<E::Model>, DbErr> {
    let ids: Vec<Uuid> = ids.into_iter().collect();
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let backend = connection.get_database_backend();
    let (among, ids): (_, Value) = match backend {
        DbBackend::Postgres => ("= ANY($1)", Column::Uuid(ids).array()),
        _ => {
            let ids = Json::from_iter(ids.iter().map(|id| hex(id.as_bytes()))).to_string();
            ("IN (SELECT unhex(value) FROM json_each(?))", ids.into())
        }
    };
    let (table, columns) = (E::default(), columns::<E>());
    let sql = format!("SELECT {columns} FROM {} WHERE {column} {among}", table.table_name());
    let statement = Statement::from_sql_and_values(backend, sql, [ids]);
    E::find().from_raw_sql(statement).all(connection).await
}

/// The columns of a table by name. A newer version may have added others, and PostgreSQL refuses to
/// answer a known statement with more columns than before.
#[must_use]
pub fn columns<E: EntityTrait>() -> String {
    let names: Vec<String> = E::Column::iter().map(|column| column.as_str().to_owned()).collect();
    names.join(", ")
}

/// Bytes as hexadecimal digits, as SQLite's `unhex` and PostgreSQL's `\x` read them.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digit = |n: u8| char::from(DIGITS[usize::from(n & 15)]);
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(*byte)]).collect()
}
