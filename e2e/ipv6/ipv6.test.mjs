// Tests the product in a cluster without IPv4. run.sh makes the cluster and runs this file in it.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { test } from 'node:test'

const { ADDRESS: address, NAMESPACE: namespace, CHART: chart } = process.env
const kafka = `[${address}]:9092`
const limit = { timeout: 120_000 }

/** Runs a program, with this text as its input, and returns its exit code and outputs. */
function ran(program, parameters, input) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, parameters, { stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'] })
    let stdout = ''
    let stderr = ''
    child.stdout.on('data', (data) => (stdout += data))
    child.stderr.on('data', (data) => (stderr += data))
    child.on('error', reject)
    child.on('close', (code) => resolve({ code, stdout, stderr }))
    child.stdin?.end(input)
  })
}

/** The output of a program that must end with success. */
async function output(program, ...parameters) {
  const { code, stdout, stderr } = await ran(program, parameters)
  assert.equal(code, 0, `${program} ${parameters.join(' ')} ended with ${code}:\n${stdout}${stderr}`)
  return stdout
}

/** What kubectl prints. */
const kubectl = (...parameters) => output('kubectl', ...parameters)

/** The same as JSON. */
const objects = async (...parameters) => JSON.parse(await kubectl(...parameters, '--output', 'json'))

async function apply(object) {
  const { code, stderr } = await ran('kubectl', ['apply', '--filename', '-'], JSON.stringify({ apiVersion: 'codedelivery.dev/v1alpha1', ...object }))
  assert.equal(code, 0, stderr)
}

/** Asks every 200 ms, for 90 seconds at most, until it is so. */
async function eventually(what, ask) {
  const end = Date.now() + 90_000
  for (;;) {
    const answer = await ask()
    if (answer) return answer
    assert.ok(Date.now() < end, `After 90 seconds it is not so: ${what}.`)
    await new Promise((resolve) => setTimeout(resolve, 200))
  }
}

/** The addresses, in brackets, of a component's pods, or of those of all services. */
async function pods(component) {
  const { items } = await objects('get', 'pods', '--selector', 'app.kubernetes.io/managed-by=Helm')
  const ours = items.filter(({ metadata }) => component === undefined || metadata.labels['app.kubernetes.io/name'] === `code-delivery-${component}`)
  return ours.map(({ status }) => `[${status.podIP}]`)
}

async function get(url) {
  const response = await fetch(url, { signal: AbortSignal.timeout(10_000) })
  assert.equal(response.status, 200, url)
  return response
}

/** Follows a courier at a gateway: `connected`, and `arrived`, with all positions, when the vehicle has. */
function follow(gateway, courier) {
  const socket = new WebSocket(`ws://${gateway}:8080/ws?mode=all&courier=${courier}`)
  const positions = []
  const fails = new Promise((_, reject) => {
    for (const event of ['error', 'close']) socket.addEventListener(event, () => reject(new Error(`${socket.url}: ${event}`)))
  })
  const heard = (wanted) =>
    new Promise((resolve) => {
      socket.addEventListener('message', ({ data: text }) => {
        const { event, data } = JSON.parse(text)
        if (wanted(event, data)) resolve(positions)
      })
    })
  const connected = heard((event) => event === 'snapshot')
  const arrived = heard((event, data) => event === 'new-position' && positions.push(data) > 0 && data.finished)
  return { connected: Promise.race([connected, fails]), arrived: Promise.race([arrived, fails]) }
}

test('nothing here has an address or a route of IPv4', limit, async () => {
  const names = (await output('ip', 'netns', 'list')).split('\n').flatMap((line) => line.split(' ')[0] || [])
  assert.ok(names.length >= 8, names.join(' '))
  for (const inside of [[], ...names.map((name) => ['-netns', name])]) {
    assert.equal(await output('ip', ...inside, '-4', 'address'), '')
    assert.equal(await output('ip', ...inside, '-4', 'route', 'show', 'table', 'all'), '')
    assert.match(await output('ip', ...inside, '-6', 'address'), /inet6 fd00:cd::/)
  }
})

test('the Services and endpoints of the chart are of IPv6', limit, async () => {
  const services = (await objects('get', 'services')).items
  assert.ok(services.length >= 4)
  for (const { spec } of services) {
    assert.deepEqual(spec.ipFamilies, ['IPv6'])
    assert.match(spec.clusterIP, /^fd00:cd:/)
  }
  for (const { addressType } of (await objects('get', 'endpointslices')).items) assert.equal(addressType, 'IPv6')
})

test('every service answers on its admin port', limit, async () => {
  const all = await pods()
  assert.equal(all.length, 8, all.join(' '))
  for (const pod of all) {
    for (const path of ['livez', 'readyz']) await get(`http://${pod}:9090/${path}`)
    assert.match(await (await get(`http://${pod}:9090/metrics`)).text(), /_build_info/)
  }
})

