//! How to connect to the two databases, and which connections can be used at all.

use std::{future::poll_fn, io, pin::pin, task::Poll, time::Duration};

use sea_orm::{
    ConnectOptions,
    sqlx::{
        self, Connection,
        postgres::{PgConnectOptions, PgConnection, PgSslMode},
        sqlite::{SqliteJournalMode, SqliteSynchronous},
    },
};

use super::limited::GivenUp;

/// Connections to PostgreSQL per service and process; more only adds context switches.
pub(super) const POSTGRES_CONNECTIONS: u32 = 10;
/// How many of them write at once; the others are left for readers.
pub(super) const WRITERS: usize = 7;
/// Reading connections to SQLite; there is one writing connection beside them.
pub(super) const SQLITE_READERS: u32 = 4;
/// How long a caller waits for a connection.
pub(super) const WAIT: Duration = Duration::from_secs(10);
/// After this idle time a connection is tested when it is next taken. Under load, a round trip
/// before each statement would only find what the statement itself finds.
const TRIED: Duration = Duration::from_secs(1);
/// How long a returned connection may take to end its work when its caller has gone; until then the
/// pool is one connection short.
const LET_GO: Duration = Duration::from_secs(5);

/// The settings of each session in PostgreSQL, so that a frozen or lost process stops nobody for
/// long: it loses all its locks within two seconds, and those who wait for them wait a little
/// longer than that.
const SESSION: [(&str, &str); 7] = [
    // Sooner than we give it up: otherwise an abandoned statement would still run and be sent
    // again.
    ("statement_timeout", "14s"),
    ("idle_in_transaction_session_timeout", "2s"),
    ("lock_timeout", "3s"),
    ("tcp_user_timeout", "4s"),
    ("tcp_keepalives_idle", "5"),
    ("tcp_keepalives_interval", "2"),
    ("tcp_keepalives_count", "3"),
];
/// How long one statement of the rating path may take: a write that its caller gave up must end
/// before the caller looks for it.
const STATEMENT: (&str, &str) = ("statement_timeout", "8s");

/// The parameters a PostgreSQL URL can have after the `?`.
const PARAMETERS: [&str; 19] = [
    "sslmode",
    "ssl-mode",
    "sslrootcert",
    "ssl-root-cert",
    "ssl-ca",
    "sslcert",
    "ssl-cert",
    "sslkey",
    "ssl-key",
    "statement-cache-capacity",
    "host",
    "hostaddr",
    "port",
    "dbname",
    "user",
    "password",
    "application_name",
    "options",
    "options[",
];

/// Why the driver would not accept a URL, without repeating any of it. The driver would log an
/// unknown parameter, perhaps with a password, and then ignore it.
pub(super) fn wrong_postgres_url(url: &str) -> Option<&'static str> {
    let query = url.split_once('?').map_or("", |(_, query)| query);
    let query = query.split('#').next().unwrap_or_default();
    let known = |pair: &str| {
        let name = pair.split('=').next().unwrap_or_default();
        let name = name.split_inclusive('[').next().unwrap_or_default();
        PARAMETERS.contains(&name)
    };
    if query.split('&').any(|pair| !pair.is_empty() && !known(pair)) {
        return Some("has a parameter that PostgreSQL connections do not know");
    }
    let address = url.split('?').next().unwrap_or_default();
    let path = address.splitn(4, '/').nth(3).unwrap_or_default();
    match url.parse::<PgConnectOptions>() {
        // Part of a password could be read as a path, or be cut off.
        Ok(_) if !url.contains('#') && !path.contains('@') => None,
        Ok(_) | Err(_) => Some(
            "is no PostgreSQL address: in user, password and database / ? # @ : [ ] are written \
             %2F %3F %23 %40 %3A %5B %5D",
        ),
    }
}

/// Whether what is said to PostgreSQL leaves the machine without TLS that knows who listens:
/// `require` alone encrypts for whoever answers.
pub(super) fn in_the_clear(url: &str) -> bool {
    let Ok(options) = url.parse::<PgConnectOptions>() else { return true };
    let host = options.get_host();
    let ip = host.trim_matches(['[', ']']).parse::<std::net::IpAddr>();
    let stays = options.get_socket().is_some()
        || host.starts_with('/')
        || host == "localhost"
        || ip.is_ok_and(|ip| ip.is_loopback());
    let knows = matches!(options.get_ssl_mode(), PgSslMode::VerifyCa | PgSslMode::VerifyFull);
    !stays && !knows
}

