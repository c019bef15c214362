import { X509Certificate } from 'node:crypto'
import { z } from 'zod'
import { must } from './kinds.ts'
import { objectName } from './kubernetes-kinds.ts'

const BLOCK = /-----BEGIN ([A-Z0-9 ]+)-----[\s\S]*?-----END \1-----/g

/** Returns what is wrong with a text of PEM certificates. Undefined if it is valid. */
function faultOfCertificates(text: string): string | undefined {
  if (/PRIVATE KEY-----/.test(text)) return 'contains a private key; keep only the certificates'
  const blocks = text.match(BLOCK) ?? []
  if (blocks.length === 0 || text.replaceAll(BLOCK, '').includes('-----'))
    return 'must be certificates in PEM, each from -----BEGIN CERTIFICATE----- to -----END CERTIFICATE-----'
  const broken = blocks.findIndex((block) => !isCertificate(block))
  return broken === -1 ? undefined : `has an invalid certificate, number ${broken + 1} of ${blocks.length}`
}

function isCertificate(block: string): boolean {
  try {
    return new X509Certificate(block).raw.length > 0
  } catch {
    return false
  }
}

const SHAPES = 'certificates in PEM, {configMap: NAME} or {secret: NAME}'

const place = z
  .strictObject(
    {
      configMap: objectName('a ConfigMap').optional(),
      secret: objectName('a Secret').optional(),
      key: z
        .string({ error: must('a key') })
        .regex(/^[-._a-zA-Z0-9]{1,253}$/, { error: must('a key such as ca.crt') })
        .default('ca.crt'),
    },
    { error: must(SHAPES) },
  )
  .refine(({ configMap, secret }) => (configMap === undefined) !== (secret === undefined), {
    error: 'must have either configMap or secret',
  })

/** CA certificates: PEM text, or an object in the cluster that has them. */
export const certificates = z.union(
  [
    z.string().superRefine((value, context) => {
      const fault = faultOfCertificates(value)
      if (fault !== undefined) context.addIssue({ code: 'custom', message: fault })
    }),
    place,
  ],
  { error: must(SHAPES) },
)

export type Certificates = z.output<typeof certificates>
