import { DASHBOARD } from './dashboard.ts'

interface GrafanaArgs {
  /** Where Grafana reaches Prometheus. */
  readonly prometheusUrl: string
  /** The folder that the files are in. */
  readonly folder: string
}

const json = (value: object) => JSON.stringify(value, null, 2)

/** What Grafana sets itself up with, by paths in the folder; JSON, which is YAML. */
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
        // As often as Prometheus scrapes: what rates are taken over follows from it.
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

/** The dashboard that Grafana opens with. */
const HOME_DASHBOARD = 'dashboards/codebase-mcp.json'

interface EnvironmentArgs {
  readonly folder: string
  /** Where people reach it. */
  readonly url: string
  readonly adminPasswordFile: string
}

/** Whoever reaches Grafana may look and not change; it sends nothing to anybody and answers to the name of `url` alone. */
export const grafanaEnvironment = ({ folder, url, adminPasswordFile }: EnvironmentArgs): Record<string, string> => ({
  GF_SECURITY_ADMIN_PASSWORD__FILE: adminPasswordFile,
  GF_PATHS_PROVISIONING: `${folder}/provisioning`,
  GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH: `${folder}/${HOME_DASHBOARD}`,
  GF_SERVER_ROOT_URL: url,
  GF_SERVER_DOMAIN: new URL(url).hostname,
  // A page elsewhere that has its own name lead here would read along.
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
