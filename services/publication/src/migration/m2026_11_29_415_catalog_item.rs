//! Where the items of the catalog belong, so that one region's are found without reading all of them.

use domain::{canary::is_robots, item::ItemState};
use platform::reference::Reference;
use sea_orm_migration::{prelude::*, schema};

/// How many items are read at once.
const ITEMS: u64 = 500;

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m2026_11_29_415_catalog_item"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let item = Table::create()
            .table("catalog_item")
            .col(schema::string("code").primary_key())
            .col(schema::string("region_code"))
            .col(schema::string("agency_id"))
            .col(schema::string("line_id"))
            .col(schema::string("name"))
            .col(schema::boolean("published"))
            .col(schema::big_integer("version"))
            .col(schema::big_integer("fact_position"))
            .to_owned();
        manager.create_table(item).await?;
        for (name, columns) in [
            ("catalog_item_region", &["region_code", "code"][..]),
            ("catalog_item_agency", &["agency_id", "region_code", "code"]),
            ("catalog_item_line", &["line_id", "region_code", "code"]),
            ("catalog_item_position", &["fact_position"]),
        ] {
            let mut index = Index::create();
            index.name(name).table("catalog_item");
            for column in columns {
                index.col(*column);
            }
            manager.create_index(index).await?;
        }
        fill(manager).await
    }
}

/// Takes over those that are known already.
async fn fill(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let mut after = String::new();
    loop {
        let items = Reference::items_after(manager.get_connection(), &after, ITEMS).await?;
        let Some((_, last)) = items.last() else { return Ok(()) };
        after.clone_from(&last.code);
        let items: Vec<_> = items.into_iter().filter(|(_, item)| !is_robots(&item.code)).collect();
        if items.is_empty() {
            continue;
        }
        let mut insert = Query::insert();
        insert.into_table("catalog_item").columns([
            "code",
            "region_code",
            "agency_id",
            "line_id",
            "name",
            "published",
            "version",
            "fact_position",
        ]);
        for (position, item) in items {
            insert.values_panic([
                item.code.into(),
                item.region_code.into(),
                item.content.agency_id.into(),
                item.content.line_id.unwrap_or_default().into(),
                item.content.name.into(),
                (item.state == ItemState::Published).into(),
                i64::from(item.version).into(),
                position.into(),
            ]);
        }
        manager.execute(insert).await?;
    }
}
