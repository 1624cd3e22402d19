//! Everything that is published as whole numbers, as of one moment: every count, what was decided of
//! private ratings, and up to which facts.

use std::{
    collections::{BTreeMap, HashMap},
    fmt,
    time::Duration,
};

use platform::{
    database::{Store, Txn, many::hex},
    facts::{history::Place, refold},
};
use proto::{
    publication::v1::Dimension,
    r#type::v1::{Channel, Level, Origin},
};
use sea_orm::{
    ColumnTrait as _, ConnectionTrait as _, DbBackend, DbErr, EntityTrait as _, QueryFilter as _,
    QuerySelect as _, sea_query::Expr,
};
use uuid::Uuid;

use super::{
    counts::{Counts, Key},
    dimensions::{of_items, of_regions},
    measures, tallies,
};
use crate::{
    entity::{act, column::day_of_column, pain, ticket},
    store::pain_point,
};

/// Stands in the place of a dimension for the counts of where complaints gather. Those with level 1 are of
/// private ratings: for operators, who have the facts anyway, and in nothing that everybody can read.
const PAIN: i16 = 100;
/// How long the next statement may be waited for, and its answer.
const PATIENCE: Duration = Duration::from_secs(60);

/// How private ratings and their tickets entered the figures: decided once, and not to be computed
/// from facts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Decisions {
    acts: HashMap<Uuid, Vec<u8>>,
    tickets: HashMap<Uuid, (Vec<u8>, i32)>,
}

impl Decisions {
    /// The form in which an act's private rating entered; empty if it did not.
    pub(crate) fn entered(&self, act_id: Uuid) -> Vec<u8> {
        self.acts.get(&act_id).cloned().unwrap_or_default()
    }

    /// In which dimensions a private rating's ticket counts, and on which day, once it does.
    pub(crate) fn followed(&self, ticket_id: Uuid) -> Option<(Vec<u8>, i32)> {
        self.tickets.get(&ticket_id).cloned()
    }
}

/// What is published at one moment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Published {
    /// Every count.
    pub counts: Counts,
    /// How private ratings entered.
    pub decisions: Decisions,
    /// The last fact of each producer that is counted, by producer.
    pub places: BTreeMap<String, Place>,
}

/// Reads all of it at one moment; what serves goes on.
pub(crate) async fn read(store: &Store, producers: &[&'static str]) -> Result<Published, DbErr> {
    let txn = store.begin().await?;
    if txn.get_database_backend() == DbBackend::Postgres {
        let still = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY";
        txn.execute_unprepared(still).await?;
    }
    // Millions of counts are taken in between, perhaps on a machine that has other work.
    txn.take_time(PATIENCE, PATIENCE).await?;
    let mut published = Published::default();
    for producer in producers {
        let place = refold::place(&txn, producer).await?;
        published.places.insert((*producer).to_owned(), place);
    }
    tallies::all(&txn, &mut published.counts).await?;
    let pains = pain_point::all(&txn).await?.into_iter();
    pains.for_each(|row| published.counts.add_to(&Key::of_pain(pain_key(&row)), row.n));
    decisions(&txn, &mut published.decisions).await?;
    txn.rollback().await?;
    Ok(published)
}

async fn decisions(txn: &Txn, decisions: &mut Decisions) -> Result<(), DbErr> {
    let entered: Vec<(Uuid, Vec<u8>)> = act::Entity::find()
        .select_only()
        .columns([act::Column::Id, act::Column::Counted])
        .filter(Expr::cust("length(counted) > 0"))
        .into_tuple()
        .all(txn)
        .await?;
    decisions.acts.extend(entered);
    let followed: Vec<(Uuid, Vec<u8>, i32)> = ticket::Entity::find()
        .select_only()
        .columns([ticket::Column::Id, ticket::Column::Act, ticket::Column::CountedOn])
        .filter(ticket::Column::CountedOn.ne(0))
        .into_tuple()
        .all(txn)
        .await?;
    let followed = followed.into_iter().map(|(id, act, on)| (id, (act, on)));
    decisions.tickets.extend(followed);
    Ok(())
}

fn pain_key(row: &pain::Model) -> pain_point::Key {
    let row = row.clone();
    pain_point::Key {
        region_code: row.region_code,
        day: row.day,
        kind: row.kind,
        item_code: row.item_code,
        stage: row.stage,
        reason: row.reason,
        agency_id: row.agency_id,
        line_id: row.line_id,
        private: row.private,
    }
}

impl Key {
    /// In the columns of a figure: what it counts is the measure, and whether it is kept from the public
    /// the level.
    pub(super) fn of_pain(of: pain_point::Key) -> Self {
        let pain_point::Key { region_code, agency_id, line_id, item_code, stage, reason, .. } = of;
        let key = format!("{region_code} {agency_id} {line_id} {item_code} {stage} {reason}");
        let (measure, level) = (of.kind, i16::from(of.private));
        Self { dimension: PAIN, key, day: of.day, measure, channel: 0, level, origin: 0 }
    }
}

impl fmt::Display for Key {
    /// In the words of the contract.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { dimension, key, day, measure, channel, level, origin } = self;
        if *dimension == PAIN {
            let (day, private) = (day_of_column(*day), *level != 0);
            return write!(f, "PAIN_POINT {key} on {day}: kind {measure}, private {private}");
        }
        let (own, mixed) = (Dimension::try_from(i32::from(*dimension)), of_items(*dimension));
        let within = of_regions(*dimension);
        let known = mixed.or(within).or(own.ok());
        let name = known.map_or("DIMENSION_UNKNOWN", |known| known.as_str_name());
        let day = day_of_column(*day);
        let measure = measures::name(*measure);
        let (by, on) = match (mixed, within) {
            (Some(_), _) => (" by item", "from"),
            (None, Some(_)) => (" by region", "from"),
            (None, None) => ("", "on"),
        };
        write!(f, "{name}{by} {key} {on} {day}: {measure}")?;
        let of = |f: &mut fmt::Formatter<'_>, what: i16, name: Option<&str>| match what {
            0 => Ok(()),
            _ => write!(f, " {}", name.unwrap_or("?")),
        };
        let known = Channel::try_from(i32::from(*channel)).ok();
        of(f, *channel, known.map(|one| one.as_str_name()))?;
        let known = Level::try_from(i32::from(*level)).ok();
        of(f, *level, known.map(|one| one.as_str_name()))?;
        let known = Origin::try_from(i32::from(*origin)).ok();
        of(f, *origin, known.map(|one| one.as_str_name()))
    }
}

