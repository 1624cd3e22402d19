//! Stores for tests: a SQLite file in a temporary folder, or a database of its own on the
//! PostgreSQL that `tests/run` started; `PINGYI_TEST_STORE` chooses. Also callers, a small catalog,
//! and waiting.

pub mod certificates;
pub mod documents;
pub mod wait;

pub mod frames;
pub mod histories;

use std::collections::BTreeSet;

use domain::{
    deadline::DayUnit,
    item::{
        CaseKind, Content, FieldKind, FormField, Guide, Handling, Item, ItemState, ItemType, Limit,
        Question, QuestionKind,
    },
};
use prost::Message;
use proto::{
    catalog::v1::{Item as WireItem, Unit, UnitKind, UnitNature},
    fact::v1::{
        CalendarPublished, Fact, ItemPublished, ProfilePublished, TagListPublished,
        TerminalPublished, UnitPublished, fact::Body,
    },
};
use sea_orm::{
    ActiveValue::Set, ConnectOptions, ConnectionTrait as _, Database, DbBackend, EntityTrait as _,
    Statement, sea_query::OnConflict,
};
use sea_orm_migration::MigratorTrait;
use tempfile::TempDir;

use crate::{
    auth::{Caller, Principal, Terminal, VerifiedClaims},
    convert::item::to_wire_item,
    database::{Location, Store},
    facts::entity::fact_cursor,
    reference::{CATALOG, Reference},
};

/// A place for stores; it is removed when dropped (SQLite) or with the test run (PostgreSQL).
pub struct TestPlace {
    /// Where the stores are.
    pub location: Location,
    folder: TempDir,
}

impl TestPlace {
    /// A fresh empty place.
    ///
    /// # Panics
    /// If none can be created: then nothing can be tested.
    #[expect(clippy::expect_used, reason = "a test without a store has failed")]
    #[expect(clippy::disallowed_methods, reason = "tests/run says by environment what to test on")]
    pub async fn new() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let store = std::env::var("PINGYI_TEST_STORE").unwrap_or_else(|_| "sqlite".to_owned());
        let location = match store.as_str() {
            "postgres" => {
                let server = std::env::var("PINGYI_TEST_POSTGRES")
                    .expect("PINGYI_TEST_POSTGRES names the server; tests/run starts one");
                Location::Postgres(fresh_database(&server).await)
            }
            "sqlite" => Location::Sqlite(folder.path().join("stores")),
            other => panic!("PINGYI_TEST_STORE is \"{other}\", neither sqlite nor postgres"),
        };
        Self { location, folder }
    }

    /// A folder for other files of the test.
    #[must_use]
    pub fn folder(&self) -> &std::path::Path {
        self.folder.path()
    }

    /// A service's store here, with migrations.
    ///
    /// # Panics
    /// If it cannot be opened.
    #[expect(clippy::expect_used, reason = "a test without a store has failed")]
    pub async fn store<M: MigratorTrait>(&self, service: &'static str) -> Store {
        Store::migrate::<M>(&self.location, service).await.expect("migrations run");
        Store::open::<M>(&self.location, service).await.expect("the store opens")
    }
}

/// Every column of bytes in a store, as `table.column`: where sealed values can be.
///
/// # Panics
/// If the store fails.
#[expect(clippy::expect_used, reason = "a test without its store has failed")]
pub async fn columns_of_bytes(store: &Store) -> BTreeSet<String> {
    let sql = match store.backend() {
        DbBackend::Postgres => {
            "SELECT table_name || '.' || column_name AS name FROM information_schema.columns \
             WHERE table_schema = current_schema() AND data_type = 'bytea'"
        }
        _ => {
            "SELECT m.name || '.' || p.name AS name \
             FROM sqlite_master m JOIN pragma_table_info(m.name) p \
             WHERE m.type = 'table' AND p.type LIKE '%blob%' AND p.type NOT LIKE '%uuid%'"
        }
    };
    let statement = Statement::from_string(store.backend(), sql);
    let rows = store.read().query_all_raw(statement).await.expect("the columns");
    rows.iter().map(|row| row.try_get("", "name").expect("a name")).collect()
}

