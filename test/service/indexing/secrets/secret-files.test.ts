import { expect, test } from 'vitest'
import { withoutSecretFile } from '../../../../service/indexing/secrets/secret-files.ts'
import { NOTHING_SHOWN } from '../../../../service/indexing/secrets/shown-here.ts'

const file = (path: string) => ({ path, bytes: 1, stamp: 'x' })
const isLeftOut = (path: string, shown = NOTHING_SHOWN) => 'skipped' in withoutSecretFile(file(path), shown)

test.each([
  '.env .env.local .env.production config/.env .envrc prod.env deploy/staging.env .ENV',
  'id_rsa .ssh/id_ed25519 id_ecdsa_sk id_rsa.bak ssh_host_rsa_key server.key tls/server-key.pem key.pem privkey1.pem',
  'deploy.ppk AuthKey_X.p8 store.p12 store.pfx release.jks debug.keystore passwords.kdbx config/master.key',
  '.netrc _netrc .pgpass .pypirc .git-credentials .htpasswd .aws/credentials home/.docker/config.json .kube/config',
  '.psql_history .zsh_history http.keytab release.jceks team.psafe3 .msmtprc rclone.conf home/.fly/config.yml .htdigest',
  'terraform.tfstate prod.tfstate terraform.tfstate.backup credentials.json .cargo/credentials.toml dev.kubeconfig',
])('leaves out %s', (paths) => {
  expect(paths.split(' ').filter((path) => !isLeftOut(path))).toEqual([])
})

test.each([
  '.env.example .env.sample .env.template .env.dist example.env .env.defaults env.ts environment.py .envoy.yaml',
  'id_rsa.pub keys.py key.go public.key public-key.pem cert.pem ca-bundle.pem monkey.py keyboard.json private.ts',
  'credentials.py credentials.ts .npmrc config.json docker/config.json main.tf variables.tfvars secrets.py secrets.yaml',
  'history.py .circleci/config.yml fly/config.yml keytab.go kwallet.cpp docs/bash_history.md vault_pass.py',
])('keeps %s', (paths) => {
  expect(paths.split(' ').filter((path) => isLeftOut(path))).toEqual([])
})

test('keeps exempt files, and the reason of those already left out', () => {
  expect(isLeftOut('.env', { ...NOTHING_SHOWN, everything: true })).toBe(false)
  expect(isLeftOut('test/a/.env', { ...NOTHING_SHOWN, paths: ['test/*'] })).toBe(false)
  expect(isLeftOut('src/.env', { ...NOTHING_SHOWN, paths: ['test/*'] })).toBe(true)
  expect(withoutSecretFile({ path: '.env', skipped: 'ignored' }, NOTHING_SHOWN)).toEqual({
    path: '.env',
    skipped: 'ignored',
  })
})
