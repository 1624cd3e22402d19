//! Reads one unit of the organisation as it was on a day (C06).

use domain::{
    codes::RegionCode,
    deadline::{day_of, iso_date},
    violation::{Violations, identifier},
};
use platform::auth::Reader;
use proto::catalog::v1::{GetUnitRequest, GetUnitResponse};

use crate::{
    convert::organization::unit_for,
    error::{Error, OrganizationError},
    state::Catalog,
};

pub(crate) async fn run(
    catalog: &Catalog,
    caller: Reader,
    request: GetUnitRequest,
) -> Result<GetUnitResponse, Error> {
    let today = day_of(catalog.shell.clock.now());
    let mut wrong = Violations::default();
    wrong.take("unit_id", identifier(&request.unit_id));
    let day = if request.on.is_empty() { Ok(today) } else { iso_date(&request.on) };
    let day = wrong.take("on", day);
    let day = wrong.finish(day)?.unwrap_or(today);
    let view = catalog.memory.view().await?;
    let unit = view.organization.on(&request.unit_id, day).or_else(|| {
        // A region can also have the longer form that platforms write.
        let code = RegionCode::parse(&request.unit_id).ok()?;
        view.organization.on(code.as_str(), day)
    });
    let unit = unit.ok_or(OrganizationError::UnitNotFound)?;
    Ok(GetUnitResponse { unit: Some(unit_for(&caller, unit)) })
}

#[cfg(test)]
mod tests {
    use platform::testing::nobody;
    use proto::catalog::v1::{TransferFormat, TransferKind, Unit};
    use tonic::{Code, Status};

    use super::*;
    use crate::{
        jobs::load_region::tests::loaded,
        rpc::testing::{AGENCY, at, import, officer},
    };

    async fn unit(catalog: &Catalog, reader: Reader, id: &str, on: &str) -> Result<Unit, Status> {
        let request = GetUnitRequest { unit_id: id.to_owned(), on: on.to_owned() };
        Ok(run(catalog, reader, request).await.map(|answer| answer.unit.unwrap())?)
    }

    async fn told(catalog: &Catalog, rows: &str) {
        let kind = TransferKind::Organization;
        import(catalog, kind, TransferFormat::JsonLines, rows).await.done();
    }

    #[tokio::test]
    async fn c06_names_of_persons_are_for_officers_only() {
        let (catalog, _place) = loaded().await;
        let public = unit(&catalog, nobody(), AGENCY, "").await.unwrap();
        assert!(public.leader.is_empty() && public.contact.is_empty() && !public.name.is_empty());
        let known = unit(&catalog, officer(), AGENCY, "").await.unwrap();
        assert_eq!(known.leader, "示例负责人丙");
        assert_eq!(known.contact, "示例联络员丙");
        let public = unit(&catalog, nobody(), "652301-s01", "").await.unwrap();
        assert!(public.name.is_empty() && !public.window_id.is_empty());
        assert!(!unit(&catalog, officer(), "652301-s01", "").await.unwrap().name.is_empty());
    }

    #[tokio::test]
    async fn c06_a_merged_region_leads_to_its_successor_in_every_form_of_its_code() {
        let (catalog, _place) = loaded().await;
        told(
            &catalog,
            r#"{"kind":"region","unit_id":"652302000000","name":"米泉市","valid_to":"2007-08-01","successor_id":"652301000000"}"#,
        )
        .await;
        for id in ["652302", "652302000000"] {
            assert_eq!(unit(&catalog, nobody(), id, "").await.unwrap().unit_id, "652301");
            let then = unit(&catalog, nobody(), id, "2007-08-01").await.unwrap();
            assert_eq!((then.unit_id.as_str(), then.name.as_str()), ("652302", "米泉市"));
        }
        let region = unit(&catalog, nobody(), "652301000000", "").await.unwrap();
        assert_eq!((region.unit_id.as_str(), region.name.as_str()), ("652301", "昌吉市"));
    }

