//! `pingyi robot` (评价链路自检, S07): rates all five levels by every channel, as anybody would, and looks
//! whether each was counted. What it rates are cases of its own agency's item; the ratings are leaves of
//! the public log and in no figure.

use std::{
    collections::BTreeMap,
    io::{self, Write},
    num::NonZeroU64,
    path::PathBuf,
    time::Duration,
};

use clap::ValueEnum;
use domain::canary::{PREFIX, is_robots};
use jiff::SignedDuration;
use platform::{
    clock::Clock,
    convert::{from_wire, to_wire},
};
use proto::{
    catalog::v1::{GetItemRequest, catalog_service_client::CatalogServiceClient},
    intake::v1::{
        Applicant, CaseReport, PushCaseRequest, ResolveInvitationRequest,
        ResolveInvitationResponse, ServiceMode, Step, SubmitRatingRequest,
        case_service_client::CaseServiceClient, rating_service_client::RatingServiceClient,
    },
    publication::v1::{GetLastProofRequest, Proof, canary_service_client::CanaryServiceClient},
    r#type::v1::{Channel as By, Level, RaterKind, Stage},
};
use tokio::time::{sleep, timeout};
use tonic::transport::Channel;

use super::{ClientError, server::Server};

const LEVELS: [Level; 5] = [
    Level::VerySatisfied,
    Level::Satisfied,
    Level::BasicallySatisfied,
    Level::Dissatisfied,
    Level::VeryDissatisfied,
];
/// Between two looks at what was counted.
const LOOK: Duration = Duration::from_millis(200);

/// What a robot does.
#[derive(Debug, clap::Args)]
pub struct RobotArgs {
    /// An item of the robot's agency, whose credit code begins with Y1000000; --token is that of the
    /// agency's system
    #[arg(long, value_name = "CODE")]
    item: String,
    /// The channels that are proved, each by all five levels
    #[arg(
        long,
        value_enum,
        value_delimiter = ',',
        default_value = "portal,app,window-code,sms-link"
    )]
    channels: Vec<Proved>,
    /// A file with the access token of a terminal in use: the robot rates by its channel, too
    #[arg(long, value_name = "FILE")]
    terminal_token: Option<PathBuf>,
    /// Again and again, with so many seconds between; without it, once
    #[arg(long, value_name = "SECONDS")]
    every: Option<NonZeroU64>,
    /// How many seconds a rating may take to be counted
    #[arg(long, value_name = "SECONDS", default_value = "60")]
    within: NonZeroU64,
    /// Where intake is asked, if not at the endpoint
    #[arg(long, value_name = "URL")]
    intake: Option<String>,
    /// The same of publication
    #[arg(long, value_name = "URL")]
    publication: Option<String>,
    #[command(flatten)]
    server: Server,
}

/// A channel that anybody rates by: the others need a device, a phone or a clerk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Proved {
    /// 政务服务网
    Portal,
    /// 部门业务系统
    BusinessSystem,
    /// 移动端
    App,
    /// 窗口静态二维码
    WindowCode,
    /// 微信小程序
    Wechat,
    /// 支付宝小程序
    Alipay,
    /// 百度小程序
    Baidu,
    /// 短信链接
    SmsLink,
}

impl Proved {
    fn channel(self) -> By {
        match self {
            Self::Portal => By::Portal,
            Self::BusinessSystem => By::BusinessSystem,
            Self::App => By::App,
            Self::WindowCode => By::WindowCode,
            Self::Wechat => By::Wechat,
            Self::Alipay => By::Alipay,
            Self::Baidu => By::Baidu,
            Self::SmsLink => By::SmsLink,
        }
    }
}

