/** Clients that show their model a result's structured content instead of its text, as of 2026. */
const SHOW_FIELDS_ALONE = /^(?:claude[- ]code|cursor|visual studio code|vscode)/i

/** Prefix of the session ids of clients that get only text. */
export const TEXT_ALONE = 'text-alone.'

/** Whether a client of this name hides a result's text from its model if there is structured content. */
export function hidesText(clientName: string | undefined): boolean {
  return clientName !== undefined && SHOW_FIELDS_ALONE.test(clientName.trim())
}