    #[tokio::test]
    async fn c06_a_renamed_window_keeps_its_identity_and_is_read_as_it_was() {
        let (catalog, _place) = loaded().await;
        at(&catalog, "2026-03-10T01:00:00Z");
        told(
            &catalog,
            r#"{"kind":"window","unit_id":"652301-w01","name":"新名1号窗口","hall_id":"652301-h01","agency_id":"652301-a01","nature":"comprehensive"}"#,
        )
        .await;
        for (on, name) in [
            ("2026-03-09", "综合受理1号窗口"),
            ("2026-03-10", "新名1号窗口"),
            ("", "新名1号窗口"),
            ("1999-01-01", "综合受理1号窗口"),
        ] {
            let then = unit(&catalog, nobody(), "652301-w01", on).await.unwrap();
            assert_eq!((then.unit_id.as_str(), then.name.as_str()), ("652301-w01", name), "{on}");
        }
    }

    #[tokio::test]
    async fn c10_what_a_halls_supporting_services_cost_is_public() {
        let (catalog, _place) = loaded().await;
        told(
            &catalog,
            r#"{"kind":"hall","unit_id":"652301-h01","name":"昌吉市示例政务服务中心","region_code":"652301","address":"示例路1号","support_services":[{"name":"打印","fee":"A4每页0.5元","basis":"示例依据"},{"name":"邮寄","fee":"免费","basis":"示例依据"}]}"#,
        )
        .await;
        let hall = unit(&catalog, nobody(), "652301-h01", "").await.unwrap();
        let told = hall.support_services.iter().map(|s| (s.name.as_str(), s.fee.as_str()));
        assert_eq!(told.collect::<Vec<_>>(), [("打印", "A4每页0.5元"), ("邮寄", "免费")]);
    }

    #[tokio::test]
    async fn c06_c11_opening_hours_are_read_as_they_were_and_a_wrong_span_names_its_row_and_column()
    {
        let (catalog, _place) = loaded().await;
        at(&catalog, "2026-03-10T01:00:00Z");
        let file = |closes: &str| {
            let span = |days: &str, opens: &str, closes: &str| {
                format!(r#"{{""days"":[{days}],""opens"":""{opens}"",""closes"":""{closes}""}}"#)
            };
            let (week, holiday) = (r#"""monday"",""friday"""#, r#"""holiday"""#);
            let hours =
                format!("{}\n{}", span(week, "09:30", closes), span(holiday, "00:00", "24:00"));
            format!(
                "kind,unit_id,name,region_code,address,opening_hours\n\
                 hall,652301-h01,新厅,652301,示例路1号,\"{hours}\"\n"
            )
        };
        let (kind, format) = (TransferKind::Organization, TransferFormat::Csv);
        for closes in ["09:30", "25:00"] {
            let refused = import(&catalog, kind, format, &file(closes)).await;
            let [error] = &refused.errors[..] else { panic!("{:?}", refused.errors) };
            assert_eq!((error.row, error.column.as_str()), (1, "opening_hours"), "{closes}");
        }
        import(&catalog, kind, format, &file("17:30")).await.done();
        let hours = async |on: &str| {
            let hall = unit(&catalog, nobody(), "652301-h01", on).await.unwrap();
            let spans = hall.opening_hours.into_iter();
            spans.map(|span| format!("{}-{}", span.opens, span.closes)).collect::<Vec<_>>()
        };
        assert_eq!(hours("").await, ["09:30-17:30", "00:00-24:00"]);
        assert_eq!(hours("2026-03-09").await, ["10:00-14:00", "15:30-19:30"], "as it was");
        // What is in the fact is what others read it from.
        let terminal = unit(&catalog, nobody(), "652301-t01", "").await.unwrap();
        assert_eq!(platform::convert::unit::hours(&terminal.opening_hours).unwrap().len(), 1);
    }

    #[tokio::test]
    async fn an_unknown_unit_is_not_found_and_a_day_that_is_none_is_refused() {
        let (catalog, _place) = loaded().await;
        for (id, on, code) in [
            ("nonsense", "", Code::NotFound),
            ("", "", Code::NotFound),
            ("110000", "", Code::NotFound),
            ("652301", "2026-02-30", Code::InvalidArgument),
            ("652301", "today", Code::InvalidArgument),
        ] {
            let refused = unit(&catalog, nobody(), id, on).await.unwrap_err();
            assert_eq!(refused.code(), code, "{id} {on}");
        }
    }
}
