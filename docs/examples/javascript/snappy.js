// Sluice compresses with snappy, which KafkaJS only knows by a codec. This one is
// JavaScript alone. Java clients and brokers put blocks into frames, others not.
'use strict'
const { CompressionCodecs, CompressionTypes } = require('kafkajs')
const snappy = require('snappyjs')

const magic = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0])

CompressionCodecs[CompressionTypes.Snappy] = () => ({
  compress: async (encoder) => Buffer.from(snappy.compress(encoder.buffer)),
  decompress: async (buffer) => {
    if (!buffer.subarray(0, 8).equals(magic)) return Buffer.from(snappy.uncompress(buffer))
    const blocks = []
    for (let at = 16; at < buffer.length;) {
      const end = at + 4 + buffer.readUInt32BE(at)
      blocks.push(Buffer.from(snappy.uncompress(buffer.subarray(at + 4, end))))
      at = end
    }
    return Buffer.concat(blocks)
  },
})
