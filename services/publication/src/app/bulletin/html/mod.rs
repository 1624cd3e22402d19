//! A bulletin as a page of HTML that needs nothing else and prints well: no script, nothing from elsewhere. Every text
//! is escaped here and nowhere else.

mod chart;

use super::report::{Block, Report, Section, Table};
use chart::{bars, escaped, line};

/// How it looks, on a screen and on paper.
const STYLE: &str = include_str!("page.css");

/// The page.
pub(crate) fn html(report: &Report) -> String {
    let (issuer, title) = (escaped(&report.issuer), escaped(&report.title));
    let notices = report.notices.iter();
    let notices: String =
        notices.map(|said| format!("<p class=\"note\">{}</p>\n", escaped(said))).collect();
    let own = report.own.as_ref().map(own).unwrap_or_default();
    let sections: String = report.sections.iter().map(section).collect();
    let notes: String =
        report.notes.iter().map(|said| format!("<li>{}</li>\n", escaped(said))).collect();
    format!(
        "<!doctype html>\n<html lang=\"zh-CN\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta http-equiv=\"Content-Security-Policy\" \
         content=\"default-src 'none'; style-src 'unsafe-inline'\">\n\
         <title>{issuer}{title}</title>\n<style>\n{STYLE}</style>\n</head>\n\
         <body>\n<main>\n<header>\n<p class=\"issuer\">{issuer}</p>\n<h1>{title}</h1>\n\
         <p class=\"about\">{}</p>\n</header>\n{notices}{own}<p>{}</p>\n{sections}\
         <section class=\"small\">\n<h2>说明</h2>\n<ul>\n{notes}</ul>\n</section>\n\
         </main>\n</body>\n</html>\n",
        escaped(&report.about),
        escaped(&report.summary),
    )
}

fn own(own: &Section) -> String {
    let (heading, blocks) = (escaped(&own.heading), blocks(own));
    format!("<section class=\"own\">\n<h2>{heading}</h2>\n{blocks}</section>\n")
}

fn section(section: &Section) -> String {
    let (heading, blocks) = (escaped(&section.heading), blocks(section));
    format!("<section>\n<h2>{heading}</h2>\n{blocks}</section>\n")
}

fn blocks(section: &Section) -> String {
    let block = |block: &Block| match block {
        Block::Text(said) => format!("<p>{}</p>\n", escaped(said)),
        Block::Table(of) => table(of),
        Block::Bars { id, title, full, bars: of } => figure(title, &bars(id, title, *full, of)),
        Block::Line { id, title, points } => figure(title, &line(id, title, points)),
    };
    section.blocks.iter().map(block).collect()
}

/// A chart; its name is told to those who hear it by the chart itself.
fn figure(title: &str, chart: &str) -> String {
    let title = escaped(title);
    format!("<figure><figcaption aria-hidden=\"true\">{title}</figcaption>\n{chart}</figure>\n")
}

fn table(table: &Table) -> String {
    let class = |n: usize| if n < table.words { " class=\"text\"" } else { "" };
    let head =
        |(n, head): (usize, &&str)| format!("<th scope=\"col\"{}>{}</th>", class(n), escaped(head));
    let heads: String = table.heads.iter().enumerate().map(head).collect();
    let cell = |(n, cell): (usize, &String)| match n {
        0 => format!("<th scope=\"row\" class=\"text\">{}</th>", escaped(cell)),
        _ => format!("<td{}>{}</td>", class(n), escaped(cell)),
    };
    let row = |cells: &Vec<String>| {
        let cells: String = cells.iter().enumerate().map(cell).collect();
        format!("<tr>{cells}</tr>\n")
    };
    let rows: String = table.rows.iter().map(row).collect();
    let caption = escaped(table.caption);
    format!(
        "<div class=\"wide\"><table><caption>{caption}</caption>\n<thead><tr>{heads}</tr></thead>\n\
         <tbody>\n{rows}</tbody></table></div>\n"
    )
}

#[cfg(test)]
mod tests;
