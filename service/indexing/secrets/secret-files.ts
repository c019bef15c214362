import type { Found } from '../files/walker.ts'
import { type ShownHere, showsFile } from './shown-here.ts'

// Examples in a repository that show people what to fill in.
const EXAMPLE =
  /(?:^|[._-])(?:example|examples|sample|samples|template|tmpl|tpl|dist|skel|stub|defaults?|schema)(?:[._-]|$)/
const ENVIRONMENT = /^\.env(?:rc)?(?:[._-].*)?$|\.env$/

const PRIVATE_KEY =
  /^id_(?:rsa|dsa|ecdsa|ed25519)(?:_sk)?(?:[._-].*)?$|^ssh_host_\w+_key$|(?:^|[._-])(?:key|privkey|private|priv)\d*\.pem$/
const KEY_FILES = 'key ppk pvk p8 p12 pfx jks jceks keystore keytab bks bcfks kdb kdbx psafe3 keychain kwallet'
const STATE_FILES = 'tfstate'
const PUBLIC = /(?:^|[._-])pub(?:lic|key)?(?:[._-]|key|$)/
const EXTENSIONS = new Set([...KEY_FILES.split(' '), ...STATE_FILES.split(' '), 'kubeconfig', 'ovpn', 'htpasswd'])

/** Files in which tools store credentials. */
const NAMES = new Set(
  [
    '.netrc _netrc .pgpass pgpass.conf .my.cnf .mylogin.cnf .pypirc .dockercfg .dockerconfigjson .git-credentials .htpasswd',
    '.s3cfg .boto .databrickscfg .vault-token .terraformrc terraform.rc credentials.tfrc.json terraform.tfstate.backup',
    'kubeconfig accesstokens.json msal_token_cache.json application_default_credentials.json access_tokens.db',
    'credentials credentials.json credentials.csv .credentials .credentials.json client_secret.json client_secrets.json',
    'secrets.json secrets.toml .secrets master.key settings-security.xml sftp-config.json .ftpconfig .remote-sync.json',
    'wallet.dat secring.gpg secring.pgp key3.db key4.db logins.json .rhosts .smbcredentials .htdigest .pg_service.conf',
    '.msmtprc .fetchmailrc .esmtprc rclone.conf recentservers.xml sitemanager.xml .vault_pass .vault-password .lpass',
    '.bash_history .zsh_history .sh_history .fish_history .psql_history .mysql_history .rediscli_history .dbshell',
  ].flatMap((line) => line.split(' ')),
)
const PATHS =
  /(?:^|\/)(?:\.docker\/config\.json|\.kube\/config|\.aws\/credentials|\.gem\/credentials|\.cargo\/credentials(?:\.toml)?|\.m2\/settings\.xml|\.config\/gh\/hosts\.yml|\.config\/hub|\.composer\/auth\.json|\.pulumi\/credentials\.json|\.fly\/config\.yml|\.circleci\/cli\.yml|\.netlify\/config\.json|\.config\/rclone\/rclone\.conf|\.config\/gcloud\/credentials\.db|\.snowsql\/config|\.bundle\/config)$/

/** Whether a file is a secret by its path. It is then never opened. */
function isSecretFile(path: string): boolean {
  const whole = path.toLowerCase()
  const name = whole.slice(whole.lastIndexOf('/') + 1)
  if (NAMES.has(name) || PATHS.test(whole)) return true
  if (ENVIRONMENT.test(name)) return !EXAMPLE.test(name)
  if (PUBLIC.test(name)) return false
  const dot = name.lastIndexOf('.')
  return PRIVATE_KEY.test(name) || (dot >= 0 && EXTENSIONS.has(name.slice(dot + 1)) && !EXAMPLE.test(name))
}

/** Leaves a found file out if it is a secret by its path. */
export function withoutSecretFile(found: Found, shown: ShownHere): Found {
  if ('skipped' in found || !isSecretFile(found.path) || showsFile(found.path, shown)) return found
  return { path: found.path, skipped: 'secret' }
}