/// Why a level is not proved.
#[derive(Debug, thiserror::Error)]
pub enum RobotError {
    /// The server cannot be asked, or refuses.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// What was found cannot be written.
    #[error(transparent)]
    Write(#[from] io::Error),
    /// The item is a real agency's.
    #[error("--item {0}: is no robot's, whose code begins with {PREFIX}")]
    NoRobots(String),
    /// The case was taken, and its robot was given nothing to rate it by.
    #[error("the case has no invitation: is --token that of the system of the item's agency?")]
    NoInvitation,
    /// Some levels of some channels were refused, or not counted in time; which, and why.
    #[error("{0}")]
    NotProved(String),
}

/// What was acknowledged, by channel and level: when it was given, in microseconds.
type Given = BTreeMap<(i32, i32), i64>;

/// Rates once; or again and again until asked to stop, whatever goes wrong meanwhile.
///
/// # Errors
/// [`RobotError`]: of several rounds only what makes all of them fail.
pub async fn run<F: Future<Output = ()>>(
    args: RobotArgs,
    asked_to_stop: impl Fn() -> F,
    out: &mut impl Write,
) -> Result<(), RobotError> {
    if !is_robots(&args.item) {
        return Err(RobotError::NoRobots(args.item));
    }
    let Some(every) = args.every else { return Ok(writeln!(out, "{}", args.round().await?)?) };
    let stop = asked_to_stop();
    tokio::pin!(stop);
    loop {
        let told = tokio::select! {
            told = args.round() => told,
            () = &mut stop => return Ok(()),
        };
        match told {
            Ok(told) => writeln!(out, "{told}")?,
            Err(error) => writeln!(out, "failed: {error}")?,
        }
        out.flush()?;
        tokio::select! {
            () = sleep(Duration::from_secs(every.get())) => {}
            () = &mut stop => return Ok(()),
        }
    }
}

impl RobotArgs {
    /// One round; returns in words how it went. What is refused keeps nothing else from being proved.
    async fn round(&self) -> Result<String, RobotError> {
        let intake = self.server.at(self.intake.as_deref()).connect().await?;
        let publication = self.server.at(self.publication.as_deref()).connect().await?;
        let asked = GetItemRequest { code: self.item.clone(), ..GetItemRequest::default() };
        let item = CatalogServiceClient::new(self.server.connect().await?).get_item(asked).await;
        let item = item.map_err(ClientError::from)?.into_inner().item.unwrap_or_default();
        let (mut given, mut troubles) = (Given::new(), Vec::new());
        let terminal = self.terminal_token.clone().map(|file| self.server.of_token(file));
        let by_anybody = self.channels.iter().map(|channel| (channel.channel(), None));
        let by_terminal = terminal.iter().map(|terminal| (By::Kiosk, Some(terminal)));
        for (channel, terminal) in by_anybody.chain(by_terminal) {
            if let Err(why) =
                self.rate(&intake, (channel, terminal), &mut given, &mut troubles).await
            {
                troubles.push(format!("{}: {why}", short(channel.as_str_name())));
            }
        }
        self.counted(&publication, item.region_code, given, troubles).await
    }

    /// Rates a case of its own by a channel at all five levels; what is refused is among the troubles.
    async fn rate(
        &self,
        intake: &Channel,
        (channel, terminal): (By, Option<&Server>),
        given: &mut Given,
        troubles: &mut Vec<String>,
    ) -> Result<(), RobotError> {
        let token = self.case(intake).await?;
        let mut ratings = RatingServiceClient::new(intake.clone());
        let asked = ResolveInvitationRequest { token: token.clone() };
        let shown = ratings.resolve_invitation(asked).await.map_err(ClientError::from)?;
        for level in LEVELS {
            let rating = rating(&token, channel, level, shown.get_ref());
            let request = match terminal {
                Some(terminal) => terminal.signed(rating)?,
                None => tonic::Request::new(rating),
            };
            let of = (channel.into(), level.into());
            match ratings.submit_rating(request).await.map_err(ClientError::from) {
                Ok(receipt) => {
                    let at = receipt.get_ref().received_at.as_ref();
                    let at = at.and_then(|at| from_wire(at).ok());
                    given.insert(of, at.map(|at| at.as_microsecond()).unwrap_or_default());
                }
                Err(why) => troubles.push(format!("{}: {why}", name(of))),
            }
        }
        Ok(())
    }

    /// Reports a case of nobody's that is completed; returns its invitation.
    async fn case(&self, intake: &Channel) -> Result<String, RobotError> {
        // A clock that is a little ahead is no reason to be refused.
        let at = to_wire(Clock::System.now() - SignedDuration::from_secs(60));
        let step = |stage: Stage| Step {
            stage: stage.into(),
            service_number: 1,
            happened_at: Some(at),
            ..Step::default()
        };
        let report = CaseReport {
            project_number: format!("robot-{}", Clock::System.new_id().simple()),
            item_code: self.item.clone(),
            mode: ServiceMode::Online.into(),
            applicant: Some(Applicant {
                kind: RaterKind::NaturalPerson.into(),
                ..Applicant::default()
            }),
            steps: vec![step(Stage::Acceptance), step(Stage::Completion)],
            ..CaseReport::default()
        };
        let request = self.server.signed(PushCaseRequest { report: Some(report) })?;
        let pushed = CaseServiceClient::new(intake.clone()).push_case(request).await;
        let case = pushed.map_err(ClientError::from)?.into_inner().case.unwrap_or_default();
        Ok(case.invitation.ok_or(RobotError::NoInvitation)?.token)
    }

