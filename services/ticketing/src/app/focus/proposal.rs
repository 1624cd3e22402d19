//! What the figures of a region propose at a look, and what a person decides about it (T12, T13, T19).

use std::collections::{BTreeMap, BTreeSet, HashMap};

use domain::{
    deadline::{day_of, end_of},
    focus::{
        LOOKS, Look, RANKED_MONTHS, Sample, Verdict, Window, impartial, lasting_bottom, ranked,
    },
    profile::Profile,
    ticket::MAX_NOTE_CHARS,
    violation::{Violations, plain_text},
};
use jiff::{Timestamp, civil::Date};
use platform::{
    auth::Authority,
    convert::{instant_of, level_to_wire, to_wire},
    once::Recognised,
};
use proto::{
    fact::v1::{FocusProposalDecided, FocusProposed, fact::Body},
    ticketing::v1::{Concentration, DecideFocusProposalRequest, FocusProposal, FocusProposalState},
    r#type::v1::{FocusBasis, FocusKind},
};
use sea_orm::{ConnectionTrait, DbErr};
use uuid::Uuid;

use super::{
    complaints::ComplaintFigures,
    figures::{Figures, Question},
    key_target::{self, is_object, name_proposed, person},
    problem::{self, record_proposed},
    staff_measure,
};
use crate::{
    convert::focus::{complaints_to_wire, object_of, ranks_to_wire},
    error::{Error, FocusError},
    state::Ticketing,
    store::{
        self,
        focus::{
            counts,
            proposals::{self, Behind, Weighed, basis_to_column},
        },
    },
};

/// How many tickets behind a proposal it cites at most.
const TICKETS: u64 = 50;
/// How many proposals one look of a region makes at most, the least probable ones.
const PROPOSALS: usize = 100;

/// What the figures say about one object, found and not weighed before.
pub(crate) struct Candidate {
    /// The proposal without identity and time.
    pub(crate) content: FocusProposal,
    /// What it is about, as long as nobody has decided.
    pub(crate) open_object: String,
    p: f64,
}

/// The figures of a look.
struct Figured {
    ratings: Vec<Figures>,
    complaints: ComplaintFigures,
    months: Vec<BTreeMap<String, Sample>>,
    /// How many comparisons all of them are, at all looks that a day is in.
    compared: u64,
}

/// What is compared in a region.
struct Compared<'a, C> {
    connection: &'a C,
    region: &'a str,
    profile: &'a Profile,
    look: Look,
    figured: Figured,
    /// Until which day an object was weighed.
    weighed: HashMap<Weighed, Date>,
}

/// What the figures of a region propose at a look, the least probable first.
pub(crate) async fn found(
    connection: &impl ConnectionTrait,
    region: &str,
    profile: &Profile,
    look: Look,
) -> Result<Vec<Candidate>, DbErr> {
    let figured = Figured::read(connection, region, profile, look).await?;
    let first = look.months(RANKED_MONTHS).first().map_or(look.window().from, |month| month.from);
    let since = first.min(look.window().from);
    let weighed = proposals::weighed(connection, region, since).await?;
    let compared = Compared { connection, region, profile, look, figured, weighed };
    let mut all = compared.of_ratings().await?;
    all.extend(compared.of_complaints().await?);
    all.extend(compared.of_ranks().await?);
    let open = proposals::open_objects(connection, region).await?;
    // What waits for a decision does not keep out what was found later.
    let waiting = proposals::waiting(connection, region).await?;
    all.retain(|(record, one)| !open.contains(record) && !waiting.contains(&one.open_object));
    all.sort_by(|(_, one), (_, other)| {
        one.p.total_cmp(&other.p).then_with(|| one.open_object.cmp(&other.open_object))
    });
    Ok(all.into_iter().map(|(_, candidate)| candidate).take(PROPOSALS).collect())
}

