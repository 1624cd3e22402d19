//! The facts this service tells, and the ones it follows: intake's ratings and matters, and the
//! catalog, whose items name the tickets that led to them.

use std::sync::Arc;

use domain::{deadline::day_of, level::Level, profile::Profile, ticket::Ticket};
use jiff::Timestamp;
use platform::{
    clock::Clock,
    convert::{self, Meaningless, to_wire},
    facts::{
        append,
        consume::{ApplyError, Consumer},
    },
    reference::{CATALOG, Reference, Snapshot},
};
use prost::Message;
use proto::{
    catalog::v1::{CauseKind, Item},
    fact::v1::{
        Fact, ItemPublished, MatterRaised, RatingJoinedTicket, RatingSubmitted, TicketOpened,
        fact::Body,
    },
    r#type::v1::{Origin, ServiceAct},
};
use sea_orm::DatabaseTransaction;
use uuid::Uuid;

use crate::{
    convert::{put_into_row, ticket_from_row},
    entity::{ticket, ticket_effect},
    store,
};

/// Applies others' facts here.
pub struct Facts {
    pub(crate) clock: Clock,
    pub(crate) reference: Reference,
}

impl Consumer for Facts {
    fn producers(&self) -> &'static [&'static str] {
        &[CATALOG, "intake"]
    }

    async fn apply(&self, txn: &DatabaseTransaction, fact: &Fact) -> Result<(), ApplyError> {
        match &fact.body {
            Some(Body::RatingSubmitted(rating)) => self.rating_submitted(txn, rating).await,
            Some(Body::MatterRaised(matter)) => self.matter_raised(txn, matter).await,
            Some(Body::ItemPublished(published)) => {
                Reference::apply(txn, fact).await?;
                item_published(txn, published).await
            }
            _ if fact.producer == CATALOG => Reference::apply(txn, fact).await,
            _ => Ok(()),
        }
    }

    async fn applied(&self, producer: &str) {
        if producer != CATALOG {
            return;
        }
        if let Err(error) = self.reference.refresh().await {
            tracing::warn!(error = %error, "reference data not refreshed");
        }
    }
}

/// A version of an item names the tickets that led to it, and they name it (C14). A ticket that is
/// not here was named by mistake: the item stands all the same.
async fn item_published(
    txn: &DatabaseTransaction,
    published: &ItemPublished,
) -> Result<(), ApplyError> {
    let item = Item::decode(published.item.as_slice());
    let item = item.map_err(|error| ApplyError::Park(error.to_string()))?;
    let tickets = item.causes.iter().filter(|cause| cause.kind() == CauseKind::Ticket);
    for cause in tickets {
        let id = cause.id.parse::<Uuid>().ok();
        let ticket_id = match id {
            Some(id) if store::is_ticket(txn, id).await? => id,
            _ => {
                let (code, version) = (&published.item_code, published.version);
                tracing::warn!(item.code = code, version, ticket = cause.id, "no such ticket");
                continue;
            }
        };
        let published_at = convert::instant_of(item.published_at.as_ref());
        let published_at = published_at.map_err(|why| ApplyError::Park(why.to_string()))?;
        let effect = ticket_effect::Model {
            ticket_id,
            item_code: published.item_code.clone(),
            version: published.version.into(),
            published_at: published_at.as_microsecond(),
        };
        store::put_effect(txn, effect).await?;
    }
    Ok(())
}

/// What opens a ticket: a rating, or a matter in the words the two have in common.
struct Opening<'a> {
    act_id: Uuid,
    received_at: Timestamp,
    said: RatingSubmitted,
    matter: Option<&'a MatterRaised>,
}

fn meaningless(why: Meaningless) -> ApplyError {
    ApplyError::Park(why.to_string())
}

