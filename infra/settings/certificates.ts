import { X509Certificate } from 'node:crypto'
import { z } from 'zod'
import { must } from './kinds.ts'
import { objectName } from './kubernetes-kinds.ts'

const BLOCK = /-----BEGIN ([A-Z0-9 ]+)-----[\s\S]*?-----END \1-----/g

/** What is wrong with a text that has to be certificates in PEM; undefined where nothing is. */
function faultOfCertificates(text: string): string | undefined {
  if (/PRIVATE KEY-----/.test(text)) return 'has a private key in it; leave only the certificates'
  const blocks = text.match(BLOCK) ?? []
  if (blocks.length === 0 || text.replaceAll(BLOCK, '').includes('-----'))
    return 'must be certificates in PEM, each from -----BEGIN CERTIFICATE----- to -----END CERTIFICATE-----'
  const broken = blocks.findIndex((block) => !isCertificate(block))
  return broken === -1 ? undefined : `has something else than a certificate as number ${broken + 1} of ${blocks.length}`
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
    error: 'must have one of configMap and secret',
  })

/** Certificates of authorities: in PEM, or where a cluster has them. */
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
