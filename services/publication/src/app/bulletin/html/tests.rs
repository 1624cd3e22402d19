use proto::publication::v1::{Bulletin, BulletinAgency, BulletinAudience, BulletinContent};

use super::*;
use crate::app::bulletin::report::{report, testing::sample};

/// What a bulletin must show as text and never run.
const HOSTILE: &str = "<script>alert('x')</script>\"&\u{202E}";

/// The page of a bulletin.
fn page(
    bulletin: &Bulletin,
    content: &BulletinContent,
    audience: BulletinAudience,
    own: Option<&BulletinAgency>,
) -> String {
    html(&report(bulletin, content, audience, own))
}

fn sample_page(audience: BulletinAudience) -> String {
    let (bulletin, content) = sample();
    page(&bulletin, &content, audience, None)
}

#[test]
fn p06_the_same_bulletin_is_always_the_same_page() {
    let told = sample_page(BulletinAudience::Public);
    assert_eq!(told, include_str!("sample.html"));
}

#[test]
fn p06_whatever_a_name_holds_is_text() {
    let (mut bulletin, mut content) = sample();
    let hostile = || HOSTILE.to_owned();
    content.region_name = hostile();
    content.clause = hostile();
    content.agencies[0].name = hostile();
    content.problems[0].item_name = hostile();
    content.good_cases[0].agency_name = hostile();
    content.trend[0].period = hostile();
    bulletin.period = hostile();
    let own = content.agencies[0].clone();
    let told = page(&bulletin, &content, BulletinAudience::Internal, Some(&own));
    assert!(told.contains("&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;&quot;&amp;"), "{told}");
    for raw in ["<script", "alert('x')", "\u{202E}"] {
        assert!(!told.contains(raw), "{raw}");
    }
    // In as many elements as without it: nothing was opened or closed.
    let (bulletin, content) = sample();
    let own = content.agencies[0].clone();
    let plain = page(&bulletin, &content, BulletinAudience::Internal, Some(&own));
    assert_eq!(told.matches('<').count(), plain.matches('<').count());
}

#[test]
fn p06_a_page_needs_nothing_else_and_each_chart_has_its_table() {
    let told = sample_page(BulletinAudience::Public);
    for outside in ["<script", "<link", "<img", "src=", "href=", "url(", "@import", "<iframe"] {
        assert!(!told.contains(outside), "{outside}");
    }
    let charts: Vec<&str> = told.split("<svg ").skip(1).collect();
    assert_eq!(charts.len(), 4);
    for chart in charts {
        let (drawn, after) = chart.split_once("</svg>").unwrap();
        let title = drawn.split_once("<title id=\"").unwrap().1;
        assert!(drawn.contains("<desc id=\"") && drawn.contains("role=\"img\""), "{drawn}");
        let title = title.split_once('>').unwrap().1.split_once('<').unwrap().0;
        let caption = after.split_once("<caption>").unwrap().1;
        assert!(caption.starts_with(title), "the table below {title} is that of {caption}");
    }
}

#[test]
fn p06_everyone_reads_no_adverse_case_and_a_correction_says_so() {
    assert!(!sample_page(BulletinAudience::Public).contains("不良影响案例"));
    let internal = sample_page(BulletinAudience::Internal);
    assert!(
        internal.contains("六、不良影响案例") && internal.contains("已指派，逾期"),
        "{internal}"
    );
    let (bulletin, content) = sample();
    let newer = Bulletin { edition: 2, newest_bulletin_id: "x".to_owned(), ..bulletin };
    let told = page(&newer, &content, BulletinAudience::Public, None);
    assert!(told.contains("本版更正此前的版本") && told.contains("请以新版为准"), "{told}");
}
