//! A region with 20 agencies of ten officers each, all of them invented, and its callers.

use std::{
    collections::HashMap,
    fs,
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

use domain::{codes::is_uscc, rating::RaterKind as Rater};
use e2e::{
    citizens::{ON_THE_SPOT, accepted_before, rating, signed},
    deployment::Deployment,
    until,
};
use jiff::{SignedDuration, civil::Date};
use pingyi::{roles::Role, sample::RegionText};
use platform::{
    auth::{Caller, PersonDatum, Signer},
    bus::Bus,
    clock::Clock,
    convert::to_wire,
    testing::TestPlace,
};
use proto::{
    intake::v1::{
        Applicant, CaseReport, ListMyCasesRequest, PushCaseRequest, ServiceMode, Step,
        SubmitRatingRequest, case_service_client::CaseServiceClient,
        rating_service_client::RatingServiceClient,
    },
    ticketing::v1::{step::Act, ticket_service_client::TicketServiceClient},
    r#type::v1::{Channel, Level, RaterKind, Stage},
};
use tonic::Status;

use super::{
    super::walk::{By, send},
    fate::Fate,
};
use crate::profiles::region;

/// Agencies of the region.
const AGENCIES: usize = 20;
/// Officers of each.
pub(super) const OFFICERS: usize = 10;
/// For how many seconds a token is used; it is good for twice as long.
const GOOD_FOR: i64 = 3 * 24 * 3_600;
/// The agencies that the sample region has already.
const OF_THE_SAMPLE: usize = 9;

/// What a document asks for, as far as callers must know it.
#[derive(Clone, Copy)]
pub(super) struct Rules {
    pub(super) profile: &'static str,
    pub(super) code: &'static str,
    /// Whether the Authority passes tickets on, on the calendar day of the rating.
    pub(super) dispatches: bool,
    /// Whether it reviews results.
    pub(super) reviewed: bool,
    /// Whether it decides what is not to count.
    pub(super) authority_excludes: bool,
    /// Whether the rater of a complex matter is told the solution first.
    pub(super) solution_first: bool,
    pub(super) follows_up: By,
    pub(super) follow_up_has_a_day: bool,
    /// How it goes here, in turn.
    pub(super) fates: &'static [Fate],
}

/// “2、5、15”.
pub(super) const DISTRICT: Rules = Rules {
    profile: "district-2-5-15",
    code: "110105",
    dispatches: true,
    reviewed: false,
    authority_excludes: true,
    solution_first: false,
    follows_up: By::Authority,
    follow_up_has_a_day: true,
    fates: &[
        Fate::Quick,
        Fate::Slow,
        Fate::Simple,
        Fate::Unsatisfied,
        Fate::Complex,
        Fate::Excluded,
        Fate::RatedAgain,
        Fate::NotReached,
        Fate::Quick,
        Fate::PlanMissed,
        Fate::Dismissed,
        Fate::RatedAnew,
        Fate::FollowedUpLate,
        Fate::Explained,
        Fate::Left,
    ],
};

/// The one with a new day.
pub(super) const COUNTY: Rules = Rules {
    profile: "county-2020",
    code: "429004",
    dispatches: false,
    authority_excludes: false,
    follows_up: By::Agency,
    follow_up_has_a_day: false,
    fates: &[
        Fate::Quick,
        Fate::Extended,
        Fate::Slow,
        Fate::Excluded,
        Fate::Unsatisfied,
        Fate::RatedAgain,
        Fate::Complex,
        Fate::PlanMissed,
        Fate::RatedAnew,
        Fate::FollowedUpLate,
        Fate::NotReached,
        Fate::Left,
        Fate::Explained,
    ],
    ..DISTRICT
};

/// The one with a review.
pub(super) const CHANGJI: Rules = Rules {
    profile: "changji-2020",
    code: "652301",
    dispatches: false,
    reviewed: true,
    authority_excludes: false,
    solution_first: true,
    follow_up_has_a_day: false,
    fates: &[
        Fate::Quick,
        Fate::Returned,
        Fate::Slow,
        Fate::Complex,
        Fate::RatedAgain,
        Fate::Unsatisfied,
        Fate::Excluded,
        Fate::PlanMissed,
        Fate::NotReached,
        Fate::RatedAnew,
        Fate::Explained,
        Fate::Left,
    ],
    ..DISTRICT
};

/// An agency with one window and one item.
pub(super) struct Agency {
    pub(super) id: String,
    pub(super) window: String,
    pub(super) item: String,
    pub(super) staff: Vec<String>,
}

/// The region's services, and who calls them.
pub(super) struct Hall {
    pub(super) deployment: Deployment,
    pub(super) clock: Clock,
    pub(super) rules: Rules,
    pub(super) agencies: Vec<Agency>,
    signer: Signer,
    /// Tokens by whose they are, each with when another one is to be signed.
    tokens: Mutex<HashMap<String, (i64, String)>>,
    /// How many were served.
    served: AtomicUsize,
}

fn uscc(number: usize) -> String {
    let body = format!("11652301PY6523{number:02}0");
    let all = "0123456789ABCDEFGHJKLMNPQRTUWXY".chars();
    all.map(|check| format!("{body}{check}")).find(|code| is_uscc(code)).unwrap()
}

/// The sample region under a profile with further agencies, windows, staff and items in its files.
fn enlarged(place: &TestPlace, rules: &Rules) -> (RegionText, Vec<Agency>) {
    region(place, rules.code, rules.profile);
    let folder = place.folder().join("region");
    let text = |file: &str| fs::read_to_string(folder.join(file)).unwrap();
    let (mut organization, mut items) = (text("organization.toml"), text("items.toml"));
    let known: toml::Table = toml::from_str(&organization).unwrap();
    let of = |kind: &str, field: &str, value: &str, wanted: &str| {
        let all = known[kind].as_array().unwrap().iter();
        let mut found = all.filter(|one| one[field].as_str() == Some(value));
        found.next().unwrap()[wanted].as_str().unwrap().to_owned()
    };
    let item = items.split("[[item]]").nth(1).unwrap().to_owned();
    let mut agencies = Vec::new();
    for number in 1..=AGENCIES {
        let id = format!("652301-a{number:02}");
        let (code, window) = if number <= OF_THE_SAMPLE {
            (of("agency", "id", &id, "uscc"), of("window", "agency", &id, "id"))
        } else {
            let (code, window) = (uscc(number), format!("652301-w{:02}", number + 1));
            organization.push_str(&format!(
                "\n[[agency]]\nid = \"{id}\"\nname = \"示例第{number}局\"\nuscc = \"{code}\"\n\
                 authority = false\nleader = \"示例负责人\"\ncontact = \"示例联络员\"\n\
                 [[window]]\nid = \"{window}\"\nname = \"示例{number}号窗口\"\n\
                 kind = \"departmental\"\nhall = \"652301-h01\"\nagency = \"{id}\"\n"
            ));
            (code, window)
        };
        let staff: Vec<String> =
            (0..OFFICERS).map(|officer| format!("652301-q{number:02}{officer}")).collect();
        for person in &staff {
            organization.push_str(&format!(
                "\n[[staff]]\nid = \"{person}\"\nname = \"示例人员\"\nwindow = \"{window}\"\n\
                 agency = \"{id}\"\n"
            ));
        }
        let code = format!("{code}{}", &ON_THE_SPOT[code.len()..]);
        if code != ON_THE_SPOT {
            let own = item.replace(ON_THE_SPOT, &code);
            let own = own.replace("agency = \"652301-a03\"", &format!("agency = \"{id}\""));
            items.push_str(&format!("\n[[item]]{own}"));
        }
        agencies.push(Agency { id, window, item: code, staff });
    }
    fs::write(folder.join("organization.toml"), organization).unwrap();
    fs::write(folder.join("items.toml"), items).unwrap();
    (RegionText::read(&folder).unwrap(), agencies)
}

/// An identity number of nobody: each a number from 0 has another one (GB 11643).
fn person(number: usize) -> String {
    const WEIGHTS: [usize; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    let body = format!("11010519491231{number:03}");
    let digits = body.bytes().map(|digit| usize::from(digit - b'0'));
    let sum: usize = digits.zip(WEIGHTS).map(|(digit, weight)| digit * weight).sum();
    format!("{body}{}", char::from(b"10X98765432"[sum % 11]))
}

impl Hall {
    /// Opens the hall on a day.
    pub(super) async fn open(rules: Rules, day: Date) -> Self {
        let place = TestPlace::new().await;
        let clock = Clock::manual(format!("{day}T02:00:00Z").parse().unwrap());
        let (region, agencies) = enlarged(&place, &rules);
        let bus = |_: &platform::keys::Keys| Bus::embedded();
        let all = vec![Role::ALL.to_vec()];
        let deployment = Deployment::in_region(region, place, all, &bus, clock.clone()).await;
        let signer = Signer::new(&deployment.keys, clock.clone()).unwrap();
        let (tokens, served) = (Mutex::default(), AtomicUsize::new(0));
        let hall = Self { deployment, clock, rules, agencies, signer, tokens, served };
        for agency in &hall.agencies {
            until("intake knows the item", async || hall.push(agency, 0).await.is_ok()).await;
        }
        hall
    }

    /// Moves the clock to ten in the morning of a day.
    pub(super) fn on(&self, day: Date) {
        self.clock.set(format!("{day}T02:00:00Z").parse().unwrap());
    }

    /// A second goes by.
    fn tick(&self) {
        self.clock.set(self.clock.now() + SignedDuration::from_secs(1));
    }

    /// A token of somebody, good for some days; signing takes long in a debug build.
    pub(super) fn token(&self, sub: &str, caller: Caller) -> String {
        let (now, mut tokens) = (self.clock.now().as_second(), self.tokens.lock().unwrap());
        if let Some((until, token)) = tokens.get(sub)
            && now < *until
        {
            return token.clone();
        }
        let token = self.signer.token(sub, caller, 2 * GOOD_FOR).unwrap();
        tokens.insert(sub.to_owned(), (now + GOOD_FOR, token.clone()));
        token
    }

    /// The Authority's officer.
    pub(super) fn authority(&self) -> String {
        self.token("authority", Caller::Authority { region: self.rules.code.to_owned() })
    }

    /// An agency's business system reports a case that was completed by an officer; whose it is.
    async fn push(&self, agency: &Agency, officer: usize) -> Result<(String, String), Status> {
        let number = self.served.fetch_add(1, Ordering::Relaxed);
        let (project, person) = (format!("示例-{number}"), person(number));
        let now = self.clock.now();
        let step = |stage: Stage, at| Step {
            stage: stage.into(),
            service_number: 1,
            happened_at: Some(to_wire(at)),
            window_id: agency.window.clone(),
            staff_id: agency.staff[officer].clone(),
            ..Step::default()
        };
        let steps =
            vec![step(Stage::Acceptance, accepted_before(now)), step(Stage::Completion, now)];
        let report = CaseReport {
            project_number: project.clone(),
            item_code: agency.item.clone(),
            mode: ServiceMode::OnSite.into(),
            applicant: Some(Applicant {
                kind: RaterKind::NaturalPerson.into(),
                name: "示例办事人".to_owned(),
                number: person.clone(),
                phone: format!("138{number:08}"),
                ..Applicant::default()
            }),
            steps,
            ..CaseReport::default()
        };
        let (sub, caller) =
            (format!("system-of-{}", agency.id), Caller::System { agency: agency.id.clone() });
        let system = self.token(&sub, caller);
        let mut client = CaseServiceClient::new(self.deployment.channel(Role::Intake));
        let request = PushCaseRequest { report: Some(report) };
        client.push_case(signed(request, &system)).await?;
        Ok((project, person))
    }

    /// Somebody is served by an officer of an agency; the invitation.
    pub(super) async fn served(&self, agency: usize, officer: usize) -> String {
        self.tick();
        let (project, person) = self.push(&self.agencies[agency], officer).await.unwrap();
        let sub = person.clone();
        let citizen = Caller::Citizen { rater: Rater::NaturalPerson, number: PersonDatum(person) };
        let mut client = CaseServiceClient::new(self.deployment.channel(Role::Intake));
        let request = signed(ListMyCasesRequest::default(), &self.token(&sub, citizen));
        let mine = client.list_my_cases(request).await.unwrap().into_inner().cases;
        let own = mine.into_iter().find(|my| my.case.as_ref().unwrap().project_number == project);
        let mut acts = own.unwrap().acts.into_iter();
        let done = acts.find(|act| act.stage() == Stage::Completion).unwrap();
        done.invitation.unwrap().token
    }

    /// Rates; the rating's id.
    pub(super) async fn rate(&self, token: &str, level: Level) -> String {
        self.tick();
        let channel = Channel::App.into();
        let given = SubmitRatingRequest { channel, ..rating(token, level) };
        let mut client = RatingServiceClient::new(self.deployment.channel(Role::Intake));
        client.submit_rating(given).await.unwrap().into_inner().rating_id
    }

    /// Takes a step: an agency's by one of its officers.
    pub(super) async fn take(
        &self,
        by: By,
        (agency, officer): (usize, usize),
        ticket: &str,
        step: Act,
    ) {
        self.tick();
        let token = match by {
            By::Authority => self.authority(),
            By::Agency => {
                let Agency { id, staff, .. } = &self.agencies[agency];
                let region = self.rules.code.to_owned();
                self.token(&staff[officer], Caller::Handler { region, agency: id.clone() })
            }
        };
        let client = TicketServiceClient::new(self.deployment.channel(Role::Ticketing));
        let taken = send(client, &token, ticket, step.clone()).await;
        taken.unwrap_or_else(|refused| panic!("{} {step:?}: {refused:?}", self.rules.profile));
    }

    /// The ticket of every negative rating, once there are so many.
    pub(super) async fn tickets_of(&self, count: usize) -> HashMap<String, String> {
        let column = async |name: &str| {
            let sql = format!("SELECT {name} FROM ticket_rating ORDER BY rating_id");
            self.deployment.column(Role::Ticketing, &sql).await
        };
        let mut ratings = Vec::new();
        until("each negative rating has its ticket", async || {
            ratings = column("rating_id").await;
            ratings.len() >= count
        })
        .await;
        assert_eq!(ratings.len(), count, "no rating twice, and no content one");
        ratings.into_iter().zip(column("ticket_id").await).collect()
    }
}
