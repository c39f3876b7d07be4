// Reads an AsyncAPI document as its official parser does, the Avro schemas in it too.
// What the parser complains of is printed, and more than a hint is an error.
import { Parser, fromFile } from '@asyncapi/parser'
import { AvroSchemaParser } from '@asyncapi/avro-schema-parser'

const [file] = process.argv.slice(2)
const parser = new Parser()
parser.registerSchemaParser(AvroSchemaParser())
const { document, diagnostics } = await fromFile(parser, file).parse()
for (const { severity, path, message } of diagnostics) {
  console.error(`${['error', 'warning', 'note', 'hint'][severity]}: ${path.join('.')}: ${message}`)
}
if (!document || diagnostics.some(({ severity }) => severity <= 1)) process.exit(1)
const channels = document.channels().all()
const messages = document.components().messages().all()
console.log(`AsyncAPI ${document.version()}: ${channels.length} channels, ${messages.length} messages`)
