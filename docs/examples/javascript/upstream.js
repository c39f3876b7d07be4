// An upstream team's producer: a member writes two posts and deletes the first.
//
//     node upstream.js SCHEMA_FOLDER MEMBER_ID
'use strict'
const { randomUUID } = require('node:crypto')
const { readFileSync } = require('node:fs')
const { Kafka, Partitioners, logLevel } = require('kafkajs')
const { encoder } = require('./wire')

const topic = 'member-activity'

async function main() {
  const [folder, member] = process.argv.slice(2)
  const published = await encoder(topic, readFileSync(`${folder}/PostPublished.avsc`, 'utf8'))
  const deleted = await encoder(topic, readFileSync(`${folder}/PostDeleted.avsc`, 'utf8'))
  const kafka = new Kafka({ brokers: (process.env.KAFKA_BROKERS ?? 'localhost:9092').split(','), logLevel: logLevel.WARN })
  const producer = kafka.producer({
    idempotent: true, // acks=all, in order
    maxInFlightRequests: 1,
    createPartitioner: Partitioners.DefaultPartitioner, // murmur2, as Java's; not LegacyPartitioner
  })
  await producer.connect()
  const send = async (encode, record) => {
    const [{ partition, baseOffset }] = await producer.send({ topic, messages: [{ key: member, value: encode(record) }] })
    console.log(JSON.stringify({ partition, offset: Number(baseOffset) }))
  }
  const event = (content) => ({ member_id: member, event_id: randomUUID(), content_id: content, at: Date.now() })

  const contents = [`post-${randomUUID()}`, `post-${randomUUID()}`]
  for (const content of contents) {
    await send(published, {
      ...event(content), body: 'Write to ada.lovelace@example.com today', hashtags: ['consent'], mentions: [],
      shares: null, edited_at: null, reactions: { like: 2 }, author: null, school: 'Example University', paid_with: 'a card', attachments: [],
    })
  }
  await send(deleted, event(contents[0]))
  await producer.disconnect()
}

main().catch((error) => {
  console.error(error)
  process.exit(1)
})
