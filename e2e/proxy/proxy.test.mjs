// Tests the map behind a proxy that terminates TLS, as a browser would use it. run.sh starts the proxy and runs this file.
import assert from 'node:assert/strict'
import { request } from 'node:https'
import { test } from 'node:test'

const address = '127.0.0.1:18443'

/** Opens a WebSocket as a page from `origin`, and yields its frames as they arrive. */
function open(origin) {
  const socket = new WebSocket(`wss://${address}/ws`, { headers: { origin } })
  const frames = []
  let wake = () => {}
  const opened = new Promise((resolve) => {
    socket.addEventListener('open', () => resolve(true))
    socket.addEventListener('error', () => resolve(false))
  })
  socket.addEventListener('message', ({ data }) => {
    frames.push(JSON.parse(data))
    wake()
  })
  /** Returns the data of the next frame of this event that satisfies `wanted`. */
  async function next(event, wanted = () => true) {
    for (;;) {
      while (frames.length > 0) {
        const frame = frames.shift()
        if (frame.event === event && wanted(frame.data)) return frame.data
      }
      await new Promise((resolve) => (wake = resolve))
    }
  }
  const send = (event, data) => socket.send(JSON.stringify({ event, data }))
  return { socket, opened, next, send }
}

test('the page and the routes are served over TLS', { timeout: 60_000 }, async () => {
  const page = await fetch(`https://${address}/`)
  assert.equal(page.status, 200)
  assert.match(page.headers.get('content-type'), /^text\/html/)
  const routes = await (await fetch(`https://${address}/routes`)).json()
  assert.deepEqual(routes.map((route) => route.id).filter((id) => ['1', '2', '3'].includes(id)).sort(), ['1', '2', '3'])
})

test('a delivery is started, followed and cancelled over a WebSocket that outlives the request timeout', { timeout: 240_000 }, async () => {
  const { socket, opened, next, send } = open(`https://${address}`)
  assert.ok(await opened, 'The proxy did not upgrade the connection.')
  const began = Date.now()
  const snapshot = await next('snapshot')
  assert.ok(Array.isArray(snapshot.deliveries))
  const requestId = `proxy-${began}`
  send('new-direction', { routeId: '3', requestId, courier: 'proxy' })
  const { deliveryId } = await next('accepted', (data) => data.requestId === requestId)
  const first = await next('new-position', (data) => data.deliveryId === deliveryId)
  const later = await next('new-position', (data) => data.deliveryId === deliveryId && Date.now() - began > 6_000)
  assert.ok(later.seq > first.seq)
  send('command', { deliveryId, action: 'cancel' })
  await next('cancelled', (data) => data.deliveryId === deliveryId)
  socket.close()
})

test('the gateway rejects a page from another origin', { timeout: 60_000 }, async () => {
  const status = await new Promise((resolve, reject) => {
    const headers = {
      origin: 'https://elsewhere.example.com',
      connection: 'Upgrade',
      upgrade: 'websocket',
      'sec-websocket-version': '13',
      'sec-websocket-key': Buffer.from('sixteen bytes...').toString('base64'),
    }
    const asked = request(`https://${address}/ws`, { headers })
    asked.on('response', (response) => resolve(response.statusCode))
    asked.on('upgrade', (response, socket) => {
      socket.destroy()
      resolve(response.statusCode)
    })
    asked.on('error', reject)
    asked.end()
  })
  assert.equal(status, 403)
})
