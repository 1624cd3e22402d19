//! Who may call what: every RPC of the descriptor against every kind of caller.

use std::collections::BTreeMap;

use domain::rating::RaterKind;
use e2e::{citizens::signed, deployment::Deployment};
use pingyi::roles::Role;
use platform::auth::{Caller, PersonDatum};
use prost::Message as _;
use prost_types::FileDescriptorSet;
use tonic::{Code, client::Grpc, codegen::http::uri::PathAndQuery, transport::Channel};
use tonic_prost::ProstCodec;

/// What a rater does without an invitation, or with something else.
const WITHOUT_INVITATION: [&str; 4] =
    ["SubmitReview", "SubmitReport", "LookUpReceipt", "AnswerFollowUp"];

/// Whom each RPC admits, one letter a kind: n obody, t erminal, s ystem, h andler, a uthority,
/// p eer, c itizen, m essenger, d eployment of a lower region. A new RPC must be written down here.
const ADMITTED: &[(&str, &str)] = &[
    ("pingyi.catalog.v1.CatalogService/GetItem", "ntshapcm"),
    ("pingyi.catalog.v1.CatalogService/ListItems", "ntshapcm"),
    ("pingyi.catalog.v1.CatalogService/ListItemVersions", "ntshapcm"),
    ("pingyi.catalog.v1.CatalogService/GetBaseItem", "ntshapcm"),
    ("pingyi.catalog.v1.CatalogService/CheckItemNames", "sha"),
    ("pingyi.catalog.v1.CatalogService/ListEffects", "ntshapcm"),
    ("pingyi.catalog.v1.OrganizationService/GetUnit", "ntshapcm"),
    ("pingyi.catalog.v1.OrganizationService/ListUnits", "ntshapcm"),
    ("pingyi.catalog.v1.OrganizationService/ListUnitVersions", "ntshapcm"),
    ("pingyi.catalog.v1.ChangeService/DraftChange", "ha"),
    ("pingyi.catalog.v1.ChangeService/AdvanceChange", "ha"),
    ("pingyi.catalog.v1.ChangeService/GetChange", "ha"),
    ("pingyi.catalog.v1.ChangeService/ListChanges", "ha"),
    ("pingyi.catalog.v1.TransferService/Import", "a"),
    ("pingyi.catalog.v1.TransferService/Export", "ntshapcm"),
    ("pingyi.catalog.v1.PolicyService/GetProfile", "ntshapcm"),
    ("pingyi.catalog.v1.TerminalService/InviteTerminal", "a"),
    ("pingyi.catalog.v1.TerminalService/RegisterTerminal", "ntshapcm"),
    ("pingyi.catalog.v1.TerminalService/RenewTerminalCertificate", "t"),
    ("pingyi.catalog.v1.TerminalService/Heartbeat", "t"),
    ("pingyi.catalog.v1.TerminalService/GetTerminalConfiguration", "t"),
    ("pingyi.catalog.v1.TerminalService/UpdateTerminalConfiguration", "a"),
    ("pingyi.catalog.v1.TerminalService/RevokeTerminal", "a"),
    ("pingyi.catalog.v1.TerminalService/ListTerminals", "a"),
    ("pingyi.catalog.v1.TerminalService/GetTerminal", "a"),
    ("pingyi.catalog.v1.CalendarService/ExplainDeadline", "ntshapcm"),
    ("pingyi.exchange.v1.ExchangeService/PushFacts", "d"),
    ("pingyi.exchange.v1.ExchangeService/GetDaySum", "d"),
    ("pingyi.exchange.v1.ExchangeService/GetExchangeState", "a"),
    ("pingyi.fact.v1.FactService/ListCursors", "p"),
    ("pingyi.fact.v1.FactService/ListFacts", "p"),
    ("pingyi.intake.v1.CaseService/SubmitApplication", "t"),
    ("pingyi.intake.v1.CaseService/CompleteCase", "s"),
    ("pingyi.intake.v1.CaseService/WatchCase", "t"),
    ("pingyi.intake.v1.MessageService/ListMessages", "a"),
    ("pingyi.intake.v1.MessageService/RetryMessage", "a"),
    ("pingyi.intake.v1.CaseService/PushCase", "s"),
    ("pingyi.intake.v1.CaseService/PushCases", "s"),
    ("pingyi.intake.v1.CaseService/ListMyCases", "tc"),
    ("pingyi.intake.v1.CaseService/GetCaseOutcome", "s"),
    ("pingyi.intake.v1.RatingService/ListRatings", "ntc"),
    ("pingyi.intake.v1.RatingService/ReceiveReply", "m"),
    ("pingyi.intake.v1.RatingService/EnterPaperForms", "a"),
    ("pingyi.intake.v1.RatingService/ImportRatings", "a"),
    ("pingyi.intake.v1.RatingService/WatchWindow", "t"),
    ("pingyi.intake.v1.RatingService/GetWindowCode", "ha"),
    ("pingyi.intake.v1.RatingService/ScanWindowCode", "c"),
    ("pingyi.intake.v1.RatingService/ResolveInvitation", "ntc"),
    ("pingyi.intake.v1.RatingService/SubmitRating", "ntc"),
    ("pingyi.intake.v1.RatingService/GetRating", "ntc"),
    ("pingyi.intake.v1.RatingService/GetReceipt", "ntc"),
    ("pingyi.intake.v1.RatingService/LookUpReceipt", "ntc"),
    ("pingyi.intake.v1.RatingService/ListPublishedWords", "ntshapcm"),
    ("pingyi.intake.v1.RatingService/AnswerFollowUp", "ntc"),
    ("pingyi.intake.v1.PeopleService/GetPerson", "ha"),
    ("pingyi.intake.v1.PeopleService/RevealPerson", "ha"),
    ("pingyi.intake.v1.PeopleService/ListAudit", "a"),
    ("pingyi.intake.v1.PeopleService/RecordPermission", "ntc"),
    ("pingyi.intake.v1.PeopleService/GetPermission", "ntc"),
    ("pingyi.intake.v1.ReviewService/SubmitReview", "ntc"),
    ("pingyi.intake.v1.ReviewService/RecordReview", "a"),
    ("pingyi.intake.v1.ReviewService/ListReviews", "a"),
    ("pingyi.intake.v1.ReviewService/SummarizeReviews", "a"),
    ("pingyi.intake.v1.ReviewService/PublishReviewSummary", "a"),
    ("pingyi.intake.v1.ReviewService/ListReviewSummaries", "ntshapcm"),
    ("pingyi.intake.v1.AttachmentService/UploadAttachment", "a"),
    ("pingyi.intake.v1.AttachmentService/DownloadAttachment", "a"),
    ("pingyi.intake.v1.AttachmentService/ListAttachments", "a"),
    ("pingyi.intake.v1.ReportService/SubmitReport", "ntc"),
    ("pingyi.intake.v1.ReportService/GetReport", "ntc"),
    ("pingyi.intake.v1.SignalService/ListSignals", "a"),
    ("pingyi.intake.v1.SignalService/GetSignal", "a"),
    ("pingyi.intake.v1.SignalService/JudgeSignal", "a"),
    ("pingyi.intake.v1.SurveyService/PlanSurvey", "a"),
    ("pingyi.intake.v1.SurveyService/DrawSample", "a"),
    ("pingyi.intake.v1.SurveyService/GetSurvey", "ntshapcm"),
    ("pingyi.intake.v1.SurveyService/ListPopulation", "ntshapcm"),
    ("pingyi.intake.v1.SurveyService/ListSample", "a"),
    ("pingyi.intake.v1.SurveyService/ListSampleForThirdParty", "a"),
    ("pingyi.intake.v1.SurveyService/RecordCallBack", "a"),
    ("pingyi.intake.v1.SurveyService/RecordAssessment", "a"),
    ("pingyi.intake.v1.SurveyService/ListAssessments", "a"),
    ("pingyi.publication.v1.AppraisalService/ListFindings", "a"),
    ("pingyi.publication.v1.AppraisalService/ListAwardCandidates", "a"),
    ("pingyi.publication.v1.AppraisalService/ListBottomRuns", "a"),
    ("pingyi.publication.v1.AppraisalService/ListDeductions", "a"),
    ("pingyi.publication.v1.AppraisalService/ExportAppraisal", "a"),
    ("pingyi.publication.v1.RankingService/ListStaffRankings", "ha"),
    ("pingyi.publication.v1.BulletinService/DraftBulletin", "a"),
    ("pingyi.publication.v1.BulletinService/ReleaseBulletin", "a"),
    ("pingyi.publication.v1.BulletinService/WithdrawBulletin", "a"),
    ("pingyi.publication.v1.BulletinService/RecordMediaRelease", "a"),
    ("pingyi.publication.v1.BulletinService/ListBulletins", "ha"),
    ("pingyi.publication.v1.BulletinService/GetBulletin", "ha"),
    ("pingyi.ticketing.v1.AppealService/LodgeAppeal", "ha"),
    ("pingyi.ticketing.v1.AppealService/ReviewAppeal", "ha"),
    ("pingyi.ticketing.v1.AppealService/DecideAppeal", "ha"),
    ("pingyi.ticketing.v1.AppealService/WithdrawAppeal", "ha"),
    ("pingyi.ticketing.v1.AppealService/GetAppeal", "ha"),
    ("pingyi.ticketing.v1.AppealService/ListAppeals", "ha"),
    ("pingyi.ticketing.v1.AppealService/ListExclusions", "ha"),
    ("pingyi.ticketing.v1.AppealService/ReinstateRating", "a"),
    ("pingyi.ticketing.v1.TextReviewService/ListTextReviews", "a"),
    ("pingyi.ticketing.v1.TextReviewService/GetTextReview", "a"),
    ("pingyi.ticketing.v1.TextReviewService/ReviewText", "a"),
    ("pingyi.ticketing.v1.TextReviewService/TakeDownText", "a"),
    ("pingyi.ticketing.v1.DocumentService/UploadDocument", "ha"),
    ("pingyi.ticketing.v1.DocumentService/DownloadDocument", "ha"),
    ("pingyi.ticketing.v1.DocumentService/ListDocuments", "ha"),
    ("pingyi.ticketing.v1.LedgerService/ExportLedger", "ha"),
    ("pingyi.ticketing.v1.NoticeService/ListNotices", "ha"),
    ("pingyi.ticketing.v1.NoticeService/WatchNotices", "ha"),
    ("pingyi.ticketing.v1.TicketService/ListTickets", "ha"),
    ("pingyi.ticketing.v1.TicketService/GetTicket", "ha"),
    ("pingyi.ticketing.v1.TicketService/DispatchTicket", "ha"),
    ("pingyi.ticketing.v1.TicketService/TakeOverTicket", "ha"),
    ("pingyi.ticketing.v1.TicketService/FeedBackSolution", "ha"),
    ("pingyi.ticketing.v1.TicketService/ExtendTicket", "ha"),
    ("pingyi.ticketing.v1.TicketService/AnswerPart", "ha"),
    ("pingyi.ticketing.v1.TicketService/ReportResult", "ha"),
    ("pingyi.ticketing.v1.TicketService/ReturnResult", "ha"),
    ("pingyi.ticketing.v1.TicketService/DecideExclusion", "ha"),
    ("pingyi.ticketing.v1.TicketService/UrgeTicket", "ha"),
    ("pingyi.ticketing.v1.TicketService/CorrectStep", "ha"),
    ("pingyi.ticketing.v1.TicketService/LinkTicket", "ha"),
    ("pingyi.ticketing.v1.TicketService/UnlinkTicket", "ha"),
    ("pingyi.ticketing.v1.TicketService/RegisterUpperNotice", "a"),
    ("pingyi.ticketing.v1.TicketService/AssignTicket", "ha"),
    ("pingyi.ticketing.v1.TicketService/RecordContact", "ha"),
    ("pingyi.ticketing.v1.TicketService/VerifyTicket", "ha"),
    ("pingyi.ticketing.v1.TicketService/RectifyTicket", "ha"),
    ("pingyi.ticketing.v1.TicketService/FeedBackTicket", "ha"),
    ("pingyi.ticketing.v1.TicketService/AcceptResult", "ha"),
    ("pingyi.ticketing.v1.TicketService/CloseTicket", "ha"),
    ("pingyi.ticketing.v1.TicketService/RecordFollowUp", "ha"),
    ("pingyi.ticketing.v1.FocusService/ListFocusProposals", "a"),
    ("pingyi.ticketing.v1.FocusService/DecideFocusProposal", "a"),
    ("pingyi.ticketing.v1.FocusService/ListConcentrations", "a"),
    ("pingyi.ticketing.v1.FocusService/ProposeKeyTarget", "a"),
    ("pingyi.ticketing.v1.FocusService/AdvanceKeyTarget", "ha"),
    ("pingyi.ticketing.v1.FocusService/GetKeyTarget", "ha"),
    ("pingyi.ticketing.v1.FocusService/ListKeyTargets", "ha"),
    ("pingyi.ticketing.v1.FocusService/RecordProblem", "a"),
    ("pingyi.ticketing.v1.FocusService/AdvanceProblem", "ha"),
    ("pingyi.ticketing.v1.FocusService/GetProblem", "ha"),
    ("pingyi.ticketing.v1.FocusService/ListProblems", "ha"),
    ("pingyi.ticketing.v1.FocusService/OpenStaffMeasure", "a"),
    ("pingyi.ticketing.v1.FocusService/AdvanceStaffMeasure", "ha"),
    ("pingyi.ticketing.v1.FocusService/GetStaffMeasure", "ha"),
    ("pingyi.ticketing.v1.FocusService/ListStaffMeasures", "ha"),
    ("pingyi.ticketing.v1.RestrictedService/OpenRestrictedMatter", "a"),
    ("pingyi.ticketing.v1.RestrictedService/AdvanceRestrictedMatter", "a"),
    ("pingyi.ticketing.v1.RestrictedService/GetRestrictedMatter", "a"),
    ("pingyi.ticketing.v1.RestrictedService/ListRestrictedMatters", "a"),
    ("pingyi.ticketing.v1.RestrictedService/TransferMisconduct", "ha"),
    ("pingyi.ticketing.v1.RestrictedService/ListMisconductTransfers", "ha"),
    ("pingyi.publication.v1.StatisticsService/GetStaffFigures", "ha"),
    ("pingyi.publication.v1.StatisticsService/GetCoverage", "ha"),
    ("pingyi.publication.v1.StatisticsService/GetPeriodReport", "ha"),
    ("pingyi.publication.v1.PainPointService/ListPainPoints", "ha"),
    ("pingyi.publication.v1.PainPointService/GetPainPoint", "ha"),
];
/// What is open to everyone beside them.
const PUBLIC: [&str; 16] = [
    "pingyi.publication.v1.CanaryService/GetLastProof",
    "pingyi.publication.v1.PainPointService/ListPublicPainPoints",
    "pingyi.publication.v1.StatisticsService/GetFigures",
    "pingyi.publication.v1.RankingService/ListRankings",
    "pingyi.publication.v1.DisclosureService/ListOutcomes",
    "pingyi.publication.v1.DisclosureService/ListExcludedRatings",
    "pingyi.publication.v1.BulletinService/ListPublicBulletins",
    "pingyi.publication.v1.BulletinService/GetPublicBulletin",
    "pingyi.publication.v1.DisclosureService/ListPublishedRatings",
    "pingyi.publication.v1.DisclosureService/SummarizeExclusions",
    "pingyi.publication.v1.TransparencyService/GetTreeHead",
    "pingyi.publication.v1.TransparencyService/ListTreeHeads",
    "pingyi.publication.v1.TransparencyService/ListLogBreaks",
    "pingyi.publication.v1.TransparencyService/GetInclusionProof",
    "pingyi.publication.v1.TransparencyService/GetConsistencyProof",
    "pingyi.publication.v1.TransparencyService/AddCosignature",
];

