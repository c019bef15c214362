import { describe, expect, test } from 'vitest'
import { read } from '../keyed-settings.ts'
import { made, settingsOf } from '../mocked.ts'

async function resources(values: Record<string, unknown>) {
  const { DockerStack } = await import('../../../infra/docker/stack.ts')
  const settings = settingsOf('docker', values)
  return made((own) => new DockerStack('codebase', { settings, repositories: [], source: '/project/service' }, own))
}

const inputsOf = async (values: Record<string, unknown>, name: string) =>
  (await resources(values)).find((one) => one.name === name)?.inputs

const faultsOf = (settings: Readonly<Record<string, unknown>>) => {
  try {
    read(settings, 'docker')
    return ''
  } catch (error) {
    return (error as Error).message
  }
}

describe('the GPUs of Ollama are', () => {
  test.each<[string, object, object]>([
    ['all of them', { gpu: 'nvidia' }, { gpus: 'all' }],
    [
      'those of an index or UUID',
      { gpu: 'nvidia', gpuDevices: [0, 'GPU-3a23c669'] },
      { gpus: 'device=0,GPU-3a23c669' },
    ],
    [
      'as many as are said',
      { gpu: 'nvidia', gpus: 2 },
      { deviceRequests: [{ driver: 'nvidia', count: 2, capabilities: ['gpu'] }] },
    ],
    [
      'those that the engine knows by CDI',
      { gpu: 'amd', gpuDevices: ['amd.com/gpu=1'] },
      { deviceRequests: [{ driver: 'cdi', deviceIds: ['amd.com/gpu=1'] }] },
    ],
    [
      'one device of AMD',
      { gpu: 'amd', gpuDevices: ['/dev/dri/renderD129'] },
      { devices: [{ hostPath: '/dev/kfd' }, { hostPath: '/dev/dri/renderD129' }] },
    ],
  ])('%s', async (_, ollama, expected) => {
    expect(await inputsOf({ ollama }, 'ollama-container')).toMatchObject(expected)
  })

  test.each<[object, string]>([
    [{ gpu: 'nvidia', gpuDevices: ['/dev/nvidia0'] }, 'ollama.gpuDevices has /dev/nvidia0, which must be an index'],
    [{ gpu: 'amd', gpuDevices: ['0'] }, 'ollama.gpuDevices has 0, which must be a device such as /dev/dri/renderD128'],
    [{ gpu: 'nvidia', gpuDevices: ['amd.com/gpu=0'] }, 'ollama.gpuDevices has amd.com/gpu=0, which must be'],
    [{ gpu: 'nvidia', gpuDevices: ['0', 'nvidia.com/gpu=1'] }, 'has names of CDI and others'],
    [{ gpu: 'nvidia', gpus: 1, gpuDevices: ['0'] }, 'ollama.gpus and ollama.gpuDevices cannot be combined'],
    [{ gpu: 'amd', gpus: 1 }, 'ollama.gpus cannot be counted'],
    [{ gpu: 'nvidia', gpuDevices: ['1', '1'] }, 'ollama.gpuDevices has duplicate entries'],
    [{ gpuDevices: ['0'] }, 'ollama.gpuDevices has no effect without ollama.gpu'],
  ])('refused as %j', (ollama, message) => {
    expect(faultsOf({ ollama })).toContain(message)
  })
})

