//! The whole loop: what opened a ticket, who has it, and its deadlines as rows.

use platform::convert::instant_of;
use prost::Message as _;
use proto::{ticketing::v1 as wire, r#type::v1::TicketState};
use sea_orm_migration::{
    prelude::*,
    schema,
    sea_orm::{FromQueryResult, Statement},
};
use uuid::Uuid;

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m2026_11_29_110_loop"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for column in [
            schema::small_integer("opened_by").default(1).to_owned(),
            schema::string_null("named_day"),
            schema::string_null("upper_number"),
            schema::string_null("assignee"),
            schema::boolean("township").default(false).to_owned(),
            schema::boolean("reached").default(true).to_owned(),
            schema::integer("contact_attempts").default(0).to_owned(),
            schema::integer("follow_up_attempts").default(0).to_owned(),
            schema::small_integer("ground").default(0).to_owned(),
            schema::uuid_null("main_ticket_id"),
            schema::uuid_null("relapse_of"),
            schema::string("item_code").default("").to_owned(),
            schema::string("window_id").default("").to_owned(),
            schema::big_integer_null("closed_at"),
            schema::string("authority_region").default("").to_owned(),
        ] {
            let table = Table::alter().table("ticket").add_column(column).to_owned();
            manager.alter_table(table).await?;
        }
        let ticket_deadline = Table::create()
            .table("ticket_deadline")
            .col(schema::uuid("ticket_id"))
            .col(schema::integer("number"))
            .col(schema::string("subject"))
            .col(schema::big_integer("due_at"))
            .col(schema::big_integer_null("running_until"))
            .col(schema::small_integer("end"))
            .col(schema::big_integer_null("ended_at"))
            .col(schema::integer_null("superseded_by"))
            .col(schema::boolean("provisional"))
            .col(schema::string("region_code"))
            .col(schema::string("agency_id"))
            .col(schema::big_integer_null("urged_at"))
            .col(schema::big_integer_null("escalated_at"))
            .col(schema::binary("deadline"))
            .primary_key(Index::create().col("ticket_id").col("number"))
            .to_owned();
        let ticket_part = Table::create()
            .table("ticket_part")
            .col(schema::uuid("ticket_id"))
            .col(schema::string("agency_id"))
            .col(schema::boolean("answered"))
            .primary_key(Index::create().col("ticket_id").col("agency_id"))
            .to_owned();
        for table in [ticket_deadline, ticket_part] {
            manager.create_table(table).await?;
        }
        for (name, table, columns) in [
            ("ticket_deadline_running", "ticket_deadline", &["running_until", "ticket_id"][..]),
            ("ticket_deadline_provisional", "ticket_deadline", &["provisional", "ticket_id"]),
            ("ticket_part_agency", "ticket_part", &["agency_id", "ticket_id"]),
            ("ticket_relapse", "ticket", &["item_code", "window_id", "closed_at"]),
            ("ticket_assignee", "ticket", &["assignee", "due_at", "id"]),
            ("ticket_main", "ticket", &["main_ticket_id"]),
            ("ticket_authority", "ticket", &["authority_region", "due_at", "id"]),
        ] {
            let mut index = Index::create();
            index.name(name).table(table);
            for column in columns {
                index.col(*column);
            }
            manager.create_index(index).await?;
        }
        let notices = Index::create()
            .name("ticket_upper_number")
            .table("ticket")
            .col("region_code")
            .col("upper_number")
            .unique()
            .to_owned();
        manager.create_index(notices).await?;
        for fill in [
            "UPDATE ticket SET opened_by = 2 WHERE matter IS NOT NULL",
            "UPDATE ticket SET authority_region = SUBSTR(region_code, 1, 6)",
            "UPDATE ticket SET township = (LENGTH(region_code) > 6)",
        ] {
            manager.get_connection().execute_unprepared(fill).await?;
        }
        move_deadlines(manager).await
    }
}

