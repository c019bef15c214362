/** Settings on top of those of the stack prod, by what they are about: each makes other manifests. */
export const VARIANTS: Readonly<Record<string, readonly string[]>> = {
  prod: [],
  'not running': ['running=false'],
  'a storage class and a pull secret': ['kubernetes.storageClass=fast', 'kubernetes.pullSecret=pull'],
}

/** The versions of Kubernetes for which every manifest has to be valid. */
export const VERSIONS = ['1.34', '1.35', '1.36', '1.37'] as const

/** Tests that are not meant to be kept, each with the reason. */
export const EXPLAINED = {
  'kube-score': {
    'container-image-pull-policy':
      'A tag is a version and is never moved (policies image-tag and image-digest); Always would keep a pod from starting again while the registry is down.',
  },
  checkov: {
    CKV_K8S_11: 'A CPU limit slows down what would stand idle otherwise; what a pod needs of CPU is requested.',
    CKV_K8S_15: 'As container-image-pull-policy of kube-score.',
    CKV_K8S_43: 'Told by the policy image-digest: the digest of an image of one’s own is a setting of the stack.',
  },
} as const
