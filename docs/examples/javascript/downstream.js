// A downstream team's reader of an output topic and its retractions.
//
//     node downstream.js [TOPIC]
//
// It prints what it reads, and what it still may hold when it is told to stop.
'use strict'
const { Kafka, logLevel } = require('kafkajs')
const { decode } = require('./wire')
require('./snappy')

// Store is what the team holds. Yours is a database, and keeps the offsets too.
class Store {
  records = new Map() // by Kafka key
  retractions = new Map() // by subject

  put(key, record, timestamp) {
    this.records.delete(key)
    if (!this.withdrawn(record, timestamp)) this.records.set(key, { record, timestamp })
  }

  delete(key) {
    this.records.delete(key)
  }

  retract(retraction) {
    this.retractions.set(retraction.subject, [...(this.retractions.get(retraction.subject) ?? []), retraction])
    for (const [key, { record, timestamp }] of this.records) {
      if (this.withdrawn(record, timestamp)) this.records.delete(key)
    }
  }

  // Topics have no common order, so a retraction stands: it takes what was
  // published until then, read before it or after. No categories: all.
  withdrawn(record, timestamp) {
    return (this.retractions.get(record.subject) ?? []).some(({ categories, issued_at }) =>
      timestamp <= issued_at && (categories.length === 0 || categories.includes(record.category)))
  }
}

async function main() {
  const topic = process.argv[2] ?? 'ai-training'
  const kafka = new Kafka({ brokers: (process.env.KAFKA_BROKERS ?? 'localhost:9092').split(','), logLevel: logLevel.WARN })
  const consumer = kafka.consumer({
    groupId: process.env.KAFKA_GROUP ?? `${topic}-reader`,
    readUncommitted: false, // isolation.level=read_committed
  })
  const store = new Store()
  await consumer.connect()
  await consumer.subscribe({ topics: [topic, `${topic}-retractions`], fromBeginning: true })
  await consumer.run({
    autoCommit: false, // this store is memory: it begins anew each time
    eachMessage: async ({ topic: from, partition, message }) => {
      const key = message.key.toString()
      const line = { topic: from, partition, offset: Number(message.offset), key }
      if (from !== topic) {
        const retraction = await decode(message.value)
        store.retract(retraction)
        Object.assign(line, { what: 'retraction', categories: retraction.categories, reason: retraction.reason })
      } else if (message.value === null) {
        store.delete(key)
        line.what = 'tombstone'
      } else {
        const record = await decode(message.value)
        store.put(key, record, Number(message.timestamp))
        const { subject, record_id, category, occurred_at } = record
        Object.assign(line, { what: 'record', subject, record_id, category, occurred_at })
      }
      console.log(JSON.stringify(line))
    },
  })
  process.once('SIGTERM', async () => {
    await consumer.disconnect()
    console.log(JSON.stringify({ what: 'kept', keys: [...store.records.keys()].sort() }))
  })
}

main().catch((error) => {
  console.error(error)
  process.exit(1)
})
