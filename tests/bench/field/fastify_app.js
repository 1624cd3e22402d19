// POST /ratings with Fastify and pg: one transaction per request.
const { createHash, randomUUID } = require('node:crypto')
const fastify = require('fastify')
const { Pool } = require('pg')

// Named statements are prepared once per connection, as asyncpg does by itself.
// A repeated request_id must not make a second rating, so a conflict returns no row.
const INSERT_RATING = { name: 'insert-rating', text: `
  INSERT INTO bench.rating
    (id, request_key, body_hash, act_id, level, tag_codes, tag_list_version, words,
     has_text, channel, origin, private, received_at)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 1, 1, false, $10)
  ON CONFLICT (request_key) DO NOTHING RETURNING id` }
const INSERT_FACT = { name: 'insert-fact', text: `
  INSERT INTO bench.fact (position, fact_id, body)
  VALUES (nextval('bench.position'), $1, $2)` }
const SELECT_EARLIER = { name: 'select-earlier',
  text: 'SELECT id FROM bench.rating WHERE request_key = $1' }

const uuid = { type: 'string', format: 'uuid', maxLength: 36 } // maxLength: no "urn:uuid:"
const schema = {
  body: {
    type: 'object',
    required: ['request_id', 'act_id', 'level', 'tag_codes', 'tag_list_version', 'text'],
    properties: {
      request_id: uuid,
      act_id: uuid,
      level: { type: 'integer', minimum: 1, maximum: 5 },
      tag_codes: { type: 'array', maxItems: 8, items: { type: 'string' } },
      tag_list_version: { type: 'string' },
      text: { type: 'string', maxLength: 500 }
    }
  },
  response: { 201: { type: 'object', properties: { rating_id: { type: 'string' } } } }
}

const pool = new Pool({ connectionString: process.env.DATABASE_URL, min: 8, max: 8 })
// Without a listener, an idle connection that breaks would end the process.
pool.on('error', (err) => console.error(err))

const app = fastify()

// Fastify drops the raw JSON after parsing; the body hash needs it.
const parseJson = app.getDefaultJsonParser('error', 'error')
app.decorateRequest('rawBody', null)
app.addContentTypeParser('application/json', { parseAs: 'string' }, (request, raw, done) => {
  request.rawBody = raw
  parseJson(request, raw, done)
})

const shortHash = (data) => createHash('sha256').update(data).digest().subarray(0, 16)

app.post('/ratings', { schema }, async (request, reply) => {
  const { request_id: requestId, ...rating } = request.body
  const requestKey = shortHash(requestId.toLowerCase())
  const receivedAt = Date.now() * 1000
  let ratingId = randomUUID()
  const fact = { rating_id: ratingId, ...rating, received_at: receivedAt }

  const client = await pool.connect()
  try {
    await client.query('BEGIN')
    const inserted = await client.query(INSERT_RATING, [
      ratingId, requestKey, shortHash(request.rawBody), rating.act_id, rating.level,
      rating.tag_codes.join(','), rating.tag_list_version, Buffer.from(rating.text),
      rating.text !== '', receivedAt
    ])
    if (inserted.rowCount === 1) {
      await client.query(INSERT_FACT, [randomUUID(), Buffer.from(JSON.stringify(fact))])
    } else {
      // The fact was written with the first request; answer with that rating.
      ratingId = (await client.query(SELECT_EARLIER, [requestKey])).rows[0].id
    }
    await client.query('COMMIT')
    client.release()
  } catch (err) {
    client.release(err) // closes the connection, which rolls the transaction back
    throw err
  }
  return reply.code(201).send({ rating_id: ratingId })
})

app.listen({ host: '127.0.0.1', port: Number(process.env.PORT) })
