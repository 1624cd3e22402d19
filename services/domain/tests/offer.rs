//! Which services each shipped profile offers a rating, and from when their windows run.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "shipped/calendars.rs"]
mod calendars;
#[path = "shipped/profiles.rs"]
mod profiles;

use domain::{
    case::Stage,
    item::CaseKind,
    offer::{Mode, Service, composite, is_offered, is_rateable, window},
    profile::Profile,
    source::Source,
};

use profiles::{
    CHANGJI, CITY, COUNTY, DISTRICT, GUANGXI, HAIYANG, SHANGHAI, STATE_COUNCIL, profile,
};

const ON_SITE: &[Mode] = &[Mode::OnSite, Mode::Kiosk];
const WINDOW: &[Mode] = &[Mode::OnSite];
const KIOSK: &[Mode] = &[Mode::Kiosk];
const ONLINE: &[Mode] = &[Mode::Online];
const MODES: &[Mode] = &[Mode::OnSite, Mode::Kiosk, Mode::Online];
const STAGES: [(Stage, &str); 4] = [
    (Stage::Acceptance, "受理"),
    (Stage::Approval, "审批"),
    (Stage::Issuance, "出件"),
    (Stage::Completion, "办结"),
];

/// The cases there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Case {
    /// An immediate case.
    Immediate,
    /// An immediate case completed as it was accepted.
    OnTheSpot,
    /// A committed case.
    Committed,
    /// A package of either kind.
    Package(CaseKind),
}
use Case::{Committed, Immediate, OnTheSpot, Package};

const PACKAGES: &[Case] = &[Package(CaseKind::Immediate), Package(CaseKind::Committed)];
const CASES: &[Case] =
    &[Immediate, OnTheSpot, Committed, Package(CaseKind::Immediate), Package(CaseKind::Committed)];
const LONGER: &[Case] =
    &[Immediate, Committed, Package(CaseKind::Immediate), Package(CaseKind::Committed)];

fn service(mode: Mode, case: Case, stage: Stage, number: u32) -> Service {
    let kind = match case {
        Immediate | OnTheSpot => CaseKind::Immediate,
        Committed => CaseKind::Committed,
        Package(kind) => kind,
    };
    let (package, on_the_spot) = (matches!(case, Package(_)), case == OnTheSpot);
    Service { mode, kind, package, on_the_spot, stage, number }
}

/// What is offered over all stages and numbers: `办结1` only the first service of the stage, `办结n`
/// every one.
fn offered(profile: &Profile, mode: Mode, case: Case) -> String {
    let stages = STAGES.iter().filter_map(|(stage, name)| {
        let numbers = [1, 2, 3, 40].map(|n| is_rateable(profile, &service(mode, case, *stage, n)));
        match numbers {
            [false, false, false, false] => None,
            [true, false, false, false] => Some(format!("{name}1")),
            [true, true, true, true] => Some(format!("{name}n")),
            other => Some(format!("{name}{other:?}")),
        }
    });
    stages.collect::<Vec<_>>().join(" ")
}

/// Layers, the clause, how served, which cases, what is offered.
type Row =
    (&'static [Source<'static>], &'static str, &'static [Mode], &'static [Case], &'static str);