#[expect(clippy::expect_used, reason = "a test without a store has failed")]
async fn fresh_database(server: &str) -> String {
    let name = format!("t{}", crate::clock::Clock::System.new_id().simple());
    let mut options = ConnectOptions::new(server);
    options.max_connections(1).sqlx_logging(false);
    let admin = Database::connect(options).await.expect("the test server answers");
    admin.execute_unprepared(&format!("CREATE DATABASE {name}")).await.expect("a database");
    admin.close().await.expect("closing");
    let (base, _) = server.rsplit_once('/').expect("the server's URL names a database");
    format!("{base}/{name}")
}

/// A principal for the test of a handler, as the gate would admit `caller`.
///
/// # Panics
/// If the gate would not.
#[expect(clippy::expect_used, reason = "a test without its caller has failed")]
pub fn principal<P: Principal>(sub: &str, caller: Caller) -> P {
    P::admit(Some(VerifiedClaims::for_test(sub, caller))).expect("the caller is admitted")
}

/// A terminal for the test of a handler, that comes with a certificate of this serial number.
///
/// # Panics
/// If the gate would not admit it.
#[expect(clippy::expect_used, reason = "a test without its caller has failed")]
pub fn terminal_with(id: &str, serial: &str) -> Terminal {
    let claims = VerifiedClaims::for_test(id, Caller::Terminal).with_certificate(serial);
    Terminal::admit(Some(claims)).expect("the terminal is admitted")
}

/// A principal for the test of a handler that admits callers without a token.
///
/// # Panics
/// If it does not.
#[must_use]
#[expect(clippy::expect_used, reason = "a test without its caller has failed")]
pub fn nobody<P: Principal>() -> P {
    P::admit(None).expect("nobody is admitted")
}

/// The item of [`seed_reference`] that is completed on the spot.
pub const ON_THE_SPOT_ITEM: &str = "11652301PY6523035C4002014901000";
/// The item of [`seed_reference`] with committed cases.
pub const COMMITTED_ITEM: &str = "11652301PY6523035C4000114902000";
/// The item of [`seed_reference`] that no kiosk offers.
pub const WINDOW_ITEM: &str = "11652301PY6523035C4000114903000";
/// The agency of those items, the Authority beside it, and two terminals.
pub const AGENCY: &str = "652301-a03";
/// The Authority of the region of [`seed_reference`].
pub const AUTHORITY: &str = "652301-a01";
/// The terminals of [`seed_reference`].
pub const TERMINALS: [&str; 2] = ["652301-t01", "652301-t02"];
/// The windows of [`seed_reference`], of its agency.
pub const WINDOWS: [&str; 2] = ["652301-w01", "652301-w02"];
/// Who serves at the first of the windows.
pub const STAFF: &str = "652301-s01";
/// The evaluator on the first window's counter.
pub const EVALUATOR: &str = "652301-t03";
/// The region of [`seed_reference`].
pub const REGION: &str = "652301";

/// Adds a small catalog to another service's store, as the catalog's facts would.
///
/// # Panics
/// If the store fails.
#[expect(clippy::expect_used, reason = "a test without reference data has failed")]
pub async fn seed_reference(store: &Store) -> Reference {
    tell(store, catalog()).await;
    Reference::load(store.clone()).await.expect("reference data")
}