impl Facts {
    /// Every negative rating that a rater gave belongs to exactly one ticket from the moment it is
    /// known (T01): to the act's open one if there is one (T17), else to a new one. A positive one
    /// changes nothing. Nobody gave a default one, and an imported one was handled where it came from.
    async fn rating_submitted(
        &self,
        txn: &DatabaseTransaction,
        rating: &RatingSubmitted,
    ) -> Result<(), ApplyError> {
        match rating.origin() {
            Origin::Active | Origin::Paper => {}
            Origin::Default | Origin::Imported => return Ok(()),
            Origin::Unspecified => return Err(meaningless(Meaningless("is no origin"))),
        }
        let level: Level = convert::level(rating.level).map_err(meaningless)?;
        if !level.is_negative() {
            return Ok(());
        }
        let no_uuid = |_| ApplyError::Park("rating_id is no UUID".to_owned());
        let rating_id: Uuid = rating.rating_id.parse().map_err(no_uuid)?;
        let act = rating.act.clone().ok_or(Meaningless("the act is missing"));
        let act = act.and_then(convert::act).map_err(meaningless)?;
        let received_at = convert::instant_of(rating.received_at.as_ref()).map_err(meaningless)?;
        if store::has_ticket(txn, rating_id).await? {
            return Ok(());
        }
        for row in store::tickets_of_act(txn, act.id.0).await? {
            let known = ticket_from_row(&row).map_err(|e| ApplyError::Park(e.to_string()))?;
            if known.state.takes_ratings() {
                let at = received_at.as_microsecond();
                store::insert_rating(txn, row.id, rating_id, at).await?;
                let joined = Body::RatingJoinedTicket(RatingJoinedTicket {
                    ticket_id: row.id.to_string(),
                    rating_id: rating_id.to_string(),
                    private: rating.private,
                });
                return Ok(append(txn, &self.clock, vec![joined]).await?);
            }
        }
        let known = self.known(|known| known.policy(&act.policy).is_some()).await?;
        let profile = known
            .policy(&act.policy)
            .ok_or_else(|| ApplyError::Wait(format!("the profile {}", act.policy)))?;
        let (act_id, said) = (act.id.0, rating.clone());
        let opening = Opening { act_id, received_at, said, matter: None };
        let (row, opened) = self.open(&known, profile, opening)?;
        store::insert_rating(txn, row.id, rating_id, received_at.as_microsecond()).await?;
        store::insert_ticket(txn, row).await?;
        Ok(append(txn, &self.clock, vec![opened]).await?)
    }

    /// A public review, a complaint or a survey's problem that wants one has one ticket, by the
    /// profile in force in its region on the day it was taken in (I17, I18, I25).
    async fn matter_raised(
        &self,
        txn: &DatabaseTransaction,
        matter: &MatterRaised,
    ) -> Result<(), ApplyError> {
        if !matter.wants_ticket {
            return Ok(());
        }
        let no_uuid = |_| ApplyError::Park("matter_id is no UUID".to_owned());
        let act_id: Uuid = matter.matter_id.parse().map_err(no_uuid)?;
        if matter.level != 0 {
            convert::level(matter.level).map_err(meaningless)?;
        }
        let (region, agency) = (&matter.region_code, &matter.agency_id);
        if agency.is_empty() {
            return Err(meaningless(Meaningless("the agency is missing")));
        }
        let received_at = convert::instant_of(matter.received_at.as_ref()).map_err(meaningless)?;
        if !store::tickets_of_act(txn, act_id).await?.is_empty() {
            return Ok(());
        }
        // The catalog tells profiles before units: who knows the agency knows its region's law.
        let known = self.known(|known| known.knows_unit(agency)).await?;
        if !known.knows_unit(agency) {
            return Err(ApplyError::Wait(format!("the agency {agency}")));
        }
        let day = day_of(received_at);
        let profile = known.profile_on(region, day).ok_or_else(|| {
            ApplyError::Park(format!("no profile is in force in {region} on {day}"))
        })?;
        let act = ServiceAct {
            act_id: act_id.to_string(),
            case_id: Uuid::nil().to_string(),
            region_code: region.clone(),
            agency_id: agency.clone(),
            item_code: matter.item_code.clone(),
            policy: profile.policy(),
            ..ServiceAct::default()
        };
        let said = RatingSubmitted {
            act: Some(act),
            level: matter.level,
            real_name: matter.real_name,
            private: matter.private,
            received_at: matter.received_at,
            ..RatingSubmitted::default()
        };
        let opening = Opening { act_id, received_at, said, matter: Some(matter) };
        let (row, opened) = self.open(&known, profile, opening)?;
        store::insert_ticket(txn, row).await?;
        Ok(append(txn, &self.clock, vec![opened]).await?)
    }

