import type { Properties } from '../policy/policy.ts'
import { listed, under } from '../policy/properties.ts'
import { annotations, isQualifiedName, isSubdomain, labels } from '../settings/kubernetes-kinds.ts'
import { nearest } from '../settings/nearest.ts'
import { asSetting, type Problem, problemAt, when, within } from './checks.ts'
import {
  admissionPolicyProblems,
  bindingProblems,
  claimObjectProblems,
  configMapProblems,
  priorityProblems,
  roleProblems,
  secretProblems,
  storageClassProblems,
} from './configuration.ts'
import { endpointSliceProblems, endpointsProblems } from './endpoints.ts'
import { ingressClassProblems, ingressProblems } from './ingresses.ts'
import { networkPolicyProblems, serviceProblems } from './networking.ts'
import {
  alertProblems,
  certificateProblems,
  databaseClusterProblems,
  externalSecretProblems,
  monitorProblems,
  objectStoreProblems,
  scaledObjectProblems,
  scheduledBackupProblems,
} from './operators.ts'
import { podProblems } from './pods.ts'
import { limitRangeProblems, quotaProblems } from './quotas.ts'
import { gatewayProblems, routeProblems } from './routes.ts'
import { scalerProblems } from './scalers.ts'
import { isOwnGroup, kindsOf, operatorKindsOf, schemaProblems, versionsOf } from './schemas.ts'
import { persistentVolumeProblems } from './volumes.ts'
import { budgetProblems, cronJobProblems, jobProblems, workloadProblems } from './workloads.ts'

/** Returns all that is wrong with an object, and once for each field: a rule says more than the schema. */
export function objectProblems(object: Properties): Problem[] {
  const ofRules = ruleProblems(object)
  const told = new Set(ofRules.map(({ path }) => path.join('/')))
  const ofSchema = schemaProblems(`${String(object.apiVersion)}/${String(object.kind)}`, object)
  return [...ofSchema.filter(({ path }) => !told.has(path.join('/'))), ...ofRules]
}

type Rule = (object: Properties) => readonly Problem[]

/**
 * Returns what an API server would reject in an object, beyond its schema. Custom resources are checked for
 * metadata, and a few for values that their operators reject.
 */
export function ruleProblems(object: Properties): Problem[] {
  const rules = RULES[String(object.kind)] ?? (() => [])
  return [...ofVersion(object), ...ofMetadata(object), ...rules(object), ...podProblems(object)]
}

/** Versions of operators whose objects often go with a stack. */
const OF_OPERATORS: Readonly<Record<string, readonly string[]>> = {
  'gateway.networking.k8s.io': ['v1', 'v1beta1', 'v1alpha2', 'v1alpha3'],
  'cert-manager.io': ['v1'],
  'keda.sh': ['v1alpha1'],
  'monitoring.coreos.com': ['v1', 'v1beta1', 'v1alpha1'],
  'external-secrets.io': ['v1', 'v1beta1', 'v1alpha1'],
  'postgresql.cnpg.io': ['v1'],
  'barmancloud.cnpg.io': ['v1'],
}

function ofVersion({ apiVersion, kind }: Properties): Problem[] {
  const [group = '', version = ''] = String(apiVersion).includes('/')
    ? String(apiVersion).split('/')
    : ['', String(apiVersion)]
  const others = OF_OPERATORS[group]
  if (others !== undefined) {
    const kinds = operatorKindsOf(String(apiVersion))
    // A newer version of the operator may have more kinds.
    const near = kinds.includes(String(kind)) ? undefined : nearest(String(kind), kinds)
    return [
      ...when(
        !others.includes(version),
        ['apiVersion'],
        `must be ${others.map((each) => `${group}/${each}`).join(' or ')}, got ${JSON.stringify(apiVersion)}`,
      ),
      ...when(
        near !== undefined,
        ['kind'],
        `is ${String(kind)}, which ${String(apiVersion)} does not have; did you mean ${near}?`,
      ),
    ]
  }
  const versions = versionsOf(String(kind))
  const isOurs = !group.includes('.') || versions.some((each) => each.startsWith(`${group}/`))
  if (versions.includes(String(apiVersion)) || (versions.length === 0 && !isOwnGroup(group))) return []
  if (versions.length === 0) {
    const near = nearest(String(kind), kindsOf(String(apiVersion)))
    const those = near === undefined ? 'correct it' : `did you mean ${near}?`
    return [problemAt(['kind'], `is ${String(kind)}, which ${String(apiVersion)} does not have; ${those}`)]
  }
  const says = `must be ${versions.join(' or ')} for ${String(kind)}, got ${JSON.stringify(apiVersion)}`
  return when(isOurs, ['apiVersion'], says)
}