impl Figured {
    async fn read(
        connection: &impl ConnectionTrait,
        region: &str,
        profile: &Profile,
        look: Look,
    ) -> Result<Self, DbErr> {
        let rule = profile.key_target.as_ref().map(|rule| &rule.value);
        let kinds = [FocusKind::Staff, FocusKind::Agency, FocusKind::Line, FocusKind::Region];
        let kinds =
            kinds.into_iter().filter(|kind| rule.is_some_and(|rule| is_object(rule, *kind)));
        let mut ratings = Vec::new();
        for kind in kinds.chain([FocusKind::Item, FocusKind::ItemTag]) {
            let question = Question::of(kind, profile, look.window());
            ratings.push(Figures::read(connection, region, question).await?);
        }
        let complaints = ComplaintFigures::read(connection, region, look.window()).await?;
        let mut months = Vec::new();
        if rule.is_some() {
            for month in look.months(RANKED_MONTHS) {
                let staff = counts::by_object(connection, FocusKind::Staff, region, month).await?;
                let question = Question::of(FocusKind::Staff, profile, month);
                let sample = |(id, levels)| (id, question.poor(levels));
                months.push(staff.into_iter().map(sample).collect());
            }
        }
        let each = ratings.iter().map(Figures::compared).chain([complaints.compared()]);
        let objects: u64 = each.chain([ranked(&months)]).sum();
        let compared = objects.saturating_mul(LOOKS);
        let ratings = ratings.into_iter().map(|figures| figures.among(compared)).collect();
        Ok(Self { ratings, complaints, months, compared })
    }
}

impl<C: ConnectionTrait> Compared<'_, C> {
    /// What of a window is later than the last decision about an object; none if nothing is.
    fn unweighed(
        &self,
        basis: FocusBasis,
        kind: FocusKind,
        object_id: &str,
        window: Window,
    ) -> Option<Window> {
        let key = (basis_to_column(basis), counts::number(kind), object_id.to_owned());
        window.after(self.weighed.get(&key).copied())
    }

    /// What ratings say. If an object was decided upon in the window, what came afterwards must say
    /// so too, by itself.
    async fn of_ratings(&self) -> Result<Vec<(String, Candidate)>, DbErr> {
        let mut found = Vec::new();
        for figures in &self.figured.ratings {
            let question = figures.question();
            let all = figures.all().into_iter();
            for (counted, told) in all.filter(|(_, told)| told.verdict == Verdict::Found) {
                let basis = FocusBasis::Ratings;
                let left = self.unweighed(basis, question.kind, counted, question.window);
                let Some(window) = left else { continue };
                let mut shown = figures.to_wire(self.profile, counted, &told);
                if window != question.window {
                    let question = Question { window, ..question };
                    let later = Figures::read(self.connection, self.region, question).await?;
                    let later = later.among(self.figured.compared);
                    let told = later.of(counted);
                    if told.verdict != Verdict::Found {
                        continue;
                    }
                    shown = later.to_wire(self.profile, counted, &told);
                }
                let tickets = self.tickets(question, counted, window).await?;
                let (kind, region) = (question.kind, self.region);
                let record = match kind {
                    FocusKind::Item | FocusKind::ItemTag => problem::open_key(region, counted),
                    _ => key_target::open_key(region, kind, counted),
                };
                found.push((record, self.candidate(basis, counted, shown, tickets)));
            }
        }
        Ok(found)
    }

    async fn tickets(
        &self,
        question: Question,
        counted: &str,
        window: Window,
    ) -> Result<Vec<Uuid>, DbErr> {
        let (object_id, tag) = object_of(question.kind, counted);
        let level = i32::from(level_to_wire(question.level));
        let behind = Behind {
            kind: question.kind,
            object_id,
            tag,
            region: self.region,
            given: instants(window),
            level: i16::try_from(level).unwrap_or_default(),
        };
        proposals::tickets(self.connection, behind, TICKETS).await
    }

    /// What complaints say.
    async fn of_complaints(&self) -> Result<Vec<(String, Candidate)>, DbErr> {
        let (basis, window) = (FocusBasis::Complaints, self.look.window());
        let mut found = Vec::new();
        for (kind, object_id, told) in self.figured.complaints.all(self.figured.compared) {
            if told.verdict != Verdict::Found {
                continue;
            }
            let left = self.unweighed(basis, kind, object_id, window);
            let Some(left) = left else { continue };
            let mut shown = complaints_to_wire(kind, object_id, &told);
            if left != window {
                let later = ComplaintFigures::read(self.connection, self.region, left).await?;
                let told = later.of(kind, object_id, self.figured.compared);
                if told.verdict != Verdict::Found {
                    continue;
                }
                shown = complaints_to_wire(kind, object_id, &told);
            }
            let object = (kind, object_id);
            let tickets = store::focus::complaints::tickets(
                self.connection,
                object,
                self.region,
                left,
                TICKETS,
            );
            let record = problem::open_key(self.region, object_id);
            found.push((record, self.candidate(basis, object_id, shown, tickets.await?)));
        }
        Ok(found)
    }

    /// Who is at the bottom month after month; all months must be later than the last decision.
    async fn of_ranks(&self) -> Result<Vec<(String, Candidate)>, DbErr> {
        let (basis, kind) = (FocusBasis::Ranks, FocusKind::Staff);
        let months = self.look.months(RANKED_MONTHS);
        let (Some(first), Some(last)) = (months.first(), months.last()) else {
            return Ok(Vec::new());
        };
        let all = Window { from: first.from, until: last.until };
        let question = Question::of(kind, self.profile, all);
        let mut found = Vec::new();
        for told in lasting_bottom(&self.figured.months, self.figured.compared) {
            let staff_id = told.staff_id.as_str();
            if self.unweighed(basis, kind, staff_id, all) != Some(all) {
                continue;
            }
            let tickets = self.tickets(question, staff_id, all).await?;
            let poor = question.words(self.profile, staff_id);
            let ranks = ranks_to_wire(&told, &months, question.level, &poor);
            let mut candidate = self.candidate(basis, staff_id, Concentration::default(), tickets);
            candidate.p = told.p;
            candidate.content.figures = None;
            candidate.content.ranks = Some(ranks);
            found.push((staff_measure::open_key(self.region, staff_id), candidate));
        }
        Ok(found)
    }

    fn candidate(
        &self,
        basis: FocusBasis,
        counted: &str,
        shown: Concentration,
        tickets: Vec<Uuid>,
    ) -> Candidate {
        let (region, kind, p) = (self.region, shown.kind, shown.p);
        let content = FocusProposal {
            region_code: region.to_owned(),
            state: FocusProposalState::Open.into(),
            basis: basis.into(),
            policy: self.profile.policy(),
            figures: Some(shown),
            ticket_ids: tickets.iter().map(Uuid::to_string).collect(),
            ..FocusProposal::default()
        };
        let open_object = format!("{region} {} {kind} {counted}", i32::from(basis));
        Candidate { content, open_object, p }
    }
}