    /// A new ticket, and the fact that tells it.
    fn open(
        &self,
        known: &Snapshot,
        profile: &Profile,
        opening: Opening<'_>,
    ) -> Result<(ticket::Model, Body), ApplyError> {
        let Opening { act_id, received_at, said, matter } = opening;
        let act = said.act.clone().unwrap_or_default();
        let calendar =
            known.calendar().ok_or_else(|| ApplyError::Wait("the calendar".to_owned()))?;
        let calendar = calendar.of(&act.region_code);
        let ticket = Ticket::open(said.real_name, received_at, profile, &calendar)
            .map_err(|error| ApplyError::Park(error.to_string()))?;
        let opened_at = self.clock.now();
        let mut row = ticket::Model {
            id: self.clock.new_id(),
            act_id,
            region_code: act.region_code.clone(),
            agency_id: act.agency_id.clone(),
            real_name: said.real_name,
            opened_at: opened_at.as_microsecond(),
            clock_started_at: 0,
            state: 0,
            finding: 0,
            sequence: 0,
            due_at: 0,
            opening: said.encode_to_vec(),
            deadlines: Vec::new(),
            matter: matter.map(Message::encode_to_vec),
        };
        put_into_row(&ticket, &mut row);
        let opened = Body::TicketOpened(TicketOpened {
            ticket_id: row.id.to_string(),
            rating_id: said.rating_id,
            act: Some(act),
            level: said.level,
            channel: said.channel,
            real_name: said.real_name,
            private: said.private,
            opened_at: Some(to_wire(opened_at)),
            matter_id: matter.map(|matter| matter.matter_id.clone()).unwrap_or_default(),
        });
        Ok((row, opened))
    }

    /// Order across producers is not given: a rating may come before the profile it is bound to, and
    /// a matter before its agency.
    async fn known(&self, enough: impl Fn(&Snapshot) -> bool) -> Result<Arc<Snapshot>, ApplyError> {
        if !enough(&self.reference.now()) {
            self.reference.refresh().await?;
        }
        Ok(self.reference.now())
    }
}

#[cfg(test)]
mod tests {
    use platform::{
        facts::consume::{ApplyError, Consumer as _},
        testing::{ON_THE_SPOT_ITEM, REGION, republished, tell, wire_item},
    };
    use proto::{
        catalog::v1::Cause,
        fact::v1::ProfilePublished,
        ticketing::v1::{GetTicketRequest, Ticket as WireTicket, TicketEffect},
        r#type::v1::Level as WireLevel,
    };

    use super::*;
    use crate::rpc::{
        get_ticket,
        testing::{Fixture, accept, assign, authority, close, contact, feed_back, rectify, verify},
    };

    #[tokio::test]
    async fn t01_every_negative_rating_opens_one_ticket_for_its_agency_at_once() {
        let fixture = Fixture::new().await;
        let clock = fixture.ticketing.shell.clock.clone();
        for (level, opens) in [
            (WireLevel::VerySatisfied, false),
            (WireLevel::Satisfied, false),
            (WireLevel::BasicallySatisfied, false),
            (WireLevel::Dissatisfied, true),
            (WireLevel::VeryDissatisfied, true),
        ] {
            let rating = fixture.rating(clock.new_id(), level);
            let told = fixture.apply(&rating).await;
            match told.as_slice() {
                [Body::TicketOpened(opened)] if opens => {
                    assert_eq!(opened.rating_id, rating.rating_id);
                    assert_eq!(opened.act, rating.act);
                }
                [] if !opens => {}
                other => panic!("{level:?}: {other:?}"),
            }
            assert!(fixture.apply(&rating).await.is_empty(), "told again, applied once");
        }
    }

    #[tokio::test]
    async fn t01_a_second_negative_rating_joins_the_open_ticket_and_after_closing_opens_another() {
        let fixture = Fixture::new().await;
        let act_id = fixture.ticketing.shell.clock.new_id();
        let first = fixture.rating(act_id, WireLevel::VeryDissatisfied);
        let told = fixture.apply(&first).await;
        let [Body::TicketOpened(opened)] = told.as_slice() else { panic!("{told:?}") };
        fixture.at("2026-03-02T02:00:00Z");
        let second = fixture.rating(act_id, WireLevel::Dissatisfied);
        let told = fixture.apply(&second).await;
        let [Body::RatingJoinedTicket(joined)] = told.as_slice() else { panic!("{told:?}") };
        assert_eq!(joined.ticket_id, opened.ticket_id);
        let praise = fixture.rating(act_id, WireLevel::VerySatisfied);
        assert!(fixture.apply(&praise).await.is_empty(), "a later positive one does not end it");
        let finding = proto::r#type::v1::Finding::Clear;
        let steps =
            vec![assign(), contact(), verify(finding), rectify(), feed_back(), accept(), close()];
        let closed = fixture.steps(&opened.ticket_id, steps).await;
        assert_eq!(closed.rating_ids, [first.rating_id, second.rating_id]);
        let third = fixture.rating(act_id, WireLevel::Dissatisfied);
        let told = fixture.apply(&third).await;
        let [Body::TicketOpened(another)] = told.as_slice() else { panic!("{told:?}") };
        assert_ne!(another.ticket_id, opened.ticket_id);
    }