pub(super) fn sqlite(file: &std::path::Path, connections: u32) -> ConnectOptions {
    let mut options = ConnectOptions::new("sqlite::memory:");
    let file = file.to_owned();
    options
        .max_connections(connections)
        .acquire_timeout(WAIT)
        .test_before_acquire_if_idle_for(TRIED)
        .sqlx_logging(false)
        .map_sqlx_sqlite_opts(move |sqlite| {
            sqlite
                .filename(&file)
                .in_memory(false)
                .shared_cache(false)
                .create_if_missing(true)
                .journal_mode(SqliteJournalMode::Wal)
                .synchronous(SqliteSynchronous::Full)
                .busy_timeout(WAIT)
                .pragma("wal_autocheckpoint", "8000")
        })
        .map_sqlx_sqlite_pool_opts(|pool| {
            pool.after_release(|connection, _| {
                Box::pin(async move {
                    // The rollback of a dropped transaction has run when an answer comes. Then the
                    // driver must count no open transaction: a depth other than 0 is wrong.
                    connection.ping().await?;
                    Ok(!connection.is_in_transaction())
                })
            })
        })
        .map_sqlx_sqlite_before_acquire(|connection, _| {
            Box::pin(async move { Ok(!connection.is_in_transaction()) })
        });
    options
}

pub(super) fn postgres(
    url: &str,
    service: &'static str,
    connections: u32,
    given_up: &GivenUp,
) -> ConnectOptions {
    let mut options = ConnectOptions::new(url);
    let given_up = given_up.clone();
    options
        .max_connections(connections)
        .acquire_timeout(WAIT)
        .test_before_acquire_if_idle_for(TRIED)
        .sqlx_logging(false)
        .set_schema_search_path(service)
        .set_application_name(format!("pingyi-{service}"))
        .map_sqlx_postgres_opts(|postgres| postgres.options(SESSION))
        .map_sqlx_postgres_pool_opts(move |pool| {
            let given_up = given_up.clone();
            pool.after_release(move |connection, _| {
                let given_up = given_up.clone();
                Box::pin(async move {
                    at_rest(connection, &given_up).await?;
                    Ok(!connection.is_in_transaction())
                })
            })
        })
        .map_sqlx_postgres_before_acquire(|connection, _| {
            Box::pin(async move { Ok(!connection.is_in_transaction()) })
        });
    options
}

/// Waits until a connection has ended its work; the pool would wait for ever. It does not wait for
/// one that was given up: its driver does not know of a BEGIN that is answered only now, and the
/// next user would write into somebody else's transaction.
async fn at_rest(connection: &mut PgConnection, given_up: &GivenUp) -> Result<(), sqlx::Error> {
    let mut ends = pin!(connection.flush());
    if let Poll::Ready(ended) = poll_fn(|task| Poll::Ready(ends.as_mut().poll(task))).await {
        return ended;
    }
    let why = match given_up.lately() {
        true => "was given up in the middle of a statement",
        false => match tokio::time::timeout(LET_GO, ends).await {
            Ok(ended) => return ended,
            Err(_) => "does not finish what it was asked",
        },
    };
    Err(sqlx::Error::Io(io::Error::new(io::ErrorKind::TimedOut, why)))
}

/// For migrations: steps may take long and wait for each other, but a frozen or lost process does
/// not block them for ever.
pub(super) fn postgres_to_migrate(url: &str, service: &'static str) -> ConnectOptions {
    let mut options = postgres(url, service, 1, &GivenUp::default());
    let patient = [
        ("statement_timeout", "0"),
        ("lock_timeout", "10min"),
        ("idle_in_transaction_session_timeout", "1min"),
    ];
    options.map_sqlx_postgres_opts(move |postgres| {
        postgres.options(SESSION).options(patient).options([("idle_session_timeout", "1min")])
    });
    options
}

/// The same, but each statement is planned once: with arrays PostgreSQL would plan again each time,
/// since it looks at their length. Planning the statement that writes ratings took longer than
/// running it.
pub(super) fn with_one_plan(options: PgConnectOptions) -> PgConnectOptions {
    options.options([("plan_cache_mode", "force_generic_plan")])
}

/// The same with a time limit for each statement.
pub(super) fn with_limited_statements(options: PgConnectOptions) -> PgConnectOptions {
    options.options([STATEMENT])
}
