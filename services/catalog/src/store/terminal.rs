//! Terminals and their certificates.

use platform::{
    auth::Officer,
    database::{Txn, below},
};
use prost::Message as _;
use proto::catalog::v1::TerminalCertificate;
use sea_orm::{
    ActiveValue::Set, ColumnTrait as _, Condition, ConnectionTrait, DbErr, EntityTrait as _,
    IntoActiveModel as _, PaginatorTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _,
    QueryTrait as _, sea_query::OnConflict,
};

use crate::entity::{
    terminal::{self, ACTIVE, STOPPED, UNREGISTERED},
    terminal_certificate,
};

/// How many rows are written at once.
const ROWS: usize = 500;
/// How many certificates of a terminal are known; older ones cannot be renewed.
const CERTIFICATES: u64 = 4;

/// A terminal of the organisation that nothing is known about yet.
pub(crate) fn unknown(terminal_id: &str, region_code: &str) -> terminal::Model {
    terminal::Model {
        terminal_id: terminal_id.to_owned(),
        region_code: region_code.to_owned(),
        stands: true,
        state: UNREGISTERED,
        code_hash: None,
        code_ends_at: None,
        code_key: None,
        serial: None,
        registered_at: None,
        certificate_ends_at: None,
        stopped_at: None,
        stop_reason: 0,
        heard_at: None,
        silence_told: false,
        software_version: String::new(),
        clock_ahead: 0,
        waiting: 0,
        room: 0,
        oldest_waiting_seconds: 0,
        screen_error: String::new(),
        shown_version: String::new(),
        revision: 0,
        configuration: None,
    }
}

/// A terminal.
pub(crate) async fn terminal(
    connection: &impl ConnectionTrait,
    id: &str,
) -> Result<Option<terminal::Model>, DbErr> {
    terminal::Entity::find_by_id(id).one(connection).await
}

/// A terminal of the organisation, locked; its row is made if there is none.
pub(crate) async fn lock(
    txn: &impl ConnectionTrait,
    id: &str,
    region_code: &str,
) -> Result<terminal::Model, DbErr> {
    add(txn, [unknown(id, region_code)]).await?;
    let row = terminal::Entity::find_by_id(id).lock_exclusive().one(txn).await?;
    row.ok_or_else(|| DbErr::RecordNotFound("a terminal that was just added".to_owned()))
}

/// The terminal with the code of this hash, locked.
pub(crate) async fn lock_by_code(
    txn: &impl ConnectionTrait,
    hash: &[u8],
) -> Result<Option<terminal::Model>, DbErr> {
    let of_code = terminal::Column::CodeHash.eq(hash);
    terminal::Entity::find().filter(of_code).lock_exclusive().one(txn).await
}

/// Adds terminals that are not known yet.
pub(crate) async fn add(
    connection: &impl ConnectionTrait,
    terminals: impl IntoIterator<Item = terminal::Model>,
) -> Result<(), DbErr> {
    let rows: Vec<_> = terminals.into_iter().map(|row| row.into_active_model()).collect();
    for rows in rows.chunks(ROWS) {
        let there = OnConflict::column(terminal::Column::TerminalId).do_nothing().to_owned();
        terminal::Entity::insert_many(rows.to_vec())
            .on_conflict(there)
            .exec_without_returning(connection)
            .await?;
    }
    Ok(())
}

/// Writes what is set of a terminal.
pub(crate) async fn change(
    connection: &impl ConnectionTrait,
    id: &str,
    set: terminal::ActiveModel,
) -> Result<(), DbErr> {
    let change = terminal::Entity::update_many().set(set);
    change.filter(terminal::Column::TerminalId.eq(id)).exec(connection).await.map(drop)
}

/// The next terminals in the order of their identities, of a region and below it, within an officer's
/// reach.
pub(crate) async fn terminals(
    connection: &impl ConnectionTrait,
    caller: &Officer,
    region: &str,
    after: Option<&str>,
    limit: u64,
) -> Result<Vec<terminal::Model>, DbErr> {
    terminal::Entity::find()
        .filter(below(terminal::Column::RegionCode, caller.region()))
        .filter(below(terminal::Column::RegionCode, region))
        .filter(terminal::Column::Stands.eq(true))
        .apply_if(after, |query, after| query.filter(terminal::Column::TerminalId.gt(after)))
        .order_by_asc(terminal::Column::TerminalId)
        .limit(limit)
        .all(connection)
        .await
}

/// Where every known terminal stands: identity, region, and whether the organisation has it.
pub(crate) async fn places(
    connection: &impl ConnectionTrait,
) -> Result<Vec<(String, String, bool)>, DbErr> {
    terminal::Entity::find()
        .select_only()
        .columns([
            terminal::Column::TerminalId,
            terminal::Column::RegionCode,
            terminal::Column::Stands,
        ])
        .into_tuple()
        .all(connection)
        .await
}

/// The next terminals, after an instant and identity, that were heard last before another instant, and
/// of which that was not told.
pub(crate) async fn silent(
    connection: &impl ConnectionTrait,
    (heard_at, id): (i64, &str),
    before: i64,
    limit: u64,
) -> Result<Vec<terminal::Model>, DbErr> {
    let same = Condition::all()
        .add(terminal::Column::HeardAt.eq(heard_at))
        .add(terminal::Column::TerminalId.gt(id));
    let later = Condition::any().add(terminal::Column::HeardAt.gt(heard_at)).add(same);
    terminal::Entity::find()
        .filter(terminal::Column::SilenceTold.eq(false))
        .filter(terminal::Column::HeardAt.lt(before))
        .filter(terminal::Column::Stands.eq(true))
        .filter(terminal::Column::State.ne(STOPPED))
        .filter(later)
        .order_by_asc(terminal::Column::HeardAt)
        .order_by_asc(terminal::Column::TerminalId)
        .limit(limit)
        .all(connection)
        .await
}