/** Fields that the API server sets, so a new object must not have them. */
const GIVEN_OUT = ['resourceVersion', 'uid', 'managedFields', 'generateName', 'creationTimestamp', 'selfLink']

const LABEL = { pattern: /^[a-z]([-a-z0-9]{0,61}[a-z0-9])?$/, of: /^(Service|Namespace)$/ }
const SEGMENT = { pattern: /^(?!\.{1,2}$)[^/%]+$/, of: /^(Cluster)?Role(Binding)?$/ }
/** The controller appends eleven characters to name the Jobs of a CronJob. */
const LONGEST_CRON_JOB = 52

const isNameOf = (kind: string, name: string) =>
  [LABEL, SEGMENT].find(({ of }) => of.test(kind))?.pattern.test(name) ?? isSubdomain(name)

function ofMetadata({ kind, metadata, status }: Properties): Problem[] {
  const told = under({ metadata }, 'metadata')
  const { name } = told
  const isLong = kind === 'CronJob' && String(name).length > LONGEST_CRON_JOB
  const isRight = typeof name !== 'string' || (isNameOf(String(kind), name) && !isLong)
  const what = isLong ? `${LONGEST_CRON_JOB} characters or fewer` : `a valid name of a ${String(kind)}`
  const strange = listed(told, 'finalizers').filter(
    (each) => !String(each).includes('/') || !isQualifiedName(String(each)),
  )
  return [
    ...within(
      ['metadata'],
      [
        ...GIVEN_OUT.filter((key) => key in told).map((key) => problemAt([key], 'is set by the cluster; remove it')),
        ...when(!isRight, ['name'], `must be ${what}, got ${JSON.stringify(name)}`),
        ...asSetting(labels, told.labels, ['labels']),
        ...asSetting(annotations, told.annotations, ['annotations']),
        ...strange.map((each) =>
          problemAt(['finalizers'], `has ${JSON.stringify(each)}, which must be a name such as example.com/cleanup`),
        ),
      ],
    ),
    ...when(status !== undefined, ['status'], 'is set by the cluster; remove it'),
  ]
}

const RULES: Readonly<Record<string, Rule>> = {
  ConfigMap: configMapProblems,
  Secret: secretProblems,
  Service: serviceProblems,
  Ingress: ingressProblems,
  NetworkPolicy: networkPolicyProblems,
  PodDisruptionBudget: budgetProblems,
  CronJob: cronJobProblems,
  Job: jobProblems,
  HorizontalPodAutoscaler: scalerProblems,
  Endpoints: endpointsProblems,
  EndpointSlice: endpointSliceProblems,
  IngressClass: ingressClassProblems,
  PersistentVolumeClaim: claimObjectProblems,
  PersistentVolume: persistentVolumeProblems,
  Deployment: workloadProblems,
  ReplicaSet: workloadProblems,
  StatefulSet: workloadProblems,
  DaemonSet: workloadProblems,
  ResourceQuota: quotaProblems,
  LimitRange: limitRangeProblems,
  PriorityClass: priorityProblems,
  StorageClass: storageClassProblems,
  ValidatingAdmissionPolicy: admissionPolicyProblems,
  Role: roleProblems,
  ClusterRole: roleProblems,
  RoleBinding: bindingProblems,
  ClusterRoleBinding: bindingProblems,
  Cluster: databaseClusterProblems,
  ScheduledBackup: scheduledBackupProblems,
  ObjectStore: objectStoreProblems,
  ScaledObject: scaledObjectProblems,
  ScaledJob: scaledObjectProblems,
  ServiceMonitor: monitorProblems,
  PodMonitor: monitorProblems,
  PrometheusRule: alertProblems,
  HTTPRoute: routeProblems,
  GRPCRoute: routeProblems,
  Gateway: gatewayProblems,
  Certificate: certificateProblems,
  ExternalSecret: externalSecretProblems,
}
