//! What a change is about: read from the wire, checked against what is published, and published.

use domain::{
    base_item::BaseItem,
    item::{Cause, Item, ItemState},
    violation::{Violations, identifier, plain_text},
};
use platform::{
    auth::Officer,
    convert::item::{cause, to_wire_item},
};
use proto::catalog::v1::{Change, change::Subject as Wire};

use super::{
    documents::{read_calendar, read_profile, read_tags},
    items::{read_base, read_cancellation, read_item},
    subject::Subject,
};
use crate::{app::catalog::publish::Publishing, error::Error, store};

/// The most causes of one change.
const MAX_CAUSES: usize = 50;
/// The longest reason for a cancellation, in characters.
const MAX_REASON: usize = 500;

/// A change that may be published: what, where, and whose.
pub(crate) struct CheckedChange {
    pub(crate) subject: Subject,
    pub(crate) causes: Vec<Cause>,
    /// The region whose Authority approves it.
    pub(crate) region_code: String,
    /// The agency of its item, if it is about an item.
    pub(crate) agency_id: Option<String>,
}

impl CheckedChange {
    /// Reads a change of an officer and checks it against what is published now.
    ///
    /// # Errors
    /// Everything wrong with it.
    pub(crate) async fn read(
        publishing: &Publishing<'_>,
        officer: &Officer,
        change: &Change,
    ) -> Result<Self, Error> {
        let mut wrong = Violations::default();
        wrong.require(change.causes.len() <= MAX_CAUSES, "change.causes", "are more than 50");
        let mut causes = Vec::new();
        for (n, told) in change.causes.iter().enumerate().take(MAX_CAUSES) {
            let cause = wrong.take(&format!("change.causes[{n}].kind"), cause(told));
            // If named twice it still counts as one.
            causes.extend(cause.filter(|cause| !causes.contains(cause)));
            wrong.require(!told.id.is_empty(), &format!("change.causes[{n}].id"), "is missing");
            wrong.take(&format!("change.causes[{n}].id"), identifier(&told.id));
        }
        let read = match &change.subject {
            None => {
                wrong.add("change", "says not what is changed");
                None
            }
            Some(Wire::BaseItem(told)) => read_base(told.clone(), &mut wrong),
            Some(Wire::Item(told)) => {
                read_item(publishing, officer, (**told).clone(), &mut wrong).await?
            }
            Some(Wire::Cancellation(told)) => {
                wrong.require(
                    !told.reason.trim().is_empty(),
                    "change.cancellation.reason",
                    "is missing",
                );
                wrong.take("change.cancellation.reason", plain_text(&told.reason, MAX_REASON));
                read_cancellation(publishing, &told.code, &mut wrong).await?
            }
            Some(Wire::Profile(told)) => {
                read_profile(publishing, &told.document, &told.region_code, &mut wrong).await?
            }
            Some(Wire::TagList(told)) => {
                read_tags(publishing, officer.region(), &told.document, &mut wrong).await?
            }
            Some(Wire::Imported(_)) => {
                wrong.add("change.imported", "is set by an import alone");
                None
            }
            Some(Wire::Calendar(told)) => {
                read_calendar(publishing, &told.document, &mut wrong).await?
            }
        };
        let read = wrong.finish(read)?;
        let (subject, region_code, agency_id) =
            read.ok_or_else(|| Error::from(Violations::default()))?;
        Ok(Self { subject, causes, region_code, agency_id })
    }

    /// Publishes it.
    pub(crate) async fn publish(self, publishing: &mut Publishing<'_>) -> Result<(), Error> {
        publishing.causes = self.causes;
        match self.subject {
            Subject::Base(base) => drop(publishing.base_items(vec![base]).await?),
            Subject::Item(item) => drop(publishing.items(vec![*item]).await?),
            Subject::Cancellation(code) if code.len() == 12 => {
                let known = store::catalog::bases(publishing.txn, Some(vec![&code]), "", 1).await?;
                let cancelled =
                    known.into_iter().map(|b| BaseItem { state: ItemState::Cancelled, ..b });
                publishing.base_items(cancelled.collect()).await?;
            }
            Subject::Cancellation(code) => {
                let known = store::catalog::currents(publishing.txn, [code.as_str()]).await?;
                let cancelled =
                    known.into_values().map(|i| Item { state: ItemState::Cancelled, ..i });
                publishing.items(cancelled.collect()).await?;
            }
            Subject::Profile(document)
            | Subject::TagList(document)
            | Subject::Calendar(document) => {
                publishing.document(document).await?;
            }
        }
        Ok(())
    }
}

/// A kept change in the form for a second check: the fields an item has from its base item may have
/// changed since, and the item gets them anyway (C01).
pub(crate) fn as_drafted(change: &Change) -> Change {
    let mut change = change.clone();
    if let Some(Wire::Item(item)) = &mut change.subject {
        (item.name, item.r#type, item.legal_basis) = (String::new(), 0, Vec::new());
    }
    change
}

/// The change as it is kept: fields that the caller may not set are removed.
pub(crate) fn as_kept(change: &Change, checked: &CheckedChange) -> Change {
    let subject = match (&checked.subject, &change.subject) {
        (Subject::Item(item), _) => Some(Wire::Item(Box::new(to_wire_item(item)))),
        (_, subject) => subject.clone(),
    };
    Change { subject, causes: change.causes.clone(), ..Change::default() }
}