const NATION: &[Source<'static>] = &[STATE_COUNCIL];
const REGION: &[Source<'static>] = &[GUANGXI];
const COAST: &[Source<'static>] = &[STATE_COUNCIL, HAIYANG];
const XINJIANG: &[Source<'static>] = &[STATE_COUNCIL, CHANGJI];
const XIAN: &[Source<'static>] = &[STATE_COUNCIL, COUNTY];
const QU: &[Source<'static>] = &[STATE_COUNCIL, DISTRICT];
const SHI: &[Source<'static>] = &[STATE_COUNCIL, CITY];
const REPORTED: &[Source<'static>] = &[SHANGHAI];

const TABLE: &[Row] = &[
    (NATION, "国办发〔2019〕51号 三（一）现场服务“一次一评”", WINDOW, LONGER, "受理n 办结n"),
    (NATION, "国办发〔2019〕51号 三（一）当场办结的，一次一评", WINDOW, &[OnTheSpot], "办结n"),
    (NATION, "国办发〔2019〕51号 一（二）自助服务端是平台，三（二）", KIOSK, CASES, "办结1"),
    (NATION, "国办发〔2019〕51号 三（二）网上服务“一事一评”", ONLINE, CASES, "办结1"),
    (REGION, "桂数发〔2019〕21号 第九条 即办件只产生1次", MODES, &[Immediate, OnTheSpot], "办结1"),
    (REGION, "桂数发〔2019〕21号 第八、九条 承诺件不少于2次", ON_SITE, &[Committed], "受理n 办结n"),
    (REGION, "桂数发〔2019〕21号 第八、九条 承诺件不少于2次", ONLINE, &[Committed], "受理1 办结1"),
    (REGION, "桂数发〔2019〕21号 第十条 套餐式服务", ON_SITE, PACKAGES, "受理n 审批n 出件n 办结1"),
    (REGION, "桂数发〔2019〕21号 第十条 套餐式服务", ONLINE, PACKAGES, "受理1 审批1 出件1 办结1"),
    (COAST, "海政管办〔2021〕2号 第十条 线下“一次一评”", WINDOW, LONGER, "受理n 办结n"),
    (COAST, "海政管办〔2021〕2号 第十条 当场办结的即办件", WINDOW, &[OnTheSpot], "办结1"),
    (COAST, "海政管办〔2021〕2号 第十条 自助服务终端办理", KIOSK, CASES, "办结1"),
    (COAST, "海政管办〔2021〕2号 第十条 全程网上办理", ONLINE, CASES, "办结1"),
    // Each stage, also of what was accepted and completed at once and told stage by stage.
    (
        XINJIANG,
        "昌市政办发〔2020〕10号 二（四）1 每个环节",
        MODES,
        CASES,
        "受理n 审批n 出件n 办结n",
    ),
    (XIAN, "县实施意见 现场服务“一次一评”", WINDOW, LONGER, "受理n 办结n"),
    (XIAN, "县实施意见 当场办结的，一次一评", WINDOW, &[OnTheSpot], "办结n"),
    (XIAN, "国办发〔2019〕51号 一（二）自助服务端是平台，三（二）", KIOSK, CASES, "办结1"),
    (XIAN, "县实施意见 事项办结时、网上“一事一评”", ONLINE, CASES, "办结1"),
    (QU, "区实施方案 一（一）事项当场受理或办结后", WINDOW, LONGER, "受理n 办结n"),
    (QU, "区实施方案 一（一）当场办结的，一次一评", WINDOW, &[OnTheSpot], "办结n"),
    (QU, "国办发〔2019〕51号 一（二）自助服务端是平台，三（二）", KIOSK, CASES, "办结1"),
    (QU, "区实施方案 一（二）线上服务“一事一评”", ONLINE, CASES, "办结1"),
    (SHI, "市实施方案 三2 办件后一事一评", ON_SITE, CASES, "办结1"),
    (SHI, "国办发〔2019〕51号 三（二）网上服务“一事一评”", ONLINE, CASES, "办结1"),
    (REPORTED, "系统默认 一次一评", ON_SITE, CASES, "办结n"),
    (REPORTED, "系统默认 一事一评", ONLINE, CASES, "办结1"),
];

/// Asserts the rows of one profile, and that they speak of each of its cases exactly once.
#[track_caller]
fn assert_rows(layers: &[Source<'_>]) {
    let file = |layers: &[Source<'_>]| layers.last().map(|layer| layer.file.to_owned());
    let rows = TABLE.iter().filter(|(of, ..)| file(of) == file(layers));
    let profile = profile(layers);
    let mut said = Vec::new();
    for (_, clause, modes, cases, expected) in rows {
        for mode in *modes {
            for case in *cases {
                assert!(!said.contains(&(*mode, *case)), "{clause}: {mode:?} {case:?} twice");
                said.push((*mode, *case));
                assert_eq!(
                    &offered(&profile, *mode, *case),
                    expected,
                    "{clause}: {mode:?} {case:?}"
                );
            }
        }
    }
    assert_eq!(said.len(), MODES.len() * CASES.len());
}

#[test]
fn i03_sc_acceptance_and_completion_on_site_are_rated_each_and_a_matter_online_or_at_a_kiosk_once()
{
    assert_rows(NATION);
}

#[test]
fn i11_gx8_gx9_an_immediate_case_brings_one_rating_and_a_committed_one_at_least_two() {
    assert_rows(REGION);
}

#[test]
fn i11_hy10_online_kiosk_and_on_the_spot_cases_are_rated_once_and_others_at_each_service() {
    assert_rows(COAST);
}

#[test]
fn i11_cj_every_stage_is_rateable_of_an_immediate_case_too() {
    assert_rows(XINJIANG);
}

#[test]
fn i03_xc_acceptance_and_completion_on_site_are_rated_each_and_a_matter_online_once() {
    assert_rows(XIAN);
}

#[test]
fn i11_dq_at_a_window_acceptance_and_completion_are_rated_and_at_a_kiosk_completion_alone() {
    assert_rows(QU);
}

#[test]
fn i03_ct_one_rating_for_each_matter_on_site_too() {
    assert_rows(SHI);
}

#[test]
fn i03_sh_where_the_report_is_silent_the_systems_default_stands() {
    assert_rows(REPORTED);
}

#[test]
fn i12_gx10_three_stages_of_a_package_are_rated_each_and_the_whole_once() {
    let guangxi = profile(REGION);
    for mode in MODES {
        for (stage, name) in STAGES {
            let package = |number| service(*mode, Package(CaseKind::Committed), stage, number);
            assert!(is_offered(&guangxi, &package(1)), "{mode:?} {name}");
            let whole = stage == Stage::Completion;
            assert_eq!(composite(&guangxi, &package(1)), whole, "{mode:?} {name}");
            assert!(!composite(&guangxi, &package(2)), "{mode:?} {name}");
            let single = service(*mode, Committed, stage, 1);
            assert!(!composite(&guangxi, &single), "{mode:?} {name}");
        }
    }
    for layers in [NATION, COAST, XINJIANG, XIAN, QU, SHI, REPORTED] {
        let package = service(Mode::OnSite, Package(CaseKind::Committed), Stage::Completion, 1);
        assert!(!composite(&profile(layers), &package), "no composite rating is known");
    }
}

/// A layer of which the rules meet: packages of two stages, three ratings of a committed case, two
/// of an immediate one, once for kiosks.
const MEETING: Source<'static> = Source {
    file: "meeting.toml",
    text: "id = \"meeting\"\nversion = 1\ndocument = \"试\"\ntrial = true\n\
           [package_rating]\nclause = \"一\"\n\
           value = { stages = [\"approval\", \"completion\"], composite = false }\n\
           [committed_case_ratings_min]\nvalue = 3\nclause = \"二\"\n\
           [immediate_case_ratings]\nvalue = 2\nclause = \"三\"\n\
           [once_on_completion]\nvalue = [\"kiosk\"]\nclause = \"四\"\n",
};

#[test]
fn i11_a_profile_with_other_numbers_is_offered_as_many_and_the_particular_rule_decides() {
    let meeting = profile(&[MEETING]);
    assert_eq!(offered(&meeting, Mode::OnSite, Committed), "受理n 审批n 办结n");
    assert_eq!(offered(&meeting, Mode::Online, Committed), "受理1 审批1 办结1");
    assert_eq!(offered(&meeting, Mode::OnSite, Immediate), "受理1 办结1");
    assert_eq!(offered(&meeting, Mode::Kiosk, Committed), "办结1");
    assert_eq!(offered(&meeting, Mode::Kiosk, Package(CaseKind::Committed)), "审批n 办结n");
    assert_eq!(offered(&meeting, Mode::Online, Package(CaseKind::Immediate)), "审批1 办结1");
    let package = service(Mode::OnSite, Package(CaseKind::Committed), Stage::Completion, 1);
    assert!(!composite(&meeting, &package));
}

#[test]
fn i06_gx8_each_act_has_its_own_window_from_acceptance_or_from_completion() {
    let (guangxi, calendar) = (profile(REGION), calendars::calendar());
    let due_on = |served_at: &str| {
        let window = window(&guangxi, served_at.parse().unwrap(), &calendar).unwrap().unwrap();
        assert_eq!(window.event_at.to_string(), served_at);
        window.due_on.to_string()
    };
    // Accepted on the 2nd, completed on the 20th: the first window is closed by then.
    assert_eq!(due_on("2026-03-02T02:00:00Z"), "2026-03-09");
    assert_eq!(due_on("2026-03-20T02:00:00Z"), "2026-03-27");
    let for_ever = window(&profile(NATION), "2026-03-02T02:00:00Z".parse().unwrap(), &calendar);
    assert_eq!(for_ever.unwrap(), None);
}

#[test]
fn i11_cj_where_every_stage_can_be_rated_those_of_a_service_received_are_asked_about() {
    let changji = profile(XINJIANG);
    for mode in MODES {
        for (stage, _) in STAGES {
            let given = service(*mode, Committed, stage, 1);
            assert!(is_rateable(&changji, &given), "{mode:?} {stage:?}");
            let received = match stage {
                Stage::Completion => true,
                Stage::Acceptance => *mode == Mode::OnSite,
                Stage::Approval | Stage::Issuance => false,
            };
            assert_eq!(is_offered(&changji, &given), received, "{mode:?} {stage:?}");
            // Accepted and completed at once is one service: one is asked about.
            let at_once = is_offered(&changji, &service(*mode, OnTheSpot, stage, 1));
            assert_eq!(at_once, stage == Stage::Completion, "{mode:?} {stage:?}");
        }
    }
}
