//! What a notice says: counts, and tickets with their acts and days. Nothing of a person is ever
//! known here.

use std::collections::BTreeMap;

use domain::deadline::day_of;
use jiff::{Timestamp, civil::Date};
use platform::clock::instant;
use prost::Message as _;
use proto::ticketing::v1::{Notice, NoticeEntry, NoticeKind};
use uuid::Uuid;

use crate::{convert::notice::Addressee, entity::notice, store::ticket::Watched};

/// How many deadlines a notice names; the others are counted.
pub(crate) const ENTRIES: usize = 200;

/// A deadline that somebody is told of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Told {
    pub(crate) ticket_id: Uuid,
    pub(crate) act: String,
    pub(crate) due_at: i64,
    pub(crate) agency_id: String,
    /// The region whose Authority is told.
    pub(crate) authority_region: String,
}

impl Told {
    /// Of a deadline.
    pub(crate) fn of(watched: Watched, authority_region: String) -> Self {
        let Watched { ticket_id, subject, due_at, agency_id, .. } = watched;
        Self { ticket_id, act: subject, due_at, agency_id, authority_region }
    }

    /// Its last day.
    pub(crate) fn due_on(&self) -> Date {
        // What is due is the first instant after it.
        day_of(instant(self.due_at - 1))
    }

    fn addressees(&self) -> [Addressee; 2] {
        let (agency, region) = (self.agency_id.clone(), self.authority_region.clone());
        [Addressee::Agency(agency), Addressee::Authority(region)]
    }
}

/// What everyone is told of some deadlines: each once, longest due first.
#[derive(Default)]
pub(crate) struct Notices(BTreeMap<Addressee, Notice>);

impl Notices {
    /// Adds a deadline, which is overdue or due today at `now`. They come longest due first.
    pub(crate) fn add(&mut self, told: &Told, now: Timestamp) {
        let overdue = told.due_at <= now.as_microsecond();
        for to in told.addressees() {
            let notice = self.0.entry(to).or_default();
            match overdue {
                true => notice.overdue += 1,
                false => notice.due_today += 1,
            }
            if notice.entries.len() < ENTRIES {
                notice.entries.push(NoticeEntry {
                    ticket_id: told.ticket_id.to_string(),
                    act: told.act.clone(),
                    due_on: told.due_on().to_string(),
                    agency_id: told.agency_id.clone(),
                });
            } else {
                notice.left += 1;
            }
        }
    }

    /// The rows, without their numbers; as the digest of a day, if it is one.
    pub(crate) fn rows(
        self,
        kind: NoticeKind,
        digest_of: Option<Date>,
        now: Timestamp,
    ) -> Vec<notice::Model> {
        let row = |(to, content): (Addressee, Notice)| {
            let (agency_id, region_code) = to.columns();
            notice::Model {
                number: 0,
                agency_id,
                region_code,
                kind: i16::try_from(i32::from(kind)).unwrap_or_default(),
                digest_of: digest_of.map(|day| day.to_string()),
                made_at: now.as_microsecond(),
                content: content.encode_to_vec(),
            }
        };
        self.0.into_iter().map(row).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn t09_a_notice_names_two_hundred_at_most_and_counts_the_others() {
        let now = instant(1_000);
        let mut notices = Notices::default();
        for n in 0..=ENTRIES {
            let due_at = if n < 3 { 1_000 } else { 1_001 };
            let told = Told {
                ticket_id: Uuid::from_u128(n as u128),
                act: "fix_clear".to_owned(),
                due_at,
                agency_id: "652301-a03".to_owned(),
                authority_region: "652301".to_owned(),
            };
            notices.add(&told, now);
        }
        let rows = notices.rows(NoticeKind::Digest, None, now);
        assert_eq!(rows.len(), 2, "the agency's and the Authority's");
        for row in rows {
            let said = Notice::decode(row.content.as_slice()).unwrap();
            let counts = (said.overdue, said.due_today, said.entries.len(), said.left);
            assert_eq!(counts, (3, 198, ENTRIES, 1));
        }
    }
}
