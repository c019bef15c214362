import { isIP } from 'node:net'
import type { Properties } from '../policy/policy.ts'
import { listed, listedObjects } from '../policy/properties.ts'
import { isSubdomain } from '../settings/kubernetes-kinds.ts'
import { type Check, checked, matching, oneOf, type Problem, port, portName, protocol, within } from './checks.ts'

/** Whether pods of other nodes can reach an address. */
const isReachable = (value: string) => !/^(127\.|169\.254\.|0\.0\.0\.0$|22[4-9]\.|23\d\.|::1?$|fe80:|ff)/i.test(value)

/** An address of a host, which is neither its own nor that of its link. */
export const hostAddress = matching(
  (value) => isIP(value) !== 0 && isReachable(value),
  'an IP address of a host, not a local one',
)

const family = (version: 4 | 6) =>
  matching(
    (value) => isIP(value) === version && isReachable(value),
    `an IPv${version} address of a host, not a local one; a Service of type ExternalName leads to a name`,
  )

const ADDRESSES: Readonly<Record<string, Check>> = {
  IPv4: family(4),
  IPv6: family(6),
  FQDN: matching((value) => isSubdomain(value) && isIP(value) === 0, 'a host name such as db.example.com'),
}

const OF_PORT = { port, name: portName, protocol }

/** Returns what an API server would reject in an EndpointSlice, beyond the schema. */
export function endpointSliceProblems(object: Properties): Problem[] {
  const address = ADDRESSES[String(object.addressType)]
  return [
    ...checked(object, { addressType: oneOf(...Object.keys(ADDRESSES)) }),
    ...listedObjects(object, 'endpoints').flatMap((endpoint, at) =>
      listed(endpoint, 'addresses').flatMap((each, number) =>
        within(
          ['endpoints', at, 'addresses'],
          address === undefined ? [] : checked({ [number]: each }, { [number]: address }),
        ),
      ),
    ),
    ...listedObjects(object, 'ports').flatMap((each, at) => within(['ports', at], checked(each, OF_PORT))),
  ]
}

/** Returns what an API server would reject in Endpoints, beyond the schema. */
export const endpointsProblems = (object: Properties): Problem[] =>
  listedObjects(object, 'subsets').flatMap((subset, at) =>
    within(
      ['subsets', at],
      [
        ...['addresses', 'notReadyAddresses'].flatMap((list) =>
          listedObjects(subset, list).flatMap((each, number) =>
            within([list, number], checked(each, { ip: hostAddress })),
          ),
        ),
        ...listedObjects(subset, 'ports').flatMap((each, number) => within(['ports', number], checked(each, OF_PORT))),
      ],
    ),
  )