describe('containers', () => {
  test('start again with the machine, if the settings say so', async () => {
    expect(await inputsOf({ containers: { restart: 'unless-stopped' } }, 'postgres-container')).toMatchObject({
      restart: 'unless-stopped',
    })
    expect(await inputsOf({ containers: { restarts: 0 } }, 'server-container')).toMatchObject({ restart: 'no' })
  })

  test('log by the driver of the settings, with its options', async () => {
    const containers = {
      logDriver: 'syslog',
      logOptions: { 'syslog-address': 'udp://logs.example.com:514', tag: 'code' },
    }
    const server = await inputsOf({ containers }, 'server-container')
    expect(server).toMatchObject({ logDriver: 'syslog' })
    expect(server?.logOpts).toEqual({ 'syslog-address': 'udp://logs.example.com:514', tag: 'code' })
    expect((await inputsOf({ containers: { logDriver: 'local' } }, 'server-container'))?.logOpts).toEqual({
      'max-size': '10m',
      'max-file': '3',
    })
  })

  test('ask the DNS servers of the settings, and know their hosts', async () => {
    const containers = {
      dns: ['10.0.0.53'],
      dnsSearch: ['corp.example.com'],
      hosts: { 'ollama.corp.example.com': '10.0.0.7' },
    }
    const ollama = { url: 'http://ollama.corp.example.com:11434' }
    expect(await inputsOf({ containers, ollama }, 'server-container')).toMatchObject({
      dns: ['10.0.0.53'],
      dnsSearches: ['corp.example.com'],
      hosts: [
        { host: 'host.docker.internal', ip: 'host-gateway' },
        { host: 'ollama.corp.example.com', ip: '10.0.0.7' },
      ],
    })
  })

  test('have the labels of the settings, and networks and volumes keep those they were made with', async () => {
    const all = await resources({ containers: { labels: { 'com.example.team': 'search', tier: 2 } } })
    const labelled = all.filter(({ type }) => /:(Container|Network|Volume)$/.test(type))
    expect(labelled.length).toBeGreaterThan(8)
    for (const { name, type, inputs, options } of labelled) {
      expect(inputs.labels, name).toEqual(
        expect.arrayContaining([
          { label: 'com.example.team', value: 'search' },
          { label: 'tier', value: '2' },
          { label: 'codebase-mcp.stack', value: 'codebase-mcp' },
        ]),
      )
      expect(options.ignoreChanges, name).toEqual(type.endsWith(':Container') ? undefined : ['labels'])
    }
  })

  test.each<[object, string]>([
    [{ restart: 'always', restarts: 5 }, 'containers.restart: always and containers.restarts cannot be combined'],
    [{ restart: 'sometimes' }, 'containers.restart must be one of'],
    [
      { logDriver: 'journald', logSize: '5m' },
      'containers.logDriver: journald and containers.logSize cannot be combined',
    ],
    [{ logDriver: 'none' }, 'containers.logDriver must be one of json-file, local,'],
    [
      { logDriver: 'local', logOptions: { tag: 'x' } },
      'containers.logOptions has tag, which the log driver local does not',
    ],
    [{ logOptions: { 'max-size': '1m' } }, 'set containers.logSize instead'],
    [{ logOptions: { mode: 'async' } }, 'has mode, which must be blocking or non-blocking, got "async"'],
    [{ logOptions: { 'max-buffer-size': '4m' } }, 'requires mode: non-blocking'],
    [{ logDriver: 'local', logFiles: 1 }, 'containers.logFiles is 1, but the log driver local compresses'],
    [{ logFiles: 1, logOptions: { compress: true } }, 'raise it to 2, or set containers.logOptions.compress to false'],
    [{ logDriver: 'gelf' }, 'containers.logOptions.gelf-address is missing'],
    [
      { logDriver: 'gelf', logOptions: { 'gelf-address': 'logs.example.com:12201' } },
      'which must be an address such as udp://logs.example.com:12201',
    ],
    [
      { logDriver: 'awslogs', logOptions: { 'awslogs-group': 'code' } },
      'containers.logOptions.awslogs-region is missing',
    ],
    [{ dns: ['127.0.0.53'] }, 'containers.dns.0 must be the address of a DNS server that containers reach'],
    [{ dns: ['dns.example.com'] }, 'containers.dns.0 must be an IP address'],
    [{ dnsSearch: ['corp example'] }, 'containers.dnsSearch.0 must be a domain'],
    [{ hosts: { 'git.example.com': 'git' } }, 'containers.hosts.git.example.com must be an IP address'],
    [{ hosts: { 'http://git': '10.0.0.1' } }, 'is not the name of a host'],
    [{ labels: { 'com.docker.x': 'a' } }, 'is a label of the engine or the stack'],
    [{ labels: { 'codebase-mcp.stack': 'a' } }, 'is a label of the engine or the stack'],
    [{ labels: { 'a b': 'a' } }, 'is not a label'],
    [{ labels: { team: { name: 'a' } } }, 'containers.labels.team must be text'],
  ])('are refused with %j', (containers, message) => {
    expect(faultsOf({ containers })).toContain(message)
  })

  test('report every fault of a driver at once', () => {
    const faults = faultsOf({ containers: { logDriver: 'gelf', logFiles: 2, logOptions: { color: 'red' } } })
    for (const each of ['containers.logFiles', 'gelf-address is missing', 'has color']) expect(faults).toContain(each)
  })
})