/// The same with one of the shipped profiles as the region's own, instead of Changji's.
///
/// # Panics
/// If there is no such profile, or the store fails.
#[expect(clippy::expect_used, reason = "a test without reference data has failed")]
pub async fn seed_reference_under(store: &Store, profile: &str) -> Reference {
    let mut bodies = catalog();
    bodies.retain(|body| !matches!(body, Body::ProfilePublished(_)));
    bodies.push(profile_published(profile));
    if profile == "haiyang-2021" {
        bodies.push(Body::TagListPublished(TagListPublished {
            version: profile.to_owned(),
            document: include_str!("../../domain/tags/haiyang-2021.toml").to_owned(),
            superiors: vec![include_str!("../../domain/tags/national-2020-05.toml").to_owned()],
        }));
    }
    tell(store, bodies).await;
    Reference::load(store.clone()).await.expect("reference data")
}

/// The fact of one of the shipped profiles, as the region's own.
///
/// # Panics
/// If there is no such profile.
#[must_use]
pub fn profile_published(profile: &str) -> Body {
    let nation = include_str!("../../domain/profiles/state-council-2019.toml");
    let own = match profile {
        "changji-2020" => include_str!("../../domain/profiles/changji-2020.toml"),
        "city" => include_str!("../../domain/profiles/city.toml"),
        "county-2020" => include_str!("../../domain/profiles/county-2020.toml"),
        "district-2-5-15" => include_str!("../../domain/profiles/district-2-5-15.toml"),
        "guangxi-2019" => include_str!("../../domain/profiles/guangxi-2019.toml"),
        "haiyang-2021" => include_str!("../../domain/profiles/haiyang-2021.toml"),
        "shanghai-2019" => include_str!("../../domain/profiles/shanghai-2019.toml"),
        "state-council-2019" => nation,
        other => panic!("no profile {other} ships"),
    };
    let region = |line: &str| match line.starts_with("region = ") {
        true => format!("region = \"{REGION}\""),
        false => line.to_owned(),
    };
    let own = own.lines().map(region).collect::<Vec<_>>().join("\n");
    let version = own.lines().find_map(|line| line.strip_prefix("version = ")?.parse().ok());
    let inherits = own.contains("\ninherits = ");
    let layers = if inherits { vec![nation.to_owned(), own] } else { vec![own] };
    Body::ProfilePublished(ProfilePublished {
        profile_id: profile.to_owned(),
        version: version.unwrap_or_default(),
        region_code: REGION.to_owned(),
        layers,
    })
}

/// Applies further facts of the catalog to another service's store, as its consumer would; a
/// process sees them at its next look.
///
/// # Panics
/// If the store fails.
#[expect(clippy::expect_used, reason = "a test without reference data has failed")]
pub async fn tell(store: &Store, bodies: Vec<Body>) {
    let txn = store.begin().await.expect("a transaction");
    let cursor = fact_cursor::Entity::find_by_id(CATALOG).one(&txn).await.expect("a cursor");
    let mut position = cursor.map_or(0, |cursor| cursor.position);
    let fact = |body| {
        position += 1;
        Fact {
            position: position.unsigned_abs(),
            producer: CATALOG.to_owned(),
            body: Some(body),
            ..Fact::default()
        }
    };
    let facts: Vec<Fact> = bodies.into_iter().map(fact).collect();
    let left = Reference::apply(&txn, &facts).await.expect("facts of the catalog apply");
    assert!(left.is_empty(), "{left:?}");
    let cursor = fact_cursor::ActiveModel {
        producer: Set(CATALOG.to_owned()),
        position: Set(position),
        holder: Set(uuid::Uuid::nil()),
        leased_until: Set(0),
        fact_id: Set(None),
        fact_position: Set(None),
        halted: Set(None),
        whole_at: Set(0),
        reconciled: Set(0),
    };
    let moved = OnConflict::column(fact_cursor::Column::Producer)
        .update_column(fact_cursor::Column::Position)
        .to_owned();
    let cursor = fact_cursor::Entity::insert(cursor).on_conflict(moved);
    cursor.exec_without_returning(&txn).await.expect("the cursor moves");
    txn.commit().await.expect("commit");
}

