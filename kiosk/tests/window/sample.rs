//! What the screens show in tests. Everybody and every number here is invented.

use domain::{item::FieldKind, level::Level};
use visit::{
    content::{
        Application, Case, Choices, Field, Guide, Invitation, ItemCard, LevelChoice, Limit,
        Material, Rated, RatingToSend, Receipt, TouchedLevel,
    },
    flow::Effect,
    screen::Screen,
};

pub const NAME: &str = "示例·申请人";
pub const PHONE: &str = "10000000000";

fn field(id: &str, label: &str, kind: FieldKind, required: bool, choices: &[&str]) -> Field {
    let choices = choices.iter().map(|choice| (*choice).to_owned()).collect();
    Field { id: id.to_owned(), label: label.to_owned(), kind, required, choices }
}

fn guide() -> Guide {
    let texts = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
    let material = |name: &str, sample: &str| Material {
        name: name.to_owned(),
        copies: 1,
        sample: sample.to_owned(),
    };
    Guide {
        promised: Some(Limit { days: 5, working: true }),
        statutory: Some(Limit { days: 20, working: true }),
        conditions: texts(&[
            "已取得营业执照等合法主体资格",
            "具有与经营的食品品种、数量相适应的场所、设备和设施",
        ]),
        materials: vec![
            material("食品经营许可申请书", "示例：张三小吃店，填写在第一页"),
            material("经营场所设备布局和操作流程文件", ""),
        ],
        procedure: texts(&["申请", "受理", "审查", "现场核查", "决定", "送达"]),
        fee: "不收费".into(),
        fee_basis: "《中华人民共和国行政许可法》第五十八条".into(),
    }
}

pub fn item() -> ItemCard {
    ItemCard {
        code: "sample-1".into(),
        name: "食品经营许可（示例）".into(),
        accepting_unit: "昌吉市示例市场监督管理局".into(),
        guide: guide(),
        form: vec![
            field("applicant_name", "申请人（经办人）姓名", FieldKind::PersonName, true, &[]),
            field("applicant_phone", "联系电话", FieldKind::Phone, true, &[]),
            field(
                "kind",
                "主体业态",
                FieldKind::Choice,
                true,
                &["食品销售", "餐饮服务", "单位食堂"],
            ),
            field("since", "成立日期", FieldKind::Date, false, &[]),
        ],
    }
}

pub fn items() -> Vec<ItemCard> {
    let names = [
        "社会保险参保缴费记录查询打印（示例）",
        "城乡居民基本养老保险待遇申领（示例）",
        "公共场所卫生许可（示例）",
        "灵活就业人员参保登记（示例）",
        "老年人优待证办理（示例）",
        "住房公积金提取（示例）",
        "不动产登记资料查询（示例）",
        "残疾人证办理（示例）",
        "户口迁移（示例）",
        "个体工商户设立登记（示例）",
    ];
    let other = |(n, name): (usize, &str)| ItemCard {
        code: format!("sample-{}", n + 2),
        name: name.to_owned(),
        ..item()
    };
    std::iter::once(item()).chain(names.into_iter().enumerate().map(other)).collect()
}

pub fn entries() -> Vec<(String, String)> {
    let pairs = [("applicant_name", NAME), ("applicant_phone", PHONE), ("kind", "餐饮服务")];
    pairs.map(|(id, value)| (id.to_owned(), value.to_owned())).to_vec()
}

/// As long as the services make them: region, day and twelve digits.
pub const NUMBER: &str = "65230120261122A1B2C3D4E5F6";

pub fn case() -> Case {
    Case {
        id: "case-1".into(),
        project_number: NUMBER.into(),
        item_name: item().name,
        promised: Some(("2026-11-30".into(), false)),
        invitation: None,
    }
}

pub fn invitation() -> Invitation {
    Invitation { project_number: case().project_number, token: "token".into() }
}

pub const LOOK_UP: &str = "https://example.gov.cn/my";

pub const LABELS: [&str; 5] = ["非常满意", "满意", "基本满意", "不满意", "非常不满意"];

pub fn choices(negative_needs_reason: bool) -> Choices {
    let texts = [
        "业务不熟练",
        "服务态度差、爱答不理",
        "材料要求与办事指南不一致",
        "在办事指南之外增加新的审批条件",
        "超过法定或承诺办结时限",
        "同样内容的证明材料被要求多次提供",
        "线上系统不好用",
        "反复跑窗口和部门，多次跑路",
    ];
    let tags = |level: Level| {
        let tag = |(n, text): (usize, &str)| (format!("t{n}"), text.to_owned());
        level.is_negative().then(|| texts.iter().copied().enumerate().map(tag).collect())
    };
    let level = |(level, label): (Level, &str)| LevelChoice {
        level,
        label: label.to_owned(),
        tags: tags(level).unwrap_or_default(),
    };
    Choices {
        item_name: item().name,
        agency_name: item().accepting_unit,
        levels: Level::ALL.into_iter().zip(LABELS).map(level).collect(),
        tag_list_version: "sample".into(),
        negative_needs_reason,
        private_allowed: true,
        look_up: LOOK_UP.into(),
    }
}

pub fn given(negative_needs_reason: bool) -> TouchedLevel {
    TouchedLevel {
        invitation: invitation(),
        choices: choices(negative_needs_reason),
        level: Level::Dissatisfied,
        private: false,
        request_id: "r".into(),
    }
}

fn rating() -> RatingToSend {
    RatingToSend {
        request_id: "r".into(),
        token: "token".into(),
        level: Level::Satisfied,
        tag_codes: Vec::new(),
        tag_list_version: "sample".into(),
        private: false,
        touched_at: None,
    }
}

fn application() -> Application {
    Application {
        request_id: "r".into(),
        item_code: item().code,
        entries: entries(),
        language: String::new(),
    }
}

pub fn sending() -> Screen {
    Screen::Sending { rating: rating(), rated: rated(Level::Satisfied) }
}

pub fn submitting() -> Screen {
    Screen::Submitting { item: item(), application: application() }
}

pub fn rated(level: Level) -> Rated {
    let place = Level::ALL.iter().position(|other| *other == level).unwrap();
    Rated {
        project_number: NUMBER.into(),
        level,
        label: LABELS[place].into(),
        agency_name: item().accepting_unit,
    }
}

pub fn thanks(level: Level) -> Screen {
    Screen::Thanks { receipt: receipt(), rated: rated(level) }
}

/// Thanks for a rating that waits on the terminal.
pub fn kept() -> Screen {
    Screen::Thanks { receipt: Receipt::default(), rated: rated(Level::Satisfied) }
}

pub fn form(entries: Vec<(String, String)>, problems: Vec<(String, String)>) -> Screen {
    Screen::Form { item: item(), entries, problems, at: None }
}

pub fn faces() -> Screen {
    Screen::Faces { invitation: invitation(), choices: choices(false), private: false }
}

pub fn receipt() -> Receipt {
    Receipt { rating_id: "rating-1".into(), code: "K7QM-2XHD".into(), look_up: LOOK_UP.into() }
}

pub fn offline() -> Screen {
    Screen::Offline { again: Effect::Rate(rating()), from: Box::new(sending()) }
}
