"""POST /ratings with FastAPI and asyncpg: one transaction per request."""
import hashlib
import json
import os
import time
from contextlib import asynccontextmanager
from typing import Annotated
from uuid import UUID, uuid4

import asyncpg
from fastapi import FastAPI, Request
from pydantic import BaseModel, Field

# A repeated request_id must not make a second rating, so a conflict returns no row.
INSERT_RATING = """
INSERT INTO bench.rating
  (id, request_key, body_hash, act_id, level, tag_codes, tag_list_version, words,
   has_text, channel, origin, private, received_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 1, 1, false, $10)
ON CONFLICT (request_key) DO NOTHING RETURNING id
"""
INSERT_FACT = """
INSERT INTO bench.fact (position, fact_id, body)
VALUES (nextval('bench.position'), $1, $2)
"""
SELECT_EARLIER = "SELECT id FROM bench.rating WHERE request_key = $1"


class Rating(BaseModel):
    request_id: UUID
    act_id: UUID
    level: Annotated[int, Field(ge=1, le=5)]
    tag_codes: Annotated[list[str], Field(max_length=8)]
    tag_list_version: str
    text: Annotated[str, Field(max_length=500)]


class Created(BaseModel):
    rating_id: UUID


@asynccontextmanager
async def lifespan(app: FastAPI):
    # The pool belongs to the worker's event loop, so each worker opens its own.
    async with asyncpg.create_pool(os.environ["DATABASE_URL"], min_size=8, max_size=8) as pool:
        app.state.pool = pool
        yield


app = FastAPI(lifespan=lifespan)


def short_hash(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()[:16]


@app.post("/ratings", status_code=201)
async def create_rating(rating: Rating, request: Request) -> Created:
    rating_id = uuid4()
    request_key = short_hash(str(rating.request_id).encode())
    # Starlette keeps the body it has read, so this is the JSON as it was sent.
    body_hash = short_hash(await request.body())
    received_at = time.time_ns() // 1000
    fact = {
        "rating_id": str(rating_id),
        **rating.model_dump(mode="json", exclude={"request_id"}),
        "received_at": received_at,
    }
    fact_body = json.dumps(fact, ensure_ascii=False, separators=(",", ":")).encode()

    async with app.state.pool.acquire() as conn, conn.transaction():
        inserted = await conn.fetchval(
            INSERT_RATING, rating_id, request_key, body_hash, rating.act_id, rating.level,
            ",".join(rating.tag_codes), rating.tag_list_version, rating.text.encode(),
            rating.text != "", received_at,
        )
        if inserted is None:
            # The fact was written with the first request; answer with that rating.
            return Created(rating_id=await conn.fetchval(SELECT_EARLIER, request_key))
        await conn.execute(INSERT_FACT, uuid4(), fact_body)
    return Created(rating_id=rating_id)