test('a delivery is driven to its end, and each gateway sends its positions over a WebSocket', limit, async () => {
  const path = [[-47.87861, -15.80312], [-47.87822, -15.80341], [-47.8778, -15.80366], [-47.87733, -15.80385], [-47.87684, -15.80397], [-47.87634, -15.80402]]
  await apply({ kind: 'DeliveryRoute', metadata: { name: 'lake-shore' }, spec: { title: 'Lake shore', path } })
  const gateways = await pods('gateway')
  assert.equal(gateways.length, 2)
  const following = gateways.map((gateway) => follow(gateway, 'ana'))
  await Promise.all(following.map(({ connected }) => connected))
  await apply({ kind: 'Delivery', metadata: { name: 'ipv6' }, spec: { routeRef: { name: 'lake-shore' }, courier: 'ana', vehicle: 'bicycle', intervalMilliseconds: 500 } })
  for (const positions of await Promise.all(following.map(({ arrived }) => arrived))) {
    const expected = path.map(([longitude, latitude]) => [latitude, longitude])
    assert.deepEqual(positions.map(({ position }) => position), expected)
  }
  await kubectl('wait', 'delivery/ipv6', '--for', 'jsonpath={.status.phase}=Finished', '--timeout', '60s')
})

test('the page, the routes and past deliveries are served over HTTP', limit, async () => {
  for (const gateway of await pods('gateway')) {
    assert.match((await get(`http://${gateway}:8080/`)).headers.get('content-type'), /^text\/html/)
    const routes = await (await get(`http://${gateway}:8080/routes`)).json()
    assert.ok(routes.some(({ title }) => title === 'Lake shore'))
    // From MongoDB.
    const past = await eventually('MongoDB has the delivery', async () => {
      const answer = await (await get(`http://${gateway}:8080/deliveries?past=true&name=ipv6`)).json()
      return answer.deliveries.length > 0 && answer
    })
    assert.equal(past.deliveryStore, 'available')
    assert.equal(past.deliveries[0].phase, 'Finished')
  }
})

test('a delivery that was started over HTTP is accepted, driven and seen by the other gateway', limit, async () => {
  const [one, other] = await pods('gateway')
  const route = (await (await get(`http://${one}:8080/routes`)).json()).find(({ title }) => title === 'Lake shore')
  const started = await fetch(`http://${one}:8080/routes/${route.id}/start`, { method: 'POST', body: JSON.stringify({ courier: 'http' }) })
  assert.equal(started.status, 202)
  await eventually('the delivery has finished', async () => {
    const { deliveries } = await (await get(`http://${other}:8080/deliveries?courier=http`)).json()
    return deliveries[0]?.phase === 'Finished'
  })
})

test('kubectl delivery lists, shows and verifies deliveries', limit, async () => {
  const server = await kubectl('config', 'view', '--minify', '--output', 'jsonpath={.clusters[0].cluster.server}')
  assert.equal(server, `https://[${address}]:6443`)
  assert.match(await kubectl('delivery', 'list'), /^ipv6 .* Finished /m)
  assert.match(await kubectl('delivery', 'status', 'ipv6'), /^Complete +True .* Finished /m)
  assert.match(await kubectl('delivery', 'verify', '--bootstrap-servers', kafka), /^ipv6 +6 +0 +0 +0 +0 .* complete$/m)
  assert.match(await kubectl('delivery', 'topics', '--bootstrap-servers', kafka), /^route\.new-position /m)
})

test('what is bought is paid, invoiced, mailed and delivered', limit, async () => {
  const bought = await kubectl('delivery', 'purchase', '--count', '2', '--route', 'lake-shore', '--until-finished', '--timeout', '90s')
  assert.match(bought, /^2 of 2 purchases are through\.$/m)
  assert.match(await kubectl('delivery', 'verify', '--purchases', '--bootstrap-servers', kafka), /^2 approved purchases: /m)
  const mails = await (await get(`http://[${address}]:8025/api/v1/messages`)).json()
  assert.ok(mails.total >= 2, JSON.stringify(mails))
})

test('the canary, which knows the gateway by its name, sees its delivery arrive', limit, async () => {
  const [canary] = await pods('canary')
  const metrics = await eventually('a run has succeeded', async () => {
    const text = await (await get(`http://${canary}:9090/metrics`)).text()
    return /^delivery_canary_runs_total\{result="success"\} [1-9]/m.test(text) && text
  })
  // Also when its first run begins before the operator has published the routes.
  assert.doesNotMatch(metrics, /^delivery_canary_runs_total\{result="rejected"\}/m)
})

test('kubectl delivery check and helm test find nothing wrong', limit, async () => {
  assert.match(await kubectl('delivery', 'check', '--bootstrap-servers', kafka), /^Everything is right\.$/m)
  assert.match(await output('helm', 'test', 'code-delivery', '--namespace', namespace, '--timeout', '60s'), /Phase: +Succeeded/)
})

test('the chart refuses an address without brackets, and says what to write', limit, async () => {
  for (const [settings, expected] of [
    [`kafka.bootstrapServers=${address}:9092`, `Write it as ${kafka}.`],
    [`kafka.bootstrapServers=${kafka},listenAddress=::`, "'[::]'"],
  ]) {
    const { code, stderr } = await ran('helm', ['template', 'code-delivery', chart, '--set', `image.registry=registry.example.com,${settings}`])
    assert.notEqual(code, 0)
    assert.ok(stderr.includes(expected), stderr)
  }
})

test('kubectl delivery refuses a broker without brackets, and says what to write', limit, async () => {
  const { code, stderr } = await ran('kubectl', ['delivery', 'verify', '--bootstrap-servers', `${address}:9092`])
  assert.equal(code, 2)
  assert.ok(stderr.includes(`Write it as ${kafka}.`), stderr)
})
