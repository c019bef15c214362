import { DASHBOARD } from './dashboard.ts'

interface GrafanaArgs {
  /** URL of Prometheus, as Grafana reaches it. */
  readonly prometheusUrl: string
  /** Folder in which the files are mounted. */
  readonly folder: string
}

const json = (value: object) => JSON.stringify(value, null, 2)

/** Returns Grafana's provisioning files by their paths in the folder. They are JSON, which is valid YAML. */
export const grafanaFiles = ({ prometheusUrl, folder }: GrafanaArgs) => ({
  'provisioning/datasources/prometheus.yaml': json({
    apiVersion: 1,
    datasources: [
      {
        uid: 'prometheus',
        name: 'Prometheus',
        type: 'prometheus',
        access: 'proxy',
        url: prometheusUrl,
        isDefault: true,
        editable: false,
        // The scrape interval of Prometheus, from which Grafana derives the window of rates.
        jsonData: { timeInterval: '15s', manageAlerts: true },
      },
    ],
  }),
  'provisioning/dashboards/codebase-mcp.yaml': json({
    apiVersion: 1,
    providers: [
      {
        name: 'codebase-mcp',
        type: 'file',
        disableDeletion: true,
        allowUiUpdates: false,
        options: { path: `${folder}/dashboards` },
      },
    ],
  }),
  [HOME_DASHBOARD]: json(DASHBOARD),
})

/** Grafana's home dashboard. */
const HOME_DASHBOARD = 'dashboards/codebase-mcp.json'

interface EnvironmentArgs {
  readonly folder: string
  /** URL at which people open Grafana. */
  readonly url: string
  readonly adminPasswordFile: string
}

/**
 * Returns Grafana's environment variables: anyone who reaches Grafana may view but not edit, it sends no data to third
 * parties, and it answers only to the host name in `url`.
 */
export const grafanaEnvironment = ({ folder, url, adminPasswordFile }: EnvironmentArgs): Record<string, string> => ({
  GF_SECURITY_ADMIN_PASSWORD__FILE: adminPasswordFile,
  GF_PATHS_PROVISIONING: `${folder}/provisioning`,
  GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH: `${folder}/${HOME_DASHBOARD}`,
  GF_SERVER_ROOT_URL: url,
  GF_SERVER_DOMAIN: new URL(url).hostname,
  // Prevents DNS rebinding: another site whose name resolves to this address could read Grafana.
  GF_SERVER_ENFORCE_DOMAIN: 'true',
  GF_AUTH_ANONYMOUS_ENABLED: 'true',
  GF_AUTH_ANONYMOUS_ORG_ROLE: 'Viewer',
  GF_USERS_ALLOW_SIGN_UP: 'false',
  GF_SECURITY_DISABLE_GRAVATAR: 'true',
  GF_SECURITY_COOKIE_SAMESITE: 'strict',
  GF_ANALYTICS_ENABLED: 'false',
  GF_ANALYTICS_REPORTING_ENABLED: 'false',
  GF_ANALYTICS_CHECK_FOR_UPDATES: 'false',
  GF_ANALYTICS_CHECK_FOR_PLUGIN_UPDATES: 'false',
  GF_ANALYTICS_FEEDBACK_LINKS_ENABLED: 'false',
  GF_NEWS_NEWS_FEED_ENABLED: 'false',
  GF_PLUGINS_PREINSTALL_DISABLED: 'true',
  GF_PLUGINS_PLUGIN_ADMIN_ENABLED: 'false',
  GF_PLUGINS_PUBLIC_KEY_RETRIEVAL_DISABLED: 'true',
  GF_SNAPSHOTS_EXTERNAL_ENABLED: 'false',
  GF_LOG_MODE: 'console',
})
