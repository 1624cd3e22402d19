//! Imports a file (C11): every row is checked, and nothing is changed unless all are right.

use std::collections::{HashMap, HashSet};

use domain::{
    codes::ItemCode,
    deadline::day_of,
    organization::{MergeOutcome, UnitKind},
    violation::Violations,
};
use platform::{auth::Officer, convert::unit::unit as unit_from_wire, status::Failure};
use proto::catalog::v1::{
    Change, ImportSummary, Imported, RowError, TransferKind, change::Subject,
};
use serde::de::DeserializeOwned;
use tokio::{
    sync::mpsc::{Receiver, channel},
    task::JoinHandle,
};

use super::{
    columns::{self, Column},
    form::FileForm,
    read::{Batch, Unreadable, Wrong, read_rows},
    rows::{BaseRow, ItemRow, TagRow, UnitRow, item_column},
    tags::{document_of, same_rows},
};
use crate::{
    app::{
        catalog::publish::{Publishing, complete},
        change::{
            documents::{known_tags, read_tags},
            items::{owns, region_of_base},
            subject::Subject as CheckedSubject,
        },
    },
    error::{Error, TransferError},
    store,
};

/// How many errors are listed; the rest are counted.
const LISTED: u64 = 1_000;
/// More base items than a batch can name.
const MANY: u64 = 1_000;
/// How many batches wait for the store.
const WAITING: usize = 4;
/// The most rows of a file.
const MAX_ROWS: u64 = 2_000_000;
/// The most rows of units or tags, which are checked together.
const MAX_TOGETHER: usize = 200_000;
/// The largest file of these, in bytes, and of all others.
const MAX_BYTES: (u64, u64) = (128 << 20, 1 << 30);

/// The columns of a kind of file.
pub(crate) fn columns_of(kind: TransferKind) -> &'static [Column] {
    match kind {
        TransferKind::BaseItems => columns::BASE_ITEMS,
        TransferKind::Organization => columns::UNITS,
        TransferKind::Staff => columns::STAFF,
        TransferKind::Tags => columns::TAGS,
        TransferKind::Items | TransferKind::Unspecified => columns::ITEMS,
    }
}

/// A running import.
pub(crate) struct TakeIn<'a> {
    pub(crate) publishing: Publishing<'a>,
    pub(crate) officer: &'a Officer,
    /// What is wrong with rows. It is sent at the end: a caller that sends first and reads later
    /// must not keep others from publishing.
    pub(crate) errors: Vec<RowError>,
    pub(crate) summary: ImportSummary,
}