pub(crate) fn rpcs() -> Vec<String> {
    let contracts = FileDescriptorSet::decode(proto::DESCRIPTORS).unwrap();
    let mut rpcs = Vec::new();
    for file in contracts.file {
        for service in &file.service {
            for method in &service.method {
                rpcs.push(format!("{}.{}/{}", file.package(), service.name(), method.name()));
            }
        }
    }
    rpcs.sort();
    rpcs
}

/// Calls an RPC with an empty message; whatever it wants, who may call is decided first.
async fn call(channel: &Channel, rpc: &str, token: Option<&str>) -> Code {
    let mut grpc = Grpc::new(channel.clone());
    grpc.ready().await.unwrap();
    let request = match token {
        Some(token) => signed((), token),
        None => tonic::Request::new(()),
    };
    let path = PathAndQuery::try_from(format!("/{rpc}")).unwrap();
    let codec = ProstCodec::<(), ()>::default();
    match grpc.server_streaming(request, path, codec).await {
        Err(status) => status.code(),
        // It is open, and says nothing until there is something to say.
        Ok(_) if rpc.ends_with("/WatchNotices") => Code::Ok,
        Ok(answer) => match answer.into_inner().message().await {
            Err(status) => status.code(),
            Ok(_) => Code::Ok,
        },
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn s04_every_rpc_admits_whom_it_should_and_nobody_else() {
    let deployment = Deployment::embedded().await;
    let channel = deployment.channel(Role::Intake);
    let mut admitted: BTreeMap<String, &str> =
        ADMITTED.iter().map(|(rpc, who)| ((*rpc).to_owned(), *who)).collect();
    admitted.extend(PUBLIC.map(|rpc| (rpc.to_owned(), "ntshapcm")));
    assert_eq!(admitted.keys().cloned().collect::<Vec<_>>(), rpcs(), "every RPC, and no other");

    let signer = platform::auth::Signer::new(&deployment.keys, platform::clock::Clock::System);
    let signer = signer.unwrap();
    let (region, agency) = ("652301".to_owned(), "652301-a03".to_owned());
    let number = PersonDatum("11010519491231002X".to_owned());
    let citizen = Caller::Citizen { rater: RaterKind::NaturalPerson, number };
    let callers = [
        ('n', None),
        ('t', Some(Caller::Terminal)),
        ('s', Some(Caller::System { agency: agency.clone() })),
        ('h', Some(Caller::Handler { region: region.clone(), agency })),
        ('a', Some(Caller::Authority { region: region.clone() })),
        ('d', Some(Caller::Deployment { region })),
        ('p', Some(Caller::Peer)),
        ('c', Some(citizen)),
        ('m', Some(Caller::Messenger)),
    ];
    for (letter, caller) in callers {
        let token = caller.map(|caller| signer.token("someone", caller, 60).unwrap());
        for (rpc, who) in &admitted {
            let code = call(&channel, rpc, token.as_deref()).await;
            // What is open to all others is open to a lower installation.
            let is_open = *who == "ntshapcm" && letter == 'd';
            let expected = match (who.contains(letter) || is_open, letter) {
                (true, _) => None,
                (false, 'n') => Some(Code::Unauthenticated),
                (false, _) => Some(Code::PermissionDenied),
            };
            match expected {
                Some(expected) => assert_eq!(code, expected, "{rpc} by {letter}"),
                // A token-less rater's empty invitation is UNAUTHENTICATED too, for its own reason.
                None if *who == "ntc"
                    && !WITHOUT_INVITATION.iter().any(|own| rpc.ends_with(own)) =>
                {
                    assert_eq!(code, Code::Unauthenticated, "{rpc} by {letter}");
                }
                None => {
                    let refused = [Code::Unauthenticated, Code::PermissionDenied, Code::Internal];
                    assert!(!refused.contains(&code), "{rpc} by {letter}: {code:?}");
                }
            }
        }
        let forged = call(&channel, "pingyi.fact.v1.FactService/ListFacts", Some("a.b.c")).await;
        assert_eq!(forged, Code::Unauthenticated);
    }
    deployment.end().await;
}