/// The fact of an item of [`seed_reference`], to be changed and sent again: see [`republished`].
///
/// # Panics
/// If there is no such item.
#[must_use]
#[expect(clippy::expect_used, reason = "a test without its item has failed")]
pub fn wire_item(code: &str) -> WireItem {
    let item = catalog().into_iter().find_map(|body| match body {
        Body::ItemPublished(published) if published.item_code == code => Some(published.item),
        _ => None,
    });
    WireItem::decode(item.expect("an item of the catalog").as_slice()).expect("an item")
}

/// The fact of a version of an item.
#[must_use]
pub fn republished(item: &WireItem) -> Body {
    Body::ItemPublished(ItemPublished {
        item_code: item.code.clone(),
        version: item.version,
        item: item.encode_to_vec(),
    })
}

/// The fact of a unit of the organisation with its history, the oldest first.
#[must_use]
pub fn unit_published(versions: &[Unit]) -> Body {
    Body::UnitPublished(UnitPublished {
        unit_id: versions.first().map(|unit| unit.unit_id.clone()).unwrap_or_default(),
        versions: versions.iter().map(Message::encode_to_vec).collect(),
    })
}

/// The fact of the national tag list under a version, with a tag's code renamed.
#[must_use]
pub fn tag_list_published(version: &str, renamed: (&str, &str)) -> Body {
    let document = include_str!("../../domain/tags/national-2020-05.toml");
    let (from, to) = (format!("\"{}\"", renamed.0), format!("\"{}\"", renamed.1));
    Body::TagListPublished(TagListPublished {
        version: version.to_owned(),
        document: document.replace("national-2020-05", version).replace(&from, &to),
        superiors: Vec::new(),
    })
}

pub(crate) fn catalog() -> Vec<Body> {
    let profile = profile_published("changji-2020");
    let calendar = Body::CalendarPublished(CalendarPublished {
        years: vec![include_str!("../../domain/calendars/2026.toml").to_owned()],
        statutory: include_str!("../../domain/calendars/statutory.toml").to_owned(),
        overlays: Vec::new(),
    });
    let tags = tag_list_published("national-2020-05", ("", ""));
    let agency = |id: &str, authority| {
        unit_published(&[Unit {
            unit_id: id.to_owned(),
            kind: UnitKind::Agency.into(),
            name: format!("示例机构 {id}"),
            region_code: REGION.to_owned(),
            authority,
            ..Unit::default()
        }])
    };
    let terminal = unit_published(&[Unit {
        unit_id: TERMINALS[0].to_owned(),
        kind: UnitKind::Terminal.into(),
        region_code: REGION.to_owned(),
        hall_id: "652301-h01".to_owned(),
        ..Unit::default()
    }]);
    // As older stores hold it.
    let older = Body::TerminalPublished(TerminalPublished {
        terminal_id: TERMINALS[1].to_owned(),
        region_code: REGION.to_owned(),
        hall_id: "652301-h01".to_owned(),
    });
    let mut bodies = vec![profile, calendar, tags, agency(AGENCY, false), agency(AUTHORITY, true)];
    bodies.extend([terminal, older]);
    for window in WINDOWS {
        bodies.push(unit_published(&[Unit {
            unit_id: window.to_owned(),
            kind: UnitKind::Window.into(),
            region_code: REGION.to_owned(),
            hall_id: "652301-h01".to_owned(),
            agency_id: AGENCY.to_owned(),
            ..Unit::default()
        }]));
    }
    bodies.extend([
        unit_published(&[Unit {
            unit_id: STAFF.to_owned(),
            kind: UnitKind::Staff.into(),
            region_code: REGION.to_owned(),
            window_id: WINDOWS[0].to_owned(),
            agency_id: AGENCY.to_owned(),
            ..Unit::default()
        }]),
        unit_published(&[Unit {
            unit_id: EVALUATOR.to_owned(),
            kind: UnitKind::Terminal.into(),
            nature: UnitNature::Evaluator.into(),
            region_code: REGION.to_owned(),
            hall_id: "652301-h01".to_owned(),
            window_id: WINDOWS[0].to_owned(),
            ..Unit::default()
        }]),
    ]);
    bodies.extend([
        item(ON_THE_SPOT_ITEM, Handling::OnTheSpot, CaseKind::Immediate, "kiosk"),
        item(COMMITTED_ITEM, Handling::TimeLimited, CaseKind::Committed, "kiosk"),
        item(WINDOW_ITEM, Handling::TimeLimited, CaseKind::Committed, "window"),
    ]);
    bodies
}