impl TakeIn<'_> {
    /// Reads and checks every row of a file.
    pub(crate) async fn run(
        &mut self,
        written: FileForm,
        chunks: Receiver<Vec<u8>>,
    ) -> Result<(), Error> {
        match written.kind {
            TransferKind::BaseItems => self.base_items(receive(written, chunks)).await,
            TransferKind::Organization | TransferKind::Staff => {
                self.units(written.kind, receive(written, chunks)).await
            }
            TransferKind::Tags => self.tags(receive(written, chunks)).await,
            TransferKind::Items | TransferKind::Unspecified => {
                self.items(receive(written, chunks)).await
            }
        }
    }

    /// The import as a change, for the record: who, when, what.
    pub(crate) fn as_change(&self, kind: TransferKind) -> Change {
        let imported =
            Imported { kind: kind.into(), rows: self.summary.rows, changed: self.summary.changed };
        Change { subject: Some(Subject::Imported(imported)), ..Change::default() }
    }

    async fn base_items(&mut self, mut rows: RowStream<BaseRow>) -> Result<(), Error> {
        let mut seen = HashSet::new();
        while let Some(batch) = rows.batches.recv().await {
            let mut items = Vec::with_capacity(batch.len());
            for (row, base) in self.right(batch)? {
                let base = base.into_base(self.publishing.at);
                let mut wrong = base.violations();
                let region = region_of_base(&base.code);
                let reached = region.is_none_or(|region| self.officer.reaches(&region));
                wrong.require(
                    reached,
                    "base_code",
                    "belongs to another region, which alone can change it",
                );
                // A malformed code is wrong anyway, and not kept.
                let new = !wrong.0.is_empty() || seen.insert(base.code.clone());
                wrong.require(new, "base_code", "is given in an earlier row");
                if self.holds(row, wrong) {
                    items.push(base);
                }
            }
            if self.summary.errors == 0 {
                let changed = self.publishing.base_items(items).await?;
                self.count(changed);
            }
        }
        rows.end().await
    }

    async fn items(&mut self, mut rows: RowStream<ItemRow>) -> Result<(), Error> {
        let organization = store::organization::organization(self.publishing.txn).await?;
        let today = day_of(self.publishing.at);
        let mut seen: HashSet<Box<str>> = HashSet::new();
        while let Some(batch) = rows.batches.recv().await {
            let right = self.right(batch)?;
            // A malformed code is not looked up.
            let codes =
                || right.iter().map(|(_, row)| (row.code.as_str(), ItemCode::parse(&row.code)));
            let base_codes = codes().filter_map(|(_, code)| Some(code.ok()?.base.as_str()));
            let base_codes = Some(base_codes.collect());
            let bases = store::catalog::bases(self.publishing.txn, base_codes, "", MANY).await?;
            let bases: HashMap<&str, _> = bases.iter().map(|b| (b.code.as_str(), b)).collect();
            let codes = codes().filter(|(_, code)| code.is_ok()).map(|(text, _)| text);
            let known = store::catalog::currents(self.publishing.txn, codes).await?;
            let mut items = Vec::with_capacity(right.len());
            for (row, told) in right {
                let base = told.code.get(19..31).and_then(|code| bases.get(code)).copied();
                let mut wrong = match base {
                    Some(base) => {
                        base.content.divergence(&told.name, told.item_type, &told.legal_basis)
                    }
                    None => Violations::default(),
                };
                let reached = self.officer.reaches(&told.region_code);
                wrong.require(reached, "region_code", "is outside of your region");
                let own = known.get(&told.code).is_none_or(|known| owns(self.officer, known));
                wrong.require(own, "code", "is another region's item");
                // A malformed code is wrong anyway, and not kept.
                let is_code = ItemCode::parse(&told.code).is_ok();
                let new = !is_code || seen.insert(told.code.as_str().into());
                wrong.require(new, "code", "is given in an earlier row");
                let mut item = told.into_item(self.publishing.at);
                wrong.0.extend(complete(&mut item, base, &organization, today).0);
                if self.holds(row, wrong) {
                    items.push(item);
                }
            }
            if self.summary.errors == 0 {
                let changed = self.publishing.items(items).await?;
                self.count(changed);
            }
        }
        rows.end().await
    }

    /// Units are checked together: each may name any other.
    async fn units(
        &mut self,
        kind: TransferKind,
        mut rows: RowStream<UnitRow>,
    ) -> Result<(), Error> {
        let mut units = Vec::new();
        while let Some(batch) = rows.batches.recv().await {
            for (row, told) in self.right(batch)? {
                let staff = told.kind == UnitKind::Staff;
                if staff != (kind == TransferKind::Staff) {
                    self.wrong(row, "kind", "does not belong into this kind of file");
                } else if units.len() == MAX_TOGETHER {
                    return Err(too_many());
                } else {
                    match unit_from_wire(told.into_wire()) {
                        Ok(unit) => units.push((row, unit)),
                        Err(wrong) => drop(self.holds(row, wrong)),
                    }
                }
            }
        }
        rows.end().await?;
        let mut organization = store::organization::organization(self.publishing.txn).await?;
        let today = day_of(self.publishing.at);
        // Regions and halls first, since others take their region from them.
        units.sort_by_key(|(_, unit)| unit.kind);
        let mut changed = Vec::new();
        for (row, unit) in &mut units {
            organization.settle_region(unit, today);
            let mut wrong = unit.violations();
            let reached = self.officer.reaches(&unit.region_code);
            wrong.require(reached, "region_code", "is outside of your region");
            if let Some(last) = organization.versions(&unit.id).last() {
                // To move a unit out of a region, an officer must have both regions.
                let reached = self.officer.reaches(&last.region_code);
                wrong.require(reached, "unit_id", "is another region's");
            }
            for violation in &mut wrong.0 {
                if violation.field == "id" {
                    "unit_id".clone_into(&mut violation.field);
                }
            }
            if !self.holds(*row, wrong) {
                continue;
            }
            // A former state reported as such is nothing new, even if the row only has its end.
            if organization.versions(&unit.id).contains(unit) {
                continue;
            }
            match organization.merge(unit.clone(), today) {
                Ok(MergeOutcome::Known) => {}
                Ok(MergeOutcome::New) => changed.push(unit.id.clone()),
                Err((column, why)) => self.wrong(*row, column, &why),
            }
        }
        // The first row of a unit: with many thousands, looked up once.
        let mut row_of = HashMap::new();
        for (row, unit) in &units {
            row_of.entry(unit.id.as_str()).or_insert(*row);
        }
        for (id, column, why) in organization.contradictions() {
            match row_of.get(id.as_str()) {
                Some(row) => self.wrong(*row, column, &why),
                None => self.wrong(0, column, &format!("{id}: {why}")),
            }
        }
        if self.summary.errors == 0 {
            self.count(changed.len());
            changed.sort_unstable();
            changed.dedup();
            let changed: Vec<&str> = changed.iter().map(String::as_str).collect();
            self.publishing.units(&organization, &changed).await?;
        }
        Ok(())
    }

    async fn tags(&mut self, mut rows: RowStream<TagRow>) -> Result<(), Error> {
        let mut tags = Vec::new();
        while let Some(batch) = rows.batches.recv().await {
            for (row, tag) in self.right(batch)? {
                if tags.len() == MAX_TOGETHER {
                    return Err(too_many());
                }
                tags.push((row, tag));
            }
        }
        rows.end().await?;
        let document = match document_of(&tags) {
            Ok(document) => document,
            Err((row, column, why)) => {
                self.wrong(row, column, why);
                return Ok(());
            }
        };
        let version = tags.first().map(|(_, tag)| tag.list_version.as_str()).unwrap_or_default();
        if let Some(known) = known_tags(&self.publishing, version).await?
            && (known.document == document || same_rows(&known.list, &tags))
        {
            return Ok(());
        }
        let mut wrong = Violations::default();
        let region = self.officer.region();
        let read = read_tags(&self.publishing, region, &document, &mut wrong).await?;
        if let Some((_, region, _)) = &read {
            let reached = self.officer.reaches(region);
            wrong.require(
                reached,
                "list_version",
                "is the nation's list: name the list that yours inherits",
            );
        }
        for violation in &mut wrong.0 {
            "list_version".clone_into(&mut violation.field);
        }
        let holds = self.holds(1, wrong);
        if let (true, 0, Some((CheckedSubject::TagList(document), ..))) =
            (holds, self.summary.errors, read)
            && self.publishing.document(document).await?.is_some()
        {
            self.count(tags.len());
        }
        Ok(())
    }

    /// The rows that could be read; the errors of the others are recorded.
    fn right<R>(&mut self, batch: Batch<R>) -> Result<Vec<(u64, R)>, Error> {
        let mut right = Vec::with_capacity(batch.len());
        for (row, read) in batch {
            self.summary.rows += 1;
            if self.summary.rows > MAX_ROWS {
                return Err(TransferError::FileTooLarge(
                    "the file has more than 2,000,000 rows".into(),
                )
                .into());
            }
            match read {
                Ok(value) => right.push((row, value)),
                Err(wrong) => {
                    for Wrong { row, column, reason } in wrong {
                        self.wrong(row, &column, &reason);
                    }
                }
            }
        }
        Ok(right)
    }

    /// Records what is wrong with a row; returns whether nothing is.
    fn holds(&mut self, row: u64, wrong: Violations) -> bool {
        let holds = wrong.0.is_empty();
        for violation in wrong.0 {
            self.wrong(row, item_column(&violation.field), &violation.description);
        }
        holds
    }

    fn wrong(&mut self, row: u64, column: &str, reason: &str) {
        self.summary.errors += 1;
        if self.summary.errors <= LISTED {
            let (column, reason) = (column.to_owned(), reason.to_owned());
            self.errors.push(RowError { row, column, reason });
        }
    }

    fn count(&mut self, changed: usize) {
        self.summary.changed += changed as u64;
    }
}