    #[tokio::test]
    async fn a_rating_ahead_of_its_profile_waits_and_a_meaningless_one_is_set_aside() {
        let fixture = Fixture::new().await;
        let consumer = fixture.ticketing.consumer();
        let act_id = fixture.ticketing.shell.clock.new_id();
        let mut early = fixture.rating(act_id, WireLevel::Dissatisfied);
        early.act.as_mut().unwrap().policy = "changji-2030@1".to_owned();
        let mut meaningless = early.clone();
        meaningless.act = None;
        let txn = fixture.ticketing.store.begin().await.unwrap();
        let waits = consumer.rating_submitted(&txn, &early).await;
        assert!(matches!(waits, Err(ApplyError::Wait(_))), "{waits:?}");
        let parked = consumer.rating_submitted(&txn, &meaningless).await;
        assert!(matches!(parked, Err(ApplyError::Park(_))), "{parked:?}");
        assert_eq!(consumer.producers(), ["catalog", "intake"]);
    }

    #[tokio::test]
    async fn t01_a_rating_on_paper_opens_a_ticket_a_default_or_imported_one_never() {
        let fixture = Fixture::new().await;
        let clock = fixture.ticketing.shell.clock.clone();
        for (origin, opens) in [
            (Origin::Active, true),
            (Origin::Paper, true),
            (Origin::Default, false),
            (Origin::Imported, false),
        ] {
            let mut rating = fixture.rating(clock.new_id(), WireLevel::VeryDissatisfied);
            rating.origin = origin.into();
            assert_eq!(fixture.apply(&rating).await.len(), usize::from(opens), "{origin:?}");
        }
        let mut nobodys = fixture.rating(clock.new_id(), WireLevel::VeryDissatisfied);
        nobodys.origin = 99;
        let parked = fixture.try_apply(Body::RatingSubmitted(nobodys)).await;
        assert!(matches!(parked, Err(ApplyError::Park(_))), "{parked:?}");
    }

    #[tokio::test]
    async fn i17_i18_i25_a_matter_that_wants_a_ticket_has_one_from_when_it_was_taken_in() {
        let fixture = Fixture::new().await;
        let rated = fixture.ticket().await;
        let matter = fixture.matter();
        let later = "id = 'later'\nversion = 1\ninherits = 'state-council-2019'\n\
                     region = '652301'\ndocument = '示例'\nin_force_from = '2026-03-03'\n\
                     trial = false\n";
        let nation = include_str!("../../domain/profiles/state-council-2019.toml");
        let later = Body::ProfilePublished(ProfilePublished {
            profile_id: "later".to_owned(),
            version: 1,
            region_code: REGION.to_owned(),
            layers: vec![nation.to_owned(), later.to_owned()],
        });
        tell(&fixture.ticketing.store, vec![later]).await;
        fixture.ticketing.reference.refresh().await.unwrap();
        fixture.at("2026-03-04T01:00:00Z");
        let told = fixture.try_apply(Body::MatterRaised(matter.clone())).await.unwrap();
        let [Body::TicketOpened(opened)] = told.as_slice() else { panic!("{told:?}") };
        assert_eq!((&opened.matter_id, opened.rating_id.as_str()), (&matter.matter_id, ""));
        assert_eq!(opened.level(), WireLevel::Unspecified);
        let act = opened.act.as_ref().unwrap();
        assert_eq!((&act.act_id, act.policy.as_str()), (&matter.matter_id, "changji-2020@2"));
        let again = fixture.try_apply(Body::MatterRaised(matter.clone())).await.unwrap();
        assert!(again.is_empty(), "one ticket, however often it is told: {again:?}");
        let (rated, complained) =
            (read(&fixture, &rated).await, read(&fixture, &opened.ticket_id).await);
        assert_eq!(complained.deadlines, rated.deadlines, "as if it had been a rating then");
        let quiet = MatterRaised { wants_ticket: false, ..fixture.matter() };
        assert!(fixture.try_apply(Body::MatterRaised(quiet)).await.unwrap().is_empty());
        let third = fixture.ticket_of(&fixture.matter()).await;
        assert_eq!(read(&fixture, &third).await.act.unwrap().policy, "later@1", "the law by then");
    }