#[derive(FromQueryResult)]
struct Old {
    id: Uuid,
    region_code: String,
    agency_id: String,
    clock_started_at: i64,
    state: i16,
    finding: i16,
    deadlines: Vec<u8>,
}

/// How many tickets are read at once.
const PAGE: u64 = 500;

/// Deadlines were one value of each ticket. Of an ended one no older version kept when it ended:
/// it counts as ended by what it limits, at the time it began to run, and so as not missed.
async fn move_deadlines(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let connection = manager.get_connection();
    let backend = connection.get_database_backend();
    let mut after = Uuid::nil();
    loop {
        let mut page = Query::select();
        page.columns([
            "id",
            "region_code",
            "agency_id",
            "clock_started_at",
            "state",
            "finding",
            "deadlines",
        ])
        .from("ticket")
        .and_where(Expr::col("id").gt(after))
        .order_by("id", Order::Asc)
        .limit(PAGE);
        let rows = Old::find_by_statement(backend.build(&page)).all(connection).await?;
        let Some(last) = rows.last() else { return Ok(()) };
        after = last.id;
        for row in rows {
            for statement in rows_of(&row)? {
                let statement: Statement = backend.build(&statement);
                connection.execute_raw(statement).await?;
            }
        }
    }
}

fn rows_of(old: &Old) -> Result<Vec<InsertStatement>, DbErr> {
    let broken = |error: String| DbErr::Type(format!("ticket {}: {error}", old.id));
    let kept = wire::Ticket::decode(old.deadlines.as_slice()).map_err(|e| broken(e.to_string()))?;
    let in_force = in_force(old);
    let mut rows = Vec::new();
    for (n, deadline) in kept.deadlines.iter().enumerate() {
        let at = |at| instant_of(at).map_err(|why| broken(why.to_string()));
        let due_at = at(deadline.due_at.as_ref())?.as_microsecond();
        let event_at = at(deadline.event_at.as_ref())?.as_microsecond();
        let newest = !kept.deadlines[n + 1..].iter().any(|later| later.act == deadline.act);
        let runs =
            in_force.contains(&deadline.act.as_str()) && newest && event_at >= old.clock_started_at;
        let number = <i32 as TryFrom<usize>>::try_from(n + 1).unwrap_or(i32::MAX);
        let mut row = Query::insert();
        row.into_table("ticket_deadline")
            .columns([
                "ticket_id",
                "number",
                "subject",
                "due_at",
                "running_until",
                "end",
                "ended_at",
                "provisional",
                "region_code",
                "agency_id",
                "deadline",
            ])
            .values([
                old.id.into(),
                number.into(),
                deadline.act.clone().into(),
                due_at.into(),
                runs.then_some(due_at).into(),
                (if runs { 1_i16 } else { 2 }).into(),
                (!runs).then_some(event_at).into(),
                (runs && deadline.provisional).into(),
                old.region_code.clone().into(),
                old.agency_id.clone().into(),
                deadline.encode_to_vec().into(),
            ])
            .map_err(|error| broken(error.to_string()))?;
        rows.push(row);
    }
    Ok(rows)
}

/// The acts whose deadlines ran, as older versions had it.
fn in_force(old: &Old) -> &'static [&'static str] {
    let (complex, no_basis) = (old.finding == 2, old.finding == 3);
    match TicketState::try_from(i32::from(old.state)) {
        Ok(TicketState::Opened | TicketState::Assigned | TicketState::Contacted) => {
            &["fix_clear", "feed_back_clear"]
        }
        Ok(TicketState::Verified) if complex => &["fix_complex", "feed_back_complex"],
        Ok(TicketState::Verified) if no_basis => &["feed_back_clear"],
        Ok(TicketState::Verified) => &["fix_clear", "feed_back_clear"],
        Ok(TicketState::Rectified) if complex => &["feed_back_complex"],
        Ok(TicketState::Rectified) => &["feed_back_clear"],
        _ => &[],
    }
}
