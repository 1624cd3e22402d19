use proto::publication::v1::BulletinAudience;

use super::*;
use crate::app::bulletin::report::{report, testing::sample};

fn of_sample() -> Vec<u8> {
    let (bulletin, content) = sample();
    pdf(&report(&bulletin, &content, BulletinAudience::Public, None)).unwrap()
}

/// How often something is in a file.
fn count(file: &[u8], what: &str) -> usize {
    file.windows(what.len()).filter(|part| *part == what.as_bytes()).count()
}

#[test]
fn p06_the_same_bulletin_is_always_the_same_pdf_with_its_font_and_its_text() {
    let file = of_sample();
    assert_eq!(file, of_sample());
    assert!(file.starts_with(b"%PDF-1.") && file.trim_ascii_end().ends_with(b"%%EOF"));
    for part in ["/FontFile3", "/CIDFontType0C", "/ToUnicode", "/Lang", "/DisplayDocTitle true"] {
        assert_eq!(count(&file, part), 1, "{part}");
    }
    // Each character can be copied as what it is: 好 among them.
    assert!(count(&file, "<597D>") > 0 || count(&file, "<597d>") > 0);
    let pages = count(&file, "/Type /Page\n");
    assert!((2..10).contains(&pages), "{pages} pages");
    assert!(file.len() < 600_000, "a part of the font, not all of it: {} bytes", file.len());
}

#[test]
fn p06_a_pdf_of_many_agencies_goes_on_over_the_pages_under_the_same_heads() {
    let (bulletin, mut content) = sample();
    let part = content.agencies[0].clone();
    content.agencies = vec![part; 300];
    let told = report(&bulletin, &content, BulletinAudience::Internal, None);
    let pages = count(&pdf(&told).unwrap(), "/Type /Page\n");
    assert!(pages > count(&of_sample(), "/Type /Page\n") + 8, "{pages} pages");
    let mut sheets = Sheets::new().unwrap();
    let lines = sheets.lines("办理、反馈（整改）。", SIZE, SIZE * 4.2);
    assert_eq!(lines, ["办理、反", "馈（整改）。"], "no line begins with a closing mark");
    assert!(
        !sheets.need(700.0) && {
            sheets.skip(700.0);
            sheets.need(100.0)
        },
        "a page is full once"
    );
}
