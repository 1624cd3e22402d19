//! The public log: leaves, the tree in tiles, signed heads with their co-signatures, and breaks.

use sea_orm_migration::{prelude::*, schema};

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m2026_11_29_370_log"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let leaf = Table::create()
            .table("leaf")
            .col(schema::uuid("id").primary_key())
            .col(schema::big_integer("number").unique_key())
            .col(schema::big_integer("code"))
            .col(schema::binary("remainder"))
            .col(schema::big_integer("fact_position"))
            .to_owned();
        let tile = Table::create()
            .table("tile")
            .col(schema::small_integer("level"))
            .col(schema::big_integer("number"))
            .col(schema::binary("hashes"))
            .primary_key(Index::create().col("level").col("number"))
            .to_owned();
        let tree = Table::create()
            .table("tree")
            .col(schema::small_integer("id").primary_key())
            .col(schema::big_integer("size"))
            .col(schema::integer("epoch"))
            .to_owned();
        let head = Table::create()
            .table("tree_head")
            .col(schema::integer("epoch"))
            .col(schema::big_integer("size"))
            .col(schema::binary("root"))
            .col(schema::big_integer("signed_at"))
            .col(schema::text("note"))
            .primary_key(Index::create().col("epoch").col("size"))
            .to_owned();
        let cosignature = Table::create()
            .table("cosignature")
            .col(schema::integer("epoch"))
            .col(schema::big_integer("size"))
            .col(schema::string("witness"))
            .col(schema::text("line"))
            .col(schema::big_integer("signed_at"))
            .primary_key(Index::create().col("epoch").col("size").col("witness"))
            .to_owned();
        let broken = Table::create()
            .table("log_break")
            .col(schema::integer("epoch").primary_key())
            .col(schema::big_integer("kept_size"))
            .col(schema::big_integer("head_size"))
            .col(schema::binary("head_root"))
            .col(schema::big_integer("at"))
            .to_owned();
        for table in [leaf, tile, tree, head, cosignature, broken] {
            manager.create_table(table).await?;
        }
        for (name, table, columns) in [
            ("leaf_code", "leaf", &["code"][..]),
            ("leaf_fact_position", "leaf", &["fact_position"]),
            ("cosignature_witness", "cosignature", &["witness", "epoch", "size"]),
        ] {
            let mut index = Index::create();
            index.name(name).table(table);
            for column in columns {
                index.col(*column);
            }
            manager.create_index(index).await?;
        }
        let empty = Query::insert()
            .into_table("tree")
            .columns(["id", "size", "epoch"])
            .values_panic([1.into(), 0.into(), 0.into()])
            .to_owned();
        manager.execute(empty).await?;
        platform::lease::create_table(manager).await
    }
}
