//! Who may call what: every RPC of the descriptor against every kind of caller.

use domain::rating::RaterKind;
use e2e::{
    callers::{KINDS, NOBODY, admitted},
    citizens::signed,
    deployment::Deployment,
};
use pingyi::roles::Role;
use platform::auth::{Caller, PersonDatum};
use prost::Message as _;
use prost_types::FileDescriptorSet;
use tonic::{Code, client::Grpc, codegen::http::uri::PathAndQuery, transport::Channel};
use tonic_prost::ProstCodec;

/// Who may rate, if they hold an invitation.
const RATERS: [&str; 3] = ["citizen", "terminal", NOBODY];
/// What a rater does without an invitation, or with something else.
const WITHOUT_INVITATION: [&str; 4] =
    ["SubmitReview", "SubmitReport", "LookUpReceipt", "AnswerFollowUp"];

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
    let admitted = admitted();
    assert_eq!(admitted.keys().cloned().collect::<Vec<_>>(), rpcs(), "every RPC, and no other");

    let signer = platform::auth::Signer::new(&deployment.keys, platform::clock::Clock::System);
    let signer = signer.unwrap();
    let (region, agency) = ("652301".to_owned(), "652301-a03".to_owned());
    let number = PersonDatum("11010519491231002X".to_owned());
    let citizen = Caller::Citizen { rater: RaterKind::NaturalPerson, number };
    let of_region = |kind: &str| {
        let claims = serde_json::json!({ "kind": kind, "region": region, "agency": agency });
        serde_json::from_value(claims).unwrap()
    };
    for kind in KINDS {
        let caller = match kind {
            NOBODY => None,
            "citizen" => Some(citizen.clone()),
            kind => Some(of_region(kind)),
        };
        let token = caller.map(|caller| signer.token("someone", caller, 60).unwrap());
        for (rpc, who) in &admitted {
            let code = call(&channel, rpc, token.as_deref()).await;
            let expected = match (who.contains(&kind), kind) {
                (true, _) => None,
                (false, NOBODY) => Some(Code::Unauthenticated),
                (false, _) => Some(Code::PermissionDenied),
            };
            match expected {
                Some(expected) => assert_eq!(code, expected, "{rpc} by {kind}"),
                // A token-less rater's empty invitation is UNAUTHENTICATED too, for its own reason.
                None if *who == RATERS
                    && !WITHOUT_INVITATION.iter().any(|own| rpc.ends_with(own)) =>
                {
                    assert_eq!(code, Code::Unauthenticated, "{rpc} by {kind}");
                }
                None => {
                    let refused = [Code::Unauthenticated, Code::PermissionDenied, Code::Internal];
                    assert!(!refused.contains(&code), "{rpc} by {kind}: {code:?}");
                }
            }
        }
        let forged = call(&channel, "pingyi.fact.v1.FactService/ListFacts", Some("a.b.c")).await;
        assert_eq!(forged, Code::Unauthenticated);
    }
    deployment.end().await;
}