    #[tokio::test]
    async fn i25_a_matter_ahead_of_its_agency_waits_and_one_that_nobody_can_handle_is_set_aside() {
        let fixture = Fixture::new().await;
        let ahead = MatterRaised { agency_id: "652301-a98".to_owned(), ..fixture.matter() };
        let waits = fixture.try_apply(Body::MatterRaised(ahead)).await;
        assert!(matches!(waits, Err(ApplyError::Wait(_))), "{waits:?}");
        for nobodys in [
            MatterRaised { agency_id: String::new(), ..fixture.matter() },
            MatterRaised { region_code: "110105".to_owned(), ..fixture.matter() },
            MatterRaised { matter_id: "x".to_owned(), ..fixture.matter() },
            MatterRaised { level: 99, ..fixture.matter() },
            MatterRaised { received_at: None, ..fixture.matter() },
        ] {
            let parked = fixture.try_apply(Body::MatterRaised(nobodys)).await;
            assert!(matches!(parked, Err(ApplyError::Park(_))), "{parked:?}");
        }
    }

    async fn read(fixture: &Fixture, ticket_id: &str) -> WireTicket {
        let request = GetTicketRequest { ticket_id: ticket_id.to_owned() };
        let read = get_ticket::run(&fixture.ticketing, authority(REGION), request).await;
        read.unwrap().ticket.unwrap()
    }

    /// A version of an item with its causes, as the catalog tells it at `position`.
    fn caused(position: u64, version: u32, causes: &[(CauseKind, &str)]) -> Fact {
        let mut item = wire_item(ON_THE_SPOT_ITEM);
        item.version = version;
        let cause =
            |(kind, id): &(CauseKind, &str)| Cause { kind: (*kind).into(), id: (*id).to_owned() };
        item.causes = causes.iter().map(cause).collect();
        let body = Some(republished(&item));
        Fact { position, producer: CATALOG.to_owned(), body, ..Fact::default() }
    }

    #[tokio::test]
    async fn c14_a_ticket_names_the_item_versions_it_led_to_each_once() {
        let fixture = Fixture::new().await;
        let (first, second) = (fixture.ticket().await, fixture.ticket().await);
        let consumer = fixture.ticketing.consumer();
        let third = caused(92, 3, &[(CauseKind::Ticket, &first)]);
        let both = [(CauseKind::Ticket, first.as_str()), (CauseKind::Ticket, second.as_str())];
        for fact in [third.clone(), caused(91, 2, &both), third] {
            let txn = fixture.ticketing.store.begin().await.unwrap();
            consumer.apply(&txn, &fact).await.unwrap();
            txn.commit().await.unwrap();
        }
        let published_at = wire_item(ON_THE_SPOT_ITEM).published_at;
        let effect = |version| TicketEffect {
            item_code: ON_THE_SPOT_ITEM.to_owned(),
            version,
            published_at,
        };
        assert_eq!(read(&fixture, &first).await.effects, [effect(2), effect(3)]);
        assert_eq!(read(&fixture, &second).await.effects, [effect(2)]);
        let assigned = fixture.step(&second, assign()).await.unwrap();
        assert_eq!(assigned.effects, [effect(2)], "in the answer to a step too");
        let known = fixture.ticketing.reference.item(ON_THE_SPOT_ITEM, None).await;
        assert_eq!(known.unwrap().unwrap().version, 3, "and the item is known");
    }

    #[tokio::test]
    async fn c14_a_cause_that_is_no_ticket_of_ours_changes_nothing_and_sets_nothing_aside() {
        let fixture = Fixture::new().await;
        let ticket = fixture.ticket().await;
        let unknown = fixture.ticketing.shell.clock.new_id().to_string();
        let fact = caused(
            91,
            2,
            &[
                (CauseKind::Ticket, &unknown),
                (CauseKind::Ticket, "no UUID"),
                (CauseKind::Problem, &ticket),
                (CauseKind::Survey, &ticket),
            ],
        );
        let txn = fixture.ticketing.store.begin().await.unwrap();
        fixture.ticketing.consumer().apply(&txn, &fact).await.unwrap();
        txn.commit().await.unwrap();
        assert!(read(&fixture, &ticket).await.effects.is_empty());
        let store = &fixture.ticketing.store;
        let kept = store::effects(store.read(), unknown.parse().unwrap()).await;
        assert_eq!(kept.unwrap(), []);
    }
}