/// Why a line of an export cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("is no line of published figures")]
pub struct NoLine;

impl Published {
    /// As lines of text, for an export. The key of a figure stands last: it may hold a comma.
    pub fn lines(&self) -> impl Iterator<Item = String> + '_ {
        let places = self.places.iter().map(|(producer, place)| {
            format!("place,{producer},{},{}", place.position, place.fact_id)
        });
        let counts = self.counts.in_order().map(|(key, n)| {
            let Key { dimension, key, day, measure, channel, level, origin } = key;
            let of = format!("{dimension},{day},{measure},{channel},{level},{origin}");
            format!("figure,{of},{n},{key}")
        });
        let acts = self.decisions.acts.iter();
        let acts = acts.map(|(id, counted)| format!("act,{id},{}", hex(counted)));
        let tickets = self.decisions.tickets.iter();
        let tickets = tickets.map(|(id, (act, on))| format!("ticket,{id},{on},{}", hex(act)));
        places.chain(counts).chain(acts).chain(tickets)
    }

    /// Takes in one of those lines.
    ///
    /// # Errors
    /// [`NoLine`].
    pub fn read_line(&mut self, line: &str) -> Result<(), NoLine> {
        let (what, rest) = line.split_once(',').ok_or(NoLine)?;
        let known = match what {
            "place" => self.read_place(rest),
            "figure" => self.read_figure(rest),
            "act" => rest.split_once(',').and_then(|(id, counted)| {
                self.decisions.acts.insert(id.parse().ok()?, unhex(counted)?);
                Some(())
            }),
            "ticket" => {
                let mut parts = rest.splitn(3, ',');
                let mut next = || parts.next();
                next().zip(next()).zip(next()).and_then(|((id, on), act)| {
                    let followed = (unhex(act)?, on.parse().ok()?);
                    self.decisions.tickets.insert(id.parse().ok()?, followed);
                    Some(())
                })
            }
            _ => None,
        };
        known.ok_or(NoLine)
    }

    fn read_place(&mut self, rest: &str) -> Option<()> {
        let mut parts = rest.splitn(3, ',');
        let producer = parts.next()?.to_owned();
        let position = parts.next()?.parse().ok()?;
        let fact_id = parts.next()?.parse().ok()?;
        self.places.insert(producer, Place { position, fact_id });
        Some(())
    }

    fn read_figure(&mut self, rest: &str) -> Option<()> {
        let mut parts = rest.splitn(8, ',');
        let mut number = || parts.next()?.parse::<i64>().ok();
        let numbers: [Option<i64>; 7] = std::array::from_fn(|_| number());
        let small = |n: usize| i16::try_from(numbers[n]?).ok();
        let key = Key {
            dimension: small(0)?,
            key: parts.next()?.to_owned(),
            day: i32::try_from(numbers[1]?).ok()?,
            measure: small(2)?,
            channel: small(3)?,
            level: small(4)?,
            origin: small(5)?,
        };
        self.counts.add_to(&key, numbers[6]?);
        Some(())
    }
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    let digits = text.as_bytes().chunks(2);
    let byte = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
    text.len().is_multiple_of(2).then(|| digits.map(byte).collect::<Option<Vec<u8>>>())?
}