/// The days of a window, from one instant to before another, in microseconds.
fn instants(window: Window) -> (i64, i64) {
    let end = |day: Date| end_of(day).map(Timestamp::as_microsecond);
    let before = window.from.yesterday().ok();
    (before.and_then(end).unwrap_or(i64::MIN), end(window.until).unwrap_or(i64::MAX))
}

/// What a proposal is about: its kind, its identity, and as it is counted.
fn object(content: &FocusProposal) -> (FocusKind, String, String) {
    match (&content.figures, &content.ranks) {
        (Some(figures), _) => {
            let (kind, id) = (figures.kind(), figures.object_id.clone());
            let counted = match figures.tag_code.as_str() {
                "" => id.clone(),
                tag => format!("{id} {tag}"),
            };
            (kind, id, counted)
        }
        (None, ranks) => {
            let id = ranks.as_ref().map(|ranks| ranks.staff_id.clone()).unwrap_or_default();
            (FocusKind::Staff, id.clone(), id)
        }
    }
}

/// Whether a proposal is about this officer.
pub(crate) fn is_about(content: &FocusProposal, officer: &str) -> bool {
    let (kind, id, _) = object(content);
    impartial("see", officer, person(kind, &id)).is_err()
}

/// The fact of a proposal.
pub(crate) fn proposed(content: &FocusProposal, at: Timestamp) -> Body {
    let (kind, object_id, _) = object(content);
    let tag_code = content.figures.as_ref().map(|figures| figures.tag_code.clone());
    Body::FocusProposed(FocusProposed {
        proposal_id: content.proposal_id.clone(),
        basis: content.basis,
        kind: kind.into(),
        object_id,
        tag_code: tag_code.unwrap_or_default(),
        region_code: content.region_code.clone(),
        at: Some(to_wire(at)),
    })
}