/// How many terminals are registered, and how many are silent.
pub(crate) async fn counts(connection: &impl ConnectionTrait) -> Result<(u64, u64), DbErr> {
    let registered = terminal::Entity::find().filter(terminal::Column::State.eq(ACTIVE));
    let silent = terminal::Entity::find()
        .filter(terminal::Column::SilenceTold.eq(true))
        .filter(terminal::Column::Stands.eq(true))
        .filter(terminal::Column::State.ne(STOPPED));
    Ok((registered.count(connection).await?, silent.count(connection).await?))
}

/// Marks that the silence of a terminal is told; false if it was, or if it was heard since.
pub(crate) async fn tell_silence(txn: &Txn, id: &str, heard_at: i64) -> Result<bool, DbErr> {
    let told = terminal::ActiveModel { silence_told: Set(true), ..Default::default() };
    let marked = terminal::Entity::update_many()
        .set(told)
        .filter(terminal::Column::TerminalId.eq(id))
        .filter(terminal::Column::SilenceTold.eq(false))
        .filter(terminal::Column::HeardAt.eq(heard_at))
        .exec(txn)
        .await?;
    Ok(marked.rows_affected > 0)
}

/// Some registered terminals whose last certificate has ended.
pub(crate) async fn ended(
    connection: &impl ConnectionTrait,
    now: i64,
    limit: u64,
) -> Result<Vec<terminal::Model>, DbErr> {
    terminal::Entity::find()
        .filter(terminal::Column::State.eq(ACTIVE))
        .filter(terminal::Column::CertificateEndsAt.lte(now))
        .order_by_asc(terminal::Column::CertificateEndsAt)
        .limit(limit)
        .all(connection)
        .await
}

/// Stops a terminal whose certificate has ended; false if it was renewed or stopped meanwhile.
pub(crate) async fn stop_ended(
    txn: &Txn,
    id: &str,
    ended_at: i64,
    reason: i16,
) -> Result<bool, DbErr> {
    let stopped = terminal::ActiveModel {
        state: Set(STOPPED),
        stopped_at: Set(Some(ended_at)),
        stop_reason: Set(reason),
        ..Default::default()
    };
    let marked = terminal::Entity::update_many()
        .set(stopped)
        .filter(terminal::Column::TerminalId.eq(id))
        .filter(terminal::Column::State.eq(ACTIVE))
        .filter(terminal::Column::CertificateEndsAt.eq(ended_at))
        .exec(txn)
        .await?;
    Ok(marked.rows_affected > 0)
}

/// A certificate that a terminal got here.
pub(crate) async fn certificate(
    connection: &impl ConnectionTrait,
    terminal_id: &str,
    serial: &str,
) -> Result<Option<terminal_certificate::Model>, DbErr> {
    terminal_certificate::Entity::find_by_id(serial)
        .filter(terminal_certificate::Column::TerminalId.eq(terminal_id))
        .one(connection)
        .await
}

/// The newest certificate of a terminal for a key.
pub(crate) async fn certificate_of_key(
    connection: &impl ConnectionTrait,
    terminal_id: &str,
    key_hash: &[u8],
) -> Result<Option<terminal_certificate::Model>, DbErr> {
    terminal_certificate::Entity::find()
        .filter(terminal_certificate::Column::TerminalId.eq(terminal_id))
        .filter(terminal_certificate::Column::KeyHash.eq(key_hash))
        .order_by_desc(terminal_certificate::Column::BeginsAt)
        .one(connection)
        .await
}

/// When the newest certificate of a terminal begins.
pub(crate) async fn newest_begin(
    connection: &impl ConnectionTrait,
    terminal_id: &str,
) -> Result<Option<i64>, DbErr> {
    let newest = terminal_certificate::Entity::find()
        .filter(terminal_certificate::Column::TerminalId.eq(terminal_id))
        .order_by_desc(terminal_certificate::Column::BeginsAt)
        .one(connection)
        .await?;
    Ok(newest.map(|newest| newest.begins_at))
}

/// Keeps a certificate, and the newest of the terminal's others.
pub(crate) async fn add_certificate(
    txn: &impl ConnectionTrait,
    row: terminal_certificate::Model,
) -> Result<(), DbErr> {
    let terminal_id = row.terminal_id.clone();
    terminal_certificate::Entity::insert(row.into_active_model())
        .exec_without_returning(txn)
        .await?;
    let old: Vec<String> = terminal_certificate::Entity::find()
        .select_only()
        .column(terminal_certificate::Column::Serial)
        .filter(terminal_certificate::Column::TerminalId.eq(terminal_id))
        .order_by_desc(terminal_certificate::Column::BeginsAt)
        .offset(CERTIFICATES)
        .limit(100)
        .into_tuple()
        .all(txn)
        .await?;
    if !old.is_empty() {
        let old = terminal_certificate::Column::Serial.is_in(old);
        terminal_certificate::Entity::delete_many().filter(old).exec(txn).await?;
    }
    Ok(())
}

/// What a certificate's row holds.
pub(crate) fn decode(row: &terminal_certificate::Model) -> Result<TerminalCertificate, DbErr> {
    TerminalCertificate::decode(row.body.as_slice()).map_err(|error| DbErr::Type(error.to_string()))
}
