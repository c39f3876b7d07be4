// Avro in the Confluent wire format: 0, four bytes of schema id, the record.
'use strict'
const avro = require('avsc')

const registry = process.env.SCHEMA_REGISTRY_URL ?? 'http://localhost:8081'
const types = new Map()

async function ask(path, body) {
  const answer = await fetch(registry + path, body && {
    method: 'POST',
    headers: { 'Content-Type': 'application/vnd.schemaregistry.v1+json' },
    body: JSON.stringify(body),
  })
  if (!answer.ok) throw new Error(`${path}: ${answer.status}`)
  return answer.json()
}

async function decode(value) {
  if (value[0] !== 0) throw new Error('no Confluent wire header')
  const id = value.readUInt32BE(1)
  if (!types.has(id)) {
    types.set(id, avro.Type.forSchema(JSON.parse((await ask(`/schemas/ids/${id}`)).schema)))
  }
  return types.get(id).fromBuffer(value.subarray(5))
}

// encoder encodes records of a schema that was registered when it was deployed.
async function encoder(topic, text) {
  const type = avro.Type.forSchema(JSON.parse(text))
  const { id } = await ask(`/subjects/${topic}-${type.name}`, { schema: text })
  const header = Buffer.alloc(5)
  header.writeUInt32BE(id, 1)
  return (record) => Buffer.concat([header, type.toBuffer(record)])
}

module.exports = { decode, encoder }