    /// Waits until all of it is counted; returns in words how long that took.
    async fn counted(
        &self,
        publication: &Channel,
        region_code: String,
        mut given: Given,
        mut troubles: Vec<String>,
    ) -> Result<String, RobotError> {
        let mut canary = CanaryServiceClient::new(publication.clone());
        let asked = GetLastProofRequest { region_code, ..GetLastProofRequest::default() };
        let (all, mut slowest) = (given.len(), 0);
        let seconds = self.within.get();
        let counting = async {
            loop {
                let proofs = canary.get_last_proof(asked.clone()).await;
                for proof in proofs.map_err(ClientError::from)?.into_inner().proofs {
                    let of = (proof.channel, proof.level);
                    if given.get(&of).is_some_and(|at| given_at(&proof) >= *at) {
                        given.remove(&of);
                        slowest = slowest.max(proof.delay_ms);
                    }
                }
                if given.is_empty() {
                    return Ok::<(), ClientError>(());
                }
                sleep(LOOK).await;
            }
        };
        match timeout(Duration::from_secs(seconds), counting).await {
            Ok(done) => done?,
            Err(_) => troubles.push(format!("not counted within {seconds} s: {}", names(&given))),
        }
        if !troubles.is_empty() {
            return Err(RobotError::NotProved(troubles.join("; ")));
        }
        let at = platform::words::moment(Clock::System.now());
        let channels = all / LEVELS.len();
        Ok(format!(
            "{at}  {channels} channels, five levels each: all counted, the slowest after {slowest} ms"
        ))
    }
}

fn given_at(proof: &Proof) -> i64 {
    let at = proof.given_at.as_ref().and_then(|at| from_wire(at).ok());
    at.map(|at| at.as_microsecond()).unwrap_or_default()
}

/// A rating as a hurried citizen gives it: the level, and the first reason where one is asked for.
fn rating(
    token: &str,
    channel: By,
    level: Level,
    shown: &ResolveInvitationResponse,
) -> SubmitRatingRequest {
    let choice = shown.levels.iter().find(|choice| choice.level() == level);
    let negative = matches!(level, Level::Dissatisfied | Level::VeryDissatisfied);
    let tag = choice.and_then(|choice| choice.tags.first()).filter(|_| negative);
    SubmitRatingRequest {
        request_id: Clock::System.new_id().to_string(),
        token: token.to_owned(),
        level: level.into(),
        channel: channel.into(),
        tag_codes: tag.map(|tag| tag.code.clone()).into_iter().collect(),
        tag_list_version: shown.tag_list_version.clone(),
        ..SubmitRatingRequest::default()
    }
}

fn names(missing: &Given) -> String {
    missing.keys().map(|of| name(*of)).collect::<Vec<_>>().join(", ")
}

fn name((channel, level): (i32, i32)) -> String {
    let channel = By::try_from(channel).unwrap_or_default();
    let level = Level::try_from(level).unwrap_or_default();
    format!("{} {}", short(channel.as_str_name()), short(level.as_str_name()))
}

fn short(name: &str) -> &str {
    name.trim_start_matches("CHANNEL_").trim_start_matches("LEVEL_")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s07_what_is_missing_is_named_by_channel_and_level() {
        let missing = [(By::App, Level::Dissatisfied), (By::Portal, Level::VeryDissatisfied)];
        let missing = missing.map(|(channel, level)| ((channel.into(), level.into()), 0));
        assert_eq!(names(&missing.into()), "PORTAL VERY_DISSATISFIED, APP DISSATISFIED");
    }

    #[tokio::test]
    async fn s07_a_real_agencys_item_is_rated_by_no_robot() {
        #[derive(clap::Parser)]
        struct Cli {
            #[command(flatten)]
            args: RobotArgs,
        }
        let real = ["robot", "--item", "11652301PY6523035C4002014901000"];
        let args = <Cli as clap::Parser>::parse_from(real).args;
        let refused = run(args, std::future::pending::<()>, &mut Vec::new()).await.unwrap_err();
        assert!(refused.to_string().contains("is no robot's"), "{refused}");
    }
}