/// Rows as they arrive, and the thread that reads them.
struct RowStream<R> {
    batches: Receiver<Batch<R>>,
    reader: JoinHandle<Result<(), Unreadable>>,
}

impl<R> RowStream<R> {
    /// The end of the reading.
    async fn end(self) -> Result<(), Error> {
        match self.reader.await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(Unreadable::Malformed(reasons))) => {
                let mut wrong = Violations::default();
                reasons.into_iter().for_each(|why| wrong.add("chunk", why));
                Err(wrong.into())
            }
            Ok(Err(Unreadable::TooLarge(why))) => Err(TransferError::FileTooLarge(why).into()),
            Ok(Err(Unreadable::Left)) => Err(left()),
            Err(died) => Err(Failure::Internal(died.to_string()).into()),
        }
    }
}

fn receive<R: DeserializeOwned + Send + 'static>(
    written: FileForm,
    chunks: Receiver<Vec<u8>>,
) -> RowStream<R> {
    let (sender, batches) = channel(WAITING);
    let FileForm { kind, format, encoding } = written;
    let together =
        matches!(kind, TransferKind::Organization | TransferKind::Staff | TransferKind::Tags);
    let most = if together { MAX_BYTES.0 } else { MAX_BYTES.1 };
    let read = move || read_rows(chunks, most, format, encoding, columns_of(kind), &sender);
    RowStream { batches, reader: tokio::task::spawn_blocking(read) }
}

fn too_many() -> Error {
    let why = "the file has more than 200,000 rows of what is looked at together";
    TransferError::FileTooLarge(why.to_owned()).into()
}

fn left() -> Error {
    Failure::Raced("the caller left").into()
}