/// Decides about a proposal.
pub(crate) async fn decide(
    ticketing: &Ticketing,
    caller: &Authority,
    request: DecideFocusProposalRequest,
) -> Result<FocusProposal, Error> {
    let officer = caller.officer();
    let mut wrong = Violations::default();
    let no_uuid = |text: &str| text.parse::<Uuid>().map_err(|_| "is no UUID");
    let request_id = wrong.take("request_id", no_uuid(&request.request_id));
    let id = wrong.take("proposal_id", no_uuid(&request.proposal_id));
    wrong.take("reason", plain_text(&request.reason, MAX_NOTE_CHARS));
    wrong.require(!request.reason.trim().is_empty(), "reason", "must be filled in");
    let (Some(request_id), Some(id)) = wrong.finish((request_id, id))? else {
        return Err(Violations::default().into());
    };
    let shell = &ticketing.shell;
    let rpc = "DecideFocusProposal";
    let key = shell.requests.key(officer.id().as_bytes(), rpc, request_id, &request);
    let txn = shell.once(&ticketing.store, key).await?;
    let row = proposals::proposal(&*txn, officer, id).await?.ok_or(FocusError::NotFound)?;
    let mut content = proposals::open(&shell.sealer, &row)?;
    let (kind, object_id, counted) = object(&content);
    impartial("decide", officer.id(), person(kind, &object_id))?;
    let txn = match txn.recognise().await? {
        Recognised::Before(answer) => return Ok(answer),
        Recognised::New(txn) => txn,
    };
    if row.open_object.is_none() {
        return Err(FocusError::ProposalDecided.into());
    }
    let at = shell.clock.now();
    let (basis, mut told) = (content.basis(), Vec::new());
    if request.accept && basis != FocusBasis::Ranks {
        let is_problem = matches!(kind, FocusKind::Item | FocusKind::ItemTag);
        let (record, facts) = if is_problem || basis == FocusBasis::Complaints {
            record_proposed(ticketing, &txn, officer, &content, at).await?
        } else {
            let naming = (request.agency_id.as_str(), request.reason.as_str());
            name_proposed(ticketing, &txn, officer, &content, naming, at).await?
        };
        content.record_id = record;
        told = facts;
    }
    let region = content.region_code.clone();
    // All that was looked at then, and no more, is no evidence again.
    let proposed_at = instant_of(content.proposed_at.as_ref()).unwrap_or(at);
    let until = Look::due_on(day_of(proposed_at)).window().until;
    proposals::weigh(&txn, &region, basis, (kind, &counted), until).await?;
    content.set_state(match request.accept {
        true => FocusProposalState::Accepted,
        false => FocusProposalState::Declined,
    });
    content.decided_at = Some(to_wire(at));
    officer.id().clone_into(&mut content.decided_by);
    content.reason = request.reason;
    let sealed = proposals::seal(&shell.sealer, id, &content)?;
    if !proposals::decide(&txn, id, sealed).await? {
        return Err(FocusError::Changed.into());
    }
    told.push(Body::FocusProposalDecided(FocusProposalDecided {
        proposal_id: content.proposal_id.clone(),
        accepted: request.accept,
        region_code: region,
        record_id: content.record_id.clone(),
        at: Some(to_wire(at)),
    }));
    Ok(txn.finish(content, told).await?)
}

/// The regions that have officers who decide, among those that are counted and all above them.
pub(crate) fn deciding(counted: &BTreeSet<String>) -> BTreeSet<String> {
    let own = counted.iter().map(|region| crate::convert::ticket::authority_region(region));
    let lineage = own.filter_map(|region| domain::codes::RegionCode::parse(&region).ok());
    let all = lineage.flat_map(|region| {
        std::iter::once(region.clone()).chain(region.ancestors()).collect::<Vec<_>>()
    });
    all.map(|region| region.as_str().to_owned()).collect()
}