fn item(code: &str, handling: Handling, case_kind: CaseKind, channel: &str) -> Body {
    let field = |id: &str, kind, required| FormField {
        id: id.to_owned(),
        label: id.to_owned(),
        kind,
        required,
        max_length: 50,
        choices: Vec::new(),
    };
    let question = |id: &str, kind| Question { id: id.to_owned(), text: id.to_owned(), kind };
    let limit = |days| Limit { days, unit: DayUnit::Working };
    let spot = handling == Handling::OnTheSpot;
    let item = Item {
        code: code.to_owned(),
        version: 1,
        region_code: REGION.to_owned(),
        published_at: crate::clock::instant(0),
        state: ItemState::Published,
        base_version: 1,
        causes: Vec::new(),
        change_id: None,
        content: Content {
            name: format!("示例事项 {}", &code[19..]),
            item_type: if spot { ItemType::PublicService } else { ItemType::Licensing },
            agency_id: AGENCY.to_owned(),
            line_id: None,
            handling,
            case_kind,
            legal_basis: vec!["示例依据".to_owned()],
            statutory_limit: limit(20),
            promised_limit: limit(if spot { 0 } else { 7 }),
            guide: Guide {
                accepting_unit: "示例受理单位".to_owned(),
                channels: vec![channel.to_owned()],
                conditions: vec!["示例条件".to_owned()],
                materials: Vec::new(),
                procedure: vec!["申请".to_owned()],
                fee_basis: "示例".to_owned(),
                fee_standard: "不收费".to_owned(),
                rating_channels: vec!["kiosk".to_owned()],
            },
            form: vec![
                field("applicant_name", FieldKind::PersonName, true),
                field("applicant_phone", FieldKind::Phone, true),
            ],
            questionnaire: vec![
                question("guidance_clear", QuestionKind::YesNo),
                question("procedure_convenient", QuestionKind::YesNo),
                question("materials_reduced", QuestionKind::YesNo),
                question("interface_friendly", QuestionKind::YesNo),
                question("suggestions", QuestionKind::Text),
            ],
            handling_item: None,
            steps: Vec::new(),
            participants: Vec::new(),
        },
    };
    Body::ItemPublished(ItemPublished {
        item_code: item.code.clone(),
        version: item.version,
        item: to_wire_item(&item).encode_to_vec(),
    })
}

/// How the database finds the rows of a statement, if it prefers indexes.
///
/// # Panics
/// If the statement is wrong.
#[expect(clippy::expect_used, reason = "a test without its store has failed")]
pub async fn plan(store: &Store, statement: Statement) -> String {
    let txn = store.begin().await.expect("a transaction");
    let (explain, column) = match store.backend() {
        DbBackend::Postgres => {
            txn.execute_unprepared("SET LOCAL enable_seqscan = off").await.expect("the setting");
            ("EXPLAIN", "QUERY PLAN")
        }
        _ => ("EXPLAIN QUERY PLAN", "detail"),
    };
    let statement = Statement { sql: format!("{explain} {}", statement.sql), ..statement };
    let rows = txn.query_all_raw(statement).await.expect("the plan");
    let lines = rows.iter().map(|row| row.try_get::<String>("", column).expect("a line"));
    lines.collect::<Vec<_>>().join("\n")
}
