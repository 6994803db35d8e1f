// Counts the sales of each product from the topic `compra`: a consumer, to be copied.
//
// It pulls, in a group of its own. It keeps its counts, with the purchases' ids, before it commits its offsets: killed at any instant, it
// reads some purchases again, recognizes them, and counts none twice.

import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { Consumer, stringDeserializers } from '@platformatic/kafka'

const { KAFKA = '127.0.0.1:30092', TOPIC = 'compra', GROUP = 'sales-node', FILE = 'sales.json' } = process.env
const once = process.argv.includes('--once')

/** The counts that were kept; none the first time. */
function load() {
  const kept = existsSync(FILE) ? JSON.parse(readFileSync(FILE, 'utf8')) : { seen: [], products: {} }
  return { seen: new Set(kept.seen), products: new Map(Object.entries(kept.products)) }
}

/** Keeps the counts: the whole file or the former one, never half of it. */
function save({ seen, products }) {
  writeFileSync(`${FILE}.new`, JSON.stringify({ seen: [...seen].sort(), products: Object.fromEntries(products) }))
  renameSync(`${FILE}.new`, FILE)
}

/** Counts one purchase, unless it was counted before. Fields that are not needed are ignored. */
function count({ seen, products }, value) {
  const { purchaseId, items } = JSON.parse(value)
  if (typeof purchaseId !== 'string' || !Array.isArray(items)) throw new TypeError('it is no purchase')
  const sold = items.map(({ product, quantity, unitPriceCents }) => {
    if (typeof product !== 'string' || !Number.isInteger(quantity * unitPriceCents)) throw new TypeError('it has no valid item')
    return [product, quantity, quantity * unitPriceCents]
  })
  if (seen.has(purchaseId)) return
  seen.add(purchaseId)
  for (const [product, quantity, cents] of sold) {
    const [before, total] = products.get(product) ?? [0, 0]
    products.set(product, [before + quantity, total + cents])
  }
}

function table({ products }) {
  const rows = [...products].sort(([one], [other]) => (one < other ? -1 : 1)).map(([product, [quantity, cents]]) => {
    const total = `${Math.floor(cents / 100)}.${String(cents % 100).padStart(2, '0')}`
    return `${String(quantity).padStart(10)} ${total.padStart(16)}  ${product.replace(/\p{Cc}/gu, '\ufffd')}\n`
  })
  return `  QUANTITY            TOTAL  PRODUCT\n${rows.join('')}`
}

const sales = load()
console.log(table(sales))
const consumer = new Consumer({ groupId: GROUP, clientId: GROUP, bootstrapBrokers: KAFKA.split(','), deserializers: stringDeserializers })
// A group resumes where it has committed; a new one begins with the oldest record that there is, and commits when it says so.
const stream = await consumer.consume({ topics: [TOPIC], mode: 'committed', fallbackMode: 'earliest', autocommit: false, maxWaitTime: 1000 })

/** With --once: the end of each partition that is not reached yet. */
async function endsToReach() {
  const offsets = async timestamp => (await consumer.listOffsets({ topics: [TOPIC], timestamp })).get(TOPIC)
  const [ends, begins] = [await offsets(-1n), await offsets(-2n)]
  const topics = [{ topic: TOPIC, partitions: ends.map((_, partition) => partition) }]
  const committed = (await consumer.listCommittedOffsets({ topics })).get(TOPIC)
  return new Map([...ends.entries()].filter(([partition, end]) => end > begins[partition] && end > committed[partition]))
}

const newest = new Map() // The newest message of each partition that is not committed yet.
let uncommitted = 0
async function flush() {
  if (uncommitted === 0) return
  save(sales) // The effect first,
  const messages = [...newest.values()]
  newest.clear()
  uncommitted = 0
  console.log(table(sales))
  await Promise.all(messages.map(message => message.commit())) // then the offsets.
}

const ends = once ? await endsToReach() : new Map()
const timer = setInterval(() => flush().catch(error => stream.destroy(error)), 1000)
if (!once || ends.size > 0) {
  for await (const message of stream) {
    try { count(sales, message.value) } catch (error) { console.error(`Left out ${message.partition}/${message.offset}: ${error.message}`) }
    newest.set(message.partition, message)
    uncommitted += 1
    if (message.offset + 1n >= ends.get(message.partition)) ends.delete(message.partition)
    const reached = once && ends.size === 0
    if (reached || uncommitted >= 500) await flush()
    if (reached) break
  }
}
clearInterval(timer)
await flush()
await consumer.close(true)
